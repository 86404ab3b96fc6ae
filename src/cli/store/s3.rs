//! A bucket that speaks S3: Amazon's, Cloudflare R2, and others. Conditions of writes are `If-Match` and `If-None-Match`.

use std::time::Duration;

use anyhow::Context as _;
use ureq::http::Method;

use super::http::{Answer, Client, Parts, TEXT_BYTES_MAX, element, said};
use super::sigv4::{Credentials, Signing, encoded};
use super::{Listed, Object, Put, Store, When, media, variable};
use crate::cli::{Usage, now_ms};
use crate::words::time::{SECOND, format_rfc3339, parse_rfc3339};

/// How often a write that met another one is tried again.
const MEETINGS_MAX: u32 = 5;

pub(super) struct S3 {
    client: Client,
    credentials: Credentials,
    /// `https://host` or `http://host:port`.
    endpoint: String,
    host: String,
    bucket: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

impl S3 {
    pub(super) fn open(
        place: &str,
        endpoint: Option<String>,
        region: Option<&str>,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        anyhow::ensure!(!bucket.is_empty(), Usage("a bucket is missing; write s3://BUCKET/PREFIX".into()));
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
        let is_key = is_plain(bucket) && !prefix.chars().any(char::is_control);
        anyhow::ensure!(is_key, Usage(format!("`{place}` has a letter that no bucket has")));
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let region = region.map(str::to_owned).or_else(|| set("AWS_REGION")).or_else(|| set("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".into());
        let endpoint = endpoint.or_else(|| set("AWS_ENDPOINT_URL_S3")).or_else(|| set("AWS_ENDPOINT_URL"));
        let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
        let host = host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@']) && is_plain(host));
        let host = host.with_context(|| {
            Usage(
                "the address of the S3 server must be https://HOST or http://HOST:PORT, without a path or a password"
                    .into(),
            )
        })?;
        let store = "a bucket";
        let credentials = Credentials {
            id: variable("AWS_ACCESS_KEY_ID", store)?,
            secret: variable("AWS_SECRET_ACCESS_KEY", store)?,
            session: set("AWS_SESSION_TOKEN").map(|_| variable("AWS_SESSION_TOKEN", store)).transpose()?,
            region,
        };
        let prefix = if prefix.is_empty() { String::new() } else { format!("{}/", prefix.trim_end_matches('/')) };
        Ok(Self {
            client: Client::new(patience),
            credentials,
            host: host.to_owned(),
            endpoint: endpoint.clone(),
            bucket: bucket.into(),
            prefix,
        })
    }

    fn send(
        &self,
        method: &Method,
        key: Option<&str>,
        query: &str,
        extra: &[(&'static str, String)],
        body: Option<&[u8]>,
        max: u64,
    ) -> anyhow::Result<Answer> {
        let key_path =
            key.map(|key| format!("/{}", encoded(&format!("{}{key}", self.prefix), b"/"))).unwrap_or_default();
        let path = format!("/{}{key_path}", encoded(&self.bucket, b""));
        let between = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{path}{between}{query}", self.endpoint);
        let parts = || {
            let signing = Signing {
                method: method.as_str(),
                host: &self.host,
                path: &path,
                query,
                body: body.unwrap_or_default(),
            };
            let mut headers = self.credentials.headers(&signing, &amz_time());
            headers.extend_from_slice(extra);
            Parts { method: method.clone(), url: url.clone(), headers }
        };
        self.client.send(&self.place(key.unwrap_or_default()), body, max, parts)
    }

    /// An answer that is neither success nor a condition that failed.
    fn refused(&self, key: &str, answer: &Answer) -> anyhow::Error {
        let text = String::from_utf8_lossy(&answer.body);
        let hint = match (element(&text, "Code").unwrap_or_default(), answer.status) {
            ("NoSuchBucket", _) => "There is no such bucket: create it, or correct its name",
            ("RequestTimeTooSkewed", _) => "This machine's clock is wrong: set it, and run the command again",
            ("SignatureDoesNotMatch" | "InvalidAccessKeyId" | "InvalidToken" | "ExpiredToken", _) => {
                "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary keys, AWS_SESSION_TOKEN"
            }
            ("PermanentRedirect" | "AuthorizationHeaderMalformed", _) => {
                "The bucket is in another region: set AWS_REGION"
            }
            ("", _) => "This is no answer of S3: check the address of the server (--endpoint)",
            (_, 401 | 403) => {
                "The key may not do this: it needs s3:GetObject, s3:PutObject, s3:ListBucket and, for prune, s3:DeleteObject"
            }
            _ => "Correct that, and run the same command again",
        };
        anyhow::anyhow!("{}: the store answered {}{}. {hint}", self.place(key), answer.status, said(&answer.body))
    }
}

impl Store for S3 {
    fn place(&self, key: &str) -> String {
        format!("s3://{}/{}{key}", self.bucket, self.prefix)
    }

    fn get(&self, key: &str, max: u64) -> anyhow::Result<Option<Object>> {
        let answer = self.send(&Method::GET, Some(key), "", &[], None, max.max(TEXT_BYTES_MAX))?;
        let text = String::from_utf8_lossy(&answer.body);
        match answer.status {
            200 => {
                anyhow::ensure!(
                    answer.body.len() as u64 <= max,
                    "{}: it has {} bytes, which is more than any such file",
                    self.place(key),
                    answer.body.len()
                );
                let tag = answer.header("etag").unwrap_or_default().to_owned();
                Ok(Some(Object { bytes: answer.body, tag }))
            }
            404 if element(&text, "Code") == Some("NoSuchKey") => Ok(None),
            _ => Err(self.refused(key, &answer)),
        }
    }

    fn put(&self, key: &str, bytes: &[u8], when: &When<'_>) -> anyhow::Result<Put> {
        let (media_type, cache) = media(key);
        let mut headers = vec![("content-type", media_type.to_owned()), ("cache-control", cache.to_owned())];
        match when {
            When::Always => {}
            When::Absent => headers.push(("if-none-match", "*".into())),
            When::Is(tag) => headers.push(("if-match", (*tag).to_owned())),
        }
        for meeting in 1.. {
            let answer = self.send(&Method::PUT, Some(key), "", &headers, Some(bytes), TEXT_BYTES_MAX)?;
            match answer.status {
                // An answer without a tag is none of S3's.
                200 if answer.header("etag").is_some() => return Ok(Put::Done),
                404 if matches!(when, When::Is(_)) && !said(&answer.body).contains("NoSuchBucket") => {
                    return Ok(Put::Conflict);
                }
                412 => return Ok(Put::Conflict),
                // Two writes met, and S3 asks to try again.
                409 if meeting < MEETINGS_MAX => std::thread::sleep(Duration::from_millis(100 * u64::from(meeting))),
                _ => return Err(self.refused(key, &answer)),
            }
        }
        Ok(Put::Conflict)
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<Listed>> {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let whole = encoded(&format!("{}{prefix}", self.prefix), b"");
            let from =
                if after.is_empty() { String::new() } else { format!("continuation-token={}&", encoded(&after, b"")) };
            let query = format!("{from}encoding-type=url&list-type=2&prefix={whole}");
            let answer = self.send(&Method::GET, None, &query, &[], None, TEXT_BYTES_MAX)?;
            let text = String::from_utf8_lossy(&answer.body);
            if answer.status != 200 || !text.contains("<ListBucketResult") {
                return Err(self.refused(prefix, &answer));
            }
            for one in text.split("<Contents>").skip(1) {
                let key = element(one, "Key").map(decoded).unwrap_or_default();
                let Some(key) = key.strip_prefix(&self.prefix) else { continue };
                let length = element(one, "Size").and_then(|size| size.parse().ok());
                let written_ms = element(one, "LastModified").and_then(parse_rfc3339);
                found.push(Listed { key: key.to_owned(), length, written_ms });
            }
            let next = element(&text, "NextContinuationToken").map(|token| token.replace("&amp;", "&"));
            match next.filter(|next| element(&text, "IsTruncated") == Some("true") && *next != after) {
                Some(next) => after = next,
                None => return Ok(found),
            }
        }
    }

    fn remove(&self, keys: &[String]) -> anyhow::Result<()> {
        for key in keys {
            let answer = self.send(&Method::DELETE, Some(key), "", &[], None, TEXT_BYTES_MAX)?;
            if !matches!(answer.status, 200 | 204 | 404) {
                return Err(self.refused(key, &answer));
            }
        }
        Ok(())
    }

    fn clock_ms(&self) -> Option<i64> {
        self.client.clock_ms()
    }
}

/// Now as `20260101T000000Z`.
fn amz_time() -> String {
    let seconds = now_ms(None).unwrap_or_default() / SECOND * SECOND;
    format_rfc3339(seconds).chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let of_two = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        let byte = of_two.and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
