//! Requests of the doctor.

use std::io::Read as _;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::HeaderMap;

use crate::cli::Usage;

/// Far above any page.
const BODY_BYTES_MAX: u64 = 16 << 20;
const SECONDS_MAX: u64 = 20;
/// A bot by its own word: nothing that it is shown counts as an exposure.
const AGENT: &str = concat!("Mozilla/5.0 (compatible; selvedge-doctor-bot/", env!("CARGO_PKG_VERSION"), ")");

/// The page that is looked at, and the server behind it.
pub(super) struct Asking {
    agent: ureq::Agent,
    url: String,
    origin: String,
}

/// An answer.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Asking {
    /// # Errors
    /// It is no address of a page.
    pub(super) fn of(url: &str) -> anyhow::Result<Self> {
        let wrong = || Usage(format!("`{url}` is not the address of a page: write it as in https://shop.example/"));
        let rest = ["https://", "http://"].iter().find_map(|scheme| url.strip_prefix(scheme)).ok_or_else(wrong)?;
        let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let origin = url[..url.len() - rest.len() + host.len()].to_owned();
        let url = url.split('#').next().unwrap_or(url).to_owned();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(5)
            .user_agent(AGENT)
            .timeout_global(Some(Duration::from_secs(SECONDS_MAX)))
            .build()
            .into();
        Ok(Self { agent, url, origin })
    }

    /// The page, as a browser asks for it at a first visit.
    ///
    /// # Errors
    /// Nothing answers.
    pub(super) fn page(&self) -> anyhow::Result<Seen> {
        self.get(
            &self.url,
            &[
                ("accept", "text/html,application/xhtml+xml"),
                ("sec-fetch-dest", "document"),
                ("sec-fetch-mode", "navigate"),
            ],
        )
    }

    /// A file of the same server, by a path from its root or an address of its own.
    ///
    /// # Errors
    /// Nothing answers.
    pub(super) fn file(&self, path: &str) -> anyhow::Result<Seen> {
        let is_whole = path.starts_with("http://") || path.starts_with("https://");
        let url = if is_whole { path.to_owned() } else { format!("{}{path}", self.origin) };
        self.get(&url, &[("accept", "*/*")])
    }

    /// The path of the page.
    pub(super) fn path(&self) -> &str {
        let path = &self.url[self.origin.len()..];
        let path = path.split('?').next().unwrap_or(path);
        if path.is_empty() { "/" } else { path }
    }

    /// True if only this machine can reach it.
    pub(super) fn is_local(&self) -> bool {
        let host = self.origin.split("://").nth(1).unwrap_or_default();
        let name = host
            .rsplit_once(':')
            .map_or(host, |(name, port)| if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host });
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
        name == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    fn get(&self, url: &str, headers: &[(&str, &str)]) -> anyhow::Result<Seen> {
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, body) = request.call().with_context(|| format!("{url} does not answer"))?.into_parts();
        let mut bytes = Vec::new();
        let mut reader = body.into_reader().take(BODY_BYTES_MAX);
        reader.read_to_end(&mut bytes).with_context(|| format!("{url} breaks off"))?;
        Ok(Seen { status: parts.status.as_u16(), headers: parts.headers, body: bytes })
    }
}

impl Seen {
    /// A header, or an empty text.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_server_and_a_path() {
        for (url, origin, path, is_local) in [
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787", "/", true),
            ("https://shop.example/a/?b#c", "https://shop.example", "/a/", false),
            ("http://localhost/x", "http://localhost", "/x", true),
            ("http://[::1]:80/", "http://[::1]:80", "/", true),
            ("https://127.shop.example?x", "https://127.shop.example", "/", false),
        ] {
            let asking = Asking::of(url).expect("is an address");
            assert_eq!((asking.origin.as_str(), asking.path(), asking.is_local()), (origin, path, is_local), "{url}");
        }
        for wrong in ["shop.example", "ftp://x", "http://", "/a"] {
            assert!(Asking::of(wrong).is_err(), "{wrong}");
        }
    }
}
