//! The tree of a row, as written.
//!
//! Takes what the parser saw, gives nodes with exact byte ranges. It knows no types and no names: `audience.x` and
//! `request.country` are plain selections here.

use std::ops::Range;

use super::{Arithmetic, Comparison};

/// A node. Two nodes are equal if they mean the same, wherever they stand.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    /// The node itself, without brackets around it.
    pub(super) span: Range<usize>,
    /// With all brackets around it.
    pub(super) outer: Range<usize>,
    /// 1 for a leaf.
    pub(super) height: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    /// `b"…"`, its escapes read as in a text.
    Bytes(String),
    List(Vec<Expr>),
    Name(String),
    Select(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Call(Option<Box<Expr>>, Function, Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// The name of a called function. Equal by name.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Compare(Comparison),
    In,
    Calculate(Arithmetic),
}

impl Expr {
    pub(super) fn new(kind: Kind, span: Range<usize>) -> Self {
        let mut below = 0;
        kind.children(&mut |child| below = below.max(child.height));
        Self { kind, outer: span.clone(), span, height: below + 1 }
    }

    /// How many nodes it has, itself among them.
    pub(super) fn parts(&self) -> usize {
        let mut below = 0;
        self.kind.children(&mut |child| below += child.parts());
        below + 1
    }

    /// The segments of `a.b.c`, if that is what it is.
    pub(super) fn path(&self) -> Option<Vec<&str>> {
        match &self.kind {
            Kind::Select(target, field) => Some([target.path()?, vec![field]].concat()),
            Kind::Name(name) => Some(vec![name]),
            _ => None,
        }
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Kind {
    pub(super) fn children(&self, visit: &mut impl FnMut(&Expr)) {
        match self {
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Uint(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Bytes(_)
            | Self::Name(_) => {}
            Self::List(items) | Self::And(items) | Self::Or(items) => items.iter().for_each(visit),
            Self::Select(one, _) | Self::Not(one) | Self::Negate(one) => visit(one),
            Self::Index(left, right) | Self::Binary(_, left, right) => {
                [left, right].into_iter().for_each(|child| visit(child))
            }
            Self::Call(target, _, arguments) => target.as_deref().into_iter().chain(arguments).for_each(visit),
            Self::If(test, yes, no) => [test, yes, no].into_iter().for_each(|child| visit(child)),
        }
    }
}

impl Operator {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Compare(by) => by.name(),
            Self::In => "in",
            Self::Calculate(by) => by.name(),
        }
    }

    /// How tightly it binds.
    pub(super) const fn level(self) -> Level {
        match self {
            Self::Compare(_) | Self::In => Level::Relation,
            Self::Calculate(Arithmetic::Add | Arithmetic::Subtract) => Level::Sum,
            Self::Calculate(_) => Level::Product,
        }
    }
}

/// The levels of CEL's grammar, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Choice,
    Or,
    And,
    Relation,
    Sum,
    Product,
    Unary,
    Member,
}
