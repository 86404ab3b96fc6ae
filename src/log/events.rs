//! Events of a beacon: what a page's own code noted, gated again where it arrives.
//!
//! Takes a beacon and what its sender permits now, gives one line for each event that may be kept and one with the number of those
//! that may not. An id is the one that consent covers here, never one that a page sent. It keeps nothing of an event that no granted
//! purpose covers.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use serde::Deserialize;

use super::{MINUTE, field};
use crate::bundle::words::{Purpose, Unit};
use crate::consent::Grants;
use crate::engine::{Value, write_text};
use crate::time::{DAY, format_rfc3339};

/// The largest beacon that is read, in bytes.
pub const BEACON_BYTES_MAX: usize = 16 * 1024;
/// The most events of one beacon; those after them are only counted.
pub const EVENTS_MAX: usize = 64;
/// The longest name of an event or of a detail, in characters.
const NAME_MAX: usize = 64;
/// The most details of an event.
const DETAILS_MAX: usize = 16;
/// The longest text of a detail, in characters.
const TEXT_MAX: usize = 256;

/// A beacon: `{"v":1,"events":[…]}`.
#[derive(Clone, Debug, Deserialize)]
pub struct Beacon {
    /// The format: 1.
    pub v: u32,
    /// What was noted, in order.
    pub events: Vec<Event>,
}

/// One event, as the page's code noted it.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// What happened: letters, digits, `-`, `_`, `.` and `:`.
    pub name: String,
    /// When, in Unix milliseconds, to the minute.
    pub at: f64,
    /// The consent epoch that it was noted in.
    pub epoch: u32,
    /// More about it: texts, whole numbers and truth values.
    #[serde(default)]
    pub detail: BTreeMap<String, Value>,
}

/// Who sends a beacon, and what they permit.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'s> {
    /// What holds now, by the request that carries the beacon.
    pub grants: &'s Grants,
    /// The id that the device already had.
    pub visitor: Option<&'s str>,
}

/// The lines of a beacon. Events of another consent epoch are never joined to the id of this one: they are only counted.
#[must_use]
pub fn lines(beacon: &Beacon, sender: Sender<'_>, now_ms: i64) -> Vec<String> {
    let may_keep = sender.grants.allows(Purpose::Analytics) && beacon.v == 1;
    let kept = |event: &&Event| may_keep && event.epoch == sender.grants.epoch && is_sound(event);
    let mut lines: Vec<String> =
        beacon.events.iter().take(EVENTS_MAX).filter(kept).map(|event| line(event, sender, now_ms)).collect();
    let refused = beacon.events.len() - lines.len();
    if refused > 0 {
        lines.push(refusal(refused, now_ms));
    }
    lines
}

/// The line of events that were not kept: their number, and nothing else.
#[must_use]
pub fn refusal(events: usize, now_ms: i64) -> String {
    let mut line = head("refused", now_ms);
    let _ = write!(line, ",\"events\":{events}}}");
    line
}

fn line(event: &Event, sender: Sender<'_>, now_ms: i64) -> String {
    // A clock that is wrong by more than a day says nothing.
    let at = event.at as i64;
    let mut line = head("event", if (now_ms - DAY..=now_ms).contains(&at) { at } else { now_ms });
    let _ = write!(line, ",\"epoch\":{},", event.epoch);
    field(&mut line, "name", Some(&event.name));
    line.push_str(",\"detail\":{");
    for (position, (name, value)) in event.detail.iter().enumerate() {
        line.push_str(if position == 0 { "" } else { "," });
        write_text(&mut line, name);
        line.push(':');
        match value {
            Value::Bool(value) => line.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => drop(write!(line, "{value}")),
            Value::Text(text) => write_text(&mut line, text),
            _ => line.push_str("null"),
        }
    }
    let id =
        sender.visitor.filter(|_| sender.grants.allows(Purpose::Storage) && sender.grants.allows_unit(Unit::Visitor));
    line.push_str("},");
    field(&mut line, "unit", id.map(|_| Unit::Visitor.name()));
    line.push(',');
    field(&mut line, "id", id);
    line.push('}');
    line
}

fn head(kind: &str, at_ms: i64) -> String {
    alloc::format!("{{\"v\":1,\"kind\":\"{kind}\",\"at\":\"{}\"", format_rfc3339(at_ms.div_euclid(MINUTE) * MINUTE))
}

