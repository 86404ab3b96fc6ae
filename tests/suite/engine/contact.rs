//! The contact policy: who may be contacted, how often, and when. Every expected moment was worked out from the law of the zone, and not by
//! this program.

use selvedge::author::Files;
use selvedge::cli::open::Opened;
use selvedge::engine::contact::{History, state};
use selvedge::words::{Contact, Instant, Visit, time};
use serde_json::Value as Json;

use crate::sites;

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\n[channels.email]\n[markets.de]\nzone = \"Europe/Berlin\"\nregions = [\"DE\"]\n\
    [markets.us]\nzone = \"America/New_York\"\nregions = [\"US\"]\n";
const ATTRIBUTES: &str = "[profile.open_complaint]\ntype = \"bool\"\ndefault = false\nsource = \"account\"\npurposes = [\"necessary\"]\n\
    [profile.orders]\ntype = \"int\"\ndefault = 0\nsource = \"account\"\npurposes = [\"necessary\"]\n\
    [profile.zone]\ntype = \"symbol\"\nvalues = [\"Asia/Kathmandu\", \"Australia/Lord_Howe\", \"Europe/Berlin\"]\nsource = \"account\"\n\
    purposes = [\"necessary\"]\n";
const SLOTS: &str =
    "[letter.hero]\nchannel = \"email\"\nchange = \"text\"\n[page.hero]\nselector = \"#a\"\nchange = \"text\"\n";

/// A site with this policy, and in each slot a promotional experience before one that serves.
fn opened(policy: &str) -> Opened {
    let experience = |slot: &str, class: &str, content: &str, more: &str| {
        format!(
            "slot = \"{slot}\"\npurpose = \"contextual\"\nclass = \"{class}\"\n{more}\n[[rule]]\nshow = \"{content}\"\n"
        )
    };
    let high = "priority = 1000\ngoal = \"second-order\"";
    let files = Files::from([
        ("selvedge.toml", SETTINGS),
        ("attributes.toml", ATTRIBUTES),
        ("slots.toml", SLOTS),
        ("contact.toml", policy),
        ("content/offer.toml", "[locale.en]\ntext = \"a\"\n"),
        ("content/help.toml", "[locale.en]\ntext = \"b\"\n"),
        ("experiences/letter-offer.toml", &experience("letter.hero", "promotional", "offer", high)),
        ("experiences/page-offer.toml", &experience("page.hero", "promotional", "offer", high)),
        ("experiences/page-help.toml", &experience("page.hero", "service", "help", "")),
    ]);
    sites::opened(&sites::checked(&files))
}

fn at(text: &str) -> i64 {
    time::parse_rfc3339(text).unwrap_or_else(|| panic!("{text}"))
}

/// A visit at a time, with offers by email before.
fn visit(now: &str, before: &[&str]) -> Visit {
    let contact = |text: &&str| Contact {
        at: Instant(at(text)),
        channel: Some("email".into()),
        class: None,
        experience: None,
        content: None,
        dismissed: false,
    };
    Visit { now: Some(Instant(at(now))), contacts: Some(before.iter().map(contact).collect()), ..Visit::default() }
}

/// `CONTENT`, or `DETAIL by NAME until TIME`.
fn told(opened: &Opened, visit: &Visit, slot: &str) -> String {
    let answer: Json = serde_json::from_str(&super::effects(opened, visit).0).expect("is JSON");
    let decision = &answer["decisions"][slot];
    let word = |key: &str| decision[key].as_str().unwrap_or("-").to_owned();
    match decision["content"].as_str() {
        Some(content) => content.to_owned(),
        None => format!("{} by {} until {}", word("detail"), word("contact"), word("not_before")),
    }
}

#[test]
fn a_suppression_is_asked_first_and_no_priority_overrides_it() {
    let opened = opened(
        "[suppressions.service-recovery]\nwhen = 'profile.open_complaint'\n[goals.second-order]\nreached = 'profile.orders > 1'\n",
    );
    let with = |name: &str, value: selvedge::words::Value| {
        let mut visit = visit("2027-01-01T09:00:00Z", &[]);
        visit.attributes.insert(name.into(), value);
        visit
    };
    let complaint = with("profile.open_complaint", selvedge::words::Value::Bool(true));
    assert_eq!(told(&opened, &complaint, "letter.hero"), "SUPPRESSED by service-recovery until -");
    // A service is not suppressed, and takes the place.
    assert_eq!(told(&opened, &complaint, "page.hero"), "help");
    let happy = with("profile.open_complaint", selvedge::words::Value::Bool(false));
    assert_eq!(told(&opened, &happy, "letter.hero"), "offer");
    // Of bad quality, or not looked up: nobody knows that there is no complaint.
    let faulty = with("profile.open_complaint", selvedge::words::Value::Int(3));
    assert_eq!(told(&opened, &faulty, "letter.hero"), "SUPPRESSED by service-recovery until -");
    let mut unknown = visit("2027-01-01T09:00:00Z", &[]);
    unknown.unknown.push("profile.open_complaint".into());
    assert_eq!(told(&opened, &unknown, "letter.hero"), "SUPPRESSED by service-recovery until -");
    let bought = with("profile.orders", selvedge::words::Value::Int(2));
    assert_eq!(told(&opened, &bought, "letter.hero"), "GOAL_REACHED by second-order until -");
}

