//! Comparisons that the range of a number decides.
//!
//! Takes a comparison with a constant, gives a warning where every value answers alike. It refuses nothing.

use super::{CONSTANT, Checker, Comparison, Condition, Expr, Finding, Kind, Literal, Part, Term, error, fold};

impl Checker<'_, '_> {
    /// Warns where the range of a number, declared or that of a part of a time, decides a comparison.
    pub(super) fn within_range(&mut self, condition: &Condition, whole: &Expr) {
        if let Some(finding) = self.beyond(condition, whole) {
            self.report(finding);
        }
    }

    /// The same for every constant of a list that something is looked for in.
    pub(super) fn items_within_range(&mut self, item: &Expr, found: &Term, list: &Expr, constants: &Term) {
        let (Kind::List(items), Term::List(constants)) = (&list.kind, constants) else { return };
        for (written, constant) in items.iter().zip(constants) {
            let equal = Condition::Compare(Comparison::Equal, found.clone(), Term::Literal(constant.clone()));
            if let Some(finding) = self.beyond(&equal, written) {
                let what = format!("`{}` never equals this", self.short(item));
                self.report(Finding { what, ..finding });
            }
        }
    }

    /// Warns of two neighbours that no number meets, as in `hour >= 22 && hour < 6`.
    pub(super) fn apart(&mut self, whole: &Expr, operands: &[Expr], conditions: &[Condition]) {
        for (pair, written) in conditions.windows(2).zip(operands.windows(2)) {
            let ([one, other], [first, second]) = (pair, written) else { continue };
            let (Some((term, low, high)), Some((same, least, most))) = (bounds(one), bounds(other)) else { continue };
            let (low, high) = (low.max(least), high.min(most));
            if term != same || low <= high {
                continue;
            }
            let span = first.outer.start..second.outer.end;
            let what = format!("no number is both `{}` and `{}`", self.short(first), self.short(second));
            let either = format!("{} || {}", self.slice(&first.outer), self.slice(&second.outer));
            let is_all = operands.len() == 2 && !self.brackets_at(whole);
            let mended = if is_all { either } else { format!("({either})") };
            let finding = error(CONSTANT, &span, what).warning().why("it is true for nobody");
            self.report(finding.help("write `||` if one of them is enough, or correct a number").mended(mended));
        }
    }

    fn beyond(&self, condition: &Condition, whole: &Expr) -> Option<Finding> {
        let Condition::Compare(by, number, Term::Literal(constant)) = condition else { return None };
        if let Term::Part(part, _, of) = number {
            return beyond_part(*by, *part, of, constant, whole);
        }
        let Term::Attribute(position) = number else { return None };
        let attribute = self.scope.attributes.get(*position)?;
        let (least, most) = attribute.range?;
        let value = decided(*by, (least, most), constant)?;
        let what = format!("this is {value} for every value of `{}`", attribute.name);
        let range = format!("its range is {least} to {most}, and a value outside is unknown");
        Some(error(CONSTANT, &whole.span, what).warning().why(range).help("correct the number, or the range"))
    }
}

/// The result of a comparison that is the same for every number between two ends.
fn decided(by: Comparison, (least, most): (f64, f64), constant: &Literal) -> Option<bool> {
    let compared =
        |by, bound| fold::compare(by, Term::Literal(Literal::Double(bound)), Term::Literal(constant.clone()));
    let at = |bound: f64| compared(by, bound);
    let is = |by, bound: f64| compared(by, bound) == Condition::Const(true);
    // Both ends on the same side of the constant: so is everything between them.
    let decided = if matches!(by, Comparison::Equal | Comparison::NotEqual) {
        is(Comparison::Greater, least) || is(Comparison::Less, most)
    } else {
        at(least) == at(most)
    };
    decided.then(|| at(least) == Condition::Const(true))
}

/// The numbers for which a comparison with a constant holds, both ends included, next to the open end where it is one.
fn bounds(condition: &Condition) -> Option<(&Term, f64, f64)> {
    let Condition::Compare(by, left, right) = condition else { return None };
    let number = |term: &Term| match term {
        Term::Literal(Literal::Int(number)) => Some(*number as f64),
        Term::Literal(Literal::Double(number)) => Some(*number),
        _ => None,
    };
    let (term, by, number) = match (number(left), number(right)) {
        (None, Some(number)) => (left, *by, number),
        (Some(number), None) => (right, by.mirrored(), number),
        _ => return None,
    };
    Some(match by {
        Comparison::Less => (term, f64::NEG_INFINITY, number.next_down()),
        Comparison::LessOrEqual => (term, f64::NEG_INFINITY, number),
        Comparison::Greater => (term, number.next_up(), f64::INFINITY),
        Comparison::GreaterOrEqual => (term, number, f64::INFINITY),
        Comparison::Equal | Comparison::NotEqual => return None,
    })
}

/// `now.getMonth() == 12`: CEL counts from 0 where people do not.
fn beyond_part(by: Comparison, part: Part, of: &Term, constant: &Literal, whole: &Expr) -> Option<Finding> {
    let (most, counts) = match part {
        Part::Month => (11.0, "months count from 0 (January) to 11"),
        Part::DayOfWeek => (6.0, "days of the week count from 0 (Sunday) to 6"),
        Part::DayOfMonth => (30.0, "getDayOfMonth() counts from 0 to 30, and getDate() from 1 to 31"),
        Part::Date => (31.0, "getDate() counts from 1 to 31"),
        Part::DayOfYear => (365.0, "days of the year count from 0 to 365"),
        // For a duration they are totals.
        Part::Hours if is_time(of) => (23.0, "hours count from 0 to 23"),
        Part::Minutes | Part::Seconds if is_time(of) => (59.0, "minutes and seconds count from 0 to 59"),
        _ => return None,
    };
    let least = if part == Part::Date { 1.0 } else { 0.0 };
    let value = decided(by, (least, most), constant)?;
    let what = format!("this is always {value}");
    Some(error(CONSTANT, &whole.span, what).warning().why(counts).help("correct the number"))
}

/// True if a term whose parts are asked is a timestamp where that can be seen: the rest may be durations.
fn is_time(of: &Term) -> bool {
    match of {
        Term::Now | Term::Attribute(_) | Term::Literal(Literal::Timestamp(_)) => true,
        Term::If(_, yes, no) => is_time(yes) && is_time(no),
        _ => false,
    }
}
