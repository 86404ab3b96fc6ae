//! Reports: shares that were counted by hand, and reads that the files say.

use selvedge::report::{audiences, minimum_data};
use selvedge::words::Visit;

use crate::sites::{self, NOW_MS};

fn site() -> selvedge::author::site::Site {
    sites::checked(&sites::files([
        (
            "selvedge.toml",
            "name = \"shop\"\nteams = [\"growth\"]\norigin = \"https://shop.example\"\n[locales]\ndefault = \"en\"\nall = [\"en\"]\n",
        ),
        (
            "attributes.toml",
            "[request.visits]\ntype = \"int\"\nsource = \"request\"\npurposes = [\"contextual\"]\n\
             [profile.tier]\ntype = \"string\"\nsource = \"account\"\npurposes = [\"personalization\"]\nretention = \"30d\"\n\
             [page.type]\ntype = \"string\"\nsource = \"page\"\npurposes = [\"contextual\"]\n",
        ),
        ("slots.toml", "[home.hero]\nselector = \"#hero\"\nchange = \"text\"\n"),
        (
            "audiences/all.toml",
            "[anybody]\nall = ['request.visits >= 5']\n[nobody]\nall = ['request.visits > 199']\n\
             [half]\nall = ['request.visits >= 100']\n[most_of_half]\nall = ['request.visits >= 105']\n\
             [gold]\nall = ['profile.tier == \"gold\"']\n",
        ),
        ("content/a.toml", "[locale.en]\ntext = \"A\"\n"),
        ("content/b.toml", "[locale.en]\ntext = \"B\"\n"),
        (
            "experiences/hero.toml",
            "slot = \"home.hero\"\nowner = \"growth\"\n[[rule]]\nall = ['audience.half', 'audience.gold']\nshow = \"a\"\n",
        ),
    ].map(|(path, text)| (path, text.to_owned()))))
}

/// Visits 0 to 199; every second one is of the tier gold, and no visitor agreed to anything.
fn corpus() -> impl Iterator<Item = Visit> {
    (0..200).map(|number| {
        let tier = if number % 2 == 0 { "gold" } else { "blue" };
        let json = serde_json::json!({"attributes": {"request.visits": number, "profile.tier": tier}, "region": "DE"});
        serde_json::from_value(json).expect("a context")
    })
}

#[test]
fn shares_and_twins_are_counted() {
    let site = site();
    let opened = sites::opened(&site);
    let debug = opened.debug.as_ref().expect("a compiled site has one");
    let report = audiences(&site, &opened.bundle, debug, corpus(), NOW_MS);
    let counts: Vec<(&str, usize, usize, usize)> = report
        .audiences
        .iter()
        .map(|reach| (reach.name.as_str(), reach.inside, reach.outside, reach.unknown))
        .collect();
    assert_eq!(
        counts,
        [
            ("anybody", 195, 5, 0),
            // Not one visitor agreed to personalization: nobody can tell who is gold.
            ("gold", 0, 0, 200),
            ("half", 100, 100, 0),
            ("most_of_half", 95, 105, 0),
            ("nobody", 0, 200, 0),
        ]
    );
    assert_eq!(report.audiences[2].used_by, ["experience hero"]);
    assert_eq!(report.twins.len(), 1);
    assert_eq!((report.twins[0].one.as_str(), report.twins[0].both, report.twins[0].either), ("half", 95, 100));
    let found: Vec<String> =
        report.findings(&site).iter().map(|found| format!("{} {}", found.code, found.what)).collect();
    assert_eq!(
        found,
        [
            "SV2105 audience `anybody` matches 97.5 % of 200 visits",
            "SV2105 audience `nobody` matches 0.0 % of 200 visits",
            "SV2106 audiences `half` and `most_of_half` are 95 % the same visits",
        ]
    );
    let few = audiences(&site, &opened.bundle, debug, corpus().take(99), NOW_MS);
    assert!(few.findings(&site).is_empty(), "99 visits are too few to judge by");
}

#[test]
fn the_least_data_is_what_rules_can_read() {
    let report = minimum_data(&sites::opened(&site()).bundle);
    assert_eq!(report.slots.len(), 1);
    assert_eq!(report.slots[0].reads, ["profile.tier", "request.visits"]);
    assert_eq!(report.slots[0].shows, ["a"]);
    assert_eq!(report.unread, ["page.type"]);
    assert_eq!(report.unshown, ["b"]);
}
