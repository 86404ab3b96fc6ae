//! One page: request → intake → permit → decide → edits → rewrite.
//!
//! Takes a request, gives the origin's response, rewritten if everything on the way held. It decides while the origin works, and
//! waits for no part of the body.

use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

use super::audit::Record;
use super::bundle::Held;
use super::log::{self, Stage};
use super::rewriter::{Report, Rewrite, rewrite};
use super::settings::Settings;
use super::{Host, bundle, clock_ms, origin, path_and_query, respond, webcrypto, words};
use crate::engine::{CachePolicy, Limits, Workspace, decide, permit};
use crate::log::audit::{Asked, Which};
use crate::log::traffic::Traffic;
use crate::page::Facts;
use crate::page::{PageFacts, chunks, edits, is_document, page_block, slots_at};
use crate::words::hex;
use crate::words::time::parse_rfc3339;

/// Answers a request for a page of the origin.
pub(super) async fn answer(
    host: &Rc<Host>,
    settings: Result<Settings, String>,
    request: Request,
) -> Result<Response, JsValue> {
    let begun_ms = clock_ms();
    let target = match find_slots(host, settings, &request).await {
        Ok(Some(target)) => target,
        Ok(None) => return origin::ask(&host.env, &request).response().await,
        Err((stage, reason)) => {
            log::failure(host, stage, &reason);
            return origin::ask(&host.env, &request).response().await;
        }
    };
    // The origin and KV are asked at once; the origin's head usually comes last.
    let pending = origin::ask(&host.env, &target.request);
    let decided = decided(host, &target).await;
    let spent_ms = clock_ms() - begun_ms;
    let response = pending.response().await?;
    if !respond::is_page(&response) {
        return Ok(response);
    }
    let rewritten = decided.and_then(|decided| rewritten(host, &response, decided, spent_ms));
    Ok(rewritten.unwrap_or_else(|(stage, reason)| {
        log::failure(host, stage, &reason);
        response
    }))
}

/// A page that has slots, and what they are decided with.
struct Target {
    settings: Settings,
    held: Arc<Held>,
    slots: Vec<Option<u32>>,
    request: Request,
}

/// What to do to the page.
struct Decided {
    rewrites: Vec<Rewrite>,
    block: String,
    cache: CachePolicy,
    /// `Set-Cookie` headers.
    cookies: Vec<String>,
    lines: Vec<String>,
    record: Option<Record>,
}

type Failure = (Stage, String);

/// `None` when nothing of the request is ours to change.
async fn find_slots(
    host: &Rc<Host>,
    settings: Result<Settings, String>,
    request: &Request,
) -> Result<Option<Target>, Failure> {
    let destination = request.headers().get("sec-fetch-dest").ok().flatten();
    if request.method() != "GET" || !is_document(destination.as_deref()) {
        return Ok(None);
    }
    let settings = settings.map_err(|reason| (Stage::Settings, reason))?;
    let held = bundle::current(host, &settings, clock_ms()).await.map_err(|reason| (Stage::Bundle, reason))?;
    let slots = slots_at(&held.bundle, path_and_query(&request.url()).0);
    if slots.is_empty() {
        return Ok(None);
    }
    let request = origin::unconditional(request).map_err(|error| (Stage::Rewrite, words(&error)))?;
    Ok(Some(Target { settings, held, slots, request }))
}

