//! `[holdouts.NAME]`: people who are never personalized, so that the whole programme has something to be compared with.
//!
//! Takes the settings and the slots, gives each holdout with its share and the slots that it covers: those for every channel
//! first. It never draws anybody.

use std::collections::BTreeMap;

use super::keys::{Field, Table};
use super::percent::{WHOLE, percent, share};
use super::site::{Holdout, Slot};
use crate::bundle::programme::HOLDOUTS_MAX;
use crate::words::Unit;

/// Reads the holdouts.
pub(crate) fn holdouts(top: Table<'_>, slots: &[Slot]) -> Vec<Holdout> {
    let mut holdouts: Vec<(Field<'_>, Holdout)> =
        top.named("holdouts").filter_map(|(field, table)| Some((field, holdout(field, table, slots)?))).collect();
    if let Some(field) = top.get("holdouts").filter(|_| holdouts.len() > HOLDOUTS_MAX) {
        let what = format!("the site has {} holdouts, more than {HOLDOUTS_MAX}", holdouts.len());
        field.refuse("SV2233", what, "remove those of quarters that are over");
    }
    // One for every channel goes before one for its own: who is in both counts in the first.
    holdouts.sort_by(|(_, a), (_, b)| (&a.channel, &a.name).cmp(&(&b.channel, &b.name)));
    let mut salts: BTreeMap<&str, &str> = BTreeMap::new();
    for (field, holdout) in &holdouts {
        if let Some(other) = salts.insert(&holdout.salt, &holdout.name) {
            let what = format!("the holdouts `{other}` and `{}` have the salt `{}`", holdout.name, holdout.salt);
            let fault =
                field.key_error("SV2235", what).why("they draw alike, so one of them holds only people of the other");
            field.report(fault.help("give each its own salt, or none: the salt is then the holdout's name"));
        }
    }
    holdouts.into_iter().map(|(_, holdout)| holdout).collect()
}

fn holdout(field: Field<'_>, table: Table<'_>, slots: &[Slot]) -> Option<Holdout> {
    let share = held(table.get("share")?)?;
    let channel = match table.text("channel") {
        Some(name) if !slots.iter().any(|slot| slot.channel == name.text) => {
            let mut channels: Vec<&str> = slots.iter().map(|slot| slot.channel.as_str()).collect();
            channels.sort_unstable();
            channels.dedup();
            let what = format!("no slot is on the channel `{}`, so this holdout holds nothing back", name.text);
            name.unknown("SV2234", what, channels.into_iter());
            return None;
        }
        channel => channel.map(|name| name.text.to_owned()),
    };
    Some(Holdout {
        name: field.key.to_owned(),
        salt: table.string("salt").unwrap_or_else(|| field.key.to_owned()),
        unit: table.word("unit", Unit::from_name)?,
        share,
        channel,
        place: field.key_place(),
    })
}

/// A share of people who are held back: some, and not everybody.
fn held(field: Field<'_>) -> Option<u32> {
    let share = share(field, false)?;
    let (what, help) = match share {
        0 => ("the holdout has nobody in it", "give it a share, as in share = 5, or remove it".to_owned()),
        WHOLE => (
            "the holdout has everybody in it",
            "write a lower share: a holdout is a small group, as in share = 5".to_owned(),
        ),
        _ => return Some(share),
    };
    field.refuse("SV2233", format!("`share` is {} %: {what}", percent(share.into())), help);
    None
}
