//! Is a contact within the policy? Counted from the exact contacts before, with the zones of the database and the conditions of the author's
//! files. Nothing here is shared with the engine.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::person::Person;
use crate::author::prove::{Claim, Prover, Witness};
use crate::author::site::{Attribute, Cap, CapWindow, ContactClass, Literal, Period, Quiet, Scope, Site};
use crate::words::time::{format_rfc3339, parse_rfc3339};
use crate::words::{Value, ValueType, Visit};

/// What a channel showed at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// The event of the person.
    pub event: usize,
    /// The channel.
    pub channel: String,
    /// What was shown.
    pub shown: Vec<Shown>,
}

/// Something that was shown, by positions in the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The experience.
    pub experience: usize,
    /// The content.
    pub content: usize,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The part of the policy.
    pub part: String,
    /// The event of the person.
    pub event: usize,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// What happened, in words.
    pub what: String,
    /// Two tabs read one state.
    pub is_race: bool,
}

/// Checks the contacts of one site.
pub(super) struct Checker<'s> {
    pub(super) site: &'s Site,
    prover: Prover<'s>,
    /// The condition of each suppression and goal.
    claims: Vec<Claim>,
}

impl<'s> Checker<'s> {
    pub(super) fn new(site: &'s Site) -> Self {
        let mut prover = Prover::new(site);
        let claims = site.contact.suppressions.iter().map(|one| prover.row(&one.row.condition)).collect();
        Self { site, prover, claims }
    }

    /// Every promise that an answer breaks.
    pub(super) fn check(
        &self,
        person: &Person,
        visit: &Visit,
        before: &[Answer],
        dismissed: &[(usize, i64)],
        answer: &Answer,
        has_memory: bool,
    ) -> Vec<Broken> {
        let policy = &self.site.contact;
        let mut all = Vec::new();
        let mut broken = |part: &str, what: String| {
            all.push(Broken { part: part.into(), event: answer.event, at_ms: answer.at_ms, what, is_race: false });
        };
        let name = |one: &Shown| &self.site.experiences[one.experience].name;
        for (one, claim) in policy.suppressions.iter().zip(&self.claims) {
            let found = answer.shown.iter().find(|shown| one.is_about(&self.site.experiences[shown.experience]));
            if let Some(shown) = found
                && self.prover.truth(*claim, &self.witness(visit, answer.at_ms)) == Some(true)
            {
                broken(&one.name, format!("`{}` was shown while `{}`", name(shown), one.row.text));
            }
        }
        for cap in policy.caps.iter().filter(|_| has_memory) {
            if !self.is_about(&cap.scope, answer) {
                continue;
            }
            let counted: Vec<i64> = before
                .iter()
                .filter(|then| self.is_about(&cap.scope, then) && counts(cap, then.at_ms, answer.at_ms))
                .map(|then| then.at_ms)
                .collect();
            if counted.len() >= cap.max.into() {
                let times: Vec<String> = counted.iter().map(|at| format_rfc3339(*at)).collect();
                broken(&cap.name, format!("contact {} within the time, after {}", counted.len() + 1, times.join(", ")));
            }
        }
        for quiet in policy.quiet.iter().filter(|quiet| self.is_about(&quiet.scope, answer)) {
            if is_quiet(quiet, &person.zone, answer.at_ms) {
                broken(&quiet.name, format!("a contact in a quiet hour of {}", person.zone));
            }
        }
        self.repeated(visit, before, dismissed, answer, has_memory, &mut broken);
        let cool_off = i64::from(policy.cool_off_seconds.unwrap_or(0)) * 1_000;
        for shown in answer.shown.iter().filter(|_| has_memory) {
            let is_offer = self.site.experiences[shown.experience].contact_class() == ContactClass::Promotional;
            let then = dismissed.iter().find(|(content, at)| *content == shown.content && answer.at_ms - at < cool_off);
            if let Some((content, at)) = then.filter(|_| is_offer) {
                let content = &self.site.content[*content].name;
                broken("cool_off", format!("`{content}`, which was dismissed at {}", format_rfc3339(*at)));
            }
        }
        all
    }

    pub(super) fn is_about(&self, scope: &Scope, answer: &Answer) -> bool {
        answer.shown.iter().any(|shown| {
            let is_content = scope.contents.is_empty() || scope.contents.contains(&shown.content);
            let is_channel = scope.channels.is_empty() || scope.channels.contains(&answer.channel);
            let class = self.site.experiences[shown.experience].contact_class();
            is_content
                && match scope.experiences.is_empty() {
                    true => scope.classes.contains(&class) && is_channel,
                    false => scope.experiences.contains(&shown.experience),
                }
        })
    }

    /// The true values of a person, also those that the engine may not read.
    fn witness(&self, visit: &Visit, now_ms: i64) -> Witness {
        let typed = |attribute: &Attribute| {
            let value = visit.attributes.get(&attribute.name)?;
            Some((attribute.name.clone(), literal(attribute, value)?))
        };
        Witness {
            attributes: self.site.attributes.iter().filter_map(typed).collect(),
            now_ms: Some(now_ms),
            ..Witness::default()
        }
    }
}

fn literal(attribute: &Attribute, value: &Value) -> Option<Literal> {
    Some(match (attribute.value_type, value) {
        (ValueType::Bool, Value::Bool(value)) => Literal::Bool(*value),
        (ValueType::Int, Value::Int(value)) => Literal::Int(*value),
        (ValueType::Double, Value::Int(value)) => Literal::Double(*value as f64),
        (ValueType::Double, Value::Double(value)) => Literal::Double(*value),
        (ValueType::String | ValueType::Symbol, Value::Text(text)) => Literal::Text(text.clone()),
        (ValueType::List, Value::List(items)) => Literal::List(items.clone()),
        (ValueType::Timestamp, Value::Int(ms)) => Literal::Timestamp(*ms),
        (ValueType::Timestamp, Value::Text(text)) => Literal::Timestamp(parse_rfc3339(text)?),
        _ => return None,
    })
}

fn counts(cap: &Cap, then_ms: i64, now_ms: i64) -> bool {
    match &cap.window {
        CapWindow::Sliding(seconds) => now_ms - then_ms < i64::from(*seconds) * 1_000,
        CapWindow::Calendar(Period::Day, zone) => date(zone, then_ms) == date(zone, now_ms),
        CapWindow::Calendar(Period::Week, zone) => {
            let week = |ms| date(zone, ms).map(|date| date.iso_week_date()).map(|week| (week.year(), week.week()));
            week(then_ms) == week(now_ms)
        }
    }
}

fn date(zone: &str, ms: i64) -> Option<Date> {
    let zone = TimeZone::get(zone).ok()?;
    Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(zone).date())
}

/// True within quiet hours: from the earliest reading of their beginning to the latest of their end.
fn is_quiet(quiet: &Quiet, zone: &str, ms: i64) -> bool {
    let (Some(today), Ok(zone)) = (date(zone, ms), TimeZone::get(zone)) else { return true };
    let crosses = quiet.until <= quiet.from;
    let reading = |day: Date, minutes: u16, is_last: bool| {
        let local = day.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
        let ambiguous = zone.to_ambiguous_timestamp(local);
        if is_last { ambiguous.later() } else { ambiguous.earlier() }.ok().map(|at| at.as_millisecond())
    };
    let days = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
    days.into_iter().flatten().any(|day| {
        let end = if crosses { day.tomorrow().ok() } else { Some(day) };
        let stretch = reading(day, quiet.from, false).zip(end.and_then(|day| reading(day, quiet.until, true)));
        stretch.is_some_and(|(start, end)| (start..end).contains(&ms))
    })
}
