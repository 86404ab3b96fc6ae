//! The visitor of a request: its own, or the one that a preview asks for.
//!
//! A choice is an edit of the request. A preview never reads a cookie of the browser it is shown in: it would mix two people.

use super::choice::Choice;
use super::state::Loaded;
use crate::author::closed_sets::{is_region, usual_mistake};
use crate::author::site::Visitor;
use crate::bundle::manifest::From;
use crate::consent::{Basis, cookie, grants};
use crate::page::{self, country_of};
use crate::words::Choice as Answer;
use crate::words::{Purpose, PurposeKey, Purposes, Signals, Visit};

/// The name of a visitor who was never here.
pub(super) const FIRST: &str = "first";

/// Hands over the request to decide for: this browser's own, or the one of the visitor that the choice asks for.
pub(super) fn see<R>(
    loaded: &Loaded,
    request: &page::Request<'_>,
    choice: &Choice,
    then: impl FnOnce(&page::Request<'_>) -> R,
) -> R {
    if !choice.is_preview {
        return then(request);
    }
    let named = named(loaded, choice);
    let own = named.map(|visitor| visitor.visit.clone()).unwrap_or_default();
    // A first visitor comes from the region of the server. A named visitor comes from the region in its file.
    let fallback = if named.is_some() { None } else { request.region.map(str::to_owned) };
    let region = choice.region.clone().or_else(|| own.region.clone()).or(fallback);
    let locale = choice.locale.clone().or_else(|| own.locale.clone());
    let now_ms = choice.now_ms.or_else(|| own.now.map(|now| now.0)).unwrap_or(request.now_ms);
    let header = |name: &str| match name {
        "accept-language" => locale.clone().or_else(|| (request.header)(name)),
        "cookie" | "sec-gpc" => None,
        _ => (request.header)(name),
    };
    // A visitor's file says which ids there are, here as in the site's tests. A draw is asked for.
    let is_drawn = named.is_none() || !choice.draw.is_empty();
    let randomness = if is_drawn { format!("preview-{}", choice.draw) } else { String::new() };
    let edit = |visit: &mut Visit| {
        let said = Visit { region: visit.region.take(), now: visit.now, locale: locale.clone(), ..own.clone() };
        *visit = edited(said, loaded, choice, &randomness);
    };
    then(&page::Request {
        country: region.as_deref().map(country_of),
        region: region.as_deref(),
        header: &header,
        now_ms,
        randomness: &randomness,
        edit: Some(&edit),
        ..*request
    })
}

/// The faults of a choice, in words.
pub(super) fn faults(loaded: &Loaded, choice: &Choice) -> Vec<String> {
    let mut faults = choice.faults.clone();
    if let Some(name) = choice.visitor.as_deref().filter(|name| *name != FIRST && named(loaded, choice).is_none()) {
        let known: Vec<&str> = loaded.site.visitors.iter().map(|visitor| visitor.name.as_str()).collect();
        faults.push(format!("there is no visitor `{name}`; the visitors are {FIRST}, {}", known.join(", ")));
    }
    // The panel's word for a region that is not known.
    let codes = &loaded.opened.bundle.program().manifest().regions.codes;
    let is_known = |region: &str| region == "ZZ" || is_region(region) || codes.iter().any(|(code, _)| code == region);
    if let Some(region) = choice.region.as_deref().filter(|region| !is_known(region)) {
        let meant = usual_mistake(region).unwrap_or("DE or US-CA");
        faults.push(format!("there is no region `{region}`; write it like {meant}"));
    }
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(locale) = choice.locale.as_deref().filter(|locale| !locale.split('-').all(is_subtag)) {
        faults.push(format!("`{locale}` is not a language; write it like de or en-GB"));
    }
    faults
}

fn named<'l>(loaded: &'l Loaded, choice: &Choice) -> Option<&'l Visitor> {
    let name = choice.visitor.as_deref()?;
    loaded.site.visitors.iter().find(|visitor| visitor.name == name)
}

/// The visit of the visitor's file, with the panel's answers instead of the file's.
fn edited(mut visit: Visit, loaded: &Loaded, choice: &Choice, randomness: &str) -> Visit {
    for attribute in &loaded.opened.bundle.program().manifest().attributes {
        match attribute.from {
            From::Country | From::Region if choice.region.is_some() => visit.attributes.remove(&attribute.name),
            From::Language if choice.locale.is_some() => visit.attributes.remove(&attribute.name),
            _ => None,
        };
    }
    visit.minor = choice.minor.unwrap_or(visit.minor);
    visit.depth = choice.depth.or(visit.depth);
    if !randomness.is_empty() {
        visit.identity.page.get_or_insert_with(|| randomness.to_owned());
        visit.identity.session.get_or_insert_with(|| randomness.to_owned());
    }
    if let Some(id) = &choice.id {
        visit.identity.visitor = Some(id.clone());
        visit.identity.account = visit.identity.account.map(|_| id.clone());
    }
    if !choice.grant.is_empty() || !choice.deny.is_empty() {
        let now_ms = visit.now.map_or(0, |now| now.0);
        speak_for(&mut visit, loaded, now_ms);
    }
    say(&mut visit, choice);
    visit
}

