//! The matrix as Markdown.

use super::{CAUTION, CHILD_DIRECTED, FACTS, cell, dates, facts, whence};
use crate::report::{ConsentMatrix, RegionLine, SignalLine};

/// Two tables, and the sources below them.
pub(super) fn write(matrix: &ConsentMatrix, signals: &[SignalLine]) -> String {
    let mut out = format!(
        "# Consent by region, purpose and signal\n\nRegion table {}, as of {}. {CAUTION}\n\n",
        matrix.table_version, matrix.as_of
    );
    if matrix.child_directed {
        out.push_str(&format!("{CHILD_DIRECTED}\n\n"));
    }
    out.push_str("## Regions and purposes\n\n");
    let mut heading: Vec<String> = vec!["region".into(), "holds".into()];
    heading.extend(matrix.purposes.iter().map(|purpose| (*purpose).to_owned()));
    heading.extend(FACTS.map(String::from));
    row(&mut out, &heading);
    row(&mut out, &vec!["---".to_owned(); heading.len()]);
    for line in &matrix.regions {
        let mut cells = vec![region(line), dates(line)];
        cells.extend(line.cells.iter().map(cell));
        cells.extend(facts(line));
        row(&mut out, &cells);
    }
    out.push_str(
        "\n`*` not as shipped: the site's own. `(GPC: off)` Global Privacy Control switches it off.\n\n## Signals and purposes\n\n",
    );
    let mut heading: Vec<String> = vec!["signal".into()];
    heading.extend(matrix.purposes.iter().map(|purpose| (*purpose).to_owned()));
    heading.push("note".into());
    row(&mut out, &heading);
    row(&mut out, &vec!["---".to_owned(); heading.len()]);
    for line in signals {
        let mut cells = vec![line.name.to_owned()];
        cells.extend(line.means.iter().map(|means| if means.is_empty() { "–".to_owned() } else { means.clone() }));
        cells.push(whence(line));
        row(&mut out, &cells);
    }
    out.push_str("\n## Sources\n");
    for line in matrix.regions.iter().filter(|line| !line.sources.is_empty() || line.note.is_some()) {
        out.push_str(&format!("\n### {}, {}\n\n", region(line), dates(line)));
        line.sources.iter().for_each(|source| out.push_str(&format!("- {source}\n")));
        line.note.iter().for_each(|note| out.push_str(&format!("\n{note}\n")));
    }
    out
}

/// `EU: EU/EEA (AT, BE, …)`.
fn region(line: &RegionLine) -> String {
    let name = if line.name.is_empty() { String::new() } else { format!(": {}", line.name) };
    let covers = if line.covers.is_empty() { String::new() } else { format!(" ({})", line.covers.join(", ")) };
    format!("{}{name}{covers}", line.code)
}

fn row(out: &mut String, cells: &[String]) {
    for cell in cells {
        out.push_str("| ");
        out.push_str(&cell.replace('|', "\\|").replace('\n', " "));
        out.push(' ');
    }
    out.push_str("|\n");
}
