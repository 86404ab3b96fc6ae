//! A bundle that is ready to decide, from a site's sources or from a built folder: one path for both.
//!
//! A site's sources are signed with keys in memory and opened like a download: a preview takes the path of production.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use super::keys::DevKeys;
use super::{Usage, files, fit, publish};
use crate::author::diagnostic::{Diagnostic, Severity};
use crate::author::site::Site;
use crate::author::{self, Sources};
use crate::bundle::Bundle;
use crate::bundle::journeys::Journeys;
use crate::compile::debug::Debug;
use crate::compile::{Built, compile};
use crate::consent::revocation::list::Revocations;
use crate::trust::{Expiry, Floor, HEAD_BYTES_MAX, Kind, ROOT_BYTES_MAX, Release, Scope, Target, layout, native};
use crate::words::hex;

/// Everything that a decision, an edit and an explanation need.
#[derive(Debug)]
pub struct Opened {
    /// The rules and the content index.
    pub bundle: Bundle,
    /// The content.
    pub chunks: Vec<Vec<u8>>,
    /// The notice for visitors. It is empty for a folder from before there was such a file.
    pub notice: Vec<u8>,
    /// Names and rows for explanations; a published folder may come without them.
    pub debug: Option<Debug>,
    /// The list of withdrawals on other devices; none if the folder has no such list.
    pub revocations: Option<Vec<u8>>,
    /// Its journeys, and the earlier releases that they may end with; none for a site without journeys.
    pub journeys: Option<Journeys>,
    /// The release that vouches for all of it.
    pub release: Release,
    /// SHA-256 of the root document, in hexadecimal.
    pub root: String,
}

