//! Experiments whose draw changes: who takes part, and who sees which arm.
//!
//! A draw has 10,000 points. Each stands for 0.01 % of the visitors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bundle::{Effect, Program};
use crate::words::Unit;

/// The points of a draw.
const POINTS: usize = 10_000;

/// An experiment whose draw changes. Shares are in hundredths of a percent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redraw {
    /// The experiment.
    pub experiment: String,
    /// True if everybody is drawn again: the salt, the unit or the layer is another one.
    pub anew: bool,
    /// How many of all visitors take part now, and did not.
    pub joining: u32,
    /// How many of all visitors no longer take part.
    pub leaving: u32,
    /// How many of those who take part see another arm.
    pub moving: u32,
    /// The same in words.
    pub what: String,
}

/// A draw as a program has it.
struct Draw<'p> {
    by: (&'p str, Unit, Option<&'p str>),
    taking_part: Vec<bool>,
    arms: Vec<Option<&'p str>>,
}

pub(super) fn changes(old: &Program, new: &Program) -> Vec<Redraw> {
    let (before, after) = (draws(old), draws(new));
    let mut found = Vec::new();
    for (name, now) in &after {
        let Some(was) = before.get(name) else {
            let joining = now.taking_part.iter().filter(|takes| **takes).count() as u32;
            found.push(redraw(
                name,
                false,
                [joining, 0, 0],
                format!("is new: {} of the visitors take part", share(joining)),
            ));
            continue;
        };
        let [joining, leaving] = [(was, now), (now, was)].map(|(one, other)| {
            let pairs = one.taking_part.iter().zip(&other.taking_part);
            pairs.filter(|(one, other)| !**one && **other).count() as u32
        });
        let moving = was.arms.iter().zip(&now.arms).filter(|(one, other)| one != other).count() as u32;
        let anew = was.by != now.by;
        if !anew && [joining, leaving, moving] == [0; 3] {
            continue;
        }
        let mut said = Vec::new();
        if anew {
            said.push("every visitor is drawn again".to_owned());
        } else {
            let parts = [(joining, "of the visitors join"), (leaving, "of the visitors leave")];
            said.extend(
                parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", share(*count))),
            );
            said.extend((moving > 0).then(|| format!("{} of those who take part see another arm", share(moving))));
        }
        found.push(redraw(name, anew, [joining, leaving, moving], said.join(", ")));
    }
    for (name, was) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        let leaving = was.taking_part.iter().filter(|takes| **takes).count() as u32;
        found.push(redraw(
            name,
            false,
            [0, leaving, 0],
            format!("is gone: {} of the visitors took part", share(leaving)),
        ));
    }
    found
}

fn redraw(name: &str, anew: bool, [joining, leaving, moving]: [u32; 3], what: String) -> Redraw {
    Redraw { experiment: name.to_owned(), anew, joining, leaving, moving, what: format!("`{name}`: {what}") }
}

fn share(points: u32) -> String {
    let (whole, rest) = (points / 100, points % 100);
    if rest == 0 { format!("{whole} %") } else { format!("{whole}.{rest:02} %") }
}

fn draws(program: &Program) -> BTreeMap<&str, Draw<'_>> {
    let (book, mut found) = (program.rulebook(), BTreeMap::new());
    for rule in 0..program.rules() {
        let Effect::Split(first) = book.effect(rule) else { continue };
        let split = program.split(first as usize);
        let mut taking_part = vec![false; POINTS];
        for at in first as usize.. {
            let (range, has_more) = program.taking_part(at);
            let points = taking_part.get_mut(range.start as usize..(range.end as usize).min(POINTS));
            points.into_iter().for_each(|points| points.fill(true));
            if !has_more {
                break;
            }
        }
        let mut arms = Vec::new();
        for (content, points, free) in program.arms(&split) {
            arms.resize(arms.len() + free as usize, None);
            let name = content.map_or("control", |content| program.content_name(content));
            arms.resize(arms.len() + points as usize, Some(name));
        }
        arms.resize(POINTS, None);
        found.entry(split.experiment).or_insert(Draw { by: (split.salt, split.unit, split.layer), taking_part, arms });
    }
    found
}
