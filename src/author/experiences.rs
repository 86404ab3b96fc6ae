//! `experiences/*.toml`: what to show where to whom.
//!
//! Takes the files and everything that they may name, gives the experiences with names resolved to positions. It never decides
//! anything for a visit.

use super::content::Library;
use super::diagnostic::Diagnostic;
use super::fit;
use super::names;
use super::rows::{self, Ground};
use super::schedule;
use super::settings::{Settings, owner, purpose};
use super::site::{Audit, Content, Effect, Experience, Rule, Slot};
use super::splits;
use super::table::{Field, Table, Text};
use super::times;
use crate::words::Purpose;

/// What an experience may name.
pub(crate) struct Stage<'a> {
    pub(crate) ground: Ground<'a>,
    pub(crate) slots: &'a [Slot],
    /// Every slot's name, also of those with a fault.
    pub(crate) slot_names: &'a [String],
    pub(crate) slots_incomplete: bool,
    pub(crate) library: &'a Library,
    pub(crate) settings: &'a Settings,
}

pub(super) const KEYS: [&str; 14] = [
    "slot",
    "purpose",
    "priority",
    "owner",
    "goal",
    "benefit",
    "class",
    "audit",
    "review_by",
    "all",
    "any",
    "none",
    "rule",
    "schedule",
];
pub(super) const RULE_KEYS: [&str; 5] = ["all", "any", "none", "show", "split"];

/// Reads one experience.
pub(crate) fn experience(top: Table<'_>, stage: &Stage<'_>) -> Option<Experience> {
    let owner = owner(top, stage.settings);
    let top = top.owned(stage.settings.owner.as_deref());
    top.only(&KEYS);
    let name = top.source.stem();
    if !names::is_plain(name, "_-") {
        let fault = top.error("SV9008", top.place(), format!("`{name}` cannot be the name of an experience"));
        top.source.report(fault.help("name the file with lower-case letters, digits, _ and -"));
    }
    if owner.is_none() && !stage.settings.teams.is_empty() {
        let fault = top.error("SV5009", top.place(), format!("the experience `{name}` has no owner")).warning();
        top.source.report(fault.why("somebody must answer for what visitors see").help("add owner = \"…\""));
    }
    let slot = top.need("slot", "name the place, as in slot = \"home.hero\"").and_then(Field::text);
    let slot = slot.and_then(|text| find_slot(text, stage));
    let shown_in = slot.and_then(|slot| stage.slots.get(slot));
    let priority = top.get("priority").and_then(|field| field.whole_within(i64::from(i32::MIN), i64::from(i32::MAX)));
    let experience = Experience {
        name: name.to_owned(),
        slot: slot.unwrap_or(0),
        purpose: top.text("purpose").and_then(purpose).or(stage.settings.purpose).unwrap_or(Purpose::Personalization),
        priority: priority.and_then(|number| i32::try_from(number).ok()).unwrap_or(100),
        owner,
        goal: top.string("goal"),
        benefit: top.string("benefit"),
        class: top.string("class"),
        audit: top.text("audit").and_then(|text| text.word(Audit::ALL, Audit::name)).unwrap_or(Audit::Standard),
        review_by: top.get("review_by").and_then(times::day),
        eligible: rows::rows(top, &stage.ground),
        rules: rules(top, shown_in, stage),
        schedule: top
            .get("schedule")
            .and_then(Field::table)
            .and_then(|table| schedule::schedule(table, stage.settings)),
        place: top.place(),
    };
    slot.map(|_| experience)
}

pub(super) fn find_slot(text: Text<'_>, stage: &Stage<'_>) -> Option<usize> {
    if !stage.slots_incomplete && !stage.slot_names.iter().any(|name| name == text.text) {
        let names = stage.slot_names.iter().map(String::as_str);
        text.unknown("SV2202", format!("there is no slot `{}`", text.text), names);
    }
    stage.slots.binary_search_by(|slot| slot.name.as_str().cmp(text.text)).ok()
}

fn rules(top: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Vec<Rule> {
    let tables = top.get("rule").map(Field::tables);
    if tables.as_ref().is_none_or(Vec::is_empty) && top.get("rule").is_none_or(|field| field.value.is_array()) {
        let fault = top.error("SV2201", top.place(), format!("the experience `{}` has no rules", top.source.stem()));
        top.source.report(fault.help("add a [[rule]] with show = \"…\""));
    }
    tables.unwrap_or_default().into_iter().filter_map(|table| rule(table, slot, stage)).collect()
}

fn rule(table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Rule> {
    table.only(&RULE_KEYS);
    let rows = rows::rows(table, &stage.ground);
    let effect = match (table.get("show"), table.get("split")) {
        (Some(show), None) => show.text().and_then(|text| show_effect(text, slot, stage)),
        (None, Some(split)) => split.table().and_then(|split| splits::split(split, slot, stage)).map(Effect::Split),
        (Some(_), Some(split)) => {
            let fault = table.error("SV2204", split.key_place(), "a rule shows one thing or splits, not both");
            table.source.report(fault.help("remove `show` or `split`"));
            None
        }
        (None, None) => {
            let fault = table.error("SV2203", table.place(), "the rule does nothing");
            table.source.report(fault.help("add show = \"…\", or split = { experiment = \"…\", arms = { … } }"));
            None
        }
    };
    Some(Rule { rows, effect: effect?, place: table.place() })
}

fn show_effect(text: Text<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Effect> {
    if text.text == "control" {
        return Some(Effect::Control);
    }
    find_content(
        text.text,
        text.error("SV2205", format!("there is no content `{}`", text.text)),
        text.field,
        slot,
        stage,
    )
    .map(Effect::Show)
}

/// The position of the content called `name`, checked against the slot; `absent` is reported when there is none.
pub(crate) fn find_content(
    name: &str,
    absent: Diagnostic,
    field: Field<'_>,
    slot: Option<&Slot>,
    stage: &Stage<'_>,
) -> Option<usize> {
    let content: &[Content] = &stage.library.content;
    match content.binary_search_by(|item| item.name.as_str().cmp(name)) {
        Ok(at) => {
            if let (Some(slot), Some(item)) = (slot, content.get(at)) {
                fit::check(item, slot, absent.place, field);
            }
            Some(at)
        }
        Err(_) if stage.library.unread.contains(name) => None,
        Err(_) => {
            let names = content.iter().map(|item| item.name.as_str()).chain(["control"]);
            field.report(match names::closest(name, names.clone()) {
                Some(meant) => absent.help(format!("did you mean `{meant}`?")).mended(format!("\"{meant}\"")),
                None => absent.help(format!("create content/{name}.toml; there are {}", names::listed(names))),
            });
            None
        }
    }
}
