//! Explanations: why a slot shows what it shows, and why not something else.
//!
//! The room gives plain data and plain text for people: the command line, the preview's panel, a proof or an answer to a visitor prints
//! them. Start at [`explain`](explain()): it takes what `decide` took and gave, and the debug file of the bundle, and gives one
//! [`SlotExplanation`]. [`text()`] writes that as lines. [`permissions`](permissions()) tells what the visitor permits. [`withdrawn`],
//! [`without_each`] and [`granted`] decide the slot again with other permissions, and [`if_all_granted`] with all of them.
//! [`words`] has a phrase for each member of the closed vocabularies, and [`reasons`] a text for each reason.
//!
//! An explanation reads nothing that the decision may not read. It names the purpose that a hidden attribute needs, and never its
//! value.

mod language;
mod otherwise;
mod permissions;
pub mod reasons;
mod rows;
mod sentences;
#[cfg(all(test, feature = "cli"))]
mod tests;
mod text;
pub mod words;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use serde::Serialize;

pub use language::Language;
pub use otherwise::{
    Asked, IfAllGranted, Otherwise, PermissionChange, Possible, granted, if_all_granted, withdrawn, without_each,
};
pub use permissions::{Permission, Permissions, permissions};
pub use rows::{Faulty, Missing, RowExplanation, Standing};
pub use text::text;

use crate::bundle::{Bundle, Effect};
use crate::compile::debug::{Debug, RowDebug};
use crate::engine::explain::{Verdict, Verdicts, schedule};
use crate::engine::{Decision, Page, Permitted};
use crate::words::time::format_rfc3339;
use crate::words::{Action, Depth, Detail, Purpose, Reason, Unit, Visit};

/// A slot's decision with everything that was weighed for it.
#[derive(Clone, Debug, Serialize)]
pub struct SlotExplanation {
    /// The slot.
    pub slot: String,
    /// The content that is shown; `None` is the origin's own.
    pub content: Option<String>,
    /// When it is shown or sent.
    pub when: Due,
    /// The content that is shown; `None` is the origin's own.
    pub what: Option<String>,
    /// How it is shown.
    pub how: How,
    /// The shown content, in one sentence.
    pub headline: String,
    /// Why, in one sentence.
    pub because: String,
    /// The language of the content, if the site has several.
    pub language: Option<Language>,
    /// Rules that would have gone first and could not be decided.
    pub possible: Vec<Possible>,
    /// The same in sentences.
    pub could: Vec<String>,
    /// The slot decided again with other permissions, as far as that was asked for.
    pub otherwise: Vec<Otherwise>,
    /// Every experience of the slot, in the order in which they are tried.
    pub experiences: Vec<ExperienceExplanation>,
}

/// When a decision is shown or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// True if it is due as soon as it is decided.
    pub now: bool,
    /// The event that it follows.
    pub after: Option<String>,
    /// The time before which it is not sent.
    pub not_before: Option<String>,
}

/// How a decision is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct How {
    /// A layout of the slot; `None` is the slot's own.
    pub layout: Option<String>,
}

/// One experience of the slot.
#[derive(Clone, Debug, Serialize)]
pub struct ExperienceExplanation {
    /// Its name.
    pub name: String,
    /// The purpose it serves.
    pub purpose: &'static str,
    /// The accountable team.
    pub owner: Option<String>,
    /// The goal it serves.
    pub goal: Option<String>,
    /// What the visitor gains.
    pub benefit: Option<String>,
    /// The market that it is for alone, and what it does there in place of another experience, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// `file:line:column`.
    pub place: String,
    /// True if its schedule has it running now, and it is not paused.
    pub running: bool,
    /// Its schedule in words, if it has one.
    pub schedule: Option<String>,
    /// True if it decided.
    pub decided: bool,
    /// How it came out, in one sentence.
    pub sentence: String,
    /// Rows that hold for every rule.
    pub eligible: Vec<RowExplanation>,
    /// Its rules, in order.
    pub rules: Vec<RuleExplanation>,
}

/// One rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleExplanation {
    /// Counted from 1.
    pub number: usize,
    /// Its effect, as written.
    pub effect: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The same in one sentence.
    pub sentence: String,
    /// Its own rows.
    pub rows: Vec<RowExplanation>,
    /// The experiment, if it has one.
    pub split: Option<SplitExplanation>,
    /// `file:line:column`.
    pub place: String,
}

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It matched and decided.
    Decided,
    /// A row is false.
    Refuted,
    /// It cannot be decided.
    Undecided,
    /// It matched, and the experiment leaves this visit out.
    OutsideTraffic,
    /// It matched, and its content cannot stand beside what the page shows.
    GaveWay,
    /// Its experience runs at another time.
    NotRunning,
    /// It matched, and the contact policy held its content back.
    Withheld,
    /// It would have matched, but another rule had decided before.
    TooLate,
}

