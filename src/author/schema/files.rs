//! What each kind of file may hold.
//!
//! Takes a kind, gives its shape, keys in the order in which they are written. Words come from the vocabularies of the loader.

mod consent;
mod events;
mod records;
mod regions;

use super::FileKind;
use super::shape::{Key, Root, Shape, key, needed};
use crate::author::site::Audit;
use crate::author::{attributes, closed_sets};
use crate::consent::table::Model;
use crate::words::{Change, Depth, Purpose, Signal, Signals, Source, Unit, ValueType};

/// The shape of a file of this kind.
pub(super) const fn root(kind: FileKind) -> Root {
    match kind {
        FileKind::Settings => Root::Table(SETTINGS),
        FileKind::Attributes => Root::Names("^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$", ATTRIBUTE),
        FileKind::Slots => Root::Names("^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*)*$", SLOT),
        FileKind::Audiences => Root::Named("^[a-z0-9][a-z0-9_-]*$", AUDIENCE),
        FileKind::Content => Root::Table(CONTENT),
        FileKind::Experiences => Root::Table(EXPERIENCE),
        FileKind::Consent => Root::Table(consent::CONSENT),
        FileKind::Regions => Root::Table(regions::REGIONS),
        FileKind::Events => Root::Table(events::EVENTS),
        FileKind::Visitors => Root::Table(VISITOR),
        FileKind::Tests => Root::Table(TESTS),
    }
}

const TEXTS: Shape = Shape::List(&Shape::Text);
const LOCALE: &str = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
const REGION: &str = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$";
/// A country, a part of one, or a code of the shipped table such as `EU`.
const REGION_OR_DEFAULT: &str = "^([A-Z]{2}(-[A-Z0-9]{1,3})?|default)$";
const PLAIN: &str = "^[a-z0-9][a-z0-9_-]*$";

const OWNER: Key =
    key("owner", Shape::Text, "The accountable team: one of `teams` in selvedge.toml, if that is given.");
const ALL: Key = key("all", Shape::Rows, "Rows of CEL that must all be true.");
const ANY: Key = key("any", Shape::Rows, "Rows of CEL of which one must be true.");
const NONE: Key = key("none", Shape::Rows, "Rows of CEL that must all be false. One that is unknown blocks.");

/// Every purpose that data can serve: `storage` is a gate.
fn purposes() -> Vec<&'static str> {
    Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Storage).map(|purpose| purpose.name()).collect()
}

fn purposes_and_storage() -> Vec<&'static str> {
    Purpose::ALL.iter().map(|purpose| purpose.name()).collect()
}

fn depths() -> Vec<&'static str> {
    Depth::ALL.iter().map(|depth| depth.name()).collect()
}

fn types() -> Vec<&'static str> {
    ValueType::ALL.iter().map(|value_type| value_type.name()).collect()
}

/// A feed has a name after a colon; a panel is no source of decisions, and so none of the bundle's.
fn sources() -> Vec<&'static str> {
    let of_decisions = Source::ALL.iter().filter(|source| **source != Source::Feed).map(|source| source.name());
    of_decisions.chain([attributes::PANEL]).collect()
}

fn audits() -> Vec<&'static str> {
    Audit::ALL.iter().map(|audit| audit.name()).collect()
}

/// An attribute of the element has its name after a colon.
fn changes() -> Vec<&'static str> {
    Change::ALL.iter().filter(|change| **change != Change::Attribute).map(|change| change.name()).collect()
}

fn units() -> Vec<&'static str> {
    Unit::ALL.iter().map(|unit| unit.name()).collect()
}

fn models() -> Vec<&'static str> {
    Model::ALL.iter().map(|model| model.name()).collect()
}

fn age_models() -> Vec<&'static str> {
    crate::author::regions::AGE_MODELS.iter().map(|(_, name)| *name).collect()
}

fn ages() -> Vec<&'static str> {
    crate::author::visitors::AGES.iter().map(|(_, name)| *name).collect()
}

fn signals() -> Vec<&'static str> {
    Signal::ALL.iter().map(|signal| signal.name()).collect()
}

fn bases() -> Vec<&'static str> {
    crate::consent::tcf::Basis::ALL.iter().map(|basis| basis.name()).collect()
}

fn mapped() -> Vec<&'static str> {
    crate::author::signals::mapped().map(Purpose::name).collect()
}

fn consent_states() -> Vec<&'static str> {
    crate::author::visitors::STATES.to_vec()
}

