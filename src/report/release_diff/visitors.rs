//! How many visitors of a crowd get another decision.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Side;
use super::content::{ContentChange, body};
use crate::page::{Asked, Scratch, Who, begin};
use crate::words::Visit;

/// Names that a report tells at most.
const NAMES_MAX: usize = 20;

/// Visitors to ask about.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// What they are called.
    pub of: String,
    /// The seed, if they are random.
    pub seed: Option<u64>,
    /// Each visitor: the name if there is one, the visit, and when it is, in Unix milliseconds.
    pub visits: Vec<(Option<String>, Visit, i64)>,
}

/// What changes for a crowd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrowdChange {
    /// Who they are.
    pub of: String,
    /// The seed, if they are random.
    pub seed: Option<u64>,
    /// How many there are.
    pub visitors: usize,
    /// How many get another decision in any slot.
    pub decided: usize,
    /// How many get the same decisions, and see other words or markup.
    pub reworded: usize,
    /// The names of those with another decision, as far as they have one; at most 20.
    pub named: Vec<String>,
    /// The slots with other decisions, and how many visitors each concerns.
    pub slots: Vec<SlotChange>,
}

/// Another decision in a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotChange {
    /// The slot.
    pub slot: String,
    /// What was shown: a content item, or `control`.
    pub from: String,
    /// What is shown.
    pub to: String,
    /// To how many.
    pub visitors: usize,
}

/// What each slot shows: the item, and its body.
type Shown<'s> = BTreeMap<&'s str, (&'s str, &'s [u8])>;

pub(super) fn compare(old: Side<'_>, new: Side<'_>, crowd: &Crowd, content: &mut [ContentChange]) -> CrowdChange {
    let mut scratches = [Scratch::default(), Scratch::default()];
    let mut slots: BTreeMap<(&str, String, String), usize> = BTreeMap::new();
    let mut told = CrowdChange {
        of: crowd.of.clone(),
        seed: crowd.seed,
        visitors: crowd.visits.len(),
        decided: 0,
        reworded: 0,
        named: Vec::new(),
        slots: Vec::new(),
    };
    let mut seen = vec![0_usize; content.len()];
    for (name, visit, now_ms) in &crowd.visits {
        let [one, other] = &mut scratches;
        let (before, after) = (shown(old, visit, *now_ms, one), shown(new, visit, *now_ms, other));
        let mut is_decided = false;
        let all: BTreeSet<&&str> = before.keys().chain(after.keys()).collect();
        for slot in all {
            let [from, to] = [&before, &after].map(|shown| shown.get(*slot).map_or("control", |(name, _)| name));
            if from != to {
                is_decided = true;
                *slots.entry((slot, from.to_owned(), to.to_owned())).or_default() += 1;
            }
        }
        let is_reworded = !is_decided && before != after;
        told.decided += usize::from(is_decided);
        told.reworded += usize::from(is_reworded);
        if let Some(name) = name.as_ref().filter(|_| is_decided && told.named.len() < NAMES_MAX) {
            told.named.push(name.clone());
        }
        for (change, seen) in content.iter().zip(&mut seen) {
            let bodies = if change.after.is_some() { &after } else { &before };
            let is_it = |(name, body): &(&str, &[u8])| *name == change.content && change.is_body(body);
            *seen += usize::from(bodies.values().any(is_it));
        }
    }
    for (change, seen) in content.iter_mut().zip(seen) {
        change.seen_by.push(seen);
    }
    let slot = |((slot, from, to), visitors): ((&str, String, String), usize)| SlotChange {
        slot: slot.to_owned(),
        from,
        to,
        visitors,
    };
    told.slots = slots.into_iter().map(slot).collect();
    told
}

/// The items that the slots of a side show to a visit. Control shows nothing of ours.
fn shown<'s>(side: Side<'s>, visit: &Visit, now_ms: i64, scratch: &mut Scratch) -> Shown<'s> {
    let program = side.bundle.program();
    let slots: Vec<Option<u32>> = (0..program.slots()).map(|slot| Some(slot as u32)).collect();
    let begun = begin(side.bundle, &Asked { slots: Some(&slots), ..Asked::of(Who::Visit(visit, now_ms)) }, scratch);
    let edits = begun.edits().iter();
    edits
        .filter_map(|edit| {
            let slot = program.slot(program.slot_position(edit.slot.name)?).name;
            let content = (0..program.contents()).find(|at| program.content_name(*at as u32) == edit.content)?;
            Some((slot, (program.content_name(content as u32), body(side, &edit.variant))))
        })
        .collect()
}
