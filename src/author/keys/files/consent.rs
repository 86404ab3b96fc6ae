//! `consent.toml`: how a site keeps consent, which signals it hears, and where it differs from the region table.

use super::regions::AGE_MODELS;
use super::{MODELS, PURPOSES, TEXTS, records};
use super::forms::{self, REGION};
use crate::author::keys::shape::Shape::{Flag, Form, Like, List, Map, Purposes, Table, Whole, Word, WordOr, Worded};
use crate::author::keys::shape::{Key, Name, Shape, Words, key, list, refused};
use crate::author::keys::{File, Layout};
use crate::consent::sources::Signal;
use crate::consent::tcf::Basis;
use crate::words::Purpose;

/// The purposes that groups of a consent platform can stand for.
pub(crate) fn mapped() -> impl Iterator<Item = Purpose> {
    Purpose::ALL.iter().copied().filter(|purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual))
}

pub(super) const FILE: File = File {
    pattern: "consent.toml",
    about: "How the site keeps consent, what its purposes say, and where it differs from the shipped regimes.",
    layout: Layout::One,
    shape: Table(&[
        key("cookie", Form(&forms::COOKIE), "The name of the consent cookie.").or("\"selvedge-consent\""),
        key("child_directed", Flag, "Whether the site is made for children: a visitor of unknown age is one then."),
        key(
            "regions",
            // The reader knows the codes of the region table.
            List(&Like(REGION.pattern, "DE")),
            "Only these regions, and the default; all of the shipped table if it is left out.",
        ),
        key("signals", Table(SIGNALS), "Which signals of others the site uses, and where it finds them."),
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
            "Where a region differs from the shipped table. Stricter is silent, looser is warned of.",
        ),
    ]),
};

const COOKIE: Key =
    key("cookie", Form(&forms::COOKIE),
    "The cookie that it is kept in; the usual one if it is left out.");

const MAPPED: Words = || mapped().map(Purpose::name).collect();
const COOKIEBOT: Shape = List(&Word(|| vec!["preferences", "statistics", "marketing"]));
const GOOGLE: Shape = List(&Word(|| {
    vec![
        "ad_personalization",
        "ad_storage",
        "ad_user_data",
        "analytics_storage",
        "functionality_storage",
        "personalization_storage",
        "security_storage",
    ]
}));

const SIGNALS: &[Key] = &[
    key("use", List(&WordOr(|| list(Signal::ALL, Signal::name), "")),
        "The signals that are read; all if it is left out."),
    key("tcf", Table(TCF), "TC strings."),
    key("gpp", Table(&[COOKIE]), "GPP strings."),
    key("usp", Table(&[COOKIE]), "US Privacy strings."),
    key("onetrust", Worded(MAPPED, &TEXTS, &[COOKIE]), "Groups of OneTrust by the purpose that needs them."),
    key("cookiebot", Worded(MAPPED, &COOKIEBOT, &[COOKIE]), "Categories of Cookiebot by the purpose that needs them."),
    key("didomi", Worded(MAPPED, &TEXTS, &[COOKIE]), "Purposes of Didomi by the purpose that needs them."),
    key("usercentrics", Worded(MAPPED, &TEXTS, USERCENTRICS),
        "Services and categories of Usercentrics by the purpose that needs them. Only pages hear it: it is not in `use`."),
    key("google", Worded(MAPPED, &GOOGLE, &[]), "Types of Google Consent Mode by the purpose that needs them."),
];

const TCF: &[Key] = &[
    COOKIE,
    key("basis", List(&Word(|| list(Basis::ALL, Basis::name))),
        "Whose permission counts: the first that a string has."),
    key("vendor", Whole(1, 65_535), "The site's number on the vendor list."),
];

const USERCENTRICS: &[Key] = &[
    key("event", Form(&forms::WINDOW_EVENT), "The window event that tells of a choice.").or("\"UC_CONSENT\""),
    refused("cookie"),
];

const OVERRIDE: &[Key] = &[
    key("gpc_off", PURPOSES, "The purposes that Global Privacy Control switches off."),
    key("max_grant_age_days", Whole(1, 3_650), "How many days a grant lasts; older ones are silence."),
    key("child", Word(BANDS), "What known children need, for `child_purposes`."),
    key("child_purposes", PURPOSES, "The purposes that `child` holds for."),
    key("teen", Word(BANDS), "What known teens need, for `teen_purposes`."),
    key("teen_purposes", PURPOSES, "The purposes that `teen` holds for."),
];

const BANDS: Words = || list(&AGE_MODELS, |(_, name)| name);
