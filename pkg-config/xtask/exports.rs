//! Drops doors of a Wasm file that nobody opens.
//!
//! The crate `worker` exports classes for parts of the platform that the Worker does not use. An export keeps its code in the file, so
//! wasm-opt finds that code unused only once the export is gone.

use anyhow::{Context as _, ensure};

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

/// The number of the section of exports in the format.
const EXPORTS: u8 = 7;
/// Magic and version.
const HEAD_BYTES: usize = 8;

/// The file without the exports that are [`UNUSED`].
pub(crate) fn trimmed(wasm: &[u8]) -> anyhow::Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let mut out = wasm[..HEAD_BYTES].to_vec();
    for (id, section) in sections {
        let section = if id == EXPORTS { kept(section)? } else { section.to_vec() };
        out.push(id);
        put(&mut out, section.len());
        out.extend(section);
    }
    Ok(out)
}

/// The sections of a file, each with its number.
pub(crate) fn sections(wasm: &[u8]) -> anyhow::Result<Vec<(u8, &[u8])>> {
    let mut rest = wasm.get(HEAD_BYTES..).context("it is no Wasm")?;
    let mut sections = Vec::new();
    while let Some((id, after)) = rest.split_first() {
        rest = after;
        let length = number(&mut rest)?;
        let (section, after) = rest.split_at_checked(length).context("a section is cut off")?;
        rest = after;
        sections.push((*id, section));
    }
    Ok(sections)
}

fn kept(mut section: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (mut count, mut kept) = (0, Vec::<u8>::new());
    for _ in 0..number(&mut section)? {
        let begin = section;
        let length = number(&mut section)?;
        let (name, after) = section.split_at_checked(length).context("a name is cut off")?;
        section = after.get(1..).context("a kind is cut off")?;
        number(&mut section)?;
        let name = std::str::from_utf8(name)?;
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

/// Takes a number in LEB128.
fn number(bytes: &mut &[u8]) -> anyhow::Result<usize> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().context("a number is cut off")?;
        ensure!(shift < 32, "a number is too long");
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
}

fn put(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
