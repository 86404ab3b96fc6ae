//! The register of a processor, as Markdown and CSV.

use super::markdown::{controller, heading, joined, point};
use crate::cli::table::{Column, Table};
use crate::report::{Processing, ProcessorRopa};

pub(super) fn markdown(register: &ProcessorRopa) -> String {
    let mut out = heading(1, &format!("Record of processing on behalf of others: {}", register.processor));
    out.push_str("\nThe record of GDPR Art. 30(2), from the files of one site. It helps a processor keep its own record. Ask counsel whether it is complete.\n");
    out += &heading(2, "(a) Processor");
    out.push('\n');
    point(&mut out, "Name", Some(&register.processor));
    point(&mut out, "Contact", Some(&register.contact.clone().unwrap_or_else(|| "not stated".to_owned())));
    point(&mut out, "Site", Some(&register.site));
    controller(&mut out, register.controller.as_ref());
    let mut table = Table::new(["purpose", "in the site’s words", "what is done", "persons", "data"]);
    for one in &register.processing {
        let (persons, data) = (one.persons.join("; "), one.data.join(", "));
        let (text, what) = (one.text.as_deref().unwrap_or("–"), one.what.as_deref().unwrap_or("–"));
        table.row([&*one.purpose, text, what, &persons, &data]);
    }
    out += &format!("{}\n{}", heading(2, "(b) Processing"), table.markdown("---"));
    out += &heading(2, "(c) Transfers and (d) security");
    out.push('\n');
    point(&mut out, "Transfers", Some(&joined(&register.transfers).unwrap_or_else(|| "none stated".to_owned())));
    point(&mut out, "Security", Some(&joined(&register.security).unwrap_or_else(|| "not stated".to_owned())));
    out
}

type Line<'r> = (&'r ProcessorRopa, &'r Processing);

pub(super) fn csv(register: &ProcessorRopa) -> String {
    let columns: [Column<Line<'_>>; 11] = [
        ("processor (a)", |(register, _)| register.processor.clone()),
        ("contact (a)", |(register, _)| register.contact.clone().unwrap_or_default()),
        ("site", |(register, _)| register.site.clone()),
        ("controller (a)", |(register, _)| {
            register.controller.as_ref().map(|controller| controller.name.clone()).unwrap_or_default()
        }),
        ("purpose (b)", |(_, one)| one.purpose.clone()),
        ("description (b)", |(_, one)| one.text.clone().unwrap_or_default()),
        ("processing (b)", |(_, one)| one.what.clone().unwrap_or_default()),
        ("persons", |(_, one)| one.persons.join("; ")),
        ("data", |(_, one)| one.data.join("; ")),
        ("transfers (c)", |(register, _)| register.transfers.join("; ")),
        ("security (d)", |(register, _)| register.security.join("; ")),
    ];
    Table::of(&columns, register.processing.iter().map(|one| (register, one))).csv()
}
