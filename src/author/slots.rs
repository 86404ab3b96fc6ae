//! `slots.toml`: places and their contracts.
//!
//! Takes the file, gives every slot with a selector that the rewriter accepts. It never looks at a page.

use super::diagnostic::Diagnostic;
use super::names;
use super::site::Slot;
use super::table::{Field, Table, Text};
use crate::words::Change;

pub(super) const KEYS: [&str; 8] =
    ["channel", "page", "selector", "change", "max_graphemes", "tokens", "min_variants", "description"];

/// Reads the slots. The second list has every name, also those of slots with a fault.
pub(crate) fn slots(top: Table<'_>) -> (Vec<Slot>, Vec<String>) {
    let (mut slots, mut all) = (Vec::new(), Vec::new());
    for field in top.fields() {
        walk(field, String::new(), &mut slots, &mut all);
    }
    slots.sort_by(|a: &Slot, b| a.name.cmp(&b.name));
    (slots, all)
}

fn walk(field: Field<'_>, prefix: String, slots: &mut Vec<Slot>, all: &mut Vec<String>) {
    let Some(table) = field.table() else { return };
    let name = prefix + field.key;
    if table.fields().all(|inner| inner.value.is_table()) && table.fields().next().is_some() {
        for inner in table.fields() {
            walk(inner, format!("{name}."), slots, all);
        }
        return;
    }
    all.push(name.clone());
    slots.extend(slot(table, name));
}

fn slot(table: Table<'_>, name: String) -> Option<Slot> {
    table.only(&KEYS);
    if !names::is_dotted(&name, 1, "-") {
        let fault = table.error("SV9008", table.place(), format!("`{name}` cannot be the name of a slot"));
        table.source.report(fault.help("use lower-case letters, digits, hyphens and dots, as in [home.hero]"));
    }
    let channel = table.string("channel").unwrap_or_else(|| "web".into());
    let page = page(table);
    let selector =
        if channel == "web" || table.get("selector").is_some() { selector(table) } else { Some(String::new()) };
    let change = change(table);
    let max_graphemes = table.get("max_graphemes").map(|field| field.whole_within(1, 1_000_000));
    let min_variants = table.get("min_variants").and_then(|field| field.whole_within(1, 1_000));
    let (change, attribute) = change?;
    Some(Slot {
        name,
        channel,
        page,
        selector: selector?,
        change,
        attribute,
        max_graphemes: max_graphemes.flatten().and_then(|max| u32::try_from(max).ok()),
        tokens: tokens(table, change),
        min_variants: min_variants.and_then(|min| u32::try_from(min).ok()),
        description: table.string("description").unwrap_or_default(),
        place: table.place(),
    })
}

/// The texts that a slot takes, where it takes no others.
fn tokens(table: Table<'_>, change: Change) -> Vec<String> {
    let Some(field) = table.get("tokens") else { return Vec::new() };
    let tokens: Vec<String> = field.texts().iter().map(|token| token.text.to_owned()).collect();
    if tokens.is_empty() {
        field.report(field.error("SV9011", "a slot needs a token").help("list them, or remove the key"));
    } else if !matches!(change, Change::Attribute | Change::Text) {
        let fault = field.error("SV4017", format!("a slot that is changed by `{change}` takes markup, not tokens"));
        field.report(fault.help("use change = \"attribute:data-layout\", or remove the key"));
    }
    tokens
}

fn page(table: Table<'_>) -> String {
    table.text("page").map_or_else(|| "/".into(), path_pattern)
}

/// A pattern of paths as written, or a diagnostic.
pub(crate) fn path_pattern(page: Text<'_>) -> String {
    if !page.text.starts_with(['/', '*']) || page.text.contains(|c: char| c.is_whitespace() || c == '?' || c == '#') {
        let fault = page.error("SV4011", format!("`{}` is not a path pattern", page.text));
        page.report(fault.help("start with /, as in \"/products/*\"; the query does not count"));
    }
    page.text.to_owned()
}

fn selector(table: Table<'_>) -> Option<String> {
    let help = "name the element, as in selector = \"[data-slot='home.hero']\"";
    let selector = table.need("selector", help)?.text()?;
    match selector.text.parse::<lol_html::Selector>() {
        Ok(_) => Some(selector.text.to_owned()),
        Err(error) => {
            let reason = error.to_string().trim_end_matches('.').to_lowercase();
            let fault = selector.error("SV4010", format!("the rewriter cannot run \"{}\"", selector.text)).why(reason);
            selector.report(
                fault.help("it runs types, classes, ids, attributes, :nth-child, :not, descendants and children"),
            );
            None
        }
    }
}

fn change(table: Table<'_>) -> Option<(Change, Option<String>)> {
    let help = "say what is done: inner, text, replace, before, after, remove or attribute:NAME";
    let text = table.need("change", help)?.text()?;
    let Some(name) = text.text.strip_prefix("attribute:") else {
        let change = text.word(Change::ALL, Change::name)?;
        if change == Change::Attribute {
            text.report(
                text.error("SV4012", "which attribute?").help("write its name after a colon, as in \"attribute:alt\""),
            );
            return None;
        }
        return Some((change, None));
    };
    match refusal(name) {
        None => Some((Change::Attribute, Some(name.to_owned()))),
        Some(what) => {
            let fault: Diagnostic = text.error("SV4012", what);
            text.report(fault.help("`alt`, `title`, `href`, `src`, `class`, `aria-…` and `data-…` are fine"));
            None
        }
    }
}

/// Why a slot may not set this HTML attribute.
fn refusal(name: &str) -> Option<String> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_:".contains(c)) {
        return Some(format!("`{name}` is not an attribute of HTML in lower case"));
    }
    (name.starts_with("on") || matches!(name, "srcdoc" | "formaction"))
        .then(|| format!("`{name}` would run text as script or take over a form"))
}
