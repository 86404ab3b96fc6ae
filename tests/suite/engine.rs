//! What the design promises of every decision: hidden values change nothing, more consent flips nothing, silence is no consent,
//! and no visit is without an answer.

mod causes;
mod contact;
mod holdouts;
mod layers;
mod limits;
mod linked;
mod memory;
mod plan;
pub(crate) mod promises;
mod repeat;
mod sieve;
mod visitor;

use selvedge::cli::open::Opened;
use selvedge::consent::grants;
use selvedge::engine::explain::{Verdict, Verdicts};
use selvedge::engine::{Permitted, Workspace, all_slots, decide, permit, write_page};
use selvedge::page::{Asked, Deployment, Host, Scratch, Who, begin};
use selvedge::words::Visit;
use selvedge::words::{Purpose, Purposes, Reason, Unit};

use crate::sites::{self, NOW_MS};

/// Everything that leaves a host because of a visit: the answer, the cache policy and the block in the page.
fn effects(opened: &Opened, visit: &Visit) -> (String, &'static str, String) {
    let bundle = &opened.bundle;
    let (slots, mut scratch) = (all_slots(bundle), Scratch::default());
    let who = Who::Visit(visit, visit.now.map_or(NOW_MS, |now| now.0));
    let begun = begin(bundle, &Asked { slots: Some(&slots), ..Asked::of(who) }, &mut scratch);
    let mut answer = String::new();
    write_page(&mut answer, bundle, begun.permitted(), begun.page(), &[]);
    let deployment =
        Deployment { environment: "development", root: &opened.root, root_version: 1, cookie: None, nonce: "0" };
    let body = |chunk: usize| opened.chunks.get(chunk).map(Vec::as_slice);
    let finished = begun.finish(&body, &Host { deployment, recording: None, key: None }).expect("the content is there");
    (answer, finished.cache.name(), finished.block)
}

/// The verdict of every literal of the program, for every purpose.
fn verdicts(opened: &Opened, visit: &Visit) -> Vec<Verdict> {
    let program = opened.bundle.program();
    let literals = 2 * (program.predicates() + program.nodes()) as u32;
    with_permitted(opened, visit, |permitted| {
        let of_purpose = |purpose: &Purpose| {
            let verdicts = Verdicts::new(&opened.bundle, permitted, *purpose);
            (0..literals).map(move |literal| verdicts.of(literal)).collect::<Vec<_>>()
        };
        Purpose::ALL.iter().flat_map(of_purpose).collect()
    })
}

fn granted(opened: &Opened, visit: &Visit) -> Purposes {
    with_permitted(opened, visit, |permitted| permitted.grants().granted())
}

pub(crate) fn with_permitted<T>(opened: &Opened, visit: &Visit, then: impl FnOnce(&Permitted<'_>) -> T) -> T {
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let grants = grants(&opened.bundle.program().manifest().regions, visit, now_ms);
    then(&permit(&opened.bundle, visit, &grants, now_ms))
}

#[test]
fn a_stale_bundle_decides_or_not_as_its_site_says() {
    for (choice, shows) in [("keep", true), ("control", false)] {
        let files = small_site(choice, "[[rule]]\nshow = \"c\"");
        let opened = sites::opened(&sites::checked(&files));
        let visit = Visit::default();
        let grants = grants(&opened.bundle.program().manifest().regions, &visit, NOW_MS);
        let permitted = permit(&opened.bundle, &visit, &grants, NOW_MS).with_stale(true);
        let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
        assert_eq!(page.decisions[0].reason, Reason::Stale, "{choice}");
        assert_eq!(page.decisions[0].content.is_some(), shows, "{choice}");
    }
}

#[test]
fn a_slot_that_is_not_there_gets_the_origins_content() {
    let opened = sites::opened(&sites::checked(&small_site("keep", "[[rule]]\nshow = \"c\"")));
    let visit = Visit::default();
    let (answer, cache) = with_permitted(&opened, &visit, |permitted| {
        let slots = [None, Some(0), Some(7), None];
        let page = decide(&opened.bundle, permitted, &slots, &mut Workspace::default());
        let mut answer = String::new();
        write_page(&mut answer, &opened.bundle, permitted, &page, &["no.such", "home", "beyond", "twice"]);
        (answer, page.cache_policy().name())
    });
    let json: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let decisions = json["decisions"].as_object().expect("an object");
    assert_eq!(decisions["no.such"]["detail"], "SLOT_NOT_FOUND");
    assert_eq!(decisions["no.such"]["reason"], "ERROR");
    assert_eq!(decisions["home"]["content"], "c");
    assert_eq!(cache, "origin");
}

#[test]
fn the_rung_of_a_split_is_the_highest_that_consent_and_ids_allow() {
    let rule = "[[rule]]\nsplit = { experiment = \"x\", arms = { c = 100 } }";
    let opened = sites::opened(&sites::checked(&small_site("keep", rule)));
    let all = ["analytics", "storage"];
    let ids = [("page", "p"), ("session", "s"), ("visitor", "v"), ("account", "a")];
    let cases: [(&[&str], &[&str], Option<Unit>); 8] = [
        (&all, &["page", "session", "visitor", "account"], Some(Unit::Visitor)),
        (&all, &["page", "session"], Some(Unit::Session)),
        (&all, &["page"], Some(Unit::Page)),
        (&all, &[], None),
        (&all, &["account"], None),
        (&["analytics"], &["page", "session", "visitor"], Some(Unit::Session)),
        (&["storage"], &["page", "session", "visitor"], None),
        (&[], &["page", "session", "visitor", "account"], None),
    ];
    for (purposes, known, expected) in cases {
        let grants: serde_json::Map<String, serde_json::Value> =
            purposes.iter().map(|purpose| ((*purpose).to_owned(), true.into())).collect();
        let identity: serde_json::Map<String, serde_json::Value> = ids
            .iter()
            .filter(|(name, _)| known.contains(name))
            .map(|(name, id)| ((*name).to_owned(), (*id).into()))
            .collect();
        let visit = serde_json::json!({ "grants": grants, "identity": identity, "region": "XX" });
        let visit: Visit = serde_json::from_value(visit).expect("a visit");
        let unit = with_permitted(&opened, &visit, |permitted| {
            let page = decide(&opened.bundle, permitted, &[Some(0)], &mut Workspace::default());
            page.decisions[0].assignment.map(|assignment| assignment.unit)
        });
        assert_eq!(unit, expected, "{purposes:?} {known:?}");
    }
}

/// A site with one slot, one content item and one experience.
fn small_site(on_stale: &str, rules: &str) -> selvedge::author::Files {
    sites::files([
        ("selvedge.toml", format!("name = \"shop\"\non_stale = \"{on_stale}\"\n[locales]\ndefault = \"en\"\n")),
        ("slots.toml", "[home]\nselector = \"#home\"\nchange = \"inner\"\n".to_owned()),
        ("content/c.toml", "[locale.en]\nhtml = \"<p>c</p>\"\n".to_owned()),
        ("experiences/e.toml", format!("slot = \"home\"\n{rules}\n")),
    ])
}
