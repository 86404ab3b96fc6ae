//! Times in plain words: "last order is more than 30 days ago".

use super::super::times::UNITS;
use super::super::{Arithmetic, Comparison, Term};
use super::Words;
use crate::author::expr::Literal;

impl Words<'_> {
    /// A comparison of a time with a time around now, however it is written.
    pub(super) fn moment(&self, by: Comparison, left: &Term, right: &Term) -> Option<String> {
        let (what, by, distance) = match (from_now(left), from_now(right)) {
            (None, Some(distance)) if self.is_time(left) => (left, by, distance),
            (Some(distance), None) if self.is_time(right) => (right, by.mirrored(), distance),
            _ => self.age(by, left, right)?,
        };
        let what = self.term(what);
        // Earlier than 30 days before now is more than 30 days ago.
        let (earlier, ms) = (distance <= 0, distance.abs());
        let direction = if earlier { "ago" } else { "from now" };
        if ms == 0 {
            let [.., verb] = super::verbs(by);
            return Some(format!("{what} {verb} now"));
        }
        let words = match (by, earlier) {
            (Comparison::Equal, _) => return Some(format!("{what} is exactly {} {direction}", length(ms))),
            (Comparison::NotEqual, _) => return Some(format!("{what} is not exactly {} {direction}", length(ms))),
            (Comparison::Less, true) | (Comparison::Greater, false) => "more than",
            (Comparison::LessOrEqual, true) | (Comparison::GreaterOrEqual, false) => "at least",
            (Comparison::Greater, true) | (Comparison::Less, false) => "less than",
            (Comparison::GreaterOrEqual, true) | (Comparison::LessOrEqual, false) => "at most",
        };
        Some(format!("{what} is {words} {} {direction}", length(ms)))
    }

    /// `now - time > duration` and `time - now > duration`, as the time, its order and its distance from now.
    fn age<'t>(&self, by: Comparison, left: &'t Term, right: &Term) -> Option<(&'t Term, Comparison, i64)> {
        let (Term::Arithmetic(Arithmetic::Subtract, from, to), Term::Literal(Literal::Duration(ms))) = (left, right)
        else {
            return None;
        };
        match (&**from, &**to) {
            (Term::Now, time) if self.is_time(time) && *time != Term::Now => Some((time, by.mirrored(), -ms)),
            (time, Term::Now) if self.is_time(time) => Some((time, by, *ms)),
            _ => None,
        }
    }
}

/// How far a term is from now, if it is written as such.
fn from_now(term: &Term) -> Option<i64> {
    match term {
        Term::Now => Some(0),
        Term::Arithmetic(by, left, right) => match (by, &**left, &**right) {
            (Arithmetic::Add, Term::Now, Term::Literal(Literal::Duration(ms)))
            | (Arithmetic::Add, Term::Literal(Literal::Duration(ms)), Term::Now) => Some(*ms),
            (Arithmetic::Subtract, Term::Now, Term::Literal(Literal::Duration(ms))) => Some(-ms),
            _ => None,
        },
        _ => None,
    }
}

/// A length of time in the units that people use: "30 days", "1 hour 30 minutes".
pub(super) fn length(ms: i64) -> String {
    let mut left = ms.unsigned_abs();
    let mut parts = Vec::new();
    for (name, _, size) in UNITS.iter().skip_while(|(name, ..)| *name == "week") {
        let count = left / size.unsigned_abs();
        left %= size.unsigned_abs();
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    let length = if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") };
    if ms < 0 { format!("minus {length}") } else { length }
}
