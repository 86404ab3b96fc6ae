//! Diagnostics as people and other programs read them.
//!
//! Nothing is printed here. `anstream` strips colour where it does not belong.

mod github;
mod sarif;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use crate::author::diagnostic::{Diagnostic, Severity};
use crate::author::{Sources, rules};

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// With source lines, for people.
    #[default]
    Human,
    /// One JSON object, with keys that stay.
    Json,
    /// SARIF 2.1.0, for code review tools.
    Sarif,
    /// Workflow commands of GitHub Actions: annotations beside the lines of a change.
    Github,
}

/// All findings in one string that ends with a newline. `styled` adds terminal colours to [`Format::Human`].
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, format: Format, styled: bool) -> String {
    match format {
        Format::Human => human(diagnostics, sources, styled),
        Format::Json => pretty(&as_json(diagnostics)),
        Format::Sarif => pretty(&sarif::log(diagnostics, sources)),
        Format::Github => github::commands(diagnostics, sources),
    }
}

/// Shows findings on standard error, if there are any.
pub(super) fn tell(diagnostics: &[Diagnostic], sources: &Sources) {
    if !diagnostics.is_empty() {
        anstream::eprint!("{}", render(diagnostics, sources, Format::Human, true));
    }
}

/// How many errors and warnings there are, in one line: `3 errors, 1 warning`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let several = |n: usize, name: &str| format!("{n} {name}{}", if n == 1 { "" } else { "s" });
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "no findings".into(),
        (errors, 0) => several(errors, "error"),
        (0, warnings) => several(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", several(errors, "error"), several(warnings, "warning")),
    }
}

fn human(diagnostics: &[Diagnostic], sources: &Sources, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let shown = |diagnostic| renderer.render(&[group(diagnostic, sources)]) + "\n\n";
    diagnostics.iter().map(shown).collect::<String>() + &summary(diagnostics) + "\n"
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let place = &diagnostic.place;
    let group =
        level.primary_title(clean(&diagnostic.what)).id(diagnostic.code).elements(std::iter::empty::<Origin<'_>>());
    let group = match sources.get(&place.file).filter(|text| !text.is_empty()) {
        Some(text) => {
            let (lines, span) = excerpt(text, place.span.clone());
            let mark = AnnotationKind::Primary.span(span);
            let first = (place.line as usize).max(1);
            group.element(Snippet::source(lines).line_start(first).path(&place.file).annotation(mark))
        }
        None => group.element(Origin::path(&place.file)),
    };
    let notes = [
        (Level::NOTE.no_name(), diagnostic.why.as_ref().map(|why| format!("why: {}", clean(why)))),
        (Level::HELP.no_name(), diagnostic.help.as_ref().map(|help| format!("help: {}", clean(help)))),
        (Level::HELP.no_name(), mended_line(diagnostic, sources).map(|line| format!("fixed: {}", clean(&line)))),
        (Level::NOTE.no_name(), diagnostic.owner.as_ref().map(|owner| format!("owner: {}", clean(owner)))),
    ];
    let notes = notes.into_iter().filter_map(|(level, text)| Some(level.message(text?)));
    group.elements(notes)
}

/// The first line of the span and the span within it. A fault of many lines is shown by its first: the place says the rest.
fn excerpt(text: &str, span: std::ops::Range<usize>) -> (&str, std::ops::Range<usize>) {
    let start = text.floor_char_boundary(span.start);
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let last = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = text.floor_char_boundary(span.end).clamp(start, last);
    (text[first..last].trim_end_matches('\r'), start - first..end - first)
}

/// The line with the fixed text.
fn mended_line(diagnostic: &Diagnostic, sources: &Sources) -> Option<String> {
    let mended = diagnostic.mended.as_ref()?;
    let text = sources.get(&diagnostic.place.file)?;
    let (line, span) = excerpt(text, diagnostic.place.span.clone());
    let (before, after) = (line.get(..span.start)?, line.get(span.end..)?);
    Some(format!("{before}{mended}{after}").trim().to_owned())
}

/// Without control characters, because a file or a request must not steer the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn as_json(diagnostics: &[Diagnostic]) -> Value {
    let finding = |diagnostic: &Diagnostic| {
        let place = &diagnostic.place;
        json!({
            "code": diagnostic.code,
            "rule": rules::name(diagnostic.code),
            "severity": severity(diagnostic),
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "start": place.span.start,
            "end": place.span.end,
            "what": diagnostic.what,
            "why": diagnostic.why,
            "help": diagnostic.help,
            "mended": diagnostic.mended,
            "owner": diagnostic.owner,
        })
    };
    let findings: Vec<Value> = diagnostics.iter().map(finding).collect();
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    json!({ "errors": count(Severity::Error), "warnings": count(Severity::Warning), "diagnostics": findings })
}

