//! The visit: everything that a host knows when it asks for a decision.
//!
//! Takes JSON, or any other serde format, in the shape of docs/decide.md; gives plain owned data. Nothing
//! here is permitted yet: only [`permit`](crate::engine::permit) makes something the engine reads. It never fails on the type of an
//! attribute's value: a value that no attribute can have becomes [`Value::Invalid`], and that attribute unknown.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Age, Choice, ContactClass, Depth, INT_MAX, Map, Purpose, Purposes, Signals, Unit, time};

/// Everything a host knows of one visit.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default, deny_unknown_fields, remote = "Self")]
pub struct Visit {
    /// Attribute name → value. A name that is missing, or `null`, is absent: we looked, there is none.
    #[serde(deserialize_with = "null_is_default")]
    pub attributes: Map<String, Value>,
    /// Attribute name → when the value was observed. Without an entry it was observed now.
    #[serde(deserialize_with = "null_is_default")]
    pub observed: Map<String, Instant>,
    /// Attributes that could not be read (a feed that did not answer): unknown and not absent.
    #[serde(deserialize_with = "null_is_default")]
    pub unknown: Vec<String>,
    /// Feeds whose values are older than they may be, as far as the host knows it.
    #[serde(deserialize_with = "null_is_default")]
    pub stale: Vec<String>,
    /// The visitor's own choice, or a parent's, that the site reports (an SDK call), by purpose. `null` is silence.
    #[serde(deserialize_with = "choices")]
    pub grants: Map<PurposeKey, Option<Choice>>,
    /// Consent signals as they arrived.
    #[serde(deserialize_with = "null_is_default")]
    pub signals: Signals,
    /// The age band of the visitor, as the site was told it; `None`, or `unknown`, if it was not. It is never concluded.
    #[serde(deserialize_with = "age")]
    pub minor: Option<Age>,
    /// How personal decisions may be at most; `None` is no limit.
    #[serde(deserialize_with = "depth")]
    pub depth: Option<Depth>,
    /// ISO 3166 region (`DE`, `US-CA`) that decides the law; `None` takes the strictest.
    pub region: Option<String>,
    /// Ids that a split may use, each only if consent covers it.
    #[serde(deserialize_with = "null_is_default")]
    pub identity: Identity,
    /// Contacts before, on any channel, as far as the contact policy looks back. `None` if the caller does not know, which differs from an
    /// empty list.
    pub contacts: Option<Vec<Contact>>,
    /// The contacts that this device keeps, as the cookie has them: read only with `storage`. An empty text is a device without contacts.
    pub contact_state: Option<String>,
    /// The contacts of the page that is open, as an engine in it keeps them in memory: read only without `storage`. No caller tells them.
    #[serde(skip)]
    pub contact_memory: Option<String>,
    /// BCP 47 locale of the page.
    pub locale: Option<String>,
    /// The time of the decision. The host's clock when it is missing.
    pub now: Option<Instant>,
    /// Contacts before as a record has them, to make its decision again. No host hands them over.
    #[cfg(feature = "author")]
    #[serde(skip)]
    pub recalled: Option<Recalled>,
}

/// What a contact policy had of contacts before.
#[cfg(feature = "author")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recalled {
    /// Caps that are reached, by name, with the oldest time that fills each, in Unix milliseconds.
    pub caps: Vec<(String, i64)>,
    /// Content that was dismissed, by name, with the time.
    pub dismissed: Vec<(String, i64)>,
    /// Sequences that have started, by name: the experience of the last step, and when it was sent. Without an experience nothing more is sent.
    pub sequences: Vec<(String, Option<String>, i64)>,
    /// Rotations that have started, by experience and first rule: the content of the turn, and since when it has the turn.
    pub turns: Vec<(String, String, i64)>,
    /// Content that is not shown again yet, by name, with its last contact.
    pub shown: Vec<(String, i64)>,
    /// Something was dismissed for which there was no room.
    pub is_full: bool,
}

/// A contact that was made before, or content that was dismissed.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Contact {
    /// When.
    pub at: Instant,
    /// The channel; that of the experience's slot if it is left out.
    #[serde(default)]
    pub channel: Option<String>,
    /// The class that it had then; that of the experience if it is left out, and `promotional` if nothing says it.
    #[serde(default, deserialize_with = "class")]
    pub class: Option<ContactClass>,
    /// The experience that made it.
    #[serde(default)]
    pub experience: Option<String>,
    /// The content.
    #[serde(default)]
    pub content: Option<String>,
    /// True if the person dismissed the content. This is then no contact.
    #[serde(default, deserialize_with = "null_is_default")]
    pub dismissed: bool,
}

/// Deserializes a struct from an object only: derived code would take an array too, by position.
macro_rules! from_object_only {
    ($($name:ident),+) => { $(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object;

                impl<'de> Visitor<'de> for Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<$name, A::Error> {
                        $name::deserialize(de::value::MapAccessDeserializer::new(entries))
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    )+ };
}
from_object_only!(Visit, Signals, Identity, Contact, Link);

/// A word of a closed list, or `null`. The error lists the words there are.
fn word<'de, D: Deserializer<'de>>(
    deserializer: D,
    words: &'static [&'static str],
) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(word) if !words.contains(&word.as_str()) => Err(de::Error::unknown_variant(&word, words)),
        word => Ok(word),
    }
}

fn age<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Age>, D::Error> {
    Ok(word(deserializer, &["unknown", "child", "teen", "adult"])?.as_deref().and_then(Age::from_name))
}

