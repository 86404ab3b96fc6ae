//! The panel's files, part of the program, and the files that pages load from `/__selvedge/`.
//!
//! Takes a path below `/__selvedge/`, gives the file. It reads a disk only for the browser's engine.

use std::path::Path;

use super::pages::{self, Found, content_type};
use crate::cli::files::included;

/// The panel: nothing in it asks another server.
const FILES: &[(&str, &str)] = included!("../../../www/console": "index.html" "console.css" "console.js" "choice.js"
    "dom.js" "engine.js" "frame.js" "visitor.js" "why.js" "findings.js");

/// The files that pages load: the loader, and its imports for decisions in the browser.
const SDK: &[(&str, &str)] = included!("../../../pkg-config/npm": "loader.js" "cmp.js" "core.js" "trust.js"
    "signed.js" "documents.js" "cbor.js" "desk.js" "context.js" "arrival.js" "pen.js" "decision.js" "words.js" "apply.js" "plain.js"
    "why-element.js" "why-story.js" "why-words.js");

/// The engine as it is shipped. The panel's `engine.js` gives it the choices of a preview.
const SHIPPED: &[(&str, &str)] = &[("shipped-engine.js", include_str!("../../../pkg-config/npm/engine.js"))];

/// The npm package, which has the browser's engine: as the build makes it, and as npm installs it.
pub(super) const PACKAGES: [&str; 2] = ["dist/browser", "node_modules/@selvedge/browser"];

/// The engine itself.
pub(super) const ENGINE: &str = "selvedge.wasm";

/// A file, for the site in this folder.
pub(super) fn file(site: &Path, path: &str) -> Option<(Vec<u8>, &'static str)> {
    let path = if path.is_empty() { "index.html" } else { path };
    if let Some((_, text)) = FILES.iter().chain(SDK).chain(SHIPPED).find(|(name, _)| *name == path) {
        return Some((text.as_bytes().to_vec(), content_type(Path::new(path))));
    }
    // The server looks where it was started, then from the site's folder up, as Node looks for a package.
    let folders = std::iter::once(Path::new(".")).chain(site.ancestors());
    let mut packages = folders.flat_map(|folder| PACKAGES.map(|package| folder.join(package)));
    packages.find_map(|package| match pages::find(&package, &format!("/{path}")) {
        Found::File { bytes, content_type } => Some((bytes, content_type)),
        _ => None,
    })
}

/// The help for a missing file.
pub(super) fn missing(path: &str) -> &'static str {
    match path {
        "language.wasm" | "rules.wasm" | ENGINE => {
            "the browser's engine is not here: run `cargo xtask wasm browser` in a checkout of Selvedge, and start there\n"
        }
        _ => "there is no such file\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_found_where_npm_puts_it() {
        let root = std::env::temp_dir().join(format!("selvedge-engine-{}", std::process::id()));
        let (site, package) = (root.join("shop/site"), root.join("node_modules/@selvedge/browser"));
        for folder in [&site, &package] {
            fs_err::create_dir_all(folder).expect("a temporary folder");
        }
        assert!(missing("rules.wasm").contains("cargo xtask wasm browser"));
        fs_err::write(package.join("only_here.wasm"), "engine").expect("a temporary file");
        assert_eq!(file(&site, "only_here.wasm"), Some((b"engine".to_vec(), "application/wasm")));
        assert_eq!(file(&site, "../browser/only_here.wasm"), None);
        fs_err::remove_dir_all(&root).expect("the temporary folder");
    }

    #[test]
    fn every_file_that_a_file_imports_is_there_under_its_own_name() {
        let all = || FILES.iter().chain(SDK).chain(SHIPPED);
        for (name, text) in all() {
            assert_eq!(all().filter(|(other, _)| other == name).count(), 1, "{name} is there twice");
            for import in text.split("from \"./").chain(text.split("from './")).skip(1) {
                let file = import.split(['"', '\'']).next().unwrap_or_default();
                let is_there = all().any(|(other, _)| *other == file);
                assert!(is_there || !file.ends_with(".js"), "{name} imports {file}");
            }
        }
    }
}
