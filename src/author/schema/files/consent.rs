//! `consent.toml`: how a site keeps consent, which signals it hears, and where it differs from the region table.

use super::{
    REGION, REGION_OR_DEFAULT, TEXTS, age_models, bases, cookiebot, google, mapped, models, purposes,
    purposes_and_storage, records, signals,
};
use crate::author::schema::shape::{Key, Shape, key};

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

const SIGNALS: &[Key] = &[
    key("use", Shape::List(&Shape::Word(signals)), "The signals that are read; all if it is left out."),
    key(
        "tcf",
        Shape::Table(&[
            PLACE,
            key("basis", Shape::List(&Shape::Word(bases)), "Whose permission counts: the first that a string has."),
            key("vendor", Shape::Whole(1, 65_535), "The site's number on the vendor list."),
        ]),
        "TC strings.",
    ),
    key("gpp", Shape::Table(&[PLACE]), "GPP strings."),
    key("usp", Shape::Table(&[PLACE]), "US Privacy strings."),
    key("onetrust", Shape::Worded(mapped, &TEXTS, &[PLACE]), "Groups of OneTrust by the purpose that needs them."),
    key(
        "cookiebot",
        Shape::Worded(mapped, &Shape::List(&Shape::Word(cookiebot)), &[PLACE]),
        "Categories of Cookiebot by the purpose that needs them.",
    ),
    key("didomi", Shape::Worded(mapped, &TEXTS, &[PLACE]), "Purposes of Didomi by the purpose that needs them."),
    key(
        "usercentrics",
        Shape::Worded(mapped, &TEXTS, &[EVENT]),
        "Services and categories of Usercentrics by the purpose that needs them. Only pages hear it: it is not in `use`.",
    ),
    key(
        "google",
        Shape::Worded(mapped, &Shape::List(&Shape::Word(google)), &[]),
        "Types of Google Consent Mode by the purpose that needs them.",
    ),
];

const OVERRIDE: &[Key] = &[
    key("gpc_off", Shape::List(&Shape::Word(purposes)), "The purposes that Global Privacy Control switches off."),
    key("max_grant_age_days", Shape::Whole(1, 3_650), "How many days a grant lasts; older ones are silence."),
    key("child", Shape::Word(age_models), "What known children need, for `child_purposes`."),
    key("child_purposes", Shape::List(&Shape::Word(purposes)), "The purposes that `child` holds for."),
    key("teen", Shape::Word(age_models), "What known teens need, for `teen_purposes`."),
    key("teen_purposes", Shape::List(&Shape::Word(purposes)), "The purposes that `teen` holds for."),
];
