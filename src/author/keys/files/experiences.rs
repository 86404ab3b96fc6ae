//! `experiences/*.toml`: who sees what, and where.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, Need, OWNER, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Form, Like, Map, Percent, Purpose, Table, Tables, Text, Time, Whole, Word};
use crate::author::site::Audit;
use crate::words::Unit;

pub(super) const FILE: File = File {
    pattern: "experiences/*.toml",
    about: "Who sees what in a slot. Its name is the name of the file.",
    layout: Layout::Called(&forms::EXPERIENCE),
    shape: Table(&[
        needed("slot", Text, "The place, from slots.toml.", "name the place").such_as("\"home.hero\""),
        key("purpose", Purpose, "The purpose of the experience. It only reads data that may be used for this purpose."),
        key("priority", Whole(i32::MIN as i64, i32::MAX as i64), "The experience with the highest number is tried first.").or("100"),
        OWNER,
        key("goal", Text, "What it should improve.").such_as("\"second-order\""),
        key("benefit", Text, "What the visitor gains.").such_as("\"A shorter way back\""),
        key("class", Text, "Its kind, as in `promotional` or `service`.").such_as("\"promotional\""),
        key("audit", Word(|| list(Audit::ALL, Audit::name)),
            "`full` records what is needed to reconstruct each decision. Required if the experience can read sensitive data.")
            .or("\"standard\""),
        key("review_by", Time, "The day by which the experience must be reviewed: a date without quotes.").such_as("2027-03-01"),
        ALL,
        ANY,
        NONE,
        key("rule", Tables(RULE), "The rules, in order: the first that matches decides.").need(Need::Told),
        key("schedule", Table(SCHEDULE), "When the experience runs. Without this table it always runs."),
    ]),
};

const RULE: &[Key] = &[
    ALL,
    ANY,
    NONE,
    key("show", Text, "The content to show, or `control` for the origin's own.").such_as("\"hero/winter\""),
    key("split", Table(SPLIT), "A measured split, instead of `show`."),
];

const SPLIT: &[Key] = &[
    needed("experiment", Form(&forms::EXPERIMENT), "The experiment that reports are about.",
        "name the experiment that a report is about").such_as("\"winter-hero\""),
    needed("arms", Map(Name::Any, &Percent),
        "Who sees what: content names, or `control`, with their percent of the visits, in any order.",
        "write who sees what").such_as("{ control = 50, \"hero/winter\" = 50 }"),
    key("unit", Word(|| list(Unit::ALL, Unit::name)),
        "The id that is assigned to an arm. An experiment never uses an id that consent does not cover.").or("\"visitor\""),
    key("layer", Like(forms::PLAIN, "a"),
        "The layer from which it gets its visitors: one of `layers` in selvedge.toml."),
    key("traffic", Percent, "Percent of the matching visits that take part.").or("100"),
    key("salt", Form(&forms::SALT), "A text that separates this draw from others; by default the experiment's name."),
];

const SCHEDULE: &[Key] = &[
    key("from", Time,
        "The start: a date or a time without quotes, with seconds for editors. A local time needs `zone`.")
        .such_as("2026-12-01T08:00:00"),
    key("until", Time, "The end. A date counts until its end.").such_as("2026-12-24"),
    key("zone", Text, "The IANA zone of local times, or `market` for each market's own.").such_as("\"market\""),
    key("default_zone", Text,
        "The zone of visits outside of every market, with zone = \"market\".").such_as("\"Europe/Berlin\""),
];
