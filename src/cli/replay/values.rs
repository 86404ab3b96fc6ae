//! The values behind a record: opened from its sealed part, or supplied by the controller.
//!
//! Takes either, gives them as a visit has them. It never decides whether they are the right ones: the record's digests do.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bundle::Bundle;
use crate::bundle::format::key_double;
use crate::cli::files;
use crate::words::time::format_rfc3339;
use crate::words::{Identity, Recalled, Unit, Value, ValueType};

/// What a record's digests are of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Values {
    /// The exact time, where the line tells the hour.
    pub(in crate::cli) at: Option<String>,
    pub(in crate::cli) inputs: BTreeMap<String, Value>,
    pub(in crate::cli) ids: BTreeMap<String, String>,
    /// What a contact policy had of contacts before.
    pub(in crate::cli) contacts: Option<Contacts>,
}

/// What a contact policy knew of contacts before, in Unix milliseconds. For each cap that was reached, it is the oldest time that fills it.
/// Sequences and rotations have the last step or turn, and contents the last time that they were dismissed or shown.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::cli) struct Contacts {
    pub(in crate::cli) caps: BTreeMap<String, i64>,
    pub(in crate::cli) dismissed: BTreeMap<String, i64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sequences: BTreeMap<String, (Option<String>, i64)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    turns: BTreeMap<String, (String, i64)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    shown: BTreeMap<String, i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    full: bool,
}

impl Contacts {
    /// As a visit has them.
    pub(in crate::cli) fn recalled(&self) -> Recalled {
        let all = |of: &BTreeMap<String, i64>| of.iter().map(|(name, at)| (name.clone(), *at)).collect();
        let sequences = self.sequences.iter().map(|(name, (last, at))| (name.clone(), last.clone(), *at));
        let turns = self.turns.iter().map(|(name, (content, at))| (name.clone(), content.clone(), *at));
        Recalled {
            caps: all(&self.caps),
            dismissed: all(&self.dismissed),
            sequences: sequences.collect(),
            turns: turns.collect(),
            shown: all(&self.shown),
            is_full: self.full,
        }
    }
}

/// A line of values that the controller supplies: of one record, or of all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line {
    record: Option<String>,
    at: Option<String>,
    inputs: BTreeMap<String, Value>,
    ids: BTreeMap<String, String>,
    contacts: Option<Contacts>,
}

#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Supplied(Vec<Line>);

impl Supplied {
    /// Reads lines of `{"record": ID, "at": TIME, "inputs": {ATTRIBUTE: VALUE}, "ids": {UNIT: ID}}`. Lines without `record` are for
    /// every record.
    pub(in crate::cli) fn read(path: &Path) -> anyhow::Result<Self> {
        Self::parse(&files::text(path)?).with_context(|| path.display().to_string())
    }

    pub(in crate::cli) fn parse(text: &str) -> anyhow::Result<Self> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(number, line): (usize, &str)| {
            serde_json::from_str(line).with_context(|| format!("line {} is not a line of values", number + 1))
        };
        Ok(Self(lines.map(read).collect::<anyhow::Result<_>>()?))
    }

    pub(in crate::cli) fn of(&self, record: &str) -> Values {
        let mut values = Values::default();
        // What is said of the record itself goes before what is said of all.
        let general = self.0.iter().filter(|line| line.record.is_none());
        for line in general.chain(self.0.iter().filter(|line| line.record.as_deref() == Some(record))) {
            values.at = line.at.clone().or(values.at);
            values.inputs.extend(line.inputs.clone());
            values.ids.extend(line.ids.clone());
            values.contacts = line.contacts.clone().or(values.contacts);
        }
        values
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sealed {
    at: Option<String>,
    ids: BTreeMap<String, String>,
    inputs: BTreeMap<String, serde_json::Value>,
    contacts: Option<Contacts>,
}

impl Values {
    /// Adds the text of a sealed part, in which a double is its key.
    pub(super) fn add_sealed(&mut self, text: &str, bundle: &Bundle) -> anyhow::Result<()> {
        let sealed: Sealed = serde_json::from_str(text).context("the sealed values are not what is sealed")?;
        self.at = sealed.at.or(self.at.take());
        self.ids.extend(sealed.ids);
        self.contacts = sealed.contacts.or(self.contacts.take());
        for (name, value) in sealed.inputs {
            let attribute = bundle.program().manifest().attributes.iter().find(|attribute| attribute.name == name);
            let value_type = attribute.with_context(|| format!("the bundle has no attribute `{name}`"))?.value_type();
            let value = match (value_type, value.as_i64()) {
                (ValueType::Double, Some(key)) => Value::number(key_double(key)),
                (_, Some(number)) => Value::Int(number),
                _ => serde_json::from_value(value)?,
            };
            self.inputs.insert(name, value);
        }
        Ok(())
    }

    /// Those ids that something was drawn by, as a visit has them. Another one would be drawn by in their place.
    pub(in crate::cli) fn identity(&self, drawn: &BTreeMap<String, String>) -> Identity {
        let id = |unit: Unit| self.ids.get(unit.name()).filter(|_| drawn.contains_key(unit.name())).cloned();
        Identity {
            visitor: id(Unit::Visitor),
            account: id(Unit::Account),
            session: id(Unit::Session),
            page: id(Unit::Page),
            // The id of a linked device is the one that was drawn by.
            links: Vec::new(),
        }
    }

    /// As a line that [`Supplied::parse`] reads.
    pub(in crate::cli) fn line(&self, record: &str) -> String {
        let inputs: BTreeMap<&str, serde_json::Value> =
            self.inputs.iter().map(|(name, value)| (name.as_str(), as_json(value))).collect();
        let mut line = json!({"record": record, "inputs": inputs, "ids": self.ids});
        if let Some(at) = &self.at {
            line["at"] = json!(at);
        }
        if let Some(contacts) = &self.contacts {
            line["contacts"] = json!(contacts);
        }
        line.to_string()
    }
}

pub(in crate::cli) fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::Invalid => serde_json::Value::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Double(value) => json!(value),
        Value::Text(value) => json!(value),
        Value::List(value) => json!(value),
    }
}

pub(in crate::cli) fn in_words(value: &Value, value_type: Option<ValueType>) -> String {
    match (value, value_type) {
        (Value::Int(ms), Some(ValueType::Timestamp)) => format_rfc3339(*ms),
        (Value::Bool(true), _) => "yes".into(),
        (Value::Bool(false), _) => "no".into(),
        (Value::Text(text), _) => text.clone(),
        (Value::List(items), _) => items.join(", "),
        (value, _) => as_json(value).to_string(),
    }
}
