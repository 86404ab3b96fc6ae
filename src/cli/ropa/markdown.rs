//! The register as Markdown.

use super::{days, lists};
use crate::author::site::Controller;
use crate::cli::markup::markdown;
use crate::cli::table::Table;
use crate::report::{Activity, Ropa, retention};

pub(super) fn write(register: &Ropa) -> String {
    let mut out = heading(1, &format!("Record of processing activities: {}", register.site));
    out.push_str(
        "\nGenerated from the site’s files. It helps you keep the record of GDPR Art. 30. Ask counsel whether it is complete.\n",
    );
    controller(&mut out, register.controller.as_ref());
    register.activities.iter().for_each(|one| activity(&mut out, one));
    for list in lists(register).iter().filter(|list| !list.items.is_empty()) {
        let mut table = Table::new(["name", "what it is", "for", "kept", list.used_by]);
        for item in list.items {
            let (purposes, used_by) = (item.purposes.join(", "), item.used_by.join(", "));
            table.row([&item.name, &item.what, &purposes, item.kept.as_deref().unwrap_or("–"), &used_by]);
        }
        out += &section(list.title, &table);
    }
    if !register.log.is_empty() {
        let mut table = Table::new(["lines", "what they hold", "for", "lawful basis", "kept"]);
        for one in &register.log {
            let basis = one.basis.as_deref().unwrap_or("–");
            table.row([&one.class, &one.about, &one.purpose, basis, &days(one.retention_days)]);
        }
        out += &section("(f) The log", &table);
    }
    if !register.settings.is_empty() {
        let mut table = Table::new(["field", "file", "key", "value"]);
        for one in register.settings.iter().filter(|one| !one.is_told) {
            table.row([one.field.to_string(), one.file.clone(), one.key.clone(), one.value.join(", ")]);
        }
        out += &section("Other facts in the files", &table);
    }
    out
}

pub(super) fn controller(out: &mut String, controller: Option<&Controller>) {
    *out += &heading(2, "(a) Controller");
    let Some(controller) = controller else {
        return out.push_str("\nNot stated: add `[controller]` to consent.toml.\n");
    };
    out.push('\n');
    point(out, "Name", Some(&controller.name));
    point(out, "Address", controller.address.as_ref());
    point(out, "Contact", controller.email.as_ref());
    point(out, "Representative in the EU", controller.representative.as_ref());
    point(out, "Data protection officer", controller.officer.as_ref());
    point(out, "Supervisory authority", controller.authority.as_ref());
    point(out, "Joint controllers", joined(&controller.joint).as_ref());
}

fn activity(out: &mut String, one: &Activity) {
    *out += &heading(2, &one.purpose);
    out.push('\n');
    let missing = "not stated".to_owned();
    let or_missing = |text: &Option<String>| text.clone().unwrap_or_else(|| missing.clone());
    let list = |items: &[String]| joined(items).unwrap_or_else(|| missing.clone());
    point(out, "(b) Purpose", Some(&or_missing(&one.text)));
    point(out, "Terms (DPV)", joined(&one.dpv).as_ref());
    point(out, "Lawful basis", Some(&or_missing(&one.basis)));
    if one.condition.is_some() || one.data.iter().any(|datum| datum.sensitive) {
        point(out, "Condition of Art. 9(2)", Some(&or_missing(&one.condition)));
    }
    point(out, "(c) Persons", Some(&list(&one.persons)));
    point(out, "(d) Recipients", Some(&list(&one.recipients)));
    point(out, "(e) Transfers", Some(&joined(&one.transfers).unwrap_or_else(|| "none stated".to_owned())));
    point(out, "(f) Erasure", one.erasure.as_ref());
    point(out, "(g) Security", Some(&list(&one.security)));
    let mut table =
        Table::new(["(c) data", "what it is", "source", "depth", "special category", "also for", "(f) kept"]);
    for datum in &one.data {
        let special = if datum.sensitive { "yes" } else { "no" };
        let kept = match datum.retention_seconds {
            Some(seconds) => retention(seconds),
            // Data of the request ends with the request.
            None if matches!(datum.source.as_str(), "request" | "page") => "as long as the visit".to_owned(),
            None => "see (f)".to_owned(),
        };
        let also_for = datum.also_for.join(", ");
        table.row([&datum.attribute, &datum.description, &datum.source, &datum.depth, special, &also_for, &kept]);
    }
    out.push_str(&if table.is_empty() { "\n(c) Data: none.\n".into() } else { format!("\n{}", table.markdown("---")) });
    if one.experiences.is_empty() {
        return;
    }
    let mut table =
        Table::new(["shown for it", "where", "owner", "what the visitor gains", "decided by", "measured by", "audit"]);
    for shown in &one.experiences {
        let (reads, experiments) = (shown.reads.join(", "), shown.experiments.join(", "));
        let (owner, benefit) = (shown.owner.as_deref().unwrap_or("–"), shown.benefit.as_deref().unwrap_or("–"));
        let audit = if shown.fully_audited { "full" } else { "standard" };
        table.row([&*shown.experience, &shown.slot, owner, benefit, &reads, &experiments, audit]);
    }
    out.push_str(&format!("\n{}", table.markdown("---")));
}

pub(super) fn heading(level: usize, text: &str) -> String {
    let gap = if level == 1 { "" } else { "\n" };
    format!("{gap}{} {}\n", "#".repeat(level), markdown(text))
}

fn section(title: &str, table: &Table) -> String {
    format!("{}\n{}", heading(2, title), table.markdown("---"))
}

pub(super) fn point(out: &mut String, what: &str, text: Option<&String>) {
    text.into_iter().for_each(|text| out.push_str(&format!("- **{what}:** {}\n", markdown(text))));
}

pub(super) fn joined(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join("; "))
}
