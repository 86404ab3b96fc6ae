//! Drops what the glue of a Wasm file holds for imports and classes that the file no longer has.
//!
//! wasm-bindgen writes the glue for all that the compiler left, before the file is shrunk. Afterwards the file says what it imports.
//! esbuild then leaves out everything that nothing refers to. For that it is told that a registry of finalizers has no other effect.

use anyhow::{Context as _, ensure};

use crate::module::{IMPORTS, sections};

/// The way each import stands in the glue.
const INDENTED: &str = "        ";

/// The glue with the imports of the file alone.
pub(crate) fn trimmed(glue: &str, wasm: &[u8]) -> anyhow::Result<String> {
    let sections = sections(wasm)?;
    let (_, imports) = sections.iter().find(|(id, _)| *id == IMPORTS).context("it imports nothing")?;
    let is_imported = |name: &str| {
        let written = [&[name.len() as u8], name.as_bytes()].concat();
        imports.windows(written.len()).any(|bytes| bytes == written)
    };
    let (mut out, mut is_dropped, mut dropped) = (String::new(), false, 0);
    for line in glue.lines() {
        let name = line.strip_prefix(INDENTED).and_then(|line| line.split_once(": function("));
        if let Some((name, _)) = name.filter(|(name, _)| name.starts_with("__wb")) {
            is_dropped = !is_imported(name);
            dropped += u32::from(is_dropped);
        }
        if !is_dropped {
            out.push_str(&line.replace(": new FinalizationRegistry(", ": /* @__PURE__ */ new FinalizationRegistry("));
            out.push('\n');
        }
        is_dropped &= line != format!("{INDENTED}}},");
    }
    ensure!(dropped > 0, "the glue is not as wasm-bindgen wrote it: nothing of it was dropped");
    Ok(out)
}
