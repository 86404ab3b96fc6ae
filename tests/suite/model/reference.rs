//! The reference model: slow, obvious, and written from the design alone.
//!
//! Takes a checked site and a visit, gives the answer for every slot as the engine must give it. It shares the author's data
//! with the engine, and no code.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use selvedge::author::site::{
    Attribute, ContactClass, Effect, Experience, Literal, Row, Rows, Rule, Site, Split, Window,
};
use selvedge::words::{Age, Depth, Detail, Purpose, Source, Unit, ValueType};
use selvedge::words::{Value, Visit, WhenStale};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::asked::{asks_time, mentioned, settled};
use super::contact::{Held, Known};
use super::fed::Fed;
use super::grants::Permission;
use super::identity;
use super::logic::{State, World, and};
use super::plan::{self, Page};
use crate::sites::feeds::{Facts, is_stock};

/// The answers for every slot, in the order of their names, and the cache policy of the whole page.
pub(crate) fn decide(site: &Site, visit: &Visit, now_ms: i64) -> Json {
    decide_with(site, None, visit, now_ms)
}

/// As [`decide`], with facts beside the release.
pub(crate) fn decide_with(site: &Site, facts: Option<&Facts>, visit: &Visit, now_ms: i64) -> Json {
    let model = Model { facts, ..Model::new(site, visit, now_ms) };
    let answers = plan::answers(&model);
    let cache = answers.iter().map(|answer| answer.cache(site)).max().unwrap_or(0);
    let cache = ["origin", "revalidate", "no-store"][cache];
    let decisions: serde_json::Map<String, Json> =
        site.slots.iter().zip(&answers).map(|(slot, answer)| (slot.name.clone(), model.json(answer))).collect();
    json!({ "decisions": decisions, "cache": cache })
}

/// The feed is too old, and the site wants the origin's own content then.
fn suppresses(fed: &Fed) -> bool {
    fed.stale == Some(WhenStale::Suppress)
}

/// Whether a permission that reading an attribute for `purpose` waits for was refused.
fn is_refused(attribute: &Attribute, purpose: Purpose, permission: &Permission) -> bool {
    let own = [purpose, Purpose::Contextual, Purpose::Necessary].into_iter().filter(|own| attribute.purposes.has(*own));
    let own: BTreeSet<Purpose> = own.collect();
    let mut waits_for = BTreeSet::new();
    if own.is_disjoint(&permission.granted) {
        waits_for.extend(&own);
    }
    if attribute.source == Source::Device && !permission.granted.contains(&Purpose::Storage) {
        waits_for.insert(Purpose::Storage);
    }
    if attribute.sensitive && !permission.by_name.contains(&Purpose::Sensitive) {
        waits_for.insert(Purpose::Sensitive);
    }
    !own.is_empty() && !waits_for.is_disjoint(&permission.refused())
}

/// Whether consent lets a decision for `purpose` read an attribute.
///
/// The model writes the read rule a second time on purpose. It must not call `consent::read`, which it checks.
pub(crate) fn may_read(attribute: &Attribute, purpose: Purpose, permission: &Permission) -> bool {
    let granted = |purpose| permission.granted.contains(&purpose);
    let fits =
        |own: Purpose| granted(own) && (own == purpose || own == Purpose::Contextual || own == Purpose::Necessary);
    Purpose::ALL.iter().any(|own| attribute.purposes.has(*own) && fits(*own))
        && (attribute.source != Source::Device || granted(Purpose::Storage))
        && attribute.depth <= permission.depth
        && (!attribute.sensitive || permission.by_name.contains(&Purpose::Sensitive))
}

pub(super) struct Model<'a> {
    pub(super) site: &'a Site,
    pub(super) visit: &'a Visit,
    pub(super) now_ms: i64,
    pub(super) permission: Permission,
    /// The facts beside the release.
    pub(super) facts: Option<&'a Facts>,
}

