//! Links of devices and accounts: an arm stays across a login, and what a person withdraws is apart again.

use selvedge::author::Files;
use selvedge::cli::open::Opened;
use selvedge::engine::{Workspace, all_slots, decide};
use selvedge::log::measure::MeasureKey;
use selvedge::words::{Age, Choice, Instant, Link, Purpose, PurposeKey, Unit, Visit};

use super::with_permitted;
use crate::sites::{self, NOW_MS};

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\n";
const SLOTS: &str =
    "[home.hero]\nselector = \"#a\"\nchange = \"text\"\n[home.offer]\nselector = \"#b\"\nchange = \"text\"\n";
const LINKING: &str = "[linking]\ntext = \"The same on all my devices\"\nretention = \"30d\"\n";

fn opened(consent: &str) -> Opened {
    let split = |slot: &str, experiment: &str, more: &str| {
        format!(
            "slot = \"{slot}\"\npurpose = \"contextual\"\n[[rule]]\nsplit = {{ experiment = \"{experiment}\", \
             arms = {{ control = 50, \"a\" = 50 }}{more} }}\n"
        )
    };
    let files = Files::from([
        ("selvedge.toml", SETTINGS),
        ("slots.toml", SLOTS),
        ("content/a.toml", "[locale.en]\ntext = \"a\"\n"),
        ("consent.toml", consent),
        ("experiences/hero.toml", &split("home.hero", "by-device", "")),
        (
            "experiences/offer.toml",
            &split("home.offer", "by-account", ", unit = \"account\", before_login = \"control\""),
        ),
    ]);
    sites::opened(&sites::checked(&files))
}

/// Somebody on a device who may be counted, and who is signed in if there is an account.
fn visit(device: &str, account: Option<&str>, links: &[Link]) -> Visit {
    let mut visit = Visit { now: Some(Instant(NOW_MS)), ..Visit::default() };
    visit.identity.visitor = Some(device.into());
    visit.identity.account = account.map(str::to_owned);
    visit.identity.page = Some("p".into());
    visit.identity.links = links.to_vec();
    for purpose in [Purpose::Analytics, Purpose::Storage] {
        visit.grants.insert(PurposeKey(purpose), Some(Choice::Granted));
    }
    visit
}

fn link(device: &str, account: &str, ago_ms: i64, linked: bool) -> Link {
    Link { visitor: device.into(), account: account.into(), at: Instant(NOW_MS - ago_ms), linked }
}

/// Arm, unit and point of both experiments.
fn told(opened: &Opened, visit: &Visit) -> [String; 2] {
    let page = with_permitted(opened, visit, |permitted| {
        decide(&opened.bundle, permitted, &all_slots(&opened.bundle), &mut Workspace::default())
    });
    let one = |at: usize| {
        let decision = &page.decisions[at];
        let drawn = decision.assignment.map(|drawn| format!("{} {} {}", drawn.arm, drawn.unit, drawn.point));
        drawn.unwrap_or_else(|| decision.detail.map_or_else(|| "-".into(), |detail| detail.to_string()))
    };
    [one(0), one(1)]
}

