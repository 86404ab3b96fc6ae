//! The part of `consent.toml` that legal writes.

use super::{TEXTS, purposes, purposes_and_storage};
use crate::author::schema::shape::{Key, Shape, key, needed};
use crate::author::site::LawfulBasis;
use crate::log::LogClass;

fn bases() -> Vec<&'static str> {
    LawfulBasis::ALL.iter().map(|basis| basis.name()).collect()
}

const ITS_PURPOSES: Shape = Shape::List(&Shape::Word(purposes));

pub(super) const GPC: Key = key(
    "gpc",
    Shape::Table(&[
        needed("honoured", Shape::Flag, "Whether the site abides by the signal."),
        needed("last_update", Shape::Time, "The day of this statement: a date without quotes."),
    ]),
    "What /.well-known/gpc.json says of Global Privacy Control; without it there is no such file.",
);

pub(super) const CONTROLLER: Key = key(
    "controller",
    Shape::Table(&[
        needed("name", Shape::Text, "Who decides why and how data is processed."),
        key("address", Shape::Text, "Where post arrives."),
        key("email", Shape::Form("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"), "Where letters about privacy arrive."),
        key("representative", Shape::Text, "The representative in the Union of a controller outside of it."),
        key("officer", Shape::Text, "The data protection officer, and how to reach them."),
        key("joint", TEXTS, "Controllers who decide together with this one."),
    ]),
    "Who answers for the data, for the register of processing.",
);

pub(super) const OBJECTION: Key = key(
    "objection",
    Shape::Table(&[
        key("text", Shape::Text, "How a person objects, in words."),
        key("url", Shape::Form("^(https://|/([^/]|$))"), "A page where it can be done: a path, or an address."),
    ]),
    "How a person objects to what a purpose does.",
);

pub(super) const SECURITY: Key = key(
    "security",
    Shape::Table(&[needed("measures", TEXTS, "What protects the data, technically and organisationally.")]),
    "Security measures, for the register of processing.",
);

pub(super) const RECIPIENTS: Key = key(
    "recipients",
    Shape::Tables(&[
        needed("name", Shape::Text, "Who is given data."),
        key("what", Shape::Text, "What for."),
        key("purposes", ITS_PURPOSES, "The purposes whose data they get; all of them if it is left out."),
    ]),
    "Who is given data, for the register of processing.",
);

fn classes() -> Vec<&'static str> {
    LogClass::ALL.iter().map(|class| class.name()).collect()
}

pub(super) const LOG: Key = key(
    "log",
    // At most ten years.
    Shape::Worded(classes, &Shape::Form("^([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)d$"), &[]),
    "How long each class of lines of the log is kept, as in \"395d\"; 395 days for what is left out.",
);

pub(super) const TRANSFERS: Key = key(
    "transfers",
    Shape::Tables(&[
        needed("to", Shape::Text, "The country, ISO 3166, or the international organisation."),
        key("recipient", Shape::Text, "Who gets it there."),
        needed("safeguard", Shape::Text, "What protects it there, as in `adequacy decision`."),
        key("purposes", ITS_PURPOSES, "The purposes whose data goes there; all of them if it is left out."),
    ]),
    "Transfers to other countries, for the register of processing.",
);

pub(super) const PURPOSES: Key = key(
    "purposes",
    Shape::Worded(
        purposes_and_storage,
        &Shape::Table(&[
            needed("text", Shape::Text, "The sentence that visitors read."),
            key("basis", Shape::Word(bases), "The lawful basis, as legal classified the purpose."),
            key("persons", TEXTS, "Whose data it is, as in `customers`. The visitors of the site if it is left out."),
            key("erasure", Shape::Text, "When data without a retention of its own is erased."),
        ]),
        &[],
    ),
    "What each purpose means on this site, and what it rests on.",
);
