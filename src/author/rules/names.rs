//! The rules by name: what people type where they do not remember a code.
//!
//! Takes a code or a name, gives the other. A name says what is found, and stays with its code.

/// The name of a rule, as in `unused-attribute`.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// The code of the rule with this code or name, in small or capital letters.
#[must_use]
pub fn find(written: &str) -> Option<&'static str> {
    let is = |known: &str| known.eq_ignore_ascii_case(written);
    NAMES.iter().find(|(code, name)| is(code) || is(name)).map(|(code, _)| *code)
}

/// The rule that was probably meant.
#[must_use]
pub fn nearest(written: &str) -> Option<&'static str> {
    let all = NAMES.iter().flat_map(|(code, name)| [*code, *name]);
    crate::author::names::closest(written, all)
}

/// Code and name of every rule, sorted by code.
const NAMES: &[(&str, &str)] = &[
    ("SV1102", "feed-name"),
    ("SV1103", "empty-closed-set"),
    ("SV1104", "constraint-type"),
    ("SV1105", "unknown-closed-set"),
    ("SV1106", "empty-range"),
    ("SV1107", "required-and-optional"),
    ("SV1108", "default-outside-rules"),
    ("SV1109", "optional-with-default"),
    ("SV1110", "undeclared-attribute"),
    ("SV1111", "sample-outside-rules"),
    ("SV1112", "unknown-place"),
    ("SV1113", "two-places"),
    ("SV1114", "cookie-source"),
    ("SV1115", "attribute-path"),
    ("SV1207", "unused-attribute"),
    ("SV1301", "malformed-window"),
    ("SV1302", "reserved-event"),
    ("SV1303", "too-many-details"),
    ("SV1304", "detail-type"),
    ("SV2001", "row-syntax"),
    ("SV2002", "unknown-name"),
    ("SV2003", "type-mismatch"),
    ("SV2004", "outside-closed-set"),
    ("SV2005", "unguarded-optional"),
    ("SV2006", "outside-profile"),
    ("SV2007", "not-a-condition"),
    ("SV2008", "constant-row"),
    ("SV2009", "row-over-budget"),
    ("SV2010", "malformed-constant"),
    ("SV2101", "audience-cycle"),
    ("SV2102", "audience-without-rows"),
    ("SV2104", "empty-rows"),
    ("SV2105", "extreme-audience"),
    ("SV2106", "twin-audiences"),
    ("SV2107", "empty-audience"),
    ("SV2108", "universal-audience"),
    ("SV2109", "duplicate-audience"),
    ("SV2110", "unproved"),
    ("SV2111", "unbounded-reach"),
    ("SV2201", "experience-without-rules"),
    ("SV2202", "unknown-slot"),
    ("SV2203", "idle-rule"),
    ("SV2204", "ambiguous-rule"),
    ("SV2205", "unknown-content"),
    ("SV2206", "split-without-arms"),
    ("SV2207", "arms-over-whole"),
    ("SV2208", "malformed-share"),
    ("SV2210", "empty-salt"),
    ("SV2211", "impossible-rule"),
    ("SV2212", "unreachable-rule"),
    ("SV2213", "repeated-rule"),
    ("SV2214", "experiment-defined-twice"),
    ("SV2215", "colliding-experiments"),
    ("SV2216", "unknown-layer"),
    ("SV2217", "layer-share"),
    ("SV2218", "layer-unit"),
    ("SV2219", "layer-over-whole"),
    ("SV2220", "test-without-pages"),
    ("SV2221", "no-control"),
    ("SV2301", "unknown-visitor"),
    ("SV2303", "case-without-expectation"),
    ("SV4001", "running-code"),
    ("SV4002", "broken-markup"),
    ("SV4003", "missing-default-locale"),
    ("SV4006", "stray-markup"),
    ("SV4007", "duplicate-locale"),
    ("SV4008", "content-kind"),
    ("SV4009", "content-too-long"),
    ("SV4010", "unrunnable-selector"),
    ("SV4011", "slot-page"),
    ("SV4012", "slot-attribute"),
    ("SV4013", "unseen-content"),
    ("SV4014", "unused-content"),
    ("SV4015", "slot-not-on-page"),
    ("SV4016", "slot-not-changeable"),
    ("SV4017", "unknown-token"),
    ("SV4204", "too-few-variants"),
    ("SV5001", "unknown-team"),
    ("SV5002", "storage-purpose"),
    ("SV5003", "unknown-region"),
    ("SV5004", "attribute-without-purpose"),
    ("SV5005", "attribute-without-retention"),
    ("SV5006", "sensitive-depth"),
    ("SV5007", "malformed-retention"),
    ("SV5008", "trusted-without-reason"),
    ("SV5009", "experience-without-owner"),
    ("SV5010", "consent-cookie"),
    ("SV5011", "looser-regime"),
    ("SV5012", "unknown-purpose"),
    ("SV5013", "unreadable-for-purpose"),
    ("SV5014", "signal-in-own-cookie"),
    ("SV5015", "unused-signal"),
    ("SV5016", "vendor-basis-without-vendor"),
    ("SV5017", "signal-only-in-pages"),
    ("SV5018", "signal-without-groups"),
    ("SV5019", "event-without-name"),
    ("SV5020", "sensitive-without-purpose"),
    ("SV5021", "sensitive-contradicted"),
    ("SV5101", "old-region-table"),
    ("SV5102", "unsourced-region"),
    ("SV5103", "region-parent"),
    ("SV5104", "default-region"),
    ("SV5105", "looser-region-table"),
    ("SV5201", "unclassified-purpose"),
    ("SV5203", "record-address"),
    ("SV5204", "log-retention"),
    ("SV5301", "sensitive-without-audit"),
    ("SV5302", "panel-in-rule"),
    ("SV7001", "missing-translation"),
    ("SV7002", "malformed-locale"),
    ("SV7003", "default-locale"),
    ("SV7004", "unknown-locale"),
    ("SV7005", "time-without-zone"),
    ("SV7006", "moment-without-offset"),
    ("SV7007", "backward-schedule"),
    ("SV7008", "unknown-zone"),
    ("SV7009", "schedule-without-edges"),
    ("SV7010", "region-in-two-markets"),
    ("SV7011", "impossible-date"),
    ("SV7012", "zones-without-markets"),
    ("SV7013", "idle-default-zone"),
    ("SV9001", "not-a-site"),
    ("SV9002", "unreadable-file"),
    ("SV9003", "not-utf8"),
    ("SV9004", "not-toml"),
    ("SV9005", "unknown-key"),
    ("SV9006", "wrong-type"),
    ("SV9007", "missing-key"),
    ("SV9008", "malformed-name"),
    ("SV9009", "duplicate-name"),
    ("SV9010", "unknown-word"),
    ("SV9011", "empty-list"),
    ("SV9012", "pages-or-origin"),
    ("SV9013", "missing-pages"),
    ("SV9014", "malformed-origin"),
    ("SV9015", "file-too-large"),
    ("SV9016", "unread-file"),
    ("SV9017", "too-many-findings"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::all;
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_no_other_has_one() {
        let codes: BTreeSet<&str> = all().map(|(code, _)| code).collect();
        let named: BTreeSet<&str> = NAMES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.symmetric_difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new());
        let names: BTreeSet<&str> = NAMES.iter().map(|(_, name)| *name).collect();
        assert_eq!(names.len(), NAMES.len(), "two rules share a name");
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-8".contains(&byte))));
    }

    #[test]
    fn a_rule_is_found_by_either() {
        assert_eq!(find("sv1207"), Some("SV1207"));
        assert_eq!(find("Unused-Attribute"), Some("SV1207"));
        assert_eq!((find("unused"), name("SV0000")), (None, None));
        assert_eq!(nearest("unused-atribute"), Some("unused-attribute"));
    }
}
