//! Decisions, experiences and rules in one sentence each.

use super::rows::{RowExplanation, Standing};
use super::{
    ExperienceExplanation, Outcome, RuleExplanation, listed, moment, percent, permission_for, purpose_words, waits_for,
};
use crate::bundle::Program;
use crate::bundle::programme::Holdout;
use crate::compile::debug::{ExperienceDebug, MarketDebug};
use crate::consent::Grants;
use crate::engine::{Decision, GaveWay, Held, Page};
use crate::trust::Order;
use crate::words::time::MAX;
use crate::words::{Action, Barred, Depth, Detail, Purpose, Reason};

pub(super) fn headline(content: Option<&str>) -> String {
    match content {
        Some(content) => format!("Shows `{content}`."),
        None => "Keeps the origin’s own content.".into(),
    }
}

pub(super) fn because(page: &Page, decision: &Decision, grants: &Grants, tried: &[ExperienceExplanation]) -> String {
    let decided = tried.iter().find(|experience| experience.decided);
    let rule = decided.and_then(|experience| experience.rules.get(decision.rule? as usize));
    let by = |experience: &ExperienceExplanation, rule: &RuleExplanation| match experience.rules.len() {
        1 => format!("`{}`", experience.name),
        _ => format!("`{}`, rule {}", experience.name, rule.number),
    };
    let conditions = |experience: &ExperienceExplanation, rule: &RuleExplanation| {
        let rows = experience.eligible.iter().chain(&rule.rows);
        let positive = rows.filter(|row| row.group != "none" && row.standing == Standing::Met);
        listed(&positive.map(|row| row.sentence.clone()).collect::<Vec<_>>())
    };
    let without_arm = match decision.detail {
        Some(Detail::NoIdentity) => Some("there is no id to draw an arm with"),
        Some(Detail::ConsentWithheld) => Some("the visitor’s permissions cover no id to draw an arm with"),
        Some(Detail::ConsentWithdrawn) => Some("the visitor denied the permission for an id to draw an arm with"),
        Some(Detail::Expired) => Some("its content has expired"),
        Some(Detail::LocaleMissing) => Some("its content has no text in a language that may be shown to this visitor"),
        Some(Detail::Stopped) => Some("its experiment is stopped"),
        _ => None,
    };
    if let (Some((experience, rule)), Some(but)) = (decided.zip(rule), without_arm) {
        return format!("{} matched, but {but}.", by(experience, rule));
    }
    if let (Some((experience, rule)), Some(Detail::StaleFeed)) = (decided.zip(rule), decision.detail)
        && rule.outcome == Outcome::Undecided
    {
        let by = by(experience, rule);
        return format!(
            "{by} cannot be decided, as a feed that it needs is too old. The slot is then the origin’s own."
        );
    }
    match (decision.reason, decision.detail, decided.zip(rule)) {
        (Reason::Stale, None, None) => {
            "The bundle has expired, and the site then shows the origin’s own content.".into()
        }
        (Reason::Disabled, Some(Detail::Paused), _) => "An experience that matched is paused.".into(),
        (Reason::Disabled, ..) => "No experience of this slot is running now.".into(),
        (Reason::Error, ..) => "The bundle has no such slot.".into(),
        (Reason::Split, _, Some((experience, rule))) if decision.assignment.is_some() => {
            split(page, decision, experience, rule, &by(experience, rule))
        }
        (_, detail, Some((experience, rule))) => {
            let why = match conditions(experience, rule) {
                none if none.is_empty() => format!("{} is for everybody.", by(experience, rule)),
                rows => format!("{} matched: {rows}.", by(experience, rule)),
            };
            if detail == Some(Detail::OutOfStock) { format!("{why} {OUT_OF_STOCK}") } else { why }
        }
        (_, Some(Detail::ConsentWithheld), None) => {
            let (needs, depth) = open_needs(tried);
            let limit = depth.map(|depth| format!("while data may not be as personal as `{depth}`"));
            let without = both("without ", &needs, limit).unwrap_or_else(|| "with the data that may be read".into());
            format!("No rule matched, and some could not be decided {without}.")
        }
        (_, Some(Detail::ConsentWithdrawn), None) => {
            let is_denied = |need: &&'static str| Purpose::from_name(need).is_some_and(|need| grants.refuses(need));
            let denied: Vec<&'static str> = open_needs(tried).0.into_iter().filter(is_denied).collect();
            let denied = if denied.is_empty() { "the permission for them".to_owned() } else { permission_for(&denied) };
            format!("No rule matched, and some could not be decided, as the visitor denied {denied}.")
        }
        (_, Some(Detail::BudgetExhausted), None) => "No rule matched within the limit of rules for one slot.".into(),
        (_, Some(Detail::DataQuality), None) => {
            "No rule matched, and some could not be decided because a value is missing or unusable.".into()
        }
        (_, Some(Detail::StaleFeed), None) => {
            "No rule matched, and a feed that was read is too old or not there.".into()
        }
        (_, Some(Detail::OutOfStock), None) => "A rule would match, but what it shows is not in stock.".into(),
        (_, Some(Detail::PagePlan), None) => "No other rule matched.".into(),
        _ if tried.is_empty() => "No experience uses this slot.".into(),
        _ => no_match(tried),
    }
}

