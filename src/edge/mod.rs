//! The Worker: the only code that knows a Cloudflare request and response.
//!
//! Takes a request, gives the origin's response with its slots decided. Whatever fails here, the origin's answer goes out as it came,
//! and one log line says why.
//!
//! ```text
//! fetch ─┬─ /__selvedge/beacon       events that pages send, gated by the request's own consent
//!        ├─ /__selvedge/health       which release and which list of withdrawals this isolate works by
//!        ├─ /__selvedge/…  files     the bundle and the SDK for the browser, from the store
//!        ├─ /.well-known/… notice    what visitors are told, from the store
//!        └─ everything else          page:  bundle (store, opening, webcrypto) → begin → chunks (store) → finish
//!                                    origin ── rewriter ── respond ──► visitor
//!                                    log, after the response
//! ```

mod absent;
mod audit;
mod beacon;
mod bundle;
mod files;
mod health;
mod journey;
mod log;
mod notice;
mod opening;
mod origin;
mod page;
mod platform;
mod respond;
mod revocations;
mod rewriter;
mod sent;
mod settings;
mod store;
mod told;
mod webcrypto;

use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;
use worker::worker_sys::Context;

use settings::Settings;

use crate::words::bytes::split_once;

/// Constant time and a third of the size of the usual one.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What one request has of the platform.
struct Host {
    env: Env,
    context: Context,
}

#[wasm_bindgen]
extern "C" {
    /// Tells the shim that this instance is lost: it answers what is in flight from the origin and starts another.
    #[wasm_bindgen(js_namespace = globalThis, js_name = selvedgePanicked)]
    fn panicked(message: &str);
}

/// Prepares the instance; the shim calls it once.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| panicked(&panic.to_string())));
}

/// Answers a request.
///
/// # Errors
/// Rejects only when the origin gave no answer at all.
#[wasm_bindgen]
pub async fn fetch(request: Request, env: Env, context: Context) -> Result<Response, JsValue> {
    let host = Rc::new(Host { env, context });
    let settings = Settings::of(&host);
    let url = request.url();
    if is_ours(&url) {
        // In a box, so that it is code of its own: what a page does not need is not compiled for an isolate's first page.
        let ours: Pin<Box<dyn Future<Output = Answered>>> =
            Box::pin(ours(Rc::clone(&host), settings.clone(), Clone::clone(&request), url.clone()));
        if let Some(answer) = ours.await? {
            return Ok(answer);
        }
    }
    page::answer(&host, settings, request, &url).await
}

/// Asks the store for the head, as a schedule of the platform says. The data center then has it for its next isolates.
#[wasm_bindgen]
pub async fn scheduled(env: Env, context: Context) {
    let host = Rc::new(Host { env, context });
    let refreshed = match Settings::of(&host) {
        Ok(settings) => {
            bundle::refresh(&host, &settings, clock_ms()).await.map_err(|reason| (log::Stage::Bundle, reason))
        }
        Err(reason) => Err((log::Stage::Settings, reason)),
    };
    if let Err((stage, reason)) = refreshed {
        log::failure(&host, stage, &reason);
    }
}

type Answered = Result<Option<Response>, JsValue>;

/// What is at an address of ours. A well-known one may be the origin's.
async fn ours(host: Rc<Host>, settings: settings::Read, request: Request, url: String) -> Answered {
    let Some(file) = files::requested(&url) else {
        return notice::answer(&host, &settings, &request, &url).await;
    };
    match file.as_str() {
        "beacon" => beacon::answer(&host, settings, &request).await,
        "health" => health::answer(&host, settings, &request).await,
        file => files::answer(&host, settings, &request, file).await,
    }
    .map(Some)
}

fn is_ours(url: &str) -> bool {
    files::requested(url).is_some() || crate::bundle::notice::is_well_known(path_and_query(url).0)
}

/// Until when a request for this address is none of ours, in Unix milliseconds, or 0.
#[wasm_bindgen]
pub fn quiet(url: &str) -> f64 {
    let until = bundle::bare_until(&page::normal(url)).filter(|_| !is_ours(url));
    until.map_or(0.0, |until| until as f64)
}

/// The path and the query of an absolute URL.
fn path_and_query(url: &str) -> (&str, &str) {
    let rest = split_once(url, "://").map_or(url, |(_, rest)| rest);
    let rest = rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)).unwrap_or("/");
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (if path.is_empty() { "/" } else { path }, query)
}

/// The platform's clock in Unix milliseconds. It stands still while a request computes and moves on with its I/O.
fn clock_ms() -> i64 {
    js_sys::Date::now() as i64
}

#[wasm_bindgen(raw_module = "./store.mjs")]
extern "C" {
    /// An error of JavaScript in words.
    fn words(error: &JsValue) -> String;
}
