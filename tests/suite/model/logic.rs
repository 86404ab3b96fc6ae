//! Conditions as the design defines them: CEL's meaning in strong Kleene logic, one case after the other.
//!
//! Takes checked conditions and what is known of each attribute, gives true, false or unknown. It never looks at a compiled
//! program.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use selvedge::author::expr::{Comparison, Condition, Form, Quantifier, Term, TextTest, Unary};
use selvedge::author::site::{Literal, Row, Rows, Site};

use super::values::{self, Value};

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

/// Every attribute as decisions for one purpose see it.
pub(crate) struct World<'s> {
    pub(crate) site: &'s Site,
    pub(crate) states: Vec<State>,
    pub(crate) now_ms: i64,
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
        let each =
            |rows: &[Row]| -> Vec<Truth> { rows.iter().map(|row| self.condition(&row.condition, &[])).collect() };
        let any = if rows.any.is_empty() { Some(true) } else { or(each(&rows.any)) };
        and([and(each(&rows.all)), any, not(or(each(&rows.none)))])
    }

    /// `items` are those of the lists whose items are asked one by one around the condition, the outermost first.
    pub(crate) fn condition(&self, condition: &Condition, items: &[String]) -> Truth {
        let one = |condition: &Condition| self.condition(condition, items);
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
            Condition::Compare(comparison, left, right) => {
                compare(*comparison, &self.term(left, items), &self.term(right, items))
            }
            Condition::In(item, list) => {
                let list = self.term(list, items);
                if matches!(&list, Value::Many(items) if items.is_empty()) {
                    // Nothing is in an empty list, whatever it is.
                    return Some(false);
                }
                contains(&self.term(item, items), &list)
            }
            Condition::Text(test, subject, argument) => {
                let (subject, argument) = (text(self.term(subject, items))?, text(self.term(argument, items))?);
                Some(match test {
                    TextTest::StartsWith => subject.starts_with(&argument),
                    TextTest::EndsWith => subject.ends_with(&argument),
                    TextTest::Contains => subject.contains(&argument),
                    TextTest::Glob => values::glob(&argument, &subject),
                })
            }
            Condition::Not(inner) => not(one(inner)),
            Condition::And(parts) => and(parts.iter().map(one)),
            Condition::Or(parts) => or(parts.iter().map(one)),
            Condition::If(test, yes, no) => match one(test) {
                Some(true) => one(yes),
                Some(false) => one(no),
                None => None,
            },
            Condition::Same(left, right) => {
                let absent = [left, right].into_iter().any(
                    |side| matches!(**side, Condition::Attribute(attribute) if self.states[attribute] == State::Absent),
                );
                if absent {
                    // Absent is equal to neither truth; while the other side is unknown, so is the whole.
                    let other = if matches!(**left, Condition::Attribute(_)) { right } else { left };
                    return one(other).map(|_| false);
                }
                let (left, right) = (one(left)?, one(right)?);
                Some(left == right)
            }
            Condition::One(parts) => exactly_one(parts.iter().map(one)),
            Condition::Each(quantifier, list, body) => {
                let Value::One(Literal::List(list)) = self.term(list, items) else { return None };
                let each = list.into_iter().map(|item| self.condition(body, &[items, &[item]].concat()));
                match quantifier {
                    Quantifier::All => and(each),
                    Quantifier::Exists => or(each),
                    Quantifier::ExistsOne => exactly_one(each),
                }
            }
            Condition::Form(form, of) => {
                let text = text(self.term(of, items))?;
                Some(match form {
                    Form::Semver => values::Version::read(&text).is_some(),
                    Form::Ip => values::address(&text).is_some(),
                })
            }
            Condition::Within(of, network) => {
                let address = match self.term(of, items) {
                    Value::Ip(address) => address,
                    other => values::address(&text(other)?)?,
                };
                Some(values::is_within(address, network.address, network.prefix))
            }
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

    fn term(&self, term: &Term, items: &[String]) -> Value {
        let one = |term: &Term| self.term(term, items);
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
            Term::Size(of) => match one(of) {
                Value::One(Literal::Text(text)) => Value::One(Literal::Int(text.chars().count() as i64)),
                Value::One(Literal::List(items)) => Value::One(Literal::Int(items.len() as i64)),
                Value::Many(items) => Value::One(Literal::Int(items.len() as i64)),
                // The size of what is absent is an error of CEL, and an error is no answer.
                _ => Value::Unknown,
            },
            Term::If(test, yes, no) => match self.condition(test, items) {
                Some(true) => one(yes),
                Some(false) => one(no),
                None => Value::Unknown,
            },
            Term::Now => Value::One(Literal::Timestamp(self.now_ms)),
            Term::Item(number) => Value::One(Literal::Text(items[*number].clone())),
            Term::Unary(Unary::Negate, of) => values::negated(one(of)),
            Term::Arithmetic(by, left, right) => values::calculated(*by, one(left), one(right)),
            Term::Cased(case, of) => values::cased(*case, one(of)),
            Term::Part(part, zone, of) => values::part(*part, zone, one(of)),
            Term::Unary(Unary::ToInt, of) => values::to_int(one(of)),
            Term::Unary(Unary::ToDouble, of) => match one(of) {
                Value::One(Literal::Int(number)) => Value::One(Literal::Double(number as f64)),
                _ => Value::Unknown,
            },
            Term::Unary(Unary::Version, of) => {
                text(one(of)).and_then(|text| values::Version::read(&text)).map_or(Value::Unknown, Value::Version)
            }
            Term::Unary(Unary::Ip, of) => {
                text(one(of)).and_then(|text| values::address(&text)).map_or(Value::Unknown, Value::Ip)
            }
        }
    }
}

