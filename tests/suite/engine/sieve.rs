//! The sieve of a long list of rules decides what trying one rule after the other does, and what the model says.

use std::fmt::Write as _;

use selvedge::cli::keys::DevKeys;
use selvedge::compile::compile;
use selvedge::consent::grants;
use selvedge::engine::{Limits, Workspace, all_slots, decide, permit, write_page};
use selvedge::words::Detail;
use selvedge::words::Visit;
use serde_json::Value as Json;

use super::small_site;
use crate::model::{answer, reference};
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, random, visits};

/// Visits tried on each site.
const VISITS: usize = 120;

#[test]
fn a_sieve_changes_no_decision() {
    let (mut sifted, mut deep, mut blocked, mut exhausted) = (0, 0, 0, 0);
    for seed in (50_000_u64..).take(sites::cases(2 * VISITS).div_ceil(VISITS)) {
        let dice = &mut Dice::new(seed);
        let site = sites::checked(&random::long_site(dice));
        let sieved = sites::opened(&site).bundle;
        if !sieved.program().has_sieves() {
            continue;
        }
        let plain = sieved.clone().without_sieves();
        assert!(!plain.program().has_sieves());
        let slots = all_slots(&sieved);
        for number in 0..VISITS {
            let visit: Visit = serde_json::from_value(visits::visit(dice, &site)).expect("a made visit is one");
            let grants = grants(&sieved.program().manifest().regions, &visit, NOW_MS);
            let rules_per_slot_max = if dice.percent(30) { dice.below(2_000) as u32 } else { u32::MAX };
            let limits = Limits { rules_per_slot_max };
            let pages = [&sieved, &plain].map(|bundle| {
                let permitted = permit(bundle, &visit, &grants, NOW_MS);
                let page = decide(bundle, &permitted, &slots, &mut Workspace::with_limits(limits));
                let mut answer = String::new();
                write_page(&mut answer, bundle, &permitted, &page, &[]);
                (page, answer)
            });
            let [(page, answer), (plain_page, plain_answer)] = &pages;
            assert_eq!(page, plain_page, "seed {seed}, visit {number}\n{visit:?}");
            assert_eq!(answer, plain_answer, "seed {seed}, visit {number}\n{visit:?}");
            sifted += 1;
            for decision in &page.decisions {
                deep += usize::from(decision.rule.is_some_and(|rule| rule > 100));
                let is_hidden = matches!(decision.detail, Some(Detail::ConsentWithheld | Detail::ConsentWithdrawn));
                blocked += usize::from(is_hidden);
                exhausted += usize::from(decision.detail == Some(Detail::BudgetExhausted));
            }
        }
    }
    println!("{sifted} pages sifted: {deep} winners far down, {blocked} blocked, {exhausted} exhausted");
    assert!(sifted > 100 && deep > 20 && blocked > 20 && exhausted > 20);
}

