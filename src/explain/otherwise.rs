//! Finds the content that a slot would show, or could, with other permissions of the visitor.
//!
//! [`possible`] and [`withdrawn`] only use data that may be read, so they can be in any explanation. [`granted`] decides
//! again with hidden data: it is for the site's own previews and questions, never for a log.

use serde::Serialize;

use super::{
    ExperienceExplanation, Outcome, SlotExplanation, joined, once, permission_for, sentences, shown, waits_for,
};
use crate::bundle::Bundle;
use crate::consent::{Basis, Grants};
use crate::engine::{Workspace, decide, permit_said};
use crate::words::{Choice, Depth, Detail, Map, Purpose, PurposeKey, Reason, Signals, Visit};

/// A rule that would have decided earlier, and that no permitted value excludes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Possible {
    /// The experience.
    pub experience: String,
    /// Its rule, counted from 1.
    pub rule: usize,
    /// Its effect, as written.
    pub effect: String,
    /// The purposes that the visitor would have to permit. Empty: values are missing, or no permission would do.
    pub needs: Vec<&'static str>,
    /// How personal the visitor would have to let decisions be, where their limit hides a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<&'static str>,
}

/// A slot decided again with other permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Otherwise {
    /// What would be different.
    pub change: PermissionChange,
    /// The purposes of these sentences.
    pub purposes: Vec<&'static str>,
    /// The content that would be shown; `None` is the origin's own.
    pub content: Option<String>,
    /// The experience that would decide.
    pub experience: Option<String>,
    /// Its rule, counted from 1.
    pub rule: Option<u32>,
    /// The reason that the decision would have.
    pub reason: &'static str,
    /// True if something else would be shown.
    pub differs: bool,
    /// The same in one sentence.
    pub sentence: String,
}

/// One slot's decision for a visitor who agrees to everything that the law of the region lets them agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IfAllGranted {
    /// The slot's content; `None` is the origin's own.
    pub content: Option<String>,
    /// The experience that would decide.
    pub experience: Option<String>,
}

/// How permissions would be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PermissionChange {
    /// The visitor would permit these purposes too.
    Granted,
    /// The visitor would not permit these purposes.
    Withdrawn,
}

/// A visit and its permissions, for deciding again.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The rules.
    pub bundle: &'a Bundle,
    /// The visit.
    pub visit: &'a Visit,
    /// What it permits.
    pub grants: &'a Grants,
    /// The time.
    pub now_ms: i64,
    /// The slots of the page, which are decided together.
    pub slots: &'a [Option<u32>],
}

/// The most sets of purposes that are tried for one slot.
const TRIED_MAX: usize = 4;

/// The rules before the one that decided which could not be decided, in the order in which they are tried.
pub(super) fn possible(experiences: &[ExperienceExplanation]) -> Vec<Possible> {
    let mut possible = Vec::new();
    for experience in experiences {
        for rule in &experience.rules {
            if rule.outcome == Outcome::Decided {
                return possible;
            }
            if rule.outcome != Outcome::Undecided {
                continue;
            }
            let (needs, depth) = waits_for(experience.eligible.iter().chain(&rule.rows));
            let depth = depth.map(Depth::name);
            let (experience, effect) = (experience.name.clone(), rule.effect.clone());
            possible.push(Possible { experience, rule: rule.number, effect, needs, depth });
        }
    }
    possible
}

/// The content that could be shown, in a sentence for each set of permissions.
pub(super) fn possible_sentences(possible: &[Possible]) -> Vec<String> {
    let sentence = |(needs, depth): &Set| {
        let of_set = possible.iter().filter(|one| one.needs == *needs && one.depth == *depth);
        let effects = of_set.map(|one| match one.effect.strip_prefix("split ") {
            Some(experiment) => format!("an arm of `{experiment}`"),
            None if one.effect == "control" => "the origin’s own content".into(),
            None => format!("`{}`", one.effect),
        });
        let limit = depth.map(|depth| format!("data as personal as `{depth}`"));
        let with = sentences::both("", needs, limit).unwrap_or_else(|| "the values that are missing".into());
        format!("With {with}, {} could show.", joined(&once(effects), "or"))
    };
    sets(possible).iter().map(sentence).collect()
}

/// The decision without the permission that it rests on, if it rests on one.
pub fn withdrawn(asked: Asked<'_>, explanation: &SlotExplanation) -> Option<Otherwise> {
    let decided = explanation.experiences.iter().find(|experience| experience.decided)?;
    let purpose = Purpose::from_name(decided.purpose)?;
    if matches!(purpose, Purpose::Necessary | Purpose::Contextual) || !asked.grants.allows(purpose) {
        return None;
    }
    again(asked, explanation, PermissionChange::Withdrawn, &[purpose.name()])
}

/// The decision without each of the permissions that it was made under, one at a time.
pub fn without_each(asked: Asked<'_>, explanation: &SlotExplanation) -> Vec<Otherwise> {
    let is_given = |purpose: &&Purpose| {
        !matches!(purpose, Purpose::Necessary | Purpose::Contextual) && asked.grants.allows(**purpose)
    };
    let each = Purpose::ALL.iter().filter(is_given);
    each.filter_map(|purpose| again(asked, explanation, PermissionChange::Withdrawn, &[purpose.name()])).collect()
}

