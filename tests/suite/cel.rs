//! The language from an author's row to a decision: what unknown does to every construct.

mod kleene;
pub(crate) mod panel;