/// A folder that cannot be opened.
#[derive(Debug)]
pub enum Refused {
    /// The site's files have faults.
    Findings(Vec<Diagnostic>, Sources),
    /// Its signatures, lengths or hashes do not hold.
    Integrity(anyhow::Error),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Findings(..) => f.write_str("the site's files have errors"),
            Self::Integrity(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Refused {}

impl Opened {
    /// Names and rows for explanations.
    ///
    /// # Errors
    /// A published folder came without them.
    pub fn debug(&self) -> anyhow::Result<&Debug> {
        self.debug.as_ref().context("the debug file is missing, which names rules and rows")
    }
}

/// True if `folder` has a site's marker file.
pub(super) fn is_site(folder: &Path) -> bool {
    folder.join("selvedge.toml").is_file()
}

/// Reads and checks a site. Warnings come with it.
///
/// # Errors
/// Every fault of every file.
pub fn site(folder: &Path) -> Result<(Site, Vec<Diagnostic>, Sources), Refused> {
    let (site, mut diagnostics, sources) = author::load(folder);
    diagnostics.extend(site.iter().flat_map(fit::misfits));
    match site {
        Some(site) if diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Warning) => {
            Ok((site, diagnostics, sources))
        }
        _ => Err(Refused::Findings(diagnostics, sources)),
    }
}

/// The environment of a site by name, or its first.
pub(super) fn environment<'s>(site: &'s Site, wanted: Option<&'s str>) -> anyhow::Result<&'s str> {
    let known = &site.environments;
    match wanted {
        None => known.first().map(String::as_str).context("the site has no environment"),
        Some(wanted) => known.iter().map(String::as_str).find(|name| *name == wanted).ok_or_else(|| {
            Usage(format!("`{}` has no environment `{wanted}`; it has {}", site.name, known.join(", "))).into()
        }),
    }
}

/// Reads, checks and compiles a site for its first environment, as of this machine's clock.
pub(super) fn compiled_site(folder: &Path) -> anyhow::Result<(Site, Sources, Opened)> {
    let (site, _, sources) = self::site(folder)?;
    let opened = compiled(&site, environment(&site, None)?, super::now_ms(None)?)?;
    Ok((site, sources, opened))
}

/// Every file of a signed release that hosts fetch, by its path from the root.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Compiles, signs in memory and opens a site for `environment` at `now_ms`.
///
/// # Errors
/// Parts that no reader would accept.
pub fn compiled(site: &Site, environment: &str, now_ms: i64) -> anyhow::Result<Opened> {
    compiled_with_files(site, environment, now_ms).map(|(opened, _)| opened)
}

/// As [`compiled`], with the files that a browser would fetch to decide by itself, without the debug file.
pub(super) fn compiled_with_files(site: &Site, environment: &str, now_ms: i64) -> anyhow::Result<(Opened, Files)> {
    let mut built = compile(site);
    built.data = publish::data::of_site(&site.folder)?;
    let scope = Scope { repository: &site.name, environment };
    let issued = u64::try_from(now_ms / 1_000).unwrap_or(0);
    let signed = publish::sign(&scope, &built, &DevKeys::in_memory()?, issued)?;
    let release = native::open(&signed.root, &signed.head, &scope, now_ms, Floor::default(), Expiry::Refuse)
        .map_err(|refusal| anyhow::anyhow!("the site's own head is refused: {refusal}"))?;
    let root = hex(&native::sha256(&signed.root));
    let mut files =
        Files::from([(layout::root(environment, 1), signed.root), (layout::head(environment), signed.head)]);
    let Built { program, index, chunks, debug, notice, data, journeys, .. } = built;
    let mut parts = [program, index].into_iter().chain(chunks).chain([debug, notice]).chain(journeys).chain(data);
    let opened = admit(release, root, |target, path| {
        let part = parts.next().context("a part of the build is missing")?;
        if target.kind != Kind::Debug {
            files.insert(path.to_owned(), part.clone());
        }
        Ok(Some(part))
    })?;
    Ok((opened, files))
}

/// Opens a built folder, by a root from outside or by its own. It opens after its time, too: [`Release::stale`] tells.
pub(super) fn built(
    folder: &Path,
    environment: Option<&str>,
    pin: Option<&Path>,
    now_ms: i64,
) -> anyhow::Result<Opened> {
    let environment = built_environment(folder, environment)?;
    let place = |path: &str| folder.join(path.trim_start_matches('/'));
    let read = |path: &Path, most: u64| files::read_bounded(path, most).with_context(|| path.display().to_string());
    let own = publish::root_file(folder, &environment)?;
    let root = read(pin.unwrap_or(&own), ROOT_BYTES_MAX as u64)?;
    let root = publish::followed(folder, &environment, root);
    let head = read(&place(&layout::head(&environment)), HEAD_BYTES_MAX as u64)?;
    let open = || {
        let (repository, _) = crate::trust::claimed_scope(&root)?;
        let scope = Scope { repository: &repository, environment: &environment };
        let release = native::open(&root, &head, &scope, now_ms, Floor::default(), Expiry::AllowStale)?;
        admit(release, hex(&native::sha256(&root)), |target, path| match place(path) {
            // The debug file is optional.
            path if target.kind == Kind::Debug && !path.exists() => Ok(None),
            path => read(&path, target.length).map(Some),
        })
    };
    Ok(open().map_err(Refused::Integrity)?)
}

/// Opens what a host serves, by a root that the caller trusts. It opens after its time, too. Hosts serve neither the debug file
/// nor the list of withdrawals.
pub(super) fn fetched(
    root: &[u8],
    environment: &str,
    now_ms: i64,
    read: impl Fn(&str, u64) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Opened> {
    let head = read(&layout::head(environment), HEAD_BYTES_MAX as u64)?;
    let (repository, _) = crate::trust::claimed_scope(root)?;
    let scope = Scope { repository: &repository, environment };
    let release = native::open(root, &head, &scope, now_ms, Floor::default(), Expiry::AllowStale)?;
    admit(release, hex(&native::sha256(root)), |target, path| match target.kind {
        Kind::Debug | Kind::Revocations => Ok(None),
        _ => read(path, target.length).map(Some),
    })
}

/// Opens a release whose payloads are at hand.
pub(super) fn admitted(
    release: Release,
    root: String,
    payload: impl Fn(&Target) -> Option<Vec<u8>>,
) -> anyhow::Result<Opened> {
    admit(release, root, |target, _| Ok(payload(target)))
}

/// The environments that a built folder holds, by name; none if it is not a built folder.
pub(super) fn environments(folder: &Path) -> anyhow::Result<Vec<String>> {
    let v1 = folder.join("v1");
    let paths = if v1.is_dir() { files::entries(&v1)? } else { Vec::new() };
    Ok(paths.iter().filter(|path| path.join("head").is_file()).map(|path| files::name(path)).collect())
}

/// The environment that was named, or the only one that a built folder holds.
pub(super) fn built_environment(folder: &Path, named: Option<&str>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let (names, is_site, folder) = (environments(folder)?, is_site(folder), folder.display());
    match names.as_slice() {
        [] if is_site => anyhow::bail!(
            "{folder} is a site, but this needs a built folder; make one: selvedge build {folder} --out DIR"
        ),
        [] => anyhow::bail!(
            "{folder} is neither a site (it has no selvedge.toml) nor a built folder (it has no v1/ENVIRONMENT/head)"
        ),
        [one] => Ok(one.clone()),
        names => anyhow::bail!("{folder} holds several environments ({}); name one with --env", names.join(", ")),
    }
}

/// Admits every part of a release that is at hand, and opens the bundle.
fn admit(
    release: Release,
    root: String,
    mut part: impl FnMut(&Target, &str) -> anyhow::Result<Option<Vec<u8>>>,
) -> anyhow::Result<Opened> {
    let (mut program, mut index, mut chunks, mut debug, mut notice) = (None, None, Vec::new(), None, Vec::new());
    let (mut revocations, mut data, mut journeys) = (None, None, None);
    for (position, target) in release.targets().iter().enumerate() {
        let path = release.path(position).unwrap_or_default();
        let Some(bytes) = part(target, &path)? else { continue };
        let verified = native::admit(&release, position, bytes).with_context(|| format!("{path} is refused"))?;
        match target.kind {
            Kind::Program => program = Some(verified),
            Kind::Index => index = Some(verified),
            Kind::Chunk | Kind::Trusted => chunks.push(verified.into_bytes()),
            Kind::Notice => notice = verified.into_bytes(),
            Kind::Revocations => {
                Revocations::open(verified.bytes()).with_context(|| format!("{path} is refused"))?;
                revocations = Some(verified.into_bytes());
            }
            Kind::Data => data = Some(verified),
            Kind::Journeys => {
                let read = Journeys::open(verified.bytes()).with_context(|| format!("{path} is refused"))?;
                journeys = Some(read);
            }
            Kind::Debug => debug = serde_json::from_slice(verified.bytes()).ok(),
        }
    }
    let (Some(program), Some(index)) = (program, index) else {
        anyhow::bail!("the release names no program or no content index");
    };
    let unreadable = "the bundle cannot be read by this engine";
    let mut bundle = Bundle::open(program, index).context(unreadable)?;
    if let Some(data) = data {
        bundle.attach(&data).context(unreadable)?;
    }
    Ok(Opened { bundle, chunks, notice, debug, revocations, journeys, release, root })
}
