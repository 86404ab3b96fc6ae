//! Makes a visit from an HTTP request, in the same way for every host.
//!
//! Start with [`arrive`]. Consent comes first: a cookie of the device is not even parsed unless `storage` is granted. The consent
//! cookie, and those of the consent platforms that the site uses, are read before.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::contact::{self, CONTACT_COOKIE};
use super::cookies::SetCookie;
use super::journey::JOURNEY_COOKIE;
use super::request::{AccountFrom, Person, Request};
use super::{client, cookies, matches, number, state};
use crate::bundle::Bundle;
use crate::bundle::manifest::{AttributeEntry, From};
use crate::consent::revocation::grants_heeding;
use crate::consent::{Basis, Grants, Law, cookie};
use crate::words::time;
use crate::words::{Instant, Value, Visit};
use crate::words::{Purpose, Purposes, Source, Unit, ValueType};

/// The cookie with the random id of this device.
pub const ID_COOKIE: &str = "selvedge-id";
/// The cookie with the device's attributes, each with the day on which it was written, in days since 1970 (UTC):
/// `visitor.visits_30d=6~20413&visitor.last_category=knitwear~20410`, percent-encoded.
pub const STATE_COOKIE: &str = "selvedge-state";
/// How long the state cookie is kept unless it is written again.
pub const STATE_SECONDS: u32 = 30 * 86_400;
/// How long the consent cookie is kept, as by the loader, which writes it.
pub const CONSENT_SECONDS: u32 = 395 * 86_400;
/// How long the id is kept: 13 months, the longest that the French regulator allows a measurement cookie.
pub const ID_SECONDS_MAX: u32 = 395 * 86_400;

/// A visit with its permissions, and the cookies that follow from both.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The visit.
    pub visit: Visit,
    /// What it permits.
    pub grants: Grants,
    fresh_id: bool,
    /// Cookies that hold what is no longer permitted, without it.
    stale_cookies: Vec<SetCookie>,
    /// The site's own consent cookie as it should be, where it grants what was withdrawn on another device.
    outdated: Option<SetCookie>,
}

/// Reads a request: the visit with its permissions, and the law behind them. With a `person`, what they withdrew on another
/// device counts.
pub fn arrive<'b>(bundle: &'b Bundle, request: &Request<'_>, person: Option<&Person<'_>>) -> (Arrival, Law<'b>) {
    let manifest = bundle.program().manifest();
    let cookie_header = (request.header)("cookie").unwrap_or_default();
    let mut visit = Visit {
        region: request.region.map(ToString::to_string),
        now: Some(Instant(request.now_ms)),
        ..Visit::default()
    };
    visit.signals.gpc = (request.header)("sec-gpc").is_some_and(|value| client::is_gpc(&value));
    visit.signals.cookie = cookies::consent(&cookie_header, &manifest.cookie);
    let of_jar = |name: &str| cookies::consent(&cookie_header, name);
    manifest.regions.signals.read_cookies(&mut visit.signals, &of_jar);
    if let Some(edit) = request.edit {
        edit(&mut visit);
    }

    let law = Law::of(&manifest.regions, &visit, request.now_ms);
    let grants = match person {
        None => law.grants(&visit),
        Some(person) => {
            let edited = request.edit.map(|_| visit.identity.clone());
            let id = |unit, grants: &Grants| match (unit, person.account) {
                _ if edited.is_some() => edited.as_ref().and_then(|ids| ids.of(unit)).map(ToString::to_string),
                (Unit::Account, Some(AccountFrom::Header(name))) => (request.header)(name),
                (Unit::Account, Some(AccountFrom::Cookie(name))) if grants.allows(Purpose::Storage) => {
                    cookies::value(&cookie_header, name).map(cookies::decode)
                }
                (Unit::Account, _) => None,
                _ => cookies::value(&cookie_header, ID_COOKIE).filter(|id| is_id(id)).map(ToString::to_string),
            };
            grants_heeding(&law, &mut visit, &id, person.find)
        }
    };
    // The origin may choose a page by the browser's headers. Content that we choose by it is contextual.
    if grants.allows(Purpose::Contextual) && visit.locale.is_none() {
        visit.locale = (request.header)("accept-language").and_then(|header| client::locale(&header, manifest));
    }

    // Only a host that can look a person up needs this. A browser cannot, so none of it is built in there.
    let outdated = person.and_then(|_| heeded(&visit, &grants)).map(|value| SetCookie {
        name: manifest.cookie.clone().into(),
        value,
        max_age_seconds: CONSENT_SECONDS,
    });
    let has_storage = grants.allows(Purpose::Storage);
    let state = if has_storage { cookies::value(&cookie_header, STATE_COOKIE).unwrap_or_default() } else { "" };
    for attribute in &manifest.attributes {
        // A preview's own values stay, apart from those of the page that is shown.
        let is_said =
            request.edit.is_some() && !is_of_the_page(attribute) && visit.attributes.contains_key(&attribute.name);
        if attribute.in_state_cookie() {
            remembered(&mut visit, attribute, state, request.now_ms);
        } else if attribute.needs().may_take(&grants)
            && !is_said
            && let Some(value) = value(attribute, request, &cookie_header, has_storage)
        {
            visit.attributes.insert(attribute.name.clone(), value);
        }
    }

    let has_history = bundle.program().contact().has_history();
    if visit.contact_state.is_none() {
        visit.contact_state = contact::kept(cookies::value(&cookie_header, CONTACT_COOKIE), has_storage, has_history);
    }
    visit.identity.page.get_or_insert_with(|| request.randomness.to_string());
    let mut fresh_id = false;
    if request.edit.is_none() && grants.allows_unit(Unit::Visitor) && has_storage {
        let known = cookies::value(&cookie_header, ID_COOKIE).filter(|id| is_id(id));
        fresh_id = known.is_none();
        visit.identity.visitor = Some(known.unwrap_or(request.randomness).to_string());
    }
    let has = |cookie: &str| cookies::value(&cookie_header, cookie).is_some();
    let mut stale_cookies = Vec::new();
    if has(ID_COOKIE) && !(has_storage && grants.allows_unit(Unit::Visitor)) {
        stale_cookies.push(SetCookie::removal(ID_COOKIE));
    }
    if has(CONTACT_COOKIE) && !(has_storage && has_history) {
        stale_cookies.push(SetCookie::removal(CONTACT_COOKIE));
    }
    if !has_storage && has(JOURNEY_COOKIE) {
        stale_cookies.push(SetCookie::removal(JOURNEY_COOKIE));
    }
    if has(STATE_COOKIE) && !has_storage {
        stale_cookies.push(SetCookie::removal(STATE_COOKIE));
    } else if let Some(value) = state::without_uncovered(state, &manifest.attributes, &grants) {
        let max_age_seconds = if value.is_empty() { 0 } else { STATE_SECONDS };
        stale_cookies.push(SetCookie { name: STATE_COOKIE.into(), value, max_age_seconds });
    }
    (Arrival { visit, grants, fresh_id, stale_cookies, outdated }, law)
}

