//! What is known of one attribute, and what one may be.
//!
//! Takes the catalogue's entry, gives states. It never evaluates.

use crate::author::site::{Attribute, Literal};

/// What is known of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// Hidden, too old, of bad quality or not looked up.
    Unknown,
    /// We looked, there is none.
    Absent,
    /// A value.
    Is(Literal),
}

/// What an attribute is when a visit does not mention it.
pub(super) fn unmentioned(attribute: &Attribute) -> State {
    match &attribute.default {
        _ if attribute.required => State::Unknown,
        Some(default) => State::Is(default.clone()),
        None => State::Absent,
    }
}

/// Whether a visit can have looked and found nothing.
pub(super) fn can_be_absent(attribute: &Attribute) -> bool {
    !attribute.required && attribute.default.is_none()
}
