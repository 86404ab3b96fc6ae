//! A typed reader over TOML that knows where everything stands, and how it is declared.
//!
//! Takes a parsed table and its declaration, gives values of the wanted type. [`super::check`] reports each value that is not as
//! declared, so a value of another type reads here as if it were not there.

use std::ops::{Deref, Range};
use std::str::FromStr;
use std::sync::LazyLock;

use toml::de::{DeTable, DeValue};

use super::shape::Shape;
use crate::author::diagnostic::Diagnostic;
use crate::author::names;
use crate::author::place::Place;
use crate::author::source::Source;
use crate::words::{Purpose, Purposes};

/// The parsed file. Syntax errors are reported here, all of them up to a limit; what could be read goes on.
pub(crate) fn parse<'a>(source: &Source<'a>) -> DeTable<'a> {
    let (root, errors) = DeTable::parse_recoverable(source.text);
    for error in errors.iter().take(SYNTAX_ERRORS_MAX) {
        let place = source.place(error.span().unwrap_or(0..0));
        if error.message() == "duplicate key" {
            let key = source.text.get(place.span.clone()).unwrap_or_default().to_owned();
            source.report_broken(
                Diagnostic::error("SV9009", place, format!("`{key}` is defined twice"))
                    .help("keep one of the two, or rename one"),
            );
        } else {
            let line =
                source.text.get(..place.span.start).map_or("", |before| before.rsplit('\n').next().unwrap_or(""));
            let rest = source.text.get(place.span.start..).unwrap_or_default().lines().next().unwrap_or_default();
            let fault = Diagnostic::error("SV9004", place, format!("this is not TOML: {}", error.message()));
            source.report_broken(match unquoted(&format!("{line}{rest}")) {
                Some(meant) => fault
                    .why("the first inner quote ends the text")
                    .help(format!("put a row in single quotes, as in {meant}")),
                None => fault,
            });
        }
    }
    root.into_inner()
}

/// A row in double quotes with a text in double quotes inside: `"a == "b""`, in single quotes.
fn unquoted(line: &str) -> Option<String> {
    let start = line.find('"')?;
    let (row, end) = line.get(start + 1..)?.split_once("\"\"")?;
    let is_row = row.matches('"').count() == 1 && ["==", "!=", " in "].iter().any(|by| row.contains(by));
    (is_row && !end.contains('"') && !row.contains('\'')).then(|| format!("'{row}\"'"))
}

/// After that many, one more syntax error has no use.
const SYNTAX_ERRORS_MAX: usize = 20;

/// A table and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) entries: &'a DeTable<'a>,
    /// The team to name in diagnostics.
    pub(crate) owner: Option<&'a str>,
    /// What it may hold.
    pub(crate) shape: &'static Shape,
    at: (usize, usize),
}

/// A value under a key.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) table: Table<'a>,
    pub(crate) key: &'a str,
    pub(crate) value: &'a DeValue<'a>,
    /// The shape of its values, if the key is declared.
    pub(crate) shape: Option<&'static Shape>,
    key_at: (usize, usize),
    at: (usize, usize),
}

/// A text and the field it came from.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    /// The text, without quotes and escapes.
    pub(crate) text: &'a str,
    /// Its source and span.
    pub(crate) field: Field<'a>,
}

impl<'a> Table<'a> {
    /// The top of a file.
    pub(crate) fn root(source: &'a Source<'a>, entries: &'a DeTable<'a>, shape: &'static Shape) -> Self {
        Self { source, entries, owner: None, shape, at: (0, 0) }
    }

    /// The same with its own owner, or the site's default one. Diagnostics name this team.
    pub(super) fn owned(self, default: Option<&'a str>) -> Self {
        Self { owner: self.entries.get("owner").and_then(|value| value.get_ref().as_str()).or(default), ..self }
    }

    /// The same, with no team to name.
    pub(crate) fn unowned(self) -> Self {
        Self { owner: None, ..self }
    }

    /// The same as a table of this shape.
    pub(super) fn of(self, shape: &'static Shape) -> Self {
        Self { shape, ..self }
    }

    /// The place of the table: its heading.
    pub(crate) fn place(&self) -> Place {
        self.source.place(self.at.0..self.at.1)
    }

