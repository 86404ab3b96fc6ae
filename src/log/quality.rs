//! The rules by which an event is untrustworthy, in the one order in which every host tries them.
//!
//! Takes a site's rules and one event, gives the first rule that it breaks. Rules about a stream of events are in
//! [`Window`]. It has no clock, keeps no value and never corrects one. An event that breaks a rule is only counted.

mod window;

use alloc::string::String;

use super::events::{TEXT_MAX, is_named, is_plain};
use crate::bundle::manifest::{DetailEntry, EventRules};
use crate::words::{Map, Reason, Value, ValueType, vocabulary};

pub use window::{MEMORY, Sent, Window};

/// The kind of event that says what a slot showed. It has rules of its own.
pub const EXPOSURE: &str = "exposure";

/// The kind of event that takes an exposure back: the page did not go on showing what a slot was decided to show.
pub const REVERTED: &str = "reverted";

/// Kinds of event that the loader writes of slots.
pub const OF_SLOTS: [&str; 2] = [EXPOSURE, REVERTED];

/// 2020-01-01T00:00:00Z: no event is older. What decides is WebAssembly, whose 1.0 is a W3C Recommendation since 5 December 2019
/// (<https://www.w3.org/TR/2019/REC-wasm-core-1-20191205/>). A time in seconds that is taken for milliseconds is in 1970.
pub const EARLIEST_MS: i64 = 1_577_836_800_000;

vocabulary! {
    /// Why an event is counted and not kept, in the order in which it is asked.
    Rule {
        /// A program sent it that says it is one.
        Bot = "bot",
        /// The page was fetched ahead, and nobody has seen it.
        Prefetch = "prefetch",
        /// No granted purpose covers it.
        Consent = "consent",
        /// It belongs to another consent epoch than its sender.
        Epoch = "epoch",
        /// It stands behind the most events of one beacon.
        TooMany = "too_many",
        /// It is not an event: not JSON, or not of the form of one.
        Malformed = "malformed",
        /// The site has no such kind of event.
        UnknownKind = "unknown_kind",
        /// It has a detail that its kind does not have.
        Undeclared = "undeclared",
        /// A required detail is not there.
        Missing = "missing",
        /// A detail is of another type.
        WrongType = "wrong_type",
        /// A number is outside of its range.
        OutOfRange = "out_of_range",
        /// A text is not in its closed set.
        NotInSet = "not_in_set",
        /// A text is longer than it may be.
        TooLong = "too_long",
        /// It happened too long before it arrived, or after; or at a time that cannot be.
        ClockSkew = "clock_skew",
        /// An event with its id was there before.
        Duplicate = "duplicate",
        /// Its visitor sends more than a person can.
        Rate = "rate",
    }
}

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault<'e> {
    /// The rule.
    pub rule: Rule,
    /// The detail that breaks it, if it is about one.
    pub detail: Option<&'e str>,
}

impl From<Rule> for Fault<'_> {
    fn from(rule: Rule) -> Self {
        Self { rule, detail: None }
    }
}

/// The first rule that an event breaks by what it says itself.
pub fn judge<'e>(rules: &'e EventRules, name: &str, details: &'e Map<String, Value>) -> Option<Fault<'e>> {
    let kind =
        rules.kinds.binary_search_by(|kind| kind.name.as_str().cmp(name)).ok().and_then(|at| rules.kinds.get(at));
    let entries = kind.map(|kind| kind.details.as_slice()).unwrap_or_default();
    let is_of_slot = OF_SLOTS.contains(&name);
    let is_declared = |detail: &String| {
        if is_of_slot {
            return EXPOSURE_DETAILS.contains(&detail.as_str());
        }
        entries.binary_search_by(|entry| entry.name.cmp(detail)).is_ok()
    };
    // A detail's declaration says what it may be. Without one, the form of an event says it.
    let is_formed = |(name, value): (&String, &Value)| is_declared(name) || is_plain(value);
    if !is_named(name, details) || !details.iter().all(is_formed) {
        return Some(Rule::Malformed.into());
    }
    if !is_of_slot && kind.is_none() {
        return Some(Rule::UnknownKind.into());
    }
    if let Some(name) = details.iter().map(|(name, _)| name).find(|name| !is_declared(name)) {
        return Some(Fault { rule: Rule::Undeclared, detail: Some(name) });
    }
    if is_of_slot {
        return exposure(details);
    }
    let broken = |entry: &'e DetailEntry| {
        let rule = misfit(entry, details.get(&entry.name).unwrap_or(&Value::Null))?;
        Some(Fault { rule, detail: Some(&entry.name) })
    };
    entries.iter().find_map(broken)
}

