//! Sieves: for a long list of rules, which of them a visit can still match.
//!
//! Takes a checked program, gives one sieve for each long stretch of rules that are tried one after the other. A sieve holds, for
//! each group of predicates that the rules read, one bit vector a *cell*: a stretch of the attribute's values. A rule's bit is
//! missing where one of its literals is surely false for every value of the cell, so the conjunction of one vector a group keeps
//! every rule that can match, and few others. It never says that a rule matches: its literals do.
//!
//! The idea is Lakshman and Stiliadis's for packets (SIGCOMM 1998).

use alloc::vec::Vec;
use core::ops::Range;

use super::format::Literal;
use super::graph::{Group, GroupKind};
use super::program::Program;

/// Where a sieve begins to pay for the time and memory that it takes: below, trying the rules is about as fast.
pub const SIEVE_RULES_MIN: usize = 1_000;
/// Cells of a group of thresholds: the value's own cell is the only one where a rule's bit says little.
const ORDERED_CELLS_MAX: usize = 16;
/// Cells of a group of sets, as many as the bits of a mask.
const AMONG_CELLS_MAX: usize = 64;
/// Vectors of a sieve: at most 96 bytes a rule.
const VECTORS_MAX: usize = 768;
/// Literals of one rule that are looked at; what is left out refutes nothing.
const LITERALS_MAX: usize = 64;

/// See the module.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// The experiences whose rules these are, all tried under the same conditions.
    pub experiences: Range<usize>,
    /// The rules.
    pub rules: Range<usize>,
    /// Each attribute that a rule can read, ascending, with the first rule that does, counted from the first.
    pub reads: Vec<(u16, u32)>,
    screens: Vec<Screen>,
    vectors: Vec<u64>,
}

/// The vectors of one group.
#[derive(Clone, Debug)]
pub struct Screen {
    /// The group.
    pub group: Group,
    position: usize,
    /// Where a value can stand among the thresholds, or the row that it can have and none.
    places: usize,
    cells: usize,
    /// The first word of its first vector.
    start: usize,
    /// Words of a vector.
    words: usize,
}

impl Screen {
    /// The vector of values at a place: the first predicate that is true, or one more than the row.
    #[must_use]
    pub fn at(&self, place: usize) -> usize {
        self.start + self.cell(place) * self.words
    }

    /// The vector of the rules that ask nothing of this group.
    #[must_use]
    pub fn without(&self) -> usize {
        self.start + self.cells * self.words
    }

    /// The first place has a cell of its own: below every threshold, or in no set.
    fn cell(&self, place: usize) -> usize {
        match place.min(self.places - 1).checked_sub(1) {
            None => 0,
            Some(place) => 1 + place * (self.cells - 1) / (self.places - 1),
        }
    }

    /// The cells from one place to another, both included.
    fn cells(&self, from: usize, until: usize) -> u64 {
        let (from, until) = (self.cell(from), self.cell(until));
        (u64::MAX << from) & (u64::MAX >> (63 - until))
    }
}

impl Sieve {
    /// The groups that the rules read.
    #[must_use]
    pub fn screens(&self) -> &[Screen] {
        &self.screens
    }

    /// 64 bits of a vector.
    #[must_use]
    pub fn word(&self, vector: usize, word: usize) -> u64 {
        self.vectors.get(vector + word).copied().unwrap_or(u64::MAX)
    }
}

impl Program {
    /// Whether a slot is so long that it has a sieve.
    #[must_use]
    pub fn has_sieves(&self) -> bool {
        !self.sieves.is_empty()
    }

    pub(super) fn forget_sieves(&mut self) {
        self.sieves.clear();
    }

    /// The sieve whose first experience this is.
    #[must_use]
    pub fn sieve_at(&self, experience: usize) -> Option<&Sieve> {
        let at = self.sieves.binary_search_by_key(&experience, |sieve| sieve.experiences.start).ok()?;
        self.sieves.get(at)
    }

    /// The experience that has this rule.
    #[must_use]
    pub fn experience_of(&self, rule: usize) -> usize {
        self.rule_starts.partition_point(|start| *start as usize <= rule).saturating_sub(1)
    }
}

