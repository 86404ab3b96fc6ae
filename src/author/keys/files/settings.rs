//! `selvedge.toml`: what a site is called and what all its files share.

use super::{ALL, ANY, BY_LOCALE, File, Key, Layout, NONE, Name, OWNER, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Form, List, Map, Percent, Purpose, Set, Table, Tables, Text, Time, Word};
use crate::author::site::OnStale;

pub(super) const FILE: File = File {
    pattern: "selvedge.toml",
    about: "The site's name, and the settings that all its files share.",
    layout: Layout::One,
    shape: Table(&[
        needed("name", Form(&forms::SITE),
            "The site's name: lower-case letters, digits and hyphens. Signatures carry it.",
            "give the site a name").such_as("\"storefront\""),
        key("environments", Set(&Form(&forms::ENVIRONMENT)),
            "The environments where the site is published, the usual one first.")
            .or("\"development\"").such_as("[\"staging\", \"production\"]"),
        key("pages", Text, "The folder of the site's own pages, beside this file.").such_as("\"pages\""),
        key("origin", Form(&forms::ORIGIN), "The address of the site's origin, in place of `pages`."),
        key("on_stale", Word(|| list(OnStale::ALL, OnStale::name)),
            "The behaviour when the bundle has expired: its decisions, or the origin's content.")
            .or("\"keep\""),
        key("teams", TEXTS, "The teams that can own something. Without this key, any owner is accepted."),
        needed("locales", Table(LOCALES), "The languages of the site.", ADD_LOCALES),
        key("markets", Map(Name::Any, &Table(MARKET)), "Groups of regions with one time zone."),
        key("defaults", Table(DEFAULTS), "Defaults for experiences, audiences and content."),
        key("layers", Map(Name::Form(&forms::LAYER), &Table(LAYER)),
            "Sets of experiments. A visitor is in at most one experiment of a set."),
        key("elsewhere", Tables(ELSEWHERE), "Tests that other tools run on the same pages, for `selvedge conflicts`."),
    ]),
};

const ADD_LOCALES: &str = "add [locales] with default = \"en\": every content item has this locale";

const LOCALES: &[Key] = &[
    needed("default", Form(&forms::LOCALE), "The locale that every content item has.", ADD_LOCALES),
    key("all", Set(&Form(&forms::LOCALE)), "Every locale of the site; by default only the default locale."),
    key("fallback", Map(BY_LOCALE, &TEXTS),
        "Which locales to try instead, in order. Without an entry, `de-AT` tries `de` and then the default."),
];

const MARKET: &[Key] = &[
    needed("zone", Text, "The market's IANA time zone, as in `Europe/Berlin`.",
        "name the market's IANA time zone").such_as("\"Europe/Berlin\""),
    needed("regions", List(&Form(&forms::REGION)), "Its regions, ISO 3166; a region is in one market at most.",
        "list its regions").such_as("[\"DE\", \"AT\"]"),
];

const DEFAULTS: &[Key] =
    &[OWNER, key("purpose", Purpose, "The purpose of experiences that name none.").or("\"personalization\"")];

const LAYER: &[Key] = &[needed("shares", Map(Name::Form(&forms::EXPERIMENT), &Percent),
    "The percentage of visitors for each experiment, in any order.",
    "write the percentage of visitors for each experiment").such_as("{ winter-hero = 50, gifts = 50 }")];

const ELSEWHERE: &[Key] = &[
    needed("name", Text, "The name that its tool gives it.",
        "write the name that the tool gives the test").such_as("\"checkout-42\""),
    needed("tool", Text, "The tool that runs it.", "write which tool runs it").such_as("\"search team's A/B\""),
    OWNER,
    key("metric", Text, "The metric that it should improve, like the `goal` of an experience."),
    key("slots", TEXTS, "The slots that it changes."),
    key("pages", List(&Form(&forms::PATHS)), "Its pages, as path patterns."),
    key("selector", Text, "The element that it changes."),
    key("traffic", Percent, "Percent of the matching visits that take part.").or("100"),
    key("from", Time, "When it starts: a date in UTC, or a time with its offset. No quotes."),
    key("until", Time, "When it ends. A date counts until its end."),
    ALL,
    ANY,
    NONE,
];
