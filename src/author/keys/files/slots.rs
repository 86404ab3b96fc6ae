//! `slots.toml`: places and their contracts.

use super::{BY_LOCALE, File, Key, Layout, Need, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Filled, Form, Map, Table, Text, Whole, WordOr};
use crate::words::Change;

pub(super) const FILE: File = File {
    pattern: "slots.toml",
    about: "Places that can be personalized: a table for each, by its dotted name.",
    layout: Layout::Names(&forms::SLOT),
    shape: Table(SLOT),
};

const SLOT: &[Key] = &[
    key("channel", Text, "Where the slot is.").or("\"web\""),
    key("page", Form(&forms::PATHS),
        "The pages that have it, as a path pattern; `*` is any run of characters.")
        .or("\"/\"").such_as("\"/products/*\""),
    key("selector", Text,
        "The element, as a CSS selector that the streaming rewriter can run. Needed on the web.")
        .need(Need::Where("channel", "web", "name the element")).such_as("\"[data-slot='home.hero']\""),
    needed(
        "change",
        // An attribute of the element has its name after a colon.
        WordOr(
            || list(Change::ALL, Change::name).into_iter().filter(|name| *name != Change::Attribute.name()).collect(),
            "^attribute:[a-z0-9_:-]+$",
        ),
        "How the element is changed. An attribute has its name after a colon: `attribute:href`.",
        "write how it is changed: inner, text, replace, before, after, remove or attribute:NAME",
    ),
    key("max_graphemes", Whole(1, 1_000_000), "The longest text, in characters as people count them, without tags."),
    key("tokens", Filled(&Text), "The only texts that the slot takes, such as the names of layouts."),
    key("min_variants", Whole(1, 1_000),
        "How many content items each audience of its rules should be able to see here."),
    key("description", Text, "The use of the slot, for people."),
    key("texts", Map(BY_LOCALE, &Text), "The same in other languages, for answers to persons."),
];
