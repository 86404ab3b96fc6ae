//! Conditions as the design defines them: CEL's meaning in strong Kleene logic, one case after the other.
//!
//! Takes checked conditions and what is known of each attribute, gives true, false or unknown. It never looks at a compiled
//! program.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use selvedge::author::expr::{Comparison, Condition, Term, TextTest};
use selvedge::author::site::{Literal, Row, Rows, Site};

/// What is known of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Hidden, too old, of bad quality or not looked up.
    Unknown,
    /// We looked, there is none.
    Absent,
    Known(Literal),
}

/// `None` is unknown.
pub(crate) type Truth = Option<bool>;

/// What a term comes to.
enum Value {
    Unknown,
    Absent,
    One(Literal),
    Many(Vec<Literal>),
}

/// Every attribute as decisions for one purpose see it.
pub(crate) struct World<'s> {
    pub(crate) site: &'s Site,
    pub(crate) states: Vec<State>,
    /// Audiences that were asked before.
    pub(crate) audiences: RefCell<BTreeMap<usize, Truth>>,
}

pub(crate) fn and(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let truths: Vec<Truth> = truths.into_iter().collect();
    if truths.contains(&Some(false)) {
        Some(false)
    } else if truths.contains(&None) {
        None
    } else {
        Some(true)
    }
}

pub(crate) fn or(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(and(truths.into_iter().map(not)))
}

pub(crate) fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

impl World<'_> {
    /// All of `all`, one of `any` if there is one, none of `none`.
    pub(crate) fn rows(&self, rows: &Rows) -> Truth {
        let each = |rows: &[Row]| -> Vec<Truth> { rows.iter().map(|row| self.condition(&row.condition)).collect() };
        let any = if rows.any.is_empty() { Some(true) } else { or(each(&rows.any)) };
        and([and(each(&rows.all)), any, not(or(each(&rows.none)))])
    }

    pub(crate) fn condition(&self, condition: &Condition) -> Truth {
        match condition {
            Condition::Const(value) => Some(*value),
            Condition::Attribute(attribute) => match self.states[*attribute] {
                State::Known(Literal::Bool(value)) => Some(value),
                _ => None,
            },
            Condition::Audience(audience) => self.audience(*audience),
            Condition::Has(attribute) => match self.states[*attribute] {
                State::Unknown => None,
                State::Absent => Some(false),
                State::Known(_) => Some(true),
            },
            Condition::Compare(comparison, left, right) => compare(*comparison, &self.term(left), &self.term(right)),
            Condition::In(item, list) => {
                let list = self.term(list);
                if matches!(&list, Value::Many(items) if items.is_empty()) {
                    // Nothing is in an empty list, whatever it is.
                    return Some(false);
                }
                contains(&self.term(item), &list)
            }
            Condition::Text(test, subject, argument) => match (self.term(subject), self.term(argument)) {
                (Value::One(Literal::Text(subject)), Value::One(Literal::Text(argument))) => Some(match test {
                    TextTest::StartsWith => subject.starts_with(&argument),
                    TextTest::EndsWith => subject.ends_with(&argument),
                    TextTest::Contains => subject.contains(&argument),
                    TextTest::Glob => selvedge::apply::matches(&argument, &subject),
                }),
                _ => None,
            },
            Condition::Not(inner) => not(self.condition(inner)),
            Condition::And(parts) => and(parts.iter().map(|part| self.condition(part))),
            Condition::Or(parts) => or(parts.iter().map(|part| self.condition(part))),
            Condition::If(test, yes, no) => match self.condition(test) {
                Some(true) => self.condition(yes),
                Some(false) => self.condition(no),
                None => None,
            },
            Condition::Same(left, right) => {
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                Some(left == right)
            }
            other => panic!("the model has no {other:?}"),
        }
    }

    fn audience(&self, audience: usize) -> Truth {
        if let Some(truth) = self.audiences.borrow().get(&audience) {
            return *truth;
        }
        let truth = self.rows(&self.site.audiences[audience].rows);
        self.audiences.borrow_mut().insert(audience, truth);
        truth
    }

    fn term(&self, term: &Term) -> Value {
        match term {
            Term::Attribute(attribute) => match &self.states[*attribute] {
                State::Unknown => Value::Unknown,
                State::Absent => Value::Absent,
                State::Known(literal) => Value::One(literal.clone()),
            },
            // A list that is written down has no state of its own.
            Term::Literal(Literal::List(texts)) => Value::Many(texts.iter().cloned().map(Literal::Text).collect()),
            Term::Literal(literal) => Value::One(literal.clone()),
            Term::List(items) => Value::Many(items.clone()),
            Term::Size(of) => match self.term(of) {
                Value::One(Literal::Text(text)) => Value::One(Literal::Int(text.chars().count() as i64)),
                Value::One(Literal::List(items)) => Value::One(Literal::Int(items.len() as i64)),
                Value::Many(items) => Value::One(Literal::Int(items.len() as i64)),
                // The size of what is absent is an error of CEL, and an error is no answer.
                _ => Value::Unknown,
            },
            Term::If(test, yes, no) => match self.condition(test) {
                Some(true) => self.term(yes),
                Some(false) => self.term(no),
                None => Value::Unknown,
            },
            other => panic!("the model has no {other:?}"),
        }
    }
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> Truth {
    let equal = match (left, right) {
        (Value::Unknown, _) | (_, Value::Unknown) => None,
        (Value::Absent, Value::Absent) => Some(true),
        (Value::Absent, _) | (_, Value::Absent) => Some(false),
        (Value::One(left), Value::One(right)) => Some(order(left, right) == Some(Ordering::Equal)),
        (Value::Many(_), _) | (_, Value::Many(_)) => None,
    };
    let ordered = |wanted: fn(Ordering) -> bool| match (left, right) {
        (Value::One(left), Value::One(right)) => order(left, right).map(wanted),
        _ => None,
    };
    match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => not(equal),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

fn contains(item: &Value, list: &Value) -> Truth {
    let items = match list {
        Value::Unknown => return None,
        Value::Absent => Vec::new(),
        Value::Many(items) => items.clone(),
        Value::One(Literal::List(texts)) => texts.iter().cloned().map(Literal::Text).collect(),
        Value::One(_) => return None,
    };
    match item {
        Value::Unknown | Value::Many(_) => None,
        Value::Absent => Some(false),
        Value::One(item) => Some(items.iter().any(|other| order(item, other) == Some(Ordering::Equal))),
    }
}

/// Numbers by value across types, texts by code point.
fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, right) {
        (Literal::Bool(left), Literal::Bool(right)) => Some(left.cmp(right)),
        (Literal::Text(left), Literal::Text(right)) => Some(left.chars().cmp(right.chars())),
        (Literal::Int(left), Literal::Int(right)) => Some(left.cmp(right)),
        (Literal::Double(left), Literal::Double(right)) => left.partial_cmp(right),
        (Literal::Int(left), Literal::Double(right)) => int_to_double(*left, *right),
        (Literal::Double(left), Literal::Int(right)) => int_to_double(*right, *left).map(Ordering::reverse),
        _ => None,
    }
}

