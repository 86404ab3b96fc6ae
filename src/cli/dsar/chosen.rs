//! The choices of one record: what was shown in each place, and what decided that.
//!
//! A choice was decided by the rows of the rule that matched, and by a draw if the rule has one. Data that was looked at, and did not
//! decide, is in the visit's list of what was read.

use serde::Serialize;

use super::content;
use super::made::{Made, Seen, Teller, is_of_request};
use crate::bundle::Effect;
use crate::cli::open::Opened;
use crate::cli::replay::Slot;
use crate::compile::debug::{Debug, RowDebug};
use crate::explain::{RowExplanation, SlotExplanation};

/// The rows of audiences of audiences are followed so far.
const AUDIENCE_DEPTH_MAX: usize = 4;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Choice {
    pub(super) slot: String,
    /// The place in words.
    pub(super) place: String,
    /// The short name of the content; nothing is the page's own.
    pub(super) content: Option<String>,
    /// The content in its own words; empty if it took the place away.
    pub(super) shown: Option<String>,
    /// The visitor's gain, in the site's words.
    pub(super) benefit: Option<String>,
    /// `data` about the person, the `request`, a `draw`, `everybody`, or `unknown`.
    pub(super) by: &'static str,
    /// The data that the rule asked for.
    pub(super) because: Vec<Used>,
    /// True if one of several would do, and it is not known which ones held.
    pub(super) one_of: bool,
    /// True if the time of the visit counted, too.
    pub(super) by_time: bool,
    pub(super) draw: Option<Draw>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Used {
    pub(super) attribute: String,
    pub(super) text: String,
    pub(super) state: &'static str,
    pub(super) value: Option<String>,
    /// The last day of a value that is past its time.
    pub(super) deleted_after: Option<String>,
}

/// A test whose arm a draw chose, or a group that a draw holds back from all personalization.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Draw {
    /// The test.
    pub(super) experiment: Option<String>,
    /// The group that is held back, in place of a test.
    pub(super) holdout: Option<String>,
    /// The arm; nothing if the draw left the visit out of the test.
    pub(super) arm: Option<String>,
    /// How many of 100 that take part draw this arm.
    pub(super) percent: Option<f64>,
    /// The unit whose id was drawn by: `visitor` is the device.
    pub(super) unit: Option<String>,
}

/// The choices of a record, and the places that stayed as they are for everybody: of their own accord, and for want of a permission.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) choices: Vec<Choice>,
    pub(super) unchanged: Vec<String>,
    pub(super) withheld: Vec<String>,
}

pub(super) fn chosen(teller: Teller<'_>, made: &Made<'_>) -> Chosen {
    let mut all = Chosen::default();
    for slot in &made.recorded.slots {
        if slot.decision.is_null() {
            continue;
        }
        let unit = slot.word("unit").map(str::to_owned);
        let held =
            slot.word("holdout").map(str::to_owned).map(|holdout| Draw { holdout: Some(holdout), ..Draw::default() });
        let drawn = || {
            Some(Draw {
                experiment: Some(slot.word("experiment")?.to_owned()),
                arm: slot.word("arm").map(str::to_owned),
                percent: made.opened.and_then(|opened| percent(opened, slot)),
                unit,
                ..Draw::default()
            })
        };
        let left_out = || slot.left_out().find_map(|name| experiment(made.opened?, name));
        let left_out = || Some(Draw { experiment: Some(left_out()?), ..Draw::default() });
        let draw = held.or_else(drawn).or_else(left_out);
        if slot.content().is_none() && draw.is_none() {
            let is_withheld = slot.word("detail").is_some_and(|detail| detail.starts_with("CONSENT"));
            let list = if is_withheld { &mut all.withheld } else { &mut all.unchanged };
            list.push(teller.place(&slot.slot));
            continue;
        }
        all.choices.push(choice(teller, made, slot, draw));
    }
    all
}

fn choice(teller: Teller<'_>, made: &Made<'_>, slot: &Slot, draw: Option<Draw>) -> Choice {
    let explanation = made.explained.iter().find(|one| one.slot == slot.slot);
    let deciding = made.opened.and_then(|opened| deciding(opened, slot, explanation));
    let Deciding { mut names, by_time, one_of } = deciding.clone().unwrap_or_default();
    let read: Vec<&str> = slot.read().collect();
    names.retain(|name| read.contains(&name.as_str()));
    let mut because: Vec<Used> = names.into_iter().map(|name| used(teller, made, name)).collect();
    // What was not there decided only where nothing else did.
    if because.iter().any(|one| one.state != Seen::Absent.name()) {
        because.retain(|one| one.state != Seen::Absent.name());
    }
    let is_drawn = draw.as_ref().is_some_and(|draw| draw.arm.is_some() || draw.holdout.is_some());
    let is_of_person = |one: &Used| !is_of_request(teller.attribute(&one.attribute));
    let by = match () {
        () if is_drawn => "draw",
        () if because.iter().any(is_of_person) => "data",
        () if !because.is_empty() => "request",
        () if deciding.is_none() => "unknown",
        () => "everybody",
    };
    let experience = slot.word("experience");
    let known = teller.site.and_then(|site| site.experiences.iter().find(|one| Some(&*one.name) == experience));
    let locale = slot.word("locale");
    let content = slot.content();
    Choice {
        slot: slot.slot.clone(),
        place: teller.place(&slot.slot),
        content: content.map(str::to_owned),
        shown: content.zip(made.opened).and_then(|(content, opened)| content::words(opened, content, locale)),
        benefit: known.and_then(|one| one.benefit.clone()),
        by,
        one_of: one_of && because.len() > 1,
        because,
        by_time,
        draw,
    }
}

