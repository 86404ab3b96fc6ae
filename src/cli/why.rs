//! `selvedge why`: the reason behind a rule, with an example of what breaks it and of what keeps it. It also explains the reasons of
//! decisions.

use serde_json::{Value, json};

use super::{Outcome, Usage, say};
use crate::author::rules::{self, Example, Why};
use crate::explain::reasons::{self, ReasonText};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  selvedge why SV2005\n  selvedge why unused-attribute\n  selvedge why CONSENT_WITHHELD\n  selvedge why\n  selvedge why SV2005 --json"
)]
pub(super) struct Args {
    /// The code or the name of a rule, as `check` prints it, or a reason of a decision; without it, all are listed
    code: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(code) = &args.code else {
        let one = |(code, title)| json!({ "code": code, "name": rules::name(code), "title": title });
        let line = |(code, title)| format!("{code}  {:<28}{title}\n", rules::name(code).unwrap_or_default());
        let reasons: Vec<(&str, &str)> = reasons::all().map(|reason| (reason.code, reason.title)).collect();
        let all: Value = rules::all().chain(reasons.iter().copied()).map(one).collect();
        let lines = reasons.iter().map(|(code, title)| format!("{code:<36}{title}\n"));
        say(args.json, format_args!("{all:#}"), rules::all().map(line).chain(lines).collect::<String>());
        return Ok(Outcome::Clean);
    };
    if let Some(reason) = reasons::find(code) {
        say(args.json, format_args!("{:#}", reason_as_json(&reason)), reason_as_text(&reason));
        return Ok(Outcome::Clean);
    }
    let why = rules::find(code).and_then(rules::why).ok_or_else(|| no_rule(code))?;
    say(args.json, format_args!("{:#}", as_json(&why)), as_text(&why));
    Ok(Outcome::Clean)
}

/// The message for a code or name that no rule has.
pub(super) fn no_rule(written: &str) -> Usage {
    let what = match written.trim() {
        "" => "the code or name of a rule is missing, as in SV2005 or unguarded-optional".to_owned(),
        written => format!("no rule has the code or name `{written}`"),
    };
    Usage(match rules::nearest(written) {
        Some(meant) => format!("{what}; did you mean {meant}?"),
        None => format!("{what}; `selvedge why` lists them all"),
    })
}

fn as_text(why: &Why) -> String {
    let Why { code, title, text, .. } = why;
    let mut out = format!("{code}: {title} ({})\n\n{}\n", rules::name(code).unwrap_or_default(), wrapped(text));
    for (heading, examples) in [("Wrong", &why.wrong), ("Fixed", &why.mended)] {
        for example in examples {
            out.push_str(&format!("\n{heading}, {}:\n\n", example.path));
            out.extend(example.text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n"));
        }
    }
    out
}

fn reason_as_text(reason: &ReasonText) -> String {
    let ReasonText { code, title, text, example, .. } = reason;
    let mut out = format!("{code}: {title}\n");
    if !text.is_empty() {
        out.push_str(&format!("\n{}\n", wrapped(text)));
    }
    if let Some(example) = example {
        out.push_str("\nExample:\n\n");
        out.extend(example.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n"));
    }
    out
}

fn reason_as_json(reason: &ReasonText) -> Value {
    let ReasonText { code, title, text, example, .. } = reason;
    json!({ "code": code, "title": title, "why": text, "example": example })
}

fn wrapped(text: &str) -> String {
    const COLUMNS: usize = 88;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| line.chars().count() + 1 + word.chars().count() <= COLUMNS) {
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn as_json(why: &Why) -> Value {
    let file = |Example { path, text }: &Example| json!({ "file": path, "text": text });
    let files = |examples: &[Example]| examples.iter().map(file).collect::<Value>();
    json!({
        "code": why.code,
        "name": rules::name(why.code),
        "title": why.title,
        "why": why.text,
        "wrong": files(&why.wrong),
        "mended": files(&why.mended),
    })
}
