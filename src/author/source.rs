//! The text of one file and its findings.
//!
//! Takes text and byte spans, gives places with line and column, and collects diagnostics. It never reads a file.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use super::diagnostic::{Diagnostic, Severity};
use super::place::Place;
use crate::words::bytes::characters;

/// The text of every file that was read, for drawing: path from the site's folder → text.
pub type Sources = BTreeMap<String, String>;

/// Bytes between two counts of characters.
const BLOCK: usize = 1024;

/// Where diagnostics go.
#[derive(Default)]
pub(crate) struct Sink(RefCell<Vec<Diagnostic>>);

impl Sink {
    /// Keeps a diagnostic.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.0.borrow_mut().push(diagnostic);
    }

    /// True if anything found so far stops the build.
    pub(crate) fn has_errors(&self) -> bool {
        self.0.borrow().iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Everything, by file and position, each thing once.
    pub(crate) fn into_sorted(self) -> Vec<Diagnostic> {
        let mut all = self.0.into_inner();
        all.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.place.span.start, d.place.span.end, d.code);
            a.place.file.cmp(&b.place.file).then_with(|| key(a).cmp(&key(b))).then_with(|| a.what.cmp(&b.what))
        });
        all.dedup();
        let of_one_file = |a: &Diagnostic, b: &Diagnostic| a.place.file == b.place.file;
        all.chunk_by(of_one_file).flat_map(first_of_file).collect()
    }
}

/// The first findings of a file, and how many more there are, as nobody reads a thousand.
fn first_of_file(findings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = findings.iter().take(FINDINGS_MAX).cloned().collect();
    if let Some(next) = findings.get(FINDINGS_MAX) {
        let what = format!("there are {} more findings in this file", findings.len() - FINDINGS_MAX);
        let more = Diagnostic::error("SV9017", next.place.clone(), what).help("fix the findings above first");
        let severity = findings.iter().map(|finding| finding.severity).min().unwrap_or(more.severity);
        kept.push(Diagnostic { severity, ..more });
    }
    kept
}

/// Findings of one file that are kept.
const FINDINGS_MAX: usize = 500;

/// The text of one file.
pub(crate) struct Source<'a> {
    /// From the site's folder, with `/`.
    pub(crate) path: &'a str,
    /// What it says.
    pub(crate) text: &'a str,
    /// Set when its syntax is wrong: what else seems wrong may follow from that and is not reported.
    pub(crate) broken: Cell<bool>,
    line_starts: Vec<usize>,
    /// Characters before each block of [`BLOCK`] bytes: a line may be as long as the file.
    characters_before: Vec<usize>,
    sink: &'a Sink,
}

impl<'a> Source<'a> {
    /// The file at `path` with this text.
    pub(crate) fn new(path: &'a str, text: &'a str, sink: &'a Sink) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let blocks = text.as_bytes().chunks(BLOCK).map(characters).scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let characters_before = std::iter::once(0).chain(blocks).collect();
        Self { path, text, broken: Cell::new(false), line_starts, characters_before, sink }
    }

    /// The place of a byte span; ends that are inside a character or past the end move to the character before.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let (start, end) = (self.boundary(span.start), self.boundary(span.end.max(span.start)));
        let line = self.line_starts.partition_point(|first| *first <= start).max(1);
        let first = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.characters_until(start) - self.characters_until(first) + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { file: self.path.into(), span: start..end, line: number(line), column: number(column) }
    }

    /// Reports, unless the file's syntax is wrong.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        if !self.broken.get() {
            self.sink.report(diagnostic);
        }
    }

    /// Reports what is wrong with the syntax itself.
    pub(crate) fn report_broken(&self, diagnostic: Diagnostic) {
        self.broken.set(true);
        self.sink.report(diagnostic);
    }

    /// The name of the file without folder and `.toml`.
    pub(crate) fn stem(&self) -> &'a str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        name.strip_suffix(".toml").unwrap_or(name)
    }

    fn characters_until(&self, at: usize) -> usize {
        let whole = self.characters_before.get(at / BLOCK).copied().unwrap_or(0);
        whole + self.text.as_bytes().get(at / BLOCK * BLOCK..at).map_or(0, characters)
    }

    fn boundary(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_characters_also_in_a_long_line() {
        let text = format!("a = 1\n{}x", "é".repeat(3_000));
        let sink = Sink::default();
        let source = Source::new("a.toml", &text, &sink);
        let at = |at: usize| (source.place(at..at).line, source.place(at..at).column);
        assert_eq!((at(0), at(4), at(5), at(6)), ((1, 1), (1, 5), (1, 6), (2, 1)));
        assert_eq!(at(text.len() - 1), (2, 3_001));
        assert_eq!(at(7), (2, 1), "inside a character is the character");
        assert_eq!(at(usize::MAX), (2, 3_002));
    }
}
