//! `selvedge.toml`: what a site is called and what all its files share.
//!
//! Takes the file, gives the settings that every other file is checked against. It knows no attribute, slot or content.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, PathBuf};

use super::keys::{Table, Text};
use super::read::Files;
use super::site::{Locales, Market, OnStale, Site};
use super::{approvals, layers, names, times};
use crate::bundle::manifest::EVERY_LOCALE;
use crate::words::Purpose;

/// The end of a chain of locales, as it is written.
pub(crate) const CONTROL: &str = "control";

/// What all files share.
#[derive(Default)]
pub(crate) struct Settings {
    /// The site as far as this file says it.
    pub(crate) site: Site,
    pub(crate) owner: Option<String>,
    pub(crate) purpose: Option<Purpose>,
}

/// Reads the settings.
pub(crate) fn settings(top: Table<'_>, files: &Files) -> Settings {
    let defaults = top.section("defaults");
    let site = Site {
        name: top.string("name").unwrap_or_default(),
        environments: environments(top),
        pages: pages(top, files),
        origin: top.string("origin"),
        on_stale: top.word("on_stale", OnStale::from_name).unwrap_or_default(),
        locales: locales(top),
        markets: markets(top),
        layers: layers::layers(top),
        approvals: approvals::approvals(top),
        teams: top.strings("teams"),
        ..Site::default()
    };
    let mut settings = Settings { site, owner: None, purpose: defaults.word("purpose", Purpose::from_name) };
    settings.owner = owner(defaults, &settings);
    if let (Some(_), Some(field)) = (&settings.site.pages, top.get("origin")) {
        field.refuse_key("SV9012", "a site has `pages` or an `origin`, not both", "keep the one that holds the pages");
    }
    settings
}

/// The accountable team of an object: its own, else the site's default. It must be one of the site's teams.
pub(crate) fn owner(table: Table<'_>, settings: &Settings) -> Option<String> {
    // A team that does not exist cannot fix anything.
    let Some(owner) = table.unowned().text("owner") else { return settings.owner.clone() };
    if !settings.site.teams.is_empty() && !settings.site.teams.iter().any(|team| team == owner.text) {
        let what = format!("there is no team `{}`", owner.text);
        owner.unknown("SV5001", what, settings.site.teams.iter().map(String::as_str));
    }
    Some(owner.text.to_owned())
}

fn environments(top: Table<'_>) -> Vec<String> {
    let environments = top.strings("environments");
    match top.get("environments") {
        None => top.string("environments").into_iter().collect(),
        Some(field) => {
            if environments.is_empty() && field.value.is_array() {
                field.refuse("SV9011", "a site needs an environment", "leave the key out for `development`");
            }
            environments
        }
    }
}

fn pages(top: Table<'_>, files: &Files) -> Option<PathBuf> {
    let pages = top.text("pages")?;
    let path = PathBuf::from(pages.text);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || pages.text.is_empty() {
        let what = format!("`{}` is not a folder inside the site", pages.text);
        pages.refuse("SV9013", what, "name a folder beside selvedge.toml, as in \"pages\"");
    } else if !files.folders.contains(pages.text.split('/').next().unwrap_or_default()) {
        pages.refuse("SV9013", format!("there is no folder `{}`", pages.text), "create it, or remove the key");
    }
    Some(path)
}

fn locales(top: Table<'_>) -> Locales {
    let Some(table) = top.table("locales") else { return Locales::default() };
    let default = table.text("default");
    let mut all: BTreeSet<String> = table.strings("all").into_iter().filter(|name| names::is_locale(name)).collect();
    if !table.has("all") {
        all.extend(default.map(|text| text.text.to_owned()));
    }
    if let Some(default) = default.filter(|default| !all.contains(default.text)) {
        let what = format!("the default locale `{}` is not in `all`", default.text);
        default.refuse("SV7003", what, format!("add \"{}\" to `all`", default.text));
    }
    let chains = table.inside("fallback").map(|field| {
        let chain: Vec<Text<'_>> = field.texts();
        for locale in chain.iter().filter(|locale| !all.contains(locale.text) && locale.text != CONTROL) {
            let what = format!("`{}` is not one of the site's locales", locale.text);
            locale.unknown("SV7004", what, all.iter().map(String::as_str).chain([CONTROL]));
        }
        let behind = chain.iter().skip_while(|locale| locale.text != CONTROL).nth(1);
        if let Some(behind) = behind {
            let fault = behind.error("SV7018", format!("`{}` stands behind `{CONTROL}`", behind.text));
            let fault = fault.why("the origin's own content is shown where a chain ends, so nothing behind is tried");
            behind.report(fault.help(format!("put `{CONTROL}` last, or remove it")));
        }
        (field.key.to_owned(), chain.iter().map(|locale| locale.text.to_owned()).collect())
    });
    Locales {
        default: default.map(|text| text.text.to_owned()).unwrap_or_default(),
        fallback: chains.collect(),
        all: all.into_iter().collect(),
    }
}

impl Locales {
    /// True if a visitor of any language may be left with the origin's own content, so that no content needs the default locale.
    pub(super) fn end_everywhere(&self) -> bool {
        self.fallback.get(EVERY_LOCALE).is_some_and(|chain| chain.iter().any(|locale| locale == CONTROL))
    }
}

fn markets(top: Table<'_>) -> Vec<Market> {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    let mut markets: Vec<Market> = Vec::new();
    for (field, table) in top.named("markets") {
        let zone = table.text("zone").filter(|name| times::zone(*name).is_some());
        for code in table.texts("regions") {
            if let Some(other) = taken.insert(code.text, field.key) {
                let what = format!("`{}` is in the markets `{other}` and `{}`", code.text, field.key);
                let fault = code.error("SV7010", what).why("a region has one time zone");
                code.report(fault.help("keep it in one of them"));
            }
        }
        let zone = zone.map(|name| name.text.to_owned()).unwrap_or_default();
        markets.push(Market {
            name: field.key.to_owned(),
            zone,
            regions: table.strings("regions"),
            holidays: Vec::new(),
        });
    }
    markets.sort_by(|a, b| a.name.cmp(&b.name));
    markets
}
