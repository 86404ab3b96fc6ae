//! The states of each attribute in one question: a few states that stand for all values.
//!
//! Takes the attributes and the atoms of one question, gives states for each attribute and, for each atom, whether these states
//! give every combination of answers. An atom without that promise is only ever searched, never taken for a proof.

mod lists;
mod moments;
mod numbers;
mod texts;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use self::lists::ListQuestions;
use self::texts::Questions;
use super::ask::{Ask, Kind, asks};
use super::graph::{Atom, literals};
use super::state::{State, unmentioned};
use crate::author::expr::{Comparison, Condition, Part, Term, Zone};
use crate::author::site::{Attribute, Literal};
use crate::words::{INT_MAX, ValueType, time};

/// The states of the attributes in one question.
#[derive(Debug)]
pub(super) struct Cells {
    /// By variable of the question.
    pub(super) states: Vec<Vec<State>>,
    /// By atom of the question: every combination of answers is among the states.
    pub(super) exact: Vec<bool>,
}

/// What a question allows.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// Attributes may be unknown: hidden, too old, not looked up.
    pub(super) unknowns: bool,
    /// The times that a visit may come at.
    pub(super) clock: RangeInclusive<i64>,
}

impl Rules {
    /// Everything is known, at any time.
    pub(super) const KNOWN: Self = Self { unknowns: false, clock: time::TIMESTAMP_MIN..=time::MAX };
}

/// The largest set of values that is tried as a whole where a question has no simpler shape.
const WHOLE_MAX: i64 = 64;

/// The most attributes that are compared with each other and still answered completely.
const LINKED_MAX: usize = 4;

/// The most values of a closed set that an open text is tried with.
const VALUES_MAX: usize = 300;

/// The most constants that an opaque question is tried around.
const HINTS_MAX: usize = 24;

/// The cells of a question about `variables`: positions of attributes, ascending, and one past the last for the time.
pub(super) fn cells(attributes: &[Attribute], variables: &[usize], atoms: &[&Atom], rules: &Rules) -> Cells {
    let mut made = Making {
        attributes,
        variables,
        atoms,
        rules,
        of: variables.iter().map(|variable| Variable::new(attributes.get(*variable))).collect(),
        exact: vec![true; atoms.len()],
        claims: Vec::new(),
    };
    for atom in 0..atoms.len() {
        made.note(atom);
    }
    made.link();
    made.finish()
}

/// The questions about one variable.
#[derive(Debug, Default)]
struct Variable<'c> {
    whole: Vec<i64>,
    doubles: Vec<f64>,
    texts: Questions,
    list: ListQuestions,
    parts: Vec<(Part, &'c Zone, i64)>,
    /// Something is asked that has no shape, or another attribute has a say.
    opaque: bool,
    /// How many attributes it is compared with, itself included.
    linked: usize,
    /// A list or text that shares its items with another.
    shares: bool,
}

impl Variable<'_> {
    fn new(attribute: Option<&Attribute>) -> Self {
        let mut variable = Self { linked: 1, ..Self::default() };
        if let Some((low, high)) = attribute.and_then(|attribute| attribute.range) {
            variable.whole.extend([low.ceil() as i64, high.floor() as i64]);
        }
        variable
    }
}

struct Making<'c> {
    attributes: &'c [Attribute],
    variables: &'c [usize],
    atoms: &'c [&'c Atom],
    rules: &'c Rules,
    of: Vec<Variable<'c>>,
    exact: Vec<bool>,
    /// Atom, variable and the kinds of texts that it is exact with.
    claims: Vec<(usize, usize, Kind)>,
}

