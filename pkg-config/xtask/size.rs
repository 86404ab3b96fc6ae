//! What is shipped, in bytes, beside the budgets.
//!
//! It builds the files and prints a table. It says no when a file is over its budget. A budget is a number in one place: here. With
//! `--record` the table also goes into the page of measurements.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::wasm::{self, LANGUAGE, Part, RULES, WHOLE};
use crate::{consent, page};

/// One thing that is fetched, as one or more files, each compressed on its own as servers do.
struct Shipped {
    name: &'static str,
    files: Vec<PathBuf>,
    budget: Budget,
}

/// The most bytes, after a compression that every client has.
enum Budget {
    Gzip(u64),
    Brotli(u64),
}

#[derive(Clone, Copy, Default)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Builds, measures and prints; `false` when something is over its budget. `record` writes the table of the page, too.
pub(crate) fn report(record: bool) -> anyhow::Result<bool> {
    wasm::build(&Part::ALL)?;
    let shipped = [
        Shipped {
            name: "loader",
            files: vec![Part::Browser.script("loader.js")],
            // What most pages need, and all that they need when the edge has decided.
            budget: Budget::Gzip(5_000),
        },
        // All that a page downloads to decide on the device.
        Shipped {
            name: "page, plain rules",
            files: vec![
                Part::Browser.script("loader.js"),
                Part::Browser.script("engine.js"),
                Part::Browser.wasm(&RULES),
            ],
            budget: Budget::Brotli(30_000),
        },
        Shipped {
            name: "page, every rule and platform",
            files: vec![
                Part::Browser.script("loader.js"),
                Part::Browser.script("cmp.js"),
                Part::Browser.script("engine.js"),
                Part::Browser.wasm(&LANGUAGE),
            ],
            budget: Budget::Brotli(45_000),
        },
        Shipped {
            // For the panel, and for Node.
            name: "whole engine",
            files: vec![Part::Browser.script("engine.js"), Part::Browser.wasm(&WHOLE)],
            budget: Budget::Brotli(70_000),
        },
        Shipped {
            name: "edge (Wasm + glue)",
            files: Part::Edge.builds().iter().map(|build| Part::Edge.wasm(build)).chain([Part::Edge.glue()]).collect(),
            budget: Budget::Brotli(120_000),
        },
        Shipped {
            // Part of both, by itself.
            name: "consent decoding",
            files: vec![consent::module(false)?],
            budget: Budget::Brotli(7_500),
        },
    ];

    println!("{:<30}{:>10}{:>10}{:>10}   budget", "", "raw", "gzip", "brotli");
    let mut table = "| | raw | gzip | brotli | budget |\n|---|---:|---:|---:|---|\n".to_owned();
    let mut all_within = true;
    for Shipped { name, files, budget } in shipped {
        let mut sum = Bytes::default();
        for file in files {
            let bytes = measure(&std::fs::read(&file).with_context(|| format!("{} is missing", file.display()))?)?;
            sum = Bytes { raw: sum.raw + bytes.raw, gzip: sum.gzip + bytes.gzip, brotli: sum.brotli + bytes.brotli };
        }
        let (used, most, coding) = match budget {
            Budget::Gzip(most) => (sum.gzip, most, "gzip"),
            Budget::Brotli(most) => (sum.brotli, most, "brotli"),
        };
        let within = used <= most;
        all_within &= within;
        let verdict = if within { format!("{} %", 100 * used / most) } else { format!("OVER by {}", used - most) };
        println!("{name:<30}{:>10}{:>10}{:>10}   {most} {coding}: {verdict}", sum.raw, sum.gzip, sum.brotli);
        let [raw, gzip, brotli, most] = [sum.raw, sum.gzip, sum.brotli, most].map(grouped);
        let judged = if within { "met" } else { "missed" };
        table.push_str(&format!("| {name} | {raw} | {gzip} | {brotli} | {most} {coding}: {judged} |\n"));
    }
    if record {
        page::put(page::BENCHMARKS, "sizes", &table)?;
    }
    Ok(all_within)
}

/// The strongest setting of each: what a release is compressed with once.
fn measure(bytes: &[u8]) -> anyhow::Result<Bytes> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    let mut brotli = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut brotli, &settings)?;
    Ok(Bytes { raw: bytes.len() as u64, gzip: gzip.finish()?.len() as u64, brotli: brotli.len() as u64 })
}

/// A number as people write it: `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let (first, rest) = digits.split_at((digits.len() - 1) % 3 + 1);
    let rest = rest.as_bytes().chunks(3).map(|group| format!(",{}", String::from_utf8_lossy(group)));
    first.to_owned() + &rest.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_have_commas() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
