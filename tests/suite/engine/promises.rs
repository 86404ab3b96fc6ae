//! T1, T3, T6 and T7 of the design on random sites and visits.

use selvedge::author::site::Site;
use selvedge::engine::explain::Verdict;
use selvedge::words::{Choice, Instant, PurposeKey, Signals, Visit};
use selvedge::words::{Purpose, Unit};
use serde_json::{Value as Json, json};

use super::{effects, granted, verdicts};
use crate::model::Permission;
use crate::model::reference::{may_read, purposes};
use crate::sites::dice::Dice;
use crate::sites::{self, random, visits};

const SITES: usize = 40;
const VISITS: usize = 40;

/// Runs `check` on random sites and visits; a failure names its seed.
pub(crate) fn campaign(first: u64, mut check: impl FnMut(&mut Dice, &Site, &selvedge::cli::open::Opened, Visit)) {
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

#[test]
fn hidden_values_change_nothing() {
    let mut hidden_values = 0;
    campaign(10_000, |dice, site, opened, visit| {
        let permission = Permission::new(site, &visit, visit.now.map_or(0, |now| now.0));
        let mut other = visit.clone();
        for attribute in &site.attributes {
            if purposes(site).iter().any(|purpose| may_read(attribute, *purpose, &permission)) {
                continue;
            }
            hidden_values += 1;
            other.attributes.remove(&attribute.name);
            if dice.percent(80) {
                let value = serde_json::from_value(visits::value(dice, attribute)).expect("any value is one");
                other.attributes.insert(attribute.name.clone(), value);
            }
            other.observed.remove(&attribute.name);
            if dice.percent(50) {
                other.observed.insert(attribute.name.clone(), Instant(dice.below(2_000_000_000_000) as i64));
            }
            other.unknown.retain(|name| *name != attribute.name);
            if dice.percent(20) {
                other.unknown.push(attribute.name.clone());
            }
        }
        let mut id = |unit: Unit, id: &mut Option<String>| {
            if !permission.covers(unit) {
                *id = dice.percent(70).then(|| format!("other{}", dice.below(1_000)));
            }
        };
        id(Unit::Page, &mut other.identity.page);
        id(Unit::Session, &mut other.identity.session);
        id(Unit::Visitor, &mut other.identity.visitor);
        id(Unit::Account, &mut other.identity.account);
        assert_eq!(effects(opened, &visit), effects(opened, &other), "{visit:?}\n{other:?}");
    });
    assert!(hidden_values > 1_000, "only {hidden_values} values were hidden");
}

#[test]
fn granting_more_decides_more_and_flips_nothing() {
    let mut decided = 0;
    campaign(20_000, |dice, _, opened, visit| {
        let mut more = visit.clone();
        for purpose in Purpose::ALL.iter().filter(|_| dice.percent(50)).collect::<Vec<_>>() {
            more.grants.insert(PurposeKey(*purpose), Some(Choice::Granted));
        }
        let (before, after) = (verdicts(opened, &visit), verdicts(opened, &more));
        assert!(granted(opened, &visit).and(!granted(opened, &more)).is_empty(), "a grant took something away");
        for (before, after) in before.iter().zip(&after) {
            match (before, after) {
                (Verdict::Unknown, Verdict::True | Verdict::False) => decided += 1,
                _ => assert_eq!(before, after, "{visit:?}\n{more:?}"),
            }
        }
    });
    assert!(decided > 1_000, "only {decided} verdicts became known");
}

#[test]
fn no_signal_is_as_never_granted() {
    campaign(30_000, |dice, _, opened, mut visit| {
        // Silence has several spellings.
        visit.grants.clear();
        visit.signals = Signals::default();
        let mut spelled = visit.clone();
        for purpose in Purpose::ALL.iter().filter(|_| dice.percent(50)).collect::<Vec<_>>() {
            spelled.grants.insert(PurposeKey(*purpose), None);
        }
        spelled.signals.cookie = dice.percent(50).then(|| "v=1".to_owned());
        assert_eq!(effects(opened, &visit), effects(opened, &spelled));
        // Whoever takes everything back has no more than whoever never said anything.
        let never = granted(opened, &visit);
        visit.grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Denied))).collect();
        assert!(granted(opened, &visit).and(!never).is_empty(), "a denial gave what silence does not");
    });
}

#[test]
fn every_slot_of_every_visit_has_an_answer() {
    let (mut read, mut refused) = (0, 0);
    campaign(40_000, |dice, site, opened, visit| {
        assert_answers(site, opened, &visit);
        let mut json = visits::visit(dice, site);
        for _ in 0..dice.between(1, 4) {
            spoil(dice, &mut json, site);
        }
        match serde_json::from_str::<Visit>(&json.to_string()) {
            Ok(visit) => {
                read += 1;
                assert_answers(site, opened, &visit);
            }
            Err(_) => refused += 1,
        }
    });
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}

fn assert_answers(site: &Site, opened: &selvedge::cli::open::Opened, visit: &Visit) {
    let (answer, ..) = effects(opened, visit);
    let answer: Json = serde_json::from_str(&answer).expect("JSON");
    let decisions = answer["decisions"].as_object().expect("an object");
    assert_eq!(decisions.len(), site.slots.len());
    for (slot, decision) in decisions {
        assert!(decision["reason"].is_string(), "{slot}: {decision}");
        assert_ne!(decision["reason"], "ERROR", "{slot}");
        assert_eq!(decision["content"].is_null(), decision["locale"].is_null(), "{slot}: {decision}");
    }
}

/// Puts something else where something was.
fn spoil(dice: &mut Dice, json: &mut Json, site: &Site) {
    let junk = match dice.below(12) {
        0 => json!(null),
        1 => json!(-1),
        2 => json!(1e308),
        3 => json!(u64::MAX),
        4 => json!("2026-02-30T00:00:00Z"),
        5 => json!("0000-01-01T00:00:00Z"),
        6 => json!("9999-12-31T23:59:59.999Z"),
        7 => json!({ "\u{0}": [[[{}]]] }),
        8 => json!([]),
        9 => json!("\u{10ffff}".repeat(300)),
        10 => json!(i64::MIN),
        _ => json!(true),
    };
    let keys: [&str; 9] =
        ["attributes", "observed", "unknown", "grants", "signals", "region", "locale", "identity", "now"];
    let key = dice.pick(&keys);
    match (&mut json[key], dice.percent(60)) {
        (Json::Object(entries), true) => {
            let inner = match (key, entries.keys().nth(dice.below(entries.len())).cloned()) {
                ("attributes" | "observed", _) => dice.choose(&site.attributes).name.clone(),
                (_, Some(inner)) => inner,
                (_, None) => "personalization".to_owned(),
            };
            entries.insert(inner, junk);
        }
        (whole, _) => *whole = junk,
    }
}
