//! Checks that a table is as its keys are declared.
//!
//! Takes a table, reports each key that does not exist, is missing, or has a value of another type, form or word. The reader of
//! a file reports what depends on another key or on another file.

use toml::de::DeValue;

use super::files::forms;
use super::forms::Form;
use super::shape::{Key, Name, Need, Shape, purposes};
use super::table::{Field, Table, Text};
use crate::author::names;
use crate::author::place::Place;
use crate::author::quoted::as_key;
use crate::words::Purpose;

/// True if every key and value of the table is as declared; each fault is reported.
pub(super) fn table(table: Table<'_>) -> bool {
    let keys = table.shape.keys();
    let strangers: Vec<&str> = table.fields().filter(|field| !is_known(*field, keys)).map(|field| field.key).collect();
    let mut is_sound = strangers.is_empty();
    for key in keys.iter().filter(|key| !table.has(key.name)) {
        let ask = match key.need {
            Need::No => continue,
            Need::Always(ask) => Some(ask),
            Need::Where(other, word, ask) if table.string(other).as_deref() == Some(word) => Some(ask),
            Need::Where(..) => continue,
            Need::Told => None,
        };
        is_sound = false;
        let is_misspelt = || strangers.iter().any(|stranger| names::closest(stranger, [key.name]).is_some());
        if let Some(ask) = ask.filter(|_| !is_misspelt()) {
            let fault = table.error("SV9007", table.place(), format!("`{}` is missing", key.name));
            table.source.report(match key.example {
                "" => fault.help(ask),
                example => fault.help(format!("{ask}, as in {} = {example}", key.name)),
            });
        }
    }
    for field in table.fields() {
        is_sound &= field.shape.is_some_and(|shape| fits(field, shape));
    }
    is_sound
}

/// True if the table can have this key; an unknown key is reported.
fn is_known(field: Field<'_>, keys: &'static [Key]) -> bool {
    let table = field.table;
    if let Shape::Map(Name::Form(form), _) = table.shape
        && !(form.fits)(field.key)
    {
        misfit(table, field.key_place(), form, field.key, as_key);
    }
    if field.shape.is_some() {
        return true;
    }
    let words = table.shape.words();
    let keys = keys.iter().filter(|key| !matches!(key.shape, Shape::Refused)).map(|key| key.name);
    let known: Vec<&str> = keys.chain(words.iter().copied()).collect();
    let (code, what, others) = match table.shape {
        Shape::Purposes(..) => ("SV5012", "purpose", ("purposes are", &words)),
        _ => ("SV9005", "key", ("keys here are", &known)),
    };
    let here = if code == "SV9005" { " here" } else { "" };
    let fault = table.error(code, field.key_place(), format!("there is no {what} `{}`{here}", field.key));
    table.source.report(match names::closest(field.key, known.iter().copied()) {
        Some(meant) => fault.meant(meant, meant),
        None => fault.help(format!("the {} {}", others.0, names::listed(others.1.iter().copied()))),
    });
    false
}

/// True if the value has this shape; each fault is reported.
pub(crate) fn fits(field: Field<'_>, shape: &'static Shape) -> bool {
    match shape {
        Shape::Text | Shape::Like(..) | Shape::WordOr(..) => text(field).is_some(),
        Shape::Form(form) => text(field).is_some_and(|text| is_of_form(text, form)),
        Shape::Word(words) => text(field).is_some_and(|text| text.word(&words(), |word| word).is_some()),
        Shape::Purpose => text(field).is_some_and(is_purpose),
        Shape::Flag => is_a(field, field.flag(), "`true` or `false`"),
        Shape::Whole(least, most) => is_whole(field, *least, *most),
        Shape::Number(least, most) => is_number(field) && is_within(field, *least, *most),
        Shape::Percent => is_number(field),
        Shape::Time => {
            let wanted = "a date or time without quotes, as in 2026-12-01T08:00:00Z";
            is_a(field, field.value.as_datetime(), wanted)
        }
        Shape::Day => match field.value.as_datetime() {
            Some(day) => {
                let is_day = (forms::DAY.fits)(&day.to_string());
                is_a(field, is_day.then_some(()), "a date without a time, as in 2027-03-01")
            }
            None => text(field).is_some_and(|text| is_of_form(text, &forms::DAY)),
        },
        Shape::List(item) | Shape::Filled(item) => items(field, item),
        Shape::Set(item) => items(field, item) & is_each_once(field),
        Shape::Pair(item) => {
            let is_pair = field.value.as_array().is_none_or(|items| items.len() == 2);
            items(field, item) && is_a(field, is_pair.then_some(()), "two numbers, as in [0, 100]")
        }
        Shape::Rows => items(field, &Shape::Text),
        Shape::Tables(_) => {
            let are = is_a(field, field.value.as_array(), &format!("an array of tables, [[{}]]", field.key));
            let tables = field.items().into_iter().map(|item| is_a(item, item.table(), "a table"));
            are & tables.fold(true, |all, one| all & one)
                & field.tables().into_iter().map(table).fold(true, |all, one| all & one)
        }
        Shape::Table(_) | Shape::Map(..) | Shape::Worded(..) | Shape::Purposes(..) => {
            is_a(field, field.table(), "a table") && field.table().is_some_and(table)
        }
        Shape::Dotted(of) if !field.value.is_table() && matches!(field.table.shape, Shape::Dotted(_)) => {
            fits(field, of)
        }
        Shape::Dotted(_) => {
            let inner = field.table().into_iter().flat_map(Table::fields);
            is_a(field, field.table(), "a table")
                & inner.map(|field| fits(field, shape)).fold(true, |all, one| all & one)
        }
        Shape::Any(shapes) => {
            let other = shapes.iter().find(|shape| shape.is_array() == field.value.is_array());
            other.or(shapes.first()).is_none_or(|shape| fits(field, shape))
        }
        Shape::Value | Shape::Refused => true,
    }
}

