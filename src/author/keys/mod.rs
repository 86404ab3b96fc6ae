//! The keys of every author file, declared once.
//!
//! A newcomer starts in [`files`]: a table of rows for each kind of file, and a row for each key. The reader's checks, the JSON
//! Schema, the order in which `selvedge fmt` writes keys, the help of editors and the reference of all keys come from these rows.
//! A new key needs one row, and the code that uses its value.
//!
//! [`entries`] checks a file against its rows and gives its tables. [`Table`] reads values from them.

mod check;
// Tables: a row, or two lines, for each key.
#[rustfmt::skip]
mod files;
mod forms;
pub(crate) mod shape;
mod table;

use toml::de::DeTable;

use super::source::Source;
use crate::words::vocabulary;
use shape::{Key, Shape};

pub(crate) use check::fits;
pub(crate) use files::forms::DAY;
pub(crate) use files::{AGE_MODELS, DETAIL_TYPES, PANEL, RUNGS, mapped};
pub(crate) use forms::{Form, clock, days, seconds};
pub(crate) use table::{Field, Table, Text, parse};

vocabulary! {
    /// A kind of file of a site, by its name on the command line.
    FileKind {
        /// `selvedge.toml`
        Settings = "selvedge",
        /// `attributes.toml`
        Attributes = "attributes",
        /// `slots.toml`
        Slots = "slots",
        /// `audiences/*.toml`
        Audiences = "audiences",
        /// `content/**/*.toml`
        Content = "content",
        /// `experiences/*.toml`
        Experiences = "experiences",
        /// `consent.toml`
        Consent = "consent",
        /// `regions.toml`
        Regions = "regions",
        /// `events.toml`
        Events = "events",
        /// `goals.toml`
        Goals = "goals",
        /// `feeds.toml`
        Feeds = "feeds",
        /// `contact.toml`
        Contact = "contact",
        /// `holidays.toml`
        Holidays = "holidays",
        /// `markets/*.toml`
        Markets = "markets",
        /// `visitors/*.toml`
        Visitors = "visitors",
        /// `tests/*.toml`
        Tests = "tests",
    }
}

/// A kind of file.
pub(crate) struct File {
    /// Its paths from the site's folder.
    pub(crate) pattern: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    /// What it holds.
    pub(crate) layout: Layout,
    /// The shape of each table.
    pub(crate) shape: Shape,
}

/// How many tables of its shape a file holds, and how they are called.
pub(crate) enum Layout {
    /// One, without a name.
    One,
    /// One, by the name of the file.
    Called(&'static forms::Form),
    /// Several by dotted names: a table of tables is a part of names.
    Names(&'static forms::Form),
    /// One by the name of the file, or several by their own.
    Named(&'static forms::Form),
}

impl FileKind {
    /// The files of this kind, as a pattern of paths from the site's folder.
    pub const fn pattern(self) -> &'static str {
        self.file().pattern
    }

    /// The use of files of this kind.
    pub const fn about(self) -> &'static str {
        self.file().about
    }

    /// The kind of the file at `path`, from the site's folder with `/`.
    pub fn of(path: &str) -> Option<Self> {
        let is = |kind: &Self| match kind.pattern().split_once('*') {
            Some((folder, _)) => path.starts_with(folder) && path.ends_with(".toml"),
            None => path == kind.pattern(),
        };
        Self::ALL.iter().copied().find(is)
    }

    /// The default of a key of the file's own table.
    pub(crate) fn default(self, key: &str) -> &'static str {
        let keys = self.file().shape.keys();
        keys.iter().find(|known| known.name == key).map_or("", |known| known.default.trim_matches('"'))
    }

    /// The declared keys of the table at `path` in a file of this kind, in the order in which `fmt` writes them. A table whose
    /// keys are the author's own names has none.
    pub(crate) fn keys(self, path: &[&str]) -> Option<&'static [Key]> {
        let file = self.file();
        let below = match file.layout {
            Layout::One | Layout::Called(_) => path,
            Layout::Names(_) if !path.is_empty() => &[],
            Layout::Named(_) if path.len() < 2 => &[],
            Layout::Names(_) | Layout::Named(_) => return None,
        };
        match below.iter().try_fold(&file.shape, |shape, key| shape.below(key))? {
            Shape::Table(keys) | Shape::Tables(keys) => Some(keys),
            _ => None,
        }
    }
}

/// A table of a file, and its name.
pub(crate) struct Named<'a> {
    pub(crate) name: String,
    pub(crate) table: Table<'a>,
    /// True if it is as declared.
    pub(crate) is_sound: bool,
}

/// A file and what stands in it.
pub(crate) type Parsed<'a> = (&'a Source<'a>, DeTable<'a>);

/// The tables of a file, checked against the declaration. A value that is not as declared is reported, and reads as absent.
/// Diagnostics name the team `owner` where a table names none of its own.
pub(crate) fn entries<'a>(kind: FileKind, parsed: &'a Parsed<'a>, owner: Option<&'a str>) -> Vec<Named<'a>> {
    let ((source, root), file) = (parsed, kind.file());
    let top = Table::root(source, root, &file.shape);
    let mut found: Vec<(String, Table<'a>)> = Vec::new();
    let mut named = |form: &'static forms::Form, name: String, table: Table<'a>| {
        let table = table.owned(owner);
        if !(form.fits)(&name) {
            check::misfit(table, table.place(), form, &name, str::to_owned);
        }
        found.push((name, table));
    };
    let of_file = || {
        let folder = file.pattern.split('*').next().unwrap_or_default();
        let name = top.source.path.strip_prefix(folder).unwrap_or(top.source.path);
        name.strip_suffix(".toml").unwrap_or(name).to_owned()
    };
    match file.layout {
        Layout::One => found.push((of_file(), top)),
        Layout::Called(form) => named(form, of_file(), top),
        Layout::Named(form) if top.fields().any(|field| !field.value.is_table()) => named(form, of_file(), top),
        Layout::Named(form) => {
            let tables = top.fields().filter_map(|field| Some((field.key.to_owned(), field.table()?)));
            tables.for_each(|(name, table)| named(form, name, table.of(&file.shape)));
        }
        Layout::Names(form) => {
            let mut waiting: Vec<(String, Field<'a>)> =
                top.fields().map(|field| (field.key.to_owned(), field)).collect();
            waiting.reverse();
            while let Some((name, field)) = waiting.pop() {
                let Some(table) = field.table() else {
                    check::is_a(field, None::<()>, "a table");
                    continue;
                };
                if table.fields().next().is_some() && table.fields().all(|inner| inner.value.is_table()) {
                    waiting.extend(table.fields().map(|inner| (format!("{name}.{}", inner.key), inner)));
                } else {
                    named(form, name, table.of(&file.shape));
                }
            }
        }
    }
    found.into_iter().map(|(name, table)| Named { name, table, is_sound: check::table(table) }).collect()
}
