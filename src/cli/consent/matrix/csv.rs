//! The matrix as CSV: one line for each region, purpose and signal.

use super::effect;
use crate::cli::table::{Column, Table};
use crate::report::{AgeBand, Cell, ConsentMatrix, RegionLine, SignalLine};

/// Each line is about a region, a purpose and a signal.
type Line<'m> = (&'m RegionLine, (usize, &'m Cell), &'m SignalLine);

pub(super) fn write(matrix: &ConsentMatrix, signals: &[SignalLine]) -> String {
    let cells = matrix.regions.iter().flat_map(|line| line.cells.iter().enumerate().map(move |cell| (line, cell)));
    let lines = cells.flat_map(|(line, cell)| signals.iter().map(move |signal| (line, cell, signal)));
    Table::of(&columns(), lines).csv()
}

fn columns<'m>() -> [Column<Line<'m>>; 22] {
    [
        ("region", |(line, ..)| line.code.clone()),
        ("name", |(line, ..)| line.name.clone()),
        ("covers", |(line, ..)| line.covers.join(" ")),
        ("in_force", |(line, ..)| line.in_force.to_string()),
        ("from", |(line, ..)| line.from.clone().unwrap_or_default()),
        ("until", |(line, ..)| line.until.clone().unwrap_or_default()),
        ("held_by", |(line, ..)| line.held_by.clone().unwrap_or_default()),
        ("purpose", |(_, (_, cell), _)| cell.purpose.to_owned()),
        ("model", |(_, (_, cell), _)| cell.model.to_owned()),
        ("when_silent", |(_, (_, cell), _)| cell.when_silent.to_owned()),
        ("by_site", |(_, (_, cell), _)| cell.by_site.to_string()),
        ("signal", |(.., signal)| signal.signal.to_owned()),
        ("signal_says", |(_, (position, cell), signal)| effect(signal, *position, cell)),
        ("gpc", |(line, ..)| line.law.gpc.clone()),
        ("known_minors", |(line, ..)| line.minors.iter().map(AgeBand::words).collect::<Vec<_>>().join("; ")),
        ("grant_days_max", |(line, ..)| line.grant_days_max.to_string()),
        ("experiments_without_consent", |(line, ..)| line.experiments.to_owned()),
        ("statutory_from", |(line, ..)| line.law.statutory_from.clone().unwrap_or_default()),
        ("confidence", |(line, ..)| line.law.confidence.clone()),
        ("verified", |(line, ..)| line.law.verified.clone()),
        ("sources", |(line, ..)| line.law.sources.join(" | ")),
        ("note", |(line, ..)| line.law.note.clone().unwrap_or_default()),
    ]
}
