//! `[layers.NAME]`: sets of experiments. A visitor is in at most one experiment of a set.
//!
//! Takes the settings, gives every layer with the shares of its experiments, and the share that a split gets from its layer.
//! It never assigns a visitor.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::keys::{Field, Table, Text};
use super::percent::{WHOLE, fractions, percent, share};
use super::site::{Experience, Layer};
use super::source::Sink;
use crate::words::Unit;

/// A bundle names a layer in one byte, and zero is none.
const LAYERS_MAX: usize = 255;

/// Reads the layers.
pub(crate) fn layers(top: Table<'_>) -> Vec<Layer> {
    let mut layers: Vec<Layer> = top.named("layers").filter_map(|(field, table)| layer(field, table)).collect();
    if let Some(field) = top.get("layers").filter(|_| layers.len() > LAYERS_MAX) {
        let what = format!("the site has {} layers, more than {LAYERS_MAX}", layers.len());
        field.refuse("SV2219", what, "merge layers whose experiments never meet");
    }
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    layers
}

fn layer(field: Field<'_>, table: Table<'_>) -> Option<Layer> {
    let shares = table.inside("shares").filter_map(|inner| Some((inner.key.to_owned(), share(inner, true)?)));
    let shares: Vec<(String, u32)> = shares.collect();
    let sum: u64 = shares.iter().map(|(_, share)| u64::from(*share)).sum();
    let written = shares.iter().map(|(name, share)| (&**name, *share));
    if let Some(field) = table.get("shares") {
        fractions(field, "the shares of this layer", written);
    }
    if sum > u64::from(WHOLE) {
        let what = format!("the shares of this layer add up to {} %, over 100 %", percent(sum));
        let field = table.get("shares")?;
        field.refuse("SV2219", what, "lower the shares: no two experiments of a layer share a visitor");
        return None;
    }
    table.has("shares").then(|| Layer { name: field.key.to_owned(), shares, place: field.key_place() })
}

/// The layer that a split names, by position, and the share of all visitors that its experiment has there.
pub(crate) fn place(name: Text<'_>, experiment: &str, layers: &[Layer]) -> Option<(usize, u32)> {
    let Ok(position) = layers.binary_search_by(|layer| layer.name.as_str().cmp(name.text)) else {
        name.unknown("SV2216", format!("there is no layer `{}`", name.text), layers.iter().map(|layer| &*layer.name));
        return None;
    };
    if let Some((_, share)) = layers[position].shares.iter().find(|(known, _)| known == experiment) {
        return Some((position, *share));
    }
    let fault = name.error("SV2217", format!("the layer `{}` has no share for `{experiment}`", name.text));
    let fault = fault.why("a visitor is in one experiment of a layer at most, so each needs its own share");
    name.report(fault.help(format!("add {experiment} = 50, or another percentage, to [layers.{}] shares", name.text)));
    None
}

/// Reports experiments of one layer that assign different units: who is drawn by one id may be drawn again by the other.
pub(crate) fn units(experiences: &[Experience], layers: &[Layer], sink: &Sink) {
    let mut first: BTreeMap<usize, (Unit, &str)> = BTreeMap::new();
    for experience in experiences {
        for rule in &experience.rules {
            let Some(split) = rule.split() else { continue };
            let Some(layer) = split.layer else { continue };
            let (unit, known) = *first.entry(layer).or_insert((split.unit, &split.experiment));
            if unit == split.unit {
                continue;
            }
            let name = layers.get(layer).map_or("", |layer| &layer.name);
            let what = format!("`{}` assigns by {}, but its layer `{name}` by {unit}", split.experiment, split.unit);
            let fault = Diagnostic::error("SV2218", rule.place.clone(), what);
            let fault = fault.why(format!("`{known}` draws with another id, so that one visitor could be in both"));
            let fault = fault.help(format!("write unit = \"{unit}\", or use another layer"));
            sink.report(Diagnostic { owner: experience.owner.clone(), ..fault });
        }
    }
}
