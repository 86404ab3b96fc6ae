//! `selvedge prove`: can this ever hold, does one imply the other, who is never reached, which experiments meet, and does anything that
//! consent hides show.

mod host;
mod interference;
mod suppression;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value as Json, json};

pub use host::Host;

use super::table::Table;
use super::{Outcome, Usage, open};
use crate::author;
use crate::author::diagnostic::Severity;
use crate::author::expr::{Scope, check_row};
use crate::author::prove::{Budget, Claim, Prover, RuleAt, Verdict, Witness, meetings, shadows};
use crate::author::site::{Effect, Site};

/// Prove a claim about the conditions of a site, or show a visitor against it.
#[derive(clap::Args)]
#[command(
    after_help = "A name is an audience, an experience, or one rule of an experience, as in hero-winter#2. Rules count from 1.\n\n\
    Exit codes: 0 if it is proved, or nothing is found; 1 if something is found, or the prover cannot tell.\n\nExamples:\n  \
    selvedge prove examples/storefront audience loyal\n  \
    selvedge prove examples/storefront implies loyal returning\n  \
    selvedge prove examples/storefront overlap hero-winter#1 new_visitors\n  \
    selvedge prove examples/storefront row 'visitor.visits_30d < 0'\n  \
    selvedge prove examples/storefront shadowed --json\n  \
    selvedge prove examples/letters suppression\n  \
    selvedge prove examples/storefront non-interference --pairs 200"
)]
pub(super) struct Args {
    /// The site's folder: the one with selvedge.toml
    site: std::path::PathBuf,
    #[command(subcommand)]
    question: Question,
    /// Print the answer as one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Question {
    /// Can anybody be in this audience, and can anybody be outside?
    Audience {
        /// Its name
        name: String,
    },
    /// Can a row hold, and can it fail?
    Row {
        /// An expression, as a row of a rule has it
        expression: String,
    },
    /// Can one visit be in both?
    Overlap(Two),
    /// Is everybody in the first also in the second?
    Implies(Two),
    /// Which rules does no visit ever reach?
    Shadowed,
    /// Which experiments can meet on a page?
    Collisions,
    /// Does any rule lead around a suppression of contact.toml?
    Suppression,
    /// Does anything that consent hides show, in any output? Tried on random visitors and their twins
    NonInterference(interference::Args),
}

#[derive(clap::Args)]
struct Two {
    /// An audience, an experience, or a rule of one (experience#2)
    one: String,
    /// Another
    other: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, diagnostics, sources) = author::load(&args.site);
    let site = site.ok_or(open::Refused::Findings(diagnostics, sources))?;
    let mut prover = Prover::new(&site);
    let answer = match &args.question {
        Question::Audience { name } => {
            let claim =
                audience(&prover, &site, name).with_context(|| Usage(format!("there is no audience `{name}`")))?;
            range(&prover, claim, &format!("`{name}`"))
        }
        Question::Row { expression } => {
            let claim = row(&mut prover, &site, expression)?;
            range(&prover, claim, "this row")
        }
        Question::Overlap(Two { one, other }) => {
            let claims = [named(&mut prover, &site, one)?, named(&mut prover, &site, other)?];
            let yes = format!("one visitor can be in `{one}` and in `{other}`:");
            let never = format!("proved: no visitor can be in `{one}` and in `{other}`");
            Answer::new(&prover.can_hold(&claims), [&yes, &never, "whether a visitor can be in both"])
        }
        Question::Implies(Two { one, other }) => {
            let (holds, fails) = (named(&mut prover, &site, one)?, named(&mut prover, &site, other)?);
            let yes = format!("a visitor can be in `{one}` and not in `{other}`:");
            let never = format!("proved: every visitor in `{one}` is in `{other}`");
            Answer::new(&prover.can_separate(holds, fails), [&yes, &never, "whether every visitor is"])
        }
        Question::Shadowed => shadowed(&mut prover, &site),
        Question::Collisions => collisions(&mut prover, &site),
        Question::Suppression => suppression::prove(&mut prover, &site)?,
        Question::NonInterference(options) => return interference::run(&site, options, args.json),
    };
    super::say(args.json, answer.json, answer.text);
    Ok(answer.outcome)
}

