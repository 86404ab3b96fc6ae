//! The slots and the content that an experience may name.

use super::content::Library;
use super::diagnostic::Diagnostic;
use super::keys::{Field, Text};
use super::rows::Ground;
use super::settings::Settings;
use super::site::{Content, Slot, Suppression};
use super::{fit, names};

/// The names that an experience may use.
pub(crate) struct Stage<'a> {
    pub(crate) ground: Ground<'a>,
    pub(crate) slots: &'a [Slot],
    /// Every slot's name, also of those with a fault.
    pub(crate) slot_names: &'a [String],
    pub(crate) slots_incomplete: bool,
    pub(crate) library: &'a Library,
    pub(crate) settings: &'a Settings,
    /// Who gets nothing of some classes.
    pub(crate) suppressions: &'a [Suppression],
}

/// The position of the slot with this name, or a diagnostic.
pub(crate) fn find_slot(text: Text<'_>, stage: &Stage<'_>) -> Option<usize> {
    if !stage.slots_incomplete && !stage.slot_names.iter().any(|name| name == text.text) {
        let names = stage.slot_names.iter().map(String::as_str);
        text.unknown("SV2202", format!("there is no slot `{}`", text.text), names);
    }
    stage.slots.binary_search_by(|slot| slot.name.as_str().cmp(text.text)).ok()
}

/// The position of the content called `name`, checked against the slot; `absent` is reported when there is none.
pub(crate) fn find_content(
    name: &str,
    absent: Diagnostic,
    field: Field<'_>,
    slot: Option<&Slot>,
    stage: &Stage<'_>,
) -> Option<usize> {
    let content: &[Content] = &stage.library.content;
    match content.binary_search_by(|item| item.name.as_str().cmp(name)) {
        Ok(at) => {
            if let (Some(slot), Some(item)) = (slot, content.get(at)) {
                fit::check(item, slot, &absent.place, field);
            }
            Some(at)
        }
        Err(_) if stage.library.unread.contains(name) => None,
        Err(_) => {
            let names = content.iter().map(|item| item.name.as_str()).chain(["control"]);
            field.report(match names::closest(name, names.clone()) {
                Some(meant) => absent.meant(meant, format!("\"{meant}\"")),
                None => {
                    absent.help(format!("create content/{name}.toml; the content items are {}", names::listed(names)))
                }
            });
            None
        }
    }
}