/// True if a value of the wanted type was found; a value of another type is reported.
pub(super) fn is_a<T>(field: Field<'_>, found: Option<T>, wanted: &str) -> bool {
    if found.is_some() {
        return true;
    }
    let found = match field.value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    field.report(field.error("SV9006", format!("`{}` must be {wanted}, not {found}", field.key)));
    false
}

fn text(field: Field<'_>) -> Option<Text<'_>> {
    field.text().or_else(|| {
        is_a(field, None::<()>, "a text in quotes");
        None
    })
}

fn is_of_form(text: Text<'_>, form: &Form) -> bool {
    let fits = (form.fits)(text.text);
    if !fits {
        misfit(text.field.table, text.field.place(), form, text.text, |meant| format!("\"{meant}\""));
    }
    fits
}

/// Reports a text that does not have the form.
pub(super) fn misfit(table: Table<'_>, place: Place, form: &Form, text: &str, written: fn(&str) -> String) {
    let fault = table.error(form.code, place, form.wrong.replace("{}", text));
    let fault = if form.why.is_empty() { fault } else { fault.why(form.why) };
    table.source.report(match (form.meant)(text) {
        Some(meant) => fault.meant(&meant, written(&meant)),
        None => fault.help(form.help),
    });
}

/// `storage` is a gate, not something to serve.
fn is_purpose(text: Text<'_>) -> bool {
    if text.text != Purpose::Storage.name() {
        return text.word(&purposes(), |word| word).is_some();
    }
    let what = "`storage` is not a purpose: it is the permission to use the device";
    text.refuse("SV5002", what, "write what the data is for, as in `personalization`");
    false
}

fn is_whole(field: Field<'_>, least: i64, most: i64) -> bool {
    if let DeValue::Integer(number) = field.value {
        let whole: Option<i64> = field.whole();
        let what = match whole {
            Some(number) if (least..=most).contains(&number) => return true,
            Some(number) => format!("`{}` must be from {least} to {most}, not {number}", field.key),
            None => format!("{number} does not fit in 64 bits"),
        };
        field.report(field.error("SV9006", what));
        return false;
    }
    is_a(field, None::<()>, "a whole number")
}

fn is_number(field: Field<'_>) -> bool {
    is_a(field, field.number(), "a number")
}

fn is_within(field: Field<'_>, least: f64, most: f64) -> bool {
    let is_within = field.number().is_some_and(|number| (least..=most).contains(&number));
    if !is_within {
        field.report(field.error("SV9006", format!("`{}` must be from {least} to {most}", field.key)));
    }
    is_within
}

fn items(field: Field<'_>, item: &'static Shape) -> bool {
    let all = field.items().into_iter().map(|field| fits(field, item)).fold(true, |all, one| all & one);
    is_a(field, field.value.as_array(), "an array in brackets") & all
}

fn is_each_once(field: Field<'_>) -> bool {
    let texts = field.texts();
    let again =
        texts.iter().enumerate().filter(|(at, text)| texts.iter().take(*at).any(|known| known.text == text.text));
    let again: Vec<_> = again.map(|(_, text)| *text).collect();
    for text in &again {
        text.report(text.error("SV9009", format!("`{}` is listed twice", text.text)).help("remove one of the two"));
    }
    again.is_empty()
}
