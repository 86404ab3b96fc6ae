//! From files that nobody has verified to a release: of the store, or of what this data center kept.
//!
//! Takes a head and the way to the files it needs, gives a release that can decide at once, or the reason why there is none.

use std::cell::RefCell;
use std::rc::Rc;

use super::bundle::Held;
use super::journey::Known;
use super::revocations;
use super::settings::Settings;
use super::store::{Answer, Files, Found, Reading, keep_later, read, read_kept};
use super::{Host, log, webcrypto, words};
use crate::bundle::Bundle;
use crate::bundle::journeys::{self, Mark};
use crate::sync::{Outcome, Request};
use crate::trust::{
    Checking, Expiry, Floor, HEAD_BYTES_MAX, Kind, Opening, ROOT_BYTES_MAX, Refusal, Scope, check_steps, layout,
};
use crate::words::hex;

/// How many pieces of new content an isolate looks for before it takes a release. The platform lets a free Worker ask KV 50 times.
const NEW_CHUNKS_MAX: usize = 32;

/// The newest root that the pinned one leads to.
#[derive(Clone)]
pub(super) struct Trusted {
    pub(super) version: u64,
    pub(super) bytes: Vec<u8>,
    /// Its SHA-256, which pages pin.
    pub(super) digest: String,
}

/// Files that are asked of the store at once, so that a page that waits for an isolate's first release waits once.
pub(super) struct Asked {
    path: String,
    head: Reading,
    /// The pinned root and the next one, unless there is a release already.
    roots: Option<(Reading, Reading)>,
    floor: Floor,
}

/// The head that an isolate of this data center took last.
pub(super) struct Kept {
    head: Vec<u8>,
    /// When the store last named it, in Unix milliseconds.
    pub(super) checked_ms: i64,
    pub(super) floor: Floor,
}

impl Asked {
    pub(super) fn new(host: &Host, settings: &Settings, request: &Request, is_first: bool) -> Self {
        let head = read(host, &request.path, request.etag.as_deref(), HEAD_BYTES_MAX);
        let files = Files { host, settings, is_kept: false };
        let root = |version| files.read(&layout::root(&settings.environment, version), ROOT_BYTES_MAX);
        let roots = is_first.then(|| (root(settings.root_version), root(settings.root_version + 1)));
        Self { path: request.path.clone(), head, roots, floor: request.floor }
    }

    /// Opens what came. Nothing below the floor of the request or of `kept` is taken.
    pub(super) async fn outcome(
        self,
        host: &Rc<Host>,
        settings: &Settings,
        known: Option<&Held>,
        kept: Option<&Kept>,
        now_ms: i64,
    ) -> Result<Outcome<Held>, String> {
        let files = Files { host, settings, is_kept: false };
        let head = match self.head.answer().await? {
            Answer::Found(head) => head,
            Answer::Same => return Ok(Outcome::NotModified),
            Answer::Absent => return Err(format!("there is no {} in the store; nothing was published", self.path)),
        };
        if let Some(known) = known.filter(|known| known.head == head.bytes) {
            revocations::complain(host, known, now_ms);
            return Ok(Outcome::NotModified);
        }
        let (root, next) = match (known, self.roots) {
            (Some(known), _) => (known.root.clone(), None),
            (None, Some((root, next))) => (Trusted::pinned(settings, root).await?, Some(next)),
            (None, None) => (Trusted::pinned(settings, files.root(settings.root_version)).await?, None),
        };
        let (root, mut floor) = root.newest(files, next, u64::MAX, self.floor).await?;
        if let Some(kept) = kept.filter(|kept| kept.floor.root >= root.version) {
            floor = floor.and(kept.floor);
        }
        // A fresh isolate has no memory of what was current: it takes nothing that has expired.
        let held = opened(files, root, head.bytes, known, floor, now_ms, Expiry::Refuse).await?;
        revocations::complain(host, &held, now_ms);
        let floor = held.release.floor();
        if held.head.is_empty() {
            let path = held.release.targets_of(Kind::Data).next().and_then(|target| held.release.path(target));
            let reason = format!(
                "there is no {} that is what the data names, so feeds count as stale",
                path.unwrap_or_default()
            );
            log::failure(host, log::Stage::Bundle, &reason);
        }
        let etag = head.mark.filter(|_| !held.head.is_empty());
        Ok(Outcome::Fresh { value: held, floor, etag })
    }
}