/// Turns what strings and platforms say for a visitor into words of the visitor's own: an answer of the panel stands in place of any.
fn speak_for(visit: &mut Visit, loaded: &Loaded, now_ms: i64) {
    let own = Signals { gpc: visit.signals.gpc, cookie: visit.signals.cookie.take(), ..Signals::default() };
    let others = Signals { gpc: false, ..core::mem::replace(&mut visit.signals, own) };
    let alone = Visit { region: visit.region.clone(), signals: others, ..Visit::default() };
    let heard = grants(&loaded.opened.bundle.program().manifest().regions, &alone, now_ms);
    for purpose in Purpose::ALL {
        if !matches!(heard.basis(*purpose), Basis::Regime | Basis::Expired | Basis::Minor) {
            // A denial beats what the visitor told the site.
            let own = visit.grants.get(&PurposeKey(*purpose)).copied().flatten();
            let answer = match (heard.allows(*purpose), own) {
                (true, Some(own)) => own,
                (is_granted, _) => is_granted.into(),
            };
            visit.grants.insert(PurposeKey(*purpose), Some(answer));
        }
    }
}

/// Lets the preview's answers to the consent questions stand in place of the visitor's own.
fn say(visit: &mut Visit, choice: &Choice) {
    visit.signals.gpc = choice.gpc.unwrap_or(visit.signals.gpc);
    let deny = choice.deny;
    let grant = choice.grant.and(!deny);
    // A parent's grant stays a parent's.
    let mut parental: Purposes = {
        let by_parent = visit.grants.iter().filter(|(_, answer)| **answer == Some(Answer::Parent));
        by_parent.map(|(purpose, _)| purpose.0).collect()
    };
    // A denial in the visitor's cookie would still beat a grant.
    let settled = !Purposes::from_bits(grant.bits() | deny.bits());
    if let Some(choices) = visit.signals.cookie.as_deref().and_then(cookie::parse) {
        parental = parental.or(choices.parental);
        let kept = cookie::Choices {
            granted: choices.granted.and(settled),
            denied: choices.denied.and(settled),
            depth: choices.depth.filter(|_| choice.depth.is_none()),
            ..choices
        };
        visit.signals.cookie = Some(cookie::write(&kept));
    }
    let by_parent = grant.and(parental);
    let answers = [(grant, Answer::Granted), (by_parent, Answer::Parent), (deny, Answer::Denied)];
    for (purposes, answer) in answers {
        visit.grants.extend(purposes.iter().map(|purpose| (PurposeKey(purpose), Some(answer))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::serve::state::State;
    use crate::page::{Asked, Begun, Scratch, Who, begin};
    use crate::words::{Depth, Value};

    /// The visit of a preview request at `/?utm_campaign=mend-1` of the example shop, in a browser that has refused everything.
    fn seen(parameters: &str, check: impl FnOnce(&Begun<'_>)) {
        let state = State::shop(Some("CH"));
        let live = state.live();
        let loaded = live.loaded.as_ref().expect("the example shop compiles");
        let (choice, query) = Choice::from_query(&format!("utm_campaign=mend-1&{parameters}"), None);
        let header = |name: &str| match name {
            "cookie" => Some("selvedge-consent=v=1&epoch=9&personalization=0&storage=0".to_owned()),
            "sec-gpc" => Some("1".to_owned()),
            "accept-language" => Some("de".to_owned()),
            _ => None,
        };
        let randomness = "0123456789abcdef0123456789abcdef";
        let request = page::Request { now_ms: 0, ..state.request(loaded, ("/", &query), &header, randomness) };
        let mut scratch = Scratch::default();
        check(&see(loaded, &request, &choice, |request| {
            begin(&loaded.opened.bundle, &Asked::of(Who::Request(request)), &mut scratch)
        }));
    }

    #[test]
    fn a_named_visitor_is_as_its_file_says_whatever_this_browser_said() {
        seen("selvedge-visitor=returning-de", |seen| {
            assert_eq!(seen.visit().region.as_deref(), Some("DE"));
            assert!(seen.grants().allows(Purpose::Personalization) && seen.grants().allows(Purpose::Storage));
            assert!(!seen.visit().signals.gpc && seen.visit().signals.cookie.is_none());
            assert_eq!(seen.visit().attributes.get("visitor.visits_30d"), Some(&Value::Int(6)));
        });
        // Without a choice it is this browser's own visit.
        seen("", |seen| {
            assert!(!seen.grants().allows(Purpose::Personalization));
            assert!(seen.visit().signals.gpc && seen.visit().identity.session.is_none());
        });
    }

    #[test]
    fn a_visitors_file_has_one_answer_in_tests_and_in_the_panel() {
        let state = State::shop(None);
        let live = state.live();
        let loaded = live.loaded.as_ref().expect("the example shop compiles");
        let (header, mut scratch) = (|_: &str| None, Scratch::default());
        let now_ms = 1_796_115_600_000;
        let answer = |begun: &crate::page::Begun<'_>| {
            let decided = begun.page().decisions.iter();
            decided
                .map(|one| format!("{:?} {:?} {:?} {:?}", one.slot, one.content, one.reason, one.detail))
                .collect::<Vec<_>>()
        };
        let slots = crate::engine::all_slots(&loaded.opened.bundle);
        for visitor in &loaded.site.visitors {
            let now_ms = visitor.visit.now.map_or(now_ms, |now| now.0);
            let who = Who::Visit(&visitor.visit, now_ms);
            let asked = Asked { slots: Some(&slots), ..Asked::of(who) };
            let tested = answer(&begin(&loaded.opened.bundle, &asked, &mut scratch));
            let choice = Choice::from_query(&format!("selvedge-visitor={}", visitor.name), None).0;
            let request = page::Request { now_ms, ..state.request(loaded, ("/", ""), &header, "") };
            let shown = answer(&see(loaded, &request, &choice, |request| {
                let asked = Asked { slots: Some(&slots), ..Asked::of(Who::Request(request)) };
                begin(&loaded.opened.bundle, &asked, &mut scratch)
            }));
            assert_eq!(shown, tested, "{}", visitor.name);
        }
    }

    #[test]
    fn answers_of_the_panel_stand_in_place_of_the_visitors() {
        let permits = |parameters: &str, purpose: Purpose, expected: bool| {
            seen(&format!("selvedge-visitor=returning-de&{parameters}"), |seen| {
                assert_eq!(seen.grants().allows(purpose), expected, "{parameters}");
            });
        };
        permits("selvedge-deny=storage&selvedge-grant=advertising&selvedge-gpc=0", Purpose::Storage, false);
        permits("selvedge-deny=storage&selvedge-grant=advertising&selvedge-gpc=0", Purpose::Advertising, true);
        // Global Privacy Control beats a grant, and so does a denial.
        permits("selvedge-grant=advertising&selvedge-gpc=1", Purpose::Advertising, false);
        permits("selvedge-grant=storage&selvedge-deny=storage", Purpose::Storage, false);
        seen("selvedge-visitor=returning-de&selvedge-region=CH&selvedge-minor=child", |seen| {
            assert!(!seen.grants().allows(Purpose::Personalization));
            assert_eq!(seen.grants().basis(Purpose::Personalization), Basis::Minor);
        });
        seen("selvedge-visitor=returning-de&selvedge-minor=unknown&selvedge-depth=declared", |seen| {
            assert!(seen.grants().allows(Purpose::Personalization));
            assert_eq!(seen.grants().depth, Depth::Declared);
        });
    }

    #[test]
    fn a_first_visit_comes_from_the_servers_region_and_has_agreed_to_nothing() {
        seen("selvedge-visitor=first", |seen| {
            assert_eq!(seen.visit().region.as_deref(), Some("CH"));
            assert!(!seen.grants().allows(Purpose::Sensitive));
            assert!(seen.visit().identity.visitor.is_none() && seen.visit().identity.page.is_some());
        });
        seen("selvedge-region=US-CA&selvedge-locale=en-US&selvedge-now=2026-12-01T09:00:00Z", |seen| {
            assert_eq!(seen.visit().region.as_deref(), Some("US-CA"));
            assert_eq!(seen.visit().locale.as_deref(), Some("en-US"));
            assert_eq!(seen.now_ms(), 1_796_115_600_000);
        });
    }

    #[test]
    fn an_answer_takes_what_it_replaces_out_of_the_visitors_cookie() {
        for (cookie, query) in [
            ("v=1&epoch=4&analytics=1&storage=0", "selvedge-grant=storage"),
            ("v=1&epoch=4&depth=contextual&analytics=1", "selvedge-depth=sensitive"),
        ] {
            let mut visit = Visit::default();
            visit.signals.cookie = Some(cookie.into());
            say(&mut visit, &Choice::from_query(query, None).0);
            assert_eq!(visit.signals.cookie.as_deref(), Some("v=1&epoch=4&analytics=1"));
        }
    }

    #[test]
    fn an_answer_of_the_panel_stands_in_place_of_a_consent_string() {
        let live = State::shop(None).live();
        let loaded = live.loaded.as_ref().expect("the example shop compiles");
        let mut visit = Visit { region: Some("DE".into()), ..Visit::default() };
        visit.signals.tcf = Some("broken".into());
        speak_for(&mut visit, loaded, 0);
        assert_eq!(visit.signals, Signals::default());
        assert_eq!(visit.grants.get(&PurposeKey(Purpose::Personalization)), Some(&Some(Answer::Denied)));
        assert_eq!(visit.grants.get(&PurposeKey(Purpose::Functional)), None);
        say(&mut visit, &Choice::from_query("selvedge-grant=personalization", None).0);
        assert_eq!(visit.grants.get(&PurposeKey(Purpose::Personalization)), Some(&Some(Answer::Granted)));
    }
}
