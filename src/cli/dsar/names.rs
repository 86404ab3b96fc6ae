//! Names of countries and languages in the languages of an answer.

use super::lang::Lang;
use crate::author::site::Attribute;

/// A line for each code: code, English name, German name. Countries are upper case, languages lower case.
const NAMES: &str = include_str!("names.tsv");

/// The 27 states of the European Union, and Iceland, Liechtenstein and Norway.
const EEA: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

/// The name of a country or a language.
pub(super) fn named(lang: Lang, code: &str) -> Option<&'static str> {
    let mut columns =
        NAMES.lines().map(|line| line.split('\t')).find(|columns| columns.clone().next() == Some(code))?;
    columns.nth(lang.say(1, 2))
}

/// A region in words: `United States, CA` of `US-CA`.
pub(super) fn region(lang: Lang, code: &str) -> String {
    let (country, part) = code.split_once('-').map_or((code, None), |(country, part)| (country, Some(part)));
    match (named(lang, country), part) {
        (Some(name), None) => name.to_owned(),
        (Some(name), Some(part)) => format!("{name}, {part}"),
        (None, _) => code.to_owned(),
    }
}

/// True if a country is one of the European Economic Area; `None` if the code is no country.
pub(super) fn is_in_eea(code: &str) -> Option<bool> {
    named(Lang::En, code)?;
    Some(EEA.split(' ').any(|known| known == code))
}

/// True if the values of an attribute are codes that have a name.
pub(super) fn is_coded(attribute: &Attribute) -> bool {
    // A set of two small letters may be `no` and `is` of a site's own.
    let is_listed = |code: &String| NAMES.lines().any(|line| line.split('\t').next() == Some(code));
    let is_upper = attribute.values.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_uppercase()));
    !attribute.values.is_empty() && (is_upper || attribute.values.len() > 100) && attribute.values.iter().all(is_listed)
}
