//! `content/**/*.toml` and `audiences/*.toml`: what can be shown, and named conditions.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, OWNER, TEXTS, forms, key};
use super::forms::LOCALE;
use crate::author::keys::shape::Shape::{Form, Map, Table, Text, Time};

pub(super) const FILE: File = File {
    pattern: "content/**/*.toml",
    about: "An item of the content library, by the name of the file.",
    layout: Layout::Called(&forms::CONTENT),
    shape: Table(&[
        OWNER,
        key("tags", TEXTS, "Labels, as in `season:winter`.").such_as("[\"season:winter\"]"),
        key("expires", Time,
            "When it expires: a date, which counts until its end in UTC, or a time with its offset. No quotes.").such_as("2027-02-28"),
        key("trusted", Form(&forms::REASON),
            "Why this content may run code. Without this key, the markup must not run code."),
        // The reader checks that the site has the locale.
        key("locale", Map(Name::Like(LOCALE.pattern, "de"), &Table(VARIANT)), "The item in each locale."),
    ]),
};

const VARIANT: &[Key] = &[
    key("html", Text,
        "Markup. Longer markup can be in a file beside this one: NAME.LOCALE.html.").such_as("\"<h2>Warm</h2>\""),
    key("text", Text, "Plain text, for slots that are changed by `text` or `attribute`.").such_as("\"Warm\""),
];

pub(super) const AUDIENCES: File = File {
    pattern: "audiences/*.toml",
    about: "Named conditions: one with the name of the file, or a table for each.",
    layout: Layout::Named(&forms::AUDIENCE),
    shape: Table(&[OWNER, key("description", Text, "Who they are, for people."), ALL, ANY, NONE]),
};
