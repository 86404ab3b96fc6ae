//! Consent from the signals to the decision: who is heard, who wins, what silence means where, and what is done before anybody agreed.

mod before;
mod kept;
mod minors;

use selvedge::author::site::Site;
use selvedge::consent::{Basis, Grants, grants};
use selvedge::words::Visit;
use selvedge::words::{Purpose, Purposes, Signal};
use serde_json::{Value as Json, json};

use crate::sites::{self, NOW_MS};

/// A site with this `consent.toml`.
fn site(consent: &str) -> Site {
    let settings = "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned();
    sites::checked(&sites::files([("selvedge.toml", settings), ("consent.toml", consent.to_owned())]))
}

fn visit(context: Json) -> Visit {
    serde_json::from_value(context).expect("is a context")
}

fn granted(site: &Site, context: Json) -> Grants {
    grants(&site.regions, &visit(context), NOW_MS)
}

fn names(purposes: Purposes) -> String {
    purposes.iter().map(Purpose::name).collect::<Vec<_>>().join(" ")
}

/// 2026-11-10, with every purpose of the framework; the same with none; made a year before the law forgets, and a month.
pub(crate) const TCF_ALL: &str = "CQtd7EAQtd7EAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA";
pub(crate) const TCF_NONE: &str = "CQtd7EAQtd7EAAKABBENBkFgAAAAAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA";
const TCF_OLD: &str = "CQYnFYAQYnFYAAKABBENBkFgAP_gAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA";
/// No consent for vendors, and the publisher's own purposes 1, 5, 6, 8 and 11.
const TCF_PUBLISHER: &str = "CQtd7EAQtd7EAAKABBENBkFgAAAAAAAAAAAAF5wAQF5gAAAA.IF5wAgAFALzA.caQAAAAAAAAA";
/// Opted out of sale in California; of nothing; of nothing, and with Global Privacy Control; a child anywhere in the country.
pub(crate) const GPP_SALE: &str = "DBABBg~BAYAAABA.QA";
pub(crate) const GPP_NOTHING: &str = "DBABBg~BAoAAABA.QA";
const GPP_GPC: &str = "DBABBg~BAoAAABA.YA";
const GPP_CHILD: &str = "DBABLA~CAAqAAAAAFBA.QA";
pub(crate) const ONETRUST_ALL: &str = "groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A1%2CC0005%3A1";
pub(crate) const ONETRUST_NONE: &str = "groups=C0001%3A1%2CC0002%3A0%2CC0003%3A0%2CC0004%3A0%2CC0005%3A0";

#[test]
fn every_signal_says_what_it_can_and_no_more() {
    let site = site("[signals.didomi]\npersonalization = [\"p\"]\nanalytics = [\"a\"]\n");
    let closed = "2026-11-10T10:00:00.000Z";
    let cases = [
        ("DE", json!({}), "necessary contextual"),
        ("DE", json!({ "tcf": TCF_ALL }), "necessary contextual analytics personalization advertising storage"),
        ("DE", json!({ "tcf": TCF_PUBLISHER }), "necessary contextual analytics personalization storage"),
        // A denial of purpose 11 is an objection to choosing by the request.
        ("DE", json!({ "tcf": TCF_NONE }), "necessary"),
        ("DE", json!({ "onetrust": ONETRUST_ALL }), "necessary contextual"),
        (
            "DE",
            json!({ "onetrust": ONETRUST_ALL, "onetrust_closed": closed }),
            "necessary contextual functional analytics advertising storage",
        ),
        (
            "DE",
            json!({ "cookiebot": "{necessary:true,preferences:true,statistics:false,marketing:false,method:'explicit'}" }),
            "necessary contextual functional storage",
        ),
        (
            "DE",
            json!({ "didomi": "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbInAiXSwiZGlzYWJsZWQiOlsiYSJdfX0=" }),
            "necessary contextual personalization storage",
        ),
        (
            "DE",
            json!({ "google": { "personalization_storage": "granted", "ad_storage": "granted" } }),
            "necessary contextual personalization storage",
        ),
        ("US-CA", json!({}), "necessary contextual functional analytics personalization advertising storage"),
        ("US-CA", json!({ "gpp": GPP_SALE }), "necessary contextual functional analytics personalization storage"),
        ("US-CA", json!({ "gpp": GPP_GPC }), "necessary contextual functional analytics personalization storage"),
        ("US-CA", json!({ "usp": "1YYN" }), "necessary contextual functional analytics personalization storage"),
        // Who opted out in California takes that along.
        ("US-TX", json!({ "gpp": GPP_SALE }), "necessary contextual functional analytics personalization storage"),
        ("US", json!({ "gpp": GPP_SALE }), "necessary contextual functional analytics personalization storage"),
        ("US-NV", json!({ "gpp": GPP_SALE }), "necessary contextual functional analytics personalization storage"),
        // A browser's opt-out counts before the banner is closed.
        (
            "US-CA",
            json!({ "onetrust": "isGpcEnabled=1&browserGpcFlag=1&groups=C0001%3A1%2CC0004%3A1" }),
            "necessary contextual functional analytics personalization storage",
        ),
        // A map that does not fit the answer.
        (
            "US-CA",
            json!({ "onetrust": "groups=C0001%3A1%2CF01%3A0", "onetrust_closed": closed }),
            "necessary contextual personalization",
        ),
        // Who refuses every group refuses to have anything kept.
        (
            "US-CA",
            json!({ "onetrust": ONETRUST_NONE, "onetrust_closed": closed }),
            "necessary contextual personalization",
        ),
    ];
    for (region, signals, expected) in cases {
        let granted = granted(&site, json!({ "region": region, "signals": signals }));
        assert_eq!(names(granted.granted()), expected, "{region} {signals}");
    }
}

