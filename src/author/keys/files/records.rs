//! The part of `consent.toml` that legal writes.

use super::{BY_LOCALE, Key, PURPOSES as ITS_PURPOSES, TEXTS, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Flag, Form, Map, Purposes, Table, Tables, Text, Time, Word, Worded};
use crate::author::site::{LawfulBasis, Role, SpecialBasis};
use crate::log::LogClass;

pub(super) const GPC: Key = key(
    "gpc",
    Table(&[
        needed("honoured", Flag, "True if the site honours the signal.", "write whether the site honours the signal"),
        needed("last_update", Time, "The day of this statement: a date without quotes.",
            "write on which day this was last reviewed").such_as("2026-11-20"),
    ]),
    "The site's statement about Global Privacy Control at /.well-known/gpc.json. Without this table there is no such file.",
);

pub(super) const CONTROLLER: Key = key(
    "controller",
    Table(&[
        needed("name", Text, "Who decides why and how data is processed.",
            "say who decides why and how data is processed"),
        key("address", Text, "The postal address."),
        key("email", Form(&forms::EMAIL), "The email address for questions about privacy."),
        key("representative", Text, "The representative in the EU of a controller outside the EU."),
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
        key("url", Form(&forms::PAGE), "A page where a person can object: a path, or an address."),
    ]),
    "How a person objects to what a purpose does.",
);

pub(super) const SECURITY: Key = key("security",
    Table(&[needed("measures", TEXTS, "The security measures, technical and organisational.", "list the security measures")]),
    "Security measures, for the register of processing.");

pub(super) const RECIPIENTS: Key = key(
    "recipients",
    Tables(&[
        needed("name", Text, "The recipient's name.", "write the recipient's name"),
        key("what", Text, "What for."),
        key("texts", Map(BY_LOCALE, &Text), "The same in other languages, for answers to persons."),
        key("role", Word(|| list(Role::ALL, Role::name)), "The recipient's role: it acts for this controller, or decides for itself."),
        key("contact", Text, "How to reach the recipient, for the recipient's own register."),
        key("purposes", ITS_PURPOSES, "The purposes whose data the recipient gets; by default all of them."),
    ]),
    "The recipients of data, for the register of processing.",
);

pub(super) const TRANSFERS: Key = key(
    "transfers",
    Tables(&[
        needed("to", Text, "The country, ISO 3166, or the international organisation.",
            "name the country or the organisation").such_as("\"US\""),
        key("recipient", Text, "The recipient there."),
        needed("safeguard", Text, "The protection of the data there, as in `adequacy decision`.",
            "say what protects the data there"),
        key("texts", Map(BY_LOCALE, &Text), "The same in other languages, for answers to persons."),
        key("purposes", ITS_PURPOSES, "The purposes whose data goes there; by default all of them."),
    ]),
    "Transfers to other countries, for the register of processing.",
);

pub(super) const LOG: Key = key("log", Worded(|| list(LogClass::ALL, LogClass::name), &Form(&forms::LOG_DAYS), &[
        key("purpose", Text, "The purpose of the record of decisions, in words."),
        key("basis", Word(|| list(LawfulBasis::ALL, LawfulBasis::name)), "The lawful basis of that record."),
    ]),
    "How long each class of lines of the log is kept, as in \"395d\"; by default 395 days.");

pub(super) const PURPOSES: Key = key(
    "purposes",
    Purposes(
        &Table(&[
            needed("text", Text, "The sentence that visitors read.", "write the sentence that visitors read"),
            key("basis", Word(|| list(LawfulBasis::ALL, LawfulBasis::name)),
                "The lawful basis, as legal classified the purpose."),
            key("condition", Word(|| list(SpecialBasis::ALL, SpecialBasis::name)),
                "The condition of GDPR Art. 9(2) that allows it. Required if its data is of a special category."),
            key("texts", Map(BY_LOCALE, &Text), "The same sentence in other languages, for answers to persons."),
            key("persons", TEXTS, "Whose data it is, as in `customers`; by default the visitors of the site."),
            key("erasure", Text, "When data without a retention of its own is erased."),
        ]),
        &[],
    ),
    "The meaning of each purpose on this site, and its lawful basis.",
);
