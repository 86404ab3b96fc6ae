//! Sequences: messages one after the other, each so long after the one before.
//!
//! Start with [`sequences`]. A step names the step that it follows, so steps are a tree. [`ordered`] finds circles, and steps that nobody reaches.

use std::collections::BTreeMap;

use super::caps::length;
use crate::author::keys::{Field, Table};
use crate::author::site::{Experience, Sequence, Step};

/// How long a step may be sent, unless the author says otherwise.
const EXPIRES_SECONDS: u32 = 30 * 86_400;
/// The most steps: a bundle counts them in a byte.
const STEPS_MAX: usize = 100;

/// Reads sequences, by name.
pub(super) fn sequences(top: Table<'_>, experiences: &[Experience]) -> Vec<Sequence> {
    // By experience, the sequence and the step that have it.
    let mut taken: BTreeMap<usize, String> = BTreeMap::new();
    let one = |(field, table): (Field<'_>, Table<'_>)| one(field, table, experiences, &mut taken);
    let mut all: Vec<Sequence> = top.named("sequences").filter_map(one).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn one(
    field: Field<'_>,
    table: Table<'_>,
    experiences: &[Experience],
    taken: &mut BTreeMap<usize, String>,
) -> Option<Sequence> {
    let read: Vec<Read<'_>> =
        table.named("steps").filter_map(|(key, table)| Read::new(field.key, key, table, experiences, taken)).collect();
    let count = table.named("steps").count();
    if count == 0 || count > STEPS_MAX {
        let what = match count {
            0 => format!("the sequence `{}` has no steps", field.key),
            count => format!("the sequence `{}` has {count} steps, more than {STEPS_MAX}", field.key),
        };
        let fault = field.key_error("SV2248", what);
        field.report(fault.help("add a step, as in [sequences.welcome.steps.hello] with experience = \"…\""));
        return None;
    }
    if read.len() < count {
        return None;
    }
    let steps = ordered(field, read)?;
    let again_seconds = table.get("again").and_then(length);
    let longest = steps.iter().filter(|step| step.after.is_some());
    let longest = longest.max_by_key(|step| u64::from(step.wait_seconds) + u64::from(step.expires_seconds));
    if let (Some(again), Some(step)) = (again_seconds, longest)
        && u64::from(again) < u64::from(step.wait_seconds) + u64::from(step.expires_seconds)
    {
        let what = format!("`{}` may begin again while its step `{}` can still be sent", field.key, step.name);
        let fault = table.get("again").map_or(field, |again| again).error("SV2250", what);
        let days = (step.wait_seconds + step.expires_seconds).div_ceil(86_400);
        field.report(
            fault
                .why("a person would be in two places of it")
                .help(format!("write again = \"{days}d\" or more, or a shorter `expires`")),
        );
    }
    Some(Sequence {
        name: field.key.to_owned(),
        steps,
        again_seconds,
        ordinal: 0,
        description: table.string("description").unwrap_or_default(),
        place: field.key_place(),
    })
}

/// A step as it is written.
struct Read<'t> {
    field: Field<'t>,
    after: Option<crate::author::keys::Text<'t>>,
    step: Step,
}

impl<'t> Read<'t> {
    fn new(
        sequence: &str,
        field: Field<'t>,
        table: Table<'t>,
        experiences: &[Experience],
        taken: &mut BTreeMap<usize, String>,
    ) -> Option<Self> {
        let name = table.text("experience")?;
        let Some(experience) = experiences.iter().position(|one| one.name == name.text) else {
            let names = experiences.iter().map(|one| one.name.as_str());
            name.unknown("SV2245", format!("there is no experience `{}`", name.text), names);
            return None;
        };
        let place = format!("`{}` of `{sequence}`", field.key);
        if let Some(first) = taken.insert(experience, place.clone()) {
            let fault = name.error("SV2249", format!("`{}` is sent by {first} and by {place}", name.text));
            let why = "a contact of it would be a step of both, and nobody could tell which comes next";
            name.report(fault.why(why).help("give each step an experience of its own"));
            return None;
        }
        let after = table.text("after");
        let wait = table.get("wait");
        let what = match (after.is_some(), wait.is_some()) {
            (true, false) => Some(("does not say how long it waits", "add wait = \"3d\"")),
            (false, true) => {
                Some(("waits for no step", "add after = \"…\", or remove `wait`: the first step is sent at once"))
            }
            _ => None,
        };
        if let Some((what, help)) = what {
            field.report(field.key_error("SV2248", format!("{place} {what}")).help(help));
            return None;
        }
        Some(Self {
            field,
            after,
            step: Step {
                name: field.key.to_owned(),
                experience,
                after: None,
                wait_seconds: if wait.is_some() { wait.and_then(length)? } else { 0 },
                expires_seconds: match table.get("expires") {
                    Some(expires) => length(expires)?,
                    None => EXPIRES_SECONDS,
                },
                ordinal: 0,
                place: field.key_place(),
            },
        })
    }
}

