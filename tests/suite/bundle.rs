//! Bundles that nobody built: every byte of a small program and index changed, cut and grown.
//!
//! The bytes are signed, so that only the format's own checks stand between them and the engine. Whatever opens must decide
//! without a panic; whatever does not is refused.

mod determinism;
mod terms;

use selvedge::author::points::LOCK;
use selvedge::bundle::format::{ATTRIBUTES_MAX, PREFIX_BYTES, Section};
use selvedge::bundle::{Bundle, Index, Program};
use selvedge::cli::keys::DevKeys;
use selvedge::compile::{Built, compile};
use selvedge::consent::grants;
use selvedge::engine::{Workspace, all_slots, decide, permit, write_page};
use selvedge::page::{Asked, Scratch, Who, begin};
use selvedge::words::PROGRAM_BYTES_MAX;
use selvedge::words::Visit;

use crate::allocations::steps;
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, visits};

/// The sections of a program with holdouts, and without a plan, stock or contact policy.
const SECTIONS: usize = Section::Plan as usize;

/// A built site with every section in use, and what is needed to try its mutants.
struct Bench {
    built: Built,
    keys: DevKeys,
    visits: Vec<Visit>,
    opened: usize,
    refused: usize,
}

impl Bench {
    fn new() -> Self {
        let site = sites::checked(&small_site());
        let dice = &mut Dice::new(7);
        let visits = (0..4).map(|_| serde_json::from_value(visits::visit(dice, &site)).expect("a visit")).collect();
        let keys = DevKeys::in_memory().expect("randomness");
        let bench = Self { built: compile(&site), keys, visits, opened: 0, refused: 0 };
        let unused: Vec<usize> =
            (0..SECTIONS).filter(|section| length_of(&bench.built.program, *section) <= 4).collect();
        assert_eq!(unused, [Section::Schedules as usize], "sections that hold no record, or one small one");
        bench
    }

    /// Opens these bytes, and decides if they open.
    fn try_program(&mut self, program: &[u8]) {
        // Signing is slow, and what the reader refuses needs no signature.
        match Program::open(program.to_vec()) {
            Ok(_) => self.admit(program, &self.built.index.clone()),
            Err(_) => self.refused += 1,
        }
    }

    fn try_index(&mut self, index: &[u8]) {
        let program = Program::open(self.built.program.clone()).expect("what was built opens");
        match Index::open(index.to_vec(), program.contents(), program.manifest().locales.len()) {
            Ok(_) => self.admit(&self.built.program.clone(), index),
            Err(_) => self.refused += 1,
        }
    }

    fn admit(&mut self, program: &[u8], index: &[u8]) {
        // The parts may still not belong together.
        match sites::admitted(program, index, &self.keys) {
            Ok(bundle) => {
                self.opened += 1;
                self.visits.iter().for_each(|visit| decides(&bundle, visit));
            }
            Err(_) => self.refused += 1,
        }
    }
}

/// Decides every slot and writes the answer.
fn decides(bundle: &Bundle, visit: &Visit) {
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(bundle, visit, &grants, now_ms);
    let page = decide(bundle, &permitted, &all_slots(bundle), &mut Workspace::default());
    assert_eq!(page.decisions.len(), bundle.program().slots());
    let mut answer = String::new();
    write_page(&mut answer, bundle, &permitted, &page, &[]);
    let settled = Who::Settled(visit, &grants, now_ms);
    let _ = begin(bundle, &Asked::of(settled), &mut Scratch::default()).chunks();
    serde_json::from_str::<serde_json::Value>(&answer).expect("JSON");
}

#[test]
fn a_program_with_one_byte_changed_is_refused_or_decides() {
    let mut bench = Bench::new();
    let program = bench.built.program.clone();
    let dice = &mut Dice::new(1);
    for at in 0..program.len() {
        let mut mutant = program.clone();
        mutant[at] ^= dice.pick(&[1, 2, 4, 8, 16, 32, 64, 128, 255]);
        bench.try_program(&mutant);
    }
    for _ in 0..sites::cases(2_000) {
        let mut mutant = program.clone();
        for _ in 0..dice.between(1, 4) {
            let at = dice.below(mutant.len());
            mutant[at] = dice.pick(&[0, 1, 2, 127, 128, 254, 255, dice.clone().next() as u8]);
        }
        bench.try_program(&mutant);
    }
    assert!(bench.opened > 100 && bench.refused > 1_000, "{} opened, {} refused", bench.opened, bench.refused);
}

