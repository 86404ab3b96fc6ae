//! `contact.toml`: who may be contacted, how often, and when.
//!
//! Start with [`policy`]. Suppressions are read before experiences, as they become rows of them: see [`suppressions`].

mod caps;
mod quiet;
mod scope;
pub(crate) mod suppressions;

use std::collections::BTreeMap;

use super::keys::{Field, Table, seconds};
use super::site::{Contact, Experience};
use super::stage::Stage;
use crate::engine::contact::{DEPTH_MAX, STATE_CHARACTERS_MAX, characters, state_bytes};

/// Reads everything but the suppressions, which the stage has.
pub(crate) fn policy(top: Table<'_>, stage: &Stage<'_>, experiences: &[Experience]) -> Contact {
    once(top);
    let contact = Contact {
        suppressions: stage.suppressions.to_vec(),
        caps: caps::caps(top, stage, experiences),
        quiet: quiet::quiet(top, stage),
        cool_off_seconds: top.string("cool_off").and_then(|text| seconds(&text)),
        dismissals: top.whole("dismissals").unwrap_or_default(),
    };
    fits(top, &contact);
    contact
}

/// A decision names the part of the policy that held a contact back, so a name is used once.
fn once(top: Table<'_>) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for kind in ["suppressions", "goals", "caps", "gaps", "quiet"] {
        for field in top.inside(kind) {
            if let Some(first) = taken.insert(field.key, kind) {
                let what = format!("`{}` is the name of one of the {first} and of one of the {kind}", field.key);
                let fault =
                    field.key_error("SV2240", what).why("a decision names the part of the policy that held it back");
                field.report(fault.help("rename one of the two"));
            }
        }
    }
}

/// The state of a device has a fixed form, and a cookie has room for so much of it.
fn fits(top: Table<'_>, contact: &Contact) {
    let scopes = contact.caps.len();
    let depth = contact.caps.iter().map(|cap| usize::from(cap.max)).max().unwrap_or(0).min(DEPTH_MAX);
    let dismissals = if contact.cool_off_seconds.is_some() { usize::from(contact.dismissals) } else { 0 };
    let bytes = state_bytes(scopes, depth, dismissals, 0);
    let long = characters(bytes);
    if long <= STATE_CHARACTERS_MAX && scopes <= usize::from(u8::MAX) {
        return;
    }
    let what =
        format!("the state of a device is too long: {bytes} bytes, {long} characters, limit {STATE_CHARACTERS_MAX}");
    let why = format!("it keeps the last {depth} contacts of {scopes} caps and gaps, and {dismissals} dismissals");
    let place = top.get("caps").or(top.get("gaps")).map_or_else(|| top.place(), |field: Field<'_>| field.key_place());
    let fault = top.error("SV2246", place, what).why(why);
    top.report(fault.help("use fewer caps, a lower `max`, or less room for `dismissals`"));
}
