//! `/__selvedge/health`: what this isolate works by, for whoever watches the deployment.
//!
//! Takes a request, gives one line of JSON. It holds versions and sentences of ours, and nothing of any visitor. `engine` and `formats` say
//! which releases this Worker reads: `selvedge publish --for` refuses others.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

use super::settings::Read;
use super::{Host, absent, bundle, clock_ms, respond};
use crate::bundle::format::{FORMAT, FORMAT_MAX};
use crate::sync::{Source, Status};
use crate::trust::{ENGINE, Floor};
use crate::words::hex;
use crate::words::write_text;

/// Answers with how it stands: 200 when everything holds, 503 when visitors get the origin's own pages, or when withdrawals on other
/// devices cannot be looked up although the site publishes them.
pub(super) async fn answer(host: &Rc<Host>, settings: Read, request: &Request) -> Result<Response, JsValue> {
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    if request.method() != "GET" {
        return respond::file(None, 405, &[("allow", "GET"), headers[1]]);
    }
    let now_ms = clock_ms();
    let floor = settings.as_ref().map_or(Floor::default(), |settings| settings.floor);
    let held = match settings {
        Ok(settings) => bundle::current(host, &settings, now_ms).await,
        Err(reason) => Err(reason),
    };
    let mut line = String::from("{\"ok\":");
    let is_well = match &held {
        Err(reason) => {
            line.push_str("false,\"reason\":");
            write_text(&mut line, reason);
            false
        }
        Ok(held) => {
            let (release, overlay) = (&held.release, held.release.overlay());
            let is_well = held.revocations.is_usable() && !release.stale(now_ms);
            line.push_str(if is_well { "true" } else { "false" });
            let digest = hex(release.digest());
            let (version, root) = (release.version(), held.root.version);
            line.push_str(&format!(",\"release\":\"{digest}\",\"version\":{version},\"root\":{root}"));
            line.push_str(&format!(",\"stale\":{}", release.stale(now_ms)));
            let version = overlay.map_or_else(|| "null".into(), |overlay| overlay.version.to_string());
            let is_stale = overlay.is_some_and(|overlay| overlay.stale(now_ms));
            line.push_str(&format!(",\"overlay\":{version},\"overlay_stale\":{is_stale},\"revocations\":"));
            write_text(&mut line, held.revocations.state());
            if let Some(data) = held.release.data() {
                line.push_str(&format!(",\"data\":{},\"data_stale\":{}", data.version, data.stale(now_ms)));
            }
            if let Some(known) = &held.journeys {
                let (earlier, open) = (known.journeys.earlier.len(), known.open());
                line.push_str(&format!(",\"earlier\":{earlier},\"earlier_open\":{open}"));
            }
            is_well
        }
    };
    if floor != Floor::default() {
        line.push_str(&format!(",\"floor\":\"{}\"", floor.to_text()));
    }
    if let Some(status) = bundle::status() {
        line.push_str(&sync(&status));
    }
    line.push_str(",\"absent\":{");
    for (position, (slot, pages)) in absent::all().iter().enumerate() {
        line.push_str(if position == 0 { "" } else { "," });
        write_text(&mut line, slot);
        line.push_str(&format!(":{pages}"));
    }
    line.push_str(&format!("}},\"engine\":{ENGINE},\"formats\":[{FORMAT},{FORMAT_MAX}]}}\n"));
    respond::file(Some(line.as_bytes()), if is_well { 200 } else { 503 }, &headers)
}

/// How the connection to the store stands. Times are in Unix milliseconds.
fn sync(status: &Status) -> String {
    let source = match status.source {
        Source::Nothing => "nothing",
        Source::Store => "store",
        Source::Kept => "kept",
    };
    let time = |time: Option<i64>| time.map_or_else(|| "null".into(), |time| time.to_string());
    let (checked, good, failures) = (time(status.checked_ms), time(status.good_ms), status.failures);
    let mut line =
        format!(",\"sync\":{{\"source\":\"{source}\",\"checked\":{checked},\"good\":{good},\"failures\":{failures}");
    if let Some(failure) = &status.failure {
        line.push_str(",\"failure\":");
        write_text(&mut line, failure);
    }
    line.push('}');
    line
}
