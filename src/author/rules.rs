//! Every rule for an author's files, by its stable code.
//!
//! Takes nothing, gives code, name and title, and why the rule exists. A code is never used again for another rule. The rules
//! of rows stand with the language, in [`expr::RULES`].

mod why;

use super::expr;
use super::names::closest;

pub use why::{Example, Why, why};

/// Every rule, of files and of rows: code and title.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    each().map(|(code, _, title)| (*code, *title))
}

/// The same with the names.
fn each() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    RULES.iter().chain(expr::RULES)
}

/// The rules of files: code, name and title, sorted by code. A name is the name of a finding, and stays with its code.
const RULES: &[(&str, &str, &str)] = &[
    ("SV1102", "feed-name", "a feed has a well-formed name"),
    ("SV1103", "empty-closed-set", "a closed set has values"),
    ("SV1104", "constraint-type", "a constraint fits the attribute's type"),
    ("SV1105", "unknown-closed-set", "a named closed set exists"),
    ("SV1106", "empty-range", "a range starts before it ends"),
    ("SV1107", "required-and-optional", "an attribute is not both required and optional"),
    ("SV1108", "default-outside-rules", "a default keeps to the attribute's own rules"),
    ("SV1109", "optional-with-default", "an attribute with a default is not optional"),
    ("SV1110", "undeclared-attribute", "a visitor has declared attributes only"),
    ("SV1111", "sample-outside-rules", "a visitor's values keep to the attribute's rules"),
    ("SV1112", "unknown-place", "an attribute is found in a place that hosts know"),
    ("SV1113", "two-places", "an attribute is found in one place"),
    ("SV1114", "cookie-source", "a cookie is read from the device"),
    ("SV1115", "attribute-path", "an attribute's paths are path patterns"),
    ("SV1116", "feed-key", "the key of a feed's attribute is a text of the request or the page"),
    ("SV1117", "undeclared-feed", "an attribute names a feed that is declared"),
    ("SV1207", "unused-attribute", "an attribute is read by some row"),
    ("SV1301", "malformed-window", "a window of time of events is a length of time"),
    ("SV1302", "reserved-event", "an event of Selvedge itself is not declared"),
    ("SV1303", "too-many-details", "an event has at most sixteen details"),
    ("SV1304", "detail-type", "a detail of an event has a type that beacons carry"),
    ("SV2101", "audience-cycle", "no audience refers to itself"),
    ("SV2102", "audience-without-rows", "an audience has rows"),
    ("SV2104", "empty-rows", "an array of rows is not empty"),
    ("SV2105", "extreme-audience", "an audience is neither nearly everybody nor nearly nobody"),
    ("SV2106", "twin-audiences", "two audiences are not nearly the same"),
    ("SV2107", "empty-audience", "somebody can be in an audience"),
    ("SV2108", "universal-audience", "somebody can be outside an audience"),
    ("SV2109", "duplicate-audience", "two audiences are not the same people"),
    ("SV2110", "unproved", "every proof is finished"),
    ("SV2111", "unbounded-reach", "an audience or a rule takes a bounded number of steps"),
    ("SV2201", "experience-without-rules", "an experience has rules"),
    ("SV2202", "unknown-slot", "a named slot exists"),
    ("SV2203", "idle-rule", "a rule does something"),
    ("SV2204", "ambiguous-rule", "a rule does one thing"),
    ("SV2205", "unknown-content", "named content exists"),
    ("SV2206", "split-without-arms", "a split has arms"),
    ("SV2207", "arms-over-whole", "arms add up to at most 100 %"),
    ("SV2208", "malformed-share", "a share is a percentage with two decimals at most"),
    ("SV2210", "empty-salt", "a salt is not empty"),
    ("SV2211", "impossible-rule", "a rule can match"),
    ("SV2212", "unreachable-rule", "a rule is reached"),
    ("SV2213", "repeated-rule", "a rule repeats no earlier condition"),
    ("SV2214", "experiment-defined-twice", "an experiment is defined in one way"),
    ("SV2215", "colliding-experiments", "experiments do not meet in one slot"),
    ("SV2216", "unknown-layer", "a named layer exists"),
    ("SV2217", "layer-share", "an experiment in a layer gets its share from the layer"),
    ("SV2218", "layer-unit", "experiments of one layer assign the same unit"),
    ("SV2219", "layer-over-whole", "the shares of a layer add up to at most 100 %"),
    ("SV2220", "test-without-pages", "a test of another tool says where it runs"),
    ("SV2221", "no-control", "a split has control among its arms"),
    ("SV2222", "fractional-shares", "shares are percent, not fractions of one"),
    ("SV2223", "little-traffic", "an experiment has visits"),
    ("SV2224", "arms-under-whole", "arms add up to 100 %"),
    ("SV2225", "shared-salt", "experiments draw independently of each other"),
    ("SV2226", "unused-layer-share", "a share of a layer is used"),
    ("SV2227", "equal-priority", "experiences that meet in one slot have an order"),
    ("SV2228", "missing-exclusion", "an experience excludes the audiences that its class excludes"),
    ("SV2229", "row-always-true", "a row can fail"),
    ("SV2230", "broken-lock", "the lock file is as a build wrote it"),
    ("SV2231", "old-lock", "the lock file fits the shares of these sources"),
    ("SV2232", "moved-visitors", "visitors of an experiment keep what they see"),
    ("SV2233", "holdout-share", "a holdout holds back some people, and not everybody"),
    ("SV2234", "holdout-channel", "a slot is on the channel of a holdout"),
    ("SV2235", "holdout-salt", "holdouts draw independently of each other"),
    ("SV2236", "unknown-conflict", "what conflicts with something is there"),
    ("SV2237", "conflict-with-itself", "nothing conflicts with itself"),
    ("SV2238", "idle-conflict", "experiences that conflict can be on one page"),
    ("SV2239", "repeated-slot", "a slot has one place in the order of a plan"),
    ("SV2240", "policy-name", "a name of the contact policy is used once"),
    ("SV2241", "policy-time", "a time of the contact policy is a length of time"),
    ("SV2242", "cap-size", "a cap allows some contacts, and no more than a state keeps"),
    ("SV2243", "cap-window", "a cap counts in one stretch of time, and a device can keep it"),
    ("SV2244", "cap-zone", "a cap of the calendar has a time zone"),
    ("SV2245", "policy-scope", "a part of the contact policy is about something"),
    ("SV2246", "policy-state", "the contacts of a device fit into its cookie"),
    ("SV2247", "quiet-hours", "quiet hours have two times, and zones that the build knows"),
    ("SV2248", "sequence-steps", "each step of a sequence can be sent"),
    ("SV2249", "sequence-circle", "the steps of a sequence have a beginning, and each has an experience of its own"),
    ("SV2250", "sequence-again", "a sequence begins again only once it is over"),
    ("SV2251", "rotation", "a rotation has several contents, and each has one turn"),
    ("SV2252", "sequence-exit", "the exit of a sequence can be reached, and is not always"),
    ("SV2253", "budget", "a budget says which part of the contacts it allows"),
    ("SV2260", "idle-limit", "a limit of the plan can be reached"),
    ("SV2261", "never-shown", "the page plan leaves a place for a rule"),
    ("SV2262", "too-many-ranges", "the points of a draw are in at most 64 ranges"),
    ("SV2263", "unknown-channel", "a slot is on a channel that is declared"),
    ("SV2264", "channel-without-slot", "a declared channel has a slot"),
    ("SV2265", "unknown-layout", "the slot of a rule knows its layout"),
    ("SV2266", "when-of-a-page", "a message says when it is due, and a page does not"),
    ("SV2280", "arm-before-login", "a draw by account says what visitors see before they sign in"),
    ("SV2281", "idle-before-login", "only a draw by account depends on a login"),
    ("SV2290", "journey-slot", "a slot of a journey is on pages, and on one journey"),
    ("SV2291", "journey-plan", "slots that the page plan decides together are on one journey"),
    ("SV2292", "too-many-journeys", "a device can keep every journey of the site"),
    ("SV2301", "unknown-visitor", "a case names a visitor that exists"),
    ("SV2303", "case-without-expectation", "a case expects something"),
    ("SV4001", "running-code", "checked content runs no code"),
    ("SV4002", "broken-markup", "content does not break the page around it"),
    ("SV4003", "missing-default-locale", "content has the default locale"),
    ("SV4006", "stray-markup", "a file of markup belongs to a content item and a locale"),
    ("SV4007", "duplicate-locale", "a locale of content is written once"),
    ("SV4008", "content-kind", "content is of the kind that the slot takes"),
    ("SV4009", "content-too-long", "content is as short as the slot needs"),
    ("SV4010", "unrunnable-selector", "the rewriter can run a slot's selector"),
    ("SV4011", "slot-page", "a slot's page is a path pattern"),
    ("SV4012", "slot-attribute", "a slot sets a harmless HTML attribute"),
    ("SV4013", "unseen-content", "content can be seen"),
    ("SV4014", "unused-content", "content is shown by some rule"),
    ("SV4015", "slot-not-on-page", "a slot's element is on a page of its own"),
    ("SV4016", "slot-not-changeable", "a slot's element can be changed on every page that has it"),
    ("SV4017", "unknown-token", "content for a slot of tokens is one of them"),
    ("SV4018", "expired-content", "content that rules show has not expired"),
    ("SV4019", "misplaced-content", "content stays where its slot puts it"),
    ("SV4020", "undone-slot", "no framework renders a slot's element again"),
    ("SV4021", "slot-adapter", "a `<Slot>` shows the slot that it names, inside its own element"),
    ("SV4022", "page-without-loader", "a page with slots that need consent loads the loader"),
    ("SV4023", "ambiguous-selector", "a slot's selector finds one element of a page"),
    ("SV4024", "refused-element", "a slot changes its element in a way that hosts do"),
    ("SV4025", "selector-read-differently", "hosts and browsers read a slot's selector alike"),
    ("SV4026", "foreign-wildcard", "only `*` is a wildcard in a path pattern"),
    ("SV4027", "block-in-paragraph", "content ends no paragraph around its slot"),
    ("SV4028", "unbalanced-direction", "a change of the direction of text ends where its line does"),
    ("SV4029", "overridden-direction", "text is shown in the order in which it is read"),
    ("SV4030", "content-direction", "content says its direction where its slot asks for it"),
    ("SV4031", "malformed-plural", "a plural is written with a number and its forms"),
    ("SV4032", "plural-forms", "a plural has the forms of its language"),
    ("SV4204", "too-few-variants", "an audience can see as many variants as the slot asks for"),
    ("SV5001", "unknown-team", "an owner is one of the site's teams"),
    ("SV5002", "storage-purpose", "`storage` is a permission, not a purpose"),
    ("SV5003", "unknown-region", "a region exists"),
    ("SV5004", "attribute-without-purpose", "an attribute has a purpose"),
    ("SV5005", "attribute-without-retention", "data about a person has a retention"),
    ("SV5006", "sensitive-depth", "a sensitive attribute has the depth `sensitive`"),
    ("SV5007", "malformed-retention", "a retention is a length of time"),
    ("SV5008", "trusted-without-reason", "trusted content says why"),
    ("SV5009", "experience-without-owner", "an experience has an owner"),
    ("SV5010", "consent-cookie", "a cookie of consent has a well-formed name"),
    ("SV5011", "looser-regime", "an override is not looser than the shipped regime"),
    ("SV5012", "unknown-purpose", "a purpose exists"),
    ("SV5013", "unreadable-for-purpose", "a row reads only what its experience's purpose may use"),
    ("SV5014", "signal-in-own-cookie", "a consent signal has a cookie of its own"),
    ("SV5015", "unused-signal", "only a signal that is used has settings"),
    ("SV5016", "vendor-basis-without-vendor", "the basis `vendor` has a number of a vendor"),
    ("SV5017", "signal-only-in-pages", "the edge has no settings for a signal that only pages can read"),
    ("SV5018", "signal-without-groups", "a platform that pages listen to has groups that stand for purposes"),
    ("SV5019", "event-without-name", "the event of a platform has a name"),
    ("SV5020", "sensitive-without-purpose", "a sensitive attribute has the purpose `sensitive`"),
    ("SV5021", "sensitive-contradicted", "no line contradicts that an attribute is sensitive"),
    ("SV5022", "overdue-review", "an experience is reviewed in time"),
    ("SV5023", "signal-unheard-in-pages", "pages listen to the signals that have settings"),
    ("SV5024", "group-in-no-sample", "a group of a consent platform's map is in some sample visitor's answer"),
    ("SV5025", "unfilled-attribute", "some host fills an attribute that rows read"),
    ("SV5030", "half-an-answer", "an answer for a looser law has a name and a reason"),
    ("SV5031", "idle-answer", "an answer for a looser law is needed"),
    ("SV5032", "special-category", "data of a special category has a condition of Art. 9(2)"),
    ("SV5033", "undescribed-recipient", "a recipient is described, and a transfer goes to one of them"),
    ("SV5034", "unreachable-controller", "a live site says who answers for its data, and how to reach them"),
    ("SV5035", "no-authority", "a live site names the supervisory authority"),
    ("SV5036", "log-without-basis", "the record of decisions of a live site has a lawful basis"),
    ("SV5040", "overdue-rotation", "an epoch of the audit log's secrets ends in time"),
    ("SV5041", "overdue-destruction", "secrets of the audit log that nothing needs are destroyed"),
    ("SV5042", "overdue-expiry", "sealed values that have expired are made unreadable"),
    ("SV5043", "secrets-without-ratchet", "the newest secrets of the audit log have a ratchet"),
    ("SV5045", "open-event-text", "who fills an open text of an event is said"),
    ("SV5101", "old-region-table", "the region table is younger than half a year"),
    ("SV5102", "unsourced-region", "a region of the table has a source and a confidence"),
    ("SV5103", "region-parent", "a region inherits from one that exists, and never from itself"),
    ("SV5104", "default-region", "the default row of a table mentions every purpose"),
    ("SV5105", "looser-region-table", "counsel answers for a region table that is looser than the shipped one"),
    ("SV5201", "unclassified-purpose", "a purpose in use is classified"),
    ("SV5203", "record-address", "an address in the records is well formed"),
    ("SV5204", "log-retention", "the retention of a log is a number of days"),
    ("SV5230", "nobody-approves", "a class that must be approved names who approves it"),
    ("SV5250", "person-in-published-feed", "a published feed has no facts about persons"),
    ("SV5251", "feed-over-budget", "a feed is asked no more often than its source allows"),
    ("SV5252", "feed-stale-between", "a feed is refreshed before it is too old"),
    ("SV5253", "feed-time", "a time of a feed is a length of time"),
    ("SV5254", "feed-address", "the address of a feed is a web address"),
    ("SV5255", "too-many-feeds", "there are at most 64 feeds"),
    ("SV5256", "feed-from-two-places", "a feed comes from one place"),
    ("SV5257", "stock-of-no-feed", "content needs facts of feeds alone"),
    ("SV5280", "malformed-link-time", "links hold for a length of time"),
    ("SV5301", "sensitive-without-audit", "an experience that can read a sensitive attribute is fully audited"),
    ("SV5302", "panel-in-rule", "no rule reads panel data"),
    ("SV5401", "unknown-goal", "a named goal is in goals.toml"),
    ("SV5402", "goal-event", "the event of a goal is in events.toml"),
    ("SV5403", "goal-value", "a goal sums whole numbers of its event"),
    ("SV5404", "one-primary-goal", "an experiment and a judged holdout have one primary goal"),
    ("SV5405", "judged-stranger", "goals.toml judges an experiment or a holdout that exists"),
    ("SV5406", "goal-window", "the window of a goal is a number of days"),
    ("SV5407", "goal-currency", "revenue has a currency"),
    ("SV7001", "missing-translation", "content is translated into every locale of the site"),
    ("SV7002", "malformed-locale", "a locale is a BCP 47 tag"),
    ("SV7003", "default-locale", "the default locale is one of the site's"),
    ("SV7004", "unknown-locale", "a locale is one of the site's"),
    ("SV7005", "time-without-zone", "a schedule's local time has a zone"),
    ("SV7006", "moment-without-offset", "a moment has an offset from UTC"),
    ("SV7007", "backward-schedule", "a schedule starts before it ends"),
    ("SV7008", "unknown-zone", "a time zone exists"),
    ("SV7009", "schedule-without-edges", "a schedule has a start or an end"),
    ("SV7010", "region-in-two-markets", "a region is in one market"),
    ("SV7011", "impossible-date", "a date exists"),
    ("SV7012", "zones-without-markets", "zones of markets need markets"),
    ("SV7013", "idle-default-zone", "a default zone goes with zones of markets"),
    ("SV7014", "clock-change-time", "a local time is one moment"),
    ("SV7015", "zone-without-summer", "a zone has the clock changes of its place"),
    ("SV7016", "past-schedule", "a schedule is not over"),
    ("SV7017", "moved-switch", "a local time is the moment that it was"),
    ("SV7018", "behind-the-end", "a chain of locales ends with `control`"),
    ("SV7019", "holidays-of-no-market", "holidays are of a market that is declared"),
    ("SV7020", "no-holidays", "a schedule that leaves out holidays has some"),
    ("SV7021", "holidays-run-out", "the holidays of a market are known for as long as a schedule runs"),
    ("SV7101", "override-outside-point", "a market overrides what an experience lets it override"),
    ("SV7102", "unknown-market", "a file of a market is of one that is declared"),
    ("SV7103", "unknown-override", "a market overrides an experience that exists"),
    ("SV7104", "idle-override", "an override changes something"),
    ("SV7105", "override-of-an-arm", "the arms of an experiment are the same in every market"),
    ("SV7106", "base-moved", "an experience is the one that a market looked at"),
    ("SV9001", "not-a-site", "the folder is a site"),
    ("SV9002", "unreadable-file", "a file can be read"),
    ("SV9003", "not-utf8", "a file is UTF-8"),
    ("SV9004", "not-toml", "a file is TOML"),
    ("SV9005", "unknown-key", "a key exists"),
    ("SV9006", "wrong-type", "a value has the right type"),
    ("SV9007", "missing-key", "a required key is there"),
    ("SV9008", "malformed-name", "a name is well formed"),
    ("SV9009", "duplicate-name", "nothing is defined twice"),
    ("SV9010", "unknown-word", "a word is one of its list"),
    ("SV9011", "empty-list", "a list is not empty"),
    ("SV9012", "pages-or-origin", "a site has pages or an origin"),
    ("SV9013", "missing-pages", "the folder of pages exists"),
    ("SV9014", "malformed-origin", "an origin is an address"),
    ("SV9015", "file-too-large", "a file is not too large"),
    ("SV9016", "unread-file", "a file in the site's folders is read"),
    ("SV9017", "too-many-findings", "a file has a readable number of findings"),
];

/// The title of a rule.
pub fn title(code: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == code).map(|(_, title)| title)
}

/// The name of a rule, as in `unused-attribute`.
pub fn name(code: &str) -> Option<&'static str> {
    each().find(|(known, ..)| *known == code).map(|(_, name, _)| *name)
}

/// The code of the rule with this code or name, in small or capital letters.
pub fn find(written: &str) -> Option<&'static str> {
    let is = |known: &str| known.eq_ignore_ascii_case(written);
    each().find(|(code, name, _)| is(code) || is(name)).map(|(code, ..)| *code)
}

/// The rule that was probably meant.
pub fn nearest(written: &str) -> Option<&'static str> {
    closest(written, each().flat_map(|(code, name, _)| [*code, *name]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = each().map(|(_, name, _)| *name).collect();
        assert_eq!(names.len(), each().count(), "two rules share a name");
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
