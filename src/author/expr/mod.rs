//! The expression language: a checked profile of CEL.
//!
//! Takes the text of one row and the names it may use, gives a typed [`Condition`] or diagnostics with exact spans. Every
//! accepted expression means what CEL says it means. It never evaluates anything.

mod ast;
mod budget;
mod check;
mod finding;
mod fold;
mod lex;
mod near;
mod parse;
mod print;
mod sentence;
#[cfg(test)]
mod tests;
mod text;
mod walk;

pub use finding::{Finding, RULES};
pub use sentence::sentence;
pub use walk::mentions;

use super::diagnostic::Severity;
use super::site::{Attribute, Literal};

/// Parses and checks one row: the condition, or every finding of the row. Never both an error and a condition; a warning may
/// come with one. Total on any text: length, nesting and size are bounded ([`RULES`], `SV2009`).
#[must_use]
pub fn check_row(text: &str, scope: &Scope<'_>) -> (Option<Condition>, Vec<Finding>) {
    let mut findings = Vec::new();
    let condition = parse::parse(text, &mut findings).and_then(|row| check::row(text, &row, scope, &mut findings));
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    findings.sort_by_key(|finding| finding.severity);
    findings.truncate(budget::FINDINGS_MAX);
    findings.sort_by_key(|finding| finding.span.start);
    (condition.filter(|_| !failed), findings)
}

/// The names that a row may use.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Sorted by name; a [`Condition`] names them by position.
    pub attributes: &'a [Attribute],
    /// Sorted names without `audience.`; a [`Condition`] names them by position.
    pub audiences: &'a [String],
}

/// A typed condition: names are positions in the site's lists.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Always or never.
    Const(bool),
    /// A bool attribute by itself. Absent without a default is unknown.
    Attribute(usize),
    /// A named audience.
    Audience(usize),
    /// `has(attribute)`.
    Has(usize),
    /// `left op right`. `==` and `!=` are total on absent operands (absent equals nothing but absent); ordering is not.
    Compare(Comparison, Term, Term),
    /// `item in list`: the list is a list literal or a list attribute.
    In(Term, Term),
    /// `subject.startsWith(argument)` and its kin.
    Text(TextTest, Term, Term),
    /// `!x`
    Not(Box<Condition>),
    /// `a && b && …`
    And(Vec<Condition>),
    /// `a || b || …`
    Or(Vec<Condition>),
    /// `c ? x : y` of conditions.
    If(Box<Condition>, Box<Condition>, Box<Condition>),
    /// `x == y` of conditions that are more than a bool attribute or constant (`!=` is its negation).
    Same(Box<Condition>, Box<Condition>),
}

/// A value inside a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// An attribute.
    Attribute(usize),
    /// A constant (lists of texts included).
    Literal(Literal),
    /// A list literal of numbers or truth values, for `in`.
    List(Vec<Literal>),
    /// `size(x)`: characters of a text, items of a list.
    Size(Box<Term>),
    /// `c ? x : y` of values.
    If(Box<Condition>, Box<Term>, Box<Term>),
}

/// `== != < <= > >=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The text functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
    /// `contains`
    Contains,
}

/// The names that a row may use.
pub struct Scope<'a> {
    /// The catalogue.
    pub attributes: &'a [super::site::Attribute],
    /// The audiences' names.
    pub audiences: &'a [String],
}

/// What is wrong with a row.
pub struct Finding {
    /// A stable code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: super::diagnostic::Severity,
    /// Bytes of the row.
    pub span: core::ops::Range<usize>,
    /// What.
    pub what: String,
    /// Why.
    pub why: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// The mended text.
    pub mended: Option<String>,
}

/// Stub.
pub fn check_row(text: &str, scope: &Scope<'_>) -> (Option<Condition>, Vec<Finding>) {
    if let Some(name) = text.strip_prefix("audience.")
        && let Some(at) = scope.audiences.iter().position(|known| known == name)
    {
        return (Some(Condition::Audience(at)), Vec::new());
    }
    if let Some(at) = scope.attributes.iter().position(|known| text.starts_with(known.name.as_str())) {
        return (Some(Condition::Attribute(at)), Vec::new());
    }
    let finding = Finding {
        code: "SV2999",
        severity: super::diagnostic::Severity::Error,
        span: 0..text.find(' ').unwrap_or(text.len()),
        what: "unknown name".into(),
        why: None,
        help: None,
        mended: None,
    };
    (None, vec![finding])
}

/// Stub.
#[must_use]
pub fn mentions(condition: &Condition) -> (std::collections::BTreeSet<usize>, std::collections::BTreeSet<usize>) {
    let mut found = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    match condition {
        Condition::Attribute(at) => drop(found.0.insert(*at)),
        Condition::Audience(at) => drop(found.1.insert(*at)),
        _ => {}
    }
    found
}
