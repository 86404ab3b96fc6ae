//! `selvedge publish`: a built folder into a store that hosts read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::live::Live;
use super::local::Local;
use super::{check_clock, former_key, key, lifetime, release_end};
use crate::cli::meter::{Meter, Unit};
use crate::cli::store::{CREDENTIALS, Place, Put, Store, When};
use crate::cli::{Outcome, Usage, files, now_ms};
use crate::trust::{HEAD_BYTES_MAX, ROOT_BYTES_MAX, Release, layout, native};
use crate::words::hex;
use crate::words::time::{DAY, format_rfc3339};

#[derive(clap::Args)]
#[command(after_help = help())]
pub(in crate::cli) struct Args {
    /// The built folder
    built: PathBuf,
    #[command(flatten)]
    place: Place,
    /// The environment to publish; the folder's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// The folder of the browser's files (loader.js and others); they are published too
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
    /// The address of a running Worker: publish only what it says it can read (may be repeated)
    #[arg(long = "for", value_name = "URL")]
    readers: Vec<String>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "The files that the release names come first, and `head` last. So hosts always read a whole release, also if the command is \
         stopped at any point: run it again, and it goes on. Files of earlier releases stay until `selvedge prune` removes them.\n\n\
         The store must be writable by those alone who may publish. A folder or bucket gets the layout of static hosting. KV gets that of \
         the Worker.\n\n{CREDENTIALS}\n\n\
         To a Worker's namespace: selvedge publish DIR kv://NAMESPACE --env production --sdk SDK\n\n\
         Examples:\n  selvedge publish dist/storefront live\n  selvedge publish dist/storefront live --env development --json"
    )
}

/// What a run did.
#[derive(Default)]
pub(super) struct Done {
    written: usize,
    kept: usize,
    /// The live release, if it was live before and its timestamp is at least as new.
    before: Option<Release>,
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let local = Local::read(&args.built, args.env.as_deref(), now_ms(None)?)?;
    let sdk = args.sdk.as_deref().map(sdk_files).transpose()?.unwrap_or_default();
    let is_itself =
        args.built.canonicalize().ok().is_some_and(|own| Path::new(&args.place.store).canonicalize().ok() == Some(own));
    anyhow::ensure!(
        !is_itself,
        Usage(format!("{} is the built folder itself; publish into another one", args.place.store))
    );
    super::reader::check(&args.readers, &local)?;
    let store = args.place.open(true)?;
    let done = publish(&*store, &local, &sdk)?;

    let (release, digest) = (done.before.as_ref().unwrap_or(&local.release), hex(local.release.digest()));
    let (site, environment, place) = (release.repository(), release.environment(), &args.place.store);
    let end = release_end(&local.head);
    if args.json {
        let told = json!({
            "site": site, "environment": environment, "store": place, "release": digest, "written": done.written, "kept": done.kept,
            "was_live": done.before.is_some(), "version_floor": release.floor().to_text(), "expires": format_rfc3339(release.expires_ms()), "renewable_until": end.map(format_rfc3339),
        });
        anstream::println!("{told}");
    } else {
        let Done { written, kept, before } = &done;
        let was = if before.is_some() { "was live already in" } else { "published to" };
        anstream::println!(
            "{site} for {environment} {was} {place}: {written} files written, {kept} were there\nrelease {digest}\n{}\n\
             a Worker that is deployed with this release takes nothing older with VERSION_FLOOR={}",
            lifetime(place, release, end),
            release.floor().to_text()
        );
    }
    if let Some(missing) = missing_root(&*store, release)? {
        anstream::eprintln!(
            "warning: {place} lacks {missing}. Hosts that pin an older root go from root to root, and stop there. Copy the file from trust/{environment}/root of the site"
        );
    }
    for mark in super::journeys::missing(&*store, &local)? {
        anstream::eprintln!(
            "warning: {place} lacks files of the earlier release {mark}, so visitors on a journey with it go on with this one. If it was never published, that is fine: build with --since {place} next time"
        );
    }
    if !local.waits.is_empty() {
        anstream::eprintln!(
            "warning: an overlay waits in {} for signatures, and was not published: {}",
            args.built.display(),
            local.waits.join("; ")
        );
    }
    if !store.is_consistent() {
        anstream::eprintln!(
            "note: Workers see a change in KV after 60 seconds or more. Until then they keep the release that they have"
        );
    }
    Ok(Outcome::Clean)
}

