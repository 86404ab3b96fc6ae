//! The panel's files, part of the program, and the files that pages load from `/__selvedge/`.
//!
//! Takes a path below `/__selvedge/`, gives the file. It reads a disk only for the browser engine, if that was built.

use std::path::Path;

use super::pages::{self, Found, content_type};

/// The panel: nothing in it asks another server.
const FILES: [(&str, &str); 9] = [
    ("index.html", include_str!("../../../www/console/index.html")),
    ("console.css", include_str!("../../../www/console/console.css")),
    ("console.js", include_str!("../../../www/console/console.js")),
    ("choice.js", include_str!("../../../www/console/choice.js")),
    ("dom.js", include_str!("../../../www/console/dom.js")),
    ("frame.js", include_str!("../../../www/console/frame.js")),
    ("visitor.js", include_str!("../../../www/console/visitor.js")),
    ("why.js", include_str!("../../../www/console/why.js")),
    ("findings.js", include_str!("../../../www/console/findings.js")),
];

/// What pages load: the loader, and what it imports once a decision must be made in the browser.
const SDK: [(&str, &str); 10] = [
    ("loader.js", include_str!("../../../pkg-config/npm/loader.js")),
    ("engine.js", include_str!("../../../pkg-config/npm/engine.js")),
    ("cmp.js", include_str!("../../../pkg-config/npm/cmp.js")),
    ("desk.js", include_str!("../../../pkg-config/npm/desk.js")),
    ("context.js", include_str!("../../../pkg-config/npm/context.js")),
    ("pen.js", include_str!("../../../pkg-config/npm/pen.js")),
    ("decision.js", include_str!("../../../pkg-config/npm/decision.js")),
    ("words.js", include_str!("../../../pkg-config/npm/words.js")),
    ("apply.js", include_str!("../../../pkg-config/npm/apply.js")),
    ("why-element.js", include_str!("../../../pkg-config/npm/why-element.js")),
];

/// Where the build puts the browser's engine: `selvedge.js` and `selvedge_bg.wasm`.
const BROWSER: &str = "dist/browser";

/// The file at `path` and its content type.
pub(super) fn file(path: &str) -> Option<(Vec<u8>, &'static str)> {
    let path = if path.is_empty() { "index.html" } else { path };
    if let Some((_, text)) = FILES.iter().chain(&SDK).find(|(name, _)| *name == path) {
        return Some((text.as_bytes().to_vec(), content_type(Path::new(path))));
    }
    match pages::find(Path::new(BROWSER), &format!("/{path}")) {
        Found::File { bytes, content_type } => Some((bytes, content_type)),
        _ => None,
    }
}