fn depth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Depth>, D::Error> {
    const DEPTHS: &[&str] = &["none", "contextual", "declared", "behavioural", "inferred", "sensitive"];
    Ok(word(deserializer, DEPTHS)?.as_deref().and_then(Depth::from_name))
}

fn class<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ContactClass>, D::Error> {
    const CLASSES: &[&str] = &["promotional", "service", "legal"];
    Ok(word(deserializer, CLASSES)?.as_deref().and_then(ContactClass::from_name))
}

/// Reads the choices of a visitor. A purpose that is named twice is refused, because it is open which one was meant.
fn choices<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<PurposeKey, Option<Choice>>, D::Error> {
    struct Choices;

    impl<'de> Visitor<'de> for Choices {
        type Value = Map<PurposeKey, Option<Choice>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of purposes")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Map::new())
        }
        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut choices = Map::new();
            while let Some((purpose, choice)) = entries.next_entry::<PurposeKey, Option<Choice>>()? {
                if choices.insert(purpose, choice).is_some() {
                    return Err(de::Error::custom(format_args!("`{}` is granted or denied twice", purpose.0)));
                }
            }
            Ok(choices)
        }
    }

    deserializer.deserialize_any(Choices)
}

/// Reads `null` as if the key were not there.
pub(super) fn null_is_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A withdrawal of consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The day of the withdrawal, in days since 1970 (UTC).
    pub day: u32,
    /// What was withdrawn.
    pub purposes: Purposes,
}

impl<'de> Deserialize<'de> for Revoked {
    /// `{"day": 20413, "purposes": ["personalization"]}`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            day: u32,
            purposes: Vec<PurposeKey>,
        }
        let Written { day, purposes } = serde::Deserialize::deserialize(deserializer)?;
        Ok(Self { day, purposes: purposes.into_iter().map(|purpose| purpose.0).collect() })
    }
}

/// Ids that a split may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields, remote = "Self")]
pub struct Identity {
    /// The stored id of the device.
    pub visitor: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// An id that lives in memory for one session.
    pub session: Option<String>,
    /// Randomness of this page view that is not kept.
    pub page: Option<String>,
    /// The links between devices and accounts that the caller knows of: those of this device, and those of this account.
    #[serde(deserialize_with = "null_is_default")]
    pub links: Vec<Link>,
}

/// A person let the site link a device to an account, or withdrew that.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Link {
    /// The stored id of the device.
    pub visitor: String,
    /// The account's id.
    pub account: String,
    /// When.
    pub at: Instant,
    /// False if the person withdrew it.
    #[serde(default = "yes")]
    pub linked: bool,
}

fn yes() -> bool {
    true
}

impl Identity {
    /// The id of a unit.
    pub fn of(&self, unit: Unit) -> Option<&str> {
        match unit {
            Unit::Page => self.page.as_deref(),
            Unit::Session => self.session.as_deref(),
            Unit::Visitor => self.visitor.as_deref(),
            Unit::Account => self.account.as_deref(),
        }
    }
}

/// A value as a host hands it over.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// We looked, there is none.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number within ±[`INT_MAX`]. A double without a fraction arrives as this too: JSON does not tell them apart.
    Int(i64),
    /// Any other finite number.
    Double(f64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// Something no attribute can be: an object, a mixed list, not a number.
    Invalid,
}

impl Value {
    /// A number by the one rule of every host: a whole number within ±[`INT_MAX`] is an int, anything else finite a double.
    pub fn number(number: f64) -> Self {
        const SAFE: f64 = INT_MAX as f64;
        if !number.is_finite() {
            Self::Invalid
        } else if (-SAFE..=SAFE).contains(&number) && number == (number as i64) as f64 {
            Self::Int(number as i64)
        } else {
            Self::Double(number)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::number(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::number(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.into()))
            }
            fn visit_string<E>(self, value: String) -> Result<Value, E> {
                Ok(Value::Text(value))
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
                Value::deserialize(deserializer)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut list = Vec::new();
                let mut valid = true;
                while let Some(item) = items.next_element::<Value>()? {
                    match item {
                        Value::Text(text) => list.push(text),
                        _ => valid = false,
                    }
                }
                Ok(if valid { Value::List(list) } else { Value::Invalid })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
                while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Invalid)
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}

/// A purpose as a key: its name, or an error that lists the names there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PurposeKey(pub Purpose);

impl<'de> Deserialize<'de> for PurposeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = PurposeKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a purpose: ")?;
                for (position, purpose) in Purpose::ALL.iter().enumerate() {
                    write!(f, "{}{purpose}", if position == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<PurposeKey, E> {
                Purpose::from_name(name)
                    .map(PurposeKey)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(name), &self))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

/// A moment in Unix milliseconds: an RFC 3339 time with its offset, or the number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Time;

        impl Visitor<'_> for Time {
            type Value = Instant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time with its offset, as in \"2026-12-01T09:00:00Z\", or Unix milliseconds")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Instant, E> {
                time::parse_rfc3339(text).map(Instant).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<Instant, E> {
                time::in_range(ms).map(Instant).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(ms), &self))
            }
            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<Instant, E> {
                self.visit_i64(i64::try_from(ms).unwrap_or(i64::MAX))
            }
            fn visit_f64<E: de::Error>(self, ms: f64) -> Result<Instant, E> {
                // Saturates: a number that does not fit is out of range. A host's clock may carry a fraction of a
                // millisecond.
                self.visit_i64(ms as i64)
            }
        }

        deserializer.deserialize_any(Time)
    }
}
