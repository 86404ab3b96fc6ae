//! What the platform tells of a request.

use web_sys::Request;

use super::sent::get;
use super::settings::Settings;
use super::{clock_ms, path_and_query};
use crate::page::{self, country_of};
use crate::words::time::parse_rfc3339;

/// Hands a request over as every host describes one. Where a deployment allows it, headers set the region and the time.
pub(super) fn request<R>(
    request: &Request,
    url: &str,
    settings: &Settings,
    randomness: &str,
    then: impl FnOnce(&page::Request<'_>) -> R,
) -> R {
    let (path, query) = path_and_query(url);
    let path = &page::normal_path(path);
    let headers = request.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let allowed = |name: &str| header(name).filter(|_| settings.allow_overrides);
    let place = Place::of(request, allowed("x-selvedge-region"));
    let now_ms = allowed("x-selvedge-now").and_then(|time| parse_rfc3339(&time)).unwrap_or_else(clock_ms);
    then(&page::Request {
        path,
        query,
        country: place.country.as_deref(),
        region: place.region.as_deref(),
        header: &header,
        now_ms,
        randomness,
        edit: None,
    })
}

/// Where the network says that the visitor is.
struct Place {
    country: Option<String>,
    region: Option<String>,
}

impl Place {
    /// From the platform's geolocation, or from a region that a test gives instead.
    fn of(request: &Request, given: Option<String>) -> Self {
        if let Some(region) = given {
            let country = Some(country_of(&region)).filter(|country| !country.is_empty()).map(Into::into);
            return Self { region: country.is_some().then_some(region), country };
        }
        let cf = |name: &str| get(&get(request, "cf"), name).as_string();
        let country = cf("country").filter(|country| country.len() == 2 && *country != "XX" && *country != "T1");
        // The regime table knows subdivisions where their laws differ: these two countries.
        let subdivided = country.clone().filter(|country| country == "US" || country == "CA");
        let region = subdivided
            .zip(cf("regionCode").filter(|code| !code.is_empty()))
            .map(|(country, code)| format!("{country}-{code}"));
        Self { region: region.or_else(|| country.clone()), country }
    }
}
