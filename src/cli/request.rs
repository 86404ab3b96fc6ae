//! A request on the command line.
//!
//! It is read as an edge reads one: nothing here knows anything of consent.

use super::Usage;
use crate::page::{self, ID_COOKIE, country_of};

#[derive(clap::Args)]
pub(super) struct Request {
    /// The country of the request by the network's geolocation (ISO 3166), or its region, as in US-CA
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// The region whose law applies, as in US-CA; the country by default
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// A header of the request, as in 'Sec-GPC: 1' (may be repeated)
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// A cookie of the request, as in 'name=value' (may be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    cookie: Vec<String>,
    /// The path of the request, with its query
    #[arg(long)]
    path: Option<String>,
}

/// In place of a page view's randomness, so that the same command gives the same answer.
const RANDOMNESS: &str = "00000000000000000000000000000000";

impl Request {
    pub(super) fn is_given(&self) -> bool {
        let Self { country, region, header, cookie, path } = self;
        country.is_some() || region.is_some() || path.is_some() || !header.is_empty() || !cookie.is_empty()
    }

    /// Hands the request over as every host describes one.
    pub(super) fn with<R>(&self, now_ms: i64, then: impl FnOnce(&page::Request<'_>) -> R) -> anyhow::Result<R> {
        let headers = self.headers()?;
        let header = |name: &str| {
            let values = headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
            let values: Vec<&str> = values.collect();
            // As every host joins a header that is there twice.
            let joint = if name == "cookie" { "; " } else { ", " };
            (!values.is_empty()).then(|| values.join(joint))
        };
        let region = self.region.as_deref().or(self.country.as_deref());
        // The country of a subdivision, in the capitals in which geolocation gives it.
        let country = self.country.as_deref().or(region).map(|code| country_of(code).to_ascii_uppercase());
        let target = self.path.as_deref().unwrap_or("/");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(then(&page::Request {
            path: &page::normal_path(path),
            query,
            country: country.as_deref(),
            region,
            header: &header,
            now_ms,
            randomness: RANDOMNESS,
            edit: None,
        }))
    }

    /// Lower-case names and values; cookies are one more header each.
    fn headers(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut headers = Vec::new();
        for header in &self.header {
            let Some((name, value)) = header.split_once(':').filter(|(name, _)| !name.trim().is_empty()) else {
                anyhow::bail!(Usage(format!("`{header}` is not a header; write it as 'Name: value'")));
            };
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        for cookie in &self.cookie {
            let is_one = cookie.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty());
            anyhow::ensure!(is_one, Usage(format!("`{cookie}` is not a cookie; write it as 'name=value'")));
            if let Some(id) =
                cookie.strip_prefix(ID_COOKIE).and_then(|rest| rest.strip_prefix('=')).filter(|id| !page::is_id(id))
            {
                anstream::eprintln!("`{id}` is no id of a device (32 to 64 hexadecimal digits), so a new one is drawn");
            }
            headers.push(("cookie".to_owned(), cookie.clone()));
        }
        Ok(headers)
    }
}
