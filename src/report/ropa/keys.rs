//! The keys of a site's files, and the field of the register that each belongs to.
//!
//! One table: a key is part of a field of GDPR Art. 30(1), or it touches no person, and says why. A test walks the key table, so a
//! new key has an entry here or the build of it fails.

use crate::author::Declared;
use crate::author::schema::FileKind;

/// The part of the register that a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It stands in the list of settings, under this field, `a` to `g`.
    Listed(char),
    /// An activity, the controller, a cookie or the log tells it, in this field.
    Told(char),
    /// It touches no person: why.
    None(&'static str),
}

use FileKind::{
    Attributes, Audiences, Consent, Contact, Content, Events, Experiences, Feeds, Goals, Holidays, Markets, Regions,
    Settings, Slots, Tests, Visitors,
};
use Holds::{Listed, None, Told};

const WORDS: &str = "words that are shown are nobody's data; which data chooses them is in the activities";
const PLACE: &str = "a place on a page holds nobody's data";
const TEAM: &str = "a team of the controller's own; the owner of each experience is in its activity";
const ORDER: &str = "in which order rules are tried changes no data";
const TOGETHER: &str = "what may stand together on a page; the data that chooses it is in the activities";
const SAMPLE: &str = "made up for previews and tests";
const PEOPLE: &str = "a name for people; no rule depends on it";

