//! The sums of `selvedge analyze` beside those of its SQL, over a log with known truth.
//!
//! Takes a number of visitors, makes the log with `selvedge demo`, installs DuckDB on first use; gives whether every sum is the same.

use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::process::{cargo, command, path};
use crate::tools;

pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let visitors = match options {
        [] => "60000",
        ["--visitors", visitors] => visitors,
        _ => bail!("sums takes --visitors N"),
    };
    ensure!(
        cargo().args(["build", "--quiet", "--locked", "--bin", "selvedge"]).status()?.success(),
        "the command does not build"
    );
    let folder = path("target/sums");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let (selvedge, log) = (path("target/debug/selvedge"), folder.join("log"));
    ensure!(
        command(&selvedge).arg("demo").arg(&folder).args(["--visitors", visitors]).status()?.success(),
        "no log was made"
    );
    let answer = command(&selvedge).arg("analyze").arg(&folder).arg(&log).arg("--json").output()?.stdout;
    let answer: Value = serde_json::from_slice(&answer).context("`selvedge analyze --json` gave no JSON")?;
    // The log ends on its last day, as the answer says.
    let last = answer["days"][1].as_str().context("the log has no day")?;
    let query = command(&selvedge).arg("analyze").arg(&folder).args(["--sql", "--as-of", last]).output()?.stdout;
    let file = folder.join("sums.sql");
    std::fs::write(&file, query)?;
    let sql = command(tools::duckdb()?)
        .arg(path("tests/stats/sums.py"))
        .arg(&log)
        .stdin(Stdio::from(std::fs::File::open(file)?))
        .output()?;
    ensure!(sql.status.success(), "DuckDB failed: {}", String::from_utf8_lossy(&sql.stderr));
    let theirs = String::from_utf8(sql.stdout)?.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let (mut is_same, mut found) = (true, 0);
    for study in answer["studies"].as_array().into_iter().flatten() {
        for ours in study["sums"].as_array().into_iter().flatten() {
            let of = |row: &&Value| {
                row["study"] == study["name"] && row["goal"] == ours["goal"] && row["arm"] == ours["arm"]
            };
            let other = theirs.iter().find(of).map_or(json!(null), |row| json!([row["units"], row["sums"]]));
            let own = json!([ours["units"], ours["sums"]]);
            let verdict = if own == other { "the same" } else { "DIFFERS" };
            println!("{} {} {}: {own} {verdict}", study["name"], ours["goal"], ours["arm"]);
            is_same &= own == other;
            found += 1;
        }
    }
    println!("{} lines, {found} rows, {} of SQL", answer["lines"], theirs.len());
    Ok(is_same && found == theirs.len() && found > 0)
}
