//! `selvedge renew`: a new timestamp for the live release, so that it lives another 48 hours.

use anyhow::Context as _;
use serde_json::json;

use super::live::Live;
use super::publish::replace_head;
use super::{check_clock, environment_of, former_key, lifetime, opened, release_end};
use crate::cli::keys::{self, JobKey};
use crate::cli::publish::{HEADS, TIMESTAMP_SECONDS};
use crate::cli::store::{CREDENTIALS, Place, Store, When};
use crate::cli::{Outcome, now_ms, open, unsigned};
use crate::trust::sign::{self, Documents, Stamp};
use crate::trust::{Expiry, Role, Scope, native};
use crate::words::hex;
use crate::words::time::{DAY, SECOND, format_rfc3339};

/// The variable with the key, for a job that has no files of its own.
const KEY: &str = "SELVEDGE_TIMESTAMP_KEY";
/// After this time KV shows a write everywhere: it says 60 seconds or more.
const MEETING_MS: i64 = 5 * 60 * SECOND;
/// From when on the end of a release is announced.
const WARNING_MS: i64 = 14 * DAY;

#[derive(clap::Args)]
#[command(after_help = help())]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    place: Place,
    /// The environment to renew; the store's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// The timestamp key, by default that of the variable SELVEDGE_TIMESTAMP_KEY: a file, or exec:PROGRAM that signs
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Renew a release whose time is over, too. Check first that it is the newest one
    #[arg(long)]
    expired: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "Hosts that start refuse a release 48 hours after its last timestamp. Run this every few hours, in a job that holds only the \
         timestamp key: rules, content and withdrawals stay as they were signed. A release itself can be renewed for 90 days.\n\n\
         The key comes from {KEY}, and its passphrase from SELVEDGE_PASSPHRASE. Neither is ever printed.\n\n{}\n\n{CREDENTIALS}\n\n\
         Examples:\n  selvedge renew live --key examples/storefront/.selvedge/keys/timestamp.pem\n  \
         selvedge renew live --env development --key examples/storefront/.selvedge/keys/timestamp.pem --json",
        keys::PLACES
    )
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let key = JobKey::read(Role::Timestamp, args.key.as_deref(), "--key", KEY)?;
    let store = args.place.open(false)?;
    let environment = environment_of(&*store, args.env.as_deref())?;
    let live = Live::of(&*store, &environment)?.with_context(|| {
        format!(
            "{}: nothing is published here, so there is nothing to renew",
            store.place(&super::folder(&environment))
        )
    })?;
    check_clock(&*store)?;
    let now_ms = now_ms(None)?;
    let end = release_end(&live.head.bytes);
    let is_over = end.is_some_and(|end| end <= now_ms);
    anyhow::ensure!(
        !is_over,
        "the live release ended on {}; a new timestamp does not help. Build and publish again",
        end.map(format_rfc3339).unwrap_or_default()
    );
    anyhow::ensure!(
        args.expired || !live.release.stale(now_ms),
        "the live release expired on {}, so somebody may have put an old one there. Nothing was written. Look whether {} of {} is the newest release. Then renew it with --expired, or build and publish again",
        format_rfc3339(live.release.expires_ms()),
        hex(live.release.digest()),
        format_rfc3339(live.release.issued_ms())
    );
    refuse_meeting(&*store, &environment, &live, now_ms)?;
    let head = renewed(&live, &environment, &key, now_ms)?;
    let release = opened(&live.root, &head, &environment)?;
    // First, as `prune` keeps what it names.
    store.put(&former_key(&environment, &head, release.expires_ms()), &head, &When::Always)?;
    replace_head(&*store, &environment, &head, Some(&live))?;
    report(args, &*store, &release, end, now_ms);
    Ok(Outcome::Clean)
}

/// KV may still show the release before one that was published a moment ago. Its renewal would take the place of the new one.
fn refuse_meeting(store: &dyn Store, environment: &str, live: &Live, now_ms: i64) -> anyhow::Result<()> {
    if store.is_consistent() {
        return Ok(());
    }
    let own = former_key(environment, &live.head.bytes, live.release.expires_ms());
    let heads = format!("{}{HEADS}/", super::folder(environment));
    let is_new = |written: Option<i64>| written.is_some_and(|written| now_ms - written < MEETING_MS);
    let meets = store.list(&heads)?.iter().any(|one| one.key != own && is_new(one.written_ms));
    anyhow::ensure!(
        !meets,
        "{}: another command has published or renewed within the last {} minutes, and KV may not show its release yet. Nothing was written. Run this again later",
        store.place(&heads),
        MEETING_MS / (60 * SECOND)
    );
    Ok(())
}

fn report(args: &Args, store: &dyn Store, release: &crate::trust::Release, end: Option<i64>, now_ms: i64) {
    let (site, environment, place, digest) =
        (release.repository(), release.environment(), &args.place.store, hex(release.digest()));
    if args.json {
        let told = json!({
            "site": site, "environment": environment, "store": place, "release": digest,
            "expires": format_rfc3339(release.expires_ms()), "renewable_until": end.map(format_rfc3339),
        });
        anstream::println!("{told}");
    } else {
        anstream::println!(
            "renewed {site} for {environment} in {place}\nrelease {digest}\n{}",
            lifetime(place, release, end)
        );
    }
    if let Some(end) = end.filter(|end| end - now_ms < WARNING_MS) {
        anstream::eprintln!(
            "warning: the release can be renewed until {} and no longer: build and publish again before then",
            format_rfc3339(end)
        );
    }
    if let Some(overlay) = release.overlay().filter(|overlay| overlay.stale(now_ms)) {
        anstream::eprintln!(
            "warning: the list of withdrawals expired on {}. Hosts still apply it. Publish it again: selvedge revoke SITE --publish DIR, then selvedge publish DIR {}",
            format_rfc3339(overlay.expires_ms),
            store.place("")
        );
    }
}

/// The live head with a new timestamp.
fn renewed(live: &Live, environment: &str, key: &JobKey, now_ms: i64) -> anyhow::Result<Vec<u8>> {
    let scope = Scope { repository: live.release.repository(), environment };
    let floor = live.release.floor();
    let [_, release, data, overlay] = sign::parts_of_head(&live.head.bytes).context("the live head cannot be read")?;
    let release = release.context("the live head has no release")?;
    let issued = u64::try_from(now_ms / SECOND)?;
    let version = issued.max(floor.timestamp.saturating_add(1));
    let stamp = Stamp { version, issued, expires: issued.saturating_add(TIMESTAMP_SECONDS) };
    let release = (live.release.version(), release);
    let data = data.map(|document| (floor.data, document));
    let overlay = overlay.map(|document| (floor.overlay, document));
    let signers = [key.signer(&live.root, &scope)?];
    let documents = Documents { release, data, overlay };
    let timestamp = sign::timestamp_of(&scope, stamp, &documents, &signers).map_err(unsigned)?;
    let head = sign::with_timestamp(&live.head.bytes, &timestamp).context("the live head cannot be read")?;
    let opened = native::open(&live.root, &head, &scope, now_ms, floor, Expiry::Refuse).with_context(|| {
        format!("hosts would refuse the new timestamp, so nothing was written. Give the key of the role `{}` that the root names", Role::Timestamp.name())
    });
    opened.map_err(open::Refused::Integrity)?;
    Ok(head)
}
