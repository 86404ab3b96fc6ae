//! A request in, a visit out: what is read of a request, and what is kept on the device, before and after permission.

use std::collections::BTreeMap;

use selvedge::bundle::Bundle;
use selvedge::cli::open::Opened;
use selvedge::consent::{Basis, cookie};
use selvedge::engine::{Workspace, all_slots, decide, permit, write_page};
use selvedge::page::{self, Arrival, ID_COOKIE, ID_SECONDS_MAX, STATE_COOKIE, STATE_SECONDS, SetCookie};
use selvedge::page::{Asked, Deployment, Scratch, Who};
use selvedge::words::{Depth, Purpose, Purposes, Signal, Unit};
use selvedge::words::{Map, Value};

use crate::consent::{GPP_NOTHING, GPP_SALE, ONETRUST_ALL, ONETRUST_NONE, TCF_ALL, TCF_NONE};
use crate::sites::{self, NOW_MS};

const RANDOMNESS: &str = "00112233445566778899aabbccddeeff";
const KNOWN_ID: &str = "ffeeddccbbaa99887766554433221100";
const AGREED: &str = "consent=v=1&epoch=1&storage=1&analytics=1&personalization=1";
const WITHDRAWN: &str = "consent=v=1&epoch=2&storage=0&analytics=0&personalization=0";

/// A request: its path, query and headers.
#[derive(Clone, Default)]
struct Request<'r> {
    path: &'r str,
    query: &'r str,
    headers: &'r [(&'r str, &'r str)],
}

/// What came of it.
struct Outcome {
    intake: Arrival,
    cookies: Vec<SetCookie>,
    answer: String,
    unit: Option<Unit>,
}

fn request(opened: &Opened, request: &Request<'_>) -> Outcome {
    let headers: BTreeMap<&str, &str> = request.headers.iter().copied().collect();
    let header = |name: &str| headers.get(name).map(|value| (*value).to_owned());
    let facts = page::Request {
        path: request.path,
        query: request.query,
        country: Some("DE"),
        region: Some("DE-BY"),
        header: &header,
        now_ms: NOW_MS,
        randomness: RANDOMNESS,
        edit: None,
    };
    let bundle: &Bundle = &opened.bundle;
    let intake = page::arrive(bundle, &facts, None).0;
    let permitted = permit(bundle, &intake.visit, &intake.grants, NOW_MS);
    let page = decide(bundle, &permitted, &all_slots(bundle), &mut Workspace::default());
    let mut answer = String::new();
    write_page(&mut answer, bundle, &permitted, &page, &[]);
    let unit = page.decisions[0].assignment.map(|assignment| assignment.unit);
    Outcome {
        cookies: intake.cookies(page.decisions.iter().any(|decision| decision.drew_by(Unit::Visitor))),
        intake,
        answer,
        unit,
    }
}

