//! From a built folder to the hosts: `selvedge publish`, `renew` and `prune`. And from one release to the next:
//! `promote` and `rollback`.
//!
//! Every command first looks at what is live in the store. It ends before it writes anything if hosts would refuse the result. The
//! head names everything else, so it is written last.

mod again;
pub(super) mod data;
mod journeys;
mod live;
mod local;
pub(super) mod promote;
pub(super) mod prune;
pub(super) mod publish;
mod reader;
pub(super) mod renew;
pub(super) mod rollback;
mod source;

pub(super) use again::take_over;
pub(super) use live::root_documents;
pub(super) use reader::Reads;
pub(super) use source::Source;

use std::collections::BTreeSet;

use anyhow::Context as _;

use super::store::Store;
use super::{now_ms, publish as built};
use crate::trust::{Expiry, Floor, Release, Scope, claimed_scope, native};
use crate::words::hex;
use crate::words::time::{self, DAY, HOUR, SECOND, format_rfc3339};

/// The folder of an environment in a store, with a slash at its end.
fn folder(environment: &str) -> String {
    format!("v1/{environment}/")
}

/// The key of a path of the layout.
fn key(path: &str) -> String {
    path.trim_start_matches('/').to_owned()
}

/// The key under which a head is kept for `prune`: until when it lives, and its digest.
fn former_key(environment: &str, head: &[u8], expires_ms: i64) -> String {
    let digest = hex(&native::sha256(head));
    format!("{}{}/{}-{}", folder(environment), built::HEADS, expires_ms / SECOND, digest.get(..16).unwrap_or_default())
}

/// The keys of what a release names.
fn payloads(release: &Release) -> BTreeSet<String> {
    (0..release.targets().len()).filter_map(|index| release.path(index)).map(|path| key(&path)).collect()
}

/// Opens a head as a root vouches for it, at any time.
fn opened(root: &[u8], head: &[u8], environment: &str) -> anyhow::Result<Release> {
    let (repository, _) = claimed_scope(root)?;
    let scope = Scope { repository: &repository, environment };
    Ok(native::open(root, head, &scope, time::MAX, Floor::default(), Expiry::AllowStale)?)
}

/// A wrong clock would make a release that hosts refuse, and that no later one could replace.
fn check_clock(store: &dyn Store) -> anyhow::Result<()> {
    let now = now_ms(None)?;
    let Some(theirs) = store.clock_ms().filter(|theirs| (theirs - now).abs() > HOUR) else { return Ok(()) };
    anyhow::bail!(
        "this machine's clock says {}, and the store's says {}. Nothing was written. Set the clock, and build again if it was wrong then too",
        format_rfc3339(now),
        format_rfc3339(theirs)
    )
}

/// A live release of the future has made every later one impossible to publish, or the clock is wrong.
fn check_issue(release: &Release, place: &str) -> anyhow::Result<()> {
    let now = now_ms(None)?;
    anyhow::ensure!(
        release.issued_ms() <= now + DAY,
        "{place}: the live release is of {}, and this machine's clock says {}. Set the clock. If the release was built by a wrong \
         clock, hosts refuse it until then: remove `head` from the store, and publish a new build",
        format_rfc3339(release.issued_ms()),
        format_rfc3339(now)
    );
    Ok(())
}

/// Says until when a release lives.
fn lifetime(store: &str, release: &Release, release_expires_ms: Option<i64>) -> String {
    let environment = release.environment();
    let renew = format!(
        "live until {}: before then, run `selvedge renew {store} --env {environment}`",
        format_rfc3339(release.expires_ms())
    );
    let build = release_expires_ms
        .map(|ms| format!("\nrenewals end {}: before then, build and publish again", format_rfc3339(ms)));
    renew + &build.unwrap_or_default()
}

/// The release's own end, after which no timestamp helps.
fn release_end(head: &[u8]) -> Option<i64> {
    let [_, release, ..] = crate::trust::sign::parts_of_head(head)?;
    crate::trust::sign::claimed_expiry(release?, crate::trust::Role::Release)
}

/// The environment that was named, or the only one of a store.
pub(super) fn environment_of(store: &dyn Store, named: Option<&str>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let listed = store.list("v1/")?;
    let heads = listed.iter().filter_map(|one| one.key.strip_prefix("v1/")?.strip_suffix("/head"));
    let names: Vec<&str> = heads.filter(|name| !name.contains('/')).collect();
    match names.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => None.with_context(|| {
            format!("{}: there is no release here; check the address of the store", store.place("v1/"))
        }),
        names => anyhow::bail!(
            "{} holds several environments ({}); name one with --env",
            store.place("v1/"),
            names.join(", ")
        ),
    }
}
