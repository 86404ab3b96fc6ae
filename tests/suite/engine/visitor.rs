//! A visitor who is kept between decisions is answered as one who is not, whoever was there before.

use selvedge::bundle::Bundle;
use selvedge::consent::grants;
use selvedge::engine::{
    Decision, Each, Given, Glance, Page, Permitted, Visitor, Workspace, all_slots, decide, write_page,
};
use selvedge::words::{Detail, Reason, Visit};

use super::promises::campaign;
use super::{small_site, with_permitted};
use crate::sites::{self, NOW_MS};

#[test]
fn keeping_a_visitor_changes_no_answer() {
    let mut kept = Visitor::default();
    campaign(50_000, |dice, _, opened, visit| {
        let bundle = &opened.bundle;
        let slots = all_slots(bundle);
        let expected = with_permitted(opened, &visit, |permitted| {
            answer(bundle, &decide(bundle, permitted, &slots, &mut Workspace::default()), permitted)
        });

        // By position, in any order, and without the names: what stays in the visit is not looked at.
        let attributes = &bundle.program().manifest().attributes;
        let mut values: Vec<_> = attributes
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| Some((at, visit.attributes.get(&entry.name)?)))
            .collect();
        let turn = dice.below(values.len());
        values.rotate_left(turn);
        let nameless = Visit { attributes: Default::default(), ..visit.clone() };
        let each: Each<'_> = &mut |each| values.iter().for_each(|(at, value)| each(*at, Given::from(*value)));
        let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
        let grants = grants(&bundle.program().manifest().regions, &nameless, now_ms);
        kept.meet(bundle, &nameless, grants, each, now_ms);
        // A list is made before anything is known of the visitor, or after it.
        let early = (dice.below(2) == 0).then(|| glances(&mut kept, bundle));
        let (permitted, page) = kept.decide(bundle, &slots).expect("somebody is there");
        assert_eq!(answer(bundle, page, permitted), expected, "all at once");
        let decided: Vec<Glance> = page.decisions.iter().map(glance).collect();
        assert_eq!(early.unwrap_or_else(|| glances(&mut kept, bundle)), decided, "at a glance");

        let start = dice.below(slots.len());
        for turn in 0..slots.len() {
            let slot = slots[(start + turn) % slots.len()];
            let alone = with_permitted(opened, &visit, |permitted| {
                answer(bundle, &decide(bundle, permitted, &[slot], &mut Workspace::default()), permitted)
            });
            let (permitted, page) = kept.decide(bundle, &[slot]).expect("somebody is still there");
            assert_eq!(answer(bundle, page, permitted), alone, "one after the other");
        }

        kept.leave();
        assert_eq!(glances(&mut kept, bundle), [], "nobody is there");
        assert!(kept.decide(bundle, &slots).is_none());
    });
}

/// A slot with one rule is passed over where nothing else has a say in it.
#[test]
fn a_glance_sees_schedules_and_rules_behind_the_first() {
    const NEVER: &str = "[[rule]]\nall = ['size(\"a\") == 2']\nshow = \"c\"\n";
    let over = format!("[schedule]\nuntil = 2026-01-01T00:00:00Z\n{NEVER}");
    for (rules, reason, detail) in [
        (NEVER, Reason::Default, None),
        (&over, Reason::Disabled, Some(Detail::Scheduled)),
        (&format!("{NEVER}[[rule]]\nshow = \"c\"\n"), Reason::Static, None),
    ] {
        let opened = sites::opened(&sites::checked(&small_site("keep", rules)));
        let bundle = &opened.bundle;
        let mut visitor = Visitor::default();
        let visit = Visit::default();
        let grants = grants(&bundle.program().manifest().regions, &visit, NOW_MS);
        visitor.meet(bundle, &visit, grants, &mut |_| {}, NOW_MS);
        let seen = glances(&mut visitor, bundle)[0];
        assert_eq!((seen.reason, seen.detail), (reason, detail), "{rules}");
        let (_, page) = visitor.decide(bundle, &all_slots(bundle)).expect("somebody is there");
        assert_eq!(seen, glance(&page.decisions[0]), "{rules}");
    }
}

/// Stock has more to say than that no rule matched.
#[test]
fn a_glance_sees_what_is_out_of_stock() {
    let mut files = small_site("keep", "[[rule]]\nshow = \"c\"\n");
    let texts = [
        ("feeds.toml", "[stock]\nmax_age = \"2h\"\n"),
        (
            "attributes.toml",
            "[stock.pieces]\ntype = \"int\"\nsource = \"feed:stock\"\npurposes = [\"contextual\"]\ndefault = 0\n",
        ),
        ("content/c.toml", "in_stock = ['stock.pieces >= 2']\n[locale.en]\nhtml = \"<p>c</p>\"\n"),
    ];
    files.entries.extend(sites::files(texts.map(|(path, text)| (path, text.to_owned()))).entries);
    let opened = sites::opened(&sites::checked(&files));
    let bundle = &opened.bundle;
    let visit = Visit::default();
    for (pieces, detail) in [(1, Some(Detail::OutOfStock)), (2, None)] {
        let mut visitor = Visitor::default();
        let grants = grants(&bundle.program().manifest().regions, &visit, NOW_MS);
        visitor.meet(bundle, &visit, grants, &mut |each| each(0, Given::Int(pieces)), NOW_MS);
        let seen = glances(&mut visitor, bundle)[0];
        assert_eq!((seen.content.is_none(), seen.detail), (detail.is_some(), detail), "{pieces}");
        let (_, page) = visitor.decide(bundle, &all_slots(bundle)).expect("somebody is there");
        assert_eq!(seen, glance(&page.decisions[0]), "{pieces}");
    }
}

fn glances(visitor: &mut Visitor, bundle: &Bundle) -> Vec<Glance> {
    let mut all = Vec::new();
    visitor.every(bundle, |slot, glance| all.push((slot, glance)));
    all.sort_by_key(|(slot, _)| *slot);
    assert!(all.iter().map(|(slot, _)| *slot).eq(0..all.len() as u32), "each slot once");
    all.into_iter().map(|(_, glance)| glance).collect()
}

fn glance(decision: &Decision) -> Glance {
    let Decision { content, reason, detail, depth, .. } = *decision;
    Glance { content, reason, detail, depth }
}

fn answer(bundle: &Bundle, page: &Page, permitted: &Permitted<'_>) -> String {
    let mut out = String::new();
    write_page(&mut out, bundle, permitted, page, &[]);
    out
}
