//! `selvedge.toml`: what a site is called and what all its files share.

use super::{ALL, ANY, File, Key, Layout, NONE, Name, OWNER, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{
    Filled, Flag, Form, List, Map, Percent, Purpose, Set, Table, Tables, Text, Time, Whole, Word, Worded,
};
use crate::author::approvals::APPROVING;
use crate::author::site::{ContactClass, OnStale};
use crate::bundle::journeys::DAYS_MAX;
use crate::trust::Role;
use crate::words::Unit;

pub(super) const FILE: File = File {
    pattern: "selvedge.toml",
    about: "The name of the site, and settings that all its files share.",
    layout: Layout::One,
    shape: Table(&[
        needed("name", Form(&forms::SITE),
            "The site's name: lower-case letters, digits and hyphens. Signatures carry it.",
            "give the site a name").such_as("\"storefront\""),
        key("environments", Set(&Form(&forms::ENVIRONMENT)),
            "The places where the site is published. The first one is the default.")
            .or("\"development\"").such_as("[\"staging\", \"production\"]"),
        key("pages", Text, "The folder of the site's own pages, beside this file.").such_as("\"pages\""),
        key("origin", Form(&forms::ORIGIN), "The address of the site's origin, in place of `pages`."),
        key("on_stale", Word(|| list(OnStale::ALL, OnStale::name)),
            "The answer when the bundle is past its expiry: `keep` shows its decisions, `control` the origin's own content.")
            .or("\"keep\""),
        key("teams", TEXTS, "The teams that can own something. Without this key any owner is accepted."),
        needed("locales", Table(LOCALES), "The languages of the site.", ADD_LOCALES),
        key("markets", Map(Name::Any, &Table(MARKET)), "Groups of regions. Each group has one time zone."),
        key("defaults", Table(DEFAULTS), "Values for experiences, audiences and content that name none of their own."),
        key("approvals", Table(APPROVALS),
            "Who must approve what, before visitors see it. A signed root makes it binding: `selvedge keys` writes it there."),
        key("layers", Map(Name::Form(&forms::LAYER), &Table(LAYER)),
            "Layers. A visitor is in at most one experiment of a layer."),
        key("holdouts", Map(Name::Form(&forms::HOLDOUT), &Table(HOLDOUT)),
            "Holdouts: people who always see the origin's own content, so that all personalization can be compared with none."),
        key("journeys", Map(Name::Form(&forms::JOURNEY), &Table(JOURNEY)),
            "Journeys: slots that keep the release with which a visitor began. [Releases](releases.md#journeys) tells how long."),
        key("channels", Map(Name::Form(&forms::CHANNEL), &Table(CHANNEL)),
            "The channels of slots besides `web`, such as `email`, `push` and `app`."),
        key("plan", Table(PLAN),
            "What the slots of one page or message may show together. [The page plan](page-plan.md) tells how slots give way."),
        key("elsewhere", Tables(ELSEWHERE), "Tests that other tools run on the same pages, for `selvedge conflicts`."),
    ]),
};

const ADD_LOCALES: &str = "add [locales] with default = \"en\": every content item has this locale";

const LOCALES: &[Key] = &[
    needed("default", Form(&forms::LOCALE), "The locale that every content item has.", ADD_LOCALES),
    key("all", Set(&Form(&forms::LOCALE)), "Every locale of the site. Without this key it is the default alone."),
    key("fallback", Map(Name::Form(&forms::FALLING), &TEXTS),
        "The locales to try instead, in order. A locale without an entry loses its last part, as in `de` for `de-AT`. The entry `*` is for every locale, and the default locale comes last. With `control` at its end, a chain ends there: a slot whose content has no text in it keeps the origin's own.")
        .such_as("{ lb = [\"de\", \"control\"] }"),
];

const MARKET: &[Key] = &[
    needed("zone", Text, "The market's IANA time zone, as in `Europe/Berlin`.",
        "name the market's IANA time zone").such_as("\"Europe/Berlin\""),
    needed("regions", List(&Form(&forms::REGION)), "Its regions, as ISO 3166 codes. A region is in at most one market.",
        "list its regions").such_as("[\"DE\", \"AT\"]"),
];

const DEFAULTS: &[Key] =
    &[OWNER, key("purpose", Purpose, "The purpose of experiences that name none.").or("\"personalization\"")];

const APPROVALS: &[Key] = &[
    key("consent", APPROVERS, "The roles that must sign the law of each region, the attributes with their purposes, events, locales and markets.")
        .such_as("[\"privacy\", \"legal\"]"),
    key("rules", APPROVERS, "The roles that must sign who sees what, and the notice for visitors.").such_as("[\"decisioning\"]"),
    key("content", APPROVERS, "The roles that must sign content.").such_as("[\"content\"]"),
    key("trusted", APPROVERS, "The roles that must sign content whose markup may run code. It is then kept apart from other content.")
        .such_as("[\"engineering\"]"),
];

const APPROVERS: crate::author::keys::shape::Shape = Set(&Word(|| list(APPROVING, Role::name)));

const LAYER: &[Key] = &[needed("shares", Map(Name::Form(&forms::EXPERIMENT), &Percent),
    "The percentage of all visitors for each experiment, in any order.",
    "write the percentage of visitors for each experiment").such_as("{ winter-hero = 50, gifts = 50 }")];

const HOLDOUT: &[Key] = &[
    needed("share", Percent, "The percentage of people who are held back.", "write the percentage of people who are held back").such_as("5"),
    key("channel", Text, "The channel of slots that it covers. Without this key it covers every channel.").such_as("\"email\""),
    key("unit", Word(|| list(&[Unit::Visitor, Unit::Account], Unit::name)), "The unit that is held back.").or("\"visitor\""),
    key("salt", Form(&forms::SALT), "The text that sets the draw apart from others. Without this key it is the holdout's name. A new salt draws other people."),
];

const JOURNEY: &[Key] = &[
    needed("slots", Filled(&Text), "Its slots. They are slots of pages, and on no other journey.", "list the slots that keep their release")
        .such_as("[\"checkout.help\", \"checkout.offer\"]"),
    key("ends", List(&Form(&forms::PATHS)), "The pages that end it, as path patterns. Without this key only its age ends it.")
        .such_as("[\"/checkout/done/\"]"),
    key("days", Whole(1, DAYS_MAX as i64), "The days that it may grow old, in UTC. The day on which it began counts.").or("1"),
];

const CHANNEL: &[Key] = &[key("description", Text, "The use of the channel, for people.").such_as("\"The weekly letter\"")];

const PLAN: &[Key] = &[
    key("changes", Whole(1, 1_000), "The most slots of a page or message that show content.").such_as("4"),
    key("limits", Worded(|| list(ContactClass::ALL, ContactClass::name), &Whole(1, 1_000), &[]),
        "The same for each `class` of experiences.").such_as("{ promotional = 2 }"),
    key("repeats", Flag, "True if several slots of a page may show the same content.").or("false"),
    key("order", TEXTS, "Slots that choose first where two experiences have the same priority. Other slots follow by name.").such_as("[\"home.hero\"]"),
];

const ELSEWHERE: &[Key] = &[
    needed("name", Text, "The name of the test in its own tool.",
        "write the name that the tool gives the test").such_as("\"checkout-42\""),
    needed("tool", Text, "The tool that runs it.", "write which tool runs it").such_as("\"search team's A/B\""),
    OWNER,
    key("metric", Text, "The metric that it should improve, as in the `goal` of an experience."),
    key("slots", TEXTS, "The slots that it changes."),
    key("pages", List(&Form(&forms::PATHS)), "Its pages, as path patterns."),
    key("selector", Text, "The element that it changes."),
    key("traffic", Percent, "The percentage of matching visits that take part.").or("100"),
    key("from", Time, "The start: a date in UTC, or a time with its offset, without quotes."),
    key("until", Time, "The end. A date counts until its last second."),
    ALL,
    ANY,
    NONE,
];
