//! The matrix as one page that needs nothing else: no script, no other file.

use super::{CAUTION, CHILD_DIRECTED, FACTS, dates, facts, whence};
use crate::cli::markup::html as escape;
use crate::cli::table::{Cell, Table};
use crate::report::{self, ConsentMatrix, RegionLine, SignalLine};

pub(super) fn write(matrix: &ConsentMatrix, signals: &[SignalLine]) -> String {
    let mut out = String::from(HEAD);
    out.push_str(&format!(
        "<header><h1>Consent by region, purpose and signal</h1>\n<p>Region table {}, as of {}. {} {}</p>\n{LEGEND}</header>\n<main>\n",
        escape(&matrix.table_version),
        escape(&matrix.as_of),
        escape(&CAUTION.replace('`', "")),
        if matrix.child_directed { CHILD_DIRECTED } else { "" }
    ));
    let purposes = || matrix.purposes.iter().copied();
    let mut table = Table::new(["Region", "Holds"].into_iter().chain(purposes()).chain(FACTS));
    matrix.regions.iter().for_each(|line| table.row(region(line)));
    section(&mut out, "regions", "Regions and purposes", &table);
    let mut table = Table::new(["Signal"].into_iter().chain(purposes()).chain(["Note"]));
    for line in signals {
        let means = line.means.iter().map(|means| match means.as_str() {
            "" => Cell::from("nothing").classed("none"),
            means => means.into(),
        });
        table.row([line.name.into()].into_iter().chain(means).chain([long(whence(line))]));
    }
    section(&mut out, "signals", "Signals and purposes", &table);
    out.push_str("<section aria-labelledby=\"sources\"><h2 id=\"sources\">Sources</h2>\n<dl>\n");
    for line in matrix.regions.iter().filter(|line| !line.law.sources.is_empty() || line.law.note.is_some()) {
        out.push_str(&format!("<dt>{} <small>{}</small></dt>", escape(&title(line)), escape(&dates(line))));
        line.law.sources.iter().for_each(|source| out.push_str(&format!("<dd>{}</dd>", escape(source))));
        line.law.note.iter().for_each(|note| out.push_str(&format!("<dd class=\"note\">{}</dd>", escape(note))));
        out.push('\n');
    }
    out.push_str("</dl></section>\n</main>\n</body>\n</html>\n");
    out
}

fn section(out: &mut String, id: &str, title: &str, table: &Table) {
    // A wide table scrolls by itself, and can be reached with the keyboard.
    out.push_str(&format!(
        "<section><h2 id=\"{id}\">{title}</h2>\n<div class=\"scroll\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n\
         {}</div></section>\n",
        table.html(title)
    ));
}

fn region(line: &RegionLine) -> Vec<Cell> {
    let covers = if line.covers.is_empty() { Vec::new() } else { vec![line.covers.join(" ")] };
    let mut cells = vec![Cell::new(title(line), "", covers), dates(line).into()];
    cells.extend(line.cells.iter().map(model));
    cells.extend(facts(line).into_iter().enumerate().map(|(at, fact)| if at == 1 { long(fact) } else { fact.into() }));
    if line.in_force { cells } else { cells.into_iter().map(|cell| cell.classed("later")).collect() }
}

fn long(text: String) -> Cell {
    Cell::from(text).classed("long")
}

/// The words say everything: colour only helps the eye.
fn model(cell: &report::Cell) -> Cell {
    let marks = [(cell.by_site, "the site’s own"), (cell.gpc_off, "GPC: off")];
    let marks = marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark);
    let notes = [cell.when_silent].into_iter().chain(marks).map(str::to_owned).collect();
    let words = cell.model.replace('_', "-");
    Cell::new(words.as_str(), &words, notes)
}

fn title(line: &RegionLine) -> String {
    if line.name.is_empty() { line.code.clone() } else { format!("{}: {}", line.code, line.name) }
}

const LEGEND: &str = "<p>Each cell has what the law requires, and what applies while the visitor has not answered. “GPC: off”: Global Privacy Control switches it off. A * marks what the site has changed. A line in italics applies from its day.</p>\n";

const HEAD: &str = include_str!("head.html");
