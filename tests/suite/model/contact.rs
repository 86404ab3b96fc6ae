//! The contact policy, slow and obvious: exact histories, every gate asked again at every moment that could matter, and zones by the database
//! itself. It shares no code with the engine.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use selvedge::author::site::{Cap, CapWindow, ContactClass, Period, Scope, Site};
use selvedge::words::{ContactClass as Class, Visit};

/// What held a content back: the detail, the part of the policy, and the first moment at which nothing does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) detail: &'static str,
    pub(super) name: Option<String>,
    pub(super) not_before_ms: Option<i64>,
}

/// Everything that is known of contacts before.
pub(super) struct Known<'a> {
    pub(super) site: &'a Site,
    pub(super) now_ms: i64,
    pub(super) market: Option<usize>,
    /// `None` if nobody knows.
    past: Option<Past>,
}

#[derive(Default)]
struct Past {
    /// By cap: the moments of every contact that it counts.
    counted: Vec<Vec<i64>>,
    /// Contents and moments.
    dismissed: Vec<(usize, i64)>,
}

impl<'a> Known<'a> {
    pub(super) fn new(site: &'a Site, visit: &Visit, has_storage: bool, market: Option<usize>, now_ms: i64) -> Self {
        let state = visit.contact_state.as_ref().filter(|_| has_storage);
        let past = (visit.contacts.is_some() || state.is_some()).then(|| {
            let mut past = Past { counted: vec![Vec::new(); site.contact.caps.len()], dismissed: Vec::new() };
            // A state that is not one of ours counts as if every cap was reached now.
            if state.is_some_and(|text| !text.is_empty()) {
                for (cap, counted) in site.contact.caps.iter().zip(&mut past.counted) {
                    counted.extend(vec![now_ms; cap.max.into()]);
                }
            }
            for contact in visit.contacts.iter().flatten() {
                let at = contact.at.0.min(now_ms);
                let content = site.content.iter().position(|one| Some(&one.name) == contact.content.as_ref());
                if contact.dismissed {
                    past.dismissed.extend(content.map(|content| (content, at)));
                    continue;
                }
                let experience = site.experiences.iter().position(|one| Some(&one.name) == contact.experience.as_ref());
                let own = experience.map(|at| &site.experiences[at]);
                let class = contact.class.or(own.and_then(|one| one.class)).unwrap_or(Class::Promotional);
                let slot = own.map(|one| site.slots[one.slot].channel.clone());
                let channel =
                    contact.channel.clone().or(slot).filter(|name| site.slots.iter().any(|slot| slot.channel == *name));
                for (cap, counted) in site.contact.caps.iter().zip(&mut past.counted) {
                    let Scope { classes, channels, experiences, contents } = &cap.scope;
                    let is_content = contents.is_empty() || content.is_some_and(|content| contents.contains(&content));
                    let is_one = if experiences.is_empty() {
                        let is_channel = channel.as_ref().is_none_or(|channel| channels.contains(channel));
                        classes.contains(&class) && (channels.is_empty() || is_channel)
                    } else {
                        experience.is_some_and(|at| experiences.contains(&at))
                    };
                    // One message or page is one contact.
                    let is_known = contact.at.0 <= now_ms && counted.contains(&at);
                    counted.extend((is_content && is_one && !is_known).then_some(at));
                }
            }
            past
        });
        Self { site, now_ms, market, past }
    }

