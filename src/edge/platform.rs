//! The platform's objects: the bindings of a deployment, its KV, and the time after a response.
//!
//! The crate `worker` has all of them. Its own readers of bindings look at names of constructors and know every kind of value, so that each
//! use costs a page more time and the Worker more bytes.

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::Host;

#[wasm_bindgen]
extern "C" {
    /// A namespace of KV.
    pub(super) type Store;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Store, key: &str, kind: &str) -> Result<Promise, JsValue>;
}

impl Host {
    /// The binding of this name, if the deployment has it.
    pub(super) fn binding<T: JsCast>(&self, name: &str) -> Option<T> {
        let found = Reflect::get(self.env.as_ref(), &name.into()).ok()?;
        found.is_object().then(|| found.unchecked_into())
    }

    /// The variable or secret of this name, if the deployment has it.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        Reflect::get(self.env.as_ref(), &name.into()).ok()?.as_string().filter(|value| !value.is_empty())
    }

    /// True if both are of one deployment: a platform hands the same bindings to all requests of an isolate.
    pub(super) fn has_bindings(&self, env: &JsValue) -> bool {
        Object::is(self.env.as_ref(), env)
    }

    /// Does this after the response.
    pub(super) fn later(&self, work: impl Future<Output = ()> + 'static) {
        let promise = future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        });
        self.later_than(&promise);
    }

    /// Lets the request live until this is settled.
    pub(super) fn later_than(&self, promise: &Promise) {
        // It fails where the request has ended, and nothing can be done then.
        let _ = self.context.wait_until(promise);
    }
}

/// Bytes on their way from KV.
pub(super) struct Reading {
    key: String,
    asked: Result<JsFuture, JsValue>,
}

impl Store {
    /// Asks for the bytes at a path of the layout, at once. A key is the path without its first slash.
    pub(super) fn read(&self, path: &str) -> Reading {
        let key = path.trim_start_matches('/').to_owned();
        Reading { asked: self.get(&key, "arrayBuffer").map(JsFuture::from), key }
    }
}

impl Reading {
    /// The bytes, if there are any.
    pub(super) async fn bytes(self) -> Result<Option<Vec<u8>>, String> {
        let found = match self.asked {
            Ok(asked) => asked.await,
            Err(error) => Err(error),
        };
        let found = found.map_err(|error| format!("KV did not give {}: {}", self.key, super::words(&error)))?;
        Ok((!found.is_null()).then(|| Uint8Array::new(&found).to_vec()))
    }
}
