//! A request: path, query, country, region and headers, one a line, with cookies of every kind.

use selvedge::consent::cookie;
use selvedge::engine::{Workspace, all_slots, decide, permit};
use selvedge::page::{self};

use super::ground::{BASES, NOW_MS, exercise};

/// Reads a request; the first byte says for which site.
pub fn run(data: &[u8]) {
    let Some((site, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let bundle = &BASES[usize::from(*site) % BASES.len()].bundle;
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (path, query, country, region) = (line(), line(), line(), line());
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let header = |name: &str| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let facts = page::Request {
        path,
        query,
        country: some(country),
        region: some(region),
        header: &header,
        now_ms: NOW_MS,
        randomness: "00112233445566778899aabbccddeeff",
        edit: None,
    };
    let intake = page::arrive(bundle, &facts, None).0;
    exercise(bundle, &intake.visit);
    let permitted = permit(bundle, &intake.visit, &intake.grants, NOW_MS);
    let page = decide(bundle, &permitted, &all_slots(bundle), &mut Workspace::default());
    for cookie in intake.cookies(page.decisions.iter().any(|decision| decision.drew_by(selvedge::words::Unit::Visitor)))
    {
        let header = cookie.header(true);
        assert!(!header.contains(['\r', '\n', '\0']), "a cookie breaks out of its header: {header:?}");
    }
    for (_, value) in headers {
        if let Some(choices) = cookie::parse(value) {
            let written = cookie::write(&choices);
            assert_eq!(
                cookie::parse(&written),
                Some(choices),
                "{value:?} is read as something else than it is written as"
            );
        }
    }
}
