//! `slots.toml`: places and their contracts.
//!
//! Takes the file, gives every slot with a selector that the rewriter accepts. It never looks at a page.

use super::keys::{Named, Table, Text};
use super::site::Slot;
use super::{records, selectors};
use crate::words::Change;

/// Reads the slots. The second list has every name, also those of slots with a fault.
pub(crate) fn slots(entries: Vec<Named<'_>>) -> (Vec<Slot>, Vec<String>) {
    let all = entries.iter().map(|entry| entry.name.clone()).collect();
    let mut slots: Vec<Slot> = entries.into_iter().filter_map(|entry| slot(entry.table, entry.name)).collect();
    slots.sort_by(|a: &Slot, b| a.name.cmp(&b.name));
    (slots, all)
}

fn slot(table: Table<'_>, name: String) -> Option<Slot> {
    let channel = table.string("channel").unwrap_or_default();
    let selector = if channel == "web" || table.has("selector") { selector(table) } else { Some(String::new()) };
    let (change, attribute) = change(table)?;
    if let Some(text) = table.text("selector").filter(|_| selector.is_some() && channel == "web") {
        judge(text, &name, change, attribute.as_deref().unwrap_or_default());
    }
    Some(Slot {
        name,
        channel,
        page: table.string("page").unwrap_or_default(),
        selector: selector?,
        change,
        attribute,
        max_graphemes: table.whole("max_graphemes"),
        tokens: tokens(table, change),
        layouts: table.strings("layouts"),
        says_direction: table.text("dir").is_some_and(|text| text.text == "content"),
        min_variants: table.whole("min_variants"),
        description: table.string("description").unwrap_or_default(),
        texts: records::by_locale(table),
        place: table.place(),
    })
}

/// The texts that a slot takes, if it takes no others.
fn tokens(table: Table<'_>, change: Change) -> Vec<String> {
    let tokens = table.strings("tokens");
    let Some(field) = table.get("tokens") else { return tokens };
    if tokens.is_empty() && field.value.is_array() {
        field.refuse("SV9011", "a slot needs a token", "list them, or remove the key");
    } else if !matches!(change, Change::Attribute | Change::Text) {
        let what = format!("a slot that is changed by `{change}` takes markup, not tokens");
        field.refuse("SV4017", what, "use change = \"attribute:data-layout\", or remove the key");
    }
    tokens
}

fn selector(table: Table<'_>) -> Option<String> {
    let selector = table.text("selector")?;
    if let Err(error) = selector.text.parse::<lol_html::Selector>() {
        let reason = error.to_string().trim_end_matches('.').to_lowercase();
        let fault = selector.error("SV4010", format!("the rewriter cannot run \"{}\"", selector.text)).why(reason);
        let help = "it runs types, classes, ids, attributes, :nth-child, :not, descendants and children";
        selector.report(fault.help(help));
        return None;
    }
    Some(selector.text.to_owned())
}

/// Reports an element that no host changes in this way, and a selector that hosts and browsers read differently.
fn judge(text: Text<'_>, name: &str, change: Change, attribute: &str) {
    let select =
        format!("give the element an attribute of its own, and select it: selector = \"[data-slot='{name}']\"");
    if let Some(why) = selectors::refused(text.text, change, attribute) {
        let is_attribute = change == Change::Attribute;
        let what = if is_attribute { format!("attribute:{attribute}") } else { change.to_string() };
        let fault = text.error("SV4024", format!("no host changes the element of \"{}\" by `{what}`", text.text));
        text.report(fault.why(why).help("let the selector name another element, or write another `change`"));
    } else if let Some((part, why)) = selectors::doubt(text.text) {
        let what = format!("the edge and browsers may read `{part}` in this selector differently");
        text.report(text.error("SV4025", what).warning().why(why).help(select));
    }
}

fn change(table: Table<'_>) -> Option<(Change, Option<String>)> {
    let text = table.text("change")?;
    let Some(name) = text.text.strip_prefix("attribute:") else {
        let change = text.word(Change::ALL, Change::name)?;
        if change == Change::Attribute {
            let help = "write its name after a colon, as in \"attribute:alt\"";
            text.refuse("SV4012", "which attribute?", help);
            return None;
        }
        return Some((change, None));
    };
    if let Some(what) = refusal(name) {
        text.refuse("SV4012", what, "`alt`, `title`, `href`, `src`, `class`, `aria-…` and `data-…` are fine");
        return None;
    }
    Some((Change::Attribute, Some(name.to_owned())))
}

/// Why a slot may not set this HTML attribute.
fn refusal(name: &str) -> Option<String> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_:".contains(c)) {
        return Some(format!("`{name}` is not an attribute of HTML in lower case"));
    }
    (name.starts_with("on") || matches!(name, "srcdoc" | "formaction"))
        .then(|| format!("`{name}` would run text as script or take over a form"))
}
