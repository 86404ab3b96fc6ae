//! Conditions into literals of the graph. Takes checked conditions, gives one literal each, with the meaning of CEL in
//! strong Kleene logic. `==`, `!=`, `in` and `has` are total on absent values, and everything else is unknown on them. It
//! never rounds: a whole number is compared with a double by their exact values.

use super::graph::{Graph, Lit, Predicate, Question};
use super::terms::{Operand, Terms};
use crate::author::expr::{Comparison, Condition, Term, same_as_attribute};
use crate::author::site::{Literal, Rows, Site};
use crate::bundle::Operator;
use crate::bundle::format::{double_key, key_double};
use crate::words::ValueType;

/// The graph of a site, with each audience lowered once.
pub(super) struct Lowering<'s> {
    pub(super) site: &'s Site,
    pub(super) graph: Graph,
    pub(super) terms: Terms,
    /// The literal of each. Cycles were refused when the site was checked.
    pub(super) audiences: Vec<Lit>,
    /// Audiences, those that others need first.
    pub(super) order: &'s [usize],
    /// Each audience as a term, once one was needed.
    pub(super) audience_terms: Vec<usize>,
}

/// The literals of a condition in rows, and of each row by itself.
pub(super) struct LoweredRows {
    /// All must be set.
    pub(super) literals: Vec<Lit>,
    /// Each row as written, before `none` inverts it.
    pub(super) each: Vec<Lit>,
}

/// The value of a term whose choices have been made.
#[derive(Clone, Copy)]
pub(super) enum Value<'t> {
    Attribute(usize),
    Size(usize),
    Int(i64),
    Double(f64),
    Text(&'t str),
    Bool(bool),
    Timestamp(i64),
    Duration(i64),
    /// A question that no group of predicates asks.
    Term(usize),
}

impl<'s> Lowering<'s> {
    /// With every audience lowered, those that others need first.
    pub(super) fn new(site: &'s Site, order: &'s [usize]) -> Self {
        let mut lowering = Self {
            site,
            graph: Graph::default(),
            terms: Terms::default(),
            audiences: vec![Lit::UNMADE; site.audiences.len()],
            order,
            audience_terms: Vec::new(),
        };
        for audience in order {
            let rows = lowering.rows(&site.audiences[*audience].rows);
            lowering.audiences[*audience] = lowering.graph.and(rows.literals);
        }
        lowering
    }

