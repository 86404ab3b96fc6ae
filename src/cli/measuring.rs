//! The controller's secrets for measuring: who saw and did what.
//!
//! A file has a line `NUMBER SECRET` for each (64 hexadecimal digits), apart from the secrets of the audit log. Who deletes a line can
//! never again name the people of the lines that were written with it.

use std::path::Path;

use anyhow::Context as _;

use super::files::{self, Existing};
use super::{keys, random};
use crate::log::measure::MeasureKey;
use crate::words::hex;

/// The file of the secrets, unless `--measurement-keys` says otherwise.
pub(super) const MEASURING: &str = ".selvedge/keys/measurement.keys";

/// Reads the secrets in a file; none if there is no file.
pub(super) fn load(path: &Path) -> anyhow::Result<Vec<MeasureKey>> {
    let text = files::text_if_there(path)?.unwrap_or_default();
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let mut keys: Vec<MeasureKey> = Vec::new();
    for (number, line) in lines {
        let key = MeasureKey::parse(line.trim(), ' ').with_context(|| {
            format!("{}:{number}: not a key; write a number and 64 hexadecimal digits, as in `1 0f…`", path.display())
        })?;
        let is_new = keys.iter().all(|known| known.number() != key.number());
        anyhow::ensure!(is_new, "{}: two keys have the number {}; keep one", path.display(), key.number());
        keys.push(key);
    }
    Ok(keys)
}

/// Adds a secret to a file, and gives what a Worker's secret `MEASUREMENT_KEY` is to be set to.
pub(super) fn rotate(path: &Path) -> anyhow::Result<String> {
    let last = load(path)?.iter().map(MeasureKey::number).max().unwrap_or_default();
    let number = last.checked_add(1).context("there is no number after the last one")?;
    let secret: [u8; 32] = random("a new key")?;
    let old = files::text_if_there(path)?.unwrap_or_default();
    let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    keys::private_folder_of(path)?;
    let text = format!("{old}{end}{number} {}\n", hex(&secret));
    files::write_private(path, text.as_bytes(), Existing::Replace)?;
    Ok(format!("{number}:{}", hex(&secret)))
}
