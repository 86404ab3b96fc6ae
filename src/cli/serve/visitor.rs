//! Who a request is from: the visitor of the request itself, or the one that a preview asks for.
//!
//! Takes a request's facts and a choice, gives the visit with what it permits. A preview never reads a cookie of the browser it
//! is shown in: it would mix two people.

use super::choice::Choice;
use super::state::Loaded;
use crate::bundle::manifest::From;
use crate::consent::{Basis, Grants, cookie, grants};
use crate::page::{AccountFrom, Facts, Intake, intake};
use crate::words::{Instant, PurposeKey, Signals, Visit};
use crate::words::{Purpose, Purposes, Source};

/// The name of somebody who was never here.
pub(super) const FIRST: &str = "first";

/// A visit, ready to be decided.
pub(super) struct Seen {
    pub(super) visit: Visit,
    pub(super) grants: Grants,
    pub(super) now_ms: i64,
    /// For a real request: what it may remember.
    pub(super) intake: Option<Intake>,
    pub(super) faults: Vec<String>,
}

/// What the server knows of a request beyond its choice.
pub(super) struct Request<'r> {
    pub(super) path: &'r str,
    /// Without the choice.
    pub(super) query: &'r str,
    pub(super) header: &'r dyn Fn(&str) -> Option<String>,
    /// The region of requests that do not name one, as a laptop has no geolocation.
    pub(super) region: Option<&'r str>,
    pub(super) now_ms: i64,
    pub(super) randomness: &'r str,
    /// Where the request says which account is signed in.
    pub(super) account_from: Option<&'r AccountFrom>,
}

/// The visit of a request.
pub(super) fn see(loaded: &Loaded, request: &Request<'_>, choice: &Choice) -> Seen {
    if choice.is_preview { preview(loaded, request, choice) } else { visit(loaded, request) }
}

fn visit(loaded: &Loaded, request: &Request<'_>) -> Seen {
    let facts = Facts {
        path: request.path,
        query: request.query,
        country: request.region.map(country),
        region: request.region,
        header: request.header,
        now_ms: request.now_ms,
        randomness: request.randomness,
    };
    let intake = loaded.intake(request.account_from, &facts);
    let (visit, grants) = (intake.visit.clone(), intake.grants.clone());
    Seen { visit, grants, now_ms: request.now_ms, intake: Some(intake), faults: Vec::new() }
}

fn preview(loaded: &Loaded, request: &Request<'_>, choice: &Choice) -> Seen {
    let mut faults = choice.faults.clone();
    let name = choice.visitor.as_deref().unwrap_or(FIRST);
    let named = loaded.site.visitors.iter().find(|visitor| visitor.name == name);
    if named.is_none() && name != FIRST {
        let known: Vec<&str> = loaded.site.visitors.iter().map(|visitor| visitor.name.as_str()).collect();
        faults.push(format!("there is no visitor `{name}`; there are {FIRST}, {}", known.join(", ")));
    }
    let own = named.map(|visitor| visitor.visit.clone()).unwrap_or_default();
    // Somebody who was never here comes from where the server is said to be; a named visitor from where its file says.
    let fallback = if named.is_some() { None } else { request.region.map(str::to_owned) };
    let region = choice.region.clone().or_else(|| own.region.clone()).or(fallback);
    let locale = choice.locale.clone().or_else(|| own.locale.clone());
    let now_ms = choice.now_ms.or_else(|| own.now.map(|now| now.0)).unwrap_or(request.now_ms);

    let header = |name: &str| match name {
        "accept-language" => locale.clone().or_else(|| (request.header)(name)),
        "cookie" | "sec-gpc" => None,
        _ => (request.header)(name),
    };
    let randomness = format!("preview-{}", choice.draw);
    let facts = Facts {
        path: request.path,
        query: request.query,
        country: region.as_deref().map(country),
        region: region.as_deref(),
        header: &header,
        now_ms,
        randomness: &randomness,
    };
    let mut visit = intake(&loaded.bundle, &facts).visit;
    let stated = own.attributes.into_iter().filter(|(name, _)| !is_replaced(loaded, name, choice, &visit));
    let stated: Vec<_> = stated.collect();
    visit.attributes.extend(stated);
    visit.observed = own.observed;
    visit.unknown = own.unknown;
    visit.grants = own.grants;
    visit.signals = own.signals;
    visit.minor = choice.minor.unwrap_or(own.minor);
    visit.depth = choice.depth.or(own.depth);
    visit.region = region;
    visit.locale = locale.or(visit.locale);
    visit.now = Some(Instant(now_ms));
    let page = visit.identity.page.take();
    visit.identity = own.identity;
    visit.identity.page = visit.identity.page.or_else(|| page.clone());
    visit.identity.session = visit.identity.session.or(page);
    if let Some(id) = &choice.id {
        visit.identity.visitor = Some(id.clone());
        visit.identity.account = visit.identity.account.map(|_| id.clone());
    }
    if !choice.grant.is_empty() || !choice.deny.is_empty() {
        speak_for(&mut visit, loaded, now_ms);
    }
    say(&mut visit, choice);
    let regions = &loaded.bundle.program().manifest().regions;
    let grants = match &loaded.heeded {
        Some(heeded) => heeded.grants(regions, &mut visit, now_ms),
        None => grants(regions, &visit, now_ms),
    };
    Seen { visit, grants, now_ms, intake: None, faults }
}

