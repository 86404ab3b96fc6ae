//! `goals.toml`: what counts as success.
//!
//! Takes the file, the rules of events, the experiences and the holdouts. Gives goals whose events and details exist, and one primary goal
//! for each experiment. It reads no log: `selvedge analyze` does.

use super::keys::{self, Field, Table, Text};
use super::names;
use super::percent::share;
use super::site::{Better, Experience, Goal, GoalKind, Goals, Holdout, Judged};
use crate::bundle::manifest::{DetailEntry, EventEntry, EventRules};
use crate::words::ValueType;

/// What goals may name.
pub(crate) struct Ground<'a> {
    pub(crate) events: Option<&'a EventRules>,
    pub(crate) experiences: &'a [Experience],
    pub(crate) holdouts: &'a [Holdout],
}

/// Reads the goals.
pub(crate) fn goals(top: Table<'_>, ground: &Ground<'_>) -> Goals {
    let mut goals: Vec<Goal> = top.named("goal").filter_map(|(field, table)| goal(field.key, table, ground)).collect();
    goals.sort_by(|a, b| a.name.cmp(&b.name));
    // A goal with a fault of its own is no unknown one.
    let names: Vec<&str> = top.named("goal").map(|(field, _)| field.key).collect();
    let experiments = experiments(top, ground, &names);
    let mut holdouts = Vec::new();
    for (field, table) in top.named("holdout") {
        if !ground.holdouts.iter().any(|holdout| holdout.name == field.key) {
            let all = ground.holdouts.iter().map(|holdout| holdout.name.as_str());
            stranger(field, "SV5405", format!("there is no holdout `{}`", field.key), all);
        }
        let primary = table.text("primary");
        if primary.is_none() && !table.has("primary") {
            let what = format!("the holdout `{}` has no primary goal", field.key);
            let fault = field.key_error("SV5404", what).why("nobody can say whether it is better without one measure");
            field.report(fault.help("add primary = \"…\""));
        }
        holdouts
            .extend(primary.and_then(|text| known(text, &names)).map(|goal| judged(field.key, goal, table, &names)));
    }
    Goals { goals, experiments, holdouts }
}

fn goal(name: &str, table: Table<'_>, ground: &Ground<'_>) -> Option<Goal> {
    let kind = table.word("kind", GoalKind::from_name).unwrap_or_default();
    let text = table.text("event")?;
    let event = event(text, ground.events)?;
    let needs_value = kind != GoalKind::Proportion;
    if needs_value && !table.has("value") {
        let what = format!("the goal `{name}` sums nothing");
        let fault = table.error("SV5403", table.place(), what).why(format!("a `{kind}` is the sum of a detail"));
        table.report(fault.help("add value = \"…\", a whole number of the event"));
    }
    for (key, of) in [("value", GoalKind::Proportion), ("per", GoalKind::Ratio), ("currency", GoalKind::Revenue)] {
        let is_misplaced = if key == "value" { kind == of } else { kind != of };
        if let Some(field) = table.get(key).filter(|_| is_misplaced) {
            field.refuse_key("SV5403", format!("a `{kind}` has no `{key}`"), "remove it, or choose another `kind`");
        }
    }
    if kind == GoalKind::Revenue && !table.has("currency") {
        let fault = table.error("SV5407", table.place(), format!("the revenue `{name}` has no currency"));
        table.report(fault.why("money of two currencies cannot be added").help("add currency = \"EUR\""));
    }
    let value = table.text("value").and_then(|text| number(text, event));
    let per = table.text("per").and_then(|text| number(text, event));
    let currency_detail =
        event.details.iter().find(|detail| detail.name == "currency").map(|detail| detail.name.clone());
    Some(Goal {
        name: name.to_owned(),
        description: table.string("description"),
        event: event.name.clone(),
        kind,
        value: value.map(|detail| detail.name.clone()),
        per: per.map(|detail| detail.name.clone()),
        currency: table.string("currency"),
        currency_detail: currency_detail.filter(|_| kind == GoalKind::Revenue),
        range: value.and_then(|detail| detail.range),
        window_days: days(table, "window"),
        better: table.word("direction", Better::from_name).unwrap_or_default(),
        place: table.place(),
    })
}

fn days(table: Table<'_>, key: &str) -> u32 {
    table.string(key).and_then(|text| keys::days(&text)).unwrap_or_default()
}