#[test]
fn a_cap_slides_with_the_clock() {
    let opened = opened("[caps.weekly]\nmax = 3\nwithin = \"7d\"\n");
    let before = ["2027-01-03T10:00:00Z", "2027-01-01T09:00:00Z", "2027-01-06T18:00:00Z"];
    let say = |now: &str| told(&opened, &visit(now, &before), "letter.hero");
    assert_eq!(say("2027-01-08T08:59:59Z"), "CAPPED by weekly until 2027-01-08T09:00:00Z");
    assert_eq!(say("2027-01-08T09:00:00Z"), "offer");
    // What is to come counts as now.
    let future =
        visit("2027-01-08T09:00:00Z", &["2030-01-01T00:00:00Z", "2029-01-01T00:00:00Z", "2027-01-08T08:00:00Z"]);
    assert_eq!(told(&opened, &future, "letter.hero"), "CAPPED by weekly until 2027-01-15T08:00:00Z");
    // A caller that does not say what was before gets nothing to send. A page keeps its own memory, and there is none here.
    let silent = Visit { contacts: None, ..visit("2027-01-08T09:00:00Z", &[]) };
    assert_eq!(told(&opened, &silent, "letter.hero"), "HISTORY_MISSING by weekly until -");
    assert_eq!(told(&opened, &silent, "page.hero"), "offer");
    assert!(super::effects(&opened, &silent).0.contains("\"memory\":\"page\""));
    // The next experience takes the place of one that is capped.
    assert_eq!(told(&opened, &visit("2027-01-07T09:00:00Z", &before), "page.hero"), "help");
}

#[test]
fn a_day_of_the_calendar_is_no_24_hours() {
    let day = opened("[caps.daily]\nmax = 1\nper = \"day\"\nzone = \"Europe/Berlin\"\n");
    let slide = opened("[caps.daily]\nmax = 1\nwithin = \"24h\"\n");
    let both = |now: &str, before: &str| [&day, &slide].map(|one| told(one, &visit(now, &[before]), "letter.hero"));
    // A day of 25 hours, and one of 23.
    let long = both("2027-10-31T23:45:00+01:00", "2027-10-31T00:30:00+02:00");
    assert_eq!(long, ["CAPPED by daily until 2027-10-31T23:00:00Z".to_owned(), "offer".to_owned()]);
    let short = both("2027-03-29T00:05:00+02:00", "2027-03-28T00:15:00+01:00");
    assert_eq!(short, ["offer".to_owned(), "CAPPED by daily until 2027-03-28T23:15:00Z".to_owned()]);
    let week = opened("[caps.weekly]\nmax = 1\nper = \"week\"\nzone = \"America/Santiago\"\n");
    // Sunday; the week begins on Monday at midnight, four hours behind UTC in winter and three in summer.
    let say = |now: &str| told(&week, &visit(now, &["2027-09-01T12:00:00Z"]), "letter.hero");
    assert_eq!(say("2027-09-05T12:00:00Z"), "CAPPED by weekly until 2027-09-06T03:00:00Z");
    assert_eq!(say("2027-09-06T03:00:00Z"), "offer");
    // The midnight of 5 September does not exist there.
    let day = opened("[caps.daily]\nmax = 1\nper = \"day\"\nzone = \"America/Santiago\"\n");
    let eve = visit("2027-09-05T03:30:00Z", &["2027-09-04T12:00:00Z"]);
    assert_eq!(told(&day, &eve, "letter.hero"), "CAPPED by daily until 2027-09-05T04:00:00Z");
}

