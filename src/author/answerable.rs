//! A register and an answer to a person need more than purposes: a controller, an authority, recipients, and a condition for data of a
//! special category.
//!
//! A site is live when it names another environment than `development`.

use super::classified::is_classified;
use super::diagnostic::Diagnostic;
use super::keys::Table;
use super::place::Place;
use super::site::{Attribute, ConsentSettings};
use super::source::Sink;

pub(crate) struct Ground<'a> {
    pub(crate) consent: &'a ConsentSettings,
    /// `consent.toml`, if there is one.
    pub(crate) top: Option<Table<'a>>,
    pub(crate) environments: &'a [String],
    pub(crate) data: &'a [&'a [Attribute]],
}

/// Reports what is missing.
pub(crate) fn check(ground: &Ground<'_>, sink: &Sink) {
    conditions(ground, sink);
    if let Some(top) = ground.top {
        recipients(top);
    }
    if ground.environments.iter().any(|name| name != DEVELOPMENT) {
        live(ground, sink);
    }
}

/// The environment without visitors.
const DEVELOPMENT: &str = "development";

/// Data of a special category needs a condition of Art. 9(2) beside the lawful basis of each purpose that it serves.
fn conditions(ground: &Ground<'_>, sink: &Sink) {
    let sensitive = ground.data.iter().flat_map(|list| list.iter()).filter(|one| one.sensitive);
    let mut told = Vec::new();
    for (one, purpose) in sensitive.flat_map(|one| one.purposes.iter().map(move |purpose| (one, purpose))) {
        let class = ground.consent.classes.get(&purpose);
        // An unclassified purpose has a finding of its own.
        let is_open = is_classified(ground.consent, purpose) && class.is_none_or(|class| class.condition.is_none());
        if !is_open || told.contains(&purpose) {
            continue;
        }
        told.push(purpose);
        let what = format!("`{}` is of a special category, and {purpose} has no condition of Art. 9(2)", one.name);
        let fault = Diagnostic::error("SV5032", one.place.clone(), what);
        let fault =
            fault.why("a lawful basis is not enough: Art. 9(1) of the GDPR forbids it unless Art. 9(2) allows it");
        // A site without any classification is a draft.
        let fault = if ground.consent.classes.is_empty() { fault.warning() } else { fault };
        let help = "ask legal which condition applies, and write it into consent.toml";
        sink.report(fault.help(format!("{help}: [purposes.{purpose}] with condition = \"explicit_consent\"")));
    }
}

/// Checks that recipients are described, and that transfers go to one of them.
fn recipients(top: Table<'_>) {
    for table in top.tables("recipients") {
        let missing = ["what", "role"].into_iter().find(|key| !table.has(key));
        if let (Some(missing), Some(name)) = (missing, table.text("name")) {
            let fault = name.error("SV5033", format!("the recipient `{}` has no `{missing}`", name.text)).warning();
            let fault = fault.why("persons and authorities ask what a recipient does with data, and for whom");
            name.report(fault.help("write `what` it does, and its `role`: processor, controller or joint"));
        }
    }
    let known: Vec<&str> =
        top.tables("recipients").into_iter().filter_map(|table| Some(table.text("name")?.text)).collect();
    for text in top.tables("transfers").into_iter().filter_map(|table| table.text("recipient")) {
        if !known.contains(&text.text) {
            text.unknown("SV5033", format!("there is no recipient `{}`", text.text), known.iter().copied());
        }
    }
}

fn live(ground: &Ground<'_>, sink: &Sink) {
    let records = &ground.consent.records;
    let controller = ground.top.and_then(|top| top.table("controller"));
    let place = || match (controller, ground.top) {
        (Some(table), _) => table.place(),
        (None, Some(top)) => top.place(),
        (None, None) => Place { file: "selvedge.toml".into(), line: 1, column: 1, ..Place::default() },
    };
    let warn = |code: &'static str, what: &str, why: &str, help: &str| {
        sink.report(Diagnostic::error(code, place(), what).warning().why(why).help(help));
    };
    let stated = records.controller.as_ref();
    if stated.is_none_or(|stated| stated.address.is_none() || stated.email.is_none()) {
        warn(
            "SV5034",
            "nobody is named who answers for the data of this site, with a way to reach them",
            "every person who asks must be told (GDPR Art. 13 to 15), and the register needs it",
            "write [controller] into consent.toml, with name, address and email",
        );
    }
    if stated.is_some_and(|stated| stated.authority.is_none()) {
        warn(
            "SV5035",
            "no supervisory authority is named",
            "an answer to a person says where to complain (GDPR Art. 15(1)(f))",
            "write authority = \"…\" into [controller]: its name, and how to reach it",
        );
    }
    if stated.is_some() && records.log_basis.is_none() {
        warn(
            "SV5036",
            "the record of decisions has no lawful basis",
            "the record is about persons, under pseudonyms, so it is processing like any other",
            "ask legal for both, and write [log] with `purpose` and `basis` into consent.toml",
        );
    }
}
