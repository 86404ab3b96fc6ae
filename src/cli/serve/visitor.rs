//! Who a request is from: the visitor of the request itself, or the one that a preview asks for.
//!
//! Takes a request's facts and a choice, gives the visit with what it permits. A preview never reads a cookie of the browser it
//! is shown in: it would mix two people.

use super::choice::Choice;
use super::state::Loaded;
use crate::bundle::manifest::From;
use crate::bundle::words::{Purposes, Source};
use crate::consent::{Grants, cookie, grants};
use crate::engine::{Instant, PurposeKey, Visit};
use crate::intake::{Facts, Intake, intake};

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
    let intake = intake(&loaded.bundle, &facts);
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
    say(&mut visit, choice);
    let grants = grants(&loaded.bundle.program().manifest().regions, &visit, now_ms);
    Seen { visit, grants, now_ms, intake: None, faults }
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
        let kept =
            cookie::Choices { granted: choices.granted.and(settled), denied: choices.denied.and(settled), ..choices };
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
