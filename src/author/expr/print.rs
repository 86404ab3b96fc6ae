//! A tree as text that parses to the same tree.
//!
//! Takes nodes, gives CEL with as few brackets as the grammar needs. It keeps no spacing and no comments of the author.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Expr, Kind, Level};
use super::lex;
use super::text::quote;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        print(self, Level::Choice, f)
    }
}

/// A name after a dot, in backticks if it is no plain identifier.
pub(super) fn selector(name: &str) -> String {
    if lex::is_identifier(name) && !lex::KEYWORDS.contains(&name) { name.into() } else { format!("`{name}`") }
}

/// Prints a node where at least `least` is asked for, in brackets if it binds more loosely.
fn print(expr: &Expr, least: Level, f: &mut Formatter<'_>) -> fmt::Result {
    if level(&expr.kind) < least {
        f.write_char('(')?;
        bare(expr, f)?;
        f.write_char(')')
    } else {
        bare(expr, f)
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

fn bare(expr: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    match &expr.kind {
        Kind::Null => f.write_str("null"),
        Kind::Bool(value) => write!(f, "{value}"),
        Kind::Int(number) => write!(f, "{number}"),
        Kind::Uint(number) => write!(f, "{number}u"),
        Kind::Double(number) => write!(f, "{number:?}"),
        Kind::Text(text) => f.write_str(&quote(text)),
        Kind::Bytes(text) => write!(f, "b{}", quote(text)),
        Kind::Name(name) => f.write_str(name),
        Kind::List(items) => {
            f.write_char('[')?;
            separated(items, ", ", Level::Choice, f)?;
            f.write_char(']')
        }
        Kind::Select(target, field) => {
            print(target, Level::Member, f)?;
            write!(f, ".{}", selector(field))
        }
        Kind::Index(target, index) => {
            print(target, Level::Member, f)?;
            write!(f, "[{index}]")
        }
        Kind::Call(target, function, arguments) => {
            if let Some(target) = target {
                print(target, Level::Member, f)?;
                f.write_char('.')?;
            }
            write!(f, "{}(", function.name)?;
            separated(arguments, ", ", Level::Choice, f)?;
            f.write_char(')')
        }
        Kind::Not(operand) => {
            f.write_char('!')?;
            print(operand, if matches!(operand.kind, Kind::Not(_)) { Level::Unary } else { Level::Member }, f)
        }
        Kind::Negate(operand) => {
            // Brackets always: `-1` is a literal, `-(1)` the negation of one.
            write!(f, "-({operand})")
        }
        Kind::Binary(operator, left, right) => {
            print(left, operator.level(), f)?;
            write!(f, " {} ", operator.symbol())?;
            print(right, tighter(operator.level()), f)
        }
        Kind::And(operands) => separated(operands, " && ", Level::Relation, f),
        Kind::Or(operands) => separated(operands, " || ", Level::And, f),
        Kind::If(condition, yes, no) => {
            print(condition, Level::Or, f)?;
            f.write_str(" ? ")?;
            print(yes, Level::Or, f)?;
            f.write_str(" : ")?;
            print(no, Level::Choice, f)
        }
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

fn separated(items: &[Expr], separator: &str, least: Level, f: &mut Formatter<'_>) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            f.write_str(separator)?;
        }
        print(item, least, f)?;
    }
    Ok(())
}
