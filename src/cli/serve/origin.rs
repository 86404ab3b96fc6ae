//! What the origin answers: the site's own pages, or another server.
//!
//! Takes a request without its preview choice, gives the answer as the origin meant it. It changes no page.

use axum::body::Bytes;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

use super::pages::{self, Found};
use super::state::{Live, State};
use super::{notes, proxy};

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
        return Answer::html(StatusCode::METHOD_NOT_ALLOWED, notes::read_only());
    }
    match pages::find(&folder, path) {
        Found::File { bytes, content_type } => Answer::new(StatusCode::OK, content_type, bytes),
        Found::Redirect(path) => {
            let mut answer = Answer::new(StatusCode::PERMANENT_REDIRECT, "text/plain", Vec::new());
            answer.leads_to(&with_query(&path));
            answer
        }
        Found::Missing => match pages::find(&folder, "/404.html") {
            Found::File { bytes, content_type } => Answer::new(StatusCode::NOT_FOUND, content_type, bytes),
            _ => Answer::html(StatusCode::NOT_FOUND, notes::not_found(path, &pages::list(&folder))),
        },
    }
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

    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }

    pub(super) fn leads_to(&mut self, place: &str) {
        if let Ok(place) = HeaderValue::from_str(place) {
            self.headers.insert(header::LOCATION, place);
        }
    }

    /// Whether it is a page that may be rewritten.
    pub(super) fn is_page(&self) -> bool {
        self.status == StatusCode::OK
            && self.content_type().split(';').next().is_some_and(|kind| kind.trim() == "text/html")
            && !self.headers.contains_key(header::CONTENT_ENCODING)
    }

    /// Whether its content type names no other encoding than UTF-8, which all content is in.
    pub(super) fn is_utf8(&self) -> bool {
        let content_type = self.content_type();
        let charset = content_type.split(';').find_map(|parameter| parameter.trim().strip_prefix("charset="));
        charset.is_none_or(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8"))
    }

    fn content_type(&self) -> String {
        let value = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    }
}
