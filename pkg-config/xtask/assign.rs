//! Draws of a million ids, counted by the engine and by SQL.
//!
//! Takes the number of ids, installs DuckDB on first use, prints both counts; gives whether all of them are the same.

use anyhow::{Context as _, bail};
use selvedge::engine::bucket::{Domain, TOTAL, point};

use crate::process::{command, path};
use crate::tools;

/// The counts of three nested levels over a million ids, as the first measurement had them.
const KNOWN: [(&str, u32); 7] = [
    ("global holdout", 50_209),
    ("email holdout", 100_331),
    ("both holdouts", 5_033),
    ("in the experiment", 170_967),
    ("arm A", 85_701),
    ("traffic 10 to 20 %", 99_936),
    ("traffic 20 to 50 %", 299_909),
];

pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let ids: u32 = match options {
        [] => 1_000_000,
        ["--ids", ids] => ids.parse().context("--ids takes a number")?,
        _ => bail!("assign takes --ids N"),
    };
    let counts = counts(ids);
    let sql = command(tools::duckdb()?).arg(path("tests/assign/count.py")).arg(ids.to_string()).output()?;
    if !sql.status.success() {
        bail!("DuckDB failed: {}", String::from_utf8_lossy(&sql.stderr));
    }
    let mut is_same = true;
    for line in String::from_utf8(sql.stdout)?.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let (name, theirs) = (line["name"].as_str().unwrap_or_default(), line["count"].as_u64().unwrap_or(u64::MAX));
        let ours = counts.iter().find(|(own, _)| *own == name).map(|(_, count)| u64::from(*count));
        let known = KNOWN.iter().find(|(own, _)| *own == name).filter(|_| ids == 1_000_000);
        let fits = ours == Some(theirs) && known.is_none_or(|(_, known)| u64::from(*known) == theirs);
        is_same &= fits;
        let verdict = if fits { "the same" } else { "DIFFERS" };
        println!("{name:<20}  engine {:>7}  SQL {theirs:>7}  {verdict}", ours.unwrap_or_default());
    }
    Ok(is_same)
}

fn counts(ids: u32) -> Vec<(&'static str, u32)> {
    let mut counts = vec![
        ("global holdout", 0),
        ("email holdout", 0),
        ("both holdouts", 0),
        ("in the experiment", 0),
        ("arm A", 0),
        ("traffic 10 to 20 %", 0),
        ("traffic 20 to 50 %", 0),
    ];
    for id in 0..ids {
        let id = format!("u-{id}");
        let draw = |domain, salt| point(domain, salt, &id, TOTAL);
        let world = draw(Domain::Holdout, "global-2027q1") < 500;
        let letters = draw(Domain::Holdout, "email-2027q1") < 1_000;
        let taken = draw(Domain::Traffic, "winter-hero");
        let inside = !world && !letters && taken < 5_000 && (2_000..6_000).contains(&draw(Domain::Layer, "home"));
        let is_a = inside && draw(Domain::Variant, "winter-hero") < 5_000;
        let ramps = [(1_000..2_000).contains(&taken), (2_000..5_000).contains(&taken)];
        let found = [world, letters, world && letters, inside, is_a, ramps[0], ramps[1]];
        counts.iter_mut().zip(found).for_each(|((_, count), is)| *count += u32::from(is));
    }
    counts
}
