//! The static types of the profile, and their names in messages.

use super::{Checker, Condition, Expr, Finding, Literal, Scope, TYPE_MISMATCH, Term, error, fold};
use crate::words::ValueType;

/// The result of checking a node.
#[derive(Clone, Debug)]
pub(super) enum Checked {
    /// True or false.
    Condition(Condition),
    /// Anything else.
    Value(Term, Type),
}

impl Checked {
    /// A constant of a kind that nothing else has.
    pub(super) fn constant(literal: Literal) -> Self {
        let of = match &literal {
            Literal::Bool(value) => return Self::Condition(Condition::Const(*value)),
            Literal::Int(_) => Type::Int,
            Literal::Double(_) => Type::Double,
            Literal::Text(_) => Type::Text(None),
            Literal::Timestamp(_) => Type::Timestamp,
            Literal::Duration(_) => Type::Duration,
            Literal::List(_) => Type::List(Items::Text(None)),
        };
        Self::Value(Term::Literal(literal), of)
    }

    /// A condition in its simplest form.
    pub(super) fn folded(condition: Condition) -> Self {
        Self::Condition(fold::condition(condition))
    }

    /// The type of a value; a condition has none.
    pub(super) const fn of(&self) -> Option<Type> {
        match self {
            Self::Condition(_) => None,
            Self::Value(_, of) => Some(*of),
        }
    }

    pub(super) fn noun(&self) -> &'static str {
        self.of().map_or("a bool", Type::noun)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Type {
    Int,
    Double,
    /// With the attribute whose closed set the text is from.
    Text(Option<usize>),
    Timestamp,
    Duration,
    /// A semantic version.
    Version,
    /// An IP address.
    Ip,
    List(Items),
}

impl Type {
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Int => "an int",
            Self::Double => "a double",
            Self::Text(None) => "a string",
            Self::Text(Some(_)) => "a symbol",
            Self::Timestamp => "a timestamp",
            Self::Duration => "a duration",
            Self::Version => "a version",
            Self::Ip => "an IP address",
            Self::List(_) => "a list",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Items {
    /// An empty list.
    Any,
    Bool,
    Int,
    Double,
    /// Ints and doubles.
    Number,
    Timestamp,
    Duration,
    /// With the attribute whose closed set the items are from.
    Text(Option<usize>),
}

impl Items {
    /// The type of one item; an item that is a bool is a condition and has none.
    pub(super) const fn one(self) -> Option<Type> {
        match self {
            Self::Any | Self::Bool | Self::Number => None,
            Self::Int => Some(Type::Int),
            Self::Double => Some(Type::Double),
            Self::Timestamp => Some(Type::Timestamp),
            Self::Duration => Some(Type::Duration),
            Self::Text(set) => Some(Type::Text(set)),
        }
    }

    /// The item type of a list with items of both types, if there may be one.
    pub(super) fn with(self, other: Self) -> Option<Self> {
        use Items::{Double, Int, Number};
        match (self, other) {
            (Self::Any, one) | (one, Self::Any) => Some(one),
            (Int | Double | Number, Int | Double | Number) => Some(if self == other { self } else { Number }),
            _ => (self == other).then_some(self),
        }
    }
}

/// The type of a choice between two values. CEL has no common type of int and double.
pub(super) fn join(scope: &Scope<'_>, one: &Type, other: &Type) -> Option<Type> {
    let set = |one: Option<usize>, other: Option<usize>| {
        let values = |set: Option<usize>| set.and_then(|set| scope.attributes.get(set)).map(|set| &set.values);
        if values(one) == values(other) { one } else { None }
    };
    match (one, other) {
        (Type::Text(one), Type::Text(other)) => Some(Type::Text(set(*one, *other))),
        (Type::List(Items::Text(one)), Type::List(Items::Text(other))) => {
            Some(Type::List(Items::Text(set(*one, *other))))
        }
        (Type::List(one), Type::List(other)) => one.with(*other).map(Type::List),
        _ => (one == other).then_some(*one),
    }
}

impl Checker<'_, '_> {
    /// An attribute as an operand.
    pub(super) fn attribute(&self, position: usize) -> Option<Checked> {
        let attribute = self.scope.attributes.get(position)?;
        let of = match attribute.value_type {
            ValueType::Bool => return Some(Checked::Condition(Condition::Attribute(position))),
            ValueType::Int => Type::Int,
            ValueType::Double => Type::Double,
            ValueType::String => Type::Text(None),
            ValueType::Symbol => Type::Text(Some(position)),
            ValueType::Timestamp => Type::Timestamp,
            ValueType::List => Type::List(Items::Text((!attribute.values.is_empty()).then_some(position))),
        };
        Some(Checked::Value(Term::Attribute(position), of))
    }

    /// The closed set of an attribute.
    pub(super) fn values(&self, attribute: usize) -> &[String] {
        self.scope.attributes.get(attribute).map_or(&[], |attribute| &attribute.values)
    }

    /// An operand whose type does not fit, and the other side.
    pub(super) fn unfit(&self, operand: &Expr, found: &Checked, says: &str) -> Finding {
        let what = format!("`{}` is {}{says}", self.short(operand), found.noun());
        error(TYPE_MISMATCH, &operand.span, what)
    }

    pub(super) fn slice(&self, span: &std::ops::Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// A node as written, cut where a message would become unreadable.
    pub(super) fn short(&self, expr: &Expr) -> String {
        const CHARACTERS_MAX: usize = 60;
        let written = self.slice(&expr.span);
        match written.char_indices().nth(CHARACTERS_MAX) {
            Some((end, _)) => format!("{}…", &written[..end]),
            None => written.to_owned(),
        }
    }
}
