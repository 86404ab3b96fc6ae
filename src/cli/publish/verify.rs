//! Checking a built folder, file by file.
//!
//! Nothing is written, and no file is read that is longer than the release says.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::overlay::{Environment, is_former_list, relative};
use super::roots;
use super::{CHANGES, HEADS, entries, journeys, name, waiting};
use crate::bundle::data::{Data, Feed};
use crate::bundle::journeys::Journeys;
use crate::bundle::notice;
use crate::cli::change::{self, Filed, RECORD_BYTES_MAX};
use crate::cli::files::{self, Unread, read_bounded};
use crate::consent::revocation::list::Revocations;
use crate::report::ChangeRecord;
use crate::trust::{
    Expiry, Floor, HEAD_BYTES_MAX, Kind, Part, ROOT_BYTES_MAX, Refusal, Release, Role, Root, Scope, Target, Verified,
    claimed_scope, layout, native,
};
use crate::words::REVOCATIONS_BYTES_MAX;
use crate::words::time::format_rfc3339;

/// A folder in which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its environments, by name.
    pub environments: Vec<Checked>,
    /// How many files were checked.
    pub files: usize,
    /// The browser's files of a store. Nobody signs them.
    pub unsigned: Vec<PathBuf>,
}

/// An environment that opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its release, with what takes something back from it.
    pub release: Release,
    /// The SHA-256 over threshold and public keys of the root role: what people compare. It changes only with the keys.
    pub fingerprint: [u8; 32],
    /// The list of revocations: the epoch of the key, and how many entries there are.
    pub revocations: Option<(u32, usize)>,
    /// The feeds of its data, each with the time that it was taken.
    pub feeds: Vec<String>,
    /// The changes of an overlay that waits for signatures, a line each.
    pub waits: Vec<String>,
    /// The version of its root.
    pub root_version: u64,
    /// True if a root from outside vouches for it. Without one the folder was trusted to name its own keys.
    pub pinned: bool,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path, from the folder's root.
    pub path: PathBuf,
    /// What and why.
    pub why: String,
    /// The reason, if it is one of the trust core's.
    pub refusal: Option<Refusal>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

/// Opens every environment of a folder, or the one that is named, and checks every file below it.
///
/// # Errors
/// Everything that is wrong.
pub fn verify(dir: &Path, environment: Option<&str>, pin: Option<&Path>, now_ms: i64) -> Result<Report, Vec<Problem>> {
    let mut folder = Folder { dir, files: BTreeMap::new(), problems: Vec::new() };
    let names = match environment {
        Some(environment) => {
            folder.list(&dir.join("v1").join(environment));
            vec![environment.to_owned()]
        }
        None => {
            folder.list(dir);
            let all = entries(&dir.join("v1")).unwrap_or_default();
            all.iter().filter(|path| path.is_dir()).map(|path| name(path).to_owned()).collect()
        }
    };
    if names.is_empty() {
        folder.problem(Path::new("v1"), "there is no environment here; this is not a built folder");
    }
    let pin = pin.and_then(|path| {
        let unread = |why: Unread| folder.problem(path, &unreadable(&why));
        read_bounded(path, ROOT_BYTES_MAX as u64).map_err(unread).ok()
    });

    let environments: Vec<Checked> =
        names.iter().filter_map(|name| folder.environment(name, pin.as_deref(), now_ms)).collect();
    let mut unsigned = Vec::new();
    let left: Vec<PathBuf> = folder.files.iter().filter(|(_, seen)| !**seen).map(|(path, _)| path.clone()).collect();
    // If an environment does not open, its payloads are not known, so it would be noise to report each of them as unknown.
    if folder.problems.iter().all(|problem| !hides_payloads(problem)) {
        for path in left {
            if folder.is_of_browser(&path) {
                unsigned.push(path);
            } else if path.starts_with(".well-known") {
                folder
                    .problem(&path, "this is not what the notice of a release says. Publish again, or remove the file");
            } else if !folder.is_former_list(&path) {
                folder.problem(&path, "no signed document lists this file");
            }
        }
    }
    let Folder { files, problems, .. } = folder;
    let count = files.len() - unsigned.len();
    if problems.is_empty() { Ok(Report { environments, files: count, unsigned }) } else { Err(problems) }
}

fn hides_payloads(problem: &Problem) -> bool {
    matches!(name(&problem.path), "head" | "root" | super::proposal::NAME)
        || problem.path.extension().is_some_and(|extension| extension == "cose")
}

struct Folder<'a> {
    dir: &'a Path,
    /// Every file that was found, and whether a document names it.
    files: BTreeMap<PathBuf, bool>,
    problems: Vec<Problem>,
}

