//! The manifest and the closed sets of a site.

use crate::author::attributes::TEXT_LENGTH;
use crate::author::settings::CONTROL;
use crate::author::site::{Attribute, Literal, OnStale, Site};
use crate::bundle::format::double_key;
use crate::bundle::manifest::{AttributeEntry, CHAIN_END, DefaultValue, Manifest};
use crate::words::ValueType;

/// The manifest, and the texts of every closed set in attribute order.
pub(super) fn manifest(site: &Site) -> (Manifest, Vec<String>) {
    let closed = site.attributes.iter().flat_map(|attribute| attribute.values.iter().cloned()).collect();
    let locale = |name: &String| match site.locales.all.iter().position(|locale| locale == name) {
        Some(at) => Some(at as u16),
        None => (name == CONTROL).then_some(CHAIN_END),
    };
    let fallback = |(from, chain): (&String, &Vec<String>)| (from.clone(), chain.iter().filter_map(locale).collect());
    let manifest = Manifest {
        site: site.name.clone(),
        attributes: site.attributes.iter().map(entry).collect(),
        default_locale: site.locales.default.clone(),
        locales: site.locales.all.clone(),
        fallback: site.locales.fallback.iter().map(fallback).collect(),
        markets: site.markets.iter().map(|market| (market.name.clone(), market.regions.clone())).collect(),
        keep_when_stale: site.on_stale == OnStale::Keep,
        cookie: site.consent.cookie.clone(),
        regions: site.regions.clone(),
        events: site.events.clone(),
    };
    (manifest, closed)
}

fn entry(attribute: &Attribute) -> AttributeEntry {
    let [is_double, is_symbol] = [ValueType::Double, ValueType::Symbol].map(|of| attribute.value_type == of);
    let range = |(low, high): (f64, f64)| match is_double {
        true => (double_key(low), double_key(high)),
        // The whole numbers within: a bound between two of them must not let in the one outside.
        false => (low.ceil() as i64, high.floor() as i64),
    };
    AttributeEntry {
        name: attribute.name.clone(),
        value_type: attribute.value_type as u8,
        source: attribute.source as u8,
        purposes: attribute.purposes.bits(),
        depth: attribute.depth as u8,
        sensitive: attribute.sensitive,
        required: attribute.required,
        range: attribute.range.map(range),
        // The closed set of a symbol is its limit.
        length_max: attribute.max_length.unwrap_or(if is_symbol { u32::MAX } else { TEXT_LENGTH }),
        retention_seconds: attribute.retention_seconds,
        closed: attribute.values.len() as u16,
        from: attribute.from.clone(),
        default: attribute.default.as_ref().map(|default| fact(default, attribute)),
    }
}

/// A constant as a value of an attribute.
pub(crate) fn fact(literal: &Literal, attribute: &Attribute) -> DefaultValue {
    let is_double = attribute.value_type == ValueType::Double;
    match literal {
        Literal::Bool(value) => DefaultValue::Bool(*value),
        Literal::Int(number) if is_double => DefaultValue::Number(double_key(*number as f64)),
        Literal::Int(number) => DefaultValue::Number(*number),
        Literal::Double(number) => DefaultValue::Number(double_key(*number)),
        Literal::Text(text) => DefaultValue::Text(text.clone()),
        Literal::List(items) => DefaultValue::List(items.clone()),
        Literal::Timestamp(ms) | Literal::Duration(ms) => DefaultValue::Number(*ms),
    }
}
