//! T5 to T7: no decision is more personal than what it read, every slot has an answer, and no signal is as never granted.

use std::collections::BTreeSet;

use selvedge::author::site::{Attribute, OnStale, Site};
use selvedge::cli::open::Opened;
use selvedge::consent::grants;
use selvedge::engine::{Limits, Workspace, all_slots, decide, permit, write_page};
use selvedge::words::{Choice, Map, PurposeKey, Signals, Visit};
use selvedge::words::{Depth, Purpose, Source};
use serde_json::{Value as Json, json};

use super::super::asked::mentioned;
use super::{campaign, decided, now_ms, permission, without_bundle};
use crate::sites::dice::Dice;

#[test]
fn t5_a_decision_is_as_personal_as_the_deepest_thing_it_read() {
    let (mut seen, mut limited) = (BTreeSet::new(), 0);
    campaign(150_000, |dice, site, opened, mut visit| {
        visit.depth = visit.depth.or_else(|| dice.percent(30).then(|| dice.pick(Depth::ALL)));
        let reads = |slot: &str| asked_by_slot(site, slot);
        let depth = |name: &Json| {
            let attribute = site.attributes.iter().find(|attribute| *name == json!(attribute.name)).expect("known");
            (attribute.depth, attribute)
        };
        let mut check = |visit: &Visit, nothing_granted: bool| {
            for (slot, decision) in decided(site, opened, visit)["decisions"].as_object().expect("an object") {
                let read: Vec<(Depth, &Attribute)> =
                    decision["read"].as_array().expect("a list").iter().map(depth).collect();
                let asked = reads(slot);
                assert!(read.iter().all(|(_, attribute)| asked.contains(&attribute.name)), "{slot}: {decision}");
                let deepest = read.iter().map(|(depth, _)| *depth).max().unwrap_or(Depth::None);
                assert_eq!(decision["depth"], deepest.name(), "{decision}");
                seen.insert(deepest);
                // No deeper than the visitor lets decisions be, and nothing that no rule of the slot asks for.
                let limit = visit.depth.unwrap_or(Depth::Sensitive);
                limited += usize::from(limit < Depth::Sensitive && read.len() > 1);
                assert!(read.iter().all(|(depth, _)| *depth <= limit), "deeper than {limit}: {decision}");
                // With everything refused, nothing is read but what needs no permission.
                let needs_none = |attribute: &Attribute| {
                    let purposes = attribute.purposes;
                    (purposes.has(Purpose::Contextual) || purposes.has(Purpose::Necessary))
                        && attribute.source != Source::Device
                        && !attribute.sensitive
                };
                assert!(!nothing_granted || read.iter().all(|(_, attribute)| needs_none(attribute)), "{decision}");
            }
        };
        check(&visit, false);
        visit.grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Denied))).collect();
        check(&visit, true);
    });
    assert_eq!(seen.len(), Depth::ALL.len(), "only {seen:?} came up");
    assert!(limited > 20, "only {limited} decisions had a limit that mattered");
}

/// The slots that are decided together with one, itself among them.
fn together(site: &Site, slot: &str) -> Vec<usize> {
    let groups = site.plan.as_ref().map(|plan| plan.groups(&site.experiences, &site.slots)).unwrap_or_default();
    let own = site.slots.iter().position(|one| one.name == slot).expect("a slot of the site");
    let group = groups.get(own).copied().unwrap_or_default();
    (0..site.slots.len()).filter(|at| *at == own || group > 0 && groups[*at] == group).collect()
}

/// What any rule of a slot asks for, the conditions of its experiences with them, and of the slots that are decided together with it.
fn asked_by_slot(site: &Site, slot: &str) -> BTreeSet<String> {
    let slots = together(site, slot);
    let experiences = site.experiences.iter().filter(|one| slots.contains(&one.slot));
    let asked = experiences.flat_map(|one| {
        one.rules.iter().flat_map(|rule| mentioned(site, &[&one.eligible, &rule.rows])).collect::<Vec<usize>>()
    });
    asked.map(|attribute| site.attributes[attribute].name.clone()).collect()
}

#[test]
fn t6_every_slot_has_an_answer_and_control_is_always_one() {
    let mut controls = 0;
    campaign(160_000, |_, site, opened, visit| {
        let answers = decided(site, opened, &visit);
        let answers = answers["decisions"].as_object().expect("an object");
        assert_eq!(answers.len(), site.slots.len());
        for (slot, decision) in answers {
            assert!(decision["reason"].is_string() && decision["reason"] != "ERROR", "{slot}: {decision}");
            let is_control = decision["content"].is_null();
            assert_eq!(is_control, decision["locale"].is_null(), "{slot}: {decision}");
            controls += usize::from(is_control);
        }
    });
    assert!(controls > 100, "only {controls} slots kept the origin's own");
}