/// An experiment behind a rule.
#[derive(Clone, Debug, Serialize)]
pub struct SplitExplanation {
    /// Its name.
    pub experiment: String,
    /// The salt of its draws.
    pub salt: String,
    /// The assigned unit, if consent covers it.
    pub unit: &'static str,
    /// Percent of the matching visits that take part.
    pub traffic: f64,
    /// The layer in which it has these visitors alone, if it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The points of those who take part, in ranges from the first number up to the second without it: of the layer's draw, or
    /// of its own.
    pub taking_part: Vec<[u32; 2]>,
    /// The arms with their shares in percent.
    pub arms: Vec<(String, f64)>,
    /// The points of each arm.
    pub points: BTreeMap<String, Vec<[u32; 2]>>,
    /// The arm that this visit drew, and by which unit, if it drew one.
    pub drawn: Option<(String, &'static str)>,
}

/// Explains one decision of a page. Of the visit it reads what the host says of its language and its own device.
pub fn explain(
    bundle: &Bundle,
    debug: &Debug,
    permitted: &Permitted<'_>,
    page: &Page,
    decision: &Decision,
    visit: &Visit,
) -> SlotExplanation {
    let program = bundle.program();
    let (content, _) = shown(bundle, decision);
    let mut weighing = Weighing { bundle, debug, permitted, decision, is_decided: false };
    let positions = decision.slot.into_iter().flat_map(|slot| program.experiences_of(slot as usize));
    let experiences: Vec<ExperienceExplanation> = positions.map(|position| weighing.experience(position)).collect();
    let possible = otherwise::possible(&experiences);
    let (when, how) = delivery(bundle, decision);
    SlotExplanation {
        slot: decision.slot.map_or("", |slot| program.slot(slot as usize).name).to_owned(),
        headline: sentences::headline(content.as_deref()),
        because: because(bundle, permitted, page, decision, &experiences) + linked(permitted, decision, visit),
        language: language::language(bundle, permitted, decision, visit.locale.as_deref()),
        what: content.clone(),
        content,
        when,
        how,
        could: otherwise::possible_sentences(&possible),
        possible,
        otherwise: Vec::new(),
        experiences,
    }
}

/// That another device's id was drawn by, if one was.
fn linked(permitted: &Permitted<'_>, decision: &Decision, visit: &Visit) -> &'static str {
    let drawn = permitted.id(Unit::Visitor).filter(|_| decision.drew_by(Unit::Visitor));
    if drawn.is_some() && drawn != visit.identity.visitor.as_deref() {
        " This device is linked to an account, and the id of the account’s first device was drawn by."
    } else {
        ""
    }
}

/// When and how content is shown. The origin's own is there at once, in its own way.
fn delivery(bundle: &Bundle, decision: &Decision) -> (Due, How) {
    let program = bundle.program();
    let decided = decision.experience.zip(decision.rule).filter(|_| decision.content.is_some());
    let due = decided.and_then(|(experience, _)| program.plan().due(experience));
    let layout = decided.and_then(|(experience, rule)| {
        let first = program.rulebook().plan(experience as usize).rules.start as u32;
        program.plan().layout(first + rule).map(str::to_owned)
    });
    let when = Due {
        now: due.is_none(),
        after: due.and_then(|due| due.after.clone()),
        not_before: due.and_then(|due| due.not_before_ms).map(format_rfc3339),
    };
    (when, How { layout })
}

fn because(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    page: &Page,
    decision: &Decision,
    experiences: &[ExperienceExplanation],
) -> String {
    let mut because = sentences::because(page, decision, permitted.grants(), experiences);
    if let Some(gave_way) = decision.gave_way {
        because = format!("{} {because}", sentences::gave_way(bundle.program(), gave_way));
    }
    if let Some(held) = decision.held() {
        let program = bundle.program();
        let holdout = program.programme().holdouts.get(held.holdout as usize);
        return holdout.map_or(because.clone(), |holdout| {
            let would = held.would.map(|content| program.content_name(content));
            format!("{} {because}", sentences::held(holdout, held, would))
        });
    }
    if let Some((withheld, detail)) = decision.withheld.zip(decision.detail) {
        let name = withheld.part.and_then(|part| bundle.program().contact().name(usize::from(part)));
        return sentences::withheld(detail, name.unwrap_or("cool_off"), withheld.not_before_ms);
    }
    let (action, names): (_, Vec<&str>) = match decision.detail {
        Some(Detail::Paused) => {
            (Action::Pause, experiences.iter().map(|experience| experience.name.as_str()).collect())
        }
        Some(Detail::Stopped) => {
            (Action::Stop, bundle.program().orders().iter().map(|order| order.name.as_str()).collect())
        }
        _ => return because,
    };
    let order = names.into_iter().find_map(|name| bundle.program().order(action, name, permitted.now_ms()));
    order.map_or(because.clone(), |order| format!("{because} {}", sentences::order(order)))
}

struct Weighing<'a, 'v> {
    bundle: &'a Bundle,
    debug: &'a Debug,
    permitted: &'a Permitted<'v>,
    decision: &'a Decision,
    /// True if a rule that was tried before has decided.
    is_decided: bool,
}

impl Weighing<'_, '_> {
    fn experience(&mut self, position: usize) -> ExperienceExplanation {
        let experience = self.bundle.program().experience(position);
        let verdicts = Verdicts::new(self.bundle, self.permitted, experience.purpose);
        let window = schedule(self.bundle, self.permitted, position);
        let program = self.bundle.program();
        let paused = program.order(Action::Pause, experience.name, self.permitted.now_ms());
        let running = paused.is_none() && window.as_ref().is_none_or(|(_, running)| *running);
        let decided = self.decision.experience == Some(position as u32);
        let debug = self.debug.experiences.get(position).cloned().unwrap_or_default();
        let explained = |weighing: &Self, rows: &[RowDebug]| -> Vec<RowExplanation> {
            rows.iter().map(|row| weighing.row(&verdicts, experience.purpose, row, rows::AUDIENCE_DEPTH_MAX)).collect()
        };
        let eligible = explained(self, &debug.eligible);
        let mut rules = Vec::new();
        for (number, rule) in (0..).zip(experience.rules.clone()) {
            let debug = debug.rules.get(number as usize).cloned().unwrap_or_default();
            let rows = explained(self, &debug.rows);
            let decided = decided && self.decision.rule == Some(number);
            let outcome = match self.outcome(rule, &verdicts, running) {
                // A stale feed can end the search at a rule that cannot be decided.
                Outcome::Undecided if decided => Outcome::Undecided,
                _ if decided => Outcome::Decided,
                other => other,
            };
            rules.push(RuleExplanation {
                number: number as usize + 1,
                sentence: sentences::rule(outcome, &debug.effect, [&eligible, &rows], experience.purpose),
                effect: debug.effect,
                outcome,
                rows,
                split: self.split(rule, decided),
                place: debug.place,
            });
            self.is_decided |= decided;
        }
        ExperienceExplanation {
            name: experience.name.to_owned(),
            purpose: experience.purpose.name(),
            owner: debug.owner,
            goal: debug.goal,
            benefit: debug.benefit,
            place: debug.place,
            running,
            schedule: window.map(|(window, _)| match window.from_ms < window.until_ms {
                true => sentences::window(window.from_ms, window.until_ms),
                false => sentences::elsewhere(experience.name, debug.market.as_ref(), &self.debug.experiences),
            }),
            market: debug.market.as_ref().map(sentences::market),
            decided,
            sentence: match paused {
                Some(order) => sentences::order(order),
                None => sentences::experience(decided, running, &rules),
            },
            eligible,
            rules,
        }
    }

    /// How a rule that did not decide came out: by the same literals as the decision.
    fn outcome(&self, rule: usize, verdicts: &Verdicts, running: bool) -> Outcome {
        if !running {
            return Outcome::NotRunning;
        }
        let rulebook = self.bundle.program().rulebook();
        let verdicts: Vec<Verdict> = rulebook.literals(rule).map(|literal| verdicts.of(literal)).collect();
        match () {
            () if verdicts.contains(&Verdict::False) => Outcome::Refuted,
            () if verdicts.contains(&Verdict::Unknown) => Outcome::Undecided,
            () if self.gave_way(rule) => Outcome::GaveWay,
            () if self.is_withheld(rule) => Outcome::Withheld,
            () if self.is_decided || self.decision.experience.is_none() => Outcome::TooLate,
            () => Outcome::OutsideTraffic,
        }
    }

    /// True if a rule that matched was passed over: only the contact policy does that to content that is not drawn.
    fn is_withheld(&self, rule: usize) -> bool {
        let program = self.bundle.program();
        let shows = matches!(program.rulebook().effect(rule), Effect::Show(_));
        shows && !self.is_decided && program.contact().has_history() && self.decision.reason != Reason::Stale
    }

    /// True if a rule that matched gave way: the first that did, or a later one that shows content to all whom it matches.
    fn gave_way(&self, rule: usize) -> bool {
        let rulebook = self.bundle.program().rulebook();
        self.decision.gave_way.filter(|_| !self.is_decided).is_some_and(|gave_way| {
            let first = rulebook.plan(gave_way.experience as usize).rules.start + gave_way.rule as usize;
            rule == first || rule > first && matches!(rulebook.effect(rule), Effect::Show(_))
        })
    }

    fn split(&self, rule: usize, decided: bool) -> Option<SplitExplanation> {
        let program = self.bundle.program();
        let Effect::Split(position) = program.rulebook().effect(rule) else { return None };
        let split = program.split(position as usize);
        let name = |content: Option<u32>| content.map_or("control", |content| program.content_name(content)).to_owned();
        let length = |ranges: &[[u32; 2]]| ranges.iter().map(|[from, until]| until - from).sum();
        let mut points: Vec<(String, Vec<[u32; 2]>)> = Vec::new();
        let mut end = 0;
        for (content, count, free) in program.arms(&split) {
            let (arm, range) = (name(content), [end + free, end + free + count]);
            end = range[1];
            match points.iter_mut().find(|(known, _)| *known == arm) {
                Some((_, ranges)) => ranges.push(range),
                None => points.push((arm, vec![range])),
            }
        }
        let mut taking_part = Vec::new();
        for position in position as usize.. {
            let (range, has_more) = program.taking_part(position);
            taking_part.push([range.start, range.end]);
            if !has_more {
                break;
            }
        }
        let drawn = self.decision.assignment.filter(|assignment| decided && assignment.split == position);
        let arm = |arm: u32| program.arm_name(&split, arm as usize).map(str::to_owned);
        Some(SplitExplanation {
            experiment: split.experiment.to_owned(),
            salt: split.salt.to_owned(),
            unit: split.unit.name(),
            traffic: percent(length(&taking_part)),
            layer: split.layer.map(str::to_owned),
            taking_part,
            arms: points.iter().map(|(arm, ranges)| (arm.clone(), percent(length(ranges)))).collect(),
            points: points.into_iter().collect(),
            drawn: drawn.and_then(|drawn| Some((arm(drawn.arm)?, drawn.unit.name()))),
        })
    }
}

/// The purposes that the visitor would have to permit before these rows can be decided, and how personal they would have to let
/// decisions be.
fn waits_for<'r>(rows: impl IntoIterator<Item = &'r RowExplanation>) -> (Vec<&'static str>, Option<Depth>) {
    let missing: Vec<&Missing> = rows.into_iter().flat_map(|row| &row.missing).collect();
    let depth = missing.iter().filter_map(|missing| missing.depth.and_then(Depth::from_name)).max();
    (needs_of(missing), depth)
}

/// The purposes that these need, each once.
fn needs_of<'m>(missing: impl IntoIterator<Item = &'m Missing>) -> Vec<&'static str> {
    once(missing.into_iter().flat_map(|missing| missing.needs.iter().copied()))
}

