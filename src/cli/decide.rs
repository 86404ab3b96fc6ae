//! `selvedge decide`: the engine from outside.
//!
//! Takes a site or a built folder and contexts as JSON, gives decisions as JSON. This is the door for anyone who wants to test
//! the engine: one context per line in, one answer per line out, in order, and no line without an answer.

mod audit;

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;

use super::heed::{Heeded, Heeding};
use super::open::{self, Opened};
use super::request::Request;
use super::{Outcome, Usage, now_ms, refused};
use crate::consent::grants;
use crate::engine::{Limits, Page, Workspace, all_slots, decide_into, permit, write_error, write_page};
use crate::explain::{Asked, Permissions, SlotExplanation, explain, granted, permissions, text, withdrawn};
use crate::log::audit::{Asked as Audited, Which};
use crate::page::Person;
use crate::words::Depth;
use crate::words::Visit;

/// The longest line of input: far above any context, so that a file that is not one does not fill the memory.
const LINE_BYTES_MAX: u64 = 4 << 20;

#[derive(clap::Args)]
#[command(after_help = "\
A context is JSON, and every key may be left out:
  {\"attributes\": {\"request.country\": \"DE\", \"visitor.visits_30d\": 6},
   \"grants\": {\"personalization\": true, \"storage\": true},      what the visitor told the site
   \"signals\": {\"gpc\": true, \"cookie\": \"v=1&epoch=2&personalization=1\", \"tcf\": \"CQ…\", \"gpp\": \"DB…\"},
   \"minor\": \"unknown\", \"depth\": \"behavioural\",
   \"region\": \"DE\", \"locale\": \"de-AT\",
   \"identity\": {\"visitor\": \"v1\", \"account\": null, \"session\": null, \"page\": null},
   \"observed\": {\"visitor.visits_30d\": \"2026-11-30T09:00:00Z\"}, \"unknown\": [\"profile.open_complaint\"],
   \"now\": \"2026-12-01T09:00:00Z\"}

Examples:
  selvedge decide examples/storefront --context visit.json
  selvedge decide dist/storefront --json --context - < visits.jsonl
  selvedge decide examples/storefront --visitor returning-de --explain
  selvedge decide examples/storefront --visitor withdrew-de --explain --otherwise --slots home.hero
  selvedge decide examples/storefront --region US-CA --header 'Sec-GPC: 1'
  selvedge decide examples/storefront --country DE --cookie 'euconsent-v2=CQ…' --path /sale
  selvedge decide dist/storefront --country DE --account-from header:x-account --header 'x-account: 4711'
  selvedge decide dist/storefront --context - --audit --values < visits.jsonl > log/2026-12-01.ndjson")]
pub(super) struct Args {
    /// A site's folder, or a built folder
    folder: PathBuf,
    /// The context: a file, or - for one context per line on standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["visitor", "country", "region", "header", "cookie", "path"])]
    context: Option<PathBuf>,
    /// A named visitor of the site
    #[arg(long, conflicts_with_all = ["country", "region", "header", "cookie", "path"])]
    visitor: Option<String>,
    #[command(flatten)]
    request: Request,
    /// How personal decisions may be at most: none, contextual, declared, behavioural, inferred or sensitive
    #[arg(long, value_name = "DEPTH", value_parser = depth)]
    depth: Option<Depth>,
    /// Only these slots, separated by commas
    #[arg(long, value_delimiter = ',')]
    slots: Vec<String>,
    /// Say why, and why not, row by row
    #[arg(long, conflicts_with = "audit")]
    explain: bool,
    /// With --explain: decide again with the permissions that were missing. Reads what the visitor did not permit: for a
    /// person's questions, never for a log
    #[arg(long, requires = "explain")]
    otherwise: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// The environment; the site's first by default
    #[arg(long)]
    env: Option<String>,
    /// The time of contexts that have no `now`; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    /// Rules looked at for each slot at most; past them, the origin's own content
    #[arg(long, value_name = "N")]
    fuel: Option<u32>,
    #[command(flatten)]
    heeding: Heeding,
    #[command(flatten)]
    recording: audit::Recording,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let (opened, visitors) = if open::is_site(&args.folder) {
        let (site, ..) = match open::site(&args.folder) {
            Ok(site) => site,
            Err(why) => return Ok(refused(why)),
        };
        let environment = open::environment(&site, args.env.as_deref())?;
        // Signed as of the clock, whatever time is asked about.
        (open::compiled(&site, environment, super::now_ms(None)?)?, site.visitors)
    } else {
        match open::built(&args.folder, args.env.as_deref(), super::now_ms(None)?) {
            Ok(opened) => (opened, Vec::new()),
            Err(why) => return Ok(refused(why)),
        }
    };
    let only_commas = !args.slots.is_empty() && slot_names(args).is_empty();
    anyhow::ensure!(!only_commas, Usage("--slots names no slot".into()));
    anyhow::ensure!(
        !args.explain || opened.debug.is_some(),
        "{} has no debug file, so there are no rows to explain; decide from the site's sources, or keep `debug` beside `v1`",
        args.folder.display()
    );
    let mut desk = Desk::new(&opened, args, now_ms)?;
    match (&args.context, &args.visitor) {
        (Some(path), _) if path.as_os_str() == "-" => desk.lines(std::io::stdin().lock()),
        (Some(path), _) => {
            let text = fs_err::read_to_string(path)?;
            let visit = serde_json::from_str(&text).with_context(|| format!("{} is not a context", path.display()))?;
            desk.one(visit)
        }
        (None, Some(name)) => {
            let names: Vec<&str> = visitors.iter().map(|visitor| visitor.name.as_str()).collect();
            let visitor = visitors.iter().find(|visitor| visitor.name == *name);
            let visitor = visitor.ok_or_else(|| {
                Usage(if names.is_empty() {
                    format!("no visitor `{name}`: a built folder has none")
                } else {
                    format!("no visitor `{name}`; there are: {}", names.join(", "))
                })
            })?;
            desk.one(visitor.visit.clone())
        }
        (None, None) => {
            let heeded = desk.heeded.as_ref();
            let find = |unit, id: &str| heeded.map(|heeded| heeded.find(unit, id)).unwrap_or_default();
            let person = Person { account: args.heeding.account_from.as_ref(), find: &find };
            let visit = args.request.visit(&opened.bundle, Some(&person), now_ms)?;
            desk.one(visit.unwrap_or_default())
        }
    }
}

fn depth(name: &str) -> Result<Depth, String> {
    let known = || Depth::ALL.iter().map(|depth| depth.name()).collect::<Vec<_>>().join(", ");
    Depth::from_name(name).ok_or_else(|| format!("a depth is one of {}", known()))
}

/// Everything that answering needs, and room that is used again for every line.
struct Desk<'o> {
    opened: &'o Opened,
    args: &'o Args,
    now_ms: i64,
    names: Vec<&'o str>,
    slots: Vec<Option<u32>>,
    workspace: Workspace,
    page: Page,
    answer: String,
    explanations: Vec<SlotExplanation>,
    permissions: Option<Permissions>,
    recorder: Option<audit::Recorder>,
    heeded: Option<Heeded>,
    limits: Limits,
}

