//! `selvedge events check`: streams of events against the rules of a site.
//!
//! One line is held at a time, and of those before it a fixed number of digests: memory does not grow with the stream.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::line::{Event, Line, Time};
use super::output::{About, Pieces, quarantine};
use super::tell::Findings;
use crate::bundle::manifest::EventRules;
use crate::cli::files::{MARK, Replacement};
use crate::cli::log::Progress;
use crate::cli::{Outcome, Usage, now_ms, open, say};
use crate::log::events::is_name;
use crate::log::quality::{Fault, MEMORY, Rule, Sent, Window, judge};
use crate::log::traffic::{is_bot, is_prefetch};

/// The longest line that is looked into; no event comes near it.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(clap::Args)]
#[command(after_help = "\
Lines are those of Selvedge's log, or of another collector with the same keys:
  {\"name\": \"added-to-basket\", \"at\": \"2026-12-01T08:00:00Z\" (or Unix milliseconds), \"detail\": {\"product\": \"mug\", \"pieces\": 1},
   \"epoch\": 2, \"id\": \"VISITOR\", \"event_id\": \"…\", \"received\": TIME, \"user_agent\": \"…\", \"sec_purpose\": \"prefetch\"}
A line of the log that is no event (reasons, refusals, audit records, tombstones) counts as clean.

Each event is counted under the first rule that it breaks, in this order: malformed, bot, prefetch, unknown_kind, undeclared, missing,
wrong_type, out_of_range, not_in_set, too_long, clock_skew, duplicate, epoch, rate.

Examples:
  selvedge events check examples/storefront log/2026-12-01.ndjson
  selvedge events check dist/storefront --quarantine bad.ndjson --clean clean.ndjson log/*.ndjson
  zcat events.ndjson.gz | selvedge events check examples/storefront - --json
  jq -r '.base64 // (.raw | @base64)' bad.ndjson | base64 -d    # the lines in quarantine")]
pub(in crate::cli) struct Args {
    /// A site's folder, or a built folder
    site: PathBuf,
    /// Streams of events, one JSON object a line, in the order of their arrival (- is standard input)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the lines that break a rule here, with the rule
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// Write the lines that break none here, as they came
    #[arg(long, value_name = "FILE")]
    clean: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// The environment of a built folder
    #[arg(long)]
    env: Option<String>,
    /// The time after which nothing can have happened yet; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    /// How many event ids, and how many visitors, are remembered for duplicates and rates
    #[arg(long, value_name = "N", default_value_t = MEMORY, value_parser = memory)]
    remember: usize,
}

fn memory(text: &str) -> Result<usize, String> {
    let number = text.parse().map_err(|_| "not a whole number".to_owned())?;
    if number < 2 { Err("remember two at least".into()) } else { Ok(number) }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let rules = if open::is_site(&args.site) {
        open::site(&args.site)?.0.events
    } else {
        let opened = open::built(&args.site, args.env.as_deref(), None, super::super::now_ms(None)?)?;
        opened.bundle.program().manifest().events.clone()
    };
    let rules = rules.with_context(|| {
        Usage(format!("{} has no events.toml, so there is nothing to hold events to", args.site.display()))
    })?;
    outputs_are_no_inputs(args)?;
    let create = |path: &Option<PathBuf>| path.as_deref().map(Replacement::of).transpose();
    let mut check = Check {
        rules: &rules,
        now_ms,
        window: Window::new(args.remember),
        findings: Findings::default(),
        progress: Progress::over(&args.files),
        quarantine: create(&args.quarantine)?,
        clean: create(&args.clean)?,
    };
    for path in &args.files {
        if path.as_os_str() == "-" {
            check.stream("-", std::io::stdin().lock())?;
        } else {
            let file = fs_err::File::open(path)?;
            check.stream(&path.to_string_lossy(), BufReader::with_capacity(1 << 16, file))?;
        }
    }
    let Check { findings, progress, quarantine, clean, .. } = check;
    progress.finish();
    for output in [quarantine, clean].into_iter().flatten() {
        output.place()?;
    }
    say(args.json, findings.json(), findings.text());
    Ok(if findings.total() == 0 { Outcome::Clean } else { Outcome::Findings })
}

/// A stream that is written while it is read would be lost.
fn outputs_are_no_inputs(args: &Args) -> anyhow::Result<()> {
    let whole = |path: &Path| std::path::absolute(path).and_then(|path| path.canonicalize().or(Ok(path)));
    let outputs: Vec<&PathBuf> = args.quarantine.iter().chain(&args.clean).collect();
    for (position, output) in outputs.iter().enumerate() {
        for other in args.files.iter().chain(outputs.iter().skip(position + 1).copied()) {
            let is_twice = whole(other)? == whole(output)?;
            let twice = || Usage(format!("{} is named twice; write to a file of its own", output.display()));
            anyhow::ensure!(!is_twice, twice());
        }
    }
    Ok(())
}

/// The first rule that an event breaks: by itself, then by when it came, then by those before it.
fn fault<'e>(rules: &'e EventRules, window: &mut Window, event: &'e Event, now_ms: i64) -> Option<Fault<'e>> {
    if event.keys.user_agent.as_deref().is_some_and(is_bot) {
        return Some(Rule::Bot.into());
    }
    if event.keys.sec_purpose.as_deref().is_some_and(is_prefetch) {
        return Some(Rule::Prefetch.into());
    }
    if let Some(fault) = judge(rules, &event.name, &event.details) {
        return Some(fault);
    }
    let Some(at) = &event.keys.at else { return Some(Fault { rule: Rule::Missing, detail: Some("at") }) };
    let Some(at_ms) = at.ms() else { return Some(Fault { rule: Rule::WrongType, detail: Some("at") }) };
    let arrived_ms = event.keys.received.as_ref().map(Time::ms);
    if arrived_ms == Some(None) {
        return Some(Fault { rule: Rule::WrongType, detail: Some("received") });
    }
    // How late a line with a day came was judged where it arrived.
    let arrived_ms = if at.is_day() { Some(at_ms) } else { arrived_ms.flatten() };
    if !window.is_timely(rules, at_ms, arrived_ms, now_ms) {
        return Some(Rule::ClockSkew.into());
    }
    let sent = Sent {
        at_ms,
        is_day: at.is_day(),
        event_id: event.keys.event_id.as_deref(),
        visitor: event.keys.visitor.as_deref(),
        epoch: event.keys.epoch,
    };
    window.judge(rules, &sent).map(Fault::from)
}

struct Check<'r> {
    rules: &'r EventRules,
    now_ms: i64,
    window: Window,
    findings: Findings,
    progress: Progress,
    quarantine: Option<Replacement>,
    clean: Option<Replacement>,
}

impl Check<'_> {
    fn stream(&mut self, file: &str, mut input: impl BufRead) -> anyhow::Result<()> {
        let (mut line, mut offset) = (Vec::new(), 0);
        for number in 1_u64.. {
            line.clear();
            let read = (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            self.findings.lines += 1;
            offset += read as u64;
            self.progress.tick(number, offset);
            if line.last() != Some(&b'\n') && read as u64 == LINE_BYTES_MAX {
                offset += self.long_line(file, number, &mut line, &mut input)?;
            } else {
                self.line(file, number, &line)?;
            }
        }
        self.progress.end(offset);
        Ok(())
    }

    fn line(&mut self, file: &str, number: u64, line: &[u8]) -> anyhow::Result<()> {
        let text = line.strip_prefix(MARK.as_bytes()).filter(|_| number == 1).unwrap_or(line);
        if text.iter().all(u8::is_ascii_whitespace) {
            return self.keep(line);
        }
        match Line::read(text) {
            Line::Other => {
                self.findings.others += 1;
                self.keep(line)
            }
            Line::Malformed => self.set_aside(file, number, None, &Rule::Malformed.into(), line),
            Line::Event(event) => {
                self.findings.events += 1;
                match fault(self.rules, &mut self.window, &event, self.now_ms) {
                    None => self.keep(line),
                    Some(fault) => self.set_aside(file, number, Some(&event.name), &fault, line),
                }
            }
        }
    }

    fn keep(&mut self, line: &[u8]) -> anyhow::Result<()> {
        Ok(self.clean.as_mut().map_or(Ok(()), |clean| clean.write_all(line))?)
    }

    fn set_aside(
        &mut self,
        file: &str,
        line: u64,
        event: Option<&str>,
        fault: &Fault<'_>,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        // A name that is none may be anything: it is in the line itself only.
        let event = event.filter(|name| is_name(name));
        self.findings.note(file, line, event, fault);
        let about = About { file, line, rule: fault.rule.name(), event, detail: fault.detail };
        Ok(self.quarantine.as_mut().map_or(Ok(()), |file| quarantine(file, &about, bytes))?)
    }

    /// A line that is not looked into: it goes to quarantine in pieces. Gives how many more bytes of it were read.
    fn long_line(
        &mut self,
        file: &str,
        line: u64,
        piece: &mut Vec<u8>,
        input: &mut impl BufRead,
    ) -> anyhow::Result<u64> {
        let fault = Fault::from(Rule::Malformed);
        self.findings.note(file, line, None, &fault);
        let about = About { file, line, rule: fault.rule.name(), event: None, detail: None };
        let mut pieces = self.quarantine.as_mut().map(|file| Pieces::of(file, &about)).transpose()?;
        let mut more = 0;
        while !piece.is_empty() {
            pieces.as_mut().map_or(Ok(()), |pieces| pieces.push(piece))?;
            let is_end = piece.last() == Some(&b'\n');
            piece.clear();
            if !is_end {
                more += input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', piece)? as u64;
            }
        }
        pieces.map_or(Ok(()), |pieces| pieces.finish())?;
        Ok(more)
    }
}