#[derive(Clone, Default)]
pub(super) struct Answer {
    pub(super) content: Option<usize>,
    pub(super) experience: Option<usize>,
    rule: Option<usize>,
    pub(super) reason: &'static str,
    detail: Option<&'static str>,
    pub(super) read: BTreeSet<usize>,
    pub(super) assigned: Option<Assigned>,
    /// The holdout that holds the visitor back, and from what.
    pub(super) held: Option<(String, Option<usize>)>,
    /// The first rule that gave way to what the page shows: its experience, why, and the slot that shows that.
    gave_way: Option<(usize, &'static str, usize)>,
    /// The part of the contact policy that held content back.
    withheld: Option<Held>,
    /// A cap had a say, and nobody knows what was before.
    is_forgetful: bool,
    /// Something was drawn by an id, also where it led out of the experiment.
    pub(super) drawn: bool,
    /// A market's own window was looked at.
    pub(super) by_market: bool,
    /// A rule that asks for the time was looked at.
    pub(super) by_time: bool,
    /// Some content of the page is in a language of its own.
    pub(super) by_locale: bool,
}

#[derive(Clone)]
pub(super) struct Assigned {
    experiment: String,
    layer: Option<String>,
    arm: String,
    unit: Unit,
    point: u64,
}

impl Answer {
    fn depth(&self, site: &Site) -> Depth {
        self.read.iter().map(|read| site.attributes[*read].depth).max().unwrap_or(Depth::None)
    }

    /// 0 as the origin says, 1 this browser only, 2 not at all.
    pub(super) fn cache(&self, site: &Site) -> usize {
        match self.depth(site) {
            _ if self.drawn => 2,
            Depth::None if !self.by_locale && !self.by_market && !self.by_time => 0,
            Depth::None | Depth::Contextual => 1,
            _ => 2,
        }
    }
}

impl<'a> Model<'a> {
    pub(super) fn new(site: &'a Site, visit: &'a Visit, now_ms: i64) -> Self {
        Self { site, visit, now_ms, permission: Permission::new(site, visit, now_ms), facts: None }
    }
}

impl Model<'_> {
    /// The answer for a slot. It says if it read a feed that is stale, unless it has more to say.
    pub(super) fn slot(&self, slot: usize, page: &Page<'_>) -> Answer {
        let mut answer = self.choose(slot, page);
        if answer.detail.is_none() && self.lacks_stock(slot, &answer) {
            answer.detail = Some("OUT_OF_STOCK");
        }
        let fed = self.all_fed();
        let is_stale = |at: &usize| fed.get(at).is_some_and(|fed| fed.stale.is_some());
        if answer.detail.is_none() && answer.read.iter().any(is_stale) {
            answer.detail = Some("STALE_FEED");
        }
        answer
    }

    /// The experiences of a slot in the order in which they are tried.
    fn experiences(&self, slot: usize) -> Vec<usize> {
        let mut experiences: Vec<usize> =
            (0..self.site.experiences.len()).filter(|at| self.site.experiences[*at].slot == slot).collect();
        let experience = |at: usize| &self.site.experiences[at];
        experiences.sort_by(|a, b| {
            let (a, b) = (experience(*a), experience(*b));
            b.priority.cmp(&a.priority).then(a.name.cmp(&b.name))
        });
        experiences
    }

    /// Whether a rule before the one that decided would match, but for what its content needs: that is there for sure in no part, and not
    /// there for sure in one.
    fn lacks_stock(&self, slot: usize, answer: &Answer) -> bool {
        for at in self.experiences(slot) {
            let experience = &self.site.experiences[at];
            let is_last = answer.experience == Some(at);
            let count = answer.rule.filter(|_| is_last).unwrap_or(experience.rules.len());
            let world = self.world(experience.purpose);
            let lacks = |rule: &Rule| {
                let is_need = |row: &Row| {
                    let rows = Rows { all: vec![row.clone()], ..Rows::default() };
                    let read = mentioned(self.site, &[&rows]);
                    read.iter().any(|read| is_stock(&self.site.attributes[*read].name))
                };
                let (needs, own): (Vec<Row>, Vec<Row>) = rule.rows.all.iter().cloned().partition(is_need);
                let own = Rows { all: own, ..rule.rows.clone() };
                let holds = and([world.rows(&experience.eligible), world.rows(&own)]) == Some(true);
                let needs: Vec<_> = needs.iter().map(|row| world.condition(&row.condition, &[])).collect();
                holds && !needs.contains(&None) && needs.contains(&Some(false))
            };
            if self.is_running(experience) && experience.rules.iter().take(count).any(lacks) {
                return true;
            }
            if is_last {
                return false;
            }
        }
        false
    }

