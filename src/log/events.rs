//! Events of a beacon: what a page's own code noted, gated again where it arrives.
//!
//! Takes a beacon, its sender's permissions now and the site's rules. Gives one line for each event that may be kept.
//! The others are counted in one line for each rule that they break. An id is the one that consent covers here, never
//! one that a page sent. It keeps nothing of an event that no granted purpose covers, and does not look into it.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::measure::MeasureKey;
use super::quality::{OF_SLOTS, Rule, is_timely, judge};
use super::traffic::Traffic;
use super::{EventKind, Leave, LogClass, Permissions, VERSION, field, name, write_whose};
use crate::bundle::manifest::EventRules;
use crate::consent::Grants;
use crate::words::time::{DAY, format_day};
use crate::words::{Map, Unit, Value, write_text};

/// The largest beacon that is read, in bytes.
pub const BEACON_BYTES_MAX: usize = 16 * 1024;
/// The most events of one beacon; those after them are only counted.
pub const EVENTS_MAX: usize = 64;
/// The longest name of an event or of a detail, in characters.
pub const NAME_MAX: usize = 64;
/// The most details of an event.
pub const DETAILS_MAX: usize = 16;
/// The longest text of a detail, in characters.
pub const TEXT_MAX: usize = 256;

/// A beacon: `{"v":1,"events":[…]}`.
#[derive(Clone, Debug, Deserialize)]
pub struct Beacon {
    /// The format: 1.
    pub v: u32,
    /// What was noted, in order.
    pub events: Vec<Event>,
}

/// One event, as the page's code noted it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Event {
    /// What happened: letters, digits, `-`, `_`, `.` and `:`.
    pub name: String,
    /// When, in Unix milliseconds, to the minute.
    pub at: f64,
    /// The consent epoch that it was noted in.
    pub epoch: u32,
    /// The event's own id, so that one that is sent twice is found; never one of a visitor.
    #[serde(default)]
    pub event_id: Option<String>,
    /// More about it: texts, whole numbers and truth values, each name once.
    #[serde(default, deserialize_with = "details")]
    pub detail: Map<String, Value>,
}

impl Event {
    /// The event without what no log keeps: the loader sends a decision as it has it.
    fn told(&self) -> Cow<'_, Self> {
        let is_untold = |name: &String| UNTOLD.contains(&name.as_str());
        if !OF_SLOTS.contains(&&*self.name) || !self.detail.iter().any(|(name, _)| is_untold(name)) {
            return Cow::Borrowed(self);
        }
        let detail = self.detail.iter().filter(|(name, _)| !is_untold(name));
        Cow::Owned(Self {
            name: self.name.clone(),
            event_id: self.event_id.clone(),
            detail: detail.map(|(name, value)| (name.clone(), value.clone())).collect(),
            ..*self
        })
    }
}

/// The parts of a decision that no log needs once its content was shown.
const UNTOLD: [&str; 8] = ["layer", "contact", "not_before", "memory", "gave_way", "when", "how", "bundle"];

/// Reads details. A name that is there twice is refused, as a key of the event itself is: nobody can say which of the two was meant.
/// There is none where a host's own JSON reader came first, as it keeps the last of them.
fn details<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    struct Details;

    impl<'de> Visitor<'de> for Details {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of details")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut details = Map::new();
            while let Some((name, value)) = entries.next_entry()? {
                if details.insert(name, value).is_some() {
                    return Err(A::Error::custom("a detail is there twice"));
                }
            }
            Ok(details)
        }
    }

    deserializer.deserialize_map(Details)
}

/// Who sends a beacon, and what they permit.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'s> {
    /// What holds now, by the request that carries the beacon.
    pub grants: &'s Grants,
    /// The id that the device already had.
    pub visitor: Option<&'s str>,
    /// The key of pseudonyms, if the site has one.
    pub key: Option<&'s MeasureKey>,
    /// Who it is, as the request says.
    pub traffic: Traffic,
    /// What the site holds its events to.
    pub rules: Option<&'s EventRules>,
}

/// The lines of a beacon. Events of another consent epoch are never joined to the id of this one: they are only counted.
pub fn lines(beacon: &Beacon, sender: Sender<'_>, now_ms: i64) -> Vec<String> {
    let (mut lines, mut refused, mut ids) = (Vec::new(), Map::<Rule, usize>::new(), Vec::new());
    for (position, event) in beacon.events.iter().enumerate() {
        let rule = broken(event, position, sender, now_ms).or_else(|| {
            // Only what is sound otherwise counts as the first one.
            let id = event.event_id.as_ref()?;
            let is_again = ids.contains(&id);
            ids.push(id);
            is_again.then_some(Rule::Duplicate)
        });
        match rule.or((beacon.v != 1).then_some(Rule::Malformed)) {
            Some(rule) => drop(refused.insert(rule, 1 + refused.get(&rule).copied().unwrap_or_default())),
            None => lines.push(line(&event.told(), sender, now_ms)),
        }
    }
    lines.extend(refused.into_iter().map(|(rule, events)| refusal(rule, events, now_ms)));
    lines
}

