//! `experiences/*.toml`: who sees what, and where.
//!
//! Takes the files and everything that they may name, gives the experiences with names resolved to positions. It never decides
//! anything for a visit.

use super::channels::WEB;
use super::contact::length;
use super::contact::suppressions;
use super::keys::{Field, Named, Table, Text};
use super::settings::owner;
use super::site::{Audit, ContactClass, Content, Effect, Experience, Point, Rule, Slot, Turn, When};
use super::stage::{Stage, find_content, find_slot};
use super::{rows, schedule, splits, times};
use crate::words::Purpose;

/// Reads one experience.
pub(crate) fn experience(Named { name, table: top, .. }: Named<'_>, stage: &Stage<'_>) -> Option<Experience> {
    let owner = owner(top, stage.settings);
    if owner.is_none() && !stage.settings.site.teams.is_empty() {
        let fault = top.error("SV5009", top.place(), format!("the experience `{name}` has no owner")).warning();
        top.report(fault.why("a team must answer for what visitors see").help("add owner = \"…\""));
    }
    let slot = top.text("slot").and_then(|text| find_slot(text, stage));
    let shown_in = slot.and_then(|slot| stage.slots.get(slot));
    let purpose = top.word("purpose", Purpose::from_name).or(stage.settings.purpose);
    let experience = Experience {
        name,
        slot: slot.unwrap_or(0),
        purpose: purpose.unwrap_or(Purpose::Personalization),
        priority: top.whole("priority").unwrap_or_default(),
        owner,
        goal: top.string("goal"),
        benefit: top.string("benefit"),
        class: top.word("class", ContactClass::from_name),
        suppressed_by: Vec::new(),
        audit: top.word("audit", Audit::from_name).unwrap_or(Audit::Standard),
        review_by: top.get("review_by").and_then(times::day),
        when: top.table("when").and_then(|table| when(table, shown_in)),
        eligible: rows::rows(top, &stage.ground),
        rules: rules(top, shown_in, stage),
        schedule: top.table("schedule").and_then(|table| schedule::schedule(table, &stage.settings.site.markets)),
        overridable: points(top),
        market: None,
        place: top.place(),
    };
    slot.map(|_| suppressions::applied(experience, stage.suppressions))
}

fn points(top: Table<'_>) -> Vec<Point> {
    let mut points: Vec<Point> = top.strings("overridable").iter().filter_map(|name| Point::from_name(name)).collect();
    points.sort_unstable();
    points
}

fn rules(top: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Vec<Rule> {
    if top.get("rule").is_none_or(|field| field.value.as_array().is_some_and(|rules| rules.is_empty())) {
        let what = format!("the experience `{}` has no rules", top.source.stem());
        top.refuse("SV2201", what, "add a [[rule]] with show = \"…\"");
    }
    top.tables("rule").into_iter().flat_map(|table| rule(table, slot, stage)).collect()
}

/// Reads one rule. Contents that take turns are a rule each, one after the other.
fn rule(table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Vec<Rule> {
    let mut rows = rows::rows(table, &stage.ground);
    let (effects, turns) = match (table.get("show"), table.get("split"), table.get("rotate")) {
        (Some(show), None, None) => {
            (show.text().and_then(|text| show_effect(text, slot, stage)).into_iter().collect(), None)
        }
        (None, Some(split), None) => {
            let split = split.table().and_then(|split| splits::split(split, slot, stage)).map(Effect::Split);
            (split.into_iter().collect(), None)
        }
        (None, None, Some(rotate)) => {
            let Some(turns) = turns(rotate, table, slot, stage) else { return Vec::new() };
            (turns.contents.iter().map(|content| Effect::Show(*content)).collect(), Some(turns))
        }
        (None, None, None) => {
            let help = "add show = \"…\", or split = { experiment = \"…\", arms = { … } }";
            table.refuse("SV2203", "the rule does nothing", help);
            (Vec::new(), None)
        }
        (_, Some(split), None) => {
            split.refuse_key("SV2204", "a rule shows one thing or splits, not both", "remove `show` or `split`");
            (Vec::new(), None)
        }
        (_, split, Some(rotate)) => {
            rotate.refuse_key("SV2204", "a rule shows, splits or rotates, and only one of these", "remove the others");
            // What is in it is judged all the same.
            drop(split.and_then(Field::table).and_then(|split| splits::split(split, slot, stage)));
            (Vec::new(), None)
        }
    };
    if let Some(every) = table.get("every").filter(|_| turns.is_none() && !table.has("rotate")) {
        every.refuse_key(
            "SV2251",
            "`every` says how long contents take turns, and none do",
            "remove it, or write rotate = [\"…\", \"…\"]",
        );
    }
    // A rule waits until all that it can show is in stock, and the numbers in it are known. So an experiment never has one arm alone.
    let contents: Vec<usize> = effects.iter().flat_map(Effect::contents).collect();
    for row in contents.into_iter().filter_map(|at| stage.library.content.get(at)).flat_map(Content::asks) {
        if !rows.all.iter().any(|known| known.text == row.text) {
            rows.all.push(row.clone());
        }
    }
    let layout = table.text("layout").and_then(|text| layout(text, slot));
    let one = |(at, effect)| Rule {
        rows: rows.clone(),
        effect,
        layout: layout.clone(),
        turn: turns.as_ref().map(|turns| Turn { at, ..turns.clone() }),
        place: table.place(),
    };
    effects.into_iter().enumerate().map(one).collect()
}

/// The contents that take turns, and for how long each.
fn turns(rotate: Field<'_>, table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Turn> {
    let mut contents = Vec::new();
    let texts = rotate.texts();
    for text in &texts {
        let absent = text.error("SV2205", format!("there is no content `{}`", text.text));
        let content = find_content(text.text, absent, text.field, slot, stage)?;
        if contents.contains(&content) {
            let fault = text.error("SV2251", format!("`{}` has two turns", text.text));
            text.report(fault.help("name each content once"));
            return None;
        }
        contents.push(content);
    }
    if contents.len() < 2 {
        let help = "name two or more, or write show = \"…\"";
        rotate.refuse("SV2251", "a rotation needs at least two contents", help);
        return None;
    }
    let every_seconds = match table.get("every") {
        Some(every) => Some(length(every)?),
        None => None,
    };
    Some(Turn { contents, at: 0, every_seconds })
}

fn layout(text: Text<'_>, slot: Option<&Slot>) -> Option<String> {
    let slot = slot?;
    if !slot.layouts.iter().any(|own| own == text.text) {
        let what = format!("the slot `{}` has no layout `{}`", slot.name, text.text);
        text.unknown("SV2265", what, slot.layouts.iter().map(String::as_str));
    }
    Some(text.text.to_owned())
}

fn when(table: Table<'_>, slot: Option<&Slot>) -> Option<When> {
    if slot.is_some_and(|slot| slot.channel == WEB) {
        let fault = table.error("SV2266", table.place(), "a page shows what is decided for it at once");
        table.report(fault.help("remove [when], or use a slot of another channel"));
    }
    let (after, not_before_ms) = (table.string("after"), table.get("not_before").and_then(times::start));
    if !table.has("after") && !table.has("not_before") {
        table.refuse("SV2266", "[when] says nothing", "add after = \"…\" or not_before = …, or remove the table");
    }
    Some(When { after, not_before_ms })
}

fn show_effect(text: Text<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Effect> {
    if text.text == "control" {
        return Some(Effect::Control);
    }
    let absent = text.error("SV2205", format!("there is no content `{}`", text.text));
    find_content(text.text, absent, text.field, slot, stage).map(Effect::Show)
}
