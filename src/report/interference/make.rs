//! Random visitors of a site, and their twins.
//!
//! Takes a checked site and dice, gives a [`Case`] with values that the site's rules tell apart, and another that differs from it only in
//! what is hidden. It never asks a system.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::case::{Case, Door, Fact};
use super::dice::Dice;
use super::hidden::{Hiding, Sight, are_twins};
use super::signals;
use super::values::{junk, values, written};
use crate::author::signals::shipped;
use crate::author::site::{Attribute, Site};
use crate::bundle::manifest::From;
use crate::consent::cookie;
use crate::consent::platforms::Platform;
use crate::consent::sources::Source as Kept;
use crate::page::matches;
use crate::words::time::{DAY, MAX, SECOND};
use crate::words::{Age, Depth, PARENT, Purpose, Purposes, Signal, Source, Unit, hex};

/// Makes the visitors of one site.
#[derive(Clone, Debug)]
pub struct Maker<'s> {
    pub(super) site: &'s Site,
    now_ms: i64,
    /// By the position of their attribute.
    values: Vec<Vec<Json>>,
    junk: Vec<Json>,
    regions: Vec<String>,
    locales: Vec<String>,
    moments: Vec<i64>,
    /// The slots of each page, and its path.
    pages: Vec<(Vec<String>, String)>,
    /// What releases are called in a journey's cookie.
    marks: Vec<String>,
}

impl<'s> Maker<'s> {
    /// For a checked site whose pages are at `paths`. Time moves around `now_ms` and around everything that the site schedules.
    pub fn new(site: &'s Site, paths: &[String], now_ms: i64) -> Self {
        let patterns = site.slots.iter().map(|slot| slot.page.replace('*', "x"));
        let paths: BTreeSet<String> = paths.iter().cloned().chain(patterns).collect();
        let pages = paths.into_iter().map(|path| {
            let slots = site.slots.iter().filter(|slot| matches(&slot.page, &path)).map(|slot| slot.name.clone());
            (slots.collect(), path)
        });
        let pages = pages.filter(|(slots, _): &(Vec<String>, String)| !slots.is_empty()).collect();
        let mut regions: Vec<String> = site.markets.iter().flat_map(|market| market.regions.clone()).collect();
        regions.extend(site.regions.codes.iter().map(|(code, _)| code.clone()));
        regions.extend(["DE", "US-CA", "GB", "XX", "DE-BY", "us-ca", ""].map(str::to_owned));
        let mut locales = site.locales.all.clone();
        locales.extend(site.locales.fallback.keys().cloned());
        locales.extend(["de-AT", "en-GB", "ja", ""].map(str::to_owned));
        Self {
            site,
            now_ms,
            values: values(site, now_ms),
            junk: junk(),
            regions,
            locales,
            moments: moments(site, now_ms),
            pages,
            marks: Vec::new(),
        }
    }

    /// The same, with visitors on journeys with these releases.
    pub fn with_marks(mut self, marks: &[[u8; 8]]) -> Self {
        self.marks = marks.iter().map(|mark| hex(mark)).collect();
        self
    }

    pub(super) fn case(&self, dice: &mut Dice) -> Case {
        let door = if dice.percent(50) && !self.pages.is_empty() { Door::Request } else { Door::Visit };
        self.through(dice, door)
    }

    /// A visitor who differs from `case` only in hidden facts: in some of them, or in all.
    pub(super) fn twin(&self, dice: &mut Dice, case: &Case) -> Case {
        let other = self.through(dice, case.door);
        let share = *dice.choose(&[100, 60, 15]).unwrap_or(&100);
        let sight = Sight::new(self.site, case);
        let mut twin = case.clone();
        let facts: BTreeSet<&Fact> = case.facts.keys().chain(other.facts.keys()).collect();
        for fact in facts.into_iter().filter(|_| dice.percent(share)) {
            let known = other.facts.get(fact);
            let hiding = sight.hiding(fact);
            let is_on_both = known.is_some() && case.facts.contains_key(fact);
            if hiding == Hiding::Whole || hiding == Hiding::Value && is_on_both {
                twin.set(fact, known);
            }
        }
        if !are_twins(self.site, case, &twin) {
            // An age that stops being too old, or a cookie that appears or disappears, would show. Such ages and cookies
            // stay, but their values may change.
            for fact in facts_of_state(case, &twin) {
                let known = case.facts.get(&fact);
                if known.is_none() || !twin.facts.contains_key(&fact) {
                    twin.set(&fact, known);
                }
            }
            let ages = case.facts.iter().filter(|(fact, _)| matches!(fact, Fact::Observed(_)));
            twin.facts.extend(ages.map(|(fact, known)| (fact.clone(), known.clone())));
        }
        if are_twins(self.site, case, &twin) { twin } else { case.clone() }
    }

