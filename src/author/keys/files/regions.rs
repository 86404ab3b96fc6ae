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
    key(name, MODEL, "What must be true before data may be used for this.")
}

pub(super) const COUNSEL: Key =
    key("counsel", Text, "Who answers for reading the law less strictly than the shipped table: the name.");
pub(super) const REASON: Key = key("reason", Text, "Why they read it so.");

pub(super) const FILE: File = File {
    pattern: "regions.toml",
    about: "A region table of the site's own, in place of the shipped one.",
    layout: Layout::One,
    shape: Table(&[
        key("schema", Whole(1, 1), "The form of this file: 1."),
        needed("table_version", Day, "The day on which the law was looked at, in quotes.",
            "write the day on which the law was looked at"),
        key("strictness", List(&MODEL), "The models from the least strict; for people."),
        key("purposes", PURPOSES, "The purposes; for people."),
        needed("default", Table(ROW), "What holds where the region is not known: the strictest.",
            "say what holds in a region that is not known"),
        key("regions", Map(Name::Any, &Table(ROW)), "The law by region: ISO 3166 codes, or a union with members."),
        key("overlays", Map(Name::Any, &Map(Name::Any, &Any(&[Text, TEXTS]))),
            "What holds on top in special cases; for people."),
        key("experiments", Map(Name::Any, &Table(EXPERIMENT)),
            "Experiments without consent, by region in lower case, and `default`."),
    ]),
};

const EXPERIMENT: &[Key] = &[
    key("assignment_without_consent", Word(|| list(&RUNGS, |(word, _)| word)),
        "What a split may assign by without consent."),
    key("exposure_output", Text, "What may come out of it; for people."),
    key("note", Text, "For people."),
];

/// One region. A key that is left out comes from the parent, then from the default.
const ROW: &[Key] = &[
    key("name", Text, "The region's name, for people."),
    key("parent", Text, "The region that it inherits from."),
    key("members", TEXTS, "The countries of a union, which share its row unless they have their own."),
    key("effective_from", Day, "The day from which the row holds, in quotes; until then the parent's does."),
    key("statutory_from", Day, "The day from which the law itself holds, where the row is ahead of it."),
    key("adm_disclosure_from", Day, "The day from which automated decisions must be disclosed."),
    model("necessary"),
    model("contextual"),
    model("functional"),
    model("functional_user_requested"),
    key("functional_conditions", TEXTS, "What must hold for that; for people."),
    model("analytics"),
    key("analytics_conditions", TEXTS, "What must hold for that; for people."),
    model("personalization"),
    model("personalization_high_risk"),
    model("personalization_identified"),
    model("advertising"),
    model("advertising_identified"),
    model("advertising_third_party_linkage"),
    model("sensitive"),
    key("sensitive_label", Text, "What the law calls the right; for people."),
    key("engine_sensitive", MODEL, "A stricter model than the law's, which the engine holds to."),
    model("storage"),
    key("gpc", Word(|| vec!["required", "recommended", "none"]), "Whether Global Privacy Control must be recognised."),
    key("gpc_off", PURPOSES, "The purposes that it switches off."),
    key("gpc_confirm_display", Flag, "Whether visitors must see that it was honoured."),
    key("withdrawal_must_be_live", Flag, "Whether a withdrawal holds at once."),
    key("non_personalised_option", Flag, "Whether there must be a version without personalization."),
    key("must_offer_non_personalised", Flag, "The same, where the law says so."),
    key("no_price_discrimination", Flag, "Whether prices may not depend on the person."),
    key("profiling_right_to_question", Flag, "Whether a person may question a profile."),
    key("price_disclosure", Text, "What must be said beside a price that depends on the person."),
    key("consent_manager", Flag, "Whether consent managers speak for a person."),
    key("max_grant_age_days", Whole(0, 3_650), "How long a grant holds before the visitor is asked again."),
    key("child_max_age", Whole(0, 25), "The last year of age of a child."),
    key("child", Word(OF_MINORS), "What holds for advertising to a known child."),
    key("child_scope", Text, "What that is about; for people."),
    key("child_purposes", PURPOSES, "The purposes that this holds for."),
    key("teen_max_age", Whole(0, 25), "The last year of age of a teenager."),
    key("teen", Word(OF_MINORS), "What holds for advertising to a known teenager."),
    key("teen_scope", Text, "What that is about; for people."),
    key("teen_purposes", PURPOSES, "The purposes that this holds for."),
    key("conf", Word(|| vec!["high", "medium", "low"]), "How sure this is."),
    key("verified", Word(|| vec!["search", "prior", "counsel"]), "How it was looked up for this version."),
    COUNSEL,
    REASON,
    key("sources", Filled(&Text), "Where it was looked up."),
    key("note", Text, "For people."),
];
