//! `[journeys.NAME]`: slots that keep the release with which a visitor's journey began.
//!
//! Takes the settings, the slots and the page plan; gives each journey with its slots. It never says which release that is: a host does.

use super::keys::{Field, Table, Text};
use super::plan::may_meet;
use super::site::{Experience, Journey, Plan, Slot};
use super::stage::{Stage, find_slot};
use crate::bundle::journeys::{DAYS_MAX, JOURNEYS_MAX};

/// Reads the journeys, sorted by name.
pub(crate) fn journeys(
    top: Table<'_>,
    stage: &Stage<'_>,
    plan: Option<&Plan>,
    experiences: &[Experience],
) -> Vec<Journey> {
    let mut journeys: Vec<Journey> = Vec::new();
    for (field, table) in top.named("journeys") {
        let slots = slots(table, stage, &journeys);
        let ends = table.strings("ends");
        let days = table.whole("days").unwrap_or(1).clamp(1, DAYS_MAX);
        journeys.push(Journey { name: field.key.to_owned(), slots, ends, days, place: field.key_place() });
    }
    if let Some(field) = top.get("journeys").filter(|_| journeys.len() > JOURNEYS_MAX) {
        let what = format!("the site has {} journeys, more than {JOURNEYS_MAX}", journeys.len());
        field.refuse("SV2292", what, "remove some: a device keeps all of them in one cookie");
    }
    let groups = plan.map(|plan| plan.groups(experiences, stage.slots)).unwrap_or_default();
    for ((field, _), journey) in top.named("journeys").zip(&journeys) {
        is_whole(field, journey, &groups, stage.slots);
    }
    journeys.sort_by(|a, b| a.name.cmp(&b.name));
    journeys
}

/// The slots of a journey: of pages, and of no other journey.
fn slots(table: Table<'_>, stage: &Stage<'_>, before: &[Journey]) -> Vec<usize> {
    if let Some(field) = table.get("slots").filter(|field| field.items().is_empty()) {
        field.refuse("SV9011", "a journey needs a slot", "list its slots, or remove the journey");
    }
    let mut slots = Vec::new();
    for text in table.texts("slots") {
        let Some(at) = find_slot(text, stage) else { continue };
        let channel = stage.slots.get(at).map_or("web", |slot| slot.channel.as_str());
        if channel != "web" {
            let why = format!("it is on the channel `{channel}`, and a journey leads through pages");
            refuse(text, &format!("the slot `{}` can be on no journey", text.text), &why);
        } else if let Some(other) = before.iter().find(|journey| journey.slots.contains(&at)) {
            let what = format!("the slot `{}` is on the journey `{}` already", text.text, other.name);
            refuse(text, &what, "two journeys could ask for two releases of it");
        } else {
            slots.push(at);
        }
    }
    slots.sort_unstable();
    slots
}

fn refuse(text: Text<'_>, what: &str, why: &str) {
    text.report(text.error("SV2290", what).why(why).help("remove it from this journey"));
}

/// Slots that the page plan decides together are of one release.
fn is_whole(field: Field<'_>, journey: &Journey, groups: &[usize], slots: &[Slot]) {
    let group = |slot: usize| groups.get(slot).copied().unwrap_or(0);
    let name = |slot: usize| slots.get(slot).map_or("", |slot| slot.name.as_str());
    for own in journey.slots.iter().copied().filter(|own| group(*own) > 0) {
        let lacks = |other: &usize| {
            group(*other) == group(own) && may_meet(own, *other, slots) && !journey.slots.contains(other)
        };
        if let Some(other) = (0..slots.len()).find(lacks) {
            let what = format!("the journey `{}` has the slot `{}` without `{}`", journey.name, name(own), name(other));
            let fault = field.key_error("SV2291", what);
            let fault = fault.why("the page plan decides the two together, so one release must decide both");
            return field.report(fault.help(format!("add \"{}\" to its slots", name(other))));
        }
    }
}
