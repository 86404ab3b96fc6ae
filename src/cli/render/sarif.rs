//! Findings as SARIF 2.1.0, for code review tools.

use serde_json::{Value, json};

use super::{end, severity};
use crate::author::Sources;
use crate::author::diagnostic::Diagnostic;
use crate::author::rules::{self, Example};

/// One run with every finding, each rule with its reason.
pub(super) fn log(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let rules: Vec<Value> = rules::all()
        .filter(|(code, _)| diagnostics.iter().any(|diagnostic| diagnostic.code == *code))
        .map(|(code, title)| rule(code, title))
        .collect();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, sources)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "selvedge", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A rule with what `selvedge why` says about it, so that a viewer can show it beside the finding.
fn rule(code: &str, title: &str) -> Value {
    let Some(why) = rules::why(code) else { return json!({ "id": code, "shortDescription": { "text": title } }) };
    let blocks = |heading: &str, examples: &[Example]| -> String {
        let block = |example: &Example| format!("\n\n{heading}, `{}`:\n\n```\n{}```", example.path, example.text);
        examples.iter().map(block).collect()
    };
    let examples = blocks("Wrong", &why.wrong) + &blocks("Fixed", &why.mended);
    json!({
        "id": code,
        "name": rules::name(code),
        "shortDescription": { "text": title },
        "fullDescription": { "text": why.text },
        "help": {
            "text": format!("{} Run `selvedge why {code}` for an example.", why.text),
            "markdown": format!("{}{examples}", why.text),
        },
    })
}

fn result(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let place = &diagnostic.place;
    let sentences = [Some(&diagnostic.what), diagnostic.why.as_ref(), diagnostic.help.as_ref()];
    let message = sentences.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(". ");
    let (line, column) = (place.line.max(1), place.column.max(1));
    let (end_line, end_column) = end(place, sources);
    json!({
        "ruleId": diagnostic.code,
        "level": severity(diagnostic),
        "message": { "text": message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.file) },
            "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
        } }],
    })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
