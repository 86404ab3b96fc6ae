//! What was found in a stream, in words or as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::log::quality::{Fault, Rule};

#[derive(Default)]
pub(super) struct Findings {
    pub(super) lines: u64,
    pub(super) events: u64,
    pub(super) others: u64,
    /// How often each rule was broken, and the first line that breaks it.
    broken: BTreeMap<Rule, (u64, First)>,
}

#[derive(serde::Serialize)]
struct First {
    file: String,
    line: u64,
    event: Option<String>,
    detail: Option<String>,
}

impl Findings {
    pub(super) fn note(&mut self, file: &str, line: u64, event: Option<&str>, fault: &Fault<'_>) {
        let first = || First {
            file: file.to_owned(),
            line,
            event: event.map(str::to_owned),
            detail: fault.detail.map(str::to_owned),
        };
        self.broken.entry(fault.rule).or_insert_with(|| (0, first())).0 += 1;
    }

    pub(super) fn total(&self) -> u64 {
        self.broken.values().map(|(count, _)| count).sum()
    }

    pub(super) fn text(&self) -> String {
        let counted = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let mut text = format!("{}, {}", counted(self.lines, "line"), counted(self.events, "event"));
        if self.others > 0 {
            let _ = write!(text, ", {} of other kinds", self.others);
        }
        text.push('\n');
        for (rule, (count, first)) in &self.broken {
            let what = match (&first.event, &first.detail) {
                (Some(event), Some(detail)) => format!(": `{detail}` of `{event}`"),
                (Some(event), None) => format!(": `{event}`"),
                _ => String::new(),
            };
            let _ = writeln!(text, "  {:12} {count:>8}   first at {}:{}{what}", rule.name(), first.file, first.line);
        }
        match self.total() {
            0 => text.push_str("no findings\n"),
            total => _ = writeln!(text, "{} to leave out; nothing may be learned from them", counted(total, "line")),
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let rule = |(rule, (count, first)): (&Rule, &(u64, First))| json!({ "rule": rule.name(), "count": count, "first": first });
        json!({
            "v": 1,
            "lines": self.lines,
            "events": self.events,
            "others": self.others,
            "findings": self.total(),
            "rules": self.broken.iter().map(rule).collect::<Vec<Value>>(),
        })
    }
}
