//! `markets/*.toml` and `holidays.toml`: what a market does otherwise, and the days on which it does not work.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, OWNER, experiences, forms, key};
use crate::author::keys::shape::Shape::{Day, Flag, Form, List, Map, Table, Text, Whole};

pub(super) const FILE: File = File {
    pattern: "markets/*.toml",
    about: "What a market does otherwise than the whole site. The file's name is that of the market, from selvedge.toml.",
    layout: Layout::Called(&forms::MARKET),
    shape: Table(&[
        OWNER,
        key("overrides", Map(Name::Form(&forms::EXPERIENCE), &Table(OVERRIDE)),
            "What experiences do otherwise in this market, by their names. An experience lists what may be overridden in `overridable`."),
    ]),
};

const OVERRIDE: &[Key] = &[
    key("reason", Text, "Why the market does it otherwise, for people.").such_as("\"Winter starts in October here\""),
    key("base", Form(&forms::DIGEST),
        "The digest of the experience when the market last looked at it, from `selvedge report markets`. `check` warns when the experience is another one by now."),
    key("off", Flag, "True if the experience does not run in this market."),
    key("priority", Whole(i32::MIN as i64, i32::MAX as i64), "Its `priority` in this market.").such_as("120"),
    key("content", Map(Name::Any, &Text),
        "Content that is shown in place of other content. `control` is the origin's own. The arms of a split stay the same in every market.")
        .such_as("{ \"hero/winter\" = \"hero/winter-dach\" }"),
    ALL,
    ANY,
    NONE,
    key("schedule", Table(experiences::SCHEDULE), "Its schedule in this market, in place of its own."),
];

pub(super) const HOLIDAYS: File = File {
    pattern: "holidays.toml",
    about: "The holidays of markets. A schedule with `not_on` leaves them out.",
    layout: Layout::One,
    shape: Table(&[
        key("description", Text, "A description for people."),
        key("source", Text, "Where the dates are from, for people.").such_as("\"The calendars of the three ministries\""),
        key("markets", Map(Name::Form(&forms::MARKET), &Map(Name::Form(&forms::HOLIDAY), &List(&Day))),
            "The holidays of each market, by their names. Each has its dates.")
            .such_as("{ dach = { christmas = [2026-12-25, 2026-12-26] } }"),
    ]),
};