fn used(teller: Teller<'_>, made: &Made<'_>, attribute: String) -> Used {
    let seen = made.seen(teller, &attribute);
    let (text, state) = (teller.label(&attribute), seen.name());
    let (value, deleted_after) = match seen {
        Seen::Value(value) => (Some(value), None),
        Seen::Expired(until) => (None, Some(until)),
        _ => (None, None),
    };
    Used { attribute, text, state, value, deleted_after }
}

/// The attributes in the rows that made the rule match, and whether it asked for the time. `None` if the rows are not known.
fn deciding(opened: &Opened, slot: &Slot, told: Option<&SlotExplanation>) -> Option<Deciding> {
    let debug = opened.debug.as_ref()?;
    let (name, rule) = (slot.word("experience")?, slot.rule()?);
    let experience = debug.experiences.iter().find(|one| one.name == name)?;
    let told = told.and_then(|told| told.experiences.iter().find(|one| one.name == name));
    let rows_told = told.and_then(|told| told.rules.get(rule)).map(|rule| rule.rows.as_slice());
    let mut rows = Rows { opened, debug, found: Deciding::default() };
    rows.add(&experience.rules.get(rule)?.rows, rows_told, true, AUDIENCE_DEPTH_MAX);
    rows.add(&experience.eligible, told.map(|told| told.eligible.as_slice()), false, AUDIENCE_DEPTH_MAX);
    Some(rows.found)
}

/// The data that made a rule match.
#[derive(Clone, Default)]
struct Deciding {
    names: Vec<String>,
    by_time: bool,
    one_of: bool,
}

struct Rows<'a> {
    opened: &'a Opened,
    debug: &'a Debug,
    found: Deciding,
}

impl Rows<'_> {
    /// Adds the attributes of rows that hold. Of a record that is not made again nobody knows which of several alternatives held.
    fn add(&mut self, rows: &[RowDebug], told: Option<&[RowExplanation]>, with_none: bool, depth: usize) {
        self.found.one_of |= told.is_none() && rows.iter().filter(|row| row.group == "any").count() > 1;
        for (at, row) in rows.iter().enumerate() {
            let told = told.and_then(|told| told.get(at));
            let is_deciding = match row.group.as_str() {
                "any" => told.is_none_or(|told| told.verdict == "true"),
                "none" => with_none,
                _ => true,
            };
            if !is_deciding {
                continue;
            }
            self.found.by_time |= row.text.contains("now.");
            let name = row.text.trim().strip_prefix("audience.").map(|name| name.trim_matches('`'));
            let audience = name.and_then(|name| self.debug.audiences.iter().find(|one| one.name == name));
            match audience.filter(|_| depth > 0 && row.group != "none") {
                Some(audience) => {
                    let inside = told.map(|told| told.inside.as_slice()).filter(|inside| !inside.is_empty());
                    self.add(&audience.rows, inside, true, depth - 1);
                }
                None => row.attributes.iter().for_each(|position| self.name(usize::from(*position))),
            }
        }
    }

    fn name(&mut self, position: usize) {
        let name = self.opened.bundle.program().attribute(position).map(|one| one.name.clone());
        let names = &mut self.found.names;
        names.extend(name.filter(|name| !names.contains(name)));
    }
}

/// The split of a rule of an experience.
fn split(opened: &Opened, experience: &str, rule: Option<usize>) -> Option<u32> {
    let program = opened.bundle.program();
    let at = (0..program.experiences()).find(|at| program.experience(*at).name == experience)?;
    let mut rules = program.experience(at).rules.enumerate().filter(|(at, _)| rule.is_none_or(|rule| rule == *at));
    rules.find_map(
        |(_, rule)| if let Effect::Split(split) = program.rulebook().effect(rule) { Some(split) } else { None },
    )
}

fn experiment(opened: &Opened, experience: &str) -> Option<String> {
    Some(opened.bundle.program().split(split(opened, experience, None)? as usize).experiment.to_owned())
}

/// How many of 100 who take part draw the arm.
fn percent(opened: &Opened, slot: &Slot) -> Option<f64> {
    let program = opened.bundle.program();
    let split = program.split(split(opened, slot.word("experience")?, slot.rule())? as usize);
    let name = |content: Option<u32>| content.map_or("control", |content| program.content_name(content));
    let arm = slot.word("arm")?;
    let points: u32 =
        program.arms(&split).filter(|(content, ..)| name(*content) == arm).map(|(_, points, _)| points).sum();
    Some(f64::from(points) / 100.0)
}
