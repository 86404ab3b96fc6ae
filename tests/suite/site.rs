//! What a good site means once it is checked: names resolved, defaults filled in, times as milliseconds.

use selvedge::author::diagnostic::Diagnostic;
use selvedge::author::site::{Body, Effect, Site, Window};
use selvedge::author::{Files, check};
use selvedge::consent::table::Model;
use selvedge::words::Value;
use selvedge::words::time::parse_rfc3339;
use selvedge::words::{Change, Choice, Depth, Purpose, Purposes, Source, Unit};

fn ms(text: &str) -> i64 {
    parse_rfc3339(text).expect(text)
}

fn shop() -> (Option<Site>, Vec<Diagnostic>) {
    let files = Files::from([
        (
            "selvedge.toml",
            "name = \"shop\"\nteams = [\"growth\"]\n[locales]\ndefault = \"en\"\nall = [\"de\", \"en\"]\n[defaults]\nowner = \"growth\"\n\
             [markets.dach]\nzone = \"Europe/Berlin\"\nregions = [\"DE\"]\n[markets.alps]\nzone = \"America/New_York\"\nregions = [\"US\"]\n",
        ),
        (
            "attributes.toml",
            "[visitor.visits]\ntype = \"int\"\nrange = [0, 1000]\nsource = \"device\"\npurposes = [\"personalization\", \"analytics\"]\n\
             retention = \"30d\"\n[crm.tags]\ntype = \"list\"\nsource = \"feed:crm\"\npurposes = [\"necessary\"]\ndefault = []\n\
             [request.country]\ntype = \"symbol\"\nvalues = \"iso-3166-1\"\nsource = \"request\"\npurposes = [\"contextual\"]\n",
        ),
        (
            "slots.toml",
            "[home.hero]\nselector = \"#hero\"\nchange = \"inner\"\n[alt]\nselector = \"img\"\nchange = \"attribute:alt\"\n",
        ),
        (
            "consent.toml",
            "regions = [\"DE\"]\n[purposes.analytics]\ntext = \"For counting.\"\nbasis = \"consent\"\n\
             [purposes.personalization]\ntext = \"For choosing.\"\nbasis = \"consent\"\n[overrides.DE]\nanalytics = \"prohibited\"\n",
        ),
        (
            "audiences/all.toml",
            "[swiss]\nall = ['request.country == \"CH\"']\n[fans]\nany = ['audience.swiss', 'audience.loyal']\n",
        ),
        ("audiences/loyal.toml", "all = ['visitor.visits >= 2']\n"),
        ("content/hero/winter.toml", "expires = 2027-02-28\n[locale.en]\nhtml = \"<b>Warm</b>\"\n"),
        ("content/hero/winter.de.html", "<b>Wärme</b>\n"),
        (
            "experiences/hero-a.toml",
            "slot = \"home.hero\"\n[[rule]]\nall = ['audience.fans']\nsplit = { experiment = \"winter\", traffic = 12.5, unit = \"page\", \
             arms = { control = 33.33, \"hero/winter\" = 50 } }\n[[rule]]\nshow = \"control\"\n\
             [schedule]\nfrom = 2026-12-01T08:00\nuntil = 2026-12-24T00:00:00Z\nzone = \"market\"\n",
        ),
        (
            "experiences/hero.toml",
            "slot = \"home.hero\"\npriority = -1\nreview_by = 2027-03-01\n[[rule]]\nshow = \"hero/winter\"\n\
             [schedule]\nfrom = 2026-12-01\nuntil = 2026-12-24\nzone = \"Europe/Berlin\"\n",
        ),
        (
            "visitors/anna.toml",
            "region = \"DE\"\nlocale = \"de-DE\"\ngrants = { analytics = false }\nsignals = { gpc = true }\n[attributes]\n\
             \"visitor.visits\" = 6\nrequest.country = \"DE\"\n[observed]\nvisitor.visits = 2026-11-30T00:00:00Z\n",
        ),
        (
            "tests/a.toml",
            "[[case]]\nvisitor = \"anna\"\nnow = 2026-12-01T09:00:00+01:00\nexpect = { \"home.hero\" = \"hero/winter\", alt = \"control\" }\n",
        ),
    ]);
    let (site, diagnostics, _) = check(&files);
    (site, diagnostics)
}

