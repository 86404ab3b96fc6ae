//! What rows ask for: attributes, the time, or nothing at all.
//!
//! Takes checked rows, follows their audiences. It never looks at a visit.

use std::collections::BTreeSet;

use selvedge::author::expr::{Condition, Term};
use selvedge::author::site::{Row, Rows, Site};

use super::fed::place;
use super::logic::{Truth, and, exactly_one, not, or};

/// The attributes that rows mention, through audiences too. A fact of a feed tells what its key is, so the key is one of them.
pub(crate) fn mentioned(site: &Site, rows: &[&Rows]) -> BTreeSet<usize> {
    let mut mentioned = seen(site, rows).attributes;
    let keys = mentioned.iter().filter_map(|at| place(&site.attributes[*at])?.key).map(usize::from);
    mentioned.extend(keys.collect::<Vec<_>>());
    mentioned
}

/// Whether rows ask for the time, through audiences too.
pub(crate) fn asks_time(site: &Site, rows: &[&Rows]) -> bool {
    seen(site, rows).time
}

fn seen<'s>(site: &'s Site, rows: &[&Rows]) -> Seen<'s> {
    let mut seen = Seen { site, attributes: BTreeSet::new(), audiences: BTreeSet::new(), time: false };
    rows.iter().for_each(|rows| seen.rows(rows));
    seen
}

/// What rows come to that ask nothing of the visit and not the time either; `None` where they ask something.
pub(crate) fn settled(site: &Site, rows: &Rows) -> Truth {
    let each =
        |rows: &[Row]| -> Vec<Truth> { rows.iter().map(|row| settled_condition(site, &row.condition)).collect() };
    let any = if rows.any.is_empty() { Some(true) } else { or(each(&rows.any)) };
    and([and(each(&rows.all)), any, not(or(each(&rows.none)))])
}

fn settled_condition(site: &Site, condition: &Condition) -> Truth {
    let one = |condition: &Condition| settled_condition(site, condition);
    match condition {
        Condition::Const(value) => Some(*value),
        Condition::Audience(audience) => settled(site, &site.audiences[*audience].rows),
        Condition::Not(inner) => not(one(inner)),
        Condition::And(parts) => and(parts.iter().map(one)),
        Condition::Or(parts) => or(parts.iter().map(one)),
        Condition::One(parts) => exactly_one(parts.iter().map(one)),
        Condition::Same(left, right) => Some(one(left)? == one(right)?),
        Condition::If(test, yes, no) => match one(test) {
            Some(true) => one(yes),
            Some(false) => one(no),
            None => None,
        },
        _ => None,
    }
}

struct Seen<'s> {
    site: &'s Site,
    attributes: BTreeSet<usize>,
    audiences: BTreeSet<usize>,
    time: bool,
}

impl Seen<'_> {
    fn rows(&mut self, rows: &Rows) {
        for row in rows.all.iter().chain(&rows.any).chain(&rows.none) {
            self.condition(&row.condition);
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Const(_) => {}
            Condition::Attribute(attribute) | Condition::Has(attribute) => drop(self.attributes.insert(*attribute)),
            Condition::Audience(audience) => {
                if self.audiences.insert(*audience) {
                    let site = self.site;
                    self.rows(&site.audiences[*audience].rows);
                }
            }
            Condition::Compare(_, left, right) | Condition::In(left, right) | Condition::Text(_, left, right) => {
                self.term(left);
                self.term(right);
            }
            Condition::Not(inner) => self.condition(inner),
            Condition::And(parts) | Condition::Or(parts) | Condition::One(parts) => {
                parts.iter().for_each(|part| self.condition(part))
            }
            Condition::If(test, yes, no) => [test, yes, no].into_iter().for_each(|part| self.condition(part)),
            Condition::Same(left, right) => [left, right].into_iter().for_each(|part| self.condition(part)),
            Condition::Each(_, list, body) => {
                self.term(list);
                self.condition(body);
            }
            Condition::Form(_, of) | Condition::Within(of, _) => self.term(of),
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Attribute(attribute) => drop(self.attributes.insert(*attribute)),
            Term::Now => self.time = true,
            Term::Literal(_) | Term::List(_) | Term::Item(_) => {}
            Term::Size(of) | Term::Unary(_, of) | Term::Cased(_, of) | Term::Part(_, _, of) => self.term(of),
            Term::Arithmetic(_, left, right) => {
                self.term(left);
                self.term(right);
            }
            Term::If(test, yes, no) => {
                self.condition(test);
                self.term(yes);
                self.term(no);
            }
        }
    }
}
