//! A proposal: a release that still lacks signatures, beside the head that hosts open.
//!
//! Several people sign it, each on their own machine. The last one, with the key of the timestamp, makes it the head.

use std::path::Path;

use anyhow::Context as _;

use super::overlay::{self, Carried, Environment, Parts};
use super::{approvals, change, files, journeys, parts, remove_stale, replace, roots, unsigned};
use crate::cli::keys::Signing;
use crate::compile::Built;
use crate::trust::sign;
use crate::trust::{Expiry, Floor, HEAD_BYTES_MAX, Kind, Role, Scope, Target, layout, native};
use crate::words::time::SECOND;

/// The name of the file, beside `head`.
pub(super) const NAME: &str = "proposal";

/// The path of an environment's proposal.
pub(in crate::cli) fn path(environment: &str) -> String {
    format!("/v1/{environment}/{NAME}")
}

/// Signs the proposal of an environment of a folder with the keys at hand, if it is what these sources build. Gives the signatures
/// that it still lacks; without any it is the head now. None if nothing waits.
pub(in crate::cli) fn sign(
    folder: &Path,
    scope: &Scope<'_>,
    built: &Built,
    keys: &dyn Signing,
    now_s: u64,
) -> anyhow::Result<Option<Vec<String>>> {
    let environment = scope.environment;
    let file = folder.join(overlay::relative(&path(environment)));
    let Some(proposal) = files::read_if_there(&file)? else {
        let is_built = folder.join(overlay::relative(&layout::head(environment))).exists();
        anyhow::ensure!(is_built, "{} has no release for `{environment}`; build one first", folder.display());
        return Ok(None);
    };
    let wrong = || format!("{} is not a proposal", file.display());
    anyhow::ensure!(proposal.len() <= HEAD_BYTES_MAX, wrong());
    let [_, release, data, overlay] = sign::parts_of_head(&proposal).with_context(wrong)?;
    let release = release.with_context(wrong)?;
    let targets = sign::targets_of(release, scope).with_context(wrong)?;
    let version = sign::version_of(release, Role::Release).with_context(wrong)?;
    let root = keys.root(scope, now_s)?;
    // Which earlier releases journeys may end with depends on the folder that was built into.
    let own = |(kind, bytes): (Kind, &Vec<u8>)| {
        let proposed = targets.iter().find(|target| target.kind == Kind::Journeys && kind == Kind::Journeys);
        let agreed = proposed.filter(|proposed| journeys::agrees(folder, scope, &root, proposed, bytes));
        agreed.copied().unwrap_or_else(|| sign::target(kind, bytes))
    };
    let own: Vec<Target> = parts(built).map(own).collect();
    if let Some(other) = different(&targets, &own) {
        anyhow::bail!(
            "nothing was signed: the {other} in {} is not what these sources build. Sign only what your own checkout of the same revision builds",
            folder.display()
        );
    }

    let policy = native::root(&root, scope)?;
    let known = policy.policy(Role::Release).map(|(_, keys)| keys).unwrap_or_default();
    let signers = keys.signers(Role::Release);
    let release = sign::add_signatures(release, Role::Release, scope, &known, &signers).map_err(unsigned)?;
    let digests = approvals::digests(&policy, &targets, &built.program)?;
    let approvals = approvals::of(&policy, scope, &digests, &sign::approvals_of_head(&proposal), keys)?;

    // The overlay may have changed since the build: the newer one of the folder's head counts.
    let newest = Carried::of(folder, scope)?.map(|overlay| overlay.signed(scope, &policy, keys)).transpose()?;
    let proposed = overlay.and_then(|document| Some((sign::version_of(document, Role::Overlay)?, document.to_vec())));
    let overlay = newest.or(proposed);
    let before = super::opened(&folder.join("v1").join(environment));
    let proposed = data.and_then(|document| Some((sign::version_of(document, Role::Data)?, document.to_vec())));
    // The data may have changed since the build too.
    let data = before.as_ref().and_then(Environment::data_document).into_iter().chain(proposed).max();
    let mut beside = [overlay, data];
    for (role, beside) in [Role::Overlay, Role::Data].into_iter().zip(&mut beside) {
        if let Some((_, document)) = beside {
            *document = overlay::completed(document, role, scope, &policy, keys)?;
        }
    }
    let [overlay, data] = beside.each_ref().map(Option::as_ref);
    let lacks = approvals::lacks(&policy, &release, [overlay, data], &digests, &approvals, keys);
    let parts = Parts { release: (version, &release), data, overlay, approvals: &approvals };
    if !lacks.is_empty() {
        replace(&file, &parts.proposal()?)?;
        change::update(folder, scope, false, keys)?;
        return Ok(Some(lacks));
    }
    let head = parts.head(scope, keys, now_s.max(version))?;
    let floor = before.map_or(Floor::default(), |before| before.release.floor());
    let now_ms = i64::try_from(now_s).unwrap_or(i64::MAX).saturating_mul(SECOND);
    let opened =
        native::open(&root, &head, scope, now_ms, floor, Expiry::Refuse).context("no host would open this release")?;
    for index in 0..opened.targets().len() {
        let file = folder.join(overlay::relative(&opened.path(index).unwrap_or_default()));
        let Target { kind, length, .. } = opened.targets()[index];
        if kind != Kind::Debug || file.exists() {
            let _ = native::admit(&opened, index, files::read_bounded(&file, length)?)
                .with_context(|| file.display().to_string())?;
        }
    }
    let all_roots = keys.roots(scope, now_s)?;
    let roots = roots::placed(environment, policy.version(), &all_roots);
    for (path, bytes) in &roots {
        replace(&folder.join(overlay::relative(path)), bytes)?;
    }
    replace(&folder.join(overlay::relative(&layout::head(environment))), &head)?;
    change::update(folder, scope, true, keys)?;
    let paths = (0..opened.targets().len()).filter_map(|index| opened.path(index));
    let written: Vec<_> = paths
        .chain(roots.into_iter().map(|(path, _)| path))
        .chain([layout::head(environment)])
        .map(|path| overlay::relative(&path))
        .collect();
    remove_stale(folder, scope, &written, &targets)?;
    Ok(Some(lacks))
}

/// The kind of the first target that differs.
fn different(proposed: &[Target], own: &[Target]) -> Option<Kind> {
    let longest = proposed.len().max(own.len());
    let at = (0..longest).find(|at| proposed.get(*at) != own.get(*at))?;
    proposed.get(at).or(own.get(at)).map(|target| target.kind)
}
