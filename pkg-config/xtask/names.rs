//! Short names between a Wasm file and its glue.
//!
//! wasm-bindgen gives every import a name with a hash, which nothing makes smaller. Only the glue reads these names, so each becomes a
//! number. Takes both files, gives both.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};

use crate::module::{EXPORTS, IMPORTS, changed, number, part, put, put_part};

/// The module of all imports, and what stands in its place.
const MODULE: (&str, &str) = ("./index_bg.js", "_");
/// What the glue calls the exports by, and how an import begins there.
const EXPORTED: &str = "wasm.";
const IMPORTED: &str = "\n        ";

/// Old names and new ones.
type Names = BTreeMap<String, String>;

/// The file and its glue, with short names.
pub(crate) fn shortened(wasm: &[u8], glue: &str) -> anyhow::Result<(Vec<u8>, String)> {
    let (mut imports, mut exports) = (Names::new(), Names::new());
    let out = changed(wasm, |id, section| match id {
        IMPORTS => renamed(section, true, &mut imports),
        EXPORTS => renamed(section, false, &mut exports),
        _ => Ok(section.to_vec()),
    })?;
    let glue = replaced(&replaced(glue, EXPORTED, &exports)?, IMPORTED, &imports)?;
    let module = format!("\"{}\"", MODULE.0);
    ensure!(glue.contains(&module), "the glue has no {module}");
    Ok((out, glue.replace(&module, &format!("\"{}\"", MODULE.1))))
}

/// A section of imports or exports with short names, which it adds to `names`.
fn renamed(mut section: &[u8], is_imported: bool, names: &mut Names) -> anyhow::Result<Vec<u8>> {
    let count = number(&mut section)?;
    let mut out = Vec::new();
    put(&mut out, count);
    for _ in 0..count {
        if is_imported {
            ensure!(part(&mut section)? == MODULE.0.as_bytes(), "an import is of no module of the glue");
            put_part(&mut out, MODULE.1.as_bytes());
        }
        let name = std::str::from_utf8(part(&mut section)?)?;
        let (kind, after) = section.split_first().context("a kind is cut off")?;
        ensure!(!is_imported || *kind == 0, "{name} is no function");
        section = after;
        // Everything that has a name of its own keeps it: the memory.
        let short = if *kind == 0 { format!("_{:x}", names.len()) } else { name.to_owned() };
        put_part(&mut out, short.as_bytes());
        out.push(*kind);
        put(&mut out, number(&mut section)?);
        names.insert(name.to_owned(), short);
    }
    Ok(out)
}

/// The glue with new names in place of old ones, wherever one stands behind `before`. An import that the file has no more keeps its name.
fn replaced(glue: &str, before: &str, names: &Names) -> anyhow::Result<String> {
    let mut parts = glue.split(before);
    let (mut out, mut found) = (parts.next().unwrap_or_default().to_owned(), 0);
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let short = names.get(name);
        found += usize::from(short.is_some());
        out.extend([before, short.map_or(name, String::as_str), rest]);
    }
    ensure!(found >= names.len(), "the glue has {found} of {} names", names.len());
    Ok(out)
}
