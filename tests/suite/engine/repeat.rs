//! Sequences, rotations, content that is shown once in a while, and budgets. Every expected moment was worked out by hand.

use selvedge::cli::open::Opened;
use selvedge::engine::contact::{History, state};
use selvedge::engine::{Workspace, decide, permit_said};
use selvedge::page::{contact_memory, contact_of, dismissed};
use selvedge::words::{Choice, Contact, Instant, Purpose, PurposeKey, Value, Visit, time};
use serde_json::Value as Json;

use crate::sites;

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\n[channels.email]\n";
const ATTRIBUTES: &str = "[profile.orders]\ntype = \"int\"\ndefault = 0\nsource = \"account\"\npurposes = [\"necessary\"]\n\
    [budget.share]\ntype = \"int\"\nrange = [0, 10000]\nsource = \"request\"\npurposes = [\"contextual\"]\n";
const SLOTS: &str =
    "[letter.hero]\nchannel = \"email\"\nchange = \"text\"\n[page.hero]\nselector = \"#a\"\nchange = \"text\"\n";
const WELCOME: &str = "[sequences.welcome]\nexit = 'profile.orders > 0'\n[sequences.welcome.steps.hello]\nexperience = \"hello\"\n\
    [sequences.welcome.steps.tips]\nexperience = \"tips\"\nafter = \"hello\"\nwait = \"3d\"\nexpires = \"10d\"\n\
    [sequences.welcome.steps.offer]\nexperience = \"offer\"\nafter = \"tips\"\nwait = \"7d\"\n";

/// A site with this policy: three letters, and a page with contents that take turns.
fn opened(policy: &str, every: &str) -> Opened {
    let letter = |name: &str, priority: u32| {
        let text = format!(
            "slot = \"letter.hero\"\npurpose = \"contextual\"\npriority = {priority}\n[[rule]]\nshow = \"{name}\"\n"
        );
        (format!("experiences/{name}.toml"), text)
    };
    let page =
        format!("slot = \"page.hero\"\npurpose = \"contextual\"\n[[rule]]\nrotate = [\"a\", \"b\", \"c\"]\n{every}\n");
    let mut texts = vec![
        ("selvedge.toml".to_owned(), SETTINGS.to_owned()),
        ("attributes.toml".into(), ATTRIBUTES.into()),
        ("slots.toml".into(), SLOTS.into()),
        ("contact.toml".into(), policy.into()),
        ("experiences/page.toml".into(), page),
        letter("hello", 300),
        letter("tips", 200),
        letter("offer", 100),
    ];
    for name in ["hello", "tips", "offer", "a", "b", "c"] {
        texts.push((format!("content/{name}.toml"), format!("[locale.en]\ntext = \"{name}\"\n")));
    }
    sites::opened(&sites::checked(&sites::files(texts)))
}

fn at(text: &str) -> i64 {
    time::parse_rfc3339(text).unwrap_or_else(|| panic!("{text}"))
}

/// A visit at a time, with these contacts before: their time, experience and content.
fn visit(now: &str, before: &[(&str, &str, &str)]) -> Visit {
    let contact = |(time, experience, content): &(&str, &str, &str)| Contact {
        at: Instant(at(time)),
        channel: None,
        class: None,
        experience: Some((*experience).into()),
        content: Some((*content).into()),
        dismissed: false,
    };
    Visit { now: Some(Instant(at(now))), contacts: Some(before.iter().map(contact).collect()), ..Visit::default() }
}