/// Every key of every kind of file, as [`Declared::key`] has it. Keys that stand together share a row.
#[rustfmt::skip]
const KEYS: &[(FileKind, &[&str], Holds)] = &[
    (Settings, &["name"], Told('a')),
    (Settings, &["environments"], None("the same data is processed in each")),
    (Settings, &["pages", "locales.default", "locales.all", "locales.fallback.*"], None(WORDS)),
    (Settings, &["teams"], None(TEAM)),
    (Settings, &["approvals.consent", "approvals.rules", "approvals.content", "approvals.trusted"],
        None("the roles that sign a release; nobody's data is read for it")),
    (Settings, &["defaults.owner", "defaults.purpose"], Told('b')),
    (Settings, &["markets.*.zone", "markets.*.regions", "layers.*.shares.*",
        "holdouts.*.share", "holdouts.*.channel", "holdouts.*.unit"], Listed('b')),
    (Settings, &["holdouts.*.salt"], None("another draw by the same id, for the same purpose")),
    (Settings, &["channels.*.description"], None(PEOPLE)),
    (Settings, &["journeys.*.slots", "journeys.*.ends", "journeys.*.days"], Listed('f')),
    (Settings, &["plan.changes", "plan.limits.*", "plan.repeats", "plan.order"], None(TOGETHER)),
    (Settings, &["origin", "elsewhere.name", "elsewhere.tool", "elsewhere.owner", "elsewhere.metric", "elsewhere.slots",
        "elsewhere.pages", "elsewhere.selector", "elsewhere.traffic", "elsewhere.from", "elsewhere.until", "elsewhere.all",
        "elsewhere.any", "elsewhere.none"], Listed('d')),
    (Settings, &["on_stale"], Listed('g')),

    (Attributes, &["source", "depth", "sensitive", "description"], Told('c')),
    (Attributes, &["purposes"], Told('b')),
    (Attributes, &["retention"], Told('f')),
    (Attributes, &["type", "values", "range", "max_length", "from", "paths.*", "default", "texts.*", "required", "optional"],
        Listed('c')),

    (Attributes, &["key"], None("which row of a table about no person counts; the attribute that it names is in the register")),
    (Feeds, &["url", "file", "map", "persons", "description", "refresh", "max_age", "on_stale", "budget"],
        None("how a feed is taken; what is read of a person is in the attributes that name it")),

    (Contact, &["suppressions.*.when", "goals.*.reached", "quiet.*.zone", "sequences.*.exit", "budgets.*.share", "budgets.*.unit"],
        Listed('c')),
    (Contact, &["suppressions.*.classes", "suppressions.*.description", "goals.*.description", "caps.*.max", "caps.*.within", "caps.*.per",
        "caps.*.zone", "caps.*.classes", "caps.*.channels", "caps.*.experiences", "caps.*.contents", "caps.*.description",
        "gaps.*.least", "gaps.*.classes", "gaps.*.channels", "gaps.*.description", "quiet.*.from", "quiet.*.until",
        "quiet.*.zones.*", "quiet.*.classes", "quiet.*.channels", "quiet.*.description"], Listed('b')),
    (Contact, &["cool_off", "dismissals"], Listed('f')),
    (Contact, &["sequences.*.again", "sequences.*.description", "sequences.*.steps.*.experience", "sequences.*.steps.*.after",
        "sequences.*.steps.*.wait", "sequences.*.steps.*.expires", "no_repeat.*.within", "no_repeat.*.classes", "no_repeat.*.channels",
        "no_repeat.*.experiences", "no_repeat.*.contents", "no_repeat.*.description", "budgets.*.max", "budgets.*.expected",
        "budgets.*.classes", "budgets.*.channels", "budgets.*.experiences", "budgets.*.contents", "budgets.*.description"], Listed('b')),

    (Slots, &["channel", "page", "selector", "change", "max_graphemes", "tokens", "dir", "min_variants", "layouts", "description", "texts.*"], None(PLACE)),

    (Audiences, &["owner"], None(TEAM)),
    (Audiences, &["description"], Listed('b')),
    (Audiences, &["all", "any", "none"], Listed('c')),

    (Content, &["owner"], None(TEAM)),
    (Content, &["conflicts_with"], None(TOGETHER)),
    (Content, &["tags", "expires", "in_stock", "locale.*.html", "locale.*.text"], None(WORDS)),
    // It may run code in the visitor's browser.
    (Content, &["trusted"], Listed('g')),

    (Experiences, &["slot", "purpose", "owner", "benefit", "audit", "rule.split.experiment"], Told('b')),
    (Experiences, &["goal", "class", "rule.show", "rule.rotate", "rule.every", "rule.split.arms.*", "rule.split.layer", "rule.split.traffic",
        "schedule.from", "schedule.until", "schedule.zone", "schedule.default_zone", "schedule.not_on", "rule.split.before_login"], Listed('b')),
    (Experiences, &["overridable"], None("what a market may do otherwise; what it does is in its own file")),
    (Experiences, &["all", "any", "none", "rule.all", "rule.any", "rule.none", "rule.split.unit"], Listed('c')),
    (Experiences, &["review_by"], Listed('g')),
    (Experiences, &["priority"], None(ORDER)),
    (Experiences, &["conflicts_with"], None(TOGETHER)),
    (Experiences, &["rule.layout"], None(PLACE)),
    (Experiences, &["when.after", "when.not_before"], Listed('b')),
    (Experiences, &["rule.split.salt"], None("another draw by the same id, for the same purpose")),

    (Holidays, &["description", "source", "markets.*.*"], None("days on which a market does not work; nobody's data")),
    (Markets, &["owner"], None(TEAM)),
    (Markets, &["overrides.*.reason", "overrides.*.base"], None(PEOPLE)),
    (Markets, &["overrides.*.priority"], None(ORDER)),
    (Markets, &["overrides.*.off", "overrides.*.content.*", "overrides.*.schedule.from", "overrides.*.schedule.until",
        "overrides.*.schedule.zone", "overrides.*.schedule.default_zone", "overrides.*.schedule.not_on"], Listed('b')),
    (Markets, &["overrides.*.all", "overrides.*.any", "overrides.*.none"], Listed('c')),

    (Consent, &["linking.text", "linking.texts.*"], Listed('b')),
    (Consent, &["linking.retention"], Listed('f')),
    (Consent, &["cookie"], Told('c')),
    (Consent, &["child_directed", "signals.tcf.cookie", "signals.gpp.cookie", "signals.usp.cookie", "signals.onetrust.cookie",
        "signals.cookiebot.cookie", "signals.didomi.cookie"], Listed('c')),
    (Consent, &["regions", "signals.use", "signals.tcf.basis", "signals.tcf.vendor", "signals.usercentrics.event",
        "signals.usercentrics.*", "signals.onetrust.*", "signals.cookiebot.*", "signals.didomi.*", "signals.google.*",
        "gpc.honoured", "gpc.last_update", "objection.text", "objection.texts.*", "objection.url"], Listed('b')),
    (Consent, &["controller.name", "controller.address", "controller.email", "controller.representative", "controller.officer",
        "controller.authority", "controller.joint"], Told('a')),
    (Consent, &["security.measures"], Told('g')),
    (Consent, &["recipients.name", "recipients.what", "recipients.role", "recipients.purposes"], Told('d')),
    (Consent, &["recipients.texts.*", "recipients.contact"], Listed('d')),
    (Consent, &["transfers.to", "transfers.recipient", "transfers.safeguard", "transfers.purposes"], Told('e')),
    (Consent, &["transfers.texts.*"], Listed('e')),
    (Consent, &["log.*"], Told('f')),
    (Consent, &["log.purpose", "log.basis"], Told('b')),
    (Consent, &["purposes.*.text", "purposes.*.basis", "purposes.*.condition"], Told('b')),
    (Consent, &["purposes.*.texts.*"], Listed('b')),
    (Consent, &["purposes.*.persons"], Told('c')),
    (Consent, &["purposes.*.erasure"], Told('f')),
    (Consent, &["overrides.*.*", "overrides.*.gpc_off", "overrides.*.max_grant_age_days", "overrides.*.child",
        "overrides.*.child_purposes", "overrides.*.teen", "overrides.*.teen_purposes", "overrides.*.counsel",
        "overrides.*.reason"], Listed('b')),

    (Regions, &["schema"], None("the form of the file")),
    (Regions, &["strictness", "purposes", "experiments.*.note", "row.name", "row.note"], None(PEOPLE)),
    (Regions, &["table_version", "overlays.*.*", "experiments.*.assignment_without_consent", "experiments.*.exposure_output",
        "row.parent", "row.members", "row.effective_from", "row.statutory_from", "row.adm_disclosure_from", "row.necessary",
        "row.contextual", "row.functional", "row.functional_user_requested", "row.functional_conditions", "row.analytics",
        "row.analytics_conditions", "row.personalization", "row.personalization_high_risk", "row.personalization_identified",
        "row.advertising", "row.advertising_identified", "row.advertising_third_party_linkage", "row.sensitive",
        "row.sensitive_label", "row.engine_sensitive", "row.storage", "row.gpc", "row.gpc_off", "row.gpc_confirm_display",
        "row.withdrawal_must_be_live", "row.non_personalised_option", "row.must_offer_non_personalised",
        "row.no_price_discrimination", "row.profiling_right_to_question", "row.price_disclosure", "row.consent_manager",
        "row.max_grant_age_days", "row.child_max_age", "row.child", "row.child_scope", "row.child_purposes", "row.teen_max_age",
        "row.teen", "row.teen_scope", "row.teen_purposes", "row.conf", "row.verified", "row.counsel", "row.reason",
        "row.sources"], Listed('b')),

    (Events, &["quality.max_late", "quality.max_early", "quality.rate.events", "quality.rate.window"], Listed('g')),
    (Events, &["event.*.description", "event.*.detail.*.type", "event.*.detail.*.values", "event.*.detail.*.range",
        "event.*.detail.*.max_length", "event.*.detail.*.required", "event.*.detail.*.open_text", "event.*.detail.*.description"], Listed('c')),

    (Goals, &["goal.*.description", "goal.*.event", "goal.*.kind", "goal.*.value", "goal.*.per", "goal.*.currency", "goal.*.window",
        "goal.*.direction", "experiment.*.primary", "experiment.*.guardrails.*", "experiment.*.units", "experiment.*.days",
        "experiment.*.least_days", "holdout.*.primary", "holdout.*.guardrails.*", "holdout.*.units", "holdout.*.days",
        "holdout.*.least_days"], None("how events are added up; which events the log has is in events.toml")),

    (Visitors, &["description", "region", "locale", "minor", "depth", "grants.*", "signals.gpc", "signals.cookie", "signals.tcf",
        "signals.gpp", "signals.usp", "signals.onetrust", "signals.onetrust_closed", "signals.cookiebot", "signals.didomi",
        "signals.google.*", "identity.visitor", "identity.account", "identity.session", "identity.page", "identity.links.visitor",
        "identity.links.account", "identity.links.at", "identity.links.linked", "attributes",
        "observed", "unknown", "stale", "contacts.at", "contacts.channel", "contacts.class", "contacts.experience",
        "contacts.content", "contacts.dismissed"], None(SAMPLE)),
    (Tests, &["case.description", "case.visitor", "case.now", "case.expect"], None(SAMPLE)),
];

