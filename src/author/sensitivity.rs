//! Tells if an attribute is of a special category, and how personal it is.
//!
//! Takes three places of its table: `sensitive`, `purposes` and `depth`. Any of them makes it sensitive, so that a missing
//! line never removes protection. It reports what contradicts that, and never guesses from a name.

use super::diagnostic::Diagnostic;
use super::keys::{Field, Table, Text};
use crate::words::{Depth, Purpose, Purposes, Source};

/// The sensitivity of the attribute, and its depth.
pub(super) fn sensitivity(table: Table<'_>, source: Source, purposes: Purposes) -> (bool, Depth) {
    let flag = table.get("sensitive").and_then(|field| Some((field, field.flag()?)));
    let depth = table.text("depth").and_then(|text| Some((text, Depth::from_name(text.text)?)));
    let by_purpose = purposes.has(Purpose::Sensitive);
    let by_depth = depth.is_some_and(|(_, depth)| depth == Depth::Sensitive);
    let sensitive = by_purpose || by_depth || flag.is_some_and(|(_, flag)| flag);
    if let Some((field, _)) = flag.filter(|(_, flag)| sensitive && !flag) {
        field.report(contradicted(field, if by_purpose { "purpose" } else { "depth" }));
    }
    if !sensitive {
        return (false, depth.map_or(usual(source), |(_, depth)| depth));
    }
    if let Some((text, depth)) = depth.filter(|(_, depth)| *depth != Depth::Sensitive) {
        text.report(shallow(text, depth));
    }
    // Another rule reports a missing purpose.
    if let Some(field) = table.get("purposes").filter(|_| !by_purpose && !purposes.is_empty()) {
        field.report(ungrantable(field, purposes));
    }
    (true, Depth::Sensitive)
}

fn usual(source: Source) -> Depth {
    match source {
        Source::Request | Source::Page => Depth::Contextual,
        Source::Account | Source::Feed => Depth::Declared,
        Source::Device => Depth::Behavioural,
    }
}

fn contradicted(field: Field<'_>, by: &str) -> Diagnostic {
    field
        .error("SV5021", format!("`sensitive` is false, but the {by} is `sensitive`"))
        .why("an attribute is sensitive if one line says so, even if another line says the opposite")
        .mended("true")
        .help(format!("write true, or remove the line; if it is not sensitive, remove the {by} too"))
}

fn shallow(text: Text<'_>, depth: Depth) -> Diagnostic {
    text.error("SV5006", format!("a sensitive attribute has the depth `sensitive`, not `{depth}`"))
        .mended("\"sensitive\"")
        .help("remove `depth`, or write `sensitive`")
}

fn ungrantable(field: Field<'_>, purposes: Purposes) -> Diagnostic {
    let all: Vec<String> = purposes.with(Purpose::Sensitive).iter().map(|purpose| format!("\"{purpose}\"")).collect();
    field
        .error("SV5020", "a sensitive attribute needs the purpose `sensitive` too")
        .why("it is only read with that permission, so visitors must be asked for it and legal must see it")
        .mended(format!("[{}]", all.join(", ")))
        .help("add \"sensitive\" to its purposes")
}
