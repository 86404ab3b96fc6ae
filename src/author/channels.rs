//! `[channels.NAME]`: where decisions are shown, besides pages.
//!
//! Takes the settings and the slots, gives the names. The list is closed: a slot is on `web` or on a channel that is declared.

use super::keys::Table;

/// The channel of pages, which every site has.
pub(crate) const WEB: &str = "web";

/// Reads the channels. A channel that no slot is on, and one that is not declared, are faults.
pub(crate) fn channels(top: Table<'_>, slots: &[Table<'_>]) -> Vec<String> {
    let of_slots: Vec<String> = slots.iter().filter_map(|slot| slot.string("channel")).collect();
    let mut channels = Vec::new();
    for (field, _) in top.named("channels") {
        if field.key == WEB {
            field.refuse_key("SV2264", "every site has the channel `web`", "remove it");
        } else if !of_slots.iter().any(|channel| channel == field.key) {
            let what = format!("no slot is on the channel `{}`", field.key);
            field.refuse_key("SV2264", what, "give a slot this `channel`, or remove it");
        }
        channels.push(field.key.to_owned());
    }
    channels.sort_unstable();
    for text in slots.iter().filter_map(|slot| slot.text("channel")) {
        if text.text != WEB && !channels.iter().any(|channel| channel == text.text) {
            let names = channels.iter().map(String::as_str).chain([WEB]);
            text.unknown("SV2263", format!("there is no channel `{}`", text.text), names);
        }
    }
    channels
}
