//! The shapes that values of a site's files can have.
//!
//! Takes nothing, gives the vocabulary in which [`super::files`] says what a file may hold. It checks nothing.

/// A key of a table.
pub(crate) struct Key {
    /// As written.
    pub(crate) name: &'static str,
    /// Whether the table is wrong without it.
    pub(crate) needed: bool,
    /// What may stand under it.
    pub(crate) shape: Shape,
    /// What an editor shows.
    pub(crate) about: &'static str,
}

/// A key that may be left out.
pub(crate) const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, needed: false, shape, about }
}

/// A key that must be there.
pub(crate) const fn needed(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, needed: true, shape, about }
}

/// Words of a closed list; a function, so that the list itself stays where the loader has it.
pub(crate) type Words = fn() -> Vec<&'static str>;

/// What may stand under a key.
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// A text of this form.
    Form(&'static str),
    /// One of these words.
    Word(Words),
    /// One of these words, or a text of this form.
    WordOr(Words, &'static str),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole(i64, i64),
    /// A number.
    Number(f64, f64),
    /// A date or time, which editors take for a text.
    Time,
    /// An array.
    List(&'static Shape),
    /// An array with at least one item.
    Some(&'static Shape),
    /// An array of exactly two.
    Pair(&'static Shape),
    /// An array of rows of conditions.
    Rows,
    /// A table with these keys and no other.
    Table(&'static [Key]),
    /// An array of such tables, at least one.
    Tables(&'static [Key]),
    /// A table whose keys have this form.
    Map(&'static str, &'static Shape),
    /// A table whose keys are these words, and a few more.
    Worded(Words, &'static Shape, &'static [Key]),
    /// A table of values by dotted names: the keys may be dotted, the tables nested.
    Dotted(&'static Shape),
    /// Any of these.
    Any(&'static [Shape]),
}

/// What a whole file is.
pub(crate) enum Root {
    /// A table with these keys.
    Table(&'static [Key]),
    /// Tables by dotted names whose segments have this form: a table of tables is a part of names.
    Names(&'static str, &'static [Key]),
    /// One table, or several by names of this form.
    Named(&'static str, &'static [Key]),
}
