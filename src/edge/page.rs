//! One page: the origin's response, rewritten if everything on the way held.
//!
//! Decisions are made by [`begin`] and `finish` while the origin works. Nothing here waits for a part of the origin's body.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

use super::audit::{Audit, Record};
use super::bundle::Held;
use super::log::{self, Stage};
use super::rewriter::{self, Done, Page, Plan, Report, rewrite};
use super::settings::{Read, Settings};
use super::{Host, absent, bundle, clock_ms, journey, origin, path_and_query, respond, told, webcrypto, words};
use crate::engine::CachePolicy;
use crate::page::{
    self, Answer, Asked, BLOCK_ID, Begun, Deployment, Encoding, Scratch, VARY, Who, asks_for_page, begin, slots_at,
};
use crate::trust::Verified;
use crate::words::hex;

/// Answers a request for a page of the origin.
pub(super) async fn answer(host: &Rc<Host>, settings: Read, request: Request, url: &str) -> Result<Response, JsValue> {
    let begun_ms = clock_ms();
    let method = request.method();
    let headers = request.headers();
    let is_asked = asks_for_page(&method, &|name| headers.get(name).ok().flatten());
    let fetched = if is_asked {
        None
    } else {
        let response = origin::ask(host, &request).response().await?;
        if method != "GET" || !respond::is_page(&response) {
            return Ok(response);
        }
        Some(response)
    };
    // An isolate without a release asks the origin while it fetches one. It waits for both at once.
    let is_early = is_asked && !bundle::is_open() && origin::is_unconditional(&request);
    let early = is_early.then(|| origin::ask(host, &request));
    let target = find_target(host, settings, &request, url).await.unwrap_or_else(|(stage, reason)| {
        log::failure(host, stage, &reason);
        None
    });
    let target = match (target, fetched) {
        (Some(target), None) => target,
        // A script reads it. The browser may keep it, and show it as the page when the visitor comes there.
        (Some(_), Some(response)) => return Ok(rewriter::varied(&response, VARY)),
        (None, Some(response)) => return Ok(response),
        (None, None) => return early.unwrap_or_else(|| origin::ask(host, &request)).response().await,
    };
    // The origin and KV are asked at once; the origin's head usually comes last.
    let pending = early.unwrap_or_else(|| origin::ask(host, &target.request));
    let decided = decided(host, &target, url, begun_ms).await;
    let response = pending.response().await?;
    if !respond::is_page(&response) {
        return Ok(response);
    }
    let decided = match decided {
        Ok(decided) => decided,
        Err((stage, reason)) => {
            log::failure(host, stage, &reason);
            return Ok(response);
        }
    };
    let page = rewriter::open(&response).await?;
    if method == "HEAD" {
        // Its first bytes say whether it is a page. The rest stays with the origin.
        page.leave();
        return if page.is_page() {
            respond::page(
                &response,
                &JsValue::NULL,
                &respond::page_headers(&response, decided.cache, &decided.headers)?,
            )
        } else {
            respond::page(&response, &JsValue::NULL, &response.headers())
        };
    }
    if !page.is_page() {
        return Ok(page.untouched());
    }
    rewritten(host, &response, &page, decided).await.or_else(|error| {
        log::failure(host, Stage::Rewrite, &words(&error));
        Ok(page.untouched())
    })
}

/// The path of an address, as slots name it.
pub(super) fn normal(url: &str) -> Cow<'_, str> {
    page::normal_path(path_and_query(url).0)
}

/// A page that has slots, and what they are decided with.
pub(super) struct Target {
    pub(super) settings: Rc<Settings>,
    pub(super) held: Arc<Held>,
    pub(super) slots: Vec<Option<u32>>,
    pub(super) request: Request,
}

