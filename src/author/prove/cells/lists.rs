//! Lists that stand for all others: every set of the items that conditions tell apart, in every size that matters.
//!
//! Takes what is asked of a list, gives lists, and whether they answer it completely. An item twice makes a list longer, and
//! nothing else.

use std::collections::BTreeSet;

use super::super::ask::{Ask, Kind, asks};
use super::texts::Questions;
use super::{members, numbers};
use crate::author::expr::{Condition, Quantifier, Term};
use crate::author::site::Attribute;

#[derive(Debug, Default)]
pub(super) struct ListQuestions {
    items: Questions,
    sizes: Vec<i64>,
    /// Items may count, not only be there.
    counts: bool,
    opaque: bool,
    kinds: BTreeSet<Kind>,
    enumerated: bool,
}

/// The most items whose every set is tried.
const SETS_OF_MAX: usize = 8;

/// The largest closed set, and the longest list of it, that are tried as a whole.
const WHOLE_MAX: usize = 5;
const WHOLE_SIZE_MAX: i64 = 8;

/// The most lists of one attribute.
const LISTS_MAX: usize = 3_000;

impl ListQuestions {
    /// Notes a question; whether it may be answered completely.
    pub(super) fn ask(&mut self, ask: &Ask<'_>) -> bool {
        match ask {
            Ask::Presence => true,
            Ask::Member(item) => {
                let kinds = self.items.ask(&Ask::Text(Kind::Equal, (*item).to_owned(), None));
                self.kinds.extend(kinds);
                true
            }
            Ask::Size(marks) => {
                self.sizes.extend(marks);
                true
            }
            Ask::Each(quantifier, body) => {
                self.counts |= *quantifier == Quantifier::ExistsOne;
                let simple = self.body(body);
                self.opaque |= !simple;
                simple && *quantifier != Quantifier::ExistsOne
            }
            _ => {
                self.opaque = true;
                false
            }
        }
    }

    /// Adds items that may be in it.
    pub(super) fn share(&mut self, texts: &BTreeSet<String>) {
        self.items.share(texts);
    }

    /// Tries every set of a small closed set in every size, so that no question about a list stays open.
    pub(super) fn enumerate(&mut self, attribute: &Attribute) {
        let max = attribute.max_length.map_or(u16::MAX.into(), i64::from);
        if (1..=WHOLE_MAX).contains(&attribute.values.len()) && max <= WHOLE_SIZE_MAX && !self.counts {
            self.share(&attribute.values.iter().cloned().collect());
            self.sizes.extend(0..=max);
            self.enumerated = true;
        }
    }

    /// True if its lists are all there are, but for the order of their items and how often one is there.
    pub(super) const fn is_enumerated(&self) -> bool {
        self.enumerated && !self.counts
    }

    /// The items that it is asked for.
    pub(super) fn members(&self) -> &BTreeSet<String> {
        self.items.equals()
    }

    /// Notes what the body of a macro asks of an item; whether it asks of nothing else.
    fn body(&mut self, body: &Condition) -> bool {
        match body {
            Condition::Const(_) => true,
            Condition::Not(inner) => self.body(inner),
            Condition::And(parts) | Condition::Or(parts) | Condition::One(parts) => {
                parts.iter().fold(true, |simple, part| self.body(part) & simple)
            }
            Condition::If(test, yes, no) => self.body(test) & self.body(yes) & self.body(no),
            Condition::Same(left, right) => self.body(left) & self.body(right),
            Condition::Attribute(_) | Condition::Audience(_) | Condition::Has(_) | Condition::Each(..) => false,
            atom => {
                let mut simple = true;
                for ask in asks(atom, &Term::Item(0)) {
                    let kinds = self.items.ask(&ask);
                    simple &= !kinds.contains(&Kind::Other);
                    self.kinds.extend(kinds);
                }
                simple
            }
        }
    }

    /// The lists, and whether they answer what may be answered completely.
    pub(super) fn lists(&self, attribute: &Attribute) -> (Vec<Vec<String>>, bool) {
        let max = attribute.max_length.map_or(i64::from(u16::MAX), i64::from);
        let (items, mut complete) = self.items(attribute);
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        let (mut lists, mut sets) = (Vec::new(), Vec::new());
        if items.len() <= SETS_OF_MAX {
            sets.extend((1..1_u32 << items.len()).map(|set| members(&items, set)));
            sets.sort_by_key(Vec::len);
        } else {
            complete = false;
            sets.extend(items.iter().map(|item| vec![*item]));
            sets.push(items.clone());
            sets.extend(items.iter().map(|without| items.iter().copied().filter(|item| item != without).collect()));
            sets.extend(items.windows(2).map(<[&str]>::to_vec));
        }
        for set in sets {
            let length = set.len() as i64;
            let sizes = if self.sizes.is_empty() {
                (length..=max.min(length)).collect()
            } else {
                let marks: Vec<i64> = self.sizes.iter().copied().chain([length]).collect();
                numbers::whole(&marks, length, max, 1)
            };
            for size in sizes {
                let filler = set.last().copied().unwrap_or_default();
                let list = set.iter().copied().chain(std::iter::repeat(filler)).take(size as usize);
                lists.push(list.map(str::to_owned).collect());
            }
            if self.counts && length < max {
                lists.push(set.iter().copied().chain(set.first().copied()).map(str::to_owned).collect());
            }
        }
        lists.push(Vec::new());
        if lists.len() > LISTS_MAX {
            lists.truncate(LISTS_MAX);
            complete = false;
        }
        (lists, complete && (!self.opaque || self.enumerated))
    }

    /// The items that conditions tell apart, and whether there are no others.
    fn items(&self, attribute: &Attribute) -> (Vec<String>, bool) {
        let (texts, complete) = self.items.texts(usize::from(u16::MAX), 1);
        let all_complete = self.kinds.iter().all(|kind| complete.contains(kind));
        let by_name_only = self.kinds.iter().all(|kind| *kind == Kind::Equal);
        let equals = self.items.equals();
        if !by_name_only {
            return if attribute.values.is_empty() { (texts, all_complete) } else { (attribute.values.clone(), true) };
        }
        let (named, other): (Vec<String>, _) = if attribute.values.is_empty() {
            let other = texts.into_iter().find(|text| !text.is_empty() && !equals.contains(text));
            (equals.iter().cloned().collect(), other)
        } else {
            let named = attribute.values.iter().filter(|value| equals.contains(*value));
            (named.cloned().collect(), attribute.values.iter().find(|value| !equals.contains(*value)).cloned())
        };
        (named.into_iter().chain(other).collect(), true)
    }
}
