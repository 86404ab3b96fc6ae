//! `selvedge decide`: the engine from outside.
//!
//! The door for everyone who tests the engine: one context a line in, one answer a line out, in order, and none left out.

mod audit;
mod feeds;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value};

use super::context::{self, Strangers};
use super::files::{self, MARK};
use super::heed::{Heeded, Heeding};
use super::open::{self, Opened};
use super::request::Request;
use super::table::Table;
use super::{Outcome, Usage, now_ms};
use crate::engine::{Limits, all_slots, write_error, write_page};
use crate::explain::{Asked as Question, SlotExplanation, explain, granted, permissions, text, withdrawn};
use crate::page::{Asked, Begun, Person, Scratch, Who, begin, normal_path, slots_at};
use crate::words::time::format_rfc3339;
use crate::words::{Depth, Visit};

/// The longest line of input: far above any context, so that a file that is not one does not fill the memory.
const LINE_BYTES_MAX: u64 = 4 << 20;

#[derive(clap::Args)]
#[command(after_help = "\
A context is JSON. Every key is optional. `grants` are the visitor's own choices on the site:
  {\"attributes\": {\"request.country\": \"DE\", \"visitor.visits_30d\": 6},
   \"grants\": {\"personalization\": true, \"storage\": true},
   \"signals\": {\"gpc\": true, \"cookie\": \"v=1&epoch=2&personalization=1\",
               \"tcf\": \"CQ…\", \"gpp\": \"DB…\"},
   \"minor\": \"unknown\", \"depth\": \"behavioural\",
   \"region\": \"DE\", \"locale\": \"de-AT\",
   \"identity\": {\"visitor\": \"v1\", \"account\": null, \"session\": null},
   \"observed\": {\"visitor.visits_30d\": \"2026-11-30T09:00:00Z\"},
   \"unknown\": [\"profile.open_complaint\"],
   \"now\": \"2026-12-01T09:00:00Z\"}

Examples:
  selvedge decide examples/storefront --context visit.json
  selvedge decide dist/storefront --json --context - < visits.jsonl
  selvedge decide examples/storefront --visitor returning-de --explain
  selvedge decide examples/storefront --visitor returning-de --page /
  selvedge decide examples/storefront --visitor withdrew-de --slots home.hero --explain --otherwise
  selvedge decide examples/storefront --region US-CA --header 'Sec-GPC: 1'
  selvedge decide examples/storefront --country DE --cookie 'usprivacy=1YNN' --path /sale
  selvedge decide dist/storefront --country DE --account-from header:x-account --header 'x-account: 4711'
  selvedge decide examples/stock --visitor jumper --feed stock=stale:3h
  selvedge decide dist/storefront --context - --audit --values < visits.jsonl > log/2026-12-01.ndjson")]
pub(super) struct Args {
    /// A site's folder, or a built folder
    folder: PathBuf,
    /// The context: a file, or - for one context a line on standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["visitor", "country", "region", "header", "cookie", "path"])]
    context: Option<PathBuf>,
    /// A visitor of the site's visitors/*.toml
    #[arg(long, conflicts_with_all = ["country", "region", "header", "cookie", "path"])]
    visitor: Option<String>,
    #[command(flatten)]
    request: Request,
    /// The most personal kind of data that decisions may use: none, contextual, declared, behavioural, inferred or sensitive
    #[arg(long, value_name = "DEPTH", value_parser = depth)]
    depth: Option<Depth>,
    /// Only these slots, separated by commas
    #[arg(long, value_delimiter = ',')]
    slots: Vec<String>,
    /// Only the slots of the page at this path
    #[arg(long, value_name = "PATH", conflicts_with = "slots")]
    page: Option<String>,
    /// Print the reason for each decision, row by row
    #[arg(long, conflicts_with = "audit")]
    explain: bool,
    /// With --explain: decide again with the permissions that were missing. This reads data that the visitor did not permit.
    /// Use it to answer the person, never for a log
    #[arg(long, requires = "explain")]
    otherwise: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// The environment; the site's first by default
    #[arg(long)]
    env: Option<String>,
    /// A root document that you trust; without it, a built folder's own root is trusted
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The time of contexts without `now`; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    /// Take a feed for older than it may be: NAME=stale, or NAME=stale:AGE with how old it is, as in stock=stale:3h (may be repeated)
    #[arg(long = "feed", value_name = "NAME=stale")]
    feeds: Vec<String>,
    /// The most rules to try for each slot; after them, the slot keeps the origin's content
    #[arg(long, value_name = "N")]
    fuel: Option<u32>,
    #[command(flatten)]
    heeding: Heeding,
    #[command(flatten)]
    recording: audit::Recording,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    // The site is signed as of the clock, also where another time is asked about.
    let (signed_ms, env) = (super::now_ms(None)?, args.env.as_deref());
    let (mut opened, visitors) = if open::is_site(&args.folder) {
        let (site, ..) = open::site(&args.folder)?;
        (open::compiled(&site, open::environment(&site, env)?, signed_ms)?, site.visitors)
    } else {
        (open::built(&args.folder, env, args.root.as_deref(), signed_ms)?, Vec::new())
    };
    let old_feeds = feeds::old(&args.feeds, opened.bundle.program())?;
    for feed in &old_feeds {
        opened.bundle = opened.bundle.with_old_feed(feed);
    }
    let is_stale = opened.release.stale(signed_ms);
    if is_stale {
        let expired = format_rfc3339(opened.release.expires_ms());
        anstream::eprintln!(
            "warning: the release expired on {expired}. A new host refuses it, and a host that has it follows `on_stale`"
        );
    }
    if !open::is_site(&args.folder) && args.root.is_none() {
        anstream::eprintln!(
            "note: trusted the folder's own root, with the SHA-256 {}. Pin it with --root",
            opened.root
        );
    }
    let only_commas = !args.slots.is_empty() && slot_names(args).is_empty();
    anyhow::ensure!(!only_commas, Usage("--slots names no slot".into()));
    anyhow::ensure!(
        !args.explain || opened.debug.is_some(),
        "{} has no debug file, so there are no rows to explain; decide from the site's sources, or keep `debug` beside `v1`",
        args.folder.display()
    );
    let program = opened.bundle.program();
    let of_page = args.page.as_deref().map(|path| slots_at(&opened.bundle, &normal_path(path)));
    let on_page = |path| Usage(format!("no slot is on the page {path}; a page is a path, as in --page /"));
    anyhow::ensure!(
        of_page.as_ref().is_none_or(|slots| !slots.is_empty()),
        on_page(args.page.as_deref().unwrap_or(""))
    );
    let names = match &of_page {
        Some(slots) => slots.iter().flatten().map(|slot| program.slot(*slot as usize).name).collect(),
        None => slot_names(args),
    };
    let position = |name: &&str| opened.bundle.program().slot_position(name).map(|slot| slot as u32);
    let slots = if names.is_empty() { all_slots(&opened.bundle) } else { names.iter().map(position).collect() };
    let heeded = args.heeding.heeded(&args.folder, opened.revocations.as_deref())?;
    let recorder = audit::Recorder::new(&args.recording)?;
    let desk = Desk { opened: &opened, args, now_ms, is_stale, names, slots, recorder, heeded, old_feeds };
    let limits = args.fuel.map_or(Limits::default(), |rules_per_slot_max| Limits { rules_per_slot_max });
    let mut scratch = Scratch::with_limits(limits);
    desk.one(&match (&args.context, &args.visitor) {
        (Some(path), _) if path.as_os_str() == "-" => return desk.lines(std::io::stdin().lock(), &mut scratch),
        (Some(path), _) => {
            let text = files::text(path)?;
            let visit =
                context::read(text.as_bytes()).with_context(|| format!("{} is not a context", path.display()))?;
            desk.strangers().tell(&visit);
            desk.begin(&visit, &mut scratch)
        }
        (None, Some(name)) => {
            let names: Vec<&str> = visitors.iter().map(|visitor| visitor.name.as_str()).collect();
            let visitor = visitors.iter().find(|visitor| visitor.name == *name);
            let visitor = visitor.with_context(|| match names.as_slice() {
                [] => Usage(format!("no visitor `{name}`: a built folder has none")),
                names => Usage(format!("no visitor `{name}`; the visitors are: {}", names.join(", "))),
            })?;
            desk.begin(&visitor.visit, &mut scratch)
        }
        (None, None) if args.request.is_given() => {
            args.request.with(now_ms, |request| desk.decide(Who::Request(request), &mut scratch))?
        }
        (None, None) => desk.begin(&Visit::default(), &mut scratch),
    })
}

fn depth(name: &str) -> Result<Depth, String> {
    let known = || Depth::ALL.iter().map(|depth| depth.name()).collect::<Vec<_>>().join(", ");
    Depth::from_name(name).ok_or_else(|| format!("a depth is one of {}", known()))
}

struct Desk<'o> {
    opened: &'o Opened,
    args: &'o Args,
    now_ms: i64,
    is_stale: bool,
    names: Vec<&'o str>,
    slots: Vec<Option<u32>>,
    recorder: Option<audit::Recorder<'o>>,
    heeded: Option<Heeded>,
    /// Feeds that count as too old.
    old_feeds: Vec<String>,
}

