//! The kinds of data that the records hold: what each said and when, what it is used for, where it comes from, and its end.

use serde::Serialize;
use serde_json::Value;

use super::made::{Made, Seen, Teller};
use crate::cli::replay::as_json;
use crate::words::Source;
use crate::words::time::format_rfc3339;

/// A kind of data that is held about the person.
#[derive(Serialize)]
pub(super) struct Kind {
    pub(super) attribute: String,
    pub(super) text: String,
    /// The same in a few words.
    #[serde(skip)]
    pub(super) label: String,
    pub(super) source: String,
    /// The short names of the purposes that it is used for.
    pub(super) purposes: Vec<&'static str>,
    /// How long it is kept outside of the records, in words.
    pub(super) kept: String,
    /// The last day on which a record holds it.
    pub(super) until: Option<String>,
    /// The latest day after which values of it were deleted from records.
    pub(super) deleted_after: Option<String>,
    pub(super) is_special: bool,
    /// The values that are on record, each once, in their order.
    pub(super) values: Vec<Value>,
    /// The same in words, with the days on which they were read.
    pub(super) said: Vec<Said>,
}

#[derive(Serialize)]
pub(super) struct Said {
    pub(super) value: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// Adds the data of a record that was read on a day.
pub(super) fn add(kinds: &mut Vec<Kind>, teller: Teller<'_>, made: &Made<'_>, day: &str) {
    for name in made.recorded.inputs.keys() {
        let seen = made.seen(teller, name);
        if seen == Seen::Absent {
            continue;
        }
        let at = kinds.iter().position(|one| one.attribute == *name).unwrap_or_else(|| {
            kinds.push(kind(teller, name));
            kinds.len() - 1
        });
        let kind = &mut kinds[at];
        if let Some(value) = made.values.inputs.get(name).map(as_json) {
            kind.values.extend(Some(value).filter(|value| kind.values.last() != Some(value)));
        }
        match seen {
            Seen::Expired(until) => kind.deleted_after = kind.deleted_after.take().max(Some(until)),
            Seen::Value(value) => {
                kind.until = kind.until.take().max(made.until(teller, name));
                match kind.said.last_mut().filter(|last| last.value == value) {
                    Some(last) => last.to = day.to_owned(),
                    None => kind.said.push(Said { value, from: day.to_owned(), to: day.to_owned() }),
                }
            }
            _ => {}
        }
    }
    add_contacts(kinds, teller, made, day);
}

/// Adds what a contact policy had of contacts before.
fn add_contacts(kinds: &mut Vec<Kind>, teller: Teller<'_>, made: &Made<'_>, day: &str) {
    const NAME: &str = "contacts";
    let lang = teller.lang;
    let gone = made.gone.iter().find(|one| one.attribute.as_deref() == Some("contacts before"));
    if made.values.contacts.is_none() && gone.is_none() {
        return;
    }
    let at = kinds.iter().position(|one| one.attribute == NAME).unwrap_or_else(|| {
        let label = lang.say("Messages and offers before", "Frühere Nachrichten und Angebote");
        let text = lang.say(
            "When you got messages or saw offers before, as far as a limit counted them, and what you dismissed.",
            "Wann Sie Nachrichten bekamen oder Angebote sahen, soweit eine Grenze sie zählte, und was Sie wegklickten.",
        );
        let source =
            lang.say("your device, or the system that sends messages", "Ihr Gerät, oder das System für Nachrichten");
        kinds.push(Kind { text: text.into(), label: label.into(), source: source.into(), ..kind(teller, NAME) });
        kinds.len() - 1
    });
    let kind = &mut kinds[at];
    if let Some(gone) = gone {
        kind.deleted_after = kind.deleted_after.take().max(Some(gone.until.clone()));
    }
    if let Some(contacts) = &made.values.contacts {
        let all = contacts.caps.iter().chain(&contacts.dismissed);
        let all: Vec<String> = all.map(|(name, at)| format!("{name}: {}", format_rfc3339(*at))).collect();
        let value =
            if all.is_empty() { lang.say("none that counted", "keine, die zählten").into() } else { all.join(", ") };
        kind.values.push(all.into());
        kind.said.push(Said { value, from: day.to_owned(), to: day.to_owned() });
    }
}

fn kind(teller: Teller<'_>, name: &str) -> Kind {
    let known = teller.attribute(name);
    let lang = teller.lang;
    let erasure = |site: &crate::author::site::Site| {
        let classes = known?.purposes.iter().filter_map(|purpose| site.consent.classes.get(&purpose)?.erasure.clone());
        classes.map(|text| lang.quoted(text.trim_end_matches('.'))).next()
    };
    let kept = match known.map(|one| (one.retention_seconds, one.source)) {
        Some((Some(seconds), Source::Device)) => {
            let length = lang.length(seconds);
            lang.say(format!("your device: at most {length}"), format!("Ihr Gerät: höchstens {length}"))
        }
        Some((Some(seconds), _)) => {
            let length = lang.length(seconds);
            lang.say(format!("in use: at most {length}"), format!("genutzt: höchstens {length}"))
        }
        Some((None, Source::Request | Source::Page)) => lang.say("nowhere else", "sonst nirgends").to_owned(),
        _ => teller.site.and_then(erasure).map_or_else(String::new, |text| {
            lang.say(format!("at its source: {text}"), format!("an der Quelle: {text}"))
        }),
    };
    Kind {
        attribute: name.to_owned(),
        text: teller.meaning(name),
        label: teller.label(name),
        source: teller.source(name),
        purposes: known.into_iter().flat_map(|one| one.purposes.iter()).map(|one| lang.purpose(one)).collect(),
        kept,
        until: None,
        deleted_after: None,
        is_special: known.is_some_and(|one| one.sensitive),
        values: Vec::new(),
        said: Vec::new(),
    }
}
