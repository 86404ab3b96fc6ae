//! The bundle of this isolate: from the store through trust to what decisions are made with.
//!
//! Takes settings, gives the last good release with the list of withdrawals beside it. A release is verified once per isolate; the head is
//! asked for again on a schedule, behind the visitor's back, and whatever fails leaves the last good one in place. A new isolate begins
//! with the release that its data center kept, if the store was asked a moment ago or does not answer.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use super::opening::{Asked, Kept, Trusted};
use super::revocations::Heeded;
use super::settings::Settings;
use super::store::Files;
use super::{Host, journey, log, webcrypto, words};
use crate::bundle::Bundle;
use crate::page::slots_at;
use crate::sync::{Outcome, Settings as Pace, Status, Sync};
use crate::trust::{Expiry, Kind, Release, Verified, layout};
use crate::words::time::SECOND;

/// How much content an isolate keeps. The platform gives it 128 MB, and a site's busy pages need a few chunks of 64 KB.
const CHUNK_CACHE_BYTES_MAX: usize = 8 << 20;

/// A release whose signatures held, and what was read of it.
pub(super) struct Held {
    pub(super) bundle: Bundle,
    pub(super) release: Release,
    pub(super) revocations: Rc<Heeded>,
    pub(super) root: Trusted,
    pub(super) head: Vec<u8>,
    pub(super) chunks: RefCell<Vec<(usize, Rc<Verified>)>>,
    /// The journeys of the site, if it has any, with the release's own mark.
    pub(super) journeys: Option<Box<journey::Known>>,
}

thread_local! {
    static SYNC: RefCell<Option<Sync<Held>>> = const { RefCell::new(None) };
}

/// The release to decide with now.
///
/// # Errors
/// There is none, and why.
pub(super) async fn current(host: &Rc<Host>, settings: &Rc<Settings>, now_ms: i64) -> Result<Arc<Held>, String> {
    let (good, is_due, failure) = with_sync(settings, |sync| {
        let is_due = sync.due(now_ms).is_some();
        (sync.good(), is_due, sync.status().failure.clone())
    })?;
    match (good, failure) {
        (Some(good), _) => {
            if is_due {
                let (host, settings) = (Rc::clone(host), Rc::clone(settings));
                let inner = Rc::clone(&host);
                host.later(async move {
                    // What fails here is logged and remembered there; this request has its answer already.
                    let _ = refresh(&inner, &settings, now_ms).await;
                });
            }
            Ok(good)
        }
        // It failed a moment ago: asking again with every request would only add load.
        (None, Some(failure)) if !is_due => Err(failure),
        // The first requests of an isolate each open the release: none may wait for the I/O of another.
        (None, _) => refresh(host, settings, now_ms).await,
    }
}

/// True if there is a release that decides, so that a page need not wait for one.
pub(super) fn is_open() -> bool {
    SYNC.with_borrow(|sync| sync.as_ref().is_some_and(|sync| sync.good().is_some()))
}

/// Until when pages of this path are the origin's own, in Unix milliseconds, by a release that needs no look for another one yet.
pub(super) fn bare_until(path: &str) -> Option<i64> {
    SYNC.with_borrow(|sync| {
        let sync = sync.as_ref()?;
        let is_bare = slots_at(&sync.good()?.bundle, path).is_empty();
        is_bare.then_some(sync.status().next_ms)
    })
}

impl Held {
    /// The bytes of a chunk, from memory or the store.
    ///
    /// # Errors
    /// It is not there, or not what the release says.
    pub(super) async fn chunk(
        &self,
        host: &Host,
        settings: &Settings,
        position: usize,
    ) -> Result<Rc<Verified>, String> {
        if let Some((_, chunk)) = self.chunks.borrow().iter().find(|(known, _)| *known == position) {
            return Ok(Rc::clone(chunk));
        }
        let target = self.release.targets_of(Kind::Chunk).nth(position);
        let target = target.ok_or_else(|| format!("the release has no chunk number {position}"))?;
        let chunk = Rc::new(admit(host, settings, &self.release, target).await?);
        let mut chunks = self.chunks.borrow_mut();
        let kept: usize = chunks.iter().map(|(_, chunk)| chunk.bytes().len()).sum();
        if kept + chunk.bytes().len() > CHUNK_CACHE_BYTES_MAX {
            chunks.clear();
        }
        // Another request may have fetched it in the meantime.
        if !chunks.iter().any(|(known, _)| *known == position) {
            chunks.push((position, Rc::clone(&chunk)));
        }
        Ok(chunk)
    }
}