impl Desk<'_> {
    fn one(&self, begun: &Begun<'_>) -> anyhow::Result<Outcome> {
        let permissions = permissions(&self.opened.bundle, begun.grants());
        if let Some(recorder) = &self.recorder {
            recorder.record(begun, 1)?.iter().for_each(|line| anstream::println!("{line}"));
        } else if self.args.json {
            let off: Map<String, Value> = permissions.off().map(|(name, basis)| (name.into(), basis.into())).collect();
            let mut answer = String::new();
            self.write(&mut answer, begun);
            append(&mut answer, "not_permitted", &off);
            anstream::println!("{answer}");
        } else {
            anstream::print!("{}", self.table(begun));
            let off: Vec<String> = permissions.off().map(|(purpose, basis)| format!("{purpose} ({basis})")).collect();
            if !off.is_empty() {
                anstream::println!("not permitted under the law of {}: {}", permissions.regime, off.join(", "));
            }
            if self.args.explain {
                self.explained(begun).iter().for_each(|explanation| anstream::print!("\n{}", text(explanation)));
                anstream::print!("\n{}", permissions.text());
            }
        }
        Ok(Outcome::Clean)
    }

    fn strangers(&self) -> Strangers<'_> {
        let attributes = &self.opened.bundle.program().manifest().attributes;
        Strangers::new(attributes.iter().map(|attribute| attribute.name.as_str()))
    }

    /// Answers one context per line. A line that is not one is answered with an error, so that answers stay in step.
    fn lines(&self, mut input: impl std::io::BufRead, scratch: &mut Scratch) -> anyhow::Result<Outcome> {
        let mut output = std::io::BufWriter::new(std::io::stdout().lock());
        let mut strangers = self.strangers();
        let (mut line, mut answer, mut outcome) = (Vec::new(), String::new(), Outcome::Clean);
        for number in 1_u64.. {
            line.clear();
            answer.clear();
            let read = std::io::Read::take(&mut input, LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            let written = if read as u64 > LINE_BYTES_MAX {
                input.skip_until(b'\n')?;
                Err(format!("line {number} is longer than {LINE_BYTES_MAX} bytes"))
            } else {
                let text = line.strip_prefix(MARK.as_bytes()).filter(|_| number == 1).unwrap_or(&line);
                context::read(text.trim_ascii())
                    .map_err(|error| format!("line {number} is not a context: {}", in_column(&error)))
            };
            match written {
                Ok(visit) => {
                    strangers.tell(&visit);
                    let begun = self.begin(&visit, scratch);
                    match &self.recorder {
                        Some(recorder) => answer.extend(recorder.record(&begun, number)?),
                        None => self.write(&mut answer, &begun),
                    }
                }
                Err(what) => {
                    write_error(&mut answer, &what);
                    outcome = Outcome::Findings;
                }
            }
            // A decision that is not to be recorded leaves no line.
            if !answer.is_empty() {
                answer.push('\n');
                output.write_all(answer.as_bytes())?;
            }
        }
        output.flush()?;
        Ok(outcome)
    }

    fn begin<'s>(&'s self, visit: &Visit, scratch: &'s mut Scratch) -> Begun<'s> {
        let (now_ms, mut old) = (visit.now.map_or(self.now_ms, |now| now.0), Visit::default());
        if !self.old_feeds.is_empty() {
            old.clone_from(visit);
            old.stale.extend_from_slice(&self.old_feeds);
            return self.decide(Who::Visit(&old, now_ms), scratch);
        }
        self.decide(Who::Visit(visit, now_ms), scratch)
    }

    /// Decides, with the person's withdrawals on another device.
    fn decide<'s>(&'s self, who: Who<'_>, scratch: &'s mut Scratch) -> Begun<'s> {
        let heeded = self.heeded.as_ref();
        let find = |unit, id: &str| heeded.map(|heeded| heeded.find(unit, id)).unwrap_or_default();
        let account = self.args.heeding.account_from.as_ref();
        let person = heeded.map(|_| Person { account, find: &find });
        let (slots, depth_max) = (Some(&*self.slots), self.args.depth);
        begin(&self.opened.bundle, &Asked { who, slots, person, depth_max, is_stale: self.is_stale }, scratch)
    }

    /// The answer as JSON, with explanations if they are asked for.
    fn write(&self, answer: &mut String, begun: &Begun<'_>) {
        write_page(answer, &self.opened.bundle, begun.permitted(), begun.page(), &self.names);
        if self.args.explain {
            let by_slot = |explanation: SlotExplanation| (explanation.slot.clone(), explanation);
            append(answer, "explain", &self.explained(begun).into_iter().map(by_slot).collect::<BTreeMap<_, _>>());
            append(answer, "permissions", &permissions(&self.opened.bundle, begun.grants()));
        }
    }

    fn explained(&self, begun: &Begun<'_>) -> Vec<SlotExplanation> {
        let Some(debug) = &self.opened.debug else { return Vec::new() };
        let bundle = &self.opened.bundle;
        let asked = Question {
            bundle,
            visit: begun.visit(),
            grants: begun.grants(),
            now_ms: begun.now_ms(),
            slots: &self.slots,
        };
        let decisions = begun.page().decisions.iter().filter(|decision| decision.slot.is_some());
        let explained = decisions.map(|decision| {
            let mut explanation = explain(bundle, debug, begun.permitted(), begun.page(), decision, begun.visit());
            explanation.otherwise.extend(withdrawn(asked, &explanation));
            if self.args.otherwise {
                explanation.otherwise.extend(granted(asked, &explanation, decision.detail));
            }
            explanation
        });
        explained.collect()
    }

    fn table(&self, begun: &Begun<'_>) -> String {
        let program = self.opened.bundle.program();
        let mut table = Table::new::<&str>([]);
        for (position, decision) in begun.page().decisions.iter().enumerate() {
            let asked = self.names.get(position).copied().unwrap_or_default();
            let slot = decision.slot.map_or(asked, |slot| program.slot(slot as usize).name);
            let content = decision.content.map_or("the origin's own", |content| program.content_name(content));
            let detail = decision.detail.map_or(String::new(), |detail| format!(" ({detail})"));
            let experience = decision.experience.map_or("", |at| program.experience(at as usize).name);
            table.row([slot, content, &format!("{}{detail}", decision.reason), experience]);
        }
        table.text()
    }
}

/// Makes something the last key of an answer, which is one object.
fn append(answer: &mut String, key: &str, value: &impl serde::Serialize) {
    answer.pop();
    answer.push_str(&format!(",\"{key}\":"));
    answer.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
    answer.push('}');
}

/// The slots that were asked for, each once.
fn slot_names(args: &Args) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let names = args.slots.iter().map(|name| name.trim());
    names.filter(|name| !name.is_empty() && seen.insert(*name)).collect()
}

/// The error of a text that is one line: where in it, without serde_json's own count of lines.
fn in_column(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{what}, in column {}", error.column())
}
