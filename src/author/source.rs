//! The text of one file and what was found in it.
//!
//! Takes text and byte spans, gives places with line and column, and collects diagnostics. It never reads a file.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use super::diagnostic::{Diagnostic, Severity};
use super::site::Place;

/// The text of every file that was read, for drawing: path from the site's folder → text.
pub type Sources = BTreeMap<String, String>;

/// Where diagnostics go.
#[derive(Default)]
pub(crate) struct Sink(RefCell<Vec<Diagnostic>>);

impl Sink {
    /// Keeps a diagnostic.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.0.borrow_mut().push(diagnostic);
    }

    /// Whether anything found so far stops the build.
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
        all
    }
}

/// The text of one file.
pub(crate) struct Source<'a> {
    /// From the site's folder, with `/`.
    pub(crate) path: &'a str,
    /// What it says.
    pub(crate) text: &'a str,
    /// Set when its syntax is wrong: what else seems wrong may follow from that and is not reported.
    pub(crate) broken: Cell<bool>,
    line_starts: Vec<usize>,
    sink: &'a Sink,
}

impl<'a> Source<'a> {
    /// The file at `path` with this text.
    pub(crate) fn new(path: &'a str, text: &'a str, sink: &'a Sink) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, broken: Cell::new(false), line_starts, sink }
    }

    /// The place of a byte span; ends that are inside a character or past the end move to the character before.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let (start, end) = (self.boundary(span.start), self.boundary(span.end.max(span.start)));
        let line = self.line_starts.partition_point(|first| *first <= start).max(1);
        let first = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(first..start).map_or(0, |before| before.chars().count()) + 1;
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

    fn boundary(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}
