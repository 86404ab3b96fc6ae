//! `visitors/*.toml` and `tests/*.toml`: sample visitors, and the decisions that are expected for them.

use super::{DEPTHS, File, Key, Layout, Name, Need, TEXTS, forms, key, needed, refused};
use crate::author::keys::shape::Shape;
use crate::author::keys::shape::Shape::{Any, Dotted, Flag, Form, Map, Purposes, Table, Tables, Text, Time, Value, Word};
use crate::words::{PARENT, Signals};

pub(super) const FILE: File = File {
    pattern: "visitors/*.toml",
    about: "A named sample visitor for previews and tests, by the name of the file.",
    layout: Layout::Called(&forms::VISITOR),
    shape: Table(&[
        key("description", Text, "Who it is, for people."),
        key("region", Form(&forms::REGION), "ISO 3166: `DE`, or `US-CA`. Without this key the strictest law applies."),
        key("locale", Form(&forms::LOCALE), "The language, as in `de-AT`."),
        key("minor", Word(|| vec!["unknown", "child", "teen", "adult"]),
            "The age band that the site knows.").or("\"unknown\""),
        key("depth", Word(DEPTHS), "The most personal kind of data that decisions may use. Without this key there is no limit."),
        key("grants", Purposes(&GRANT, &[]), "The visitor's own choice on the site, by purpose. `\"parent\"` is a grant by a parent."),
        key("signals", Table(SIGNALS), "The consent signals of the request."),
        key("identity", Table(IDENTITY), "Ids that a split may use, each only if consent covers it."),
        key("attributes", Dotted(&Value), "Values by the names of attributes.toml."),
        key("observed", Dotted(&Time), "When a value was observed, with its offset; by default now."),
        key("unknown", TEXTS, "Attributes whose value could not be read.").such_as("[\"profile.open_complaint\"]"),
        refused("now"),
    ]),
};

/// A grant says who gave it only where a parent did.
const GRANT: Shape = Any(&[Flag, Word(|| vec![PARENT])]);

/// A browser sends Global Privacy Control, the site's cookie, a text for each signal that arrives in one, and Google's types.
const SIGNALS: &[Key] = &{
    let mut keys = [const { key("", Text, "") }; 3 + Signals::TEXTS.len()];
    keys[0] = key("gpc", Flag, "Global Privacy Control.");
    keys[1] = key("cookie", Text, "The site's consent cookie, as in `v=1&epoch=2&analytics=1`.");
    let mut at = 0;
    while at < Signals::TEXTS.len() {
        keys[2 + at] = key(Signals::TEXTS[at], Text, Signals::ABOUT[at]);
        at += 1;
    }
    let states = Map(Name::Any, &Word(|| vec!["granted", "denied"]));
    keys[2 + at] = key("google", states, "Google Consent Mode by type, as in `ad_storage`.")
        .such_as("{ ad_storage = \"denied\" }");
    keys
};

const IDENTITY: &[Key] = &[
    key("visitor", Text, "The stored id of the device."),
    key("account", Text, "The id of the account."),
    key("session", Text, "The id of the session."),
    key("page", Text, "The randomness of the page view."),
];

pub(super) const TESTS: File = File {
    pattern: "tests/*.toml",
    about: "Cases: a visitor, consent, a time, and the expected decision.",
    layout: Layout::One,
    shape: Table(&[
        key("case", Tables(CASE), "A visitor, consent, a time, and the expected decision.").need(Need::Told)
    ]),
};

const CASE: &[Key] = &[
    key("description", Text, "The subject of the test, for people."),
    needed("visitor", Text, "A file of visitors/.", "name a file of visitors/").such_as("\"returning-de\""),
    needed("now", Time, "When: a time with its offset, as in 2026-12-01T09:00:00+01:00.",
        "say when").such_as("2026-12-01T09:00:00+01:00"),
    needed("expect", Dotted(&Text), "The expected content of each slot: a content name, or `control`.",
        "write what each slot should show").such_as("{ \"home.hero\" = \"control\" }"),
];
