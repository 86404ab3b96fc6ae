//! Change records: one signed file for each release, beside it. Start with [`record`].
//!
//! A record says who changed what, who approved it, which tests ran, which experiments conflict, and what changes for consent and for
//! the register of processing. The register itself stays with its authors, in the folder `debug` of a build.

mod file;

pub(super) use file::{Filed, Proved, RECORD_BYTES_MAX};

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::keys::Signing;
use super::publish::{self as built, CHANGES, Published, relative};
use super::{files, git, open, test};
use crate::author::Sources;
use crate::author::prove::{Budget, Prover, conflicts, measured};
use crate::author::site::Site;
use crate::bundle::Program;
use crate::report::{
    Approval, Author, CHANGE_SCHEMA, ChangeKind, ChangeRecord, Conflicts, Earlier, Impact, Ropa, Tests, consent_diff,
    ropa, ropa_diff,
};
use crate::trust::sign;
use crate::trust::{Class, HEAD_BYTES_MAX, Kind, Release, Role, Scope, Target, layout, native};
use crate::words::hex;
use crate::words::time::{SECOND, format_rfc3339};

/// How long the search for conflicts may take: a build does not wait for hard questions.
const BUDGET: Budget = Budget { each: 20_000, all: 4_000_000 };
/// How many pairs of experiments are compared: all of 200.
const PAIRS_MAX: usize = 20_000;
/// How many conflicts a record lists.
const LISTED_MAX: usize = 100;

/// The path of the record of a release.
pub(super) fn path(environment: &str, version: u64) -> String {
    format!("/v1/{environment}/{CHANGES}/{version}.cbor")
}

/// The version of the release that a file of the folder of records is about.
pub(super) fn version_of(name: &str) -> Option<u64> {
    name.strip_suffix(".cbor")?.parse().ok()
}

/// The release that an environment of a folder has, as far as the next one is compared with it.
pub(super) struct Before {
    release: Release,
    program: Option<Program>,
    record: Option<ChangeRecord>,
}

impl Before {
    pub(super) fn of(folder: &Path, environment: &str) -> Option<Self> {
        let release = built::on_disk(&folder.join("v1").join(environment))?;
        let at = release.targets_of(Kind::Program).next()?;
        let program =
            files::read_bounded(&folder.join(relative(&release.path(at)?)), release.targets().get(at)?.length);
        let program = program.ok().and_then(|bytes| native::admit(&release, at, bytes).ok());
        let program = program.and_then(|verified| Program::open(verified.into_bytes()).ok());
        let record = read(folder, environment, release.version());
        let record = record.and_then(|filed| filed.claimed().ok());
        Some(Self { release, program, record })
    }
}

/// What the sources of a release say about it.
#[derive(Default)]
pub(super) struct Facts {
    author: Option<Author>,
    tests: Option<Tests>,
    conflicts: Option<Conflicts>,
    register: Option<Register>,
}

/// A register of processing, at hand or by its digest alone.
struct Register {
    digest: String,
    ropa: Option<Ropa>,
}

impl Facts {
    /// Of sources that are built now.
    pub(super) fn of_site(site: &Site, sources: &Sources, opened: &open::Opened, now_ms: i64) -> anyhow::Result<Self> {
        let (passed, failing) = test::results(site, opened);
        let mut prover = Prover::new(site);
        let all = measured(&mut prover);
        let (pairs, tally) = conflicts(&mut prover, &all, now_ms, &mut BUDGET.clone(), PAIRS_MAX);
        let open = pairs.iter().filter(|pair| pair.is_open());
        let found = open.clone().take(LISTED_MAX).map(|pair| {
            let (first, second) = (all[pair.pair.0].name, all[pair.pair.1].name);
            format!("`{first}` and `{second}` can share a visitor")
        });
        let conflicts = Conflicts {
            pairs: pairs.len(),
            found: found.collect(),
            unlisted: open.count().saturating_sub(LISTED_MAX),
            unknown: tally.left,
        };
        let ropa = ropa(site, sources);
        Ok(Self {
            author: git::author(&site.folder),
            tests: Some(Tests { passed, failed: failing.len(), failing }),
            conflicts: Some(conflicts),
            register: Some(Register { digest: digest_of(&ropa)?, ropa: Some(ropa) }),
        })
    }

    /// Of a release that has a record.
    pub(super) fn of_record(record: Option<&ChangeRecord>) -> Self {
        let Some(record) = record else { return Self::default() };
        Self {
            author: record.author.clone(),
            tests: record.tests.clone(),
            conflicts: record.conflicts.clone(),
            register: record.register.digest.clone().map(|digest| Register { digest, ropa: None }),
        }
    }
}