struct Answer {
    text: String,
    json: Json,
    outcome: Outcome,
}

impl Answer {
    /// One verdict; a visitor is a finding.
    fn new(verdict: &Verdict, said: [&str; 3]) -> Self {
        let outcome = if *verdict == Verdict::Never { Outcome::Clean } else { Outcome::Findings };
        Self { text: in_words(verdict, said), json: verdict_json(verdict), outcome }
    }
}

/// A verdict in words: for a visitor, for a proof that there is none, and for an open question.
fn in_words(verdict: &Verdict, [yes, never, whether]: [&str; 3]) -> String {
    match verdict {
        Verdict::Holds(witness) => format!("{yes}\n{}", indented(witness)),
        Verdict::Never => format!("{never}\n"),
        Verdict::CannotTell(reason) => format!("cannot tell {whether}: {reason}\n"),
    }
}

/// True if a claim can hold and can fail. Both is what one hopes for.
fn range(prover: &Prover<'_>, claim: Claim, name: &str) -> Answer {
    let (holds, fails) = (prover.can_hold(&[claim]), prover.can_fail(claim));
    let said = |can: &str, never: &str, whether: &str| [can, never, whether].map(|said| format!("{name} {said}"));
    let [yes, never, whether] =
        said("can be true, for example for", "is false for every visitor: proved", "is ever true");
    let mut text = in_words(&holds, [&yes, &never, &format!("whether {whether}")]);
    let always = "is true for every visitor whose data is known: proved";
    let [yes, never, whether] = said("can be false, for example for", always, "is always true");
    text += &in_words(&fails, [&yes, &never, &format!("whether {whether}")]);
    let sound = matches!((&holds, &fails), (Verdict::Holds(_), Verdict::Holds(_)));
    Answer {
        text,
        json: json!({ "holds": verdict_json(&holds), "fails": verdict_json(&fails) }),
        outcome: if sound { Outcome::Clean } else { Outcome::Findings },
    }
}

fn shadowed(prover: &mut Prover<'_>, site: &Site) -> Answer {
    let mut budget = Budget::PATIENT;
    let (found, tally) = shadows(prover, &mut budget);
    let (mut text, mut rules) = (String::new(), Vec::new());
    for shadow in &found {
        let by: Vec<String> = shadow.by.iter().map(|at| rule_name(site, *at)).collect();
        let rule = rule_name(site, shadow.rule);
        text += &match by[..] {
            [] => format!("{rule}: no visitor can ever match it\n"),
            _ if shadow.repeats => format!("{rule}: repeats the condition of {}\n", by.join(", ")),
            _ => format!("{rule}: never reached; earlier rules take its visitors: {}\n", by.join(", ")),
        };
        rules.push(json!({ "rule": rule, "by": by, "repeats": shadow.repeats }));
    }
    text += &format!("{} rules, {} never reached, {} without an answer\n", tally.asked, found.len(), tally.open);
    let outcome = if found.is_empty() && tally.open == 0 { Outcome::Clean } else { Outcome::Findings };
    Answer { text, json: json!({ "rules": tally.asked, "shadowed": rules, "open": tally.open }), outcome }
}

