//! Commands that pages name and nothing runs: tasks of `cargo xtask`, and `selvedge …` in sentences and in blocks that are not run.

use std::fmt;
use std::path::Path;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::page::Page;
use super::{tasks, verbs};

/// The counts, and the faults.
#[derive(Default)]
pub(super) struct Checked {
    tasks: usize,
    verbs: usize,
    pub(super) faults: Vec<String>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tasks, verbs, faults } = self;
        write!(f, "{tasks} tasks and {verbs} verbs named, {} faults", faults.len())
    }
}

/// Holds every command of the pages to the list of tasks, or to the help of its verb.
pub(super) fn check(root: &Path, pages: &[Page]) -> Checked {
    let (tasks, verbs) = (tasks::tasks(root), verbs::verbs());
    let mut checked = Checked::default();
    for page in pages {
        for (line, text) in code(&page.text()) {
            for words in commands(&text) {
                let fault = match words.as_slice() {
                    ["cargo", "xtask", rest @ ..] => {
                        checked.tasks += 1;
                        tasks::fault(&tasks, rest)
                    }
                    ["selvedge", rest @ ..] if !rest.is_empty() => {
                        checked.verbs += 1;
                        verbs::fault(&verbs, rest)
                    }
                    _ => None,
                };
                let shown = words.join(" ");
                checked.faults.extend(fault.map(|fault| format!("{}:{line}: `{shown}`: {fault}", page.name)));
            }
        }
    }
    checked
}

/// Code of sentences, and every line of blocks, with the number of its line.
fn code(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (event, range) in Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES).into_offset_iter() {
        let line = text[..range.start].matches('\n').count() + 1;
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(code) => found.push((line, code.replace('\n', " "))),
            Event::Text(code) if in_block => {
                let joined = code.replace("\\\n", "  ");
                found.extend((line..).zip(joined.lines().map(str::to_owned)));
            }
            _ => {}
        }
    }
    found
}

/// The commands of a line, each as its words, up to what only a shell reads.
fn commands(line: &str) -> Vec<Vec<&str>> {
    let line = line.trim_start().strip_prefix("$ ").unwrap_or(line);
    let parts = line.split(['|', ';', '#', '>', '<']).flat_map(|part| part.split("&&"));
    let words = |part| {
        let words = str::split_whitespace(part).map(|word: &str| word.trim_matches(['\'', '"', ')', '(']));
        // Variables of the command alone go before it.
        words.skip_while(|word| word.contains('=')).collect()
    };
    parts.map(words).collect()
}
