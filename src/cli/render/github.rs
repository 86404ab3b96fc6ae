//! Findings as workflow commands of GitHub Actions: the runner shows each beside its line.

use super::{end, severity};
use crate::author::Sources;
use crate::author::diagnostic::Diagnostic;

/// One command a finding, one finding a line.
pub(super) fn commands(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().map(|diagnostic| command(diagnostic, sources)).collect()
}

fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = &diagnostic.place;
    let (end_line, end_column) = end(place, sources);
    let properties = [
        ("file", place.file.clone()),
        ("line", place.line.max(1).to_string()),
        ("col", place.column.max(1).to_string()),
        ("endLine", end_line.to_string()),
        ("endColumn", end_column.to_string()),
        ("title", diagnostic.code.to_owned()),
    ];
    let properties = properties.map(|(name, value)| format!("{name}={}", property(&value))).join(",");
    let why = diagnostic.why.as_ref().map(|why| format!("why: {why}"));
    let help = diagnostic.help.as_ref().map(|help| format!("help: {help}"));
    let more = format!("selvedge why {}", diagnostic.code);
    let lines: Vec<&str> = [Some(&diagnostic.what), why.as_ref(), help.as_ref(), Some(&more)]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    format!("::{} {properties}::{}\n", severity(diagnostic), message(&lines.join("\n")))
}

/// Line ends and percent signs in a message are escaped.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property ends at a comma, and the list of them at two colons.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::site::Place;

    #[test]
    fn a_finding_is_one_line_that_the_runner_reads_back() {
        let place = Place { file: "content/a,b:c%.toml".into(), span: 6..8, line: 2, column: 1 };
        let finding = Diagnostic::error("SV2207", place, "arms add up to 110 %\r\nnot 100").help("lower: one, or two");
        let sources = Sources::from([("content/a,b:c%.toml".into(), "a = 1\nb = 2\n".into())]);
        assert_eq!(
            commands(&[finding.clone(), finding.warning()], &sources),
            "::error file=content/a%2Cb%3Ac%25.toml,line=2,col=1,endLine=2,endColumn=3,title=SV2207::\
             arms add up to 110 %25%0D%0Anot 100%0Ahelp: lower: one, or two%0Aselvedge why SV2207\n\
             ::warning file=content/a%2Cb%3Ac%25.toml,line=2,col=1,endLine=2,endColumn=3,title=SV2207::\
             arms add up to 110 %25%0D%0Anot 100%0Ahelp: lower: one, or two%0Aselvedge why SV2207\n"
        );
    }
}
