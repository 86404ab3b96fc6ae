//! The schemas against the loader, by a validator that is not ours.

use std::collections::BTreeSet;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Map, Value, json as value};

use super::json::EXCLUSIVE;
use super::{FileKind, json, reference};
use crate::author::diagnostic::Severity;
use crate::author::keys::Layout;
use crate::author::keys::shape::{Key, Shape};
use crate::author::{self, Entry, Files, format};

#[test]
fn every_key_of_the_tables_is_in_its_place_when_a_file_is_formatted() {
    for kind in FileKind::ALL {
        let (document, mut found) = (full(*kind, 0), 0);
        for (path, table) in tables(&document, &[]) {
            let Some(keys) = kind.keys(&path) else { continue };
            let declared: Vec<&str> =
                keys.iter().map(|key| key.name).filter(|name| table.contains_key(*name)).collect();
            let heading = if path.is_empty() { String::new() } else { format!("[{}]\n", path.join(".")) };
            let lines: String = declared.iter().rev().map(|key| format!("{key} = 1\n")).collect();
            let formatted = format::format(&path_of(*kind), &(heading + &lines)).expect("is TOML");
            let keys: Vec<&str> = formatted.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
            assert_eq!(keys, declared, "{} {path:?}", kind.name());
            found += declared.len();
        }
        assert!(found > 0, "{}", kind.name());
    }
}

/// The table itself and every one inside of it, of an array the first.
fn tables<'v>(value: &'v Value, path: &[&'v str]) -> Vec<(Vec<&'v str>, &'v Map<String, Value>)> {
    let value = value.as_array().and_then(|items| items.first()).unwrap_or(value);
    let Some(table) = value.as_object() else { return Vec::new() };
    let below = table.iter().flat_map(|(key, value)| tables(value, &[path, &[key]].concat()));
    std::iter::once((path.to_vec(), table)).chain(below).collect()
}

#[test]
fn the_reference_has_every_key_of_every_file() {
    fn names(shape: &'static Shape, found: &mut BTreeSet<&'static str>) {
        for key in shape.keys().iter().filter(|key| !matches!(key.shape, Shape::Refused)) {
            assert!(key.about.ends_with('.'), "{}: {}", key.name, key.about);
            found.insert(key.name);
            names(&key.shape, found);
        }
        if let Shape::Map(_, of) | Shape::Worded(_, of, _) | Shape::Purposes(of, _) = shape {
            names(of, found);
        }
    }
    for kind in FileKind::ALL {
        let (part, mut found) = (reference(*kind), BTreeSet::new());
        names(&kind.file().shape, &mut found);
        for name in found {
            assert!(part.contains(&format!("\n| `{name}`")), "{}: no `{name}` in\n{part}", kind.name());
        }
    }
    let experiences = reference(FileKind::Experiences);
    assert!(
        experiences.contains("| `priority` | whole number from -2147483648 to 2147483647<br>default: `100` | "),
        "{experiences}"
    );
    assert!(experiences.contains("| `slot`<br>required | text | "), "{experiences}");
    assert!(experiences.contains("\n### `[[rule]]`\n"), "{experiences}");
}

#[test]
fn every_schema_is_a_schema_and_says_what_every_key_is() {
    for kind in FileKind::ALL {
        let schema = json(*kind);
        assert!(jsonschema::meta::is_valid(&schema), "{}", kind.name());
        let text = schema.to_string();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(text.matches("\"description\"").count() >= 3, "{}", kind.name());
    }
    let experience = json(FileKind::Experiences);
    assert_eq!(experience["properties"]["purpose"]["enum"].as_array().map(Vec::len), Some(7));
    assert_eq!(experience["properties"]["rule"]["items"]["additionalProperties"], false);
}

#[test]
fn the_default_of_a_timestamp_is_a_time_or_milliseconds_as_the_loader_takes_it() {
    let validators = validators();
    let cases = [
        (value!("2026-12-01T09:00:00+01:00"), true),
        (value!(1_796_000_000_000_i64), true),
        (value!(i64::MAX), false),
        (value!(true), false),
        (value!(["2026-12-01T09:00:00Z"]), false),
        (value!("tomorrow"), false),
    ];
    for (default, is_good) in cases {
        let attribute = value!({
            "type": "timestamp", "source": "request", "purposes": ["contextual"], "default": default
        });
        let document = value!({ "request": { "seen": attribute } });
        assert_eq!(said(&validators, "attributes.toml", &document).is_empty(), is_good, "{default}");
        let found = findings(&[("selvedge.toml".into(), value!({})), ("attributes.toml".into(), document)]);
        assert_eq!(found.iter().all(|found| found.0 != "attributes.toml"), is_good, "{default}: {found:?}");
    }
}

