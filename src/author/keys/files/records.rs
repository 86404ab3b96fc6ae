//! The part of `consent.toml` that legal writes.

use super::{BY_LOCALE, Key, PURPOSES as ITS_PURPOSES, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Flag, Form, Map, Purposes, Table, Tables, Text, Time, Word, Worded};
use crate::author::site::{LawfulBasis, Role, SpecialBasis};
use crate::log::LogClass;

pub(super) const GPC: Key = key(
    "gpc",
    Table(&[
        needed("honoured", Flag, "Whether the site abides by the signal.", "say whether the site abides by the signal"),
        needed("last_update", Time, "The day of this statement: a date without quotes.",
            "say on which day this was last looked at").such_as("2026-11-20"),
    ]),
    "What /.well-known/gpc.json says of Global Privacy Control; without it there is no such file.",
);

pub(super) const CONTROLLER: Key = key(
    "controller",
    Table(&[
        needed("name", Text, "Who decides why and how data is processed.",
            "say who decides why and how data is processed"),
        key("address", Text, "Where post arrives."),
        key("email", Form(&forms::EMAIL), "Where letters about privacy arrive."),
        key("representative", Text, "The representative in the Union of a controller outside of it."),
        key("officer", Text, "The data protection officer, and how to reach them."),
        key("authority", Text, "The supervisory authority that persons can complain to, and how to reach it."),
        key("joint", TEXTS, "Controllers who decide together with this one."),
    ]),
    "Who answers for the data, for the register of processing.",
);

pub(super) const OBJECTION: Key = key(
    "objection",
    Table(&[
        key("text", Text, "How a person objects, in words."),
        key("texts", Map(BY_LOCALE, &Text), "The same in other languages, for answers to persons."),
        key("url", Form(&forms::PAGE), "A page where it can be done: a path, or an address."),
    ]),
    "How a person objects to what a purpose does.",
);

pub(super) const SECURITY: Key = key("security",
    Table(&[needed("measures", TEXTS, "What protects the data, technically and organisationally.", "list what protects the data")]),
    "Security measures, for the register of processing.");

pub(super) const RECIPIENTS: Key = key(
    "recipients",
    Tables(&[
        needed("name", Text, "Who is given data.", "say who is given data"),
        key("what", Text, "What for."),
        key("texts", Map(BY_LOCALE, &Text), "The same in other languages, for answers to persons."),
        key("role", Word(|| list(Role::ALL, Role::name)), "Whether they act for this controller, or decide for themselves."),
        key("contact", Text, "How to reach them, for a register of theirs."),
        key("purposes", ITS_PURPOSES, "The purposes whose data they get; all of them if it is left out."),
    ]),
    "Who is given data, for the register of processing.",
);

pub(super) const TRANSFERS: Key = key(
    "transfers",
    Tables(&[
        needed("to", Text, "The country, ISO 3166, or the international organisation.",
            "name the country or the organisation").such_as("\"US\""),
        key("recipient", Text, "Who gets it there."),
        needed("safeguard", Text, "What protects it there, as in `adequacy decision`.",
            "say what protects the data there"),
        key("texts", Map(BY_LOCALE, &Text), "The same in other languages, for answers to persons."),
        key("purposes", ITS_PURPOSES, "The purposes whose data goes there; all of them if it is left out."),
    ]),
    "Transfers to other countries, for the register of processing.",
);

pub(super) const LOG: Key = key("log", Worded(|| list(LogClass::ALL, LogClass::name), &Form(&forms::LOG_DAYS), &[
        key("purpose", Text, "What the record of decisions is kept for, in words."),
        key("basis", Word(|| list(LawfulBasis::ALL, LawfulBasis::name)), "The lawful basis of that record."),
    ]),
    "How long each class of lines of the log is kept, as in \"395d\"; 395 days for what is left out.");

pub(super) const PURPOSES: Key = key(
    "purposes",
    Purposes(
        &Table(&[
            needed("text", Text, "The sentence that visitors read.", "write the sentence that visitors read"),
            key("basis", Word(|| list(LawfulBasis::ALL, LawfulBasis::name)),
                "The lawful basis, as legal classified the purpose."),
            key("condition", Word(|| list(SpecialBasis::ALL, SpecialBasis::name)),
                "What Art. 9(2) of the GDPR allows it by; needed where its data is of a special category."),
            key("texts", Map(BY_LOCALE, &Text), "The same sentence in other languages, for answers to persons."),
            key("persons", TEXTS, "Whose data it is, as in `customers`. The visitors of the site if it is left out."),
            key("erasure", Text, "When data without a retention of its own is erased."),
        ]),
        &[],
    ),
    "What each purpose means on this site, and what it rests on.",
);