    /// What holds this content of an experience back; and whether there is no memory that a cap would need.
    pub(super) fn held(&self, experience: usize, content: usize) -> (Option<Held>, bool, bool) {
        let policy = &self.site.contact;
        let slot = &self.site.slots[self.site.experiences[experience].slot];
        let class = self.site.experiences[experience].class.unwrap_or(ContactClass::Promotional);
        let covers = |scope: &Scope| {
            let is_one = match scope.experiences.is_empty() {
                true => {
                    scope.classes.contains(&class)
                        && (scope.channels.is_empty() || scope.channels.contains(&slot.channel))
                }
                false => scope.experiences.contains(&experience),
            };
            is_one && (scope.contents.is_empty() || scope.contents.contains(&content))
        };
        let caps: Vec<usize> = (0..policy.caps.len()).filter(|cap| covers(&policy.caps[*cap].scope)).collect();
        let quiet: Vec<usize> = (0..policy.quiet.len()).filter(|quiet| covers(&policy.quiet[*quiet].scope)).collect();
        let cools = policy.cool_off_seconds.is_some() && class == ContactClass::Promotional;
        let needs = !caps.is_empty() || cools;
        let is_forgetful = needs && self.past.is_none();
        let has_say = needs || !quiet.is_empty();
        if is_forgetful && slot.channel != "web" {
            let name = caps.first().map(|cap| policy.caps[*cap].name.clone());
            return (Some(Held { detail: "HISTORY_MISSING", name, not_before_ms: None }), true, has_say);
        }
        let cool_off = i64::from(policy.cool_off_seconds.unwrap_or(0)) * 1_000;
        let dismissed: Vec<i64> = match &self.past {
            Some(past) if cools => {
                past.dismissed.iter().filter(|(one, _)| *one == content).map(|(_, at)| *at).collect()
            }
            _ => Vec::new(),
        };
        let is_dismissed = |at: i64| dismissed.iter().any(|then| at - then < cool_off);
        let full = |cap: usize, at: i64| {
            self.past.as_ref().is_some_and(|past| is_full(&policy.caps[cap], &past.counted[cap], at))
        };
        let is_quiet = |at: i64, which: usize| {
            self.zones(which).is_none_or(|zones| zones.iter().any(|zone| self.is_quiet(which, zone, at)))
        };
        let is_open = |at: i64| {
            !is_dismissed(at)
                && !caps.iter().any(|cap| full(*cap, at))
                && !quiet.iter().any(|which| is_quiet(at, *which))
        };
        if is_open(self.now_ms) {
            return (None, is_forgetful, has_say);
        }
        let now = self.now_ms;
        let full_now = |is_gap: bool| caps.iter().find(|cap| policy.caps[**cap].is_gap == is_gap && full(**cap, now));
        let (detail, name) = match () {
            () if is_dismissed(now) => ("DISMISSED", None),
            () => match (full_now(false), full_now(true)) {
                (Some(cap), _) => ("CAPPED", Some(policy.caps[*cap].name.clone())),
                (None, Some(cap)) => ("TOO_SOON", Some(policy.caps[*cap].name.clone())),
                (None, None) => {
                    let which = quiet.iter().find(|which| is_quiet(now, **which)).expect("something is closed");
                    ("QUIET_HOURS", Some(policy.quiet[*which].name.clone()))
                }
            },
        };
        // Every moment at which a gate may open.
        let mut moments: Vec<i64> = dismissed.iter().map(|then| then + cool_off).collect();
        for cap in &caps {
            match &policy.caps[*cap].window {
                CapWindow::Sliding(seconds) => {
                    let past = self.past.iter().flat_map(|past| &past.counted[*cap]);
                    moments.extend(past.map(|then| then + i64::from(*seconds) * 1_000));
                }
                CapWindow::Calendar(_, zone) => moments.extend((0..=9).map(|day| midnight(zone, now, day))),
            }
        }
        moments.push(now);
        for after in moments.clone() {
            for which in &quiet {
                for zone in self.zones(*which).unwrap_or_default() {
                    moments.extend((-1..=4).map(|day| self.quiet_end(*which, &zone, after, day)));
                }
            }
        }
        let opens = moments.into_iter().filter(|at| *at >= now && is_open(*at)).min();
        (Some(Held { detail, name, not_before_ms: opens }), is_forgetful, has_say)
    }

    /// The zones that quiet hours must allow. `None` if that is not known.
    fn zones(&self, which: usize) -> Option<Vec<String>> {
        let zones = self.site.contact.quiet[which].markets[self.market?].clone();
        Some(zones).filter(|zones| !zones.is_empty())
    }

    /// From the earliest reading of the beginning to the latest of the end, of yesterday, today or tomorrow.
    fn is_quiet(&self, which: usize, zone: &str, at: i64) -> bool {
        let quiet = &self.site.contact.quiet[which];
        (-1..=1).any(|day| {
            let start = *readings(zone, at, day, quiet.from).iter().min().expect("has one");
            (start..self.quiet_end(which, zone, at, day)).contains(&at)
        })
    }

    fn quiet_end(&self, which: usize, zone: &str, at: i64, day: i64) -> i64 {
        let quiet = &self.site.contact.quiet[which];
        let day = if quiet.until <= quiet.from { day + 1 } else { day };
        *readings(zone, at, day, quiet.until).iter().max().expect("has one")
    }
}

fn is_full(cap: &Cap, counted: &[i64], at: i64) -> bool {
    let counts = |then: &&i64| match &cap.window {
        CapWindow::Sliding(seconds) => at - **then < i64::from(*seconds) * 1_000,
        CapWindow::Calendar(Period::Day, zone) => date(zone, **then) == date(zone, at),
        CapWindow::Calendar(Period::Week, zone) => monday(zone, **then) == monday(zone, at),
    };
    counted.iter().filter(counts).count() >= cap.max.into()
}

fn zoned(zone: &str, at: i64) -> jiff::Zoned {
    Timestamp::from_millisecond(at).expect("a moment").to_zoned(TimeZone::get(zone).expect("a zone"))
}

fn date(zone: &str, at: i64) -> jiff::civil::Date {
    zoned(zone, at).date()
}

fn monday(zone: &str, at: i64) -> jiff::civil::Date {
    let date = date(zone, at);
    date.nth_weekday(-1, Weekday::Monday)
        .map_or(date, |before| if date.weekday() == Weekday::Monday { date } else { before })
}

/// The first moment of a day, counted from the one that `at` is in.
fn midnight(zone: &str, at: i64, day: i64) -> i64 {
    let date = date(zone, at).checked_add(day.days()).expect("a date");
    zoned(zone, at)
        .with()
        .date(date)
        .build()
        .expect("a date")
        .start_of_day()
        .expect("a start")
        .timestamp()
        .as_millisecond()
}

/// The moments that a local time may mean.
fn readings(zone: &str, at: i64, day: i64, minutes: u16) -> [i64; 2] {
    let date = date(zone, at).checked_add(day.days()).expect("a date");
    let local = date.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
    let ambiguous = TimeZone::get(zone).expect("a zone").to_ambiguous_timestamp(local);
    [ambiguous.earlier(), ambiguous.later()].map(|at| at.expect("a moment").as_millisecond())
}
