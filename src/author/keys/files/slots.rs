//! `slots.toml`: places and their contracts.

use super::{BY_LOCALE, File, Key, Layout, Need, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Filled, Form, Map, Table, Text, Whole, Word, WordOr};
use crate::words::Change;

pub(super) const FILE: File = File {
    pattern: "slots.toml",
    about: "The places that can be personalized. Each slot is a table with a dotted name.",
    layout: Layout::Names(&forms::SLOT),
    shape: Table(SLOT),
};

const SLOT: &[Key] = &[
    key("channel", Text, "The channel of the slot: `web`, or one of `channels` in selvedge.toml.").or("\"web\""),
    key("page", Form(&forms::PATHS),
        "The pages with this slot, as a path pattern.")
        .or("\"/\"").such_as("\"/products/*\""),
    key("selector", Text,
        "The element, as a CSS selector that the streaming rewriter can run.")
        .need(Need::Where("channel", "web", "name the element")).such_as("\"[data-slot='home.hero']\""),
    needed(
        "change",
        // An attribute of the element has its name after a colon.
        WordOr(
            || list(Change::ALL, Change::name).into_iter().filter(|name| *name != Change::Attribute.name()).collect(),
            "^attribute:[a-z0-9_:-]+$",
        ),
        "The change to the element. An attribute has its name after a colon: `attribute:href`.",
        "write how it is changed: inner, text, replace, before, after, remove or attribute:NAME",
    ),
    key("max_graphemes", Whole(1, 1_000_000), "The longest text, in characters as people count them. Tags do not count."),
    key("dir", Word(|| vec!["page", "content"]),
        "`content`: content in a language from right to left says so itself, with `dir=\"rtl\"` on its outermost elements. `page`: it has the direction of the page.").or("\"page\""),
    key("tokens", Filled(&Text), "The only texts that the slot takes, such as names of layouts."),
    key("layouts", Filled(&Text), "The layouts that the slot knows. A rule may choose one, and the decision names it.").such_as("[\"compact\", \"wide\"]"),
    key("min_variants", Whole(1, 1_000),
        "How many content items each audience of its rules should be able to see here. More items repeat less."),
    key("description", Text, "The use of the slot, for people."),
    key("texts", Map(BY_LOCALE, &Text), "The same text in other languages. Answers to persons use it."),
];
