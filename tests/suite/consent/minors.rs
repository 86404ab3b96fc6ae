//! Children and teens: what each region's law asks for, and who may answer for them.

use selvedge::consent::table::{Model, Regime};
use selvedge::consent::{Basis, grants};
use selvedge::words::{Age, Purpose, Unit};
use serde_json::{Value as Json, json};

use super::{GPP_CHILD, TCF_ALL, granted, names, site, visit};
use crate::sites::NOW_MS;

const ALL: [&str; 6] = ["functional", "analytics", "personalization", "advertising", "sensitive", "storage"];

/// Everything, granted by `who`: `true` is the visitor, `"parent"` a parent.
fn everything(who: impl Into<Json>) -> Json {
    let who = who.into();
    Json::Object(ALL.iter().map(|name| ((*name).to_owned(), who.clone())).collect())
}

/// A consent cookie that grants everything: `1` is the visitor, `2` a parent.
fn cookie(digit: u8) -> String {
    let grants = ALL.map(|name| format!("&{name}={digit}")).concat();
    format!("v=1&epoch=1&day={}{grants}", NOW_MS / 86_400_000)
}

#[test]
fn the_law_of_the_region_knows_children_and_teens() {
    let site = site("");
    // What is granted where a parent agrees to everything in the site's own words.
    let cases = [
        ("DE", "adult", "functional analytics personalization advertising sensitive storage"),
        // A parent may agree. For a teen no one may, for advertising, nor for a child then.
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
        // Where nobody knows the region, nobody knows which of these rules holds.
        ("ZZ", "child", "functional storage"),
        ("ZZ", "teen", "functional storage"),
    ];
    for (region, age, expected) in cases {
        let granted = granted(&site, json!({ "region": region, "minor": age, "grants": everything("parent") }));
        assert_eq!(names(granted.granted()), format!("necessary contextual {expected}"), "{region} {age}");
    }
    // In silence.
    let cases = [
        ("US-CA", "unknown", "functional analytics personalization advertising storage"),
        ("US-CA", "child", "functional analytics storage"),
        ("US-CA", "teen", "functional analytics personalization storage"),
        ("US-NY", "teen", "functional analytics storage"),
        // No law of the state speaks of teens, and the federal one ends at 12.
        ("US-VA", "teen", "functional analytics personalization advertising storage"),
        ("US", "teen", "functional analytics personalization advertising storage"),
        ("US-VA", "child", "functional analytics storage"),
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
        json!({ "grants": everything(true) }),
        json!({ "grants": everything("parent") }),
        json!({ "signals": { "cookie": cookie(2) } }),
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
    // A parent's word beside it counts.
    let cookie = "v=1&personalization=2";
    let both = json!({ "region": "DE", "minor": "child", "signals": { "tcf": TCF_ALL, "cookie": cookie } });
    assert!(granted(&site, both).allows(Purpose::Personalization));
}

/// A grant with a law that asks for a parent, by who gave it and where that stands.
#[test]
fn the_law_that_asks_for_a_parent_takes_nobody_elses_word() {
    let site = site("");
    let cases = [
        // Region, age, what the visitor's own word grants, what a parent's does.
        ("DE", "child", "functional analytics storage", "functional analytics personalization sensitive storage"),
        ("FR", "child", "functional analytics storage", "functional analytics personalization sensitive storage"),
        (
            "US-CA",
            "child",
            "functional analytics storage",
            "functional analytics personalization advertising sensitive storage",
        ),
        ("US-MD", "child", "functional analytics storage", "functional analytics personalization storage"),
        (
            "GB",
            "child",
            "functional analytics storage",
            "functional analytics personalization advertising sensitive storage",
        ),
        (
            "JP",
            "child",
            "functional analytics storage",
            "functional analytics personalization advertising sensitive storage",
        ),
        ("CN", "child", "storage", "functional analytics personalization advertising sensitive storage"),
        ("BR", "child", "functional analytics storage", "functional analytics personalization sensitive storage"),
        // Childhood lasts longer than twelve years, so a teen may be a child.
        ("DE", "teen", "functional analytics storage", "functional analytics personalization sensitive storage"),
        (
            "ZA",
            "teen",
            "functional analytics storage",
            "functional analytics personalization advertising sensitive storage",
        ),
        // The law asks the teens themselves: a parent's word is no less.
        (
            "US-CA",
            "teen",
            "functional analytics personalization advertising sensitive storage",
            "functional analytics personalization advertising sensitive storage",
        ),
        (
            "GB",
            "teen",
            "functional analytics personalization advertising sensitive storage",
            "functional analytics personalization advertising sensitive storage",
        ),
        // Nobody can agree.
        ("CA", "child", "functional analytics storage", "functional analytics storage"),
        ("IN", "child", "functional storage", "functional storage"),
        ("ZZ", "child", "storage", "functional storage"),
        ("ZZ", "teen", "storage", "functional storage"),
    ];
    for (region, age, own, parental) in cases {
        for (who, digit, expected) in [(json!(true), 1, own), (json!("parent"), 2, parental)] {
            let said = [json!({ "grants": everything(who) }), json!({ "signals": { "cookie": cookie(digit) } })];
            for mut context in said {
                context["region"] = json!(region);
                context["minor"] = json!(age);
                let granted = granted(&site, context.clone());
                assert_eq!(names(granted.granted()), format!("necessary contextual {expected}"), "{context}");
                for purpose in ALL.iter().filter_map(|name| Purpose::from_name(name)) {
                    assert_eq!(granted.allows_by_parent(purpose), digit == 2 && granted.allows(purpose), "{context}");
                }
                let personalization = Some(Purpose::Personalization).filter(|one| !granted.allows(*one));
                assert!(personalization.is_none_or(|one| granted.basis(one) == Basis::Minor), "{context}");
            }
        }
    }
}

/// Every region, age and signal: a parent's grant gives what the visitor's own does, and no denial is weaker against it.
#[test]
fn nobody_grants_more_than_a_parent() {
    let site = site("");
    let signals = [
        json!({}),
        json!({ "gpc": true }),
        json!({ "tcf": TCF_ALL }),
        json!({ "tcf": super::TCF_NONE }),
        json!({ "gpp": GPP_CHILD }),
        json!({ "gpp": super::GPP_SALE }),
        json!({ "onetrust": super::ONETRUST_NONE, "onetrust_closed": "2026-11-10T10:00:00.000Z" }),
        json!({ "cookie": "v=1&advertising=0&personalization=0" }),
        json!({ "revoked": [{ "day": NOW_MS / 86_400_000, "purposes": ["personalization"] }] }),
    ];
    let regions = site.regions.codes.iter().map(|(code, _)| code.as_str()).chain(["ZZ"]);
    for (region, signals) in regions.flat_map(|region| signals.iter().map(move |one| (region, one))) {
        for age in ["unknown", "adult", "teen", "child"] {
            let of = |who: Json| {
                let context = json!({ "region": region, "minor": age, "signals": signals, "grants": everything(who) });
                granted(&site, context)
            };
            let [silent, own, parental] = [Json::Null, json!(true), json!("parent")].map(of);
            for (less, more) in [(&silent, &own), (&own, &parental)] {
                let lost = less.granted().and(!more.granted());
                assert!(lost.is_empty(), "{region} {age} {signals}: {}", names(lost));
            }
            let is_adult = matches!(age, "unknown" | "adult") && !signals.to_string().contains(GPP_CHILD);
            assert!(!is_adult || own.granted() == parental.granted(), "{region} {age} {signals}");
            assert!(
                ALL.iter()
                    .filter_map(|name| Purpose::from_name(name))
                    .all(|one| parental.denies(one) == own.denies(one))
            );
        }
    }
}

#[test]
fn a_parents_grant_grows_old_and_is_taken_back_like_any_other() {
    let site = site("");
    let today = NOW_MS / 86_400_000;
    let of = |signals: Json, grants: Json| {
        let context = json!({ "region": "DE", "minor": "child", "signals": signals, "grants": grants });
        granted(&site, context)
    };
    let cookie = |day: i64| json!({ "cookie": format!("v=1&day={day}&personalization=2") });
    assert!(of(cookie(today), json!({})).allows(Purpose::Personalization));
    let old = of(cookie(today - 396), json!({}));
    assert_eq!((old.allows(Purpose::Personalization), old.basis(Purpose::Personalization)), (false, Basis::Expired));
    // The child says no, and no word of the child's own renews it.
    assert!(!of(cookie(today), json!({ "personalization": false })).allows(Purpose::Personalization));
    assert!(!of(cookie(today - 396), json!({ "personalization": true })).allows(Purpose::Personalization));
}

#[test]
fn who_grants_is_a_parent_or_nobody_in_particular() {
    for who in ["\"self\"", "\"Parent\"", "\"\"", "1", "2", "[\"parent\"]"] {
        let context = format!("{{\"grants\":{{\"personalization\":{who}}}}}");
        let read = serde_json::from_str::<selvedge::words::Visit>(&context);
        let error = read.expect_err(&context).to_string();
        assert!(error.contains("true, false, \"parent\" or null"), "{error}");
    }
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
    let of = |minor: &str| granted(&site, json!({ "region": "US-CA", "minor": minor, "grants": everything("parent") }));
    assert_eq!(names(of("unknown").granted()), "necessary contextual functional analytics storage");
    assert_eq!(of("unknown").granted(), of("child").granted());
    assert!(of("adult").allows(Purpose::Personalization));
    // The site's own reading of the law stands in place of the shipped one.
    let own = super::site("child_directed = true\n[overrides.US-CA]\nchild = \"parental\"\n");
    let of = |who: Json| granted(&own, json!({ "region": "US-CA", "grants": everything(who) }));
    assert!(of(json!("parent")).allows(Purpose::Personalization));
    assert!(!of(json!(true)).allows(Purpose::Personalization));
}

#[test]
fn what_the_law_spares_a_silent_adult_it_does_not_spare_a_watched_child() {
    let site =
        site("[overrides.US]\nchild_purposes = [\"analytics\", \"personalization\", \"advertising\", \"sensitive\"]\n");
    let covers = |minor: &str| granted(&site, json!({ "region": "US", "minor": minor })).allows_unit(Unit::Visitor);
    assert!(covers("unknown") && covers("adult") && !covers("child"));
}

/// What holds for a visitor of this age.
fn holds(row: &Regime, age: Age, purpose: Purpose) -> Model {
    row.model(purpose).max(row.model_of_age(Some(age), purpose))
}

#[test]
fn a_minor_of_an_unknown_region_has_the_strictest_of_all_rows() {
    let table = site("").regions;
    let unknown = &table.rows[table.regime(None, NOW_MS)];
    assert!(std::ptr::eq(unknown, &table.rows[table.regime(Some("ZZ"), NOW_MS)]) && table.rows.len() > 40);
    let mut pairs = 0;
    for row in &table.rows {
        for age in [Age::Child, Age::Teen] {
            for purpose in Purpose::ALL {
                let (own, strictest) = (holds(row, age, *purpose), holds(unknown, age, *purpose));
                assert!(
                    strictest >= own,
                    "{} {age} {purpose}: {own}, and {strictest} where the region is unknown",
                    row.code
                );
                assert!(
                    unknown.asks_parent(Some(age), *purpose)
                        || strictest > own
                        || !row.asks_parent(Some(age), *purpose)
                );
                pairs += 1;
            }
        }
    }
    // It is no stricter than some row: what every region allows to minors stays allowed.
    for age in [Age::Child, Age::Teen] {
        for purpose in Purpose::ALL {
            let strictest = table.rows[1..].iter().map(|row| holds(row, age, *purpose)).max();
            assert_eq!(strictest, Some(holds(unknown, age, *purpose)), "{age} {purpose}");
        }
    }
    println!("{pairs} rules of {} rows", table.rows.len());
}

/// The ages of the laws of the United States: a parent is asked for under 13 everywhere; what a teen needs is each state's.
#[test]
fn ages_in_the_united_states_mean_what_the_law_says() {
    let table = site("").regions;
    let at = selvedge::words::time::parse_rfc3339("2027-06-01T00:00:00Z").expect("a time");
    let teens = [
        ("US-CA", Model::OptIn),
        ("US-CO", Model::OptIn),
        ("US-DE", Model::OptIn),
        ("US-FL", Model::OptIn),
        ("US-MN", Model::OptIn),
        ("US-MT", Model::OptIn),
        ("US-NH", Model::OptIn),
        ("US-NJ", Model::OptIn),
        ("US-NY", Model::OptIn),
        ("US-CT", Model::Prohibited),
        ("US-MD", Model::Prohibited),
        ("US-OR", Model::Prohibited),
        ("US-AR", Model::Prohibited),
    ];
    let states: Vec<&String> = table.codes.iter().map(|(code, _)| code).filter(|code| code.starts_with("US")).collect();
    assert!(states.len() > 25);
    for state in states {
        let row = &table.rows[table.regime(Some(state), at)];
        assert_eq!(row.child_age_max, 12, "{state}");
        for purpose in [Purpose::Personalization, Purpose::Advertising] {
            assert!(row.model_of_age(Some(Age::Child), purpose) >= Model::OptInExplicit, "{state} {purpose}");
            assert!(!row.asks_parent(Some(Age::Teen), purpose), "{state} {purpose}: a teen answers for themselves");
        }
        let expected = teens.iter().find(|(code, _)| code == state).map_or(Model::Exempt, |(_, model)| *model);
        assert_eq!(row.model_of_age(Some(Age::Teen), Purpose::Advertising), expected, "{state}");
    }
}
