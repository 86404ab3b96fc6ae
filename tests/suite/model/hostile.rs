//! The hostile sites: they build, they open, and the engine decides on them as the model does.

use std::path::Path;

use selvedge::author::Files;
use selvedge::author::site::Site;
use selvedge::cli::open::Opened;
use selvedge::engine::Workspace;
use selvedge::words::Visit;
use serde_json::Value as Json;

use super::{answer, reference};
use crate::allocations::steps;
use crate::sites::dice::Dice;
use crate::sites::{self, hostile, visits};

/// Twice what checking and building takes.
const STEPS_MAX: u64 = 15_000_000;

#[test]
fn the_large_site_builds_and_decides() {
    let files = hostile::large(1);
    let ((site, opened), steps) = steps(|| {
        let site = sites::checked(&files);
        let opened = sites::opened(&site);
        (site, opened)
    });
    assert_eq!(opened.bundle.program().rules(), hostile::RULES);
    println!("checked and built in {steps} steps");
    // About two thousand for each rule, audience and item. Following the chain anew for every audience would be a thousand times as much.
    assert!(steps < STEPS_MAX, "checking and building took {steps} steps");
    // The model follows a chain of audiences by recursion; the builder and the engine must not.
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new().stack_size(256 << 20);
        let model = deep.spawn_scoped(scope, || compare(&site, &opened, 1, 3)).expect("a thread");
        model.join().expect("the model agrees");
    });
}

#[test]
fn the_small_site_decides_as_the_model_does() {
    let site = sites::checked(&hostile::small());
    compare(&site, &sites::opened(&site), 2, sites::cases(300));
}

/// The committed copy is what the parity runs of other hosts read.
#[test]
fn the_small_site_is_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/hostile");
    let (committed, made) = (Files::read(&folder), hostile::small());
    let paths = |files: &Files| files.entries.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&committed), paths(&made));
    for path in made.entries.keys() {
        assert_eq!(sites::text(&committed, path), sites::text(&made, path), "{path} is not what the generator writes");
    }
}

fn compare(site: &Site, opened: &Opened, seed: u64, cases: usize) {
    let (dice, mut workspace) = (&mut Dice::new(seed), Workspace::default());
    let mut shown = 0;
    for number in 0..cases {
        let json = visits::visit(dice, site);
        let visit: Visit = serde_json::from_value(json.clone()).expect("a made visit is one");
        let expected = reference::decide(site, &visit, visit.now.map_or(0, |now| now.0));
        let actual: Json = serde_json::from_str(&answer(opened, &visit, &mut workspace)).expect("JSON");
        for (slot, wanted) in expected["decisions"].as_object().expect("an object") {
            shown += usize::from(!wanted["content"].is_null());
            assert_eq!(&actual["decisions"][slot], wanted, "seed {seed}, visit {number}, slot {slot}\n{json}");
        }
        assert_eq!(actual["cache"], expected["cache"], "seed {seed}, visit {number}\n{json}");
    }
    assert!(shown > 0, "content was never shown");
}