fn event<'a>(text: Text<'_>, rules: Option<&'a EventRules>) -> Option<&'a EventEntry> {
    let kinds = rules.map(|rules| rules.kinds.as_slice()).unwrap_or_default();
    let found = kinds.iter().find(|kind| kind.name == text.text);
    if found.is_none() {
        let names = kinds.iter().map(|kind| kind.name.as_str());
        text.unknown("SV5402", format!("there is no event `{}` in events.toml", text.text), names);
    }
    found
}

/// The detail of an event that a goal sums.
fn number<'a>(text: Text<'_>, event: &'a EventEntry) -> Option<&'a DetailEntry> {
    let Some(detail) = event.details.iter().find(|detail| detail.name == text.text) else {
        let what = format!("the event `{}` has no detail `{}`", event.name, text.text);
        text.unknown("SV5403", what, event.details.iter().map(|detail| detail.name.as_str()));
        return None;
    };
    if detail.value_type != ValueType::Int as u8 {
        let fault = text.error("SV5403", format!("`{}` of `{}` is no whole number", detail.name, event.name));
        text.report(fault.why("only whole numbers are summed without rounding").help("name a detail of type `int`"));
        return None;
    }
    Some(detail)
}

fn known(text: Text<'_>, names: &[&str]) -> Option<String> {
    if !names.contains(&text.text) {
        text.unknown("SV5401", format!("there is no goal `{}`", text.text), names.iter().copied());
        return None;
    }
    Some(text.text.to_owned())
}

/// How each experiment of the site is judged, by name.
fn experiments(top: Table<'_>, ground: &Ground<'_>, names: &[&str]) -> Vec<Judged> {
    let mut found: Vec<(&str, &Experience)> = Vec::new();
    for experience in ground.experiences {
        for split in experience.splits() {
            if !found.iter().any(|(name, _)| *name == split.experiment) {
                found.push((&split.experiment, experience));
            }
        }
    }
    found.sort_by_key(|(name, _)| *name);
    for (field, _) in top.named("experiment") {
        if !found.iter().any(|(name, _)| *name == field.key) {
            let all = found.iter().map(|(name, _)| *name);
            stranger(field, "SV5405", format!("there is no experiment `{}`", field.key), all);
        }
    }
    let one = |(name, experience): (&str, &Experience)| {
        let table = top.named("experiment").find(|(field, _)| field.key == name).map(|(_, table)| table);
        let primary = match table.and_then(|table| table.text("primary")) {
            Some(text) => known(text, names)?,
            None => match experience.goal.as_deref().filter(|goal| names.contains(goal)) {
                Some(goal) => goal.to_owned(),
                None => {
                    let what = match &experience.goal {
                        Some(goal) => {
                            format!("the experiment `{name}` has the goal `{goal}`, which is not in goals.toml")
                        }
                        None => format!("the experiment `{name}` has no goal"),
                    };
                    let fault = top.error("SV5404", experience.place.clone(), what);
                    let fault = fault.why("without one goal, chosen before, some number always looks good");
                    top.report(fault.help(format!("add [experiment.{name}] with primary = \"…\" to goals.toml")));
                    return None;
                }
            },
        };
        Some(judged(name, primary, table.unwrap_or_else(|| top.section("experiment").section(name)), names))
    };
    found.into_iter().filter_map(one).collect()
}

fn judged(name: &str, primary: String, table: Table<'_>, names: &[&str]) -> Judged {
    let mut guardrails = Vec::new();
    for field in table.inside("guardrails") {
        if !names.contains(&field.key) {
            stranger(field, "SV5401", format!("there is no goal `{}`", field.key), names.iter().copied());
        } else if field.key == primary {
            let what = format!("`{primary}` is the primary goal of `{name}` and its guardrail");
            field.refuse_key("SV5404", what, "remove one of the two");
        } else {
            guardrails.extend(share(field, false).map(|margin| (field.key.to_owned(), margin)));
        }
    }
    Judged {
        name: name.to_owned(),
        primary,
        guardrails,
        units: table.whole("units").unwrap_or_default(),
        days: table.whole("days").unwrap_or_default(),
        least_days: table.whole("least_days").unwrap_or_default(),
    }
}

/// Reports a key that is not one of the names there are.
fn stranger<'n>(field: Field<'_>, code: &'static str, what: String, all: impl Iterator<Item = &'n str> + Clone) {
    let otherwise =
        |all: String| if all.is_empty() { "none is declared yet".into() } else { format!("there are {all}") };
    field.report(field.key_error(code, what).help(names::hint(field.key, all, otherwise)));
}
