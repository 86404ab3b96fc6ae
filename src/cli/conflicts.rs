//! `selvedge conflicts`: experiments that one visitor can be in, ours and those of other tools.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::render::escaped;
use super::report::visits;
use super::{Outcome, SiteFolder, now_ms, open, say};
use crate::author::prove::{Budget, Conflict, Measured, Prover, Verdict, conflicts, measured};
use crate::report::{Countable, Counted, Overlap};

#[derive(clap::Args)]
#[command(
    after_help = "Each experiment is compared with every other one, and with the tests under `[[elsewhere]]` in selvedge.toml. \
    Two experiments on different pages that share a metric are listed. That alone is no finding.\n\n\
    Exit codes: 0 if no two experiments on one page can share a visitor; 1 if two can, or the prover cannot tell.\n\nExamples:\n  \
    selvedge conflicts examples/storefront\n  \
    selvedge conflicts examples/storefront --corpus visits.jsonl --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Visits to count, one context a line (- is standard input); the site's sample visitors by default
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// The time from which tests count, and the time of visits without `now`; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    /// Print the answer as one JSON object
    #[arg(long)]
    json: bool,
}

/// How many pairs are compared: all of 1,400 experiments.
const PAIRS_MAX: usize = 1_000_000;

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.folder.site)?;
    let visits = visits(&site, args.corpus.as_deref())?;
    let mut prover = Prover::new(&site);
    let all = measured(&mut prover);
    let now_ms = now_ms(args.as_of.as_deref())?;
    let (found, tally) = conflicts(&mut prover, &all, now_ms, &mut Budget::PATIENT.clone(), PAIRS_MAX);
    let countable = Countable::new(&site, &all);
    let opened = open::compiled(&countable.site, open::environment(&site, None)?, now_ms)?;
    let counted = countable.count(&opened.bundle, opened.debug()?, &visits, now_ms);
    let open = found.iter().filter(|conflict| conflict.is_open()).count();
    let pairs: Vec<Json> = found.iter().map(|conflict| as_json(conflict, &all, &counted)).collect();
    let text: String = found.iter().map(|conflict| as_text(conflict, &all, &counted) + "\n").collect();
    let apart = found.iter().filter(|conflict| conflict.verdict == Verdict::Never).count();
    say(
        args.json,
        json!({ "experiments": all.len(), "pairs": pairs, "conflicts": open, "open": tally.open, "not_compared": tally.left }),
        format_args!(
            "{text}experiments: {}; pairs that share a slot, a page or a metric: {}; proved apart: {apart}; in conflict: {open}{}\n",
            all.len(),
            found.len(),
            if tally.left > 0 { format!("; not compared: {}", tally.left) } else { String::new() },
        ),
    );
    Ok(if open == 0 { Outcome::Clean } else { Outcome::Findings })
}

fn as_text(conflict: &Conflict, all: &[Measured<'_>], counted: &Counted) -> String {
    let (first, second) = (&all[conflict.pair.0], &all[conflict.pair.1]);
    let heading = match (&conflict.verdict, conflict.is_open()) {
        (Verdict::Never, _) => "apart",
        (_, true) => "conflict",
        (_, false) => "note",
    };
    let mut text = format!("{heading}: {} and {}\n  both {}\n", named(first), named(second), shared(conflict));
    match &conflict.verdict {
        Verdict::Never => match &conflict.layer {
            Some(layer) => {
                text += &format!(
                    "proved apart: both are in the layer {layer}, and a visitor is in at most one of its experiments\n"
                )
            }
            None => text += "proved apart: no visitor can be in both\n",
        },
        Verdict::CannotTell(reason) => text += &format!("  cannot tell whether a visitor can be in both: {reason}\n"),
        Verdict::Holds(witness) => {
            let (toml, line) = (witness.toml(), |line: &str| format!("    {line}\n"));
            text += &match conflict.takes.map(|at| (&all[at], if at == conflict.pair.0 { second } else { first })) {
                Some((takes, other)) => {
                    format!("  a visitor in `{}`, who would be in `{}` without it:\n", takes.name, other.name)
                }
                None => "  a visitor in both:\n".into(),
            };
            text.extend(toml.lines().filter(|line| !line.is_empty()).map(line));
        }
    }
    if let Some(Overlap { visits, both, matching_percent, expected_percent }) = overlap(conflict, counted) {
        text += &format!(
            "  expected overlap: {expected_percent:.1} % of the visits ({both} of {visits} match both, {matching_percent:.1} %)\n"
        );
    }
    text
}

fn overlap(conflict: &Conflict, counted: &Counted) -> Option<Overlap> {
    counted.overlap(conflict).filter(|_| conflict.verdict != Verdict::Never)
}

/// The name, whose it is and where it is written.
fn named(one: &Measured<'_>) -> String {
    let tool = one.tool.map_or(String::new(), |tool| format!(" of {tool}"));
    let owner = one.owner.map_or(String::new(), |owner| format!(", {owner}"));
    format!("`{}`{tool} ({}:{}{owner})", one.name, escaped(&one.place.file), one.place.line)
}

fn shared(conflict: &Conflict) -> String {
    let on_one_page = conflict.same_page.then(|| "can be on one page".to_owned());
    let place = conflict.slot.as_ref().map(|slot| format!("change the slot {slot}")).or(on_one_page);
    let metric = conflict.metric.as_ref().map(|metric| format!("should improve `{metric}`"));
    place.into_iter().chain(metric).collect::<Vec<_>>().join(" and ")
}

fn as_json(conflict: &Conflict, all: &[Measured<'_>], counted: &Counted) -> Json {
    let side = |at: usize| {
        let Measured { name, tool, owner, place, metric, .. } = &all[at];
        let (file, line) = (&place.file, place.line);
        json!({ "name": name, "tool": tool, "owner": owner, "file": file, "line": line, "metric": metric })
    };
    let (answer, visitor, reason) = match &conflict.verdict {
        Verdict::Holds(witness) => ("yes", Some(witness.json()), None),
        Verdict::Never => ("never", None, None),
        Verdict::CannotTell(reason) => ("cannot tell", None, Some(reason)),
    };
    json!({
        "first": side(conflict.pair.0),
        "second": side(conflict.pair.1),
        "slot": conflict.slot,
        "taken_by": conflict.takes.map(|at| all[at].name),
        "same_page": conflict.same_page,
        "metric": conflict.metric,
        "layer": conflict.layer,
        "conflict": conflict.is_open(),
        "meet": { "answer": answer, "visitor": visitor, "reason": reason },
        "overlap": overlap(conflict, counted),
    })
}
