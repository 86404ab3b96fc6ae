//! The lines of other kinds in sentences: what the log says that a person was shown and did.

use serde::Serialize;
use serde_json::Value;

use super::content;
use super::made::Teller;
use crate::cli::replay::Archive;

/// A line in a sentence.
#[derive(Serialize)]
pub(super) struct Noted {
    /// `exposure` or `event`.
    pub(super) kind: String,
    /// The day, or the time in a line of the first form.
    pub(super) on: String,
    pub(super) text: String,
}

pub(super) fn noted(teller: Teller<'_>, archive: &Archive, line: &Value) -> Noted {
    let text = |key: &str| line.get(key).and_then(Value::as_str);
    let lang = teller.lang;
    let kind = text("kind").unwrap_or_default();
    let words = match kind {
        "exposure" => {
            let place = teller.place(text("slot").unwrap_or_default());
            let opened = text("bundle").and_then(|bundle| archive.get(bundle));
            let words = |name: &str| opened.and_then(|opened| content::words(opened, name, Some(lang.tag())));
            let shown = match text("content") {
                None => lang.say("the page’s own content", "der Inhalt der Seite selbst").to_owned(),
                Some(name) => match words(name).as_deref() {
                    Some("") => {
                        lang.say("nothing; the place was left empty", "nichts; die Stelle blieb leer").to_owned()
                    }
                    Some(words) => lang.quoted(words),
                    None => lang.quoted(name),
                },
            };
            let test = text("experiment").map(|name| {
                let name = lang.quoted(name);
                lang.say(format!(", in the test {name}"), format!(", im Test {name}"))
            });
            let held = text("holdout").map(|name| {
                let name = lang.quoted(name);
                lang.say(
                    format!(", as the group {name} always sees it"),
                    format!(", weil die Gruppe {name} ihn immer sieht"),
                )
            });
            let test = held.or(test).unwrap_or_default();
            lang.say(
                format!("You were shown: {place}: {shown}{test}"),
                format!("Ihnen wurde gezeigt: {place}: {shown}{test}"),
            )
        }
        _ => {
            let name = lang.quoted(text("name").unwrap_or(kind));
            let details = line.get("detail").and_then(Value::as_object).into_iter().flatten();
            let details: Vec<String> =
                details.map(|(key, value)| format!("{key}: {}", detail(teller, value))).collect();
            let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) };
            lang.say(format!("You did: {name}{details}."), format!("Sie taten: {name}{details}."))
        }
    };
    Noted { kind: kind.to_owned(), on: text("at").unwrap_or_default().to_owned(), text: words }
}

fn detail(teller: Teller<'_>, value: &Value) -> String {
    match value {
        Value::String(text) => teller.lang.quoted(text),
        Value::Bool(flag) => {
            if *flag { teller.lang.say("yes", "ja") } else { teller.lang.say("no", "nein") }.to_owned()
        }
        other => super::value::grouped(teller.lang, &other.to_string()),
    }
}