    fn choose(&self, slot: usize, page: &Page<'_>) -> Answer {
        let experiences = self.experiences(slot);
        let experience = |at: usize| &self.site.experiences[at];
        let has_markets = |at: &usize| {
            experience(*at).schedule.as_ref().is_some_and(|s| !s.markets.is_empty() || !s.pauses.is_empty())
        };
        let running: Vec<usize> = experiences.iter().copied().filter(|at| self.is_running(experience(*at))).collect();
        if running.is_empty() && !experiences.is_empty() {
            let by_market = experiences.iter().any(has_markets);
            return Answer { reason: "DISABLED", detail: Some("SCHEDULED"), by_market, ..Answer::default() };
        }

        let fed = self.all_fed();
        let (mut drawn, mut by_time) = (false, false);
        let (mut withheld, mut is_forgetful) = (None, false);
        let mut read = BTreeSet::new();
        let (mut blocked, mut gave_way) = (None, None);
        for at in running {
            let experience = experience(at);
            let world = self.world(experience.purpose);
            for (number, rule) in experience.rules.iter().enumerate() {
                let support = mentioned(self.site, &[&experience.eligible, &rule.rows]);
                let permitted = |at: &usize| self.may_read(*at, experience.purpose);
                let readable = |at: &usize| self.is_readable(*at, experience.purpose);
                read.extend(support.iter().copied().filter(readable));
                by_time |= asks_time(self.site, &[&experience.eligible, &rule.rows]);
                match and([world.rows(&experience.eligible), world.rows(&rule.rows)]) {
                    Some(false) => {}
                    None if support.iter().filter(|at| readable(at)).any(|at| fed.get(at).is_some_and(suppresses)) => {
                        let by_market = experiences.iter().take_while(|tried| **tried != at).any(has_markets);
                        return Answer {
                            experience: Some(at),
                            rule: Some(number),
                            reason: "DEFAULT",
                            detail: Some("STALE_FEED"),
                            gave_way,
                            is_forgetful,
                            read,
                            drawn,
                            by_market: by_market || has_markets(&at),
                            by_time,
                            ..Answer::default()
                        };
                    }
                    None => {
                        let lacks_fresh = |at: &&usize| fed.get(at).is_some_and(|fed| fed.lacks_fresh);
                        let hidden: Vec<&usize> = support.iter().filter(|at| !permitted(at)).collect();
                        let refused =
                            |at: &&usize| is_refused(&self.site.attributes[**at], experience.purpose, &self.permission);
                        blocked.get_or_insert(match hidden.as_slice() {
                            [] if support.iter().any(|at| lacks_fresh(&at)) => "STALE_FEED",
                            [] => "DATA_QUALITY",
                            hidden if hidden.iter().any(refused) => "CONSENT_WITHDRAWN",
                            _ => "CONSENT_WITHHELD",
                        });
                    }
                    Some(true) => {
                        drawn |= matches!(&rule.effect, Effect::Split(split) if self.draws(split));
                        let asks_nothing =
                            [&experience.eligible, &rule.rows].iter().all(|rows| settled(self.site, rows).is_some());
                        if let Some(mut answer) = self.effect(rule, support.is_empty() && asks_nothing) {
                            let is_shown = answer.content.is_some() || answer.assigned.is_some();
                            let bars = page.bars(at, &rule.effect.contents()).filter(|_| is_shown);
                            let is_drawn = answer.assigned.is_some();
                            if let Some((why, to)) = bars.filter(|_| is_drawn) {
                                gave_way.get_or_insert((at, why, to));
                                blocked.get_or_insert("PAGE_PLAN");
                                continue;
                            }
                            if let Some(content) = answer.content {
                                let id = |unit| self.unit(unit).map(|(_, id)| id.to_owned());
                                let known = self.known(&id);
                                let rotations = &self.site.contact.rotations;
                                let rotation = rule.turn.as_ref().and_then(|turn| {
                                    rotations.iter().find(|one| (one.experience, one.rule) == (at, number - turn.at))
                                });
                                let (held, forgets, has_say) = known.held(at, content, rotation);
                                is_forgetful |= forgets;
                                drawn |= has_say;
                                let is_free = |content: usize| {
                                    let expires = self.site.content[content].expires_ms;
                                    page.bars(at, &[content]).is_none()
                                        && expires.is_none_or(|expires| expires > self.now_ms)
                                };
                                let is_missing = held.as_ref().is_some_and(|held| held.detail == "HISTORY_MISSING");
                                if rotation.is_some_and(|one| known.turn(one, &is_free) != content) && !is_missing {
                                    continue;
                                }
                                if let Some(held) = held {
                                    let before: Option<&Held> = withheld.as_ref();
                                    let is_out = |one: &Held| one.detail == "OUT_OF_TURN";
                                    if before.is_none_or(|before| is_out(before) && !is_out(&held)) {
                                        withheld = Some(held.clone());
                                    }
                                    if answer.assigned.is_none() {
                                        continue;
                                    }
                                    answer.content = None;
                                    answer.detail = Some(held.detail);
                                    answer.withheld = Some(held);
                                }
                            }
                            // What the contact policy holds back takes no place.
                            if let Some((why, to)) = bars.filter(|_| !is_drawn) {
                                gave_way.get_or_insert((at, why, to));
                                blocked.get_or_insert("PAGE_PLAN");
                                continue;
                            }
                            let by_market = experiences.iter().take_while(|tried| **tried != at).any(has_markets);
                            let by_market = by_market || has_markets(&at);
                            let answer = self.hold(slot, at, answer);
                            let is_by_locale = answer.content.is_some() || answer.detail == Some("LOCALE_MISSING");
                            let by_locale = is_by_locale && self.site.locales.all.len() > 1;
                            return Answer {
                                gave_way,
                                by_locale,
                                experience: Some(at),
                                rule: Some(number),
                                read,
                                drawn: drawn || answer.drawn,
                                by_market,
                                by_time,
                                is_forgetful,
                                ..answer
                            };
                        }
                    }
                }
            }
        }
        let by_market = experiences.iter().any(has_markets);
        let withheld = self.suppressed(slot).or(withheld);
        let detail = withheld.as_ref().map(|held| held.detail).or(blocked);
        let answer = Answer { reason: "DEFAULT", detail, withheld, gave_way, is_forgetful, ..Answer::default() };
        Answer { read, drawn, by_market, by_time, ..answer }
    }