/// Also where a bundle is past its expiry, a slot is not known, or there is no budget left: never an error without control.
#[test]
fn t6_what_goes_wrong_ends_in_control() {
    let (mut stale, mut exhausted) = (0, 0);
    campaign(161_000, |dice, site, opened, visit| {
        let fresh = decided(site, opened, &visit);
        let fresh = fresh["decisions"].as_object().expect("an object");
        for (slot, decision) in decisions(opened, &visit, true, Limits::default()) {
            let before = &fresh[&slot];
            // What an experience chose says that it is of an old bundle; what nobody chose has no such reason to give.
            let is_told = before["detail"].is_null() || before["detail"] == "STALE_FEED";
            let chosen = is_told && (!before["content"].is_null() || !before["arm"].is_null());
            let expected = match site.on_stale {
                OnStale::Keep if chosen => with_reason(before, "STALE"),
                OnStale::Keep => before.clone(),
                OnStale::Control => with_reason(&control(), "STALE"),
            };
            assert_eq!(decision, expected, "{slot}");
            stale += usize::from(decision["reason"] == "STALE");
        }
        let most = dice.below(3) as u32;
        // A slot that gives way to others depends on their budget too.
        let alone = |slot: &str| together(site, slot).len() == 1;
        let limited = decisions(opened, &visit, false, Limits { rules_per_slot_max: most });
        for (slot, decision) in limited.into_iter().filter(|(slot, _)| alone(slot)) {
            let out_of_budget = decision["detail"] == "BUDGET_EXHAUSTED";
            exhausted += usize::from(out_of_budget);
            assert!(!out_of_budget || decision["content"].is_null() && decision["reason"] == "DEFAULT", "{slot}");
            // Within its budget it is the same answer.
            assert!(out_of_budget || decision == fresh[&slot], "{slot}: {decision}, not {}", fresh[&slot]);
        }
    });
    assert!(stale > 100 && exhausted > 20, "{stale} of old bundles, {exhausted} without budget");
}

/// The decisions, by slot; one slot that nobody has is asked for, too.
fn decisions(opened: &Opened, visit: &Visit, is_stale: bool, limits: Limits) -> Vec<(String, Json)> {
    let (bundle, now_ms) = (&opened.bundle, now_ms(visit));
    let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(bundle, visit, &grants, now_ms).with_stale(is_stale);
    let mut slots = all_slots(bundle);
    slots.insert(0, None);
    let page = decide(bundle, &permitted, &slots, &mut Workspace::with_limits(limits));
    let unknown = page.decisions.first().expect("as many as were asked for");
    assert!(unknown.content.is_none() && unknown.reason.name() == "ERROR", "{unknown:?}");
    let mut answer = String::new();
    write_page(&mut answer, bundle, &permitted, &page, &["nobody.knows"]);
    let answer = without_bundle(&answer);
    let decisions = answer["decisions"].as_object().expect("an object").clone();
    let known = decisions.into_iter().filter(|(slot, _)| slot != "nobody.knows").collect::<Vec<_>>();
    assert_eq!(known.len() + 1, slots.len());
    known
}

fn with_reason(decision: &Json, reason: &str) -> Json {
    let mut decision = decision.clone();
    decision["reason"] = json!(reason);
    decision
}

/// The origin's own, with nothing read.
fn control() -> Json {
    json!({
        "content": null, "locale": null, "experience": null, "rule": null, "reason": null, "detail": null,
        "depth": "none", "read": [], "experiment": null, "arm": null, "unit": null, "point": null,
    })
}

/// Signals that say nothing: defaults that nobody chose, and groups that the site does not name.
fn unspoken(dice: &mut Dice) -> Signals {
    let mut one = |texts: &[&str]| dice.percent(50).then(|| dice.pick(texts).to_owned());
    Signals {
        gpc: false,
        cookie: one(&["v=1"]),
        gpp: one(&["DBAA"]),
        usp: one(&["1---", "1YNN"]),
        onetrust: one(&["groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A0"]),
        cookiebot: one(&["-1"]),
        didomi: one(&["e30"]),
        google: Map::from_iter(one(&["x"]).map(|name| (name, "granted".to_owned()))),
        ..Signals::default()
    }
}

#[test]
fn t7_no_signal_is_as_never_granted() {
    let mut different = 0;
    campaign(170_000, |dice, site, opened, visit| {
        let said = decided(site, opened, &visit);
        let never = Visit { grants: Map::new(), signals: Signals::default(), ..visit.clone() };
        // Taking every signal back has several spellings.
        let mut removed = never.clone();
        let kept = visit.grants.iter().filter(|_| dice.percent(80));
        removed.grants = kept.map(|(purpose, _)| (*purpose, None)).collect();
        removed.signals = unspoken(dice);
        assert_eq!(decided(site, opened, &removed), decided(site, opened, &never));
        different += usize::from(said != decided(site, opened, &never));
        // Whoever refuses everything has no more than whoever never said anything.
        let refused = Visit {
            grants: Purpose::ALL.iter().map(|p| (PurposeKey(*p), Some(Choice::Denied))).collect(),
            ..never.clone()
        };
        assert!(permission(site, &refused).granted.is_subset(&permission(site, &never).granted));
    });
    assert!(different > 100, "only {different} signals changed anything");
}