/// The steps, each behind the one that it follows. A circle is reported, and so is a step that follows one that is not there.
fn ordered(sequence: Field<'_>, read: Vec<Read<'_>>) -> Option<Vec<Step>> {
    let position = |name: &str| read.iter().position(|one| one.step.name == name);
    let mut is_sound = true;
    for one in &read {
        let Some(after) = one.after.filter(|after| position(after.text).is_none()) else { continue };
        is_sound = false;
        let names = read.iter().map(|one| one.step.name.as_str()).filter(|name| *name != one.step.name);
        after.unknown("SV2248", format!("`{}` has no step `{}`", sequence.key, after.text), names);
    }
    if !is_sound {
        return None;
    }
    let follows = |at: usize| read.get(at).and_then(|one| one.after).and_then(|after| position(after.text));
    let mut order: Vec<usize> = Vec::new();
    while order.len() < read.len() {
        let is_next = |at: &usize| !order.contains(at) && follows(*at).is_none_or(|before| order.contains(&before));
        match (0..read.len()).find(is_next) {
            Some(at) => order.push(at),
            None => {
                report_circle(sequence, &read, &follows, &order);
                return None;
            }
        }
    }
    let after = |at: usize| follows(at).and_then(|before| order.iter().position(|one| *one == before));
    let afters: Vec<Option<usize>> = order.iter().map(|at| after(*at)).collect();
    let mut steps: Vec<Option<Step>> = read.into_iter().map(|one| Some(one.step)).collect();
    let taken = order.iter().zip(afters).filter_map(|(at, after)| Some(Step { after, ..steps.get_mut(*at)?.take()? }));
    Some(taken.collect())
}

/// Reports a circle once, and every step that can only be reached through it.
fn report_circle(sequence: Field<'_>, read: &[Read<'_>], follows: &dyn Fn(usize) -> Option<usize>, reached: &[usize]) {
    let name = |at: usize| read.get(at).map_or("", |one| one.step.name.as_str());
    let Some(start) = (0..read.len()).find(|at| !reached.contains(at)) else { return };
    // Every step that is left follows another one that is left, so the way back ends in a circle.
    let mut way = vec![start];
    while let Some(before) = way.last().and_then(|at| follows(*at)) {
        if let Some(at) = way.iter().position(|one| *one == before) {
            way.drain(..at);
            break;
        }
        way.push(before);
    }
    way.reverse();
    let circle: Vec<String> = way.iter().chain(way.first()).map(|at| format!("`{}`", name(*at))).collect();
    let first = way.first().and_then(|at| read.get(*at));
    let field = first.map_or(sequence, |one| one.field);
    let fault =
        field.key_error("SV2249", format!("the steps of `{}` go in a circle: {}", sequence.key, circle.join(" → ")));
    let fault = fault.why("each waits for the other, so nobody ever gets one");
    field.report(
        fault.help(
            "remove `after` and `wait` of the first step; to send all of it again, write `again` beside the steps",
        ),
    );
    for at in (0..read.len()).filter(|at| !reached.contains(at) && !way.contains(at)) {
        let Some(one) = read.get(at) else { continue };
        let fault = one.field.key_error("SV2248", format!("nobody reaches the step `{}`", name(at)));
        one.field.report(fault.why("it follows a circle").help("let it follow a step that people get"));
    }
}