    /// What is known of contacts before.
    fn known<'k>(&'k self, id: &'k dyn Fn(Unit) -> Option<String>) -> Known<'k> {
        let has_storage = self.permission.granted.contains(&Purpose::Storage);
        Known::new(self.site, self.visit, has_storage, self.market(), self.now_ms, id)
    }

    /// The suppression or goal that ends an experience of the slot which runs now: it is true, or cannot be decided.
    fn suppressed(&self, slot: usize) -> Option<Held> {
        let mut experiences: Vec<&Experience> = self.site.experiences.iter().filter(|one| one.slot == slot).collect();
        experiences.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.name.cmp(&b.name)));
        for experience in experiences.into_iter().filter(|one| self.is_running(one)) {
            let world = self.world(experience.purpose);
            for one in &self.site.contact.suppressions {
                let (is_about, detail) = match one.detail {
                    Detail::GoalReached => {
                        let names = one.experiences.as_ref().map(|names| names.contains(&experience.name));
                        (names.unwrap_or(experience.goal.as_ref() == Some(&one.name)), "GOAL_REACHED")
                    }
                    _ => (one.classes.contains(&experience.class.unwrap_or(ContactClass::Promotional)), "SUPPRESSED"),
                };
                let rows = Rows { all: vec![one.row.clone()], ..Rows::default() };
                if is_about && world.rows(&rows) != Some(false) {
                    return Some(Held { detail, name: Some(one.name.clone()), not_before_ms: None });
                }
            }
        }
        None
    }

    fn is_running(&self, experience: &Experience) -> bool {
        let Some(schedule) = &experience.schedule else { return true };
        let is_holiday = schedule.pauses.iter().any(|pause| {
            Some(pause.market) == self.market()
                && pause.window.from_ms <= self.now_ms
                && self.now_ms < pause.window.until_ms
        });
        if is_holiday {
            return false;
        }
        let own = self.market().and_then(|own| schedule.markets.iter().find(|(market, _)| *market == own));
        let Window { from_ms, until_ms } = own.map_or(schedule.default, |(_, window)| *window);
        from_ms <= self.now_ms && self.now_ms < until_ms
    }

    /// The market of the visit's region, or of its country; where one is belongs to what is `contextual`.
    fn market(&self) -> Option<usize> {
        if !self.permission.granted.contains(&Purpose::Contextual) {
            return None;
        }
        let region = self.visit.region.as_deref()?.to_ascii_uppercase();
        let country = region.split('-').next().unwrap_or_default();
        let of =
            |code: &str| self.site.markets.iter().position(|market| market.regions.iter().any(|region| region == code));
        of(&region).or_else(|| of(country))
    }

    /// True if a split draws for this visit.
    fn draws(&self, split: &Split) -> bool {
        let is_whole = !split.arms.iter().filter_map(|arm| arm.content).any(|content| self.lacks_text(content));
        is_whole && self.unit(split.unit).is_some_and(|(unit, _)| !split.is_alone || unit == split.unit)
    }

    /// What a matching rule does; `None` leaves the visit to the next rule.
    fn effect(&self, rule: &Rule, is_static: bool) -> Option<Answer> {
        let reason = if is_static { "STATIC" } else { "TARGETING_MATCH" };
        match &rule.effect {
            Effect::Control => Some(Answer { reason, ..Answer::default() }),
            Effect::Show(content) => Some(self.show(Some(*content), reason)),
            Effect::Split(split) => self.split(split),
        }
    }

    fn show(&self, content: Option<usize>, reason: &'static str) -> Answer {
        let expires = content.and_then(|content| self.site.content[content].expires_ms);
        if expires.is_some_and(|expires| expires <= self.now_ms) {
            return Answer { reason: "DEFAULT", detail: Some("EXPIRED"), ..Answer::default() };
        }
        if content.is_some_and(|content| self.lacks_text(content)) {
            return Answer { reason: "DEFAULT", detail: Some("LOCALE_MISSING"), ..Answer::default() };
        }
        Answer { content, reason, ..Answer::default() }
    }

    /// True if content has no text in any locale that the site lets this visitor see.
    fn lacks_text(&self, content: usize) -> bool {
        self.locale(content).is_none()
    }

    fn split(&self, split: &Split) -> Option<Answer> {
        if split.arms.iter().filter_map(|arm| arm.content).any(|content| self.lacks_text(content)) {
            return Some(Answer { reason: "DEFAULT", detail: Some("LOCALE_MISSING"), ..Answer::default() });
        }
        let unit = self.unit(split.unit).filter(|(unit, _)| !split.is_alone || *unit == split.unit);
        let Some((unit, id)) = unit else {
            let detail = match (self.permission.covers(split.unit), self.permission.refuses(split.unit)) {
                (true, _) => "NO_IDENTITY",
                (false, true) => "CONSENT_WITHDRAWN",
                (false, false) => "CONSENT_WITHHELD",
            };
            return Some(Answer { reason: "DEFAULT", detail: Some(detail), ..Answer::default() });
        };
        let (mine, drawn) = match split.layer {
            None => (0..u64::from(split.traffic), point("traffic", &split.salt, id)),
            Some(layer) => {
                let layer = &self.site.layers[layer];
                // Worked out from what the author wrote, not from the points that the compiler was given: without a lock file they follow it.
                let before = layer.shares.iter().take_while(|(name, _)| *name != split.experiment);
                let from: u64 = before.map(|(_, share)| u64::from(*share)).sum();
                let own = layer.shares.iter().find(|(name, _)| *name == split.experiment);
                (from..from + own.map_or(0, |(_, share)| u64::from(*share)), point("layer", &layer.name, id))
            }
        };
        if !mine.contains(&drawn) {
            return None;
        }
        let point = point("variant", &split.salt, id);
        let mut below = 0;
        for arm in &split.arms {
            below += u64::from(arm.share);
            if point < below {
                let layer = split.layer.map(|layer| self.site.layers[layer].name.clone());
                let assigned =
                    Assigned { experiment: split.experiment.clone(), layer, arm: arm.name.clone(), unit, point };
                return Some(Answer { assigned: Some(assigned), ..self.show(arm.content, "SPLIT") });
            }
        }
        None
    }

    /// The answer for a visitor whom a holdout may hold back: the origin's own content, with what it takes the place of.
    fn hold(&self, slot: usize, experience: usize, mut answer: Answer) -> Answer {
        let class = self.site.experiences[experience].class;
        let is_owed = matches!(class, Some(ContactClass::Service | ContactClass::Legal));
        if is_owed || (answer.content.is_none() && answer.assigned.is_none()) {
            return answer;
        }
        let everywhere = self.site.holdouts.iter().filter(|holdout| holdout.channel.is_none());
        let of_channel = self.site.holdouts.iter().filter(|holdout| holdout.channel.is_some());
        for holdout in everywhere.chain(of_channel) {
            let channel = &self.site.slots[slot].channel;
            let Some((unit, id)) = self.unit(holdout.unit) else { continue };
            if unit != holdout.unit || holdout.channel.as_ref().is_some_and(|own| own != channel) {
                continue;
            }
            answer.drawn = true;
            if point("holdout", &holdout.salt, id) < u64::from(holdout.share) {
                answer.held = Some((holdout.name.clone(), answer.content.take()));
                (answer.reason, answer.detail) = ("SPLIT", Some("HOLDOUT"));
                break;
            }
        }
        answer
    }

    /// The highest rung up to the one that is wanted that consent covers and that there is an id for.
    fn unit(&self, wanted: Unit) -> Option<(Unit, &str)> {
        let identity = &self.visit.identity;
        let first = self.site.consent.linking.as_ref().and_then(|linking| {
            let is_covered = self.permission.covers(Unit::Visitor) && self.permission.covers(Unit::Account);
            let is_young = matches!(self.visit.minor, Some(Age::Child | Age::Teen));
            identity::first(linking, identity, self.now_ms).filter(|_| is_covered && !is_young)
        });
        let ladder = [
            (Unit::Account, identity.account.as_deref()),
            (Unit::Visitor, first.or(identity.visitor.as_deref())),
            (Unit::Session, identity.session.as_deref()),
            (Unit::Page, identity.page.as_deref()),
        ];
        let usable = |(unit, id): (Unit, Option<&str>)| {
            let fits = id.is_some_and(|id| !id.is_empty() && id.len() <= 256);
            unit <= wanted && self.permission.covers(unit) && fits
        };
        let (unit, id) = ladder.into_iter().find(|rung| usable(*rung))?;
        Some((unit, id?))
    }

    /// Whether consent covers an attribute and it is within its retention: nothing else is read.
    fn is_readable(&self, attribute: usize, purpose: Purpose) -> bool {
        let attribute = &self.site.attributes[attribute];
        self.covers(attribute, purpose) && !self.is_past(attribute)
    }

    /// True if the value that there is has passed its retention.
    fn is_past(&self, attribute: &Attribute) -> bool {
        self.fed(attribute).map_or_else(|| self.is_too_old(attribute), |fed| fed.is_too_old)
    }

    pub(super) fn is_too_old(&self, attribute: &Attribute) -> bool {
        let observed = self.visit.observed.get(&attribute.name).map_or(self.now_ms, |observed| observed.0);
        attribute.retention_seconds.is_some_and(|seconds| self.now_ms - observed > i64::from(seconds) * 1_000)
    }

    fn may_read(&self, attribute: usize, purpose: Purpose) -> bool {
        self.covers(&self.site.attributes[attribute], purpose)
    }

    pub(super) fn world(&self, purpose: Purpose) -> World<'_> {
        let states = self.site.attributes.iter().map(|attribute| {
            let is_readable = self.covers(attribute, purpose) && !self.is_past(attribute);
            let state = || self.fed(attribute).map_or_else(|| self.state(attribute), |fed| fed.state);
            if is_readable { state() } else { State::Unknown }
        });
        World {
            site: self.site,
            states: states.collect(),
            now_ms: self.now_ms,
            audiences: RefCell::new(BTreeMap::new()),
        }
    }

    /// An attribute that consent shows: its value if it is young enough and of good quality.
    pub(super) fn state(&self, attribute: &Attribute) -> State {
        self.of_value(attribute, self.visit.attributes.get(&attribute.name))
    }

    /// The same of a value from elsewhere.
    pub(super) fn of_value(&self, attribute: &Attribute, value: Option<&Value>) -> State {
        let observed = self.visit.observed.get(&attribute.name).map_or(self.now_ms, |observed| observed.0);
        // Whoever saw it tomorrow is wrong about more than the time; zones are a day apart.
        if self.visit.unknown.contains(&attribute.name) || observed - self.now_ms > 86_400_000 {
            return State::Unknown;
        }
        let value = match value {
            None | Some(Value::Null) if attribute.required => return State::Unknown,
            None | Some(Value::Null) => {
                return match &attribute.default {
                    Some(Literal::Int(number)) if attribute.value_type == ValueType::Double => {
                        State::Known(Literal::Double(*number as f64))
                    }
                    Some(default) => State::Known(default.clone()),
                    None => State::Absent,
                };
            }
            Some(value) => value,
        };
        typed(value, attribute).filter(|literal| is_good(literal, attribute)).map_or(State::Unknown, State::Known)
    }

    fn json(&self, answer: &Answer) -> Json {
        let name = |content: usize| self.site.content[content].name.as_str();
        let assigned = answer.assigned.as_ref();
        let mut json = json!({
            "content": answer.content.map(name),
            "locale": answer.content.and_then(|content| self.locale(content)),
            "experience": answer.experience.map(|at| &self.site.experiences[at].name),
            "rule": answer.rule,
            "reason": answer.reason,
            "detail": answer.detail,
            "depth": answer.depth(self.site).name(),
            "read": answer.read.iter().map(|at| &self.site.attributes[*at].name).collect::<Vec<_>>(),
            "experiment": assigned.map(|assigned| &assigned.experiment),
            "arm": assigned.map(|assigned| &assigned.arm),
            "unit": assigned.map(|assigned| assigned.unit.name()),
            "point": assigned.map(|assigned| assigned.point),
        });
        if let Some(layer) = assigned.and_then(|assigned| assigned.layer.as_ref()) {
            json["layer"] = layer.as_str().into();
        }
        if let Some(held) = &answer.withheld {
            json["contact"] = held.name.clone().into();
            if !matches!(held.detail, "SUPPRESSED" | "GOAL_REACHED") {
                json["not_before"] = held.not_before_ms.map(selvedge::words::time::format_rfc3339).into();
            }
        }
        if answer.is_forgetful {
            json["memory"] = "page".into();
        }
        if let Some((holdout, would)) = &answer.held {
            json["holdout"] = holdout.as_str().into();
            json["would"] = would.map(name).into();
        }
        let decided = answer.experience.zip(answer.rule).filter(|_| answer.content.is_some());
        if let Some((experience, rule)) = decided.map(|(at, rule)| (&self.site.experiences[at], rule)) {
            if let Some(when) = &experience.when {
                let mut due = serde_json::Map::new();
                due.extend(when.after.as_ref().map(|event| ("after".to_owned(), event.as_str().into())));
                let time = when.not_before_ms.map(selvedge::words::time::format_rfc3339);
                due.extend(time.map(|time| ("not_before".to_owned(), time.into())));
                json["when"] = due.into();
            }
            if let Some(layout) = &experience.rules[rule].layout {
                json["how"] = json!({ "layout": layout });
            }
        }
        if let Some((experience, why, to)) = answer.gave_way {
            let experience = &self.site.experiences[experience].name;
            json["gave_way"] = json!({ "experience": experience, "why": why, "to": self.site.slots[to].name });
        }
        json
    }

    /// The visitor's locale, what the site says to try after it, the same for each shorter tag and for every locale, then the default. It
    /// ends where the site says so.
    fn locale(&self, content: usize) -> Option<&str> {
        let locales = &self.site.locales;
        let mut wanted: Vec<String> = Vec::new();
        let mut subtags: Vec<&str> = self.visit.locale.as_deref().unwrap_or_default().split('-').collect();
        while !subtags.is_empty() {
            let tag = subtags.join("-");
            wanted.push(tag.clone());
            for (from, chain) in &locales.fallback {
                if from.eq_ignore_ascii_case(&tag) {
                    wanted.extend(chain.iter().cloned());
                }
            }
            subtags.pop();
            // A single letter only introduces what follows it (RFC 4647 §3.4).
            if subtags.len() > 1 && subtags.last().is_some_and(|subtag| subtag.len() == 1) {
                subtags.pop();
            }
        }
        // A visitor who names no language is shown the default.
        if self.visit.locale.as_deref().is_some_and(|tag| !tag.is_empty()) {
            wanted.extend(locales.fallback.get("*").into_iter().flatten().cloned());
        }
        wanted.push(locales.default.clone());
        let wanted = wanted.iter().take_while(|tag| *tag != "control");
        let variants = &self.site.content[content].variants;
        wanted.into_iter().find_map(|tag| {
            let found = variants.iter().find(|variant| variant.locale.eq_ignore_ascii_case(tag));
            found.map(|variant| variant.locale.as_str())
        })
    }
}

