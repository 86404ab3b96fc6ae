//! The stores that hosts read: a folder, a bucket that speaks S3, or a namespace of Workers KV.
//!
//! A store knows keys and bytes, and nothing of releases. A key is a path without its first slash. Each error says where,
//! what and how to fix it, and never shows a credential. Credentials come from environment variables alone.

mod folder;
mod http;
mod kv;
mod s3;
mod sigv4;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::Usage;

/// An object of a store, with what tells this version of it from another one.
pub(super) struct Object {
    pub(super) bytes: Vec<u8>,
    pub(super) tag: String,
}

/// What a list says of an object.
pub(super) struct Listed {
    pub(super) key: String,
    /// Its length, where the store lists lengths.
    pub(super) length: Option<u64>,
    /// When it was written, in Unix milliseconds, where the store knows that.
    pub(super) written_ms: Option<i64>,
}

/// What must hold for a write.
pub(super) enum When<'a> {
    Always,
    /// There is no such object yet.
    Absent,
    /// The object is still this version.
    Is(&'a str),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    /// The condition did not hold, so nothing was written.
    Conflict,
}

pub(super) trait Store {
    /// The place of a key, for messages.
    fn place(&self, key: &str) -> String;

    /// True if a reader sees each write at once, and a write can have a condition. Workers KV does neither.
    fn is_consistent(&self) -> bool {
        true
    }

    /// An object of at most `max` bytes; none if there is none.
    fn get(&self, key: &str, max: u64) -> anyhow::Result<Option<Object>>;

    /// Writes an object whole or not at all.
    fn put(&self, key: &str, bytes: &[u8], when: &When<'_>) -> anyhow::Result<Put>;

    /// Every object whose key begins like this, by key.
    fn list(&self, prefix: &str) -> anyhow::Result<Vec<Listed>>;

    fn remove(&self, keys: &[String]) -> anyhow::Result<()>;

    /// The time of the store's last answer by the store's own clock, in Unix milliseconds.
    fn clock_ms(&self) -> Option<i64> {
        None
    }
}

#[derive(clap::Args)]
pub(super) struct Place {
    /// The store that hosts read: a folder, s3://BUCKET/PREFIX, r2://ACCOUNT/BUCKET/PREFIX or kv://NAMESPACE
    pub(super) store: String,
    #[command(flatten)]
    reach: Reach,
}

/// How a store is reached. Every verb that reads or writes stores has these.
#[derive(Clone, clap::Args)]
pub(super) struct Reach {
    /// The address of a server that speaks S3; AWS_ENDPOINT_URL, or Amazon's own, by default
    #[arg(long, value_name = "URL", global = true)]
    endpoint: Option<String>,
    /// How long to try again when a store does not answer or is busy
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE, global = true)]
    patience: u64,
}

/// For how many seconds a store is tried again, unless the operator says otherwise.
const PATIENCE: u64 = 60;

impl Default for Reach {
    fn default() -> Self {
        Self { endpoint: None, patience: PATIENCE }
    }
}

impl Place {
    /// A store by its address.
    pub(super) fn at(store: String, reach: Reach) -> Self {
        Self { store, reach }
    }

    /// The folder, if the store is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        (!self.store.contains("://")).then(|| Path::new(&self.store))
    }

    /// Opens the store. A folder stays locked against other publishers until it is dropped; it is made if it `may_begin`.
    pub(super) fn open(&self, may_begin: bool) -> anyhow::Result<Box<dyn Store>> {
        let Reach { endpoint, patience } = &self.reach;
        let patience = Duration::from_secs(*patience);
        let Some((scheme, rest)) = self.store.split_once("://") else {
            return Ok(Box::new(folder::Folder::open(Path::new(&self.store), may_begin)?));
        };
        let rest = rest.trim_end_matches('/');
        match scheme {
            "s3" => Ok(Box::new(s3::S3::open(rest, endpoint.clone(), None, patience)?)),
            "r2" => {
                let (account, bucket) = rest.split_once('/').with_context(|| {
                    Usage(format!("`{}` names no bucket; write r2://ACCOUNT/BUCKET", self.store))
                })?;
                let endpoint = endpoint.clone().unwrap_or(format!("https://{account}.r2.cloudflarestorage.com"));
                Ok(Box::new(s3::S3::open(bucket, Some(endpoint), Some("auto"), patience)?))
            }
            "kv" => Ok(Box::new(kv::Kv::open(rest, patience)?)),
            _ => Err(Usage(format!(
                "`{}` is no store that is known; write a folder, s3://BUCKET/PREFIX, r2://ACCOUNT/BUCKET/PREFIX or kv://NAMESPACE",
                self.store
            ))
            .into()),
        }
    }
}

/// The help about the variables that hold credentials.
pub(super) const CREDENTIALS: &str = "\
Credentials come from environment variables, and are never written or printed:
  s3:// r2://  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION
  kv://        CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN (permission \"Workers KV Storage: Edit\")";

/// A variable that a store needs.
fn variable(name: &str, store: &str) -> anyhow::Result<String> {
    let set = std::env::var(name).ok().filter(|value| !value.is_empty());
    let value =
        set.with_context(|| Usage(format!("{store} needs the environment variable {name}, which is not set")))?;
    // A line end from a pasted secret would end a header.
    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic());
    anyhow::ensure!(
        is_plain,
        Usage(format!("{name} holds a space, a line end or another character that no credential has"))
    );
    Ok(value)
}

/// How a host should type and cache an object, as the Worker does.
fn media(key: &str) -> (&'static str, &'static str) {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    const SOON: &str = "public, max-age=300";
    match key.rsplit_once('/').map_or(("", key), |(folder, name)| (folder, name)) {
        (_, "head") => ("application/cbor", "public, max-age=30"),
        (_, name) if name.ends_with(".cose") => ("application/cose", FOR_EVER),
        (_, name) if name.ends_with(".js") => ("text/javascript; charset=utf-8", SOON),
        (_, name) if name.ends_with(".wasm") => ("application/wasm", SOON),
        (folder, _) if folder.ends_with(".well-known") => ("application/json", SOON),
        _ => ("application/octet-stream", FOR_EVER),
    }
}
