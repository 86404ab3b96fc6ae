//! Rows of conditions: `all`, `any`, `none`.
//!
//! Takes the three arrays of a table and the names that a row may use, gives typed rows. A row that mentions something
//! doubtful is not blamed.

use super::attributes::Catalogue;
use super::diagnostic::Diagnostic;
use super::expr::{self, Finding, Scope};
use super::keys::{Table, Text};
use super::quoted::span_in_file;
use super::site::{Row, Rows};

/// The names that a row may mention.
pub(crate) struct Ground<'a> {
    pub(crate) catalogue: &'a Catalogue,
    /// Every audience, sorted, also those with a fault.
    pub(crate) audiences: &'a [String],
    /// Audiences of a broken file may be missing.
    pub(crate) audiences_incomplete: bool,
}

/// Reads the rows of a table.
pub(crate) fn rows(table: Table<'_>, ground: &Ground<'_>) -> Rows {
    let [all, any, none] = ["all", "any", "none"].map(|key| listed(table, key, ground));
    Rows { all, any, none }
}

/// Reads the rows under a key.
pub(crate) fn listed(table: Table<'_>, key: &str, ground: &Ground<'_>) -> Vec<Row> {
    let texts = table.texts(key);
    if let Some(field) = table.get(key).filter(|field| field.value.as_array().is_some_and(|a| a.is_empty())) {
        let fault = field.error("SV2104", format!("`{}` has no rows", field.key));
        field.report(fault.warning().help("add a row, or remove the key"));
    }
    texts.into_iter().filter_map(|text| row(text, ground)).collect()
}

/// Reads one row.
pub(crate) fn row(text: Text<'_>, ground: &Ground<'_>) -> Option<Row> {
    let scope = Scope { attributes: &ground.catalogue.attributes, audiences: ground.audiences };
    let (condition, findings) = expr::check_row(text.text, &scope);
    for finding in findings {
        if !is_consequence(text.text, &finding, ground) {
            report(text, of_panel(text.text, finding, ground));
        }
    }
    Some(Row { text: text.text.to_owned(), condition: condition?, place: text.field.place() })
}

/// A name of panel data is known, and refused: research answers decide nothing.
fn of_panel(row: &str, finding: Finding, ground: &Ground<'_>) -> Finding {
    let named = names(row.get(finding.place.clone()).unwrap_or_default());
    let is_panel = |name: &&String| ground.catalogue.panel.iter().any(|column| column.name == **name);
    let Some(name) = named.first().filter(is_panel) else { return finding };
    let what = format!("`{name}` is panel data, which no rule may read");
    let why = "people answered the survey for research; a bundle never contains such a column";
    let help = "remove the row, or measure with the panel afterwards";
    Finding { code: "SV5302", what, why: Some(why.into()), help: Some(help.into()), mended: None, ..finding }
}

fn report(text: Text<'_>, finding: Finding) {
    let source = text.field.table.source;
    let whole = text.field.span();
    let raw = source.text.get(whole.clone()).unwrap_or_default();
    let span = span_in_file(raw, whole.start, text.text, finding.place);
    // If the row could not be followed through its quoting, the span is the whole string with its quotes, and no fixed text
    // fits.
    let mended = finding.mended.filter(|_| span != whole).and_then(|mended| requoted(raw, mended));
    let place = source.place(span);
    let Finding { code, severity, what, why, help, .. } = finding;
    let owner = text.field.table.owner.map(str::to_owned);
    text.report(Diagnostic { code, severity, place, what, why, help, mended, owner });
}

/// The fixed text as it is written inside the same quotes, if that is possible.
fn requoted(raw: &str, mended: String) -> Option<String> {
    if raw.starts_with('"') {
        return Some(mended.replace('\\', "\\\\").replace('"', "\\\""));
    }
    Some(mended).filter(|mended| !mended.contains('\''))
}

/// True if the finding may follow from a fault that is reported elsewhere.
fn is_consequence(row: &str, finding: &Finding, ground: &Ground<'_>) -> bool {
    let doubtful = names(row).iter().any(|name| ground.catalogue.doubtful.contains(name));
    let named = names(row.get(finding.place.clone()).unwrap_or_default());
    let missing = named.first().is_some_and(|name| match name.strip_prefix("audience.") {
        Some(audience) => ground.audiences_incomplete && !ground.audiences.iter().any(|known| known == audience),
        None => ground.catalogue.incomplete && !ground.catalogue.attributes.iter().any(|known| known.name == *name),
    });
    doubtful || missing
}

/// Words that look like dotted names. Backticks around a part do not count.
fn names(text: &str) -> Vec<String> {
    let plain = text.replace('`', "");
    let parts = plain.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')));
    parts.filter(|part| part.contains('.')).map(str::to_owned).collect()
}
