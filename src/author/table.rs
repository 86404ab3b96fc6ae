//! A typed reader over TOML that knows where everything stands.
//!
//! Takes a parsed table and the keys it may have, gives values of the wanted type; whatever is missing, misspelt or of another
//! type becomes a diagnostic. It knows nothing of what the keys mean.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostic;
use super::names;
use super::site::Place;
use super::source::Source;

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
            source.report_broken(Diagnostic::error("SV9004", place, format!("this is not TOML: {}", error.message())));
        }
    }
    root.into_inner()
}

/// After that many one more syntax error tells nobody anything.
const SYNTAX_ERRORS_MAX: usize = 20;

/// A table and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    /// Its file.
    pub(crate) source: &'a Source<'a>,
    /// What it holds.
    pub(crate) entries: &'a DeTable<'a>,
    /// The team to name in diagnostics.
    pub(crate) owner: Option<&'a str>,
    at: (usize, usize),
}

/// A value under a key.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    /// The table that it is in.
    pub(crate) table: Table<'a>,
    /// Its key.
    pub(crate) key: &'a str,
    /// What it is.
    pub(crate) value: &'a DeValue<'a>,
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
    pub(crate) fn root(source: &'a Source<'a>, entries: &'a DeTable<'a>) -> Self {
        Self { source, entries, owner: None, at: (0, 0) }
    }

    /// The same with its own owner, or the site's default one, whom diagnostics name.
    pub(crate) fn owned(self, default: Option<&'a str>) -> Self {
        Self { owner: self.get("owner").and_then(|field| field.value.as_str()).or(default), ..self }
    }

    /// Where it stands: its heading.
    pub(crate) fn place(&self) -> Place {
        self.source.place(self.at.0..self.at.1)
    }

    /// Reports every key that is not one of `known`.
    pub(crate) fn only(&self, known: &[&str]) {
        for field in self.fields().filter(|field| !known.contains(&field.key)) {
            let fault = self.error("SV9005", field.key_place(), format!("there is no key `{}` here", field.key));
            self.source.strangers.borrow_mut().insert(field.key_at.0);
            self.source.report(match names::closest(field.key, known.iter().copied()) {
                Some(meant) => fault.help(format!("did you mean `{meant}`?")).mended(meant),
                None => fault.help(format!("the keys here are {}", names::listed(known.iter().copied()))),
            });
        }
    }

    /// Everything in it, in the order of the file.
    pub(crate) fn fields(self) -> impl Iterator<Item = Field<'a>> {
        self.entries.iter().map(move |(key, value)| {
            let (key_span, span) = (key.span(), value.span());
            let key_at = (key_span.start, key_span.end);
            Field { table: self, key: key.get_ref(), value: value.get_ref(), key_at, at: (span.start, span.end) }
        })
    }

    /// What is under `key`.
    pub(crate) fn get(self, key: &str) -> Option<Field<'a>> {
        let (key, value) = self.entries.get_key_value(key)?;
        let (key_span, span) = (key.span(), value.span());
        let key_at = (key_span.start, key_span.end);
        Some(Field { table: self, key: key.get_ref(), value: value.get_ref(), key_at, at: (span.start, span.end) })
    }

    /// What is under `key`, or a diagnostic that it is missing. A key that is only misspelt is reported by [`Table::only`].
    pub(crate) fn need(self, key: &str, help: &str) -> Option<Field<'a>> {
        let field = self.get(key);
        let is_stranger = |field: &Field<'_>| self.source.strangers.borrow().contains(&field.key_at.0);
        let is_misspelt = |field: Field<'_>| is_stranger(&field) && names::closest(field.key, [key]).is_some();
        if field.is_none() && !self.fields().any(is_misspelt) {
            let fault = self.error("SV9007", self.place(), format!("`{key}` is missing"));
            self.source.report(fault.help(help));
        }
        field
    }

    /// The text under `key`.
    pub(crate) fn text(self, key: &str) -> Option<Text<'a>> {
        self.get(key)?.text()
    }

    /// The text under `key`, owned.
    pub(crate) fn string(self, key: &str) -> Option<String> {
        self.text(key).map(|found| found.text.to_owned())
    }

    /// The texts of the array under `key`.
    pub(crate) fn texts(self, key: &str) -> Vec<Text<'a>> {
        self.get(key).map(Field::texts).unwrap_or_default()
    }

    /// An error somewhere in this table's file.
    pub(crate) fn error(&self, code: &'static str, place: Place, what: impl Into<String>) -> Diagnostic {
        Diagnostic { owner: self.owner.map(str::to_owned), ..Diagnostic::error(code, place, what) }
    }
}