impl<'c> Making<'c> {
    fn note(&mut self, at: usize) {
        let atom = self.atoms[at];
        if let [one] = atom.reads[..] {
            let Ok(variable) = self.variables.binary_search(&one) else { return };
            let subject = if one < self.attributes.len() { Term::Attribute(one) } else { Term::Now };
            for ask in asks(&atom.condition, &subject) {
                self.ask(at, variable, &ask);
            }
            if self.of[variable].opaque {
                self.hint(at);
            }
        } else if self.pair(&atom.condition).is_none() {
            // Exact only where every attribute is tried as a whole; `finish` looks.
            for read in &atom.reads {
                if let Ok(variable) = self.variables.binary_search(read) {
                    self.of[variable].opaque = true;
                }
            }
            self.hint(at);
        }
    }

    fn ask(&mut self, at: usize, variable: usize, ask: &Ask<'c>) {
        let value_type = self.value_type(variable);
        let of = &mut self.of[variable];
        let shaped = match (value_type, ask) {
            (_, Ask::Presence) | (Some(ValueType::Bool), _) => true,
            (Some(ValueType::Int | ValueType::Timestamp) | None, Ask::Whole(marks) | Ask::Sum(marks)) => {
                of.whole.extend(marks);
                true
            }
            (Some(ValueType::Double), Ask::Double(mark)) => {
                of.doubles.push(*mark);
                true
            }
            // The same constant for an attribute of the other type.
            (Some(ValueType::Int | ValueType::Timestamp) | None, Ask::Double(_))
            | (Some(ValueType::Double), Ask::Whole(_)) => true,
            (Some(ValueType::Timestamp) | None, Ask::Part(part, zone, number)) => {
                of.parts.push((*part, *zone, *number));
                true
            }
            (Some(ValueType::String | ValueType::Symbol), ask) => {
                let kinds = of.texts.ask(ask);
                self.claims.extend(kinds.iter().map(|kind| (at, variable, *kind)));
                !kinds.contains(&Kind::Other)
            }
            (Some(ValueType::List), ask) => of.list.ask(ask),
            _ => false,
        };
        if !shaped {
            self.of[variable].opaque = true;
            self.exact[at] = false;
        }
    }

    /// Tries the constants of an atom on everything that it reads.
    fn hint(&mut self, at: usize) {
        let atom = self.atoms[at];
        let (mut numbers, mut doubles, mut words) = (BTreeSet::from([0, 1]), vec![0.0, 1.0], Vec::new());
        for literal in literals(&atom.condition) {
            match literal {
                Literal::Int(number) | Literal::Timestamp(number) | Literal::Duration(number) => {
                    numbers.insert(*number);
                    doubles.push(*number as f64);
                }
                Literal::Double(number) => {
                    numbers.insert(*number as i64);
                    doubles.push(*number);
                }
                other => words.extend(other.texts().iter().cloned()),
            }
        }
        let base: Vec<i64> = numbers.into_iter().take(HINTS_MAX).collect();
        let mut whole = base.clone();
        for one in &base {
            whole.extend([-1, 1].map(|step| one.saturating_add(step)));
            for other in &base {
                whole.extend([one.saturating_add(*other), one.saturating_sub(*other), one.saturating_mul(*other)]);
                whole.extend(one.checked_div(*other));
            }
        }
        let few = || doubles.iter().take(8);
        let sums: Vec<f64> = few().flat_map(|a| few().flat_map(move |b| [a + b, a - b, a * b, a / b])).collect();
        for read in &atom.reads {
            let Ok(variable) = self.variables.binary_search(read) else { continue };
            let is_moment = matches!(self.value_type(variable), None | Some(ValueType::Timestamp));
            let of = &mut self.of[variable];
            of.whole.extend(&whole);
            if is_moment {
                let near = |by: &i64| [-1, 0, 1].map(|step| BASE_MS.saturating_add(*by).saturating_add(step));
                of.whole.extend(base.iter().flat_map(near));
            }
            of.doubles.extend(doubles.iter().chain(&sums).filter(|number| number.is_finite()));
            words.iter().take(HINTS_MAX).for_each(|word| of.texts.suggest(word));
            of.list.share(&words.iter().take(6).cloned().collect());
        }
    }

