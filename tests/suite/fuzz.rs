//! The kept corpus of the fuzzer, through the functions that it runs: what was once found stays mended.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzzer builds it as a library of its own")]
mod targets;

use std::fs;
use std::path::Path;

#[test]
fn the_kept_corpus_is_harmless() {
    for (name, run) in targets::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
        let listing = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = listing.map(|entry| entry.expect("a readable entry").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in &files {
            // Shown only when it fails: which file it was.
            println!("{}", file.display());
            run(&fs::read(file).expect("a readable file"));
        }
    }
}
