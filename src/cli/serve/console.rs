//! The panel's files, part of the program, and the files that pages load from `/__selvedge/`.
//!
//! Takes a path below `/__selvedge/`, gives the file. It reads a disk only for the browser engine, if that was built.

use std::path::Path;

use super::pages::{self, Found, content_type};
use crate::cli::files::included;

/// The panel: nothing in it asks another server.
const FILES: &[(&str, &str)] = included!("../../../www/console": "index.html" "console.css" "console.js" "choice.js"
    "dom.js" "frame.js" "visitor.js" "why.js" "findings.js");

/// What pages load: the loader, and what it imports once a decision must be made in the browser.
const SDK: &[(&str, &str)] = included!("../../../pkg-config/npm": "loader.js" "engine.js" "cmp.js" "desk.js"
    "context.js" "pen.js" "decision.js" "words.js" "apply.js" "plain.js" "why-element.js");

/// Where the build puts the browser's engine: `selvedge.js` and `selvedge_bg.wasm`.
const BROWSER: &str = "dist/browser";

pub(super) fn file(path: &str) -> Option<(Vec<u8>, &'static str)> {
    let path = if path.is_empty() { "index.html" } else { path };
    if let Some((_, text)) = FILES.iter().chain(SDK).find(|(name, _)| *name == path) {
        return Some((text.as_bytes().to_vec(), content_type(Path::new(path))));
    }
    match pages::find(Path::new(BROWSER), &format!("/{path}")) {
        Found::File { bytes, content_type } => Some((bytes, content_type)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_a_file_imports_is_there_under_its_own_name() {
        let all = || FILES.iter().chain(SDK);
        for (name, text) in all() {
            assert_eq!(all().filter(|(other, _)| other == name).count(), 1, "{name} is there twice");
            for import in text.split("from \"./").chain(text.split("from './")).skip(1) {
                let file = import.split(['"', '\'']).next().unwrap_or_default();
                let is_built = file == "selvedge.js";
                let is_there = all().any(|(other, _)| *other == file);
                assert!(is_built || is_there || !file.ends_with(".js"), "{name} imports {file}");
            }
        }
    }
}
