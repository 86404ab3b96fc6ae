use super::{Outcome, SlotExplanation, explain, if_all_granted, text};
use crate::author::{Files, check};
use crate::cli::open::{Opened, compiled};
use crate::consent::grants;
use crate::engine::{Workspace, all_slots, decide, permit};
use crate::words::time::parse_rfc3339;
use crate::words::{Choice, Depth, Map, Purpose, PurposeKey, Value, Visit};

const FILES: [(&str, &str); 9] = [
    (
        "selvedge.toml",
        "name = \"shop\"\nteams = [\"growth\"]\n[locales]\ndefault = \"en\"\nall = [\"en\"]\n[defaults]\nowner = \"growth\"\n",
    ),
    (
        "attributes.toml",
        "[request.country]\ntype = \"symbol\"\nvalues = [\"DE\", \"GB\"]\nsource = \"request\"\npurposes = [\"contextual\"]\nrequired = true\n\
         [visitor.visits_30d]\ntype = \"int\"\nrange = [0, 99]\nsource = \"device\"\npurposes = [\"personalization\"]\nretention = \"30d\"\ndefault = 0\n",
    ),
    (
        "slots.toml",
        "[hero]\npage = \"/\"\nselector = \"#hero\"\nchange = \"inner\"\n[plain]\npage = \"/\"\nselector = \"#plain\"\nchange = \"inner\"\n",
    ),
    ("audiences/returning.toml", "all = ['visitor.visits_30d >= 2']\n"),
    ("content/back.toml", "[locale.en]\nhtml = \"<p>Back</p>\"\n"),
    ("content/winter.toml", "[locale.en]\nhtml = \"<p>Winter</p>\"\n"),
    (
        "experiences/return.toml",
        "slot = \"hero\"\npriority = 200\nnone = ['request.country == \"GB\"']\n[[rule]]\nall = ['audience.returning']\nshow = \"back\"\n",
    ),
    (
        "experiences/season.toml",
        "slot = \"hero\"\n[[rule]]\nall = ['request.country == \"DE\"']\nshow = \"winter\"\n[schedule]\nfrom = 2026-12-01T08:00:00Z\n",
    ),
    (
        "experiences/test.toml",
        "slot = \"plain\"\npurpose = \"contextual\"\n[[rule]]\nsplit = { experiment = \"half\", arms = { control = 50, \"winter\" = 50 }, unit = \"page\" }\n",
    ),
];

/// The shop, compiled, signed and opened through every check.
fn shop() -> Opened {
    let (site, diagnostics, _) = check(&Files::from(FILES));
    let site = site.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    compiled(&site, "development", now("2026-11-01T00:00:00Z")).expect("a checked site opens")
}

fn now(text: &str) -> i64 {
    parse_rfc3339(text).expect("a time")
}

/// A visit from `country` with these grants and six visits behind it.
fn visit(country: &str, granted: &[Purpose]) -> Visit {
    Visit {
        region: Some(country.into()),
        attributes: Map::from([
            ("request.country".to_owned(), Value::Text(country.into())),
            ("visitor.visits_30d".to_owned(), Value::Int(6)),
        ]),
        grants: granted.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Granted))).collect(),
        ..Visit::default()
    }
}

