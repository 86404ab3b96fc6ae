//! `selvedge.toml`: what a site is called and what all its files share.
//!
//! Takes the file, gives the settings that every other file is checked against. It knows no attribute, slot or content.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::closed_sets;
use super::layers;
use super::names;
use super::read::Files;
use super::site::{Layer, Locales, Market, OnStale};
use super::table::{Field, Table, Text};
use super::times;
use crate::words::Purpose;

/// What all files share.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) environments: Vec<String>,
    pub(crate) pages: Option<PathBuf>,
    pub(crate) origin: Option<String>,
    pub(crate) on_stale: OnStale,
    pub(crate) locales: Locales,
    pub(crate) markets: Vec<Market>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) teams: Vec<String>,
    pub(crate) owner: Option<String>,
    pub(crate) purpose: Option<Purpose>,
}

pub(super) const KEYS: [&str; 11] = [
    "name",
    "environments",
    "pages",
    "origin",
    "on_stale",
    "teams",
    "locales",
    "markets",
    "defaults",
    "layers",
    "elsewhere",
];

/// What a site can do with a bundle past its expiry.
pub(super) const ON_STALE: [(OnStale, &str); 2] = [(OnStale::Keep, "keep"), (OnStale::Control, "control")];
pub(super) const DEFAULT_KEYS: [&str; 2] = ["owner", "purpose"];
pub(super) const LOCALE_KEYS: [&str; 3] = ["default", "all", "fallback"];
pub(super) const MARKET_KEYS: [&str; 2] = ["zone", "regions"];

/// Reads the settings.
pub(crate) fn settings(top: Table<'_>, files: &Files) -> Settings {
    top.only(&KEYS);
    let teams: Vec<String> = top.texts("teams").iter().map(|team| team.text.to_owned()).collect();
    let defaults = top.get("defaults").and_then(Field::table);
    if let Some(defaults) = defaults {
        defaults.only(&DEFAULT_KEYS);
    }
    let mut settings = Settings {
        name: name(top),
        environments: environments(top),
        pages: pages(top, files),
        origin: origin(top),
        on_stale: on_stale(top),
        locales: locales(top),
        markets: markets(top),
        layers: layers::layers(top),
        teams,
        owner: None,
        purpose: defaults.and_then(|table| table.text("purpose")).and_then(purpose),
    };
    settings.owner = defaults.and_then(|table| owner(table, &settings));
    if let (Some(_), Some(field)) = (&settings.pages, top.get("origin")) {
        let fault = top.error("SV9012", field.key_place(), "a site has `pages` or an `origin`, not both");
        top.source.report(fault.help("keep the one that holds the pages"));
    }
    settings
}

/// The accountable team of an object: its own, else the site's default. It must be one of the site's teams.
pub(crate) fn owner(table: Table<'_>, settings: &Settings) -> Option<String> {
    let Some(owner) = table.text("owner") else { return settings.owner.clone() };
    if !settings.teams.is_empty() && !settings.teams.iter().any(|team| team == owner.text) {
        let what = format!("there is no team `{}`", owner.text);
        owner.unknown("SV5001", what, settings.teams.iter().map(String::as_str));
    }
    Some(owner.text.to_owned())
}

/// The purpose with this name, or a diagnostic. `storage` is a gate, not something to serve.
pub(crate) fn purpose(name: Text<'_>) -> Option<Purpose> {
    let purpose = name.word(Purpose::ALL, Purpose::name)?;
    if purpose == Purpose::Storage {
        let fault = name.error("SV5002", "`storage` is no purpose: it is the gate for anything kept on the device");
        name.report(fault.help("name what the data is for, as in `personalization`"));
        return None;
    }
    Some(purpose)
}

/// A region that is a country or part of one, or a diagnostic.
pub(crate) fn region(code: Text<'_>) -> Option<String> {
    if closed_sets::is_region(code.text) {
        return Some(code.text.to_owned());
    }
    let what = format!("`{}` is not an ISO 3166 region", code.text);
    match closed_sets::usual_mistake(code.text) {
        Some(meant) => code
            .report(code.error("SV5003", what).help(format!("did you mean `{meant}`?")).mended(format!("\"{meant}\""))),
        None => code.unknown("SV5003", what, closed_sets::countries()),
    }
    None
}

fn name(top: Table<'_>) -> String {
    let Some(name) = top.need("name", "give the site a name, as in name = \"storefront\"").and_then(Field::text) else {
        return String::new();
    };
    if !names::is_plain(name.text, "-") {
        let fault = name.error("SV9008", format!("`{}` cannot be the name of a site", name.text));
        name.report(fault.help("use lower-case letters, digits and hyphens"));
    }
    name.text.to_owned()
}

fn environments(top: Table<'_>) -> Vec<String> {
    let Some(field) = top.get("environments") else { return vec!["development".into()] };
    let mut environments: Vec<String> = Vec::new();
    for name in field.texts() {
        if !names::is_plain(name.text, "-_") {
            let fault = name.error("SV9008", format!("`{}` cannot be the name of an environment", name.text));
            name.report(fault.help("use lower-case letters, digits and hyphens"));
        } else if environments.iter().any(|known| known == name.text) {
            name.report(name.error("SV9009", format!("`{}` is listed twice", name.text)).help("remove one of the two"));
        }
        environments.push(name.text.into());
    }
    if environments.is_empty() {
        field.report(field.error("SV9011", "a site needs an environment").help("leave the key out for `development`"));
    }
    environments
}

