//! What a condition comes to when it is proved about, against the reference model: rows of the whole language on visits of which
//! some things are known, some absent and some unknown.

use std::cell::RefCell;

use selvedge::author::prove::{Prover, Witness};
use selvedge::author::site::{Attribute, Literal, Row, Rows, Site};

use crate::model::{State, World, first_seed};
use crate::sites::dice::Dice;
use crate::sites::rows::literal;
use crate::sites::{self, random};

/// Visits tried on each site.
const VISITS: usize = 24;

#[test]
fn every_row_means_to_the_prover_what_it_means_to_the_model() {
    let wanted = sites::cases(60_000);
    let (mut compared, mut counts) = (0, [0_usize; 3]);
    for seed in first_seed().. {
        if compared >= wanted {
            break;
        }
        let dice = &mut Dice::new(seed);
        let site = sites::checked(&random::site(dice));
        let mut prover = Prover::new(&site);
        let groups: Vec<&Rows> = site.rows().collect();
        let claims: Vec<_> = groups.iter().map(|rows| prover.rows(&[*rows], None)).collect();
        let rows: Vec<&Row> = groups.iter().flat_map(|rows| rows.iter()).collect();
        let row_claims: Vec<_> = rows.iter().map(|row| prover.row(&row.condition)).collect();
        for _ in 0..VISITS {
            let (witness, world) = visit(dice, &site);
            let told = |row: &str| format!("seed {seed}: {row}\n  at {:?}: {}", witness.now_ms, witness.line());
            for (row, claim) in rows.iter().zip(&row_claims) {
                let expected = world.condition(&row.condition, &[]);
                assert_eq!(prover.truth(*claim, &witness), expected, "{}", told(&row.text));
                counts[expected.map_or(2, usize::from)] += 1;
            }
            for (rows, claim) in groups.iter().zip(&claims) {
                assert_eq!(prover.truth(*claim, &witness), world.rows(rows), "{}", told("rows together"));
            }
            compared += rows.len() + groups.len();
        }
    }
    println!("{compared} evaluations: {counts:?} false, true and unknown");
    assert!(counts.iter().all(|count| count * 10 > compared), "one truth hardly ever came up: {counts:?}");
}

/// A visit as the prover and as the model take it.
fn visit<'s>(dice: &mut Dice, site: &'s Site) -> (Witness, World<'s>) {
    let now_ms = match literal(dice, selvedge::words::ValueType::Timestamp, &[]) {
        Literal::Timestamp(ms) => ms,
        other => panic!("no time: {other:?}"),
    };
    let mut witness = Witness { now_ms: Some(now_ms), ..Witness::default() };
    let states = site.attributes.iter().map(|attribute| state(dice, attribute, &mut witness)).collect();
    (witness, World { site, states, now_ms, audiences: RefCell::default() })
}

fn state(dice: &mut Dice, attribute: &Attribute, witness: &mut Witness) -> State {
    if dice.percent(10) {
        witness.unknown.push(attribute.name.clone());
        return State::Unknown;
    }
    if dice.percent(20) {
        return match &attribute.default {
            _ if attribute.required => State::Unknown,
            Some(default) => State::Known(default.clone()),
            None => State::Absent,
        };
    }
    let value = match literal(dice, attribute.value_type, &attribute.values) {
        // The intake knows one zero.
        Literal::Double(number) => Literal::Double(number + 0.0),
        other => other,
    };
    witness.attributes.insert(attribute.name.clone(), value.clone());
    State::Known(value)
}
