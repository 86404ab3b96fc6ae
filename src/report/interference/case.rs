//! One visitor as a list of facts, and as the visit or request for a host.
//!
//! Takes facts, gives a [`Visit`] or a [`Request`]. A fact can be left out or changed by itself, so that twins are made and
//! counter-examples shrunk in one way for both doors. It never knows what is hidden.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize as _;
use serde_json::{Value as Json, json};

use super::{ACCOUNT_HEADER, Asked, Outputs};
use crate::consent::cookie;
use crate::page::{CONTACT_COOKIE, ID_COOKIE, JOURNEY_COOKIE, STATE_COOKIE};
use crate::words::time::DAY;
use crate::words::{Purpose, Purposes, Revoked, Unit, Visit};

/// How a visitor comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// As a context that a host puts together itself.
    Visit,
    /// As an HTTP request.
    Request,
}

/// One thing that a host knows, or could.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The time, in Unix milliseconds.
    Now,
    /// The page's path. Requests only.
    Path,
    /// The region that decides the law.
    Region,
    /// The locale of the page, which the origin chose; for a request, `Accept-Language`, which only the visitor did.
    Locale,
    /// The visitor's own choice for a purpose. Visits only.
    Grant(Purpose),
    /// The site's consent cookie.
    ConsentCookie,
    /// Global Privacy Control: the value of `Sec-GPC`.
    Gpc,
    /// A signal of a consent platform. For a request, the value of its cookie.
    Signal(&'static str),
    /// The age band that the site was told. Visits only.
    Age,
    /// How personal decisions may be at most. Visits only.
    Depth,
    /// The country by the network's geolocation. Requests only.
    Country,
    /// An id. For a request, `page` is its randomness, `visitor` our id cookie and `account` a header.
    Id(Unit),
    /// The withdrawals of the person with this id on another device.
    Withdrawal(Unit),
    /// An attribute's value. For a request, what our state cookie keeps of it.
    Attribute(String),
    /// The contacts that the device keeps. For a request, our cookie with them.
    Contacts,
    /// The journeys that the device is on: our cookie with them. Requests only.
    Journeys,
    /// When it was observed, in Unix milliseconds. For a request, the stamp in our state cookie.
    Observed(String),
    /// It could not be looked up. Visits only.
    Unknown(String),
    /// A header. Requests only.
    Header(String),
    /// A cookie that is not ours. Requests only.
    Cookie(String),
    /// A parameter of the query. Requests only.
    Query(String),
    /// Something that the page noted, and sends with a beacon. Requests only.
    Event(usize),
}

/// A visitor.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// How they come.
    pub door: Door,
    /// The known facts.
    pub facts: BTreeMap<Fact, Json>,
    /// The slots that are asked for, by name. For a request, those of its page.
    pub slots: Vec<String>,
    /// Name of the site's consent cookie.
    pub cookie: String,
    /// Names of the cookies in which the site's consent platforms keep what they say, by signal.
    pub signals: BTreeMap<&'static str, String>,
}

/// An HTTP request, as far as a host looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// From `/`, without the query.
    pub path: String,
    /// Without `?`.
    pub query: String,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    /// By the network's geolocation.
    pub country: Option<String>,
    /// The region that decides the law.
    pub region: Option<String>,
    /// Unix milliseconds.
    pub now_ms: i64,
    /// Fresh hexadecimal digits of the host.
    pub randomness: String,
    /// Withdrawals on other devices: the unit, the id, and what was withdrawn.
    pub withdrawn: Vec<(Unit, String, Revoked)>,
    /// Events of the page, as a beacon writes them. A request of its own brings them, with the same headers.
    pub events: Vec<Json>,
}