/// The first 8 bytes of the SHA-256, big endian, as a fraction of 10,000.
pub(super) fn point(domain: &str, salt: &str, id: &str) -> u64 {
    let message = [domain.as_bytes(), salt.as_bytes(), id.as_bytes()].join(&0);
    let hash = Sha256::digest(message);
    let first = u64::from_be_bytes(std::array::from_fn(|at| hash[at]));
    ((u128::from(first) * 10_000) >> 64) as u64
}

fn typed(value: &Value, attribute: &Attribute) -> Option<Literal> {
    Some(match (attribute.value_type, value) {
        (ValueType::Bool, Value::Bool(value)) => Literal::Bool(*value),
        (ValueType::Int, Value::Int(value)) => Literal::Int(*value),
        (ValueType::Double, Value::Int(value)) => Literal::Double(*value as f64),
        (ValueType::Double, Value::Double(value)) => Literal::Double(*value),
        (ValueType::String | ValueType::Symbol, Value::Text(text)) => Literal::Text(text.clone()),
        (ValueType::List, Value::List(items)) => Literal::List(items.clone()),
        (ValueType::Timestamp, Value::Int(ms)) => Literal::Timestamp(*ms),
        (ValueType::Timestamp, Value::Text(text)) => Literal::Timestamp(selvedge::words::time::parse_rfc3339(text)?),
        _ => return None,
    })
}

fn is_good(literal: &Literal, attribute: &Attribute) -> bool {
    let in_range = |number: f64| attribute.range.is_none_or(|(low, high)| low <= number && number <= high);
    let in_set = |text: &String| attribute.values.is_empty() || attribute.values.contains(text);
    let fits = |length: usize| attribute.max_length.is_none_or(|max| length <= max as usize);
    match literal {
        Literal::Bool(_) | Literal::Duration(_) => true,
        // From the year 1 to the year 9999.
        Literal::Timestamp(ms) => (-62_135_596_800_000..=253_402_300_799_999).contains(ms),
        // Within ±(2^53 - 1), where every whole number is a double.
        Literal::Int(number) => in_range(*number as f64),
        Literal::Double(number) => in_range(*number),
        Literal::Text(text) => in_set(text) && fits(text.chars().count()),
        Literal::List(items) => items.iter().all(in_set) && fits(items.len()),
    }
}

/// Every purpose that an experience of the site serves.
pub(crate) fn purposes(site: &Site) -> BTreeSet<Purpose> {
    site.experiences.iter().map(|experience| experience.purpose).collect()
}
