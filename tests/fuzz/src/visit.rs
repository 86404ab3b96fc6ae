//! A visit as a host hands it over: any bytes that are JSON of that shape, decided on each of the sites.

use selvedge::words::Visit;

use super::ground::{BASES, exercise};

/// Reads a visit; the first byte says for which site.
pub fn run(data: &[u8]) {
    let Some((site, json)) = data.split_first() else { return };
    if let Ok(visit) = serde_json::from_slice::<Visit>(json) {
        exercise(&BASES[usize::from(*site) % BASES.len()].bundle, &visit);
    }
}
