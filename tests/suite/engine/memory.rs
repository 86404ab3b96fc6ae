//! What deciding costs in memory: nothing once the buffers have grown, and no more for a million visitors than for a thousand.
//!
//! `SELVEDGE_CASES` sets how many visitors there are.

use std::fmt::Write as _;

use selvedge::cli::open::Opened;
use selvedge::consent::{Grants, grants};
use selvedge::engine::{Page, Permitted, Workspace, all_slots, decide_into, permit};
use selvedge::words::Visit;

use crate::allocations::{live_bytes, made};
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, hostile, random, visits};

/// Visits that the visitors of a site are made of.
const VISITS: usize = 1_000;

/// Visits with their grants, each for as many visitors as there are ids.
struct Visitors {
    visits: Vec<(Visit, Grants)>,
}

impl Visitors {
    fn new(site: &selvedge::author::site::Site, opened: &Opened, seed: u64) -> Self {
        let dice = &mut Dice::new(seed);
        let regions = &opened.bundle.program().manifest().regions;
        let visit = |_| {
            let mut visit: Visit = serde_json::from_value(visits::visit(dice, site)).expect("a made visit is one");
            visit.identity.visitor = Some(String::with_capacity(16));
            let grants = grants(regions, &visit, NOW_MS);
            (visit, grants)
        };
        Self { visits: (0..VISITS).map(visit).collect() }
    }

    /// Hands over one visitor after the other.
    fn each(&mut self, opened: &Opened, numbers: std::ops::Range<usize>, mut then: impl FnMut(&Permitted<'_>)) {
        for number in numbers {
            let (visit, grants) = &mut self.visits[number % VISITS];
            if let Some(id) = &mut visit.identity.visitor {
                id.clear();
                let _ = write!(id, "v{number:08}");
            }
            then(&permit(&opened.bundle, visit, grants, NOW_MS));
        }
    }
}

#[test]
fn deciding_allocates_nothing_once_it_is_warm() {
    let mut shown = 0;
    let sites = [sites::checked(&hostile::small()), sites::checked(&random::site(&mut Dice::new(5)))];
    for (site, seed) in sites.iter().zip(1..) {
        let opened = sites::opened(site);
        let mut visitors = Visitors::new(site, &opened, seed);
        let slots = all_slots(&opened.bundle);
        let (mut workspace, mut page) = (Workspace::default(), Page::default());
        visitors.each(&opened, 0..VISITS, |permitted| {
            decide_into(&opened.bundle, permitted, &slots, &mut workspace, &mut page);
        });
        visitors.each(&opened, VISITS..3 * VISITS, |permitted| {
            let before = made();
            decide_into(&opened.bundle, permitted, &slots, &mut workspace, &mut page);
            assert_eq!(made() - before, 0, "decide_into allocated");
            shown += page.decisions.iter().filter(|decision| decision.content.is_some()).count();
        });
    }
    assert!(shown > VISITS, "only {shown} contents were shown");
}

#[test]
fn memory_is_the_same_after_any_number_of_visitors() {
    let site = sites::checked(&random::site(&mut Dice::new(8)));
    let opened = sites::opened(&site);
    let mut visitors = Visitors::new(&site, &opened, 3);
    let slots = all_slots(&opened.bundle);
    let (mut workspace, mut page) = (Workspace::default(), Page::default());
    let mut decide = |permitted: &Permitted<'_>| {
        decide_into(&opened.bundle, permitted, &slots, &mut workspace, &mut page);
    };
    visitors.each(&opened, 0..VISITS, &mut decide);
    let after_the_first = live_bytes();
    visitors.each(&opened, VISITS..sites::cases(80_000).max(10 * VISITS), &mut decide);
    assert_eq!(live_bytes(), after_the_first, "visitors leave something behind");
}
