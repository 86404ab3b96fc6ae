//! T1 to T7 of the design, each a property of the model, with the engine held to the model on the way.
//!
//! T1 to T3, about what is hidden, are here; [`withdrawal`] has T4, and [`answers`] T5 to T7.

mod answers;
mod withdrawal;

use std::cell::RefCell;
use std::collections::BTreeMap;

use selvedge::author::site::{Attribute, Site};
use selvedge::cli::open::Opened;
use selvedge::engine::Workspace;
use selvedge::words::{Choice, Identity, Instant, PurposeKey, Visit};
use selvedge::words::{Purpose, Unit};
use serde_json::Value as Json;

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
        let Identity { visitor, account, session, page, .. } = &mut twin.identity;
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
            more.grants.insert(PurposeKey(*purpose), Some(Choice::Granted));
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
