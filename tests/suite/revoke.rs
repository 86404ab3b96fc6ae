//! Consent withdrawn on another device: which choice counts, which ids are looked up, and what the command and the folder hold.

mod command;
mod folder;

use std::cell::RefCell;
use std::collections::BTreeMap;

use selvedge::author::site::Site;
use selvedge::consent::revocation::Key;
use selvedge::consent::revocation::list::{Found, Revocations, write};
use selvedge::consent::{Basis, Grants, grants};
use selvedge::page::{self, AccountFrom, Arrival, ID_COOKIE, Person, STATE_COOKIE};
use selvedge::words::Revoked;
use selvedge::words::Visit;
use selvedge::words::{Purpose, Purposes, Unit};
use serde_json::{Value as Json, json};

use crate::sites::{self, NOW_MS};

/// The day of [`NOW_MS`]: 15 November 2026.
const TODAY: u32 = 20_772;
const KNOWN_ID: &str = "ffeeddccbbaa99887766554433221100";
/// 2026-11-10, day 20,767, with every purpose of the framework.
const TCF_ALL: &str = "CQtd7EAQtd7EAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA";

fn site() -> Site {
    let settings = "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned();
    sites::checked(&sites::files([("selvedge.toml", settings), ("consent.toml", "cookie = \"consent\"\n".to_owned())]))
}

fn granted(site: &Site, region: &str, signals: Json) -> Grants {
    let visit: Visit = serde_json::from_value(json!({ "region": region, "signals": signals })).expect("is a context");
    grants(&site.regions, &visit, NOW_MS)
}

fn cookie(day: &str, purposes: &str) -> String {
    format!("v=1&epoch=1{day}{purposes}")
}

#[test]
fn a_later_choice_stands_and_no_other_does() {
    let site = site();
    let withdrawn = |day: u32| json!([{ "day": day, "purposes": ["personalization", "advertising"] }]);
    let all = "&analytics=1&personalization=1&storage=1";
    for (day, withdrawn_on, stands) in [
        ("&day=20770", 20_769, true),
        ("&day=20770", 20_770, false),
        ("&day=20770", 20_771, false),
        // Nobody knows when this was said.
        ("", 1, false),
    ] {
        let signals = json!({ "cookie": cookie(day, all), "revoked": withdrawn(withdrawn_on) });
        let grants = granted(&site, "DE", signals);
        let found = (grants.allows(Purpose::Personalization), grants.basis(Purpose::Personalization));
        assert_eq!(found, if stands { (true, Basis::Cookie) } else { (false, Basis::Revoked) }, "{day} {withdrawn_on}");
        assert_eq!(grants.denies(Purpose::Personalization), !stands);
        assert_eq!(grants.day(Purpose::Personalization), stands.then_some(20_770));
        // What was not withdrawn is as it was.
        assert!(grants.allows(Purpose::Analytics) && grants.allows(Purpose::Storage));
        assert!(grants.denies(Purpose::Advertising), "nobody granted that again");
    }
}

#[test]
fn any_source_with_a_later_day_stands_and_the_visitors_own_denial_keeps_its_name() {
    let site = site();
    let withdrawn = |day: u32| json!([{ "day": day, "purposes": ["personalization"] }]);
    // The string is of day 20,767; the cookie beside it has no day.
    for (day, stands) in [(20_766, true), (20_767, false)] {
        for own in [json!(null), json!(cookie("", "&personalization=1"))] {
            let grants = granted(&site, "DE", json!({ "tcf": TCF_ALL, "cookie": own, "revoked": withdrawn(day) }));
            assert_eq!(grants.allows(Purpose::Personalization), stands, "{day} {own}");
        }
    }
    let grants = granted(
        &site,
        "DE",
        json!({ "cookie": cookie("&day=20771", "&personalization=0"), "revoked": withdrawn(20_000) }),
    );
    assert_eq!(
        (grants.denies(Purpose::Personalization), grants.basis(Purpose::Personalization)),
        (true, Basis::Cookie)
    );

    // A call of the site's code says nothing of its day.
    let visit: Visit = serde_json::from_value(json!({
        "region": "DE", "grants": { "personalization": true }, "signals": { "revoked": withdrawn(1) },
    }))
    .expect("is a context");
    assert!(grants_of(&site, &visit).denies(Purpose::Personalization));
}

fn grants_of(site: &Site, visit: &Visit) -> Grants {
    grants(&site.regions, visit, NOW_MS)
}