#[test]
fn a_test_by_device_keeps_its_arm_at_the_login_and_one_by_account_starts_there() {
    let mut shown = std::collections::BTreeSet::new();
    for consent in ["", LINKING] {
        let opened = opened(consent);
        for number in 0..200 {
            let device = format!("d{number}");
            let [before, offer] = told(&opened, &visit(&device, None, &[]));
            assert_eq!(offer, "NO_IDENTITY", "{device}");
            let [after, offer] = told(&opened, &visit(&device, Some("anna"), &[link(&device, "anna", 1_000, true)]));
            assert_eq!(before, after, "{device} flips at the login");
            assert!(offer.contains("account"), "{offer}");
            // Nor does a login without a link, and the account draws by itself.
            assert_eq!(told(&opened, &visit(&device, Some("anna"), &[])), [before.clone(), offer]);
            shown.insert(before.split(' ').next().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(shown.len(), 2, "both arms were drawn");
}

#[test]
fn the_first_linked_arm_wins_on_every_device_until_it_is_withdrawn() {
    let opened = opened(LINKING);
    let both = [link("d1", "anna", 5_000, true), link("d2", "anna", 4_000, true)];
    let own = |device: &str| told(&opened, &visit(device, None, &[]))[0].clone();
    assert_ne!(own("d1"), own("d2"));
    let signed_in =
        |device: &str, account: &str, links: &[Link]| told(&opened, &visit(device, Some(account), links))[0].clone();
    assert_eq!([signed_in("d1", "anna", &both), signed_in("d2", "anna", &both)], [own("d1"), own("d1")]);
    // Without the link of this device, of this account, or after the withdrawal of either, a device goes by its own id.
    assert_eq!(signed_in("d2", "anna", &both[..1]), own("d2"));
    assert_eq!(signed_in("d2", "bert", &both), own("d2"));
    let withdrawn = |device: &str| [both[0].clone(), both[1].clone(), link(device, "anna", 1_000, false)];
    assert_eq!(signed_in("d2", "anna", &withdrawn("d2")), own("d2"));
    assert_eq!(signed_in("d2", "anna", &withdrawn("d1")), own("d2"));
    assert_eq!(signed_in("d1", "anna", &withdrawn("d1")), own("d1"));
    // Two accounts on one device are never merged.
    let conflict = [link("d1", "anna", 5_000, true), link("d1", "bert", 4_000, true), link("d3", "bert", 6_000, true)];
    assert_eq!(signed_in("d1", "bert", &conflict), own("d1"));
    // Nobody links without a choice of its own, a site without links has none, and a child's devices stay apart.
    assert_eq!(told(&self::opened(""), &visit("d2", Some("anna"), &both))[0], own("d2"));
    let young = |age: Age, links: &[Link]| {
        let visit = Visit { minor: Some(age), region: Some("GB".into()), ..visit("d2", Some("anna"), links) };
        told(&opened, &visit)[0].clone()
    };
    for age in [Age::Child, Age::Teen] {
        assert_eq!(young(age, &both), young(age, &[]));
    }
    assert_eq!(young(Age::Adult, &both), own("d1"));
    // No id that consent does not cover is used.
    let mut silent = visit("d2", Some("anna"), &both);
    silent.grants.insert(PurposeKey(Purpose::Storage), Some(Choice::Denied));
    assert!(told(&opened, &silent)[0].contains("page"));
    silent.grants.insert(PurposeKey(Purpose::Analytics), Some(Choice::Denied));
    assert_eq!(told(&opened, &silent)[0], "CONSENT_WITHDRAWN");
}

#[test]
fn exposures_have_one_pseudonym_while_devices_are_linked() {
    let opened = opened(LINKING);
    let key = MeasureKey::new(1, [7; 32]);
    let ids = |visit: &Visit| -> Vec<String> {
        with_permitted(&opened, visit, |permitted| {
            let page = decide(&opened.bundle, permitted, &[Some(0)], &mut Workspace::default());
            let lines = selvedge::log::lines(&opened.bundle, permitted, &page, Some(&key), NOW_MS);
            let lines = lines.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("is JSON"));
            lines.filter_map(|line| line["id"].as_str().map(str::to_owned)).collect()
        })
    };
    let both = [link("d1", "anna", 5_000, true), link("d2", "anna", 4_000, true)];
    let [first, second] = ["d1", "d2"].map(|device| ids(&visit(device, Some("anna"), &both)));
    assert!(first.len() == 1 && first == second);
    assert_eq!(first, [selvedge::words::hex(&key.pseudonym(Unit::Visitor, "d1"))]);
    let apart = [both[0].clone(), both[1].clone(), link("d2", "anna", 1, false)];
    assert_eq!(ids(&visit("d2", Some("anna"), &apart)), ids(&visit("d2", None, &[])));
    assert_ne!(ids(&visit("d2", Some("anna"), &apart)), first);
}
