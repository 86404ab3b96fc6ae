//! A megabyte of conditions in one site, every one accepted: it is checked, built, opened and decided in bounded time and memory.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use selvedge::author::Files;
use selvedge::author::site::{Row, Rows, Site};
use selvedge::engine::{Workspace, all_slots, decide, permit};
use selvedge::words::ValueType;
use selvedge::words::Visit;

use crate::allocations::{live_bytes, made};
use crate::sites::dice::Dice;
use crate::sites::rows::{Ground, Known};
use crate::sites::write::{toml, toml_list};
use crate::sites::{self, NOW_MS};

/// Text of conditions that the site has at least.
const BYTES: usize = 1 << 20;
/// Twice as often as memory is asked for to check, build and decide.
const STEPS_MAX: u64 = 3_200_000;

#[test]
fn a_megabyte_of_conditions_builds_and_decides() {
    let files = site();
    keep(&files);
    let (started, before, made_before) = (Instant::now(), live_bytes(), made());
    let site = sites::checked(&files);
    let (checked, tree) = (started.elapsed(), live_bytes() - before);
    let bytes: usize = rows(&site).map(|row| row.text.len()).sum();
    assert!(bytes >= BYTES, "{bytes} bytes of conditions");
    assert!(rows(&site).any(|row| row.text.len() > 60_000), "rows of every length are among them");

    let opened = sites::opened(&site);
    let built = started.elapsed() - checked;
    let visit = Visit::default();
    let grants = selvedge::consent::grants(&opened.bundle.program().manifest().regions, &visit, NOW_MS);
    let permitted = permit(&opened.bundle, &visit, &grants, NOW_MS);
    let mut workspace = Workspace::default();
    let decided = Instant::now();
    let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut workspace);
    println!(
        "{} rows, {bytes} bytes: checked in {checked:?} ({} KiB of trees), built and opened in {built:?}, decided in {:?}",
        rows(&site).count(),
        tree / 1024,
        decided.elapsed()
    );
    assert_eq!(page.decisions.len(), 1);
    // What a row becomes is a small multiple of its text. Far above what it takes, far below what anything quadratic would.
    assert!(tree < 256 << 20, "{tree} bytes");
    println!("{} steps", made() - made_before);
    assert!(made() - made_before < STEPS_MAX, "{} steps", made() - made_before);
}

/// Leaves the site where a release build can be measured with it.
fn keep(files: &Files) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("megabyte");
    for path in files.entries.keys() {
        let at = folder.join(path);
        fs::create_dir_all(at.parent().expect("a file has a folder")).expect("a folder for tests");
        fs::write(at, sites::text(files, path)).expect("writes");
    }
}

fn rows(site: &Site) -> impl Iterator<Item = &Row> {
    let of = |rows: &'_ Rows| rows.all.len() + rows.any.len() + rows.none.len();
    let rules = site.experiences.iter().flat_map(|experience| experience.rules.iter().map(|rule| &rule.rows));
    let all = site.audiences.iter().map(|audience| &audience.rows).chain(rules);
    all.filter(move |rows| of(rows) > 0).flat_map(|rows| rows.all.iter().chain(&rows.any).chain(&rows.none))
}

/// A quarter each of short rows, long lists, wide choices and deep brackets.
fn site() -> Files {
    let dice = &mut Dice::new(1 << 20);
    let types =
        [("n", ValueType::Int), ("x", ValueType::Double), ("text", ValueType::String), ("flag", ValueType::Bool)];
    let mut catalogue = String::new();
    let mut known = Vec::new();
    for (name, value_type) in types {
        let name = format!("request.{name}");
        let _ =
            writeln!(catalogue, "[{name}]\ntype = \"{value_type}\"\nsource = \"request\"\npurposes = [\"contextual\"]");
        known.push(Known { name, value_type, values: Vec::new(), guarded: false });
    }
    let ground = Ground { attributes: &known, audiences: &[] };
    let mut made: Vec<Vec<String>> = Vec::new();
    for kind in 0..4 {
        let mut left = BYTES / 4 + 1;
        while left > 0 {
            let rows: Vec<String> = match kind {
                0 => (0..4).map(|_| ground.row(dice)).collect(),
                1 => vec![list(dice)],
                2 => vec![wide(dice)],
                _ => vec![deep(dice)],
            };
            left = left.saturating_sub(rows.iter().map(String::len).sum());
            made.push(rows);
        }
    }
    let mut audiences = String::new();
    let mut rules = "slot = \"home.hero\"\npurpose = \"contextual\"\n".to_owned();
    for (number, rows) in made.iter().enumerate() {
        // Half of them as audiences that rules name, half in the rules themselves.
        let mut all = rows.clone();
        if number % 2 == 0 {
            let _ = writeln!(audiences, "[a{number}]\nall = {}", toml_list(&all));
            all = vec![format!("audience.a{number}")];
        }
        let _ = writeln!(rules, "[[rule]]\nall = {}\nshow = {}", toml_list(&all), toml("c"));
    }
    sites::files([
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        ("attributes.toml", catalogue),
        ("slots.toml", "[home.hero]\nselector = \"#hero\"\nchange = \"text\"\n".to_owned()),
        ("content/c.toml", "[locale.en]\ntext = \"c\"\n".to_owned()),
        ("audiences/all.toml", audiences),
        ("experiences/hero.toml", rules),
    ])
}

/// One row of more than 60,000 bytes.
fn list(dice: &mut Dice) -> String {
    let items: Vec<String> = (0..1_000).map(|item| format!("\"{item}-{}\"", "x".repeat(50 + dice.below(10)))).collect();
    format!("request.text in [{}]", items.join(", "))
}

/// A thousand comparisons side by side.
fn wide(dice: &mut Dice) -> String {
    let one = |at: usize| {
        if at.is_multiple_of(2) { format!("request.n > {at}") } else { format!("request.x > {at}.5") }
    };
    let from = dice.below(1_000_000);
    (from..from + 1_000).map(one).collect::<Vec<_>>().join(if from.is_multiple_of(2) { " || " } else { " && " })
}

/// Brackets in brackets, nearly as deep as they may be, each with a choice of its own.
fn deep(dice: &mut Dice) -> String {
    let mut row = format!("request.n == {}", dice.below(1_000_000));
    for level in 0..21 {
        row = match level % 3 {
            0 => format!("!({row} && request.flag)"),
            1 => format!("({row} || request.x < {}.25)", dice.below(1_000_000)),
            _ => format!("({row} && request.text != \"{}\")", dice.below(1_000_000)),
        };
    }
    row
}