/// The different ones among these, in order.
fn once<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

/// The names of the shown content and of the experience that decided. Without content it is the origin's own.
fn shown(bundle: &Bundle, decision: &Decision) -> (Option<String>, Option<String>) {
    let program = bundle.program();
    let content = decision.content.map(|content| program.content_name(content).to_owned());
    (content, decision.experience.map(|position| program.experience(position as usize).name.to_owned()))
}

fn percent(basis_points: u32) -> f64 {
    f64::from(basis_points) / 100.0
}

/// A moment in UTC as people read it: `2026-12-01 08:00 UTC`.
fn moment(ms: i64) -> String {
    let text = format_rfc3339(ms);
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed<T: Borrow<str>>(names: &[T]) -> String {
    joined(names, "and")
}

/// The same with another word before the last.
fn joined<T: Borrow<str>>(names: &[T], word: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.borrow().to_owned(),
        [head @ .., last] => format!("{} {word} {}", head.join(", "), last.borrow()),
    }
}

/// "permission for a and b", from the names of purposes.
fn permission_for(names: &[&'static str]) -> String {
    let words = |name: &&'static str| Purpose::from_name(name).map_or(*name, purpose_words);
    format!("permission for {}", listed(&names.iter().map(words).collect::<Vec<_>>()))
}

fn purpose_words(purpose: Purpose) -> &'static str {
    if purpose == Purpose::Sensitive { "sensitive data" } else { purpose.name() }
}