/// Whether an event can have happened then, given when it arrived.
pub fn is_timely(rules: &EventRules, at_ms: i64, arrived_ms: i64) -> bool {
    let earliest = arrived_ms.saturating_sub(i64::from(rules.late_seconds) * 1_000);
    at_ms >= earliest && is_possible(rules, at_ms, arrived_ms)
}

/// Whether anything can have happened then, given what time it is now.
fn is_possible(rules: &EventRules, at_ms: i64, now_ms: i64) -> bool {
    let latest = now_ms.saturating_add(i64::from(rules.early_seconds) * 1_000);
    (EARLIEST_MS..=latest).contains(&at_ms)
}

fn misfit(entry: &DetailEntry, value: &Value) -> Option<Rule> {
    let value_type = ValueType::from_byte(entry.value_type);
    match (value_type, value) {
        (_, Value::Null) => entry.required.then_some(Rule::Missing),
        (Some(ValueType::Bool), Value::Bool(_)) => None,
        (Some(ValueType::Int), Value::Int(number)) => {
            let is_outside = entry.range.is_some_and(|(low, high)| !(low..=high).contains(number));
            is_outside.then_some(Rule::OutOfRange)
        }
        (Some(ValueType::String), Value::Text(text)) => {
            text.chars().nth(TEXT_MAX.min(entry.length_max as usize)).is_some().then_some(Rule::TooLong)
        }
        (Some(ValueType::Symbol), Value::Text(text)) => {
            entry.values.binary_search(text).is_err().then_some(Rule::NotInSet)
        }
        _ => Some(Rule::WrongType),
    }
}

/// The details that the loader and the edge write of a slot. They are the same for every site.
const EXPOSURE_DETAILS: [&str; 11] =
    ["slot", "reason", "content", "experience", "detail", "experiment", "arm", "holdout", "would", "unit", "point"];

