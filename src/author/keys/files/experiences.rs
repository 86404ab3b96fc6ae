//! `experiences/*.toml`: who sees what, and where.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, Need, OWNER, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{
    Filled, Form, Like, Map, Percent, Purpose, Set, Table, Tables, Text, Time, Whole, Word,
};
use crate::author::site::{Audit, ContactClass, Point};
use crate::words::Unit;

pub(super) const FILE: File = File {
    pattern: "experiences/*.toml",
    about: "An experience: what to show to whom in a slot. The file's name is its name.",
    layout: Layout::Called(&forms::EXPERIENCE),
    shape: Table(&[
        needed("slot", Text, "The slot, from slots.toml.", "name the place").such_as("\"home.hero\""),
        key("purpose", Purpose, "The purpose of the experience. Its rows read only data that this purpose may use."),
        key("priority", Whole(i32::MIN as i64, i32::MAX as i64), "The order in a slot. A higher number is tried first.").or("100"),
        OWNER,
        key("goal", Text, "The metric that it should improve. If goals.toml has a goal of this name, the experiment of the experience is judged by it; otherwise it is a name for people.").such_as("\"second-order\""),
        key("benefit", Text, "The visitor's gain, in words.").such_as("\"A shorter way back\""),
        key("class", Word(|| list(ContactClass::ALL, ContactClass::name)),
            "What kind of contact it is: it sells (`promotional`), helps (`service`), or the law demands it (`legal`). [Holdouts](experiments.md#holdouts) hold back promotional ones alone, and those without this key."),
        key("conflicts_with", TEXTS, "Experiences that are never shown on the same page or in the same message. Each side may name the other.")
            .such_as("[\"summer-sale\"]"),
        key("audit", Word(|| list(Audit::ALL, Audit::name)),
            "`full` logs everything that repeats a decision. An experience that can read sensitive data needs it.")
            .or("\"standard\""),
        key("review_by", Time, "The day of the next review: a date without quotes.").such_as("2027-03-01"),
        key("overridable", Set(&Word(|| list(Point::ALL, Point::name))),
            "The parts that a [market](markets.md) may override in its file: its `content`, `priority`, `schedule` or further `conditions`, and `off` to leave it out. Without this key it is the same in every market.")
            .such_as("[\"content\"]"),
        ALL,
        ANY,
        NONE,
        key("rule", Tables(RULE), "The rules, in order. The first rule that matches decides.").need(Need::Told),
        key("when", Table(WHEN), "When a message is due that is decided now. Without this table it is due at once. Slots of `web` are shown when they are decided."),
        key("schedule", Table(SCHEDULE), "The time when it runs. Without this table it always runs."),
    ]),
};

const RULE: &[Key] = &[
    ALL,
    ANY,
    NONE,
    key("show", Text, "The content to show, or `control` for the origin's own. A rule has `show` or `split`.").such_as("\"hero/winter\""),
    key("split", Table(SPLIT), "A measured split, instead of `show`."),
    key("rotate", Filled(&Text), "Contents that take turns, instead of `show`. A person is shown the next one each time.").such_as("[\"hero/a\", \"hero/b\"]"),
    key("every", Form(&forms::CONTACT_TIME), "How long each content of `rotate` has its turn. Without this key it is one contact.").such_as("\"7d\""),
    key("layout", Text, "How it is shown: one of the slot's `layouts`.").such_as("\"compact\""),
];

const WHEN: &[Key] = &[
    key("after", Form(&forms::EVENT), "The event that it follows.").such_as("\"order-shipped\""),
    key("not_before", Time, "The time before which it is not sent: a date in UTC, or a time with its offset, without quotes.").such_as("2026-12-01T09:00:00Z"),
];

const SPLIT: &[Key] = &[
    needed("experiment", Form(&forms::EXPERIMENT), "The name of the experiment, for reports.",
        "name the experiment that a report is about").such_as("\"winter-hero\""),
    needed("arms", Map(Name::Any, &Percent),
        "The arms: content names, or `control`, each with its percentage of the visits.",
        "write who sees what").such_as("{ control = 50, \"hero/winter\" = 50 }"),
    key("unit", Word(|| list(Unit::ALL, Unit::name)),
        "The unit that keeps its arm. An id that consent does not cover is not used.").or("\"visitor\""),
    key("before_login", Word(|| vec!["draw", "control"]),
        "For a split by `account`, what visitors see who are not signed in. `draw` assigns them by a lower unit, so that they may see another arm once they sign in. `control` shows them the origin's own content.").or("\"draw\""),
    key("layer", Like(forms::PLAIN, "a"),
        "The layer of the experiment, from `layers` in selvedge.toml."),
    key("traffic", Percent, "The percentage of matching visits that take part.").or("100"),
    key("salt", Form(&forms::SALT), "The text that sets the draw apart from others. Without this key it is the experiment's name."),
];

pub(super) const SCHEDULE: &[Key] = &[
    key("from", Time,
        "The start: a date or time without quotes. A local time needs `zone`.")
        .such_as("2026-12-01T08:00:00"),
    key("until", Time, "The end. A date counts until its last second.").such_as("2026-12-24"),
    key("zone", Text, "The IANA zone of local times, or `market` for the zone of each market.").such_as("\"market\""),
    key("default_zone", Text,
        "The zone of visits outside of every market. It goes with `zone = \"market\"`.").such_as("\"Europe/Berlin\""),
    key("not_on", Word(|| vec!["holidays"]),
        "`holidays`: it does not run on the holidays of the visitor's market, from holidays.toml."),
];
