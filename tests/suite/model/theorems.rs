//! T1 to T7 of the design, each a property of the model, with the engine held to the model on the way.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use selvedge::author::site::{Attribute, Site};
use selvedge::bundle::words::{Depth, Purpose, Source, Unit};
use selvedge::cli::open::Opened;
use selvedge::engine::{
    Given, Identity, Instant, Map, PurposeKey, Signals, Visit, Visitor, Workspace, all_slots, write_page,
};
use serde_json::{Value as Json, json};

use super::reference::{self, Model, may_read, purposes};
use super::{Permission, State, Truth, World, answer};
use crate::sites::dice::Dice;
use crate::sites::{self, random, rows, visits};

const SITES: usize = 25;
const VISITS: usize = 24;

/// Runs `check` on random sites and visits; a failure names its seed.
fn campaign(first: u64, mut check: impl FnMut(&mut Dice, &Site, &Opened, Visit)) {
    for seed in (first..).take(sites::cases(SITES * VISITS).div_ceil(VISITS)) {
        println!("seed {seed}");
        let dice = &mut Dice::new(seed);
        let site = sites::checked(&random::site(dice));
        let opened = sites::opened(&site);
        for _ in 0..VISITS {
            let visit = serde_json::from_value(visits::visit(dice, &site)).expect("a made visit is one");
            check(dice, &site, &opened, visit);
        }
    }
}

/// The answer of the model, which is the engine's too.
fn decided(site: &Site, opened: &Opened, visit: &Visit) -> Json {
    let expected = reference::decide(site, visit, now_ms(visit));
    assert_eq!(without_bundle(&answer(opened, visit, &mut Workspace::default())), expected, "{visit:?}");
    expected
}

fn without_bundle(answer: &str) -> Json {
    let mut answer: Json = serde_json::from_str(answer).expect("JSON");
    answer.as_object_mut().expect("an object").remove("bundle");
    answer
}

fn now_ms(visit: &Visit) -> i64 {
    visit.now.expect("a made visit has a time").0
}

fn permission(site: &Site, visit: &Visit) -> Permission {
    Permission::new(site, visit, now_ms(visit))
}

/// Whether any experience of the site may read an attribute.
fn is_hidden(site: &Site, attribute: &Attribute, permission: &Permission) -> bool {
    !purposes(site).iter().any(|purpose| may_read(attribute, *purpose, permission))
}

#[test]
fn t1_what_is_hidden_changes_nothing() {
    let mut changed = 0;
    campaign(110_000, |dice, site, opened, visit| {
        let permission = permission(site, &visit);
        let mut twin = visit.clone();
        for attribute in site.attributes.iter().filter(|attribute| is_hidden(site, attribute, &permission)) {
            let (name, before) =
                (&attribute.name, (twin.attributes.clone(), twin.observed.clone(), twin.unknown.len()));
            twin.attributes.remove(name);
            twin.observed.remove(name);
            twin.unknown.retain(|unknown| unknown != name);
            if dice.percent(70) {
                let value = serde_json::from_value(visits::value(dice, attribute)).expect("any value is one");
                twin.attributes.insert(name.clone(), value);
            }
            if dice.percent(50) {
                twin.observed.insert(name.clone(), Instant(dice.below(2_000_000_000_000) as i64));
            }
            if dice.percent(15) {
                twin.unknown.push(name.clone());
            }
            changed += usize::from(before != (twin.attributes.clone(), twin.observed.clone(), twin.unknown.len()));
        }
        let mut id = |unit: Unit, id: &mut Option<String>| {
            if !permission.covers(unit) {
                *id = dice.percent(70).then(|| format!("other{}", dice.below(1_000)));
            }
        };
        let Identity { visitor, account, session, page } = &mut twin.identity;
        id(Unit::Page, page);
        id(Unit::Session, session);
        id(Unit::Visitor, visitor);
        id(Unit::Account, account);
        assert_eq!(decided(site, opened, &visit), decided(site, opened, &twin), "{visit:?}\n{twin:?}");
    });
    assert!(changed > 500, "only {changed} hidden facts were changed");
}

