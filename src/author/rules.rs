//! Every rule that an author's files are held to, by its stable code.
//!
//! Takes nothing, gives code, name and title, and why the rule exists. A code is never used again for another rule. The rules of rows stand with the language,
//! in [`expr::RULES`].

mod names;
mod why;

use super::expr;

pub use names::{find, name, nearest};
pub use why::{Example, Why, why};

/// Every rule, of files and of rows: code and title.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.iter().chain(expr::RULES).copied()
}

/// The rules of files: code and title, sorted by code.
pub const RULES: &[(&str, &str)] = &[
    ("SV1102", "a feed has a well-formed name"),
    ("SV1103", "a closed set has values"),
    ("SV1104", "a constraint fits the attribute's type"),
    ("SV1105", "a named closed set exists"),
    ("SV1106", "a range starts before it ends"),
    ("SV1107", "an attribute is not both required and optional"),
    ("SV1108", "a default keeps to the attribute's own rules"),
    ("SV1109", "an attribute with a default is not optional"),
    ("SV1110", "a visitor has declared attributes only"),
    ("SV1111", "a visitor's values keep to the attribute's rules"),
    ("SV1112", "an attribute is found in a place that hosts know"),
    ("SV1113", "an attribute is found in one place"),
    ("SV1114", "a cookie is read from the device"),
    ("SV1115", "an attribute's paths are path patterns"),
    ("SV1207", "an attribute is read by some row"),
    ("SV1301", "a window of time of events is a length of time"),
    ("SV1302", "an event of Selvedge itself is not declared"),
    ("SV1303", "an event has at most sixteen details"),
    ("SV1304", "a detail of an event has a type that beacons carry"),
    ("SV2101", "no audience needs itself"),
    ("SV2102", "an audience has rows"),
    ("SV2104", "an array of rows is not empty"),
    ("SV2105", "an audience is neither nearly everybody nor nearly nobody"),
    ("SV2106", "two audiences are not nearly the same"),
    ("SV2107", "somebody can be in an audience"),
    ("SV2108", "somebody can be outside an audience"),
    ("SV2109", "two audiences are not the same people"),
    ("SV2110", "every question of proof has an answer"),
    ("SV2111", "what an audience or a rule leads to is bounded"),
    ("SV2201", "an experience has rules"),
    ("SV2202", "a named slot exists"),
    ("SV2203", "a rule does something"),
    ("SV2204", "a rule does one thing"),
    ("SV2205", "named content exists"),
    ("SV2206", "a split has arms"),
    ("SV2207", "arms add up to at most 100 %"),
    ("SV2208", "a share is a percentage with two decimals at most"),
    ("SV2210", "a salt is not empty"),
    ("SV2211", "a rule can match"),
    ("SV2212", "a rule is reached"),
    ("SV2213", "a rule repeats no earlier condition"),
    ("SV2214", "an experiment is defined in one way"),
    ("SV2215", "experiments do not meet in one slot"),
    ("SV2216", "a named layer exists"),
    ("SV2217", "an experiment in a layer has its share from there"),
    ("SV2218", "experiments of one layer assign the same unit"),
    ("SV2219", "the experiments of a layer share what there is"),
    ("SV2220", "a test of another tool says where it runs"),
    ("SV2221", "a split has control among its arms"),
    ("SV2301", "a case names a visitor that exists"),
    ("SV2303", "a case expects something"),
    ("SV4001", "checked content runs no code"),
    ("SV4002", "content does not break the page around it"),
    ("SV4003", "content has the default locale"),
    ("SV4006", "a file of markup belongs to a content item and a locale"),
    ("SV4007", "a locale of content is written once"),
    ("SV4008", "content is of the kind that the slot takes"),
    ("SV4009", "content is as short as the slot needs"),
    ("SV4010", "the rewriter can run a slot's selector"),
    ("SV4011", "a slot's page is a path pattern"),
    ("SV4012", "a slot sets a harmless HTML attribute"),
    ("SV4013", "content can be seen"),
    ("SV4014", "content is shown by some rule"),
    ("SV4015", "a slot's element is on a page of its own"),
    ("SV4016", "a slot's element can be changed on every page that has it"),
    ("SV4017", "content for a slot of tokens is one of them"),
    ("SV4204", "an audience can see as many variants as the slot asks for"),
    ("SV5001", "an owner is one of the site's teams"),
    ("SV5002", "`storage` is a gate, not a purpose to serve"),
    ("SV5003", "a region exists"),
    ("SV5004", "an attribute has a purpose"),
    ("SV5005", "data about a person has a retention"),
    ("SV5006", "a sensitive attribute has the depth `sensitive`"),
    ("SV5007", "a retention is a length of time"),
    ("SV5008", "trusted content says why"),
    ("SV5009", "an experience has an owner"),
    ("SV5010", "a cookie of consent has a well-formed name"),
    ("SV5011", "an override is not looser than the shipped regime"),
    ("SV5012", "a purpose exists"),
    ("SV5013", "a row reads only what its experience's purpose may use"),
    ("SV5014", "a consent signal has a cookie of its own"),
    ("SV5015", "only a signal that is used has settings"),
    ("SV5016", "the permission of a vendor is read for one vendor"),
    ("SV5017", "the edge is not asked to read what only pages can hear"),
    ("SV5018", "a platform that pages listen to has groups that stand for purposes"),
    ("SV5019", "the event of a platform has a name"),
    ("SV5020", "a sensitive attribute has the purpose `sensitive`"),
    ("SV5021", "what is sensitive is not called harmless"),
    ("SV5101", "the region table is younger than half a year"),
    ("SV5102", "a region of the table has a source and a confidence"),
    ("SV5103", "a region inherits from one that exists, and never from itself"),
    ("SV5104", "the default row of a table says what holds for every purpose"),
    ("SV5105", "a table of the site's own asks for no less than the shipped one, or counsel answers for it"),
    ("SV5201", "a purpose in use is classified"),
    ("SV5203", "an address in the records is one"),
    ("SV5204", "the retention of a log is a number of days"),
    ("SV5301", "an experience that can read a sensitive attribute is fully audited"),
    ("SV5302", "no rule reads panel data"),
    ("SV7001", "content is translated into every locale of the site"),
    ("SV7002", "a locale is a BCP 47 tag"),
    ("SV7003", "the default locale is one of the site's"),
    ("SV7004", "a locale is one of the site's"),
    ("SV7005", "a schedule's local time has a zone"),
    ("SV7006", "a moment has an offset from UTC"),
    ("SV7007", "a schedule starts before it ends"),
    ("SV7008", "a time zone exists"),
    ("SV7009", "a schedule has a start or an end"),
    ("SV7010", "a region is in one market"),
    ("SV7011", "a date exists"),
    ("SV7012", "zones of markets need markets"),
    ("SV7013", "a default zone goes with zones of markets"),
    ("SV9001", "the folder is a site"),
    ("SV9002", "a file can be read"),
    ("SV9003", "a file is UTF-8"),
    ("SV9004", "a file is TOML"),
    ("SV9005", "a key exists"),
    ("SV9006", "a value has the right type"),
    ("SV9007", "what must be there is there"),
    ("SV9008", "a name is well formed"),
    ("SV9009", "nothing is defined twice"),
    ("SV9010", "a word is one of its list"),
    ("SV9011", "a list is not empty"),
    ("SV9012", "a site has pages or an origin"),
    ("SV9013", "the folder of pages exists"),
    ("SV9014", "an origin is an address"),
    ("SV9015", "a file is not too large"),
    ("SV9016", "a file in the site's folders is read"),
    ("SV9017", "a file has a readable number of findings"),
];

/// The title of a rule.
#[must_use]
pub fn title(code: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == code).map(|(_, title)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_of_one_form() {
        assert!(RULES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(all().all(|(code, _)| code.len() == 6 && code.starts_with("SV")));
        let mut codes: Vec<&str> = all().map(|(code, _)| code).collect();
        codes.sort_unstable();
        assert!(codes.is_sorted_by(|a, b| a < b), "two rules share a code");
        assert_eq!(title("SV9001"), Some("the folder is a site"));
        assert_eq!(title("SV0000"), None);
    }
}