/// What is recorded.
pub(super) struct New<'a> {
    pub(super) kind: ChangeKind,
    pub(super) reason: Option<&'a str>,
    /// The release whose payloads these are.
    pub(super) of: Option<Earlier>,
    pub(super) program: &'a [u8],
    pub(super) facts: Facts,
    /// The site's folder.
    pub(super) site: &'a Path,
}

/// Writes the record of a release into its folder, signed if a key of `release` is at hand.
///
/// # Errors
/// A signer that does not sign, a write that fails.
pub(super) fn record(
    folder: &Path,
    scope: &Scope<'_>,
    published: &Published,
    before: Option<&Before>,
    new: New<'_>,
    keys: &dyn Signing,
) -> anyhow::Result<PathBuf> {
    let (release, approvals) = documents(folder, scope.environment, published.lacks.is_empty())?;
    let targets = sign::targets_of(&release, scope).context("the release cannot be read")?;
    let issued_s = u64::try_from(published.issued_ms / SECOND).unwrap_or_default();
    let root = native::root(&keys.root(scope, issued_s)?, scope)?;
    let program = Program::open(new.program.to_vec()).context("no host could read the program")?;
    let needed = built::to_approve(&root, &targets, new.program)?.into_iter().map(|(class, digest)| Approval {
        class: class.name().into(),
        digest: hex(&digest),
        roles: root
            .classes()
            .into_iter()
            .filter(|(known, _)| *known == class)
            .flat_map(|(_, roles)| roles)
            .map(|role| role.name().to_owned())
            .collect(),
        changed: before.and_then(|before| before.digest(class)) != Some(digest),
    });

    let manifest = |before: &Before| Some(consent_diff(before.program.as_ref()?.manifest(), program.manifest()));
    let consent_before = before.and_then(|before| Some(hex(&before.program.as_ref()?.consent())));
    let consent = Impact::of(Some(hex(&program.consent())), consent_before.as_deref(), before.and_then(manifest));
    let record = ChangeRecord {
        schema: CHANGE_SCHEMA,
        site: scope.repository.to_owned(),
        environment: scope.environment.to_owned(),
        version: published.version,
        release: sign::payload_of(&release, Role::Release)
            .map(|payload| hex(&native::sha256(payload)))
            .unwrap_or_default(),
        issued: format_rfc3339(published.issued_ms),
        kind: new.kind,
        reason: new.reason.map(str::to_owned),
        before: before.map(|before| earlier(&before.release)),
        of: new.of,
        author: new.facts.author.clone(),
        approvals: needed.collect(),
        tests: new.facts.tests,
        conflicts: new.facts.conflicts,
        consent,
        register: register(folder, new.site, new.facts.register, new.facts.author.as_ref(), before)?,
    };
    let mut filed = Filed::new(&record, &release, approvals)?;
    filed.sign(keys.signers(Role::Release).first())?;
    let path = relative(&path(scope.environment, published.version));
    write(&folder.join(&path), &filed.bytes())?;
    let live = before.map(|before| before.release.version()).filter(|_| !published.lacks.is_empty());
    keep(folder, scope.environment, &[Some(published.version), live])?;
    Ok(path)
}

/// Keeps the records of these versions alone, with their registers. A built folder has those of its release, and of one that waits. The
/// keys of earlier ones may be gone.
fn keep(folder: &Path, environment: &str, versions: &[Option<u64>]) -> anyhow::Result<()> {
    let before = registers(folder);
    for path in files::entries(&folder.join("v1").join(environment).join(CHANGES))? {
        if version_of(&files::name(&path)).is_some_and(|version| !versions.contains(&Some(version))) {
            fs_err::remove_file(path)?;
        }
    }
    let named = registers(folder);
    for digest in before.iter().filter(|digest| !named.contains(digest)) {
        let path = folder.join("debug").join(digest);
        if path.exists() {
            fs_err::remove_file(path)?;
        }
    }
    Ok(())
}

/// Brings the record of a release up to date with the signatures of its folder, and signs it if nobody has.
pub(super) fn update(folder: &Path, scope: &Scope<'_>, is_whole: bool, keys: &dyn Signing) -> anyhow::Result<()> {
    let (release, approvals) = documents(folder, scope.environment, is_whole)?;
    let version = sign::version_of(&release, Role::Release).unwrap_or_default();
    let Some(filed) = read(folder, scope.environment, version) else { return Ok(()) };
    let mut filed = filed.about(&release, approvals);
    filed.sign(keys.signers(Role::Release).first())?;
    write(&folder.join(relative(&path(scope.environment, version))), &filed.bytes())?;
    if is_whole { keep(folder, scope.environment, &[Some(version)]) } else { Ok(()) }
}