/// `CONTENT`, or `DETAIL by NAME until TIME`; and whether only the page remembers.
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
fn a_step_follows_the_contact_of_the_one_before() {
    let opened = opened(WELCOME, "");
    let say = |now: &str, before: &[(&str, &str, &str)]| told(&opened, &visit(now, before), "letter.hero");
    let hello = ("2027-01-01T09:00:00Z", "hello", "hello");
    let tips = ("2027-01-05T09:00:00Z", "tips", "tips");
    assert_eq!(say("2027-01-01T09:00:00Z", &[]), "hello");
    // The step that waits says why nothing is sent, and not those whose turn it is not.
    assert_eq!(say("2027-01-04T08:59:59Z", &[hello]), "TOO_SOON by welcome until 2027-01-04T09:00:00Z");
    assert_eq!(say("2027-01-04T09:00:00Z", &[hello]), "tips");
    // Ten days later it has expired. It stays left out, and so does what follows it.
    assert_eq!(say("2027-01-14T08:59:59Z", &[hello]), "tips");
    assert_eq!(say("2027-01-14T09:00:00Z", &[hello]), "OUT_OF_TURN by welcome until -");
    assert_eq!(say("2027-03-14T09:00:00Z", &[hello]), "OUT_OF_TURN by welcome until -");
    // The order in which contacts are told is nothing.
    assert_eq!(say("2027-01-12T08:59:59Z", &[tips, hello]), "TOO_SOON by welcome until 2027-01-12T09:00:00Z");
    assert_eq!(say("2027-01-12T09:00:00Z", &[tips, hello]), "offer");
    let offer = ("2027-01-12T09:00:00Z", "offer", "offer");
    assert_eq!(say("2028-01-01T09:00:00Z", &[tips, hello, offer]), "OUT_OF_TURN by welcome until -");
    // Nobody who has ordered gets any more of it.
    let mut bought = visit("2027-01-12T09:00:00Z", &[tips, hello]);
    bought.attributes.insert("profile.orders".into(), Value::Int(1));
    assert_eq!(told(&opened, &bought, "letter.hero"), "GOAL_REACHED by welcome.exit until -");
    let mut silent = visit("2027-01-01T09:00:00Z", &[]);
    silent.contacts = None;
    assert_eq!(told(&opened, &silent, "letter.hero"), "HISTORY_MISSING by welcome until -");
}

/// The case of the research: step 1 is held back by a cap, and the goal is reached before that opens. Neither step is sent.
#[test]
fn a_goal_ends_a_sequence_that_waits_for_a_cap() {
    let opened = opened(&format!("{WELCOME}[caps.one]\nmax = 1\nwithin = \"7d\"\n"), "");
    let hello = ("2027-01-01T09:00:00Z", "hello", "hello");
    let say = |now: &str, orders: i64| {
        let mut visit = visit(now, &[hello]);
        visit.attributes.insert("profile.orders".into(), Value::Int(orders));
        told(&opened, &visit, "letter.hero")
    };
    assert_eq!(say("2027-01-05T09:00:00Z", 0), "CAPPED by one until 2027-01-08T09:00:00Z");
    assert_eq!(say("2027-01-08T09:00:00Z", 0), "tips");
    assert_eq!(say("2027-01-08T09:00:00Z", 1), "GOAL_REACHED by welcome.exit until -");
}

#[test]
fn a_sequence_may_begin_again() {
    let again = WELCOME.replace("[sequences.welcome.steps.hello]", "again = \"60d\"\n[sequences.welcome.steps.hello]");
    let opened = opened(&again, "");
    let hello = ("2027-01-01T09:00:00Z", "hello", "hello");
    let say = |now: &str| told(&opened, &visit(now, &[hello]), "letter.hero");
    assert_eq!(say("2027-03-02T08:59:59Z"), "TOO_SOON by welcome until 2027-03-02T09:00:00Z");
    assert_eq!(say("2027-03-02T09:00:00Z"), "hello");
}

#[test]
fn contents_take_turns() {
    let opened = opened("", "");
    let say = |before: &[(&str, &str, &str)]| told(&opened, &visit("2027-01-09T09:00:00Z", before), "page.hero");
    let shown = |day: &'static str, content: &'static str| (day, "page", content);
    assert_eq!(say(&[]), "a");
    assert_eq!(say(&[shown("2027-01-01T09:00:00Z", "a")]), "b");
    assert_eq!(say(&[shown("2027-01-02T09:00:00Z", "b"), shown("2027-01-01T09:00:00Z", "a")]), "c");
    assert_eq!(say(&[shown("2027-01-02T09:00:00Z", "c")]), "a");
    // Another experience showed it: that is no turn.
    assert_eq!(say(&[("2027-01-02T09:00:00Z", "hello", "a")]), "a");
    // Nobody knows: the first.
    let silent = Visit { contacts: None, ..visit("2027-01-09T09:00:00Z", &[]) };
    assert_eq!(told(&opened, &silent, "page.hero"), "a");
}

