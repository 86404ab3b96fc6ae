//! The part of `consent.toml` that legal writes: what each purpose means and rests on, and the facts of the controller.
//!
//! Takes the file, gives the texts, the classification and the records. It never decides whether a basis is the right one: that
//! is legal's signature, not ours.

use std::collections::BTreeMap;

use super::keys::{Table, days};
use super::site::{
    Classification, Controller, GpcStatement, LawfulBasis, LogRetention, Objection, Recipient, Records, Role,
    SpecialBasis, Transfer,
};
use super::times;
use crate::log::LogClass;
use crate::words::Purpose;

/// The sentence of each purpose, and legal's classification beside it.
pub(super) fn purposes(top: Table<'_>) -> (BTreeMap<Purpose, String>, BTreeMap<Purpose, Classification>) {
    let (mut texts, mut classes) = (BTreeMap::new(), BTreeMap::new());
    for (field, table) in top.named("purposes") {
        let Some(purpose) = Purpose::from_name(field.key) else { continue };
        let class = Classification {
            basis: table.word("basis", LawfulBasis::from_name),
            condition: table.word("condition", SpecialBasis::from_name),
            texts: by_locale(table),
            persons: table.strings("persons"),
            erasure: table.string("erasure"),
        };
        texts.extend(table.string("text").map(|text| (purpose, text)));
        classes.insert(purpose, class);
    }
    (texts, classes)
}

/// Sentences by locale.
pub(super) fn by_locale(table: Table<'_>) -> BTreeMap<String, String> {
    let fields = table.table("texts").into_iter().flat_map(Table::fields);
    fields.filter_map(|field| Some((field.key.to_owned(), field.text()?.text.to_owned()))).collect()
}

/// The facts of the controller.
pub(super) fn records(top: Table<'_>) -> Records {
    let objection =
        |table: Table<'_>| Objection { text: table.string("text"), texts: by_locale(table), url: table.string("url") };
    Records {
        controller: top.table("controller").map(controller),
        recipients: top.tables("recipients").into_iter().filter_map(recipient).collect(),
        transfers: top.tables("transfers").into_iter().filter_map(transfer).collect(),
        security: top.section("security").strings("measures"),
        objection: top.table("objection").map(objection),
        gpc: top.table("gpc").and_then(gpc),
        log: log(top.section("log")),
        log_purpose: top.section("log").string("purpose"),
        log_basis: top.section("log").word("basis", LawfulBasis::from_name),
    }
}

fn controller(table: Table<'_>) -> Controller {
    Controller {
        name: table.string("name").unwrap_or_default(),
        address: table.string("address"),
        email: table.string("email"),
        representative: table.string("representative"),
        officer: table.string("officer"),
        authority: table.string("authority"),
        joint: table.strings("joint"),
    }
}

fn recipient(table: Table<'_>) -> Option<Recipient> {
    let purposes = table.purposes("purposes");
    Some(Recipient {
        name: table.string("name")?,
        what: table.string("what"),
        texts: by_locale(table),
        role: table.word("role", Role::from_name),
        contact: table.string("contact"),
        purposes,
    })
}

fn transfer(table: Table<'_>) -> Option<Transfer> {
    Some(Transfer {
        to: table.string("to")?,
        recipient: table.string("recipient"),
        safeguard: table.string("safeguard")?,
        texts: by_locale(table),
        purposes: table.purposes("purposes"),
    })
}

fn gpc(table: Table<'_>) -> Option<GpcStatement> {
    let last_update = table.get("last_update").and_then(times::day);
    Some(GpcStatement { honoured: table.get("honoured")?.flag()?, last_update: last_update? })
}

fn log(table: Table<'_>) -> LogRetention {
    let kept = |class: &LogClass| Some((*class, days(table.text(class.name())?.text)?));
    LogRetention(LogClass::ALL.iter().filter_map(kept).collect())
}
