//! A visit by dice, as a host would write it: values right and wrong, consent of every kind, times on every edge.

use selvedge::author::site::{Attribute, Literal, Site};
use selvedge::bundle::manifest::From;
use selvedge::words::{Depth, Purpose};
use serde_json::{Map, Value as Json, json};

use super::NOW_MS;
use super::dice::Dice;
use super::rows::{TEXTS, literal};

const REGIONS: [&str; 16] =
    ["DE", "de", "DE-BY", "US-CA", "us-ca", "US", "US-ZZ", "CH", "GB", "XX", "", "IN", "FR", "US-OK", "US-MD", "JP"];
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
const COOKIES: [&str; 19] = [
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
    // The first and the last day on which a grant counts around the sites' time, the days before and after, and what is no day.
    "v=1&epoch=2&day=20377&personalization=1&storage=1&analytics=1&sensitive=1",
    "v=1&epoch=2&day=20376&personalization=1&storage=1&analytics=1&advertising=0",
    "v=1&epoch=2&day=20773&personalization=1&storage=1&analytics=1",
    "v=1&epoch=2&day=20774&personalization=1&storage=1&analytics=0",
    "v=1&day=&storage=1",
    "v=1&depth=contextual&personalization=1&storage=1",
    "v=1&depth=behavioural&personalization=1&storage=1&sensitive=1",
    "v=1&depth=deep&storage=1",
    "v=1&",
];

/// Strings and cookies of consent platforms as browsers send them: whole, old, of no service, broken, empty.
const SIGNALS: &[(&str, &[&str])] = &[
    (
        "tcf",
        &[
            // Everything, nothing; the publisher's own purposes 1, 5, 6, 8 and 11; all of them with none of the publisher's but 1.
            "CQtd7EAQtd7EAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "CQtd7EAQtd7EAAKABBENBkFgAAAAAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "CQtd7EAQtd7EAAKABBENBkFgAAAAAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA.caQAAAAAAAAA",
            "CQtd7EAQtd7EAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA.cAAAAAAAAAAA",
            // More than a year old, once with everything and once with nothing; of no one service; broken; empty.
            "CQYnFYAQYnFYAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "CQYnFYAQYnFYAAKABBENBkFgAAAAAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "CQtd7EAQtd7EAAKABBENBkFAAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "CQtd7EAQtd7",
            "",
        ],
    ),
    (
        "gpp",
        &[
            // California: sale refused, nothing refused, nothing but with Global Privacy Control. The nation: a child; sensitive data.
            "DBABBg~BAYAAABA.QA",
            "DBABBg~BAoAAABA.QA",
            "DBABBg~BAoAAABA.YA",
            "DBABLA~CAAqAAAAAFBA.QA",
            "DBABLA~CAAqqqqqqgBA.QA",
            // Europe: everything, nothing, everything more than a year ago; nobody's own.
            "DBABMA~CQtd7EAQtd7EAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "DBABMA~CQtd7EAQtd7EAAKABBENBkFgAAAAAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "DBABMA~CQYnFYAQYnFYAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "DBABMA~CQtd7EAQtd7EAAKABBENBkFAAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA",
            "DBABBg~",
            "D",
            "",
        ],
    ),
    ("usp", &["1YYN", "1YNN", "1---", "1Y", ""]),
    (
        "onetrust",
        &[
            "groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A1%2CC0005%3A1",
            "groups=C0001%3A1%2CC0002%3A0%2CC0003%3A0%2CC0004%3A0",
            "groups=C0001%3A1%2CC0002%3A1%2CC0004%3A0&browserGpcFlag=1",
            "groups=C0002%3Ayes",
            "",
        ],
    ),
    ("onetrust_closed", &["2026-11-10T10:00:00.000Z", ""]),
    (
        "cookiebot",
        &[
            "{necessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:false%2Cmethod:%27explicit%27}",
            "{necessary:true%2Cpreferences:false%2Cstatistics:false%2Cmarketing:false%2Cmethod:%27explicit%27}",
            "{necessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:true%2Cmethod:%27implied%27}",
            "-1",
            "{",
        ],
    ),
    ("didomi", &["eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbInAiXSwiZGlzYWJsZWQiOlsiYSJdfX0=", "e30", "x"]),
];

