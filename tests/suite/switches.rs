//! When experiences start and end: local times that clocks skip or show twice, and what the engine makes of them.

use selvedge::author::{Files, check};
use selvedge::cli::open::compiled;
use selvedge::report::switches::{Clock, handover_site, handovers, observed, switches};
use selvedge::words::time::{format_rfc3339, parse_rfc3339};

/// A site with an experience from this local time on, in this zone.
fn site(zone: &str, local: &str) -> selvedge::author::site::Site {
    let experience =
        format!("slot = \"hero\"\n[[rule]]\nshow = \"sale\"\n[schedule]\nfrom = {local}\nzone = \"{zone}\"\n");
    let (site, found, _) = check(&Files::from([
        (
            "selvedge.toml",
            "name = \"shop\"\nteams = [\"web\"]\n[locales]\ndefault = \"en\"\nall = [\"en\"]\n[defaults]\nowner = \"web\"\n",
        ),
        ("slots.toml", "[hero]\npage = \"/\"\nselector = \"#hero\"\nchange = \"inner\"\n"),
        ("content/sale.toml", "[locale.en]\nhtml = \"<p>Sale</p>\"\n"),
        ("experiences/sale.toml", &experience),
    ]));
    site.unwrap_or_else(|| panic!("{found:#?}"))
}

/// The values come from the release notes of the zones, and were computed with Python's `zoneinfo`.
#[test]
fn local_times_that_clocks_skip_or_show_twice_have_one_moment() {
    let cases = [
        ("America/Santiago", "2027-09-05", "2027-09-05T04:00:00Z", Clock::Never),
        ("Africa/Cairo", "2027-04-30", "2027-04-29T22:00:00Z", Clock::Never),
        ("Australia/Lord_Howe", "2027-04-04T01:45:00", "2027-04-03T14:45:00Z", Clock::Twice),
        ("Australia/Lord_Howe", "2027-10-03T02:15:00", "2027-10-02T15:45:00Z", Clock::Never),
        ("Europe/Berlin", "2027-03-28T02:30:00", "2027-03-28T01:30:00Z", Clock::Never),
        ("Europe/Berlin", "2027-10-31T02:30:00", "2027-10-31T00:30:00Z", Clock::Twice),
        ("Asia/Kathmandu", "2027-03-28T02:30:00", "2027-03-27T20:45:00Z", Clock::Once),
        ("America/Vancouver", "2027-01-15T08:00:00", "2027-01-15T15:00:00Z", Clock::Once),
    ];
    for (zone, local, utc, clock) in cases {
        let site = site(zone, local);
        let all = switches(&site);
        let [switch] = all.as_slice() else { panic!("{zone} {local}: {all:?}") };
        assert_eq!((format_rfc3339(switch.at_ms).as_str(), switch.clock), (utc, clock), "{zone} {local}");
        let at = parse_rfc3339(utc).expect(utc);
        let opened = compiled(&site, "development", 0).expect("a checked site opens");
        let walk: Vec<i64> = (-200..200).map(|minutes| at + minutes * 60_000).chain([at - 1]).collect();
        let mut walk = walk;
        walk.sort_unstable();
        assert_eq!(observed(&opened.bundle, None, "sale", &walk), [(at, true)], "{zone} {local}");
    }
}

/// `cargo xtask zones` does it for every zone, with another reader beside it.
#[test]
fn every_handover_around_a_change_of_clocks_comes_once() {
    let years = 2026..2029;
    let (mut never, mut twice) = (0, 0);
    // By a whole hour, half of one, two hours, in the night and at midnight, and not at all.
    for zone in
        ["Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago", "Africa/Casablanca", "UTC"]
    {
        let (files, _) = handover_site(zone, &years);
        let (site, found, _) = check(&files);
        let site = site.unwrap_or_else(|| panic!("{zone}: {found:#?}"));
        let opened = compiled(&site, "development", 0).expect("a checked site opens");
        let mut starts: Vec<_> =
            switches(&site).into_iter().filter(|switch| switch.starts && switch.market.is_some()).collect();
        starts.sort_by(|one, other| one.experience.cmp(&other.experience));
        let edges: Vec<i64> = starts.iter().map(|switch| switch.at_ms).collect();
        let made = handovers(&opened.bundle, zone, &years, &edges);
        assert_eq!(made.len(), starts.len());
        for (start, made) in starts.iter().zip(made) {
            assert_eq!(
                (made.changed.as_slice(), made.gaps.as_slice()),
                ([start.at_ms].as_slice(), [].as_slice()),
                "{zone} {}",
                made.local
            );
            never += usize::from(start.clock == Clock::Never);
            twice += usize::from(start.clock == Clock::Twice);
        }
    }
    assert!(never > 40 && twice > 40, "{never} and {twice}");
}

