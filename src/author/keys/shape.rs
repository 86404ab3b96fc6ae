//! The vocabulary of the key tables: the name of a key, its values, its meaning.
//!
//! Takes nothing, gives the types of a row. [`super::check`] reads a file by these rows; the schema, the order of keys and the
//! reference are made from the same rows.

use super::forms::Form;
use crate::words::Purpose;

/// A key of a table: one row of the declaration.
pub(crate) struct Key {
    /// As written.
    pub(crate) name: &'static str,
    /// The values that it may have.
    pub(crate) shape: Shape,
    /// Its meaning in a sentence or two, for editors and for the reference.
    pub(crate) about: &'static str,
    /// True if it may be left out.
    pub(crate) need: Need,
    /// Its value if it is left out, as TOML; empty if there is no one value.
    pub(crate) default: &'static str,
    /// A value as an author may write it, as TOML; empty where the shape shows one.
    pub(crate) example: &'static str,
}

/// Tells if a key may be left out. A text says what to do if it is missing.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// It may.
    No,
    /// It may not.
    Always(&'static str),
    /// It may not where this other key has this word, the default of that key.
    Where(&'static str, &'static str, &'static str),
    /// It may not, and the reader of the file says so.
    Told,
}

/// A key that may be left out.
pub(crate) const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about, need: Need::No, default: "", example: "" }
}

/// A key that must be there, and what to do where it is not.
pub(crate) const fn needed(name: &'static str, shape: Shape, about: &'static str, ask: &'static str) -> Key {
    Key { need: Need::Always(ask), ..key(name, shape, about) }
}

/// A key that people write and that does not exist. The reader of the file says why.
pub(crate) const fn refused(name: &'static str) -> Key {
    key(name, Shape::Refused, "")
}

impl Key {
    /// The same where it may not be left out.
    pub(crate) const fn need(self, need: Need) -> Self {
        Self { need, ..self }
    }

    /// True if every such table has it.
    pub(crate) const fn is_needed(&self) -> bool {
        matches!(self.need, Need::Always(_) | Need::Told)
    }

    /// With the value that it has if it is left out.
    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// With a value as an author may write it.
    pub(crate) const fn such_as(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// Its meaning, with its default.
    pub(crate) fn text(&self) -> String {
        match self.default.trim_matches('"') {
            "" => self.about.to_owned(),
            default => format!("{} `{default}` if it is left out.", self.about),
        }
    }
}

/// Words of a closed list; a function, so that a list stands where its meaning does.
pub(crate) type Words = fn() -> Vec<&'static str>;

/// The names of a closed list.
pub(crate) fn list<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|member| name(*member)).collect()
}

/// Every purpose that data can serve: `storage` is a gate.
pub(crate) fn purposes() -> Vec<&'static str> {
    list(Purpose::ALL, Purpose::name).into_iter().filter(|name| *name != Purpose::Storage.name()).collect()
}

