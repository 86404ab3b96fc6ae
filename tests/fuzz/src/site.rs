//! The files of a site: any text under any of their names. What is sound compiles, opens and decides.

use selvedge::author::{Entry, Files, check};

use super::ground::{base, exercise, visits};

/// Reads files, each behind a line `=== path`.
pub fn run(data: &[u8]) {
    let mut files = Files::default();
    for part in String::from_utf8_lossy(data).split("=== ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        files.entries.insert(path.to_owned(), Entry::Bytes(text.into()));
    }
    let (site, diagnostics, sources) = check(&files);
    for found in &diagnostics {
        let text = sources.get(&found.place.file);
        assert!(text.is_none_or(|text| text.get(found.place.span.clone()).is_some()), "{found:?}");
    }
    let Some(site) = site else { return };
    let base = base(&site);
    visits(&base.bundle).iter().for_each(|visit| exercise(&base.bundle, visit));
}
