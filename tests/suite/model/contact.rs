//! The contact policy, slow and obvious: exact histories, every gate asked again at every moment that could matter, and zones by the database
//! itself. It shares no code with the engine.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use selvedge::author::site::{Budget, Cap, CapWindow, ContactClass, Period, Rotation, Scope, Share, Site};
use selvedge::words::{ContactClass as Class, Unit, Visit};

use super::reference::point;

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
    /// The id that each unit stands for, as far as consent covers one.
    id: &'a dyn Fn(Unit) -> Option<String>,
}

#[derive(Default)]
struct Past {
    /// By cap: the moments of every contact that it counts.
    counted: Vec<Vec<i64>>,
    /// Contents and moments.
    dismissed: Vec<(usize, i64)>,
    /// Every contact in order of time.
    moves: Vec<Move>,
    /// Nobody can read what the device keeps: as if each sequence was over and each content was just shown.
    is_garbled: bool,
}

/// A contact before: when, and the experience and the content that are still there.
#[derive(Clone, Copy)]
struct Move {
    at: i64,
    experience: Option<usize>,
    content: Option<usize>,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        site: &'a Site,
        visit: &Visit,
        has_storage: bool,
        market: Option<usize>,
        now_ms: i64,
        id: &'a dyn Fn(Unit) -> Option<String>,
    ) -> Self {
        let state = visit.contact_state.as_ref().filter(|_| has_storage);
        let past = (visit.contacts.is_some() || state.is_some()).then(|| {
            let mut past = Past { counted: vec![Vec::new(); site.contact.caps.len()], ..Past::default() };
            // A state that is not one of ours counts as if every cap was reached now.
            if state.is_some_and(|text| !text.is_empty()) {
                past.is_garbled = true;
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
                past.moves.push(Move { at, experience, content });
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
            past.moves.sort_by_key(|one| one.at);
            past
        });
        Self { site, now_ms, market, past, id }
    }

    /// What holds this content of an experience back; and whether there is no memory that a cap would need.
    pub(super) fn held(
        &self,
        experience: usize,
        content: usize,
        turn: Option<&Rotation>,
    ) -> (Option<Held>, bool, bool) {
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
        let step = policy.sequences.iter().position(|one| one.steps.iter().any(|step| step.experience == experience));
        let once: Vec<usize> = (0..policy.once.len()).filter(|one| covers(&policy.once[*one].scope)).collect();
        let budgets: Vec<&Budget> = policy.budgets.iter().filter(|one| covers(&one.scope)).collect();
        let needs = !caps.is_empty() || cools || step.is_some() || !once.is_empty() || turn.is_some();
        let is_forgetful = needs && self.past.is_none();
        let has_say = needs || !quiet.is_empty() || !budgets.is_empty();
        if is_forgetful && slot.channel != "web" {
            let name = caps.first().map(|cap| policy.caps[*cap].name.clone());
            let name = name.or_else(|| step.map(|step| policy.sequences[step].name.clone()));
            let name = name.or_else(|| turn.map(|turn| self.site.experiences[turn.experience].name.clone()));
            let name = name.or_else(|| once.first().map(|one| policy.once[*one].name.clone()));
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
                && self.step(experience, at) == Ok(())
                && !once.iter().any(|one| self.was_shown(content, policy.once[*one].window_seconds, at))
                && budgets.iter().all(|budget| self.is_within(budget, at))
        };
        if is_open(self.now_ms) {
            return (None, is_forgetful, has_say);
        }
        let now = self.now_ms;
        let full_now = |is_gap: bool| caps.iter().find(|cap| policy.caps[**cap].is_gap == is_gap && full(**cap, now));
        let (detail, name) = match () {
            () if is_dismissed(now) => ("DISMISSED", None),
            () if self.step(experience, now).is_err() => {
                let is_waiting = self.step(experience, now).is_err_and(|opens| opens.is_some());
                let detail = if is_waiting { "TOO_SOON" } else { "OUT_OF_TURN" };
                (detail, step.map(|step| policy.sequences[step].name.clone()))
            }
            () if let_once(&once, &|one| self.was_shown(content, policy.once[one].window_seconds, now)).is_some() => {
                let found = let_once(&once, &|one| self.was_shown(content, policy.once[one].window_seconds, now));
                ("REPEATED", found.map(|one| policy.once[one].name.clone()))
            }
            () => match (full_now(false), full_now(true)) {
                (Some(cap), _) => ("CAPPED", Some(policy.caps[*cap].name.clone())),
                (None, Some(cap)) => ("TOO_SOON", Some(policy.caps[*cap].name.clone())),
                (None, None) => match quiet.iter().find(|which| is_quiet(now, **which)) {
                    Some(which) => ("QUIET_HOURS", Some(policy.quiet[*which].name.clone())),
                    None => {
                        let spent = budgets.iter().find(|budget| !self.is_within(budget, now));
                        ("BUDGET_SPENT", Some(spent.expect("something is closed").name.clone()))
                    }
                },
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
        moments.extend(self.step(experience, now).err().flatten());
        let windows = once.iter().map(|one| i64::from(policy.once[*one].window_seconds) * 1_000);
        let shown = self.shown(content);
        moments.extend(windows.filter_map(|window| Some(shown? + window)));
        if !budgets.is_empty() {
            const HOUR: i64 = 3_600_000;
            for after in moments.clone() {
                moments.extend((0..=168).map(|hour| (after.div_euclid(HOUR) + hour) * HOUR));
            }
        }
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

    /// Whether an experience may be sent now, as far as a sequence says; if not, when it may, if that is known.
    fn step(&self, experience: usize, now: i64) -> Result<(), Option<i64>> {
        let all = &self.site.contact.sequences;
        let Some((sequence, own)) = all
            .iter()
            .find_map(|sequence| Some((sequence, sequence.steps.iter().find(|step| step.experience == experience)?)))
        else {
            return Ok(());
        };
        let of_past = self.past.iter().flat_map(|past| &past.moves).rev();
        let sent = of_past.filter_map(|one| {
            Some((one.at, sequence.steps.iter().position(|step| Some(step.experience) == one.experience)?))
        });
        let last = sent.map(|(at, step)| (at, Some(step))).next();
        // What nobody can read ended when it was read; a contact of the same moment is later.
        let is_garbled = self.past.as_ref().is_some_and(|past| past.is_garbled);
        let last =
            last.filter(|(at, _)| !is_garbled || *at == self.now_ms).or(is_garbled.then_some((self.now_ms, None)));
        let Some((at, last)) = last else { return if own.after.is_none() { Ok(()) } else { Err(None) } };
        let after = |seconds: u32| at + i64::from(seconds) * 1_000;
        let (opens, closes) = match (own.after, sequence.again_seconds) {
            (None, None) => return Err(None),
            (None, Some(again)) => (after(again), i64::MAX),
            (Some(before), _) if last != Some(before) => return Err(None),
            (Some(_), _) => (after(own.wait_seconds), after(own.wait_seconds) + i64::from(own.expires_seconds) * 1_000),
        };
        match now {
            now if now < opens => Err(Some(opens)),
            now if now >= closes => Err(None),
            _ => Ok(()),
        }
    }

    /// When a content that is not to be repeated was shown last.
    fn shown(&self, content: usize) -> Option<i64> {
        let past = self.past.as_ref()?;
        let is_kept = self.site.contact.once.iter().any(|one| {
            let scope = &one.scope;
            let shows = |at: usize| {
                self.site.experiences[at].rules.iter().any(|rule| rule.effect.contents().contains(&content))
            };
            let is_one = |at: &usize| {
                let experience = &self.site.experiences[*at];
                let channel = &self.site.slots[experience.slot].channel;
                match scope.experiences.is_empty() {
                    true => {
                        scope.classes.contains(&experience.class.unwrap_or(ContactClass::Promotional))
                            && (scope.channels.is_empty() || scope.channels.contains(channel))
                    }
                    false => scope.experiences.contains(at),
                }
            };
            (scope.contents.is_empty() || scope.contents.contains(&content))
                && (0..self.site.experiences.len()).any(|at| is_one(&at) && shows(at))
        });
        let shown = past.moves.iter().filter(|one| one.content == Some(content)).map(|one| one.at);
        shown.chain(past.is_garbled.then_some(self.now_ms)).max().filter(|_| is_kept)
    }

    fn was_shown(&self, content: usize, seconds: u32, now: i64) -> bool {
        self.shown(content).is_some_and(|at| now - at < i64::from(seconds) * 1_000)
    }

    /// Whether the draw of an hour is within the budget's part.
    fn is_within(&self, budget: &Budget, at: i64) -> bool {
        let Share::Fixed { max, expected } = budget.share else { panic!("a random site has no such budget") };
        let id = (self.id)(budget.unit).unwrap_or_default();
        let drawn = point("budget", &format!("{} {}", budget.name, at.div_euclid(3_600_000)), &id);
        drawn < u64::from(max) * 10_000 / u64::from(expected)
    }

    /// The content of a rotation that would be shown: the first that is free, from the one that has its turn.
    pub(super) fn turn(&self, rotation: &Rotation, is_free: &dyn Fn(usize) -> bool) -> usize {
        let mut place: Option<(i64, usize)> = None;
        for one in self.past.iter().flat_map(|past| &past.moves) {
            let Some(content) = one.content.filter(|content| rotation.contents.contains(content)) else { continue };
            let goes_on = rotation.every_seconds.is_some() && place.is_some_and(|(_, last)| last == content);
            if one.experience == Some(rotation.experience) && !goes_on {
                place = Some((one.at, content));
            }
        }
        let count = rotation.contents.len();
        let first = match place {
            None => 0,
            Some((at, content)) => {
                let own = rotation.contents.iter().position(|one| *one == content).expect("is one of them");
                let goes_on = self.now_ms < at + i64::from(rotation.every_seconds.unwrap_or(0)) * 1_000;
                if goes_on { own } else { (own + 1) % count }
            }
        };
        let free = (0..count)
            .map(|at| rotation.contents[(first + at) % count])
            .find(|content| is_free(*content) && self.held(rotation.experience, *content, Some(rotation)).0.is_none());
        free.unwrap_or(rotation.contents[first])
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

/// The first of these for which something holds.
fn let_once(all: &[usize], holds: &dyn Fn(usize) -> bool) -> Option<usize> {
    all.iter().copied().find(|one| holds(*one))
}
