//! `regions.toml`: a region table of the site's own.

use super::{EVERY_PURPOSE, File, Key, Layout, MODELS, Name, Shape, TEXTS, Words, key, list, needed};
use crate::author::keys::shape::Shape::{Any, Day, Filled, Flag, List, Map, Table, Text, Whole, Word};
use crate::consent::table::Model;
use crate::words::Unit;

/// The models that an age band can have. A parent's permission is one that is given by name.
pub(crate) const AGE_MODELS: [(Model, &str); 4] = [
    (Model::Exempt, "exempt"),
    (Model::OptIn, "opt_in"),
    (Model::OptInExplicit, "parental"),
    (Model::Prohibited, "prohibited"),
];

/// What `assignment_without_consent` may say.
pub(crate) const RUNGS: [(&str, Option<Unit>); 4] = [
    ("none", None),
    ("page", Some(Unit::Page)),
    ("session_memory", Some(Unit::Session)),
    ("first_party_id", Some(Unit::Visitor)),
];

const MODEL: Shape = Word(MODELS);
const PURPOSES: Shape = List(&Word(EVERY_PURPOSE));
/// A parent agrees for a child: not a model of its own.
const OF_MINORS: Words = || MODELS().into_iter().chain(["parental"]).collect();

const fn model(name: &'static str) -> Key {
    key(name, MODEL, "The model of consent for this use.")
}

pub(super) const COUNSEL: Key =
    key("counsel", Text, "The name of the lawyer who answers for a looser reading of the law than the shipped table's.");
pub(super) const REASON: Key = key("reason", Text, "The reason for the looser reading.");

pub(super) const FILE: File = File {
    pattern: "regions.toml",
    about: "The site's own region table, which replaces the shipped one.",
    layout: Layout::One,
    shape: Table(&[
        key("schema", Whole(1, 1), "The form of this file: 1."),
        needed("table_version", Day, "The day on which the law was last reviewed, in quotes.",
            "write the day on which the law was reviewed"),
        key("strictness", List(&MODEL), "The models, the least strict first. The list is for people."),
        key("purposes", PURPOSES, "The purposes. The list is for people."),
        needed("default", Table(ROW), "The row for visits whose region is not known. It is the strictest one.",
            "write which law applies to unknown regions"),
        key("regions", Map(Name::Any, &Table(ROW)), "The law by region. A region is an ISO 3166 code, or a union with `members`."),
        key("overlays", Map(Name::Any, &Map(Name::Any, &Any(&[Text, TEXTS]))),
            "Additions for special cases. Only people read them."),
        key("experiments", Map(Name::Any, &Table(EXPERIMENT)),
            "Experiments without consent, by region in lower case, and `default`."),
    ]),
};

const EXPERIMENT: &[Key] = &[
    key("assignment_without_consent", Word(|| list(&RUNGS, |(word, _)| word)),
        "The unit by which a split may assign without consent."),
    key("exposure_output", Text, "The permitted result. Only people read it."),
    key("note", Text, "For people."),
];

/// One region. A key that is left out comes from the parent, then from the default.
const ROW: &[Key] = &[
    key("name", Text, "The region's name, for people."),
    key("parent", Text, "The region that it inherits from."),
    key("members", TEXTS, "The countries of a union. They share its row unless they have their own."),
    key("effective_from", Day, "The first day of the row, in quotes. Until then the parent's row applies."),
    key("statutory_from", Day, "The first day of the law itself, if the row starts earlier."),
    key("adm_disclosure_from", Day, "The first day on which automated decisions must be disclosed."),
    model("necessary"),
    model("contextual"),
    model("functional"),
    model("functional_user_requested"),
    key("functional_conditions", TEXTS, "Conditions for that. Only people read them."),
    model("analytics"),
    key("analytics_conditions", TEXTS, "Conditions for that. Only people read them."),
    model("personalization"),
    model("personalization_high_risk"),
    model("personalization_identified"),
    model("advertising"),
    model("advertising_identified"),
    model("advertising_third_party_linkage"),
    model("sensitive"),
    key("sensitive_label", Text, "The name of the right in the law. Only people read it."),
    key("engine_sensitive", MODEL, "A stricter model than the law's. The engine applies this one."),
    model("storage"),
    key("gpc", Word(|| vec!["required", "recommended", "none"]), "The status of Global Privacy Control in the law."),
    key("gpc_off", PURPOSES, "The purposes that it switches off."),
    key("gpc_confirm_display", Flag, "`true` if visitors must see that the signal was applied."),
    key("withdrawal_must_be_live", Flag, "`true` if a withdrawal must apply at once."),
    key("non_personalised_option", Flag, "`true` if there must be a version without personalization."),
    key("must_offer_non_personalised", Flag, "The same, if the law itself says so."),
    key("no_price_discrimination", Flag, "`true` if prices may not depend on the person."),
    key("profiling_right_to_question", Flag, "`true` if a person may question a profile."),
    key("price_disclosure", Text, "The text that must stand beside a price that depends on the person."),
    key("consent_manager", Flag, "`true` if consent managers can speak for a person."),
    key("max_grant_age_days", Whole(0, 3_650), "How many days a grant lasts before the visitor is asked again."),
    key("child_max_age", Whole(0, 25), "The last year of age of a child."),
    key("child", Word(OF_MINORS), "The model for known children."),
    key("child_scope", Text, "The scope of that. Only people read it."),
    key("child_purposes", PURPOSES, "The purposes to which this applies."),
    key("teen_max_age", Whole(0, 25), "The last year of age of a teenager."),
    key("teen", Word(OF_MINORS), "The model for known teenagers."),
    key("teen_scope", Text, "The scope of that. Only people read it."),
    key("teen_purposes", PURPOSES, "The purposes to which this applies."),
    key("conf", Word(|| vec!["high", "medium", "low"]), "How sure the row is."),
    key("verified", Word(|| vec!["search", "prior", "counsel"]), "How the row was looked up for this version."),
    COUNSEL,
    REASON,
    key("sources", Filled(&Text), "The sources of the row."),
    key("note", Text, "For people."),
];