impl<'a> Field<'a> {
    /// Where the value stands.
    pub(crate) fn place(&self) -> Place {
        self.table.source.place(self.span())
    }

    /// The bytes of the value.
    pub(crate) fn span(&self) -> Range<usize> {
        self.at.0..self.at.1
    }

    /// Where the key stands.
    pub(crate) fn key_place(&self) -> Place {
        self.table.source.place(self.key_at.0..self.key_at.1)
    }

    /// An error at the value.
    pub(crate) fn error(&self, code: &'static str, what: impl Into<String>) -> Diagnostic {
        self.table.error(code, self.place(), what)
    }

    /// Reports.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.table.source.report(diagnostic);
    }

    /// The text, or a diagnostic.
    pub(crate) fn text(self) -> Option<Text<'a>> {
        let DeValue::String(text) = self.value else { return self.wrong("a text in quotes") };
        Some(Text { text, field: self })
    }

    /// The truth value, or a diagnostic.
    pub(crate) fn flag(self) -> Option<bool> {
        self.value.as_bool().or_else(|| self.wrong("`true` or `false`"))
    }

    /// The whole number, or a diagnostic.
    pub(crate) fn whole(self) -> Option<i64> {
        let DeValue::Integer(number) = self.value else { return self.wrong("a whole number") };
        let whole = i64::from_str_radix(number.as_str(), number.radix()).ok();
        if whole.is_none() {
            self.report(self.error("SV9006", format!("{number} does not fit in 64 bits")));
        }
        whole
    }

    /// The whole number from `min` to `max`, or a diagnostic.
    pub(crate) fn whole_within(self, min: i64, max: i64) -> Option<i64> {
        let number = self.whole()?;
        if (min..=max).contains(&number) {
            return Some(number);
        }
        self.report(self.error("SV9006", format!("`{}` must be from {min} to {max}, not {number}", self.key)));
        None
    }

    /// The number, whole or not, or a diagnostic.
    pub(crate) fn number(self) -> Option<f64> {
        let number = match self.value {
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            DeValue::Integer(_) => self.whole().map(|number| number as f64),
            _ => None,
        };
        number.filter(|number| number.is_finite()).or_else(|| self.wrong("a number"))
    }

    /// The table, or a diagnostic.
    pub(crate) fn table(self) -> Option<Table<'a>> {
        let DeValue::Table(entries) = self.value else { return self.wrong("a table") };
        let at = if self.at.0 < self.key_at.0 { self.at } else { self.key_at };
        Some(Table { entries, at, ..self.table })
    }

    /// The items of an array, or a diagnostic.
    pub(crate) fn items(self) -> Vec<Field<'a>> {
        let DeValue::Array(items) = self.value else {
            self.wrong::<()>("an array in brackets");
            return Vec::new();
        };
        items
            .iter()
            .map(|item| {
                let span = item.span();
                Field { value: item.get_ref(), at: (span.start, span.end), ..self }
            })
            .collect()
    }

    /// The texts of an array, or diagnostics.
    pub(crate) fn texts(self) -> Vec<Text<'a>> {
        self.items().into_iter().filter_map(Field::text).collect()
    }

    /// The tables of an array of tables, or diagnostics.
    pub(crate) fn tables(self) -> Vec<Table<'a>> {
        let DeValue::Array(_) = self.value else {
            self.wrong::<()>(&format!("an array of tables, [[{}]]", self.key));
            return Vec::new();
        };
        self.items().into_iter().filter_map(|item| Some(Table { at: item.at, ..item.table()? })).collect()
    }

    /// Reports that the value should have been `wanted`.
    pub(crate) fn wrong<T>(&self, wanted: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.report(self.error("SV9006", format!("`{}` must be {wanted}, not {found}", self.key)));
        None
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
        let fault = self.field.error(code, what);
        self.field.report(match names::closest(self.text, names.clone()) {
            Some(meant) => fault.help(format!("did you mean `{meant}`?")).mended(format!("\"{meant}\"")),
            None if names.clone().next().is_none() => fault.help("none is declared yet"),
            None => fault.help(format!("there are {}", names::listed(names))),
        });
    }

    /// An error at the text.
    pub(crate) fn error(&self, code: &'static str, what: impl Into<String>) -> Diagnostic {
        self.field.error(code, what)
    }

    /// Reports.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.field.report(diagnostic);
    }
}