/// The root before that of the release, if the store has one before it and lacks this one: nobody published while it was the newest.
fn missing_root(store: &dyn Store, release: &Release) -> anyhow::Result<Option<String>> {
    let (environment, version) = (release.environment(), release.floor().root);
    let before = key(&layout::root(environment, version.saturating_sub(1)));
    if version < 2 {
        return Ok(None);
    }
    let folder = before.rsplit_once('/').map_or("", |(folder, _)| folder);
    let roots = store.list(&format!("{folder}/"))?;
    let is_first = roots.len() < 2;
    Ok((!is_first && roots.iter().all(|root| root.key != before)).then_some(before))
}

/// Publishes. The head is written if everything that it names is there.
pub(super) fn publish(store: &dyn Store, local: &Local, sdk: &[(String, Vec<u8>)]) -> anyhow::Result<Done> {
    let environment = local.release.environment();
    let live = Live::of(store, environment)?;
    check_clock(store)?;
    if let Some(live) = &live {
        refuse_older(&local.release, live, &store.place(&key(&layout::head(environment))))?;
    }
    check_root(store, local, live.as_ref())?;

    let untouched = || "the live release is as it was".to_owned();
    let mut done = Done {
        before: live.as_ref().filter(|live| is_live(&local.release, &live.release)).map(|live| live.release.clone()),
        ..Done::default()
    };
    let former = former_key(environment, &local.head, local.release.expires_ms());
    let beside = local.well_known.iter().filter(|_| store.is_consistent());
    let folder = if store.is_consistent() { "" } else { "assets/" };
    let sdk: Vec<(String, Vec<u8>)> =
        sdk.iter().map(|(name, bytes)| (format!("{folder}{name}"), bytes.clone())).collect();
    let formerly = (former, local.head.clone());
    // The newest root first. A host takes no step before the root next to its own is there, and by then it finds every other one.
    let roots = [&local.root].into_iter().chain(&local.former_roots);
    let payloads = local.payloads.iter().chain(&sdk).chain(beside);
    let files: Vec<&(String, Vec<u8>)> = payloads.chain([&formerly]).chain(&local.record).chain(roots).collect();
    write(store, &files, live.as_ref().map(|live| &live.release), &mut done).with_context(untouched)?;
    // A list that lacks one of them is an answer of a store that took it and did not keep it.
    check_kept(store, environment, &local.payloads).with_context(untouched)?;
    if done.before.is_none() {
        replace_head(store, environment, &local.head, live.as_ref())?;
    }
    // A `prune` at the same time may have taken away what was there before.
    let mut again = Done::default();
    if store.is_consistent() && check_kept(store, environment, &local.payloads).is_err() {
        write(store, &local.payloads.iter().collect::<Vec<_>>(), None, &mut again)?;
    }
    done.written += again.written;
    Ok(done)
}

/// True if a release is live, by a timestamp that is at least as new.
fn is_live(local: &Release, live: &Release) -> bool {
    let (new, old) = (local.floor(), live.floor());
    local.digest() == live.digest()
        && (new.overlay, new.data) == (old.overlay, old.data)
        && new.timestamp <= old.timestamp
}

