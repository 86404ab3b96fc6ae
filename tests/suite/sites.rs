//! Sites and visits made by dice: every construct of the language, values right and wrong.
//!
//! Everything here is written as an author or a host would write it, TOML and JSON, so that what uses it walks the whole path.

pub(crate) mod dice;
pub(crate) mod feeds;
pub(crate) mod hostile;
pub(crate) mod random;
pub(crate) mod rows;
mod terms;
pub(crate) mod visits;
pub(crate) mod write;

use selvedge::author::diagnostic::Severity;
use selvedge::author::site::Site;
use selvedge::author::{Entry, Files, check};
use selvedge::bundle::Bundle;
use selvedge::cli::keys::DevKeys;
use selvedge::cli::open::{Opened, compiled};
use selvedge::cli::publish;
use selvedge::compile::Built;
use selvedge::trust::{Expiry, Floor, Kind, Scope, native};

/// 2026-11-15T12:00:00Z: what the sites' schedules and expiries lie around.
pub(crate) const NOW_MS: i64 = 1_794_744_000_000;
/// When data that was signed at that time expires.
pub(crate) const DATA_UNTIL_MS: i64 = NOW_MS + 7 * 86_400_000;

/// Files in memory.
pub(crate) fn files<P: Into<String>>(texts: impl IntoIterator<Item = (P, String)>) -> Files {
    let entries = texts.into_iter().map(|(path, text)| (path.into(), Entry::Bytes(text.into_bytes())));
    Files { entries: entries.collect(), ..Files::default() }
}

/// The text of a file.
pub(crate) fn text<'f>(files: &'f Files, path: &str) -> &'f str {
    match files.entries.get(path) {
        Some(Entry::Bytes(bytes)) => std::str::from_utf8(bytes).expect("a made file is UTF-8"),
        _ => panic!("no file {path}"),
    }
}

/// The checked site; warnings are fine.
pub(crate) fn checked(files: &Files) -> Site {
    let (site, diagnostics, _) = check(files);
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| {
            let line = text(files, &found.place.file).lines().nth(found.place.line as usize - 1).unwrap_or_default();
            format!("{} {}:{} {}\n    {line}", found.code, found.place.file, found.place.line, found.what)
        })
        .collect();
    site.unwrap_or_else(|| panic!("a made site has faults:\n{}", errors.join("\n")))
}

/// The site, compiled, signed and opened through every check.
pub(crate) fn opened(site: &Site) -> Opened {
    compiled(site, "development", NOW_MS).unwrap_or_else(|error| panic!("a checked site does not open: {error:#}"))
}

/// As [`opened`], with facts beside the release.
pub(crate) fn opened_with(site: &Site, facts: Option<&feeds::Facts>) -> Opened {
    let mut opened = opened(site);
    let Some(facts) = facts else { return opened };
    let payload = facts.payload();
    let built = Built { data: Some(payload.clone()), ..selvedge::compile::compile(site) };
    let scope = Scope { repository: "shop", environment: "development" };
    let keys = DevKeys::in_memory().expect("makes keys");
    let signed = publish::sign(&scope, &built, &keys, (NOW_MS / 1_000) as u64).expect("signs");
    let release = native::open(&signed.root, &signed.head, &scope, NOW_MS, Floor::default(), Expiry::Refuse);
    let release = release.expect("opens");
    assert_eq!(release.data().map(|data| data.expires_ms), Some(DATA_UNTIL_MS));
    let at = release.targets_of(Kind::Data).next().expect("has data");
    let data = native::admit(&release, at, payload).expect("is the payload");
    opened.bundle.attach(&data).expect("attaches");
    opened
}

/// Signs these bytes as a release and opens them: the only way to a bundle, whatever the bytes say.
pub(crate) fn admitted(program: &[u8], index: &[u8], keys: &DevKeys) -> anyhow::Result<Bundle> {
    let built = Built {
        program: program.to_vec(),
        index: index.to_vec(),
        chunks: Vec::new(),
        trusted: 0,
        debug: b"{}".to_vec(),
        notice: b"\n{}\n".to_vec(),
        data: None,
        journeys: None,
    };
    let scope = Scope { repository: "shop", environment: "development" };
    let signed = publish::sign(&scope, &built, keys, (NOW_MS / 1_000) as u64)?;
    let release = native::open(&signed.root, &signed.head, &scope, NOW_MS, Floor::default(), Expiry::Refuse)?;
    let part = |kind: Kind, bytes: &[u8]| {
        let at = release.targets().iter().position(|target| target.kind == kind).expect("every build has it");
        native::admit(&release, at, bytes.to_vec())
    };
    Ok(Bundle::open(part(Kind::Program, program)?, part(Kind::Index, index)?)?)
}

/// How many cases to try: `SELVEDGE_CASES`, or this many.
pub(crate) fn cases(usual: usize) -> usize {
    std::env::var("SELVEDGE_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}
