//! A namespace of Workers KV, through Cloudflare's HTTP API.
//!
//! KV has no conditions, and a location may see a write 60 seconds later or more. It also remembers that a key was absent. So a key is
//! asked for only if the list has it.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Method;

use super::http::{Answer, Client, Parts, TEXT_BYTES_MAX, said};
use super::sigv4::encoded;
use super::{Listed, Object, Put, Store, When, variable};
use crate::cli::{Usage, now_ms};
use crate::trust::native;
use crate::words::hex;
use crate::words::time::SECOND;

/// The most keys that one call removes.
const REMOVE_MAX: usize = 10_000;
/// Cloudflare's code for a key that is not there.
const NO_KEY: i64 = 10009;

pub(super) struct Kv {
    client: Client,
    token: String,
    /// The namespace's address, without a slash at its end.
    address: String,
    namespace: String,
}

impl Kv {
    pub(super) fn open(namespace: &str, patience: Duration) -> anyhow::Result<Self> {
        let is_id = !namespace.is_empty() && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric());
        anyhow::ensure!(
            is_id,
            Usage(format!("`{namespace}` is no id of a KV namespace; `wrangler kv namespace list` prints them"))
        );
        let store = "Workers KV";
        let account = variable("CLOUDFLARE_ACCOUNT_ID", store)?;
        let token = variable("CLOUDFLARE_API_TOKEN", store)?;
        let base = std::env::var("CLOUDFLARE_API_BASE_URL").ok().filter(|base| !base.is_empty());
        let base = base.unwrap_or_else(|| "https://api.cloudflare.com/client/v4".into());
        let base = base.trim_end_matches('/');
        let is_safe = ["https://", "http://127.0.0.1", "http://localhost", "http://[::1]"]
            .iter()
            .any(|start| base.starts_with(start));
        anyhow::ensure!(
            is_safe,
            Usage("CLOUDFLARE_API_BASE_URL must begin with https://, as the token is sent there".into())
        );
        let account = encoded(&account, b"");
        let address = format!("{base}/accounts/{account}/storage/kv/namespaces/{namespace}");
        Ok(Self { client: Client::new(patience), token, address, namespace: namespace.into() })
    }

    fn send(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<(&str, &[u8])>,
        max: u64,
    ) -> anyhow::Result<Answer> {
        let url = format!("{}{path}", self.address);
        let parts = || {
            let mut headers = vec![("authorization", format!("Bearer {}", self.token))];
            headers.extend(body.map(|(media_type, _)| ("content-type", media_type.to_owned())));
            Parts { method: method.clone(), url: url.clone(), headers }
        };
        self.client.send(&self.place(key), body.map(|(_, bytes)| bytes), max, parts)
    }

    /// The result of a call that succeeded.
    fn result(&self, key: &str, answer: &Answer) -> anyhow::Result<Value> {
        let found: Option<Value> = serde_json::from_slice(&answer.body).ok();
        match found.filter(|found| answer.status == 200 && found["success"] == true) {
            Some(found) => Ok(found),
            None => Err(self.refused(key, answer)),
        }
    }

    fn refused(&self, key: &str, answer: &Answer) -> anyhow::Error {
        let told = said(&answer.body);
        let hint = match (code(answer), answer.status) {
            (None, _) => {
                "This is no answer of Cloudflare's API: look for a proxy in between, and check CLOUDFLARE_API_BASE_URL if it is set"
            }
            (Some(10013), _) => "There is no such namespace in this account: check its id and CLOUDFLARE_ACCOUNT_ID",
            (_, 401 | 403) => {
                "Check CLOUDFLARE_API_TOKEN: it needs the permission \"Workers KV Storage: Edit\" for this account"
            }
            _ => "Correct that, and run the same command again",
        };
        anyhow::anyhow!("{}: the store answered {}{told}. {hint}", self.place(key), answer.status)
    }

    fn value(key: &str) -> String {
        format!("/values/{}", encoded(key, b""))
    }
}

impl Store for Kv {
    fn place(&self, key: &str) -> String {
        format!("kv://{}/{key}", self.namespace)
    }

