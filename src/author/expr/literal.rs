//! Constants, and the values that they are.

use crate::engine::expression::value::Value;

/// A typed constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite double.
    Double(f64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// A moment, in Unix milliseconds.
    Timestamp(i64),
    /// A length of time, in milliseconds.
    Duration(i64),
}

impl Literal {
    /// The value that the engine calculates with.
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::Int(*number),
            Self::Double(number) => Value::Double(*number),
            Self::Text(text) => Value::text(text),
            Self::List(items) => Value::List(items),
            Self::Timestamp(ms) => Value::Timestamp(*ms),
            Self::Duration(ms) => Value::Duration(*ms),
        }
    }

    /// The texts that it is or holds.
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// A value as a constant, where there is one: versions and addresses stay what reads them.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Int(number) => Self::Int(number),
            Value::Double(number) => Self::Double(number),
            Value::Text(text) => Self::Text(text.read()),
            Value::Timestamp(ms) => Self::Timestamp(ms),
            Value::Duration(ms) => Self::Duration(ms),
            Value::Absent | Value::List(_) | Value::Texts(..) | Value::Version(_) | Value::Ip(_) => return None,
        })
    }
}
