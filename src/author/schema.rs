//! What every kind of file may hold, for editors and for people: the key tables as JSON Schema and as Markdown.
//!
//! Takes a kind of file, gives its schema (draft-07) or its part of the reference. It knows what can be said of one file alone:
//! that a named slot exists, or that a row is true or false, only [`super::check`] can tell.

mod json;
mod reference;
#[cfg(test)]
mod tests;

pub use super::keys::FileKind;
pub use json::json;
pub use reference::reference;
