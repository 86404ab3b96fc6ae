//! One line of a log, as records of fixed width: an exposure in an arm, or what an event adds to a goal.
//!
//! A line that cannot be used is counted under the reason, with the place of the first such line. No line is dropped in silence.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::study::{Compared, Study};
use crate::author::site::{Goal, GoalKind, Goals};
use crate::log::VERSION;
use crate::log::quality::{EXPOSURE, REVERTED};
use crate::words::time::{DAY, parse_time_or_day};
use crate::words::vocabulary;

/// The most names that are remembered for one reason.
const NAMES_MAX: usize = 20;

/// What a line adds. Records of one unit have one `unit`, and everything about a unit follows from its own records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// The pseudonym under one key in one consent epoch, as a digest.
    pub unit: u128,
    /// What was seen or done.
    pub seen: Seen,
}

/// What a unit saw or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// It was exposed to an arm of a study on a day.
    Arm {
        /// Position of the study.
        study: u16,
        /// Days since 1970.
        day: i32,
        /// Position of the arm.
        arm: u16,
    },
    /// It did something that counts for a goal.
    Outcome {
        /// Position of the goal.
        goal: u16,
        /// A digest of the event's id; zero if it has none.
        event: u64,
        /// Days since 1970.
        day: i32,
        /// What is summed.
        y: i64,
        /// What stands below the line of a ratio.
        x: i64,
    },
}

vocabulary! {
    /// Why a line, an event or a unit was left out.
    #[derive(serde::Serialize)]
    #[serde(rename_all = "kebab-case")]
    Left {
        /// It is no JSON object of a log.
        Unreadable = "unreadable",
        /// Its form is not one that this version reads.
        UnknownForm = "unknown-form",
        /// It says no day.
        NoDay = "no-day",
        /// Its day has not come yet.
        Future = "future",
        /// Consent does not cover an id, so it can be in no comparison.
        NoId = "no-id",
        /// It says no consent epoch, and epochs are never joined.
        NoEpoch = "no-epoch",
        /// Its experiment is in no file of the site.
        UnknownExperiment = "unknown-experiment",
        /// Its arm is none of the experiment's.
        UnknownArm = "unknown-arm",
        /// Its event is not in events.toml.
        UnknownEvent = "unknown-event",
        /// Its value is no whole number, or outside of the range in events.toml.
        ImpossibleValue = "impossible-value",
        /// Its money is in another currency.
        OtherCurrency = "other-currency",
        /// It arrived before.
        Duplicate = "duplicate",
        /// The unit saw two arms.
        SecondArm = "second-arm",
        /// It happened before the first exposure, or after the window.
        OutsideWindow = "outside-window",
        /// Its unit was never exposed.
        NotExposed = "not-exposed",
    }
}

/// How often something was left out, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// How often.
    pub count: u64,
    /// The first line, as `FILE:LINE`.
    pub first: Option<String>,
    /// The names in question, at most twenty.
    pub names: BTreeMap<String, u64>,
}

/// Numbers of lines and what was left out.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Lines that are not empty.
    pub lines: u64,
    /// Slots of all pages that somebody decided about, by reason. The lines say nothing of who it was.
    pub decisions: BTreeMap<String, u64>,
    /// Exposures with content.
    pub impressions: u64,
    /// Exposures without content, by reason.
    pub controls: BTreeMap<String, u64>,
    /// Exposures of pages that nobody saw, and events that were refused, by rule.
    pub refused: BTreeMap<String, u64>,
    /// Exposures that a page took back.
    pub reverted: u64,
    /// Events.
    pub outcomes: u64,
    /// What was left out.
    pub left: BTreeMap<Left, Count>,
    /// The first and the last day of exposures and events.
    pub days: Option<(i32, i32)>,
}

/// Reads lines of one site.
#[derive(Debug)]
pub struct Reader<'s> {
    studies: &'s [Study],
    goals: &'s Goals,
    events: Vec<&'s str>,
    today: i32,
    /// What was counted so far.
    pub counts: Counts,
}

/// The keys that are read. Any other is somebody else's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line<'l> {
    v: Option<u32>,
    #[serde(borrow)]
    kind: Option<Cow<'l, str>>,
    #[serde(borrow)]
    name: Option<Cow<'l, str>>,
    at: Value,
    epoch: Option<u32>,
    key: Option<u32>,
    #[serde(borrow)]
    id: Option<Cow<'l, str>>,
    #[serde(borrow)]
    event_id: Option<Cow<'l, str>>,
    detail: Value,
    slot: Value,
    content: Value,
    experience: Value,
    reason: Value,
    experiment: Value,
    arm: Value,
    unit: Value,
    holdout: Value,
    would: Value,
    rule: Value,
    events: Option<u64>,
    slots: Option<Vec<Slot>>,
}

