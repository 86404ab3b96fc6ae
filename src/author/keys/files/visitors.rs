//! `visitors/*.toml` and `tests/*.toml`: sample visitors, and the decisions that are expected for them.

use super::{DEPTHS, File, Key, Layout, Name, Need, TEXTS, forms, key, list, needed, refused};
use crate::author::keys::shape::Shape;
use crate::author::keys::shape::Shape::{Any, Dotted, Flag, Form, Map, Purposes, Table, Tables, Text, Time, Value, Word};
use crate::words::{ContactClass, PARENT, Signals};

pub(super) const FILE: File = File {
    pattern: "visitors/*.toml",
    about: "A sample visitor for previews and tests. The file's name is the visitor's name.",
    layout: Layout::Called(&forms::VISITOR),
    shape: Table(&[
        key("description", Text, "A description for people."),
        key("region", Form(&forms::REGION), "The region as an ISO 3166 code. Without this key the strictest law applies."),
        key("locale", Form(&forms::LOCALE), "The language, as in `de-AT`."),
        key("minor", Word(|| vec!["unknown", "child", "teen", "adult"]),
            "The age band that the site was told.").or("\"unknown\""),
        key("depth", Word(DEPTHS), "How personal decisions may be at most. Without this key there is no limit."),
        key("grants", Purposes(&GRANT, &[]), "The visitor's choices on this site, by purpose. `\"parent\"` is a grant that a parent gave."),
        key("signals", Table(SIGNALS), "Consent signals that the browser sends."),
        key("identity", Table(IDENTITY), "The ids of the visit. A split uses an id only if consent covers it."),
        key("attributes", Dotted(&Value), "Values by the names of attributes.toml."),
        key("observed", Dotted(&Time), "The time at which each value was seen, with its offset. Without an entry it is now."),
        key("unknown", TEXTS, "Attributes that nobody could look up.").such_as("[\"profile.open_complaint\"]"),
        key("stale", TEXTS, "Feeds that are older than they may be.").such_as("[\"stock\"]"),
        key("contacts", Tables(CONTACT),
            "Contacts before, and dismissed content, for the contact policy. Without this key they are not known; an empty list is no contact.")
            .such_as("[]"),
        refused("now"),
    ]),
};

/// As a context has it.
const CONTACT: &[Key] = &[
    needed("at", Time, "When.", "write when it was, with its offset").such_as("2027-01-01T09:00:00Z"),
    key("channel", Text, "The channel. Without this key it is that of the experience's slot.").such_as("\"email\""),
    key("class", Word(|| list(ContactClass::ALL, ContactClass::name)), "The class that it had. Without this key it is that of the experience."),
    key("experience", Text, "The experience that made it."),
    key("content", Text, "The content."),
    key("dismissed", Flag, "The person dismissed the content. This is then no contact."),
];

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
    key("links", Tables(LINK), "What is known of links between devices and accounts: those of this device, and those of this account."),
];

const LINK: &[Key] = &[
    needed("visitor", Text, "The stored id of a device.", "name the device").such_as("\"d-1\""),
    needed("account", Text, "The id of an account.", "name the account").such_as("\"a-1\""),
    needed("at", Time, "When the person agreed, or withdrew it: a time with its offset.", "say when").such_as("2026-12-01T09:00:00Z"),
    key("linked", Flag, "False if the person withdrew it."),
];

pub(super) const TESTS: File = File {
    pattern: "tests/*.toml",
    about: "Test cases: a visitor, a time and the expected decision.",
    layout: Layout::One,
    shape: Table(&[
        key("case", Tables(CASE), "One test case each.").need(Need::Told)
    ]),
};

const CASE: &[Key] = &[
    key("description", Text, "A description for people."),
    needed("visitor", Text, "The name of a file in `visitors/`, without `.toml`.", "name a file of visitors/").such_as("\"returning-de\""),
    needed("now", Time, "The time of the visit, with its offset.",
        "say when").such_as("2026-12-01T09:00:00+01:00"),
    needed("expect", Dotted(&Text), "The expected content of each slot: a content name, or `control`.",
        "write what each slot should show").such_as("{ \"home.hero\" = \"control\" }"),
];