impl Case {
    /// Hands the visitor to a system.
    pub(super) fn ask(&self, system: impl FnOnce(&Asked<'_>) -> Outputs) -> Outputs {
        match self.door {
            Door::Visit => {
                let slots: Vec<&str> = self.slots.iter().map(String::as_str).collect();
                system(&Asked::Visit(&self.visit(), &slots))
            }
            Door::Request => system(&Asked::Request(&self.request())),
        }
    }

    /// The visitor as `selvedge decide` reads the context; who permits what, where and when is read from here at either door.
    pub fn visit(&self) -> Visit {
        serde_json::from_value(self.context()).unwrap_or_default()
    }

    /// The visitor as an HTTP request.
    pub fn request(&self) -> Request {
        let mut request = Request {
            path: self.text(&Fact::Path).unwrap_or_else(|| "/".into()),
            country: self.text(&Fact::Country),
            region: self.text(&Fact::Region),
            now_ms: self.now_ms(),
            randomness: self.text(&Fact::Id(Unit::Page)).unwrap_or_default(),
            ..Request::default()
        };
        let (mut cookies, mut queries): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (fact, known) in &self.facts {
            let text = known.as_str().unwrap_or_default();
            match fact {
                Fact::Header(name) => drop(request.headers.insert(name.clone(), text.into())),
                Fact::Gpc => drop(request.headers.insert("sec-gpc".into(), text.into())),
                Fact::Event(_) => request.events.push(known.clone()),
                Fact::Locale => drop(request.headers.insert("accept-language".into(), text.into())),
                Fact::Query(name) => queries.push(format!("{}={}", encoded(name), encoded(text))),
                Fact::ConsentCookie => cookies.push(format!("{}={text}", self.cookie)),
                Fact::Signal(signal) => {
                    cookies.extend(self.signals.get(signal).map(|cookie| format!("{cookie}={text}")));
                }
                Fact::Id(Unit::Visitor) => cookies.push(format!("{ID_COOKIE}={text}")),
                Fact::Id(Unit::Account) => drop(request.headers.insert(ACCOUNT_HEADER.into(), text.into())),
                Fact::Withdrawal(unit) => {
                    let entry = self.text(&Fact::Id(*unit)).zip(self.withdrawal(*unit));
                    request.withdrawn.extend(entry.map(|(id, revoked)| (*unit, id, revoked)));
                }
                Fact::Cookie(name) => cookies.push(format!("{name}={}", encoded(text))),
                Fact::Contacts => cookies.push(format!("{CONTACT_COOKIE}={text}")),
                Fact::Journeys => cookies.push(format!("{JOURNEY_COOKIE}={text}")),
                _ => {}
            }
        }
        request.query = queries.join("&");
        cookies.extend(self.state_cookie().map(|state| format!("{STATE_COOKIE}={state}")));
        if !cookies.is_empty() {
            request.headers.insert("cookie".into(), cookies.join("; "));
        }
        request
    }

    /// The facts in which the two differ.
    pub fn differing<'c>(&'c self, other: &'c Self) -> impl Iterator<Item = &'c Fact> {
        let facts: BTreeSet<&Fact> = self.facts.keys().chain(other.facts.keys()).collect();
        facts.into_iter().filter(|fact| self.facts.get(fact) != other.facts.get(fact))
    }

    /// The same visitor with this fact, or without it.
    pub(super) fn with(&self, fact: &Fact, known: Option<&Json>) -> Self {
        let mut case = self.clone();
        case.set(fact, known);
        case
    }

    /// Makes this known, or nothing.
    pub(super) fn set(&mut self, fact: &Fact, known: Option<&Json>) {
        self.facts.remove(fact);
        self.facts.extend(known.map(|known| (fact.clone(), known.clone())));
    }

    /// The same visitor, who permits everything that can be permitted.
    pub(super) fn with_everything_permitted(&self) -> Self {
        let mut past = self.clone();
        past.facts.retain(|fact, _| {
            !matches!(fact, Fact::Gpc | Fact::Signal(_) | Fact::Age | Fact::Depth | Fact::Withdrawal(_))
        });
        match self.door {
            Door::Visit => {
                past.facts.remove(&Fact::ConsentCookie);
                past.facts.extend(Purpose::ALL.iter().map(|purpose| (Fact::Grant(*purpose), json!(true))));
            }
            Door::Request => {
                let choices = cookie::Choices { epoch: 1, granted: !Purposes::NONE, ..cookie::Choices::default() };
                past.facts.insert(Fact::ConsentCookie, json!(cookie::write(&choices)));
            }
        }
        past
    }

    /// The time.
    pub fn now_ms(&self) -> i64 {
        self.facts.get(&Fact::Now).and_then(Json::as_i64).unwrap_or(0)
    }

    /// The withdrawals of the person with an id on another device.
    pub(super) fn withdrawal(&self, unit: Unit) -> Option<Revoked> {
        Revoked::deserialize(self.facts.get(&Fact::Withdrawal(unit))?).ok()
    }

    /// When an attribute was observed; our state cookie knows the day.
    pub(super) fn observed_ms(&self, name: &str) -> Option<i64> {
        let ms = self.facts.get(&Fact::Observed(name.into())).and_then(Json::as_i64)?;
        Some(if self.door == Door::Request { ms.div_euclid(DAY) * DAY } else { ms })
    }

    /// As data: the context that `selvedge decide` reads with the slots to ask it for, or the request.
    pub fn json(&self) -> Json {
        if self.door == Door::Request {
            let Request { path, query, headers, country, region, now_ms, randomness, withdrawn, events } =
                self.request();
            let withdrawn: Vec<Json> = withdrawn.iter().map(|(unit, id, _)| json!({ "unit": unit.name(), "id": id, "what": self.facts.get(&Fact::Withdrawal(*unit)) })).collect();
            return json!({ "request": {
                "path": path, "query": query, "headers": headers, "country": country, "region": region,
                "now": now_ms, "randomness": randomness, "withdrawn": withdrawn, "events": events,
            } });
        }
        json!({ "slots": self.slots, "context": self.context() })
    }

    fn context(&self) -> Json {
        // Several headers of one name arrive as a list.
        let gpc = self.text(&Fact::Gpc).is_some_and(|value| value.split(',').any(|value| value.trim() == "1"));
        let mut context = json!({
            "attributes": {}, "observed": {}, "unknown": [], "grants": {}, "identity": {},
            "signals": { "gpc": gpc, "cookie": self.text(&Fact::ConsentCookie) },
            "minor": self.text(&Fact::Age), "depth": self.text(&Fact::Depth),
            "region": self.text(&Fact::Region), "locale": self.text(&Fact::Locale), "now": self.now_ms(),
            "contact_state": self.text(&Fact::Contacts),
        });
        let (mut revoked, mut unknown) = (Vec::new(), Vec::new());
        for (fact, known) in &self.facts {
            let (place, name) = match fact {
                Fact::Attribute(name) => ("attributes", name.as_str()),
                Fact::Observed(name) => ("observed", name.as_str()),
                Fact::Grant(purpose) => ("grants", purpose.name()),
                Fact::Id(unit) => ("identity", unit.name()),
                Fact::Signal(signal) => ("signals", *signal),
                // A host puts it among the signals of its own context; at a request it has to be looked up.
                Fact::Withdrawal(_) if self.door == Door::Visit => {
                    revoked.push(known);
                    continue;
                }
                Fact::Unknown(name) => {
                    unknown.push(name);
                    continue;
                }
                _ => continue,
            };
            context[place][name] = known.clone();
        }
        context["unknown"] = json!(unknown);
        if !revoked.is_empty() {
            context["signals"]["revoked"] = json!(revoked);
        }
        context
    }

    fn text(&self, fact: &Fact) -> Option<String> {
        self.facts.get(fact).and_then(Json::as_str).map(str::to_owned)
    }

    /// The value of our state cookie: each attribute with the day of its stamp.
    fn state_cookie(&self) -> Option<String> {
        let mut pairs = Vec::new();
        for (fact, known) in &self.facts {
            let Fact::Attribute(name) = fact else { continue };
            let day = self.observed_ms(name).map_or_else(String::new, |ms| format!("~{}", ms.div_euclid(DAY)));
            pairs.push(format!("{}={}{day}", encoded(name), encoded(known.as_str().unwrap_or_default())));
        }
        (!pairs.is_empty()).then(|| pairs.join("&"))
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Path => f.write_str("path"),
            Self::Region => f.write_str("region"),
            Self::Locale => f.write_str("locale"),
            Self::Grant(purpose) => write!(f, "grant {purpose}"),
            Self::ConsentCookie => f.write_str("consent cookie"),
            Self::Contacts => f.write_str("contacts of the device"),
            Self::Journeys => f.write_str("journeys of the device"),
            Self::Gpc => f.write_str("gpc"),
            Self::Signal(name) => f.write_str(name),
            Self::Age => f.write_str("age band"),
            Self::Depth => f.write_str("depth"),
            Self::Country => f.write_str("country"),
            Self::Id(unit) => write!(f, "id of the {unit}"),
            Self::Withdrawal(unit) => write!(f, "withdrawal by the id of the {unit}"),
            Self::Attribute(name) => write!(f, "attribute {name}"),
            Self::Observed(name) => write!(f, "observed {name}"),
            Self::Unknown(name) => write!(f, "unknown {name}"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Cookie(name) => write!(f, "cookie {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::Event(number) => write!(f, "event {}", number + 1),
        }
    }
}

/// Percent-encoded: nothing is left that a cookie or a query would end at.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::dice::Dice;
    use super::super::make::Maker;
    use super::*;

    #[test]
    fn every_visitor_is_a_context_that_can_be_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront");
        let site = crate::author::load(&folder).0.expect("the example shop is sound");
        let maker = Maker::new(&site, &["/".into()], 1_796_115_600_000);
        for number in 0..400 {
            let case = maker.case(&mut Dice::of(7, number));
            let read = serde_json::from_value::<Visit>(case.context()).map_err(|fault| fault.to_string());
            assert_eq!(read.as_ref(), Ok(&case.visit()), "{}", case.json());
            assert_eq!(case.visit().region.is_some(), case.facts.contains_key(&Fact::Region));
        }
    }
}
