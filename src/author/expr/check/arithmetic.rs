//! Arithmetic, which this profile has for constants' signs only.

use super::super::Term;
use super::super::ast::{Expr, Kind, Operator};
use super::super::finding::{Finding, REFUSED, SYNTAX, TYPE_MISMATCH};
use super::super::print::quote;
use super::Checker;
use super::types::{Checked, Type};
use crate::author::site::Literal;

impl Checker<'_, '_> {
    /// A negated constant is a constant; everything else is refused.
    pub(super) fn arithmetic(&mut self, expr: &Expr) -> Option<Checked> {
        if let Kind::Negate(operand) = &expr.kind {
            match negated(operand) {
                Some(Ok(Literal::Int(number))) => {
                    return Some(Checked::Value(Term::Literal(Literal::Int(number)), Type::Int));
                }
                Some(Ok(number)) => return Some(Checked::Value(Term::Literal(number), Type::Double)),
                Some(Err(())) => return self.fail(Finding::error(SYNTAX, &expr.span, "this number is too large")),
                None => {}
            }
            if matches!(operand.kind, Kind::Text(_) | Kind::Bool(_) | Kind::List(_)) {
                let finding = Finding::error(TYPE_MISMATCH, &expr.span, "`-` stands before numbers only");
                return self.fail(finding.help("a condition is negated with `!`"));
            }
        }
        if let Some(finding) = self.hyphenated(expr) {
            return self.fail(finding);
        }
        let finding = Finding::error(REFUSED, &expr.span, "this profile of CEL has no arithmetic");
        self.fail(match constant(expr) {
            Some(Literal::Int(number)) => finding.help("write the result").mended(number.to_string()),
            Some(Literal::Text(text)) => finding.help("write the whole text").mended(quote(&text)),
            _ => finding.help("compare the attribute itself, or declare an attribute that holds the result"),
        })
    }
}

/// The negation of a constant; an error if it does not fit.
fn negated(operand: &Expr) -> Option<Result<Literal, ()>> {
    match &operand.kind {
        Kind::Int(number) => Some(number.checked_neg().map(Literal::Int).ok_or(())),
        Kind::Double(number) => Some(Ok(Literal::Double(-number))),
        Kind::Negate(inner) => match negated(inner)? {
            Ok(Literal::Int(number)) => Some(number.checked_neg().map(Literal::Int).ok_or(())),
            Ok(Literal::Double(number)) => Some(Ok(Literal::Double(-number))),
            other => Some(other),
        },
        _ => None,
    }
}

/// What an expression of constants comes to, for the mended text.
fn constant(expr: &Expr) -> Option<Literal> {
    match &expr.kind {
        Kind::Int(number) => Some(Literal::Int(*number)),
        Kind::Text(text) => Some(Literal::Text(text.clone())),
        Kind::Binary(operator, left, right) => match (constant(left)?, constant(right)?) {
            (Literal::Int(one), Literal::Int(other)) => match operator {
                Operator::Add => one.checked_add(other),
                Operator::Subtract => one.checked_sub(other),
                Operator::Multiply => one.checked_mul(other),
                Operator::Divide => one.checked_div(other),
                Operator::Modulo => one.checked_rem(other),
                _ => None,
            }
            .map(Literal::Int),
            (Literal::Text(one), Literal::Text(other)) if *operator == Operator::Add => {
                Some(Literal::Text(one + &other))
            }
            _ => None,
        },
        _ => None,
    }
}