impl Kept {
    /// Looks for it.
    pub(super) async fn find(settings: &Settings) -> Option<Self> {
        let found = read_kept(settings, &layout::head(&settings.environment)).answer().await.ok()?;
        let Answer::Found(found) = found else { return None };
        let note = found.mark?;
        let (checked, floor) = note.split_once(' ')?;
        Some(Self { head: found.bytes, checked_ms: checked.parse().ok()?, floor: Floor::parse(floor)? })
    }

    /// Opens it, as any head that has not been verified.
    pub(super) async fn open(
        &self,
        host: &Host,
        settings: &Settings,
        now_ms: i64,
        expiry: Expiry,
    ) -> Result<Held, String> {
        let files = Files { host, settings, is_kept: true };
        let root = Trusted::pinned(settings, files.root(settings.root_version)).await?;
        let (root, floor) = root.newest(files, None, self.floor.root, settings.floor).await?;
        opened(files, root, self.head.clone(), None, floor, now_ms, expiry).await
    }

    /// Keeps the head of a release, with the time at which the store named it.
    pub(super) fn keep(host: &Host, settings: &Settings, held: &Held, now_ms: i64) {
        if held.head.is_empty() {
            return;
        }
        let note = format!("{now_ms} {}", held.release.floor().to_text());
        keep_later(host, settings, &layout::head(&settings.environment), &held.head, &note);
    }
}

impl Files<'_> {
    fn root(self, version: u64) -> Reading {
        self.read(&layout::root(&self.settings.environment, version), ROOT_BYTES_MAX)
    }
}

impl Trusted {
    async fn pinned(settings: &Settings, root: Reading) -> Result<Self, String> {
        let version = settings.root_version;
        let path = layout::root(&settings.environment, version);
        let found = root.found().await?.ok_or_else(|| format!("there is no {path} in the store"))?;
        let root = Self::of(version, found);
        if root.digest != settings.root {
            return Err(format!("root: its SHA-256 is {}, and ROOT_SHA256 pins another", root.digest));
        }
        Ok(root)
    }

    fn of(version: u64, found: Found) -> Self {
        Self { version, bytes: found.bytes, digest: hex(&found.digest) }
    }

    /// The newest root, at most the `last`, and the floor below it. `next` is the one after this, if it was asked for.
    async fn newest(
        mut self,
        files: Files<'_>,
        mut next: Option<Reading>,
        last: u64,
        mut floor: Floor,
    ) -> Result<(Self, Floor), String> {
        let settings = files.settings;
        let scope = scope(settings);
        while self.version < last {
            let version = self.version + 1;
            let asked = next.take().unwrap_or_else(|| files.root(version));
            let Some(found) = asked.found().await? else { break };
            check_steps(settings.root_version, version).map_err(refused)?;
            let checking = Checking::begin(&self.bytes, &scope).map_err(refused)?;
            let answers = webcrypto::answers(checking.jobs()).await.map_err(|error| words(&error))?;
            let before = checking.finish(&answers).map_err(refused)?;
            let following = before.follow(&found.bytes, &scope).map_err(refused)?;
            let answers = webcrypto::answers(following.jobs()).await.map_err(|error| words(&error))?;
            let root = following.finish(&answers).map_err(refused)?;
            floor = root.floor_after(&before, floor);
            self.keep(files);
            self = Self::of(version, found);
        }
        Ok((self, floor))
    }

    fn keep(&self, files: Files<'_>) {
        if !files.is_kept {
            let path = layout::root(&files.settings.environment, self.version);
            keep_later(files.host, files.settings, &path, &self.bytes, "");
        }
    }
}

