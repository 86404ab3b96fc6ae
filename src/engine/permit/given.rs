//! Values on their way into [`permit`](super::permit).
//!
//! Takes what a host has, gives it without a say in how it is kept. It never copies.

use alloc::string::String;

use crate::words::Value;

/// A value as a host hands it over, without a say in where the host keeps it: what [`Value`] is, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given<'v> {
    /// We looked, there is none.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number within the bounds of [`Value::Int`].
    Int(i64),
    /// Any other finite number.
    Double(f64),
    /// A text.
    Text(&'v str),
    /// A list of texts.
    List(&'v [String]),
    /// An item of the attribute's closed set, by its number; the host has found its text to fit.
    Member(u16),
    /// Something no attribute can be.
    Invalid,
}

/// Hands over the values of a visit one by one, each with the position of its attribute.
pub type Each<'e> = &'e mut dyn FnMut(&mut dyn FnMut(usize, Given<'_>));

impl Given<'_> {
    /// A number by the rule of [`Value::number`].
    pub fn number(number: f64) -> Self {
        match Value::number(number) {
            Value::Int(value) => Self::Int(value),
            Value::Double(value) => Self::Double(value),
            _ => Self::Invalid,
        }
    }
}

impl<'v> From<&'v Value> for Given<'v> {
    fn from(value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Double(value) => Self::Double(*value),
            Value::Text(text) => Self::Text(text),
            Value::List(items) => Self::List(items),
            Value::Invalid => Self::Invalid,
        }
    }
}
