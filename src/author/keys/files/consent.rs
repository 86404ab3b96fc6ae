//! `consent.toml`: how a site keeps consent, which signals it reads, and where it differs from the region table.

use super::regions::AGE_MODELS;
use super::{BY_LOCALE, File, Key, Layout, MODELS, Name, PURPOSES, Shape, TEXTS, Words, forms, key, list, needed, records, refused};
use super::forms::REGION;
use crate::author::keys::shape::Shape::{Flag, Form, Like, List, Map, Purposes, Table, Text, Whole, Word, WordOr, Worded};
use crate::consent::platforms::{PLATFORMS, Platform};
use crate::consent::tcf::Basis;
use crate::words::{Purpose, Signal};

/// The purposes that groups of a consent platform can stand for.
pub(crate) fn mapped() -> impl Iterator<Item = Purpose> {
    Purpose::ALL.iter().copied().filter(|purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual))
}

pub(super) const FILE: File = File {
    pattern: "consent.toml",
    about: "How the site keeps consent, what its purposes mean, and how it differs from the shipped region table.",
    layout: Layout::One,
    shape: Table(&[
        key("cookie", Form(&forms::COOKIE), "The name of the consent cookie.").or("\"selvedge-consent\""),
        key("child_directed", Flag, "A site made for children. A visitor of unknown age counts as a child."),
        key(
            "regions",
            // The reader knows the codes of the region table.
            List(&Like(REGION.pattern, "DE")),
            "The regions of the bundle, beside the default. Without this key it has every region of the table.",
        ),
        key("signals", Table(SIGNALS), "The consent signals of other systems that the site uses, and their places."),
        key("linking", Table(LINKING),
            "Links between the devices and the account of a person. People agree to them by a choice of their own. Without this table nothing is linked."),
        records::GPC,
        records::CONTROLLER,
        records::OBJECTION,
        records::SECURITY,
        records::RECIPIENTS,
        records::TRANSFERS,
        records::LOG,
        records::PURPOSES,
        key(
            "overrides",
            // A country, a part of one, or a code of the region table such as `EU`.
            Map(Name::Like("^([A-Z]{2}(-[A-Z0-9]{1,3})?|default)$", "DE"), &Purposes(&Word(MODELS), OVERRIDE)),
            "Differences from the region table. A looser value needs `counsel` and `reason`.",
        ),
    ]),
};

const LINKING: &[Key] = &[
    needed("text", Text, "The sentence that a person agrees to before a device is linked.", "write the sentence that people agree to")
        .such_as("\"Show me the same on all my devices\""),
    key("texts", Map(BY_LOCALE, &Text), "The same text in other languages."),
    key("retention", Form(&forms::LINK_TIME), "How long a link holds after the person agreed.").or("\"395d\""),
];

const COOKIE: Key =
    key("cookie", Form(&forms::COOKIE),
    "The cookie with the signal. Without this key it is the usual cookie.");

const MAPPED: Words = || mapped().map(Purpose::name).collect();
const SIGNALS: &[Key] = &{
    let mut keys = [const { key("", Flag, "") }; 5 + PLATFORMS.len()];
    keys[0] = key("use", List(&WordOr(|| list(Signal::ALL, Signal::name), "")),
        "The signals that are read. Without this key all are.");
    keys[1] = key("tcf", Table(TCF), "TC strings.");
    keys[2] = key("gpp", Table(&[COOKIE]), "GPP strings.");
    keys[3] = key("usp", Table(&[COOKIE]), "US Privacy strings.");
    keys[4] = key("usercentrics", Worded(MAPPED, &TEXTS, USERCENTRICS),
        "Services and categories of Usercentrics by the purpose that needs them. Only pages can listen to it, so `use` does not name it.");
    let mut at = 0;
    while at < PLATFORMS.len() {
        let Platform { signal, about, .. } = PLATFORMS[at];
        // Google's types are in no cookie.
        let cookie: &[Key] = if matches!(signal, Signal::Google) { &[] } else { &[COOKIE] };
        keys[5 + at] = key(signal.name(), Worded(MAPPED, &GROUPS[at], cookie), about.table);
        at += 1;
    }
    keys
};

/// The groups that stand for a purpose, by platform: the same on every site, or any.
static GROUPS: [Shape; PLATFORMS.len()] = {
    let mut shapes = [const { List(&Text) }; PLATFORMS.len()];
    let mut at = 0;
    while at < PLATFORMS.len() {
        if PLATFORMS[at].about.parts.is_some() {
            shapes[at] = List(&PARTS[at]);
        }
        at += 1;
    }
    shapes
};

static PARTS: [Shape; PLATFORMS.len()] = {
    let mut shapes = [const { Text }; PLATFORMS.len()];
    let mut at = 0;
    while at < PLATFORMS.len() {
        if let Some(parts) = PLATFORMS[at].about.parts {
            shapes[at] = Word(parts);
        }
        at += 1;
    }
    shapes
};

const TCF: &[Key] = &[
    COOKIE,
    key("basis", List(&Word(|| list(Basis::ALL, Basis::name))),
        "The permission that counts. The first one that a string has decides."),
    key("vendor", Whole(1, 65_535), "The site's number on the vendor list."),
];

const USERCENTRICS: &[Key] = &[
    key("event", Form(&forms::WINDOW_EVENT), "The window event that announces a choice.").or("\"UC_CONSENT\""),
    refused("cookie"),
];

const OVERRIDE: &[Key] = &[
    key("gpc_off", PURPOSES, "The purposes that Global Privacy Control switches off."),
    key("max_grant_age_days", Whole(1, 3_650), "How many days a grant lasts. An older grant counts as no answer."),
    key("child", Word(BANDS), "The model for known children, for `child_purposes`."),
    key("child_purposes", PURPOSES, "The purposes to which `child` applies."),
    key("teen", Word(BANDS), "The model for known teenagers, for `teen_purposes`."),
    key("teen_purposes", PURPOSES, "The purposes to which `teen` applies."),
    super::regions::COUNSEL,
    super::regions::REASON,
];

const BANDS: Words = || list(&AGE_MODELS, |(_, name)| name);
