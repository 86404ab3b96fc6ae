//! The variants of content that change, and the experiences that show them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Side;
use crate::bundle::{Effect, VariantRef};
use crate::trust::native::sha256;
use crate::words::hex;

/// A variant of a content item: one locale of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentChange {
    /// The item.
    pub content: String,
    /// The locale.
    pub locale: String,
    /// The SHA-256 of the body before; none if it is new.
    pub before: Option<String>,
    /// The SHA-256 of the body after; none if it is gone.
    pub after: Option<String>,
    /// The experiences that can show it.
    pub experiences: Vec<String>,
    /// How many visitors of each crowd see it, after the change. One that is gone is counted as it was.
    pub seen_by: Vec<usize>,
}

impl ContentChange {
    /// True if this body is that of the variant.
    pub(super) fn is_body(&self, body: &[u8]) -> bool {
        self.after.as_ref().or(self.before.as_ref()) == Some(&hex(&sha256(body)))
    }
}

pub(super) fn changes(old: Side<'_>, new: Side<'_>) -> Vec<ContentChange> {
    let [before, after] = [old, new].map(variants);
    let [reach_before, reach_after] = [old, new].map(reach);
    let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for key in all {
        let [was, is] = [&before, &after].map(|side| side.get(key).cloned());
        if was == is {
            continue;
        }
        let (content, locale) = key.clone();
        let reach = if is.is_some() { &reach_after } else { &reach_before };
        let experiences = reach.get(&content).into_iter().flatten().cloned().collect();
        changes.push(ContentChange { content, locale, before: was, after: is, experiences, seen_by: Vec::new() });
    }
    changes
}

/// The bytes of a variant.
pub(super) fn body<'s>(side: Side<'s>, variant: &VariantRef) -> &'s [u8] {
    side.chunks.get(variant.chunk).and_then(|chunk| chunk.get(variant.range.clone())).unwrap_or_default()
}

/// The digest of each body, by item and locale.
fn variants(side: Side<'_>) -> BTreeMap<(String, String), String> {
    let program = side.bundle.program();
    let locales = &program.manifest().locales;
    let of = |content: u32| {
        side.bundle.index().variants(content).map(move |variant| {
            let locale = locales.get(usize::from(variant.locale)).cloned().unwrap_or_default();
            ((program.content_name(content).to_owned(), locale), hex(&sha256(body(side, &variant))))
        })
    };
    (0..program.contents() as u32).flat_map(of).collect()
}

/// The experiences that can show each item.
fn reach(side: Side<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let program = side.bundle.program();
    let book = program.rulebook();
    let mut reach: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for position in 0..program.experiences() {
        let experience = program.experience(position);
        let mut add = |content: u32| {
            let name = program.content_name(content).to_owned();
            reach.entry(name).or_default().insert(experience.name.to_owned());
        };
        for rule in experience.rules.clone() {
            match book.effect(rule) {
                Effect::Control => {}
                Effect::Show(content) => add(content),
                Effect::Split(split) => {
                    program.arms(&program.split(split as usize)).filter_map(|(content, ..)| content).for_each(&mut add);
                }
            }
        }
    }
    reach
}
