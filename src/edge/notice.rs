//! What visitors are told, at its well-known paths.
//!
//! Takes a request, gives the document of the current release, or nothing: then the origin is asked, as for any other path.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

use super::log::{self, Stage};
use super::settings::Read;
use super::{Host, bundle, clock_ms, files, path_and_query};
use crate::bundle::notice;
use crate::words::sha256::sha256;

/// People look at it seldom, and a change of purposes should be seen the same day.
const CACHE: &str = "public, max-age=300";

/// Answers with a document, if the path is one of ours and the site has something to say there.
pub(super) async fn answer(
    host: &Rc<Host>,
    settings: &Read,
    request: &Request,
    url: &str,
) -> Result<Option<Response>, JsValue> {
    let path = path_and_query(url).0;
    let Some(settings) = settings.as_ref().ok().filter(|_| notice::is_well_known(path)) else { return Ok(None) };
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return Ok(None);
    }
    let found = match bundle::current(host, settings, clock_ms()).await {
        Ok(held) => held.notice(host, settings).await,
        Err(reason) => Err(reason),
    };
    match found {
        Ok(Some(told)) => match notice::answer(told.bytes(), path) {
            Some(bytes) => files::send(request, bytes, &sha256(bytes), "application/json", CACHE).map(Some),
            None => Ok(None),
        },
        Ok(None) => Ok(None),
        Err(reason) => {
            log::failure(host, Stage::Bundle, &reason);
            Ok(None)
        }
    }
}
