//! Events that pages send: `POST /__selvedge/beacon`.
//!
//! Takes a request of this site, gives 204, and the lines of what may be kept to the log. Consent is read from the request itself, so
//! that a beacon which was on its way when permission was taken back is only counted.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

use super::settings::Read;
use super::{Host, bundle, clock_ms, files, log, respond, sent, told};
use crate::log::events::BEACON_BYTES_MAX;
use crate::page::{is_from, receive};
use crate::words::bytes::split_once;

#[wasm_bindgen(raw_module = "./stream.mjs")]
extern "C" {
    /// The text of a request, unless it is longer.
    fn bounded(request: &Request, most: usize) -> Promise;
}

/// Answers a beacon.
pub(super) async fn answer(host: &Rc<Host>, settings: Read, request: &Request) -> Result<Response, JsValue> {
    let headers = request.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let no_store = [("cache-control", "no-store")];
    if request.method() != "POST" {
        return respond::file(None, 405, &[("allow", "POST"), no_store[0]]);
    }
    // Nobody else's page may write into this site's log.
    let url = request.url();
    if !is_from(split_once(&url, files::PREFIX).map_or(&*url, |(origin, _)| origin), &header) {
        return respond::file(None, 403, &no_store);
    }
    let Some(text) = JsFuture::from(bounded(request, BEACON_BYTES_MAX)).await?.as_string() else {
        return respond::file(None, 413, &no_store);
    };
    let Some(beacon) = sent::beacon(&text) else {
        return respond::file(None, 400, &no_store);
    };
    let held = match settings {
        Ok(settings) => bundle::current(host, &settings, clock_ms()).await.map(|held| (held, settings)),
        Err(reason) => Err(reason),
    };
    let (held, settings) = match held {
        Ok(held) => held,
        Err(reason) => {
            log::failure(host, log::Stage::Bundle, &reason);
            return respond::file(None, 503, &no_store);
        }
    };
    let find = |unit, id: &str| held.revocations.find(unit, id);
    let person = held.revocations.person(&settings, &find);
    let key = settings.measure.as_ref();
    let lines = told::request(request, &url, &settings, "", |request| {
        receive(&held.bundle, request, person.as_ref(), key, &beacon)
    });
    if key.is_none() && !lines.is_empty() {
        log::unmeasured(host);
    }
    log::decisions(host, lines, Vec::new());
    respond::file(None, 204, &no_store)
}
