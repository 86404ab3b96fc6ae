//! What a record holds: enough to make the decision again, and nothing of what consent hides.

use selvedge::cli::open::Opened;
use selvedge::cli::{replay, seal};
use selvedge::consent::grants;
use selvedge::engine::{Limits, Workspace, all_slots, decide_into, permit};
use selvedge::log::audit::{Asked, Draft, Marks, VERSION, Which, draft};
use selvedge::log::key::Key;
use selvedge::log::ratchet::Ratchet;
use selvedge::words::{Instant, Value, Visit};
use selvedge::words::{Purpose, Unit};

use crate::engine::promises::campaign;
use crate::sites::{NOW_MS, visits};

/// A key whose ratchet began in 2020.
fn key() -> Key {
    Key::new(3, [7; 32]).with_ratchet(Ratchet::new(18_262, [8; 32]))
}

/// The same as earlier versions had it.
fn old_key() -> Key {
    Key::new(3, [7; 32])
}

const ID: [u8; 16] = [5; 16];

/// Everything that would be sealed.
fn values(draft: &Draft) -> String {
    draft.parts().iter().map(|part| part.text.as_str()).collect()
}

fn record(opened: &Opened, visit: &Visit, limits: Limits, stale: bool) -> Draft {
    record_of(VERSION, &key(), opened, visit, limits, stale)
}

fn record_of(version: u32, key: &Key, opened: &Opened, visit: &Visit, limits: Limits, stale: bool) -> Draft {
    let (bundle, now_ms) = (&opened.bundle, visit.now.map_or(NOW_MS, |now| now.0));
    let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(bundle, visit, &grants, now_ms).with_stale(stale);
    let (mut workspace, mut page) = (Workspace::with_limits(limits), Default::default());
    decide_into(bundle, &permitted, &all_slots(bundle), &mut workspace, &mut page);
    let marks = Marks { version, ..Marks::new(bundle, key, ID, &permitted, &visit.signals) };
    let asked = Asked { bundle, visit, permitted: &permitted, page: &page, limits, which: Which::All };
    draft(&asked, &marks).expect("there are decisions")
}

#[test]
fn every_record_is_made_again_byte_for_byte() {
    let (mut sealed, mut contacts, mut places, key, old_key) = (0, 0, 0, key(), old_key());
    campaign(70_000, |dice, site, opened, visit| {
        let limits =
            if dice.percent(20) { Limits { rules_per_slot_max: dice.below(4) as u32 } } else { Limits::default() };
        // Logs of earlier versions are made again, too.
        let version = 1 + dice.below(3) as u32;
        // No engine that wrote an earlier version knew sequences and turns.
        if version < VERSION && site.contact.repeats() {
            return;
        }
        let key = if version == VERSION { &key } else { &old_key };
        let draft = record_of(version, key, opened, &visit, limits, dice.percent(10));
        let line = seal::seal(&draft).expect("seals");
        sealed += usize::from(values(&draft).contains("\":"));
        contacts +=
            usize::from(values(&draft).contains("\"caps\":{\"") || values(&draft).contains("\"dismissed\":{\""));
        places += ["\"sequences\":{\"", "\"turns\":{\"", "\"shown\":{\""]
            .iter()
            .filter(|part| values(&draft).contains(**part))
            .count();
        let again = replay::remade(&line, opened, key).unwrap_or_else(|error| panic!("{error:#}\n{line}\n{visit:?}"));
        assert_eq!(again, draft.line(), "{visit:?}");
    });
    assert!(sealed > 300, "only {sealed} records had values");
    assert!(contacts > 0, "only {contacts} records had contacts before");
    assert!(places > 0, "only {places} records had places of sequences, turns, or content that was shown");
}

