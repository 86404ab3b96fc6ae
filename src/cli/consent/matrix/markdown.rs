//! The matrix as Markdown.

use super::{CAUTION, CHILD_DIRECTED, FACTS, cell, dates, facts, whence};
use crate::cli::markup::markdown;
use crate::cli::table::Table;
use crate::report::{ConsentMatrix, RegionLine, SignalLine};

/// The line below the names of columns.
const RULE: &str = " --- ";

pub(super) fn write(matrix: &ConsentMatrix, signals: &[SignalLine]) -> String {
    let mut out = format!(
        "# Consent by region, purpose and signal\n\nRegion table {}, as of {}. {CAUTION}\n\n",
        markdown(&matrix.table_version),
        markdown(&matrix.as_of)
    );
    if matrix.child_directed {
        out.push_str(&format!("{CHILD_DIRECTED}\n\n"));
    }
    let purposes = || matrix.purposes.iter().copied();
    let mut table = Table::new(["region", "holds"].into_iter().chain(purposes()).chain(FACTS));
    for line in &matrix.regions {
        let holds = [region(line), dates(line)].into_iter();
        table.row(holds.chain(line.cells.iter().map(cell)).chain(facts(line)));
    }
    out.push_str(&format!(
        "## Regions and purposes\n\n{}\n`*`: the site has changed this. `(GPC: off)`: Global Privacy Control switches it off.\n\n",
        table.markdown(RULE)
    ));
    let mut table = Table::new(["signal"].into_iter().chain(purposes()).chain(["note"]));
    for line in signals {
        let means = line.means.iter().map(|means| if means.is_empty() { "–".to_owned() } else { means.clone() });
        table.row([line.name.to_owned()].into_iter().chain(means).chain([whence(line)]));
    }
    out.push_str(&format!("## Signals and purposes\n\n{}\n## Sources\n", table.markdown(RULE)));
    for line in matrix.regions.iter().filter(|line| !line.law.sources.is_empty() || line.law.note.is_some()) {
        out.push_str(&format!("\n### {}\n\n", markdown(&format!("{}, {}", region(line), dates(line)))));
        line.law.sources.iter().for_each(|source| out.push_str(&format!("- {}\n", markdown(source))));
        line.law.note.iter().for_each(|note| out.push_str(&format!("\n{}\n", markdown(note))));
    }
    out
}

/// `EU: EU/EEA (AT, BE, …)`.
fn region(line: &RegionLine) -> String {
    let name = if line.name.is_empty() { String::new() } else { format!(": {}", line.name) };
    let covers = if line.covers.is_empty() { String::new() } else { format!(" ({})", line.covers.join(", ")) };
    format!("{}{name}{covers}", line.code)
}
