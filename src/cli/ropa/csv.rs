//! The register as CSV: one line for each purpose and class of data, then one for each thing that the register lists beside them.

use super::{days, lists};
use crate::author::site::Controller;
use crate::cli::table::{Column, Table};
use crate::report::{Activity, Datum, Item, Logged, Ropa, Setting, retention};

/// The subject of a line.
enum Entry<'r> {
    /// A class of data. An activity without data has one line.
    Data(&'r Activity, Option<&'r Datum>),
    Item(&'static str, &'r Item),
    Log(&'r Logged),
    Setting(&'r Setting),
}

type Line<'r> = (&'r Ropa, Entry<'r>);

pub(super) fn write(register: &Ropa) -> String {
    let data = register.activities.iter().flat_map(|activity| {
        let nothing = activity.data.is_empty().then_some(None);
        let all = nothing.into_iter().chain(activity.data.iter().map(Some));
        all.map(move |datum| Entry::Data(activity, datum))
    });
    let items =
        lists(register).into_iter().flat_map(|list| list.items.iter().map(move |item| Entry::Item(list.entry, item)));
    let rest = register
        .log
        .iter()
        .map(Entry::Log)
        .chain(register.settings.iter().filter(|one| !one.is_told).map(Entry::Setting));
    Table::of(&columns(), data.chain(items).chain(rest).map(|entry| (register, entry))).csv()
}

fn columns<'r>() -> [Column<Line<'r>>; 26] {
    [
        ("site", |(register, _)| register.site.clone()),
        ("entry", |(_, entry)| match entry {
            Entry::Data(..) => "data".to_owned(),
            Entry::Item(entry, _) => (*entry).to_owned(),
            Entry::Log(_) => "log".to_owned(),
            Entry::Setting(one) => format!("setting ({})", one.field),
        }),
        ("controller (a)", |line| of(line, |controller| Some(controller.name.clone()))),
        ("contact (a)", |line| of(line, contact)),
        ("representative (a)", |line| of(line, |controller| controller.representative.clone())),
        ("data protection officer (a)", |line| of(line, |controller| controller.officer.clone())),
        ("supervisory authority", |line| of(line, |controller| controller.authority.clone())),
        ("joint controllers (a)", |line| of(line, |controller| Some(controller.joint.join("; ")))),
        ("purpose (b)", |(_, entry)| match entry {
            Entry::Data(activity, _) => activity.purpose.clone(),
            Entry::Item(_, item) => item.purposes.join("; "),
            Entry::Log(one) => one.purpose.clone(),
            Entry::Setting(_) => String::new(),
        }),
        ("description (b)", |line| activity(line, |activity| activity.text.clone().unwrap_or_default())),
        ("dpv", |line| activity(line, |activity| activity.dpv.join(" "))),
        ("lawful basis", |(_, entry)| match entry {
            Entry::Data(activity, _) => activity.basis.clone().unwrap_or_default(),
            Entry::Log(one) => one.basis.clone().unwrap_or_default(),
            Entry::Item(..) | Entry::Setting(_) => String::new(),
        }),
        ("condition of Art. 9(2)", |line| activity(line, |activity| activity.condition.clone().unwrap_or_default())),
        ("persons (c)", |line| activity(line, |activity| activity.persons.join("; "))),
        ("data (c)", |(_, entry)| match entry {
            Entry::Data(_, datum) => datum.map(|datum| datum.attribute.clone()).unwrap_or_default(),
            Entry::Item(_, item) => item.name.clone(),
            Entry::Log(one) => one.class.clone(),
            Entry::Setting(one) => format!("{}: {}", one.file, one.key),
        }),
        ("data description (c)", |(_, entry)| match entry {
            Entry::Data(_, datum) => datum.map(|datum| datum.description.clone()).unwrap_or_default(),
            Entry::Item(_, item) => item.what.clone(),
            Entry::Log(one) => one.about.clone(),
            Entry::Setting(one) => one.value.join("; "),
        }),
        ("source", |line| datum(line, |datum| datum.source.clone())),
        ("depth", |line| datum(line, |datum| datum.depth.clone())),
        ("special category (c)", |line| datum(line, |datum| if datum.sensitive { "yes" } else { "no" }.to_owned())),
        ("other purposes", |line| datum(line, |datum| datum.also_for.join("; "))),
        ("recipients (d)", |line| activity(line, |activity| activity.recipients.join("; "))),
        ("transfers (e)", |line| activity(line, |activity| activity.transfers.join("; "))),
        ("retention (f)", |(_, entry)| match entry {
            Entry::Data(_, datum) => datum.and_then(|datum| datum.retention_seconds).map(retention).unwrap_or_default(),
            Entry::Item(_, item) => item.kept.clone().unwrap_or_default(),
            Entry::Log(one) => days(one.retention_days),
            Entry::Setting(_) => String::new(),
        }),
        ("erasure (f)", |line| activity(line, |activity| activity.erasure.clone().unwrap_or_default())),
        ("security (g)", |line| activity(line, |activity| activity.security.join("; "))),
        ("used by", |(_, entry)| match entry {
            Entry::Data(activity, _) => {
                activity.experiences.iter().map(|shown| shown.experience.as_str()).collect::<Vec<_>>().join("; ")
            }
            Entry::Item(_, item) => item.used_by.join("; "),
            Entry::Log(_) | Entry::Setting(_) => String::new(),
        }),
    ]
}

fn of((register, _): &Line<'_>, part: fn(&Controller) -> Option<String>) -> String {
    register.controller.as_ref().and_then(part).unwrap_or_default()
}

fn contact(controller: &Controller) -> Option<String> {
    let parts = [&controller.address, &controller.email].into_iter().flatten();
    Some(parts.map(String::as_str).collect::<Vec<_>>().join("; "))
}

fn activity((_, entry): &Line<'_>, part: fn(&Activity) -> String) -> String {
    if let Entry::Data(activity, _) = entry { part(activity) } else { String::new() }
}

fn datum((_, entry): &Line<'_>, part: fn(&Datum) -> String) -> String {
    if let Entry::Data(_, Some(datum)) = entry { part(datum) } else { String::new() }
}
