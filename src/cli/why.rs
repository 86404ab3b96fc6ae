//! `selvedge why`: the reason behind a rule, with an example of what breaks it and of what keeps it.

use serde_json::{Value, json};

use super::{Outcome, Usage};
use crate::author::rules::{self, Example, Why};

/// Say why a rule exists, with a wrong example and a mended one.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  selvedge why SV2005\n  selvedge why\n  selvedge why SV2005 --json")]
pub(super) struct Args {
    /// The code of the rule, as findings have it; without it all rules are listed
    code: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(code) = &args.code else {
        if args.json {
            let rules: Vec<Value> = rules::all().map(|(code, title)| json!({ "code": code, "title": title })).collect();
            anstream::println!("{:#}", Value::from(rules));
        } else {
            rules::all().for_each(|(code, title)| anstream::println!("{code}  {title}"));
        }
        return Ok(Outcome::Clean);
    };
    let why = rules::why(&code.to_ascii_uppercase());
    let why = why.ok_or_else(|| Usage(format!("no rule has the code `{code}`; `selvedge why` lists every code")))?;
    if args.json {
        anstream::println!("{:#}", as_json(&why));
    } else {
        anstream::print!("{}", as_text(&why));
    }
    Ok(Outcome::Clean)
}

fn as_text(why: &Why) -> String {
    let mut out = format!("{}: {}\n\n{}\n", why.code, why.title, wrapped(&why.text));
    for (heading, examples) in [("Wrong", &why.wrong), ("Mended", &why.mended)] {
        for example in examples {
            out.push_str(&format!("\n{heading}, {}:\n\n", example.path));
            for line in example.text.lines() {
                out.extend([format!("    {line}").trim_end(), "\n"]);
            }
        }
    }
    out
}

/// Lines of a readable length.
fn wrapped(text: &str) -> String {
    const COLUMNS: usize = 88;
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

fn as_json(why: &Why) -> Value {
    let files = |examples: &[Example]| -> Vec<Value> {
        examples.iter().map(|example| json!({ "file": example.path, "text": example.text })).collect()
    };
    json!({
        "code": why.code,
        "title": why.title,
        "why": why.text,
        "wrong": files(&why.wrong),
        "mended": files(&why.mended),
    })
}