    fn through(&self, dice: &mut Dice, door: Door) -> Case {
        let mut case = Case {
            door,
            facts: [].into(),
            slots: Vec::new(),
            cookie: self.site.consent.cookie.clone(),
            signals: self.cookies_of_signals(),
        };
        let now_ms = dice.choose(&self.moments).copied().unwrap_or(self.now_ms);
        case.facts.insert(Fact::Now, json!(now_ms));
        let often = [
            (90, Fact::Region, json!(dice.choose(&self.regions))),
            (80, Fact::Locale, json!(dice.choose(&self.locales))),
            (12, Fact::Gpc, json!(dice.choose(&["1", "1", "1", "0, 1", "0", "true", ""]))),
        ];
        sometimes(dice, &mut case, often);
        self.signals(dice, &mut case, now_ms);
        if self.site.contact.has_history() {
            // No contact, or as many as there may be.
            let kept = json!(dice.choose(&["", "", "AQ", "x"]));
            sometimes(dice, &mut case, [(60, Fact::Contacts, kept)]);
        }
        if door == Door::Request && !self.site.journeys.is_empty() {
            let journeys = json!(self.journeys(dice, now_ms));
            sometimes(dice, &mut case, [(70, Fact::Journeys, journeys)]);
        }
        match door {
            Door::Visit => self.context(dice, &mut case, now_ms),
            Door::Request => self.request(dice, &mut case, now_ms),
        }
        case
    }

    /// A cookie with some journeys, with releases that are there and one that is not.
    fn journeys(&self, dice: &mut Dice, now_ms: i64) -> String {
        let mut entries = Vec::new();
        for journey in &self.site.journeys {
            let mark = match dice.choose(&self.marks) {
                Some(mark) if dice.percent(85) => mark.as_str(),
                _ => "0011223344556677",
            };
            let day = now_ms.div_euclid(DAY) - i64::from(dice.percent(30));
            entries.extend(dice.percent(75).then(|| format!("{}={mark}~{day}", journey.name)));
        }
        entries.join("&")
    }

    fn context(&self, dice: &mut Dice, case: &mut Case, now_ms: i64) {
        let all = dice.percent(60);
        let slots = self.site.slots.iter().map(|slot| slot.name.clone()).filter(|_| all || dice.percent(25));
        case.slots = slots.collect();
        let choices = choices(dice);
        for purpose in choices.granted.or(choices.denied).iter() {
            let granted = json!(choices.granted.has(purpose));
            let grant = if choices.parental.has(purpose) { json!(PARENT) } else { granted };
            case.facts.insert(Fact::Grant(purpose), grant);
        }
        let seldom = [
            (25, Fact::ConsentCookie, json!(self.consent_cookie(dice))),
            (10, Fact::Age, json!(dice.choose(Age::ALL).map(|age| age.name()))),
            (15, Fact::Depth, json!(dice.choose(Depth::ALL).map(|depth| depth.name()))),
            (30, Fact::Attribute("nobody.knows".into()), json!(dice.below(9))),
        ];
        sometimes(dice, case, seldom);
        for (position, attribute) in self.site.attributes.iter().enumerate() {
            let of_attribute = [
                (75, Fact::Attribute(attribute.name.clone()), self.value(dice, position)),
                (40, Fact::Observed(attribute.name.clone()), json!(observed(dice, attribute, now_ms))),
                (5, Fact::Unknown(attribute.name.clone()), json!(true)),
            ];
            sometimes(dice, case, of_attribute);
        }
        for unit in Unit::ALL {
            let id = match dice.below(10) {
                0..=2 => continue,
                3 => String::new(),
                4 => "x".repeat(255 + dice.below(3)),
                _ => format!("{unit}-{}", dice.below(100_000)),
            };
            case.facts.insert(Fact::Id(*unit), json!(id));
        }
        withdrawals(dice, case, now_ms);
    }

