//! The state of one attribute: what is known about it.
//!
//! Takes the catalogue's entry, gives states. It never evaluates.

use crate::author::expr::evaluate::World;
use crate::author::site::{Attribute, Literal};
use crate::engine::expression::value::Value;

/// The knowledge of a question about one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// Hidden, too old, of bad quality or not looked up.
    Unknown,
    /// It was read, and there is none.
    Absent,
    Is(Literal),
}

/// The state of an attribute that a visit does not mention.
pub(super) fn unmentioned(attribute: &Attribute) -> State {
    match &attribute.default {
        _ if attribute.required => State::Unknown,
        Some(default) => State::Is(default.clone()),
        None => State::Absent,
    }
}

/// A visit as conditions see it: the state of every attribute, and the time one past the last of them.
pub(super) struct View<'w, 's> {
    /// An attribute without a state is unknown.
    pub(super) state: &'w dyn Fn(usize) -> Option<&'s State>,
    pub(super) now: usize,
}

impl World for View<'_, '_> {
    fn value(&self, attribute: usize) -> Option<Value<'_>> {
        match (self.state)(attribute)? {
            State::Unknown => None,
            State::Absent => Some(Value::Absent),
            State::Is(literal) => Some(literal.value()),
        }
    }
    fn now_ms(&self) -> Option<i64> {
        match (self.state)(self.now)? {
            State::Is(Literal::Timestamp(ms)) => Some(*ms),
            _ => None,
        }
    }
}
