//! Cookies as platforms write them, and values that must never become a permission.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::sync::LazyLock;

use super::*;
use crate::author::signals::shipped;
use crate::consent::sources::Sources;
use crate::consent::statement::Fault;
use crate::consent::statement::tests::said;
use crate::words::base64::{STANDARD, base64};
use crate::words::{Purpose, Signals};
use google::of_types as google;

static SHIPPED: LazyLock<Sources> = LazyLock::new(shipped);

fn read(signal: Signal, text: &str, chosen: Option<&str>, groups: &[Group]) -> Statement {
    let platform = Platform::of(signal).expect("a platform");
    (platform.read)(&Answer { text, chosen, types: &Map::new() }, groups)
}

fn onetrust(text: &str, closed: Option<&str>) -> Statement {
    read(Signal::OneTrust, text, closed, SHIPPED.groups(Signal::OneTrust))
}

fn cookiebot(text: &str) -> Statement {
    read(Signal::Cookiebot, text, None, SHIPPED.groups(Signal::Cookiebot))
}

fn didomi(text: &str) -> Statement {
    read(Signal::Didomi, text, None, &didomi_groups())
}

fn assert_refused(statement: Statement, text: &str) {
    assert!(statement.granted.is_empty() && statement.denied.has(Purpose::Analytics), "{text}");
}

/// When the visitor closed the banner.
const CLOSED: Option<&str> = Some("2026-11-10T10:00:00.000Z");

/// As it is in a request, with the parts that nothing is read from.
fn optanon(groups: &str, more: &str) -> String {
    format!(
        "isGpcEnabled=0&datestamp=Thu+Jan+22+2026+15%3A26%3A49+GMT%2B0100&version=202512.1.0&browserGpcFlag=0\
         &isIABGlobal=false&hosts=H10%3A1%2CH163%3A0&consentId=7ebbb751&interactionCount=1&landingPath=NotLandingPage\
         &groups={groups}{more}"
    )
}

#[test]
fn groups_of_onetrust_are_purposes() {
    for (groups, expected) in [
        // A site without social cookies has no C0005.
        ("C0001%3A1%2CC0003%3A1%2CC0002%3A0%2CC0004%3A1%2CV2STACK42%3A1", "+functional +advertising -analytics"),
        // A group that the answer does not list is not agreed to.
        ("C0001%3A1%2CC0002%3A1", "+analytics -functional -advertising"),
        ("C0004%3A0", "-functional -analytics -advertising"),
    ] {
        assert_eq!(said(onetrust(&optanon(groups, "&AwaitingReconsent=false"), CLOSED)), expected);
    }
    let analytics = Purposes::NONE.with(Purpose::Analytics);
    let social =
        [("C0004", ADVERTISING), ("C0005", ADVERTISING), ("C0002", analytics)].map(|(name, one)| Group::new(name, one));
    for (groups, expected) in [
        ("C0004%3A1%2CC0005%3A1", "+analytics +advertising"),
        ("C0004%3A1%2CC0005%3A0", "+analytics -advertising"),
        ("C0004%3A1", "+analytics -advertising"),
    ] {
        assert_eq!(said(read(Signal::OneTrust, &format!("groups=C0002%3A1%2C{groups}"), CLOSED, &social)), expected);
    }
}

const ADVERTISING: Purposes = Purposes::NONE.with(Purpose::Advertising);