#[test]
fn t2_a_match_holds_whatever_is_hidden() {
    let (mut matches, mut completions) = (0, 0);
    campaign(120_000, |dice, site, _, visit| {
        let (model, permission) = (Model::new(site, &visit, now_ms(&visit)), permission(site, &visit));
        for experience in &site.experiences {
            let world = model.world(experience.purpose);
            let truths = |world: &World<'_>| -> Vec<Truth> {
                experience
                    .rules
                    .iter()
                    .map(|rule| super::logic::and([world.rows(&experience.eligible), world.rows(&rule.rows)]))
                    .collect()
            };
            let seen = truths(&world);
            matches += seen.iter().filter(|truth| truth.is_some()).count();
            for _ in 0..4 {
                let complete = |(attribute, state): (&Attribute, &State)| {
                    if may_read(attribute, experience.purpose, &permission) {
                        state.clone()
                    } else if dice.percent(30) {
                        State::Absent
                    } else {
                        State::Known(rows::literal(dice, attribute.value_type, &attribute.values))
                    }
                };
                let states = site.attributes.iter().zip(&world.states).map(complete).collect();
                let whole = World { site, states, now_ms: now_ms(&visit), audiences: RefCell::new(BTreeMap::new()) };
                completions += 1;
                for (before, after) in seen.iter().zip(truths(&whole)) {
                    assert!(before.is_none() || *before == after, "{before:?} became {after:?}: {visit:?}");
                }
            }
        }
    });
    assert!(matches > 1_000 && completions > 1_000, "{matches} known truths, {completions} completions");
}

#[test]
fn t3_granting_more_flips_nothing() {
    let mut decided = 0;
    campaign(130_000, |dice, site, _, visit| {
        let mut more = visit.clone();
        for purpose in Purpose::ALL.iter().filter(|_| dice.percent(50)).collect::<Vec<_>>() {
            more.grants.insert(PurposeKey(*purpose), Some(true));
        }
        assert!(
            permission(site, &visit).granted.is_subset(&permission(site, &more).granted),
            "a grant took something away"
        );
        let (before, after) = (Model::new(site, &visit, now_ms(&visit)), Model::new(site, &more, now_ms(&visit)));
        for purpose in purposes(site) {
            let (before, after) = (before.world(purpose), after.world(purpose));
            let audiences = site.audiences.iter().map(|audience| &audience.rows);
            let rules = site.experiences.iter().flat_map(|one| one.rules.iter().map(|rule| &rule.rows));
            for rows in audiences.chain(rules) {
                match (before.rows(rows), after.rows(rows)) {
                    (None, Some(_)) => decided += 1,
                    (before, after) => assert_eq!(before, after, "{visit:?}\n{more:?}"),
                }
            }
        }
    });
    assert!(decided > 100, "only {decided} truths became known");
}