fn collisions(prover: &mut Prover<'_>, site: &Site) -> Answer {
    let mut budget = Budget::PATIENT;
    let (found, tally) = meetings(prover, true, &mut budget);
    let (mut table, mut pairs) = (Table::new(["first", "second", "where", "one visit in both"]), Vec::new());
    for meeting in &found {
        let [first, second] = [meeting.first, meeting.second].map(|at| experiment(site, at));
        let verdict = match (&meeting.verdict, &meeting.layer) {
            (Verdict::Holds(witness), _) => witness.line(),
            (Verdict::Never, Some(layer)) => format!("never: both are in the layer {layer}"),
            (Verdict::Never, None) => "never: proved".into(),
            (Verdict::CannotTell(reason), _) => format!("cannot tell: {reason}"),
        };
        pairs.push(json!({
            "first": first,
            "second": second,
            "first_rule": rule_name(site, meeting.first),
            "second_rule": rule_name(site, meeting.second),
            "same_slot": meeting.same_slot,
            "meet": verdict_json(&meeting.verdict),
        }));
        table.row([first, second, if meeting.same_slot { "slot" } else { "page" }.into(), verdict]);
    }
    let mut text = if table.is_empty() { String::new() } else { table.text() };
    let colliding = found.iter().filter(|meeting| !matches!(meeting.verdict, Verdict::Never)).count();
    text += &format!("{} pairs on one page at one time, {colliding} of them not proved apart\n", tally.asked);
    let outcome = if colliding == 0 { Outcome::Clean } else { Outcome::Findings };
    Answer { text, json: json!({ "pairs": pairs, "asked": tally.asked, "open": tally.open }), outcome }
}

/// `experience#rule`, counted from 1.
fn rule_name(site: &Site, (experience, rule): RuleAt) -> String {
    let name = site.experiences.get(experience).map_or("?", |experience| experience.name.as_str());
    format!("{name}#{}", rule + 1)
}

fn experiment(site: &Site, at: RuleAt) -> String {
    match site.experiences.get(at.0).and_then(|experience| experience.rules.get(at.1)).map(|rule| &rule.effect) {
        Some(Effect::Split(split)) => split.experiment.clone(),
        _ => rule_name(site, at),
    }
}

/// The claim behind a name: an audience first, then an experience, then one of its rules.
fn named(prover: &mut Prover<'_>, site: &Site, name: &str) -> anyhow::Result<Claim> {
    if let Some(claim) = audience(prover, site, name) {
        return Ok(claim);
    }
    let (experience_name, number) = name.split_once('#').map_or((name, None), |(name, number)| (name, Some(number)));
    let unknown = || Usage(format!("there is no audience and no experience `{name}`"));
    let at = site.experiences.binary_search_by(|one| one.name.as_str().cmp(experience_name)).map_err(|_| unknown())?;
    let experience = &site.experiences[at];
    let is_wanted = |position: usize| number.is_none_or(|number| number.parse() == Ok(position + 1));
    let rules = experience.rules.iter().enumerate().filter(|(position, _)| is_wanted(*position));
    let claims: Vec<Claim> = rules.map(|(_, rule)| prover.rule(experience, rule)).collect();
    prover
        .any(&claims)
        .with_context(|| Usage(format!("`{experience_name}` has {} rules, but not `{name}`", experience.rules.len())))
}

fn audience(prover: &Prover<'_>, site: &Site, name: &str) -> Option<Claim> {
    let name = name.strip_prefix("audience.").unwrap_or(name);
    let at = site.audiences.binary_search_by(|audience| audience.name.as_str().cmp(name)).ok()?;
    prover.audience(at)
}

fn row(prover: &mut Prover<'_>, site: &Site, expression: &str) -> anyhow::Result<Claim> {
    let audiences: Vec<String> = site.audiences.iter().map(|audience| audience.name.clone()).collect();
    let scope = Scope { attributes: &site.attributes, audiences: &audiences };
    let (condition, findings) = check_row(expression, &scope);
    let errors: Vec<String> = findings
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{} at {}: {}", finding.code, finding.place.start + 1, finding.what))
        .collect();
    let condition = condition.with_context(|| Usage(errors.join("; ")))?;
    Ok(prover.row(&condition))
}

fn verdict_json(verdict: &Verdict) -> Json {
    match verdict {
        Verdict::Holds(witness) => json!({ "answer": "yes", "visitor": witness.json() }),
        Verdict::Never => json!({ "answer": "never" }),
        Verdict::CannotTell(reason) => json!({ "answer": "cannot tell", "reason": reason }),
    }
}

fn indented(witness: &Witness) -> String {
    witness.toml().lines().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") }).collect()
}