fn closed_set_names() -> Vec<&'static str> {
    closed_sets::NAMES.to_vec()
}

fn on_stale() -> Vec<&'static str> {
    crate::author::settings::ON_STALE.iter().map(|(_, name)| *name).collect()
}

fn places() -> Vec<&'static str> {
    crate::author::from::PLACES.to_vec()
}

const SETTINGS: &[Key] = &[
    needed(
        "name",
        Shape::Form("^[a-z0-9][a-z0-9-]*$"),
        "The site's name: lower-case letters, digits and hyphens. Signatures carry it.",
    ),
    key(
        "environments",
        Shape::Some(&Shape::Form(PLAIN)),
        "Where the site is published, the usual one first. `development` if it is left out.",
    ),
    key("pages", Shape::Text, "The folder of the site's own pages, beside this file."),
    key("origin", Shape::Form("^https?://[^\\s@#]+$"), "The address of the site's origin, in place of `pages`."),
    key(
        "on_stale",
        Shape::Word(on_stale),
        "What visitors see when the bundle is past its expiry: `keep`, the default, or `control`.",
    ),
    key("teams", TEXTS, "The teams that can own something. Without it any owner is accepted."),
    needed(
        "locales",
        Shape::Table(&[
            needed("default", Shape::Form(LOCALE), "The locale that every content item has."),
            key(
                "all",
                Shape::List(&Shape::Form(LOCALE)),
                "Every locale of the site; the default alone if it is left out.",
            ),
            key(
                "fallback",
                Shape::Map(LOCALE, &TEXTS),
                "Which locales to try instead, in order. Without an entry a locale loses its last part, then comes the default.",
            ),
        ]),
        "The languages of the site.",
    ),
    key(
        "markets",
        Shape::Map(
            "",
            &Shape::Table(&[
                needed("zone", Shape::Text, "The market's IANA time zone, as in `Europe/Berlin`."),
                needed(
                    "regions",
                    Shape::List(&Shape::Form(REGION)),
                    "Its regions, ISO 3166; a region is in one market at most.",
                ),
            ]),
        ),
        "Groups of regions with one time zone.",
    ),
    key(
        "defaults",
        Shape::Table(&[
            OWNER,
            key(
                "purpose",
                Shape::Word(purposes),
                "The purpose of experiences that name none. `personalization` if it is left out.",
            ),
        ]),
        "What experiences, audiences and content have unless they say otherwise.",
    ),
    key(
        "layers",
        Shape::Map(
            PLAIN,
            &Shape::Table(&[needed(
                "shares",
                Shape::Map(PLAIN, &Shape::Number(0.0, 100.0)),
                "Which experiment gets how many percent of the visitors, in written order: add new ones at the end.",
            )]),
        ),
        "Sets of experiments of which a visitor is in one at most.",
    ),
    key(
        "elsewhere",
        Shape::Tables(ELSEWHERE),
        "Tests that other tools run on the same pages, for `selvedge conflicts`.",
    ),
];

const ELSEWHERE: &[Key] = &[
    needed("name", Shape::Text, "What its tool calls it."),
    needed("tool", Shape::Text, "The tool that runs it."),
    OWNER,
    key("metric", Shape::Text, "What it should improve, as the `goal` of an experience."),
    key("slots", TEXTS, "The slots that it changes."),
    key("pages", Shape::List(&Shape::Form("^[/*][^\\s?#]*$")), "Its pages, as path patterns."),
    key("selector", Shape::Text, "The element that it changes."),
    key("traffic", Shape::Number(0.0, 100.0), "Percent of those who match that take part. 100 if it is left out."),
    key("from", Shape::Time, "When it starts: a date in UTC, or a time with its offset. No quotes."),
    key("until", Shape::Time, "When it ends. A date counts until its end."),
    ALL,
    ANY,
    NONE,
];