    /// Everything in it, in the order of the file.
    pub(crate) fn fields(self) -> impl Iterator<Item = Field<'a>> {
        self.entries.iter().map(move |(key, value)| self.field(key, value))
    }

    fn field(self, key: &'a toml::Spanned<toml::de::DeString<'a>>, value: &'a toml::Spanned<DeValue<'a>>) -> Field<'a> {
        let ends = |span: Range<usize>| (span.start, span.end);
        let shape = self.shape.below(key.get_ref());
        Field {
            table: self,
            key: key.get_ref(),
            value: value.get_ref(),
            shape,
            key_at: ends(key.span()),
            at: ends(value.span()),
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(crate) fn get(self, key: &str) -> Option<Field<'a>> {
        debug_assert!(self.shape.below(key).is_some(), "`{key}` is read, and no row declares it");
        self.entries.get_key_value(key).map(|(key, value)| self.field(key, value))
    }

    /// The text under `key`.
    pub(crate) fn text(self, key: &str) -> Option<Text<'a>> {
        self.get(key)?.text()
    }

    /// The text under `key`, or the declared one where it is left out.
    pub(crate) fn string(self, key: &str) -> Option<String> {
        self.text(key).map(|text| text.text).or_else(|| self.default(key)).map(str::to_owned)
    }

    /// The member of a closed list under `key`, or the declared one.
    pub(crate) fn word<T>(self, key: &str, from_name: impl Fn(&str) -> Option<T>) -> Option<T> {
        from_name(self.text(key).map(|text| text.text).or_else(|| self.default(key))?)
    }

    /// The whole number under `key`, or the declared one.
    pub(crate) fn whole<T: TryFrom<i64> + FromStr>(self, key: &str) -> Option<T> {
        match self.get(key) {
            Some(field) => T::try_from(field.whole()?).ok(),
            None => self.default(key)?.parse().ok(),
        }
    }

    /// True if the value under `key` is `true`.
    pub(crate) fn flag(self, key: &str) -> bool {
        self.get(key).and_then(Field::flag) == Some(true)
    }

    /// The texts of the array under `key`.
    pub(crate) fn texts(self, key: &str) -> Vec<Text<'a>> {
        self.get(key).map(Field::texts).unwrap_or_default()
    }

    pub(crate) fn strings(self, key: &str) -> Vec<String> {
        self.texts(key).iter().map(|text| text.text.to_owned()).collect()
    }

    /// The purposes of the array under `key`.
    pub(crate) fn purposes(self, key: &str) -> Purposes {
        self.texts(key).iter().filter_map(|text| Purpose::from_name(text.text)).collect()
    }

    pub(crate) fn table(self, key: &str) -> Option<Self> {
        self.get(key)?.table()
    }

    /// The tables of the array under `key`.
    pub(crate) fn tables(self, key: &str) -> Vec<Self> {
        self.get(key).map(Field::tables).unwrap_or_default()
    }

    /// The table under `key`, or an empty one: each key of that has its default.
    pub(crate) fn section(self, key: &str) -> Self {
        static EMPTY: LazyLock<DeTable<'static>> = LazyLock::new(DeTable::new);
        let shape = self.shape.below(key).unwrap_or(&Shape::Value);
        self.table(key).unwrap_or(Self { entries: &EMPTY, shape, ..self })
    }

    /// Everything in the table under `key`.
    pub(crate) fn inside(self, key: &str) -> impl Iterator<Item = Field<'a>> {
        self.section(key).fields()
    }

    /// The tables by name in the table under `key`.
    pub(crate) fn named(self, key: &str) -> impl Iterator<Item = (Field<'a>, Self)> {
        self.inside(key).filter_map(|field| Some((field, field.table()?)))
    }

    /// Every value below `key` by its dotted name; keys are dotted, nested, or both. A table whose name `is_name` is a value too.
    pub(crate) fn leaves(self, key: &str, is_name: impl Fn(&str) -> bool) -> Vec<(String, Field<'a>)> {
        let (mut leaves, mut waiting) = (Vec::new(), vec![(String::new(), self.section(key))]);
        while let Some((prefix, table)) = waiting.pop() {
            for field in table.fields() {
                let name = format!("{prefix}{}", field.key);
                match field.table().filter(|_| !is_name(&name)) {
                    Some(inner) => waiting.push((format!("{name}."), inner)),
                    None => leaves.push((name, field)),
                }
            }
        }
        leaves
    }

    /// The declared default of a key that is left out.
    fn default(self, key: &str) -> Option<&'static str> {
        let row = self.shape.keys().iter().find(|row| row.name == key)?;
        Some(row.default.trim_matches('"')).filter(|default| !default.is_empty() && !self.has(key))
    }

    /// An error somewhere in this table's file.
    pub(crate) fn error(&self, code: &'static str, place: Place, what: impl Into<String>) -> Diagnostic {
        Diagnostic { owner: self.owner.map(str::to_owned), ..Diagnostic::error(code, place, what) }
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.source.report(diagnostic);
    }

    /// Reports an error of the whole table, and the way out.
    pub(crate) fn refuse(&self, code: &'static str, what: impl Into<String>, help: impl Into<String>) {
        self.report(self.error(code, self.place(), what).help(help));
    }
}

