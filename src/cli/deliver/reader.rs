//! What a running Worker reads. A release that it cannot read is not published for it.

use anyhow::Context as _;
use serde_json::Value;

use super::local::Local;
use crate::bundle::format::{FORMAT, FORMAT_MAX};
use crate::cli::doctor;
use crate::trust::sign;
use crate::trust::{Kind, Role};

/// The engine level and the formats of the Workers that did not tell yet.
const UNTOLD: Reads = Reads { engine: 2, formats: [4, 5] };

/// An engine reads releases up to this level, and bundles of these formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Reads {
    pub(in crate::cli) engine: u64,
    pub(in crate::cli) formats: [u64; 2],
}

impl Reads {
    /// What this version builds at most.
    pub(in crate::cli) const OWN: Self =
        Self { engine: crate::trust::ENGINE, formats: [FORMAT as u64, FORMAT_MAX as u64] };

    /// From the health of a Worker.
    pub(in crate::cli) fn of(health: &Value) -> Self {
        let number = |pointer: &str| health.pointer(pointer).and_then(Value::as_u64);
        let told =
            || Some(Self { engine: number("/engine")?, formats: [number("/formats/0")?, number("/formats/1")?] });
        told().unwrap_or(UNTOLD)
    }
}

impl std::fmt::Display for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [from, to] = self.formats;
        write!(f, "engine level {} and formats {from} to {to}", self.engine)
    }
}

/// Asks the Worker of each address, and refuses a release that one of them cannot read.
///
/// # Errors
/// That, or an address at which no Worker answers.
pub(super) fn check(urls: &[String], local: &Local) -> anyhow::Result<()> {
    let parts = sign::parts_of_head(&local.head).unwrap_or_default();
    let roles = [Role::Timestamp, Role::Release, Role::Overlay];
    let documents = roles.into_iter().zip(parts).filter_map(|(role, document)| Some((role, document?)));
    let documents = documents.chain([(Role::Root, &local.root.1[..])]);
    let level = documents.filter_map(|(role, document)| sign::needs_of(document, role)).max().unwrap_or_default();
    let formats: Vec<u64> = [Kind::Program, Kind::Index].into_iter().filter_map(|kind| local.format_of(kind)).collect();
    for url in urls {
        let health =
            doctor::health_of(url).with_context(|| format!("{url}: no Worker answers, so nothing was written"))?;
        let reads = Reads::of(&health);
        let [from, to] = reads.formats;
        let is_read = level <= reads.engine && formats.iter().all(|format| (from..=to).contains(format));
        let needed = formats.iter().max().copied().unwrap_or_default();
        anyhow::ensure!(
            is_read,
            "the Worker at {url} reads {reads}, and this release needs engine level {level} and format {needed}. Its visitors would keep the release before. Nothing was written. Deploy the Worker of this version of Selvedge first, and publish then"
        );
    }
    Ok(())
}