#[derive(Debug, Deserialize)]
struct Slot {
    reason: Option<String>,
}

impl<'s> Reader<'s> {
    /// A reader of the lines up to `today`, in days since 1970. `events` are the names that events.toml has.
    pub fn new(studies: &'s [Study], goals: &'s Goals, events: Vec<&'s str>, today: i32) -> Self {
        Self { studies, goals, events, today, counts: Counts::default() }
    }

    /// Reads one line; `at` is its place, as `FILE:LINE`.
    pub fn line(&mut self, bytes: &[u8], at: &dyn Fn() -> String, give: &mut dyn FnMut(Record)) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        self.counts.lines += 1;
        // A struct would be read from an array too, by position.
        let is_object = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let Some(line) = is_object.then(|| serde_json::from_slice::<Line<'_>>(bytes).ok()).flatten() else {
            return self.leave(Left::Unreadable, None, at);
        };
        match (line.kind.as_deref(), line.name.as_deref()) {
            (Some("reasons"), _) => self.reasons(&line),
            (Some("refused"), _) => {
                let rule = line.rule.as_str().unwrap_or_default().to_owned();
                *self.counts.refused.entry(rule).or_default() += line.events.unwrap_or_default();
            }
            // Another room of the log.
            (Some("failure" | "audit" | "tombstone"), _) => {}
            (Some(EXPOSURE), _) | (None | Some("event"), Some(EXPOSURE)) => self.exposure(line, at, give),
            (None | Some("event"), Some(REVERTED)) => self.counts.reverted += 1,
            (None | Some("event"), Some(_)) => self.outcome(&line, at, give),
            _ => self.leave(Left::Unreadable, None, at),
        }
    }

    fn reasons(&mut self, line: &Line<'_>) {
        for slot in line.slots.iter().flatten() {
            let reason = slot.reason.clone().unwrap_or_else(|| "(not told)".into());
            *self.counts.decisions.entry(reason).or_default() += 1;
        }
    }

    fn exposure(&mut self, line: Line<'_>, at: &dyn Fn() -> String, give: &mut dyn FnMut(Record)) {
        let Some(day) = self.day(&line, at) else { return };
        // A device's exposure has the same fields, as details.
        let line = match &line.detail {
            Value::Object(of) => {
                let field = |name: &str| of.get(name).cloned().unwrap_or_default();
                let (slot, content, experience) = (field("slot"), field("content"), field("experience"));
                let (experiment, arm, unit) = (field("experiment"), field("arm"), field("unit"));
                let (reason, holdout, would) = (field("reason"), field("holdout"), field("would"));
                Line { slot, content, experience, reason, experiment, arm, unit, holdout, would, ..line }
            }
            _ => line,
        };
        match line.content.as_str() {
            Some(_) => self.counts.impressions += 1,
            None => {
                let reason = line.reason.as_str().unwrap_or("(not told)").to_owned();
                *self.counts.controls.entry(reason).or_default() += 1;
            }
        }
        let Some(unit) = self.unit(&line, at) else { return };
        let (experiment, arm) = (line.experiment.as_str(), line.arm.as_str());
        let holdout = line.holdout.as_str();
        let (mut is_known, studies) = (experiment.is_none(), self.studies);
        for (study, of) in (0_u16..).zip(studies) {
            let arm = match &of.of {
                // Who is held back is in no arm.
                Compared::Experiment if experiment == Some(of.name.as_str()) => {
                    is_known = true;
                    let found = of.arms.iter().position(|known| Some(known.as_str()) == arm);
                    if found.is_none() {
                        let name = format!("{}: {}", of.name, arm.unwrap_or("(none)"));
                        self.leave(Left::UnknownArm, Some(&name), at);
                    }
                    found.filter(|_| holdout.is_none())
                }
                Compared::Experiment => None,
                Compared::Holdout { slots, unit, for_everybody } => {
                    let named = |names: &[String], value: &Value| {
                        value.as_str().is_some_and(|name| names.iter().any(|known| known == name))
                    };
                    let is_reached = named(slots, &line.slot)
                        && line.unit.as_str() == Some(unit.name())
                        && !named(for_everybody, &line.experience)
                        && (experiment.is_some() || line.content.is_string() || line.would.is_string());
                    match holdout {
                        Some(name) if is_reached && name == of.name => Some(0),
                        None if is_reached => Some(1),
                        _ => None,
                    }
                }
            };
            if let Some(arm) = arm.and_then(|arm| u16::try_from(arm).ok()) {
                give(Record { unit, seen: Seen::Arm { study, day, arm } });
            }
        }
        if !is_known {
            self.leave(Left::UnknownExperiment, experiment, at);
        }
    }

    fn outcome(&mut self, line: &Line<'_>, at: &dyn Fn() -> String, give: &mut dyn FnMut(Record)) {
        let Some(day) = self.day(line, at) else { return };
        self.counts.outcomes += 1;
        let name = line.name.as_deref().unwrap_or_default();
        if !self.events.contains(&name) {
            return self.leave(Left::UnknownEvent, Some(name), at);
        }
        let Some(unit) = self.unit(line, at) else { return };
        let event = line.event_id.as_deref().map_or(0, |id| short(&[name, id]).max(1));
        for (at_goal, goal) in (0_u16..).zip(&self.goals.goals).filter(|(_, goal)| goal.event == name) {
            match values(goal, &line.detail) {
                Ok((y, x)) => give(Record { unit, seen: Seen::Outcome { goal: at_goal, event, day, y, x } }),
                Err(why) => self.leave(why, Some(&goal.name), at),
            }
        }
    }

    /// The day of a line whose form is known.
    fn day(&mut self, line: &Line<'_>, at: &dyn Fn() -> String) -> Option<i32> {
        if line.v.is_some_and(|form| !(1..=VERSION).contains(&form)) {
            self.leave(Left::UnknownForm, Some(&format!("v{}", line.v.unwrap_or_default())), at);
            return None;
        }
        let Some(day) = day(&line.at) else {
            self.leave(Left::NoDay, None, at);
            return None;
        };
        if day > self.today {
            self.leave(Left::Future, None, at);
            return None;
        }
        let (first, last) = self.counts.days.unwrap_or((day, day));
        self.counts.days = Some((first.min(day), last.max(day)));
        Some(day)
    }

    /// Whose line it is: a pseudonym of one key, in one consent epoch.
    fn unit(&mut self, line: &Line<'_>, at: &dyn Fn() -> String) -> Option<u128> {
        let Some(id) = line.id.as_deref() else {
            self.leave(Left::NoId, None, at);
            return None;
        };
        let Some(epoch) = line.epoch else {
            self.leave(Left::NoEpoch, None, at);
            return None;
        };
        let key = line.key.unwrap_or_default();
        let digest = Sha256::digest(format!("{key}\0{epoch}\0{id}"));
        digest.first_chunk().map(|bytes| u128::from_be_bytes(*bytes))
    }

    fn leave(&mut self, why: Left, name: Option<&str>, at: &dyn Fn() -> String) {
        let count = self.counts.left.entry(why).or_insert_with(|| Count { first: Some(at()), ..Count::default() });
        count.count += 1;
        if let Some(name) = name.filter(|name| count.names.contains_key(*name) || count.names.len() < NAMES_MAX) {
            *count.names.entry(name.to_owned()).or_default() += 1;
        }
    }
}

