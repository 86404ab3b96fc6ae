//! What a condition names.
//!
//! Takes a condition, gives positions of attributes and audiences. It does not follow audiences: what they name is theirs.

use std::collections::BTreeSet;

use super::{Condition, Term};

/// Positions of the attributes and of the audiences that a condition names directly.
#[must_use]
pub fn mentions(condition: &Condition) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut mentions = Mentions::default();
    mentions.condition(condition);
    (mentions.attributes, mentions.audiences)
}

/// Whether a condition itself asks for the time of the decision.
#[must_use]
pub fn reads_clock(condition: &Condition) -> bool {
    let mut mentions = Mentions::default();
    mentions.condition(condition);
    mentions.clock
}

#[derive(Default)]
struct Mentions {
    attributes: BTreeSet<usize>,
    audiences: BTreeSet<usize>,
    clock: bool,
}

impl Mentions {
    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Const(_) => {}
            Condition::Attribute(attribute) | Condition::Has(attribute) => {
                self.attributes.insert(*attribute);
            }
            Condition::Audience(audience) => {
                self.audiences.insert(*audience);
            }
            Condition::Compare(_, left, right) | Condition::In(left, right) | Condition::Text(_, left, right) => {
                self.term(left);
                self.term(right);
            }
            Condition::Not(inner) => self.condition(inner),
            Condition::And(operands) | Condition::Or(operands) | Condition::One(operands) => {
                operands.iter().for_each(|one| self.condition(one));
            }
            Condition::Each(_, list, body) => {
                self.term(list);
                self.condition(body);
            }
            Condition::Form(_, term) | Condition::Within(term, _) => self.term(term),
            Condition::If(test, yes, no) => [test, yes, no].into_iter().for_each(|one| self.condition(one)),
            Condition::Same(left, right) => {
                self.condition(left);
                self.condition(right);
            }
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Attribute(attribute) => {
                self.attributes.insert(*attribute);
            }
            Term::Now => self.clock = true,
            Term::Literal(_) | Term::List(_) | Term::Item(_) => {}
            Term::Size(of)
            | Term::Negate(of)
            | Term::Cased(_, of)
            | Term::Part(_, _, of)
            | Term::ToInt(of)
            | Term::ToDouble(of)
            | Term::Version(of)
            | Term::Ip(of) => self.term(of),
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