/// A record in a line.
pub(super) fn in_short(record: &ChangeRecord) -> String {
    let of = |of: &Option<Earlier>| {
        of.as_ref().map_or(String::new(), |of| match of.environment == record.environment {
            true => format!(" to version {}", of.version),
            false => format!(" from {}", of.environment),
        })
    };
    let by = record.author.as_ref().map_or("no git author", |author| &author.name);
    let what = match record.kind {
        ChangeKind::Build => record.author.as_ref().map_or("built".to_owned(), |author| author.summary.clone()),
        ChangeKind::Promote => format!("promoted{}", of(&record.of)),
        ChangeKind::Rollback => format!("rolled back{}", of(&record.of)),
    };
    let why = record.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    format!("{what}{why} ({by})")
}

/// Another release, as a record names it.
pub(super) fn earlier(release: &Release) -> Earlier {
    Earlier { environment: release.environment().to_owned(), version: release.version(), digest: hex(release.digest()) }
}

/// The digests of the registers that the records of a folder name: `debug` keeps these.
pub(super) fn registers(folder: &Path) -> Vec<String> {
    let environments = files::entries(&folder.join("v1")).unwrap_or_default();
    let records = environments.iter().flat_map(|one| files::entries(&one.join(CHANGES)).unwrap_or_default());
    let digest = |path: PathBuf| {
        let bytes = files::read_bounded(&path, RECORD_BYTES_MAX).ok()?;
        Filed::read(&bytes).ok()?.claimed().ok()?.register.digest
    };
    records.filter_map(digest).collect()
}

impl Before {
    fn digest(&self, class: Class) -> Option<[u8; 32]> {
        match class {
            Class::Consent => Some(self.program.as_ref()?.consent()),
            class => {
                let own = self.release.targets().iter().filter(|target| target.kind.role() == Role::Release);
                sign::digest_of(&own.copied().collect::<Vec<Target>>(), class)
            }
        }
    }
}

fn read(folder: &Path, environment: &str, version: u64) -> Option<Filed> {
    let bytes = files::read_bounded(&folder.join(relative(&path(environment, version))), RECORD_BYTES_MAX).ok()?;
    Filed::read(&bytes).ok()
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs_err::create_dir_all(files::folder_of(path))?;
    files::replace(path, bytes)
}

/// The release and the approvals of an environment: those that hosts open, or those that wait.
fn documents(folder: &Path, environment: &str, is_whole: bool) -> anyhow::Result<(Vec<u8>, Vec<Vec<u8>>)> {
    let head = if is_whole { layout::head(environment) } else { built::proposal_path(environment) };
    let path = folder.join(relative(&head));
    let head = files::read_bounded(&path, HEAD_BYTES_MAX as u64).with_context(|| path.display().to_string())?;
    let [_, release, ..] = sign::parts_of_head(&head).context("the head cannot be read")?;
    Ok((release.context("the head has no release")?.to_vec(), sign::approvals_of_head(&head)))
}

/// The impact on the register. Both registers are looked up: in the folder, and in the commits that the records name.
fn register(
    folder: &Path,
    site: &Path,
    now: Option<Register>,
    author: Option<&Author>,
    before: Option<&Before>,
) -> anyhow::Result<Impact> {
    let Some(Register { digest, ropa }) = now else { return Ok(Impact::default()) };
    if let Some(ropa) = &ropa {
        write(&folder.join("debug").join(&digest), &serde_json::to_vec(ropa)?)?;
    }
    let record = before.and_then(|before| before.record.as_ref());
    let earlier = record.and_then(|record| record.register.digest.as_deref());
    let changes = earlier.filter(|earlier| *earlier != digest).and_then(|earlier| {
        let old = look_up(folder, site, earlier, record.and_then(|record| record.author.as_ref()))?;
        let new = ropa.or_else(|| look_up(folder, site, &digest, author))?;
        Some(ropa_diff(&old, &new))
    });
    Ok(Impact::of(Some(digest), earlier, changes))
}

fn look_up(folder: &Path, site: &Path, digest: &str, author: Option<&Author>) -> Option<Ropa> {
    let of_bytes = |bytes: Vec<u8>| {
        let is_it = hex(&native::sha256(&bytes)) == digest;
        is_it.then(|| serde_json::from_slice(&bytes).ok()).flatten()
    };
    let kept = std::fs::read(folder.join("debug").join(digest)).ok().and_then(of_bytes);
    kept.or_else(|| {
        let room = git::checkout(site, &author.filter(|author| !author.uncommitted)?.commit).ok()?;
        let (site, _, sources) = open::site(&git::site_of(&room)).ok()?;
        of_bytes(serde_json::to_vec(&ropa(&site, &sources)).ok()?)
    })
}

fn digest_of(ropa: &Ropa) -> anyhow::Result<String> {
    Ok(hex(&native::sha256(&serde_json::to_vec(ropa)?)))
}
