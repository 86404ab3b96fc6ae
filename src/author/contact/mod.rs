//! `contact.toml`: who may be contacted, how often, and when.
//!
//! Start with [`policy`]. What repeats is in [`repeat`], and [`sequences`] are checked apart. Suppressions are read before experiences, as they become rows of them: see [`suppressions`].

mod caps;
mod quiet;
pub(crate) mod repeat;
mod scope;
mod sequences;
pub(crate) mod suppressions;

use std::collections::BTreeMap;

pub(crate) use caps::length;

use super::diagnostic::Diagnostic;
use super::keys::{Table, seconds};
use super::site::{Contact, Experience, Slot};
use super::source::Sink;
use super::stage::Stage;
use crate::engine::contact::{DEPTH_MAX, STATE_CHARACTERS_MAX, characters, repeat_bytes, state_bytes};

/// Reads everything but the suppressions, which the stage has.
pub(crate) fn policy(top: Table<'_>, stage: &Stage<'_>, experiences: &[Experience]) -> Contact {
    once(top);
    Contact {
        suppressions: stage.suppressions.to_vec(),
        caps: caps::caps(top, stage, experiences),
        quiet: quiet::quiet(top, stage),
        cool_off_seconds: top.string("cool_off").and_then(|text| seconds(&text)),
        dismissals: top.whole("dismissals").unwrap_or_default(),
        sequences: sequences::sequences(top, experiences),
        rotations: Vec::new(),
        once: repeat::once(top, stage, experiences),
        budgets: repeat::budgets(top, stage, experiences),
    }
}

/// A decision names the part of the policy that held a contact back, so a name is used once.
fn once(top: Table<'_>) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for kind in ["suppressions", "goals", "caps", "gaps", "quiet", "sequences", "no_repeat", "budgets"] {
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

/// The state of a device has a fixed form, and a cookie has room for so much of it. Rotations of rules are part of it.
pub(crate) fn fits(top: Option<Table<'_>>, contact: &Contact, experiences: &[Experience], slots: &[Slot], sink: &Sink) {
    let scopes = contact.caps.len();
    let depth = contact.caps.iter().map(|cap| usize::from(cap.max)).max().unwrap_or(0).min(DEPTH_MAX);
    let dismissals = if contact.cool_off_seconds.is_some() { usize::from(contact.dismissals) } else { 0 };
    let tracks = contact.sequences.len() + contact.rotations.len();
    let kept = contact.kept(experiences, slots).len();
    let is_repeated = tracks > 0 || !contact.once.is_empty();
    let bytes = state_bytes(scopes, depth, dismissals, tracks) + if is_repeated { repeat_bytes(kept) } else { 0 };
    let long = characters(bytes);
    if long <= STATE_CHARACTERS_MAX && scopes.max(tracks) <= usize::from(u8::MAX) {
        return;
    }
    let what =
        format!("the state of a device is too long: {bytes} bytes, {long} characters, limit {STATE_CHARACTERS_MAX}");
    let repeated = match (tracks, kept) {
        (0, 0) => String::new(),
        _ => format!(", the place in {tracks} sequences and rotations, and the last contact of {kept} contents"),
    };
    let why =
        format!("it keeps the last {depth} contacts of {scopes} caps and gaps, and {dismissals} dismissals{repeated}");
    let help = match kept {
        0 => "use fewer caps, a lower `max`, or less room for `dismissals`",
        _ => "use fewer caps, a lower `max`, less room for `dismissals`, or name fewer `contents` in `no_repeat`",
    };
    let of_policy = |top: Table<'_>| {
        let first = ["caps", "gaps", "no_repeat", "sequences"].iter().find_map(|key| top.get(key));
        first.map_or_else(|| top.place(), |field| field.key_place())
    };
    let of_rotation = || Some(experiences.get(contact.rotations.first()?.experience)?.place.clone());
    let place = top.map(of_policy).or_else(of_rotation).unwrap_or_default();
    sink.report(Diagnostic::error("SV2246", place, what).why(why).help(help));
}
