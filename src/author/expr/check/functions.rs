//! The names of the functions, and what other languages call them.
//!
//! Takes a name as somebody wrote it, gives the function that is meant, if one is. It knows no types.

/// The function that a name of another language, or in another case, means.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase().replace('_', "");
    let alias = ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, meant)| *meant);
    alias.or_else(|| FUNCTIONS.iter().find(|known| known.eq_ignore_ascii_case(&plain)).copied())
}

/// The function that reads a part of a time, as people name the part.
pub(super) fn getter(part: &str) -> Option<&'static str> {
    meant(part).filter(|name| name.starts_with("get"))
}

/// Whether a function stands behind its value and takes nothing else.
pub(super) fn is_method(name: &str) -> bool {
    name.starts_with("get") || matches!(name, "lowerAscii" | "upperAscii")
}

/// Every function of the profile, by its name.
pub(super) const FUNCTIONS: &[&str] = &[
    "all",
    "cidr",
    "compareTo",
    "contains",
    "containsIP",
    "double",
    "duration",
    "endsWith",
    "exists",
    "exists_one",
    "family",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "glob",
    "has",
    "int",
    "ip",
    "isGreaterThan",
    "isIP",
    "isLessThan",
    "isLinkLocalUnicast",
    "isLoopback",
    "isSemver",
    "isUnspecified",
    "lowerAscii",
    "major",
    "minor",
    "patch",
    "semver",
    "size",
    "startsWith",
    "timestamp",
    "upperAscii",
];

/// What other languages call our functions, in small letters without `_`.
const ALIASES: &[(&str, &str)] = &[
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("includes", "contains"),
    ("beginswith", "startsWith"),
    ("hasprefix", "startsWith"),
    ("hassuffix", "endsWith"),
    ("exist", "has"),
    ("isset", "has"),
    ("defined", "has"),
    ("ispresent", "has"),
    ("lower", "lowerAscii"),
    ("tolower", "lowerAscii"),
    ("tolowercase", "lowerAscii"),
    ("upper", "upperAscii"),
    ("toupper", "upperAscii"),
    ("touppercase", "upperAscii"),
    ("some", "exists"),
    ("any", "exists"),
    ("every", "all"),
    ("date", "timestamp"),
    ("datetime", "timestamp"),
    ("interval", "duration"),
    ("version", "semver"),
    ("toint", "int"),
    ("float", "double"),
    ("hour", "getHours"),
    ("gethour", "getHours"),
    ("hours", "getHours"),
    ("minute", "getMinutes"),
    ("minutes", "getMinutes"),
    ("second", "getSeconds"),
    ("seconds", "getSeconds"),
    ("month", "getMonth"),
    ("day", "getDate"),
    ("dayofmonth", "getDate"),
    ("dayofyear", "getDayOfYear"),
    ("fullyear", "getFullYear"),
    ("year", "getFullYear"),
    ("getyear", "getFullYear"),
    ("dayofweek", "getDayOfWeek"),
    ("weekday", "getDayOfWeek"),
    ("getday", "getDayOfWeek"),
];
