//! Which points of a draw belong to whom: few move, the engine draws by them, and anybody can recompute it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use selvedge::author::points::LOCK;
use selvedge::author::site::Site;
use selvedge::author::{Entry, Files};
use selvedge::compile::compile;
use selvedge::engine::{Workspace, all_slots, decide};
use selvedge::words::{Choice, Purpose, PurposeKey, Visit};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::command::selvedge;
use crate::engine::with_permitted;
use crate::sites;

type Shares<'n> = &'n [(&'n str, f64)];

fn table(shares: Shares<'_>) -> String {
    let shares: Vec<String> = shares.iter().map(|(name, share)| format!("{name} = {share}")).collect();
    format!("{{ {} }}", shares.join(", "))
}

/// Two experiments on two slots: `winter` in a layer, `claim` by itself.
fn texts(layer: Shares<'_>, winter: Shares<'_>, claim: Shares<'_>) -> Vec<(&'static str, String)> {
    let split = |slot: &str, name: &str, more: &str, arms: Shares<'_>| {
        let arms = table(arms);
        format!(
            "slot = \"home.{slot}\"\npurpose = \"contextual\"\n[[rule]]\nsplit = {{ experiment = \"{name}\", {more}unit = \"page\", arms = {arms} }}\n"
        )
    };
    let slot = |name: &str| format!("[home.{name}]\nselector = \"#{name}\"\nchange = \"text\"\n");
    let content = |name: &str| format!("[locale.en]\ntext = \"{name}\"\n");
    let layers = table(layer);
    vec![
        ("selvedge.toml", format!("name = \"shop\"\n[locales]\ndefault = \"en\"\n[layers.home]\nshares = {layers}\n")),
        ("consent.toml", "[purposes.analytics]\ntext = \"We count.\"\nbasis = \"consent\"\n".into()),
        ("slots.toml", slot("hero") + &slot("claim")),
        ("content/a.toml", content("a")),
        ("content/b.toml", content("b")),
        ("content/c.toml", content("c")),
        ("experiences/hero.toml", split("hero", "winter", "layer = \"home\", ", winter)),
        ("experiences/claim.toml", split("claim", "claim", "traffic = 80, ", claim)),
    ]
}

/// The site after a build that left this lock file.
fn site(lock: Option<&str>, layer: Shares<'_>, winter: Shares<'_>, claim: Shares<'_>) -> Site {
    let mut files: Files = sites::files(texts(layer, winter, claim));
    if let Some(lock) = lock {
        files.entries.insert(LOCK.into(), Entry::Bytes(lock.into()));
    }
    sites::checked(&files)
}

/// By page id: the arm of each experiment that it is in.
fn drawn(site: &Site, ids: usize) -> Vec<BTreeMap<String, String>> {
    let opened = sites::opened(site);
    let program = opened.bundle.program();
    let one = |id: usize| {
        let mut visit = Visit::default();
        visit.identity.page = Some(format!("p{id}"));
        visit.grants.insert(PurposeKey(Purpose::Analytics), Some(Choice::Granted));
        with_permitted(&opened, &visit, |permitted| {
            let page = decide(&opened.bundle, permitted, &all_slots(&opened.bundle), &mut Workspace::default());
            let assigned = page.decisions.iter().filter_map(|decision| decision.assignment);
            let named = assigned.map(|assignment| {
                let split = program.split(assignment.split as usize);
                let arm = program.arm_name(&split, assignment.arm as usize).expect("has an arm");
                (split.experiment.to_owned(), arm.to_owned())
            });
            named.collect()
        })
    };
    (0..ids).map(one).collect()
}

/// The formula of docs/experiments.md, in its own words.
fn point(domain: &str, salt: &str, id: &str) -> u64 {
    let hash = Sha256::digest(format!("{domain}\0{salt}\0{id}"));
    let first = hash[..8].iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    ((first * 10_000) >> 64) as u64
}

fn has(ranges: &Value, point: u64) -> bool {
    let ranges = ranges.as_array().expect("ranges");
    ranges
        .iter()
        .any(|range| (range[0].as_u64().expect("a point")..range[1].as_u64().expect("a point")).contains(&point))
}

/// The arm of an experiment, from what is printed of it.
fn recomputed(split: &Value, id: &str) -> Option<String> {
    let salt = split["salt"].as_str().expect("a salt");
    let part = match split["layer"].as_str() {
        Some(layer) => point("layer", layer, id),
        None => point("traffic", salt, id),
    };
    let drawn = point("variant", salt, id);
    let arms = split["points"].as_object().expect("arms");
    let arm = arms.iter().find(|(_, ranges)| has(ranges, drawn)).map(|(arm, _)| arm.clone());
    arm.filter(|_| has(&split["taking_part"], part))
}

const HALF: Shares<'_> = &[("control", 50.0), ("a", 50.0)];
const THREE: Shares<'_> = &[("control", 20.0), ("a", 40.0), ("b", 40.0)];
const LAYER: Shares<'_> = &[("winter", 50.0), ("spring", 30.0)];

#[test]
fn more_of_a_layer_with_room_to_spare_moves_nobody() {
    const IDS: usize = 4_000;
    let with = |lock: Option<&str>, layer| site(lock, layer, HALF, THREE);
    let before = with(None, &[("spring", 30.0), ("winter", 50.0)]);
    let after = with(before.laid.lock.as_deref(), &[("spring", 40.0), ("winter", 50.0)]);
    let (old, new) = (drawn(&before, IDS), drawn(&after, IDS));
    assert!(old.iter().filter(|drawn| drawn.contains_key("winter")).count() > IDS / 3);
    assert_eq!(old, new, "`spring` took free points, and `winter` keeps its visitors");
    let moves: Vec<&str> = after.laid.moves.iter().map(|moved| moved.what.as_str()).collect();
    assert_eq!(moves, ["in the layer `home`, 1000 of 10,000 points (10 % of visitors) get their first experiment"]);
    assert!(after.laid.findings().iter().all(|found| found.code == "SV2231"), "nobody loses anything");
    // An experiment that is over frees its points, and takes nothing from anybody.
    let over = with(after.laid.lock.as_deref(), &[("winter", 50.0)]);
    assert_eq!((&*over.laid.moves, drawn(&over, IDS)), (&[][..], old));
}

#[test]
fn other_shares_of_arms_move_what_the_shares_differ_in() {
    const IDS: usize = 4_000;
    let before = site(None, LAYER, HALF, THREE);
    let after = site(before.laid.lock.as_deref(), LAYER, HALF, &[("control", 30.0), ("a", 40.0), ("b", 30.0)]);
    let (old, new) = (drawn(&before, IDS), drawn(&after, IDS));
    let moved: Vec<_> = old.iter().zip(&new).filter(|(old, new)| old != new).collect();
    assert!(moved.iter().all(|(old, new)| old["claim"] == "b" && new["claim"] == "control"));
    // 10 % of the 80 % that take part.
    assert!((250..390).contains(&moved.len()), "{}", moved.len());
    let said: Vec<&str> = after.laid.moves.iter().map(|moved| moved.what.as_str()).collect();
    assert_eq!(said, ["in `claim`, 1000 of 10,000 points (10 % of its visitors) lose their arm"]);
    assert_eq!(after.laid.findings().last().map(|found| found.code), Some("SV2232"));
}

#[test]
fn another_order_of_what_is_written_changes_no_byte() {
    let before = site(None, LAYER, HALF, THREE);
    let turned = |shares: Shares<'static>| shares.iter().rev().copied().collect::<Vec<_>>();
    let after = site(before.laid.lock.as_deref(), &turned(LAYER), &turned(HALF), &turned(THREE));
    assert_eq!(compile(&before).program, compile(&after).program);
    assert_eq!(after.laid.lock, before.laid.lock);
    assert!(!after.laid.is_out_of_date() && after.laid.moves.is_empty());
    // The first layout follows what is written, and not what its file is called.
    let mut files = texts(LAYER, HALF, THREE);
    (files[6].0, files[7].0) = ("experiences/z.toml", "experiences/a.toml");
    assert_eq!(sites::checked(&sites::files(files)).laid.lock, before.laid.lock);
}

#[test]
fn another_salt_unit_or_layer_draws_everybody_again() {
    let before = site(None, LAYER, HALF, THREE);
    let lock = before.laid.lock.as_deref();
    for (from, to, why) in [
        ("traffic = 80", "salt = \"s\", traffic = 80", "its salt has changed"),
        ("traffic = 80, unit = \"page\"", "unit = \"session\"", "its unit has changed"),
        ("traffic = 80", "layer = \"other\"", "its layer has changed"),
    ] {
        let mut files = texts(LAYER, HALF, THREE);
        files[0].1.push_str("[layers.other]\nshares = { claim = 80 }\n");
        files[7].1 = files[7].1.replace(from, to);
        let mut files = sites::files(files);
        files.entries.insert(LOCK.into(), Entry::Bytes(lock.unwrap_or_default().into()));
        let found = sites::checked(&files).laid.findings();
        let found = found.last().expect("a finding");
        assert_eq!((found.code, &*found.what), ("SV2232", "every visitor in `claim` is drawn again"));
        assert!(found.why.as_deref().is_some_and(|said| said.starts_with(why)), "{found:?}");
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-draws-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn write(&self, texts: &[(&str, String)]) {
        for (path, text) in texts {
            let path = self.0.join("site").join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("creates");
            fs::write(path, text).expect("writes");
        }
    }

    /// Runs a verb on the site; its exit code and what it says.
    fn run(&self, verb: &str, more: &[&str]) -> (Option<i32>, String) {
        let (site, out) = (self.0.join("site"), self.0.join("out"));
        let mut arguments = vec![verb, site.to_str().expect("is UTF-8")];
        if verb == "build" {
            arguments.extend(["--out", out.to_str().expect("is UTF-8")]);
        }
        arguments.extend(more);
        let output = selvedge(&arguments, b"");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("is UTF-8");
        (output.status.code(), text(output.stdout) + &text(output.stderr))
    }

    fn lock(&self) -> PathBuf {
        self.0.join("site").join(LOCK)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn anybody_can_recompute_an_assignment_from_a_built_folder() {
    let folder = Folder::new("recomputed");
    // `claim` leaves points free between its arms and `winter` has three ranges of its layer at last.
    let steps: [[Shares<'_>; 3]; 3] = [
        [&[("winter", 10.0), ("spring", 20.0), ("summer", 20.0), ("autumn", 20.0)], HALF, THREE],
        [&[("winter", 20.0), ("summer", 20.0), ("spring", 20.0), ("autumn", 10.0)], THREE, HALF],
        [&[("winter", 40.0), ("spring", 20.0), ("summer", 20.0)], HALF, &[("a", 30.0), ("control", 20.0), ("b", 20.0)]],
    ];
    for [layer, winter, claim] in steps {
        folder.write(&texts(layer, winter, claim));
        let (code, said) = folder.run("build", &[]);
        assert_eq!(code, Some(0), "{said}");
    }
    let built = folder.0.join("out");
    let built = built.to_str().expect("is UTF-8");
    let context =
        |id: usize| json!({"grants": {"analytics": true}, "identity": {"page": format!("p{id}")}}).to_string();
    let explained = selvedge(&["decide", built, "--json", "--explain", "--context", "-"], context(0).as_bytes());
    let explained: Value = serde_json::from_slice(&explained.stdout).expect("is JSON");
    let split = |slot: &str| explained["explain"][slot]["experiences"][0]["rules"][0]["split"].clone();
    assert!(split("home.hero")["taking_part"].as_array().is_some_and(|ranges| ranges.len() > 1), "{explained:#}");

    let input: Vec<String> = (0..3_000).map(context).collect();
    let answers = selvedge(&["decide", built, "--json", "--context", "-"], input.join("\n").as_bytes());
    let answers = String::from_utf8(answers.stdout).expect("is UTF-8");
    let mut counts = BTreeMap::<(&str, Option<String>), usize>::new();
    for (id, answer) in answers.lines().enumerate() {
        let answer: Value = serde_json::from_str(answer).expect("is JSON");
        for slot in ["home.hero", "home.claim"] {
            let arm = answer["decisions"][slot]["arm"].as_str().map(str::to_owned);
            assert_eq!(arm, recomputed(&split(slot), &format!("p{id}")), "p{id} {slot}");
            *counts.entry((slot, arm)).or_default() += 1;
        }
    }
    assert_eq!(answers.lines().count(), 3_000);
    assert_eq!(counts.len(), 7, "every arm, and nobody's points: {counts:?}");
}

#[test]
fn a_lock_file_is_written_by_a_build_and_held_to_by_check_and_locked() {
    let folder = Folder::new("locked");
    folder.write(&texts(LAYER, HALF, THREE));
    let (code, said) = folder.run("build", &["--locked"]);
    assert!(code == Some(1) && said.contains("there is no `selvedge.lock`"), "{said}");
    assert!(!folder.0.join("out").exists() && !folder.lock().exists(), "--locked writes nothing");
    let (code, said) = folder.run("build", &[]);
    assert!(code == Some(0) && said.contains("selvedge.lock: commit it"), "{said}");
    let first = fs::read_to_string(folder.lock()).expect("is there");
    assert!(!folder.run("check", &[]).1.contains("SV223"));
    assert_eq!(folder.run("build", &["--locked"]).0, Some(0));

    folder.write(&texts(LAYER, &[("control", 40.0), ("a", 60.0)], THREE));
    let (code, said) = folder.run("check", &[]);
    assert!(code == Some(0) && said.contains("SV2231") && said.contains("SV2232"), "{said}");
    assert_eq!(folder.run("check", &["--deny", "old-lock"]).0, Some(1));
    assert_eq!(folder.run("build", &["--locked"]).0, Some(1));
    assert_eq!(fs::read_to_string(folder.lock()).expect("is there"), first);
    let (code, said) = folder.run("build", &[]);
    let moves = "moves: in `winter`, 1000 of 10,000 points (10 % of its visitors) lose their arm";
    assert!(code == Some(0) && said.contains(moves), "{said}");
    assert!(!folder.run("check", &[]).1.contains("SV223"));

    let second = fs::read_to_string(folder.lock()).expect("is there");
    let spoiled = [
        (format!("<<<<<<< HEAD\n{first}=======\n{second}>>>>>>> other\n"), "has the marks of a merge conflict"),
        (second.replace("[0, 4000]", "[0, 4001]"), "points 4000 to 4000 of experiment `winter` belong to"),
        (second.replace("[0, 4000]", "[0, 10001]"), "not a range of the points 0 to 9999"),
        (second.replace("[0, 4000]", "[4000, 0]"), "not a range of the points 0 to 9999"),
        (second.replace("[0, 4000]", "[0, -1]"), "cannot be read"),
        (second.replace("unit", "units"), "cannot be read"),
        (second.replace("\"page\"", "\"pages\""), "is not a unit"),
        (second.replace("[[experiment]]", "[[layer]]\nname = \"home\"\n\n[[experiment]]"), "is listed twice"),
    ];
    for (text, what) in spoiled {
        fs::write(folder.lock(), &text).expect("writes");
        for verb in ["check", "build"] {
            let (code, said) = folder.run(verb, &[]);
            assert!(code == Some(1) && said.contains("SV2230") && said.contains(what), "{what}: {code:?} {said}");
        }
        assert_eq!(fs::read_to_string(folder.lock()).expect("is there"), text, "a broken file is left as it is");
    }
}

/// Percentages of some names in any order that come to 100 at most.
fn shares(names: &'static [&'static str]) -> impl Strategy<Value = Vec<(&'static str, f64)>> {
    let sizes = prop::collection::vec(1_u32..6_000, 1..=names.len());
    (Just(names.to_vec()).prop_shuffle(), sizes).prop_map(|(names, sizes)| {
        let mut left = 10_000;
        let shares = names.into_iter().zip(sizes).filter_map(|(name, size)| {
            let share = size.min(left);
            left -= share;
            (share > 0).then_some((name, f64::from(share) / 100.0))
        });
        shares.collect()
    })
}

/// `winter` first, so that it always has a share.
fn layer() -> impl Strategy<Value = Vec<(&'static str, f64)>> {
    (1_u32..5_000, shares(&["spring", "summer", "autumn"])).prop_map(|(winter, others)| {
        let others = others.into_iter().map(|(name, share)| (name, (share * 50.0).round() / 100.0));
        others.filter(|(_, share)| *share > 0.0).chain([("winter", f64::from(winter) / 100.0)]).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn edits_of_shares_keep_engine_and_lock_file_together(
        steps in prop::collection::vec((layer(), shares(&["control", "a", "b", "c"]), shares(&["control", "a", "b"])), 1..5)
    ) {
        const IDS: usize = 150;
        let mut lock: Option<String> = None;
        for (layer, winter, claim) in &steps {
            let laid = site(lock.as_deref(), layer, winter, claim);
            let again = site(lock.as_deref(), layer, winter, claim);
            prop_assert_eq!(compile(&laid), compile(&again));
            lock.clone_from(&laid.laid.lock);
            let kept = site(lock.as_deref(), layer, winter, claim);
            prop_assert!(!kept.laid.is_out_of_date() && kept.laid.moves.is_empty());
            prop_assert_eq!(compile(&laid).program, compile(&kept).program);
            // The lock file says the same as the engine does.
            let said: toml::Table = lock.as_deref().unwrap_or_default().parse().expect("is TOML");
            let said = serde_json::to_value(said).expect("is JSON");
            for (id, drawn) in drawn(&laid, IDS).iter().enumerate() {
                for entry in said["experiment"].as_array().expect("experiments") {
                    let name = entry["name"].as_str().expect("a name");
                    let taking_part = match entry["layer"].as_str() {
                        Some(_) => said["layer"][0]["points"][name].clone(),
                        None => json!([[0, entry["traffic"]]]),
                    };
                    let split = json!({"salt": entry["salt"], "layer": entry["layer"], "taking_part": taking_part, "points": entry["arms"]});
                    prop_assert_eq!(drawn.get(name).cloned(), recomputed(&split, &format!("p{id}")), "{} p{}", name, id);
                }
            }
        }
    }
}
