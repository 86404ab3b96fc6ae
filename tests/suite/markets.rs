//! Markets, beside sites that say the same in another way: what a market does otherwise, its holidays, and its languages.

use selvedge::author::site::Site;
use selvedge::author::{Files, check};
use selvedge::cli::open::Opened;
use selvedge::engine::{Workspace, all_slots, decide, permit_said, write_page};
use selvedge::report::distance;
use selvedge::report::switches::{observed, switches};
use selvedge::trust::Order;
use selvedge::words::time::{format_rfc3339, parse_rfc3339};
use selvedge::words::{Action, Visit};
use serde_json::Value as Json;

use crate::sites;

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\nall = [\"de\", \"en\", \"fr\"]\n\
    [markets.dach]\nzone = \"Europe/Berlin\"\nregions = [\"DE\", \"AT\"]\n[markets.na]\nzone = \"America/New_York\"\nregions = [\"US\"]\n";
const SLOTS: &str = "[home.hero]\nselector = \"#a\"\nchange = \"text\"\n";
const HERO: &str = "slot = \"home.hero\"\npurpose = \"contextual\"\nowner = \"growth\"\n\
    overridable = [\"content\", \"priority\", \"schedule\", \"conditions\", \"off\"]\n\
    [[rule]]\nall = ['request.device == \"mobile\"']\nshow = \"b\"\n[[rule]]\nshow = \"a\"\n";
const OTHER: &str = "slot = \"home.hero\"\npurpose = \"contextual\"\npriority = 90\n[[rule]]\nshow = \"c\"\n";
const DEVICE: &str = "[request.device]\ntype = \"symbol\"\nvalues = [\"mobile\", \"desktop\"]\nsource = \"request\"\npurposes = [\"contextual\"]\n";

/// The shop with these files in place of its own, or beside them. An empty text takes a file away.
fn site(more: &[(&str, &str)]) -> Site {
    sites::checked(&files(more))
}

fn files(more: &[(&str, &str)]) -> Files {
    let text = |name: &str| format!("[locale.de]\ntext = \"{name} de\"\n[locale.en]\ntext = \"{name} en\"\n");
    let mut all = vec![
        ("selvedge.toml", SETTINGS.to_owned()),
        ("slots.toml", SLOTS.to_owned()),
        ("attributes.toml", DEVICE.to_owned()),
        ("content/a.toml", text("a")),
        ("content/b.toml", text("b")),
        ("content/c.toml", text("c")),
        ("experiences/hero.toml", HERO.to_owned()),
        ("experiences/other.toml", OTHER.to_owned()),
    ];
    for (path, text) in more {
        all.retain(|(known, _)| known != path);
        all.extend((!text.is_empty()).then(|| (*path, (*text).to_owned())));
    }
    sites::files(all)
}

fn visit(region: &str, device: &str, locale: Option<&str>) -> Visit {
    let attributes = if device.is_empty() { "{}".to_owned() } else { format!("{{\"request.device\":\"{device}\"}}") };
    let locale = locale.map_or("null".to_owned(), |locale| format!("{locale:?}"));
    let text = format!("{{\"region\":\"{region}\",\"locale\":{locale},\"attributes\":{attributes}}}");
    serde_json::from_str(&text).expect("is a context")
}

/// The decision of the slot at a time.
fn decision(opened: &Opened, visit: &Visit, at: &str) -> Json {
    let now_ms = parse_rfc3339(at).expect(at);
    let permitted = permit_said(&opened.bundle, visit, now_ms);
    let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
    let mut text = String::new();
    write_page(&mut text, &opened.bundle, &permitted, &page, &[]);
    let answer: Json = serde_json::from_str(&text).expect("is JSON");
    answer["decisions"]["home.hero"].clone()
}

const VISITS: [(&str, &str); 8] = [
    ("DE", "mobile"),
    ("DE", "desktop"),
    ("AT", ""),
    ("US", "mobile"),
    ("US", "desktop"),
    ("US-CA", "mobile"),
    ("FR", "mobile"),
    ("FR", ""),
];
const TIMES: [&str; 6] = [
    "2026-11-30T22:59:59Z",
    "2026-11-30T23:00:00Z",
    "2026-12-01T04:59:59Z",
    "2026-12-01T05:00:00Z",
    "2026-12-31T22:59:59Z",
    "2026-12-31T23:00:00Z",
];

/// Each override, and the experience as it would be written if the whole site were that market.
#[test]
fn a_market_does_what_the_whole_site_would_do_and_the_others_do_as_before() {
    let cases: [(&str, &str, &str); 8] = [
        ("off = true", "slot = \"home.hero\"", ""),
        ("priority = 80", "owner =", "priority = 80\nowner ="),
        ("content = { \"a\" = \"c\" }", "show = \"a\"", "show = \"c\""),
        (
            "content = { \"b\" = \"control\", \"a\" = \"b\" }",
            "show = \"b\"\n[[rule]]\nshow = \"a\"",
            "show = \"control\"\n[[rule]]\nshow = \"b\"",
        ),
        ("all = ['has(request.device)']", "[[rule]]\nall", "all = ['has(request.device)']\n[[rule]]\nall"),
        (
            "none = ['request.device == \"mobile\"']",
            "[[rule]]\nall",
            "none = ['request.device == \"mobile\"']\n[[rule]]\nall",
        ),
        (
            "any = ['has(request.device)', 'request.device == \"mobile\"']",
            "[[rule]]\nall",
            "any = ['has(request.device)', 'request.device == \"mobile\"']\n[[rule]]\nall",
        ),
        (
            "priority = 95\n[overrides.hero.schedule]\nfrom = 2026-12-01\nuntil = 2026-12-31\nzone = \"market\"",
            "show = \"a\"\n",
            "show = \"a\"\n[schedule]\nfrom = 2026-12-01\nuntil = 2026-12-31\nzone = \"market\"\n",
        ),
    ];
    let before = sites::opened(&site(&[]));
    let mut changed = 0;
    for (text, from, to) in cases {
        let market = format!("[overrides.hero]\n{text}\n");
        let own = sites::opened(&site(&[("markets/dach.toml", &market)]));
        assert!(HERO.contains(from), "{from}");
        let mut hero = HERO.replacen(from, to, 1);
        if text.starts_with("priority = 95") {
            hero = hero.replacen("owner =", "priority = 95\nowner =", 1);
        }
        let hero = if text == "off = true" { String::new() } else { hero };
        let whole = sites::opened(&site(&[("experiences/hero.toml", &hero)]));
        for (region, device) in VISITS {
            for at in TIMES {
                let visit = visit(region, device, None);
                let found = decision(&own, &visit, at);
                let is_dach = ["DE", "AT"].contains(&region);
                let expected = decision(if is_dach { &whole } else { &before }, &visit, at);
                for key in ["content", "rule", "detail", "depth", "read"] {
                    assert_eq!(found[key], expected[key], "{text}: {key} for {region} {device} at {at}");
                }
                let name = expected["experience"].as_str().map(|name| match name {
                    "hero" if is_dach => "hero@dach",
                    name => name,
                });
                assert_eq!(found["experience"].as_str(), name, "{text}: for {region} {device}");
                changed += usize::from(is_dach && found["content"] != decision(&before, &visit, at)["content"]);
            }
        }
    }
    assert!(changed > 50, "only {changed} decisions of the market changed");
}

#[test]
fn an_override_keeps_the_format_that_older_engines_read() {
    let market = "[overrides.hero]\npriority = 80\ncontent = { \"a\" = \"c\" }\n[overrides.hero.schedule]\nfrom = 2026-12-01\nzone = \"market\"\n";
    let format = |site: &Site| {
        let program = selvedge::compile::compile(site).program;
        u16::from_le_bytes([program[4], program[5]])
    };
    assert_eq!(format(&site(&[("markets/dach.toml", market)])), selvedge::bundle::format::FORMAT);
    let holidays = ("holidays.toml", "[markets.dach]\nchristmas = [2026-12-25]\n");
    let hero = format!("{HERO}[schedule]\nnot_on = \"holidays\"\n");
    assert_eq!(format(&site(&[holidays])), selvedge::bundle::format::FORMAT);
    assert_eq!(format(&site(&[holidays, ("experiences/hero.toml", &hero)])), selvedge::bundle::format::FORMAT_MARKETS);
}

#[test]
fn two_markets_override_one_experience() {
    let own = site(&[
        ("markets/dach.toml", "owner = \"berlin\"\n[overrides.hero]\nreason = \"Snow\"\ncontent = { \"a\" = \"c\" }\n"),
        ("markets/na.toml", "[overrides.hero]\noff = true\n"),
    ]);
    let opened = sites::opened(&own);
    let shown = |region: &str| {
        let decision = decision(&opened, &visit(region, "desktop", None), TIMES[0]);
        format!("{} {}", decision["content"].as_str().unwrap_or("-"), decision["experience"].as_str().unwrap_or("-"))
    };
    assert_eq!([shown("DE"), shown("US"), shown("FR")], ["c hero@dach", "c other", "a hero"]);
    let report = distance(&own);
    let told: Vec<_> =
        report.markets.iter().map(|one| (&*one.market, one.overridden, one.percent, one.contents, one.rules)).collect();
    assert_eq!((report.declared, told), (5, vec![("dach", 1, 20.0, 1, 1), ("na", 1, 20.0, 0, 2)]));
    let one = &report.markets[0].overrides[0];
    assert_eq!((one.owner.as_deref(), one.reason.as_deref()), (Some("berlin"), Some("Snow")));
    assert_eq!(one.contents, [["a".to_owned(), "c".to_owned()]]);
    // The digest is that of the experience itself, whatever its markets do.
    let digest = &distance(&site(&[])).experiences[0].digest;
    assert_eq!(&report.experiences[0].digest, digest);
    let changed = site(&[("experiences/hero.toml", &HERO.replace("\"mobile\"", "\"desktop\""))]);
    assert_ne!(&distance(&changed).experiences[0].digest, digest);
}

/// An order about an experience holds for what markets do in its place.
#[test]
fn a_pause_reaches_every_market() {
    let own = site(&[("markets/dach.toml", "[overrides.hero]\npriority = 120\n")]);
    let order = |name: &str| Order { action: Action::Pause, name: name.into(), until_ms: i64::MAX, reason: "r".into() };
    for (name, [dach, others]) in
        [("hero", ["other", "other"]), ("hero@dach", ["other", "hero"]), ("her", ["hero@dach", "hero"])]
    {
        let mut opened = sites::opened(&own);
        opened.bundle = opened.bundle.under(vec![order(name)]);
        let by = |region: &str| decision(&opened, &visit(region, "", None), TIMES[0])["experience"].clone();
        assert_eq!([by("DE"), by("FR")], [dach, others], "{name}");
    }
}

#[test]
fn a_base_that_moved_is_a_warning_and_one_that_did_not_is_none() {
    let digest = distance(&site(&[])).experiences[0].digest.clone();
    for (base, expected) in [(digest.as_str(), 0), ("0a1b2c3d", 1)] {
        let market = format!("[overrides.hero]\nbase = \"{base}\"\npriority = 7\n");
        let (_, found, _) = check(&files(&[("markets/dach.toml", &market), ("markets/na.toml", &market)]));
        assert_eq!(found.iter().filter(|found| found.code == "SV7106").count(), 2 * expected, "{found:#?}");
    }
}

#[test]
fn an_experience_rests_on_the_holidays_of_the_visitors_market() {
    let hero =
        format!("{HERO}[schedule]\nfrom = 2026-12-24\nuntil = 2027-01-02\nzone = \"market\"\nnot_on = \"holidays\"\n");
    let own = site(&[
        (
            "holidays.toml",
            "[markets.dach]\nchristmas = [2026-12-25, 2026-12-26]\nnew-year = [2027-01-01]\n[markets.na]\nchristmas = [2026-12-25]\nold = [2026-11-26]\n",
        ),
        ("experiences/hero.toml", &hero),
    ]);
    let opened = sites::opened(&own);
    let runs = |region: &str, at: &str| decision(&opened, &visit(region, "", None), at)["experience"] == "hero";
    for (region, at, expected) in [
        ("DE", "2026-12-24T22:59:59.999Z", true),
        ("DE", "2026-12-24T23:00:00Z", false),
        ("DE", "2026-12-26T22:59:59.999Z", false),
        ("DE", "2026-12-26T23:00:00Z", true),
        ("DE", "2026-12-31T23:00:00Z", false),
        ("DE", "2027-01-01T23:00:00Z", true),
        ("US", "2026-12-25T04:59:59.999Z", true),
        ("US", "2026-12-25T05:00:00Z", false),
        ("US", "2026-12-26T05:00:00Z", true),
        ("US", "2027-01-01T12:00:00Z", true),
        // Nobody knows the holidays of other places.
        ("FR", "2026-12-25T12:00:00Z", true),
        ("FR", "2027-01-03T00:00:00Z", false),
    ] {
        assert_eq!(runs(region, at), expected, "{region} at {at}");
    }
    // Two days in a row are one rest, and what is outside of the schedule is none.
    let all = switches(&own);
    let told = |market: Option<&str>| -> Vec<String> {
        let own = all.iter().filter(|switch| switch.market.as_deref() == market);
        own.map(|switch| {
            let holiday = switch.holiday.as_deref().unwrap_or("-");
            format!("{} {} {holiday}", switch.local(), if switch.starts { "starts" } else { "ends" })
        })
        .collect()
    };
    assert_eq!(
        told(Some("dach")),
        [
            "2026-12-24T00:00:00+01:00 starts -",
            "2026-12-25T00:00:00+01:00 ends christmas",
            "2026-12-27T00:00:00+01:00 starts christmas",
            "2027-01-01T00:00:00+01:00 ends new-year",
            "2027-01-02T00:00:00+01:00 starts new-year",
            "2027-01-03T00:00:00+01:00 ends -",
        ]
    );
    assert_eq!(told(Some("na")).len(), 4);
    assert_eq!(told(None).len(), 2);
    // The engine makes each of them, at its millisecond.
    let mut walk: Vec<i64> = all.iter().flat_map(|switch| [switch.at_ms - 1, switch.at_ms]).collect();
    walk.sort_unstable();
    walk.dedup();
    for (region, market) in [("DE", Some("dach")), ("US", Some("na")), ("FR", None)] {
        let made: Vec<String> = observed(&opened.bundle, Some(region), "hero", &walk)
            .into_iter()
            .map(|(at, starts)| format!("{} {starts}", format_rfc3339(at)))
            .collect();
        let listed: Vec<String> = all
            .iter()
            .filter(|switch| switch.market.as_deref() == market)
            .map(|switch| format!("{} {}", format_rfc3339(switch.at_ms), switch.starts))
            .collect();
        assert_eq!(made, listed, "{region}");
    }
    // The lock file keeps the moments of holidays, too.
    let clocks = own.laid.lock.as_deref().unwrap_or_default();
    assert!(clocks.is_empty() || clocks.contains("2027-01-01T00:00:00 Europe/Berlin"), "{clocks}");
}

#[test]
fn a_slot_without_a_text_in_the_chain_keeps_the_origins_own() {
    let chain = |fallback: &str| SETTINGS.replace("all = [", &format!("fallback = {{ {fallback} }}\nall = ["));
    let shown = |settings: &str, hero: &str, locale: Option<&str>| {
        let own = sites::opened(&site(&[("selvedge.toml", settings), ("experiences/hero.toml", hero)]));
        let decision = decision(&own, &visit("FR", "", locale), TIMES[0]);
        let word = |key: &str| decision[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("content"), word("locale"), word("detail"))
    };
    let end = chain("\"*\" = [\"control\"]");
    let french = chain("fr = [\"control\"]");
    let cases = [
        (SETTINGS, Some("fr-CA"), "a en -"),
        (&end, Some("fr-CA"), "- - LOCALE_MISSING"),
        (&end, Some("de-AT"), "a de -"),
        (&end, Some("ja"), "- - LOCALE_MISSING"),
        (&end, None, "a en -"),
        (&french, Some("fr-CA"), "- - LOCALE_MISSING"),
        (&french, Some("ja"), "a en -"),
        (&chain("fr = [\"de\", \"control\"]"), Some("fr"), "a de -"),
        (&chain("\"*\" = [\"de\", \"control\"]"), Some("fr"), "a de -"),
    ];
    for (settings, locale, expected) in cases {
        assert_eq!(shown(settings, HERO, locale), expected, "{locale:?} of {settings}");
    }
    // Who could not see an arm is in no experiment.
    let split = "slot = \"home.hero\"\npurpose = \"contextual\"\n[[rule]]\nsplit = { experiment = \"x\", unit = \"page\", arms = { control = 50, \"a\" = 50 } }\n";
    let own = sites::opened(&site(&[("selvedge.toml", &end), ("experiences/hero.toml", split)]));
    for (locale, detail) in [("fr", "LOCALE_MISSING"), ("de", "NO_IDENTITY")] {
        let visit: Visit = serde_json::from_str(&format!(
            "{{\"region\":\"FR\",\"locale\":\"{locale}\",\"grants\":{{\"analytics\":true}}}}"
        ))
        .expect("is a context");
        let decision = decision(&own, &visit, TIMES[0]);
        assert_eq!((decision["detail"].as_str(), &decision["arm"]), (Some(detail), &Json::Null), "{locale}");
    }
}
