//! A visitor's own choice for a purpose, and who made it.

use core::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// An answer about one purpose.
///
/// In JSON it is `true`, `false` or `"parent"`. A grant without a name is the visitor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Granted by the visitor.
    Granted = 1,
    /// Denied.
    Denied = 2,
    /// Granted by a parent, who answers for a child. Laws that ask for a parent accept no other grant.
    Parent = 3,
}

/// How a choice says that a parent gave it.
pub const PARENT: &str = "parent";

impl Choice {
    /// Says whether it grants.
    pub const fn is_grant(self) -> bool {
        !matches!(self, Self::Denied)
    }
}

impl From<bool> for Choice {
    fn from(granted: bool) -> Self {
        if granted { Self::Granted } else { Self::Denied }
    }
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Answer;

        impl Visitor<'_> for Answer {
            type Value = Choice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, \"parent\" or null")
            }
            fn visit_bool<E>(self, granted: bool) -> Result<Choice, E> {
                Ok(granted.into())
            }
            fn visit_str<E: de::Error>(self, who: &str) -> Result<Choice, E> {
                let unknown = || E::invalid_value(de::Unexpected::Str(who), &self);
                (who == PARENT).then_some(Choice::Parent).ok_or_else(unknown)
            }
        }

        deserializer.deserialize_any(Answer)
    }
}
