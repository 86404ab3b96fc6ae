//! What one decision may cost: rules for a slot, and audiences on top of each other.

use std::fmt::Write as _;
use std::process::Command;

use selvedge::engine::{Limits, Workspace, all_slots, decide};
use selvedge::words::Visit;
use selvedge::words::{Detail, Reason};

use super::{small_site, with_permitted};
use crate::sites;

/// Two rules that nobody matches, then one for everybody.
const THIRD_MATCHES: &str = "\
[[rule]]\nall = ['size(\"a\") == 2']\nshow = \"c\"\n\
[[rule]]\nall = ['size(\"a\") == 3']\nshow = \"c\"\n\
[[rule]]\nshow = \"c\"\n";

#[test]
fn rules_are_looked_at_up_to_the_limit() {
    let opened = sites::opened(&sites::checked(&small_site("keep", THIRD_MATCHES)));
    for rules_per_slot_max in 0..5 {
        let mut workspace = Workspace::with_limits(Limits { rules_per_slot_max });
        let page = with_permitted(&opened, &Visit::default(), |permitted| {
            decide(&opened.bundle, permitted, &all_slots(&opened.bundle), &mut workspace)
        });
        let decision = &page.decisions[0];
        let outcome = (decision.reason, decision.detail, decision.rule);
        let expected = match rules_per_slot_max {
            0..3 => (Reason::Default, Some(Detail::BudgetExhausted), None),
            _ => (Reason::Static, None, Some(2)),
        };
        assert_eq!(outcome, expected, "{rules_per_slot_max}");
    }
}

#[test]
fn a_limit_that_is_reached_with_the_last_rule_took_nothing_away() {
    let rules = THIRD_MATCHES.rsplit_once("[[rule]]").expect("there are rules").0;
    let opened = sites::opened(&sites::checked(&small_site("keep", rules)));
    let mut workspace = Workspace::with_limits(Limits { rules_per_slot_max: 2 });
    let page = with_permitted(&opened, &Visit::default(), |permitted| {
        decide(&opened.bundle, permitted, &all_slots(&opened.bundle), &mut workspace)
    });
    assert_eq!((page.decisions[0].reason, page.decisions[0].detail), (Reason::Default, None));
}

#[test]
fn the_command_has_the_limit_too() {
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
    let answer = |fuel: &str| {
        let arguments = ["decide", shop, "--slots", "home.hero", "--json", "--explain", "--fuel", fuel];
        let output = Command::new(env!("CARGO_BIN_EXE_selvedge")).args(arguments).output().expect("starts");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("is JSON")
    };
    let none = answer("0");
    assert_eq!(none["decisions"]["home.hero"]["reason"], "DEFAULT");
    assert_eq!(none["decisions"]["home.hero"]["detail"], "BUDGET_EXHAUSTED");
    assert_ne!(answer("1000")["decisions"]["home.hero"]["detail"], "BUDGET_EXHAUSTED");
}

/// The engine may not follow a chain by recursion: this stack has 64 bytes for each of them.
#[test]
fn audiences_on_top_of_each_other_are_decided() {
    const DEPTH: usize = 2_000;
    let mut audiences = "[a0]\nall = ['request.n > 0']\n".to_owned();
    for number in 1..DEPTH {
        let _ = write!(audiences, "[a{number}]\nany = ['audience.a{}', 'request.n == {number}']\n", number - 1);
    }
    let mut files = small_site("keep", &format!("[[rule]]\nall = ['audience.a{}']\nshow = \"c\"\n", DEPTH - 1));
    let more = [
        ("audiences/all.toml", audiences),
        ("attributes.toml", "[request.n]\ntype = \"int\"\nsource = \"request\"\npurposes = [\"contextual\"]\n".into()),
    ];
    files.entries.extend(sites::files(more).entries);
    let opened = sites::opened(&sites::checked(&files));
    assert!(opened.bundle.program().node_depth() >= DEPTH - 1);
    let decide = || {
        let mut answers = Vec::new();
        for n in [1, 0, -1] {
            let visit = serde_json::json!({ "attributes": { "request.n": n } });
            let visit: Visit = serde_json::from_value(visit).expect("a visit");
            answers.push(with_permitted(&opened, &visit, |permitted| {
                let slots = all_slots(&opened.bundle);
                decide(&opened.bundle, permitted, &slots, &mut Workspace::default()).decisions[0].reason
            }));
        }
        answers
    };
    std::thread::scope(|scope| {
        let shallow = std::thread::Builder::new().stack_size(128 << 10).spawn_scoped(scope, decide).expect("a thread");
        let answers = shallow.join().expect("decides");
        assert_eq!(answers, [Reason::TargetingMatch, Reason::Default, Reason::Default]);
    });
}
