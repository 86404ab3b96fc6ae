//! `events.toml`: what the events of pages are held to.

use super::{TEXTS, closed_set_names};
use crate::author::events::TYPES;
use crate::author::schema::shape::{Key, Shape, key, needed};
use crate::log::events::TEXT_MAX;
use crate::words::INT_MAX;

fn types() -> Vec<&'static str> {
    TYPES.iter().map(|value_type| value_type.name()).collect()
}

const NAME: &str = "^[A-Za-z0-9_.:-]{1,64}$";
const WINDOW: Shape = Shape::Form("^0*[1-9][0-9]*[smhd]$");

pub(super) const EVENTS: &[Key] = &[
    key("quality", Shape::Table(QUALITY), "What makes any event untrustworthy."),
    key("event", Shape::Map(NAME, &Shape::Table(EVENT)), "The kinds of event that pages send; any other is refused."),
];

const QUALITY: &[Key] = &[
    key(
        "max_late",
        WINDOW,
        "How long before its arrival an event may have happened, as in `1d`, which it is if it is left out.",
    ),
    key("max_early", WINDOW, "How far a device's clock may be ahead. `5m` if it is left out."),
    key(
        "rate",
        Shape::Table(&[
            needed("events", Shape::Whole(1, 1_000_000), "The most events of one visitor in a window."),
            needed("window", WINDOW, "How long a window is, as in `1m`."),
        ]),
        "What one visitor can send at most; `selvedge events check` counts it.",
    ),
];

const EVENT: &[Key] = &[
    key("description", Shape::Text, "What happened, for people."),
    key(
        "detail",
        Shape::Map(NAME, &Shape::Table(DETAIL)),
        "What an event of this kind says; any other detail is refused.",
    ),
];

const DETAIL: &[Key] = &[
    needed("type", Shape::Word(types), "The type of its values. A `symbol` is a text from a closed set."),
    key(
        "values",
        Shape::Any(&[TEXTS, Shape::Word(closed_set_names)]),
        "The closed set of a symbol: an array, or the name of a set.",
    ),
    key(
        "range",
        Shape::Pair(&Shape::Number(-INT_MAX as f64, INT_MAX as f64)),
        "The smallest and the largest number, both included.",
    ),
    key("max_length", Shape::Whole(1, TEXT_MAX as i64), "The most characters of a text."),
    key("required", Shape::Flag, "An event without it is refused."),
    key("description", Shape::Text, "What it is, for people."),
];
