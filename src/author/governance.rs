//! Checks what experiences may read. It reports two faults. A row reads an attribute that may never be used for the
//! experience's purpose, so no consent can make it true. Or an experience can read a sensitive attribute without a full
//! audit. Both checks follow every audience to its end.

use super::diagnostic::Diagnostic;
use super::order::audience_order;
use super::reads::Reads;
use super::site::{Attribute, Audience, Audit, Experience, Row, Rows};
use super::source::Sink;
use crate::words::Purpose;

/// Reports both of every experience.
pub(crate) fn check(experiences: &[Experience], audiences: &[Audience], attributes: &[Attribute], sink: &Sink) {
    let reads = Reads::new(audiences, &audience_order(audiences));
    for experience in experiences {
        let mut tainted: Option<(&Row, &Attribute)> = None;
        for row in experience.rows().flat_map(Rows::iter) {
            let read = reads.row(row);
            let read = || read.iter().filter_map(|at| attributes.get(*at));
            tainted = tainted.or_else(|| read().find(|attribute| attribute.sensitive).map(|found| (row, found)));
            for attribute in read().filter(|attribute| !attribute.needs().can_serve(experience.purpose)) {
                sink.report(finding(row, attribute, experience));
            }
        }
        if let Some((row, attribute)) = tainted.filter(|_| experience.audit != Audit::Full) {
            sink.report(unaudited(row, attribute, experience));
        }
    }
}

fn finding(row: &Row, attribute: &Attribute, experience: &Experience) -> Diagnostic {
    let purposes: Vec<&str> = attribute.purposes.iter().map(Purpose::name).collect();
    let what = format!("`{}` may not be read for {}", attribute.name, experience.purpose);
    let fault = Diagnostic::error("SV5013", row.place.clone(), what).warning();
    let fault =
        fault.why(format!("its purposes are {} only, so this row is unknown for every visitor", purposes.join(", ")));
    let help = format!("add \"{}\" to its purposes if that is lawful, or remove it from the row", experience.purpose);
    Diagnostic { owner: experience.owner.clone(), ..fault.help(help) }
}

fn unaudited(row: &Row, attribute: &Attribute, experience: &Experience) -> Diagnostic {
    let what =
        format!("`{}` can read `{}`, which is sensitive, but it is not fully audited", experience.name, attribute.name);
    let fault = Diagnostic::error("SV5301", row.place.clone(), what);
    let fault = fault.why("it must be possible to show later what such a decision read, and why it had its result");
    Diagnostic { owner: experience.owner.clone(), ..fault.help("add audit = \"full\" to the experience") }
}
