//! `+ - * / %` and the sign, of numbers, times and durations.
//!
//! CEL has no arithmetic of an int with a double, and this profile has none of texts. This file reports both, with the fixed
//! text.

use super::super::fold::{Folded, Trouble};
use super::{
    Arithmetic, Checked, Checker, Expr, Finding, Kind, Literal, Operator, REFUSED, SYNTAX, TYPE_MISMATCH, Term, Type,
    Unary, error, fold, quote,
};

impl Checker<'_, '_> {
    /// `-x`
    pub(super) fn negation(&mut self, whole: &Expr, operand: &Expr) -> Option<Checked> {
        match negated(operand) {
            Some(Ok(literal)) => return Some(Checked::constant(literal)),
            Some(Err(())) => return self.fail(error(SYNTAX, &whole.span, "this number is too large")),
            None => {}
        }
        match self.relation(whole, |it| it.inside("arithmetic", |it| it.value(operand)))? {
            Checked::Value(_, Type::Duration) => {
                let finding = error(REFUSED, &whole.span, "CEL negates numbers only");
                let mended = format!("(duration(\"0s\") - {})", self.slice(&operand.outer));
                self.fail(finding.help("remove the `-`").mended(mended))
            }
            Checked::Value(term, of @ (Type::Int | Type::Double)) => {
                self.guard_term(&term, whole);
                self.settled(whole, fold::term(Term::Unary(Unary::Negate, Box::new(term))), of)
            }
            other => {
                let what = format!("`-` stands before numbers, and `{}` is {}", self.short(operand), other.noun());
                let is_condition = matches!(other, Checked::Condition(_));
                let help = if is_condition { "a condition is negated with `!`" } else { "remove the sign" };
                self.wrong(TYPE_MISMATCH, &whole.span, what, help)
            }
        }
    }

    /// `x + y` and its kin.
    pub(super) fn arithmetic(&mut self, by: Arithmetic, whole: &Expr, left: &Expr, right: &Expr) -> Option<Checked> {
        if let Some(finding) = self.hyphenated(whole) {
            return self.fail(finding);
        }
        if let Some(text) = joined(whole) {
            return self.fail(no_texts(whole).help("write the whole text").mended(quote(&text)));
        }
        let (one, other) = self.relation(whole, |it| it.inside("arithmetic", |it| (it.value(left), it.value(right))));
        match (one?, other?) {
            (Checked::Value(one, one_type), Checked::Value(other, other_type))
                if result(by, &one_type, &other_type).is_some() =>
            {
                self.guard_term(&one, whole);
                self.guard_term(&other, whole);
                let of = result(by, &one_type, &other_type)?;
                let (term, trouble) = fold::term(Term::Arithmetic(by, Box::new(one), Box::new(other)));
                let by_zero = fold::divides_by_zero(&term).then_some(Trouble::DivisionByZero);
                self.settled(whole, (term, by_zero.or(trouble)), of)
            }
            (one, other) => self.fail(self.no_result(by, whole, (left, &one), (right, &other))),
        }
    }

    /// A value, unless it is a constant that CEL calls an error.
    pub(super) fn settled(&mut self, whole: &Expr, (term, trouble): Folded, of: Type) -> Option<Checked> {
        let Some(trouble) = trouble else { return Some(Checked::Value(term, of)) };
        let is = match trouble {
            Trouble::DivisionByZero => "divides by zero",
            Trouble::Overflow => "is out of range",
            Trouble::NotFinite => "is not a finite number",
        };
        let finding = error(TYPE_MISMATCH, &whole.span, format!("`{}` {is}", self.short(whole)));
        let finding = match (trouble, of) {
            (Trouble::Overflow, Type::Int) => finding.why(format!("ints reach from {} to {}", i64::MIN, i64::MAX)),
            (Trouble::Overflow, Type::Timestamp) => finding.why("timestamps reach from the year 1 to the year 9999"),
            (Trouble::Overflow, Type::Duration) => finding.why("durations reach 292 years either way"),
            _ => finding,
        };
        self.fail(finding.help("correct the constant: it has no value for any visitor"))
    }

