//! What goes around a body: status and headers of the Worker's own answers.
//!
//! Takes a rewritten response or bytes, gives a response. A page that was decided is never kept by a shared cache.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Headers, Response, ResponseInit};

use crate::engine::CachePolicy;
use crate::page::{self, CACHE_CONTROL, cache_control, is_replaced};

/// Whether a response is a page that can be rewritten: one that may be changed, in a coding that the runtime undoes. Any other coding
/// would reach the rewriter as it is, and come out broken.
pub(super) fn is_page(response: &Response) -> bool {
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let is_readable = ["", "identity", "gzip", "br"].contains(&header("content-encoding").unwrap_or_default().trim());
    page::is_page(response.status(), &header) && is_readable
}

/// The headers of a page that is rewritten: the origin's, but for those that speak of its bytes.
pub(super) fn page_headers(
    response: &Response,
    cache: CachePolicy,
    others: &[(&'static str, String)],
) -> Result<Headers, JsValue> {
    let headers = Headers::new_with_headers(&response.headers())?;
    let names = response.headers().keys().into_iter().filter_map(|name| name.ok()?.as_string());
    for name in names.filter(|name| is_replaced(name)) {
        headers.delete(&name)?;
    }
    headers.append(CACHE_CONTROL, &cache_control(cache, response.headers().get(CACHE_CONTROL)?.as_deref()))?;
    for (name, value) in others {
        headers.append(name, value)?;
    }
    Ok(headers)
}

/// The head of a page that would be rewritten.
pub(super) fn head(
    response: &Response,
    cache: CachePolicy,
    others: &[(&'static str, String)],
) -> Result<Response, JsValue> {
    page(response, &JsValue::NULL, &page_headers(response, cache, others)?)
}

/// The origin's page with another body, or none for who asked for the head alone.
pub(super) fn page(response: &Response, body: &JsValue, headers: &Headers) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(response.status());
    init.set_status_text(&response.status_text());
    init.set_headers(headers);
    // A stream or bytes, or null.
    Response::new_with_opt_readable_stream_and_init(Some(body.unchecked_ref()), &init)
}

/// A file of ours.
pub(super) fn file(bytes: Option<&[u8]>, status: u16, headers: &[(&str, &str)]) -> Result<Response, JsValue> {
    let all = Headers::new_with_str_sequence_sequence(&serde_wasm_bindgen::to_value(headers)?)?;
    all.set("x-content-type-options", "nosniff")?;
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&all);
    match bytes {
        Some(bytes) => Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(bytes)), &init),
        None => Response::new_with_opt_str_and_init(None, &init),
    }
}
