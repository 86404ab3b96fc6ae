//! The names of the functions, and what other languages call them.
//!
//! Takes a name as written, gives the function that is meant, if there is one. It knows no types.

/// The function that a name of another language, or in another case, means.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase().replace('_', "");
    let alias = ALIASES.iter().find(|(_, aliases)| aliases.split(' ').any(|alias| alias == plain));
    alias.map(|(meant, _)| *meant).or_else(|| functions().find(|known| known.eq_ignore_ascii_case(&plain)))
}

/// The function that reads a part of a time, as people name the part.
pub(super) fn getter(part: &str) -> Option<&'static str> {
    meant(part).filter(|name| name.starts_with("get"))
}

/// True if a function stands behind its value and takes nothing else.
pub(super) fn is_method(name: &str) -> bool {
    name.starts_with("get") || matches!(name, "lowerAscii" | "upperAscii")
}

/// Every function of the profile, by its name.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.split_ascii_whitespace()
}

const FUNCTIONS: &str = "\
    all cidr compareTo contains containsIP double duration endsWith exists exists_one family getDate getDayOfMonth \
    getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth getSeconds glob has int ip \
    isGreaterThan isIP isLessThan isLinkLocalUnicast isLoopback isSemver isUnspecified lowerAscii major minor patch \
    semver size startsWith timestamp upperAscii";

/// Our functions, and what other languages call them, in small letters without `_`.
const ALIASES: &[(&str, &str)] = &[
    ("size", "len length count"),
    ("contains", "includes"),
    ("startsWith", "beginswith hasprefix"),
    ("endsWith", "hassuffix"),
    ("has", "exist isset defined ispresent"),
    ("lowerAscii", "lower tolower tolowercase"),
    ("upperAscii", "upper toupper touppercase"),
    ("exists", "some any"),
    ("all", "every"),
    ("timestamp", "date datetime"),
    ("duration", "interval"),
    ("semver", "version"),
    ("int", "toint"),
    ("double", "float"),
    ("getHours", "hour gethour hours"),
    ("getMinutes", "minute minutes"),
    ("getSeconds", "second seconds"),
    ("getMonth", "month"),
    ("getDate", "day dayofmonth"),
    ("getDayOfYear", "dayofyear"),
    ("getFullYear", "fullyear year getyear"),
    ("getDayOfWeek", "dayofweek weekday getday"),
];
