//! The same site gives the same bytes, whatever the order in which its parts were written down.

use selvedge::author::{Entry, Files};
use selvedge::bundle::Program;
use selvedge::compile::{Built, compile};

use crate::sites::dice::Dice;
use crate::sites::{self, hostile, random};

fn build(files: &Files) -> Built {
    compile(&sites::checked(files))
}

#[test]
fn the_same_files_give_the_same_bytes() {
    for seed in 1..=10 {
        let files = random::site(&mut Dice::new(seed));
        assert_eq!(build(&files), build(&files.clone()), "seed {seed}");
    }
    assert_eq!(build(&hostile::small()), build(&hostile::small()));
}

#[test]
fn the_order_of_tables_does_not_matter() {
    for seed in 1..=20 {
        let files = random::site(&mut Dice::new(seed));
        let (built, shuffled) = (build(&files), build(&shuffled(&files)));
        assert_eq!(built.program, shuffled.program, "seed {seed}");
        assert_eq!((built.index, built.chunks), (shuffled.index, shuffled.chunks), "seed {seed}");
    }
}

#[test]
fn the_file_of_an_audience_does_not_matter() {
    let parts = [
        ("audiences/a.toml", "[one]\nall = [\"request.n > 1\"]\n"),
        ("audiences/b.toml", "[two]\nnone = [\"audience.one\"]\n"),
    ];
    let rest = || {
        [
            ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n"),
            ("attributes.toml", "[request.n]\ntype = \"int\"\nsource = \"request\"\npurposes = [\"contextual\"]\n"),
            ("slots.toml", "[home]\nselector = \"#h\"\nchange = \"inner\"\n"),
            ("content/c.toml", "[locale.en]\nhtml = \"c\"\n"),
            ("experiences/e.toml", "slot = \"home\"\n[[rule]]\nall = [\"audience.two\"]\nshow = \"c\"\n"),
        ]
    };
    let own = |text: (&'static str, &'static str)| (text.0, text.1.to_owned());
    let apart = sites::files(parts.into_iter().chain(rest()).map(own));
    let one_file = format!("{}{}", parts[1].1, parts[0].1);
    let together = sites::files(rest().map(own).into_iter().chain([("audiences/z.toml", one_file)]));
    assert_eq!(build(&apart).program, build(&together).program);
}

#[test]
fn comments_and_places_do_not_reach_the_program() {
    let files = random::site(&mut Dice::new(5));
    let mut commented = files.clone();
    for (path, entry) in &mut commented.entries {
        if let Entry::Bytes(bytes) = entry
            && path.ends_with(".toml")
        {
            bytes.splice(0..0, *b"# A note for people.\n\n");
        }
    }
    assert_eq!(build(&files).program, build(&commented).program);
    assert!(Program::open(build(&files).program).is_ok());
}

/// The same site with the tables of its catalogues and its audiences in the opposite order.
fn shuffled(files: &Files) -> Files {
    let mut shuffled = files.clone();
    for path in ["attributes.toml", "slots.toml", "audiences/all.toml"] {
        if files.entries.contains_key(path) {
            let text = sites::text(files, path);
            let mut tables: Vec<String> =
                text.split("\n[").map(|table| table.trim_start_matches('[').to_owned()).collect();
            tables.reverse();
            let text: String = tables.iter().map(|table| format!("[{}\n", table.trim_end())).collect();
            shuffled.entries.insert(path.into(), Entry::Bytes(text.into_bytes()));
        }
    }
    shuffled
}
