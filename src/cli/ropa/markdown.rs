//! The register as Markdown.

use crate::cli::markup::markdown;
use crate::cli::table::Table;
use crate::report::{Activity, Ropa, retention};

pub(super) fn write(register: &Ropa) -> String {
    let mut out = format!("# Record of processing activities: {}\n\n", register.site);
    out.push_str("Generated from the site’s files. It helps you keep the record of GDPR Art. 30; whether it is complete is for counsel.\n");
    out.push_str("\n## (a) Controller\n\n");
    match &register.controller {
        None => out.push_str("Not stated: add `[controller]` to consent.toml.\n"),
        Some(controller) => {
            point(&mut out, "Name", Some(&controller.name));
            point(&mut out, "Address", controller.address.as_ref());
            point(&mut out, "Contact", controller.email.as_ref());
            point(&mut out, "Representative in the Union", controller.representative.as_ref());
            point(&mut out, "Data protection officer", controller.officer.as_ref());
            point(&mut out, "Joint controllers", joined(&controller.joint).as_ref());
        }
    }
    register.activities.iter().for_each(|one| activity(&mut out, one));
    if !register.log.is_empty() {
        let mut table = Table::new(["lines", "what they hold", "kept"]);
        for one in &register.log {
            let plural = if one.retention_days == 1 { "" } else { "s" };
            table.row([one.class.clone(), one.about.clone(), format!("{} day{plural}", one.retention_days)]);
        }
        out.push_str(&format!("\n## (f) The log\n\n{}", table.markdown("---")));
    }
    out
}

fn activity(out: &mut String, one: &Activity) {
    out.push_str(&format!("\n## {}\n\n", one.purpose));
    let missing = "not stated".to_owned();
    let or_missing = |text: &Option<String>| text.clone().unwrap_or_else(|| missing.clone());
    let list = |items: &[String]| joined(items).unwrap_or_else(|| missing.clone());
    point(out, "(b) Purpose", Some(&or_missing(&one.text)));
    point(out, "Terms (DPV)", joined(&one.dpv).as_ref());
    point(out, "Lawful basis", Some(&or_missing(&one.basis)));
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
            // What comes with the request is gone with it.
            None if matches!(datum.source.as_str(), "request" | "page") => "as long as the visit".to_owned(),
            None => "see (f)".to_owned(),
        };
        let also_for = datum.also_for.join(", ");
        table.row([&datum.attribute, &datum.description, &datum.source, &datum.depth, special, &also_for, &kept]);
    }
    out.push_str(&if table.is_empty() { "\n(c) Data: none.\n".into() } else { format!("\n{}", table.markdown("---")) });
    if !one.experiences.is_empty() {
        out.push_str("\nShown for it:\n\n");
    }
    for shown in &one.experiences {
        let owner = shown.owner.as_ref().map(|owner| format!(", owned by {owner}")).unwrap_or_default();
        let benefit = shown.benefit.as_ref().map(|benefit| format!(": {}", markdown(benefit))).unwrap_or_default();
        let audited = if shown.fully_audited { "; fully audited" } else { "" };
        let measured = joined(&shown.experiments).map(|names| format!("; measured by {names}")).unwrap_or_default();
        out.push_str(&format!("- `{}` in {}{owner}{benefit}{audited}{measured}\n", shown.experience, shown.slot));
    }
}

fn point(out: &mut String, what: &str, text: Option<&String>) {
    text.into_iter().for_each(|text| out.push_str(&format!("- **{what}:** {}\n", markdown(text))));
}

fn joined(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join("; "))
}