/// The value of the consent cookie with the withdrawals of other devices, if it grants any of them. The engine on the page
/// reads only the cookie, as it has no list. It counts as a new choice, and keeps the day of the grants that stay.
fn heeded(visit: &Visit, grants: &Grants) -> Option<String> {
    if visit.signals.revoked.is_empty() {
        return None;
    }
    let choices = cookie::parse(visit.signals.cookie.as_deref()?)?;
    let withdrawn: Purposes =
        choices.granted.iter().filter(|purpose| grants.basis(*purpose) == Basis::Revoked).collect();
    let (granted, denied) = (choices.granted.and(!withdrawn), choices.denied.or(withdrawn));
    let epoch = choices.epoch.saturating_add(1);
    (!withdrawn.is_empty()).then(|| cookie::write(&cookie::Choices { epoch, granted, denied, ..choices }))
}

impl Arrival {
    /// The id that the device had before this request, where consent covers it.
    pub fn stored_id(&self) -> Option<&str> {
        self.visit.identity.visitor.as_deref().filter(|_| !self.fresh_id)
    }

    /// A visitor that a host describes itself. `person` looks up the ids that it gives.
    pub(super) fn of_visit(mut visit: Visit, law: &Law<'_>, person: Option<&Person<'_>>) -> Self {
        let ids = visit.identity.clone();
        let id = |unit, _: &Grants| ids.of(unit).map(ToString::to_string);
        let grants = match person {
            Some(person) => grants_heeding(law, &mut visit, &id, person.find),
            None => law.grants(&visit),
        };
        Self::settled(visit, grants)
    }

    /// A visitor whose grants are settled already.
    pub(super) fn settled(visit: Visit, grants: Grants) -> Self {
        Self { visit, grants, fresh_id: false, stale_cookies: Vec::new(), outdated: None }
    }

    /// Cookies to set once the page is decided. A new id is set if a decision drew by it (`is_used`), also if the draw led out of an
    /// experiment: the next page must not draw again. Cookies that hold what is no longer permitted are removed. The consent cookie
    /// is corrected where another device withdrew what it grants.
    pub fn cookies(&self, is_used: bool) -> Vec<SetCookie> {
        let mut cookies = self.stale_cookies.clone();
        if let (true, Some(id)) = (self.fresh_id && is_used, &self.visit.identity.visitor) {
            cookies.push(SetCookie { name: ID_COOKIE.into(), value: id.clone(), max_age_seconds: ID_SECONDS_MAX });
        }
        cookies.extend(self.outdated.clone());
        cookies
    }
}

