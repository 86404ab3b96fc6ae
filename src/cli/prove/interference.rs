//! `selvedge prove SITE non-interference`: random visitors and their twins, and whether anything tells them apart.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::Host;
use crate::author::site::Site;
use crate::cli::serve::pages::{self, Found};
use crate::cli::{Outcome, now_ms, open};
use crate::report::interference::{Counterexample, Maker, Plan, Report, search};

/// How much to try.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Visitors with their twins
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pairs: u64,
    /// Where the dice start: the same seed, site and time try the same pairs
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads; all there are by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The time around which visits happen; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
}

pub(super) fn run(site: &Site, args: &Args, as_json: bool) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let environment = open::environment(site, None)?;
    let opened = open::compiled(site, environment, super::super::now_ms(None)?)?;
    let pages = pages(site);
    let paths: Vec<String> = pages.keys().cloned().collect();
    let host = Host::new(&opened, environment, pages);
    let threads = args.threads.or_else(|| std::thread::available_parallelism().map(Into::into).ok()).unwrap_or(1);
    let plan = Plan { pairs: args.pairs, seed: args.seed, threads };

    let meter = Meter::new(args.pairs);
    let report = search(&Maker::new(site, &paths, now_ms), &host, plan, &|done| meter.tick(done));
    let seconds = meter.finish();
    if as_json {
        anstream::println!("{}", data(&report, plan, now_ms, seconds));
    } else {
        anstream::print!("{}", words(&report, plan, seconds));
    }
    Ok(if report.found.is_some() { Outcome::Findings } else { Outcome::Clean })
}

/// The site's own pages by path; none if they live elsewhere.
fn pages(site: &Site) -> BTreeMap<String, String> {
    let Some(folder) = site.pages.as_ref().map(|pages| site.folder.join(pages)) else { return BTreeMap::new() };
    let page = |path: String| match pages::find(&folder, &path) {
        Found::File { bytes, .. } => String::from_utf8(bytes).ok().map(|html| (path, html)),
        _ => None,
    };
    pages::list(&folder).into_iter().filter_map(page).collect()
}

/// How far it is, on a terminal.
struct Meter {
    pairs: u64,
    begun: Instant,
    shown: Mutex<Instant>,
    is_terminal: bool,
}

/// Between two lines where nobody watches.
const QUIET: Duration = Duration::from_secs(30);

impl Meter {
    fn new(pairs: u64) -> Self {
        let begun = Instant::now();
        Self { pairs, begun, shown: Mutex::new(begun), is_terminal: std::io::stderr().is_terminal() }
    }

    fn tick(&self, done: u64) {
        let Ok(mut shown) = self.shown.lock() else { return };
        let pause = if self.is_terminal { Duration::from_millis(200) } else { QUIET };
        if shown.elapsed() < pause {
            return;
        }
        *shown = Instant::now();
        let rate = done as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let left = (self.pairs.saturating_sub(done)) as f64 / rate.max(1.0);
        let percent = 100 * done / self.pairs.max(1);
        let (start, end) = if self.is_terminal { ("\r", "\u{1b}[K") } else { ("", "\n") };
        let line =
            format!("{start}{done} of {} pairs ({percent} %), {rate:.0} a second, {left:.0} s left{end}", self.pairs);
        // Nobody is helped by a proof that stops as its progress cannot be shown.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    fn finish(self) -> f64 {
        if self.is_terminal {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
        self.begun.elapsed().as_secs_f64()
    }
}

fn words(report: &Report, plan: Plan, seconds: f64) -> String {
    let Report { pairs, requests, differing, outputs, found } = report;
    let rate = *pairs as f64 / seconds.max(0.001);
    let mut text = format!(
        "{pairs} pairs from seed {}, {requests} of them HTTP requests: {differing} hidden facts differ, {outputs} outputs compared \
         ({rate:.0} pairs a second)\n",
        plan.seed
    );
    match found {
        None => text += "no output tells what is hidden\n",
        Some(found) => text += &shown(found),
    }
    text
}

/// A counter-example for people.
fn shown(found: &Counterexample) -> String {
    let Counterexample { pair, visitor, twin, past, output: (name, values) } = found;
    let mut text = format!("what is hidden shows in: {name} (pair {pair})\n\nthe visitor\n");
    let indented = |lines: Vec<String>| lines.iter().map(|line| format!("  {line}\n")).collect::<String>();
    text += &indented(visitor.lines());
    if *past {
        text += "  … who had permitted everything just before\n";
    }
    text += "\nand a twin, who differs in\n";
    for fact in visitor.differing(twin) {
        let of = |facts: &BTreeMap<_, Json>| facts.get(fact).map_or("(not there)".to_owned(), Json::to_string);
        text += &format!("  {fact} = {}, not {}\n", of(&twin.facts), of(&visitor.facts));
    }
    let at = values[0].bytes().zip(values[1].bytes()).take_while(|(one, other)| one == other).count();
    text += &format!("\nfirst difference at byte {at}:\n");
    for value in values {
        text += &format!("  …{}…\n", around(value, at));
    }
    text
}

/// The text about a byte, in whole characters.
fn around(text: &str, at: usize) -> String {
    let (from, until) = (text.floor_char_boundary(at.saturating_sub(60)), text.ceil_char_boundary(at + 60));
    text.get(from..until).unwrap_or_default().to_owned()
}

fn data(report: &Report, plan: Plan, now_ms: i64, seconds: f64) -> Json {
    let found = report.found.as_ref().map(|found| {
        json!({
            "pair": found.pair,
            "output": found.output.0,
            "values": found.output.1,
            "visitor": found.visitor.json(),
            "twin": found.twin.json(),
            "past_needed": found.past,
        })
    });
    json!({
        "pairs": report.pairs,
        "requests": report.requests,
        "hidden_facts_differing": report.differing,
        "outputs_compared": report.outputs,
        "seed": plan.seed,
        "now_ms": now_ms,
        "seconds": seconds,
        "counterexample": found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::interference::{Case, Door, Fact};

    #[test]
    fn a_counterexample_is_a_visitor_a_twin_and_what_tells() {
        let case = |visits: Option<i64>| {
            let visits = visits.map(|visits| (Fact::Attribute("visitor.visits".into()), json!(visits)));
            let facts = [(Fact::Now, json!(0)), (Fact::Region, json!("DE"))].into_iter().chain(visits);
            Case {
                door: Door::Visit,
                facts: facts.collect(),
                slots: vec!["home.hero".into()],
                cookie: "consent".into(),
                signals: BTreeMap::new(),
            }
        };
        let found = Counterexample {
            pair: 6,
            visitor: case(Some(4)),
            twin: case(None),
            past: true,
            output: ("log", ["{\"v\":1} größer".into(), "{\"v\":1} grün".into()]),
        };
        let text = shown(&found);
        for line in [
            "what is hidden shows in: log (pair 6)",
            "  slots = home.hero",
            "  attribute visitor.visits = 4",
            "  … who had permitted everything just before",
            "  attribute visitor.visits = (not there), not 4",
            "first difference at byte 11:",
            "  …{\"v\":1} größer…",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        let report = Report { pairs: 7, found: Some(found), ..Report::default() };
        let data = data(&report, Plan { pairs: 10, seed: 3, threads: 1 }, 0, 0.5);
        assert_eq!(data["counterexample"]["visitor"]["context"]["attributes"]["visitor.visits"], 4);
        assert_eq!(data["counterexample"]["twin"]["context"]["attributes"], json!({}));
        assert_eq!((&data["pairs"], &data["seed"]), (&json!(7), &json!(3)));
    }
}
