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
mod pretty;
mod print;
mod sentence;
#[cfg(test)]
mod tests;
mod text;
mod walk;

pub use finding::{Finding, RULES};
pub use pretty::pretty;
pub(crate) use pretty::same_row;
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