#[test]
fn where_silence_permits_a_withdrawal_speaks() {
    let site = site();
    let silent = granted(&site, "US-NY", json!({}));
    assert!(silent.allows(Purpose::Personalization) && silent.allows_unit(Unit::Visitor));
    let revoked =
        json!([{ "day": 20_000, "purposes": ["personalization"] }, { "day": 20_001, "purposes": ["analytics"] }]);
    let grants = granted(&site, "US-NY", json!({ "revoked": revoked }));
    assert!(grants.denies(Purpose::Personalization) && grants.denies(Purpose::Analytics));
    assert!(!grants.allows_unit(Unit::Page), "a denial is not silence");
    assert!(grants.allows(Purpose::Advertising));
    assert!(granted(&site, "US-NY", json!({ "revoked": [] })) == silent);
    for broken in
        [json!([{ "day": -1, "purposes": [] }]), json!([{ "day": 1 }]), json!([{ "day": 1, "purposes": ["x"] }])]
    {
        let context = json!({ "signals": { "revoked": broken } });
        assert!(serde_json::from_value::<Visit>(context).is_err());
    }
}

/// Reads a request whose account is in the header `x-account`, or with `place` elsewhere; gives what was looked up too.
fn read(
    site: &Site,
    headers: &[(&str, &str)],
    place: &str,
    find: &dyn Fn(Unit, &str) -> Found<'static>,
) -> (Arrival, Vec<String>) {
    let opened = sites::opened(site);
    let headers: BTreeMap<&str, &str> = headers.iter().copied().collect();
    let header = |name: &str| headers.get(name).map(|value| (*value).to_owned());
    let facts = page::Request {
        path: "/",
        query: "",
        country: Some("DE"),
        region: Some("DE"),
        header: &header,
        now_ms: NOW_MS,
        randomness: "00112233445566778899aabbccddeeff",
        edit: None,
    };
    let asked = RefCell::new(Vec::new());
    let noted = |unit: Unit, id: &str| {
        asked.borrow_mut().push(format!("{unit} {id}"));
        find(unit, id)
    };
    let account = AccountFrom::parse(place).expect("is a place");
    let person = Person { account: Some(&account), find: &noted };
    let read = page::arrive(&opened.bundle, &facts, Some(&person)).0;
    let nobody = page::arrive(&opened.bundle, &facts, None).0;
    if asked.borrow().is_empty() {
        assert_eq!((&read.visit, &read.grants), (&nobody.visit, &nobody.grants));
    }
    assert_eq!(read.visit.identity.account, None, "the account's id goes no further than the lookup");
    (read, asked.into_inner())
}

/// A list with an account and a device that withdrew yesterday, and the key of its digests.
fn listed() -> (&'static [u8], Key) {
    let key = Key::new(2, [9; 32]);
    let optional = Purposes::from_bits(u8::MAX).without(Purpose::Necessary).without(Purpose::Contextual);
    let revoked = Revoked { day: TODAY - 1, purposes: optional };
    let people = [(key.mark(Unit::Account, "4711"), revoked), (key.mark(Unit::Visitor, KNOWN_ID), revoked)];
    (write(2, key.check(), people).leak(), key)
}

#[test]
fn an_id_is_looked_up_only_where_it_may_be_read() {
    let site = site();
    let (nothing, agreed) =
        (|_: Unit, _: &str| Found::default(), "consent=v=1&epoch=1&day=20700&storage=1&personalization=1");
    let jar = |consent: &str| format!("{consent}; {ID_COOKIE}={KNOWN_ID}; login=a%40b");
    let lookups =
        |cookie: &str, place: &str| read(&site, &[("cookie", cookie), ("x-account", "4711")], place, &nothing).1;
    let device = format!("visitor {KNOWN_ID}");

    assert_eq!(lookups(&jar(agreed), "header:X-Account"), ["account 4711", &device]);
    assert_eq!(lookups(&jar(agreed), "cookie:login"), ["account a@b", &device]);
    // Without permission to read the device nothing of it is: not the id, and not the account's either where a cookie holds it.
    for consent in ["other=1", "consent=v=1&storage=0&personalization=1", "consent=v=9"] {
        assert_eq!(lookups(&jar(consent), "header:x-account"), ["account 4711"], "{consent}");
        assert!(lookups(&jar(consent), "cookie:login").is_empty(), "{consent}");
    }
    // Ids that are none of ours, or too long for anybody's.
    assert_eq!(lookups(&format!("{agreed}; {ID_COOKIE}=short"), "header:x-other"), [""; 0]);
    let long = "x".repeat(257);
    assert!(read(&site, &[("x-account", &long)], "header:x-account", &nothing).1.is_empty());
    for place in ["", "header:", "cookie:", "query:x", "header:Cookie", "account"] {
        assert_eq!(AccountFrom::parse(place), None, "{place}");
    }
}