/// What to do to the page.
pub(super) struct Decided {
    plan: Plan,
    block: String,
    cache: CachePolicy,
    headers: Vec<(&'static str, String)>,
    lines: Vec<String>,
    records: Vec<Record>,
}

pub(super) type Failure = (Stage, String);

thread_local! {
    /// The memory of the page before, to be used again.
    static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
}

/// `None` when nothing of the request is ours to change.
async fn find_target(host: &Rc<Host>, settings: Read, request: &Request, url: &str) -> Result<Option<Target>, Failure> {
    let settings = settings.map_err(|reason| (Stage::Settings, reason))?;
    let held = bundle::current(host, &settings, clock_ms()).await.map_err(|reason| (Stage::Bundle, reason))?;
    let slots = slots_at(&held.bundle, &normal(url));
    if slots.is_empty() {
        return Ok(None);
    }
    let request = origin::unconditional(request).map_err(|error| (Stage::Rewrite, words(&error)))?;
    Ok(Some(Target { settings, held, slots, request }))
}

async fn decided(host: &Rc<Host>, target: &Target, url: &str, begun_ms: i64) -> Result<Decided, Failure> {
    let drawn = webcrypto::random::<32>().map_err(|error| (Stage::Rewrite, words(&error)))?;
    let [randomness, nonce] = [&drawn[..16], &drawn[16..]].map(hex);
    if target.held.journeys.is_some() {
        // In a box: see `ours`.
        let decided: journey::Deciding<'_> =
            Box::pin(journey::decided(host, target, url, [&randomness, &nonce], begun_ms));
        return decided.await;
    }
    // A request that is decided beside this one, while content is fetched, makes its own.
    let mut scratch = SCRATCH.take().unwrap_or_default();
    let begun = begun(target, &target.held, &target.slots, (url, &randomness), &mut scratch);
    let bodies = bodies(host, target, &target.held, &begun).await?;
    let decided = answered(host, target, &begun, &bodies, &nonce).map(|answer| finished(target, answer, url, begun_ms));
    SCRATCH.set(Some(scratch));
    decided
}

/// The content of a page that was decided.
pub(super) type Bodies = Vec<(usize, Rc<Verified>)>;

/// Fetches the content of a page.
pub(super) async fn bodies(host: &Host, target: &Target, held: &Held, begun: &Begun<'_>) -> Result<Bodies, Failure> {
    let mut bodies = Vec::new();
    for chunk in begun.chunks() {
        let bytes = held.chunk(host, &target.settings, chunk).await;
        bodies.push((chunk, bytes.map_err(|reason| (Stage::Content, reason))?));
    }
    Ok(bodies)
}

// Code that never waits is a function of its own: within one that waits, the compiler keeps its values in memory.
#[inline(never)]
pub(super) fn begun<'t>(
    target: &'t Target,
    held: &'t Held,
    slots: &[Option<u32>],
    (url, randomness): (&str, &str),
    scratch: &'t mut Scratch,
) -> Begun<'t> {
    let Target { settings, request, .. } = target;
    let find = |unit, id: &str| held.revocations.find(unit, id);
    told::request(request, url, settings, randomness, |request| {
        let person = held.revocations.person(settings, &find);
        // What a journey ends with is as fresh as the release that lets it.
        let is_stale = target.held.release.stale(clock_ms());
        let asked = Asked { slots: Some(slots), person, is_stale, ..Asked::of(Who::Request(request)) };
        begin(&held.bundle, &asked, scratch)
    })
}

/// The answer for a page that was decided.
#[inline(never)]
pub(super) fn answered<'a, 's: 'a>(
    host: &Rc<Host>,
    target: &'a Target,
    begun: &Begun<'s>,
    bodies: &'a Bodies,
    nonce: &str,
) -> Result<Answer<'a>, Failure> {
    let settings = &target.settings;
    let body = |chunk: usize| {
        let found = bodies.iter().find(|(known, _)| *known == chunk);
        found.map(|(_, bytes)| bytes.bytes())
    };
    let warning = settings.audit.as_ref().and_then(Audit::warning);
    warning.iter().for_each(|warning| log::failure(host, Stage::Audit, warning));
    let recording = settings.audit.as_ref().map(Audit::recording).transpose();
    let recording = recording.map_err(|error| (Stage::Audit, words(&error)))?;
    let deployment = target.deployment(nonce);
    let answer = begun.finish(&body, &page::Host { deployment, recording, key: settings.measure.as_ref() });
    let answer = answer.map_err(|content| (Stage::Content, format!("`{content}` is not in its chunk")))?;
    if settings.measure.is_none() && !answer.exposures.is_empty() {
        log::unmeasured(host);
    }
    Ok(answer)
}

/// What to do to the page, by its answer.
pub(super) fn finished(target: &Target, mut answer: Answer<'_>, url: &str, begun_ms: i64) -> Decided {
    let timing = format!("selvedge;dur={};desc=\"decide\"", clock_ms() - begun_ms);
    let records = std::mem::take(&mut answer.records).into_iter();
    Decided {
        plan: Plan::new(&mut answer, target.held.bundle.program()),
        headers: answer.headers(timing, url.starts_with("https:")),
        block: answer.block,
        cache: answer.cache,
        lines: answer.lines,
        records: target
            .settings
            .audit
            .iter()
            .flat_map(|audit| records.clone().map(|record| audit.seal_later(record)))
            .collect(),
    }
}

impl Target {
    /// The deployment, as a data block describes it.
    pub(super) fn deployment<'d>(&'d self, nonce: &'d str) -> Deployment<'d> {
        Deployment {
            environment: &self.settings.environment,
            root: &self.held.root.digest,
            root_version: self.held.root.version,
            cookie: None,
            nonce,
        }
    }
}

async fn rewritten(host: &Rc<Host>, response: &Response, page: &Page, decided: Decided) -> Result<Response, JsValue> {
    // Everything that can fail comes before the body is touched.
    let headers = respond::page_headers(response, decided.cache, &decided.headers)?;
    let content_type = response.headers().get("content-type")?.unwrap_or_default();
    let encoding = Encoding::of(&content_type).ok_or("the encoding of the page is not known to extend ASCII")?;
    let reporter = Rc::clone(host);
    let report: Report = Box::new(move |reason| log::failure(&reporter, Stage::Rewrite, reason));
    let Decided { plan, block, lines, records, .. } = decided;
    let logger = Rc::clone(host);
    let done: Done = Box::new(move |exposures, absent, is_without_block| {
        if is_without_block {
            absent::note(
                &logger,
                Stage::Ending,
                BLOCK_ID,
                "the page breaks off in a tag or a script, so that no withdrawal reaches it",
            );
        }
        absent
            .iter()
            .for_each(|slot| absent::note(&logger, Stage::Absent, slot, "nothing on the page matches its selector"));
        log::decisions(&logger, [lines, exposures].concat(), records);
    });
    let body = rewrite(page, encoding, plan, &block, report, done).await?;
    page.passed().iter().for_each(|passed| host.later_than(passed));
    respond::page(response, &body, &headers)
}