/// Unknown while any of them is: CEL does not stop early here.
pub(super) fn exactly_one(truths: impl Iterator<Item = Truth>) -> Truth {
    let truths: Option<Vec<bool>> = truths.collect();
    truths.map(|truths| truths.into_iter().filter(|truth| *truth).count() == 1)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::One(Literal::Text(text)) => Some(text),
        _ => None,
    }
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> Truth {
    let equal = match (left, right) {
        (Value::Unknown, _) | (_, Value::Unknown) => None,
        (Value::Absent, Value::Absent) => Some(true),
        (Value::Absent, _) | (_, Value::Absent) => Some(false),
        (Value::One(left), Value::One(right)) => Some(order(left, right) == Some(Ordering::Equal)),
        (Value::Version(left), Value::Version(right)) => Some(left.order(right).is_eq()),
        (Value::Ip(left), Value::Ip(right)) => Some(left == right),
        _ => None,
    };
    let ordered = |wanted: fn(Ordering) -> bool| match (left, right) {
        // What is not a number has no order: CEL answers false.
        (Value::One(Literal::Double(left)), Value::One(_)) if left.is_nan() => Some(false),
        (Value::One(_), Value::One(Literal::Double(right))) if right.is_nan() => Some(false),
        (Value::One(left), Value::One(right)) => order(left, right).map(wanted),
        (Value::Version(left), Value::Version(right)) => Some(wanted(left.order(right))),
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
        _ => return None,
    };
    match item {
        Value::Absent => Some(false),
        Value::One(item) => Some(items.iter().any(|other| order(item, other) == Some(Ordering::Equal))),
        _ => None,
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
        (Literal::Timestamp(left), Literal::Timestamp(right)) | (Literal::Duration(left), Literal::Duration(right)) => {
            Some(left.cmp(right))
        }
        _ => None,
    }
}

/// In whole numbers wide enough for both: 2^64 stands for everything beyond an `i64`.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    let edge = (1_i128 << 64) as f64;
    if double.is_nan() {
        return None;
    }
    if double.is_infinite() {
        return Some(if double > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = double.clamp(-edge, edge).trunc() as i128;
    Some(i128::from(int).cmp(&whole).then(0.0.partial_cmp(&double.fract())?))
}
