//! The expression language: a checked profile of CEL.
//!
//! Takes the text of one row and the names it may use, gives a typed [`Condition`] or diagnostics with exact spans. Every
//! accepted expression means what CEL says it means. Constants are computed here, with the operations of the engine.
//!
#![doc = include_str!("../../../docs/conditions.md")]

mod ast;
mod budget;
mod check;
pub(super) mod evaluate;
mod finding;
mod fold;
mod lex;
pub(super) mod literal;
mod near;
mod operator;
mod parse;
mod pretty;
mod print;
mod sentence;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod walk;

pub use budget::steps;
pub use finding::{Finding, RULES};
pub use literal::Literal;
pub use operator::{Arithmetic, Case, Comparison, Form, Quantifier, TextTest, Unary};
pub use pretty::pretty;
pub(crate) use pretty::same_row;
pub use sentence::sentence;
pub(crate) use walk::{Piece, walk};
pub use walk::{mentions, reads_clock, same_as_attribute};

use super::diagnostic::Severity;
use super::site::attribute::Attribute;
pub use crate::bundle::Part;

/// The name and version of the language, as its documentation above defines it.
pub const PROFILE: &str = "selvedge-cel/1";

/// Parses and checks one row: the condition, or every finding of the row. Never both an error and a condition; a warning may
/// come with one. Total on any text: length, nesting and size are bounded ([`RULES`], `SV2009`).
pub fn check_row(text: &str, scope: &Scope<'_>) -> (Option<Condition>, Vec<Finding>) {
    let mut findings = Vec::new();
    let condition = parse::parse(text, &mut findings).and_then(|row| check::row(text, &row, scope, &mut findings));
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    findings.sort_by_key(|finding| finding.severity);
    findings.truncate(budget::FINDINGS_MAX);
    findings.sort_by_key(|finding| finding.place.start);
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
    /// Exactly one of them: `exists_one` over a list that is written down. Unknown while any of them is.
    One(Vec<Condition>),
    /// `list.all(x, body)` and its kin over a list attribute; the body asks for its item with [`Term::Item`].
    Each(Quantifier, Term, Box<Condition>),
    /// `isSemver(text)`, `isIP(text)`
    Form(Form, Term),
    /// `cidr("10.0.0.0/8").containsIP(address)`: the address is a text or [`Term::Ip`].
    Within(Term, Network),
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
    /// `now`: the time of the decision.
    Now,
    /// The item of an enclosing [`Condition::Each`], counted from the outermost.
    Item(usize),
    /// `-x`, `int(x)` and their kin.
    Unary(Unary, Box<Term>),
    /// `x + y` and its kin: two ints, two doubles, or times and durations as CEL defines them. Overflow is unknown.
    Arithmetic(Arithmetic, Box<Term>, Box<Term>),
    /// `x.lowerAscii()`, `x.upperAscii()`
    Cased(Case, Box<Term>),
    /// `x.getHours("Europe/Berlin")`, `semver(x).major()`, `ip(x).family()`. A duration has no zone: it has [`Zone::Utc`].
    Part(Part, Zone, Box<Term>),
}

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// UTC
    Utc,
    /// Seconds east of UTC.
    Offset(i32),
    /// A name of the IANA database, checked.
    Named(String),
}

/// A range of IP addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Its first address: the bits past the prefix are zero.
    pub address: std::net::IpAddr,
    /// How many leading bits its addresses share.
    pub prefix: u8,
}
