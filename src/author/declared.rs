//! The values of a site's files, key by key.
//!
//! Takes the text of every file, gives each value with the row of the key table that declares its key. A newcomer starts at
//! [`declared`]; [`key_paths`] lists the rows.

use toml::de::{DeTable, DeValue};

use super::keys::shape::{Key, Shape};
use super::keys::{FileKind, Layout, Parsed, Table, entries, parse};
use super::regions::REGIONS;
use super::source::{Sink, Source, Sources};

/// A value of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The kind of file.
    pub kind: FileKind,
    /// Its path from the site's folder.
    pub file: String,
    /// The declared key, with `*` for a name of the author's own: `overrides.*.gpc_off`.
    pub key: String,
    /// The key as it stands there: `overrides.DE.gpc_off`.
    pub written: String,
    /// The value: the items of an array, or one.
    pub value: Vec<String>,
}

/// Every value of every file, in the order of the files. The parts of a region table that are not as shipped.
pub fn declared(sources: &Sources) -> Vec<Declared> {
    let mut all = Vec::new();
    for (path, text) in sources {
        if let Some(kind) = FileKind::of(path) {
            let shipped = if kind == FileKind::Regions { file(kind, path, REGIONS) } else { Vec::new() };
            all.extend(file(kind, path, text).into_iter().filter(|one| !shipped.contains(one)));
        }
    }
    all
}

/// Every key that a kind of file can have a value under, as [`Declared::key`] has it.
pub fn key_paths(kind: FileKind) -> Vec<String> {
    let mut paths = Vec::new();
    below(&kind.file().shape, "", &mut paths);
    paths
}

fn below(shape: &'static Shape, path: &str, paths: &mut Vec<String>) {
    let mut under = |key: &str, shape: &'static Shape| match shape {
        Shape::Refused => {}
        shape if shape.is_table() => below(shape, &join(path, key), paths),
        _ => paths.push(join(path, key)),
    };
    shape.keys().iter().for_each(|Key { name, shape, .. }| under(name, shape));
    if let Shape::Map(_, of) | Shape::Worded(_, of, _) | Shape::Purposes(of, _) = shape {
        under("*", of);
    }
}

fn file(kind: FileKind, path: &str, text: &str) -> Vec<Declared> {
    // Faults were reported when the site was read.
    let sink = Sink::default();
    let source = Source::new(path, text, &sink);
    let parsed: Parsed<'_> = (&source, parse(&source));
    let mut all = Vec::new();
    for entry in entries(kind, &parsed, None) {
        let is_one = matches!(kind.file().layout, Layout::One | Layout::Called(_));
        // A file that is called by its own name says it once.
        let is_own = is_one || path.ends_with(&format!("/{}.toml", entry.name));
        walk(entry.table, "", if is_own { "" } else { &entry.name }, &mut |key, written, value| {
            all.push(Declared { kind, file: path.to_owned(), key, written, value });
        });
    }
    all
}

fn walk(table: Table<'_>, path: &str, written: &str, say: &mut dyn FnMut(String, String, Vec<String>)) {
    for field in table.fields() {
        let is_declared = table.shape.keys().iter().any(|key| key.name == field.key);
        let path = join(path, if is_declared { field.key } else { "*" });
        let written = join(written, field.key);
        match field.shape {
            Some(Shape::Tables(_)) => {
                for (at, table) in field.tables().into_iter().enumerate() {
                    // By its name, so that another order is no change.
                    let name = ["name", "to", "experiment"]
                        .into_iter()
                        .find_map(|key| table.entries.get(key)?.get_ref().as_str());
                    let name = name.map_or_else(|| (at + 1).to_string(), str::to_owned);
                    walk(table, &path, &join(&written, &name), say);
                }
            }
            Some(shape) if shape.is_table() => {
                field.table().into_iter().for_each(|table| walk(table, &path, &written, say));
            }
            _ => say(path, written, items(field.value)),
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn items(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| word(item.get_ref())).collect(),
        value => vec![word(value)],
    }
}

fn word(value: &DeValue<'_>) -> String {
    let fields = |table: &DeTable<'_>| {
        let fields = table.iter().map(|(key, value)| format!("{} = {}", key.get_ref(), word(value.get_ref())));
        fields.collect::<Vec<_>>().join(", ")
    };
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => items(value).join(", "),
        DeValue::Table(table) => format!("{{ {} }}", fields(table)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_under_the_key_that_declares_them() {
        let text = "cookie = \"c\"\n[[recipients]]\nname = \"A\"\npurposes = [\"analytics\"]\n[overrides.DE]\nanalytics = \"opt_in\"\n\
                    gpc_off = []\n[signals]\nonetrust = { analytics = [\"C0002\"] }\n";
        let all = declared(&Sources::from([("consent.toml".to_owned(), text.to_owned())]));
        let all: Vec<(&str, &str, String)> =
            all.iter().map(|one| (&*one.key, &*one.written, one.value.join("|"))).collect();
        let expected = [
            ("cookie", "cookie", "c"),
            ("recipients.name", "recipients.A.name", "A"),
            ("recipients.purposes", "recipients.A.purposes", "analytics"),
            ("overrides.*.*", "overrides.DE.analytics", "opt_in"),
            ("overrides.*.gpc_off", "overrides.DE.gpc_off", ""),
            ("signals.onetrust.*", "signals.onetrust.analytics", "C0002"),
        ];
        assert_eq!(all, expected.map(|(key, written, value)| (key, written, value.to_owned())));
        let known = key_paths(FileKind::Consent);
        assert!(all.iter().all(|(key, ..)| known.iter().any(|path| path == key)), "{known:?}");
        for kind in FileKind::ALL {
            for p in key_paths(*kind) {
                println!("{kind} {p}");
            }
        }
    }
}