/// What an event adds to a goal: above the line, and below it.
fn values(goal: &Goal, detail: &Value) -> Result<(i64, i64), Left> {
    if let (Some(currency), Some(key)) = (&goal.currency, &goal.currency_detail)
        && detail.get(key).and_then(Value::as_str) != Some(currency)
    {
        return Err(Left::OtherCurrency);
    }
    let whole = |key: &String| detail.get(key).and_then(Value::as_i64).ok_or(Left::ImpossibleValue);
    let y = match (&goal.value, goal.kind) {
        (_, GoalKind::Proportion) | (None, _) => 1,
        (Some(key), _) => whole(key)?,
    };
    if goal.range.is_some_and(|(low, high)| y < low || y > high) {
        return Err(Left::ImpossibleValue);
    }
    let x = match (&goal.per, goal.kind) {
        (Some(key), GoalKind::Ratio) => whole(key)?,
        (None, GoalKind::Ratio) => 1,
        _ => 0,
    };
    Ok((y, x))
}

/// Days since 1970 of a day, a time, or Unix milliseconds.
fn day(at: &Value) -> Option<i32> {
    let ms = match at {
        Value::String(text) => parse_time_or_day(text)?,
        at => crate::words::time::in_range(at.as_f64().filter(|ms| ms.is_finite())? as i64)?,
    };
    i32::try_from(ms.div_euclid(DAY)).ok()
}

fn short(of: &[&str]) -> u64 {
    let digest = Sha256::digest(of.join("\0"));
    digest.first_chunk().map_or(1, |bytes| u64::from_be_bytes(*bytes))
}
