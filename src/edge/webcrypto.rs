//! The jobs of the trust core, computed by the platform.
//!
//! Takes jobs, gives answers. It never decides anything: a key that cannot be imported or a signature that cannot be read does not
//! verify.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::trust::{Answer, Job};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &str,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(algorithm: &str, key: &JsValue, signature: &Uint8Array, message: &Uint8Array)
    -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn digest(algorithm: &str, bytes: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn encrypt(algorithm: &Object, key: &JsValue, bytes: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_random(bytes: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// The answers to these jobs, in their order.
///
/// # Errors
/// The platform has no SHA-256, which no platform of ours lacks.
pub(super) async fn answers(jobs: &[Job<'_>]) -> Result<Vec<Answer>, JsValue> {
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        answers.push(answer(job).await?);
    }
    Ok(answers)
}

/// The answer to this job.
pub(super) async fn answer(job: &Job<'_>) -> Result<Answer, JsValue> {
    match job {
        Job::Verify { key, message, signature } => {
            Ok(Answer::Verified(verifies(key, message, signature).await.unwrap_or(false)))
        }
        Job::Hash { bytes } => sha256(bytes).await.map(Answer::Hash),
    }
}

/// SHA-256 of these bytes.
pub(super) async fn sha256(bytes: &[u8]) -> Result<[u8; 32], JsValue> {
    let hash = JsFuture::from(digest("SHA-256", &Uint8Array::from(bytes))?).await?;
    let mut copy = [0; 32];
    Uint8Array::new(&hash).copy_to(&mut copy);
    Ok(copy)
}

/// Fresh randomness.
pub(super) fn random<const N: usize>() -> Result<[u8; N], JsValue> {
    let bytes = Uint8Array::new_with_length(N as u32);
    fill_random(&bytes)?;
    let mut copy = [0; N];
    bytes.copy_to(&mut copy);
    Ok(copy)
}

/// AES-256-GCM under a fresh nonce: nonce, ciphertext and tag.
pub(super) async fn seal(key: &[u8; 32], plain: &[u8], additional: &[u8]) -> Result<Vec<u8>, JsValue> {
    let nonce = random::<12>()?;
    let usages = Array::of1(&"encrypt".into());
    let key = JsFuture::from(import_key("raw", &Uint8Array::from(&key[..]), "AES-GCM", false, &usages)?).await?;
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"AES-GCM".into())?;
    Reflect::set(&algorithm, &"iv".into(), &Uint8Array::from(&nonce[..]))?;
    Reflect::set(&algorithm, &"additionalData".into(), &Uint8Array::from(additional))?;
    let sealed = JsFuture::from(encrypt(&algorithm, &key, &Uint8Array::from(plain))?).await?;
    Ok([&nonce[..], &Uint8Array::new(&sealed).to_vec()].concat())
}

async fn verifies(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<bool, JsValue> {
    let usages = Array::of1(&"verify".into());
    let key = JsFuture::from(import_key("raw", &Uint8Array::from(&key[..]), "Ed25519", false, &usages)?).await?;
    let verified = verify("Ed25519", &key, &Uint8Array::from(&signature[..]), &Uint8Array::from(message))?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}
