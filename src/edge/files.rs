//! What browsers fetch from us: the bundle and the SDK.
//!
//! Takes a path below `/__selvedge/`, gives the file from the store. Only metadata, what the current release names, and the SDK are served:
//! never the debug file or the list of withdrawals, never another environment, and never a page of the origin. A file that
//! caches keep for ever has the hash that the release names, or for a root the settings.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

use super::log::{self, Stage};
use super::settings::{Read, Settings};
use super::store::read;
use super::{Host, bundle, clock_ms, path_and_query, respond};
use crate::trust::{Kind, Target, layout};
use crate::words::{hex, parse_hex};

/// More than any file of the SDK has.
const FILE_BYTES_MAX: usize = 4 << 20;

pub(super) const PREFIX: &str = "/__selvedge/";
/// What never changes once published.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The head moves a rollback to every browser: soon.
const HEAD: &str = "public, max-age=30";
/// The SDK's files keep their names.
const SDK: &str = "public, max-age=300";

/// The file that a URL asks for, if it is one of ours.
pub(super) fn requested(url: &str) -> Option<String> {
    path_and_query(url).0.strip_prefix(PREFIX).map(Into::into)
}

/// Answers with a file.
pub(super) async fn answer(
    host: &Rc<Host>,
    settings: Read,
    request: &Request,
    file: &str,
) -> Result<Response, JsValue> {
    let method = request.method();
    if method != "GET" && method != "HEAD" {
        return respond::file(None, 405, &[("allow", "GET, HEAD")]);
    }
    let found = match settings {
        Ok(settings) => find(host, &settings, file).await,
        Err(reason) => Err((Stage::Settings, reason)),
    };
    let ((bytes, digest), content_type, cache) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return respond::file(None, 404, &[("cache-control", "no-store")]),
        Err((stage, reason)) => {
            log::failure(host, stage, &reason);
            return respond::file(None, 503, &[("cache-control", "no-store"), ("retry-after", "30")]);
        }
    };
    send(request, &bytes, &digest, content_type, cache)
}

/// Sends bytes with this SHA-256, or that they have not changed.
pub(super) fn send(
    request: &Request,
    bytes: &[u8],
    digest: &[u8; 32],
    content_type: &str,
    cache: &str,
) -> Result<Response, JsValue> {
    let etag = format!("\"{}\"", hex(digest));
    let headers = [("content-type", content_type), ("cache-control", cache), ("etag", &etag)];
    let known = request.headers().get("if-none-match")?.unwrap_or_default();
    if known.split(',').any(|tag| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()) == etag) {
        return respond::file(None, 304, &headers);
    }
    respond::file((request.method() == "GET").then_some(bytes), 200, &headers)
}

/// Bytes with their SHA-256, their type, and how long they are good for.
type Found = ((Vec<u8>, [u8; 32]), &'static str, &'static str);

async fn find(host: &Rc<Host>, settings: &Rc<Settings>, file: &str) -> Result<Option<Found>, (Stage, String)> {
    let in_bundle = |reason| (Stage::Bundle, reason);
    let of_environment = file.strip_prefix("v1/").and_then(|rest| rest.strip_prefix(settings.environment.as_str()));
    let (key, content_type, cache) = match of_environment {
        Some("/head") => (file.to_string(), "application/cbor", HEAD),
        Some(rest) if is_root(rest) => {
            // Only the roots that are pinned are known to be whole: by the settings, and by the pages of this isolate.
            let held = bundle::current(host, settings, clock_ms()).await.ok();
            let root = held.filter(|held| rest == format!("/root/{}.cose", held.root.version));
            if let Some(root) = root {
                let digest = parse_hex(&root.root.digest).unwrap_or_default();
                return Ok(Some(((root.root.bytes.clone(), digest), "application/cose", FOR_EVER)));
            }
            let is_pinned = rest == format!("/root/{}.cose", settings.root_version);
            (file.to_string(), "application/cose", if is_pinned { FOR_EVER } else { HEAD })
        }
        Some(_) => {
            let held = bundle::current(host, settings, clock_ms()).await.map_err(in_bundle)?;
            // Browsers could not look into the list of withdrawals: they have no key, and must never have it.
            let is_public = |target: &Target| !matches!(target.kind, Kind::Debug | Kind::Revocations);
            let is_asked_for = |target: &Target| {
                let path = layout::target(&settings.environment, target.kind, &target.sha256);
                is_public(target) && path.strip_prefix('/') == Some(file)
            };
            let Some(position) = held.release.targets().iter().position(is_asked_for) else { return Ok(None) };
            let verified = bundle::admit(host, settings, &held.release, position).await.map_err(in_bundle)?;
            let digest = *verified.digest();
            return Ok(Some(((verified.into_bytes(), digest), "application/octet-stream", FOR_EVER)));
        }
        None => match sdk_type(file) {
            Some(content_type) => (format!("assets/{file}"), content_type, SDK),
            None => return Ok(None),
        },
    };
    let found = read(host, &key, None, FILE_BYTES_MAX).found().await.map_err(in_bundle)?;
    if let Some(digest) = found.as_ref().map(|found| found.digest).filter(|_| cache == FOR_EVER)
        && digest != settings.root_sha256
    {
        return Err(in_bundle(format!("{key}: its SHA-256 is {}, and ROOT_SHA256 pins another", hex(&digest))));
    }
    Ok(found.map(|found| ((found.bytes, found.digest), content_type, cache)))
}

/// `/root/3.cose`.
fn is_root(rest: &str) -> bool {
    let version = rest.strip_prefix("/root/").and_then(|rest| rest.strip_suffix(".cose"));
    version.is_some_and(|version| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The media type of a file of the SDK, whose name has no folder.
fn sdk_type(file: &str) -> Option<&'static str> {
    let (stem, extension) = file.rsplit_once('.')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match extension {
        _ if stem.is_empty() || !stem.bytes().all(is_plain) => None,
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}
