//! The matrix as CSV (RFC 4180): one line for each region, purpose and signal.

use super::effect;
use crate::report::{AgeBand, ConsentMatrix, SignalLine};

const HEADING: [&str; 22] = [
    "region",
    "name",
    "covers",
    "in_force",
    "from",
    "until",
    "held_by",
    "purpose",
    "model",
    "when_silent",
    "by_site",
    "signal",
    "signal_says",
    "gpc",
    "known_minors",
    "grant_days_max",
    "experiments_without_consent",
    "statutory_from",
    "confidence",
    "verified",
    "sources",
    "note",
];

/// The lines, with their heading.
pub(super) fn write(matrix: &ConsentMatrix, signals: &[SignalLine]) -> String {
    let mut out = String::new();
    record(&mut out, &HEADING.map(String::from));
    for line in &matrix.regions {
        for (position, cell) in line.cells.iter().enumerate() {
            for signal in signals {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                record(
                    &mut out,
                    &[
                        line.code.clone(),
                        line.name.clone(),
                        line.covers.join(" "),
                        line.in_force.to_string(),
                        text(&line.from),
                        text(&line.until),
                        text(&line.held_by),
                        cell.purpose.to_owned(),
                        cell.model.to_owned(),
                        cell.when_silent.to_owned(),
                        cell.by_site.to_string(),
                        signal.signal.to_owned(),
                        effect(signal, position, cell),
                        line.gpc.clone(),
                        line.minors.iter().map(AgeBand::words).collect::<Vec<_>>().join("; "),
                        line.grant_days_max.to_string(),
                        line.experiments.to_owned(),
                        text(&line.statutory_from),
                        line.confidence.clone(),
                        line.verified.clone(),
                        line.sources.join(" | "),
                        text(&line.note),
                    ],
                );
            }
        }
    }
    out
}

fn record(out: &mut String, fields: &[String; HEADING.len()]) {
    crate::cli::csv::record(out, fields);
}
