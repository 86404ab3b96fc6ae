//! Before anybody agreed: the example shop personalizes by the request alone, keeps nothing, and says nothing of anybody.

use std::path::Path;

use selvedge::cli::open::{Opened, compiled, site};
use selvedge::engine::{Page, Workspace, all_slots, decide, permit};
use selvedge::log::{EventKind, Leave, Permissions, lines};
use selvedge::page::{self, Arrival, ID_COOKIE, STATE_COOKIE};
use selvedge::words::{Depth, Purpose, Purposes, Unit};

use crate::sites::NOW_MS;

const RANDOMNESS: &str = "00112233445566778899aabbccddeeff";

fn shop() -> Opened {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront"));
    let (site, ..) = site(folder).expect("the example is a site");
    compiled(&site, &site.environments[0], NOW_MS).expect("compiles")
}

/// A request from `region` with this jar.
fn asked(opened: &Opened, region: &str, jar: &str) -> (Arrival, Page, Vec<String>) {
    let header = |name: &str| match name {
        "cookie" => Some(jar.to_owned()).filter(|jar| !jar.is_empty()),
        "accept-language" => Some("de".to_owned()),
        _ => None,
    };
    let facts = page::Request {
        path: "/",
        query: "",
        country: region.split('-').next(),
        region: Some(region),
        header: &header,
        now_ms: NOW_MS,
        randomness: RANDOMNESS,
        edit: None,
    };
    let intake = page::arrive(&opened.bundle, &facts, None).0;
    let permitted = permit(&opened.bundle, &intake.visit, &intake.grants, NOW_MS);
    let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
    let lines = lines(&opened.bundle, &permitted, &page, None, NOW_MS);
    (intake, page, lines)
}

#[test]
fn the_shop_is_useful_and_keeps_nothing() {
    let opened = shop();
    let (intake, page, lines) = asked(&opened, "DE", "");
    let shown: Vec<_> = page.decisions.iter().filter(|decision| decision.content.is_some()).collect();
    assert!(!shown.is_empty(), "nothing is chosen by the request alone");
    assert!(shown.iter().any(|decision| decision.depth == Depth::Contextual));
    assert!(page.decisions.iter().all(|decision| decision.assignment.is_none()));
    // Nothing is read but what needs no permission.
    let attributes = &opened.bundle.program().manifest().attributes;
    for read in page.decisions.iter().flat_map(|decision| page.read(decision)) {
        let attribute = &attributes[usize::from(*read)];
        let free = Purposes::NONE.with(Purpose::Contextual).with(Purpose::Necessary);
        assert!(!attribute.purposes().and(free).is_empty(), "{}", attribute.name);
    }
    assert!(intake.cookies(page.decisions.iter().any(|decision| decision.drew_by(Unit::Visitor))).is_empty());
    assert_eq!(intake.visit.identity.visitor, None);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("\"kind\":\"reasons\"") && !lines[0].contains(RANDOMNESS), "{}", lines[0]);
}

#[test]
fn no_other_cookie_than_those_of_consent_is_asked_for() {
    let opened = shop();
    let sources = &opened.bundle.program().manifest().regions.signals;
    let consent: Vec<&str> = sources.used.iter().map(|source| source.cookie.as_str()).collect();
    let (bare, page, _) = asked(&opened, "DE", "");
    // Whatever a jar holds under any other name, it changes nothing at all.
    let jar = format!(
        "notice_seen=1; {ID_COOKIE}={RANDOMNESS}; {STATE_COOKIE}=visitor.visits_30d=6~20772; _ga=GA1.1; cart=hat"
    );
    assert!(consent.iter().all(|name| name.is_empty() || !jar.contains(name)));
    let (full, same, _) = asked(&opened, "DE", &jar);
    assert_eq!((&bare.visit, &bare.grants, &page), (&full.visit, &full.grants, &same));
    // What it holds is not ours to keep without permission.
    let removed: Vec<_> = full
        .cookies(same.decisions.iter().any(|decision| decision.drew_by(Unit::Visitor)))
        .into_iter()
        .map(|cookie| (cookie.name.into_owned(), cookie.max_age_seconds))
        .collect();
    assert_eq!(removed, [(ID_COOKIE.to_owned(), 0), (STATE_COOKIE.to_owned(), 0)]);
    let in_cookies: Vec<&str> = consent.into_iter().filter(|name| !name.is_empty()).collect();
    assert!(in_cookies.len() > 5, "{in_cookies:?}");
    for name in in_cookies {
        let (other, ..) = asked(&opened, "DE", &format!("{name}=x; OptanonAlertBoxClosed=2026-11-10T10:00:00Z"));
        assert!(other.grants != bare.grants || other.visit.signals != bare.visit.signals, "{name} is not read");
    }
}