#[test]
fn a_turn_may_last_for_days_and_passes_over_what_is_held_back() {
    let opened = opened("cool_off = \"30d\"\n", "every = \"2d\"");
    let first = ("2027-01-01T09:00:00Z", "page", "a");
    let again = ("2027-01-02T09:00:00Z", "page", "a");
    let say = |now: &str, before: &[(&str, &str, &str)]| told(&opened, &visit(now, before), "page.hero");
    assert_eq!(say("2027-01-03T08:59:59Z", &[first, again]), "a");
    assert_eq!(say("2027-01-03T09:00:00Z", &[first, again]), "b");
    let mut dismisses = visit("2027-01-03T09:00:00Z", &[first, again, ("2027-01-02T10:00:00Z", "page", "b")]);
    if let Some(contact) = dismisses.contacts.as_mut().and_then(|contacts| contacts.last_mut()) {
        contact.dismissed = true;
    }
    assert_eq!(told(&opened, &dismisses, "page.hero"), "c");
}

#[test]
fn content_is_shown_once_in_a_while() {
    let opened = opened("[no_repeat.fresh]\nwithin = \"14d\"\ncontents = [\"hello\", \"a\"]\n", "");
    let say = |now: &str, slot: &str, before: &[(&str, &str, &str)]| told(&opened, &visit(now, before), slot);
    let before = [("2027-01-01T09:00:00Z", "hello", "hello")];
    assert_eq!(say("2027-01-15T08:59:59Z", "letter.hero", &before), "tips");
    assert_eq!(say("2027-01-15T09:00:00Z", "letter.hero", &before), "hello");
    // Wherever it was shown. A rotation passes over it.
    assert_eq!(say("2027-01-15T08:59:59Z", "page.hero", &[("2027-01-01T09:00:00Z", "hello", "a")]), "b");
}

/// The draw is `SHA-256("budget" 0 "few HOUR" 0 id)`, as any warehouse can work it out.
#[test]
fn a_budget_leaves_out_a_part_of_all_in_each_hour() {
    let opened = opened("[budgets.few]\nmax = 1\nexpected = 4\nunit = \"account\"\n", "");
    let mut counts = [0_u32; 2];
    let hour = at("2027-01-01T00:00:00Z") / 3_600_000;
    for id in 0..2_000 {
        let mut visit = visit("2027-01-01T00:30:00Z", &[]);
        visit.grants.insert(PurposeKey(Purpose::Analytics), Some(Choice::Granted));
        visit.identity.account = Some(format!("u-{id}"));
        let said = told(&opened, &visit, "letter.hero");
        let is_in = selvedge::engine::bucket::point(
            selvedge::engine::bucket::Domain::Budget,
            &format!("few {hour}"),
            &format!("u-{id}"),
            10_000,
        ) < 2_500;
        assert_eq!(said == "hello", is_in, "{said}");
        counts[usize::from(is_in)] += 1;
        if let Some(until) = said.strip_prefix("BUDGET_SPENT by few until ") {
            // It is let through then, and is told so.
            assert!(at(until) % 3_600_000 == 0 && at(until) > at("2027-01-01T00:30:00Z"));
            visit.now = Some(Instant(at(until)));
            assert_eq!(told(&opened, &visit, "letter.hero"), "hello");
        }
    }
    assert!((425..575).contains(&counts[1]), "{counts:?}");
}

#[test]
fn a_budget_may_be_told_by_a_feed() {
    let opened = opened("[budgets.few]\nshare = \"budget.share\"\n", "");
    let say = |share: Value| {
        let mut visit = visit("2027-01-01T00:30:00Z", &[]);
        visit.attributes.insert("budget.share".into(), share);
        told(&opened, &visit, "letter.hero")
    };
    assert_eq!(say(Value::Int(10_000)), "hello");
    assert_eq!(say(Value::Int(0)), "BUDGET_SPENT by few until -");
    // Nobody knows what is left.
    assert_eq!(say(Value::Int(10_001)), "BUDGET_SPENT by few until -");
    assert_eq!(say(Value::Null), "BUDGET_SPENT by few until -");
}