/// Turns what strings and platforms say for a visitor into words of the visitor's own: an answer of the panel stands in place of any.
fn speak_for(visit: &mut Visit, loaded: &Loaded, now_ms: i64) {
    let own = Signals { gpc: visit.signals.gpc, cookie: visit.signals.cookie.take(), ..Signals::default() };
    let others = Signals { gpc: false, ..core::mem::replace(&mut visit.signals, own) };
    let alone = Visit { region: visit.region.clone(), signals: others, ..Visit::default() };
    let heard = grants(&loaded.bundle.program().manifest().regions, &alone, now_ms);
    for purpose in Purpose::ALL {
        if !matches!(heard.basis(*purpose), Basis::Regime | Basis::Expired | Basis::Minor) {
            // A denial beats what the visitor told the site.
            let is_denied = visit.grants.get(&PurposeKey(*purpose)) == Some(&Some(false));
            visit.grants.insert(PurposeKey(*purpose), Some(heard.allows(*purpose) && !is_denied));
        }
    }
}

/// Lets the preview's answers to the consent questions stand in place of the visitor's own.
fn say(visit: &mut Visit, choice: &Choice) {
    visit.signals.gpc = choice.gpc.unwrap_or(visit.signals.gpc);
    let deny = choice.deny;
    let grant = choice.grant.and(!deny);
    for (purposes, answer) in [(grant, true), (deny, false)] {
        visit.grants.extend(purposes.iter().map(|purpose| (PurposeKey(purpose), Some(answer))));
    }
    // A denial in the visitor's cookie would still beat a grant.
    let settled = !Purposes::from_bits(grant.bits() | deny.bits());
    if let Some(choices) = visit.signals.cookie.as_deref().and_then(cookie::parse) {
        let kept = cookie::Choices {
            granted: choices.granted.and(settled),
            denied: choices.denied.and(settled),
            depth: choices.depth.filter(|_| choice.depth.is_none()),
            ..choices
        };
        visit.signals.cookie = Some(cookie::write(&kept));
    }
}

/// Whether the preview knows better than the visitor's file: the page that is really shown, or an answer of the panel.
fn is_replaced(loaded: &Loaded, name: &str, choice: &Choice, from_request: &Visit) -> bool {
    let attributes = &loaded.bundle.program().manifest().attributes;
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) else { return false };
    from_request.attributes.contains_key(name)
        && match attribute.from {
            From::Country | From::Region => choice.region.is_some(),
            From::Language => choice.locale.is_some(),
            From::Query(_) => true,
            _ => attribute.source() == Source::Page,
        }
}