#[test]
fn gaps_and_caps_open_together() {
    let opened = opened("[caps.weekly]\nmax = 2\nwithin = \"7d\"\n[gaps.breath]\nleast = \"4h\"\n");
    let say = |now: &str, before: &[&str]| told(&opened, &visit(now, before), "letter.hero");
    assert_eq!(say("2027-01-01T12:00:00Z", &["2027-01-01T09:00:00Z"]), "TOO_SOON by breath until 2027-01-01T13:00:00Z");
    let two = ["2027-01-01T09:00:00Z", "2027-01-08T08:00:00Z"];
    assert_eq!(say("2027-01-08T08:30:00Z", &two), "CAPPED by weekly until 2027-01-08T12:00:00Z");
}

/// The last quiet second, and the first that is not: in summer, in winter, and where the clocks change by half an hour.
#[test]
fn quiet_hours_are_those_of_the_person() {
    let quiet =
        opened("[quiet.night]\nfrom = \"21:00\"\nuntil = \"08:00\"\nzone = \"profile.zone\"\nchannels = [\"email\"]\n");
    let say = |zone: &str, now: &str| {
        let mut visit = visit(now, &[]);
        visit.attributes.insert("profile.zone".into(), selvedge::words::Value::Text(zone.into()));
        told(&quiet, &visit, "letter.hero")
    };
    let until = |moment: &str| format!("QUIET_HOURS by night until {moment}");
    for (zone, last, next) in [
        ("Europe/Berlin", "2027-03-28T05:59:59Z", "2027-03-28T06:00:00Z"),
        ("Europe/Berlin", "2027-10-31T06:59:59Z", "2027-10-31T07:00:00Z"),
        ("Australia/Lord_Howe", "2027-04-03T21:29:59Z", "2027-04-03T21:30:00Z"),
        ("Australia/Lord_Howe", "2027-10-02T20:59:59Z", "2027-10-02T21:00:00Z"),
    ] {
        assert_eq!(say(zone, last), until(next), "{zone}");
        assert_eq!(say(zone, next), "offer", "{zone}");
    }
    assert_eq!(say("Asia/Kathmandu", "2027-01-01T15:14:59Z"), "offer");
    assert_eq!(say("Asia/Kathmandu", "2027-01-01T15:15:00Z"), until("2027-01-02T02:15:00Z"));
    // Only channels that it names.
    let mut page = visit("2027-01-01T23:00:00Z", &[]);
    page.attributes.insert("profile.zone".into(), selvedge::words::Value::Text("Europe/Berlin".into()));
    assert_eq!(told(&quiet, &page, "page.hero"), "offer");
}

/// An end that comes twice, or not at all, is the later one.
#[test]
fn quiet_hours_are_one_stretch_through_a_change_of_clocks() {
    let quiet =
        opened("[quiet.night]\nfrom = \"22:00\"\nuntil = \"02:30\"\nzone = \"profile.zone\"\nchannels = [\"email\"]\n");
    let say = |now: &str| {
        let mut visit = visit(now, &[]);
        visit.attributes.insert("profile.zone".into(), selvedge::words::Value::Text("Europe/Berlin".into()));
        told(&quiet, &visit, "letter.hero")
    };
    for (before, first, last, end) in [
        ("2027-10-30T19:59:59Z", "2027-10-30T20:00:00Z", "2027-10-31T01:29:59Z", "2027-10-31T01:30:00Z"),
        ("2027-03-27T20:59:59Z", "2027-03-27T21:00:00Z", "2027-03-28T01:29:59Z", "2027-03-28T01:30:00Z"),
    ] {
        assert_eq!(say(before), "offer");
        assert_eq!([say(first), say(last)], [(); 2].map(|()| format!("QUIET_HOURS by night until {end}")));
        assert_eq!(say(end), "offer");
        // Without a gap: the hour that comes twice is quiet twice.
        let (from, until) = (at(first), at(end));
        for ms in (from..until).step_by(600_000) {
            assert!(say(&time::format_rfc3339(ms)).starts_with("QUIET"), "{}", time::format_rfc3339(ms));
        }
    }
}

