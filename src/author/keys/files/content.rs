//! `content/**/*.toml` and `audiences/*.toml`: what can be shown, and named conditions.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, OWNER, TEXTS, forms, key};
use super::forms::LOCALE;
use crate::author::keys::shape::Shape::{Form, Map, Table, Text, Time};

pub(super) const FILE: File = File {
    pattern: "content/**/*.toml",
    about: "An item of the content library. The file's name is the item's name.",
    layout: Layout::Called(&forms::CONTENT),
    shape: Table(&[
        OWNER,
        key("tags", TEXTS, "Labels.").such_as("[\"season:winter\"]"),
        key("conflicts_with", TEXTS, "Content that is never shown on the same page or in the same message. Each side may name the other.")
            .such_as("[\"hero/summer\"]"),
        key("expires", Time,
            "The end of its use: a date in UTC, or a time with its offset, without quotes. A date counts until its last second.").such_as("2027-02-28"),
        key("in_stock", TEXTS,
            "Conditions about [facts of feeds](feeds.md#out-of-stock) that hold while this can be shown. A rule that shows it does not match \
             otherwise.").such_as("['stock.jumper >= 1']"),
        key("trusted", Form(&forms::REASON),
            "The reason why this content may run code. Without this key, content that runs code is an error."),
        // The reader checks that the site has the locale.
        key("locale", Map(Name::Like(LOCALE.pattern, "de"), &Table(VARIANT)), "The item in each locale."),
    ]),
};

const VARIANT: &[Key] = &[
    key("html", Text,
        "Markup. It can also be in a file beside this one: `NAME.LOCALE.html`.").such_as("\"<h2>Warm</h2>\""),
    key("text", Text, "Plain text, for slots with the change `text` or `attribute`.").such_as("\"Warm\""),
];

pub(super) const AUDIENCES: File = File {
    pattern: "audiences/*.toml",
    about: "Named conditions. A file holds one audience with the file's name, or several in tables.",
    layout: Layout::Named(&forms::AUDIENCE),
    shape: Table(&[OWNER, key("description", Text, "A description for people."), ALL, ANY, NONE]),
};
