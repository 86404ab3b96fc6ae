//! The matrix as one page that needs nothing else: no script, no other file.

use super::{CAUTION, CHILD_DIRECTED, FACTS, dates, facts, whence};
use crate::report::{Cell, ConsentMatrix, RegionLine, SignalLine};

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
    open_table(&mut out, "regions", "Regions and purposes");
    let first = ["Region", "Holds"].into_iter().chain(matrix.purposes.iter().copied()).chain(FACTS);
    heading(&mut out, first);
    for line in &matrix.regions {
        region(&mut out, line);
    }
    out.push_str("</tbody></table></div></section>\n");
    open_table(&mut out, "signals", "Signals and purposes");
    heading(&mut out, ["Signal"].into_iter().chain(matrix.purposes.iter().copied()).chain(["Note"]));
    for line in signals {
        out.push_str(&format!("<tr><th scope=\"row\">{}</th>", escape(line.name)));
        for means in &line.means {
            let says = if means.is_empty() { "<span class=\"none\">nothing</span>".to_owned() } else { escape(means) };
            out.push_str(&format!("<td>{says}</td>"));
        }
        out.push_str(&format!("<td class=\"long\">{}</td></tr>\n", escape(&whence(line))));
    }
    out.push_str("</tbody></table></div></section>\n<section aria-labelledby=\"sources\"><h2 id=\"sources\">Sources</h2>\n<dl>\n");
    for line in matrix.regions.iter().filter(|line| !line.sources.is_empty() || line.note.is_some()) {
        out.push_str(&format!("<dt>{} <small>{}</small></dt>", escape(&title(line)), escape(&dates(line))));
        line.sources.iter().for_each(|source| out.push_str(&format!("<dd>{}</dd>", escape(source))));
        line.note.iter().for_each(|note| out.push_str(&format!("<dd class=\"note\">{}</dd>", escape(note))));
        out.push('\n');
    }
    out.push_str("</dl></section>\n</main>\n</body>\n</html>\n");
    out
}

fn open_table(out: &mut String, id: &str, title: &str) {
    // A wide table scrolls by itself; whoever has no mouse reaches it by the keyboard.
    out.push_str(&format!(
        "<section><h2 id=\"{id}\">{title}</h2>\n<div class=\"scroll\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n\
         <table><caption class=\"unseen\">{title}</caption>\n"
    ));
}

fn heading<'n>(out: &mut String, names: impl Iterator<Item = &'n str>) {
    out.push_str("<thead><tr>");
    names.for_each(|name| out.push_str(&format!("<th scope=\"col\">{}</th>", escape(name))));
    out.push_str("</tr></thead>\n<tbody>\n");
}

fn region(out: &mut String, line: &RegionLine) {
    let later = if line.in_force { "" } else { " class=\"later\"" };
    let covers = if line.covers.is_empty() {
        String::new()
    } else {
        format!("<small>{}</small>", escape(&line.covers.join(" ")))
    };
    out.push_str(&format!(
        "<tr{later}><th scope=\"row\">{}{covers}</th><td>{}</td>",
        escape(&title(line)),
        escape(&dates(line))
    ));
    line.cells.iter().for_each(|cell| out.push_str(&model(cell)));
    for (position, fact) in facts(line).iter().enumerate() {
        let long = if position == 1 { " class=\"long\"" } else { "" };
        out.push_str(&format!("<td{long}>{}</td>", escape(fact)));
    }
    out.push_str("</tr>\n");
}

/// The words say everything: colour only helps the eye.
fn model(cell: &Cell) -> String {
    let marks = [(cell.by_site, "the site’s own"), (cell.gpc_off, "GPC: off")];
    let marks: String =
        marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| format!("<small>{mark}</small>")).collect();
    let words = cell.model.replace('_', "-");
    format!("<td class=\"{}\"><span>{words}</span><small>{}</small>{marks}</td>", words, cell.when_silent)
}

fn title(line: &RegionLine) -> String {
    if line.name.is_empty() { line.code.clone() } else { format!("{}: {}", line.code, line.name) }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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
td span, small { display: block; }
small { color: var(--faint); font-weight: 400; }
.long { min-width: 18rem; }
.none { color: var(--faint); }
.exempt { background: var(--open); }
.notice, .opt-out { background: var(--notice); }
.opt-in, .opt-in-explicit { background: var(--ask); }
.strictly-required, .prohibited { background: var(--shut); }
.later > * { font-style: italic; }
dt { margin-top: 1rem; font-weight: 600; }
dt small { display: inline; margin-left: .5rem; }
dd { margin: .2rem 0 .2rem 1.2rem; }
.note { font-style: italic; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
</style>
</head>
<body>
";