#[test]
fn hidden_values_leave_no_trace() {
    let mut hidden = 0;
    campaign(80_000, |dice, site, opened, visit| {
        let (bundle, now_ms) = (&opened.bundle, visit.now.map_or(NOW_MS, |now| now.0));
        let grants = grants(&bundle.program().manifest().regions, &visit, now_ms);
        let permitted = permit(bundle, &visit, &grants, now_ms);
        let mut other = visit.clone();
        for (position, entry) in bundle.program().manifest().attributes.iter().enumerate() {
            if Purpose::ALL.iter().any(|purpose| permitted.seen(position, *purpose).is_some()) {
                continue;
            }
            hidden += 1;
            let attribute = site.attributes.iter().find(|attribute| attribute.name == entry.name).expect("is declared");
            let value: Value = serde_json::from_value(visits::value(dice, attribute)).expect("any value is one");
            other.attributes.insert(entry.name.clone(), value);
            other.observed.insert(entry.name.clone(), Instant(dice.below(2_000_000_000_000) as i64));
            other.unknown.retain(|name| *name != entry.name);
        }
        let ids = &mut other.identity;
        for (unit, id) in [
            (Unit::Page, &mut ids.page),
            (Unit::Session, &mut ids.session),
            (Unit::Visitor, &mut ids.visitor),
            (Unit::Account, &mut ids.account),
        ] {
            if !grants.allows_unit(unit) {
                *id = dice.percent(70).then(|| format!("other{}", dice.below(1_000)));
            }
        }
        let first = record(opened, &visit, Limits::default(), false);
        let second = record(opened, &other, Limits::default(), false);
        assert_eq!(first, second, "{visit:?}\n{other:?}");
    });
    assert!(hidden > 1_000, "only {hidden} values were hidden");
}

#[test]
fn a_line_shows_no_value_no_id_and_no_signal() {
    let (site, _, _) = selvedge::cli::open::site(super::SHOP.as_ref()).expect("is a site");
    let opened = crate::sites::opened(&site);
    let cookie = "v=1&epoch=41&personalization=1&storage=1&analytics=1&sensitive=1";
    let mut visit: Visit = serde_json::from_value(serde_json::json!({
        "attributes": {
            "request.country": "DE", "request.campaign": "telltale-campaign", "visitor.visits_30d": 977,
            "visitor.last_category": "knitwear", "profile.health_interest": true,
        },
        "region": "DE", "locale": "de-AT-1996", "signals": {"cookie": cookie},
        "identity": {"visitor": "telltale-visitor", "account": "telltale-account", "page": "telltale-page"},
        "now": "2026-12-02T09:34:56.123Z",
    }))
    .expect("is a visit");
    let draft = record(&opened, &visit, Limits::default(), false);
    for value in ["telltale", "977", "AT-1996", "v=1&"] {
        assert!(!draft.line().contains(value), "{value} in {}", draft.line());
    }
    for part in
        ["\"at\":\"2026-12-02T09:00:00Z\"", "\"locale\":\"de\"", "\"epoch\":41", "\"key\":3", "\"sealed\":null}"]
    {
        assert!(draft.line().contains(part), "{part} not in {}", draft.line());
    }
    assert!(values(&draft).contains("\"at\":\"2026-12-02T09:34:56.123Z\""), "{}", values(&draft));
    assert!(values(&draft).contains("\"visitor.visits_30d\":977"), "{}", values(&draft));
    // What was decided by sensitive data tells it, whether it was shown or not.
    for outcome in ["shelf/", "hero/", "TARGETING_MATCH", "absent", "request.country"] {
        assert!(!draft.line().contains(outcome), "{outcome} in {}", draft.line());
        assert!(outcome == "hero/" || values(&draft).contains(outcome), "{outcome} not in {}", values(&draft));
    }
    assert!(draft.line().contains("\"ids\":{},\"inputs\":{},\"slots\":[{\"slot\":\""), "{}", draft.line());

    visit.signals.cookie = Some(cookie.replace("sensitive=1", "sensitive=0"));
    let draft = record(&opened, &visit, Limits::default(), false);
    assert!(draft.line().contains("\"told\":null,\"time\":\""), "{}", draft.line());
    // The same values under another record's id have other digests: nobody links two records by them.
    let line: serde_json::Value = serde_json::from_str(draft.line()).expect("is JSON");
    let inputs = line["inputs"].as_object().expect("is an object");
    // The day of its class, 30 days after the visit's.
    let digest = |id: [u8; 16]| {
        key().class(&id, "30d", 20_789 + 30).expect("is a day").digest("input", "request.country", b"\x04DE")
    };
    assert_ne!(inputs["request.country"], selvedge::words::hex(&digest([6; 16])));
    let own = digest(ID);
    assert_eq!(inputs["request.country"], selvedge::words::hex(&own), "type 4 is a symbol, then its text");
}
