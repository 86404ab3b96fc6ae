//! Published files: of the store, or kept by an isolate of this data center that verified them.
//!
//! Takes a path of the layout, gives bytes that nobody has verified. A kept file is as little trusted as one of the store.

use std::pin::Pin;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::sent::get;
use super::settings::Settings;
use super::{Host, webcrypto, words};
use crate::trust::{Answer as Computed, Release, Verified};

#[wasm_bindgen(raw_module = "./store.mjs")]
extern "C" {
    #[wasm_bindgen(js_name = read)]
    fn read_store(env: &JsValue, key: &str, etag: Option<&str>, most: f64) -> Promise;
    fn kept(name: &str) -> Promise;
    fn keep(name: &str, bytes: &Uint8Array, note: &str) -> Promise;
}

/// A file, its SHA-256, and what its place says of it: the `ETag` of a store, or the note of who kept it.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) digest: [u8; 32],
    pub(super) mark: Option<String>,
}

/// A file on its way.
pub(super) struct Reading {
    path: String,
    asked: JsFuture,
    mark: &'static str,
}

/// The answer about a file.
pub(super) enum Answer {
    Found(Found),
    /// It still has the `ETag` that is known.
    Same,
    Absent,
}

/// Asks the store for the file at a path, at once. A key is the path without its first slash.
pub(super) fn read(host: &Host, path: &str, etag: Option<&str>, most: usize) -> Reading {
    let asked = read_store(host.env.as_ref(), path.trim_start_matches('/'), etag, most as f64);
    Reading { path: path.to_owned(), asked: asked.into(), mark: "etag" }
}

/// Asks for the file that was kept of a path. Files that another root was pinned for are not seen.
pub(super) fn read_kept(settings: &Settings, path: &str) -> Reading {
    Reading { path: path.to_owned(), asked: kept(&[&settings.root, path].concat()).into(), mark: "note" }
}

/// Keeps a file that was verified, after the response.
pub(super) fn keep_later(host: &Host, settings: &Settings, path: &str, bytes: &[u8], note: &str) {
    host.later_than(&keep(&[&settings.root, path].concat(), &Uint8Array::from(bytes), note));
}

impl Reading {
    /// What there is.
    ///
    /// # Errors
    /// The store gave no answer, or one that says nothing of the file.
    pub(super) async fn answer(self) -> Result<Answer, String> {
        let found = self.asked.await;
        let found = found.map_err(|error| format!("the store did not give {}: {}", self.path, words(&error)))?;
        Ok(if found.is_undefined() {
            Answer::Same
        } else if found.is_null() {
            Answer::Absent
        } else {
            Answer::Found(Found {
                bytes: Uint8Array::from(get(&found, "bytes")).to_vec(),
                digest: webcrypto::digest(&get(&found, "digest")),
                mark: get(&found, self.mark).as_string(),
            })
        })
    }

    /// The file, if there is one.
    pub(super) async fn found(self) -> Result<Option<Found>, String> {
        Ok(match self.answer().await? {
            Answer::Found(found) => Some(found),
            _ => None,
        })
    }
}

/// Where files come from.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub(super) host: &'a Host,
    pub(super) settings: &'a Settings,
    /// True if kept files come first. Otherwise they stand in where the store fails.
    pub(super) is_kept: bool,
}

/// A target on its way.
pub(super) struct Asked<'a> {
    files: Files<'a>,
    release: &'a Release,
    target: usize,
    path: String,
    reading: Reading,
}

impl<'a> Files<'a> {
    /// Asks for the file at a path, at once.
    pub(super) fn read(self, path: &str, most: usize) -> Reading {
        if self.is_kept { read_kept(self.settings, path) } else { read(self.host, path, None, most) }
    }

    /// Asks for a target of a release, at once.
    pub(super) fn target(self, release: &'a Release, target: usize) -> Asked<'a> {
        let path = release.path(target).unwrap_or_default();
        let most = release.targets().get(target).map_or(0, |target| target.length as usize);
        Asked { files: self, release, target, reading: self.read(&path, most), path }
    }
}

/// Bytes on their way through the checks. In a box, as they are awaited in many places.
pub(super) type Admitting<'a> = Pin<Box<dyn Future<Output = Result<Verified, String>> + 'a>>;

impl<'a> Asked<'a> {
    /// Its bytes, checked against the release. The other place may have what one lacks or has wrong.
    ///
    /// # Errors
    /// It is not there, or not what the release says; of the place that was asked first.
    pub(super) fn admitted(self) -> Admitting<'a> {
        Box::pin(self.admit())
    }

    async fn admit(self) -> Result<Verified, String> {
        let Self { files, release, target, path, reading } = self;
        let other = Files { is_kept: !files.is_kept, ..files };
        let most = release.targets().get(target).map_or(0, |target| target.length as usize);
        let (mut reading, mut from, mut reason) = (Some(reading), files, None);
        loop {
            let asked = reading.take().unwrap_or_else(|| from.read(&path, most));
            match checked(release, target, &path, asked).await {
                Ok(verified) => {
                    if !from.is_kept {
                        keep_later(files.host, files.settings, &path, verified.bytes(), "");
                    }
                    return Ok(verified);
                }
                Err(why) => match reason {
                    None => (reason, from) = (Some(why), other),
                    Some(first) => return Err(first),
                },
            }
        }
    }
}

async fn checked(release: &Release, target: usize, path: &str, reading: Reading) -> Result<Verified, String> {
    let found = reading.found().await?.ok_or_else(|| format!("there is no {path} in the store"))?;
    let received = release.receive(target, found.bytes).map_err(|refusal| refusal.brief())?;
    received.admit(&Computed::Hash(found.digest)).map_err(|refusal| refusal.brief())
}