fn exposure(details: &Map<String, Value>) -> Option<Fault<'_>> {
    let broken = |name: &'static str| {
        let rule = match (name, details.get(name).unwrap_or(&Value::Null)) {
            ("slot" | "reason", Value::Null) => Rule::Missing,
            (_, Value::Null) => return None,
            ("reason", Value::Text(reason)) if Reason::from_name(reason).is_none() => Rule::NotInSet,
            ("point", Value::Int(_)) => return None,
            ("point", _) => Rule::WrongType,
            (_, Value::Text(text)) if text.chars().nth(TEXT_MAX).is_some() => Rule::TooLong,
            (_, Value::Text(_)) => return None,
            _ => Rule::WrongType,
        };
        Some(Fault { rule, detail: Some(name) })
    };
    EXPOSURE_DETAILS.into_iter().find_map(broken)
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::vec;

    use super::*;
    use crate::bundle::manifest::EventEntry;

    pub(in super::super) fn detail(name: &str, value_type: ValueType) -> DetailEntry {
        let (name, value_type) = (name.into(), value_type as u8);
        DetailEntry { name, value_type, required: false, range: None, length_max: 5, values: vec![] }
    }

    fn rules() -> EventRules {
        let sold = vec![
            DetailEntry { values: vec!["card".into(), "post".into()], ..detail("by", ValueType::Symbol) },
            DetailEntry { range: Some((1, 9)), required: true, ..detail("count", ValueType::Int) },
            detail("gift", ValueType::Bool),
            detail("sku", ValueType::String),
        ];
        EventRules {
            late_seconds: 60,
            early_seconds: 1,
            rate: None,
            kinds: vec![EventEntry { name: "sold".into(), details: sold }],
        }
    }

    /// The first broken rule and the detail that breaks it, as `rule detail`.
    fn judged(name: &str, details: &str) -> String {
        let details: Map<String, Value> = serde_json::from_str(details).expect(details);
        let rules = rules();
        let said = judge(&rules, name, &details);
        said.map_or("clean".into(), |Fault { rule, detail }| alloc::format!("{rule} {}", detail.unwrap_or("-")))
    }

    #[test]
    fn an_event_breaks_one_rule_at_most() {
        let cases = [
            (r#"{"count":1}"#, "clean"),
            (r#"{"count":9,"by":"post","gift":false,"sku":"größe"}"#, "clean"),
            (r#"{"count":1,"by":null}"#, "clean"),
            (r#"{"colour":"red","count":1}"#, "undeclared colour"),
            ("{}", "missing count"),
            (r#"{"count":null}"#, "missing count"),
            (r#"{"count":"1"}"#, "wrong_type count"),
            (r#"{"count":true}"#, "wrong_type count"),
            (r#"{"count":1,"gift":1}"#, "wrong_type gift"),
            (r#"{"count":0}"#, "out_of_range count"),
            (r#"{"count":10}"#, "out_of_range count"),
            (r#"{"count":1,"by":"cash"}"#, "not_in_set by"),
            (r#"{"count":1,"by":""}"#, "not_in_set by"),
            (r#"{"count":1,"sku":"123456"}"#, "too_long sku"),
            (r#"{"count":1.5}"#, "wrong_type count"),
            (r#"{"count":19.99,"gift":{"a":1}}"#, "wrong_type count"),
            (r#"{"count":9007199254740993}"#, "wrong_type count"),
            (r#"{"count":1,"gift":{"a":1}}"#, "wrong_type gift"),
            (r#"{"count":1,"by":["card"]}"#, "wrong_type by"),
            (r#"{"count":1,"sku":[1]}"#, "wrong_type sku"),
            // Nothing says what these may be, but the form of an event does.
            (r#"{"count":1,"price":19.99}"#, "malformed -"),
            (r#"{"count":1.5,"colours":["red"]}"#, "malformed -"),
            (r#"{"count":1,"a b":1}"#, "malformed -"),
            (r#"{"count":1.5,"colour":"red"}"#, "undeclared colour"),
        ];
        for (details, expected) in cases {
            assert_eq!(judged("sold", details), expected, "{details}");
        }
        let long = "x".repeat(TEXT_MAX + 1);
        for (detail, expected) in
            [("sku", "too_long sku"), ("by", "not_in_set by"), ("count", "wrong_type count"), ("more", "malformed -")]
        {
            let details =
                alloc::format!(r#"{{"count":1,"{detail}":"{long}"}}"#).replace(r#""count":1,"count""#, r#""count""#);
            assert_eq!(judged("sold", &details), expected, "{detail}");
        }
        assert_eq!(judged("Sold", r#"{"count":1.5}"#), "malformed -");
        assert_eq!(judged("Sold", "{}"), "unknown_kind -");
        assert_eq!(judged("so ld", "{}"), "malformed -");
    }

    #[test]
    fn an_exposure_is_held_to_what_the_loader_writes() {
        let cases = [
            (r#"{"slot":"home.hero","reason":"SPLIT","content":null,"point":17,"unit":"visitor"}"#, "clean"),
            (
                r#"{"slot":"home.hero","reason":"DEFAULT","detail":"HOLDOUT","content":null,"holdout":"spring","would":"hero/winter"}"#,
                "clean",
            ),
            (r#"{"slot":"home.hero","reason":"SPLIT","layer":"heroes"}"#, "undeclared layer"),
            (r#"{"reason":"SPLIT"}"#, "missing slot"),
            (r#"{"slot":"home.hero"}"#, "missing reason"),
            (r#"{"slot":"home.hero","reason":"BECAUSE"}"#, "not_in_set reason"),
            (r#"{"slot":1,"reason":"SPLIT"}"#, "wrong_type slot"),
            (r#"{"slot":"home.hero","reason":"SPLIT","point":"17"}"#, "wrong_type point"),
            (r#"{"slot":"home.hero","reason":"SPLIT","point":0.5}"#, "wrong_type point"),
            (r#"{"slot":["home.hero"],"reason":"SPLIT"}"#, "wrong_type slot"),
            (r#"{"slot":"home.hero","reason":"SPLIT","id":"v1"}"#, "undeclared id"),
            (r#"{"slot":"home.hero","reason":"SPLIT","id":{}}"#, "malformed -"),
        ];
        for (details, expected) in cases {
            for kind in OF_SLOTS {
                assert_eq!(judged(kind, details), expected, "{details}");
            }
        }
    }

    #[test]
    fn an_event_happens_before_it_arrives() {
        const BEGIN: i64 = 1_796_112_000_000;
        let is_timely = |at, arrived| is_timely(&rules(), BEGIN + at, BEGIN + arrived);
        assert!(is_timely(40_000, 100_000) && is_timely(101_000, 100_000));
        assert!(!is_timely(39_999, 100_000) && !is_timely(101_001, 100_000));
        let is_timely = |at, arrived| super::is_timely(&rules(), at, arrived);
        assert!(!is_timely(i64::MAX, 0) && !is_timely(i64::MIN, 0) && is_timely(i64::MAX, i64::MAX));
    }

    #[test]
    fn nothing_happened_before_there_was_anything() {
        assert_eq!(crate::words::time::parse_rfc3339("2020-01-01T00:00:00Z"), Some(EARLIEST_MS));
        // However late a site lets its events be.
        let rules = EventRules { late_seconds: u32::MAX, ..rules() };
        let is_timely = |at| is_timely(&rules, at, 1_796_112_000_000);
        assert!(is_timely(EARLIEST_MS));
        let never = [EARLIEST_MS - 1, 1_796_112_000, 0, -5, crate::words::time::MIN, i64::MIN];
        assert!(!never.into_iter().any(is_timely));
    }
}