#[test]
fn names_become_positions_in_sorted_lists() {
    let (site, diagnostics) = shop();
    // A third arm is missing: what it would have had goes on to the next rule.
    assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["SV2224"]);
    let site = site.expect("a site without errors");
    let names = |list: Vec<&String>| list.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(names(site.attributes.iter().map(|a| &a.name).collect()), "crm.tags request.country visitor.visits");
    assert_eq!(names(site.audiences.iter().map(|a| &a.name).collect()), "fans loyal swiss");
    assert_eq!(names(site.experiences.iter().map(|e| &e.name).collect()), "hero hero-a");
    assert_eq!(names(site.slots.iter().map(|s| &s.name).collect()), "alt home.hero");
    assert_eq!((site.slots[0].change, site.slots[0].attribute.as_deref()), (Change::Attribute, Some("alt")));
    let hero = &site.experiences[0];
    assert_eq!(
        (hero.slot, hero.priority, hero.owner.as_deref(), hero.purpose),
        (1, -1, Some("growth"), Purpose::Personalization)
    );
    assert_eq!(hero.review_by.as_deref(), Some("2027-03-01"));
    assert!(matches!(hero.rules[0].effect, Effect::Show(0)));
    let schedule = hero.schedule.as_ref().expect("a schedule");
    let days = Window { from_ms: ms("2026-12-01T00:00:00+01:00"), until_ms: ms("2026-12-25T00:00:00+01:00") };
    assert_eq!(schedule.default, days, "a day counts from its start and until its end");
    assert_eq!(site.tests[0].expect["home.hero"].as_deref(), Some("hero/winter"));
    assert_eq!((site.tests[0].expect["alt"].as_deref(), site.tests[0].now_ms), (None, ms("2026-12-01T08:00:00Z")));
    assert_eq!(site.files.len(), 13 - 1);
}

#[test]
fn attributes_have_their_defaults() {
    let site = shop().0.expect("a site");
    let [tags, country, visits] = &site.attributes[..] else { panic!("three attributes") };
    assert_eq!(
        (tags.source, tags.feed.as_deref(), tags.depth, tags.retention_seconds),
        (Source::Feed, Some("crm"), Depth::Declared, None)
    );
    assert_eq!(
        (tags.max_length, country.max_length, country.values.len(), country.depth),
        (Some(64), None, 249, Depth::Contextual)
    );
    assert_eq!(
        (visits.depth, visits.retention_seconds, visits.range),
        (Depth::Behavioural, Some(2_592_000), Some((0.0, 1000.0)))
    );
    assert_eq!(visits.purposes, Purposes::NONE.with(Purpose::Personalization).with(Purpose::Analytics));
}

#[test]
fn splits_are_basis_points_and_windows_milliseconds() {
    let site = shop().0.expect("a site");
    let Effect::Split(split) = &site.experiences[1].rules[0].effect else { panic!("a split") };
    let arms: Vec<(&str, Option<usize>, u32)> =
        split.arms.iter().map(|arm| (&*arm.name, arm.content, arm.share)).collect();
    assert_eq!(arms, [("control", None, 3_333), ("hero/winter", Some(0), 5_000)]);
    assert_eq!((&*split.salt, split.unit, split.traffic), ("winter", Unit::Page, 1_250));
    let until_ms = ms("2026-12-24T00:00:00Z");
    let window = |from: &str| Window { from_ms: ms(from), until_ms };
    let schedule = site.experiences[1].schedule.as_ref().expect("a schedule");
    assert_eq!(schedule.default, window("2026-12-01T08:00:00Z"));
    assert_eq!(schedule.markets, [(0, window("2026-12-01T08:00:00-05:00")), (1, window("2026-12-01T08:00:00+01:00"))]);
}

#[test]
fn content_visitors_and_consent() {
    let site = shop().0.expect("a site");
    let winter = &site.content[0];
    assert_eq!(winter.expires_ms, Some(ms("2027-03-01T00:00:00Z")));
    let bodies: Vec<(&str, &Body)> = winter.variants.iter().map(|variant| (&*variant.locale, &variant.body)).collect();
    assert_eq!(bodies, [("de", &Body::Html("<b>Wärme</b>\n".into())), ("en", &Body::Html("<b>Warm</b>".into()))]);
    let visit = &site.visitors[0].visit;
    assert_eq!(visit.attributes["visitor.visits"], Value::Int(6));
    assert_eq!(visit.attributes["request.country"], Value::Text("DE".into()));
    assert_eq!(visit.observed["visitor.visits"].0, ms("2026-11-30T00:00:00Z"));
    assert!(
        visit.signals.gpc
            && visit.now.is_none()
            && visit.grants.iter().map(|(_, choice)| *choice).eq([Some(Choice::Denied)])
    );
    let codes: Vec<&str> = site.regions.codes.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["DE"]);
    let germany = &site.regions.rows[usize::from(site.regions.codes[0].1)];
    assert_eq!(
        (germany.model(Purpose::Analytics), germany.model(Purpose::Storage)),
        (Model::Prohibited, Model::Prohibited)
    );
    assert_eq!(site.consent.cookie, "selvedge-consent");
}