/// If nobody knows where a person is, every zone of the market must allow the contact.
#[test]
fn an_unknown_zone_is_every_zone_of_the_market() {
    let zones = "[\"America/New_York\", \"America/Chicago\", \"America/Denver\", \"America/Phoenix\", \"America/Los_Angeles\", \
                 \"America/Anchorage\", \"Pacific/Honolulu\"]";
    let policy = format!(
        "[quiet.night]\nfrom = \"21:00\"\nuntil = \"08:00\"\nzone = \"profile.zone\"\nchannels = [\"email\"]\nzones = {{ us = {zones} }}\n"
    );
    let opened = opened(&policy);
    let say = |region: Option<&str>, now: &str| {
        told(&opened, &Visit { region: region.map(Into::into), ..visit(now, &[]) }, "letter.hero")
    };
    let held = "QUIET_HOURS by night until ";
    assert_eq!(say(Some("US"), "2027-01-10T17:59:59Z"), format!("{held}2027-01-10T18:00:00Z"));
    assert_eq!(say(Some("US"), "2027-01-10T18:00:00Z"), "offer");
    assert_eq!(say(Some("US"), "2027-01-11T01:59:59Z"), "offer");
    assert_eq!(say(Some("US"), "2027-01-11T02:00:00Z"), format!("{held}2027-01-11T18:00:00Z"));
    // A market without a list has its own zone alone. Without a market no hour is known to be allowed.
    assert_eq!(say(Some("DE"), "2027-01-10T07:00:00Z"), "offer");
    assert_eq!(say(None, "2027-01-10T12:00:00Z"), format!("{held}-"));
    assert_eq!(say(Some("FR"), "2027-01-10T12:00:00Z"), format!("{held}-"));
}

#[test]
fn dismissed_content_cools_off() {
    let opened = opened("cool_off = \"30d\"\n");
    let mut visit = visit("2027-01-31T08:59:59Z", &["2027-01-01T09:00:00Z"]);
    let contacts = visit.contacts.as_mut().expect("is there");
    contacts[0].dismissed = true;
    contacts[0].content = Some("offer".into());
    assert_eq!(told(&opened, &visit, "letter.hero"), "DISMISSED by - until 2027-01-31T09:00:00Z");
    assert_eq!(told(&opened, &visit, "page.hero"), "help");
    visit.now = Some(Instant(at("2027-01-31T09:00:00Z")));
    assert_eq!(told(&opened, &visit, "letter.hero"), "offer");
}

/// The state of a device has one length, keeps the newest times rounded up, and is read only with `storage`.
#[test]
fn a_device_keeps_the_newest_contacts_of_each_cap() {
    let opened = opened(
        "cool_off = \"30d\"\ndismissals = 2\n[caps.daily]\nmax = 1\nwithin = \"24h\"\n[caps.weekly]\nmax = 3\nwithin = \"7d\"\n",
    );
    let policy = opened.bundle.program().contact();
    let mut history = History::empty(policy);
    let empty = state::write(policy, &history);
    let page = opened.bundle.program().experience_position("page-offer").expect("is there");
    let offer = opened.bundle.program().content_position("offer").expect("is there");
    history.show(policy, &[(page, offer)], at("2027-01-01T12:00:01Z"));
    let kept = state::write(policy, &history);
    assert_eq!((kept.len(), empty.len()), (44, 44));
    let say = |now: &str, state: &str, has_storage: bool| {
        let mut visit = Visit { contacts: None, contact_state: Some(state.into()), ..visit(now, &[]) };
        let choice = if has_storage { selvedge::words::Choice::Granted } else { selvedge::words::Choice::Denied };
        visit.grants.insert(selvedge::words::PurposeKey(selvedge::words::Purpose::Storage), Some(choice));
        told(&opened, &visit, "page.hero")
    };
    assert_eq!(say("2027-01-02T12:14:59Z", &kept, true), "help");
    assert_eq!(say("2027-01-02T12:15:00Z", &kept, true), "offer");
    assert_eq!(say("2027-01-01T12:00:02Z", &kept, false), "offer");
    assert_eq!(say("2027-01-01T12:00:02Z", &empty, true), "offer");
    // What cannot be read counts as if every cap was reached.
    for garbled in ["x", "AQ", &kept[1..], &kept[..40], &format!("{kept}AAAA"), &"A".repeat(513)] {
        assert_eq!(say("2027-01-01T12:00:02Z", garbled, true), "help", "{garbled}");
    }
    // A device whose clock was years ahead: once it is right, contacts of then count as now, and no longer.
    let mut ahead = History::empty(policy);
    ahead.show(policy, &[(page, offer)], at("2031-01-01T00:00:00Z"));
    let read = state::read(policy, &state::write(policy, &ahead), at("2027-01-01T00:00:00Z"));
    assert_eq!(read.caps, [vec![at("2027-01-01T00:00:00Z")], vec![at("2027-01-01T00:00:00Z")]]);
    // There is room for two dismissals, and the third is not forgotten.
    for content in [0, 1, 2] {
        history.dismiss(policy, content, at("2027-01-01T12:00:00Z"));
    }
    let full = state::write(policy, &history);
    assert_eq!(full.len(), 44);
    assert_eq!(say("2027-01-03T12:00:00Z", &full, true), "help");
    assert_eq!(say("2027-02-01T12:00:00Z", &full, true), "offer");
}
