//! The register as CSV: one line for each purpose and class of data.

use crate::author::site::Controller;
use crate::cli::table::{Column, Table};
use crate::report::{Activity, Datum, Ropa, retention};

/// Each line is about a class of data. An activity without data has one line.
type Line<'r> = (&'r Ropa, &'r Activity, Option<&'r Datum>);

pub(super) fn write(register: &Ropa) -> String {
    let lines = register.activities.iter().flat_map(|activity| {
        let nothing = activity.data.is_empty().then_some(None);
        nothing.into_iter().chain(activity.data.iter().map(Some)).map(move |datum| (register, activity, datum))
    });
    Table::of(&columns(), lines).csv()
}

fn columns<'r>() -> [Column<Line<'r>>; 24] {
    [
        ("site", |(register, ..)| register.site.clone()),
        ("controller (a)", |line| of(line, |controller| Some(controller.name.clone()))),
        ("contact (a)", |line| of(line, contact)),
        ("representative (a)", |line| of(line, |controller| controller.representative.clone())),
        ("data protection officer (a)", |line| of(line, |controller| controller.officer.clone())),
        ("joint controllers (a)", |line| of(line, |controller| Some(controller.joint.join("; ")))),
        ("purpose (b)", |(_, activity, _)| activity.purpose.clone()),
        ("description (b)", |(_, activity, _)| activity.text.clone().unwrap_or_default()),
        ("dpv", |(_, activity, _)| activity.dpv.join(" ")),
        ("lawful basis", |(_, activity, _)| activity.basis.clone().unwrap_or_default()),
        ("persons (c)", |(_, activity, _)| activity.persons.join("; ")),
        ("data (c)", |line| datum(line, |datum| datum.attribute.clone())),
        ("data description (c)", |line| datum(line, |datum| datum.description.clone())),
        ("source", |line| datum(line, |datum| datum.source.clone())),
        ("depth", |line| datum(line, |datum| datum.depth.clone())),
        ("special category (c)", |line| datum(line, |datum| if datum.sensitive { "yes" } else { "no" }.to_owned())),
        ("other purposes", |line| datum(line, |datum| datum.also_for.join("; "))),
        ("recipients (d)", |(_, activity, _)| activity.recipients.join("; ")),
        ("transfers (e)", |(_, activity, _)| activity.transfers.join("; ")),
        ("retention (f)", |line| datum(line, |datum| datum.retention_seconds.map(retention).unwrap_or_default())),
        ("erasure (f)", |(_, activity, _)| activity.erasure.clone().unwrap_or_default()),
        ("log (f)", |(register, ..)| {
            let kept = register.log.iter().map(|one| format!("{} {} days", one.class, one.retention_days));
            kept.collect::<Vec<_>>().join("; ")
        }),
        ("security (g)", |(_, activity, _)| activity.security.join("; ")),
        ("experiences", |(_, activity, _)| {
            activity.experiences.iter().map(|shown| shown.experience.as_str()).collect::<Vec<_>>().join("; ")
        }),
    ]
}

fn of((register, ..): &Line<'_>, part: fn(&Controller) -> Option<String>) -> String {
    register.controller.as_ref().and_then(part).unwrap_or_default()
}

fn contact(controller: &Controller) -> Option<String> {
    let parts = [&controller.address, &controller.email].into_iter().flatten();
    Some(parts.map(String::as_str).collect::<Vec<_>>().join("; "))
}

fn datum((.., datum): &Line<'_>, part: fn(&Datum) -> String) -> String {
    datum.map(part).unwrap_or_default()
}
