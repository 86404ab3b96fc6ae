//! How many instructions opening, permitting and deciding take: a ratchet.
//!
//! Takes nothing, builds a site by a fixed recipe and counts under valgrind, which counts the same on a busy machine; compares with the
//! ledger `pkg-config/instructions.toml`. It says no when a count has grown past its tolerance.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};

use crate::process::{cargo, command, output, path, run as finish};
use crate::{parity, tools};

const LEDGER: &str = "pkg-config/instructions.toml";
/// The phases, the function of the counted program that each is spent in, and what it is.
const PHASES: [(&str, &str, &str); 7] = [
    ("open", "open", "opening a bundle of 3,000 rules"),
    ("permit", "permit", "permitting 100 visits"),
    ("one", "decide", "deciding one slot for each of them"),
    ("all", "decide", "deciding 1,001 slots for each"),
    ("glance", "glance", "a glance at 1,001 slots for each"),
    ("long", "decide", "deciding one slot of 2,000 rules for each"),
    ("page", "page", "100 pages of 20 KB with five changes, as the Worker asks for them"),
];
/// How much a count may grow, in percent. Other compilers and machines make other code: then only what is grave counts.
const GROWTH_MAX: u64 = 2;
const GROWTH_ELSEWHERE_MAX: u64 = 15;
/// How much it must shrink before the ledger should follow, in percent.
const SHRINKAGE_MAX: u64 = 5;

/// Counts, and compares with the ledger or writes it.
pub(crate) fn run(record: bool) -> anyhow::Result<bool> {
    let compiler = compiler()?;
    let counts = counts()?;
    if record {
        std::fs::write(path(LEDGER), ledger(&compiler, &counts))?;
        println!("wrote {LEDGER}");
        return Ok(true);
    }
    let ledger = std::fs::read_to_string(path(LEDGER)).with_context(|| format!("{LEDGER} is missing"))?;
    let of = |name: &str| {
        let value = ledger.lines().filter_map(|line| line.split_once(" = ")).find(|(key, _)| *key == name);
        value.map(|(_, value)| value.trim_matches('"')).with_context(|| format!("{LEDGER} has no `{name}`"))
    };
    let mut growth_max = GROWTH_MAX;
    if of("compiler")? != compiler {
        growth_max = GROWTH_ELSEWHERE_MAX;
        let recorded = of("compiler")?;
        println!(
            "  recorded with {recorded}, counted with {compiler}: up to {growth_max} % more may be the compiler's"
        );
    }
    let mut all_within = true;
    for ((name, _, what), count) in PHASES.iter().zip(&counts) {
        let before: u64 = of(name)?.replace('_', "").parse().context("a count is a number")?;
        let verdict = if *count > before + before * growth_max / 100 {
            all_within = false;
            format!("MORE than {growth_max} % above the ledger")
        } else if *count < before - before * SHRINKAGE_MAX / 100 {
            "less than the ledger: lower it with `cargo xtask instructions --record`".to_owned()
        } else {
            "as in the ledger".to_owned()
        };
        println!("  {name:<8}{count:>12} of {before:>12}   {what}: {verdict}");
    }
    Ok(all_within)
}

/// The count of each phase.
fn counts() -> anyhow::Result<Vec<u64>> {
    tools::valgrind()?;
    let arguments = ["build", "--quiet", "--locked", "--release", "--no-default-features"];
    // As the shipped Wasm is linked.
    let linked = ("CARGO_PROFILE_RELEASE_LTO", "thin");
    finish(cargo().env(linked.0, linked.1).args(arguments).args([
        "--features",
        "instructions",
        "--bin",
        "instructions",
    ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), PathBuf::from);
    let program = crate::process::root().join(&target).join("release/instructions");
    let folder = built()?;
    let count = |(phase, function, _): &(&str, &str, &str)| -> anyhow::Result<u64> {
        let mut valgrind = command("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"]);
        valgrind.arg(format!("--toggle-collect=*phase_{function}*")).arg(&program).arg(&folder).arg(phase);
        let log = output(&mut valgrind)?;
        let line = log.lines().find_map(|line| line.split_once("Collected :"));
        let count = line.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or(0);
        ensure!(count > 0, "valgrind counted nothing in {phase}:\n{log}");
        Ok(count)
    };
    PHASES.iter().map(count).collect()
}

fn compiler() -> anyhow::Result<String> {
    let version = output(command("rustc").arg("-vV"))?;
    let of = |key: &str| version.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("?").to_owned();
    Ok(format!("rustc {} for {}", of("release: "), of("host: ")))
}