/// In whole numbers wide enough for both: 2^64 stands for everything beyond an `i64`.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    let edge = (1_i128 << 64) as f64;
    let whole = double.clamp(-edge, edge).trunc() as i128;
    Some(i128::from(int).cmp(&whole).then(0.0.partial_cmp(&double.fract())?))
}

/// The attributes that rows mention, through audiences too.
pub(crate) fn mentioned(site: &Site, rows: &[&Rows]) -> BTreeSet<usize> {
    let mut seen = Seen { site, attributes: BTreeSet::new(), audiences: BTreeSet::new() };
    rows.iter().for_each(|rows| seen.rows(rows));
    seen.attributes
}

struct Seen<'s> {
    site: &'s Site,
    attributes: BTreeSet<usize>,
    audiences: BTreeSet<usize>,
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
            Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| self.condition(part)),
            Condition::If(test, yes, no) => [test, yes, no].into_iter().for_each(|part| self.condition(part)),
            Condition::Same(left, right) => [left, right].into_iter().for_each(|part| self.condition(part)),
            other => panic!("the model has no {other:?}"),
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Attribute(attribute) => drop(self.attributes.insert(*attribute)),
            Term::Literal(_) | Term::List(_) => {}
            Term::Size(of) => self.term(of),
            Term::If(test, yes, no) => {
                self.condition(test);
                self.term(yes);
                self.term(no);
            }
            other => panic!("the model has no {other:?}"),
        }
    }
}