    pub(super) fn rows(&mut self, rows: &Rows) -> LoweredRows {
        let [all, any, none] = [&rows.all, &rows.any, &rows.none]
            .map(|rows| rows.iter().map(|row| self.condition(&row.condition)).collect::<Vec<Lit>>());
        let mut literals = all.clone();
        literals.extend(none.iter().map(|literal| !*literal));
        if !any.is_empty() {
            literals.push(self.graph.or(any.iter().copied()));
        }
        LoweredRows { literals, each: [all, any, none].concat() }
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> Lit {
        match condition {
            Condition::Const(value) => self.graph.constant(*value),
            Condition::Attribute(attribute) => self.ask(*attribute, Question::Truth),
            Condition::Audience(audience) => self.audiences[*audience],
            Condition::Has(attribute) => self.ask(*attribute, Question::Presence),
            Condition::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Condition::In(item, list) => self.membership(item, list),
            Condition::Text(test, subject, argument) => {
                let operator = test.operator();
                self.choose(subject, &mut |this, subject| {
                    this.choose(argument, &mut |this, argument| this.test(operator, subject, argument))
                })
            }
            Condition::Not(inner) => !self.condition(inner),
            Condition::And(parts) => {
                let parts: Vec<Lit> = parts.iter().map(|part| self.condition(part)).collect();
                self.graph.and(parts)
            }
            Condition::Or(parts) => {
                let parts: Vec<Lit> = parts.iter().map(|part| self.condition(part)).collect();
                self.graph.or(parts)
            }
            Condition::If(condition, then, otherwise) => {
                let (condition, then, otherwise) =
                    (self.condition(condition), self.condition(then), self.condition(otherwise));
                self.either(condition, then, otherwise)
            }
            Condition::One(parts) => self.exactly_one(parts),
            Condition::Each(quantifier, list, body) => self.tested(list, &mut |this, list| {
                let body = this.truth(body);
                this.terms.binary(quantifier.operator(), list, body)
            }),
            Condition::Form(form, text) => self.tested(text, &mut |this, text| this.terms.unary(form.operator(), text)),
            Condition::Within(address, network) => {
                self.tested(address, &mut |this, address| this.terms.within(address, *network))
            }
            Condition::Same(left, right) => {
                if let Some(meant) = same_as_attribute(left, right) {
                    return self.condition(&meant);
                }
                let (left, right) = (self.condition(left), self.condition(right));
                self.either(left, right, !right)
            }
        }
    }

    /// A test of each value that a term may have.
    fn tested(&mut self, of: &Term, test: &mut dyn FnMut(&mut Self, usize) -> usize) -> Lit {
        self.choose(of, &mut |this, of| {
            let of = this.operand(of);
            let term = test(this, of);
            this.graph.predicate(Predicate::Test(term))
        })
    }

    /// `condition ? then : otherwise`, which is unknown while the condition is.
    fn either(&mut self, condition: Lit, then: Lit, otherwise: Lit) -> Lit {
        let then = self.graph.and([condition, then]);
        let otherwise = self.graph.and([!condition, otherwise]);
        // False while the condition is known. Without it two false branches would decide what the condition leaves open,
        // and two true ones would not.
        let undecided = self.graph.and([condition, !condition]);
        self.graph.or([then, otherwise, undecided])
    }

    /// That one of them is true and the others are false. A chain of "none so far" and "one so far", which is as long as the
    /// list; what is unknown of any part keeps it unknown.
    fn exactly_one(&mut self, parts: &[Condition]) -> Lit {
        let (mut none, mut one) = (self.graph.constant(true), self.graph.constant(false));
        let mut undecided = Vec::new();
        for part in parts {
            let part = self.condition(part);
            let (still_one, now_one) = (self.graph.and([one, !part]), self.graph.and([none, part]));
            one = self.graph.or([still_one, now_one]);
            none = self.graph.and([none, !part]);
            undecided.push(self.graph.and([part, !part]));
        }
        undecided.push(one);
        self.graph.or(undecided)
    }

    fn ask(&mut self, attribute: usize, question: Question) -> Lit {
        self.graph.predicate(Predicate::Of(attribute, question))
    }

    /// Moves a term's `c ? x : y` outward and calls `with` for each value that is left.
    fn choose<'t>(&mut self, term: &'t Term, with: &mut dyn FnMut(&mut Self, Value<'t>) -> Lit) -> Lit {
        let value = match term {
            Term::If(condition, then, otherwise) => {
                let condition = self.condition(condition);
                let (then, otherwise) = (self.choose(then, with), self.choose(otherwise, with));
                return self.either(condition, then, otherwise);
            }
            Term::Size(inner) => {
                return self.choose(inner, &mut |this, value| {
                    let size = match value {
                        Value::Attribute(attribute) => Value::Size(attribute),
                        Value::Text(text) => Value::Int(text.chars().count() as i64),
                        // A list that is written down is its number of items already.
                        Value::Int(items) => Value::Int(items),
                        other => {
                            let other = this.operand(other);
                            Value::Term(this.terms.unary(Operator::Size, other))
                        }
                    };
                    with(this, size)
                });
            }
            Term::Attribute(attribute) => Value::Attribute(*attribute),
            Term::Literal(literal) => constant(literal),
            // A list is only ever the right side of `in`, which does not come here.
            Term::List(items) => Value::Int(items.len() as i64),
            computed => Value::Term(self.computed(computed)),
        };
        with(self, value)
    }

    fn compare(&mut self, comparison: Comparison, left: &Term, right: &Term) -> Lit {
        let (operator, traded, inverted) = comparison.operator();
        let (left, right) = if traded { (right, left) } else { (left, right) };
        let literal = self.choose(left, &mut |this, left| {
            this.choose(right, &mut |this, right| this.relation(operator, left, right))
        });
        if inverted { !literal } else { literal }
    }

    /// One relation of two values: a threshold or a membership where one side is constant, a test where neither is.
    fn relation(&mut self, operator: Operator, left: Value<'_>, right: Value<'_>) -> Lit {
        use Value::{Attribute, Bool, Double, Int, Size, Text, Timestamp};
        match (operator, left, right) {
            (Operator::Equal, Int(_) | Double(_) | Text(_) | Bool(_) | Timestamp(_), Attribute(_) | Size(_)) => {
                self.relation(operator, right, left)
            }
            (Operator::Equal, Attribute(attribute), Text(text)) => {
                self.ask(attribute, Question::Among(vec![text.to_owned()]))
            }
            (Operator::Equal, Attribute(attribute), Bool(value)) => {
                let (present, truth) = (self.ask(attribute, Question::Presence), self.ask(attribute, Question::Truth));
                self.graph.and([present, if value { truth } else { !truth }])
            }
            (Operator::Equal, Attribute(_) | Size(_), Int(_) | Double(_) | Timestamp(_)) => {
                // Between two thresholds, and not absent: `==` is false, not unknown, on an absent value.
                let (at_most, below) = (self.at_most(left, right, false), self.at_most(left, right, true));
                let equal = self.graph.and([at_most, !below]);
                match left {
                    Attribute(attribute) => {
                        let present = self.ask(attribute, Question::Presence);
                        self.graph.and([present, equal])
                    }
                    _ => equal,
                }
            }
            (Operator::LessOrEqual | Operator::Less, Attribute(_) | Size(_), Int(_) | Double(_) | Timestamp(_)) => {
                self.at_most(left, right, operator == Operator::Less)
            }
            // `5 <= a` is `!(a < 5)`, and unknown exactly when that is.
            (Operator::LessOrEqual | Operator::Less, Int(_) | Double(_) | Timestamp(_), Attribute(_) | Size(_)) => {
                !self.at_most(right, left, operator == Operator::LessOrEqual)
            }
            _ => self.test(operator, left, right),
        }
    }

    /// `value <= number`, or `value < number` if `strict`.
    fn at_most(&mut self, value: Value<'_>, number: Value<'_>, strict: bool) -> Lit {
        let (attribute, is_size) = match value {
            Value::Size(attribute) => (attribute, true),
            Value::Attribute(attribute) => (attribute, false),
            _ => return self.graph.constant(false),
        };
        let is_double = !is_size && self.site.attributes[attribute].value_type == ValueType::Double;
        let threshold = match (is_double, number) {
            (false, Value::Int(number) | Value::Timestamp(number)) => number.saturating_sub(i64::from(strict)),
            (false, Value::Double(number)) => {
                // The largest whole number that is still at most (below) the double. Out of range saturates, which keeps
                // the answer: attributes are within ±(2^53 - 1).
                let floor = number.floor();
                if strict && floor == number { (floor as i64).saturating_sub(1) } else { floor as i64 }
            }
            (true, Value::Double(number)) => double_key(number).saturating_sub(i64::from(strict)),
            (true, Value::Int(number)) => {
                // The largest double that is at most the whole number, which may lie between two doubles.
                let nearest = double_key(number as f64);
                let exact = key_double(nearest) as i128 == i128::from(number);
                let above = key_double(nearest) as i128 > i128::from(number);
                nearest - i64::from(above || (strict && exact))
            }
            _ => return self.graph.constant(false),
        };
        self.ask(attribute, if is_size { Question::SizeAtMost(threshold) } else { Question::AtMost(threshold) })
    }

    fn membership(&mut self, item: &Term, list: &Term) -> Lit {
        match list {
            Term::Attribute(list) => self.choose(item, &mut |this, item| match item {
                Value::Text(text) => this.ask(*list, Question::Among(vec![text.to_owned()])),
                item => this.test(Operator::In, item, Value::Attribute(*list)),
            }),
            // Nothing is in an empty list of any type.
            Term::Literal(Literal::List(texts)) if texts.is_empty() => self.graph.constant(false),
            Term::Literal(Literal::List(texts)) => self.choose(item, &mut |this, item| match item {
                Value::Attribute(attribute) => {
                    let mut texts = texts.clone();
                    texts.sort_unstable();
                    texts.dedup();
                    this.ask(attribute, Question::Among(texts))
                }
                Value::Text(text) => {
                    let found = texts.iter().any(|other| other == text);
                    this.graph.constant(found)
                }
                Value::Term(item) => {
                    let term = this.terms.membership(item, texts);
                    this.graph.predicate(Predicate::Test(term))
                }
                _ => this.graph.constant(false),
            }),
            Term::List(items) => {
                let equal =
                    |other| self.choose(item, &mut |this, item| this.relation(Operator::Equal, item, constant(other)));
                let equals: Vec<Lit> = items.iter().map(equal).collect();
                self.graph.or(equals)
            }
            Term::If(condition, then, otherwise) => {
                let condition = self.condition(condition);
                let (then, otherwise) = (self.membership(item, then), self.membership(item, otherwise));
                self.either(condition, then, otherwise)
            }
            _ => self.graph.constant(false),
        }
    }

    fn test(&mut self, operator: Operator, left: Value<'_>, right: Value<'_>) -> Lit {
        let (left, right) = (self.operand(left), self.operand(right));
        self.graph.predicate(Predicate::Test(self.terms.binary(operator, left, right)))
    }

    /// A value as a term.
    pub(super) fn operand(&mut self, value: Value<'_>) -> usize {
        let terms = &mut self.terms;
        match value {
            Value::Attribute(attribute) => terms.leaf(Operator::Attribute, Operand::Position(attribute)),
            Value::Size(attribute) => {
                let attribute = terms.leaf(Operator::Attribute, Operand::Position(attribute));
                terms.unary(Operator::Size, attribute)
            }
            Value::Int(number) => terms.leaf(Operator::Int, Operand::Number(number)),
            // Its bits, because dividing by -0.0 differs from dividing by 0.0.
            Value::Double(number) => terms.leaf(Operator::Double, Operand::Number(number.to_bits() as i64)),
            Value::Text(text) => terms.leaf(Operator::Text, Operand::Text(text.to_owned())),
            Value::Bool(value) => terms.leaf(Operator::Bool, Operand::Position(usize::from(value))),
            Value::Timestamp(ms) => terms.leaf(Operator::Timestamp, Operand::Number(ms)),
            Value::Duration(ms) => terms.leaf(Operator::Duration, Operand::Number(ms)),
            Value::Term(term) => term,
        }
    }
}

/// A constant as a value.
pub(super) fn constant(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => Value::Int(*number),
        Literal::Double(number) => Value::Double(*number),
        Literal::Text(text) => Value::Text(text),
        // A list is only ever the right side of `in`, or the operand of a folded `size`.
        Literal::List(items) => Value::Int(items.len() as i64),
        Literal::Timestamp(ms) => Value::Timestamp(*ms),
        Literal::Duration(ms) => Value::Duration(*ms),
    }
}