async fn opened(
    files: Files<'_>,
    root: Trusted,
    head: Vec<u8>,
    known: Option<&Held>,
    floor: Floor,
    now_ms: i64,
    expiry: Expiry,
) -> Result<Held, String> {
    let scope = scope(files.settings);
    let opening = Opening::begin(&root.bytes, &head, &scope, now_ms, floor).map_err(refused)?;
    let answers = webcrypto::answers(opening.jobs()).await.map_err(|error| words(&error))?;
    let release = opening.finish(&answers, expiry).map_err(refused)?;

    let (Some(program), Some(index)) =
        (release.targets_of(Kind::Program).next(), release.targets_of(Kind::Index).next())
    else {
        return Err("release: it names no program or no content index".into());
    };
    // The content of a small site, too: a fault of it is told by the page that needs it.
    let only_chunk = release.targets_of(Kind::Chunk).next().filter(|_| release.targets_of(Kind::Chunk).count() == 1);
    let [program, index] = [program, index].map(|target| files.target(&release, target));
    let chunk = only_chunk.map(|target| files.target(&release, target));
    let data = release.targets_of(Kind::Data).next().map(|target| files.target(&release, target));
    let program = program.admitted().await?;
    let index = index.admitted().await?;
    let mut bundle = Bundle::open(program, index).map_err(|fault| fault.brief())?;
    let mut head = head;
    if let Some(data) = data.filter(|_| bundle.program().has_feeds()) {
        let data = data.admitted().await;
        match data.and_then(|data| bundle.attach(&data).map_err(|fault| fault.brief())) {
            Ok(()) => {}
            // The last good facts stay until the new ones are there.
            Err(reason) if known.is_some() => return Err(reason),
            // Without any, feeds count as stale, and the next look at the head asks again.
            Err(_) => head.clear(),
        }
    }
    let revocations = revocations::of(files, &release, known.map(|held| &held.revocations)).await?;
    // KV shows each key at a time of its own. The last good release stays until the new content is there.
    let is_new =
        |target: &usize| known.is_some_and(|known| !known.release.targets().contains(&release.targets()[*target]));
    let mut chunks = Vec::new();
    if let (Some(target), Some(chunk)) = (only_chunk, chunk) {
        match chunk.admitted().await {
            Ok(chunk) => chunks.push((0, Rc::new(chunk))),
            Err(reason) if is_new(&target) => return Err(reason),
            Err(_) => {}
        }
    } else {
        for target in release.targets_of(Kind::Chunk).filter(is_new).take(NEW_CHUNKS_MAX) {
            let _ = files.target(&release, target).admitted().await?;
        }
    }
    let journeys = match release.targets_of(Kind::Journeys).next() {
        Some(target) => {
            let payload = files.target(&release, target).admitted().await?;
            Some(Box::new(Known::new(&payload, &release)?))
        }
        None => None,
    };
    root.keep(files);
    Ok(Held { bundle, release, revocations, root, head, chunks: RefCell::new(chunks), journeys })
}

/// An earlier release that journeys of `current` may end with: verified as any other, and then with the withdrawals, orders and facts of
/// today.
pub(super) async fn earlier(
    files: Files<'_>,
    current: &Held,
    head: &[u8],
    mark: &Mark,
    now_ms: i64,
) -> Result<Held, String> {
    let (root, scope) = (current.root.clone(), scope(files.settings));
    let opening = Opening::begin(&root.bytes, head, &scope, now_ms, Floor::default()).map_err(refused)?;
    let answers = webcrypto::answers(opening.jobs()).await.map_err(|error| words(&error))?;
    let release = opening.finish(&answers, Expiry::AllowStale).map_err(refused)?;
    if journeys::mark(release.targets()) != *mark {
        return Err("its head is of another release than its mark".into());
    }
    let (Some(program), Some(index)) =
        (release.targets_of(Kind::Program).next(), release.targets_of(Kind::Index).next())
    else {
        return Err("release: it names no program or no content index".into());
    };
    let [program, index] = [program, index].map(|target| files.target(&release, target));
    let (program, index) = (program.admitted().await?, index.admitted().await?);
    let mut bundle = Bundle::open(program, index).map_err(|fault| fault.brief())?;
    bundle.stand_beside(&current.bundle).map_err(|fault| fault.brief())?;
    let revocations = Rc::clone(&current.revocations);
    Ok(Held { bundle, release, revocations, root, head: Vec::new(), chunks: RefCell::default(), journeys: None })
}

fn scope(settings: &Settings) -> Scope<'_> {
    Scope { repository: &settings.site, environment: &settings.environment }
}

/// What a refusal says, shortly.
fn refused(refusal: Refusal) -> String {
    refusal.brief()
}