    /// The signals of consent platforms: mostly none or one, and sometimes several that disagree.
    fn signals(&self, dice: &mut Dice, case: &mut Case, now_ms: i64) {
        let share = *dice.choose(&[0, 0, 15, 40]).unwrap_or(&0);
        let sources = &self.site.regions.signals;
        for signal in Signal::ALL {
            let is_there = case.door == Door::Visit || case.signals.contains_key(signal.name());
            if is_there && dice.percent(share) {
                let said = signals::said(dice, *signal, sources, now_ms);
                case.facts.insert(Fact::Signal(signal.name()), said);
                for chosen in signal.texts().iter().skip(1) {
                    case.facts.insert(Fact::Signal(chosen), signals::chosen(dice));
                }
            }
        }
        // Cookies of platforms that the site does not use, or keeps elsewhere, are cookies like any other.
        let unused =
            |kept: &Kept| !kept.cookie.is_empty() && !case.signals.values().any(|cookie| *cookie == kept.cookie);
        for kept in shipped().used.iter().filter(|_| case.door == Door::Request).filter(|kept| unused(kept)) {
            let signal = Signal::from_byte(kept.signal).filter(|_| dice.percent(share));
            let said = signal.map(|signal| signals::said(dice, signal, sources, now_ms));
            case.facts.extend(said.map(|said| (Fact::Cookie(kept.cookie.clone()), said)));
        }
    }

    /// The cookies in which the site's platforms keep what they say.
    fn cookies_of_signals(&self) -> BTreeMap<&'static str, String> {
        let mut cookies = BTreeMap::new();
        for source in self.site.regions.signals.used.iter().filter(|source| !source.cookie.is_empty()) {
            let Some(signal) = Signal::from_byte(source.signal) else { continue };
            let chosen = Platform::of(signal).and_then(|platform| platform.chosen_cookie);
            let names = [source.cookie.as_str()].into_iter().chain(chosen);
            cookies.extend(signal.texts().iter().copied().zip(names.map(str::to_owned)));
        }
        cookies
    }

    fn request(&self, dice: &mut Dice, case: &mut Case, now_ms: i64) {
        if let Some((slots, path)) = dice.choose(&self.pages) {
            case.facts.insert(Fact::Path, json!(path));
            case.slots.clone_from(slots);
        }
        if dice.percent(80) {
            case.facts.insert(Fact::ConsentCookie, json!(self.consent_cookie(dice)));
        }
        for (position, attribute) in self.site.attributes.iter().enumerate() {
            let text = written(&self.value(dice, position));
            // A header ends at a line; what a network's own library refuses never arrives.
            let plain: String = text.chars().filter(|letter| letter.is_ascii_graphic() || *letter == ' ').collect();
            let (fact, text) = match &attribute.from {
                From::Host if attribute.source == Source::Device => (Fact::Attribute(attribute.name.clone()), text),
                // These headers have facts of their own.
                From::Header(name) if !["accept-language", "cookie", "sec-gpc"].contains(&name.as_str()) => {
                    (Fact::Header(name.clone()), plain)
                }
                From::Query(name) => (Fact::Query(name.clone()), text),
                From::Cookie(name) => (Fact::Cookie(name.clone()), text),
                From::Country => (Fact::Country, plain),
                _ => continue,
            };
            if !dice.percent(70) {
                continue;
            }
            if matches!(fact, Fact::Attribute(_)) && dice.percent(85) {
                let observed = observed(dice, attribute, now_ms).max(0);
                case.facts.insert(Fact::Observed(attribute.name.clone()), json!(observed));
            }
            case.facts.insert(fact, json!(text));
        }
        let agents = ["Mozilla/5.0 (iPhone) Mobile", "Mozilla/5.0 (iPad)", "Mozilla/5.0 (X11)", ""];
        let odd = [
            (Fact::Header("user-agent".into()), json!(dice.choose(&agents))),
            (Fact::Header("sec-ch-ua-mobile".into()), json!(if dice.percent(50) { "?1" } else { "?0" })),
            (Fact::Header("referer".into()), json!(format!("https://{}.example/", dice.below(100)))),
            (Fact::Header("x-forwarded-for".into()), json!(format!("10.0.0.{}", dice.below(256)))),
            (Fact::Cookie("_other".into()), json!(dice.hex(8))),
            (Fact::Cookie("session".into()), json!(dice.hex(40))),
            (Fact::Query("gclid".into()), json!(dice.hex(12))),
            (Fact::Attribute("nobody.knows".into()), json!(dice.hex(4))),
            (Fact::Id(Unit::Visitor), json!(dice.hex(32))),
            (Fact::Id(Unit::Account), json!(format!("account-{}", dice.below(100_000)))),
        ];
        sometimes(dice, case, odd.map(|(fact, known)| (40, fact, known)));
        case.facts.insert(Fact::Id(Unit::Page), json!(dice.hex(32)));
        withdrawals(dice, case, now_ms);
        for number in 0..dice.below(4) {
            case.facts.insert(Fact::Event(number), event(dice, now_ms));
        }
    }

    fn value(&self, dice: &mut Dice, attribute: usize) -> Json {
        let right = self.values.get(attribute).filter(|_| dice.percent(88));
        right.and_then(|values| dice.choose(values)).or_else(|| dice.choose(&self.junk)).cloned().unwrap_or_default()
    }

    fn consent_cookie(&self, dice: &mut Dice) -> String {
        match dice.below(12) {
            0 => "v=2&storage=1".into(),
            1 => "v=1&storage=yes".into(),
            _ => cookie::write(&choices(dice)),
        }
    }
}

