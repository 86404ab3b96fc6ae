//! T4: after a withdrawal nothing depends on what was permitted only before, nothing joins the two, and the device is cleared.

use std::fmt::Write as _;

use selvedge::author::site::{Attribute, Site};
use selvedge::cli::open::Opened;
use selvedge::consent::grants;
use selvedge::engine::{Given, Visitor, Workspace, all_slots, decide, permit, write_page};
use selvedge::log::events::{self, Beacon, Event, Sender};
use selvedge::log::lines;
use selvedge::log::measure::MeasureKey;
use selvedge::log::traffic::Traffic;
use selvedge::page::{self, Arrival, ID_COOKIE, STATE_COOKIE};
use selvedge::words::{Choice, PurposeKey, Signals, Visit};
use selvedge::words::{Purpose, Source, Unit, hex};
use serde_json::{Value as Json, json};

use super::super::{Permission, answer};
use super::{campaign, decided, is_hidden, now_ms, permission, without_bundle};
use crate::sites::dice::Dice;

/// A visitor who permits everything, in the first epoch, and the same one in the second, who refuses some of it.
fn before_and_after(dice: &mut Dice, visit: Visit) -> [Visit; 2] {
    let mut before = visit.clone();
    before.grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Granted))).collect();
    before.signals =
        Signals { gpc: false, cookie: Some("v=1&epoch=1&analytics=1&storage=1".into()), ..Signals::default() };
    let mut after = visit;
    after.grants.clear();
    let denied = Purpose::ALL.iter().filter(|_| dice.percent(60)).map(|purpose| format!("&{purpose}=0"));
    after.signals.cookie = Some(format!("v=1&epoch=2{}", denied.collect::<String>()));
    [before, after]
}

