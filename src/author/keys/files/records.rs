//! The part of `consent.toml` that legal writes.

use super::{BY_LOCALE, Key, PURPOSES as ITS_PURPOSES, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Flag, Form, Map, Purposes, Table, Tables, Text, Time, Word, Worded};
use crate::author::site::{LawfulBasis, Role, SpecialBasis};
use crate::log::LogClass;

pub(super) const GPC: Key = key(
    "gpc",
    Table(&[
        needed("honoured", Flag, "`true` if the site applies the signal.", "write whether the site honours the signal"),
        needed("last_update", Time, "The day of this statement: a date without quotes.",
            "write on which day this was last reviewed").such_as("2026-11-20"),
    ]),
    "The statement in `/.well-known/gpc.json` about Global Privacy Control. Without this table there is no such file.",
);

pub(super) const CONTROLLER: Key = key(
    "controller",
    Table(&[
        needed("name", Text, "The controller's name.",
            "say who decides why and how data is processed"),
        key("address", Text, "The address for letters."),
        key("email", Form(&forms::EMAIL), "The email address for questions about privacy."),
        key("representative", Text, "The representative in the Union, if the controller is outside of it."),
        key("officer", Text, "The data protection officer, and how to reach them."),
        key("authority", Text, "The supervisory authority that persons can complain to, and how to reach it."),
        key("joint", TEXTS, "Other controllers that decide together with this one."),
    ]),
    "The controller: who answers for the data. The register of processing and the notice name it.",
);

pub(super) const OBJECTION: Key = key(
    "objection",
    Table(&[
        key("text", Text, "How a person objects, in words."),
        key("texts", Map(BY_LOCALE, &Text), "The same text in other languages. Answers to persons use it."),
        key("url", Form(&forms::PAGE), "The page for an objection: a path, or an address with https."),
    ]),
    "How a person objects to a use of their data.",
);

pub(super) const SECURITY: Key = key("security",
    Table(&[needed("measures", TEXTS, "Measures that protect the data.", "list the security measures")]),
    "Security measures, for the register of processing.");

pub(super) const RECIPIENTS: Key = key(
    "recipients",
    Tables(&[
        needed("name", Text, "The recipient's name.", "write the recipient's name"),
        key("what", Text, "The recipient's task."),
        key("texts", Map(BY_LOCALE, &Text), "The same text in other languages. Answers to persons use it."),
        key("role", Word(|| list(Role::ALL, Role::name)), "A processor acts for this controller. A controller decides by itself."),
        key("contact", Text, "The recipient's address, for its own register."),
        key("purposes", ITS_PURPOSES, "The purposes whose data the recipient gets. Without this key it gets the data of all."),
    ]),
    "Recipients of data, for the register of processing.",
);

pub(super) const TRANSFERS: Key = key(
    "transfers",
    Tables(&[
        needed("to", Text, "The country as an ISO 3166 code, or the international organisation.",
            "name the country or the organisation").such_as("\"US\""),
        key("recipient", Text, "The recipient there."),
        needed("safeguard", Text, "The safeguard, such as `adequacy decision`.",
            "say what protects the data there"),
        key("texts", Map(BY_LOCALE, &Text), "The same text in other languages. Answers to persons use it."),
        key("purposes", ITS_PURPOSES, "The purposes whose data goes there. Without this key the data of all does."),
    ]),
    "Transfers to other countries, for the register of processing.",
);

pub(super) const LOG: Key = key("log", Worded(|| list(LogClass::ALL, LogClass::name), &Form(&forms::LOG_DAYS), &[
        key("purpose", Text, "The reason for the record of decisions, in words."),
        key("basis", Word(|| list(LawfulBasis::ALL, LawfulBasis::name)), "The lawful basis of that record."),
    ]),
    "How long each class of log lines is kept. A class that is not named is kept for 395 days.");

pub(super) const PURPOSES: Key = key(
    "purposes",
    Purposes(
        &Table(&[
            needed("text", Text, "The sentence that visitors read.", "write the sentence that visitors read"),
            key("basis", Word(|| list(LawfulBasis::ALL, LawfulBasis::name)),
                "The lawful basis, as legal classified the purpose."),
            key("condition", Word(|| list(SpecialBasis::ALL, SpecialBasis::name)),
                "The condition of Art. 9(2) GDPR. A purpose with data of a special category needs it."),
            key("texts", Map(BY_LOCALE, &Text), "The same sentence in other languages, for answers to persons."),
            key("persons", TEXTS, "The persons whose data it is, such as `customers`. Without this key they are the visitors of the site."),
            key("erasure", Text, "The time of erasure, for data without a retention of its own."),
        ]),
        &[],
    ),
    "The meaning of each purpose on this site, and its lawful basis.",
);