/// A sieve for each long stretch of each slot.
pub(super) fn sieves(program: &Program) -> Vec<Sieve> {
    let mut sieves = Vec::new();
    for slot in 0..program.slots() {
        let experiences = program.experiences_of(slot);
        if rules(program, &experiences).len() < SIEVE_RULES_MIN {
            continue;
        }
        let mut start = experiences.start;
        while start < experiences.end {
            let plan = program.plan(start);
            // Experiences without a schedule are tried like one, as long as they may read the same.
            let is_alike = |position: &usize| {
                let other = program.plan(*position);
                plan.schedule.is_none() && other.schedule.is_none() && other.purpose == plan.purpose
            };
            let end = start + 1 + (start + 1..experiences.end).take_while(is_alike).count();
            let rules = rules(program, &(start..end));
            if rules.len() >= SIEVE_RULES_MIN {
                sieves.push(Builder { program, literals: Vec::new() }.sieve(start..end, rules));
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
    /// Room for the literals of one rule.
    literals: Vec<Literal>,
}

impl Builder<'_> {
    fn sieve(mut self, experiences: Range<usize>, rules: Range<usize>) -> Sieve {
        let words = rules.len().div_ceil(64);
        let screens = self.screens(&rules, words);
        let among = self.among(&screens);
        let vectors = screens.last().map_or(0, |last| last.without() + words);
        let mut sieve =
            Sieve { reads: self.reads(&rules), experiences, rules, screens, vectors: alloc::vec![0; vectors] };
        for screen in &sieve.screens {
            let without = screen.without()..screen.without() + words;
            sieve.vectors.get_mut(without).into_iter().for_each(|vector| vector.fill(u64::MAX));
        }
        let mut masks: Vec<(usize, u64)> = Vec::new();
        for (number, rule) in sieve.rules.clone().enumerate() {
            masks.clear();
            self.needed(rule);
            for literal in &self.literals {
                let Some((at, screen)) = screen_of(self.program, &sieve.screens, *literal) else { continue };
                let mask = mask(screen, &among, *literal);
                match masks.iter_mut().find(|(other, _)| *other == at) {
                    Some((_, masked)) => *masked &= mask,
                    None => masks.push((at, mask)),
                }
            }
            let bit = 1 << (number % 64);
            for (at, mask) in &masks {
                let Some(screen) = sieve.screens.get(*at) else { continue };
                let mut set = |vector: usize, value: bool| {
                    if let Some(word) = sieve.vectors.get_mut(vector + number / 64) {
                        *word = if value { *word | bit } else { *word & !bit };
                    }
                };
                set(screen.without(), false);
                let mut left = *mask & (u64::MAX >> (64 - screen.cells));
                while left != 0 {
                    set(screen.start + left.trailing_zeros() as usize * words, true);
                    left &= left - 1;
                }
            }
        }
        for screen in &sieve.screens {
            let end = screen.without() + words;
            let Some((cells, without)) =
                sieve.vectors.get_mut(..end).and_then(|all| all.split_at_mut_checked(end - words))
            else {
                continue;
            };
            for cell in cells.get_mut(screen.start..).unwrap_or_default().chunks_exact_mut(words) {
                cell.iter_mut().zip(&*without).for_each(|(word, without)| *word |= without);
            }
        }
        sieve
    }

    /// The groups that the rules read, with as many cells as there is room for.
    fn screens(&mut self, rules: &Range<usize>, words: usize) -> Vec<Screen> {
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
        let groups: Vec<(usize, Group)> =
            (0..).zip(program.groups()).zip(&is_read).filter_map(|(group, is_read)| is_read.then_some(group)).collect();
        let mut halvings = 0;
        loop {
            let (mut screens, mut start) = (Vec::new(), 0);
            for (position, group) in &groups {
                let (places, most) = match group.kind {
                    GroupKind::Presence | GroupKind::Truth => (2, ORDERED_CELLS_MAX),
                    GroupKind::AtMost | GroupKind::SizeAtMost => (group.values.len() + 1, ORDERED_CELLS_MAX),
                    GroupKind::Among => (group.values.len() + 1, AMONG_CELLS_MAX),
                    GroupKind::Tests => (1, 1),
                };
                let cells = places.min(most >> halvings);
                if cells > 1 {
                    screens.push(Screen { group: group.clone(), position: *position, places, cells, start, words });
                    start += (cells + 1) * words;
                }
            }
            if start <= VECTORS_MAX * words {
                return screens;
            }
            halvings += 1;
        }
    }

    /// For each predicate of a membership group, the cells with a value of its set.
    fn among(&self, screens: &[Screen]) -> Vec<u64> {
        let mut among = alloc::vec![0; self.program.predicates()];
        for screen in screens.iter().filter(|screen| screen.group.kind == GroupKind::Among) {
            for (number, row) in screen.group.values.clone().enumerate() {
                for member in self.program.members_of(row) {
                    if let Some(cells) = among.get_mut(screen.group.predicates.start + usize::from(member)) {
                        *cells |= 1 << screen.cell(number + 1);
                    }
                }
            }
        }
        among
    }

    /// Each attribute that the rules read, with its first reader.
    fn reads(&self, rules: &Range<usize>) -> Vec<(u16, u32)> {
        let rulebook = self.program.rulebook();
        let mut first = alloc::vec![u32::MAX; self.program.manifest().attributes.len()];
        for (number, rule) in (0..).zip(rules.clone()) {
            for read in rulebook.support(rule) {
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
        self.literals.extend(program.rulebook().literals(rule).take(LITERALS_MAX));
        let mut at = 0;
        while let Some(literal) = self.literals.get(at).copied() {
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
    }
}

/// The screen of a literal's group, and its position.
fn screen_of<'s>(program: &Program, screens: &'s [Screen], literal: Literal) -> Option<(usize, &'s Screen)> {
    let group = program.group_of(literal as usize / 2);
    let at = screens.binary_search_by_key(&group, |screen| screen.position).ok()?;
    Some((at, screens.get(at)?))
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
