//! The faults that a row can have.
//!
//! Takes nothing, gives the list of rules and the shape of a finding. It knows no files: the caller turns a byte range of the
//! row into a place.

use std::ops::Range;

use crate::author::diagnostic::Diagnostic;

macro_rules! rules {
    ($($name:ident = $code:literal, $named:literal, $title:literal;)+) => {
        /// The rules for rows: code, name and one-line title.
        pub const RULES: &[(&str, &str, &str)] = &[$(($code, $named, $title)),+];
        $(pub(super) const $name: &str = $code;)+
    };
}

rules! {
    SYNTAX = "SV2001", "row-syntax", "a row follows the grammar of CEL";
    UNKNOWN_NAME = "SV2002", "unknown-name", "every name is an attribute, an audience or a function of the profile";
    TYPE_MISMATCH = "SV2003", "type-mismatch", "values have the types that the operation needs";
    OUTSIDE_SET = "SV2004", "outside-closed-set", "a value compared with a closed set is one of the set";
    NEEDS_GUARD = "SV2005", "unguarded-optional",
        "an optional attribute is ordered, measured or searched only where has() holds";
    REFUSED = "SV2006", "outside-profile", "a row uses only what the profile of CEL offers";
    NOT_A_CONDITION = "SV2007", "not-a-condition", "a row is true or false";
    CONSTANT = "SV2008", "constant-row", "a row depends on the visit";
    OVER_BUDGET = "SV2009", "row-over-budget", "a row stays within the limits of length, nesting, size and steps";
    BAD_CONSTANT = "SV2010", "malformed-constant", "a time, zone, version or address in a text is one";
    LITERAL_WILDCARD = "SV2011", "literal-wildcard", "only `*` is a wildcard in a pattern";
}

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