/// The decision with each set of permissions that an undecided rule waits for, and with all of them.
pub fn granted(asked: Asked<'_>, explanation: &SlotExplanation, detail: Option<Detail>) -> Vec<Otherwise> {
    // Data above the depth limit stays hidden with any grants.
    let within_limit = explanation.possible.iter().filter(|one| one.depth.is_none());
    let mut tried: Vec<Vec<&'static str>> = sets(within_limit).into_iter().map(|(needs, _)| needs).collect();
    tried.retain(|needs| !needs.is_empty());
    let rules = explanation.experiences.iter().flat_map(|experience| &experience.rules);
    let decided = rules.into_iter().find(|rule| rule.outcome == Outcome::Decided);
    // A rule that matched and had no id to draw with.
    let is_hidden = matches!(detail, Some(Detail::ConsentWithheld | Detail::ConsentWithdrawn));
    if let (true, Some(split)) = (is_hidden, decided.and_then(|rule| rule.split.as_ref())) {
        let both = [Purpose::Analytics.name(), Purpose::Storage.name()];
        tried.push(both.into_iter().take(if split.unit == "visitor" { 2 } else { 1 }).collect());
    }
    tried.truncate(TRIED_MAX);
    if tried.len() > 1 {
        let all = Purpose::ALL.iter().map(|purpose| purpose.name());
        let all: Vec<&str> = all.filter(|name| tried.iter().any(|needs| needs.contains(name))).collect();
        if !tried.iter().any(|needs| needs.len() == all.len()) {
            tried.push(all);
        }
    }
    tried.iter().filter_map(|needs| again(asked, explanation, PermissionChange::Granted, needs)).collect()
}

/// The decisions for `slots` if the visitor had granted every purpose, sent no signal against it, and set no limit.
///
/// For previews only: an edge never computes it, as it reads what this visitor did not permit.
pub fn if_all_granted(bundle: &Bundle, visit: &Visit, now_ms: i64, slots: &[Option<u32>]) -> Vec<IfAllGranted> {
    let grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Parent))).collect();
    // The visitor's own limit is theirs to lift, too.
    let visit = Visit { grants, signals: Signals::default(), depth: None, ..visit.clone() };
    let page = decide(bundle, &permit_said(bundle, &visit, now_ms), slots, &mut Workspace::default());
    let shown = page.decisions.iter().map(|decision| shown(bundle, decision));
    shown.map(|(content, experience)| IfAllGranted { content, experience }).collect()
}

/// The permissions that a rule waits for: purposes, and a depth.
type Set = (Vec<&'static str>, Option<&'static str>);

fn sets<'p>(possible: impl IntoIterator<Item = &'p Possible>) -> Vec<Set> {
    once(possible.into_iter().map(|one| (one.needs.clone(), one.depth)))
}

fn again(
    asked: Asked<'_>,
    explanation: &SlotExplanation,
    change: PermissionChange,
    purposes: &[&'static str],
) -> Option<Otherwise> {
    let Asked { bundle, visit, grants, now_ms, slots } = asked;
    let slot = bundle.program().slot_position(&explanation.slot).map(|slot| slot as u32);
    let slots = if bundle.program().plan().groups.is_empty() { &[slot] } else { slots };
    // The grants hold all that the visitor said.
    let (choices, depth) = (choices(grants, change, purposes), Some(grants.depth));
    let visit = Visit { grants: choices, signals: Signals::default(), depth, ..visit.clone() };
    let page = decide(bundle, &permit_said(bundle, &visit, now_ms), slots, &mut Workspace::default());
    let decision = page.decisions.iter().find(|decision| decision.slot == slot)?;
    let (content, experience) = shown(bundle, decision);
    let differs = content != explanation.content;
    let with = if change == PermissionChange::Granted { "With" } else { "Without" };
    let with = format!("{with} {}", permission_for(purposes));
    let by = match (&experience, decision.reason) {
        (Some(experience), Reason::Split) => format!(", drawn by `{experience}`"),
        (Some(experience), _) => format!(", by `{experience}`"),
        (None, _) => String::new(),
    };
    let sentence = match &content {
        _ if !differs => format!("{with}, the same would show."),
        Some(content) => format!("{with}, `{content}` would show{by}."),
        None => format!("{with}, the origin’s own content would stay{by}."),
    };
    Some(Otherwise {
        change,
        purposes: purposes.to_vec(),
        sentence,
        content,
        experience,
        rule: decision.rule.map(|rule| rule + 1),
        reason: decision.reason.name(),
        differs,
    })
}

/// The visitor's answers for each purpose, with the change. Silence stays silence: the law of the region is part of the
/// answer.
fn choices(grants: &Grants, change: PermissionChange, purposes: &[&str]) -> Map<PurposeKey, Option<Choice>> {
    let said = Purpose::ALL.iter().filter_map(|purpose| {
        let choice = if purposes.contains(&purpose.name()) {
            // The permission of those who can give it. At some ages that is a parent.
            if change == PermissionChange::Granted { Choice::Parent } else { Choice::Denied }
        } else if matches!(grants.basis(*purpose), Basis::Regime | Basis::Expired) {
            return None;
        } else if grants.allows_by_parent(*purpose) {
            Choice::Parent
        } else {
            grants.allows(*purpose).into()
        };
        Some((PurposeKey(*purpose), Some(choice)))
    });
    said.collect()
}
