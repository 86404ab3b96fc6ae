//! The log lines of events that a page sends later, as far as they may be kept.

use alloc::string::String;
use alloc::vec::Vec;

use super::arrive::arrive;
use super::request::{Person, Request};
use crate::bundle::Bundle;
use crate::log::events::{Beacon, Sender, lines};
use crate::log::measure::MeasureKey;
use crate::log::traffic::Traffic;

/// The lines of a beacon. Consent is read from the request of the beacon. So a beacon that was on its way when consent was
/// withdrawn is only counted. The page of the request is the beacon's own address: its path, query and randomness are not
/// used.
pub fn receive(
    bundle: &Bundle,
    request: &Request<'_>,
    person: Option<&Person<'_>>,
    key: Option<&MeasureKey>,
    beacon: &Beacon,
) -> Vec<String> {
    let (arrival, _) = arrive(bundle, &Request { path: "", query: "", randomness: "", ..*request }, person);
    let sender = Sender {
        grants: &arrival.grants,
        visitor: arrival.stored_id(),
        key,
        traffic: Traffic::of(request.header),
        rules: bundle.program().manifest().events.as_ref(),
    };
    lines(beacon, sender, request.now_ms)
}
