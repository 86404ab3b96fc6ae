//! Proofs about rows of the whole language, attacked: what never happens is looked for in thousands of visits through the engine,
//! and every visitor who is shown is decided on by it.

use std::fmt::Write as _;

use selvedge::author::Files;
use selvedge::author::prove::{Claim, Prover, Verdict, Witness};
use selvedge::author::site::{Attribute, Literal, Site};
use selvedge::cli::open::Opened;
use selvedge::engine::Workspace;
use selvedge::words::ValueType;

use super::winners;
use crate::sites::dice::Dice;
use crate::sites::rows::{Ground, literal};
use crate::sites::{self, random, write};

/// Rows of each site, and visits that its proofs are attacked with.
const ROWS: usize = 16;
const VISITS: usize = 2_000;

/// What one question may cost.
const STEPS: u64 = 30_000;

/// What must not happen: the first row holds, or does not, while the second does, or does not.
type Never = (usize, Option<bool>, usize, Option<bool>);

#[test]
fn what_is_proved_of_any_row_no_visit_disproves() {
    let sites = sites::cases(16);
    let (mut held, mut proofs, mut open) = (0, 0, 0);
    for seed in (crate::model::first_seed()..).take(sites) {
        let dice = &mut Dice::new(seed);
        let site = sites::checked(&world(dice));
        let opened = sites::opened(&site);
        let prover = Prover::new(&site).limited(STEPS);
        let claims: Vec<Claim> = (0..ROWS).map(|at| prover.audience(at).expect("a checked audience")).collect();
        let mut never: Vec<Never> = Vec::new();
        let mut take = |verdict: Verdict, what: Never| match verdict {
            Verdict::Holds(witness) => {
                held += 1;
                let matched = matches(&opened, &witness);
                assert!(fits(&matched, what), "seed {seed}: {}\n  {}", told(&site, what), witness.line());
            }
            Verdict::Never => never.push(what),
            Verdict::CannotTell(_) => open += 1,
        };
        for first in 0..ROWS {
            take(prover.can_hold(&[claims[first]]), (first, Some(true), first, None));
            take(prover.can_fail(claims[first]), (first, Some(false), first, None));
            for second in 0..first {
                let pair = [claims[first], claims[second]];
                take(prover.can_hold(&pair), (first, Some(true), second, Some(true)));
                take(prover.can_separate(pair[0], pair[1]), (first, Some(true), second, Some(false)));
                take(prover.can_separate(pair[1], pair[0]), (first, Some(false), second, Some(true)));
            }
        }
        for _ in 0..VISITS {
            let witness = visitor(dice, &site);
            let matched = matches(&opened, &witness);
            if let Some(what) = never.iter().find(|what| fits(&matched, **what)) {
                panic!(
                    "seed {seed}: proved never, and yet: {}\n  {:?} {}",
                    told(&site, *what),
                    witness.now_ms,
                    witness.line()
                );
            }
        }
        proofs += never.len();
    }
    println!("{held} visitors, {proofs} proofs, {open} without an answer");
    assert!(held > sites * ROWS && proofs > sites * ROWS, "hardly any answers: {held} visitors, {proofs} proofs");
}

fn fits(matched: &[bool], (first, one, second, other): Never) -> bool {
    one.is_none_or(|one| matched[first] == one) && other.is_none_or(|other| matched[second] == other)
}

fn matches(opened: &Opened, witness: &Witness) -> Vec<bool> {
    let slots: Vec<Option<u32>> = (0..ROWS as u32).map(Some).collect();
    winners(opened, &super::visit(witness), &slots, &mut Workspace::default()).iter().map(Option::is_some).collect()
}

fn told(site: &Site, (first, one, second, other): Never) -> String {
    let row = |at: usize| &site.audiences[at].rows.all[0].text;
    format!("{one:?} {other:?}\n  {}\n  {}", row(first), row(second))
}

