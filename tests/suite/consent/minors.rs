//! Children and teens: what each region's law asks for, and who may answer for them.

use selvedge::consent::Basis;
use selvedge::words::{Purpose, Unit};
use serde_json::{Value as Json, json};

use super::{GPP_CHILD, TCF_ALL, granted, names, site};

fn everything() -> Json {
    let all = ["functional", "analytics", "personalization", "advertising", "sensitive", "storage"];
    Json::Object(all.iter().map(|name| ((*name).to_owned(), json!(true))).collect())
}

#[test]
fn the_law_of_the_region_knows_children_and_teens() {
    let site = site("");
    // What is granted to somebody who agrees to everything in the site's own words.
    let cases = [
        ("DE", "adult", "functional analytics personalization advertising sensitive storage"),
        // A parent may agree, which the site says; for a teen no one may, for advertising.
        ("DE", "child", "functional analytics personalization advertising sensitive storage"),
        ("DE", "teen", "functional analytics personalization sensitive storage"),
        ("US-CA", "child", "functional analytics personalization advertising sensitive storage"),
        ("US-MD", "teen", "functional analytics personalization storage"),
        ("US-CO", "teen", "functional analytics personalization advertising sensitive storage"),
        // Childhood lasts until 17 in India: a teen is a child, and nobody may follow one.
        ("IN", "child", "functional storage"),
        ("IN", "teen", "functional storage"),
        ("CA", "child", "functional analytics storage"),
        ("ZZ", "child", "functional analytics storage"),
    ];
    for (region, age, expected) in cases {
        let granted = granted(&site, json!({ "region": region, "minor": age, "grants": everything() }));
        assert_eq!(names(granted.granted()), format!("necessary contextual {expected}"), "{region} {age}");
    }
    // In silence.
    let cases = [
        ("US-CA", "unknown", "functional analytics personalization advertising storage"),
        ("US-CA", "child", "functional analytics storage"),
        ("US-CA", "teen", "functional analytics personalization storage"),
        ("US-NY", "teen", "functional analytics storage"),
        ("JP", "teen", "functional analytics storage"),
    ];
    for (region, age, expected) in cases {
        let granted = granted(&site, json!({ "region": region, "minor": age }));
        assert_eq!(names(granted.granted()), format!("necessary contextual {expected}"), "{region} {age}");
    }
}

#[test]
fn no_consent_string_is_a_parent() {
    let site = site("");
    let child = granted(&site, json!({ "region": "DE", "minor": "child", "signals": { "tcf": TCF_ALL } }));
    assert!(!child.allows(Purpose::Personalization) && child.allows(Purpose::Analytics));
    assert_eq!(child.basis(Purpose::Personalization), Basis::Minor);
    let cookie = json!({ "region": "DE", "minor": "child", "signals": { "cookie": "v=1&personalization=1" } });
    assert!(granted(&site, cookie).allows(Purpose::Personalization));
}

#[test]
fn the_younger_of_two_opinions_counts() {
    let site = site("");
    for minor in ["unknown", "teen", "adult"] {
        let told = json!({ "region": "US-CA", "minor": minor, "signals": { "gpp": GPP_CHILD } });
        let child = granted(&site, told);
        assert!(!child.allows(Purpose::Advertising), "{minor}");
        assert_eq!(child.basis(Purpose::Advertising), Basis::Minor, "{minor}");
    }
}

#[test]
fn on_a_site_for_children_everybody_is_one_until_the_site_knows_better() {
    let site = site("child_directed = true\n");
    let of = |minor: &str| granted(&site, json!({ "region": "US-CA", "minor": minor, "grants": everything() }));
    assert_eq!(names(of("unknown").granted()), "necessary contextual functional analytics storage");
    assert_eq!(of("unknown").granted(), of("child").granted());
    assert!(of("adult").allows(Purpose::Personalization));
    // The site's own reading of the law stands in place of the shipped one.
    let own = super::site("child_directed = true\n[overrides.US-CA]\nchild = \"parental\"\n");
    let context = json!({ "region": "US-CA", "grants": everything() });
    assert!(granted(&own, context).allows(Purpose::Personalization));
}

#[test]
fn what_the_law_spares_a_silent_adult_it_does_not_spare_a_watched_child() {
    let site =
        site("[overrides.US]\nchild_purposes = [\"analytics\", \"personalization\", \"advertising\", \"sensitive\"]\n");
    let covers = |minor: &str| granted(&site, json!({ "region": "US", "minor": minor })).allows_unit(Unit::Visitor);
    assert!(covers("unknown") && covers("adult") && !covers("child"));
}
