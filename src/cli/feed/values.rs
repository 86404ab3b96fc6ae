//! A field of an export as the value of its attribute.
//!
//! The rules are those of the catalogue: type, range, closed set and length. A text of an export becomes a number or a truth value
//! only if it is written as one.

use serde_json::Value;

use crate::author::attributes::misfit;
use crate::author::site::{Attribute, Literal};
use crate::bundle::manifest::DefaultValue;
use crate::compile::fact;
use crate::words::time::{in_range, parse_rfc3339};
use crate::words::{INT_MAX, ValueType};

/// The value; none if the field is empty, and what is wrong with any other.
pub(super) fn value(field: &Value, attribute: &Attribute) -> Result<Option<DefaultValue>, String> {
    let literal = match (attribute.value_type, field) {
        (_, Value::Null) => return Ok(None),
        (_, Value::String(text)) if text.is_empty() => return Ok(None),
        (ValueType::Bool, Value::Bool(value)) => Some(Literal::Bool(*value)),
        (ValueType::Bool, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(Literal::Bool(true)),
            "false" | "0" | "no" => Some(Literal::Bool(false)),
            _ => None,
        },
        (ValueType::Int, _) => number(field).and_then(whole).map(Literal::Int),
        // No attribute is minus zero.
        (ValueType::Double, _) => number(field).map(|number| Literal::Double(number + 0.0)),
        (ValueType::String | ValueType::Symbol, Value::String(text)) => Some(Literal::Text(text.clone())),
        (ValueType::String | ValueType::Symbol, Value::Number(number)) => Some(Literal::Text(number.to_string())),
        (ValueType::Timestamp, Value::String(text)) => parse_rfc3339(text).map(Literal::Timestamp),
        (ValueType::Timestamp, Value::Number(_)) => {
            number(field).and_then(whole).and_then(in_range).map(Literal::Timestamp)
        }
        (ValueType::List, Value::String(text)) => {
            Some(Literal::List(text.split('|').filter(|item| !item.is_empty()).map(str::to_owned).collect()))
        }
        (ValueType::List, Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>().map(Literal::List)
        }
        _ => None,
    };
    let literal = literal.ok_or_else(|| format!("is no {}", wanted(attribute.value_type)))?;
    match misfit(&literal, attribute) {
        // The catalogue's own words show the value, which must not be in the file of rejects.
        Some(_) => {
            Err(format!("breaks the rules of `{}` in attributes.toml: range, values or max_length", attribute.name))
        }
        None => Ok(Some(fact(&literal, attribute))),
    }
}

fn number(field: &Value) -> Option<f64> {
    let number = match field {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn whole(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() <= INT_MAX as f64;
    is_whole.then_some(number as i64)
}

fn wanted(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Bool => "truth value; write true or false",
        ValueType::Int => "whole number",
        ValueType::Double => "number; write it as in 12.5",
        ValueType::String | ValueType::Symbol => "text",
        ValueType::List => "list of texts; in CSV they stand in one field, with | between them",
        ValueType::Timestamp => "time with its offset; write it as in 2026-12-01T09:00:00Z",
    }
}
