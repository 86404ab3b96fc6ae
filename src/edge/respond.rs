//! What goes around a body: status and headers of the Worker's own answers.
//!
//! Takes a rewritten response or bytes, gives a response. A page that was decided is never kept by a shared cache.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Headers, ReadableStream, Response, ResponseInit};

use crate::page::{CACHE_CONTROL, HEADERS_DROPPED};

/// Whether a response is a page that can be rewritten: a complete HTML document in a coding that the runtime undoes. Any other
/// coding would reach the rewriter as it is, and come out broken.
pub(super) fn is_page(response: &Response) -> bool {
    let header = |name: &str| response.headers().get(name).ok().flatten().unwrap_or_default();
    let content_type = header("content-type");
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let is_readable = ["", "identity", "gzip", "br"].contains(&header("content-encoding").trim());
    response.status() == 200 && media_type.eq_ignore_ascii_case("text/html") && is_readable && response.body().is_some()
}

/// The headers of a page that is rewritten: the origin's, but for those that speak of its bytes.
pub(super) fn page_headers(response: &Response, of_page: &[(&'static str, String)]) -> Result<Headers, JsValue> {
    let headers = Headers::new_with_headers(&response.headers())?;
    for name in HEADERS_DROPPED.iter().chain(&[CACHE_CONTROL]) {
        headers.delete(name)?;
    }
    for (name, value) in of_page {
        headers.append(name, value)?;
    }
    Ok(headers)
}

/// The origin's page with another body.
pub(super) fn page(response: &Response, body: &ReadableStream, headers: &Headers) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(response.status());
    init.set_status_text(&response.status_text());
    init.set_headers(headers);
    Response::new_with_opt_readable_stream_and_init(Some(body), &init)
}

/// A file of ours.
pub(super) fn file(bytes: Option<&[u8]>, status: u16, headers: &[(&str, &str)]) -> Result<Response, JsValue> {
    let all = Headers::new()?;
    all.set("x-content-type-options", "nosniff")?;
    for (name, value) in headers {
        all.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&all);
    match bytes {
        Some(bytes) => Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(bytes)), &init),
        None => Response::new_with_opt_str_and_init(None, &init),
    }
}
