//! The sections of a Wasm file, taken apart and put together again.
//!
//! Takes bytes, gives sections with their numbers, and the other way round. Numbers are LEB128, and a text stands behind its length.

use anyhow::{Context as _, ensure};

/// The number of the section of imports in the format.
pub(crate) const IMPORTS: u8 = 2;
/// That of exports.
pub(crate) const EXPORTS: u8 = 7;
/// Magic and version.
const HEAD_BYTES: usize = 8;

/// The sections of a file, each with its number.
pub(crate) fn sections(wasm: &[u8]) -> anyhow::Result<Vec<(u8, &[u8])>> {
    let mut rest = wasm.get(HEAD_BYTES..).context("it is no Wasm")?;
    let mut sections = Vec::new();
    while let Some((id, after)) = rest.split_first() {
        rest = after;
        sections.push((*id, part(&mut rest)?));
    }
    Ok(sections)
}

/// The file with each section as `change` makes it.
pub(crate) fn changed(
    wasm: &[u8],
    mut change: impl FnMut(u8, &[u8]) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let mut out = wasm[..HEAD_BYTES].to_vec();
    for (id, section) in sections {
        out.push(id);
        put_part(&mut out, &change(id, section)?);
    }
    Ok(out)
}

/// Takes bytes that stand behind their number.
pub(crate) fn part<'a>(bytes: &mut &'a [u8]) -> anyhow::Result<&'a [u8]> {
    let length = number(bytes)?;
    let (part, rest) = bytes.split_at_checked(length).context("it is cut off")?;
    *bytes = rest;
    Ok(part)
}

/// Takes a number.
pub(crate) fn number(bytes: &mut &[u8]) -> anyhow::Result<usize> {
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

/// Puts bytes behind their number.
pub(crate) fn put_part(out: &mut Vec<u8>, part: &[u8]) {
    put(out, part.len());
    out.extend(part);
}

/// Puts a number.
pub(crate) fn put(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