/// A context.
pub(crate) fn visit(dice: &mut Dice, site: &Site) -> Json {
    let now_ms = now(dice, site);
    let (mut attributes, mut observed, mut unknown) = (Map::new(), Map::new(), Vec::new());
    for attribute in &site.attributes {
        // What the host hands over takes the place of a fact.
        let is_fact = matches!(&attribute.from, From::Feed(place) if place.published);
        if dice.percent(if is_fact { 25 } else { 80 }) {
            attributes.insert(attribute.name.clone(), value(dice, attribute));
        }
        if dice.percent(40) {
            let old = i64::from(attribute.retention_seconds.unwrap_or(60)) * 1_000;
            const DAY: i64 = 86_400_000;
            let age = dice.pick(&[0, old - 1, old, old + 1, -1_000, old / 2, old * 3, -DAY, -DAY - 1]);
            observed.insert(attribute.name.clone(), json!(now_ms - age));
        }
        if dice.percent(4) {
            unknown.push(json!(attribute.name));
        }
    }
    attributes.insert("nobody.knows".into(), json!(1));
    let stale: Vec<&str> = site.feeds.iter().map(|feed| feed.name.as_str()).filter(|_| dice.percent(10)).collect();

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
    let mut identity = json!({
        "page": id(&["p"]), "session": id(&["s"]), "visitor": id(&["v", "Größe", "日本"]), "account": id(&["a", "\u{0}"]),
    });
    identity["links"] = links(dice, &identity, now_ms);
    json!({
        "attributes": attributes,
        "observed": observed,
        "unknown": unknown,
        "stale": stale,
        "grants": grants,
        "signals": signals(dice, cookie),
        "minor": dice.percent(25).then(|| dice.pick(&["unknown", "child", "teen", "adult"])),
        "depth": dice.percent(15).then(|| dice.pick(Depth::ALL).name()),
        "region": dice.percent(85).then(|| dice.pick(&REGIONS)),
        "locale": dice.percent(80).then(|| dice.pick(&LOCALES)),
        "identity": identity,
        "contacts": contacts(dice, site, now_ms),
        "contact_state": dice.percent(30).then(|| dice.pick(&["", "", "AQ", "not one of ours"])),
        "now": now_ms,
    })
}

/// Links of the visit's own ids and of others, about the times for which they hold, and some to come.
fn links(dice: &mut Dice, identity: &Json, now_ms: i64) -> Json {
    if dice.percent(60) {
        return dice.choose(&[json!([]), Json::Null]).clone();
    }
    let ids = |own: &str, others: &[&str]| -> Vec<String> {
        identity[own].as_str().into_iter().chain(others.iter().copied()).map(str::to_owned).collect()
    };
    let (devices, accounts) = (ids("visitor", &["v1", "v2", ""]), ids("account", &["a1"]));
    let few = dice.below(6);
    let count = dice.pick(&[few, few, few, few, 64, 65]);
    let link = |_| {
        let age = dice.pick(&[-86_400_000, -1, 0, 1, 999, 1_000, 1_001, 60_000, 2_591_999_999, 2_592_000_000]);
        let (device, account) = (dice.choose(&devices).clone(), dice.choose(&accounts).clone());
        let mut link = json!({ "visitor": device, "account": account, "at": now_ms - age });
        if dice.percent(30) {
            link["linked"] = json!(dice.percent(30));
        }
        link
    };
    (0..count).map(link).collect()
}

/// Contacts before: about the lengths of time that policies have, to the millisecond, and some to come.
fn contacts(dice: &mut Dice, site: &Site, now_ms: i64) -> Json {
    if site.contact.is_empty() || dice.percent(25) {
        return Json::Null;
    }
    const HOUR: i64 = 3_600_000;
    let contact = |dice: &mut Dice| {
        let age = dice.pick(&[
            0,
            1,
            999,
            1_000,
            1_001,
            HOUR,
            24 * HOUR - 1,
            24 * HOUR,
            48 * HOUR,
            72 * HOUR,
            168 * HOUR - 1,
            168 * HOUR,
            -HOUR,
        ]);
        let experience = dice.percent(50).then(|| site.experiences[dice.below(site.experiences.len())].name.clone());
        let content = dice.percent(60).then(|| site.content[dice.below(site.content.len())].name.clone());
        json!({
            "at": now_ms - age,
            "channel": dice.percent(50).then(|| dice.pick(&["web", "email", "post"])),
            "class": dice.percent(40).then(|| dice.pick(&["promotional", "service", "legal"])),
            "experience": experience,
            "content": content,
            "dismissed": dice.percent(20),
        })
    };
    (0..dice.below(6)).map(|_| contact(dice)).collect()
}

/// Consent signals: mostly none or one, now and then several that disagree.
fn signals(dice: &mut Dice, cookie: Option<&str>) -> Json {
    let mut signals = json!({ "gpc": dice.percent(15), "cookie": cookie });
    if dice.percent(10) {
        // About the days of the cookies and strings above, and long after all of them.
        let mut withdrawn = |_| {
            let purposes: Vec<&str> =
                Purpose::ALL.iter().filter(|_| dice.percent(40)).map(|purpose| purpose.name()).collect();
            json!({ "day": dice.pick(&[20_400, 20_760, 20_767, 20_768, 30_000]), "purposes": purposes })
        };
        let entries: Vec<Json> = (0..2).map(&mut withdrawn).collect();
        signals["revoked"] = entries.into();
    }
    let share = dice.pick(&[0, 0, 15, 50]);
    for (name, texts) in SIGNALS {
        if dice.percent(share) {
            signals[name] = json!(dice.pick(texts));
        }
    }
    if dice.percent(share) {
        let mut states = Map::new();
        for name in ["analytics_storage", "personalization_storage", "ad_storage", "functionality_storage", "x"] {
            if dice.percent(60) {
                states.insert(name.into(), json!(dice.pick(&["granted", "denied"])));
            }
        }
        signals["google"] = states.into();
    }
    signals
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
            Literal::Timestamp(ms) if dice.percent(50) => json!(selvedge::words::time::format_rfc3339(ms)),
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
