//! The bundle of this isolate: from KV through trust to what decisions are made with.
//!
//! Takes settings and the KV binding `BUNDLES`, gives the last good release with the list of withdrawals beside it. A release is
//! verified once per isolate; the head is asked for again on a schedule, behind the visitor's back, and whatever fails leaves the last
//! good one in place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::platform::{Reading, Store};
use super::revocations::{self, Heeded};
use super::settings::Settings;
use super::{Host, log, webcrypto, words};
use crate::bundle::Bundle;
use crate::page::slots_at;
use crate::sync::{Outcome, Settings as Pace, Sync};
use crate::trust::{Expiry, Floor, Kind, Opening, Release, Scope, Verified, layout};
use crate::words::hex;
use crate::words::time::SECOND;

/// How much content an isolate keeps. The platform gives it 128 MB, and a site's busy pages need a few chunks of 64 KB.
const CHUNK_CACHE_BYTES_MAX: usize = 8 << 20;

/// How many pieces of new content an isolate looks for before it takes a release. The platform lets a free Worker ask KV 50 times.
const NEW_CHUNKS_MAX: usize = 32;

/// A release whose signatures held, and what was read of it.
pub(super) struct Held {
    pub(super) bundle: Bundle,
    pub(super) release: Release,
    pub(super) revocations: Rc<Heeded>,
    head: Vec<u8>,
    chunks: RefCell<BTreeMap<usize, Rc<Verified>>>,
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

/// Until when pages of this path are the origin's own, in Unix milliseconds, by a release that needs no look for another one yet.
pub(super) fn bare_until(path: &str) -> Option<i64> {
    SYNC.with_borrow(|sync| {
        let sync = sync.as_ref()?;
        let is_bare = slots_at(&sync.good()?.bundle, path).is_empty();
        is_bare.then_some(sync.status().next_ms)
    })
}

impl Held {
    /// The bytes of a chunk, from memory or KV.
    ///
    /// # Errors
    /// It is not there, or not what the release says.
    pub(super) async fn chunk(&self, host: &Host, position: usize) -> Result<Rc<Verified>, String> {
        if let Some(chunk) = self.chunks.borrow().get(&position) {
            return Ok(Rc::clone(chunk));
        }
        let target = self.release.targets_of(Kind::Chunk).nth(position);
        let target = target.ok_or_else(|| format!("the release has no chunk number {position}"))?;
        let chunk = Rc::new(admit(&store(host)?, &self.release, target).await?);
        let mut chunks = self.chunks.borrow_mut();
        let kept: usize = chunks.values().map(|chunk| chunk.bytes().len()).sum();
        if kept + chunk.bytes().len() > CHUNK_CACHE_BYTES_MAX {
            chunks.clear();
        }
        chunks.insert(position, Rc::clone(&chunk));
        Ok(chunk)
    }
}

impl Held {
    /// What visitors are told, if the release has such a file.
    ///
    /// # Errors
    /// It is not there, or not what the release says.
    pub(super) async fn notice(&self, host: &Host) -> Result<Option<Verified>, String> {
        let Some(target) = self.release.targets_of(Kind::Notice).next() else { return Ok(None) };
        admit(&store(host)?, &self.release, target).await.map(Some)
    }
}

/// The namespace that holds what was published.
pub(super) fn store(host: &Host) -> Result<Store, String> {
    host.binding("BUNDLES").ok_or_else(|| "the KV binding BUNDLES is not there".to_string())
}

fn with_sync<R>(settings: &Settings, then: impl FnOnce(&mut Sync<Held>) -> R) -> Result<R, String> {
    SYNC.with_borrow_mut(|sync| {
        let sync = match sync {
            Some(sync) => sync,
            None => {
                let seed = u64::from_be_bytes(webcrypto::random().map_err(|error| words(&error))?);
                let longest = settings.refresh_seconds * SECOND;
                let pace = Pace { delay_min_ms: longest / 4, delay_max_ms: longest };
                sync.insert(Sync::new(layout::head(&settings.environment), pace, seed))
            }
        };
        Ok(then(sync))
    })
}

/// Asks for the head and opens what it names.
async fn refresh(host: &Rc<Host>, settings: &Settings, now_ms: i64) -> Result<Arc<Held>, String> {
    let known = with_sync(settings, |sync| sync.good())?;
    let outcome = open(host, settings, known.as_deref(), now_ms).await;
    let outcome = outcome.unwrap_or_else(|reason| {
        // Without a last good release the caller has the reason, and logs it.
        if known.is_some() {
            log::failure(host, log::Stage::Bundle, &reason);
        }
        Outcome::Failed(reason)
    });
    with_sync(settings, |sync| {
        // Of two requests that opened at once, the slower must not put an older release back, nor an older list.
        let is_older = match (&outcome, sync.good()) {
            (Outcome::Fresh { value, .. }, Some(good)) => {
                let (new, old) = (value.release.floor(), good.release.floor());
                new.release < old.release || new.overlay < old.overlay || new.data < old.data
            }
            _ => false,
        };
        sync.on_head(now_ms, if is_older { Outcome::NotModified } else { outcome });
        sync.good().ok_or_else(|| sync.status().failure.clone().unwrap_or_default())
    })?
}

async fn open(
    host: &Rc<Host>,
    settings: &Settings,
    known: Option<&Held>,
    now_ms: i64,
) -> Result<Outcome<Held>, String> {
    let store = store(host)?;
    let path = layout::head(&settings.environment);
    let root_path = layout::root(&settings.environment, settings.root_version);
    // A page waits for the first release of an isolate: what it needs for sure is asked for at once.
    let (head, root) = (store.read(&path), known.is_none().then(|| store.read(&root_path)));
    let head = head.bytes().await?.ok_or_else(|| format!("there is no {path} in KV; nothing was published"))?;
    if let Some(known) = known.filter(|known| known.head == head) {
        revocations::complain(host, known, now_ms);
        return Ok(Outcome::NotModified);
    }
    let root = root.unwrap_or_else(|| store.read(&root_path));
    let root = root.bytes().await?.ok_or_else(|| format!("there is no {root_path} in KV"))?;
    let digest = webcrypto::sha256(&root).await.map_err(|error| words(&error))?;
    if digest != settings.root_sha256 {
        return Err(format!("root: its SHA-256 is {}, and ROOT_SHA256 pins another", hex(&digest)));
    }

    let scope = Scope { repository: &settings.site, environment: &settings.environment };
    let floor = known.map_or(Floor::default(), |known| known.release.floor());
    let refused = |refusal: crate::trust::Refusal| refusal.brief();
    let opening = Opening::begin(&root, &head, &scope, now_ms, floor).map_err(refused)?;
    let answers = webcrypto::answers(opening.jobs()).await.map_err(|error| words(&error))?;
    // A fresh isolate has no memory of what was current: it takes nothing that has expired.
    let release = opening.finish(&answers, Expiry::Refuse).map_err(refused)?;

    let (Some(program), Some(index)) =
        (release.targets_of(Kind::Program).next(), release.targets_of(Kind::Index).next())
    else {
        return Err("release: it names no program or no content index".into());
    };
    // The content of a small site, too: a fault of it is told by the page that needs it.
    let only_chunk = release.targets_of(Kind::Chunk).next().filter(|_| release.targets_of(Kind::Chunk).count() == 1);
    let [program, index] = [program, index].map(|target| Asked::new(&store, &release, target));
    let chunk = only_chunk.map(|target| Asked::new(&store, &release, target));
    let data = release.targets_of(Kind::Data).next().map(|target| Asked::new(&store, &release, target));
    let program = program.admitted(&release).await?;
    let index = index.admitted(&release).await?;
    let mut bundle = Bundle::open(program, index).map_err(|fault| fault.brief())?;
    let mut head = head;
    if let Some(data) = data.filter(|_| bundle.program().has_feeds()) {
        let data = data.admitted(&release).await;
        match data.and_then(|data| bundle.attach(&data).map_err(|fault| fault.brief())) {
            Ok(()) => {}
            // The last good facts stay until the new ones are there.
            Err(reason) if known.is_some() => return Err(reason),
            // Without any, feeds count as stale, and the next look at the head asks again.
            Err(reason) => {
                log::failure(host, log::Stage::Bundle, &reason);
                head.clear();
            }
        }
    }
    let revocations = revocations::of(settings, &store, &release, known.map(|held| &held.revocations)).await?;
    // KV shows each key at a time of its own. The last good release stays until the new content is there.
    let is_new =
        |target: &usize| known.is_some_and(|known| !known.release.targets().contains(&release.targets()[*target]));
    let mut chunks = BTreeMap::new();
    if let (Some(target), Some(chunk)) = (only_chunk, chunk) {
        match chunk.admitted(&release).await {
            Ok(chunk) => drop(chunks.insert(0, Rc::new(chunk))),
            Err(reason) if is_new(&target) => return Err(reason),
            Err(_) => {}
        }
    } else {
        for target in release.targets_of(Kind::Chunk).filter(is_new).take(NEW_CHUNKS_MAX) {
            let _ = Asked::new(&store, &release, target).admitted(&release).await?;
        }
    }
    let held = Held { bundle, release, revocations, head, chunks: RefCell::new(chunks) };
    revocations::complain(host, &held, now_ms);
    Ok(Outcome::Fresh { value: held, etag: None })
}

/// Fetches a target and checks it against the release.
pub(super) async fn admit(store: &Store, release: &Release, target: usize) -> Result<Verified, String> {
    Asked::new(store, release, target).admitted(release).await
}

/// A target on its way from KV.
struct Asked {
    target: usize,
    path: String,
    reading: Reading,
}

impl Asked {
    fn new(store: &Store, release: &Release, target: usize) -> Self {
        let path = release.path(target).unwrap_or_default();
        Self { target, reading: store.read(&path), path }
    }

    /// Its bytes, checked against the release.
    async fn admitted(self, release: &Release) -> Result<Verified, String> {
        let bytes = self.reading.bytes().await?.ok_or_else(|| format!("there is no {} in KV", self.path))?;
        let received = release.receive(self.target, bytes).map_err(|refusal| refusal.brief())?;
        let answer = webcrypto::answer(&received.job()).await.map_err(|error| words(&error))?;
        received.admit(&answer).map_err(|refusal| refusal.brief())
    }
}
