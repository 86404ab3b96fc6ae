//! The origin: where the pages come from.
//!
//! Takes a request, gives the origin's response object itself, so that what nobody changes stays what it was. It never follows a
//! redirect for the visitor.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response};

use super::{Host, path_and_query};

#[wasm_bindgen]
extern "C" {
    /// A service or asset binding.
    type Service;
    #[wasm_bindgen(method, catch, js_name = fetch)]
    fn fetch_service(this: &Service, request: &Request) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch_url(request: &Request) -> Result<Promise, JsValue>;
}

/// An answer on its way.
pub(super) struct Pending(Result<JsFuture, JsValue>);

impl Pending {
    /// Somebody listens from now on: an origin may fail before anybody waits for it.
    fn of(asked: Result<Promise, JsValue>) -> Self {
        Self(asked.map(JsFuture::from))
    }

    /// Waits for the head of the response; the body follows as a stream.
    pub(super) async fn response(self) -> Result<Response, JsValue> {
        Ok(Response::from(self.0?.await?))
    }
}

/// Asks the origin: the binding `ORIGIN`, else the address in `ORIGIN_URL`, else what is behind the Worker's own route.
pub(super) fn ask(host: &Host, request: &Request) -> Pending {
    if let Some(service) = host.binding::<Service>("ORIGIN") {
        return Pending::of(service.fetch_service(request));
    }
    let Some(base) = host.variable("ORIGIN_URL") else {
        return Pending::of(fetch_url(request));
    };
    let url = request.url();
    let (path, query) = path_and_query(&url);
    let mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{}{path}{mark}{query}", base.trim_end_matches('/'));
    let init: &RequestInit = wasm_bindgen::JsCast::unchecked_ref(request);
    Pending::of(Request::new_with_str_and_init(&url, init).and_then(|request| fetch_url(&request)))
}

const CONDITIONS: [&str; 2] = ["if-none-match", "if-modified-since"];

/// True if the origin is asked the same for a page that is decided as for one that is not.
pub(super) fn is_unconditional(request: &Request) -> bool {
    let asked = request.headers();
    request.method() == "GET" && !CONDITIONS.iter().any(|name| asked.has(name).unwrap_or(true))
}

/// The request without its conditions: a page that is decided anew cannot be answered with "not modified".
pub(super) fn unconditional(request: &Request) -> Result<Request, JsValue> {
    if is_unconditional(request) {
        return Ok(Clone::clone(request));
    }
    let headers = Headers::new_with_headers(&request.headers())?;
    for name in CONDITIONS {
        headers.delete(name)?;
    }
    let init = RequestInit::new();
    init.set_method("GET");
    init.set_headers(&headers);
    Request::new_with_request_and_init(request, &init)
}
