//! The register's lists beside the activities: cookies, identifiers, events, signals, rights, tests of other tools.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::retention;
use crate::author::Declared;
use crate::author::schema::FileKind;
use crate::author::site::Site;
use crate::bundle::manifest::DetailEntry;
use crate::compile::notice::{self, Cookie, drawn_by};
use crate::log::LogClass;
use crate::page::ID_SECONDS_MAX;
use crate::words::{Purpose, Purposes, Signal, Unit, ValueType};

/// One thing that is kept, read or told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub what: String,
    /// The purposes that it serves.
    pub purposes: Vec<String>,
    /// How long it is kept.
    pub kept: Option<String>,
    /// What uses it.
    pub used_by: Vec<String>,
}

/// Cookies that are set or read, with their lifetimes.
pub(super) fn cookies(site: &Site) -> Vec<Item> {
    let item = |Cookie { name, about, purposes, lifetime_seconds, used_by }: Cookie| Item {
        name,
        what: about,
        purposes,
        kept: lifetime_seconds.map(retention),
        used_by,
    };
    notice::cookies(site).into_iter().map(item).collect()
}

/// The ids that tell one person from another.
pub(super) fn identifiers(site: &Site) -> Vec<Item> {
    let log = &site.consent.records.log;
    let of = |unit: Unit, what: &str, kept: Option<String>| Item {
        used_by: drawn_by(site, unit),
        ..item(unit.name(), what, &[Purpose::Analytics], kept)
    };
    let mut all = vec![
        of(Unit::Visitor, "a random number on the device, without meaning elsewhere", Some(retention(ID_SECONDS_MAX))),
        of(Unit::Account, "the id of the account, as the site's own sign-in has it", None),
        of(Unit::Session, "a random number in the memory of the browser", Some("until the session ends".to_owned())),
        of(Unit::Page, "a random number of one page view", Some("until the page is left".to_owned())),
    ];
    all.retain(|one| !one.used_by.is_empty() || one.name == Unit::Visitor.name() || one.name == Unit::Account.name());
    let days = |class: LogClass| Some(format!("{} days", log.days(class)));
    all.push(item(
        "pseudonym",
        "in the record of decisions: a keyed digest of the visitor's or the account's id, another one with every key",
        &[Purpose::Necessary],
        days(LogClass::Audit),
    ));
    let what = "in lines of what was shown and done: a keyed digest of the visitor's or the account's id, where consent covers it";
    all.push(item("id", what, &[Purpose::Analytics], days(LogClass::Exposure)));
    all
}

/// The events that pages send, detail by detail.
pub(super) fn events(site: &Site, declared: &[Declared]) -> Vec<Item> {
    let said: BTreeMap<&str, &[String]> = declared
        .iter()
        .filter(|one| one.kind == FileKind::Events)
        .map(|one| (one.written.as_str(), one.value.as_slice()))
        .collect();
    let said = |key: String| said.get(key.as_str()).map(|value| value.join(", ")).unwrap_or_default();
    let kept = Some(format!("{} days", site.consent.records.log.days(LogClass::Event)));
    let mut all = Vec::new();
    for event in site.events.iter().flat_map(|rules| &rules.kinds) {
        let name = &event.name;
        let of = |name: &str, what: String| item(name, &what, &[Purpose::Analytics], kept.clone());
        all.push(of(name, said(format!("event.{name}.description"))));
        for detail in &event.details {
            let about = said(format!("event.{name}.detail.{}.description", detail.name));
            let sentence = if about.is_empty() { String::new() } else { format!("{about} ") };
            let open = said(format!("event.{name}.detail.{}.open_text", detail.name));
            all.push(of(&format!("{name}: {}", detail.name), sentence + &form(detail, &open)));
        }
    }
    all
}

/// The form of a detail: `int, 1 to 20, required`. Of an open text it says who fills it.
fn form(detail: &DetailEntry, open: &str) -> String {
    let mut parts = vec![ValueType::from_byte(detail.value_type).map(ValueType::name).unwrap_or_default().to_owned()];
    parts.extend(detail.range.map(|(least, most)| format!("{least} to {most}")));
    if ValueType::from_byte(detail.value_type) == Some(ValueType::String) {
        let who = if open.is_empty() { "nobody said who fills it" } else { open };
        parts.push(format!("at most {} characters; open text: {who}", detail.length_max));
    }
    if !detail.values.is_empty() {
        parts.push(format!("one of {}", detail.values.join(", ")));
    }
    parts.extend(detail.required.then(|| "required".to_owned()));
    parts.join("; ")
}

/// The consent signals that are heard, and what their parts stand for.
pub(super) fn signals(site: &Site) -> Vec<Item> {
    let sources = &site.regions.signals;
    let groups = |groups: &[crate::consent::platforms::Group]| -> Vec<String> {
        let names = |bits: u8| Purposes::from_bits(bits).iter().map(Purpose::name).collect::<Vec<_>>().join(" and ");
        groups.iter().map(|group| format!("{} stands for {}", group.name, names(group.purposes))).collect()
    };
    let heard = if sources.in_pages { "heard by the edge and by pages" } else { "heard by the edge" };
    let mut all: Vec<Item> = Vec::new();
    for source in &sources.used {
        let name = Signal::from_byte(source.signal).map(Signal::name).unwrap_or_default();
        all.push(Item { used_by: groups(&source.groups), ..item(name, heard, &[], None) });
    }
    if !sources.usercentrics.groups.is_empty() {
        let used_by = groups(&sources.usercentrics.groups);
        all.push(Item { used_by, ..item("usercentrics", "heard by pages", &[], None) });
    }
    all
}

/// How persons object, and what the site says of Global Privacy Control.
pub(super) fn rights(site: &Site) -> Vec<Item> {
    let records = &site.consent.records;
    let objection = records.objection.as_ref().map(|one| {
        let parts = [&one.text, &one.url].into_iter().flatten().cloned().collect::<Vec<_>>();
        item("objection", &parts.join(" "), &[], None)
    });
    let gpc = records.gpc.as_ref().map(|gpc| {
        let word = if gpc.honoured { "honoured" } else { "not honoured" };
        item("Global Privacy Control", &format!("{word}, as stated on {}", gpc.last_update), &[], None)
    });
    objection.into_iter().chain(gpc).collect()
}

/// Tests that other tools run on the same pages.
pub(super) fn elsewhere(site: &Site) -> Vec<Item> {
    let reads = |rows: &crate::author::site::Rows| {
        let names = rows.attributes().filter_map(|at| site.attributes.get(at)).map(|one| one.name.clone());
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    let one = |test: &crate::author::site::Elsewhere| Item {
        used_by: reads(&test.rows),
        ..item(&test.name, &format!("run by {}", test.tool), &[Purpose::Analytics], None)
    };
    site.elsewhere.iter().map(one).collect()
}

fn item(name: &str, what: &str, purposes: &[Purpose], kept: Option<String>) -> Item {
    let purposes = purposes.iter().map(|purpose| purpose.name().to_owned()).collect();
    Item { name: name.to_owned(), what: what.to_owned(), purposes, kept, used_by: Vec::new() }
}