/// A visitor permits everything, sees pages, takes everything back and comes again. Whoever answers has met them before.
#[test]
fn t4_after_a_withdrawal_nothing_depends_on_what_was_permitted_before() {
    let (mut workspace, mut kept, mut forgotten) = (Workspace::default(), Visitor::default(), 0);
    campaign(140_000, |dice, site, opened, visit| {
        let [before, after] = before_and_after(dice, visit);
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
    let grants = grants(&bundle.program().manifest().regions, visit, now_ms(visit));
    kept.meet(bundle, visit, grants, each, now_ms(visit));
    let (permitted, page) = kept.decide(bundle, &all_slots(bundle)).expect("somebody is there");
    let mut answer = String::new();
    write_page(&mut answer, bundle, permitted, page, &[]);
    answer
}

/// Exposures of after name nobody whom consent no longer covers, and say which epoch they are of; what a page noted before is counted
/// when it arrives after, and never told.
#[test]
fn t4_exposures_of_before_are_never_joined_to_those_of_after() {
    let (mut silenced, mut nameless, mut named) = (0, 0, 0);
    campaign(141_000, |dice, site, opened, visit| {
        let [before, mut after] = before_and_after(dice, visit);
        if dice.percent(40) {
            after.grants.insert(PurposeKey(Purpose::Analytics), Some(Choice::Granted));
            after.signals.cookie = Some("v=1&epoch=2&storage=1&advertising=0".into());
        }
        for (visit, epoch) in [(&before, 1), (&after, 2)] {
            let permission = permission(site, visit);
            let has = |purpose| permission.granted.contains(&purpose);
            let exposures = exposures(opened, visit);
            assert!(has(Purpose::Analytics) || exposures.is_empty(), "counted without permission: {exposures:?}");
            silenced += usize::from(exposures.is_empty());
            for line in exposures {
                assert_eq!(line["epoch"], epoch, "{line}");
                let unit = line["unit"].as_str().and_then(Unit::from_name);
                let may_name = |unit| match unit {
                    Unit::Page | Unit::Session => false,
                    Unit::Visitor => has(Purpose::Analytics) && has(Purpose::Storage),
                    Unit::Account => has(Purpose::Analytics),
                };
                match line["id"].as_str() {
                    None => nameless += 1,
                    Some(id) => {
                        named += 1;
                        assert!(unit.is_some_and(may_name), "{line}");
                        let known =
                            [(Unit::Visitor, &visit.identity.visitor), (Unit::Account, &visit.identity.account)];
                        let mut known = known.iter().filter_map(|(unit, own)| Some((*unit, own.as_deref()?)));
                        assert!(known.any(|(unit, own)| hex(&key().pseudonym(unit, own)) == id), "{line}");
                    }
                }
            }
            assert_events(&permission, site, visit, epoch);
        }
    });
    assert!(silenced > 20 && nameless > 100 && named > 20, "{silenced} silenced, {nameless} nameless, {named} named");
}

fn key() -> MeasureKey {
    MeasureKey::new(1, [8; 32])
}

/// The exposures in the log of a page.
fn exposures(opened: &Opened, visit: &Visit) -> Vec<Json> {
    let (bundle, now_ms) = (&opened.bundle, now_ms(visit));
    let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(bundle, visit, &grants, now_ms);
    let page = decide(bundle, &permitted, &all_slots(bundle), &mut Workspace::default());
    let lines = lines(bundle, &permitted, &page, Some(&key()), now_ms);
    let lines = lines.iter().map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    lines.filter(|line| line["kind"] == "exposure").collect()
}

/// A beacon that arrives now, with what a page noted in this epoch and in the one before.
fn assert_events(permission: &Permission, site: &Site, visit: &Visit, epoch: u32) {
    let now_ms = now_ms(visit);
    let event = |name: &str, epoch| Event { name: name.into(), at: now_ms as f64, epoch, ..Event::default() };
    let beacon = Beacon { v: 1, events: vec![event("of-before", epoch - 1), event("of-now", epoch)] };
    let grants = grants(&site.regions, visit, now_ms);
    let id = "0123456789abcdef0123456789abcdef";
    let told = events::lines(
        &beacon,
        Sender { grants: &grants, visitor: Some(id), key: Some(&key()), traffic: Traffic::default(), rules: None },
        now_ms,
    )
    .join("\n");
    let has = |purpose| permission.granted.contains(&purpose);
    assert!(!told.contains("of-before"), "an event of another epoch: {told}");
    assert_eq!(told.contains("of-now"), has(Purpose::Analytics), "{told}");
    let pseudonym = hex(&key().pseudonym(Unit::Visitor, id));
    assert_eq!(told.contains(&pseudonym), has(Purpose::Analytics) && has(Purpose::Storage), "{told}");
    assert!(!told.contains(id), "{told}");
    let refused = if has(Purpose::Analytics) { "\"events\":1" } else { "\"events\":2" };
    assert!(told.contains(refused), "{told}");
}

const OLD_ID: &str = "00112233445566778899aabbccddeeff";

/// The very next request finds nothing of the device, takes away what it has, and whoever agrees again is somebody new.
#[test]
fn t4_a_withdrawal_clears_the_device_at_the_next_request() {
    let (mut kept, mut cleared) = (0, 0);
    campaign(142_000, |dice, site, opened, visit| {
        let region = visit.region.as_deref();
        let now_ms = now_ms(&visit).max(0);
        let mut state = String::new();
        let of_device = |attribute: &&Attribute| attribute.source == Source::Device;
        for attribute in site.attributes.iter().filter(of_device) {
            let _ = write!(state, "{}=1~{}&", attribute.name, now_ms / 86_400_000);
        }
        let jar = |consent: &str, device: &str| format!("selvedge-consent={consent}{device}");
        let device = format!("; {ID_COOKIE}={OLD_ID}; {STATE_COOKIE}={}", state.trim_end_matches('&'));
        let denied: Vec<&Purpose> = Purpose::ALL.iter().filter(|_| dice.percent(50)).collect();
        let denied: String = denied.iter().map(|purpose| format!("&{purpose}=0")).collect();
        let consent = format!("v=1&epoch=2{denied}");
        let answered = request(opened, &jar(&consent, &device), region, now_ms);

        let said = Visit { region: visit.region.clone(), ..Visit::default() };
        let said = Visit { signals: Signals { cookie: Some(consent), ..Signals::default() }, ..said };
        let permission = Permission::new(site, &said, now_ms);
        let has_storage = permission.granted.contains(&Purpose::Storage);
        for attribute in site.attributes.iter().filter(of_device) {
            let name = &attribute.name;
            let is_there = answered.visit.attributes.contains_key(name) || answered.visit.observed.contains_key(name);
            assert!(has_storage || !is_there, "{name} was read of a device that nobody may read: {denied}");
        }
        let removed = |name: &str| {
            let set = answered.cookies(false).into_iter().find(|cookie| cookie.name == name);
            set.is_some_and(|cookie| cookie.max_age_seconds == 0 && cookie.value.is_empty())
        };
        let may_know = has_storage && permission.covers(Unit::Visitor);
        assert_eq!(answered.visit.identity.visitor.is_some(), may_know, "{denied}");
        assert_eq!(removed(ID_COOKIE), !may_know, "{denied}");
        assert!(has_storage || state.is_empty() || removed(STATE_COOKIE), "{denied}");
        for cookie in answered.cookies(true).iter().filter(|cookie| cookie.name == STATE_COOKIE) {
            for attribute in site.attributes.iter().filter(of_device) {
                let may_keep = attribute.purposes.iter().any(|purpose| permission.granted.contains(&purpose));
                let is_kept = cookie.value.contains(&format!("{}=", attribute.name));
                assert!(may_keep || !is_kept, "{} goes on being kept: {denied}", attribute.name);
            }
        }
        if may_know {
            kept += 1;
            return;
        }
        // The jar without what was taken from it, and everything permitted again.
        let again = request(opened, &jar("v=1&epoch=3&analytics=1&storage=1", ""), region, now_ms);
        assert_ne!(again.visit.identity.visitor.as_deref(), Some(OLD_ID));
        assert!(again.stored_id().is_none(), "an id of before the withdrawal");
        cleared += 1;
    });
    assert!(kept > 20 && cleared > 100, "{kept} kept their id, {cleared} lost it");
}

fn request(opened: &Opened, cookies: &str, region: Option<&str>, now_ms: i64) -> Arrival {
    let header = |name: &str| (name == "cookie").then(|| cookies.to_owned());
    let randomness = "ffeeddccbbaa99887766554433221100";
    let facts =
        page::Request { path: "/", query: "", country: None, region, header: &header, now_ms, randomness, edit: None };
    page::arrive(&opened.bundle, &facts, None).0
}