/// A release that hosts would refuse beside the live one.
fn refuse_older(local: &Release, live: &Live, place: &str) -> anyhow::Result<()> {
    let (own, theirs) = (local.repository(), live.release.repository());
    anyhow::ensure!(
        own == theirs,
        "{place} is of the site `{theirs}`, and the build is of `{own}`. Nothing was written. Check the address of the store"
    );
    let (new, old) = (local.floor(), live.release.floor());
    let digest = |release: &Release| hex(release.digest()).get(..16).unwrap_or_default().to_owned();
    let (built, running) = (digest(local), digest(&live.release));
    let nothing = "Nothing was written";
    anyhow::ensure!(
        new.release > old.release || local.digest() == live.release.digest(),
        "{place}: the live release {running} of {} is newer than the build {built} of {}, and hosts do not go back. {nothing}. Build again",
        format_rfc3339(live.release.issued_ms()),
        format_rfc3339(local.issued_ms())
    );
    anyhow::ensure!(
        new.overlay >= old.overlay,
        "{place}: the live list of withdrawals (overlay {}) is newer than that of the build ({}), and hosts keep the newest. {nothing}. Put the list into the build: selvedge revoke SITE --publish DIR",
        old.overlay,
        match new.overlay {
            0 => "none".to_owned(),
            version => version.to_string(),
        }
    );
    anyhow::ensure!(
        new.data >= old.data,
        "{place}: the live data (version {}) is newer than that of the build ({}), and hosts keep the newest. {nothing}. Build again with the newest data: selvedge build SITE --out DIR --data FILE",
        old.data,
        new.data
    );
    anyhow::ensure!(
        is_live(local, &live.release) || new.timestamp > old.timestamp,
        "{place}: the live release was renewed after this build, and hosts do not go back. {nothing}. Build again"
    );
    Ok(())
}

/// A published root never changes under its name, as hosts pin its digest.
fn check_root(store: &dyn Store, local: &Local, live: Option<&Live>) -> anyhow::Result<()> {
    let folder = local.root.0.rsplit_once('/').map_or("", |(folder, _)| folder);
    let listed = store.list(&format!("{folder}/"))?;
    for (root_key, own) in [&local.root].into_iter().chain(&local.former_roots) {
        // A list may be late. Beside a live release there is a root.
        let is_its_own = live.is_some() && *root_key == local.root.0;
        let is_there = is_its_own || listed.iter().any(|one| one.key == *root_key);
        let theirs = if is_there { store.get(root_key, ROOT_BYTES_MAX as u64)? } else { None };
        let Some(theirs) = theirs.filter(|theirs| theirs.bytes != *own) else { continue };
        anyhow::bail!(
            "{}: the root there has the SHA-256 {}, and the build has another one, {}. Hosts trust the one that they pin, so nothing was written. \
             Build with the keys of the earlier root. If they are lost, publish to another store, and set up the hosts with the new root",
            store.place(root_key),
            hex(&native::sha256(&theirs.bytes)),
            hex(&native::sha256(own))
        );
    }
    Ok(())
}

/// Writes what is not there yet. A file that the live release does not name is written again, unless it is young: else `prune` could
/// take it away at this moment.
fn write(
    store: &dyn Store,
    files: &[&(String, Vec<u8>)],
    live: Option<&Release>,
    done: &mut Done,
) -> anyhow::Result<()> {
    let (mut there, mut listed) = (BTreeMap::new(), BTreeSet::new());
    for (file, _) in files {
        let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        // KV remembers that a key was absent, so there it is only asked for if the list has it.
        let is_needed = folder.ends_with("/b/") || !store.is_consistent();
        if is_needed && !listed.contains(&folder) {
            there.extend(store.list(&folder)?.into_iter().map(|one| (one.key, one.written_ms)));
            listed.insert(folder);
        }
    }
    let named: BTreeSet<String> = live.map(super::payloads).unwrap_or_default();
    let yesterday = now_ms(None)? - DAY;
    let meter = Meter::new(files.len() as u64, Unit::Files);
    for (count, (file, bytes)) in files.iter().enumerate() {
        meter.tick(count as u64);
        let is_young = |written: &Option<i64>| written.is_none_or(|written| written > yesterday);
        let may_stay = match there.get(file) {
            Some(written) => !file.contains("/b/") || named.contains(file) || is_young(written),
            None => store.is_consistent() && !file.contains("/b/"),
        };
        // The name of a payload promises its bytes, and somebody else may have put others there.
        if may_stay && is_same(store, file, bytes) {
            done.kept += 1;
        } else {
            store.put(file, bytes, &When::Always)?;
            done.written += 1;
        }
    }
    meter.finish();
    Ok(())
}

