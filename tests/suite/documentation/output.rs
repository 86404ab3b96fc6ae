//! Printed output beside what a page has for it.
//!
//! `…` in a line of the page stands for any text of a line, and a line `…` alone for any lines.

use std::fmt;

use super::page::Edit;

/// The result of running pages.
#[derive(Default)]
pub(super) struct Told {
    pub(super) pages: usize,
    /// Commands that ran: those of `console` blocks, and blocks of `sh`.
    pub(super) commands: usize,
    /// Outputs that were compared, empty ones included.
    pub(super) compared: usize,
    /// Blocks that were written as files.
    pub(super) files: usize,
    /// Blocks of JSON and TOML.
    pub(super) data: usize,
    /// Blocks that say why they are not run.
    pub(super) not_run: usize,
    /// Each with the page and the line in front.
    pub(super) faults: Vec<String>,
    /// The edits that would make a page right.
    pub(super) edits: Vec<Edit>,
}

impl Told {
    pub(super) fn add(&mut self, other: Self) {
        self.pages += other.pages;
        self.commands += other.commands;
        self.compared += other.compared;
        self.files += other.files;
        self.data += other.data;
        self.not_run += other.not_run;
        self.faults.extend(other.faults);
        self.edits.extend(other.edits);
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pages, commands, compared, files, data, not_run, faults, .. } = self;
        write!(
            f,
            "{pages} pages: {commands} commands ran, {compared} outputs compared, {files} files written, \
             {data} blocks of data, {not_run} not run, {} faults",
            faults.len()
        )
    }
}

/// The first difference between a page's output and the printed one. `at` is the number of the page's line, from 0.
pub(super) struct Difference {
    pub(super) at: usize,
    pub(super) expected: Option<String>,
    pub(super) printed: Option<String>,
    /// The output as a page should have it, with every `…` that still stands for something.
    pub(super) right: Vec<String>,
}

/// How what was printed differs from what a page has.
pub(super) fn difference(expected: &[String], printed: &[String]) -> Option<Difference> {
    let is_any = |row: usize| expected[row].trim() == "…";
    let same = |row: usize, column: usize| is_line(&expected[row], &printed[column]).then_some(0);
    let size = (expected.len(), printed.len());
    if align(size, is_any, same).iter().all(|step| matches!(step, Step::Keep | Step::Any(_))) {
        return None;
    }
    let steps = align(size, is_any, |row, column| {
        same(row, column)
            .or_else(|| likeness(&expected[row], &printed[column]).filter(|like| *like > 40).map(|like| 101 - like))
    });
    let (mut at, mut taken, mut first) = (0, 0, None);
    let mut right = Vec::new();
    for step in steps {
        if !matches!(step, Step::Keep | Step::Any(_)) && first.is_none() {
            first = Some((at, taken));
        }
        match step {
            Step::Keep | Step::Any(_) => right.push(expected[at].clone()),
            Step::Other => right.push(line(&expected[at], &printed[taken])),
            Step::Add => right.push(printed[taken].clone()),
            Step::Drop => {}
        }
        (at, taken) = step.after(at, taken);
    }
    let (at, taken) = first?;
    Some(Difference { at, expected: expected.get(at).cloned(), printed: printed.get(taken).cloned(), right })
}

/// A line as it is printed now, with every `…` of the page's line that still stands for something.
fn line(expected: &str, printed: &str) -> String {
    let (old, new) = (words(expected), words(printed));
    // A number is more likely to be one of those that a `…` stands for.
    let is_word = |text: &str| text.chars().all(char::is_alphabetic);
    let price = |row: usize, column: usize| match (old[row], new[column]) {
        (old, new) if old == new => Some(0),
        (old, new) => (is_word(old) && is_word(new)).then_some(100),
    };
    let (mut at, mut taken, mut right) = (0, 0, String::new());
    for step in align((old.len(), new.len()), |row| old[row] == "…", price) {
        match step {
            Step::Keep | Step::Other | Step::Add => right.push_str(new[taken]),
            Step::Any(_) => right.push('…'),
            Step::Drop => {}
        }
        (at, taken) = step.after(at, taken);
    }
    right
}

/// The words of a line, and each character between them.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = match rest.find(|c: char| !c.is_alphanumeric()) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