/// The entry of a declared key; `None` if it has none.
pub fn holds(kind: FileKind, key: &str) -> Option<Holds> {
    // The row of a region and the row of all others have the same keys.
    let of_row = key.strip_prefix("default.").or_else(|| key.strip_prefix("regions.*."));
    let of_row = of_row.filter(|_| kind == Regions).map(|key| format!("row.{key}"));
    let key = of_row.as_deref().unwrap_or(key);
    let mut rows = KEYS.iter().filter(|(of, keys, _)| *of == kind && keys.contains(&key));
    rows.next().map(|(.., holds)| *holds)
}

/// The field of a value, and whether another part of the register tells it; nothing of a key that touches no person.
pub(super) fn field(one: &Declared) -> Option<(char, bool)> {
    match holds(one.kind, &one.key)? {
        Listed(field) => Some((field, false)),
        Told(field) => Some((field, true)),
        None(_) => Option::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::key_paths;

    #[test]
    fn every_key_has_one_entry_and_every_entry_a_key() {
        let mut missing = Vec::new();
        for kind in FileKind::ALL {
            let paths = key_paths(*kind);
            missing
                .extend(paths.iter().filter(|path| holds(*kind, path).is_none()).map(|path| format!("{kind}: {path}")));
            for key in KEYS.iter().filter(|(of, ..)| of == kind).flat_map(|(_, keys, _)| keys.iter()) {
                let names = [key.to_string(), key.replacen("row.", "default.", 1)];
                assert!(names.iter().any(|name| paths.contains(name)), "{kind} has no key {key}");
                let rows = KEYS.iter().filter(|(of, keys, _)| of == kind && keys.contains(key));
                assert_eq!(rows.count(), 1, "{kind}: {key}");
            }
        }
        assert!(missing.is_empty(), "say in KEYS what these are to the register: {missing:?}");
    }

    #[test]
    fn a_field_is_one_of_the_seven_and_none_has_a_reason() {
        for (_, keys, holds) in KEYS {
            match holds {
                Listed(field) | Told(field) => assert!(('a'..='g').contains(field), "{keys:?}"),
                None(why) => assert!(why.len() > 12, "{keys:?}"),
            }
        }
    }
}
