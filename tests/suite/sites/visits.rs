//! A visit by dice, as a host would write it: values right and wrong, consent of every kind, times on every edge.

use selvedge::author::site::{Attribute, Literal, Site};
use selvedge::bundle::words::Purpose;
use serde_json::{Map, Value as Json, json};

use super::NOW_MS;
use super::dice::Dice;
use super::rows::{TEXTS, literal};

const REGIONS: [&str; 14] =
    ["DE", "de", "DE-BY", "US-CA", "us-ca", "US", "US-ZZ", "CH", "GB", "XX", "", "IN", "FR", "US-OK"];
const LOCALES: [&str; 14] = [
    "de",
    "de-AT",
    "DE-at-1996",
    "de-CH",
    "en-GB",
    "fr-CA",
    "lb",
    "lb-LU",
    "it",
    "ja",
    "",
    "-",
    "de-x-private",
    "it-x-y-z",
];
const COOKIES: [&str; 11] = [
    "",
    "v=1",
    "v=1&epoch=3&personalization=1&storage=1&analytics=1",
    "v=1&personalization=0",
    "v=1&epoch=1&personalization=1&storage=1&sensitive=1&functional=1&advertising=1&analytics=1",
    "v=2&storage=1",
    "v=1&storage=yes",
    "v=1&analytics=1&analytics=1",
    "v=1&epoch=4294967296",
    "v=1&contextual=0&necessary=0",
    "v=1&",
];

/// A context.
pub(crate) fn visit(dice: &mut Dice, site: &Site) -> Json {
    let now_ms = now(dice, site);
    let (mut attributes, mut observed, mut unknown) = (Map::new(), Map::new(), Vec::new());
    for attribute in &site.attributes {
        if dice.percent(80) {
            attributes.insert(attribute.name.clone(), value(dice, attribute));
        }
        if dice.percent(40) {
            let old = i64::from(attribute.retention_seconds.unwrap_or(60)) * 1_000;
            let age = dice.pick(&[0, old - 1, old, old + 1, -1_000, old / 2, old * 3]);
            observed.insert(attribute.name.clone(), json!(now_ms - age));
        }
        if dice.percent(4) {
            unknown.push(json!(attribute.name));
        }
    }
    attributes.insert("nobody.knows".into(), json!(1));

    let generous = dice.percent(50);
    let mut grants = Map::new();
    for purpose in Purpose::ALL {
        let share = if generous { 90 } else { 35 };
        let choice = if dice.percent(share) { Some(generous || dice.percent(60)) } else { None };
        if choice.is_some() || dice.percent(20) {
            grants.insert(purpose.name().into(), json!(choice));
        }
    }
    let cookie = dice.percent(30).then(|| dice.pick(&COOKIES));
    let mut id = |names: &[&str]| match dice.below(10) {
        0..=2 => Json::Null,
        3 => json!(""),
        4 => json!("x".repeat(dice.between(255, 258))),
        _ => json!(format!("{}{}", dice.pick(names), dice.below(100_000))),
    };
    let identity = json!({
        "page": id(&["p"]), "session": id(&["s"]), "visitor": id(&["v", "Größe", "日本"]), "account": id(&["a", "\u{0}"]),
    });
    json!({
        "attributes": attributes,
        "observed": observed,
        "unknown": unknown,
        "grants": grants,
        "signals": { "gpc": dice.percent(15), "cookie": cookie },
        "region": dice.percent(85).then(|| dice.pick(&REGIONS)),
        "locale": dice.percent(80).then(|| dice.pick(&LOCALES)),
        "identity": identity,
        "now": now_ms,
    })
}

/// A moment on an edge: of a schedule, an expiry or a law.
fn now(dice: &mut Dice, site: &Site) -> i64 {
    let mut edges = vec![NOW_MS];
    for schedule in site.experiences.iter().filter_map(|experience| experience.schedule.as_ref()) {
        let windows = schedule.markets.iter().map(|(_, window)| window).chain([&schedule.default]);
        edges.extend(windows.flat_map(|window| [window.from_ms, window.until_ms]));
    }
    edges.extend(site.content.iter().filter_map(|content| content.expires_ms));
    edges.extend(site.regions.rows.iter().map(|row| row.effective_from_ms).filter(|_| dice.percent(10)));
    let within = |edge: &i64| (0..4_000_000_000_000).contains(edge);
    let edges: Vec<i64> = edges.into_iter().filter(within).collect();
    dice.pick(&edges) + dice.pick(&[-1, 0, 1, -3_600_000, 3_600_000])
}

/// A value that is right, almost right, or nothing that the attribute can be.
pub(crate) fn value(dice: &mut Dice, attribute: &Attribute) -> Json {
    if dice.percent(80) {
        return match literal(dice, attribute.value_type, &attribute.values) {
            Literal::Bool(value) => json!(value),
            Literal::Int(number) if dice.percent(10) => json!(number as f64),
            Literal::Int(number) => json!(number),
            Literal::Double(number) if dice.percent(10) => json!(number as i64),
            Literal::Double(number) => json!(number),
            Literal::Text(text) => json!(text),
            Literal::List(items) => json!(items),
            Literal::Timestamp(ms) if dice.percent(50) => json!(selvedge::time::format_rfc3339(ms)),
            Literal::Timestamp(ms) | Literal::Duration(ms) => json!(ms),
        };
    }
    match dice.below(15) {
        0 => Json::Null,
        1 => json!(dice.percent(50)),
        2 => json!(dice.pick(&TEXTS)),
        3 => json!("x".repeat(dice.between(255, 257))),
        4 => json!("日".repeat(dice.between(1, 4))),
        5 => json!(["a", "b", "a", "ab"]),
        6 => json!(vec!["a"; dice.between(63, 65)]),
        7 => json!(["a", 1]),
        8 => json!({ "a": [1, { "b": null }] }),
        9 => json!(dice.pick(&[9_007_199_254_740_991_i64, 9_007_199_254_740_992, i64::MAX, i64::MIN])),
        10 => json!(u64::MAX),
        11 => json!(dice.pick(&[0.1, -0.0, 1e300, 2.999_999_999_999_999_6, 31.0, -1.000_000_1])),
        12 => json!([["a"]]),
        13 => dice
            .choose(&[
                json!("2026-11-15T12:00:00"),
                json!("0000-12-31T23:59:59Z"),
                json!(-62_135_596_800_001_i64),
                json!(253_402_300_800_000_i64),
                json!("2026-11-15t12:00:60.9999z"),
            ])
            .clone(),
        _ => json!([]),
    }
}