/// How much of a page's line is in a printed one, in percent; nothing if either has no word. Without a `…` it also counts how much
/// was printed beside.
fn likeness(expected: &str, printed: &str) -> Option<usize> {
    let long = |line| words(line).into_iter().filter(|word| word.chars().all(char::is_alphanumeric));
    let (old, new): (Vec<&str>, Vec<&str>) = (long(expected).collect(), long(printed).collect());
    let shared = old.iter().filter(|word| new.contains(word)).count();
    let all = if expected.contains('…') { 2 * old.len() } else { old.len() + new.len() };
    (200 * shared).checked_div(all).map(|percent| percent.min(100))
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// It is printed as the page has it.
    Keep,
    /// A `…` stands for this many.
    Any(usize),
    /// Something else, and like it, is printed in its place.
    Other,
    /// The page has it, and it is not printed.
    Drop,
    /// It is printed, and the page does not have it.
    Add,
}

impl Step {
    /// The places in both sequences behind this step.
    fn after(self, at: usize, taken: usize) -> (usize, usize) {
        match self {
            Self::Keep | Self::Other => (at + 1, taken + 1),
            Self::Any(count) => (at + 1, taken + count),
            Self::Drop => (at + 1, taken),
            Self::Add => (at, taken + 1),
        }
    }
}

/// The cheapest way from a page's sequence to a printed one of these lengths. `is_any` tells which of the page's stand for anything.
/// `price` is what it costs to print one in place of another: 0 if they are the same, nothing if that cannot be.
fn align(
    (rows, columns): (usize, usize),
    is_any: impl Fn(usize) -> bool,
    price: impl Fn(usize, usize) -> Option<usize>,
) -> Vec<Step> {
    // To lose something of the page's should be the last resort.
    const DROP: usize = 150;
    const ADD: usize = 100;
    // The price from here to both ends, and the first step of it.
    let mut best = vec![vec![(0, Step::Keep); columns + 1]; rows + 1];
    for row in (0..=rows).rev() {
        for column in (0..=columns).rev() {
            let mut ways: Vec<(usize, Step)> = Vec::new();
            if row < rows && is_any(row) {
                let end = (column..=columns).min_by_key(|end| best[row + 1][*end].0).unwrap_or(column);
                ways.push((best[row + 1][end].0, Step::Any(end - column)));
            } else if row < rows {
                if let Some(price) = (column < columns).then(|| price(row, column)).flatten() {
                    let step = if price == 0 { Step::Keep } else { Step::Other };
                    ways.push((best[row + 1][column + 1].0 + price, step));
                }
                ways.push((best[row + 1][column].0 + DROP, Step::Drop));
            }
            if column < columns {
                ways.push((best[row][column + 1].0 + ADD, Step::Add));
            }
            best[row][column] = ways.into_iter().min_by_key(|(price, _)| *price).unwrap_or((0, Step::Keep));
        }
    }
    let (mut at, mut steps) = ((0, 0), Vec::new());
    while at != (rows, columns) {
        let (_, step) = best[at.0][at.1];
        steps.push(step);
        at = step.after(at.0, at.1);
    }
    steps
}

/// `true` if the line was printed as the page has it.
fn is_line(expected: &str, printed: &str) -> bool {
    let (expected, printed) = (expected.trim_end(), printed.trim_end());
    let mut parts = expected.split('…');
    let Some(mut rest) = printed.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn an_ellipsis_stands_for_any_text_or_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<String>>();
    let differs = |expected: &str, printed: &str| difference(&lines(expected), &lines(printed));
    for (expected, printed) in [
        ("", ""),
        ("a…c", "abc"),
        ("a…c", "ac"),
        ("a … c…", "a b c d"),
        ("a\n…\nd", "a\nb\nc\nd"),
        ("a\n…\nd", "a\nd"),
        ("…\nd\n…", "a\nd\nd\ne"),
        ("…", ""),
    ] {
        assert!(differs(expected, printed).is_none(), "{expected} {printed}");
    }
    for (expected, printed, right) in [
        ("", "a", "a"),
        ("a", "", ""),
        ("a…c", "ab", "ab"),
        ("a…\nx", "ab\ny", "a…\ny"),
        (
            "good until …: build it again soon",
            "expires 2026-12-02T14:03Z: build it again soon",
            "expires …: build it again soon",
        ),
        (
            "…\nwrote the lock: commit it\n…",
            "made it\nwrote the lock. Commit it\nend",
            "…\nwrote the lock. Commit it\n…",
        ),
        ("release … of …, good until …", "release 1f of 2026, expires 2027", "release … of …, expires …"),
        ("a\n…\nd", "a\nb\nc", "a\n…"),
        ("v … 1\nold\n…\nend", "v 2 1\nnew\nmore\nend", "v … 1\n…\nend"),
    ] {
        let found = differs(expected, printed).unwrap_or_else(|| panic!("{expected} {printed}"));
        assert!(differs(&found.right.join("\n"), printed).is_none(), "{:?}", found.right);
        assert_eq!(found.right, lines(right), "{expected} {printed}");
    }
}
