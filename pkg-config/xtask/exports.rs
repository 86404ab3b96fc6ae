//! Drops doors of a Wasm file that nobody opens.
//!
//! The crate `worker` exports classes for parts of the platform that the Worker does not use. An export keeps its code in the file, so
//! wasm-opt finds that code unused only once the export is gone.

use anyhow::Context as _;

use crate::module::{EXPORTS, changed, number, part, put};

/// Names of those classes, as they stand in the names of their exports.
const UNUSED: [&str; 7] = [
    "__worker_init_state",
    "containerstartupoptions",
    "intounderlyingbytesource",
    "intounderlyingsink",
    "intounderlyingsource",
    "minifyconfig",
    "r2range",
];

/// The file without the exports that are [`UNUSED`].
pub(crate) fn trimmed(wasm: &[u8]) -> anyhow::Result<Vec<u8>> {
    changed(wasm, |id, section| if id == EXPORTS { kept(section) } else { Ok(section.to_vec()) })
}

fn kept(mut section: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (mut count, mut kept) = (0, Vec::<u8>::new());
    for _ in 0..number(&mut section)? {
        let begin = section;
        let name = std::str::from_utf8(part(&mut section)?)?;
        section = section.get(1..).context("a kind is cut off")?;
        number(&mut section)?;
        if !UNUSED.iter().any(|unused| name.contains(unused)) {
            count += 1;
            kept.extend(&begin[..begin.len() - section.len()]);
        }
    }
    let mut out = Vec::new();
    put(&mut out, count);
    out.extend(kept);
    Ok(out)
}
