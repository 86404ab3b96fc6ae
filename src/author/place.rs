//! A place in an author's files.

/// A place in an author file: bytes for machines, line and column (from 1, in characters) for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Relative to the site's folder, with `/`.
    pub file: String,
    /// Byte range in the file.
    pub span: core::ops::Range<usize>,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}
