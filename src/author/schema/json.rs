//! Shapes as JSON Schema, draft-07: the version that editors of TOML read.

use serde_json::{Map, Value, json as value};

use super::FileKind;
use crate::author::keys::shape::{Key, Name, Need, Shape, purposes};
use crate::author::keys::{DAY, Form, Layout};
use crate::words::ValueType;
use crate::words::time;

/// The JSON Schema of a kind of file.
pub fn json(kind: FileKind) -> Value {
    let title = format!("Selvedge: {}", kind.pattern());
    let schema = value!({ "$schema": "http://json-schema.org/draft-07/schema#", "title": title });
    let keys = kind.file().shape.keys();
    let body = match kind.file().layout {
        Layout::One | Layout::Called(_) => table(keys),
        Layout::Names(form) => {
            // A table that holds tables only is a part of names, as the loader reads it; any other is an entry.
            let group = value!({ "minProperties": 1, "additionalProperties": { "type": "object" } });
            let entry = value!({ "$ref": "#/definitions/entry" });
            let below = value!({ "propertyNames": { "pattern": form.pattern }, "additionalProperties": entry });
            let definition = value!({ "type": "object", "if": group, "then": below, "else": table(keys) });
            value!({ "type": "object", "additionalProperties": entry, "definitions": { "entry": definition } })
        }
        Layout::Named(form) => {
            let only_tables = value!({ "additionalProperties": { "type": "object" } });
            let several = value!({ "propertyNames": { "pattern": form.pattern }, "additionalProperties": table(keys) });
            value!({ "type": "object", "if": only_tables, "then": several, "else": table(keys) })
        }
    };
    [schema, body].into_iter().filter_map(|schema| schema.as_object().cloned()).flatten().collect()
}

fn table(keys: &[Key]) -> Value {
    let properties = properties(keys);
    let has = |name: &str| keys.iter().any(|key| key.name == name);
    let needed: Vec<&str> = keys.iter().filter(|key| key.is_needed()).map(|key| key.name).collect();
    let mut schema = value!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !needed.is_empty() {
        schema["required"] = value!(needed);
    }
    if has("type") && has("default") {
        schema["allOf"] = ValueType::ALL.iter().map(default_of).collect();
    }
    for key in keys {
        if let Need::Where(other, word, _) = key.need {
            // The word is the other key's default, so a file with another word has that key.
            schema["if"] = value!({ "properties": { other: { "not": { "const": word } } }, "required": [other] });
            schema["else"] = value!({ "required": [key.name] });
        }
    }
    for (one, other, both) in EXCLUSIVE.iter().filter(|(one, other, _)| has(one) && has(other)) {
        if *both {
            schema["oneOf"] = value!([{ "required": [one] }, { "required": [other] }]);
        } else {
            schema["not"] = value!({ "required": [one, other] });
        }
    }
    schema
}

/// Keys that exclude each other, and whether one of them must be there.
pub(super) const EXCLUSIVE: &[(&str, &str, bool)] =
    &[("show", "split", true), ("html", "text", false), ("pages", "origin", false), ("from", "paths", false)];

/// The default of an attribute of this type.
fn default_of(value_type: &ValueType) -> Value {
    let default = match value_type {
        ValueType::Bool => value!({ "type": "boolean" }),
        ValueType::Int => value!({ "type": "integer" }),
        ValueType::Double => value!({ "type": "number" }),
        ValueType::String | ValueType::Symbol => value!({ "type": "string" }),
        ValueType::List => value!({ "type": "array" }),
        // A time, or Unix milliseconds.
        ValueType::Timestamp => shape(&Shape::Any(&[Shape::Time, Shape::Whole(time::MIN, time::MAX)])),
    };
    let this_type = value!({ "properties": { "type": { "const": value_type.name() } }, "required": ["type"] });
    value!({ "if": this_type, "then": { "properties": { "default": default } } })
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    let keys = keys.iter().filter(|key| !matches!(key.shape, Shape::Refused));
    keys.map(|key| (key.name.to_owned(), described(key))).collect()
}

fn described(key: &Key) -> Value {
    let mut schema = shape(&key.shape);
    if key.is_needed() && matches!(key.shape, Shape::Tables(_)) {
        schema["minItems"] = 1.into();
    }
    schema["description"] = key.text().into();
    schema
}

fn shape(shape_: &Shape) -> Value {
    match shape_ {
        Shape::Text => value!({ "type": "string" }),
        Shape::Form(form) => value!({ "type": "string", "pattern": form.pattern }),
        Shape::Like(pattern, _) => value!({ "type": "string", "pattern": pattern }),
        Shape::Word(words) | Shape::WordOr(words, "") => value!({ "type": "string", "enum": words() }),
        Shape::WordOr(words, pattern) => {
            value!({ "type": "string", "anyOf": [{ "enum": words() }, { "pattern": pattern }] })
        }
        Shape::Purpose => value!({ "type": "string", "enum": purposes() }),
        Shape::Flag => value!({ "type": "boolean" }),
        Shape::Whole(min, max) => value!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Number(min, max) if *min == f64::MIN && *max == f64::MAX => value!({ "type": "number" }),
        Shape::Number(min, max) => value!({ "type": "number", "minimum": min, "maximum": max }),
        Shape::Percent => shape(&Shape::Number(0.0, 100.0)),
        Shape::Time => value!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}" }),
        Shape::Day => value!({ "type": "string", "pattern": DAY.pattern }),
        Shape::List(item) => value!({ "type": "array", "items": shape(item) }),
        Shape::Filled(item) => value!({ "type": "array", "items": shape(item), "minItems": 1 }),
        Shape::Set(item) => value!({ "type": "array", "items": shape(item), "minItems": 1, "uniqueItems": true }),
        Shape::Pair(item) => value!({ "type": "array", "items": shape(item), "minItems": 2, "maxItems": 2 }),
        Shape::Rows => shape(&Shape::List(&Shape::Text)),
        Shape::Table(keys) => table(keys),
        Shape::Tables(keys) => value!({ "type": "array", "items": table(keys) }),
        Shape::Map(Name::Any, of) => value!({ "type": "object", "additionalProperties": shape(of) }),
        Shape::Map(Name::Like(form, _) | Name::Form(Form { pattern: form, .. }), of) => {
            value!({ "type": "object", "propertyNames": { "pattern": form }, "additionalProperties": shape(of) })
        }
        Shape::Worded(_, of, more) | Shape::Purposes(of, more) => {
            let words = shape_.words().into_iter();
            let mut all: Map<String, Value> = words.map(|word| (word.to_owned(), shape(of))).collect();
            all.extend(properties(more));
            value!({ "type": "object", "properties": all, "additionalProperties": false })
        }
        Shape::Dotted(of) => nested(of, DEPTH),
        Shape::Any(shapes) => value!({ "anyOf": shapes.iter().map(shape).collect::<Vec<Value>>() }),
        Shape::Value => {
            let texts = Shape::List(&Shape::Text);
            let all = [&Shape::Text, &Shape::Flag, &Shape::Number(f64::MIN, f64::MAX), &texts];
            value!({ "anyOf": all.map(shape) })
        }
        Shape::Refused => value!(false),
    }
}

/// Levels of nested tables below a table of dotted names: as many as a name has segments, and more than authors write.
const DEPTH: usize = 4;

fn nested(of: &Shape, depth: usize) -> Value {
    let leaf = shape(of);
    let item = if depth == 0 { leaf } else { value!({ "anyOf": [leaf, nested(of, depth - 1)] }) };
    value!({ "type": "object", "additionalProperties": item })
}