#[test]
fn a_program_that_is_cut_or_grown_is_refused() {
    let mut bench = Bench::new();
    let program = bench.built.program.clone();
    for at in 0..program.len() {
        let mut shorter = program.clone();
        shorter.remove(at);
        let mut longer = program.clone();
        longer.insert(at, program[at]);
        for mutant in [&program[..at], &shorter, &longer] {
            assert!(Program::open(mutant.to_vec()).is_err(), "{} bytes of {}, at {at}", mutant.len(), program.len());
        }
    }
    // Moved from one section to its neighbour, the sum of the lengths still holds.
    for section in 0..SECTIONS {
        for moved in [1_i64, 2, 4, 8, 12, 20, -1, -2, -4, -8, -12, -20] {
            let mut mutant = program.clone();
            let other = (section + 1) % SECTIONS;
            for (section, change) in [(section, moved), (other, -moved)] {
                let length = i64::from(length_of(&mutant, section)) + change;
                set_length(&mut mutant, section, length as u32);
            }
            bench.try_program(&mutant);
        }
    }
}

#[test]
fn lengths_that_no_file_has_are_refused_without_room_for_them() {
    let program = Bench::new().built.program;
    let dice = &mut Dice::new(3);
    for section in 0..SECTIONS {
        for length in [u32::MAX, u32::MAX - 3, 1 << 31, 1 << 24, program.len() as u32, dice.next() as u32] {
            let mut mutant = program.clone();
            set_length(&mut mutant, section, length);
            assert!(Program::open(mutant).is_err(), "section {section} with {length} bytes");
        }
    }
    // Counts inside the sections: the first four bytes of each.
    for section in 0..SECTIONS {
        let mut mutant = program.clone();
        let start = start_of(&mutant, section);
        let end = (start + 4).min(start + length_of(&mutant, section) as usize);
        mutant[start..end].fill(255);
        let _ = Program::open(mutant);
    }
}

#[test]
fn nodes_that_claim_children_without_end_are_refused_at_once() {
    let program = Bench::new().built.program;
    let start = start_of(&program, Section::NodeLengths as usize);
    let old = length_of(&program, Section::NodeLengths as usize) as usize;
    // Four million nodes that each claim 65,535 children: following them is 10^11 steps, and making room for them 10^12 bytes.
    let claims = 8 << 20;
    let mut mutant = program[..start].to_vec();
    mutant.extend(std::iter::repeat_n(255, claims));
    mutant.extend(&program[start + old..]);
    set_length(&mut mutant, Section::NodeLengths as usize, claims as u32);
    let (opened, asked) = steps(|| Program::open(mutant));
    assert!(opened.is_err());
    println!("asked for memory {asked} times");
    assert!(asked < 1_000, "asked for memory {asked} times");
}

#[test]
fn caps_hold_on_both_sides() {
    let bench = Bench::new();
    let mut program = bench.built.program.clone();
    program.resize(PROGRAM_BYTES_MAX + 1, 0);
    let fault = Program::open(program.clone()).expect_err("one byte over the cap");
    assert_eq!(fault.what, "larger than the cap");
    let refusal = sites::admitted(&program, &bench.built.index, &bench.keys).expect_err("nobody signs it either");
    assert!(refusal.to_string().contains("readers only accept"), "{refusal}");

    let with_attributes = |count: usize| {
        let attribute =
            |number| format!("[a.n{number}]\ntype = \"int\"\nsource = \"page\"\npurposes = [\"contextual\"]\n");
        sites::files([
            ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n".to_owned()),
            ("attributes.toml", (0..count).map(attribute).collect()),
        ])
    };
    for (count, opens) in [(ATTRIBUTES_MAX, true), (ATTRIBUTES_MAX + 1, false)] {
        let built = compile(&sites::checked(&with_attributes(count)));
        assert_eq!(Program::open(built.program).is_ok(), opens, "{count} attributes");
    }
}

#[test]
fn an_index_that_is_changed_is_refused_or_decides() {
    let mut bench = Bench::new();
    let index = bench.built.index.clone();
    for at in 0..index.len() {
        for bit in 0..8 {
            let mut mutant = index.clone();
            mutant[at] ^= 1 << bit;
            bench.try_index(&mutant);
        }
        let mut longer = index.clone();
        longer.insert(at, 0);
        bench.try_index(&longer);
        bench.try_index(&index[..at]);
    }
    assert!(bench.refused > index.len(), "{} opened, {} refused", bench.opened, bench.refused);
}

