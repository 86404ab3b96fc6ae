//! A visitor who shows that something can happen, as people and programs read it.
//!
//! Takes what a search found, gives a visit of the engine, the lines of a `visitors/*.toml` and JSON for `selvedge decide`. It never
//! holds more than the question reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::question;
use super::state::State;
use crate::author::quoted::basic;
use crate::author::site::{Literal, Site};
use crate::words::time::format_rfc3339;
use crate::words::{Purpose, Purposes, Unit};

/// A visitor who shows that something can happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Witness {
    /// Attribute name → value, for the attributes that must have one.
    pub attributes: BTreeMap<String, Literal>,
    /// Attributes that are unknown.
    pub unknown: Vec<String>,
    /// What the visitor grants.
    pub grants: BTreeMap<Purpose, bool>,
    /// Unix milliseconds, if the time has a say.
    pub now_ms: Option<i64>,
    /// ISO 3166, if the market has a say.
    pub region: Option<String>,
    /// Ids that experiments draw by.
    pub identity: BTreeMap<Unit, String>,
}

impl Witness {
    /// `purposes` are those of the conditions; none for an audience by itself.
    pub(super) fn new(site: &Site, visit: &question::Visit, purposes: Purposes) -> Self {
        let attributes = visit.reads.iter().filter_map(|read| site.attributes.get(*read));
        let granted = attributes.fold(purposes, |all, attribute| all.or(attribute.needs().permissions(purposes)));
        let stated = granted.without(Purpose::Necessary).without(Purpose::Contextual);
        let grants = stated.iter().map(|purpose| (purpose, true)).collect();
        let mut witness = Self { grants, ..Self::default() };
        for (read, state) in &visit.states {
            match (site.attributes.get(*read), state) {
                (Some(attribute), State::Is(value)) => {
                    witness.attributes.insert(attribute.name.clone(), value.clone());
                }
                (Some(attribute), State::Unknown) => witness.unknown.push(attribute.name.clone()),
                (None, State::Is(Literal::Timestamp(ms))) => witness.now_ms = Some(*ms),
                _ => {}
            }
        }
        witness
    }

    /// As the lines of a file of `visitors/`.
    pub fn toml(&self) -> String {
        let mut text = self.heading().join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        if !self.attributes.is_empty() {
            text.push_str("\n[attributes]\n");
            for (name, value) in &self.attributes {
                let _ = writeln!(text, "{} = {}", basic(name), literal(value));
            }
        }
        if text.is_empty() { "# any visitor\n".into() } else { text.trim_start().to_owned() }
    }

    /// The same in one line.
    pub fn line(&self) -> String {
        let mut parts = self.heading();
        if !self.attributes.is_empty() {
            let entries = self.attributes.iter().map(|(name, value)| format!("{} = {}", basic(name), literal(value)));
            parts.push(format!("attributes = {{ {} }}", entries.collect::<Vec<_>>().join(", ")));
        }
        if parts.is_empty() { "any visitor".into() } else { parts.join("; ") }
    }

    /// As `selvedge decide` reads it.
    pub fn json(&self) -> Json {
        let value = |literal: &Literal| match literal {
            Literal::Bool(value) => json!(value),
            Literal::Int(number) | Literal::Duration(number) => json!(number),
            Literal::Double(number) => json!(number),
            Literal::Text(text) => json!(text),
            Literal::List(items) => json!(items),
            Literal::Timestamp(ms) => json!(format_rfc3339(*ms)),
        };
        let attributes: Json = self.attributes.iter().map(|(name, one)| (name.clone(), value(one))).collect();
        let mut visit = json!({ "attributes": attributes });
        if !self.grants.is_empty() {
            visit["grants"] = self.grants.iter().map(|(purpose, granted)| (purpose.name(), *granted)).collect();
        }
        if !self.unknown.is_empty() {
            visit["unknown"] = json!(self.unknown);
        }
        if let Some(region) = &self.region {
            visit["region"] = json!(region);
        }
        if !self.identity.is_empty() {
            visit["identity"] = self.identity.iter().map(|(unit, id)| (unit.name(), json!(id))).collect();
        }
        if let Some(ms) = self.now_ms {
            visit["now"] = json!(format_rfc3339(ms));
        }
        visit
    }

    fn heading(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(ms) = self.now_ms {
            lines.push(format!("# at {}", format_rfc3339(ms)));
        }
        lines.extend(self.region.iter().map(|region| format!("region = {}", basic(region))));
        if !self.identity.is_empty() {
            let ids = self.identity.iter().map(|(unit, id)| format!("{unit} = {}", basic(id)));
            lines.push(format!("identity = {{ {} }}", ids.collect::<Vec<_>>().join(", ")));
        }
        if !self.grants.is_empty() {
            let grants = self.grants.iter().map(|(purpose, granted)| format!("{purpose} = {granted}"));
            lines.push(format!("grants = {{ {} }}", grants.collect::<Vec<_>>().join(", ")));
        }
        if !self.unknown.is_empty() {
            let names: Vec<String> = self.unknown.iter().map(|name| basic(name)).collect();
            lines.push(format!("unknown = [{}]", names.join(", ")));
        }
        lines
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(number) | Literal::Duration(number) => number.to_string(),
        Literal::Double(number) => format!("{number:?}"),
        Literal::Text(text) => basic(text),
        Literal::List(items) => format!("[{}]", items.iter().map(|item| basic(item)).collect::<Vec<_>>().join(", ")),
        Literal::Timestamp(ms) => format_rfc3339(*ms),
    }
}
