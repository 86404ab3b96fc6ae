//! What changes in slots, experiences and audiences, in words.

use std::collections::BTreeSet;

use crate::bundle::{Bundle, Program, Window};
use crate::compile::debug::{AudienceDebug, Debug, ExperienceDebug, RowDebug, RuleDebug};

pub(super) fn changes(old: &Bundle, of_old: &Debug, new: &Bundle, of_new: &Debug) -> Vec<String> {
    let (before, after) = (old.program(), new.program());
    let mut said = Vec::new();
    slots(before, after, &mut said);
    let find = |of: &'_ Debug, name: &str| of.experiences.iter().position(|one| one.name == name);
    for one in &of_old.experiences {
        if find(of_new, &one.name).is_none() {
            said.push(format!("the experience `{}` is gone", one.name));
        }
    }
    for one in &of_new.experiences {
        match find(of_old, &one.name).and_then(|at| of_old.experiences.get(at)) {
            None => said.push(format!("the experience `{}` is new, with {}", one.name, counted(one.rules.len()))),
            Some(was) => experience(was, one, &mut said),
        }
        let [was, is] = [before, after].map(|program| schedule(program, &one.name));
        if was.zip(is).is_some_and(|(was, is)| was != is) {
            said.push(format!("`{}`: its schedule changed", one.name));
        }
    }
    audiences(&of_old.audiences, &of_new.audiences, &mut said);
    said
}

fn counted(rules: usize) -> String {
    format!("{rules} rule{}", if rules == 1 { "" } else { "s" })
}

fn slots(old: &Program, new: &Program, said: &mut Vec<String>) {
    let names = |program: &Program| -> BTreeSet<String> {
        (0..program.slots()).map(|slot| program.slot(slot).name.to_owned()).collect()
    };
    let (before, after) = (names(old), names(new));
    said.extend(before.difference(&after).map(|name| format!("the slot `{name}` is gone")));
    said.extend(after.difference(&before).map(|name| format!("the slot `{name}` is new")));
    for name in before.intersection(&after) {
        let Some((was, is)) = old.slot_position(name).zip(new.slot_position(name)) else { continue };
        let place = |program: &Program, at: usize| {
            let slot = program.slot(at);
            format!("{} {} {} {}", slot.page, slot.selector, slot.change, slot.attribute)
        };
        let [was_there, is_there] = [place(old, was), place(new, is)];
        if was_there != is_there {
            said.push(format!("the slot `{name}` is {}, no longer {}", is_there.trim(), was_there.trim()));
        }
        let order = |program: &Program, at: usize| -> Vec<String> {
            program.experiences_of(at).map(|one| program.experience_name(one).to_owned()).collect()
        };
        let (was, is) = (order(old, was), order(new, is));
        let both = |all: &[String], other: &[String]| {
            all.iter().filter(|one| other.contains(one)).cloned().collect::<Vec<_>>()
        };
        if both(&was, &is) != both(&is, &was) {
            said.push(format!("the slot `{name}` tries its experiences in another order: {}", is.join(", ")));
        }
    }
}

/// The windows of an experience, as far as it is there.
fn schedule(program: &Program, name: &str) -> Option<Vec<(Option<usize>, i64, i64)>> {
    let at = (0..program.experiences()).find(|at| program.experience_name(*at) == name)?;
    let schedule = program.experience(at).schedule;
    let windows = schedule.into_iter().flat_map(|schedule| program.windows(schedule));
    Some(windows.map(|Window { market, from_ms, until_ms }| (market, from_ms, until_ms)).collect())
}

fn experience(old: &ExperienceDebug, new: &ExperienceDebug, said: &mut Vec<String>) {
    let name = &new.name;
    rows(&format!("`{name}`"), &old.eligible, &new.eligible, said);
    for (at, pair) in pairs(&old.rules, &new.rules).into_iter().enumerate() {
        let rule = format!("`{name}`, rule {}", at + 1);
        match pair {
            (Some(old), Some(new)) => {
                rows(&rule, &old.rows, &new.rows, said);
                if old.effect != new.effect {
                    said.push(format!("{rule}: shows `{}`, no longer `{}`", new.effect, old.effect));
                }
            }
            (None, Some(new)) => {
                let needs: Vec<&str> = new.rows.iter().map(|row| row.sentence.as_str()).collect();
                let needs = if needs.is_empty() { "always".into() } else { needs.join("; ") };
                said.push(format!("{rule} is new: shows `{}` ({needs})", new.effect));
            }
            (Some(old), None) => said.push(format!("{rule} is gone: it showed `{}`", old.effect)),
            (None, None) => {}
        }
    }
    let told =
        [("owner", &old.owner, &new.owner), ("goal", &old.goal, &new.goal), ("benefit", &old.benefit, &new.benefit)];
    for (what, old, new) in told.into_iter().filter(|(_, old, new)| old != new) {
        let text = |of: &Option<String>| of.clone().unwrap_or("none".into());
        said.push(format!("`{name}`: the {what} is {}, no longer {}", text(new), text(old)));
    }
}

fn pairs<'r>(old: &'r [RuleDebug], new: &'r [RuleDebug]) -> Vec<(Option<&'r RuleDebug>, Option<&'r RuleDebug>)> {
    (0..old.len().max(new.len())).map(|at| (old.get(at), new.get(at))).collect()
}

fn audiences(old: &[AudienceDebug], new: &[AudienceDebug], said: &mut Vec<String>) {
    for one in old.iter().filter(|one| new.iter().all(|other| other.name != one.name)) {
        said.push(format!("the audience `{}` is gone", one.name));
    }
    for one in new {
        match old.iter().find(|was| was.name == one.name) {
            None => said.push(format!("the audience `{}` is new", one.name)),
            Some(was) => rows(&format!("the audience `{}`", one.name), &was.rows, &one.rows, said),
        }
    }
}

/// The rows that came and went.
fn rows(of: &str, old: &[RowDebug], new: &[RowDebug], said: &mut Vec<String>) {
    let only = |all: &[RowDebug], other: &[RowDebug]| -> Vec<String> {
        let is_there = |row: &RowDebug| other.iter().any(|one| (&one.group, &one.text) == (&row.group, &row.text));
        let word = |row: &RowDebug| match row.group.as_str() {
            "none" => "not: ",
            "any" => "one of: ",
            _ => "",
        };
        all.iter().filter(|row| !is_there(row)).map(|row| format!("{}{}", word(row), row.sentence)).collect()
    };
    let (came, went) = (only(new, old), only(old, new));
    said.extend((!came.is_empty()).then(|| format!("{of} needs now: {}", came.join("; "))));
    said.extend((!went.is_empty()).then(|| format!("{of} no longer needs: {}", went.join("; "))));
}