fn is_same(store: &dyn Store, file: &str, bytes: &[u8]) -> bool {
    // A longer one is read no further: it is another one.
    let most = bytes.len().max(1 << 20) as u64;
    store.get(file, most).ok().flatten().is_some_and(|object| object.bytes == bytes)
}

/// Every payload is there, as long as it should be. KV lists late, so nothing can be said of it.
fn check_kept(store: &dyn Store, environment: &str, payloads: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    if !store.is_consistent() {
        return Ok(());
    }
    let listed = store.list(&format!("{}b/", super::folder(environment)))?;
    for (file, bytes) in payloads {
        let is_kept = listed.iter().any(|one| one.key == *file && one.length == Some(bytes.len() as u64));
        anyhow::ensure!(
            is_kept,
            "{}: the store took the file, and does not list it with its {} bytes. Run the same command again",
            store.place(file),
            bytes.len()
        );
    }
    Ok(())
}

/// Writes a head in place of the live one, unless another publisher was faster.
pub(super) fn replace_head(
    store: &dyn Store,
    environment: &str,
    head: &[u8],
    live: Option<&Live>,
) -> anyhow::Result<()> {
    let head_key = key(&layout::head(environment));
    let now_live = || store.get(&head_key, HEAD_BYTES_MAX as u64);
    let is_changed =
        !store.is_consistent() && now_live()?.map(|object| object.bytes) != live.map(|live| live.head.bytes.clone());
    let when = live.map_or(When::Absent, |live| When::Is(&live.head.tag));
    if !is_changed {
        match store.put(&head_key, head, &when) {
            Ok(Put::Done) => {}
            Ok(Put::Conflict) if now_live()?.is_some_and(|object| object.bytes == head) => {}
            Ok(Put::Conflict) => return Err(overtaken(store, environment, &head_key)),
            Err(error) => {
                let place = store.place(&head_key);
                // A write may have come through although its answer did not.
                let is_live = now_live().is_ok_and(|object| object.is_some_and(|object| object.bytes == head));
                return if is_live {
                    Ok(())
                } else {
                    Err(error).with_context(|| {
                        format!("{place} may or may not be written; hosts read a whole release in both cases")
                    })
                };
            }
        }
        let seen = now_live()?.map(|object| object.bytes);
        let is_as_written = seen.as_deref() == Some(head);
        let is_late = seen.as_ref() == live.map(|live| &live.head.bytes) && !store.is_consistent();
        if is_as_written || is_late || (!store.is_consistent() && seen.is_none()) {
            return Ok(());
        }
    }
    Err(overtaken(store, environment, &head_key))
}

fn overtaken(store: &dyn Store, environment: &str, head_key: &str) -> anyhow::Error {
    let live = Live::of(store, environment).ok().flatten();
    let who = live.map_or_else(
        || "another file".to_owned(),
        |live| {
            format!(
                "the release {} of {}",
                hex(live.release.digest()).get(..16).unwrap_or_default(),
                format_rfc3339(live.release.issued_ms())
            )
        },
    );
    anyhow::anyhow!(
        "{}: another publisher was faster, and {who} is live now. Look which of the two should be, and run the command for that one again",
        store.place(head_key)
    )
}

/// The browser's files: every `.js` and `.wasm` of a folder.
fn sdk_files(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for path in files::entries(folder).with_context(|| folder.display().to_string())? {
        let is_one =
            matches!(path.extension().and_then(|ending| ending.to_str()), Some("js" | "wasm")) && path.is_file();
        if is_one {
            found.push((files::name(&path), fs_err::read(&path)?));
        }
    }
    anyhow::ensure!(
        found.iter().any(|(name, _)| name == "loader.js"),
        "{} has no loader.js, so these are not the browser's files. They are in the npm package @selvedge/browser",
        folder.display()
    );
    Ok(found)
}
