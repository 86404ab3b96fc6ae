//! Events that pages send to the preview: shown in its log, by the same rules as at an edge.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::http::header::HeaderMap;

use super::state::State;
use crate::log::events::{BEACON_BYTES_MAX, Beacon};
use crate::page;

pub(super) async fn beacon(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| super::headers::text(&headers, name);
    if !page::is_from(&format!("http://{}", header("host").unwrap_or_default()), &header) {
        return StatusCode::FORBIDDEN;
    }
    if body.len() > BEACON_BYTES_MAX {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    let Ok(beacon) = serde_json::from_slice::<Beacon>(&body) else { return StatusCode::BAD_REQUEST };
    let live = state.live();
    let Some(loaded) = &live.loaded else { return StatusCode::SERVICE_UNAVAILABLE };
    let request = state.request(loaded, ("", ""), &header, "");
    let find = |unit, id: &str| loaded.find(unit, id);
    let person = page::Person { account: state.account_from.as_ref(), find: &find };
    let lines = page::receive(&loaded.opened.bundle, &request, Some(&person), state.key.as_ref(), &beacon);
    lines.iter().for_each(|line| super::tell(&format!("event {line}")));
    StatusCode::NO_CONTENT
}