impl Held {
    /// What visitors are told, if the release has such a file.
    ///
    /// # Errors
    /// It is not there, or not what the release says.
    pub(super) async fn notice(&self, host: &Host, settings: &Settings) -> Result<Option<Verified>, String> {
        let Some(target) = self.release.targets_of(Kind::Notice).next() else { return Ok(None) };
        admit(host, settings, &self.release, target).await.map(Some)
    }
}

/// How the connection to the store stands, if anybody asked for a release yet.
pub(super) fn status() -> Option<Status> {
    SYNC.with_borrow(|sync| sync.as_ref().map(|sync| sync.status().clone()))
}

fn with_sync<R>(settings: &Settings, then: impl FnOnce(&mut Sync<Held>) -> R) -> Result<R, String> {
    SYNC.with_borrow_mut(|sync| {
        let sync = match sync {
            Some(sync) => sync,
            None => {
                let seed = u64::from_be_bytes(webcrypto::random().map_err(|error| words(&error))?);
                let longest = settings.refresh_seconds * SECOND;
                let pace = Pace { delay_min_ms: longest / 4, delay_max_ms: longest };
                sync.insert(Sync::new(layout::head(&settings.environment), pace, settings.floor, seed))
            }
        };
        Ok(then(sync))
    })
}

/// Asks the store for the head, takes what it names, and gives what is good then.
pub(super) async fn refresh(host: &Rc<Host>, settings: &Rc<Settings>, now_ms: i64) -> Result<Arc<Held>, String> {
    let (known, request) = with_sync(settings, |sync| (sync.good(), sync.request()))?;
    let asked = Asked::new(host, settings, &request, known.is_none());
    let kept = if known.is_none() { Kept::find(settings).await } else { None };
    let is_young = match &kept {
        Some(kept) => with_sync(settings, |sync| sync.recall(kept.checked_ms, now_ms))?,
        None => false,
    };
    let recalled = if is_young { recalled(host, settings, &kept, now_ms, Expiry::Refuse).await } else { None };
    let settled = settled(Rc::clone(host), Rc::clone(settings), asked, recalled.clone().or(known), kept, now_ms);
    let Some(good) = recalled else { return settled.await };
    host.later(async move {
        // A failure is logged and remembered there.
        let _ = settled.await;
    });
    Ok(good)
}

type Settled = Pin<Box<dyn Future<Output = Result<Arc<Held>, String>>>>;

/// Takes what the store answers, and what was kept if it fails. In a box, as it is awaited in two places.
fn settled(
    host: Rc<Host>,
    settings: Rc<Settings>,
    asked: Asked,
    known: Option<Arc<Held>>,
    kept: Option<Kept>,
    now_ms: i64,
) -> Settled {
    Box::pin(async move {
        let outcome = asked.outcome(&host, &settings, known.as_deref(), kept.as_ref(), now_ms).await;
        if outcome.is_err() && known.is_none() {
            recalled(&host, &settings, &kept, now_ms, Expiry::AllowStale).await;
        }
        taken(&host, &settings, outcome, now_ms)
    })
}

/// Uses what was kept, if there is something that opens.
async fn recalled(
    host: &Host,
    settings: &Settings,
    kept: &Option<Kept>,
    now_ms: i64,
    expiry: Expiry,
) -> Option<Arc<Held>> {
    let held = kept.as_ref()?.open(host, settings, now_ms, expiry).await.ok()?;
    with_sync(settings, |sync| {
        let floor = held.release.floor();
        sync.on_kept(held, floor);
        sync.good()
    })
    .ok()?
}

fn taken(
    host: &Rc<Host>,
    settings: &Settings,
    outcome: Result<Outcome<Held>, String>,
    now_ms: i64,
) -> Result<Arc<Held>, String> {
    let is_good = outcome.is_ok();
    let held = with_sync(settings, |sync| {
        // Without a last good release the caller has the reason, and logs it.
        if let (Err(reason), Some(_)) = (&outcome, sync.good()) {
            log::failure(host, log::Stage::Bundle, reason);
        }
        sync.on_head(now_ms, outcome.unwrap_or_else(Outcome::Failed));
        sync.good().ok_or_else(|| sync.status().failure.clone().unwrap_or_default())
    })??;
    if is_good {
        Kept::keep(host, settings, &held, now_ms);
    }
    Ok(held)
}

/// Fetches a target and checks it against the release.
pub(super) async fn admit(
    host: &Host,
    settings: &Settings,
    release: &Release,
    target: usize,
) -> Result<Verified, String> {
    Files { host, settings, is_kept: false }.target(release, target).admitted().await
}
