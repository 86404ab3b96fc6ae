//! Journeys: slots that keep the release with which a visitor began, until they are through, or the journey is too old.
//!
//! A device keeps the name of that release and the day in a cookie, once and only with `storage`. Start with [`Pins`]: it says for a slot which
//! earlier release decides it. Everything else is of today: grants, orders, facts. A pin can name nothing but a release that the current
//! one lists. [`join`] makes one answer of what several releases decided for a page.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::begin::Begun;
use super::block::{Deployment, joined_block};
use super::contact::{CONTACT_COOKIE, contact_cookie_beside, contact_of};
use super::cookies::{self, SetCookie};
use super::finish::Answer;
use super::matches;
use crate::bundle::Bundle;
use crate::bundle::journeys::{Journeys, Mark};
use crate::consent::Grants;
use crate::words::time::DAY;
use crate::words::{Contact, Instant, Purpose, parse_hex, write_hex, write_number};

/// The cookie with the journeys of this device: `checkout=0f1e2d3c4b5a6978~20789`, the release and the day on which it began.
pub const JOURNEY_COOKIE: &str = "selvedge-journey";

/// Slots by their places in a release.
type Slots = Vec<Option<u32>>;

/// The journeys of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    pins: Vec<Pin>,
    /// The cookie says something else than these pins.
    is_outdated: bool,
}

/// A journey that began with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pin {
    journey: usize,
    mark: Mark,
    day: i64,
}

/// The journeys of the current release, and its own name.
#[derive(Clone, Copy, Debug)]
pub struct Course<'j> {
    /// The journeys, with the earlier releases that they may end with.
    pub journeys: &'j Journeys,
    /// What the current release decides and shows.
    pub own: Mark,
    /// Unix milliseconds.
    pub now_ms: i64,
}

impl Pins {
    /// The pins in a `Cookie` header that still count. Without `storage` it is not read.
    pub fn read(course: &Course<'_>, header: &str, grants: &Grants) -> Self {
        let value = cookies::value(header, JOURNEY_COOKIE).filter(|_| grants.allows(Purpose::Storage));
        let mut found = Self::default();
        for entry in value.unwrap_or_default().split('&').filter(|entry| !entry.is_empty()) {
            match course.pin(entry).filter(|pin| !found.pins.iter().any(|known| known.journey == pin.journey)) {
                Some(pin) => found.pins.push(pin),
                None => found.is_outdated = true,
            }
        }
        found
    }

    /// The earlier release that decides a slot, by its position. `None`: the current one.
    fn earlier(&self, course: &Course<'_>, slot: &str) -> Option<usize> {
        let journey = course.journeys.of_slot(slot)?;
        let pin = self.pins.iter().find(|pin| pin.journey == journey && pin.mark != course.own)?;
        course.journeys.earlier(&pin.mark, course.now_ms)
    }

    /// The earlier releases that decide some of these slots, each once: a host opens them.
    pub fn needed(&self, course: &Course<'_>, current: &Bundle, slots: &[Option<u32>]) -> Vec<usize> {
        let mut needed = Vec::new();
        for earlier in slots.iter().filter_map(|slot| self.earlier(course, name(current, *slot))) {
            if !needed.contains(&earlier) {
                needed.push(earlier);
            }
        }
        needed
    }

    /// Which release decides which slots: those of the current one, and those of each earlier one by their places there. A slot that an
    /// earlier release has not on this page is the current one's, and so is every slot of a release that `open` does not have.
    pub fn shares<'b>(
        &self,
        course: &Course<'_>,
        current: &Bundle,
        slots: &[Option<u32>],
        path: &str,
        open: &dyn Fn(usize) -> Option<&'b Bundle>,
    ) -> (Slots, Vec<(usize, Slots)>) {
        let mut own = Slots::new();
        let mut others: Vec<(usize, Slots)> = Vec::new();
        for slot in slots {
            let name = name(current, *slot);
            let earlier = self.earlier(course, name).and_then(|earlier| Some((earlier, open(earlier)?.program())));
            let place = earlier.and_then(|(earlier, program)| {
                let at = program.slot_position(name).filter(|at| matches(program.slot(*at).page, path))?;
                Some((earlier, Some(at as u32)))
            });
            match place {
                None => own.push(*slot),
                Some((earlier, at)) => match others.iter_mut().find(|(known, _)| *known == earlier) {
                    Some((_, slots)) => slots.push(at),
                    None => others.push((earlier, alloc::vec![at])),
                },
            }
        }
        (own, others)
    }

    /// The cookie to set after a page that these releases decided, the current one first. `None` where it stays as it is.
    pub fn cookie(&self, course: &Course<'_>, path: &str, decided: &[&Begun<'_>]) -> Option<SetCookie> {
        let current = decided.first()?;
        if !current.grants().allows(Purpose::Storage) || current.unseen.is_some() {
            return None;
        }
        let today = course.now_ms.div_euclid(DAY);
        let mut pins = self.pins.clone();
        for (journey, one) in course.journeys.journeys.iter().enumerate() {
            let is_over = one.ends.iter().any(|pattern| matches(pattern, path));
            if is_over {
                pins.retain(|pin| pin.journey != journey);
            } else if !pins.iter().any(|pin| pin.journey == journey)
                && decided.iter().any(|one| begins(course, journey, one))
            {
                pins.push(Pin { journey, mark: course.own, day: today });
            }
        }
        if pins == self.pins && !self.is_outdated {
            return None;
        }
        let days = course.journeys.journeys.iter().map(|journey| u32::from(journey.days)).max().unwrap_or(0);
        let max_age_seconds = if pins.is_empty() { 0 } else { days * 86_400 };
        Some(SetCookie { name: JOURNEY_COOKIE.into(), value: course.written(&pins), max_age_seconds })
    }
}