/// A site of random rows, each an audience that decides a slot of its own, over attributes that everybody may read.
fn world(dice: &mut Dice) -> Files {
    let (mut known, catalogue) = random::attributes(dice);
    known.truncate(6);
    let mut attributes = String::new();
    for line in catalogue.lines() {
        match line.split(' ').next() {
            Some("source") => attributes += "source = \"request\"\n",
            Some("purposes") => attributes += "purposes = [\"contextual\"]\n",
            Some("sensitive" | "depth" | "retention") => {}
            _ => {
                let _ = writeln!(attributes, "{line}");
            }
        }
    }
    let ground = Ground { attributes: &known, audiences: &[] };
    let (mut audiences, mut slots) = (String::new(), String::new());
    let mut texts: Vec<(String, String)> = Vec::new();
    for number in 0..ROWS {
        let row = ground.row(dice);
        let _ = writeln!(audiences, "[a{number:02}]\nall = {}", write::toml_list(&[row]));
        let _ = writeln!(slots, "[slot.s{number:02}]\nselector = \"#s{number}\"\nchange = \"inner\"");
        let experience =
            format!("slot = \"slot.s{number:02}\"\n[[rule]]\nall = ['audience.a{number:02}']\nshow = \"control\"\n");
        texts.push((format!("experiences/e{number:02}.toml"), experience));
    }
    texts.push(("selvedge.toml".into(), "name = \"attack\"\nlocales = { default = \"en\" }\n".into()));
    texts.push(("attributes.toml".into(), attributes));
    texts.push(("audiences/all.toml".into(), audiences));
    texts.push(("slots.toml".into(), slots));
    sites::files(texts)
}

/// A visitor of whom everything is known.
fn visitor(dice: &mut Dice, site: &Site) -> Witness {
    let now_ms = match literal(dice, ValueType::Timestamp, &[]) {
        Literal::Timestamp(ms) => near(dice, ms),
        other => panic!("no time: {other:?}"),
    };
    let mut visitor = Witness { now_ms: Some(now_ms), ..Witness::default() };
    for attribute in &site.attributes {
        if attribute.required || dice.percent(85) {
            visitor.attributes.insert(attribute.name.clone(), value(dice, attribute));
        }
    }
    visitor
}

/// A value that the attribute may have.
fn value(dice: &mut Dice, attribute: &Attribute) -> Literal {
    let (low, high) = attribute.range.unwrap_or((-9_007_199_254_740_991.0, 9_007_199_254_740_991.0));
    let max = attribute.max_length.map_or(usize::MAX, |max| max as usize);
    match literal(dice, attribute.value_type, &attribute.values) {
        Literal::Int(number) => Literal::Int(number.clamp(low.ceil() as i64, high.floor() as i64)),
        Literal::Double(number) => {
            let number = match dice.below(6) {
                0 => number.next_up(),
                1 => number.next_down(),
                2 => number * 1.5 - 0.25,
                _ => number,
            };
            let bounds = attribute.range.unwrap_or((-f64::MAX, f64::MAX));
            Literal::Double(number.clamp(bounds.0, bounds.1))
        }
        Literal::Text(text) if attribute.values.is_empty() => {
            let text = if dice.percent(15) { text + dice.pick(&["a", "b", "0", "~"]) } else { text };
            Literal::Text(text.chars().take(max).collect())
        }
        Literal::List(items) => Literal::List(items.into_iter().take(max).collect()),
        Literal::Timestamp(ms) => Literal::Timestamp(near(dice, ms)),
        other => other,
    }
}

/// This moment, or one around it.
fn near(dice: &mut Dice, ms: i64) -> i64 {
    let step = dice.pick(&[0, 0, 0, -1, 1, -3_600_000, 3_600_000, 86_400_000, 31_536_000_000, -123_456_789]);
    (ms + step).clamp(selvedge::words::time::TIMESTAMP_MIN, selvedge::words::time::MAX)
}