fn ledger(compiler: &str, counts: &[u64]) -> String {
    let mut text = format!(
        "# Instructions of each phase: what pkg-config/instructions does, counted by `cargo xtask instructions`.\n\
         # `cargo xtask instructions --record` writes this file. A count may grow only with a reason in the commit that records it.\n\
         compiler = \"{compiler}\"\n"
    );
    for ((name, ..), count) in PHASES.iter().zip(counts) {
        let _ = writeln!(text, "{name} = {count}");
    }
    text
}

/// Writes and builds the site: a thousand slots with a rule each, one with two thousand, and the five of a page.
fn built() -> anyhow::Result<PathBuf> {
    let (sources, folder) = (path("target/instructions/site"), path("target/instructions/built"));
    for folder in [&sources, &folder] {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
    }
    for below in ["experiences", "content"] {
        std::fs::create_dir_all(sources.join(below))?;
    }
    let mut dice = Dice(1);
    let mut catalogue = String::new();
    for (kind, name, count) in [("string", "text", 8), ("int", "number", 4)] {
        for number in 0..count {
            let _ = writeln!(
                catalogue,
                "[visit.{name}{number}]\ntype = \"{kind}\"\nsource = \"request\"\npurposes = [\"personalization\"]"
            );
        }
    }
    catalogue.push_str("[request.country]\ntype = \"symbol\"\nvalues = \"iso-3166-1\"\nsource = \"request\"\npurposes = [\"contextual\"]\n");
    let mut slots = "[long]\npage = \"/list\"\nselector = \"#long\"\nchange = \"inner\"\n".to_owned();
    for number in 0..5 {
        let _ = writeln!(slots, "[edge.p{number}]\npage = \"/p/*\"\nselector = \"#p{number}\"\nchange = \"inner\"");
        let rule = "[[rule]]\nall = ['request.country in [\"DE\", \"AT\"]']\nshow = \"a\"\n";
        std::fs::write(
            sources.join(format!("experiences/p{number}.toml")),
            format!("slot = \"edge.p{number}\"\n{rule}"),
        )?;
    }
    for number in 0..1_000 {
        let _ = writeln!(slots, "[page.s{number:03}]\npage = \"/list\"\nselector = \"#s{number}\"\nchange = \"inner\"");
        let text = format!("slot = \"page.s{number:03}\"\n{}", dice.rule());
        std::fs::write(sources.join(format!("experiences/e{number}.toml")), text)?;
    }
    let long: String = (0..2_000).map(|_| dice.rule()).collect();
    let files = [
        ("selvedge.toml", "name = \"instructions\"\n[locales]\ndefault = \"en\"\n".to_owned()),
        ("attributes.toml", catalogue),
        ("consent.toml", ["personalization", "analytics"].map(classified).concat()),
        ("slots.toml", slots),
        ("content/a.toml", "[locale.en]\nhtml = \"<p>a</p>\"\n".to_owned()),
        ("content/b.toml", "[locale.en]\nhtml = \"<p>b</p>\"\n".to_owned()),
        ("experiences/long.toml", format!("slot = \"long\"\n{long}")),
    ];
    for (name, text) in files {
        std::fs::write(sources.join(name), text)?;
    }
    output(command(parity::selvedge()?).arg("build").arg(&sources).arg("--out").arg(&folder))?;
    Ok(folder)
}

/// Draws that are the same each time.
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        // The generator of ANSI C's example, of which only the upper bits are worth something.
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (self.0 >> 16) % end
    }

    /// A rule of three conditions and a split in halves.
    fn rule(&mut self) -> String {
        let mut conditions = String::new();
        for _ in 0..3 {
            let condition = match self.below(3) {
                0 => format!("visit.number{} >= {}", self.below(4), self.below(100)),
                1 => format!("visit.text{} == \"v{}\"", self.below(8), self.below(40)),
                _ => format!("visit.text{} in [\"v{}\", \"v{}\"]", self.below(8), self.below(20), 20 + self.below(20)),
            };
            let _ = write!(conditions, "'{condition}', ");
        }
        format!(
            "[[rule]]\nall = [{conditions}]\nsplit = {{ experiment = \"x\", arms = {{ a = 50, b = 50 }}, unit = \"visitor\" }}\n"
        )
    }
}

/// What legal would write of a purpose.
fn classified(purpose: &str) -> String {
    format!("[purposes.{purpose}]\ntext = \"What is measured.\"\nbasis = \"consent\"\n")
}
