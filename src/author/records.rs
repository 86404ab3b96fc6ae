//! The part of `consent.toml` that legal writes: what each purpose means and rests on, and the facts of the controller.
//!
//! Takes the file, gives the texts, the classification and the records. It never decides whether a basis is the right one: that
//! is legal's signature, not ours.

use std::collections::BTreeMap;

use super::consent::known_purpose;
use super::settings::purpose;
use super::site::{
    Classification, Controller, GpcStatement, LawfulBasis, LogRetention, Objection, Recipient, Records, Transfer,
};
use super::table::{Field, Table, Text};
use super::times;
use crate::log::LogClass;
use crate::words::{Purpose, Purposes};

pub(super) const PURPOSE_KEYS: [&str; 4] = ["text", "basis", "persons", "erasure"];
pub(super) const CONTROLLER_KEYS: [&str; 6] = ["name", "address", "email", "representative", "officer", "joint"];
pub(super) const RECIPIENT_KEYS: [&str; 3] = ["name", "what", "purposes"];
pub(super) const TRANSFER_KEYS: [&str; 4] = ["to", "recipient", "safeguard", "purposes"];
pub(super) const SECURITY_KEYS: [&str; 1] = ["measures"];
pub(super) const OBJECTION_KEYS: [&str; 2] = ["text", "url"];
pub(super) const GPC_KEYS: [&str; 2] = ["honoured", "last_update"];

/// The sentence of each purpose, and legal's classification beside it.
pub(super) fn purposes(top: Table<'_>) -> (BTreeMap<Purpose, String>, BTreeMap<Purpose, Classification>) {
    let (mut texts, mut classes) = (BTreeMap::new(), BTreeMap::new());
    for field in top.get("purposes").and_then(Field::table).into_iter().flat_map(Table::fields) {
        let purpose = known_purpose(field, Purpose::ALL);
        let Some(table) = field.table() else { continue };
        table.only(&PURPOSE_KEYS);
        let text = table.need("text", "write the sentence that visitors read").and_then(Field::text);
        let class = Classification {
            basis: table.text("basis").and_then(|text| text.word(LawfulBasis::ALL, LawfulBasis::name)),
            persons: owned(&table.texts("persons")),
            erasure: table.string("erasure"),
        };
        let Some(purpose) = purpose else { continue };
        texts.extend(text.map(|text| (purpose, text.text.to_owned())));
        classes.insert(purpose, class);
    }
    (texts, classes)
}

/// The facts of the controller.
pub(super) fn records(top: Table<'_>) -> Records {
    let one = |key| top.get(key).and_then(Field::table);
    let several = |key| top.get(key).map(Field::tables).unwrap_or_default();
    Records {
        controller: one("controller").map(controller),
        recipients: several("recipients").into_iter().filter_map(recipient).collect(),
        transfers: several("transfers").into_iter().filter_map(transfer).collect(),
        security: one("security").map(security).unwrap_or_default(),
        objection: one("objection").map(objection),
        gpc: one("gpc").and_then(gpc),
        log: one("log").map(log).unwrap_or_default(),
    }
}

fn controller(table: Table<'_>) -> Controller {
    table.only(&CONTROLLER_KEYS);
    let name = table.need("name", "say who decides why and how data is processed").and_then(Field::text);
    Controller {
        name: name.map(|name| name.text.to_owned()).unwrap_or_default(),
        address: table.string("address"),
        email: table.text("email").map(address_of_post),
        representative: table.string("representative"),
        officer: table.string("officer"),
        joint: owned(&table.texts("joint")),
    }
}

/// The text, which must have the form of an address of electronic post.
fn address_of_post(text: Text<'_>) -> String {
    let has_form = |(name, host): (&str, &str)| !name.is_empty() && host.contains('.') && !host.contains('@');
    let is_one = text.text.split_once('@').is_some_and(has_form) && !text.text.contains(char::is_whitespace);
    if !is_one {
        let fault = text.error("SV5203", format!("`{}` is not an address of electronic post", text.text));
        text.report(fault.help("write it as in \"privacy@shop.example\""));
    }
    text.text.to_owned()
}

fn recipient(table: Table<'_>) -> Option<Recipient> {
    table.only(&RECIPIENT_KEYS);
    let name = table.need("name", "say who is given data").and_then(Field::text)?;
    Some(Recipient { name: name.text.to_owned(), what: table.string("what"), purposes: listed(table) })
}

fn transfer(table: Table<'_>) -> Option<Transfer> {
    table.only(&TRANSFER_KEYS);
    let to = table.need("to", "name the country, as in to = \"US\", or the organisation").and_then(Field::text);
    let safeguard = table.need("safeguard", "say what protects the data there").and_then(Field::text);
    Some(Transfer {
        to: to?.text.to_owned(),
        recipient: table.string("recipient"),
        safeguard: safeguard?.text.to_owned(),
        purposes: listed(table),
    })
}

fn security(table: Table<'_>) -> Vec<String> {
    table.only(&SECURITY_KEYS);
    owned(&table.need("measures", "list what protects the data").map(Field::texts).unwrap_or_default())
}

fn objection(table: Table<'_>) -> Objection {
    table.only(&OBJECTION_KEYS);
    let url = table.text("url");
    if let Some(url) = url.filter(|url| !url.text.starts_with("https://") && !is_path(url.text)) {
        let fault = url.error("SV5203", format!("`{}` is not the address of a page", url.text));
        url.report(fault.help("write a path of this site, as in \"/privacy\", or an address with https://"));
    }
    Objection { text: table.string("text"), url: url.map(|url| url.text.to_owned()) }
}

/// Two slashes would lead to another host.
fn is_path(url: &str) -> bool {
    url.starts_with('/') && !url.starts_with("//")
}

fn gpc(table: Table<'_>) -> Option<GpcStatement> {
    table.only(&GPC_KEYS);
    let honoured = table.need("honoured", "say whether the site abides by the signal").and_then(Field::flag);
    let day = "say on which day this was last looked at, as in last_update = 2026-11-20";
    let last_update = table.need("last_update", day).and_then(times::day);
    Some(GpcStatement { honoured: honoured?, last_update: last_update? })
}

/// The most days that a line may be kept: ten years.
const LOG_DAYS_MAX: u32 = 3_650;

fn log(table: Table<'_>) -> LogRetention {
    let names: Vec<&str> = LogClass::ALL.iter().map(|class| class.name()).collect();
    table.only(&names);
    let mut retention = LogRetention::default();
    for class in LogClass::ALL {
        let Some(text) = table.text(class.name()) else { continue };
        match days(text.text) {
            Some(days) => drop(retention.0.insert(*class, days)),
            None => {
                let fault = text.error("SV5204", format!("`{}` is not a number of days", text.text));
                let fault = fault.why("lines of a log are taken out by the day");
                text.report(fault.help(format!("write it as in \"395d\"; at least 1d, at most {LOG_DAYS_MAX}d")));
            }
        }
    }
    retention
}

/// Days of `395d`.
fn days(text: &str) -> Option<u32> {
    let digits = text.strip_suffix('d')?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|days| is_plain && (1..=LOG_DAYS_MAX).contains(days))
}

fn listed(table: Table<'_>) -> Purposes {
    table.texts("purposes").into_iter().filter_map(purpose).collect()
}

fn owned(texts: &[Text<'_>]) -> Vec<String> {
    texts.iter().map(|text| text.text.to_owned()).collect()
}
