//! The tasks of `cargo xtask`, as its help has them.

use std::collections::BTreeMap;
use std::path::Path;

/// The arguments of a task.
#[derive(Debug, Default)]
pub(super) struct Task {
    options: Vec<String>,
    /// The words of a choice such as `[edge|browser]`.
    words: Vec<String>,
    /// It takes a value without an option.
    takes_value: bool,
}

/// Every task by its name.
pub(super) fn tasks(root: &Path) -> BTreeMap<String, Task> {
    let source = std::fs::read_to_string(root.join("pkg-config/xtask/main.rs")).expect("the tasks are there");
    let help = source.split("const HELP: &str = \"\\\n").nth(1).and_then(|rest| rest.split("\";").next());
    read(help.expect("the tasks have a help"))
}

fn read(help: &str) -> BTreeMap<String, Task> {
    let mut tasks: BTreeMap<String, Task> = BTreeMap::new();
    let mut name = String::new();
    for line in help.lines() {
        let begins = line.starts_with("  ") && line.chars().nth(2).is_some_and(|first| first.is_ascii_lowercase());
        if begins {
            line.split_whitespace().next().unwrap_or_default().clone_into(&mut name);
        }
        if name.is_empty() {
            continue;
        }
        let task = tasks.entry(name.clone()).or_default();
        let is_option = |word: &&str| word.starts_with("--");
        let word = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-').to_owned();
        task.options.extend(line.split(['[', ' ', ',']).filter(is_option).map(word));
        // Its arguments stand behind its name, and its use behind two spaces.
        let usage = line.trim_start().split("  ").next().unwrap_or_default();
        for choice in usage.split('[').skip(1).filter_map(|rest| rest.split(']').next()) {
            if choice.contains('|') {
                task.words.extend(choice.split('|').map(str::to_owned));
            } else if begins && choice.bytes().all(|byte| byte.is_ascii_uppercase()) && choice != "OPTIONS" {
                task.takes_value = true;
            }
        }
    }
    tasks
}

/// The fault of the words behind `cargo xtask`.
pub(super) fn fault(tasks: &BTreeMap<String, Task>, words: &[&str]) -> Option<String> {
    let [name, rest @ ..] = words else { return None };
    // The list itself, and a task that a sentence leaves open.
    if matches!(*name, "--help" | "help" | "TASK" | "…") {
        return None;
    }
    let Some(task) = tasks.get(*name) else { return Some(format!("there is no task `{name}`")) };
    let mut before = "";
    for word in rest {
        let is_value = before.starts_with("--");
        let is_known = if word.starts_with("--") {
            task.options.iter().any(|known| known == word)
        } else {
            is_value || task.takes_value || task.words.iter().any(|known| known == word)
        };
        if !is_known && *word != "…" {
            return Some(format!("the task `{name}` takes no `{word}`"));
        }
        before = word;
    }
    None
}

#[test]
fn tasks_are_held_to_their_options() {
    let help = "cargo xtask TASK\n\n  wasm [edge|browser]   build\n  fuzz                  bytes\n              [--minutes N] [--seed S]\n  \
                bench [OPTIONS]       peers\n                        --quick, --rounds N\n  parity [SEED]         visits\n  \
                record [--write]   what is there\n";
    let tasks = read(help);
    for good in ["wasm", "wasm edge", "fuzz --minutes 5", "bench --quick", "parity 7", "record --write", "--help"] {
        assert_eq!(fault(&tasks, &good.split(' ').collect::<Vec<_>>()), None, "{good}");
    }
    for bad in ["wasn", "wasm both", "fuzz --hours 5", "bench 7", "record --right"] {
        assert!(fault(&tasks, &bad.split(' ').collect::<Vec<_>>()).is_some(), "{bad}");
    }
}
