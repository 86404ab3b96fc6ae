//! Children and teens: what each region's law asks for, and who may answer for them.

use selvedge::consent::{Basis, grants};
use selvedge::words::{Purpose, Unit};
use serde_json::{Value as Json, json};

use super::{GPP_CHILD, TCF_ALL, granted, names, site, visit};
use crate::sites::NOW_MS;

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
        // A parent may agree, which the site says. For a teen no one may, for advertising, nor for a child then.
        ("DE", "child", "functional analytics personalization sensitive storage"),
        ("DE", "teen", "functional analytics personalization sensitive storage"),
        ("US-CA", "child", "functional analytics personalization advertising sensitive storage"),
        ("US-MD", "teen", "functional analytics personalization storage"),
        ("US-MD", "child", "functional analytics personalization storage"),
        ("US-CO", "teen", "functional analytics personalization advertising sensitive storage"),
        ("US-AR", "adult", "functional analytics personalization advertising sensitive storage"),
        ("US-AR", "teen", "functional analytics personalization sensitive storage"),
        ("US-AR", "child", "functional analytics personalization sensitive storage"),
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

/// Regions in which a child's own cookie once allowed advertising that the law forbids for teens.
#[test]
fn what_the_law_forbids_for_teens_it_forbids_for_children() {
    let site = site("");
    for region in ["EU", "DE", "ES", "FR", "IT", "NL", "BR", "US-AR", "US-MD", "US-CT", "US-OR"] {
        let cookie = "v=1&epoch=1&day=20767&advertising=1&storage=1";
        let child = granted(&site, json!({ "region": region, "minor": "child", "signals": { "cookie": cookie } }));
        assert!(!child.allows(Purpose::Advertising), "{region}");
        assert_eq!(child.basis(Purpose::Advertising), Basis::Minor, "{region}");
    }
}

/// Every region of the table, before and after each law starts, whatever was said, and also where a site asks for less of children.
#[test]
fn nothing_is_looser_for_the_younger() {
    let looser = "[overrides.default]\ncounsel = \"T\"\nreason = \"T\"\nchild = \"opt_in\"\nchild_purposes = [\"sensitive\"]\n[overrides.DE]\nteen = \"prohibited\"\n";
    let denials = json!({ "advertising": false, "analytics": false });
    let said = [
        json!({}),
        json!({ "grants": everything() }),
        json!({ "grants": denials }),
        json!({ "signals": { "cookie": "v=1&personalization=1&advertising=1" } }),
        json!({ "signals": { "tcf": TCF_ALL } }),
        json!({ "signals": { "onetrust": super::ONETRUST_ALL, "onetrust_closed": "2026-11-10T10:00:00.000Z" } }),
    ];
    for consent in ["", looser] {
        let site = site(consent);
        let regions = site.regions.codes.iter().map(|(code, _)| code.as_str()).chain(["ZZ"]);
        let starts: Vec<i64> = site.regions.rows.iter().map(|row| row.effective_from_ms.max(1)).collect();
        for (region, context) in regions.flat_map(|region| said.iter().map(move |context| (region, context))) {
            for now_ms in starts.iter().flat_map(|start| [start - 1, *start]).chain([NOW_MS]) {
                let of = |minor: &str| {
                    let mut context = context.clone();
                    context["region"] = json!(region);
                    context["minor"] = json!(minor);
                    grants(&site.regions, &visit(context), now_ms)
                };
                let [unknown, adult, teen, child] = ["unknown", "adult", "teen", "child"].map(of);
                assert_eq!(unknown, adult, "{region} {context}");
                for (older, younger) in [(&adult, &teen), (&teen, &child)] {
                    let more = younger.granted().and(!older.granted());
                    assert!(more.is_empty(), "{region} {context} {now_ms}: {}", names(more));
                    let is_kept = |unit: &Unit| !younger.allows_unit(*unit) || older.allows_unit(*unit);
                    assert!(Unit::ALL.iter().all(is_kept), "{region} {context} {now_ms}");
                }
            }
        }
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