impl Folder<'_> {
    fn list(&mut self, folder: &Path) {
        let relative = folder.strip_prefix(self.dir).unwrap_or(folder).to_owned();
        let found = match files::entries(folder) {
            Ok(found) => found,
            Err(error) => return self.problem(&relative, &format!("the folder cannot be read: {error}")),
        };
        if found.is_empty() {
            self.problem(&relative, "this folder is empty, and no build makes empty folders");
        }
        for path in found {
            let relative = path.strip_prefix(self.dir).unwrap_or(&path).to_owned();
            match path.symlink_metadata() {
                Ok(data) if data.is_dir() => self.list(&path),
                Ok(data) if data.is_file() => drop(self.files.insert(relative, false)),
                Ok(_) => self.problem(&relative, NO_FILE),
                Err(error) => self.problem(&relative, &format!("cannot be read: {error}")),
            }
        }
    }

    fn environment(&mut self, environment: &str, pin: Option<&[u8]>, now_ms: i64) -> Option<Checked> {
        let proposal = relative(&super::proposal::path(environment));
        if let Some(seen) = self.files.get_mut(&proposal) {
            *seen = true;
            self.problem(&proposal, "a release waits here for signatures, and hosts do not see it; run `selvedge sign`, which says what is missing, or build again");
        }
        let (root_path, root_bytes) = self.root(environment)?;
        let head_path = relative(&layout::head(environment));
        let head = self.read(&head_path, HEAD_BYTES_MAX, too_large(Part::Head, HEAD_BYTES_MAX));

        let (repository, _) = self.accept(&root_path, claimed_scope(pin.unwrap_or(&root_bytes)))?;
        let scope = Scope { repository: &repository, environment };
        let root = self.accept(&root_path, native::root(&root_bytes, &scope))?;
        if root_path != relative(&layout::root(environment, root.version())) {
            self.problem(&root_path, &format!("the root in it has version {}", root.version()));
        }
        let roots = self.chain(environment, &scope);
        // From the root that is trusted to the newest of the folder.
        let pin = pin.map(|pin| roots::followed(self.dir, environment, pin.to_vec()));
        let pin = pin.as_deref();
        if let Some(pin) = pin {
            let pinned = self.accept(&root_path, native::root(pin, &scope))?;
            if pinned.policy(Role::Root) != root.policy(Role::Root) {
                self.problem(&root_path, "its root keys are not the keys of the root that you trust");
                return None;
            }
        }

        let opened = native::open(pin.unwrap_or(&root_bytes), &head?, &scope, now_ms, Floor::default(), Expiry::Refuse);
        let release = self.accept(&head_path, opened)?;
        self.former(environment, &roots);
        self.records(environment, &scope, release.version());
        let waits = self.waiting(environment, &scope);
        let (mut revocations, mut feeds) = (None, Vec::new());
        // A folder that was published has no debug files.
        let has_debug = self.dir.join("debug").exists();
        for (index, target) in release.targets().iter().enumerate() {
            if target.kind == Kind::Debug && !has_debug {
                continue;
            }
            let verified = self.payload(&release, index);
            if let Some(notice) = verified.as_ref().filter(|verified| verified.kind() == Kind::Notice) {
                self.well_known(notice.bytes());
            }
            if let Some(data) = verified.as_ref().filter(|verified| verified.kind() == Kind::Data) {
                match Data::open(data.bytes()) {
                    Ok(data) => {
                        let told = |feed: &Feed| format!("{} of {}", feed.name, format_rfc3339(feed.taken_ms));
                        feeds = data.feeds.iter().map(told).collect();
                    }
                    Err(fault) => {
                        self.problem(&relative(&release.path(index).unwrap_or_default()), &fault.to_string());
                    }
                }
            }
            if let Some(journeys) = verified.as_ref().filter(|verified| verified.kind() == Kind::Journeys) {
                self.journeys(&release, index, journeys, &root_bytes, &scope);
            }
            if let Some(list) = verified.filter(|verified| verified.kind() == Kind::Revocations) {
                let path = relative(&release.path(index).unwrap_or_default());
                match Revocations::open(list.bytes()) {
                    Ok(list) => revocations = Some((list.epoch(), list.len())),
                    Err(fault) => self.problem(&path, &fault.to_string()),
                }
            }
        }
        Some(Checked {
            release,
            root_version: root.version(),
            fingerprint: fingerprint(&root),
            revocations,
            feeds,
            waits,
            pinned: pin.is_some(),
        })
    }

    /// Earlier releases that journeys may end with must be of this root, as hosts look at nothing else.
    fn journeys(&mut self, release: &Release, index: usize, payload: &Verified, root: &[u8], scope: &Scope<'_>) {
        let path = relative(&release.path(index).unwrap_or_default());
        match Journeys::open(payload.bytes()) {
            Err(fault) => self.problem(&path, &fault.to_string()),
            Ok(journeys) => {
                let count = journeys.earlier.iter().filter(|one| journeys::vouched(one, root, scope).is_none()).count();
                if count > 0 {
                    let what = format!(
                        "{count} earlier releases in it are not vouched for by the newest root, so no journey ends with them. Build again"
                    );
                    self.problem(&path, &what);
                }
            }
        }
    }

    /// The newest root of an environment.
    fn root(&mut self, environment: &str) -> Option<(PathBuf, Vec<u8>)> {
        let folder = Path::new("v1").join(environment).join("root");
        let Some((_, newest)) = roots::all(&self.dir.join(&folder)).unwrap_or_default().pop() else {
            self.problem(&folder, "there is no root, so it is unknown whose signatures count");
            return None;
        };
        let path = folder.join(name(&newest));
        let bytes = self.read(&path, ROOT_BYTES_MAX, too_large(Part::Document(Role::Root), ROOT_BYTES_MAX))?;
        Some((path, bytes))
    }

    /// Every root of an environment. Each must follow the one before it, if that one is there: hosts go from root to root.
    fn chain(&mut self, environment: &str, scope: &Scope<'_>) -> Vec<Vec<u8>> {
        let folder = Path::new("v1").join(environment).join("root");
        let (mut all, mut before) = (Vec::new(), None::<Root>);
        for (version, file) in roots::all(&self.dir.join(&folder)).unwrap_or_default() {
            let path = folder.join(name(&file));
            let too_large = too_large(Part::Document(Role::Root), ROOT_BYTES_MAX);
            let Some(bytes) = self.read(&path, ROOT_BYTES_MAX, too_large) else { continue };
            let checked = match before.take().filter(|before| before.version() + 1 == version) {
                Some(before) => native::successor(&before, &bytes, scope),
                None => native::root(&bytes, scope),
            };
            before = self.accept(&path, checked);
            if let Some(root) = before.as_ref().filter(|root| root.version() != version) {
                self.problem(&path, &format!("the root in it has version {}", root.version()));
            }
            all.push(bytes);
        }
        all
    }

    fn payload(&mut self, release: &Release, index: usize) -> Option<Verified> {
        let (path, target) = (release.path(index)?, release.targets().get(index)?);
        let path = relative(&path);
        let Target { kind, length: expected, .. } = *target;
        let too_long = |found| Refusal::LengthMismatch { kind, found, expected };
        let bytes = self.read(&path, expected as usize, too_long)?;
        self.accept(&path, native::admit(release, index, bytes))
    }

    /// The changes of an overlay that waits for signatures. Its files are marked as seen.
    fn waiting(&mut self, environment: &str, scope: &Scope<'_>) -> Vec<String> {
        let own = Path::new("v1").join(environment).join(waiting::NAME);
        for path in waiting::kept(self.dir, scope).into_iter().chain([self.dir.join(&own)]) {
            let path = path.strip_prefix(self.dir).unwrap_or(&path);
            if let Some(seen) = self.files.get_mut(path) {
                *seen = true;
            }
        }
        match waiting::told(self.dir, environment) {
            Ok(told) => told.unwrap_or_default(),
            Err(error) => {
                self.problem(&own, &format!("{error:#}"));
                Vec::new()
            }
        }
    }

    /// Marks the heads that `publish` and `renew` kept, and what they name: a host that looked at one may still read it.
    fn former(&mut self, environment: &str, roots: &[Vec<u8>]) {
        let folder = Path::new("v1").join(environment).join(HEADS);
        let kept: Vec<PathBuf> = self.files.keys().filter(|path| path.parent() == Some(&folder)).cloned().collect();
        for path in kept {
            let head = read_bounded(&self.dir.join(&path), HEAD_BYTES_MAX as u64);
            let head = head.unwrap_or_default();
            let by = |root: &Vec<u8>| Environment::new(root.clone(), head.clone(), environment).ok();
            let opened = roots.iter().rev().find_map(by);
            let Some(Environment { release, .. }) = opened else { continue };
            self.files.insert(path, true);
            for index in 0..release.targets().len() {
                let path = relative(&release.path(index).unwrap_or_default());
                if self.files.get(&path) == Some(&false) {
                    self.payload(&release, index);
                }
            }
        }
    }

    /// Checks the change records of an environment: every signature by a root that is here. The register that a record names may be beside it.
    fn records(&mut self, environment: &str, scope: &Scope<'_>, live: u64) {
        let folder = Path::new("v1").join(environment);
        let roots = entries(&self.dir.join(&folder).join("root")).unwrap_or_default();
        let roots = roots.iter().filter_map(|path| read_bounded(path, ROOT_BYTES_MAX as u64).ok());
        let roots: Vec<Root> = roots.filter_map(|bytes| native::root(&bytes, scope).ok()).collect();
        let folder = folder.join(CHANGES);
        let found: Vec<PathBuf> = self.files.keys().filter(|path| path.parent() == Some(&folder)).cloned().collect();
        for path in found {
            self.files.insert(path.clone(), true);
            // The release of a proposal still lacks signatures, and this is said of the proposal.
            let version = change::version_of(name(&path)).unwrap_or_default();
            if version > live {
                continue;
            }
            match read_record(&self.dir.join(&path), &roots, scope, version) {
                Err(error) => self.problem(&path, &format!("{error:#}")),
                Ok(record) => {
                    let register = record.register.digest.map(|digest| Path::new("debug").join(digest));
                    if let Some(seen) = register.and_then(|path| self.files.get_mut(&path)) {
                        *seen = true;
                    }
                }
            }
        }
    }

    /// Marks the documents about the site at its well-known paths, if they are those of this notice: `publish` puts them there.
    fn well_known(&mut self, notice: &[u8]) {
        for told in [notice::PERSONALIZATION, notice::GPC] {
            let path = relative(told);
            let is_right = |found: Vec<u8>| notice::answer(notice, told).is_some_and(|own| found == own);
            let found = || read_bounded(&self.dir.join(&path), Kind::Notice.bytes_max()).is_ok_and(is_right);
            if self.files.contains_key(&path) && found() {
                self.files.insert(path, true);
            }
        }
    }

    /// True if a file is one of the browser's, which `publish --sdk` puts into a store.
    fn is_of_browser(&self, path: &Path) -> bool {
        let is_script = path.extension().is_some_and(|ending| ending == "js" || ending == "wasm");
        let is_store = || entries(&self.dir.join("v1")).unwrap_or_default().iter().any(|one| one.join(HEADS).is_dir());
        is_script && path.components().count() == 1 && is_store()
    }

    /// True if a file is a list of withdrawals that was published before, which heads in caches still name.
    fn is_former_list(&self, path: &Path) -> bool {
        let (file, folder) = (self.dir.join(path), path.parent().map(name));
        folder == Some("b")
            && std::fs::metadata(&file).is_ok_and(|data| data.len() <= REVOCATIONS_BYTES_MAX as u64)
            && std::fs::read(&file).is_ok_and(|bytes| is_former_list(path, &bytes))
    }

    /// Reads a file that a document names, unless it is longer than it may be. A link or a pipe is no file of a build.
    fn read(&mut self, path: &Path, max: usize, too_long: impl FnOnce(u64) -> Refusal) -> Option<Vec<u8>> {
        self.files.insert(path.to_owned(), true);
        let file = self.dir.join(path);
        if file.symlink_metadata().is_ok_and(|data| !data.is_file()) {
            self.problem(path, NO_FILE);
            return None;
        }
        match read_bounded(&file, max as u64) {
            Err(Unread::TooLong(bytes)) => self.accept(path, Err(too_long(bytes))),
            read => read.map_err(|why| self.problem(path, &unreadable(&why))).ok(),
        }
    }

    fn accept<T>(&mut self, path: &Path, result: Result<T, Refusal>) -> Option<T> {
        let problem =
            |refusal: Refusal| Problem { path: path.into(), why: refusal.to_string(), refusal: Some(refusal) };
        result.map_err(|refusal| self.problems.push(problem(refusal))).ok()
    }

    fn problem(&mut self, path: &Path, why: &str) {
        let problem = Problem { path: path.to_owned(), why: why.to_owned(), refusal: None };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// The record in a file, if a root of these vouches for it.
fn read_record(path: &Path, roots: &[Root], scope: &Scope<'_>, version: u64) -> anyhow::Result<ChangeRecord> {
    let filed = Filed::read(&read_bounded(path, RECORD_BYTES_MAX)?)?;
    filed.prove(roots, scope, version).map(|proved| proved.record)
}

const NO_FILE: &str = "neither a file nor a folder";

fn unreadable(why: &Unread) -> String {
    match why {
        Unread::Error(error) if error.kind() == std::io::ErrorKind::NotFound => "the file is missing".to_owned(),
        why => format!("cannot be read: {why}"),
    }
}

/// A root or head that is too long.
fn too_large(part: Part, max: usize) -> impl Fn(u64) -> Refusal {
    move |bytes| Refusal::TooLarge { part, bytes, max: max as u64 }
}

fn fingerprint(root: &Root) -> [u8; 32] {
    let (threshold, mut keys) = root.policy(Role::Root).unwrap_or_default();
    keys.sort_unstable();
    let mut bytes = threshold.to_be_bytes().to_vec();
    bytes.extend(keys.concat());
    native::sha256(&bytes)
}