impl<'o> Desk<'o> {
    fn new(opened: &'o Opened, args: &'o Args, now_ms: i64) -> anyhow::Result<Self> {
        let program = opened.bundle.program();
        let names = slot_names(args);
        let position = |name: &&str| program.slot_position(name).map(|slot| slot as u32);
        let slots = if names.is_empty() { all_slots(&opened.bundle) } else { names.iter().map(position).collect() };
        let limits = args.fuel.map_or(Limits::default(), |rules_per_slot_max| Limits { rules_per_slot_max });
        let (workspace, page, answer) = (Workspace::with_limits(limits), Page::default(), String::new());
        let recorder = audit::Recorder::new(&args.recording)?;
        let explanations = Vec::new();
        Ok(Self {
            opened,
            args,
            now_ms,
            names,
            slots,
            workspace,
            page,
            answer,
            explanations,
            permissions: None,
            recorder,
            heeded: args.heeding.heeded(&args.folder, opened.revocations.as_deref())?,
            limits,
        })
    }

    /// Answers one context.
    fn one(&mut self, visit: Visit) -> anyhow::Result<Outcome> {
        let visit = &self.limited(visit);
        if self.recorder.is_some() {
            self.record(visit, 1)?;
            anstream::print!("{}", self.answer);
        } else if self.args.json {
            self.decide(visit);
            let off: serde_json::Map<String, serde_json::Value> =
                self.permissions_of(visit).off().map(|(purpose, basis)| (purpose.into(), basis.into())).collect();
            self.append("not_permitted", &off);
            anstream::println!("{}", self.answer);
        } else {
            anstream::print!("{}", self.table(visit));
            let permissions = self.permissions_of(visit);
            let off: Vec<String> = permissions.off().map(|(purpose, basis)| format!("{purpose} ({basis})")).collect();
            if !off.is_empty() {
                anstream::println!("not permitted under the law of {}: {}", permissions.regime, off.join(", "));
            }
            self.explanations.iter().for_each(|explanation| anstream::print!("\n{}", text(explanation)));
            self.permissions.iter().for_each(|permissions| anstream::print!("\n{}", permissions.text()));
        }
        Ok(Outcome::Clean)
    }

