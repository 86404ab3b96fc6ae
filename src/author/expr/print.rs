//! A tree as text that parses to the same tree.
//!
//! Takes nodes, gives CEL with as few brackets as the grammar needs. It keeps no spacing and no comments of the author.

use std::fmt::{self, Display, Formatter};

use super::ast::{Expr, Kind, Level};
use super::lex;
use super::text::quote;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        At(Level::Choice, self).fmt(f)
    }
}

/// A name after a dot, in backticks if it is no plain identifier.
pub(super) fn selector(name: &str) -> String {
    if lex::is_identifier(name) && !lex::KEYWORDS.contains(&name) { name.into() } else { format!("`{name}`") }
}

/// A node where at least this level is asked for: in brackets if it binds more loosely.
struct At<'e>(Level, &'e Expr);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(least, expr) = self;
        if level(&expr.kind) < *least {
            return write!(f, "({expr})");
        }
        match &expr.kind {
            Kind::Null => f.write_str("null"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Int(number) => write!(f, "{number}"),
            Kind::Uint(number) => write!(f, "{number}u"),
            Kind::Double(number) => write!(f, "{number:?}"),
            Kind::Text(text) => f.write_str(&quote(text)),
            Kind::Bytes(text) => write!(f, "b{}", quote(text)),
            Kind::Name(name) => f.write_str(name),
            Kind::List(items) => write!(f, "[{}]", joined(items, ", ", Level::Choice)),
            Kind::Select(target, field) => write!(f, "{}.{}", At(Level::Member, target), selector(field)),
            Kind::Index(target, index) => write!(f, "{}[{index}]", At(Level::Member, target)),
            Kind::Call(target, function, arguments) => {
                if let Some(target) = target {
                    write!(f, "{}.", At(Level::Member, target))?;
                }
                write!(f, "{}({})", function.name, joined(arguments, ", ", Level::Choice))
            }
            Kind::Not(operand) => {
                let least = if matches!(operand.kind, Kind::Not(_)) { Level::Unary } else { Level::Member };
                write!(f, "!{}", At(least, operand))
            }
            // Brackets always: `-1` is a literal, `-(1)` the negation of one.
            Kind::Negate(operand) => write!(f, "-({operand})"),
            Kind::Binary(operator, left, right) => {
                let (left, right) = (At(operator.level(), left), At(tighter(operator.level()), right));
                write!(f, "{left} {} {right}", operator.symbol())
            }
            Kind::And(operands) => f.write_str(&joined(operands, " && ", Level::Relation)),
            Kind::Or(operands) => f.write_str(&joined(operands, " || ", Level::And)),
            Kind::If(test, yes, no) => {
                write!(f, "{} ? {} : {}", At(Level::Or, test), At(Level::Or, yes), At(Level::Choice, no))
            }
        }
    }
}

fn level(kind: &Kind) -> Level {
    match kind {
        Kind::If(..) => Level::Choice,
        Kind::Or(_) => Level::Or,
        Kind::And(_) => Level::And,
        Kind::Binary(operator, ..) => operator.level(),
        Kind::Not(_) | Kind::Negate(_) => Level::Unary,
        Kind::Int(number) if *number < 0 => Level::Unary,
        Kind::Double(number) if number.is_sign_negative() => Level::Unary,
        _ => Level::Member,
    }
}

/// The operators of these levels associate to the left: the right operand binds more tightly.
const fn tighter(level: Level) -> Level {
    match level {
        Level::Relation => Level::Sum,
        Level::Sum => Level::Product,
        _ => Level::Unary,
    }
}

fn joined(items: &[Expr], separator: &str, least: Level) -> String {
    items.iter().map(|item| At(least, item).to_string()).collect::<Vec<_>>().join(separator)
}
