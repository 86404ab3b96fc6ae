//! The platform's objects: the bindings of a deployment, and the time after a response.
//!
//! The crate `worker` has all of them. Its own readers of bindings look at names of constructors and know every kind of value, so that each
//! use costs a page more time and the Worker more bytes.

use std::pin::Pin;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;

use super::Host;

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

    /// Does this after the response. In a box, so that what runs a future is one function for all of them.
    pub(super) fn later(&self, work: impl Future<Output = ()> + 'static) {
        self.later_in_box(Box::pin(work));
    }

    fn later_in_box(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
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
