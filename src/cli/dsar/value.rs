//! A value in words: nothing is added that neither the record nor the site's files say.

use super::lang::Lang;
use super::names;
use crate::author::site::Attribute;
use crate::cli::replay::as_json;
use crate::words::time::format_rfc3339;
use crate::words::{Source, Value, ValueType};

/// The value in the language of the answer. A text of the site's own stands in quotation marks, as it has no translation.
pub(super) fn in_words(lang: Lang, attribute: Option<&Attribute>, value: &Value) -> String {
    match value {
        Value::Bool(true) => lang.say("yes", "ja").to_owned(),
        Value::Bool(false) => lang.say("no", "nein").to_owned(),
        Value::Int(ms) if attribute.is_some_and(|one| one.value_type == ValueType::Timestamp) => {
            lang.day(&format_rfc3339(*ms))
        }
        Value::Int(number) => grouped(lang, &number.to_string()),
        Value::Double(number) => grouped(lang, &number.to_string()),
        Value::Text(text) => word(lang, attribute, text),
        Value::List(items) if items.is_empty() => nothing(lang),
        Value::List(items) => items.iter().map(|item| word(lang, attribute, item)).collect::<Vec<_>>().join(" + "),
        other => as_json(other).to_string(),
    }
}

fn word(lang: Lang, attribute: Option<&Attribute>, text: &str) -> String {
    let device = attribute.is_some_and(|one| one.source == Source::Request && one.name == "request.device");
    match text {
        "" => nothing(lang),
        "desktop" if device => lang.say("computer", "Computer").to_owned(),
        "mobile" if device => lang.say("mobile phone", "Mobiltelefon").to_owned(),
        "tablet" if device => lang.say("tablet", "Tablet").to_owned(),
        code => {
            let name = attribute.filter(|one| names::is_coded(one)).and_then(|_| names::named(lang, code));
            name.map_or_else(|| lang.quoted(code), str::to_owned)
        }
    }
}

fn nothing(lang: Lang) -> String {
    lang.say("none", "keine Angabe").to_owned()
}

/// `19,200.5` of `19200.5`.
pub(super) fn grouped(lang: Lang, number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(lang.say(',', '.'));
        }
        out.push(digit);
    }
    match rest {
        Some(rest) => format!("{out}{}{rest}", lang.say('.', ',')),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_has_them() {
        for (number, en, de) in [
            ("0", "0", "0"),
            ("999", "999", "999"),
            ("19200", "19,200", "19.200"),
            ("-1234567", "-1,234,567", "-1.234.567"),
            ("114.5", "114.5", "114,5"),
        ] {
            assert_eq!((grouped(Lang::En, number).as_str(), grouped(Lang::De, number).as_str()), (en, de));
        }
    }
}
