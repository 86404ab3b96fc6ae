//! Events that pages send to the preview: shown in its log, by the same rules as at an edge.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::http::header::HeaderMap;

use super::state::State;
use super::{clock, log};
use crate::log::events::{BEACON_BYTES_MAX, Beacon, Sender, lines};
use crate::log::traffic::Traffic;
use crate::page::Facts;

/// Takes a beacon.
pub(super) async fn beacon(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| super::headers::text(&headers, name);
    if header("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return StatusCode::FORBIDDEN;
    }
    if body.len() > BEACON_BYTES_MAX {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    let Ok(beacon) = serde_json::from_slice::<Beacon>(&body) else { return StatusCode::BAD_REQUEST };
    let live = state.live();
    let Some(loaded) = &live.loaded else { return StatusCode::SERVICE_UNAVAILABLE };
    let region = state.region(loaded);
    let now_ms = clock::now_ms();
    let country = region.map(|region| region.split('-').next().unwrap_or(region));
    let facts = Facts { path: "", query: "", country, region, header: &header, now_ms, randomness: "" };
    let intake = loaded.intake(state.account_from.as_ref(), &facts);
    let sender = Sender {
        grants: &intake.grants,
        visitor: intake.stored_id(),
        traffic: Traffic::of(&header),
        rules: loaded.bundle.program().manifest().events.as_ref(),
    };
    lines(&beacon, sender, now_ms).iter().for_each(|line| log::event(line));
    StatusCode::NO_CONTENT
}