/// True if the value comes from the page that is shown, and is the same for every visitor of it.
fn is_of_the_page(attribute: &AttributeEntry) -> bool {
    matches!(attribute.from, From::Query(_)) || attribute.source() == Source::Page
}

/// Ids are what we made: 32 to 64 hexadecimal digits.
pub fn is_id(id: &str) -> bool {
    (32..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts what the state cookie keeps of an attribute into the visit. If values may only be so old, a value of unknown age is
/// unknown.
fn remembered(visit: &mut Visit, attribute: &AttributeEntry, state: &str, now_ms: i64) {
    let Some(entry) = state::entry(state, &attribute.name, now_ms) else { return };
    let name = || attribute.name.clone();
    if entry.observed.is_none() && attribute.retention_seconds.is_some() {
        visit.unknown.push(name());
        return;
    }
    visit.observed.extend(entry.observed.map(|observed| (name(), observed)));
    visit.attributes.insert(name(), typed(attribute.value_type(), entry.text));
}

fn value(attribute: &AttributeEntry, request: &Request<'_>, cookie_header: &str, has_storage: bool) -> Option<Value> {
    let text = |text: Option<String>| text.map(|text| typed(attribute.value_type(), text));
    match &attribute.from {
        From::Host | From::Feed(_) => None,
        From::Country => text(request.country.map(ToString::to_string)),
        From::Region => text(request.region.map(ToString::to_string)),
        From::Language => text((request.header)("accept-language").and_then(|header| client::language(&header))),
        From::Device => text(Some(client::device(request.header).to_string())),
        From::Path => text(Some(request.path.to_string())),
        From::Paths(patterns) => {
            let found = patterns.iter().find(|(pattern, _)| matches(pattern, request.path));
            text(found.map(|(_, value)| value.clone()))
        }
        // The whole jar comes from the device too, also as a header.
        From::Header(name) if name == "cookie" && !has_storage => None,
        From::Header(name) => text((request.header)(name)),
        From::Query(name) => text(cookies::parameter(request.query, name)),
        From::Cookie(name) if has_storage => text(cookies::value(cookie_header, name).map(cookies::decode)),
        From::Cookie(_) => None,
    }
}

/// A text as a value of its attribute's type; what does not parse is [`Value::Invalid`], so that the attribute is unknown
/// rather than absent.
fn typed(value_type: ValueType, text: String) -> Value {
    match value_type {
        ValueType::Bool => match text.as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => Value::Invalid,
        },
        ValueType::Int | ValueType::Double => number::parse(&text).map_or(Value::Invalid, Value::number),
        ValueType::String | ValueType::Symbol => Value::Text(text),
        ValueType::Timestamp => moment(&text),
        ValueType::List => {
            Value::List(text.split(',').filter(|item| !item.is_empty()).map(ToString::to_string).collect())
        }
    }
}

/// An RFC 3339 time with its offset, or Unix milliseconds.
fn moment(text: &str) -> Value {
    let ms = time::parse_rfc3339(text).or_else(|| match number::parse(text).map(Value::number) {
        Some(Value::Int(ms)) => time::in_range(ms),
        _ => None,
    });
    ms.map_or(Value::Invalid, Value::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_values_of_their_type() {
        let cases = [
            (ValueType::Bool, "1", Value::Bool(true)),
            (ValueType::Bool, "yes", Value::Invalid),
            (ValueType::Int, "6", Value::Int(6)),
            (ValueType::Int, "six", Value::Invalid),
            (ValueType::Double, "2.5", Value::Double(2.5)),
            (ValueType::Double, "NaN", Value::Invalid),
            (ValueType::List, "red,,blue", Value::List(alloc::vec!["red".into(), "blue".into()])),
            (ValueType::Symbol, "DE", Value::Text("DE".into())),
            (ValueType::Timestamp, "2026-12-01T09:00:00.5+01:00", Value::Int(1_796_112_000_500)),
            (ValueType::Timestamp, "-1", Value::Int(-1)),
            (ValueType::Timestamp, "1764576000000", Value::Int(1_764_576_000_000)),
            (ValueType::Timestamp, "2026-12-01T09:00:00", Value::Invalid),
            (ValueType::Timestamp, "0.5", Value::Invalid),
            (ValueType::Timestamp, "9e15", Value::Invalid),
        ];
        for (value_type, text, expected) in cases {
            assert_eq!(typed(value_type, text.into()), expected, "{value_type} {text}");
        }
    }
}
