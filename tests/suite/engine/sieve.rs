//! The sieve of a long list of rules decides what trying one rule after the other does, and what the model says.

use selvedge::bundle::words::Detail;
use selvedge::consent::grants;
use selvedge::engine::{Limits, Visit, Workspace, all_slots, decide, permit, write_page};
use serde_json::Value as Json;

use crate::model::{answer, reference};
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, random, visits};

/// Visits tried on each site.
const VISITS: usize = 120;

#[test]
fn a_sieve_changes_no_decision() {
    let (mut sifted, mut deep, mut blocked, mut exhausted) = (0, 0, 0, 0);
    for seed in (50_000_u64..).take(sites::cases(4 * VISITS).div_ceil(VISITS)) {
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
                blocked += usize::from(decision.detail == Some(Detail::ConsentWithheld));
                exhausted += usize::from(decision.detail == Some(Detail::BudgetExhausted));
            }
        }
    }
    println!("{sifted} pages sifted: {deep} winners far down, {blocked} blocked, {exhausted} exhausted");
    assert!(sifted > 100 && deep > 20 && blocked > 20 && exhausted > 20);
}

#[test]
fn a_long_list_decides_as_the_model_does() {
    let mut compared = 0;
    for seed in 60_000..60_002 {
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
    assert!(compared > 10, "only {compared} pages were of sieves");
}
