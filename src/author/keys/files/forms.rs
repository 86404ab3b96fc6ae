//! Forms of texts: code, pattern, example, check, the message about a malformed text, and how to write it.

use crate::author::keys::forms::{Form, clock, days, form, seconds};
use crate::author::{closed_sets, names, paths};
use crate::log::events;
use crate::words::time;

pub(crate) const PLAIN: &str = "^[a-z0-9][a-z0-9_-]*$";
const IN_THE_FILE: &str = "use lower-case letters, digits, _ and -";
const THE_FILE: &str = "name the file with lower-case letters, digits, _ and -";

pub(crate) const SITE: Form = form("SV9008", "^[a-z0-9][a-z0-9-]*$", "storefront", |name| names::is_plain(name, "-"),
    "`{}` cannot be the name of a site", "use lower-case letters, digits and hyphens");
pub(crate) const ENVIRONMENT: Form = plain("`{}` cannot be the name of an environment", IN_THE_FILE);
pub(crate) const AUDIENCE: Form = plain("`{}` cannot be the name of an audience", IN_THE_FILE);
pub(crate) const EXPERIENCE: Form = plain("`{}` cannot be the name of an experience", THE_FILE);
pub(crate) const EXPERIMENT: Form = plain("`{}` cannot be the name of an experiment", IN_THE_FILE);
pub(crate) const LAYER: Form = plain("`{}` cannot be the name of a layer", IN_THE_FILE);
pub(crate) const CHANNEL: Form = plain("`{}` cannot be the name of a channel", IN_THE_FILE);
pub(crate) const HOLDOUT: Form = plain("`{}` cannot be the name of a holdout", IN_THE_FILE);
pub(crate) const JOURNEY: Form = plain("`{}` cannot be the name of a journey", IN_THE_FILE);
pub(crate) const POLICY: Form = plain("`{}` cannot be the name of a part of the contact policy", IN_THE_FILE);
pub(crate) const HOLIDAY: Form = plain("`{}` cannot be the name of a holiday", IN_THE_FILE);
pub(crate) const MARKET: Form = form("SV7102", "^[A-Za-z0-9][A-Za-z0-9_-]*$", "dach", is_market, "`{}` cannot be the name of a market",
    "use letters, digits, _ and -");
pub(crate) const DIGEST: Form = form("SV7106", "^[0-9a-f]{8}$", "9c3f01a2", is_digest, "`{}` is not a digest of an experience",
    "take the eight digits that `selvedge report markets` prints");
pub(crate) const VISITOR: Form = plain("`{}` cannot be the name of a visitor", THE_FILE);
pub(crate) const CONTENT: Form = form("SV9008", "^[a-z0-9][a-z0-9_/-]*$", "hero/winter",
    |name| names::is_plain(name, "_/-") && name != "control", "`{}` cannot be the name of content",
    "use lower-case letters, digits, _, - and folders; `control` means the origin's content");
pub(crate) const ATTRIBUTE: Form = form("SV9008", "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$", "request.country",
    |name| names::is_dotted(name, 2, ""), "`{}` cannot be the name of an attribute",
    "write a group and a name in lower case, as in [request.country]; digits and underscores are fine");
pub(crate) const SLOT: Form = form("SV9008", "^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*)*$", "home.hero",
    |name| names::is_dotted(name, 1, "-"), "`{}` cannot be the name of a slot",
    "use lower-case letters, digits, hyphens and dots, as in [home.hero]");
pub(crate) const EVENT: Form = form("SV9008", "^[A-Za-z0-9_.:-]{1,64}$", "a", events::is_name,
    "`{}` cannot be the name of an event", "write at most 64 letters, digits, `-`, `_`, `.` and `:`");
pub(crate) const DETAIL: Form = Form { wrong: "`{}` cannot be the name of a detail", ..EVENT };
pub(crate) const LOCALE: Form = form("SV7002", "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", "de", names::is_locale,
    "`{}` is not a BCP 47 locale", "write a language and, if needed, a region: `de`, `de-AT`").meant(names::as_locale);
pub(crate) const FALLING: Form = Form { pattern: "^(\\*|[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)$", fits: |tag| tag == "*" || names::is_locale(tag),
    help: "write a language and, if needed, a region: `de`, `de-AT`; `*` is every locale", ..LOCALE };
pub(crate) const REGION: Form = form("SV5003", "^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "DE", closed_sets::is_region,
    "`{}` is not an ISO 3166 region", "write a country or a part of one, as in `DE` or `US-CA`").meant(a_region);
pub(crate) const ORIGIN: Form = form("SV9014", "^https?://[^\\s@#]+$", "https://shop.example", is_origin,
    "`{}` is not the address of an origin", "write scheme and host, as in \"https://shop.example\"");
// A path as hosts hand it over, in the normal form of RFC 3986.
pub(crate) const PATHS: Form = Form { doubt: paths::foreign, ..form("SV4011",
    "^[/*]([!$&'()*+,./0-9:;=@A-Z\\[\\]_a-z|~-]|%([0189A-F][0-9A-F]|2[0-9ABCF]|3[A-F]|40|5[B-E]|60|7[BCDF]))*$",
    "/products/*", paths::is_pattern, "`{}` is not a path pattern",
    "start with /, as in \"/products/*\", and write it as addresses have it; the query does not count")
    .meant(paths::meant) };
