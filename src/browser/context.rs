//! A visit from a JavaScript object.
//!
//! Takes plain data, gives a [`Visit`] or what is wrong with it. It never fills in anything but the clock.

use alloc::string::{String, ToString};

use js_sys::{JsString, Object};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::engine::Visit;

#[wasm_bindgen]
extern "C" {
    /// The host's clock.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn now() -> f64;
}

/// A visit and the time of its decision in Unix milliseconds.
pub(super) fn visit(context: JsValue) -> Result<(Visit, i64), String> {
    let visit: Visit = serde_wasm_bindgen::from_value(context).map_err(|error| error.to_string())?;
    let now_ms = visit.now.map_or_else(|| now() as i64, |now| now.0);
    Ok((visit, now_ms))
}
