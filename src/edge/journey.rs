//! Journeys: slots of a page that an earlier release decides.
//!
//! Takes a page with slots, gives its answer by every release that decides some of them. An earlier release is opened once in an isolate, when
//! the first visitor of a journey needs it. If it cannot be opened, the current one decides, and one log line says why.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use super::bundle::Held;
use super::log::{self, Stage};
use super::page::{Decided, Failure, Target, answered, begun, bodies, finished};
use super::settings::Settings;
use super::store::Files;
use super::{Host, clock_ms, opening, path_and_query, told};
use crate::bundle::journeys::{Journeys, Mark, mark};
use crate::page::{self, Course, JOURNEY_COOKIE, Pins, Scratch, arrive, join};
use crate::trust::{Release, Verified};
use crate::words::time::SECOND;

/// How long an isolate waits before it asks again for a release that did not open.
const PAUSE_MS: i64 = 30 * SECOND;

/// The journeys of a release, and the earlier releases that this isolate has opened.
pub(super) struct Known {
    pub(super) journeys: Journeys,
    own: Mark,
    opened: RefCell<Vec<(Mark, Found)>>,
}

/// An earlier release, or when it could not be opened.
#[derive(Clone)]
enum Found {
    Opened(Rc<Held>),
    Failed(i64),
}

pub(super) type Deciding<'d> = Pin<Box<dyn Future<Output = Result<Decided, Failure>> + 'd>>;

impl Known {
    /// Reads the payload of a release.
    pub(super) fn new(payload: &Verified, release: &Release) -> Result<Self, String> {
        let journeys = Journeys::open(payload.bytes()).map_err(|fault| fault.brief())?;
        Ok(Self { journeys, own: mark(release.targets()), opened: RefCell::default() })
    }

    /// How many earlier releases are open.
    pub(super) fn open(&self) -> usize {
        self.opened.borrow().iter().filter(|(_, found)| matches!(found, Found::Opened(_))).count()
    }

    async fn earlier(&self, host: &Rc<Host>, settings: &Settings, current: &Held, position: usize) -> Option<Rc<Held>> {
        let one = self.journeys.earlier.get(position)?;
        let now_ms = clock_ms();
        let found = self.opened.borrow().iter().find(|(mark, _)| *mark == one.mark).map(|(_, found)| found.clone());
        match found {
            Some(Found::Opened(held)) => return Some(held),
            Some(Found::Failed(at)) if now_ms < at + PAUSE_MS => return None,
            _ => {}
        }
        let files = Files { host, settings, is_kept: false };
        let opened = opening::earlier(files, current, &one.head, &one.mark, now_ms).await;
        let found = match opened {
            Ok(held) => Found::Opened(Rc::new(held)),
            Err(reason) => {
                let reason = format!("an earlier release does not open, so the current one decides: {reason}");
                log::failure(host, Stage::Journeys, &reason);
                Found::Failed(now_ms)
            }
        };
        let mut opened = self.opened.borrow_mut();
        opened.retain(|(mark, _)| *mark != one.mark);
        opened.push((one.mark, found.clone()));
        if let Found::Opened(held) = found { Some(held) } else { None }
    }
}

/// Decides a page of a site with journeys.
pub(super) async fn decided(
    host: &Rc<Host>,
    target: &Target,
    url: &str,
    [randomness, nonce]: [&str; 2],
    begun_ms: i64,
) -> Result<Decided, Failure> {
    let held = &*target.held;
    let Some(known) = &held.journeys else {
        return Err((Stage::Journeys, "the release has no journeys".into()));
    };
    let path = page::normal_path(path_and_query(url).0);
    let (course, pins) = pinned(target, known, url, randomness);

    let mut open = Vec::new();
    for position in pins.needed(&course, &held.bundle, &target.slots) {
        open.extend(known.earlier(host, &target.settings, held, position).await.map(|earlier| (position, earlier)));
    }
    let bundle = |position: usize| open.iter().find(|(known, _)| *known == position).map(|(_, held)| &held.bundle);
    let (own, shares) = pins.shares(&course, &held.bundle, &target.slots, &path, &bundle);
    let held_at = |position: usize| open.iter().find(|(known, _)| *known == position).map(|(_, held)| &**held);
    let others: Vec<(&Held, Vec<Option<u32>>)> =
        shares.into_iter().filter_map(|(position, slots)| Some((held_at(position)?, slots))).collect();

    let mut scratch = Scratch::default();
    let mut scratches: Vec<Scratch> = others.iter().map(|_| Scratch::default()).collect();
    let current = begun(target, held, &own, (url, randomness), &mut scratch);
    let content = bodies(host, target, held, &current).await?;
    let mut earlier = Vec::new();
    for ((held, slots), scratch) in others.iter().zip(&mut scratches) {
        earlier.push((*held, begun(target, held, slots, (url, randomness), scratch)));
    }
    let mut contents = Vec::new();
    for (held, begun) in &earlier {
        contents.push(bodies(host, target, held, begun).await?);
    }
    let answer = answered(host, target, &current, &content, nonce)?;
    let all: Vec<&page::Begun<'_>> = [&current].into_iter().chain(earlier.iter().map(|(_, begun)| begun)).collect();
    let cookie = pins.cookie(&course, &path, &all);
    let mut answers = Vec::new();
    for ((_, begun), content) in earlier.iter().zip(&contents) {
        answers.push((begun, answered(host, target, begun, content, nonce)?));
    }
    let answer = join((&current, answer), answers, &target.deployment(nonce), cookie);
    Ok(finished(target, answer, url, begun_ms))
}

/// The journeys of the visitor who asks.
fn pinned<'k>(target: &Target, known: &'k Known, url: &str, randomness: &str) -> (Course<'k>, Pins) {
    let held = &*target.held;
    let find = |unit, id: &str| held.revocations.find(unit, id);
    told::request(&target.request, url, &target.settings, randomness, |request| {
        let course = Course { journeys: &known.journeys, own: known.own, now_ms: request.now_ms };
        let header = (request.header)("cookie").unwrap_or_default();
        if !header.contains(JOURNEY_COOKIE) {
            return (course, Pins::default());
        }
        // Consent comes first: the cookie is of the device.
        let person = held.revocations.person(&target.settings, &find);
        let (arrived, _) = arrive(&held.bundle, request, person.as_ref());
        let pins = Pins::read(&course, &header, &arrived.grants);
        (course, pins)
    })
}
