//! `consent.toml`: how a site keeps consent, which signals it hears, and where it differs from the region table.

use super::{
    REGION, REGION_OR_DEFAULT, TEXTS, age_models, bases, mapped, models, purposes, purposes_and_storage, records,
    signals,
};
use crate::author::schema::shape::{Key, Shape, key};
use crate::consent::platforms::{PLATFORMS, Platform};
use crate::words::Signal;

pub(super) const CONSENT: &[Key] = &[
    key("cookie", Shape::Form(COOKIE), "The name of the consent cookie."),
    key("child_directed", Shape::Flag, "Whether the site is made for children: a visitor of unknown age is one then."),
    key(
        "regions",
        Shape::List(&Shape::Form(REGION)),
        "Only these regions, and the default; all of the shipped table if it is left out.",
    ),
    key("signals", Shape::Table(SIGNALS), "Which signals of others the site uses, and where it finds them."),
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
        Shape::Map(REGION_OR_DEFAULT, &Shape::Worded(purposes_and_storage, &Shape::Word(models), OVERRIDE)),
        "Where a region differs from the shipped table. Stricter is silent, looser is warned of.",
    ),
];

const COOKIE: &str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";
const PLACE: Key =
    key("cookie", Shape::Form(COOKIE), "The cookie that it is kept in; the usual one if it is left out.");

const EVENT: Key =
    key("event", Shape::Text, "The window event that tells of a choice; `UC_CONSENT` if it is left out.");

const SIGNALS: &[Key] = &{
    let mut keys = [const { key("", Shape::Flag, "") }; 5 + PLATFORMS.len()];
    keys[0] = key("use", Shape::List(&Shape::Word(signals)), "The signals that are read; all if it is left out.");
    keys[1] = key("tcf", Shape::Table(TCF), "TC strings.");
    keys[2] = key("gpp", Shape::Table(&[PLACE]), "GPP strings.");
    keys[3] = key("usp", Shape::Table(&[PLACE]), "US Privacy strings.");
    keys[4] = key(
        "usercentrics",
        Shape::Worded(mapped, &TEXTS, &[EVENT]),
        "Services and categories of Usercentrics by the purpose that needs them. Only pages hear it: it is not in `use`.",
    );
    let mut at = 0;
    while at < PLATFORMS.len() {
        let Platform { signal, about, .. } = PLATFORMS[at];
        // Google's types are in no cookie.
        let place: &[Key] = if matches!(signal, Signal::Google) { &[] } else { &[PLACE] };
        keys[5 + at] = key(signal.name(), Shape::Worded(mapped, &GROUPS[at], place), about.table);
        at += 1;
    }
    keys
};

/// The shape of the groups of each platform: of its fixed names, or any text.
static GROUPS: [Shape; PLATFORMS.len()] = {
    let mut shapes = [const { Shape::List(&Shape::Text) }; PLATFORMS.len()];
    let mut at = 0;
    while at < PLATFORMS.len() {
        if PLATFORMS[at].about.parts.is_some() {
            shapes[at] = Shape::List(&PARTS[at]);
        }
        at += 1;
    }
    shapes
};

static PARTS: [Shape; PLATFORMS.len()] = {
    let mut shapes = [const { Shape::Text }; PLATFORMS.len()];
    let mut at = 0;
    while at < PLATFORMS.len() {
        if let Some(parts) = PLATFORMS[at].about.parts {
            shapes[at] = Shape::Word(parts);
        }
        at += 1;
    }
    shapes
};

const TCF: &[Key] = &[
    PLACE,
    key("basis", Shape::List(&Shape::Word(bases)), "Whose permission counts: the first that a string has."),
    key("vendor", Shape::Whole(1, 65_535), "The site's number on the vendor list."),
];

const OVERRIDE: &[Key] = &[
    key("gpc_off", Shape::List(&Shape::Word(purposes)), "The purposes that Global Privacy Control switches off."),
    key("max_grant_age_days", Shape::Whole(1, 3_650), "How many days a grant lasts; older ones are silence."),
    key("child", Shape::Word(age_models), "What known children need, for `child_purposes`."),
    key("child_purposes", Shape::List(&Shape::Word(purposes)), "The purposes that `child` holds for."),
    key("teen", Shape::Word(age_models), "What known teens need, for `teen_purposes`."),
    key("teen_purposes", Shape::List(&Shape::Word(purposes)), "The purposes that `teen` holds for."),
];