impl Course<'_> {
    /// Reads `NAME=MARK~DAY`, if it can still count: its journey and its release are there, and it is not too old.
    fn pin(&self, entry: &str) -> Option<Pin> {
        let (name, rest) = entry.split_once('=')?;
        let (mark, day) = rest.split_once('~')?;
        let journey = self.journeys.journeys.iter().position(|journey| journey.name == name)?;
        let (mark, day) = (parse_hex(mark)?, day.parse::<i64>().ok()?);
        let age = self.now_ms.div_euclid(DAY).checked_sub(day)?;
        let days = i64::from(self.journeys.journeys.get(journey)?.days);
        let is_there = mark == self.own || self.journeys.earlier(&mark, self.now_ms).is_some();
        (is_there && (0..days).contains(&age)).then_some(Pin { journey, mark, day })
    }

    fn written(&self, pins: &[Pin]) -> String {
        let mut text = String::new();
        for pin in pins {
            let Some(journey) = self.journeys.journeys.get(pin.journey) else { continue };
            text.push_str(if text.is_empty() { "" } else { "&" });
            text.extend([journey.name.as_str(), "="]);
            write_hex(&mut text, &pin.mark);
            text.push('~');
            write_number(&mut text, u32::try_from(pin.day).unwrap_or_default());
        }
        text
    }
}

fn name(bundle: &Bundle, slot: Option<u32>) -> &str {
    slot.map_or("", |slot| bundle.program().slot(slot as usize).name)
}

/// True if a page shows something of a journey: with the origin's own content there is nothing to keep.
fn begins(course: &Course<'_>, journey: usize, begun: &Begun<'_>) -> bool {
    begun.page.decisions.iter().any(|decision| {
        (decision.content.is_some() || decision.assignment.is_some())
            && course.journeys.of_slot(name(begun.bundle, decision.slot)) == Some(journey)
    })
}

/// One answer for a page whose slots several releases decided: the current one, and earlier ones with their answers.
pub fn join<'a>(
    current: (&Begun<'_>, Answer<'a>),
    earlier: Vec<(&Begun<'_>, Answer<'a>)>,
    deployment: &Deployment<'_>,
    pins: Option<SetCookie>,
) -> Answer<'a> {
    let (own, mut answer) = current;
    let program = own.bundle.program();
    let mut beside = Vec::new();
    for (begun, theirs) in &earlier {
        beside.extend(begun.page.decisions.iter().filter_map(|decision| contact(begun, contact_of(decision)?)));
        answer.cache = answer.cache.max(theirs.cache);
    }
    let all: Vec<&Begun<'_>> = earlier.iter().map(|(begun, _)| *begun).collect();
    answer.block = joined_block(own, &all, deployment);
    for (begun, theirs) in earlier {
        let is_known = |cookies: &[SetCookie], new: &SetCookie| cookies.iter().any(|one| one.name == new.name);
        for cookie in theirs.cookies {
            if cookie.name != CONTACT_COOKIE && !is_known(&answer.cookies, &cookie) {
                answer.cookies.push(cookie);
            }
        }
        answer.changes.extend(theirs.changes);
        answer.lines.extend(theirs.lines);
        answer.records.extend(theirs.records);
        // A slot is at another place in another release.
        answer.exposures.extend(theirs.exposures.into_iter().map(|mut exposure| {
            exposure.slot = program.slot_position(name(begun.bundle, exposure.slot)).map(|slot| slot as u32);
            exposure
        }));
    }
    if own.unseen.is_none() && !beside.is_empty() {
        let shown: Vec<(usize, u32)> = own.page.decisions.iter().filter_map(contact_of).collect();
        if let Some(cookie) = contact_cookie_beside(program, own.visit(), own.permitted(), &shown, &beside) {
            answer.cookies.retain(|known| known.name != CONTACT_COOKIE);
            answer.cookies.push(cookie);
        }
    }
    answer.cookies.extend(pins);
    answer
}

/// A contact of an earlier release, as the current one counts it.
fn contact(begun: &Begun<'_>, (experience, content): (usize, u32)) -> Option<Contact> {
    let program = begun.bundle.program();
    let policy = program.contact();
    let class = crate::words::ContactClass::ALL;
    let bits = policy.class_of.get(experience).copied().unwrap_or(1);
    Some(Contact {
        at: Instant(begun.now_ms),
        channel: Some("web".to_string()),
        class: class.iter().copied().find(|class| bits & (1 << *class as u8) != 0),
        experience: Some(program.experience_name(experience).to_string()),
        content: Some(program.content_name(content).to_string()),
        dismissed: false,
    })
}