/// The line of events that were not kept: the rule and their number, and nothing else.
pub fn refusal(rule: Rule, events: usize, now_ms: i64) -> String {
    let mut line = head(LogClass::Refused, now_ms);
    let _ = write!(line, ",\"rule\":\"{rule}\",\"events\":{events}}}");
    line
}

/// The first rule that an event breaks. Whose consent does not cover it is asked before anything that it says.
fn broken(event: &Event, position: usize, sender: Sender<'_>, now_ms: i64) -> Option<Rule> {
    if let Some(rule) = sender.traffic.rule() {
        return Some(rule);
    }
    let before = [
        (Permissions::new(sender.grants).allow(EventKind::Interaction), Rule::Consent),
        (position < EVENTS_MAX, Rule::TooMany),
        (event.epoch == sender.grants.epoch, Rule::Epoch),
        (event.event_id.as_deref().is_none_or(is_name), Rule::Malformed),
    ];
    if let Some((_, rule)) = before.into_iter().find(|(holds, _)| !holds) {
        return Some(rule);
    }
    let event = event.told();
    let Some(rules) = sender.rules else {
        let is_sound = is_named(&event.name, &event.detail) && event.detail.iter().all(|(_, value)| is_plain(value));
        return (!is_sound).then_some(Rule::Malformed);
    };
    if let Some(fault) = judge(rules, &event.name, &event.detail) {
        return Some(fault.rule);
    }
    (!is_timely(rules, event.at as i64, now_ms)).then_some(Rule::ClockSkew)
}

fn line(event: &Event, sender: Sender<'_>, now_ms: i64) -> String {
    // A clock that is wrong by more than a day counts as none, unless the site says otherwise. No event is of the future.
    let late_ms = sender.rules.map_or(DAY, |rules| i64::from(rules.late_seconds) * 1_000);
    let at = event.at as i64;
    let mut line = head(LogClass::Event, if (now_ms - late_ms..=now_ms).contains(&at) { at } else { now_ms });
    let _ = write!(line, ",\"epoch\":{}", event.epoch);
    field(&mut line, "name", Some(&event.name));
    if event.event_id.is_some() {
        field(&mut line, "event_id", event.event_id.as_deref());
    }
    line.push_str(",\"detail\":{");
    // The point of a draw is nearly an id: an audit record has the same one.
    let is_kept = |key: &str| key != "point" || !OF_SLOTS.contains(&&*event.name);
    for (key, value) in event.detail.iter().filter(|(key, _)| is_kept(key)) {
        name(&mut line, key);
        match value {
            Value::Bool(value) => line.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => drop(write!(line, "{value}")),
            Value::Text(text) => write_text(&mut line, text),
            _ => line.push_str("null"),
        }
    }
    let leave = Permissions::new(sender.grants).of(EventKind::Interaction, Some(Unit::Visitor));
    let id = sender.visitor.filter(|_| leave == Leave::Identified && sender.key.is_some());
    line.push('}');
    field(&mut line, "unit", id.map(|_| Unit::Visitor.name()));
    write_whose(&mut line, sender.key, id.map(|id| (Unit::Visitor, id)));
    line.push('}');
    line
}

/// The start of a line. It says the day, which is what an analysis compares: a finer time would join it to other logs. `log close` keeps
/// the order of what one visitor saw and did.
pub(super) fn head(kind: LogClass, at_ms: i64) -> String {
    alloc::format!("{{\"v\":{VERSION},\"kind\":\"{kind}\",\"at\":\"{}\"", format_day(at_ms))
}

/// True if an event and its details have names, and it has no more details than a beacon carries.
pub(super) fn is_named(name: &str, details: &Map<String, Value>) -> bool {
    is_name(name) && details.iter().nth(DETAILS_MAX).is_none() && details.iter().all(|(name, _)| is_name(name))
}

/// Whether a detail is what a beacon carries.
pub(super) fn is_plain(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.chars().nth(TEXT_MAX).is_none(),
        Value::Double(_) | Value::List(_) | Value::Invalid => false,
        Value::Null | Value::Bool(_) | Value::Int(_) => true,
    }
}

