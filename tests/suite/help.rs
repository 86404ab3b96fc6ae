//! `--help` of every verb fits a terminal, and its examples run as they stand.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The order in which the examples run, since some read what others wrote. Verbs that are not named come first.
const LAST: [&str; 23] = [
    "build",
    "feed",
    "deploy",
    "keys",
    "sign",
    "verify",
    "publish",
    "renew",
    "promote",
    "diff",
    "changelog",
    "rollback",
    "prune",
    "pause",
    "stop",
    "resume",
    "block",
    "revoke",
    "decide",
    "events",
    "dsar",
    "replay",
    "log",
];

#[test]
fn every_example_runs_as_it_stands() {
    let folder = workshop();
    let mut verbs = verbs(&[]);
    verbs.sort_by_key(|verb| LAST.iter().position(|last| verb.first().is_some_and(|name| name == last)));
    let mut count = 0;
    for verb in std::iter::once(&Vec::new()).chain(&verbs) {
        for example in examples(&help(verb, 80)).iter().filter(|example| example.contains("selvedge ")) {
            count += 1;
            if example.starts_with("selvedge serve ") {
                serves(&folder, example);
                continue;
            }
            let output = shell(&folder, example).output().expect("runs");
            // Secrets of records that are kept are not destroyed, and the command says so.
            let is_kept = example.starts_with("selvedge log destroy ") && told(&output).contains("they are kept");
            // No server is at its address here. The tests of the Worker have one.
            let is_alone = example.starts_with("selvedge doctor ") && told(&output).contains("does not answer");
            let is_fine = is_kept || is_alone || matches!(output.status.code(), Some(0 | 1));
            assert!(is_fine, "{example}\n{}\n{}", output.status, told(&output));
        }
    }
    assert!(count > 60, "only {count} examples");
}

#[test]
fn help_fits_a_terminal_of_80_and_of_100_columns() {
    for columns in [80, 100] {
        for verb in verbs(&[]).iter().chain([&Vec::new()]) {
            let help = help(verb, columns);
            let long: Vec<&str> = help.lines().filter(|line| line.chars().count() > columns).collect();
            assert!(long.is_empty(), "{verb:?} at {columns}: {long:#?}");
            assert!(!help.contains("\\\n\n"), "{verb:?} at {columns}: a command that does not go on");
        }
    }
}

#[test]
fn verbs_are_grouped_by_who_needs_them() {
    let help = help(&[], 80);
    let headings: Vec<&str> = help.lines().filter(|line| line.starts_with("For ")).collect();
    assert_eq!(headings, ["For authors:", "For operators:", "For privacy officers:", "For engineers:"]);
}

/// Every verb and verb below a verb, as `--help` lists them.
fn verbs(above: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut is_list = false;
    for line in help(above, 80).lines() {
        if !line.starts_with(' ') {
            is_list = line.starts_with("For ") || line == "Commands:";
        }
        let name = line.strip_prefix("  ").and_then(|line| line.split(' ').next());
        let Some(name) = name.filter(|name| is_list && !name.is_empty() && *name != "help") else { continue };
        let verb = [above, &[name.to_owned()]].concat();
        // `prove` takes its site before the verbs below it.
        if above.is_empty() && name != "prove" {
            all.extend(verbs(&verb));
        }
        all.push(verb);
    }
    all
}

fn help(verb: &[String], columns: usize) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    let output = command.args(verb).arg("--help").env("COLUMNS", columns.to_string()).output().expect("runs");
    assert!(output.status.success(), "{verb:?}: {}", told(&output));
    String::from_utf8(output.stdout).expect("is UTF-8")
}

/// The commands under "Examples:", each in one line.
fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let text: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    let whole = text.join("\n").replace("\\\n", " ");
    whole.lines().map(|line| line.trim().to_owned()).collect()
}

fn shell(folder: &Path, example: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_selvedge")).parent().expect("is in a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", example]).current_dir(folder).env("PATH", path).env_remove("SOURCE_DATE_EPOCH");
    command.env("SELVEDGE_OPERATOR", "a test");
    command
}

/// `serve` runs until it is stopped; on a port of its own it says where.
fn serves(folder: &Path, example: &str) {
    let mut child = shell(folder, &format!("exec {example} --port 0"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("is piped")).lines();
    let where_it_is = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("http://127.0.0.1:")));
    child.kill().expect("stops");
    child.wait().expect("ends");
    assert!(where_it_is.is_some(), "{example} ended before it served");
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A folder with everything that the examples name.
fn workshop() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("selvedge-help-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("log")).expect("writes");
    std::fs::create_dir_all(folder.join("edge")).expect("writes");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let copied = Command::new("cp").arg("-R").arg(source).arg(&folder).status().expect("copies");
    assert!(copied.success());
    let visit = r#"{"attributes": {"visitor.visits_30d": 6}, "grants": {"personalization": true, "storage": true}, "region": "DE", "identity": {"visitor": "v1"}}"#;
    let event = r#"{"name": "added-to-basket", "at": "2026-12-01T08:00:00Z", "detail": {}, "epoch": 2, "id": "v1"}"#;
    let files = BTreeMap::from([
        ("visit.json", visit),
        ("visits.jsonl", visit),
        ("profiles.ndjson", visit),
        ("strings.txt", "1YNN"),
        ("edge/shim.mjs", "// The Worker."),
        ("withdrawn-accounts.txt", "4711\n4712"),
        ("withdrawn-devices.txt", "v7"),
        ("events.ndjson", event),
    ]);
    for (name, text) in files {
        std::fs::write(folder.join(name), format!("{text}\n")).expect("writes");
    }
    let packed = Command::new("gzip").arg("events.ndjson").current_dir(&folder).status().expect("packs");
    assert!(packed.success());
    folder
}
