//! `regions.toml`: a region table of the site's own.

use super::{TEXTS, models, purposes_and_storage};
use crate::author::region_table;
use crate::author::schema::shape::{Key, Shape, key, needed};

fn models_of_minors() -> Vec<&'static str> {
    models().into_iter().chain([region_table::PARENTAL]).collect()
}

fn gpc() -> Vec<&'static str> {
    region_table::GPC.to_vec()
}

fn confidence() -> Vec<&'static str> {
    region_table::CONFIDENCE.to_vec()
}

fn verified() -> Vec<&'static str> {
    region_table::VERIFIED.to_vec()
}

fn rungs() -> Vec<&'static str> {
    crate::author::regions::RUNGS.map(|(word, _)| word).to_vec()
}

const DAY: Shape = Shape::Form("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
const MODEL: Shape = Shape::Word(models);
const AGE: Shape = Shape::Whole(0, 25);

const fn model(name: &'static str) -> Key {
    key(name, MODEL, "What must be true before data may be used for this.")
}

pub(super) const REGIONS: &[Key] = &[
    key("schema", Shape::Whole(1, 1), "The form of this file: 1."),
    needed("table_version", DAY, "The day on which the law was looked at, in quotes."),
    key("strictness", Shape::List(&MODEL), "The models from the least strict; for people."),
    key("purposes", Shape::List(&Shape::Word(purposes_and_storage)), "The purposes; for people."),
    needed("default", Shape::Table(ROW), "What holds where the region is not known: the strictest."),
    key("regions", Shape::Map("", &Shape::Table(ROW)), "The law by region: ISO 3166 codes, or a union with members."),
    key(
        "overlays",
        Shape::Map("", &Shape::Map("", &Shape::Any(&[Shape::Text, TEXTS]))),
        "What holds on top in special cases; for people.",
    ),
    key(
        "experiments",
        Shape::Map(
            "",
            &Shape::Table(&[
                key("assignment_without_consent", Shape::Word(rungs), "What a split may assign by without consent."),
                key("exposure_output", Shape::Text, "What may come out of it; for people."),
                key("note", Shape::Text, "For people."),
            ]),
        ),
        "Experiments without consent, by region in lower case, and `default`.",
    ),
];

/// One region. Whatever is left out comes from the parent, then from the default.
const ROW: &[Key] = &[
    key("name", Shape::Text, "The region's name, for people."),
    key("parent", Shape::Text, "The region that it inherits from."),
    key("members", TEXTS, "The countries of a union, which share its row unless they have their own."),
    key("effective_from", DAY, "The day from which the row holds, in quotes; until then the parent's does."),
    key("statutory_from", DAY, "The day from which the law itself holds, where the row is ahead of it."),
    key("adm_disclosure_from", DAY, "The day from which automated decisions must be disclosed."),
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
    key("sensitive_label", Shape::Text, "What the law calls the right; for people."),
    key("engine_sensitive", MODEL, "A stricter model than the law's, which the engine holds to."),
    model("storage"),
    key("gpc", Shape::Word(gpc), "Whether Global Privacy Control must be recognised."),
    key("gpc_off", Shape::List(&Shape::Word(purposes_and_storage)), "The purposes that it switches off."),
    key("gpc_confirm_display", Shape::Flag, "Whether visitors must see that it was honoured."),
    key("withdrawal_must_be_live", Shape::Flag, "Whether a withdrawal holds at once."),
    key("non_personalised_option", Shape::Flag, "Whether there must be a version without personalization."),
    key("must_offer_non_personalised", Shape::Flag, "The same, where the law says so."),
    key("no_price_discrimination", Shape::Flag, "Whether prices may not depend on the person."),
    key("profiling_right_to_question", Shape::Flag, "Whether a person may question a profile."),
    key("price_disclosure", Shape::Text, "What must be said beside a price that depends on the person."),
    key("consent_manager", Shape::Flag, "Whether consent managers speak for a person."),
    key("max_grant_age_days", Shape::Whole(0, 3_650), "How long a grant holds before the visitor is asked again."),
    key("child_max_age", AGE, "The last year of age of a child."),
    key("child", Shape::Word(models_of_minors), "What holds for advertising to a known child."),
    key("child_scope", Shape::Text, "What that is about; for people."),
    key("child_purposes", Shape::List(&Shape::Word(purposes_and_storage)), "The purposes that this holds for."),
    key("teen_max_age", AGE, "The last year of age of a teenager."),
    key("teen", Shape::Word(models_of_minors), "What holds for advertising to a known teenager."),
    key("teen_scope", Shape::Text, "What that is about; for people."),
    key("teen_purposes", Shape::List(&Shape::Word(purposes_and_storage)), "The purposes that this holds for."),
    key("conf", Shape::Word(confidence), "How sure this is."),
    key("verified", Shape::Word(verified), "How it was looked up for this version."),
    key("sources", Shape::Some(&Shape::Text), "Where it was looked up."),
    key("note", Shape::Text, "For people."),
];