/// What a device keeps is read back as it was, by this policy and by one that says nothing of repetition.
#[test]
fn a_device_keeps_its_place() {
    let policy = format!("{WELCOME}[caps.daily]\nmax = 2\nwithin = \"24h\"\n[no_repeat.fresh]\nwithin = \"14d\"\n");
    let opened = opened(&policy, "every = \"2d\"");
    let policy = opened.bundle.program().contact();
    let (program, now) = (opened.bundle.program(), at("2027-01-01T12:00:00Z"));
    let mut history = History::empty(policy);
    let length = state::write(policy, &history).len();
    let of = |experience: &str, content: &str| {
        (
            program.experience_position(experience).expect("is there"),
            program.content_position(content).expect("is there"),
        )
    };
    assert!(history.show(policy, &[of("hello", "hello"), of("page", "b")], now));
    let text = state::write(policy, &history);
    // 9 + 1 × (1 + 2 × 2) + 2 + 5 × 2 + 1 + 4 × 6 bytes.
    assert_eq!((text.len(), length), (68, 68));
    assert_eq!(state::read(policy, &text, now), history);
    let mut plain = policy.clone();
    plain.repeat.0 = Default::default();
    let read = state::read(&plain, &text, now);
    assert_eq!((read.caps, read.is_mended), (history.caps.clone(), false));
    // What cannot be read: the sequence is over, and everything was just shown.
    let say = |state: &str, slot: &str| {
        let mut visit =
            Visit { contacts: None, contact_state: Some(state.into()), ..visit("2027-01-03T12:15:00Z", &[]) };
        visit.grants.insert(PurposeKey(Purpose::Storage), Some(Choice::Granted));
        told(&opened, &visit, slot)
    };
    assert_eq!(say(&text, "page.hero"), "c");
    assert_eq!(say(&text[..60], "page.hero"), "REPEATED by fresh until 2027-01-17T12:15:00Z");
    assert_eq!(say(&text[..60], "letter.hero"), "OUT_OF_TURN by welcome until -");
    assert_eq!(say("", "letter.hero"), "hello");
}

/// Without storage a page remembers what it showed for as long as it is open.
#[test]
fn an_open_page_remembers() {
    let opened = opened("cool_off = \"30d\"\n[caps.daily]\nmax = 2\nwithin = \"24h\"\n", "");
    let (program, slot) =
        (opened.bundle.program(), opened.bundle.program().slot_position("page.hero").map(|at| at as u32));
    let mut visit = Visit { contacts: None, ..visit("2027-01-01T12:00:00Z", &[]) };
    visit.grants.insert(PurposeKey(Purpose::Storage), Some(Choice::Denied));
    let mut shown = Vec::new();
    for page in 0..3 {
        let permitted = permit_said(&opened.bundle, &visit, visit.now.expect("is there").0);
        let page_of = decide(&opened.bundle, &permitted, &[slot], &mut Workspace::default());
        let decision = &page_of.decisions[0];
        assert!(decision.is_forgetful, "page {page}");
        shown.push(decision.content.map(|content| program.content_name(content).to_owned()));
        let contacts: Vec<_> = page_of.decisions.iter().filter_map(contact_of).collect();
        visit.contact_memory = contact_memory(program, &permitted, &contacts);
        if page == 0 {
            let permitted = permit_said(&opened.bundle, &visit, visit.now.expect("is there").0);
            let second = program.content_position("b").expect("is there");
            let (cookie, memory) = dismissed(program, &visit, &permitted, second);
            assert_eq!(cookie, None);
            visit.contact_memory = memory;
        }
    }
    // The second content was dismissed, and the cap allows two.
    assert_eq!(shown, [Some("a".into()), Some("c".into()), None]);
    // A letter needs more than what a page remembers.
    assert_eq!(told(&opened, &visit, "letter.hero"), "HISTORY_MISSING by daily until -");
    // With storage the device is asked, and nothing else.
    visit.grants.insert(PurposeKey(Purpose::Storage), Some(Choice::Granted));
    visit.contact_state = Some(String::new());
    assert_eq!(told(&opened, &visit, "page.hero"), "a");
}
