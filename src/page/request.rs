//! A request, and the person behind it, as a host describes them.

use alloc::string::{String, ToString};

use crate::consent::revocation::Find;
use crate::words::Visit;

/// A request, as a host knows it.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// The path in its [normal form](super::normal_path), from `/`, without the query.
    pub path: &'r str,
    /// The query, without `?`.
    pub query: &'r str,
    /// ISO 3166-1 alpha-2 country, by the network's own geolocation.
    pub country: Option<&'r str>,
    /// The region that decides the law: a country, or a subdivision (`US-CA`).
    pub region: Option<&'r str>,
    /// A header by its lower-case name. Several headers of one name are one value, joined by commas.
    pub header: &'r dyn Fn(&str) -> Option<String>,
    /// Unix milliseconds.
    pub now_ms: i64,
    /// At least 32 hexadecimal digits of fresh randomness for this page view.
    pub randomness: &'r str,
    /// Changes of a preview to the visit of the request. It is asked before the law is. The path and the query of the page
    /// still come from the request. An edited request gets no id. No edge has one.
    pub edit: Option<&'r dyn Fn(&mut Visit)>,
}

/// The country of a region code.
pub fn country_of(region: &str) -> &str {
    region.split('-').next().unwrap_or(region)
}

/// The person behind a request, as a host knows them.
#[derive(Clone, Copy)]
pub struct Person<'r> {
    /// The place in the request of the id of the account that is signed in. It is used for this lookup and for nothing else.
    pub account: Option<&'r AccountFrom>,
    /// Looks up what they withdrew on another device.
    pub find: Find<'r>,
}

/// The place in a request of the id of the account that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountFrom {
    /// A header, by its lower-case name, that what checks the login in front of us sets.
    Header(String),
    /// A cookie: of the device, and so read only with `storage`.
    Cookie(String),
}

impl AccountFrom {
    /// From `header:NAME` or `cookie:NAME`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            // Every cookie at once is no id.
            (_, "") => None,
            ("header", name) if name.eq_ignore_ascii_case("cookie") => None,
            ("header", name) => Some(Self::Header(name.to_ascii_lowercase())),
            ("cookie", name) => Some(Self::Cookie(name.to_string())),
            _ => None,
        }
    }
}
