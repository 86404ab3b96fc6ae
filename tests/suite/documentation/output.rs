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
    let steps = align(expected, printed);
    let (mut at, mut taken) = (0, 0);
    let mut first = None;
    let mut right = Vec::new();
    for step in steps {
        match step {
            Step::Keep | Step::Any(_) => right.push(expected[at].clone()),
            Step::Drop | Step::Add if first.is_none() => first = Some((at, taken)),
            Step::Drop | Step::Add => {}
        }
        match step {
            Step::Keep => (at, taken) = (at + 1, taken + 1),
            Step::Any(lines) => (at, taken) = (at + 1, taken + lines),
            Step::Drop => at += 1,
            Step::Add => {
                right.push(printed[taken].clone());
                taken += 1;
            }
        }
    }
    let (at, taken) = first?;
    let (wants, got) = (expected.get(at).cloned(), printed.get(taken).cloned());
    Some(Difference { at, expected: wants, printed: got, right })
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The line is printed as the page has it.
    Keep,
    /// A line `…` stands for this many.
    Any(usize),
    /// The page has a line that was not printed.
    Drop,
    /// A line was printed that the page does not have.
    Add,
}

/// The way from the page's lines to the printed ones that changes the fewest.
fn align(expected: &[String], printed: &[String]) -> Vec<Step> {
    let (rows, columns) = (expected.len(), printed.len());
    // The lines to change from here to both ends, by how many lines are behind.
    let mut cost = vec![vec![0_usize; columns + 1]; rows + 1];
    let is_any = |row: usize| expected[row].trim() == "…";
    for row in (0..=rows).rev() {
        for column in (0..=columns).rev() {
            if (row, column) == (rows, columns) {
                continue;
            }
            let mut best = usize::MAX;
            if row < rows && is_any(row) {
                best = (column..=columns).map(|end| cost[row + 1][end]).min().unwrap_or(best);
            } else if row < rows {
                best = best.min(cost[row + 1][column] + 1);
            }
            if column < columns {
                best = best.min(cost[row][column + 1] + 1);
            }
            if row < rows && column < columns && !is_any(row) && is_line(&expected[row], &printed[column]) {
                best = best.min(cost[row + 1][column + 1]);
            }
            cost[row][column] = best;
        }
    }
    let (mut row, mut column, mut steps) = (0, 0, Vec::new());
    while (row, column) != (rows, columns) {
        let here = cost[row][column];
        let any_end =
            (row < rows && is_any(row)).then(|| (column..=columns).find(|end| cost[row + 1][*end] == here)).flatten();
        if let Some(end) = any_end {
            steps.push(Step::Any(end - column));
            (row, column) = (row + 1, end);
        } else if row < rows
            && column < columns
            && !is_any(row)
            && is_line(&expected[row], &printed[column])
            && cost[row + 1][column + 1] == here
        {
            steps.push(Step::Keep);
            (row, column) = (row + 1, column + 1);
        } else if row < rows && !is_any(row) && cost[row + 1][column] + 1 == here {
            steps.push(Step::Drop);
            row += 1;
        } else {
            steps.push(Step::Add);
            column += 1;
        }
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
        ("a\n…\nd", "a\nb\nc", "a\n…"),
        ("v … 1\nold\n…\nend", "v 2 1\nnew\nmore\nend", "v … 1\n…\nend"),
    ] {
        let found = differs(expected, printed).unwrap_or_else(|| panic!("{expected} {printed}"));
        assert!(differs(&found.right.join("\n"), printed).is_none(), "{:?}", found.right);
        assert_eq!(found.right, lines(right), "{expected} {printed}");
    }
}