/// The values that a key may have.
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// A text of this form.
    Form(&'static Form),
    /// A text with this pattern for editors, and an example. The reader of the file checks it, as it depends on more.
    Like(&'static str, &'static str),
    /// One of these words.
    Word(Words),
    /// One of these words, or a text with this pattern if there is one. The reader of the file reports another text.
    WordOr(Words, &'static str),
    /// A purpose that data can serve.
    Purpose,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole(i64, i64),
    /// A number.
    Number(f64, f64),
    /// A percentage. The reader of the file reports a number that is none.
    Percent,
    /// A date or time, which editors take for a text.
    Time,
    /// A day, in quotes or not.
    Day,
    /// An array.
    List(&'static Shape),
    /// An array with at least one item. The reader of the file reports an empty one.
    Filled(&'static Shape),
    /// The same, and no item stands there twice.
    Set(&'static Shape),
    /// An array of exactly two numbers.
    Pair(&'static Shape),
    /// An array of rows of conditions.
    Rows,
    /// A table with these keys and no other.
    Table(&'static [Key]),
    /// An array of such tables.
    Tables(&'static [Key]),
    /// A table whose keys are names of the author's own.
    Map(Name, &'static Shape),
    /// A table whose keys are these words, and a few more.
    Worded(Words, &'static Shape, &'static [Key]),
    /// A table whose keys are purposes, and a few more.
    Purposes(&'static Shape, &'static [Key]),
    /// A table of values by dotted names: the keys may be dotted, the tables nested.
    Dotted(&'static Shape),
    /// The first of these that has the value's type.
    Any(&'static [Shape]),
    /// A value of an attribute, whose type the catalogue says.
    Value,
    /// No value: the key does not exist.
    Refused,
}

/// The form of names that authors choose.
pub(crate) enum Name {
    /// Any.
    Any,
    /// With this pattern for editors, and an example. The reader of the file checks them.
    Like(&'static str, &'static str),
    /// A name of this form.
    Form(&'static Form),
}

impl Shape {
    /// The shape of this key in a table of this shape.
    pub(crate) fn below(&'static self, key: &str) -> Option<&'static Self> {
        let find = |keys: &'static [Key]| keys.iter().find(|known| known.name == key).map(|known| &known.shape);
        match self {
            Self::Table(keys) | Self::Tables(keys) => find(keys),
            Self::Map(_, of) => Some(of),
            Self::Worded(_, of, more) | Self::Purposes(of, more) => {
                find(more).or_else(|| self.words().contains(&key).then_some(*of))
            }
            Self::Dotted(_) => Some(self),
            _ => None,
        }
    }

    /// The declared keys of a table of this shape.
    pub(crate) fn keys(&self) -> &'static [Key] {
        match self {
            Self::Table(keys) | Self::Tables(keys) => keys,
            Self::Worded(_, _, more) | Self::Purposes(_, more) => more,
            _ => &[],
        }
    }

    /// The words that are keys of a table of this shape.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Worded(words, ..) => words(),
            Self::Purposes(..) => list(Purpose::ALL, Purpose::name),
            _ => Vec::new(),
        }
    }

    /// True if a value of this shape is a table, or an array of tables.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self, Self::Table(_) | Self::Tables(_) | Self::Map(..) | Self::Worded(..) | Self::Purposes(..))
    }

    /// True if a value of this shape is an array.
    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::List(_) | Self::Filled(_) | Self::Set(_) | Self::Pair(_) | Self::Rows | Self::Tables(_))
    }

    /// A value of this shape, as TOML.
    pub(crate) fn example(&self) -> String {
        match self {
            Self::Form(form) => format!("{:?}", form.example),
            Self::Like(_, example) => format!("{example:?}"),
            Self::Word(words) | Self::WordOr(words, _) => format!("{:?}", words().first().copied().unwrap_or_default()),
            Self::Purpose => "\"personalization\"".into(),
            Self::Flag => "true".into(),
            Self::Whole(least, _) => (*least).max(1).to_string(),
            Self::Number(..) => "1".into(),
            Self::Percent => "50".into(),
            Self::Time => "2026-12-01T09:00:00Z".into(),
            Self::Day => "\"2026-11-21\"".into(),
            Self::List(item) | Self::Filled(item) | Self::Set(item) => format!("[{}]", item.example()),
            Self::Pair(_) => "[1, 100]".into(),
            Self::Rows => "['true']".into(),
            Self::Map(name, of) => format!("{{ {} = {} }}", name.example(), of.example()),
            Self::Any(shapes) => shapes.first().map_or_else(String::new, Self::example),
            Self::Dotted(of) => format!("{{ request.country = {} }}", of.example()),
            Self::Purposes(of, _) => format!("{{ analytics = {} }}", of.example()),
            Self::Worded(words, of, _) => {
                format!("{{ {} = {} }}", words().first().copied().unwrap_or_default(), of.example())
            }
            Self::Text | Self::Value => "\"x\"".into(),
            Self::Table(_) | Self::Tables(_) | Self::Refused => String::new(),
        }
    }
}

impl Name {
    /// One such name, as TOML.
    pub(crate) fn example(&self) -> String {
        let name = match self {
            Self::Any => "a",
            Self::Like(_, example) => example,
            Self::Form(form) => form.example,
        };
        let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if is_bare { name.to_owned() } else { format!("{name:?}") }
    }
}
