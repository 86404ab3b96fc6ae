//! Building sieves while a program is opened.
//!
//! Takes a checked program, gives a sieve for each long stretch of rules. It never walks a rule further than its limit, and
//! never makes more vectors than theirs. A sieve with less knowledge keeps more rules, and is still right.

use alloc::vec::Vec;
use core::ops::Range;

use super::{SIEVE_RULES_MIN, Screen, Sieve};
use crate::bundle::format::Literal;
use crate::bundle::graph::GroupKind;
use crate::bundle::program::Program;
use crate::bundle::rulebook::Rulebook;

/// Cells of a group of thresholds: the value's own cell is the only one where a rule's bit says little.
const ORDERED_CELLS_MAX: usize = 16;
/// Cells of a group of sets, as many as the bits of a mask.
const AMONG_CELLS_MAX: usize = 64;
/// Vectors of a sieve: at most 96 bytes a rule.
const VECTORS_MAX: usize = 768;
/// Words of all vectors of a program, 16 MB: what 100,000 rules in one slot take, and no file may make it more.
const WORDS_MAX: usize = 2 << 20;
/// Literals of one rule that are looked at; what is left out refutes nothing.
const LITERALS_MAX: usize = 64;

/// A sieve for each long stretch of each slot.
pub(in crate::bundle) fn sieves(program: &Program) -> Vec<Sieve> {
    let (mut sieves, rulebook) = (Vec::new(), program.rulebook());
    let mut room = WORDS_MAX;
    for slot in 0..program.slots() {
        let experiences = program.experiences_of(slot);
        if rules(program, &experiences).len() < SIEVE_RULES_MIN {
            continue;
        }
        let mut start = experiences.start;
        while start < experiences.end {
            let plan = rulebook.plan(start);
            // Experiences without a schedule are tried like one, as long as they may read the same.
            let is_alike = |position: &usize| {
                let other = rulebook.plan(*position);
                plan.schedule.is_none() && other.schedule.is_none() && other.purpose == plan.purpose
            };
            let end = start + 1 + (start + 1..experiences.end).take_while(is_alike).count();
            let rules = rules(program, &(start..end));
            if rules.len() >= SIEVE_RULES_MIN {
                let sieve = Builder { program, rulebook, literals: Vec::new() }.sieve(start..end, rules, room);
                room = room.saturating_sub(sieve.vectors.len());
                sieves.push(sieve);
            }
            start = end;
        }
    }
    sieves
}

/// The rules of neighbouring experiences.
fn rules(program: &Program, experiences: &Range<usize>) -> Range<usize> {
    let start = |experience: usize| program.rule_starts.get(experience).map_or(0, |start| *start as usize);
    start(experiences.start)..start(experiences.end)
}

struct Builder<'p> {
    program: &'p Program,
    rulebook: Rulebook<'p>,
    /// Room for the literals of one rule.
    literals: Vec<Literal>,
}

