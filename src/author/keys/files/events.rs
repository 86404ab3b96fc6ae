//! `events.toml`: the rules for the events of pages.

use super::attributes::VALUES;
use super::{File, Key, Layout, Name, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Flag, Form, Map, Number, Pair, Table, Text, Whole, WordOr};
use crate::log::events::TEXT_MAX;
use crate::words::{INT_MAX, ValueType};

/// The types that a detail can have: what a beacon carries.
pub(crate) const TYPES: [ValueType; 4] = [ValueType::Bool, ValueType::Int, ValueType::String, ValueType::Symbol];

pub(super) const FILE: File = File {
    pattern: "events.toml",
    about: "The rules for events that pages send.",
    layout: Layout::One,
    shape: Table(&[
        key("quality", Table(QUALITY), "Limits for every event."),
        key("event", Map(Name::Form(&forms::EVENT), &Table(EVENT)),
            "The kinds of event that pages send. Any other kind is refused."),
    ]),
};

const QUALITY: &[Key] = &[
    key("max_late", Form(&forms::WINDOW), "The most time between an event and its arrival.").or("\"1d\""),
    key("max_early", Form(&forms::WINDOW), "How far a device's clock may be ahead.").or("\"5m\""),
    key("rate", Table(RATE), "The most events of one visitor. `selvedge events check` counts them."),
];

const RATE: &[Key] = &[
    needed("events", Whole(1, 1_000_000), "The most events of one visitor in a window.", "write a number").such_as("60"),
    needed("window", Form(&forms::WINDOW), "The length of a window.",
        "write a length of time").such_as("\"1m\""),
];

const EVENT: &[Key] = &[
    key("description", Text, "A description for people."),
    key("detail", Map(Name::Form(&forms::DETAIL), &Table(DETAIL)),
        "The details of an event of this kind. Any other detail is refused."),
];

const DETAIL: &[Key] = &[
    needed("type", WordOr(|| list(&TYPES, ValueType::name), ""),
        "The type of its values. A `symbol` is a text from a closed set.", "say which: bool, int, string or symbol"),
    key("values", VALUES, "The closed set of a symbol. It is an array, or the name of a set."),
    key("range", Pair(&Number(-INT_MAX as f64, INT_MAX as f64)), "The smallest and the largest number."),
    key("max_length", Whole(1, TEXT_MAX as i64), "The most characters of a text.").or("256"),
    key("open_text", Text, "Who fills a text that may be anything; never what a visitor types."),
    key("required", Flag, "An event without it is refused."),
    key("description", Text, "A description for people."),
];
