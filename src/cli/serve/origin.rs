//! The answer of the origin: the site's own pages, or another server.
//!
//! Takes a request without its preview choice, gives the answer as the origin meant it. It changes no page.

use axum::body::Bytes;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

use super::pages::{self, Found};
use super::state::{Live, State};
use super::{notes, proxy};
use crate::page::{self, Encoding, begins_like_page};

/// An answer with its body whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

pub(super) fn answer(state: &State, live: &Live, asked: &Parts, query: &str, body: &[u8]) -> Answer {
    let path = asked.uri.path();
    let with_query = |path: &str| if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    if let Some(origin) = state.origin(live) {
        return proxy::fetch(&state.agent, &origin, asked, &with_query(path), body)
            .unwrap_or_else(|why| Answer::html(StatusCode::BAD_GATEWAY, notes::no_origin(&origin, &why)));
    }
    let Some(folder) = state.pages(live) else {
        return Answer::html(StatusCode::SERVICE_UNAVAILABLE, notes::no_pages(live.is_broken()));
    };
    if !matches!(asked.method, Method::GET | Method::HEAD) {
        let mut answer = Answer::html(StatusCode::METHOD_NOT_ALLOWED, notes::read_only());
        answer.headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    match pages::find(&folder, path) {
        Found::File { bytes, content_type } => Answer::new(StatusCode::OK, content_type, bytes),
        Found::Redirect(path) => {
            let mut answer = Answer::new(StatusCode::PERMANENT_REDIRECT, "text/plain", Vec::new());
            answer.leads_to(&within(&with_query(&path)));
            answer
        }
        Found::TooLarge => Answer::html(StatusCode::PAYLOAD_TOO_LARGE, notes::too_large()),
        Found::Missing => match pages::find(&folder, "/404.html") {
            Found::File { bytes, content_type } => Answer::new(StatusCode::NOT_FOUND, content_type, bytes),
            _ => Answer::html(StatusCode::NOT_FOUND, notes::not_found(path, &pages::list(&folder))),
        },
    }
}

/// True if a place is a path of the same server. `//shop.example` names another one, and browsers read `/\\` alike.
pub(super) fn is_path(place: &str) -> bool {
    place.starts_with('/') && !place[1..].starts_with(['/', '\\'])
}

/// A path as a place that stays on this server.
pub(super) fn within(path: &str) -> String {
    format!("/{}", path.trim_start_matches(['/', '\\']))
}

impl Answer {
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Self { status, headers, body: body.into() }
    }

    fn html(status: StatusCode, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    /// Adds to the answer's `Server-Timing`.
    pub(super) fn say(&mut self, timing: &str) {
        if let Ok(timing) = HeaderValue::from_str(timing) {
            self.headers.append("server-timing", timing);
        }
    }

    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }

    pub(super) fn leads_to(&mut self, place: &str) {
        if let Ok(place) = HeaderValue::from_str(place) {
            self.headers.insert(header::LOCATION, place);
        }
    }

    /// True if it is a page that may be rewritten. Nothing here undoes a coding.
    pub(super) fn is_page(&self) -> bool {
        page::is_page(self.status.as_u16(), &|name| self.header(name))
            && !self.headers.contains_key(header::CONTENT_ENCODING)
            && begins_like_page(&self.body) == Some(true)
    }

    pub(super) fn encoding(&self) -> Option<Encoding> {
        Encoding::of(&self.header("content-type").unwrap_or_default())
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        super::headers::text(&self.headers, name)
    }
}