/// The rule that explains why nothing better was shown is found where the vectors alone would leave it out.
#[test]
fn the_first_rule_that_could_not_be_decided_is_found() {
    const RULES: usize = 1_200;
    let mut rules = String::new();
    for number in 0..RULES {
        let (country, visits) = (number % 200, 1 + number % 30);
        let row = format!("['request.country == \"c{country}\"', 'visitor.visits >= {visits}']");
        let _ = writeln!(rules, "[[rule]]\nall = {row}\nshow = \"c\"");
    }
    let attributes = "\
        [request.country]\ntype = \"string\"\nsource = \"request\"\npurposes = [\"contextual\"]\n\
        [visitor.visits]\ntype = \"int\"\nsource = \"account\"\npurposes = [\"personalization\"]\nretention = \"30d\"\n";
    let mut files = small_site("keep", &rules);
    files.entries.extend(sites::files([("attributes.toml", attributes.to_owned())]).entries);
    let sieved = sites::opened(&sites::checked(&files)).bundle;
    assert!(sieved.program().has_sieves());
    let plain = sieved.clone().without_sieves();

    // (country, visits, personalization) and what becomes of it: visit 7 of a country is rule 7, 207, 407, …
    let cases = [
        ("c7", Some(100), true, Some(7), None),
        ("c7", Some(7), true, None, None),
        ("c19", Some(5), true, None, None),
        ("c7", None, true, None, Some(Detail::DataQuality)),
        ("c7", Some(100), false, None, Some(Detail::ConsentWithdrawn)),
        ("elsewhere", Some(100), false, None, None),
        ("elsewhere", None, true, None, None),
    ];
    for (country, visits, personalization, rule, detail) in cases {
        let visit = serde_json::json!({
            "attributes": { "request.country": country, "visitor.visits": visits },
            "grants": { "personalization": personalization, "storage": true },
        });
        let visit: Visit = serde_json::from_value(visit).expect("a visit");
        let grants = grants(&sieved.program().manifest().regions, &visit, NOW_MS);
        let [page, plain_page] = [&sieved, &plain].map(|bundle| {
            let permitted = permit(bundle, &visit, &grants, NOW_MS);
            decide(bundle, &permitted, &all_slots(bundle), &mut Workspace::default())
        });
        assert_eq!(page, plain_page, "{visit:?}");
        assert_eq!((page.decisions[0].rule, page.decisions[0].detail), (rule, detail), "{visit:?}");
    }
}

/// Whatever a signed file says, the sieve says no less than its rules do.
#[test]
fn a_sieve_of_a_damaged_program_changes_no_decision() {
    let (mut dice, keys) = (Dice::new(70_000), DevKeys::in_memory().expect("keys"));
    let site = sites::checked(&random::long_site(&mut dice));
    let built = compile(&site);
    let visits: Vec<Visit> =
        (0..8).map(|_| serde_json::from_value(visits::visit(&mut dice, &site)).expect("a made visit is one")).collect();
    let mut opened = 0;
    for number in 0..60 {
        let mut program = built.program.clone();
        // The graph is the last third of the file.
        let first = if dice.percent(50) { 0 } else { program.len() / 3 * 2 };
        let at = first + dice.below(program.len() - first);
        program[at] = dice.pick(&[0, 1, 0xff, program[at].wrapping_add(1), program[at] ^ 2]);
        let Ok(sieved) = sites::admitted(&program, &built.index, &keys) else { continue };
        opened += usize::from(sieved.program().has_sieves());
        let plain = sieved.clone().without_sieves();
        for visit in &visits {
            let pages = [&sieved, &plain].map(|bundle| {
                let grants = grants(&bundle.program().manifest().regions, visit, NOW_MS);
                let permitted = permit(bundle, visit, &grants, NOW_MS);
                decide(bundle, &permitted, &all_slots(bundle), &mut Workspace::default())
            });
            assert_eq!(pages[0], pages[1], "mutant {number}: byte {at}\n{visit:?}");
        }
    }
    assert!(opened > 8, "only {opened} damaged programs opened");
}

#[test]
fn a_long_list_decides_as_the_model_does() {
    let mut compared = 0;
    for seed in 60_000..60_001 {
        let dice = &mut Dice::new(seed);
        let site = sites::checked(&random::long_site(dice));
        let opened = sites::opened(&site);
        let mut workspace = Workspace::default();
        for number in 0..12 {
            let json = visits::visit(dice, &site);
            let visit: Visit = serde_json::from_value(json.clone()).expect("a made visit is one");
            let expected = reference::decide(&site, &visit, visit.now.map_or(NOW_MS, |now| now.0));
            let actual: Json = serde_json::from_str(&answer(&opened, &visit, &mut workspace)).expect("JSON");
            for (slot, wanted) in expected["decisions"].as_object().expect("an object") {
                assert_eq!(&actual["decisions"][slot], wanted, "seed {seed}, visit {number}, slot {slot}\n{json}");
            }
            compared += usize::from(opened.bundle.program().has_sieves());
        }
    }
    assert!(compared > 5, "only {compared} pages were of sieves");
}