    /// Answers one context per line. A line that is not one is answered with an error, so that answers stay in step.
    fn lines(&mut self, mut input: impl std::io::BufRead) -> anyhow::Result<Outcome> {
        let mut output = std::io::BufWriter::new(std::io::stdout().lock());
        let (mut line, mut outcome) = (Vec::new(), Outcome::Clean);
        for number in 1_u64.. {
            line.clear();
            let read = std::io::Read::take(&mut input, LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            if read as u64 > LINE_BYTES_MAX {
                skip_line(&mut input)?;
                self.answer.clear();
                write_error(&mut self.answer, &format!("line {number} is longer than {LINE_BYTES_MAX} bytes"));
                outcome = Outcome::Findings;
                self.answer.push('\n');
                output.write_all(self.answer.as_bytes())?;
                continue;
            }
            // A byte order mark says nothing in UTF-8, and some tools write one.
            let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
            match serde_json::from_slice::<Visit>(text.trim_ascii()) {
                Ok(visit) if self.recorder.is_some() => self.record(&self.limited(visit), number)?,
                Ok(visit) => {
                    self.decide(&self.limited(visit));
                    self.answer.push('\n');
                }
                Err(error) => {
                    self.answer.clear();
                    write_error(&mut self.answer, &format!("line {number} is not a context: {}", in_column(&error)));
                    self.answer.push('\n');
                    outcome = Outcome::Findings;
                }
            }
            output.write_all(self.answer.as_bytes())?;
        }
        output.flush()?;
        Ok(outcome)
    }

    /// The visit with the limit of `--depth`, unless it has a stricter one, and with what its person withdrew elsewhere.
    fn limited(&self, visit: Visit) -> Visit {
        let depth = [visit.depth, self.args.depth].into_iter().flatten().min();
        let mut visit = Visit { depth, ..visit };
        if let Some(heeded) = &self.heeded {
            let now_ms = visit.now.map_or(self.now_ms, |now| now.0);
            heeded.grants(&self.opened.bundle.program().manifest().regions, &mut visit, now_ms);
        }
        visit
    }

    /// Answers with the audit record of a decision, or with nothing when it is not to be recorded.
    fn record(&mut self, visit: &Visit, number: u64) -> anyhow::Result<()> {
        let bundle = &self.opened.bundle;
        let now_ms = visit.now.map_or(self.now_ms, |now| now.0);
        let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
        let permitted = permit(bundle, visit, &grants, now_ms);
        decide_into(bundle, &permitted, &self.slots, &mut self.workspace, &mut self.page);
        let (page, limits) = (&self.page, self.limits);
        let asked = Audited { bundle, visit, permitted: &permitted, page, limits, which: Which::All };
        self.answer.clear();
        let recorder = self.recorder.as_ref();
        if let Some(line) = recorder.map(|recorder| recorder.record(&asked, number)).transpose()?.flatten() {
            self.answer.push_str(&line);
            self.answer.push('\n');
        }
        Ok(())
    }

    fn decide(&mut self, visit: &Visit) {
        let bundle = &self.opened.bundle;
        let now_ms = visit.now.map_or(self.now_ms, |now| now.0);
        let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
        let permitted = permit(bundle, visit, &grants, now_ms);
        decide_into(bundle, &permitted, &self.slots, &mut self.workspace, &mut self.page);
        self.answer.clear();
        write_page(&mut self.answer, bundle, &permitted, &self.page, &self.names);
        self.explanations.clear();
        self.permissions = self.args.explain.then(|| permissions(bundle, &grants));
        if let (true, Some(debug)) = (self.args.explain, &self.opened.debug) {
            let explained = self.page.decisions.iter().filter(|decision| decision.slot.is_some());
            let explained = explained.map(|decision| explain(bundle, debug, &permitted, &self.page, decision));
            self.explanations.extend(explained);
            let asked = Asked { bundle, visit, grants: &grants, now_ms };
            let decisions = self.page.decisions.iter().filter(|decision| decision.slot.is_some());
            for (explanation, decision) in self.explanations.iter_mut().zip(decisions) {
                explanation.otherwise.extend(withdrawn(asked, explanation));
                if self.args.otherwise {
                    explanation.otherwise.extend(granted(asked, explanation, decision.detail));
                }
            }
        }
        if self.args.explain && self.args.json {
            let explanations: BTreeMap<&str, &SlotExplanation> =
                self.explanations.iter().map(|explanation| (explanation.slot.as_str(), explanation)).collect();
            let (explanations, permissions) = (serde_json::json!(explanations), serde_json::json!(self.permissions));
            self.append("explain", &explanations);
            self.append("permissions", &permissions);
        }
    }

    /// Makes something the last key of the answer, which is one object.
    fn append(&mut self, key: &str, value: &impl serde::Serialize) {
        self.answer.pop();
        self.answer.push_str(&format!(",\"{key}\":"));
        self.answer.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
        self.answer.push('}');
    }

    /// What a visit permits.
    fn permissions_of(&self, visit: &Visit) -> Permissions {
        let now_ms = visit.now.map_or(self.now_ms, |now| now.0);
        permissions(&self.opened.bundle, &grants(&self.opened.bundle.program().manifest().regions, visit, now_ms))
    }

    /// The decisions as aligned lines for people.
    fn table(&mut self, visit: &Visit) -> String {
        self.decide(visit);
        let program = self.opened.bundle.program();
        let mut lines = Vec::new();
        for (position, decision) in self.page.decisions.iter().enumerate() {
            let asked = self.names.get(position).copied().unwrap_or_default();
            let slot = decision.slot.map_or(asked, |slot| program.slot(slot as usize).name);
            let content = decision.content.map_or("the origin's own", |content| program.content_name(content));
            let detail = decision.detail.map_or(String::new(), |detail| format!(" ({detail})"));
            let experience = decision.experience.map_or("", |at| program.experience(at as usize).name);
            lines.push([
                slot.to_owned(),
                content.to_owned(),
                format!("{}{detail}", decision.reason),
                experience.to_owned(),
            ]);
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        let line = |[slot, content, reason, experience]: &[String; 4]| {
            let line = format!("{slot:0$}  {content:1$}  {reason:2$}  {experience}", widths[0], widths[1], widths[2]);
            format!("{}\n", line.trim_end())
        };
        lines.iter().map(line).collect()
    }
}

/// The slots that were asked for, each once.
fn slot_names(args: &Args) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in args.slots.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Reads past the end of the line, whatever its length.
fn skip_line(input: &mut impl std::io::BufRead) -> std::io::Result<()> {
    loop {
        let held = input.fill_buf()?;
        let (used, is_end) = match held.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (held.len(), held.is_empty()),
        };
        input.consume(used);
        if is_end {
            return Ok(());
        }
    }
}

/// The error of a text that is one line: where in it, without serde_json's own count of lines.
fn in_column(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{what}, in column {}", error.column())
}