const ATTRIBUTE: &[Key] = &[
    needed("type", Shape::Word(types), "The type of its values. A `symbol` is a text from a closed set."),
    key(
        "values",
        Shape::Any(&[TEXTS, Shape::Word(closed_set_names)]),
        "The closed set of a symbol, or of the items of a list: an array, or the name of a set.",
    ),
    key(
        "range",
        Shape::Pair(&Shape::Number(f64::MIN, f64::MAX)),
        "The smallest and the largest number, both included; outside is unknown.",
    ),
    key(
        "max_length",
        Shape::Whole(1, 65_535),
        "The most characters of a string, or items of a list; longer is unknown.",
    ),
    needed(
        "source",
        Shape::WordOr(sources, "^feed:[a-z0-9][a-z0-9_-]*$"),
        "Where the value comes from. A feed has its name after a colon: `feed:crm`. What a `panel` says is for research and decides nothing.",
    ),
    needed("purposes", Shape::Some(&Shape::Word(purposes)), "What the value may be used for."),
    key(
        "from",
        Shape::WordOr(places, "^(header|query|cookie):.+$"),
        "Where a host finds the value in a request. Well-known names such as `request.country` need none.",
    ),
    key(
        "paths",
        Shape::Map("^[/*]", &Shape::Text),
        "Values by the path of the page, the first pattern that matches; `*` is any run of characters.",
    ),
    key("depth", Shape::Word(depths), "How personal the value is. Follows from the source unless it is said."),
    key(
        "sensitive",
        Shape::Flag,
        "A special category of data: needs a grant of its own. The purpose or the depth `sensitive` makes it one too.",
    ),
    key("retention", Shape::Form("^0*[1-9][0-9]*[smhd]$"), "How old a value may be, as in `30d`. Older is hidden."),
    key("required", Shape::Flag, "A missing value is unknown, not absent: somebody should have sent it."),
    key("optional", Shape::Flag, "A missing value is normal; rows that order, measure or search it need `has()`."),
    key(
        "default",
        Shape::Any(&[Shape::Text, Shape::Flag, Shape::Number(f64::MIN, f64::MAX), TEXTS]),
        "The value when we looked and there is none.",
    ),
    key("description", Shape::Text, "What it is, for people."),
];

const SLOT: &[Key] = &[
    key("channel", Shape::Text, "Where the slot is: `web` unless said otherwise."),
    key(
        "page",
        Shape::Form("^[/*][^\\s?#]*$"),
        "The pages that have it, as a path pattern; `*` is any run of characters. `/` if it is left out.",
    ),
    key(
        "selector",
        Shape::Text,
        "The element, as a CSS selector that the streaming rewriter can run. Needed on the web.",
    ),
    needed(
        "change",
        Shape::WordOr(changes, "^attribute:[a-z0-9_:-]+$"),
        "What is done to the element. An attribute has its name after a colon: `attribute:href`.",
    ),
    key(
        "max_graphemes",
        Shape::Whole(1, 1_000_000),
        "The longest text, in characters as people count them, tags left out.",
    ),
    key("tokens", Shape::Some(&Shape::Text), "The only texts that it takes, such as the names of layouts."),
    key(
        "min_variants",
        Shape::Whole(1, 1_000),
        "How many content items each audience of its rules should be able to see here, so that it does not repeat itself.",
    ),
    key("description", Shape::Text, "What the slot is for, for people."),
];

const AUDIENCE: &[Key] = &[OWNER, key("description", Shape::Text, "Who they are, for people."), ALL, ANY, NONE];

const CONTENT: &[Key] = &[
    OWNER,
    key("tags", TEXTS, "Labels, as in `season:winter`."),
    key("expires", Shape::Time, "A date, which counts until its end in UTC, or a time with its offset. No quotes."),
    key("trusted", Shape::Form("\\S"), "Why this content may run code. Without it markup is checked to run none."),
    key(
        "locale",
        Shape::Map(
            LOCALE,
            &Shape::Table(&[
                key("html", Shape::Text, "Markup. Longer markup can be in a file beside this one: NAME.LOCALE.html."),
                key("text", Shape::Text, "Plain text, for slots that are changed by `text` or `attribute`."),
            ]),
        ),
        "The item in each locale.",
    ),
];

const RULE: &[Key] = &[
    ALL,
    ANY,
    NONE,
    key("show", Shape::Text, "The content to show, or `control` for the origin's own."),
    key("split", Shape::Table(SPLIT), "A measured split, in place of `show`."),
];

const SPLIT: &[Key] = &[
    needed("experiment", Shape::Form(PLAIN), "The experiment that reports are about."),
    needed(
        "arms",
        Shape::Map("", &Shape::Number(0.0, 100.0)),
        "Who sees what: content names, or `control`, with their percent of the visits, in written order.",
    ),
    key(
        "unit",
        Shape::Word(units),
        "What is assigned. Never a higher rung than consent covers; `visitor` if it is left out.",
    ),
    key("layer", Shape::Form(PLAIN), "The layer that it shares its visitors with: one of `layers` in selvedge.toml."),
    key("traffic", Shape::Number(0.0, 100.0), "Percent of the matching visits that take part. 100 if it is left out."),
    key("salt", Shape::Form("^[\\s\\S]"), "Sets the draw apart from others; the experiment's name if it is left out."),
];

