//! The journeys of a site, as a payload without any earlier release.

use alloc::vec::Vec;

use crate::author::site::Site;
use crate::bundle::journeys::{Journey, Journeys};

/// `None` for a site without journeys: its releases stay as they are.
pub(super) fn journeys(site: &Site) -> Option<Vec<u8>> {
    let name = |slot: &usize| site.slots.get(*slot).map(|slot| slot.name.clone());
    let one = |journey: &crate::author::site::Journey| Journey {
        name: journey.name.clone(),
        slots: journey.slots.iter().filter_map(name).collect(),
        ends: journey.ends.clone(),
        days: journey.days,
    };
    let journeys: Vec<Journey> = site.journeys.iter().map(one).collect();
    (!journeys.is_empty()).then(|| payload(&Journeys { journeys, earlier: Vec::new() }))
}

/// The bytes of a payload.
pub(crate) fn payload(journeys: &Journeys) -> Vec<u8> {
    postcard::to_allocvec(journeys).unwrap_or_default()
}
