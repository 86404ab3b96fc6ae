//! The matrix as one page that needs nothing else: no script, no other file.

use super::{CAUTION, CHILD_DIRECTED, FACTS, dates, facts, whence};
use crate::cli::table::{Cell, Table};
use crate::page::escape_attribute as escape;
use crate::report::{self, ConsentMatrix, RegionLine, SignalLine};

/// The page.
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
    for line in matrix.regions.iter().filter(|line| !line.sources.is_empty() || line.note.is_some()) {
        out.push_str(&format!("<dt>{} <small>{}</small></dt>", escape(&title(line)), escape(&dates(line))));
        line.sources.iter().for_each(|source| out.push_str(&format!("<dd>{}</dd>", escape(source))));
        line.note.iter().for_each(|note| out.push_str(&format!("<dd class=\"note\">{}</dd>", escape(note))));
        out.push('\n');
    }
    out.push_str("</dl></section>\n</main>\n</body>\n</html>\n");
    out
}

fn section(out: &mut String, id: &str, title: &str, table: &Table) {
    // A wide table scrolls by itself; whoever has no mouse reaches it by the keyboard.
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

const LEGEND: &str = "<p>Each cell has what the law is read to need, and what holds while the visitor says nothing. “GPC: off” is \
    switched off by Global Privacy Control. What is marked * is not as shipped: the site’s own. A line in italics holds from the day it names.</p>\n";

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Consent by region, purpose and signal</title>
<style>
:root { color-scheme: light dark; --line: #c9ced6; --ink: #1c2430; --paper: #fff; --head: #f1f3f6; --faint: #56606e;
  --open: #e3f2e6; --notice: #eef6e0; --ask: #fdf1d8; --shut: #fbe3e0; }
@media (prefers-color-scheme: dark) { :root { --line: #3c4654; --ink: #e8ecf1; --paper: #141a22; --head: #1e2630; --faint: #a9b4c2;
  --open: #17351f; --notice: #2a3417; --ask: #3d3013; --shut: #43201d; } }
body { margin: 0; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, dl { max-width: 62rem; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
.scroll { overflow: auto; max-height: 85vh; border: 1px solid var(--line); border-radius: .4rem; }
.scroll:focus-visible { outline: 3px solid #2f6fde; outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; font-size: .875rem; }
th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; min-width: 6.5rem; }
thead th { position: sticky; top: 0; background: var(--head); z-index: 1; }
tbody th { position: sticky; left: 0; background: var(--paper); font-weight: 600; min-width: 11rem; max-width: 16rem; }
thead th:first-child { left: 0; z-index: 2; }
small { display: block; }
small { color: var(--faint); font-weight: 400; }
.long { min-width: 18rem; }
.none { color: var(--faint); }
.exempt { background: var(--open); }
.notice, .opt-out { background: var(--notice); }
.opt-in, .opt-in-explicit { background: var(--ask); }
.strictly-required, .prohibited { background: var(--shut); }
.later { font-style: italic; }
dt { margin-top: 1rem; font-weight: 600; }
dt small { display: inline; margin-left: .5rem; }
dd { margin: .2rem 0 .2rem 1.2rem; }
.note { font-style: italic; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
</style>
</head>
<body>
";
