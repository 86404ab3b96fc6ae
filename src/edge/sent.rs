//! A beacon as the platform's own reader of JSON hands it over.
//!
//! Takes a text that anybody may have written, gives a beacon of its types, or none. What a beacon does not know, it leaves out. A reader
//! that serde derives does the same, and its messages alone are a tenth of the Worker.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::log::events::{Beacon, Event};
use crate::words::{Map, Value};

/// The beacon of a text.
pub(super) fn beacon(text: &str) -> Option<Beacon> {
    let json = JSON::parse(text).ok()?;
    let events = get(&json, "events").dyn_into::<Array>().ok()?;
    Some(Beacon {
        v: whole(&get(&json, "v"))?,
        events: events.iter().map(|event| self::event(&event)).collect::<Option<_>>()?,
    })
}

/// A property of an object; `undefined` of what has none.
pub(super) fn get(json: &JsValue, name: &str) -> JsValue {
    Reflect::get(json, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn event(json: &JsValue) -> Option<Event> {
    let (id, detail) = (get(json, "event_id"), get(json, "detail"));
    Some(Event {
        name: get(json, "name").as_string()?,
        at: get(json, "at").as_f64()?,
        epoch: whole(&get(json, "epoch"))?,
        event_id: if id.is_null() || id.is_undefined() { None } else { Some(id.as_string()?) },
        detail: if detail.is_undefined() { <_>::default() } else { details(&detail)? },
    })
}

fn details(json: &JsValue) -> Option<Map<String, Value>> {
    let object = Some(json).filter(|json| json.is_object() && !Array::is_array(json))?.unchecked_ref::<Object>();
    let entries = Object::entries(object);
    let entries = entries.iter().map(|entry| {
        let entry: Array = entry.unchecked_into();
        Some((entry.get(0).as_string()?, value(&entry.get(1))))
    });
    entries.collect()
}

/// Lists and objects are no details, whatever they hold.
fn value(json: &JsValue) -> Value {
    if json.is_null() {
        Value::Null
    } else if let Some(truth) = json.as_bool() {
        Value::Bool(truth)
    } else if let Some(number) = json.as_f64() {
        Value::number(number)
    } else {
        json.as_string().map_or(Value::Invalid, Value::Text)
    }
}

fn whole(json: &JsValue) -> Option<u32> {
    json.as_f64().filter(|number| *number == f64::from(*number as u32)).map(|number| number as u32)
}