/// Whether this can be the name of an event or of a detail.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::manifest::{DetailEntry, EventEntry};
    use crate::consent::grants;
    use crate::consent::table::RegionTable;
    use crate::log::quality::tests::detail;
    use crate::words::{Purpose, PurposeKey, ValueType, Visit};

    const NOW: i64 = 1_796_112_030_500;
    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn said(analytics: bool, storage: bool) -> Grants {
        let region = RegionTable {
            rows: alloc::vec![crate::consent::table::Regime { models: [3; 8], ..Default::default() }],
            ..RegionTable::default()
        };
        let choices = [(Purpose::Analytics, analytics), (Purpose::Storage, storage)];
        let grants_said = choices.into_iter().map(|(purpose, yes)| (PurposeKey(purpose), Some(yes.into()))).collect();
        grants(&region, &Visit { grants: grants_said, ..Visit::default() }, NOW)
    }

    fn key() -> MeasureKey {
        MeasureKey::new(4, [8; 32])
    }

    fn beacon(json: &str) -> Beacon {
        serde_json::from_str(json).expect(json)
    }

    fn sent(json: &str, grants: &Grants) -> Vec<String> {
        lines(
            &beacon(json),
            Sender { grants, visitor: Some(ID), key: Some(&key()), traffic: Traffic::Visitor, rules: None },
            NOW,
        )
    }

    const SEEN: &str = r#"{"v":1,"events":[{"name":"seen","at":1796112000000,"epoch":0,"detail":{"value":3,"of":"a\"b","new":true,"x":null}}]}"#;

    #[test]
    fn an_event_is_kept_with_the_id_that_consent_covers() {
        let expected = r#"{"v":2,"kind":"event","at":"2026-12-01","epoch":0,"name":"seen","detail":{"new":true,"of":"a\"b","value":3,"x":null},"unit":"visitor","key":4,"id":"a330fae3be6a9fbd138d8d93982ed495"}"#;
        assert_eq!(sent(SEEN, &said(true, true)), [expected]);
        let nobody = expected.split_once(r#","unit""#).expect("names somebody").0;
        let nobody = alloc::format!(r#"{nobody},"unit":null,"key":null,"id":null}}"#);
        assert_eq!(sent(SEEN, &said(true, false)), [nobody]);
    }

    #[test]
    fn a_site_without_a_key_names_nobody_and_no_line_has_the_id_itself() {
        let (beacon, granted) = (beacon(SEEN), said(true, true));
        let of = |key| {
            let sender = Sender { grants: &granted, visitor: Some(ID), key, traffic: Traffic::Visitor, rules: None };
            lines(&beacon, sender, NOW).concat()
        };
        assert!(of(None).ends_with(r#""unit":null,"key":null,"id":null}"#), "{}", of(None));
        assert!(!of(None).contains(ID) && !of(Some(&key())).contains(ID));
    }

    #[test]
    fn the_point_of_a_draw_is_not_in_the_line() {
        let exposure = SEEN.replace("seen", "exposure").replace(r#""value":3"#, r#""point":3,"slot":"s""#);
        let line = &sent(&exposure, &said(true, true))[0];
        assert!(line.contains(r#""slot":"s""#) && !line.contains("point"), "{line}");
        // A site's own event means something else by it.
        assert!(sent(&exposure.replace("exposure", "sold"), &said(true, true))[0].contains(r#""point":3"#));
    }

    #[test]
    fn an_exposure_is_kept_without_what_no_log_needs() {
        let more = r#""slot":"s","reason":"SPLIT","layer":"heroes","not_before":null,"gave_way":{"why":"repeat"},"holdout":"spring""#;
        let exposure = SEEN.replace("seen", "exposure").replace(r#""value":3,"of":"a\"b","new":true,"x":null"#, more);
        let rules = EventRules { late_seconds: 86_400, early_seconds: 1, rate: None, kinds: alloc::vec![] };
        let (granted, key) = (said(true, true), key());
        for rules in [None, Some(&rules)] {
            let sender = Sender { grants: &granted, visitor: None, key: Some(&key), traffic: Traffic::Visitor, rules };
            let line = lines(&beacon(&exposure), sender, NOW).concat();
            assert!(line.contains(r#""detail":{"holdout":"spring","reason":"SPLIT","slot":"s"}"#), "{line}");
        }
        // A site's own event is held to its own details.
        assert!(sent(&exposure.replace("exposure", "sold"), &granted)[0].contains("refused"));
    }

    /// The line of one event that broke a rule.
    fn counted(rule: &str) -> String {
        let at = "2026-12-01";
        alloc::format!(r#"{{"v":2,"kind":"refused","at":"{at}","rule":"{rule}","events":1}}"#)
    }

    #[test]
    fn what_no_purpose_covers_is_a_number() {
        // Nobody looks into it, so neither its epoch nor its form is known.
        for event in [SEEN.into(), SEEN.replace("\"epoch\":0", "\"epoch\":1"), SEEN.replace("\"seen\"", "\"\"")] {
            assert_eq!(sent(&event, &said(false, true)), [counted("consent")]);
        }
        assert_eq!(sent(&SEEN.replace("\"epoch\":0", "\"epoch\":1"), &said(true, true)), [counted("epoch")]);
        assert_eq!(sent(&SEEN.replace("\"v\":1,", "\"v\":2,"), &said(true, true)), [counted("malformed")]);
    }

    #[test]
    fn programs_and_pages_that_nobody_opened_send_nothing_that_is_kept() {
        for (traffic, rule) in [(Traffic::Bot, "bot"), (Traffic::Prefetch, "prefetch")] {
            for analytics in [true, false] {
                let sender =
                    Sender { grants: &said(analytics, true), visitor: Some(ID), key: None, traffic, rules: None };
                assert_eq!(lines(&beacon(SEEN), sender, NOW), [counted(rule)]);
            }
        }
    }

    #[test]
    fn what_breaks_a_rule_of_the_site_is_a_number() {
        let value = DetailEntry { required: true, range: Some((1, 3)), ..detail("value", ValueType::Int) };
        let kinds = alloc::vec![EventEntry { name: "seen".into(), details: alloc::vec![value] }];
        let rules = EventRules { late_seconds: 3_600, early_seconds: 60, rate: None, kinds };
        let granted = said(true, true);
        let sender =
            Sender { grants: &granted, visitor: None, key: None, traffic: Traffic::Visitor, rules: Some(&rules) };
        let sent = |events: &str| lines(&beacon(&alloc::format!(r#"{{"v":1,"events":[{events}]}}"#)), sender, NOW);
        let event = |name: &str, at: i64, detail: &str| {
            alloc::format!(r#"{{"name":"{name}","at":{at},"epoch":0,"event_id":"e1","detail":{{{detail}}}}}"#)
        };
        let kept = r#"{"v":2,"kind":"event","at":"2026-12-01","epoch":0,"name":"seen","event_id":"e1","detail":{"value":3},"unit":null,"key":null,"id":null}"#;
        assert_eq!(sent(&event("seen", NOW, r#""value":3"#)), [kept]);
        let refused = [
            (event("scene", NOW, r#""value":3"#), "unknown_kind"),
            (event("seen", NOW, r#""value":3,"more":1"#), "undeclared"),
            (event("seen", NOW, ""), "missing"),
            (event("seen", NOW, r#""value":"3""#), "wrong_type"),
            (event("seen", NOW, r#""value":1.5"#), "wrong_type"),
            (event("seen", NOW, r#""value":3,"more":1.5"#), "malformed"),
            (event("seen", NOW, r#""value":4"#), "out_of_range"),
            (event("seen", NOW - 3_700_000, r#""value":3"#), "clock_skew"),
            (event("seen", NOW + 61_000, r#""value":3"#), "clock_skew"),
            (event("seen", NOW, r#""value":3"#).replace("e1", "not an id"), "malformed"),
        ];
        for (event, rule) in &refused {
            assert_eq!(sent(event), [counted(rule)], "{event}");
        }
        // The first of two with one id is kept, and a refused one is none of them. Each rule has one line.
        let (good, bad) = (event("seen", NOW, r#""value":3"#), event("seen", NOW, ""));
        let said = sent(&[bad.clone(), good.clone(), bad, good].join(","));
        assert_eq!(said[0], kept);
        assert_eq!(said[1], counted("missing").replace(":1}", ":2}"));
        assert_eq!(said[2..], [counted("duplicate")]);
    }

    #[test]
    fn no_key_of_a_beacon_is_there_twice() {
        for (once, twice) in [
            (r#""value":3"#, r#""value":3,"of":1,"value":99"#),
            (r#""value":3"#, r#""value":3,"valu\u0065":3"#),
            (r#""epoch":0"#, r#""epoch":0,"epoch":0"#),
            (r#""v":1"#, r#""v":1,"v":1"#),
        ] {
            assert!(
                SEEN.contains(once) && serde_json::from_str::<Beacon>(&SEEN.replace(once, twice)).is_err(),
                "{twice}"
            );
        }
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
            assert!(at(wrong).contains(r#""at":"2026-12-01""#), "{wrong}");
        }
        assert!(at("1796036400000").contains(r#""at":"2026-11-30""#));
    }
}
