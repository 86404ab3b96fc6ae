//! A page: its lines, and the blocks of code that say something about the product.

use std::path::{Path, PathBuf};

/// A page of the documentation.
pub(super) struct Page {
    /// Its path from the package's folder.
    pub(super) name: String,
    /// The file, where there is one.
    pub(super) file: PathBuf,
    pub(super) lines: Vec<String>,
}

/// A block of code.
#[derive(Debug)]
pub(super) struct Block {
    /// The number of the line with its fence, from 1.
    pub(super) line: usize,
    pub(super) language: String,
    pub(super) lines: Vec<String>,
    /// Spaces before each line, as in a list.
    pub(super) indent: usize,
    pub(super) notes: Notes,
}

/// The notes of the comments before a block.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// How the last command ends.
    pub(super) exit: i32,
    /// The last command goes on until the page ends.
    pub(super) background: bool,
    /// The block is this file.
    pub(super) file: Option<String>,
    /// Why it is not run.
    pub(super) not_run: Option<String>,
    /// Not a note at all.
    pub(super) unknown: Option<String>,
}

/// Lines that take the place of others: from the first number up to the second without it, counted from 0.
pub(super) type Edit = (usize, usize, Vec<String>);

impl Page {
    pub(super) fn read(root: &Path, name: &str) -> Self {
        let text = std::fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self::from(root, name, &text)
    }

    pub(super) fn from(root: &Path, name: &str, text: &str) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        Self { name: name.to_owned(), file: root.join(name), lines }
    }

    pub(super) fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// The text with other lines in some places.
    pub(super) fn with(&self, edits: &[Edit]) -> String {
        let mut lines = self.lines.clone();
        let mut edits: Vec<&Edit> = edits.iter().collect();
        edits.sort();
        for (from, to, new) in edits.into_iter().rev() {
            lines.splice(from..to, new.iter().cloned());
        }
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// Every fenced block, in order.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut open): (Vec<Block>, Option<(String, Block)>) = (Vec::new(), None);
        for (at, line) in self.lines.iter().enumerate() {
            let trimmed = line.trim_start();
            match &mut open {
                Some((fence, _)) if trimmed.trim_end() == *fence => blocks.extend(open.take().map(|(_, block)| block)),
                Some((_, block)) => {
                    let spaces = line.len() - trimmed.len();
                    block.lines.push(line[spaces.min(block.indent)..].to_owned());
                }
                None if trimmed.starts_with("```") => {
                    let language = trimmed.trim_start_matches('`');
                    let block = Block {
                        line: at + 1,
                        language: language.trim().to_owned(),
                        lines: Vec::new(),
                        indent: line.len() - trimmed.len(),
                        notes: self.notes_before(at),
                    };
                    open = Some((trimmed[..trimmed.len() - language.len()].to_owned(), block));
                }
                None => {}
            }
        }
        assert!(open.is_none(), "{}: a block of code has no end", self.name);
        blocks
    }

    /// The notes of the comments before this line.
    fn notes_before(&self, at: usize) -> Notes {
        let mut notes = Notes::default();
        let comment = |line: &String| Some(line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim().to_owned());
        let before = self.lines[..at].iter().rev().filter(|line| !line.trim().is_empty());
        for said in before.map_while(comment) {
            match said.split_once(' ').unwrap_or((&said, "")) {
                ("exit", code) if code.parse::<u8>().is_ok() => notes.exit = code.parse().unwrap_or_default(),
                ("background", "") => notes.background = true,
                ("file", path) if !path.is_empty() => notes.file = Some(path.to_owned()),
                ("not", reason) if reason.strip_prefix("run: ").is_some_and(|reason| !reason.is_empty()) => {
                    notes.not_run = Some(reason["run: ".len()..].to_owned());
                }
                _ => notes.unknown = Some(said),
            }
        }
        notes
    }
}

/// A command of a `console` block, and the output that the page has for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The number of its first line in the block, from 0.
    pub(super) at: usize,
    pub(super) text: String,
    /// The number of the first line of output in the block.
    pub(super) output_at: usize,
    pub(super) output: Vec<String>,
}

/// The commands of a `console` block. A command goes on below a line that ends in `\`, `|` or `&&`, or inside of quotes.
pub(super) fn commands(block: &Block) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (at, line) in block.lines.iter().enumerate() {
        match commands.last_mut() {
            Some(command) if goes_on => {
                command.text.extend(["\n", line]);
                command.output_at = at + 1;
                goes_on = is_open(&command.text);
            }
            _ if line.starts_with("$ ") => {
                let text = line["$ ".len()..].to_owned();
                goes_on = is_open(&text);
                commands.push(Command { at, text, output_at: at + 1, output: Vec::new() });
            }
            Some(command) => command.output.push(line.clone()),
            None => panic!("line {}: a console block begins with a command after `$ `", block.line + 1 + at),
        }
    }
    // Empty lines between two commands are no output.
    for command in &mut commands {
        while command.output.last().is_some_and(|line| line.trim().is_empty()) {
            command.output.pop();
        }
    }
    commands
}

/// `true` if a command goes on in the next line.
fn is_open(text: &str) -> bool {
    let (mut quote, mut characters) = (None, text.chars());
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None | Some('"'), '\\') if characters.next().is_none() => return true,
            // The character behind it is taken.
            (None | Some('"'), '\\') => {}
            (None, '#') if text.starts_with('#') => return false,
            _ => {}
        }
    }
    quote.is_some() || [" |", "&&"].iter().any(|end| text.trim_end().ends_with(end))
}

#[test]
fn commands_go_on_where_a_shell_goes_on() {
    let text = "```console\n$ echo a \\\n  b\na b\n\n$ echo 'c\nd'\nc\nd\n$ true\n```\n";
    let blocks = Page::from(Path::new(""), "x", text).blocks();
    let commands = commands(&blocks[0]);
    let parts: Vec<(&str, usize, Vec<&str>)> = commands
        .iter()
        .map(|command| (&*command.text, command.output_at, command.output.iter().map(|line| &**line).collect()))
        .collect();
    assert_eq!(
        parts,
        [("echo a \\\n  b", 2, vec!["a b"]), ("echo 'c\nd'", 6, vec!["c", "d"]), ("true", 9, Vec::new())]
    );
}

#[test]
fn notes_stand_before_their_block() {
    let text = "<!-- exit 1 -->\n<!-- file a/b.toml -->\n```toml\n```\n<!-- not run: needs an account -->\n```sh\n```\n<!-- exits 1 -->\n```sh\n```\n<!-- background -->\n\n```sh\n```\n";
    let blocks = Page::from(Path::new(""), "x", text).blocks();
    assert_eq!((blocks[0].notes.exit, blocks[0].notes.file.as_deref()), (1, Some("a/b.toml")));
    assert_eq!(blocks[1].notes.not_run.as_deref(), Some("needs an account"));
    assert_eq!(blocks[2].notes.unknown.as_deref(), Some("exits 1"));
    assert!(blocks[3].notes.background);
}
