//! What repeats: content that is shown once in a while, contents of a rule that take turns, and budgets of all persons together.

use std::collections::BTreeSet;

use super::caps::length;
use super::scope::{is_about_something, scope, with_names};
use crate::author::keys::{Field, Table};
use crate::author::site::{Budget, Contact, Experience, Once, Rotation, Share, Slot};
use crate::author::stage::Stage;
use crate::words::{Unit, ValueType};

/// Reads what is not shown again for a while, by name.
pub(super) fn once(top: Table<'_>, stage: &Stage<'_>, experiences: &[Experience]) -> Vec<Once> {
    let one = |(field, table): (Field<'_>, Table<'_>)| {
        let scope = with_names(scope(table, stage), table, stage, experiences);
        is_about_something(field, &scope, stage, experiences);
        Some(Once {
            name: field.key.to_owned(),
            window_seconds: length(table.get("within")?)?,
            scope,
            description: table.string("description").unwrap_or_default(),
            place: field.key_place(),
        })
    };
    let mut all: Vec<Once> = top.named("no_repeat").filter_map(one).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Reads budgets, by name.
pub(super) fn budgets(top: Table<'_>, stage: &Stage<'_>, experiences: &[Experience]) -> Vec<Budget> {
    let one = |(field, table): (Field<'_>, Table<'_>)| {
        let scope = with_names(scope(table, stage), table, stage, experiences);
        is_about_something(field, &scope, stage, experiences);
        Some(Budget {
            name: field.key.to_owned(),
            unit: table.word("unit", Unit::from_name).unwrap_or(Unit::Page),
            share: share(field, table, stage)?,
            scope,
            description: table.string("description").unwrap_or_default(),
            place: field.key_place(),
        })
    };
    let mut all: Vec<Budget> = top.named("budgets").filter_map(one).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn share(budget: Field<'_>, table: Table<'_>, stage: &Stage<'_>) -> Option<Share> {
    let (max, expected) = (table.whole("max"), table.whole("expected"));
    match (max, expected, table.text("share")) {
        (Some(max), Some(expected), None) => {
            if max >= expected {
                let what = format!("the budget `{}` holds nothing back", budget.key);
                let fault = budget.key_error("SV2253", what).warning();
                let why = format!("it allows {max} contacts a day, and only {expected} are expected");
                budget.report(fault.why(why).help("lower `max`, or remove the budget"));
            }
            Some(Share::Fixed { max, expected })
        }
        (None, None, Some(name)) => {
            let catalogue = stage.ground.catalogue;
            let Some(at) = catalogue.attributes.iter().position(|attribute| attribute.name == name.text) else {
                if !catalogue.incomplete && !catalogue.doubtful.contains(name.text) {
                    let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
                    name.unknown("SV2253", format!("there is no attribute `{}`", name.text), names);
                }
                return None;
            };
            let attribute = catalogue.attributes.get(at)?;
            if attribute.value_type != ValueType::Int || attribute.range != Some((0.0, 10_000.0)) {
                let what = format!("`{}` is no whole number from 0 to 10000", name.text);
                let fault = name.error("SV2253", what).why("a share is told in basis points: 2500 is a quarter");
                name.report(fault.help("let it be an `int` with range = [0, 10000]"));
                return None;
            }
            Some(Share::Told(at))
        }
        _ => {
            let what = format!("the budget `{}` does not say which part of the contacts it allows", budget.key);
            let fault = budget.key_error("SV2253", what);
            let fault = fault.why("no host knows what others have shown, so a budget is a part of what is expected");
            budget
                .report(fault.help("write max = 1000 and expected = 8000, both a day; or share = \"ATTRIBUTE\" alone"));
            None
        }
    }
}

impl Contact {
    /// The contents whose last contact a device keeps: all that experiences show and that are not to be repeated. Ascending.
    pub(crate) fn kept(&self, experiences: &[Experience], slots: &[Slot]) -> Vec<usize> {
        let mut all = BTreeSet::new();
        for once in &self.once {
            let is_it = |at: &usize| once.scope.covers(*at, experiences, slots);
            for experience in (0..experiences.len()).filter(is_it).filter_map(|at| experiences.get(at)) {
                let contents = experience.rules.iter().flat_map(|rule| rule.effect.contents());
                let is_named = |at: &usize| once.scope.contents.is_empty() || once.scope.contents.contains(at);
                all.extend(contents.filter(is_named));
            }
        }
        all.into_iter().collect()
    }
}

/// The rotations of all experiences, by experience and rule.
pub(crate) fn rotations(experiences: &[Experience]) -> Vec<Rotation> {
    let mut all = Vec::new();
    for (at, experience) in experiences.iter().enumerate() {
        for (rule, one) in experience.rules.iter().enumerate() {
            let Some(turn) = one.turn.as_ref().filter(|turn| turn.at == 0) else { continue };
            let (contents, every_seconds) = (turn.contents.clone(), turn.every_seconds);
            all.push(Rotation { experience: at, rule, contents, every_seconds, ordinal: 0 });
        }
    }
    all
}