#[test]
fn attributes_are_found_where_they_say() {
    let opened = opened();
    let headers = [
        ("accept-language", "de-AT,de;q=0.9,en;q=0.5"),
        ("user-agent", "Mozilla/5.0 (iPhone) Mobile/15E148"),
        ("x-tier", "gold"),
        (
            "cookie",
            "consent=v=1&storage=1; selvedge-state=visitor.visits=6~20772&visitor.tags=a%2Cb~20772; cart=wool%20hat",
        ),
    ];
    let asked = Request { path: "/products/hat", query: "q=1&utm=M%C3%BCtze+rot&utm=second", headers: &headers };
    let visit = request(&opened, &asked).intake.visit;
    let text = |text: &str| Value::Text(text.to_owned());
    let expected: Map<String, Value> = [
        ("request.country", text("DE")),
        ("request.region", text("DE-BY")),
        ("request.language", text("de")),
        ("request.device", text("mobile")),
        ("page.path", text("/products/hat")),
        ("page.kind", text("product")),
        ("request.tier", text("gold")),
        ("request.campaign", text("Mütze rot")),
        ("visitor.cart", text("wool hat")),
        ("visitor.visits", Value::Int(6)),
        ("visitor.tags", Value::List(vec!["a".into(), "b".into()])),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    assert_eq!(visit.attributes, expected);
    assert_eq!(visit.locale.as_deref(), Some("de-AT"));
    assert_eq!(visit.region.as_deref(), Some("DE-BY"));
}

#[test]
fn the_device_is_not_read_before_permission() {
    let opened = opened();
    let jar =
        |consent: &str| format!("{consent}; selvedge-state=visitor.visits=6~20772; selvedge-id={KNOWN_ID}; cart=hat");
    let of_device = ["visitor.visits", "visitor.cart", "visitor.tags"];
    // A cookie that cannot be read, a withdrawal and silence are alike.
    for consent in ["consent=", "consent=v=9", WITHDRAWN, "other=1"] {
        let jar = jar(consent);
        let visit = request(&opened, &Request { headers: &[("cookie", &jar)], ..Request::default() }).intake.visit;
        for name in of_device {
            assert!(!visit.attributes.contains_key(name), "{name} was read with {consent}");
        }
        assert_eq!(visit.identity.visitor, None, "{consent}");
    }
    let jar = jar(AGREED);
    let visit = request(&opened, &Request { headers: &[("cookie", &jar)], ..Request::default() }).intake.visit;
    assert_eq!(visit.attributes["visitor.visits"], Value::Int(6));
    assert_eq!(visit.identity.visitor.as_deref(), Some(KNOWN_ID));
}

#[test]
fn what_cookies_hold_changes_nothing_before_permission() {
    let opened = opened();
    let jars = [
        format!("selvedge-state=visitor.visits=6~20772; selvedge-id={KNOWN_ID}; cart=hat"),
        "selvedge-state=visitor.visits=6~20000&gone=1~1; selvedge-id=abc; cart=".to_owned(),
        "selvedge-state=visitor.visits=; selvedge-id=abc; cart=".to_owned(),
        format!("selvedge-state={}; selvedge-id={RANDOMNESS}; cart=%zz", "%".repeat(4_000)),
    ];
    let outcome = |jar: &String| {
        let outcome = request(&opened, &Request { headers: &[("cookie", jar)], ..Request::default() });
        (outcome.intake.visit, outcome.answer, outcome.cookies)
    };
    let first = outcome(&jars[0]);
    for jar in &jars[1..] {
        assert_eq!(outcome(jar), first, "{jar}");
    }
}

#[test]
fn cookies_are_set_with_permission_and_removed_after_withdrawal() {
    let opened = opened();
    let id = SetCookie { name: ID_COOKIE.into(), value: RANDOMNESS.to_owned(), max_age_seconds: ID_SECONDS_MAX };
    let removal = |name: &'static str| SetCookie { name: name.into(), value: String::new(), max_age_seconds: 0 };
    let known = format!("selvedge-id={KNOWN_ID}");
    // Consent, the device's cookies, Sec-GPC; what is set, and what the split assigned.
    let cases = [
        ("", "", "0", Vec::new(), None),
        (AGREED, "", "0", vec![id.clone()], Some(Unit::Visitor)),
        (AGREED, &known, "0", vec![], Some(Unit::Visitor)),
        // An id that we did not make is not taken over.
        (AGREED, "selvedge-id=<script>", "0", vec![id.clone()], Some(Unit::Visitor)),
        (AGREED, "selvedge-id=abc", "0", vec![id], Some(Unit::Visitor)),
        (WITHDRAWN, &known, "0", vec![removal(ID_COOKIE)], None),
        (WITHDRAWN, "selvedge-state=visitor.visits=6", "0", vec![removal(STATE_COOKIE)], None),
        (
            "consent=v=1&storage=1",
            "selvedge-id=abc; selvedge-state=visitor.visits=6~1",
            "0",
            vec![removal(ID_COOKIE)],
            None,
        ),
        (
            "consent=broken",
            "selvedge-id=abc; selvedge-state=x=1",
            "1",
            vec![removal(ID_COOKIE), removal(STATE_COOKIE)],
            None,
        ),
    ];
    for (consent, device, gpc, expected, unit) in cases {
        let jar = format!("{consent}; {device}");
        let outcome =
            request(&opened, &Request { headers: &[("cookie", &jar), ("sec-gpc", gpc)], ..Request::default() });
        assert_eq!(outcome.cookies, expected, "{jar}");
        assert_eq!(outcome.unit, unit, "{jar}");
    }
}

#[test]
fn a_value_is_used_for_no_longer_than_it_may_be_kept() {
    let opened = opened();
    let position =
        opened.bundle.program().manifest().attributes.iter().position(|entry| entry.name == "visitor.visits");
    let position = position.expect("it is in the catalogue");
    let day = 86_400_000;
    let today = NOW_MS / day;
    // What is kept; whether it may be read, when it was observed, and whether it is known.
    let cases = [
        (format!("6~{today}"), true, Some(today), true),
        (format!("6%7E{}", today - 29), true, Some(today - 29), true),
        // Half a day into the thirtieth: written later that day, it could be younger, but nothing says so.
        (format!("6~{}", today - 30), false, Some(today - 30), true),
        (format!("6~{}", today - 400), false, Some(today - 400), true),
        ("6~0".to_owned(), false, Some(0), true),
        (format!("6~{}", today + 1), true, None, false),
        ("6~99999999999999999999".to_owned(), true, None, false),
        ("6".to_owned(), true, None, false),
        ("6~".to_owned(), true, None, false),
        ("6~-1".to_owned(), true, None, false),
        ("6~today".to_owned(), true, None, false),
    ];
    for (kept, readable, observed, known) in cases {
        let jar = format!("{AGREED}; selvedge-state=visitor.tags=a~{today}&visitor.visits={kept}");
        let outcome = request(&opened, &Request { headers: &[("cookie", &jar)], ..Request::default() });
        let Arrival { visit, grants, .. } = &outcome.intake;
        assert_eq!(visit.observed.get("visitor.visits").map(|at| at.0), observed.map(|days| days * day), "{kept}");
        assert_eq!(visit.attributes.get("visitor.visits"), known.then_some(&Value::Int(6)), "{kept}");
        assert_eq!(visit.unknown.iter().any(|name| name == "visitor.visits"), !known, "{kept}");
        let permitted = permit(&opened.bundle, visit, grants, NOW_MS);
        assert_eq!(permitted.may_read(position, Purpose::Personalization), readable, "{kept}");
        assert_eq!(outcome.cookies.iter().find(|cookie| cookie.name == STATE_COOKIE), None, "{kept}");
    }
}

#[test]
fn what_is_no_longer_covered_leaves_the_state_cookie() {
    let purposes = |name: &str| if name == "visitor.tags" { "\"functional\"" } else { "\"personalization\"" };
    let opened = sites::opened(&sites::checked(&files_with("[[rule]]\nshow = \"c\"\n", purposes)));
    let set =
        |value: &str| SetCookie { name: STATE_COOKIE.into(), value: value.to_owned(), max_age_seconds: STATE_SECONDS };
    let removal = SetCookie { name: STATE_COOKIE.into(), value: String::new(), max_age_seconds: 0 };
    let both = "visitor.visits=6%7E20770&visitor.tags=a%2Cb%7E20771";
    let cases = [
        ("personalization=1&functional=1&storage=1", both, None),
        ("functional=1&storage=1", both, Some(set("visitor.tags=a%2Cb%7E20771"))),
        ("personalization=1&storage=1", both, Some(set("visitor.visits=6%7E20770"))),
        ("functional=1&storage=1", "visitor.visits=6~20770", Some(removal.clone())),
        ("storage=1", both, Some(removal.clone())),
        ("functional=1&personalization=1", both, Some(removal.clone())),
        // Not of the catalogue, not the device's, not in this cookie, no name at all, nothing that we wrote.
        ("functional=1&storage=1", "visitor.tags=a~1&x=1~1", Some(set("visitor.tags=a~1"))),
        ("functional=1&storage=1", "request.country=DE~1", Some(removal.clone())),
        ("personalization=1&storage=1", "visitor.cart=hat~1", Some(removal.clone())),
        ("functional=1&storage=1", "visitor.tags", Some(removal.clone())),
        ("functional=1&storage=1", "x=1&visitor.tags=\"é\"~1", Some(removal)),
        ("functional=1&storage=1", "&visitor.tags=a~1&", None),
        ("functional=1&storage=1", "", None),
    ];
    for (choices, state, expected) in cases {
        let jar = format!("consent=v=1&{choices}; selvedge-state={state}");
        let outcome = request(&opened, &Request { headers: &[("cookie", &jar)], ..Request::default() });
        let found = outcome.cookies.into_iter().find(|cookie| cookie.name == STATE_COOKIE);
        assert_eq!(found, expected, "{choices} with {state}");
    }
}

#[test]
fn the_page_says_which_attributes_the_device_may_keep() {
    let opened = opened();
    let outcome = request(&opened, &Request::default());
    let Arrival { visit, grants, .. } = &outcome.intake;
    let mut scratch = Scratch::default();
    let begun = page::begin(&opened.bundle, &Asked::of(Who::Settled(visit, grants, NOW_MS)), &mut scratch);
    let deployment = Deployment { environment: "development", root: "00", root_version: 1, cookie: None, nonce: "0" };
    let host = page::Host { deployment, recording: None, key: None };
    let block = begun.finish(&|_| None, &host).expect("needs no content").block;
    let json = block.split_once("selvedge-page\">").and_then(|(_, rest)| rest.strip_suffix("</script>"));
    let json = json.expect("one element");
    let json: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
    // `visitor.cart` is of the device, in a cookie of the site's own.
    let both = ["contextual", "personalization"];
    assert_eq!(json["nonce"], "0");
    assert_eq!(json["device"], serde_json::json!({ "visitor.tags": both, "visitor.visits": both }));
}

#[test]
fn consent_cookies_are_read_as_the_table_says() {
    let cases = include_str!("../vectors/consent-cookies.json");
    let cases: Vec<serde_json::Value> = serde_json::from_str(cases).expect("the table is JSON");
    assert!(!cases.is_empty());
    for case in cases {
        let value = case["value"].as_str().expect("a value");
        let found = cookie::parse(value).map(|choices| {
            let said = |purposes: Purposes, choice: serde_json::Value| {
                purposes.iter().map(move |purpose| (purpose.to_string(), choice.clone()))
            };
            let said: BTreeMap<_, _> = said(choices.granted, true.into())
                .chain(said(choices.parental, "parent".into()))
                .chain(said(choices.denied, false.into()))
                .collect();
            serde_json::json!({ "epoch": choices.epoch, "said": said })
        });
        assert_eq!(found.unwrap_or_default(), case["read"], "{value}");
    }
}

#[test]
fn a_split_that_nobody_reached_leaves_no_id() {
    let opened = sites::opened(&sites::checked(&files("[[rule]]\nshow = \"c\"\n")));
    let outcome = request(&opened, &Request { headers: &[("cookie", AGREED)], ..Request::default() });
    assert!(outcome.intake.visit.identity.visitor.is_some());
    assert_eq!(outcome.cookies, []);
}

#[test]
fn set_cookie_headers_are_first_party_and_short() {
    let outcome = request(&opened(), &Request { headers: &[("cookie", AGREED)], ..Request::default() });
    assert_eq!(
        outcome.cookies[0].header(true),
        format!("selvedge-id={RANDOMNESS}; Path=/; Max-Age=34128000; SameSite=Lax; Secure")
    );
    assert!(!outcome.cookies[0].header(false).contains("Secure"));
}

/// The origin may have chosen the page by the same header; what we choose of it is contextual, and can be refused.
#[test]
fn the_browsers_languages_choose_content_where_contextual_choices_are_permitted() {
    let opened = opened();
    for (consent, locale) in [("v=1", Some("de")), ("v=1&contextual=1", Some("de")), ("v=1&contextual=0", None)] {
        let cookie = format!("consent={consent}");
        let headers = [("accept-language", "de"), ("cookie", cookie.as_str())];
        let visit = request(&opened, &Request { headers: &headers, ..Request::default() }).intake.visit;
        assert_eq!(visit.locale.as_deref(), locale, "{consent}");
    }
}

#[test]
fn headers_say_language_device_and_privacy() {
    let opened = opened();
    let text = |visit: &selvedge::words::Visit, name: &str| match visit.attributes.get(name) {
        Some(Value::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    let languages = [
        ("de", Some("de"), "de"),
        ("fr-CH, fr;q=0.9, en;q=0.8", Some("en"), "fr"),
        ("EN-us", Some("EN-us"), "en"),
        ("ja", None, "ja"),
        ("de;q=0.1, en;q=0.1001, en-GB;q=0.2", Some("en-GB"), "en"),
        ("*", None, "None"),
        // Not a locale of the site, which says where to fall back to.
        ("lb", Some("lb"), "lb"),
        ("fr, lb-LU;q=0.9, en;q=0.5", Some("lb-LU"), "fr"),
    ];
    for (header, locale, language) in languages {
        let visit =
            request(&opened, &Request { headers: &[("accept-language", header)], ..Request::default() }).intake.visit;
        assert_eq!(visit.locale.as_deref(), locale, "{header}");
        assert_eq!(text(&visit, "request.language"), language, "{header}");
    }
    let agents = [
        ("Mozilla/5.0 (X11; Linux x86_64)", "desktop"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile Safari", "mobile"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Safari", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0)", "tablet"),
        ("", "desktop"),
    ];
    for (agent, device) in agents {
        let visit = request(&opened, &Request { headers: &[("user-agent", agent)], ..Request::default() }).intake.visit;
        assert_eq!(text(&visit, "request.device"), device, "{agent}");
    }
    for (header, gpc) in [("1", true), ("0", false), ("0,1", true), (" 1 ", true), ("yes", false)] {
        let visit = request(&opened, &Request { headers: &[("sec-gpc", header)], ..Request::default() }).intake.visit;
        assert_eq!(visit.signals.gpc, gpc, "{header}");
    }
}

#[test]
fn the_first_path_pattern_that_matches_counts() {
    let opened = opened();
    let cases = [
        ("/", Some("home")),
        ("/products/hat", Some("product")),
        ("/products/sale/hat", Some("product")),
        ("/de/sale", Some("sale")),
        ("/about", None),
        ("", None),
    ];
    for (path, expected) in cases {
        let visit = request(&opened, &Request { path, ..Request::default() }).intake.visit;
        let expected = expected.map(|kind| Value::Text(kind.to_owned()));
        assert_eq!(visit.attributes.get("page.kind"), expected.as_ref(), "{path}");
    }
}

/// A site whose first slot is split by visitor, for whoever agreed to it.
/// A cookie for the host and one for its domain may have one name: which of them comes first says nothing.
#[test]
fn a_consent_cookie_that_contradicts_itself_grants_nothing() {
    let mut files = files("[[rule]]\nshow = \"c\"\n");
    let mut consent = "cookie = \"consent\"\n".to_owned();
    for signal in ["tcf", "gpp", "usp", "onetrust", "cookiebot"] {
        consent += &format!("[signals.{signal}]\ncookie = \"c-{signal}\"\n");
    }
    consent += "[signals.didomi]\ncookie = \"c-didomi\"\npersonalization = [\"p\"]\nanalytics = [\"a\"]\n";
    files.entries.extend(sites::files([("consent.toml", consent)]).entries);
    let opened = sites::opened(&sites::checked(&files));

    let granted = |region: &str, cookies: &[String]| {
        let closed = cookies.iter().any(|cookie| cookie.starts_with("c-onetrust="));
        let closed = closed.then(|| "OptanonAlertBoxClosed=2026-11-10T00:00:00Z".to_owned());
        let jar = closed.into_iter().chain(cookies.iter().cloned()).collect::<Vec<_>>().join("; ");
        let header = |name: &str| (name == "cookie").then(|| jar.clone());
        let (region, randomness) = (Some(region), RANDOMNESS);
        let facts = page::Request {
            path: "/",
            query: "",
            country: None,
            region,
            header: &header,
            now_ms: NOW_MS,
            randomness,
            edit: None,
        };
        page::arrive(&opened.bundle, &facts, None).0.grants
    };
    // Whatever one of the two may have held back is held back, what a damaged cookie leaves open included.
    for (one, other) in [("contextual=0", "storage=1"), ("depth=none", "personalization=1"), ("epoch=3", "epoch=4")] {
        let both = granted("US-CA", &[format!("consent=v=1&{one}"), format!("consent=v=1&{other}")]);
        assert_eq!(both.granted(), Purposes::NONE.with(Purpose::Necessary), "{one} {other}");
        assert_eq!(both.depth, Depth::None, "{one} {other}");
    }
    let cookiebot =
        |on: bool| format!("{{necessary:true,preferences:{on},statistics:{on},marketing:{on},method:'explicit'}}");
    // {"purposes":{"enabled":["p","a"],"disabled":[]}} and the other way round.
    let didomi = [
        "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbInAiLCJhIl0sImRpc2FibGVkIjpbXX19",
        "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbXSwiZGlzYWJsZWQiOlsicCIsImEiXX19",
    ];
    let pairs: [(&str, String, String, Basis, Purpose); 7] = [
        ("consent", AGREED[8..].into(), WITHDRAWN[8..].into(), Basis::MalformedCookie, Purpose::Personalization),
        ("c-tcf", TCF_ALL.into(), TCF_NONE.into(), Basis::Malformed(Signal::Tcf), Purpose::Advertising),
        ("c-gpp", GPP_NOTHING.into(), GPP_SALE.into(), Basis::Malformed(Signal::Gpp), Purpose::Advertising),
        ("c-usp", "1YNN".into(), "1YYN".into(), Basis::Malformed(Signal::Usp), Purpose::Advertising),
        (
            "c-onetrust",
            ONETRUST_ALL.into(),
            ONETRUST_NONE.into(),
            Basis::Malformed(Signal::OneTrust),
            Purpose::Advertising,
        ),
        ("c-cookiebot", cookiebot(true), cookiebot(false), Basis::Malformed(Signal::Cookiebot), Purpose::Advertising),
        ("c-didomi", didomi[0].into(), didomi[1].into(), Basis::Malformed(Signal::Didomi), Purpose::Personalization),
    ];
    for (name, yes, no, basis, purpose) in pairs {
        let (yes, no) = (format!("{name}={yes}"), format!("{name}={no}"));
        // The law of the first asks; that of the second lets silence be agreement.
        for region in ["DE", "US-CA"] {
            let alone = [&yes, &no].map(|cookie| granted(region, std::slice::from_ref(cookie)));
            assert_eq!(alone[0], granted(region, &[yes.clone(), yes.clone()]), "{name} {region}: the same twice");
            for cookies in [[yes.clone(), no.clone()], [no.clone(), yes.clone()]] {
                let both = granted(region, &cookies);
                for alone in &alone {
                    assert!(both.granted().and(!alone.granted()).is_empty(), "{region} {cookies:?}: {both:?}");
                }
                assert_eq!((both.allows(purpose), both.basis(purpose)), (false, basis), "{region} {cookies:?}");
            }
        }
    }
}

fn opened() -> Opened {
    let split = "[[rule]]\nsplit = { experiment = \"x\", arms = { c = 50, control = 50 } }\n";
    sites::opened(&sites::checked(&files(split)))
}

fn files(rules: &str) -> selvedge::author::Files {
    files_with(rules, |_| "\"contextual\", \"personalization\"")
}

fn files_with(rules: &str, purposes: fn(&str) -> &'static str) -> selvedge::author::Files {
    let attribute = |name: &str, kind: &str| format!("[{name}]\n{kind}\npurposes = [{}]\n", purposes(name));
    let request = "type = \"string\"\nsource = \"request\"";
    let device = "source = \"device\"\nretention = \"30d\"";
    let attributes = [
        attribute("request.country", request),
        attribute("request.region", request),
        attribute("request.language", request),
        attribute("request.device", request),
        attribute("request.tier", &format!("{request}\nfrom = \"header:X-Tier\"")),
        attribute("request.campaign", &format!("{request}\nfrom = \"query:utm\"")),
        attribute("page.path", "type = \"string\"\nsource = \"page\""),
        attribute(
            "page.kind",
            "type = \"string\"\nsource = \"page\"\npaths = { \"/\" = \"home\", \"/products/*\" = \"product\", \"*sale*\" = \"sale\" }",
        ),
        attribute("visitor.visits", &format!("type = \"int\"\n{device}")),
        attribute("visitor.tags", &format!("type = \"list\"\n{device}")),
        attribute("visitor.cart", &format!("type = \"string\"\n{device}\nfrom = \"cookie:cart\"")),
    ]
    .concat();
    sites::files([
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\nall = [\"de\", \"en\"]\nfallback = { lb = [\"de\", \"en\"] }\n".to_owned()),
        ("consent.toml", "cookie = \"consent\"\n".to_owned()),
        ("attributes.toml", attributes),
        ("slots.toml", "[home]\nselector = \"#h\"\nchange = \"inner\"\n".to_owned()),
        ("content/c.toml", "[locale.en]\nhtml = \"c\"\n".to_owned()),
        ("experiences/e.toml", format!("slot = \"home\"\n{rules}")),
    ])
}