impl Builder<'_> {
    fn sieve(mut self, experiences: Range<usize>, rules: Range<usize>, room: usize) -> Sieve {
        let words = rules.len().div_ceil(64);
        let screens = self.screens(&rules, words, VECTORS_MAX.min(room / words.max(1)));
        let among = self.among(&screens);
        let count = screens.last().map_or(0, |last| last.first + last.cells + 1);
        let mut vectors = alloc::vec![0; count * words];
        // 64 rules at a time: for each screen the cells of each rule, turned round into the rules of each cell.
        let mut cells = alloc::vec![[0; 64]; screens.len()];
        for word in 0..words {
            cells.fill([u64::MAX; 64]);
            let mut asking = alloc::vec![0; screens.len()];
            for (number, rule) in (rules.start + 64 * word..rules.end).take(64).enumerate() {
                self.needed(rule);
                for literal in &self.literals {
                    let group = self.program.group_of(*literal as usize / 2);
                    let Some(at) = screens.iter().position(|screen| screen.position == group) else { continue };
                    cells[at][number] &= mask(&screens[at], &among, *literal);
                    asking[at] |= 1_u64 << number;
                }
            }
            for ((screen, cells), asking) in screens.iter().zip(&mut cells).zip(asking) {
                turn_round(cells);
                let of_screen = cells.iter().take(screen.cells).copied().chain([!asking]);
                for (vector, bits) in (screen.first..).zip(of_screen) {
                    vectors[vector * words + word] = bits;
                }
            }
        }
        let clock = rules.clone().position(|rule| self.rulebook.reads_clock(rule));
        Sieve { reads: self.reads(&rules), clock, experiences, rules, screens, vectors }
    }

    /// The groups that the rules read, with as many cells as there is room for.
    fn screens(&mut self, rules: &Range<usize>, words: usize, vectors_max: usize) -> Vec<Screen> {
        let program = self.program;
        let mut is_read = alloc::vec![false; program.groups().count()];
        for rule in rules.clone() {
            self.needed(rule);
            for literal in &self.literals {
                if let Some(is_read) = is_read.get_mut(program.group_of(*literal as usize / 2)) {
                    *is_read = true;
                }
            }
        }
        let mut screens = Vec::new();
        for halvings in 0..7 {
            let mut first = 0;
            screens.clear();
            for (position, group) in program.groups().enumerate() {
                let (places, most) = match group.kind {
                    GroupKind::Presence | GroupKind::Truth => (2, ORDERED_CELLS_MAX),
                    GroupKind::AtMost | GroupKind::SizeAtMost => (group.values.len() + 1, ORDERED_CELLS_MAX),
                    GroupKind::Among => (group.values.len() + 1, AMONG_CELLS_MAX),
                    GroupKind::Tests => (1, 1),
                };
                let cells = places.min(most >> halvings);
                if cells > 1 && is_read.get(position) == Some(&true) {
                    screens.push(Screen { group, position, places, cells, first, words });
                    first += cells + 1;
                }
            }
            // With 64 halved six times, there is no vector left.
            if first <= vectors_max {
                break;
            }
        }
        screens
    }

    /// For each predicate of a membership group, the cells with a value of its set.
    fn among(&self, screens: &[Screen]) -> Vec<u64> {
        let mut among = alloc::vec![0; self.program.predicates()];
        for screen in screens.iter().filter(|screen| screen.group.kind == GroupKind::Among) {
            for (number, row) in screen.group.values.clone().enumerate() {
                for member in self.program.members_of(row) {
                    if let Some(cells) = among.get_mut(screen.group.predicates.start + member) {
                        *cells |= 1 << screen.cell(number + 1);
                    }
                }
            }
        }
        among
    }

    /// Each attribute that the rules read, with its first reader.
    fn reads(&self, rules: &Range<usize>) -> Vec<(u16, u32)> {
        // By supports: rules share them, and there may be many rules of a long one.
        let mut first_rules = alloc::vec![u32::MAX; self.program.supports.len()];
        for (number, rule) in (0..).zip(rules.clone()) {
            if let Some(first) = first_rules.get_mut(self.rulebook.support_of(rule)) {
                *first = number.min(*first);
            }
        }
        let mut first = alloc::vec![u32::MAX; self.program.manifest().attributes.len()];
        for (support, number) in first_rules.into_iter().enumerate() {
            for read in self.rulebook.attributes(support) {
                if let Some(first) = first.get_mut(usize::from(read)) {
                    *first = number.min(*first);
                }
            }
        }
        (0..).zip(first).filter(|(_, first)| *first != u32::MAX).collect()
    }

    /// Collects literals of predicates that must be true for the rule to match: its own, and those below its conjunctions.
    fn needed(&mut self, rule: usize) {
        let program = self.program;
        self.literals.clear();
        self.literals.extend(self.rulebook.literals(rule).take(LITERALS_MAX));
        let mut at = 0;
        // A file may hold conjunctions on top of each other without end.
        for _ in 0..2 * LITERALS_MAX {
            let Some(literal) = self.literals.get(at).copied() else { return };
            match (literal as usize / 2).checked_sub(program.predicates()) {
                None => at += 1,
                Some(node) => {
                    self.literals.swap_remove(at);
                    if literal & 1 == 0 {
                        let room = LITERALS_MAX - self.literals.len();
                        self.literals.extend(program.children(node).take(room).map(|child| program.child(child)));
                    }
                }
            }
        }
        self.literals.truncate(at);
    }
}

/// Exchanges rows and columns: bit `c` of row `r` becomes bit `r` of row `c`. Blocks of half the width change places, then
/// their own blocks (Warren, Hacker's Delight, 7-3).
fn turn_round(rows: &mut [u64; 64]) {
    let (mut width, mut right) = (32, u64::from(u32::MAX));
    while width > 0 {
        for block in rows.chunks_exact_mut(2 * width) {
            let (upper, lower) = block.split_at_mut(width);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let differing = (*upper >> width ^ *lower) & right;
                *lower ^= differing;
                *upper ^= differing << width;
            }
        }
        width /= 2;
        right ^= right << width;
    }
}

/// The cells that have a value for which the literal is not false.
fn mask(screen: &Screen, among: &[u64], literal: Literal) -> u64 {
    let (predicate, is_inverted) = (literal as usize / 2, literal & 1 == 1);
    let member = predicate - screen.group.predicates.start;
    match (screen.group.kind, is_inverted) {
        (GroupKind::Among, false) => among.get(predicate).copied().unwrap_or(u64::MAX),
        // A cell of several values may have one that is not in the set.
        (GroupKind::Among, true) if screen.cells < screen.places => u64::MAX,
        (GroupKind::Among, true) => !among.get(predicate).copied().unwrap_or(0),
        (_, false) => screen.cells(0, member),
        (_, true) => screen.cells(member + 1, screen.places - 1),
    }
}

impl Screen {
    /// The cells from one place to another, both included.
    fn cells(&self, from: usize, until: usize) -> u64 {
        let (from, until) = (self.cell(from), self.cell(until));
        (u64::MAX << from) & (u64::MAX >> (63 - until))
    }
}

#[cfg(test)]
mod tests {
    use super::turn_round;

    #[test]
    fn rows_and_columns_change_places() {
        let mut state = 1_u64;
        let rows: [u64; 64] = core::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state
        });
        let mut turned = rows;
        turn_round(&mut turned);
        for (r, row) in rows.iter().enumerate() {
            for (c, column) in turned.iter().enumerate() {
                assert_eq!(row >> c & 1, column >> r & 1, "row {r}, column {c}");
            }
        }
    }
}
