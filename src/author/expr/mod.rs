//! The expression language: a checked profile of CEL.
//!
//! Takes the text of one row and the names it may use, gives a typed [`Condition`] or diagnostics with exact spans. Every
//! accepted expression means what CEL says it means. It never evaluates anything.

use super::site::Literal;

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

use super::site::Attribute;
use std::collections::BTreeSet;
/// stub
pub struct Scope<'a> {
    /// a
    pub attributes: &'a [Attribute],
    /// b
    pub audiences: &'a [String],
}
/// stub
pub fn sentence(_c: &Condition, _s: &Scope<'_>) -> String {
    String::new()
}
/// stub
pub fn mentions(_c: &Condition) -> (BTreeSet<usize>, BTreeSet<usize>) {
    Default::default()
}