    fn is_consistent(&self) -> bool {
        false
    }

    fn get(&self, key: &str, max: u64) -> anyhow::Result<Option<Object>> {
        let answer = self.send(key, Method::GET, &Self::value(key), None, max.max(TEXT_BYTES_MAX))?;
        match answer.status {
            200 => {
                anyhow::ensure!(
                    answer.body.len() as u64 <= max,
                    "{}: it has {} bytes, which is more than any such file",
                    self.place(key),
                    answer.body.len()
                );
                Ok(Some(Object { tag: hex(&native::sha256(&answer.body)), bytes: answer.body }))
            }
            404 if code(&answer) == Some(NO_KEY) => Ok(None),
            _ => Err(self.refused(key, &answer)),
        }
    }

    fn put(&self, key: &str, bytes: &[u8], _: &When<'_>) -> anyhow::Result<Put> {
        let written = json!({"written": now_ms(None)? / SECOND}).to_string();
        // The name of a payload is a digest, so no value holds a text that is drawn after it.
        let boundary = format!("selvedge-{}", hex(&crate::cli::random::<16>("a boundary")?));
        let mut body = Vec::with_capacity(bytes.len() + 512);
        body.extend(format!("--{boundary}\r\ncontent-disposition: form-data; name=\"value\"; filename=\"blob\"\r\ncontent-type: application/octet-stream\r\n\r\n").bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{boundary}\r\ncontent-disposition: form-data; name=\"metadata\"\r\n\r\n{written}\r\n--{boundary}--\r\n").bytes());
        let media_type = format!("multipart/form-data; boundary={boundary}");
        let answer = self.send(key, Method::PUT, &Self::value(key), Some((&media_type, &body)), TEXT_BYTES_MAX)?;
        self.result(key, &answer)?;
        Ok(Put::Done)
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<Listed>> {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let query = format!("/keys?limit=1000&prefix={}&cursor={}", encoded(prefix, b""), encoded(&cursor, b""));
            let query = query.trim_end_matches("&cursor=");
            let answer = self.send(prefix, Method::GET, query, None, TEXT_BYTES_MAX)?;
            let page = self.result(prefix, &answer)?;
            let Some(keys) = page["result"].as_array() else { return Err(self.refused(prefix, &answer)) };
            for one in keys {
                let Some(key) = one["name"].as_str() else { return Err(self.refused(prefix, &answer)) };
                let written_ms = one["metadata"]["written"].as_i64().map(|seconds| seconds.saturating_mul(SECOND));
                found.push(Listed { key: key.to_owned(), length: None, written_ms });
            }
            // An empty page may have another one behind it.
            match page["result_info"]["cursor"].as_str().filter(|next| !next.is_empty() && *next != cursor) {
                Some(next) => cursor = next.to_owned(),
                None => return Ok(found),
            }
        }
    }

    fn remove(&self, keys: &[String]) -> anyhow::Result<()> {
        for some in keys.chunks(REMOVE_MAX) {
            let body = json!(some).to_string();
            let first = some.first().map_or("", String::as_str);
            let answer = self.send(
                first,
                Method::POST,
                "/bulk/delete",
                Some(("application/json", body.as_bytes())),
                TEXT_BYTES_MAX,
            )?;
            let result = self.result(first, &answer)?;
            let left = result["result"]["unsuccessful_keys"].as_array().map_or(0, Vec::len);
            anyhow::ensure!(
                left == 0,
                "{}: KV did not remove {left} keys; run the same command again",
                self.place(first)
            );
        }
        Ok(())
    }

    fn clock_ms(&self) -> Option<i64> {
        self.client.clock_ms()
    }
}

/// Cloudflare's code of an error; none if the answer is not Cloudflare's.
fn code(answer: &Answer) -> Option<i64> {
    let found: Value = serde_json::from_slice(&answer.body).ok()?;
    found["errors"].get(0).map_or_else(|| found["success"].as_bool().map(|_| 0), |error| error["code"].as_i64())
}
