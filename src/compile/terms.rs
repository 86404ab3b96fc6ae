//! The terms of a program while they are being built.
//!
//! Takes operators and operands, gives positions: equal terms are one, over the whole program, and an operand stands before
//! the term that uses it. It never computes a term.

use std::collections::BTreeMap;

use super::encode::{Bytes, Sections, texts};
use super::zones;
use crate::author::expr::{Network, Zone};
use crate::bundle::Operator;
use crate::bundle::format::Section;

/// A term and its operands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub(super) operator: Operator,
    pub(super) detail: u8,
    pub(super) left: Operand,
    pub(super) right: Operand,
}

/// The table that an operand of a term refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operand {
    Nothing,
    Term(usize),
    /// The position of an attribute, the level of an item, or a truth value as 0 or 1.
    Position(usize),
    Number(i64),
    Text(String),
    /// Sorted, each once.
    Texts(Vec<String>),
    Zone(Zone),
    Network(Network),
}

/// Terms, each once.
#[derive(Debug, Default)]
pub(super) struct Terms {
    terms: Vec<Term>,
    interned: BTreeMap<Term, usize>,
}

impl Terms {
    pub(super) fn leaf(&mut self, operator: Operator, operand: Operand) -> usize {
        self.intern(Term { operator, detail: 0, left: operand, right: Operand::Nothing })
    }

    pub(super) fn unary(&mut self, operator: Operator, of: usize) -> usize {
        self.leaf(operator, Operand::Term(of))
    }

    pub(super) fn binary(&mut self, operator: Operator, left: usize, right: usize) -> usize {
        self.intern(Term { operator, detail: 0, left: Operand::Term(left), right: Operand::Term(right) })
    }

    /// `condition ? then : otherwise`
    pub(super) fn choice(&mut self, condition: usize, then: usize, otherwise: usize) -> usize {
        let branches = self.binary(Operator::Branches, then, otherwise);
        self.binary(Operator::If, condition, branches)
    }

    /// `text in list` of texts that are written down.
    pub(super) fn membership(&mut self, text: usize, list: &[String]) -> usize {
        let mut list = list.to_vec();
        list.sort_unstable();
        list.dedup();
        let list = self.leaf(Operator::Texts, Operand::Texts(list));
        self.binary(Operator::In, text, list)
    }

    /// `cidr(network).containsIP(address)`
    pub(super) fn within(&mut self, address: usize, network: Network) -> usize {
        let (_, detail) = network.bits();
        let (left, right) = (Operand::Term(address), Operand::Network(network));
        self.intern(Term { operator: Operator::Within, detail, left, right })
    }

    /// Joins terms two by two, so that a thousand of them are ten deep; `nothing` is what none of them are.
    pub(super) fn joined(&mut self, operator: Operator, terms: &[usize], nothing: usize) -> usize {
        match terms {
            [] => nothing,
            [one] => *one,
            terms => {
                let (left, right) = terms.split_at(terms.len() / 2);
                let (left, right) = (self.joined(operator, left, nothing), self.joined(operator, right, nothing));
                self.binary(operator, left, right)
            }
        }
    }

    pub(super) fn intern(&mut self, term: Term) -> usize {
        let next = self.terms.len();
        *self.interned.entry(term).or_insert_with_key(|term| {
            self.terms.push(term.clone());
            next
        })
    }

    /// Writes the terms that `tests` need; those that were made on the way and are not needed stay out.
    /// Gives the positions of zones that are needed beside them.
    pub(super) fn sections(&self, tests: &[usize], others: &[Zone], sections: &mut Sections) -> Vec<usize> {
        let mut needed = vec![false; self.terms.len()];
        tests.iter().for_each(|test| needed[*test] = true);
        for (position, term) in self.terms.iter().enumerate().rev() {
            for operand in [&term.left, &term.right] {
                if let (true, Operand::Term(operand)) = (needed[position], operand) {
                    needed[*operand] = true;
                }
            }
        }
        let mut constants = Constants::default();
        let mut positions = vec![usize::MAX; self.terms.len()];
        let kept = self.terms.iter().enumerate().filter(|(position, _)| needed[*position]);
        for (count, (position, term)) in kept.enumerate() {
            let left = constants.operand(&term.left, &positions);
            let right = match &term.left {
                Operand::Texts(texts) => texts.len(),
                _ => constants.operand(&term.right, &positions),
            };
            sections.of(Section::Terms).u8(term.operator as u8).u8(term.detail).u16(0).u32(left).u32(right);
            positions[position] = count;
        }
        sections.of(Section::Tests).u32s(tests.iter().map(|test| &positions[*test]));
        let others = others.iter().map(|zone| constants.operand(&Operand::Zone(zone.clone()), &positions)).collect();
        sections.put(Section::TestNumbers, constants.numbers);
        sections.put(Section::TestTexts, texts(constants.texts));
        zones::sections(&constants.zones, sections);
        others
    }
}

/// Constants of the terms, in order of first use.
#[derive(Default)]
struct Constants {
    numbers: Bytes,
    known_numbers: BTreeMap<Vec<i64>, usize>,
    texts: Vec<String>,
    known_texts: BTreeMap<Vec<String>, usize>,
    zones: Vec<Zone>,
}

impl Constants {
    fn operand(&mut self, operand: &Operand, positions: &[usize]) -> usize {
        match operand {
            Operand::Nothing => 0,
            Operand::Term(term) => positions[*term],
            Operand::Position(position) => *position,
            Operand::Number(number) => self.numbers(&[*number]),
            Operand::Network(network) => {
                let (bits, _) = network.bits();
                self.numbers(&[(bits >> 64) as i64, bits as i64])
            }
            Operand::Text(text) => self.texts(std::slice::from_ref(text)),
            Operand::Texts(texts) => self.texts(texts),
            Operand::Zone(zone) => self.zones.iter().position(|known| known == zone).unwrap_or_else(|| {
                self.zones.push(zone.clone());
                self.zones.len() - 1
            }),
        }
    }

    fn numbers(&mut self, numbers: &[i64]) -> usize {
        let next = self.numbers.0.len() / 8;
        *self.known_numbers.entry(numbers.to_vec()).or_insert_with(|| {
            numbers.iter().for_each(|number| _ = self.numbers.i64(*number));
            next
        })
    }

    fn texts(&mut self, texts: &[String]) -> usize {
        let next = self.texts.len();
        *self.known_texts.entry(texts.to_vec()).or_insert_with(|| {
            self.texts.extend_from_slice(texts);
            next
        })
    }
}