#[test]
fn a_cookie_that_is_there_and_cannot_be_read_denies_what_it_could_have_said() {
    use selvedge::page::{Request, arrive};
    let texts = [
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        ("consent.toml", "[signals.didomi]\npersonalization = [\"p\"]\nanalytics = [\"a\"]\n".to_owned()),
    ];
    let bundle = sites::opened(&sites::checked(&sites::files(texts))).bundle;
    // {"purposes":{"disabled":["p","a"]}}, and the same with both enabled.
    let (no, yes) =
        ("eyJwdXJwb3NlcyI6eyJkaXNhYmxlZCI6WyJwIiwiYSJdfX0=", "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbInAiLCJhIl19fQ==");
    let closed = "OptanonAlertBoxClosed=2026-11-09T10:00:00.000Z";
    let cases = [
        ("".to_owned(), ""),
        ("euconsent-v2=".into(), "analytics personalization advertising storage"),
        ("__gpp=".into(), "analytics personalization advertising sensitive storage"),
        ("usprivacy=".into(), "advertising"),
        ("CookieConsent=".into(), "functional analytics advertising storage"),
        ("didomi_token=".into(), "analytics personalization storage"),
        ("didomi_dcs=".into(), "analytics personalization storage"),
        (format!("didomi_token={no}; didomi_dcs="), "analytics personalization storage"),
        (format!("didomi_token={yes}; didomi_dcs="), "analytics personalization storage"),
        (format!("didomi_dcs=; didomi_token={yes}"), "analytics personalization storage"),
        // Before the banner is closed, its groups are defaults: whoever cannot read them misses nothing.
        ("OptanonConsent=".into(), ""),
        (closed.into(), "functional analytics advertising storage"),
        (format!("OptanonConsent=; {closed}"), "functional analytics advertising storage"),
        (format!("OptanonConsent=isGpcEnabled=0&grou; {closed}"), "functional analytics advertising storage"),
        ("OptanonAlertBoxClosed=".into(), "functional analytics advertising storage"),
        ("selvedge-consent=".into(), "functional analytics personalization advertising sensitive storage"),
    ];
    for (jar, expected) in cases {
        let header = |name: &str| (name == "cookie").then(|| jar.clone());
        let (region, header, randomness) = (Some("US-CA"), &header, "00112233445566778899aabbccddeeff");
        let request =
            Request { path: "/", query: "", country: None, region, header, now_ms: NOW_MS, randomness, edit: None };
        let grants = arrive(&bundle, &request, None).0.grants;
        let denied = Purpose::ALL.iter().copied().filter(|purpose| grants.denies(*purpose)).collect();
        assert_eq!(names(denied), expected, "{jar}");
    }
}

