//! A curious reader of the log, who has every line and no key.
//!
//! Two thousand pages are logged of people of whom half have a health interest. The reader looks for what tells the two halves apart: each
//! word of a line, its length, how many lines a page has. Nothing may tell more than a coin does.

use std::collections::BTreeMap;

use selvedge::cli::seal;
use selvedge::consent::grants;
use selvedge::engine::{Limits, Workspace, all_slots, decide_into, permit};
use selvedge::log::audit::{Asked, Marks, Which, draft};
use selvedge::log::key::Key;
use selvedge::log::ratchet::Ratchet;
use selvedge::words::Visit;

use crate::sites::dice::Dice;

const PAGES: usize = 2_000;

/// What the lines of a page say, as words that a reader can count, and whether the person has the interest.
fn page(at: usize, dice: &mut Dice, opened: &selvedge::cli::open::Opened) -> (Vec<String>, bool) {
    let is_ill = dice.percent(50);
    let visit: Visit = serde_json::from_value(serde_json::json!({
        "attributes": {
            "request.country": "DE", "visitor.visits_30d": dice.below(9), "visitor.last_category": "knitwear", "profile.health_interest": is_ill,
        },
        "region": "DE", "signals": {"cookie": "v=1&epoch=4&personalization=1&storage=1&analytics=1&sensitive=1&functional=1"},
        "identity": {"visitor": format!("v{}", dice.below(300)), "account": "a", "page": format!("p{at}")},
        "now": "2026-12-02T09:00:00Z",
    }))
    .expect("is a visit");
    let bundle = &opened.bundle;
    let now_ms = visit.now.expect("has a time").0;
    let grants = grants(&bundle.program().manifest().regions, &visit, now_ms);
    let permitted = permit(bundle, &visit, &grants, now_ms);
    let (mut workspace, mut page) = (Workspace::default(), Default::default());
    decide_into(bundle, &permitted, &all_slots(bundle), &mut workspace, &mut page);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&(at as u64).to_be_bytes());
    let key = Key::new(3, [7; 32]).with_ratchet(Ratchet::new(now_ms.div_euclid(86_400_000), [8; 32]));
    let marks = Marks::new(bundle, &key, id, &permitted, &visit.signals);
    let (limits, which) = (Limits::default(), Which::Sensitive);
    let asked = Asked { bundle, visit: &visit, permitted: &permitted, page: &page, limits, which };
    let record = draft(&asked, &marks).map(|draft| seal::seal(&draft).expect("seals"));
    let mut lines = selvedge::log::lines(
        bundle,
        &permitted,
        &page,
        Some(&selvedge::log::measure::MeasureKey::new(9, [8; 32])),
        now_ms,
    );
    lines.extend(record);
    let mut words = vec![format!("{} lines", lines.len())];
    for (number, line) in lines.iter().enumerate() {
        words.push(format!("line {number} has {} bytes", line.len()));
        let fields = line.split([',', '{', '}', '[', ']']).filter(|word| !word.is_empty());
        // Next to each other, words may tell what none tells alone.
        words.extend(fields.clone().zip(fields.clone().skip(1)).map(|(one, other)| format!("{number}: {one} {other}")));
        words.extend(fields.map(str::to_owned));
    }
    words.sort();
    words.dedup();
    (words, is_ill)
}

#[test]
fn no_word_of_the_log_tells_who_is_ill() {
    let (site, _, _) = selvedge::cli::open::site(super::SHOP.as_ref()).expect("is a site");
    let opened = crate::sites::opened(&site);
    let dice = &mut Dice::new(2_026);
    let mut seen: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut all = [0; 2];
    for at in 0..PAGES {
        let (words, is_ill) = page(at, dice, &opened);
        all[usize::from(is_ill)] += 1;
        words.into_iter().for_each(|word| seen.entry(word).or_default()[usize::from(is_ill)] += 1);
    }
    let tells = |[well, ill]: [usize; 2]| {
        // Five standard deviations: one of many thousand words differs so by chance in none of a million runs.
        let (n, share) = ((well + ill) as f64, all[1] as f64 / PAGES as f64);
        (ill as f64 - n * share).abs() > 5.0 * (n * share * (1.0 - share)).sqrt().max(1.0)
    };
    let found: Vec<_> = seen.iter().filter(|(_, counts)| tells(**counts)).collect();
    println!("{PAGES} pages, {} words tried, {} tell", seen.len(), found.len());
    assert!(found.is_empty(), "{:#?}", &found[..found.len().min(12)]);
    assert!(seen.keys().any(|word| word.starts_with("\"told\":\"")), "sensitive data was read");
}