fn explained(visit: &Visit, at: &str) -> Vec<SlotExplanation> {
    let shop = shop();
    let now_ms = now(at);
    let grants = grants(&shop.bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(&shop.bundle, visit, &grants, now_ms);
    let page = decide(&shop.bundle, &permitted, &all_slots(&shop.bundle), &mut Workspace::default());
    let debug = shop.debug().expect("a compiled site has one");
    page.decisions.iter().map(|decision| explain(&shop.bundle, debug, &permitted, &page, decision, visit)).collect()
}

fn hero(visit: &Visit, at: &str) -> String {
    text(&explained(visit, at)[0])
}

const AUTUMN: &str = "2026-11-21T12:00:00Z";
const WINTER: &str = "2026-12-21T12:00:00Z";
const AGREED: [Purpose; 2] = [Purpose::Personalization, Purpose::Storage];

#[test]
fn a_match_says_which_rows_held() {
    insta::assert_snapshot!(hero(&visit("DE", &AGREED), AUTUMN), @r"
    hero: Shows `back`. `return` matched: in audience returning.
      return (experiences/return.toml:1:1): Decided this slot.
        ✓ not: country is GB
        rule 1 → back: Decided: `back`.
          ✓ in audience returning
            ✓ visits 30d is at least 2
      season (experiences/season.toml:1:1): Not running now.
        From 2026-12-01 08:00 UTC
        rule 1 → winter: Not tried: the experience does not run now.
    ");
}

#[test]
fn withheld_consent_names_the_purposes_and_never_the_value() {
    let silent = visit("DE", &[]);
    let mut stranger = silent.clone();
    stranger.attributes.insert("visitor.visits_30d".into(), Value::Int(0));
    assert_eq!(hero(&silent, AUTUMN), hero(&stranger, AUTUMN));
    insta::assert_snapshot!(hero(&silent, AUTUMN), @r"
    hero: Keeps the origin’s own content. No rule matched, and some could not be decided without permission for personalization and storage.
      With permission for personalization and storage, `back` could show.
      return (experiences/return.toml:1:1): Cannot be decided: `visitor.visits_30d` needs the visitor’s permission for personalization and storage.
        ✓ not: country is GB
        rule 1 → back: Cannot be decided: `visitor.visits_30d` needs the visitor’s permission for personalization and storage.
          ? in audience returning
            ? visits 30d is at least 2: cannot be decided, `visitor.visits_30d` needs the visitor’s permission for personalization and storage
      season (experiences/season.toml:1:1): Not running now.
        From 2026-12-01 08:00 UTC
        rule 1 → winter: Not tried: the experience does not run now.
    ");
}

#[test]
fn a_limit_is_named_where_it_hides_a_value() {
    let limited = |granted: &[Purpose]| Visit { depth: Some(Depth::Contextual), ..visit("DE", granted) };
    let hero = &explained(&limited(&AGREED), AUTUMN)[0];
    let because = "No rule matched, and some could not be decided while data may not be as personal as `behavioural`.";
    assert_eq!(hero.because, because);
    assert_eq!(hero.could, ["With data as personal as `behavioural`, `back` could show."]);
    let could =
        "With permission for personalization and storage, and data as personal as `behavioural`, `back` could show.";
    assert_eq!(explained(&limited(&[]), AUTUMN)[0].could, [could]);
    let row = &hero.experiences[0].rules[0].rows[0].inside[0];
    let why = "`visitor.visits_30d` is more personal than the visitor’s limit, `contextual`";
    assert_eq!(row.unknown_because.as_deref(), Some(why));
}

#[test]
fn a_refutation_says_what_is_false() {
    insta::assert_snapshot!(hero(&visit("GB", &AGREED), WINTER), @r"
    hero: Keeps the origin’s own content. None of 2 rules matched.
      return (experiences/return.toml:1:1): Does not match.
        ✗ not: country is GB
        rule 1 → back: Does not match: excluded, as country is GB.
          ✓ in audience returning
            ✓ visits 30d is at least 2
      season (experiences/season.toml:1:1): Does not match.
        From 2026-12-01 08:00 UTC
        rule 1 → winter: Does not match: “country is DE” is false.
          ✗ country is DE
    ");
}

#[test]
fn a_rule_after_the_one_that_decided_is_too_late() {
    let hero = &explained(&visit("DE", &AGREED), WINTER)[0];
    let outcomes = [0, 1].map(|at| (hero.experiences[at].name.as_str(), hero.experiences[at].rules[0].outcome));
    assert_eq!(outcomes, [("return", Outcome::Decided), ("season", Outcome::TooLate)]);
}

#[test]
fn a_split_without_an_id_says_so() {
    let because = |granted: &[Purpose]| explained(&visit("DE", granted), AUTUMN)[1].because.clone();
    assert_eq!(because(&[Purpose::Analytics]), "`test` matched, but there is no id to draw an arm with.");
    assert_eq!(because(&[]), "`test` matched, but the visitor’s permissions cover no id to draw an arm with.");
}

#[test]
fn a_split_says_which_arm_was_drawn_and_by_what() {
    let mut visit = visit("DE", &[Purpose::Analytics]);
    visit.identity.page = Some("0123456789abcdef0123456789abcdef".into());
    let plain = &explained(&visit, AUTUMN)[1];
    let split = plain.experiences[0].rules[0].split.as_ref().expect("a split");
    let (arm, unit) = split.drawn.as_ref().expect("an arm");
    assert_eq!(*unit, "page");
    assert_eq!(plain.content.as_deref().unwrap_or("control"), arm);
    let drew = format!("drew arm `{arm}` (50 %) of experiment `half` by page id");
    assert!(plain.because.contains(&drew), "{}", plain.because);
}

#[test]
fn with_every_permission_the_other_content_is_named() {
    let shop = shop();
    let slots = all_slots(&shop.bundle);
    let then = if_all_granted(&shop.bundle, &visit("DE", &[]), now(AUTUMN), &slots);
    assert_eq!(then[0].content.as_deref(), Some("back"));
    assert_eq!(then[0].experience.as_deref(), Some("return"));
    let never = if_all_granted(&shop.bundle, &visit("GB", &[]), now(AUTUMN), &slots);
    assert_eq!(never[0].content, None);
}