pub(crate) const PATHS_OF_VALUES: Form = Form { code: "SV1115", ..PATHS };
// RFC 6265: a cookie's name is a token.
pub(crate) const COOKIE: Form = form("SV5010", "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", "consent",
    |name| !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c)),
    "`{}` cannot be the name of a cookie", "use letters, digits, - and _");
pub(crate) const EMAIL: Form = form("SV5203", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", "privacy@shop.example", is_email,
    "`{}` is not an email address", "write it as in \"privacy@shop.example\"");
// Two slashes would lead to another host.
pub(crate) const PAGE: Form = form("SV5203", "^(https://|/([^/]|$))", "/privacy",
    |url| url.starts_with("https://") || url.starts_with('/') && !url.starts_with("//"),
    "`{}` is not the address of a page", "write a path of this site, as in \"/privacy\", or an address with https://");
pub(crate) const RETENTION: Form = form("SV5007", "^0*[1-9][0-9]*[smhd]$", "30d", |text| seconds(text).is_some(),
    "`{}` is not a length of time", "write a whole number and s, m, h or d, as in \"30d\"; at most 100 years");
pub(crate) const WINDOW: Form =
    Form { code: "SV1301", example: "5m", help: "write a whole number and s, m, h or d, as in \"5m\"", ..RETENTION };
pub(crate) const FEED: Form = form("SV1102", PLAIN, "stock", |name| names::is_plain(name, "_-"),
    "`{}` cannot be the name of a feed", IN_THE_FILE);
pub(crate) const FEED_TIME: Form = Form { code: "SV5253", example: "15m", help: "write a whole number and s, m, h or d, as in \"15m\"",
    ..RETENTION };
pub(crate) const FEED_URL: Form = Form { code: "SV5254", wrong: "`{}` is not the address of a feed",
    help: "write the whole address, as in \"https://shop.example/stock.csv\"; a secret in it would be in git, so name it as `${VARIABLE}`",
    example: "https://shop.example/stock.csv", ..ORIGIN };
pub(crate) const CONTACT_TIME: Form = Form { code: "SV2241", example: "7d", help: "write a whole number and s, m, h or d, as in \"7d\"",
    ..RETENTION };
pub(crate) const LINK_TIME: Form = Form { code: "SV5280", example: "395d", help: "write a whole number and s, m, h or d, as in \"395d\"",
    ..RETENTION };
pub(crate) const CLOCK: Form = form("SV2247", "^([01][0-9]|2[0-3]):[0-5][0-9]$", "21:00", |text| clock(text).is_some(),
    "`{}` is not a time of day", "write hours and minutes, as in \"21:00\"");
// At most ten years.
pub(crate) const LOG_DAYS: Form = form("SV5204", "^([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)d$",
    "395d", |text| days(text).is_some(), "`{}` is not a number of days",
    "write it as in \"395d\"; at least 1d, at most 3650d").why("lines of a log are removed day by day");
pub(crate) const GOAL: Form = plain("`{}` cannot be the name of a goal", IN_THE_FILE);
pub(crate) const GOAL_WINDOW: Form = Form { code: "SV5406", example: "14d", why: "a line of the log says the day",
    help: "write it as in \"14d\"; at least 1d, at most 3650d", ..LOG_DAYS };
pub(crate) const CURRENCY: Form = form("SV5407", "^[A-Z]{3}$", "EUR",
    |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
    "`{}` is no ISO 4217 currency", "write three capital letters, as in \"EUR\"");
pub(crate) const DAY: Form = form("SV7011", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2026-11-21",
    |text| text.len() == 10 && time::parse_rfc3339(&format!("{text}T00:00:00Z")).is_some(), "`{}` is not a day",
    "write it as in \"2027-01-01\"");
pub(crate) const REASON: Form = form("SV5008", "\\S", "our own widget", |text| !text.trim().is_empty(),
    "`trusted` needs a reason", "say why this content may run code");
pub(crate) const SALT: Form = form("SV2210", "^[\\s\\S]", "winter-2026", |text| !text.is_empty(),
    "a salt cannot be empty", "remove it: the experiment's name is then the salt");
pub(crate) const WINDOW_EVENT: Form = form("SV5019", "^[\\s\\S]", "UC_CONSENT", |text| !text.is_empty(),
    "an event needs a name",
    "write the name of the window event that Usercentrics sends, or remove the key");

/// A name of lower-case letters, digits, `_` and `-`.
const fn plain(wrong: &'static str, help: &'static str) -> Form {
    form("SV9008", PLAIN, "a", |name| names::is_plain(name, "_-"), wrong, help)
}

/// The region that was probably meant.
fn a_region(code: &str) -> Option<String> {
    let meant = closed_sets::usual_mistake(code).or_else(|| names::closest(code, closed_sets::countries()));
    meant.map(str::to_owned)
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "@#".contains(c)))
}

fn is_email(text: &str) -> bool {
    let has_form = |(name, host): (&str, &str)| !name.is_empty() && host.contains('.') && !host.contains('@');
    text.split_once('@').is_some_and(has_form) && !text.contains(char::is_whitespace)
}

fn is_market(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn is_digest(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