#[test]
fn what_is_hidden_changes_nothing_by_way_of_the_list() {
    let site = site();
    let (bytes, key) = listed();
    let list = Revocations::open(bytes).expect("opens");
    let find = |unit: Unit, id: &str| key.find(&list, unit, id);
    let of = |consent: &str, id: &str| {
        let cookie = format!("{consent}; {ID_COOKIE}={id}; {STATE_COOKIE}=visitor.visits=6~20700");
        read(&site, &[("cookie", &cookie)], "header:x-account", &find).0
    };
    let other = "0".repeat(32);
    for consent in ["other=1", "consent=v=1&day=20700&storage=0&personalization=1&analytics=1"] {
        let (listed, unlisted) = (of(consent, KNOWN_ID), of(consent, &other));
        assert_eq!((&listed.visit, &listed.grants), (&unlisted.visit, &unlisted.grants), "{consent}");
        assert_eq!(listed.cookies(true), unlisted.cookies(true), "{consent}");
    }
    let agreed = "consent=v=1&epoch=1&day=20700&storage=1&analytics=1&personalization=1";
    let (listed, unlisted) = (of(agreed, KNOWN_ID), of(agreed, &other));
    assert!(unlisted.grants.allows(Purpose::Personalization) && unlisted.visit.identity.visitor.is_some());
    assert!(listed.grants.denies(Purpose::Personalization) && listed.visit.identity.visitor.is_none());
    let cookies = listed.cookies(false);
    let gone: Vec<&str> =
        cookies.iter().filter(|cookie| cookie.max_age_seconds == 0).map(|cookie| &*cookie.name).collect();
    assert_eq!(gone, [ID_COOKIE, STATE_COOKIE], "as at any other withdrawal");
    // The device is told: its own cookie says from now on what holds, to whatever runs on the page.
    let told = |arrival: &Arrival| {
        let cookies = arrival.cookies(true);
        cookies.iter().find(|cookie| cookie.name == "consent").map(|cookie| cookie.header(true))
    };
    let header = told(&listed).expect("is told");
    let value = "v=1&epoch=2&day=20700&analytics=0&personalization=0&storage=0";
    assert_eq!(header, format!("consent={value}; Path=/; Max-Age=34128000; SameSite=Lax; Secure"));
    let again = of(&format!("consent={value}"), KNOWN_ID);
    assert_eq!((told(&again), again.grants.denies(Purpose::Personalization)), (None, true));
    assert_eq!(told(&unlisted), None);
    let later = of(&agreed.replace("20700", "20772"), KNOWN_ID);
    assert!(later.grants.allows(Purpose::Personalization), "a choice that was made since counts");
    assert_eq!(told(&later), None);
}

#[test]
fn the_account_reaches_every_device_of_the_person() {
    let site = site();
    let (bytes, key) = listed();
    let list = Revocations::open(bytes).expect("opens");
    let find = |unit: Unit, id: &str| key.find(&list, unit, id);
    let cookie = "consent=v=1&epoch=1&day=20700&storage=1&analytics=1&personalization=1";
    let of = |account: &str| read(&site, &[("cookie", cookie), ("x-account", account)], "header:x-account", &find).0;
    assert!(of("4711").grants.denies(Purpose::Personalization));
    assert!(of("4712").grants.allows(Purpose::Personalization));
    assert!(of(KNOWN_ID).grants.allows(Purpose::Personalization), "a device's id is not an account's");
    // A list of another epoch or secret tells nothing, and grants nothing.
    for other in [Key::new(3, [9; 32]), Key::new(2, [8; 32])] {
        assert!(key.fits(&list) && !other.fits(&list));
        let wrong = |unit: Unit, id: &str| other.find(&list, unit, id);
        let seen = read(&site, &[("cookie", cookie), ("x-account", "4711")], "header:x-account", &wrong).0;
        assert!(seen.grants.allows(Purpose::Personalization));
    }
}