/// The country of a region code.
fn country(region: &str) -> &str {
    region.split('-').next().unwrap_or(region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::serve::state::State;
    use crate::words::Depth;
    use crate::words::Value;

    /// The visit of a preview request at `/?utm_campaign=mend-1` of the example shop, in a browser that has refused everything.
    fn seen(parameters: &str, check: impl FnOnce(&Seen)) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront");
        let state = State::new(folder, None, Some("CH".into()), ureq::Agent::new_with_defaults());
        let live = state.live();
        let loaded = live.loaded.as_ref().expect("the example shop compiles");
        let (choice, query) = Choice::from_query(&format!("utm_campaign=mend-1&{parameters}"), None);
        let header = |name: &str| match name {
            "cookie" => Some("selvedge-consent=v=1&epoch=9&personalization=0&storage=0".to_owned()),
            "sec-gpc" => Some("1".to_owned()),
            "accept-language" => Some("de".to_owned()),
            _ => None,
        };
        let region = state.region(loaded);
        let request = Request {
            path: "/",
            query: &query,
            header: &header,
            region,
            now_ms: 0,
            randomness: "0123456789abcdef0123456789abcdef",
            account_from: None,
        };
        check(&see(loaded, &request, &choice));
    }

    #[test]
    fn a_named_visitor_is_as_its_file_says_whatever_this_browser_said() {
        seen("selvedge-visitor=returning-de", |seen| {
            assert_eq!(seen.visit.region.as_deref(), Some("DE"));
            assert!(seen.grants.allows(Purpose::Personalization) && seen.grants.allows(Purpose::Storage));
            assert!(!seen.visit.signals.gpc && seen.visit.signals.cookie.is_none());
            assert_eq!(seen.visit.attributes.get("visitor.visits_30d"), Some(&Value::Int(6)));
            assert!(seen.intake.is_none(), "a preview sets no cookie of the site");
        });
    }

    #[test]
    fn answers_of_the_panel_stand_in_place_of_the_visitors() {
        seen("selvedge-visitor=returning-de&selvedge-deny=storage&selvedge-grant=advertising&selvedge-gpc=0", |seen| {
            assert!(!seen.grants.allows(Purpose::Storage) && seen.grants.allows(Purpose::Advertising));
        });
        seen("selvedge-visitor=returning-de&selvedge-grant=advertising&selvedge-gpc=1", |seen| {
            assert!(!seen.grants.allows(Purpose::Advertising), "Global Privacy Control beats a grant");
        });
        seen("selvedge-visitor=returning-de&selvedge-grant=storage&selvedge-deny=storage", |seen| {
            assert!(!seen.grants.allows(Purpose::Storage), "denied beats granted");
        });
    }

    #[test]
    fn an_age_and_a_limit_of_the_panel_stand_in_place_of_the_visitors() {
        seen("selvedge-visitor=returning-de&selvedge-region=CH&selvedge-minor=child", |seen| {
            assert!(!seen.grants.allows(Purpose::Personalization));
            assert_eq!(seen.grants.basis(Purpose::Personalization), Basis::Minor);
        });
        seen("selvedge-visitor=returning-de&selvedge-minor=unknown&selvedge-depth=declared", |seen| {
            assert!(seen.grants.allows(Purpose::Personalization));
            assert_eq!(seen.grants.depth, Depth::Declared);
        });
        let mut visit = Visit::default();
        visit.signals.cookie = Some("v=1&epoch=4&depth=contextual&analytics=1".into());
        let (choice, _) = Choice::from_query("selvedge-depth=sensitive", None);
        say(&mut visit, &choice);
        assert_eq!(visit.signals.cookie.as_deref(), Some("v=1&epoch=4&analytics=1"));
    }

    #[test]
    fn a_first_visit_comes_from_the_servers_region_and_has_agreed_to_nothing() {
        seen("selvedge-visitor=first", |seen| {
            assert_eq!(seen.visit.region.as_deref(), Some("CH"));
            assert!(!seen.grants.allows(Purpose::Sensitive));
            assert!(seen.visit.identity.visitor.is_none() && seen.visit.identity.page.is_some());
        });
        seen("selvedge-region=US-CA&selvedge-locale=en-US&selvedge-now=2026-12-01T09:00:00Z", |seen| {
            assert_eq!(seen.visit.region.as_deref(), Some("US-CA"));
            assert_eq!(seen.visit.locale.as_deref(), Some("en-US"));
            assert_eq!(seen.now_ms, 1_796_115_600_000);
        });
    }

    #[test]
    fn a_grant_takes_the_denial_out_of_the_visitors_cookie() {
        let mut visit = Visit::default();
        visit.signals.cookie = Some("v=1&epoch=4&analytics=1&storage=0".into());
        let (choice, _) = Choice::from_query("selvedge-grant=storage", None);
        say(&mut visit, &choice);
        assert_eq!(visit.signals.cookie.as_deref(), Some("v=1&epoch=4&analytics=1"));
    }

    #[test]
    fn an_answer_of_the_panel_stands_in_place_of_a_consent_string() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront");
        let state = State::new(folder, None, None, ureq::Agent::new_with_defaults());
        let live = state.live();
        let loaded = live.loaded.as_ref().expect("the example shop compiles");
        let mut visit = Visit { region: Some("DE".into()), ..Visit::default() };
        visit.signals.tcf = Some("broken".into());
        speak_for(&mut visit, loaded, 0);
        assert_eq!(visit.signals, Signals::default());
        assert_eq!(visit.grants.get(&PurposeKey(Purpose::Personalization)), Some(&Some(false)));
        assert_eq!(visit.grants.get(&PurposeKey(Purpose::Functional)), None);
        let (choice, _) = Choice::from_query("selvedge-grant=personalization", None);
        say(&mut visit, &choice);
        assert_eq!(visit.grants.get(&PurposeKey(Purpose::Personalization)), Some(&Some(true)));
    }

    #[test]
    fn without_a_choice_it_is_this_browsers_own_visit() {
        seen("", |seen| {
            assert!(!seen.grants.allows(Purpose::Personalization));
            assert!(seen.visit.signals.gpc && seen.intake.is_some());
        });
    }
}