    fn no_result(&self, by: Arithmetic, whole: &Expr, left: (&Expr, &Checked), right: (&Expr, &Checked)) -> Finding {
        let symbol = by.name();
        let (Some(one), Some(other)) = (left.1.of(), right.1.of()) else {
            let what = format!("`{symbol}` joins {} and {}", left.1.noun(), right.1.noun());
            return error(TYPE_MISMATCH, &whole.span, what).help("join conditions with `&&` or `||`");
        };
        match (one, other) {
            (Type::Int, Type::Double) | (Type::Double, Type::Int) if by == Arithmetic::Modulo => {
                let double = if one == Type::Double { left.0 } else { right.0 };
                let whole_number = match &double.kind {
                    Kind::Double(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
                    _ => format!("int({})", self.slice(&double.span)),
                };
                error(TYPE_MISMATCH, &double.outer, "`%` divides ints only")
                    .help("write it as an int")
                    .mended(whole_number)
            }
            (Type::Int, Type::Double) | (Type::Double, Type::Int) => self.mixed(whole, left, right),
            (Type::Double, Type::Double) => {
                error(TYPE_MISMATCH, &whole.span, "`%` divides ints only").help("convert the doubles with int() first")
            }
            (Type::Text(_), Type::Text(_)) if by == Arithmetic::Add => {
                no_texts(whole).help("compare the texts one by one, or use startsWith and endsWith")
            }
            (Type::List(_), Type::List(_)) if by == Arithmetic::Add => {
                error(REFUSED, &whole.span, "this profile of CEL joins no lists")
                    .why("a row compares values as they are, so that its cost is known")
                    .help("test both lists, as in `x in one || x in other`")
            }
            (Type::Timestamp | Type::Duration, _) | (_, Type::Timestamp | Type::Duration) => {
                self.no_time(by, whole, (left.0, &one), (right.0, &other))
            }
            _ => {
                let what = format!("`{symbol}` takes numbers, not {} and {}", one.noun(), other.noun());
                error(TYPE_MISMATCH, &whole.span, what).help("calculate with values of one type")
            }
        }
    }

    /// `x + 1.5` where x is an int.
    fn mixed(&self, whole: &Expr, left: (&Expr, &Checked), right: (&Expr, &Checked)) -> Finding {
        let (int, double) = if left.1.of() == Some(Type::Int) { (left.0, right.0) } else { (right.0, left.0) };
        let what = format!("`{}` is an int, and `{}` is a double", self.short(int), self.short(double));
        let mended = match &int.kind {
            Kind::Int(number) => format!("{number}.0"),
            _ => format!("double({})", self.slice(&int.span)),
        };
        let written = self.short(whole);
        let why = format!("CEL calculates with two ints or two doubles, never with one of each, as in `{written}`");
        error(TYPE_MISMATCH, &int.outer, what).why(why).help("write both as doubles").mended(mended)
    }
}

/// The type of the result, where CEL has the operation.
const fn result(by: Arithmetic, one: &Type, other: &Type) -> Option<Type> {
    use Type::{Double, Duration, Int, Timestamp};
    match (by, one, other) {
        (_, Int, Int) => Some(Int),
        (Arithmetic::Modulo, Double, Double) => None,
        (_, Double, Double) => Some(Double),
        (Arithmetic::Subtract, Timestamp, Timestamp) | (Arithmetic::Add | Arithmetic::Subtract, Duration, Duration) => {
            Some(Duration)
        }
        (Arithmetic::Add | Arithmetic::Subtract, Timestamp, Duration) | (Arithmetic::Add, Duration, Timestamp) => {
            Some(Timestamp)
        }
        _ => None,
    }
}

/// The negation of a number as written; an error if it does not fit.
fn negated(operand: &Expr) -> Option<Result<Literal, ()>> {
    match &operand.kind {
        Kind::Int(number) => Some(number.checked_neg().map(Literal::Int).ok_or(())),
        Kind::Double(number) => Some(Ok(Literal::Double(-number))),
        Kind::Negate(inner) => Some(negated(inner)?.and_then(|number| match number {
            Literal::Int(number) => number.checked_neg().map(Literal::Int).ok_or(()),
            Literal::Double(number) => Ok(Literal::Double(-number)),
            other => Ok(other),
        })),
        _ => None,
    }
}

fn no_texts(whole: &Expr) -> Finding {
    error(REFUSED, &whole.span, "this profile of CEL joins no texts")
        .why("a row compares values as they are, so that its cost is known")
}

/// The result of a sum of texts, for the fixed text.
fn joined(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Binary(Operator::Calculate(Arithmetic::Add), left, right) => Some(joined(left)? + &joined(right)?),
        _ => None,
    }
}