#[test]
fn a_day_has_no_time_for_both() {
    let validators = validators();
    let document = full(FileKind::Regions, 0);
    let documents = [("selvedge.toml".to_owned(), value!({})), ("regions.toml".to_owned(), document.clone())];
    for (day, is_good) in [("2026-11-21", true), ("2026-11-21T10:00:00Z", false), ("x", false)] {
        let mut changed = document.clone();
        changed["table_version"] = day.into();
        let before = findings(&documents);
        let agreed = compare(&validators, &documents, &before, "regions.toml", &changed);
        assert_eq!(agreed, Ok(is_good), "{day}");
    }
}

#[test]
fn every_good_file_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("examples/storefront"), root.join("src/cli/init")];
    let ui = std::fs::read_dir(root.join("tests/ui")).expect("is there");
    folders.extend(ui.map(|entry| entry.expect("reads").path()));
    let validators = validators();
    let mut valid = 0;
    for folder in folders {
        let files = Files::read(&folder);
        let (_, findings, sources) = author::check(&files);
        // A folder that is not a site is not read any further.
        if !sources.contains_key("selvedge.toml") {
            continue;
        }
        for (path, text) in sources.iter().filter(|(path, _)| path.ends_with(".toml")) {
            let bad = findings.iter().any(|found| found.place.file == *path && found.severity == Severity::Error);
            let Ok(document) = text.parse::<toml::Table>() else { continue };
            let document = as_json(&toml::Value::Table(document));
            let errors = said(&validators, path, &document);
            assert!(bad || errors.is_empty(), "{}/{path}: {errors:?}", folder.display());
            valid += usize::from(!bad);
        }
    }
    assert!(valid > 100, "{valid} good files");
}