#[test]
fn a_map_that_does_not_fit_the_answer_denies() {
    // Groups that the site renamed, groups without the optional ones, numbers of another product.
    for groups in ["C0001%3A1%2CF01%3A0", "C0001%3A1%2CF01%3A1", "1%3A1%2C2%3A0%2C3%3A0", "C0001%3A1"] {
        for more in ["", "&AwaitingReconsent=true"] {
            let statement = onetrust(&optanon(groups, more), CLOSED);
            assert_refused(statement, groups);
            assert_eq!(statement.fault, Some(Fault::Malformed(Malformed::Unmapped)));
        }
        assert_eq!(said(onetrust(&optanon(groups, ""), None)), "", "before the banner is closed");
    }
    assert_refused(cookiebot("{necessary:true,method:'explicit'}"), "categories that the site renamed");
    assert_refused(didomi(&token(r#"{"purposes":{"enabled":["mine"],"disabled":[]}}"#)), "another site's purposes");
    // There is no answer yet.
    assert_eq!(said(didomi(&token(r#"{"purposes":{"enabled":[],"disabled":[]}}"#))), "");
    assert_eq!(said(cookiebot("-1")), "");
    // A site that maps no group gets no answer.
    assert_eq!(said(read(Signal::OneTrust, "groups=C0002%3A0", CLOSED, &[])), "");
}

#[test]
fn groups_before_a_choice_are_no_choice() {
    let all_on = "C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A1%2CC0005%3A1";
    assert_eq!(said(onetrust(&optanon(all_on, ""), None)), "");
    assert_eq!(said(onetrust(&optanon(all_on, "&AwaitingReconsent=true"), CLOSED)), "");
}

#[test]
fn a_refusal_outlives_the_wait_for_a_new_choice() {
    let groups = "C0001%3A1%2CC0002%3A0%2CC0003%3A1%2CC0004%3A0%2CC0005%3A1";
    for value in [
        optanon(groups, "&AwaitingReconsent=true"),
        format!("AwaitingReconsent=true&{}", optanon(groups, "")),
        optanon(groups, "&AwaitingReconsent=true&AwaitingReconsent=false"),
    ] {
        assert_eq!(said(onetrust(&value, CLOSED)), "-analytics -advertising", "{value}");
        assert!(onetrust(&format!("{value}&isGpcEnabled=1"), CLOSED).gpc, "{value}");
        // Without the moment of a choice they are defaults.
        assert_eq!(said(onetrust(&value, None)), "");
    }
    assert_refused(onetrust("AwaitingReconsent=true", CLOSED), "what cannot be read denies");
}

#[test]
fn a_group_that_is_not_listed_is_no_consent() {
    // A published snippet tested `if (!groups.indexOf(id))`. That is true for a missing group, as -1 is not 0.
    for groups in ["", "C0001%3A1", "XC0002%3A1", "C00021%3A1", "C0002%3A"] {
        let statement = onetrust(&optanon(groups, ""), CLOSED);
        assert!(!statement.granted.has(Purpose::Analytics), "{groups}");
    }
}

#[test]
fn groups_that_cannot_be_read_deny() {
    for groups in ["C0002%3Ayes", "C0002%3A1%2", "C0002%3A1%GG", "%3A1", "C0002%3A1%7B", "C0002%3A1%3A0%3Ax"] {
        assert_refused(onetrust(&optanon(groups, ""), CLOSED), groups);
    }
    let statement = onetrust(&optanon("C0002%3A1%2CC0002%3A0", ""), CLOSED);
    assert_eq!(said(statement), "-functional -analytics -advertising");
    let long = format!("groups={}", "C0002%3A1%2C".repeat(900));
    assert_eq!(onetrust(&long, CLOSED).fault, Some(Fault::Malformed(Malformed::TooLong)));
}

#[test]
fn onetrust_hands_over_global_privacy_control() {
    let value = optanon("C0002%3A1", "");
    for on in ["browserGpcFlag", "isGpcEnabled"].map(|flag| value.replace(&format!("{flag}=0"), &format!("{flag}=1"))) {
        // It is no choice in the banner: it counts before that is closed, and beside groups that cannot be read.
        for (value, closed) in [(on.clone(), CLOSED), (on.clone(), None), (on.replace("%3A1", "%3A7"), CLOSED)] {
            assert!(onetrust(&value, closed).gpc, "{value}");
        }
        assert_eq!(said(onetrust(&on, None)), "");
    }
    for value in [value.clone(), value.replace("Flag=0", "Flag=10"), value.replace("browserGpc", "noGpc")] {
        assert!(!onetrust(&value, CLOSED).gpc && !onetrust(&value, None).gpc, "{value}");
    }
}

#[test]
fn a_closed_banner_without_an_answer_denies() {
    let no_groups = "isGpcEnabled=0&version=202512.1.0";
    for value in ["%zz", "", no_groups, "groups=", "groups=C0001%3A1%2CC0002%3A%2CC0004%3A", "groups=C0002%3A2"] {
        assert_refused(onetrust(value, CLOSED), value);
    }
    // A comma behind the last group is none before a next.
    assert!(onetrust("groups=C0002%3A1%2C", CLOSED).granted.has(Purpose::Analytics));
}

#[test]
fn choices_grow_old() {
    const DAY: i64 = 86_400_000;
    // 2026-11-10, and the days that a grant lasts.
    let (chosen, lasts) = (20_767 * DAY, 395);
    let object = |utc: &str| format!("{{statistics:true,marketing:false,method:'explicit',utc:{utc}}}");
    let json = |updated: &str| {
        format!(r#"{{"updated":"{updated}","purposes":{{"enabled":["cookies"],"disabled":["measure-site"]}}}}"#)
    };
    let of = |date: &str, ms: &str| {
        [
            onetrust(&optanon("C0002%3A1%2CC0003%3A0", ""), Some(date)),
            cookiebot(&object(ms)),
            didomi(&token(&json(date))),
        ]
    };
    for statement in of("2026-11-10T05%3A00%3A00.000Z", "1794301200000") {
        assert_eq!(statement.day.map(i64::from), Some(chosen / DAY));
        for (now_ms, fault) in [
            (chosen, None),
            (chosen - DAY, None),
            (chosen - 2 * DAY, Some("from_the_future")),
            (chosen + i64::from(lasts) * DAY, None),
            (chosen + i64::from(lasts + 1) * DAY, Some("too_old")),
        ] {
            let aged = statement.aged(lasts, now_ms);
            assert_eq!(aged.granted.iter().count(), usize::from(fault.is_none()));
            assert_eq!((aged.denied, aged.fault.map(Fault::name)), (statement.denied, fault));
        }
    }
    // Days that cannot be read are none.
    for (date, ms) in [("", "x"), ("garbage", "-1"), ("2026-13-01T", "99999999999999999999"), ("2026-11", "1e12")] {
        for statement in of(date, ms) {
            assert!(statement.aged(lasts, chosen).granted.is_empty(), "{date} {ms}");
        }
    }
    // A token that was never updated is of the day on which it was made.
    let created = r#"{"created":"2020-11-01T","purposes":{"enabled":["cookies"]}}"#;
    assert!(didomi(&token(created)).aged(lasts, chosen).granted.is_empty());
    // A platform that does not write the day does not make its choices old.
    assert_eq!(cookiebot("{statistics:true,method:'explicit'}").day, None);
}

#[test]
fn categories_of_cookiebot_are_purposes() {
    let value = "{stamp:%27JF1BlMmicaH7oY2UaAIErFsbGcumN9Nk3waAQxcgqrg4VhDrwOmjZg==%27%2Cnecessary:true%2Cpreferences:true\
                 %2Cstatistics:true%2Cmarketing:false%2Cmethod:%27explicit%27%2Cver:2%2Cutc:1765222520311%2Cregion:%27fr%27}";
    assert_eq!(said(cookiebot(value)), "+functional +analytics -advertising");
    // The visitor did not choose. A group that is on by default is no permission, and a group that is off stays off.
    assert_eq!(said(cookiebot(&value.replace("explicit", "implied"))), "-advertising");
    assert_eq!(said(cookiebot(&value.replace("%2Cmethod:%27explicit%27", ""))), "-advertising");
    // A region that is not asked.
    assert_eq!(said(cookiebot("-1")), "");
}

#[test]
fn what_is_no_cookiebot_object_denies() {
    let malformed = "0 true {statistics:true,method:'explicit' statistics:true,method:'explicit'} \
        {statistics:true,method:'explicit} {statistics:true,method:'explicit'}} {statistics:true,method:'explicit'}{ \
        {{statistics:true,method:'explicit'} {statistics:true%2} {:true}";
    for value in malformed.split(' ').chain([""]) {
        assert_refused(cookiebot(value), value);
    }
}

fn token(json: &str) -> String {
    base64(json.as_bytes(), STANDARD)
}

fn didomi_groups() -> Vec<Group> {
    [("measure-site", Purpose::Analytics), ("personal-c4", Purpose::Personalization), ("cookies", Purpose::Storage)]
        .map(|(name, purpose)| Group::new(name, Purposes::NONE.with(purpose)))
        .into()
}

#[test]
fn purposes_of_didomi_are_purposes() {
    let json = r#"{"user_id":"18c1","created":"2026-01-02T10:00:00.000Z","updated":"2026-01-02T10:00:00.000Z",
        "vendors":{"enabled":["measure-site","google"],"disabled":["personal-c4"]},
        "purposes":{"enabled":["cookies","personal-c4"],"disabled":["measure-site"]},
        "purposes_li":{"enabled":["measure-site"]},"version":2,"ac":"DE-AAA.AAA"}"#;
    let expected = "+personalization +storage -analytics";
    assert_eq!(said(didomi(&token(json))), expected);
    // As a browser may write it, and in a form that no site configures.
    assert_eq!(said(didomi(&token(json).replace('=', "%3D").replace('+', "%2B"))), expected);
    assert_eq!(said(read(Signal::Didomi, &token(json), None, &[])), "");
    // Vendors and legitimate interests were not asked for.
    let others = r#"{"vendors":{"enabled":["cookies"],"disabled":["cookies"]},"purposes_li":{"enabled":["cookies"]},
        "vendors_li":{"disabled":["cookies"]},"purposes":{"enabled":[]}}"#;
    assert_eq!(said(didomi(&token(others))), "");
}

#[test]
fn an_objection_in_didomi_denies() {
    for (json, expected) in [
        (r#"{"purposes_li":{"disabled":["measure-site"]}}"#, "-analytics"),
        (
            r#"{"purposes_li":{"enabled":[],"disabled":["measure-site"]},"purposes":{"enabled":["cookies"]}}"#,
            "+storage -analytics",
        ),
        // An objection beats a grant.
        (r#"{"purposes":{"enabled":["measure-site"]},"purposes_li":{"disabled":["measure-site"]}}"#, "-analytics"),
    ] {
        assert_eq!(said(didomi(&token(json))), expected, "{json}");
    }
}

#[test]
fn an_answer_in_a_format_that_is_not_read_denies() {
    let jar = |name: &str| match name {
        "didomi_dcs" => Some("CAAA3RxA.AAAAAA~_signature".to_owned()),
        "didomi_token" => Some(token(r#"{"purposes":{"enabled":["cookies"]}}"#)),
        _ => None,
    };
    let heard = |jar: &dyn Fn(&str) -> Option<String>| {
        let mut signals = Signals::default();
        SHIPPED.read_cookies(&mut signals, jar);
        let [text, chosen] = signals.of(Signal::Didomi);
        assert_eq!(chosen, None);
        didomi(text.unwrap_or_default())
    };
    assert_eq!(said(heard(&|name| jar(name).filter(|_| name != "didomi_dcs"))), "+storage");
    assert_refused(heard(&jar), "the newer cookie beside the older");
    assert_refused(heard(&|name| jar(name).filter(|_| name == "didomi_dcs")), "the newer cookie alone");
    for dcs in ["CAAA3RxA", "C", "CgAAAAAAAA~x", "CBB.."] {
        assert_refused(didomi(dcs), dcs);
    }
}

#[test]
fn what_is_no_didomi_token_denies() {
    let whole = r#"{"purposes":{"enabled":["cookies"],"disabled":[]}}"#;
    assert_eq!(said(didomi(&token(whole))), "+storage");
    for length in 0..whole.len() {
        let statement = didomi(&token(&whole[..length]));
        assert!(statement.granted.is_empty() && statement.fault.is_some(), "{}", &whole[..length]);
    }
    for json in ["[]]", "{}{}", "{} x", "x", r#""cookies""#, &"[".repeat(20)] {
        assert!(didomi(&token(json)).fault.is_some(), "{json}");
    }
    assert!(didomi("e30*").fault.is_some() && didomi("e30%").fault.is_some());
}

#[test]
fn types_of_consent_mode_are_purposes() {
    let groups = SHIPPED.groups(Signal::Google);
    let all = [("ad_storage", true), ("ad_user_data", true), ("ad_personalization", true)];
    for (types, expected) in [
        (&[][..], ""),
        (&[("analytics_storage", true)], "+analytics"),
        (&[("analytics_storage", true), ("analytics_storage", false)], "-analytics"),
        // Advertising needs all three of its types.
        (&all[..2], ""),
        (&all, "+advertising"),
        (&[all[0], all[1], ("ad_personalization", false)], "-advertising"),
        (&[("personalization_storage", true), ("unknown_storage", false)], "+personalization"),
    ] {
        assert_eq!(said(google(types.iter().copied(), groups)), expected);
    }
}

#[test]
fn no_change_of_a_cookie_grants_what_was_denied() {
    let value = optanon("C0001%3A1%2CC0002%3A0", "");
    for at in 0..value.len() {
        for byte in [b'%', b'&', b'=', b',', b'0', 0x7f] {
            let mut bytes = value.clone().into_bytes();
            bytes[at] = byte;
            let changed = String::from_utf8_lossy(&bytes);
            assert!(!onetrust(&changed, CLOSED).granted.has(Purpose::Analytics), "{changed}");
        }
    }
}