/// A visitor permits everything, sees pages, takes everything back and comes again. Whoever answers has met them before.
#[test]
fn t4_after_a_withdrawal_nothing_depends_on_what_was_permitted_before() {
    let (mut workspace, mut kept, mut forgotten) = (Workspace::default(), Visitor::default(), 0);
    campaign(140_000, |dice, site, opened, visit| {
        let mut before = visit.clone();
        before.grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(true))).collect();
        before.signals =
            Signals { gpc: false, cookie: Some("v=1&epoch=1&analytics=1&storage=1".into()), ..Signals::default() };
        let mut after = visit;
        after.grants.clear();
        let denied = Purpose::ALL.iter().filter(|_| dice.percent(60)).map(|purpose| format!("&{purpose}=0"));
        after.signals.cookie = Some(format!("v=1&epoch=2{}", denied.collect::<String>()));
        let mut answers = Vec::new();
        for visit in [&before, &after] {
            let expected = decided(site, opened, visit);
            assert_eq!(without_bundle(&answer(opened, visit, &mut workspace)), expected, "a workspace remembers");
            assert_eq!(without_bundle(&answer_of_kept(&mut kept, opened, visit)), expected, "a visitor is remembered");
            answers.push(expected);
        }
        forgotten += usize::from(answers[0] != answers[1]);
        // No draw by an id of before, and nothing read that only the earlier permission covered.
        let permission = permission(site, &after);
        for decision in answers[1]["decisions"].as_object().expect("an object").values() {
            let unit = decision["unit"].as_str().and_then(Unit::from_name);
            assert!(unit.is_none_or(|unit| permission.covers(unit)), "{decision}");
            for name in decision["read"].as_array().expect("a list") {
                let attribute = site.attributes.iter().find(|attribute| *name == json!(attribute.name)).expect("known");
                assert!(!is_hidden(site, attribute, &permission), "{decision} reads {name}");
            }
        }
    });
    assert!(forgotten > 100, "only {forgotten} withdrawals changed anything");
}

fn answer_of_kept(kept: &mut Visitor, opened: &Opened, visit: &Visit) -> String {
    let bundle = &opened.bundle;
    let attributes = &bundle.program().manifest().attributes;
    let each = &mut |each: &mut dyn FnMut(usize, Given<'_>)| {
        for (position, attribute) in attributes.iter().enumerate() {
            visit.attributes.get(&attribute.name).into_iter().for_each(|value| each(position, Given::from(value)));
        }
    };
    kept.meet(bundle, visit, each, now_ms(visit));
    let (permitted, page) = kept.decide(bundle, &all_slots(bundle)).expect("somebody is there");
    let mut answer = String::new();
    write_page(&mut answer, bundle, permitted, page, &[]);
    answer
}

#[test]
fn t5_a_decision_is_as_personal_as_the_deepest_thing_it_read() {
    let mut seen = BTreeSet::new();
    campaign(150_000, |_, site, opened, mut visit| {
        let depth = |name: &Json| {
            let attribute = site.attributes.iter().find(|attribute| *name == json!(attribute.name)).expect("known");
            (attribute.depth, attribute)
        };
        let mut check = |visit: &Visit, nothing_granted: bool| {
            for decision in decided(site, opened, visit)["decisions"].as_object().expect("an object").values() {
                let read: Vec<(Depth, &Attribute)> =
                    decision["read"].as_array().expect("a list").iter().map(depth).collect();
                let deepest = read.iter().map(|(depth, _)| *depth).max().unwrap_or(Depth::None);
                assert_eq!(decision["depth"], deepest.name(), "{decision}");
                seen.insert(deepest);
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
        visit.grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(false))).collect();
        check(&visit, true);
    });
    assert_eq!(seen.len(), Depth::ALL.len(), "only {seen:?} came up");
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

#[test]
fn t7_no_signal_is_as_never_granted() {
    let mut different = 0;
    campaign(170_000, |dice, site, opened, visit| {
        let said = decided(site, opened, &visit);
        let never = Visit { grants: Map::new(), signals: Signals::default(), ..visit.clone() };
        // Taking every signal back has several spellings.
        let mut removed = never.clone();
        removed.grants = visit.grants.keys().filter(|_| dice.percent(80)).map(|purpose| (*purpose, None)).collect();
        removed.signals.cookie = dice.percent(50).then(String::new);
        assert_eq!(decided(site, opened, &removed), decided(site, opened, &never));
        different += usize::from(said != decided(site, opened, &never));
        // Whoever refuses everything has no more than whoever never said anything.
        let refused =
            Visit { grants: Purpose::ALL.iter().map(|p| (PurposeKey(*p), Some(false))).collect(), ..never.clone() };
        assert!(permission(site, &refused).granted.is_subset(&permission(site, &never).granted));
    });
    assert!(different > 100, "only {different} signals changed anything");
}