#[test]
fn a_mutated_file_is_refused_by_the_schema_where_the_loader_refuses_its_form() {
    let validators = validators();
    let (mut refused, mut disagreements) = (0, Vec::new());
    for variant in [0, 1] {
        let documents: Vec<(String, Value)> =
            FileKind::ALL.iter().map(|kind| (path_of(*kind), full(*kind, variant))).collect();
        let before = findings(&documents);
        for (path, document) in &documents {
            let errors = said(&validators, path, document);
            assert_eq!(errors, Vec::<String>::new(), "{path}: {document:#}");
            let formal: Vec<_> = before.iter().filter(|found| found.0 == *path && is_of_form(found.1)).collect();
            assert!(formal.is_empty(), "the loader does not take what the schema offers: {formal:?}");
            for (what, mutated) in mutations(document) {
                match compare(&validators, &documents, &before, path, &mutated) {
                    Ok(valid) => refused += usize::from(!valid),
                    Err(why) => disagreements.push(format!("{path}: {what}: {why}")),
                }
            }
        }
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
    assert!(refused > 250, "{refused} mutations were refused");
}

#[test]
fn mutated_files_of_the_shop_are_refused_too() {
    let validators = validators();
    let files = Files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront"));
    let documents: Vec<(String, Value)> = files
        .entries
        .iter()
        .filter(|(path, _)| path.ends_with(".toml"))
        .map(|(path, entry)| {
            let Entry::Bytes(bytes) = entry else { panic!("{path}") };
            let text = std::str::from_utf8(bytes).expect("is UTF-8");
            (path.clone(), as_json(&toml::Value::Table(text.parse().expect("is TOML"))))
        })
        .collect();
    let before = findings(&documents);
    let (mut refused, mut seen) = (0, 0_usize);
    for (path, document) in &documents {
        let mut with_a_stranger = document.clone();
        with_a_stranger["zz_key"] = value!("x");
        assert!(!said(&validators, path, &with_a_stranger).is_empty(), "{path} takes any key");
        for (what, mutated) in mutations(document) {
            seen += 1;
            // The loader reads the whole shop for each of them: a few of every file are enough.
            if seen.is_multiple_of(29) {
                let agreed = compare(&validators, &documents, &before, path, &mutated);
                refused += usize::from(!agreed.unwrap_or_else(|why| panic!("{path}: {what}: {why}")));
            }
        }
    }
    assert!(refused > 20, "{refused} of {seen}");
}

/// Compares schema and loader on a mutated file.
fn compare(
    validators: &[(FileKind, Validator)],
    documents: &[(String, Value)],
    before: &[Finding],
    path: &str,
    mutated: &Value,
) -> Result<bool, String> {
    let errors = said(validators, path, mutated);
    let mut documents = documents.to_vec();
    let place = documents.iter_mut().find(|(known, _)| known == path);
    place.expect("is there").1 = mutated.clone();
    let new = findings(&documents).into_iter().filter(|found| found.0 == *path && !before.contains(found));
    let new: Vec<Finding> = new.collect();
    // The values of a sample visitor have the types of attributes.toml, which no schema of another file knows.
    let by_form = new.iter().any(|found| is_of_form(found.1) && !found.0.starts_with("visitors/"));
    match errors.as_slice() {
        [] if by_form => Err(format!("only the loader refuses it: {new:?}")),
        [_, ..] if new.is_empty() => Err(format!("only the schema refuses it: {errors:?}")),
        errors => Ok(errors.is_empty()),
    }
}

/// Codes of faults that one file shows by itself: keys, types, words, missing keys.
fn is_of_form(code: &str) -> bool {
    ["SV9005", "SV9006", "SV9007", "SV9010"].contains(&code)
}

fn validators() -> Vec<(FileKind, Validator)> {
    FileKind::ALL.iter().map(|kind| (*kind, jsonschema::validator_for(&json(*kind)).expect("is a schema"))).collect()
}

fn said(validators: &[(FileKind, Validator)], path: &str, document: &Value) -> Vec<String> {
    let kind = FileKind::of(path).expect("a file of a site");
    let (_, validator) = validators.iter().find(|(known, _)| *known == kind).expect("every kind has one");
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

type Finding = (String, &'static str, String);

fn findings(documents: &[(String, Value)]) -> Vec<Finding> {
    let entry = |(path, document): &(String, Value)| (path.clone(), Entry::Bytes(as_toml(document).into_bytes()));
    let files = Files { entries: documents.iter().map(entry).collect(), ..Files::default() };
    author::check(&files).1.into_iter().map(|found| (found.place.file, found.code, found.what)).collect()
}

fn path_of(kind: FileKind) -> String {
    kind.pattern().replace("**/", "").replace('*', "a")
}

/// A file with every key that its kind may have; of keys that exclude each other, those of this variant.
fn full(kind: FileKind, variant: usize) -> Value {
    let keys = kind.file().shape.keys();
    match kind.file().layout {
        Layout::One | Layout::Called(_) => table(keys, variant),
        Layout::Named(_) if variant == 0 => table(keys, variant),
        Layout::Named(_) => value!({ "one": table(keys, variant), "two": table(keys, variant) }),
        Layout::Names(_) if kind == FileKind::Attributes => value!({ "request": {
            "country": attribute(keys, variant, "symbol", value!("x"), &["range", "max_length"]),
            "hour": attribute(keys, variant, "int", value!(1), &["values", "max_length"]),
            "seen": attribute(keys, variant, "timestamp", moment(variant), &["values", "range", "max_length"]),
            "term": attribute(keys, variant, "string", value!("x"), &["values", "range"]),
        } }),
        Layout::Names(_) => value!({ "request": { "country": table(keys, variant) } }),
    }
}

/// Both ways to write one.
fn moment(variant: usize) -> Value {
    if variant == 0 { "2026-12-01T09:00:00Z".into() } else { 1_796_000_000_000_i64.into() }
}

fn attribute(keys: &'static [Key], variant: usize, value_type: &str, default: Value, left_out: &[&str]) -> Value {
    let mut attribute = table(keys, variant);
    attribute["type"] = value_type.into();
    attribute["default"] = default;
    attribute.as_object_mut().expect("a table").retain(|key, _| !left_out.contains(&key.as_str()));
    attribute
}

fn table(keys: &'static [Key], variant: usize) -> Value {
    let has = |name: &str| keys.iter().any(|key| key.name == name);
    let is_left_out = |key: &&Key| {
        matches!(key.shape, Shape::Refused)
            || EXCLUSIVE.iter().any(|(one, other, _)| has(one) && has(other) && key.name == [*other, *one][variant])
    };
    let kept = keys.iter().filter(|key| !is_left_out(key));
    Value::Object(kept.map(|key| (key.name.to_owned(), sample(key, variant))).collect())
}

/// The key's example or its default in one variant, a value as its shape shows it in the other.
fn sample(key: &'static Key, variant: usize) -> Value {
    match (key.name, key.example, variant) {
        // A table is made of the examples of its keys.
        _ if key.shape.is_table() => of_shape(&key.shape, variant),
        // A time would not do.
        ("review_by" | "last_update", example, _) => parsed(example),
        // Otherwise `default_zone` says nothing.
        ("zone", ..) => "market".into(),
        ("environments", ..) | (_, "", 1) => of_shape(&key.shape, variant),
        (_, "", _) if key.default.is_empty() => of_shape(&key.shape, variant),
        (_, "", _) => parsed(key.default),
        (_, example, _) => parsed(example),
    }
}

fn parsed(text: &str) -> Value {
    as_json(&format!("x = {text}").parse::<toml::Table>().unwrap_or_else(|error| panic!("{text}: {error}"))["x"])
}

fn of_shape(shape: &'static Shape, variant: usize) -> Value {
    match shape {
        Shape::Table(keys) => table(keys, variant),
        Shape::Tables(keys) => value!([table(keys, variant)]),
        Shape::WordOr(_, form) if variant == 1 && !form.is_empty() => {
            let forms = ["feed:crm", "attribute:alt", "query:q"];
            let validator = jsonschema::validator_for(&value!({ "pattern": form })).expect("is a schema");
            (*forms.iter().find(|text| validator.is_valid(&value!(text))).expect(form)).into()
        }
        Shape::Map(name, of) => value!({ name.example().trim_matches('"'): of_shape(of, variant) }),
        Shape::Worded(_, of, more) | Shape::Purposes(of, more) => {
            let words = shape.words().into_iter();
            let mut all: Map<String, Value> = words.map(|word| (word.to_owned(), of_shape(of, variant))).collect();
            all.extend(table(more, variant).as_object().cloned().expect("a table"));
            Value::Object(all)
        }
        Shape::Dotted(Shape::Value) => value!({ "request": { "country": "x", "hour": 1 } }),
        _ => parsed(&shape.example()),
    }
}

/// Every way to spoil one place of a document: an unknown key, a value of another type, an unknown word, a missing key.
fn mutations(document: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    walk(document, String::new(), &mut pointers);
    let mut all = Vec::new();
    for pointer in pointers {
        let mut spoil = |what: &str, change: &dyn Fn(&mut Value)| {
            let mut mutated = document.clone();
            change(mutated.pointer_mut(&pointer).expect("is there"));
            all.push((format!("{what} at `{pointer}`"), mutated));
        };
        match document.pointer(&pointer) {
            Some(Value::Object(entries)) => {
                spoil("an unknown key", &|table| table["zz_key"] = value!("x"));
                for key in entries.keys() {
                    spoil(&format!("no key {key}"), &|table| drop(table.as_object_mut().map(|t| t.shift_remove(key))));
                }
                spoil("a number for a table", &|table| *table = value!(7));
            }
            Some(Value::Array(_)) => spoil("a number for an array", &|array| *array = value!(7)),
            Some(Value::String(_)) => {
                spoil("a number for a text", &|text| *text = value!(7));
                spoil("another word", &|text| *text = value!("no such word"));
            }
            Some(_) => spoil("a text for a number or flag", &|other| *other = value!("x")),
            None => unreachable!(),
        }
    }
    // The file itself is always a table.
    all.into_iter().filter(|(_, mutated)| mutated.is_object()).collect()
}

fn walk(node: &Value, pointer: String, found: &mut Vec<String>) {
    found.push(pointer.clone());
    match node {
        Value::Object(entries) => {
            for (key, value) in entries {
                walk(value, format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| walk(value, format!("{pointer}/{at}"), found));
        }
        _ => {}
    }
}

/// As editors hand TOML to a validator: dates are texts.
fn as_json(toml: &toml::Value) -> Value {
    match toml {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect())
        }
    }
}

/// A document as TOML, texts that begin with a date as dates.
fn as_toml(document: &Value) -> String {
    let pairs = document.as_object().expect("a table").iter();
    pairs.map(|(key, value)| format!("{} = {}\n", Value::from(key.as_str()), inline(value))).collect()
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with("20") => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<String>>().join(", ")),
        Value::Object(entries) => {
            let pair = |(key, value): (&String, &Value)| format!("{} = {}", Value::from(key.as_str()), inline(value));
            format!("{{ {} }}", entries.iter().map(pair).collect::<Vec<String>>().join(", "))
        }
        other => other.to_string(),
    }
}
