//! The jobs of the trust core, computed by the platform.
//!
//! Takes jobs, gives answers. It never decides anything: a key that cannot be imported or a signature that cannot be read does not
//! verify. The steps of a job are in `webcrypto.mjs`.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::trust::{Answer, Job};

#[wasm_bindgen(raw_module = "./webcrypto.mjs")]
extern "C" {
    fn verified(key: &[u8], message: &[u8], signature: &[u8]) -> Promise;
    fn hashed(bytes: &[u8]) -> Promise;
    fn sealed(key: &[u8], plain: &[u8], additional: &[u8]) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_random(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// The answers to these jobs, in their order. The platform has all of them at once.
///
/// # Errors
/// The platform has no SHA-256, which no platform of ours lacks.
pub(super) async fn answers(jobs: &[Job<'_>]) -> Result<Vec<Answer>, JsValue> {
    let asked = Array::new();
    for job in jobs {
        let answer = match job {
            Job::Verify { key, message, signature } => verified(key, message, signature),
            Job::Hash { bytes } => hashed(bytes),
        };
        asked.push(answer.as_ref());
    }
    let answers: Array = JsFuture::from(Promise::all(&asked)).await?.into();
    let answers = answers.iter().map(|answer| match answer.as_bool() {
        Some(is_verified) => Answer::Verified(is_verified),
        None => Answer::Hash(digest(&answer)),
    });
    Ok(answers.collect())
}

/// A digest that the platform gave.
pub(super) fn digest(bytes: &JsValue) -> [u8; 32] {
    let mut copy = [0; 32];
    Uint8Array::new(bytes).copy_to(&mut copy);
    copy
}

/// Fresh randomness.
pub(super) fn random<const N: usize>() -> Result<[u8; N], JsValue> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

/// AES-256-GCM under a fresh nonce: nonce, ciphertext and tag.
pub(super) async fn seal(key: &[u8; 32], plain: &[u8], additional: &[u8]) -> Result<Vec<u8>, JsValue> {
    let sealed = JsFuture::from(sealed(key, plain, additional)).await?;
    Ok(Uint8Array::new(&sealed).to_vec())
}