/// Line and column of the end of a place, from 1, in characters.
fn end(place: &crate::author::site::Place, sources: &Sources) -> (usize, usize) {
    let start = (place.line.max(1) as usize, place.column.max(1) as usize);
    let covered = sources.get(&place.file).and_then(|text| text.get(place.span.clone())).unwrap_or_default();
    match covered.rsplit_once('\n') {
        Some((before, last)) => (start.0 + before.matches('\n').count() + 1, last.chars().count() + 1),
        None => (start.0, start.1 + covered.chars().count()),
    }
}

pub(super) fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::site::Place;

    fn finding() -> (Vec<Diagnostic>, Sources) {
        let place = Place { file: "slots.toml".into(), span: 7..15, line: 2, column: 1 };
        let finding = Diagnostic::error("SV9005", place, "there is no key `selektor` here").mended("selector");
        (vec![finding], Sources::from([("slots.toml".into(), "[hero]\nselektor = 'é'\n".into())]))
    }

    #[test]
    fn people_see_the_line_and_the_mended_line() {
        let (diagnostics, sources) = finding();
        let text = render(&diagnostics, &sources, Format::Human, false);
        assert!(text.contains("error[SV9005]: there is no key `selektor` here"), "{text}");
        assert!(
            text.contains("slots.toml:2:1") && text.contains("2 | selektor = 'é'") && text.contains("^^^^^^^^"),
            "{text}"
        );
        assert!(text.contains("fixed: selector = 'é'") && text.ends_with("1 error\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(render(&diagnostics, &sources, Format::Human, true).contains('\u{1b}'));
    }

    #[test]
    fn programs_get_keys_that_stay() {
        let (diagnostics, sources) = finding();
        let read = |format, path: &str| {
            let json: Value = serde_json::from_str(&render(&diagnostics, &sources, format, false)).expect("JSON");
            json.pointer(path).cloned().unwrap_or_else(|| panic!("there is no {path}"))
        };
        assert_eq!(read(Format::Json, "/errors"), 1);
        assert_eq!(read(Format::Json, "/diagnostics/0/code"), "SV9005");
        assert_eq!(read(Format::Json, "/diagnostics/0/owner"), Value::Null);
        assert_eq!(read(Format::Sarif, "/version"), "2.1.0");
        assert_eq!(read(Format::Sarif, "/runs/0/tool/driver/rules/0/id"), "SV9005");
        let region = read(Format::Sarif, "/runs/0/results/0/locations/0/physicalLocation/region");
        assert_eq!(region, json!({ "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 9 }));
    }

    #[test]
    fn a_place_outside_of_the_text_is_no_trouble() {
        let (mut diagnostics, sources) = finding();
        diagnostics[0].place.span = 9_000..9_001;
        assert!(render(&diagnostics, &sources, Format::Human, false).contains("slots.toml"));
        diagnostics[0].place.file = "gone.toml".into();
        assert!(render(&diagnostics, &sources, Format::Sarif, false).contains("gone.toml"));
    }

    #[test]
    fn control_characters_of_a_file_do_not_reach_the_terminal() {
        let (mut diagnostics, mut sources) = finding();
        diagnostics[0].what = "bad \u{1b}[2J name".into();
        sources.insert("slots.toml".into(), "[hero]\n\u{1b}[2J = 1\n".into());
        assert!(!render(&diagnostics, &sources, Format::Human, false).contains('\u{1b}'));
    }
}
