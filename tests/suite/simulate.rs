//! The contact policy of the example on made-up persons: every promise is kept, and without any part of the policy one is broken.

use selvedge::author::load;
use selvedge::author::site::Site;
use selvedge::cli::open;
use selvedge::report::simulate::picture::picture;
use selvedge::report::simulate::{Plan, counter_example, parts, simulate, without};
use selvedge::words::time;

const LETTERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/letters");

fn plan(persons: u64, days: u32) -> Plan {
    let start_ms = time::parse_rfc3339("2027-03-01T00:00:00Z").expect("a time");
    Plan { persons, days, seed: 7, start_ms, tabs: 0, threads: 2 }
}

fn compiled(site: &Site) -> open::Opened {
    open::compiled(site, "development", plan(1, 1).start_ms).expect("compiles")
}

#[test]
fn every_promise_is_kept_and_every_part_of_the_policy_is_needed() {
    let site = load(LETTERS.as_ref()).0.expect("a site");
    // A month in which clocks change.
    let tally = simulate(&site, &compiled(&site).bundle, plan(300, 31), &|_| {});
    assert!(tally.broken.is_empty(), "{:?}", tally.broken);
    let details: Vec<&str> = tally.held.keys().copied().collect();
    assert_eq!(details, ["CAPPED", "DISMISSED", "GOAL_REACHED", "QUIET_HOURS", "SUPPRESSED", "TOO_SOON"]);
    assert_eq!(tally.contacts.keys().map(String::as_str).collect::<Vec<_>>(), ["email", "web"]);
    assert_eq!(tally, simulate(&site, &compiled(&site).bundle, Plan { threads: 1, ..plan(300, 31) }, &|_| {}));
    let svg = picture(&tally, "a < b");
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains("<title>a &lt; b</title>"));
    for part in parts(&site) {
        let less = without(&site, &part).expect("is a part");
        let example = counter_example(&site, &compiled(&less).bundle, plan(2_000, 31), Some(&part));
        let example = example.unwrap_or_else(|| panic!("nobody needs {part}"));
        assert!(example.person.events.len() <= 5 && example.broken.part == part, "{part}: {:?}", example.person.events);
    }
    assert!(without(&site, "nothing").is_none());
}

/// A year of visits: the state of a device has one length.
#[test]
fn the_state_of_a_device_does_not_grow() {
    let site = load(LETTERS.as_ref()).0.expect("a site");
    let tally = simulate(&site, &compiled(&site).bundle, plan(20, 365), &|_| {});
    assert!(tally.broken.is_empty() && tally.state_characters_max == 128, "{tally:?}");
}

/// Two tabs that read one state may go over a cap; nothing else does.
#[test]
fn two_tabs_at_once_are_told_apart() {
    let site = load(LETTERS.as_ref()).0.expect("a site");
    let tally = simulate(&site, &compiled(&site).bundle, Plan { tabs: 40, ..plan(200, 31) }, &|_| {});
    assert!(tally.broken.is_empty() && tally.races > 0, "{tally:?}");
}