/// `tests/host/consent-signals.test.mjs` asks the page's own ears the same. With `SELVEDGE_GOLDEN=write` the table is written instead.
#[test]
fn signals_are_heard_as_the_table_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/consent-signals.json");
    let mut cases: Vec<Json> = serde_json::from_slice(&std::fs::read(&path).expect("is there")).expect("is JSON");
    // What is granted shows where silence denies, what is denied where silence grants.
    let law = |model: &str| {
        let rows = Purpose::ALL.iter().skip(1).map(|purpose| format!("{purpose} = \"{model}\"\n"));
        let didomi = "[signals.didomi]\npersonalization = [\"perso\"]\nanalytics = [\"mesure\"]\n";
        site(&format!("{didomi}[overrides.US-CA]\ncounsel = \"T\"\nreason = \"T\"\n{}", rows.collect::<String>()))
    };
    let (strict, lenient) = (law("opt_in"), law("notice"));
    for case in &mut cases {
        let context = json!({ "region": "US-CA", "signals": case["signals"] });
        let (yes, no) = (granted(&strict, context.clone()).granted(), !granted(&lenient, context).granted());
        let said = |purposes: Purposes, choice: bool| {
            let optional = purposes.iter().filter(|purpose| *purpose != Purpose::Necessary);
            optional.map(move |purpose| (purpose.to_string(), Json::from(choice))).collect::<Vec<_>>()
        };
        let said: serde_json::Map<String, Json> = said(yes, true).into_iter().chain(said(no, false)).collect();
        if std::env::var("SELVEDGE_GOLDEN").is_ok_and(|word| word == "write") {
            case["said"] = said.into();
        } else {
            assert_eq!(Json::from(said), case["said"], "{}", case["signals"]);
        }
    }
    let lines: Vec<String> = cases.iter().map(|case| format!("  {case}")).collect();
    std::fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).expect("can be written");
}

#[test]
fn a_denial_of_anybody_beats_a_grant_of_everybody_else() {
    let site = site("");
    let everything: serde_json::Map<String, Json> =
        Purpose::ALL.iter().map(|purpose| (purpose.name().to_owned(), json!(true))).collect();
    let cookie = "v=1&epoch=7&personalization=1&advertising=1&analytics=1&storage=1";
    let denials = [
        (json!({ "gpc": true }), "DE", Purpose::Advertising, Basis::Gpc),
        (json!({ "gpp": GPP_GPC }), "US-CA", Purpose::Advertising, Basis::Gpc),
        (json!({ "tcf": TCF_NONE }), "DE", Purpose::Personalization, Basis::Signal(Signal::Tcf)),
        (json!({ "tcf": "C" }), "DE", Purpose::Personalization, Basis::Malformed(Signal::Tcf)),
        (json!({ "usp": "1YYN" }), "US-CA", Purpose::Advertising, Basis::Signal(Signal::Usp)),
        (json!({ "usp": "1Y" }), "US-CA", Purpose::Advertising, Basis::Malformed(Signal::Usp)),
        (json!({ "gpp": "DB" }), "US-CA", Purpose::Advertising, Basis::Malformed(Signal::Gpp)),
        (json!({ "google": { "ad_storage": "denied" } }), "DE", Purpose::Advertising, Basis::Signal(Signal::Google)),
        (
            json!({ "onetrust": ONETRUST_NONE, "onetrust_closed": "2026-11-10T10:00:00.000Z" }),
            "DE",
            Purpose::Analytics,
            Basis::Signal(Signal::OneTrust),
        ),
        (json!({ "cookiebot": "{" }), "DE", Purpose::Analytics, Basis::Malformed(Signal::Cookiebot)),
    ];
    for (denial, region, purpose, basis) in denials {
        let mut signals = denial.clone();
        signals["cookie"] = json!(cookie);
        if signals.get("tcf").is_none() {
            signals["tcf"] = json!(TCF_ALL);
        }
        let context = json!({ "region": region, "signals": signals, "grants": everything });
        let granted = granted(&site, context);
        assert!(!granted.allows(purpose), "{denial}");
        assert_eq!(granted.basis(purpose), basis, "{denial}");
        assert_eq!(granted.epoch, 7);
    }
}

#[test]
fn what_cannot_be_read_denies_only_what_it_could_have_granted() {
    let site = site("");
    let of = |signals: Json| granted(&site, json!({ "region": "US-CA", "signals": signals }));
    let usp = of(json!({ "usp": "1Y" }));
    assert_eq!(names(usp.granted()), "necessary contextual functional analytics personalization storage");
    let tcf = of(json!({ "tcf": "!" }));
    assert_eq!(names(tcf.granted()), "necessary contextual functional");
    assert_eq!(tcf.basis(Purpose::Functional), Basis::Regime);
    assert_eq!(of(json!({ "cookie": "v=0" })).basis(Purpose::Functional), Basis::MalformedCookie);
}