fn pages(top: Table<'_>, files: &Files) -> Option<PathBuf> {
    let pages = top.text("pages")?;
    let path = PathBuf::from(pages.text);
    let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if !inside || pages.text.is_empty() {
        let fault = pages.error("SV9013", format!("`{}` is not a folder inside the site", pages.text));
        pages.report(fault.help("name a folder beside selvedge.toml, as in \"pages\""));
    } else if !files.folders.contains(pages.text.split('/').next().unwrap_or_default()) {
        let fault = pages.error("SV9013", format!("there is no folder `{}`", pages.text));
        pages.report(fault.help("create it, or remove the key"));
    }
    Some(path)
}

fn origin(top: Table<'_>) -> Option<String> {
    let origin = top.text("origin")?;
    let host = origin.text.strip_prefix("https://").or_else(|| origin.text.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '@' || c == '#')) {
        let fault = origin.error("SV9014", format!("`{}` is not the address of an origin", origin.text));
        origin.report(fault.help("write scheme and host, as in \"https://shop.example\""));
    }
    Some(origin.text.to_owned())
}

fn on_stale(top: Table<'_>) -> OnStale {
    top.text("on_stale")
        .and_then(|text| text.word(&ON_STALE, |choice| choice.1))
        .map(|choice| choice.0)
        .unwrap_or_default()
}

fn locales(top: Table<'_>) -> Locales {
    let help = "add [locales] with default = \"en\": every content item has this locale";
    let Some(table) = top.need("locales", help).and_then(Field::table) else { return Locales::default() };
    table.only(&LOCALE_KEYS);
    let default = table.need("default", help).and_then(Field::text);
    let mut all: BTreeSet<String> = BTreeSet::new();
    for locale in table.texts("all").into_iter().chain(default.filter(|_| table.get("all").is_none())) {
        if !names::is_locale(locale.text) {
            not_a_locale(locale);
        } else if !all.insert(locale.text.into()) {
            locale.report(
                locale.error("SV9009", format!("`{}` is listed twice", locale.text)).help("remove one of the two"),
            );
        }
    }
    if let Some(default) = default.filter(|default| !all.contains(default.text)) {
        let fault = default.error("SV7003", format!("the default locale `{}` is not in `all`", default.text));
        default.report(fault.help(format!("add \"{}\" to `all`", default.text)));
    }
    let fallback = table.get("fallback").and_then(Field::table).map(|table| fallback(table, &all)).unwrap_or_default();
    Locales {
        default: default.map(|text| text.text.to_owned()).unwrap_or_default(),
        all: all.into_iter().collect(),
        fallback,
    }
}

/// Reports a text that should be a locale.
pub(crate) fn not_a_locale(text: Text<'_>) {
    let fault = text.error("SV7002", format!("`{}` is not a BCP 47 locale", text.text));
    let fault = fault.help("write a language and, if needed, a region: `de`, `de-AT`");
    text.report(match names::as_locale(text.text) {
        Some(meant) => fault.mended(format!("\"{meant}\"")),
        None => fault,
    });
}

fn fallback(table: Table<'_>, all: &BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut chains = BTreeMap::new();
    for field in table.fields() {
        if !names::is_locale(field.key) {
            let place = field.key_place();
            table.source.report(table.error("SV7002", place, format!("`{}` is not a BCP 47 locale", field.key)));
        }
        let chain = field.texts();
        for locale in chain.iter().filter(|locale| !all.contains(locale.text)) {
            let what = format!("`{}` is not one of the site's locales", locale.text);
            locale.unknown("SV7004", what, all.iter().map(String::as_str));
        }
        chains.insert(field.key.to_owned(), chain.iter().map(|locale| locale.text.to_owned()).collect());
    }
    chains
}

fn markets(top: Table<'_>) -> Vec<Market> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut markets: Vec<Market> = Vec::new();
    for field in top.get("markets").and_then(Field::table).into_iter().flat_map(Table::fields) {
        let Some(table) = field.table() else { continue };
        table.only(&MARKET_KEYS);
        let zone =
            table.need("zone", "name the market's IANA time zone, as in \"Europe/Berlin\"").and_then(Field::text);
        let zone = zone.filter(|name| times::zone(*name).is_some()).map(|name| name.text.to_owned());
        let mut regions = Vec::new();
        for code in
            table.need("regions", "list its regions, as in [\"DE\", \"AT\"]").map(Field::texts).unwrap_or_default()
        {
            regions.extend(region(code));
            if let Some(other) = taken.insert(code.text.to_owned(), field.key) {
                let what = format!("`{}` is in the markets `{other}` and `{}`", code.text, field.key);
                code.report(
                    code.error("SV7010", what).why("a region has one time zone").help("keep it in one of them"),
                );
            }
        }
        markets.push(Market { name: field.key.to_owned(), zone: zone.unwrap_or_default(), regions });
    }
    markets.sort_by(|a, b| a.name.cmp(&b.name));
    markets
}