impl<'a> Field<'a> {
    pub(crate) fn place(&self) -> Place {
        self.table.source.place(self.span())
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.at.0..self.at.1
    }

    pub(crate) fn key_place(&self) -> Place {
        self.table.source.place(self.key_at.0..self.key_at.1)
    }

    pub(crate) fn error(&self, code: &'static str, what: impl Into<String>) -> Diagnostic {
        self.table.error(code, self.place(), what)
    }

    pub(crate) fn key_error(&self, code: &'static str, what: impl Into<String>) -> Diagnostic {
        self.table.error(code, self.key_place(), what)
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.table.report(diagnostic);
    }

    /// Reports an error at the value, and the way out.
    pub(crate) fn refuse(&self, code: &'static str, what: impl Into<String>, help: impl Into<String>) {
        self.report(self.error(code, what).help(help));
    }

    /// Reports an error at the key, and the way out.
    pub(crate) fn refuse_key(&self, code: &'static str, what: impl Into<String>, help: impl Into<String>) {
        self.report(self.key_error(code, what).help(help));
    }

    pub(crate) fn text(self) -> Option<Text<'a>> {
        Some(Text { text: self.value.as_str()?, field: self })
    }

    pub(crate) fn flag(self) -> Option<bool> {
        self.value.as_bool()
    }

    pub(crate) fn whole(self) -> Option<i64> {
        let number = self.value.as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// The number, whole or not.
    pub(crate) fn number(self) -> Option<f64> {
        let float = self.value.as_float().and_then(|number| number.as_str().parse().ok());
        float.or_else(|| self.whole().map(|number| number as f64)).filter(|number: &f64| number.is_finite())
    }

    pub(crate) fn table(self) -> Option<Table<'a>> {
        let at = if self.at.0 < self.key_at.0 { self.at } else { self.key_at };
        let shape = self.shape.unwrap_or(&Shape::Value);
        Some(Table { entries: self.value.as_table()?, at, shape, ..self.table })
    }

    pub(crate) fn items(self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flat_map(|items| items.iter());
        items.map(|item| Self { value: item.get_ref(), at: (item.span().start, item.span().end), ..self }).collect()
    }

    pub(crate) fn texts(self) -> Vec<Text<'a>> {
        self.items().into_iter().filter_map(Field::text).collect()
    }

    pub(crate) fn tables(self) -> Vec<Table<'a>> {
        self.items().into_iter().filter_map(|item| Some(Table { at: item.at, ..item.table()? })).collect()
    }
}

impl Text<'_> {
    /// The member of a closed list with this name, or a diagnostic.
    pub(crate) fn word<T: Copy>(&self, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let found = all.iter().copied().find(|member| name(*member) == self.text);
        if found.is_none() {
            let what = format!("`{}` cannot be `{}`", self.field.key, self.text);
            self.unknown("SV9010", what, all.iter().map(|member| name(*member)));
        }
        found
    }

    /// Reports that this is not one of the names there are.
    pub(crate) fn unknown<'n>(&self, code: &'static str, what: String, names: impl Iterator<Item = &'n str> + Clone) {
        let fault = self.error(code, what);
        self.report(match names::closest(self.text, names.clone()) {
            Some(meant) => fault.meant(meant, format!("\"{meant}\"")),
            None if names.clone().next().is_none() => fault.help("none is declared yet"),
            None => fault.help(format!("there are {}", names::listed(names))),
        });
    }
}

impl<'a> Deref for Text<'a> {
    type Target = Field<'a>;

    fn deref(&self) -> &Field<'a> {
        &self.field
    }
}
