//! When experiences start and end: the moment, and what the clocks of each market show then.
//!
//! Takes a checked site, gives its switches. [`observed`] takes its bundle and walks a clock through it, so that the engine says
//! for itself when it switches. [`handovers`] makes sites that switch around every change of a zone's clocks.

mod handovers;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use handovers::{Handover, handover_site, handovers, zones};

use crate::author::site::{Site, Window};
use crate::author::times::When;
use crate::bundle::Bundle;
use crate::consent;
use crate::engine::{explain, permit};
use crate::words::Visit;

/// An experience that starts or ends for the visits of one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The experience.
    pub experience: String,
    /// The market; `None` is every visit whose market has no window of its own.
    pub market: Option<String>,
    /// The IANA zone of its clocks.
    pub zone: String,
    /// It starts; otherwise it ends.
    pub starts: bool,
    /// The moment, in Unix milliseconds. The window is half-open: it holds from its start, and no longer at its end.
    pub at_ms: i64,
    /// How often the clocks show what is written.
    pub clock: Clock,
    /// The holiday before or after which it switches, if it does so for one.
    pub holiday: Option<String>,
}

/// How often the clocks of a zone show a local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Once, as almost always. A moment with its offset is one too.
    Once,
    /// Never: they are put forward over it. The switch comes later by as much as they are put forward.
    Never,
    /// Twice: they are put back. The switch comes at the first.
    Twice,
}

impl Clock {
    /// `once`, `never` or `twice`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Never => "never",
            Self::Twice => "twice",
        }
    }
}

impl Switch {
    /// The moment as the clocks of the zone show it, with the offset.
    pub fn local(&self) -> String {
        shown(self.at_ms, &self.zone).map_or_else(String::new, |local| local.to_string())
    }
}

/// A moment on the clocks of a zone, as RFC 3339.
fn shown(at_ms: i64, zone: &str) -> Option<impl fmt::Display> {
    let zone = TimeZone::get(zone).ok()?;
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(at.display_with_offset(zone.to_offset(at)).to_string())
}

/// Every switch of a site, by time.
pub fn switches(site: &Site) -> Vec<Switch> {
    let mut all = Vec::new();
    for experience in &site.experiences {
        let Some(schedule) = &experience.schedule else { continue };
        let has_own = |at: &usize| {
            schedule.markets.iter().any(|(own, _)| own == at) || schedule.pauses.iter().any(|pause| pause.market == *at)
        };
        let markets = (0..).zip(&site.markets).filter(|(at, _)| has_own(at));
        let markets = markets.map(|(at, market)| (Some(at), Some(&market.name), &market.zone));
        for (at, market, zone) in [(None, None, &schedule.zone)].into_iter().chain(markets) {
            let outer = schedule.outer(at);
            let switch = |starts: bool, at_ms: i64| {
                let is_edge = at_ms == if starts { outer.from_ms } else { outer.until_ms };
                let pause = schedule
                    .pauses
                    .iter()
                    .filter(|pause| Some(pause.market) == at && !is_edge)
                    .find(|pause| at_ms == if starts { pause.window.until_ms } else { pause.window.from_ms });
                // A holiday ends when its day does.
                let (when, is_end) = match pause {
                    Some(pause) => (Some(pause.day), starts),
                    None => (schedule.edges[usize::from(!starts)], !starts),
                };
                Some(Switch {
                    experience: experience.name.clone(),
                    market: market.cloned(),
                    clock: clock(when?, is_end, zone),
                    zone: zone.clone(),
                    starts,
                    at_ms,
                    holiday: pause.map(|pause| pause.holiday.clone()),
                })
            };
            for Window { from_ms, until_ms } in schedule.windows(at).into_iter().filter(|window| !window.is_empty()) {
                all.extend([switch(true, from_ms), switch(false, until_ms)].into_iter().flatten());
            }
        }
    }
    all.sort_by(|one, other| {
        (one.at_ms, &one.market, &one.experience).cmp(&(other.at_ms, &other.market, &other.experience))
    });
    all
}

fn clock(when: When, is_end: bool, zone: &str) -> Clock {
    let local = when.on_the_wall(is_end).map(When::Local);
    match local.zip(TimeZone::get(zone).ok()).and_then(|(local, zone)| crate::author::times::readings(local, &zone)) {
        None => Clock::Once,
        Some((true, _)) => Clock::Never,
        Some((false, _)) => Clock::Twice,
    }
}

/// The moments at which the engine starts and ends an experience for the visits of a region, on a walk over `moments`, which
/// ascend: `true` starts it. An experience without a schedule never switches.
pub fn observed(bundle: &Bundle, region: Option<&str>, experience: &str, moments: &[i64]) -> Vec<(i64, bool)> {
    let program = bundle.program();
    let position = (0..program.experiences()).find(|position| program.experience_name(*position) == experience);
    let Some(position) = position else { return Vec::new() };
    let visit = Visit { region: region.map(str::to_owned), ..Visit::default() };
    let mut was = None;
    let mut found = Vec::new();
    for now_ms in moments.iter().copied() {
        let grants = consent::grants(&program.manifest().regions, &visit, now_ms);
        let permitted = permit(bundle, &visit, &grants, now_ms);
        let runs = explain::schedule(bundle, &permitted, position).is_none_or(|(_, runs)| runs);
        if was.is_some_and(|was| was != runs) {
            found.push((now_ms, runs));
        }
        was = Some(runs);
    }
    found
}