fn is_sound(event: &Event) -> bool {
    let is_name = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(plain)
    };
    let is_plain = |value: &Value| match value {
        Value::Text(text) => text.chars().nth(TEXT_MAX).is_none(),
        Value::Double(_) | Value::List(_) | Value::Invalid => false,
        Value::Null | Value::Bool(_) | Value::Int(_) => true,
    };
    let details = &event.detail;
    is_name(&event.name)
        && details.len() <= DETAILS_MAX
        && details.iter().all(|(name, value)| is_name(name) && is_plain(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::grants;
    use crate::consent::table::RegionTable;
    use crate::engine::{PurposeKey, Visit};

    const NOW: i64 = 1_796_112_030_500;
    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn said(analytics: bool, storage: bool) -> Grants {
        let region = RegionTable {
            rows: alloc::vec![crate::consent::table::Regime { models: [3; 8], ..Default::default() }],
            ..RegionTable::default()
        };
        let choices = [(Purpose::Analytics, analytics), (Purpose::Storage, storage)];
        let grants_said = choices.into_iter().map(|(purpose, yes)| (PurposeKey(purpose), Some(yes))).collect();
        grants(&region, &Visit { grants: grants_said, ..Visit::default() }, NOW)
    }

    fn beacon(json: &str) -> Beacon {
        serde_json::from_str(json).expect(json)
    }

    fn sent(json: &str, grants: &Grants) -> Vec<String> {
        lines(&beacon(json), Sender { grants, visitor: Some(ID) }, NOW)
    }

    const SEEN: &str = r#"{"v":1,"events":[{"name":"seen","at":1796112000000,"epoch":0,"detail":{"value":3,"of":"a\"b","new":true,"x":null}}]}"#;

    #[test]
    fn an_event_is_kept_with_the_id_that_consent_covers() {
        let expected = r#"{"v":1,"kind":"event","at":"2026-12-01T08:00:00Z","epoch":0,"name":"seen","detail":{"new":true,"of":"a\"b","value":3,"x":null},"unit":"visitor","id":"0123456789abcdef0123456789abcdef"}"#;
        assert_eq!(sent(SEEN, &said(true, true)), [expected]);
        let nobody = expected.replace(r#""visitor""#, "null").replace(&alloc::format!("\"{ID}\""), "null");
        assert_eq!(sent(SEEN, &said(true, false)), [nobody]);
    }

    #[test]
    fn what_no_purpose_covers_is_a_number() {
        let counted = r#"{"v":1,"kind":"refused","at":"2026-12-01T08:00:00Z","events":1}"#;
        assert_eq!(sent(SEEN, &said(false, true)), [counted]);
        assert_eq!(sent(&SEEN.replace("\"epoch\":0", "\"epoch\":1"), &said(true, true)), [counted]);
        assert_eq!(sent(&SEEN.replace("\"v\":1,", "\"v\":2,"), &said(true, true)), [counted]);
    }

    #[test]
    fn what_is_not_sound_is_only_counted() {
        let granted = said(true, true);
        let long = "x".repeat(TEXT_MAX + 1);
        for detail in [
            r#"{"a b":1}"#,
            r#"{"a":0.5}"#,
            r#"{"a":["b"]}"#,
            r#"{"a":{"b":1}}"#,
            &alloc::format!(r#"{{"a":"{long}"}}"#),
        ] {
            let json = alloc::format!(r#"{{"v":1,"events":[{{"name":"seen","at":0,"epoch":0,"detail":{detail}}}]}}"#);
            assert!(sent(&json, &granted)[0].contains(r#""kind":"refused""#), "{detail}");
        }
        let many = alloc::format!(r#"{{"v":1,"events":[{}]}}"#, [r#"{"name":"n","at":0,"epoch":0}"#; 70].join(","));
        let lines = sent(&many, &granted);
        assert_eq!(lines.len(), EVENTS_MAX + 1);
        assert!(lines[EVENTS_MAX].ends_with(r#""events":6}"#));
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_not_believed() {
        let at = |at: &str| sent(&SEEN.replace("1796112000000", at), &said(true, true))[0].clone();
        for wrong in ["0", "1e300", "-5", "1796112060000"] {
            assert!(at(wrong).contains("2026-12-01T08:00:00Z"), "{wrong}");
        }
        assert!(at("1796108400000").contains("2026-12-01T07:00:00Z"));
    }
}
