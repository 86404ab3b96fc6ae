//! Values and conditions as terms of tests.
//!
//! Takes what the graph cannot hold: computed values, the choices inside them, and the bodies of quantifiers, which are asked
//! again for each item. Gives terms that mean what the graph would. It never makes a predicate.

use super::lower::{Lowering, constant};
use super::terms::{Operand, Term as Built};
use crate::author::expr::{Condition, Term, same_as_attribute};
use crate::author::site::Literal;
use crate::bundle::Operator;

impl Lowering<'_> {
    /// The value of a term.
    pub(super) fn computed(&mut self, term: &Term) -> usize {
        match term {
            Term::Attribute(attribute) => self.terms.leaf(Operator::Attribute, Operand::Position(*attribute)),
            Term::Literal(literal) => self.operand(constant(literal)),
            // A list is only ever the right side of `in`, which does not come here, or counted.
            Term::List(items) => self.terms.leaf(Operator::Int, Operand::Number(items.len() as i64)),
            Term::Size(of) => self.size(of),
            Term::If(condition, then, otherwise) => {
                let condition = self.truth(condition);
                let (then, otherwise) = (self.computed(then), self.computed(otherwise));
                self.terms.choice(condition, then, otherwise)
            }
            Term::Now => self.terms.leaf(Operator::Now, Operand::Nothing),
            Term::Item(level) => self.terms.leaf(Operator::Item, Operand::Position(*level)),
            Term::Unary(by, of) => self.unary(by.operator(), of),
            Term::Arithmetic(by, left, right) => self.binary(by.operator(), left, right),
            Term::Cased(case, of) => self.unary(case.operator(), of),
            Term::Part(part, zone, of) => {
                let left = Operand::Term(self.computed(of));
                let right = Operand::Zone(zone.clone());
                self.terms.intern(Built { operator: Operator::Part, detail: *part as u8, left, right })
            }
        }
    }

    /// The truth of a condition.
    pub(super) fn truth(&mut self, condition: &Condition) -> usize {
        match condition {
            Condition::Const(value) => self.known(*value),
            Condition::Attribute(attribute) => self.terms.leaf(Operator::Attribute, Operand::Position(*attribute)),
            Condition::Audience(audience) => self.audience_term(*audience),
            Condition::Has(attribute) => {
                let attribute = self.terms.leaf(Operator::Attribute, Operand::Position(*attribute));
                self.terms.unary(Operator::Has, attribute)
            }
            Condition::Compare(comparison, left, right) => {
                let (operator, traded, inverted) = comparison.operator();
                let (left, right) = if traded { (right, left) } else { (left, right) };
                let compared = self.binary(operator, left, right);
                if inverted { self.terms.unary(Operator::Not, compared) } else { compared }
            }
            Condition::In(item, list) => self.membership_term(item, list),
            Condition::Text(test, subject, argument) => self.binary(test.operator(), subject, argument),
            Condition::Not(inner) => {
                let inner = self.truth(inner);
                self.terms.unary(Operator::Not, inner)
            }
            Condition::And(parts) => self.joined_truths(Operator::And, parts),
            Condition::Or(parts) => self.joined_truths(Operator::Or, parts),
            Condition::If(condition, then, otherwise) => {
                let condition = self.truth(condition);
                let (then, otherwise) = (self.truth(then), self.truth(otherwise));
                self.terms.choice(condition, then, otherwise)
            }
            Condition::Same(left, right) => {
                if let Some(meant) = same_as_attribute(left, right) {
                    return self.truth(&meant);
                }
                let (left, right) = (self.truth(left), self.truth(right));
                let inverse = self.terms.unary(Operator::Not, right);
                self.terms.choice(left, right, inverse)
            }
            Condition::One(parts) => {
                // A sum of ones and zeros is unknown while any of them is.
                let (one, zero) = (self.number(1), self.number(0));
                let truths: Vec<usize> = parts.iter().map(|part| self.truth(part)).collect();
                let counts: Vec<usize> = truths.into_iter().map(|truth| self.terms.choice(truth, one, zero)).collect();
                let sum = self.terms.joined(Operator::Add, &counts, zero);
                self.terms.binary(Operator::Equal, sum, one)
            }
            Condition::Each(quantified, list, body) => {
                let (list, body) = (self.computed(list), self.truth(body));
                self.terms.binary(quantified.operator(), list, body)
            }
            Condition::Form(form, text) => self.unary(form.operator(), text),
            Condition::Within(address, network) => {
                let address = self.computed(address);
                self.terms.within(address, *network)
            }
        }
    }

    fn unary(&mut self, operator: Operator, of: &Term) -> usize {
        let of = self.computed(of);
        self.terms.unary(operator, of)
    }

    fn binary(&mut self, operator: Operator, left: &Term, right: &Term) -> usize {
        let (left, right) = (self.computed(left), self.computed(right));
        self.terms.binary(operator, left, right)
    }

    fn number(&mut self, number: i64) -> usize {
        self.terms.leaf(Operator::Int, Operand::Number(number))
    }

    fn known(&mut self, value: bool) -> usize {
        self.terms.leaf(Operator::Bool, Operand::Position(usize::from(value)))
    }

    /// A size: a list that is written down has its own already.
    fn size(&mut self, of: &Term) -> usize {
        match of {
            Term::If(condition, then, otherwise) => {
                let condition = self.truth(condition);
                let (then, otherwise) = (self.size(then), self.size(otherwise));
                self.terms.choice(condition, then, otherwise)
            }
            Term::Literal(Literal::List(items)) => self.number(items.len() as i64),
            Term::List(items) => self.number(items.len() as i64),
            of => self.unary(Operator::Size, of),
        }
    }

    fn joined_truths(&mut self, operator: Operator, parts: &[Condition]) -> usize {
        let parts: Vec<usize> = parts.iter().map(|part| self.truth(part)).collect();
        self.joined(operator, &parts)
    }

    fn joined(&mut self, operator: Operator, parts: &[usize]) -> usize {
        let nothing = self.known(operator == Operator::And);
        self.terms.joined(operator, parts, nothing)
    }

    fn membership_term(&mut self, item: &Term, list: &Term) -> usize {
        match list {
            Term::If(condition, then, otherwise) => {
                let condition = self.truth(condition);
                let (then, otherwise) = (self.membership_term(item, then), self.membership_term(item, otherwise));
                self.terms.choice(condition, then, otherwise)
            }
            // Nothing is in an empty list of any type.
            Term::Literal(Literal::List(texts)) if texts.is_empty() => self.known(false),
            Term::Literal(Literal::List(texts)) => {
                let item = self.computed(item);
                self.terms.membership(item, texts)
            }
            Term::List(items) => {
                let item = self.computed(item);
                let others: Vec<usize> = items.iter().map(|other| self.operand(constant(other))).collect();
                let equals: Vec<usize> =
                    others.into_iter().map(|other| self.terms.binary(Operator::Equal, item, other)).collect();
                self.joined(Operator::Or, &equals)
            }
            list => self.binary(Operator::In, item, list),
        }
    }

    /// An audience as a term. All of them are made at once, those that others need first: a chain of audiences may be longer
    /// than a stack.
    fn audience_term(&mut self, audience: usize) -> usize {
        if self.audience_terms.is_empty() {
            let (order, site) = (self.order, self.site);
            self.audience_terms = vec![usize::MAX; site.audiences.len()];
            for position in order {
                self.audience_terms[*position] = self.truth(&site.audiences[*position].rows.condition());
            }
        }
        self.audience_terms[audience]
    }
}