/// Facts that are known in so many of a hundred draws.
fn sometimes<const N: usize>(dice: &mut Dice, case: &mut Case, facts: [(usize, Fact, Json); N]) {
    let drawn = facts.into_iter().filter(|(share, ..)| dice.percent(*share));
    case.facts.extend(drawn.map(|(_, fact, known)| (fact, known)));
}

/// The contents of our state cookie, the ages that may be too old, and events of another epoch. The presence of these facts
/// can show.
fn facts_of_state(case: &Case, twin: &Case) -> Vec<Fact> {
    let is_state = |fact: &&Fact| matches!(fact, Fact::Attribute(_) | Fact::Observed(_) | Fact::Event(_));
    case.differing(twin).filter(is_state).cloned().collect()
}

/// Withdrawals on another device, recent or long ago.
fn withdrawals(dice: &mut Dice, case: &mut Case, now_ms: i64) {
    for unit in [Unit::Account, Unit::Visitor] {
        let withdrawn = Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Necessary && dice.percent(30));
        let purposes: Vec<&str> = withdrawn.map(|purpose| purpose.name()).collect();
        let day = now_ms.div_euclid(DAY) - *dice.choose(&[0, 0, 1, 30, 400]).unwrap_or(&0);
        if dice.percent(25) && !purposes.is_empty() {
            case.facts.insert(Fact::Withdrawal(unit), json!({ "day": day.max(0), "purposes": purposes }));
        }
    }
}

/// Something that a page noted, in the epoch that holds or in another.
fn event(dice: &mut Dice, now_ms: i64) -> Json {
    let names = ["seen", "clicked", "bought", "bad name"];
    json!({
        "name": dice.choose(&names),
        "at": now_ms - dice.choose(&[0, 60_000, DAY, 2 * DAY]).copied().unwrap_or(0),
        "epoch": dice.below(4),
        "detail": { "of": dice.hex(6), "count": dice.below(100) },
    })
}

/// A visitor's choices: all, none, or each by itself.
fn choices(dice: &mut Dice) -> cookie::Choices {
    let mut choices = cookie::Choices { epoch: dice.below(4) as u32, ..cookie::Choices::default() };
    let [granted, denied] = *dice.choose(&[[90, 0], [50, 25], [30, 40], [0, 0], [70, 15]]).unwrap_or(&[50, 25]);
    for purpose in Purpose::ALL {
        match dice.below(100) {
            draw if draw < granted => choices.granted = choices.granted.with(*purpose),
            draw if draw < granted + denied => choices.denied = choices.denied.with(*purpose),
            _ => {}
        }
    }
    choices.parental = choices.granted.and(Purposes::from_bits(dice.below(1024) as u8));
    choices.denied = choices.denied.and(!choices.granted).and(!Purposes::NONE.with(Purpose::Necessary));
    choices
}

/// When an attribute was observed: now, or around the end of its retention.
fn observed(dice: &mut Dice, attribute: &Attribute, now_ms: i64) -> i64 {
    let kept = i64::from(attribute.retention_seconds.unwrap_or(86_400)) * SECOND;
    let ages = [0, 1, kept - 1, kept, kept + 1, kept / 2, kept * 3, kept + DAY, -SECOND];
    now_ms - dice.choose(&ages).copied().unwrap_or(0)
}

/// The moments at which something of the site changes, and those beside them.
fn moments(site: &Site, now_ms: i64) -> Vec<i64> {
    let mut edges = vec![now_ms; 3];
    for schedule in site.experiences.iter().filter_map(|experience| experience.schedule.as_ref()) {
        let windows = schedule.markets.iter().map(|(_, window)| window).chain([&schedule.default]);
        edges.extend(windows.flat_map(|window| [window.from_ms, window.until_ms]));
    }
    edges.extend(site.content.iter().filter_map(|content| content.expires_ms));
    edges.retain(|edge| (0..MAX).contains(edge));
    edges.iter().flat_map(|edge| [edge - 1, *edge, edge + 3_600 * SECOND]).collect()
}
