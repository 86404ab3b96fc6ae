//! `experiences/*.toml`: what to show where to whom.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, Need, OWNER, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Form, Like, Map, Percent, Purpose, Table, Tables, Text, Time, Whole, Word};
use crate::author::site::Audit;
use crate::words::Unit;

pub(super) const FILE: File = File {
    pattern: "experiences/*.toml",
    about: "What to show in a slot to whom, by the name of the file.",
    layout: Layout::Called(&forms::EXPERIENCE),
    shape: Table(&[
        needed("slot", Text, "The place, from slots.toml.", "name the place").such_as("\"home.hero\""),
        key("purpose", Purpose, "What the experience is for: it reads only what may be used for that."),
        key("priority", Whole(i32::MIN as i64, i32::MAX as i64), "Higher is tried first.").or("100"),
        OWNER,
        key("goal", Text, "What it should improve.").such_as("\"second-order\""),
        key("benefit", Text, "What the visitor gains.").such_as("\"A shorter way back\""),
        key("class", Text, "Its kind, as in `promotional` or `service`.").such_as("\"promotional\""),
        key("audit", Word(|| list(Audit::ALL, Audit::name)),
            "`full` keeps what somebody needs to reconstruct each decision; needed where sensitive data can be read.")
            .or("\"standard\""),
        key("review_by", Time, "The day when somebody must look again: a date without quotes.").such_as("2027-03-01"),
        ALL,
        ANY,
        NONE,
        key("rule", Tables(RULE), "The rules, in order: the first that matches decides.").need(Need::Told),
        key("schedule", Table(SCHEDULE), "When it runs; always without it."),
    ]),
};

const RULE: &[Key] = &[
    ALL,
    ANY,
    NONE,
    key("show", Text, "The content to show, or `control` for the origin's own.").such_as("\"hero/winter\""),
    key("split", Table(SPLIT), "A measured split, in place of `show`."),
];

const SPLIT: &[Key] = &[
    needed("experiment", Form(&forms::EXPERIMENT), "The experiment that reports are about.",
        "name the experiment that a report is about").such_as("\"winter-hero\""),
    needed("arms", Map(Name::Any, &Percent),
        "Who sees what: content names, or `control`, with their percent of the visits, in any order.",
        "say who sees what").such_as("{ control = 50, \"hero/winter\" = 50 }"),
    key("unit", Word(|| list(Unit::ALL, Unit::name)),
        "What is assigned. Never a higher rung than consent covers.").or("\"visitor\""),
    key("layer", Like(forms::PLAIN, "a"),
        "The layer that it shares its visitors with: one of `layers` in selvedge.toml."),
    key("traffic", Percent, "Percent of the matching visits that take part.").or("100"),
    key("salt", Form(&forms::SALT), "Sets the draw apart from others; the experiment's name if it is left out."),
];

const SCHEDULE: &[Key] = &[
    key("from", Time,
        "When it starts: a date or time without quotes, with its seconds for editors; a local one needs `zone`.")
        .such_as("2026-12-01T08:00:00"),
    key("until", Time, "When it ends. A date counts until its end.").such_as("2026-12-24"),
    key("zone", Text, "The IANA zone of local times, or `market` for each market's own.").such_as("\"market\""),
    key("default_zone", Text,
        "The zone of visits outside of every market, with zone = \"market\".").such_as("\"Europe/Berlin\""),
];
