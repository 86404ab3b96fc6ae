//! One line of a stream, as an event.
//!
//! A line is of our own log, or of another collector that writes the same keys.

use serde::Deserialize;

use crate::cli::once::each_key_once;
use crate::log::quality::EXPOSURE;
use crate::words::time::parse_time_or_day;
use crate::words::{Map, Value};

#[derive(Debug)]
pub(super) enum Line {
    Event(Box<Event>),
    /// A line of a log that is about no visitor's doing: reasons, refusals, failures, audit records, tombstones.
    Other,
    /// Neither.
    Malformed,
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) details: Map<String, Value>,
    pub(super) keys: Keys,
}

/// A time as it is written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Time {
    Text(String),
    Ms(f64),
}

impl Time {
    /// Tells whether it is a day, as in lines of our own log. No finer time is known then.
    pub(super) fn is_day(&self) -> bool {
        matches!(self, Self::Text(text) if !text.contains('T'))
    }

    /// In Unix milliseconds.
    pub(super) fn ms(&self) -> Option<i64> {
        match self {
            Self::Text(text) => parse_time_or_day(text),
            Self::Ms(ms) => ms.is_finite().then_some(*ms as i64),
        }
    }
}

/// The keys of a line. Any other is somebody else's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Keys {
    kind: Option<String>,
    name: Option<String>,
    pub(super) at: Option<Time>,
    pub(super) received: Option<Time>,
    pub(super) epoch: Option<u32>,
    pub(super) event_id: Option<String>,
    #[serde(rename = "id")]
    pub(super) visitor: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) sec_purpose: Option<String>,
    detail: Option<Details>,
}

/// The keys of an exposure that an edge wrote. Its `detail` is a word.
const OF_EXPOSURE: [&str; 10] =
    ["slot", "reason", "content", "experience", "experiment", "arm", "holdout", "would", "unit", "detail"];

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Details {
    Of(Map<String, Value>),
    One(Value),
}

impl Line {
    pub(super) fn read(bytes: &[u8]) -> Self {
        // A struct would be read from an array too, by position.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Self::Malformed;
        }
        // Of two values of one key the next reader of the clean file may take the other one.
        if each_key_once(bytes).is_err() {
            return Self::Malformed;
        }
        let Ok(mut keys) = serde_json::from_slice::<Keys>(bytes) else { return Self::Malformed };
        let (name, details) = match (keys.kind.as_deref(), keys.name.take()) {
            (Some(EXPOSURE), _) => {
                let mut said: Map<String, Value> = serde_json::from_slice(bytes).unwrap_or_default();
                let details = OF_EXPOSURE.map(|name| (name.to_owned(), said.remove(name).unwrap_or_default()));
                (EXPOSURE.to_owned(), details.into())
            }
            (_, Some(name)) => match keys.detail.take() {
                Some(Details::Of(details)) => (name, details),
                None | Some(Details::One(Value::Null)) => (name, Map::new()),
                Some(Details::One(_)) => return Self::Malformed,
            },
            (Some(_), None) => return Self::Other,
            (None, None) => return Self::Malformed,
        };
        Self::Event(Box::new(Event { name, details, keys }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_our_log_and_of_others_are_told_apart() {
        let name = |line: &str| match Line::read(line.as_bytes()) {
            Line::Event(event) => event.name,
            other => format!("{other:?}"),
        };
        let cases = [
            (r#"{"v":1,"kind":"event","name":"sold","detail":{}}"#, "sold"),
            (r#"{"name":"sold"}"#, "sold"),
            (r#"{"name":"sold","detail":null,"more":[1]}"#, "sold"),
            (r#"{"v":1,"kind":"exposure","slot":"home.hero","detail":null}"#, "exposure"),
            (r#"{"v":1,"kind":"reasons","slots":[]}"#, "Other"),
            (r#"{"v":1,"kind":"refused","rule":"epoch","events":3}"#, "Other"),
            (r#"{"name":"sold","detail":[]}"#, "Malformed"),
            (r#"{"name":"sold","detail":7}"#, "Malformed"),
            (r#"{"name":"sold","epoch":-1}"#, "Malformed"),
            (r#"["event","sold"]"#, "Malformed"),
            ("{}", "Malformed"),
            ("{\"name\":\"so", "Malformed"),
            ("\u{feff}{}", "Malformed"),
            (r#"{"name":"sold","name":"sold"}"#, "Malformed"),
            (r#"{"name":"sold","detail":{"pieces":99,"pieces":1}}"#, "Malformed"),
            (r#"{"name":"sold","detail":{"pieces":1,"piec\u0065s":1}}"#, "Malformed"),
            (r#"{"name":"sold","theirs":[{"a":{"b":1,"b":2}}]}"#, "Malformed"),
            (r#"{"name":"sold","theirs":1,"theirs":2}"#, "Malformed"),
            (r#"{"v":1,"kind":"refused","rule":"epoch","events":3,"more":{"a":1,"a":1}}"#, "Malformed"),
        ];
        for (line, expected) in cases {
            assert_eq!(name(line), expected, "{line}");
        }
    }

    #[test]
    fn a_time_is_written_in_two_ways() {
        let ms = |line: &str| match Line::read(line.as_bytes()) {
            Line::Event(event) => event.keys.at.and_then(|at| at.ms()),
            _ => None,
        };
        assert_eq!(ms(r#"{"name":"a","at":"2026-12-01T08:00:00Z"}"#), Some(1_796_112_000_000));
        assert_eq!(ms(r#"{"name":"a","at":1796112000000}"#), Some(1_796_112_000_000));
        assert_eq!([ms(r#"{"name":"a","at":"yesterday"}"#), ms(r#"{"name":"a"}"#)], [None, None]);
    }
}