#[test]
fn special_categories_are_granted_by_name_alone() {
    let site = site("[signals.onetrust]\nsensitive = [\"C0009\"]\n");
    let sensitive = "DBABLA~CAAqqqqqqgBA.QA";
    let group = json!({ "onetrust": "groups=C0009%3A1", "onetrust_closed": "2026-11-10T10:00:00.000Z" });
    let cases = [
        (json!({ "tcf": TCF_ALL, "gpp": sensitive }), json!({}), false),
        (json!({ "google": { "security_storage": "granted" } }), json!({}), false),
        (group, json!({}), true),
        (json!({ "cookie": "v=1&sensitive=1" }), json!({}), true),
        (json!({}), json!({ "sensitive": true }), true),
    ];
    for (signals, said, expected) in cases {
        for region in ["DE", "US-CA", "US-VA"] {
            let context = json!({ "region": region, "signals": signals, "grants": said });
            assert_eq!(
                granted(&site, context).allows_by_name(Purpose::Sensitive),
                expected,
                "{region} {signals} {said}"
            );
        }
    }
}

#[test]
fn a_grant_grows_too_old_and_a_denial_never_does() {
    let shipped = site("");
    let of = |site: &Site, signals: Json| granted(site, json!({ "region": "DE", "signals": signals }));
    let today = NOW_MS / 86_400_000;
    let cookie = |day: i64| json!({ "cookie": format!("v=1&epoch=1&day={day}&personalization=1&advertising=0") });
    let kept = of(&shipped, cookie(today - 395));
    assert!(kept.allows(Purpose::Personalization));
    assert_eq!(kept.day(Purpose::Personalization), u32::try_from(today - 395).ok());
    for day in [today - 396, today + 2] {
        let old = of(&shipped, cookie(day));
        assert!(!old.allows(Purpose::Personalization));
        assert_eq!(old.basis(Purpose::Personalization), Basis::Expired);
        assert_eq!(old.basis(Purpose::Advertising), Basis::Cookie);
    }
    assert_eq!(of(&shipped, json!({ "tcf": TCF_OLD })).basis(Purpose::Personalization), Basis::Expired);
    assert_eq!(of(&shipped, json!({ "tcf": TCF_ALL })).day(Purpose::Personalization), Some(20_767));
    // A law, or a site, that forgets sooner.
    let sooner = site("[overrides.DE]\nmax_grant_age_days = 4\n");
    assert!(!of(&sooner, cookie(today - 5)).allows(Purpose::Personalization));
    assert!(!of(&sooner, json!({ "tcf": TCF_ALL })).allows(Purpose::Personalization));
    assert!(of(&shipped, json!({ "tcf": TCF_ALL })).allows(Purpose::Personalization));
}

#[test]
fn only_the_signals_that_a_site_uses_are_read() {
    let site = site("[signals]\nuse = [\"usp\"]\n");
    let of = |signals: Json| granted(&site, json!({ "region": "US-CA", "signals": signals }));
    assert_eq!(of(json!({ "tcf": TCF_NONE, "gpp": GPP_SALE, "cookiebot": "{" })), of(json!({})));
    assert_ne!(of(json!({ "usp": "1YYN" })), of(json!({})));
    assert_eq!(site.regions.signals.used.len(), 1);
    assert!(site.regions.signals.groups(Signal::OneTrust).is_empty(), "what is not used is not carried");
    assert_eq!(of(json!({ "gpp": GPP_NOTHING })), of(json!({})));
}

#[test]
fn laws_that_are_still_to_come_wait_for_their_day() {
    let site = site("");
    let law = |region: &str, day: &str| {
        let now_ms = selvedge::words::time::parse_rfc3339(&format!("{day}T00:00:00Z")).expect("a time");
        let at = grants(&site.regions, &visit(json!({ "region": region })), now_ms).regime;
        site.regions.rows[at].code.clone()
    };
    for (region, before, from, parent) in [
        ("US-OK", "2026-12-31", "2027-01-01", "US"),
        ("US-LA", "2026-12-31", "2027-01-01", "US"),
        ("US-AL", "2027-04-30", "2027-05-01", "US"),
        ("US-CT", "2026-06-30", "2026-07-01", "US"),
        ("GB", "2026-02-04", "2026-02-05", "EU"),
    ] {
        assert_eq!((law(region, before).as_str(), law(region, from).as_str()), (parent, region));
    }
}
