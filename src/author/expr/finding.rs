//! What can be wrong with a row.
//!
//! Takes nothing, gives the list of rules and the shape of a finding. It knows no files: the caller turns a byte range of the
//! row into a place.

use std::ops::Range;

use crate::author::diagnostic::Diagnostic;

/// The rules that rows are held to: code and one-line title.
pub const RULES: &[(&str, &str)] = &[
    (SYNTAX, "a row follows the grammar of CEL"),
    (UNKNOWN_NAME, "every name is an attribute, an audience or a function of the profile"),
    (TYPE_MISMATCH, "values have the types that the operation needs"),
    (OUTSIDE_SET, "a value compared with a closed set is one of the set"),
    (NEEDS_GUARD, "an optional attribute is ordered, measured or searched only where has() holds"),
    (REFUSED, "a row uses only what the profile of CEL offers"),
    (NOT_A_CONDITION, "a row is true or false"),
    (CONSTANT, "a row depends on the visit"),
    (OVER_BUDGET, "a row stays within the limits of length, nesting, size and steps"),
    (BAD_CONSTANT, "a time, zone, version or address in a text is one"),
];

pub(super) const SYNTAX: &str = "SV2001";
pub(super) const UNKNOWN_NAME: &str = "SV2002";
pub(super) const TYPE_MISMATCH: &str = "SV2003";
pub(super) const OUTSIDE_SET: &str = "SV2004";
pub(super) const NEEDS_GUARD: &str = "SV2005";
pub(super) const REFUSED: &str = "SV2006";
pub(super) const NOT_A_CONDITION: &str = "SV2007";
pub(super) const CONSTANT: &str = "SV2008";
pub(super) const OVER_BUDGET: &str = "SV2009";
pub(super) const BAD_CONSTANT: &str = "SV2010";

/// A finding inside a row: its place is a range of bytes in the row's text, on character boundaries.
pub type Finding = Diagnostic<Range<usize>>;

/// An error with nothing but its code, its place and its sentence.
pub(super) fn error(code: &'static str, span: &Range<usize>, what: impl Into<String>) -> Finding {
    Diagnostic::error(code, span.clone(), what)
}

impl Finding {
    /// With what would stand there, where that is known.
    pub(super) fn mended_where(self, mended: Option<String>) -> Self {
        Self { mended, ..self }
    }
}
