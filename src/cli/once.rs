//! Checks that a JSON text has every key once.
//!
//! RFC 8259, section 4, leaves it to each reader which of two values of one key counts.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Refuses an object that has a key twice, and a text that is not JSON, or is nested more than 127 deep.
pub(super) fn each_key_once(json: &[u8]) -> serde_json::Result<()> {
    serde_json::from_slice::<Sole>(json).map(drop)
}

/// A value without a key that is there twice.
struct Sole;

/// Values without keys.
macro_rules! scalars {
    ($($visit:ident($of:ty))*) => { $(fn $visit<E>(self, _: $of) -> Result<Self, E> { Ok(self) })* };
}

/// A key as it reads, however it is escaped.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

impl<'de> Deserialize<'de> for Sole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sole {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value in which each key is there once")
    }
    scalars! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) visit_str(&str) }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = entries.next_key::<Key<'de>>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format_args!("`{}` is written twice", key.0)));
            }
            entries.next_value::<Self>()?;
            keys.insert(key);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::each_key_once;

    #[test]
    fn a_key_is_there_once_in_each_object() {
        let once =
            [r#"{"a":1,"A":-1,"b":{"a":0.5,"":null},"c":[{"a":true},{"a":"a"}],"d":18446744073709551615}"#, "[]", "7"];
        for json in once {
            assert!(each_key_once(json.as_bytes()).is_ok(), "{json}");
        }
        let twice = [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":1}"#,
            r#"{"":1,"":1}"#,
            r#"{"b":{"a":1,"a":2}}"#,
            r#"{"b":[[{"a":1,"c":[],"a":2}]]}"#,
        ];
        for json in twice {
            assert!(each_key_once(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_says_nothing_and_ends() {
        for depth in [127, 128, 500_000] {
            let json = ["[".repeat(depth), "]".repeat(depth)].concat();
            assert_eq!(each_key_once(json.as_bytes()).is_ok(), depth < 128, "{depth}");
        }
        for json in [&b""[..], b"{", b"{} {}", b"{1:2}", b"{\"a\":1,}", b"\"\xff\"", b"{\"\xff\":1}"] {
            assert!(each_key_once(json).is_err(), "{json:?}");
        }
    }
}
