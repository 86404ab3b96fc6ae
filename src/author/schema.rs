//! What every kind of file may hold, as data: for editors, and for the order in which `selvedge fmt` writes keys.
//!
//! Takes nothing, gives the shape of each file and its JSON Schema (draft-07). It knows what can be said of one file alone: that
//! a named slot exists, or that a row is true or false, only [`super::check`] can tell.

mod files;
mod json;
pub(crate) mod shape;
#[cfg(test)]
mod tests;

use shape::{Key, Root, Shape};

pub use json::json;

/// A kind of file of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// `selvedge.toml`
    Settings,
    /// `attributes.toml`
    Attributes,
    /// `slots.toml`
    Slots,
    /// `audiences/*.toml`
    Audiences,
    /// `content/**/*.toml`
    Content,
    /// `experiences/*.toml`
    Experiences,
    /// `consent.toml`
    Consent,
    /// `regions.toml`
    Regions,
    /// `events.toml`
    Events,
    /// `visitors/*.toml`
    Visitors,
    /// `tests/*.toml`
    Tests,
}

impl FileKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Settings,
        Self::Attributes,
        Self::Slots,
        Self::Audiences,
        Self::Content,
        Self::Experiences,
        Self::Consent,
        Self::Regions,
        Self::Events,
        Self::Visitors,
        Self::Tests,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "selvedge",
            Self::Attributes => "attributes",
            Self::Slots => "slots",
            Self::Audiences => "audiences",
            Self::Content => "content",
            Self::Experiences => "experiences",
            Self::Consent => "consent",
            Self::Regions => "regions",
            Self::Events => "events",
            Self::Visitors => "visitors",
            Self::Tests => "tests",
        }
    }

    /// The files of this kind, as a pattern of paths from the site's folder.
    #[must_use]
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Settings => "selvedge.toml",
            Self::Attributes => "attributes.toml",
            Self::Slots => "slots.toml",
            Self::Audiences => "audiences/*.toml",
            Self::Content => "content/**/*.toml",
            Self::Experiences => "experiences/*.toml",
            Self::Consent => "consent.toml",
            Self::Regions => "regions.toml",
            Self::Events => "events.toml",
            Self::Visitors => "visitors/*.toml",
            Self::Tests => "tests/*.toml",
        }
    }

    /// The kind of the file at `path`, from the site's folder with `/`.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let is = |kind: &Self| match kind.pattern().split_once('*') {
            Some((folder, _)) => path.starts_with(folder) && path.ends_with(".toml"),
            None => path == kind.pattern(),
        };
        Self::ALL.iter().copied().find(is)
    }

    /// The keys of the table at `path` in a file of this kind, in the order in which they are written; `None` for a table whose
    /// keys are names of the author's own.
    pub(crate) fn keys(self, path: &[&str]) -> Option<&'static [Key]> {
        let (mut keys, mut rest) = match files::root(self) {
            Root::Table(keys) => (keys, path),
            Root::Names(_, keys) if !path.is_empty() => return Some(keys),
            Root::Named(_, keys) if path.len() < 2 => return Some(keys),
            Root::Names(..) | Root::Named(..) => return None,
        };
        while let [segment, below @ ..] = rest {
            let mut shape = &keys.iter().find(|key| key.name == *segment)?.shape;
            rest = below;
            while let Shape::Map(_, of) = shape {
                let [_, below @ ..] = rest else { return None };
                (shape, rest) = (of, below);
            }
            if let (Shape::Worded(words, of, _), [word, below @ ..]) = (shape, rest)
                && words().contains(word)
            {
                (shape, rest) = (of, below);
            }
            let (Shape::Table(inner) | Shape::Tables(inner)) = shape else { return None };
            keys = inner;
        }
        Some(keys)
    }
}
