//! The data that a site needs: what each slot can read, and what no rule reads.
//!
//! Takes a bundle, gives names. It is static: what a rule *can* read, for any visit, through audiences too.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::bundle::{Bundle, Effect};

/// The data of a site.
#[derive(Clone, Debug, Serialize)]
pub struct MinimumData {
    /// By slot name.
    pub slots: Vec<SlotReads>,
    /// Attributes that no rule reads: candidates to stop collecting.
    pub unread: Vec<String>,
    /// Content that no rule shows.
    pub unshown: Vec<String>,
}

/// The data and the content of one slot's decisions.
#[derive(Clone, Debug, Serialize)]
pub struct SlotReads {
    /// The slot.
    pub slot: String,
    /// The attributes, sorted.
    pub reads: Vec<String>,
    /// The deepest of them.
    pub depth: &'static str,
    /// The content that its rules can show, sorted.
    pub shows: Vec<String>,
}

/// The data and the content of every slot of a bundle.
pub fn minimum_data(bundle: &Bundle) -> MinimumData {
    let program = bundle.program();
    let (attributes, rulebook) = (&program.manifest().attributes, program.rulebook());
    let (mut read, mut shown) = (BTreeSet::<usize>::new(), BTreeSet::<u32>::new());
    let slots = (0..program.slots()).map(|slot| {
        let (mut reads, mut shows) = (BTreeSet::<usize>::new(), BTreeSet::<u32>::new());
        for rule in program.experiences_of(slot).flat_map(|experience| program.experience(experience).rules) {
            reads.extend(rulebook.support(rule).map(usize::from));
            match rulebook.effect(rule) {
                Effect::Control => {}
                Effect::Show(content) => drop(shows.insert(content)),
                Effect::Split(split) => {
                    let split = program.split(split as usize);
                    shows.extend(program.arms(&split).filter_map(|(content, ..)| content));
                }
            }
        }
        read.extend(&reads);
        shown.extend(&shows);
        let entries = || reads.iter().filter_map(|read| attributes.get(*read));
        SlotReads {
            slot: program.slot(slot).name.to_owned(),
            reads: entries().map(|attribute| attribute.name.clone()).collect(),
            depth: entries().map(|attribute| attribute.depth()).max().map_or("none", crate::words::Depth::name),
            shows: shows.iter().map(|content| program.content_name(*content).to_owned()).collect(),
        }
    });
    let slots = slots.collect();
    let unread = attributes.iter().enumerate().filter(|(position, _)| !read.contains(position));
    let unshown = (0..program.contents() as u32).filter(|content| !shown.contains(content));
    MinimumData {
        slots,
        unread: unread.map(|(_, attribute)| attribute.name.clone()).collect(),
        unshown: unshown.map(|content| program.content_name(content).to_owned()).collect(),
    }
}
