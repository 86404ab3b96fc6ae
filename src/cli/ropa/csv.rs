//! The register as CSV: one line for each purpose and class of data.

use crate::cli::csv::record;
use crate::report::{Activity, KeptLines, Ropa, retention};

const HEADING: [&str; 24] = [
    "site",
    "controller (a)",
    "contact (a)",
    "representative (a)",
    "data protection officer (a)",
    "joint controllers (a)",
    "purpose (b)",
    "description (b)",
    "dpv",
    "lawful basis",
    "persons (c)",
    "data (c)",
    "data description (c)",
    "source",
    "depth",
    "special category (c)",
    "other purposes",
    "recipients (d)",
    "transfers (e)",
    "retention (f)",
    "erasure (f)",
    "log (f)",
    "security (g)",
    "experiences",
];

/// The lines, with their heading. An activity without data has one line.
pub(super) fn write(register: &Ropa) -> String {
    let mut out = String::new();
    record(&mut out, &HEADING.map(String::from));
    for activity in &register.activities {
        if activity.data.is_empty() {
            record(&mut out, &line(register, activity, Default::default()));
        }
        for datum in &activity.data {
            let special = if datum.sensitive { "yes" } else { "no" };
            let length = datum.retention_seconds.map(retention).unwrap_or_default();
            let own = [
                &datum.attribute,
                &datum.description,
                &datum.source,
                &datum.depth,
                special,
                &datum.also_for.join("; "),
                &length,
            ];
            record(&mut out, &line(register, activity, own.map(str::to_owned)));
        }
    }
    out
}

fn line(register: &Ropa, activity: &Activity, datum: [String; 7]) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let controller = register.controller.as_ref();
    let of = |part: fn(&crate::report::RopaController) -> Option<String>| controller.and_then(part).unwrap_or_default();
    let [attribute, description, source, depth, special, others, length] = datum;
    let contact = |controller: &crate::report::RopaController| {
        let parts: Vec<&str> =
            [&controller.address, &controller.email].into_iter().flatten().map(String::as_str).collect();
        Some(parts.join("; "))
    };
    let kept = |one: &KeptLines| format!("{} {} days", one.class, one.retention_days);
    let log: Vec<String> = register.log.iter().map(kept).collect();
    let experiences: Vec<&str> = activity.experiences.iter().map(|shown| shown.experience.as_str()).collect();
    vec![
        register.site.clone(),
        of(|controller| Some(controller.name.clone())),
        of(contact),
        of(|controller| controller.representative.clone()),
        of(|controller| controller.officer.clone()),
        of(|controller| Some(controller.joint.join("; "))),
        activity.purpose.clone(),
        text(&activity.text),
        activity.dpv.join(" "),
        text(&activity.basis),
        activity.persons.join("; "),
        attribute,
        description,
        source,
        depth,
        special,
        others,
        activity.recipients.join("; "),
        activity.transfers.join("; "),
        length,
        text(&activity.erasure),
        log.join("; "),
        activity.security.join("; "),
        experiences.join("; "),
    ]
}