fn length_of(program: &[u8], section: usize) -> u32 {
    let at = PREFIX_BYTES + 4 * section;
    u32::from_le_bytes(program[at..at + 4].try_into().expect("four bytes"))
}

fn set_length(program: &mut [u8], section: usize, length: u32) {
    let at = PREFIX_BYTES + 4 * section;
    program[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

fn start_of(program: &[u8], section: usize) -> usize {
    let before: usize = (0..section).map(|section| length_of(program, section) as usize).sum();
    PREFIX_BYTES + 4 * SECTIONS + before
}

/// Ranges with free points between them.
const LOCKED: &str = r#"[[layer]]
name = "l"
points.x = [[0, 4000], [5000, 9000]]

[[experiment]]
name = "x"
salt = "x"
unit = "page"
layer = "l"
arms.control = [[100, 600], [9000, 9500]]
arms.one = [[1000, 5000]]
arms.two = [[5000, 7050]]
"#;

/// Two slots, every kind of group, test, effect and record, and one regime.
fn small_site() -> selvedge::author::Files {
    let experience = r#"slot = "home"
none = ["audience.calm"]
[[rule]]
all = ["v.n > 3", "v.s in [\"a\", \"b\"]", "has(v.x)"]
any = ["(v.b ? 1 : 2) < 2", "v.t.startsWith(\"x\")", "v.t == v.u", "size(v.l) < 3", "v.n < v.x"]
none = ["v.at.getHours(\"Asia/Kathmandu\") + v.n * 2 == 8", "now - v.at < duration(\"1h\")", "v.l.exists(i, i != \"e\" && i.lowerAscii() in [\"c\", \"d\"])"]
show = "one"
[[rule]]
all = ["isSemver(v.t) ? semver(v.t).major() > 1 : cidr(\"10.0.0.0/8\").containsIP(v.u)"]
any = ["(v.b ? 0.5 : -v.x) + v.x > 0.0", "v.t.glob(\"a*\")"]
show = "two"
[[rule]]
split = { experiment = "x", unit = "page", layer = "l", arms = { control = 10, one = 40, two = 20.5 } }
[[rule]]
all = ["v.b"]
show = "control"
[schedule]
from = 2026-11-01
zone = "market"
"#;
    let attribute = |name: &str, kind: &str| {
        format!("[v.{name}]\n{kind}\nsource = \"request\"\npurposes = [\"contextual\", \"personalization\"]\n")
    };
    let attributes = [
        attribute("b", "type = \"bool\"\ndefault = true"),
        attribute("n", "type = \"int\"\nrange = [-5, 100]"),
        attribute("x", "type = \"double\"\ndefault = 0.5"),
        attribute("s", "type = \"symbol\"\nvalues = [\"a\", \"b\", \"ç\"]"),
        attribute("t", "type = \"string\"\ndefault = \"x\""),
        attribute("u", "type = \"string\""),
        attribute("at", "type = \"timestamp\"\nrequired = true"),
        attribute("l", "type = \"list\"\ndefault = [\"a\"]"),
    ]
    .concat();
    sites::files([
        (
            "selvedge.toml",
            "name = \"shop\"\n[locales]\ndefault = \"en\"\nall = [\"de\", \"en\"]\nfallback = { it = [\"de\"] }\n\
             [markets.m]\nzone = \"Europe/Berlin\"\nregions = [\"DE\"]\n[layers.l]\nshares = { x = 80 }\n[holdouts.h]\nshare = 5\n"
                .to_owned(),
        ),
        ("consent.toml", "regions = [\"CH\"]\n".to_owned()),
        ("attributes.toml", attributes),
        (
            "slots.toml",
            "[home]\nselector = \"#h\"\nchange = \"inner\"\n[two]\nselector = \"#t\"\nchange = \"inner\"\n".to_owned(),
        ),
        ("audiences/calm.toml", "all = [\"v.b\", \"'a' in v.l\"]\nnone = [\"v.n == 7\"]\n".to_owned()),
        (
            "content/one.toml",
            "expires = 2027-01-01\n[locale.en]\nhtml = \"1\"\n[locale.de]\nhtml = \"eins\"\n".to_owned(),
        ),
        ("content/two.toml", "[locale.en]\nhtml = \"2\"\n".to_owned()),
        (LOCK, LOCKED.to_owned()),
        ("experiences/e.toml", experience.to_owned()),
        ("experiences/f.toml", "slot = \"two\"\n[[rule]]\nshow = \"two\"\n".to_owned()),
    ])
}