/// The walk notices an engine that switches at another moment.
#[test]
fn a_handover_at_another_moment_is_noticed() {
    let years = 2027..2028;
    let (files, _) = handover_site("Europe/Berlin", &years);
    let (site, ..) = check(&files);
    let mut site = site.expect("it is right");
    let starts = switches(&site);
    let edges: Vec<i64> =
        starts.iter().filter(|switch| switch.starts && switch.market.is_some()).map(|switch| switch.at_ms).collect();
    let late = site.experiences.iter_mut().find(|experience| experience.name == "s003-after").expect("it is there");
    for (_, window) in &mut late.schedule.as_mut().expect("it has one").markets {
        window.from_ms += 60_000;
    }
    let opened = compiled(&site, "development", 0).expect("a checked site opens");
    let made = handovers(&opened.bundle, "Europe/Berlin", &years, &edges);
    let wrong: Vec<usize> = (0..).zip(&made).filter(|(_, made)| !made.gaps.is_empty()).map(|(at, _)| at).collect();
    assert_eq!(wrong, [3]);
}

/// The zones of the builder have changed since the lock file was written.
#[test]
fn a_local_time_that_is_another_moment_than_it_was_is_told() {
    let split = "split = { experiment = \"half\", arms = { control = 50, \"sale\" = 50 }, unit = \"page\" }";
    let experience = format!(
        "slot = \"hero\"\n[[rule]]\n{split}\n[schedule]\nfrom = 2027-01-15T08:00:00\nuntil = 2027-02-01\nzone = \"America/Vancouver\"\n"
    );
    let files = |lock: &str| {
        let mut files = Files::from([
            (
                "selvedge.toml",
                "name = \"shop\"\nteams = [\"web\"]\n[locales]\ndefault = \"en\"\nall = [\"en\"]\n[defaults]\nowner = \"web\"\n",
            ),
            ("slots.toml", "[hero]\npage = \"/\"\nselector = \"#hero\"\nchange = \"inner\"\n"),
            ("content/sale.toml", "[locale.en]\nhtml = \"<p>Sale</p>\"\n"),
            ("experiences/sale.toml", &experience),
        ]);
        if !lock.is_empty() {
            files.entries.insert("selvedge.lock".into(), selvedge::author::Entry::Bytes(lock.into()));
        }
        files
    };
    let laid = |lock: &str| check(&files(lock)).0.expect("it is right").laid;
    let lock = laid("").lock.expect("there is a draw");
    assert!(lock.contains("\"2027-01-15T08:00:00 America/Vancouver\" = \"2027-01-15T15:00:00Z\""), "{lock}");
    assert!(lock.contains("\"2027-02-02T00:00:00 America/Vancouver\" = \"2027-02-02T07:00:00Z\""), "{lock}");
    assert_eq!((laid(&lock).is_out_of_date(), laid(&lock).findings()), (false, Vec::new()));

    // British Columbia stays on summer time from 2026 on; older zones do not know it.
    let old = lock.replace("2027-01-15T15:00:00Z", "2027-01-15T16:00:00Z");
    let found = laid(&old).findings();
    let told: Vec<_> = found.iter().map(|found| (found.code, &*found.what)).collect();
    let what = "2027-01-15T08:00:00 America/Vancouver is 2027-01-15T15:00:00Z now, and was 2027-01-15T16:00:00Z";
    assert_eq!(told, [("SV2231", "`selvedge.lock` is out of date"), ("SV7017", what)]);
    // A time that the author changed is no news.
    let other = old.replace("2027-01-15T08:00:00 America", "2027-01-14T08:00:00 America");
    assert_eq!(laid(&other).findings().len(), 1);
}