    /// The two attributes of an atom that only compares them.
    fn pair(&self, condition: &Condition) -> Option<(usize, usize)> {
        let (left, right, equality) = match condition {
            Condition::Compare(by, left, right) => {
                (left, right, matches!(by, Comparison::Equal | Comparison::NotEqual))
            }
            Condition::In(left, right) => (left, right, true),
            _ => return None,
        };
        let position = |term: &Term| match term {
            Term::Attribute(attribute) => self.variables.binary_search(attribute).ok(),
            Term::Now => self.variables.binary_search(&self.attributes.len()).ok(),
            _ => None,
        };
        let pair = (position(left)?, position(right)?);
        let value_type = |at: usize| self.value_type(at).unwrap_or(ValueType::Timestamp);
        let fits = match (value_type(pair.0), value_type(pair.1)) {
            (ValueType::Int, ValueType::Int)
            | (ValueType::Double, ValueType::Double)
            | (ValueType::Timestamp, ValueType::Timestamp) => true,
            (ValueType::String | ValueType::Symbol, ValueType::String | ValueType::Symbol) => equality,
            (ValueType::String | ValueType::Symbol, ValueType::List) => true,
            _ => false,
        };
        fits.then_some(pair)
    }

    /// Attributes that are compared share their constants, and have room for every order among themselves.
    fn link(&mut self) {
        let mut group: Vec<usize> = (0..self.variables.len()).collect();
        for atom in self.atoms.iter().filter(|atom| atom.reads.len() == 2) {
            if let Some((left, right)) = self.pair(&atom.condition) {
                let (from, to) = (group[left], group[right]);
                group.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
            }
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (variable, group) in group.into_iter().enumerate() {
            groups.entry(group).or_default().push(variable);
        }
        for members in groups.into_values().filter(|members| members.len() > 1) {
            let whole: Vec<i64> = members.iter().flat_map(|at| self.of[*at].whole.clone()).collect();
            let mut doubles: Vec<f64> = members.iter().flat_map(|at| self.of[*at].doubles.clone()).collect();
            let ranges = members.iter().filter_map(|at| self.attributes.get(self.variables[*at])?.range);
            doubles.extend(ranges.flat_map(|(low, high)| [low, high]));
            let mut words = BTreeSet::new();
            for at in &members {
                words.extend(self.of[*at].texts.equals().iter().cloned());
                words.extend(self.of[*at].list.members().iter().cloned());
            }
            let has = |wanted: ValueType| members.iter().any(|at| self.value_type(*at) == Some(wanted));
            let mut linked = members.len();
            if has(ValueType::String) && has(ValueType::Symbol) {
                // An open text can be equal to any value of a closed set.
                let closed = members.iter().filter_map(|at| self.attributes.get(self.variables[*at]));
                let values: Vec<String> = closed.flat_map(|found| found.values.iter().cloned()).collect();
                linked = if values.len() > VALUES_MAX { LINKED_MAX + 1 } else { linked };
                words.extend(values.into_iter().take(VALUES_MAX));
            }
            let lists = has(ValueType::List);
            for at in &members {
                let of = &mut self.of[*at];
                of.whole.clone_from(&whole);
                of.doubles.clone_from(&doubles);
                of.texts.share(&words);
                of.list.share(&words);
                of.linked = linked;
                of.shares = lists;
                // A text that can be in lists, or of a closed set beside an open one, is tried as a whole where it can be.
                of.opaque |= lists;
            }
        }
    }

    fn finish(mut self) -> Cells {
        for (of, variable) in self.of.iter_mut().zip(self.variables) {
            if let Some(attribute) = self.attributes.get(*variable).filter(|_| of.opaque) {
                of.list.enumerate(attribute);
            }
        }
        let mut states = Vec::with_capacity(self.variables.len());
        let mut complete = Vec::with_capacity(self.variables.len());
        for at in 0..self.variables.len() {
            let (mut found, how) = self.states(at);
            // An attribute that is required or has a default is never absent.
            let usual = self.attributes.get(self.variables[at]).map(unmentioned);
            found.extend(usual.filter(|usual| *usual == State::Absent));
            if self.rules.unknowns || found.is_empty() {
                found.push(State::Unknown);
            }
            states.push(found);
            complete.push(how);
        }
        for (atom, variable, kind) in &self.claims {
            if let Complete::Kinds(kinds) = &complete[*variable]
                && !kinds.contains(kind)
            {
                self.exact[*atom] = false;
            }
        }
        for at in 0..self.atoms.len() {
            let atom = self.atoms[at];
            let variables: Vec<usize> =
                atom.reads.iter().filter_map(|read| self.variables.binary_search(read).ok()).collect();
            let whole = variables.iter().all(|variable| complete[*variable] == Complete::Whole);
            if whole {
                self.exact[at] = true;
            } else if variables.len() > 1 {
                let compared = self.pair(&atom.condition).is_some();
                let simple = |variable: &usize| {
                    let of = &self.of[*variable];
                    let is_answered = match &complete[*variable] {
                        Complete::Whole | Complete::Shaped => true,
                        Complete::Kinds(kinds) => {
                            kinds.iter().all(|kind| *kind == Kind::Equal) && !self.is_asked_for_more(*variable)
                        }
                        Complete::No => false,
                    };
                    of.linked <= LINKED_MAX && !of.shares && is_answered
                };
                self.exact[at] = compared && variables.iter().all(simple);
            } else if complete[variables.first().copied().unwrap_or(0)] == Complete::No {
                self.exact[at] = false;
            }
        }
        Cells { states, exact: self.exact }
    }

    /// True if some question about a variable is another than whether it equals something.
    fn is_asked_for_more(&self, variable: usize) -> bool {
        self.claims.iter().any(|(_, of, kind)| *of == variable && *kind != Kind::Equal)
    }

    /// The type of a variable; the time has none of its own.
    fn value_type(&self, variable: usize) -> Option<ValueType> {
        self.attributes.get(self.variables[variable]).map(|attribute| attribute.value_type)
    }

    /// The known states of a variable, and their completeness.
    fn states(&self, at: usize) -> (Vec<State>, Complete) {
        let of = &self.of[at];
        let Some(attribute) = self.attributes.get(self.variables[at]) else {
            return self.moments(of, &self.rules.clock);
        };
        match attribute.value_type {
            ValueType::Bool => (known([true, false], Literal::Bool), Complete::Whole),
            ValueType::Int => {
                let (low, high) = attribute.range.map_or((-INT_MAX, INT_MAX), |(low, high)| {
                    ((low.ceil() as i64).max(-INT_MAX), (high.floor() as i64).min(INT_MAX))
                });
                if of.opaque && high - low < WHOLE_MAX {
                    return (known(low..=high, Literal::Int), Complete::Whole);
                }
                let numbers = numbers::whole(&of.whole, low, high, of.linked);
                let all = numbers.len() as i64 == high - low + 1;
                (known(numbers, Literal::Int), if all { Complete::Whole } else { Complete::Shaped })
            }
            ValueType::Timestamp => self.moments(of, &(time::TIMESTAMP_MIN..=time::MAX)),
            ValueType::Double => {
                let (low, high) = attribute.range.unwrap_or((-f64::MAX, f64::MAX));
                let mut numbers = numbers::doubles(&of.doubles, low, high, of.linked);
                // Proofs need the ends of all doubles, but people do not want to read them in a witness.
                numbers.sort_by_key(|number| number.abs() == f64::MAX);
                (known(numbers, Literal::Double), Complete::Shaped)
            }
            ValueType::String => {
                let max = attribute.max_length.map_or(usize::from(u16::MAX), |max| max as usize);
                let (texts, kinds) = of.texts.texts(max, of.linked.max(2));
                (known(texts, Literal::Text), Complete::Kinds(kinds))
            }
            ValueType::Symbol => self.symbols(of, at, attribute),
            ValueType::List => {
                let (lists, complete) = of.list.lists(attribute);
                let complete = match complete {
                    true if of.list.is_enumerated() => Complete::Whole,
                    true => Complete::Shaped,
                    false => Complete::No,
                };
                (known(lists, Literal::List), complete)
            }
        }
    }

    fn symbols(&self, of: &Variable<'_>, at: usize, attribute: &Attribute) -> (Vec<State>, Complete) {
        let text = |value: &String| Literal::Text(value.clone());
        if of.opaque || self.is_asked_for_more(at) || attribute.values.len() <= 4 {
            // A closed set has an end.
            return (known(&attribute.values, text), Complete::Whole);
        }
        let named = |value: &&String| of.texts.equals().contains(*value);
        if of.linked == 1 {
            let others = attribute.values.iter().filter(|value| !named(value)).take(1);
            return (known(attribute.values.iter().filter(named).chain(others), text), Complete::Shaped);
        }
        // All other values of the same closed sets answer alike.
        let signature = |value: &String| -> Vec<bool> {
            let others = self.variables.iter().filter_map(|variable| self.attributes.get(*variable));
            others.map(|other| other.values.is_empty() || other.values.binary_search(value).is_ok()).collect()
        };
        let mut seen: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        let kept = attribute.values.iter().filter(|value| {
            let count = seen.entry(signature(value)).or_default();
            named(value) || {
                *count += 1;
                *count <= of.linked
            }
        });
        (known(kept, text), Complete::Shaped)
    }

    fn moments(&self, of: &Variable<'c>, clock: &RangeInclusive<i64>) -> (Vec<State>, Complete) {
        let (low, high) = (*clock.start().max(&time::TIMESTAMP_MIN), *clock.end().min(&time::MAX));
        let open = low == time::TIMESTAMP_MIN && high == time::MAX;
        let mut marks = of.whole.clone();
        if !open {
            marks.extend([low, high]);
        }
        if of.parts.is_empty() {
            let mut times = numbers::whole(&marks, low, high, of.linked);
            if marks.is_empty() {
                times = vec![BASE_MS];
                times.extend((1..of.linked as i64).map(|step| BASE_MS + step));
            }
            return (known(times, Literal::Timestamp), if of.opaque { Complete::No } else { Complete::Shaped });
        }
        let near: Vec<i64> = marks.iter().copied().filter(|mark| (low..=high).contains(mark)).take(HINTS_MAX).collect();
        let (mut times, complete) = moments::moments(&of.parts, &near);
        times.extend(numbers::whole(&marks, low, high, of.linked));
        times.retain(|ms| (low..=high).contains(ms));
        let complete = complete && open && !of.opaque && of.linked == 1;
        (known(times, Literal::Timestamp), if complete { Complete::Shaped } else { Complete::No })
    }
}

/// 2026-12-01T09:00:00Z: a time where any will do.
pub(super) const BASE_MS: i64 = 1_796_115_600_000;

/// The members of a set, as the bits of a number choose them.
pub(super) fn members<T: Copy>(of: &[T], set: u32) -> Vec<T> {
    of.iter().enumerate().filter(|(position, _)| set >> position & 1 == 1).map(|(_, one)| *one).collect()
}

fn known<T>(values: impl IntoIterator<Item = T>, literal: impl Fn(T) -> Literal) -> Vec<State> {
    values.into_iter().map(|value| State::Is(literal(value))).collect()
}

/// The completeness of a variable's states.
#[derive(Debug, PartialEq, Eq)]
enum Complete {
    /// They are all there are.
    Whole,
    /// Every combination of answers to questions with a shape.
    Shaped,
    /// Every combination of answers to these kinds.
    Kinds(BTreeSet<Kind>),
    /// Nothing.
    No,
}