#[test]
fn an_id_does_not_outlive_a_change_of_mind() {
    let opened = shop();
    let agreed = "selvedge-consent=v=1&epoch=1&analytics=1&storage=1&personalization=1";
    let old = "ffeeddccbbaa99887766554433221100";
    let (intake, ..) = asked(&opened, "DE", &format!("{agreed}; {ID_COOKIE}={old}"));
    assert_eq!(intake.visit.identity.visitor.as_deref(), Some(old));
    for denial in ["analytics=0&storage=1", "analytics=1&storage=0"] {
        let jar = format!("selvedge-consent=v=1&epoch=2&{denial}; {ID_COOKIE}={old}");
        let (intake, page, _) = asked(&opened, "DE", &jar);
        assert_eq!(intake.visit.identity.visitor, None);
        let removed = intake.cookies(page.decisions.iter().any(|decision| decision.drew_by(Unit::Visitor)));
        assert!(removed.iter().any(|cookie| cookie.name == ID_COOKIE && cookie.max_age_seconds == 0), "{denial}");
    }
    // Agreed again: the old id is gone, so what is drawn now has nothing to do with what was drawn before.
    let (intake, ..) = asked(&opened, "DE", &agreed.replace("epoch=1", "epoch=3"));
    assert_eq!(intake.visit.identity.visitor.as_deref(), Some(RANDOMNESS));
    assert_eq!(intake.grants.epoch, 3);
}

#[test]
fn each_kind_of_event_has_its_own_permission() {
    let opened = shop();
    let measured = [EventKind::Exposure, EventKind::Interaction, EventKind::Conversion];
    for (jar, region, id) in [
        ("", "DE", Leave::Never),
        ("selvedge-consent=v=1&personalization=1&storage=1", "DE", Leave::Never),
        ("selvedge-consent=v=1&analytics=1", "DE", Leave::Anonymous),
        ("selvedge-consent=v=1&analytics=1&storage=1", "DE", Leave::Identified),
        ("selvedge-consent=v=1&analytics=0", "US", Leave::Never),
    ] {
        let (intake, ..) = asked(&opened, region, jar);
        let permissions = Permissions::new(&intake.grants);
        for kind in EventKind::ALL {
            let expected = if measured.contains(kind) { id } else { Leave::Anonymous };
            assert_eq!(permissions.of(*kind, Some(Unit::Visitor)), expected, "{kind} {jar}");
            // A draw that nobody keeps identifies nobody.
            assert!(permissions.of(*kind, Some(Unit::Page)) < Leave::Identified, "{kind} {jar}");
        }
    }
}

#[test]
fn a_visitor_may_say_how_personal_decisions_may_be() {
    let opened = shop();
    let agreed = "v=1&analytics=1&storage=1&personalization=1&functional=1";
    let state = format!("{STATE_COOKIE}=visitor.visits_30d=6~20772");
    let mut deepest = Vec::new();
    for depth in Depth::ALL {
        let (intake, page, _) = asked(&opened, "DE", &format!("selvedge-consent={agreed}&depth={depth}; {state}"));
        assert!(intake.grants.allows(Purpose::Personalization));
        let reached = page.decisions.iter().map(|decision| decision.depth).max().expect("slots");
        assert!(reached <= *depth, "{depth}");
        deepest.push(reached);
    }
    assert!(deepest.is_sorted() && deepest.contains(&Depth::Contextual) && deepest.contains(&Depth::Behavioural));
}
