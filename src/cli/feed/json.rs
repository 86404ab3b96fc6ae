//! Lines of JSON: objects, and messages as Segment and others write them.

use serde_json::Value;

/// The value of a column: a key of the object, or a dotted path into it.
pub(super) fn column<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    let direct = object.get(name);
    direct.or_else(|| name.split('.').try_fold(object, |value, part| value.get(part)))
}

/// The value of a column of a message: in `traits`, in `properties`, or beside them.
pub(super) fn of_message<'v>(message: &'v Value, name: &str) -> Option<&'v Value> {
    let inside = ["traits", "properties"].into_iter().find_map(|part| column(message.get(part)?, name));
    inside.or_else(|| column(message, name))
}

/// Why a line is no message with facts; none if it is one.
pub(super) fn is_no_message(message: &Value) -> Option<&'static str> {
    match message.get("type").and_then(Value::as_str) {
        Some("identify" | "group" | "track") => None,
        Some("page" | "screen" | "alias") => Some("is a message without facts: `page`, `screen` and `alias` have none"),
        _ => Some("is no message: it has no `type` of identify, group or track"),
    }
}

/// The kind of a value, for the file of rejects: a value itself could be anything.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) if text.is_empty() => "empty",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