/// The content of a rule is gone.
const OUT_OF_STOCK: &str = "An earlier rule would match, but what it shows is not in stock.";

/// A permission and a limit in words. One of the two may be absent, and without both there are no words.
pub(super) fn both(before: &str, needs: &[&'static str], limit: Option<String>) -> Option<String> {
    let permission = (!needs.is_empty()).then(|| format!("{before}{}", permission_for(needs)));
    let parts: Vec<String> = permission.into_iter().chain(limit).collect();
    (!parts.is_empty()).then(|| parts.join(", and "))
}

/// No rule matched: with the reason, where one sentence can hold it.
fn no_match(experiences: &[ExperienceExplanation]) -> String {
    if experiences.iter().all(|experience| !experience.running) {
        return "No experience of this slot runs now.".into();
    }
    let rules = experiences.iter().flat_map(|experience| &experience.rules);
    let refuted: Vec<&RuleExplanation> = rules.filter(|rule| rule.outcome == Outcome::Refuted).collect();
    match refuted.as_slice() {
        [only] => only.sentence.replacen("Does not match", "No rule matched", 1),
        [] => "No rule matched.".into(),
        several => format!("None of {} rules matched.", several.len()),
    }
}

fn split(page: &Page, decision: &Decision, of: &ExperienceExplanation, rule: &RuleExplanation, by: &str) -> String {
    let drawn = rule.split.as_ref().and_then(|split| Some((split, split.drawn.as_ref()?)));
    let Some((split, (arm, unit))) = drawn else { return format!("{by} matched.") };
    let share = split.arms.iter().find(|(name, _)| name == arm).map_or(0.0, |(_, share)| *share);
    let point = decision.assignment.map_or(0, |assignment| assignment.point);
    let reads = if page.read(decision).is_empty() && of.eligible.is_empty() { "" } else { " matched, and" };
    let layer = split
        .layer
        .as_ref()
        .map_or(String::new(), |layer| format!(" It has {} % of the visitors of layer `{layer}`.", split.traffic));
    format!(
        "{by}{reads} drew arm `{arm}` ({share} %) of experiment `{}` by {unit} id, at point {point} of 10000.{layer}",
        split.experiment
    )
}

/// The permissions that the undecided rules of these experiences wait for.
fn open_needs(experiences: &[ExperienceExplanation]) -> (Vec<&'static str>, Option<Depth>) {
    waits_for(experiences.iter().flat_map(|experience| {
        let rules = experience.rules.iter().filter(|rule| rule.outcome == Outcome::Undecided);
        rules.flat_map(|rule| experience.eligible.iter().chain(&rule.rows))
    }))
}

pub(super) fn rule(outcome: Outcome, effect: &str, rows: [&[RowExplanation]; 2], purpose: Purpose) -> String {
    match outcome {
        Outcome::Decided => format!("Decided: {}.", effect_words(effect)),
        Outcome::Refuted => format!("Does not match: {}.", refuted(rows)),
        Outcome::Undecided => {
            let mut reasons: Vec<&str> =
                rows.into_iter().flatten().filter_map(|row| row.unknown_because.as_deref()).collect();
            reasons.dedup();
            match reasons.as_slice() {
                [] => format!("Cannot be decided for {}.", purpose_words(purpose)),
                reasons => format!("Cannot be decided: {}.", reasons.join("; ")),
            }
        }
        Outcome::OutsideTraffic => {
            "Matches, but the experiment leaves this visit out, so the next rule is tried.".into()
        }
        Outcome::Withheld => "Matches, but the contact policy holds its content back.".into(),
        Outcome::GaveWay => "Matches, but gives way to what the page shows, so the next rule is tried.".into(),
        Outcome::NotRunning => "Not tried: the experience does not run now.".into(),
        Outcome::TooLate => "Would match too, but an earlier rule decided.".into(),
    }
}

/// The rows that exclude the visitor.
fn refuted(rows: [&[RowExplanation]; 2]) -> String {
    let all = || rows.into_iter().flatten();
    let excluded = all().find(|row| row.group == "none" && row.standing == Standing::NotMet);
    if let Some(row) = excluded {
        return format!("excluded, as {}", row.sentence);
    }
    let failed: Vec<String> = all()
        .filter(|row| row.group == "all" && row.standing == Standing::NotMet)
        .map(|row| format!("“{}” is false", row.sentence))
        .collect();
    if failed.is_empty() { "none of its alternatives is true".into() } else { listed(&failed) }
}

fn effect_words(effect: &str) -> String {
    match effect {
        "control" => "the origin’s own content stays".into(),
        "" => "this rule applies".into(),
        effect => match effect.strip_prefix("split ") {
            Some(experiment) => format!("experiment `{experiment}`"),
            None => format!("`{effect}`"),
        },
    }
}

/// That a holdout holds the visitor back, and from what.
pub(super) fn held(holdout: &Holdout, held: Held, would: Option<&str>) -> String {
    let share = percent(holdout.points.into());
    let would = would
        .map_or("the origin’s own content would be shown, too".into(), |would| format!("`{would}` would be shown"));
    format!(
        "Holdout `{}` holds back {share} % of all, and this {} is one of them, at point {} of 10000; otherwise {would}.",
        holdout.name,
        holdout.unit(),
        held.point
    )
}

/// The part of the contact policy that held content back.
pub(super) fn withheld(detail: Detail, name: &str, not_before_ms: Option<i64>) -> String {
    let until = match not_before_ms {
        Some(ms) => format!(" It is possible again from {} on.", moment(ms)),
        None => String::new(),
    };
    match detail {
        Detail::Suppressed => {
            format!(
                "`{name}` suppresses contacts of this class, or cannot be decided. No rule and no priority overrides it."
            )
        }
        Detail::GoalReached => format!("The goal `{name}` is reached, or cannot be decided."),
        Detail::Dismissed => format!("A rule matched, but its content was dismissed.{until}"),
        Detail::Capped => format!("A rule matched, but the cap `{name}` is reached.{until}"),
        Detail::TooSoon => format!("A rule matched, but the last contact is too short a time ago for `{name}`.{until}"),
        Detail::Repeated => {
            format!("A rule matched, but its content was shown too short a time ago for `{name}`.{until}")
        }
        Detail::OutOfTurn => {
            format!(
                "A rule matched, but it is another step’s turn in the sequence `{name}`, or this one’s time is over."
            )
        }
        Detail::BudgetSpent => {
            format!("A rule matched, but the budget `{name}` leaves this visit out in this hour.{until}")
        }
        Detail::QuietHours => {
            format!("A rule matched, but it is a quiet hour of `{name}` where the visitor is or may be.{until}")
        }
        _ => format!("A rule matched, but `{name}` needs the contacts before, and nobody told them."),
    }
}

/// That a rule gave way to what the page shows, and to what.
pub(super) fn gave_way(program: &Program, gave_way: GaveWay) -> String {
    let to = program.slot(gave_way.to as usize).name;
    let why = match gave_way.why {
        Barred::Repeat => format!("`{to}` already shows it"),
        Barred::Conflict => format!("`{to}` shows what it conflicts with"),
        Barred::Changes => format!("the page already changes as many slots as it may, and `{to}` took the last place"),
        Barred::Class => {
            format!("the page already shows as much of its class as it may, and `{to}` took the last place")
        }
    };
    let experience = program.experience_name(gave_way.experience as usize);
    format!("Rule {} of `{experience}` is not shown because {why}.", gave_way.rule + 1)
}

/// What somebody ordered, until when, and why.
pub(super) fn order(order: &Order) -> String {
    let what = match order.action {
        Action::Pause => "Paused",
        Action::Stop => "Stopped",
    };
    let until = if order.until_ms < MAX { format!(" until {}", moment(order.until_ms)) } else { String::new() };
    format!("{what}{until}: {}.", order.reason.trim_end_matches('.'))
}

pub(super) fn experience(decided: bool, running: bool, rules: &[RuleExplanation]) -> String {
    let is = |outcome: Outcome| rules.iter().any(|rule| rule.outcome == outcome);
    let undecided = rules.iter().find(|rule| rule.outcome == Outcome::Undecided);
    let text = if decided {
        "Decided this slot."
    } else if !running {
        "Not running now."
    } else if is(Outcome::Withheld) {
        "Matches, but the contact policy holds its content back."
    } else if is(Outcome::TooLate) {
        "Would match too, but another experience goes first."
    } else if let Some(rule) = undecided {
        &rule.sentence
    } else if is(Outcome::GaveWay) {
        "Matches, but gives way to what the page shows."
    } else if is(Outcome::OutsideTraffic) {
        "Matches, but its experiment leaves this visit out."
    } else {
        "Does not match."
    };
    text.into()
}

pub(super) fn window(from_ms: i64, until_ms: i64) -> String {
    match (from_ms, until_ms) {
        (i64::MIN, i64::MAX) => "Always".into(),
        (i64::MIN, until) => format!("Until {}", moment(until)),
        (from, i64::MAX) => format!("From {}", moment(from)),
        (from, until) => format!("From {} until {}", moment(from), moment(until)),
    }
}

/// Says that an experience is one of a market, and what it has of its own.
pub(super) fn market(market: &MarketDebug) -> String {
    let reason =
        market.reason.as_ref().map(|reason| format!(" Reason: {}.", reason.trim_end_matches('.'))).unwrap_or_default();
    let MarketDebug { market, of, points, place, .. } = market;
    format!("In market `{market}` in place of `{of}`, with {} of its own ({place}).{reason}", listed(points))
}

/// Why an experience never runs where the visitor is.
pub(super) fn elsewhere(name: &str, own: Option<&MarketDebug>, all: &[ExperienceDebug]) -> String {
    if let Some(own) = own {
        return format!("Only in market `{}`", own.market);
    }
    let takes = |one: &&ExperienceDebug| one.market.as_ref().is_some_and(|market| market.of == name);
    let others: Vec<String> = all.iter().filter(takes).map(|one| format!("`{}`", one.name)).collect();
    match others.as_slice() {
        [] => "Not in this market".into(),
        others => format!("Not in this market, which does otherwise; see {}", listed(others)),
    }
}