const EXPERIENCE: &[Key] = &[
    needed("slot", Shape::Text, "The place, from slots.toml."),
    key("purpose", Shape::Word(purposes), "What the experience is for: it reads only what may be used for that."),
    key("priority", Shape::Whole(-2_147_483_648, 2_147_483_647), "Higher is tried first. 100 if it is left out."),
    OWNER,
    key("goal", Shape::Text, "What it should improve."),
    key("benefit", Shape::Text, "What the visitor gains."),
    key("class", Shape::Text, "Its kind, as in `promotional` or `service`."),
    key(
        "audit",
        Shape::Word(audits),
        "`full` keeps what somebody needs to reconstruct each decision; needed where sensitive data can be read. `standard` if it is left out.",
    ),
    key("review_by", Shape::Time, "The day when somebody must look again: a date without quotes."),
    ALL,
    ANY,
    NONE,
    needed("rule", Shape::Tables(RULE), "The rules, in order: the first that matches decides."),
    key(
        "schedule",
        Shape::Table(&[
            key(
                "from",
                Shape::Time,
                "When it starts: a date or time without quotes, with its seconds for editors; a local one needs `zone`.",
            ),
            key("until", Shape::Time, "When it ends. A date counts until its end."),
            key("zone", Shape::Text, "The IANA zone of local times, or `market` for each market's own."),
            key("default_zone", Shape::Text, "The zone of visits outside of every market, with zone = \"market\"."),
        ]),
        "When it runs; always without it.",
    ),
];

/// A browser sends Global Privacy Control, the site's cookie, a text for each other signal, and Google's types.
const SIGNALS: &[Key] = &{
    let mut keys = [const { key("", Shape::Text, "") }; 3 + Signals::TEXTS.len()];
    keys[0] = key("gpc", Shape::Flag, "Global Privacy Control.");
    keys[1] = key("cookie", Shape::Text, "The site's consent cookie, as in `v=1&epoch=2&analytics=1`.");
    let mut at = 0;
    while at < Signals::TEXTS.len() {
        keys[2 + at] = key(Signals::TEXTS[at], Shape::Text, Signals::ABOUT[at]);
        at += 1;
    }
    let states = Shape::Map("", &Shape::Word(consent_states));
    keys[2 + at] = key("google", states, "Google Consent Mode by type, as in `ad_storage`.");
    keys
};

const VISITOR: &[Key] = &[
    key("description", Shape::Text, "Who it is, for people."),
    key("region", Shape::Form(REGION), "ISO 3166: `DE`, or `US-CA`. Without it the strictest rules hold."),
    key("locale", Shape::Form(LOCALE), "The language, as in `de-AT`."),
    key("minor", Shape::Word(ages), "The age band that the site was told; `unknown` if it is left out."),
    key("depth", Shape::Word(depths), "How personal decisions may be at most; without it there is no limit."),
    key(
        "grants",
        Shape::Worded(purposes_and_storage, &Shape::Flag, &[]),
        "What the visitor told the site, by purpose.",
    ),
    key("signals", Shape::Table(SIGNALS), "What the browser sends."),
    key(
        "identity",
        Shape::Table(&[
            key("visitor", Shape::Text, "The stored id of the device."),
            key("account", Shape::Text, "The id of the account."),
            key("session", Shape::Text, "The id of the session."),
            key("page", Shape::Text, "The randomness of the page view."),
        ]),
        "Ids that a split may assign by, each only if consent covers it.",
    ),
    key(
        "attributes",
        Shape::Dotted(&Shape::Any(&[Shape::Text, Shape::Flag, Shape::Number(f64::MIN, f64::MAX), TEXTS])),
        "Values by the names of attributes.toml.",
    ),
    key("observed", Shape::Dotted(&Shape::Time), "When a value was seen, with its offset; now, if it is not said."),
    key("unknown", TEXTS, "Attributes that nobody could look up."),
];

const TESTS: &[Key] = &[needed(
    "case",
    Shape::Tables(&[
        key("description", Shape::Text, "What is tested, for people."),
        needed("visitor", Shape::Text, "A file of visitors/."),
        needed("now", Shape::Time, "When: a time with its offset, as in 2026-12-01T09:00:00+01:00."),
        needed("expect", Shape::Dotted(&Shape::Text), "What each slot shows: a content name, or `control`."),
    ]),
    "Visitor, consent and time, and the decision that is expected.",
)];
