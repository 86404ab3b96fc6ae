//! `selvedge graduate`: an edit of a site after which the winner is what everybody sees, and nothing else is different.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use selvedge::author::site::{Effect, Split};
use selvedge::author::{Files, check};

use crate::command::selvedge;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
const GOALS: &str = "# What counts.\n[goal.views]\nevent = \"order-placed\"\n\n[experiment.winter-hero]\nprimary = \"views\"\nunits = 900\n\n\
    [experiment.first-shelf]\nprimary = \"views\"\nunits = 900\n";

/// A copy of the shop, with changes to its files.
struct Shop(PathBuf);

impl Shop {
    fn new(name: &str, edits: &[(&str, &str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-graduate-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        copy(Path::new(SHOP), &folder);
        let shop = Self(folder);
        for (path, old, new) in edits {
            let text = fs::read_to_string(shop.0.join(path)).unwrap_or_default();
            assert!(text.contains(old), "{path}: {old}");
            fs::write(shop.0.join(path), if old.is_empty() { text + new } else { text.replacen(old, new, 1) })
                .expect("writes");
        }
        shop
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).expect("is there")
    }

    fn folder(&self) -> &str {
        self.0.to_str().expect("a path")
    }

    fn graduate(&self, options: &[&str]) -> Output {
        let first = ["graduate", "winter-hero", self.folder(), "--as-of", "2026-12-01"];
        selvedge(&[&first[..], options].concat(), b"")
    }

    /// The split of an experiment, with its points.
    fn split(&self, name: &str) -> Option<Split> {
        let (site, findings, _) = check(&Files::read(&self.0));
        let site = site.unwrap_or_else(|| panic!("{findings:?}"));
        let rules = site.experiences.into_iter().flat_map(|experience| experience.rules);
        let mut splits =
            rules.filter_map(|rule| if let Effect::Split(split) = rule.effect { Some(split) } else { None });
        splits.find(|split| split.experiment == name)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("creates");
    for entry in fs::read_dir(from).expect("reads").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("copies");
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The lines that two texts do not share, counted.
fn changed(before: &str, after: &str) -> (usize, usize) {
    let only = |one: &str, other: &str| one.lines().filter(|line| !other.lines().any(|same| same == *line)).count();
    (only(before, after), only(after, before))
}

#[test]
fn the_winner_is_what_everybody_sees_and_a_share_of_control_stays() {
    let shop = Shop::new("wins", &[("goals.toml", "", GOALS)]);
    let paths = ["experiences/hero-winter.toml", "goals.toml", "selvedge.lock", "tests/experiments.toml"];
    let before = paths.map(|path| shop.read(path));
    let was = shop.split("winter-hero").expect("is there");

    let dry = shop.graduate(&["--winner", "hero/winter", "--keep", "10", "--dry-run"]);
    assert!(dry.status.success(), "{}", said(&dry));
    assert_eq!(paths.map(|path| shop.read(path)), before, "a dry run writes nothing");
    let done = shop.graduate(&["--winner", "hero/winter", "--keep", "10"]);
    assert_eq!((done.status.code(), &done.stdout), (Some(0), &dry.stdout));
    assert!(said(&done).contains("4000 of 10,000 points see something else; nobody loses it"), "{}", said(&done));
    assert!(said(&done).contains("still ends with its [schedule]"), "{}", said(&done));

    let is = shop.split("winter-hero-kept").expect("is there");
    assert!(shop.split("winter-hero").is_none());
    let shares: Vec<(&str, u32)> = is.arms.iter().map(|arm| (&*arm.name, arm.share)).collect();
    assert_eq!(
        (&*is.salt, is.traffic, shares),
        ("winter-hero", 10_000, vec![("control", 1_000), ("hero/winter", 9_000)])
    );
    let of = |split: &Split, arm: &str, point: u32| {
        split.arms.iter().any(|one| one.name == arm && one.points.iter().any(|range| range.contains(&point)))
    };
    for point in 0..10_000 {
        assert!(!of(&is, "control", point) || of(&was, "control", point), "{point} loses the winner");
    }

    // Whatever is not of the experiment is as it was, and the site is sound.
    let after = paths.map(|path| shop.read(path));
    let lines: Vec<(usize, usize)> = before.iter().zip(&after).map(|(before, after)| changed(before, after)).collect();
    assert_eq!(lines, [(2, 2), (1, 1), (3, 3), (0, 0)], "{after:?}");
    assert!(
        after[0].contains("review_by = 2027-05-30") && after[1].contains("\n[experiment.winter-hero-kept]\nprimary")
    );
    assert_eq!(before[3].matches("= \"hero/winter\"").count() + 1, after[3].matches("= \"hero/winter\"").count());
    for verb in ["check", "test"] {
        let output = selvedge(&[verb, shop.folder()], b"");
        assert!(output.status.success(), "{verb}: {}", said(&output));
    }
    let again = shop.graduate(&["--winner", "hero/winter"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        said(&again).contains("no experiment `winter-hero`; it has winter-hero-kept, first-shelf"),
        "{}",
        said(&again)
    );
}

#[test]
fn under_a_holdout_nobody_else_is_left_out() {
    let holdout = ("selvedge.toml", "", "\n[holdouts.global]\nshare = 20\n");
    let shop = Shop::new("held", &[holdout, ("goals.toml", "", GOALS)]);
    let done = shop.graduate(&["--winner", "hero/winter", "--keep", "0", "--review-by", "2027-02-01"]);
    assert!(done.status.success(), "{}", said(&done));
    let experience = shop.read("experiences/hero-winter.toml");
    assert!(experience.contains("all = ['audience.dach']\nshow = \"hero/winter\"\n"), "{experience}");
    assert!(experience.contains("review_by = 2027-02-01") && !experience.contains("winter-hero"), "{experience}");
    assert_eq!(shop.read("goals.toml").matches("[experiment.").count(), 1);
    assert!(!shop.read("selvedge.lock").contains("winter-hero"));
    let check = selvedge(&["check", shop.folder()], b"");
    assert!(check.status.success(), "{}", said(&check));
}

#[test]
fn what_cannot_be_is_refused_with_a_way_out_and_nothing_is_written() {
    let table =
        "[rule.split]\nexperiment = \"winter-hero\"\narms = { control = 50, \"hero/winter\" = 50 }\nunit = \"visitor\"";
    let inline =
        "split = { experiment = \"winter-hero\", arms = { control = 50, \"hero/winter\" = 50 }, unit = \"visitor\" }";
    let plain = Shop::new("refused", &[]);
    let of_table = Shop::new("table", &[("experiences/hero-winter.toml", inline, table)]);
    let cases: [(&Shop, &[&str], &str); 7] = [
        (&plain, &["--winner", "control"], "selvedge stop winter-hero"),
        (&plain, &["--winner", "hero/summer"], "it has control, hero/winter"),
        (&plain, &["--winner", "hero/winter", "--keep", "0"], "no holdout of the site covers `hero-winter`"),
        (&plain, &["--winner", "hero/winter", "--kept-as", "first-shelf"], "choose another name"),
        (&plain, &["--winner", "hero/winter", "--review-by", "2026-11-30"], "a day to come"),
        (&plain, &["--winner", "hero/winter", "--review-by", "soon"], "a day to come"),
        (&of_table, &["--winner", "hero/winter"], "is a table of its own"),
    ];
    for (shop, options, way_out) in cases {
        let before = fs::read_to_string(shop.0.join("experiences/hero-winter.toml")).expect("is there");
        let output = shop.graduate(options);
        assert_eq!(output.status.code(), Some(2), "{options:?}: {}", said(&output));
        assert!(said(&output).contains(way_out), "{options:?}: {}", said(&output));
        assert_eq!(shop.read("experiences/hero-winter.toml"), before);
    }
    let output = plain.graduate(&["--winner", "hero/winter", "--kept-as", "Not A Name"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("nothing was written"), "{}", said(&output));
}
