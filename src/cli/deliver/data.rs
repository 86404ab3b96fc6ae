//! Data beside the live release: a new document and a new timestamp around what is there.

use anyhow::Context as _;

use super::live::Live;
use super::publish::replace_head;
use super::{check_clock, environment_of, former_key, key, opened};
use crate::bundle::Program;
use crate::cli::keys::JobKey;
use crate::cli::publish::{TIMESTAMP_SECONDS, data};
use crate::cli::store::{Store, When};
use crate::cli::{now_ms, open, unsigned};
use crate::trust::sign::{self, Documents, Stamp};
use crate::trust::{Expiry, Kind, Release, Role, Scope, layout, native};
use crate::words::time::SECOND;

/// The help about the keys.
pub(in crate::cli) const KEYS: &str = "\
The keys come from options or from variables, and are never printed:
  SELVEDGE_DATA_KEY, SELVEDGE_TIMESTAMP_KEY, and SELVEDGE_PASSPHRASE if they are encrypted";

#[derive(clap::Args)]
pub(in crate::cli) struct Keys {
    /// The data key, by default that of the variable SELVEDGE_DATA_KEY: a file, or exec:PROGRAM that signs
    #[arg(long, value_name = "KEY")]
    data_key: Option<String>,
    /// The timestamp key, by default that of the variable SELVEDGE_TIMESTAMP_KEY: a file, or exec:PROGRAM that signs
    #[arg(long, value_name = "KEY")]
    timestamp_key: Option<String>,
}

impl Keys {
    fn read(&self) -> anyhow::Result<[JobKey; 2]> {
        let timestamp = self.timestamp_key.as_deref();
        Ok([
            JobKey::read(Role::Data, self.data_key.as_deref(), "--data-key", "SELVEDGE_DATA_KEY")?,
            JobKey::read(Role::Timestamp, timestamp, "--timestamp-key", "SELVEDGE_TIMESTAMP_KEY")?,
        ])
    }
}

/// Puts a payload beside the live release of a store. Gives the release, which is what it was, with the new data.
pub(in crate::cli) fn publish(
    store: &dyn Store,
    environment: Option<&str>,
    payload: &[u8],
    keys: &Keys,
) -> anyhow::Result<Release> {
    let [data_key, timestamp_key] = keys.read()?;
    let environment = environment_of(store, environment)?;
    let live = Live::of(store, &environment)?.with_context(|| {
        format!(
            "{}: nothing is published here yet. Publish a release first: selvedge publish DIR STORE",
            store.place(&super::folder(&environment))
        )
    })?;
    check_clock(store)?;
    let now_ms = now_ms(None)?;
    data::check(&program(store, &live.release)?, payload)?;

    let (release, floor) = (&live.release, live.release.floor());
    let scope = Scope { repository: release.repository(), environment: &environment };
    let now_s = u64::try_from(now_ms / SECOND)?;
    let target = sign::target(Kind::Data, payload);
    let parts = sign::parts_of_head(&live.head.bytes).context("the live head cannot be read")?;
    let [_, Some(document), _, overlay] = parts else { anyhow::bail!("the live head has no release") };
    let stamp = data::stamp(now_s, floor.data);
    let signed = sign::data(&scope, stamp, &[target], &[data_key.signer(&live.root, &scope)?]).map_err(unsigned)?;
    let version = now_s.max(floor.timestamp.saturating_add(1)).max(stamp.version);
    let timestamp = Stamp { version, issued: now_s, expires: now_s.saturating_add(TIMESTAMP_SECONDS) };
    let documents = Documents {
        release: (release.version(), document),
        data: Some((stamp.version, &signed)),
        overlay: overlay.map(|document| (floor.overlay, document)),
    };
    let timestamp = sign::timestamp_of(&scope, timestamp, &documents, &[timestamp_key.signer(&live.root, &scope)?])
        .map_err(unsigned)?;
    let head = sign::head_of(Some(&timestamp), &documents, &sign::approvals_of_head(&live.head.bytes));
    // Refusals of hosts show here first.
    let opened_now = native::open(&live.root, &head, &scope, now_ms, floor, Expiry::Refuse);
    if let Err(refusal) = opened_now {
        let why = anyhow::Error::from(refusal)
            .context("hosts would refuse these documents, so nothing was written. Give the keys of the roles `data` and `timestamp` that the root names");
        return Err(open::Refused::Integrity(why).into());
    }
    let release = opened(&live.root, &head, &environment)?;
    let payload_key = key(&layout::target(&environment, Kind::Data, &target.sha256));
    store.put(&payload_key, payload, &When::Always)?;
    // Before the head, as `prune` keeps what it names.
    store.put(&former_key(&environment, &head, release.expires_ms()), &head, &When::Always)?;
    replace_head(store, &environment, &head, Some(&live))?;
    Ok(release)
}

/// The live program: it says which facts its attributes publish.
fn program(store: &dyn Store, release: &Release) -> anyhow::Result<Program> {
    let index = release.targets_of(Kind::Program).next().context("the live release has no program")?;
    let (path, length) = (key(&release.path(index).unwrap_or_default()), release.targets()[index].length);
    let object = store.get(&path, length)?.with_context(|| format!("{}: the file is missing", store.place(&path)))?;
    let verified = native::admit(release, index, object.bytes).with_context(|| store.place(&path))?;
    Program::open(verified.into_bytes()).context("the live program cannot be read")
}
