//! The key tables of every kind of file, as JSON Schema for editors and as Markdown for people.
//!
//! Takes a kind of file, gives its schema (draft-07) or its part of the reference. It knows the rules about one file alone.
//! Only [`super::check`] can tell that a named slot exists, or that a row is true or false.

mod json;
mod reference;
#[cfg(test)]
mod tests;

pub use super::keys::FileKind;
pub use json::json;
pub use reference::reference;
