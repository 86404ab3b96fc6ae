//! What goes around a body: status and headers of the Worker's own answers.
//!
//! Takes a rewritten response or bytes, gives a response. A page that was decided is never kept by a shared cache.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Headers, Response};

use crate::engine::CachePolicy;
use crate::page::{self, CACHE_CONTROL, cache_control, is_replaced};

#[wasm_bindgen(raw_module = "./stream.mjs")]
extern "C" {
    /// The names of its headers, a line each.
    fn names(response: &Response) -> String;

    /// They, less some and with others, a line each. At least one is gone.
    #[wasm_bindgen(catch)]
    fn headers(response: &Response, gone: &str, added: &str) -> Result<Headers, JsValue>;

    /// A body, and headers as pairs of texts.
    #[wasm_bindgen(catch)]
    fn made(bytes: Option<&[u8]>, status: u16, headers: JsValue) -> Result<Response, JsValue>;

    /// The origin's page with another body: a stream, bytes, or null for who asked for the head alone.
    #[wasm_bindgen(catch, js_name = remade)]
    pub(super) fn page(response: &Response, body: &JsValue, headers: &Headers) -> Result<Response, JsValue>;
}

/// Whether a response is a page that can be rewritten: one that may be changed, in a coding that the runtime undoes. Any other coding
/// would reach the rewriter as it is, and come out broken.
pub(super) fn is_page(response: &Response) -> bool {
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let is_readable = ["", "identity", "gzip", "br"].contains(&header("content-encoding").unwrap_or_default().trim());
    page::is_page(response.status(), &header) && is_readable
}

/// The headers of a page that is rewritten: the origin's, but for those that speak of its bytes.
pub(super) fn page_headers(
    response: &Response,
    cache: CachePolicy,
    others: &[(&'static str, String)],
) -> Result<Headers, JsValue> {
    let (names, origins) = (names(response), response.headers().get(CACHE_CONTROL)?);
    let gone: Vec<&str> = names.lines().filter(|name| is_replaced(name)).chain([CACHE_CONTROL]).collect();
    let mut added = [CACHE_CONTROL, ":", &cache_control(cache, origins.as_deref())].concat();
    for (name, value) in others {
        added.extend(["\n", name, ":", value]);
    }
    headers(response, &gone.join("\n"), &added)
}

/// A file of ours.
pub(super) fn file(bytes: Option<&[u8]>, status: u16, headers: &[(&str, &str)]) -> Result<Response, JsValue> {
    let headers = [headers, &[("x-content-type-options", "nosniff")]].concat();
    made(bytes, status, serde_wasm_bindgen::to_value(&headers)?)
}