async fn decided(host: &Rc<Host>, target: &Target) -> Result<Decided, Failure> {
    let Target { settings, held, slots, request } = target;
    let url = request.url();
    let (path, query) = path_and_query(&url);
    let headers = request.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let allowed = |name: &str| header(name).filter(|_| settings.allow_overrides);
    let place = Place::of(request, allowed("x-selvedge-region"));
    let now_ms = allowed("x-selvedge-now").and_then(|time| parse_rfc3339(&time));
    let now_ms = now_ms.unwrap_or_else(clock_ms);
    let randomness = webcrypto::randomness().map_err(|error| (Stage::Rewrite, words(&error)))?;

    let bundle = &held.bundle;
    let facts = Facts {
        path,
        query,
        country: place.country.as_deref(),
        region: place.region.as_deref(),
        header: &header,
        now_ms,
        randomness: &randomness,
    };
    let intake = held.revocations.intake(settings, bundle, &facts);
    let stale = held.release.stale(clock_ms());
    let permitted = permit(bundle, &intake.visit, &intake.grants, now_ms).with_stale(stale);
    let page = decide(bundle, &permitted, slots, &mut Workspace::default());

    let (visit, limits) = (&intake.visit, Limits::default());
    let asked = Asked { bundle, visit, permitted: &permitted, page: &page, limits, which: Which::All };
    let record = settings.audit.as_ref().map(|audit| audit.record(&asked, &visit.signals)).transpose();
    let record = record.map_err(|error| (Stage::Audit, words(&error)))?.flatten();

    let edits = edits(bundle, &permitted, &page);
    let mut bodies = Vec::new();
    for chunk in chunks(&edits) {
        let bytes = held.chunk(host, chunk).await.map_err(|reason| (Stage::Content, reason))?;
        bodies.push((chunk, bytes));
    }
    let rewrites = edits.iter().map(|edit| {
        let chunk = bodies.iter().find(|(chunk, _)| *chunk == edit.variant.chunk);
        let body = chunk.and_then(|(_, bytes)| edit.body(bytes.bytes()));
        let body = body.ok_or_else(|| (Stage::Content, format!("`{}` is not in its chunk", edit.content)))?;
        Ok(Rewrite::new(edit, body))
    });
    let secure = url.starts_with("https:");
    let cookies = intake.remember(&page).into_iter().map(|cookie| cookie.header(secure));
    let root = hex(&settings.root_sha256);
    let facts = PageFacts { environment: &settings.environment, root: &root };
    Ok(Decided {
        rewrites: rewrites.collect::<Result<_, Failure>>()?,
        block: page_block(bundle, &permitted, &page, &intake.visit, &facts),
        cache: page.cache_policy(),
        cookies: cookies.chain(intake.consent_header(secure)).collect(),
        lines: match Traffic::of(&header).rule() {
            None => crate::log::lines(bundle, &permitted, &page, &intake.visit, now_ms),
            Some(rule) => crate::log::unseen(bundle, &permitted, &page, rule, now_ms),
        },
        record,
    })
}

fn rewritten(host: &Rc<Host>, response: &Response, decided: Decided, spent_ms: i64) -> Result<Response, Failure> {
    let failed = |error: JsValue| (Stage::Rewrite, words(&error));
    // Everything that can fail comes before the body is touched.
    let headers = respond::page_headers(response, decided.cache, &decided.cookies, spent_ms).map_err(failed)?;
    let reporter = Rc::clone(host);
    let report: Report = Rc::new(move |reason| log::failure(&reporter, Stage::Rewrite, reason));
    let body = rewrite(response, decided.rewrites, &decided.block, report).map_err(failed)?;
    let page = respond::page(response, &body, &headers).map_err(failed)?;
    log::decisions(host, decided.lines, decided.record);
    Ok(page)
}

/// The part of the platform's `cf` object that is read.
#[derive(Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Geolocation {
    country: Option<String>,
    region_code: Option<String>,
}

/// Where the network says that the visitor is.
pub(super) struct Place {
    pub(super) country: Option<String>,
    pub(super) region: Option<String>,
}

impl Place {
    /// From the platform's geolocation, or from a region that a test gives instead.
    pub(super) fn of(request: &Request, given: Option<String>) -> Self {
        if let Some(region) = given {
            let country = region.split('-').next().filter(|country| !country.is_empty()).map(Into::into);
            return Self { region: country.is_some().then_some(region), country };
        }
        let cf = js_sys::Reflect::get(request, &"cf".into()).ok().filter(JsValue::is_object);
        let cf: Geolocation = cf.and_then(|cf| serde_wasm_bindgen::from_value(cf).ok()).unwrap_or_default();
        let country = cf.country.filter(|country| country.len() == 2 && *country != "XX" && *country != "T1");
        // The regime table knows subdivisions where their laws differ: these two countries.
        let subdivided = country.clone().filter(|country| country == "US" || country == "CA");
        let region = subdivided
            .zip(cf.region_code.filter(|code| !code.is_empty()))
            .map(|(country, code)| format!("{country}-{code}"));
        Self { region: region.or_else(|| country.clone()), country }
    }
}
