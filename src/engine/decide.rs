//! `decide(&Permitted) -> Page`: every slot of a page in one call.
//!
//! Takes a program and what may be read of a visit, gives a decision for each slot: content or the origin's own, the reason, and
//! what was read. It has no error: what cannot be decided is control, with the reason recorded.

use alloc::vec::Vec;
use core::ops::Range;

use super::bits::Bits;
use super::bucket::{Domain, TOTAL, point};
use super::evaluate::evaluate;
use super::permit::Permitted;
use crate::bundle::words::{Depth, Detail, Purpose, Reason, Unit};
use crate::bundle::{Bundle, Effect, Experience, Program, Rule, Split, Window};

/// Buffers that a host keeps between decisions, so that deciding allocates nothing once they have grown.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    views: [View; Purpose::ALL.len()],
}

impl Workspace {
    /// Forgets the visitor, and keeps the room.
    pub(super) fn forget(&mut self) {
        self.views.iter_mut().for_each(|view| view.ready = false);
    }
}

/// The bits of one purpose, if this call has needed them.
#[derive(Clone, Debug, Default)]
struct View {
    bits: Bits,
    ready: bool,
}

/// The decisions of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order that was asked for.
    pub decisions: Vec<Decision>,
    reads: Vec<u16>,
}

/// The answer for one slot. Names are positions in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The slot; `None` if the bundle has no such slot.
    pub slot: Option<u32>,
    /// The content to show; `None` is the origin's own.
    pub content: Option<u32>,
    /// The experience that decided.
    pub experience: Option<u32>,
    /// Its rule, counted from 0.
    pub rule: Option<u32>,
    /// Why.
    pub reason: Reason,
    /// What is behind the reason.
    pub detail: Option<Detail>,
    /// How personal the decision is: the deepest attribute that was read.
    pub depth: Depth,
    /// The assignment, if a split made one.
    pub assignment: Option<Assignment>,
    read: Range<u32>,
    /// Units (bits) that something was drawn by, also where the draw led out of the experiment.
    drawn: u8,
    /// Locale or market of the visit had a say.
    varies: bool,
}

/// What a split assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The split.
    pub split: u32,
    /// The arm, counted from 0.
    pub arm: u32,
    /// What was assigned.
    pub unit: Unit,
    /// The point it drew, in basis points.
    pub point: u32,
}

/// How far a page may be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CachePolicy {
    /// Nothing of the visit was read: as the origin says.
    Origin,
    /// The request itself was read, or its locale or market had a say: by this browser only, and revalidated.
    Revalidate,
    /// More was read, or something was drawn: not at all.
    NoStore,
}

impl CachePolicy {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Revalidate => "revalidate",
            Self::NoStore => "no-store",
        }
    }
}

/// Decides the slots at these positions, or all of them.
#[must_use]
pub fn decide(bundle: &Bundle, permitted: &Permitted<'_>, slots: &[Option<u32>], workspace: &mut Workspace) -> Page {
    let mut page = Page::default();
    decide_into(bundle, permitted, slots, workspace, &mut page);
    page
}

/// As [`decide`], into a page whose room is used again.
pub fn decide_into(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    slots: &[Option<u32>],
    workspace: &mut Workspace,
    page: &mut Page,
) {
    workspace.forget();
    decide_more(bundle, permitted, slots, workspace, page);
}

/// As [`decide_into`], with a workspace that knows these very facts already, or none.
pub(super) fn decide_more(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    slots: &[Option<u32>],
    workspace: &mut Workspace,
    page: &mut Page,
) {
    page.decisions.clear();
    page.reads.clear();
    for slot in slots {
        let start = page.reads.len();
        let mut decision = match slot {
            None => Decision::control(None, Reason::Error, Some(Detail::SlotNotFound)),
            Some(slot) => {
                let program = bundle.program();
                let mut deciding = Deciding { program, permitted, workspace, page, start, drawn: 0, varies: false };
                let mut decision = deciding.slot(*slot);
                let has_locales = program.manifest().locales.len() > 1;
                decision.drawn = deciding.drawn;
                decision.varies = deciding.varies || (decision.content.is_some() && has_locales);
                decision
            }
        };
        let end = page.reads.len();
        decision.read = start as u32..end as u32;
        let reads = page.reads.get(start..).unwrap_or_default();
        let depths = reads.iter().filter_map(|read| bundle.program().attribute(usize::from(*read)));
        decision.depth = depths.map(|attribute| attribute.depth()).max().unwrap_or(Depth::None);
        page.decisions.push(decision);
    }
}

/// Every slot of a bundle, for [`decide`].
#[must_use]
pub fn all_slots(bundle: &Bundle) -> Vec<Option<u32>> {
    (0..bundle.program().slots() as u32).map(Some).collect()
}

impl Page {
    /// The attributes that a decision read, ascending: permitted ones in every rule that was looked at, the winner's and those
    /// that came before it, as a rule that did not match has told something too.
    #[must_use]
    pub fn read(&self, decision: &Decision) -> &[u16] {
        self.reads.get(decision.read.start as usize..decision.read.end as usize).unwrap_or_default()
    }

    /// How far the page may be cached.
    #[must_use]
    pub fn cache_policy(&self) -> CachePolicy {
        self.decisions.iter().map(Decision::cache_policy).max().unwrap_or(CachePolicy::Origin)
    }
}

impl Decision {
    fn control(slot: Option<u32>, reason: Reason, detail: Option<Detail>) -> Self {
        Self {
            slot,
            content: None,
            experience: None,
            rule: None,
            reason,
            detail,
            depth: Depth::None,
            assignment: None,
            read: 0..0,
            drawn: 0,
            varies: false,
        }
    }

    /// Whether something was drawn by `unit`: an arm, or not to be in an experiment at all.
    #[must_use]
    pub fn drew_by(&self, unit: Unit) -> bool {
        self.drawn & (1 << unit as u8) != 0
    }

    /// How far a page with this decision may be cached.
    #[must_use]
    pub fn cache_policy(&self) -> CachePolicy {
        match self.depth {
            _ if self.drawn != 0 => CachePolicy::NoStore,
            Depth::None if self.varies => CachePolicy::Revalidate,
            Depth::None => CachePolicy::Origin,
            Depth::Contextual => CachePolicy::Revalidate,
            _ => CachePolicy::NoStore,
        }
    }
}

/// One call under way.
struct Deciding<'c, 'v> {
    program: &'c Program,
    permitted: &'c Permitted<'v>,
    workspace: &'c mut Workspace,
    page: &'c mut Page,
    /// Where the slot's own reads begin.
    start: usize,
    drawn: u8,
    varies: bool,
}

/// How a rule came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Matches,
    Refuted,
    Unknown,
}

impl Deciding<'_, '_> {
    /// Tries the slot's experiences in order, and their rules in order; the first that matches decides.
    fn slot(&mut self, slot: u32) -> Decision {
        let experiences = self.program.experiences_of(slot as usize);
        if self.permitted.stale && !self.program.manifest().keep_when_stale {
            return Decision::control(Some(slot), Reason::Stale, None);
        }
        let mut running = experiences.is_empty();
        let mut blocked = None;
        for position in experiences {
            let experience = self.program.experience(position);
            if !self.is_running(&experience) {
                continue;
            }
            running = true;
            for (number, rule) in experience.rules.clone().enumerate() {
                let rule = self.program.rule(rule);
                match self.outcome(&rule, experience.purpose) {
                    Outcome::Refuted => {}
                    Outcome::Unknown => {
                        // The first rule that could not be decided explains why nothing better was shown.
                        let why = self.why_unknown(&rule, experience.purpose);
                        blocked.get_or_insert(why);
                    }
                    Outcome::Matches => {
                        if let Some(mut decision) = self.effect(slot, &rule) {
                            decision.experience = Some(position as u32);
                            decision.rule = Some(number as u32);
                            return decision;
                        }
                    }
                }
            }
        }
        if running {
            Decision::control(Some(slot), Reason::Default, blocked)
        } else {
            Decision::control(Some(slot), Reason::Disabled, Some(Detail::Scheduled))
        }
    }

    /// Whether the schedule has the experience running now, in the visit's market.
    fn is_running(&mut self, experience: &Experience<'_>) -> bool {
        let Some(schedule) = experience.schedule else { return true };
        self.varies |= self.program.windows(schedule).nth(1).is_some();
        window(self.program, self.permitted, schedule)
            .is_some_and(|window| (window.from_ms..window.until_ms).contains(&self.permitted.now_ms))
    }

    /// Evaluates a rule and notes what it read.
    fn outcome(&mut self, rule: &Rule, purpose: Purpose) -> Outcome {
        for read in self.program.support(rule) {
            if self.permitted.may_read(usize::from(read), purpose) {
                note(&mut self.page.reads, self.start, read);
            }
        }
        let Some(view) = self.workspace.views.get_mut(purpose as usize) else { return Outcome::Unknown };
        if !view.ready {
            evaluate(self.program, self.permitted, purpose, &mut view.bits);
            view.ready = true;
        }
        let mut outcome = Outcome::Matches;
        for literal in self.program.literals(rule) {
            if view.bits.is_set(crate::bundle::format::inverse(literal)) {
                return Outcome::Refuted;
            }
            if !view.bits.is_set(literal) {
                outcome = Outcome::Unknown;
            }
        }
        outcome
    }

    fn why_unknown(&self, rule: &Rule, purpose: Purpose) -> Detail {
        let hidden = self.program.support(rule).any(|read| self.permitted.withholds(usize::from(read), purpose));
        if hidden { Detail::ConsentWithheld } else { Detail::DataQuality }
    }

    /// Applies a matching rule; `None` leaves the visit to the next rule.
    fn effect(&mut self, slot: u32, rule: &Rule) -> Option<Decision> {
        let is_static = self.program.literals(rule).next().is_none() && self.program.support(rule).next().is_none();
        let reason = if is_static { Reason::Static } else { Reason::TargetingMatch };
        match rule.effect {
            Effect::Control => Some(Decision::control(Some(slot), reason, None)),
            Effect::Show(content) => Some(self.show(slot, Some(content), reason)),
            Effect::Split(position) => {
                let split = self.program.split(position as usize);
                let Some((unit, id)) = self.permitted.unit(split.unit) else {
                    let covered = self.permitted.covers(split.unit);
                    let detail = if covered { Detail::NoIdentity } else { Detail::ConsentWithheld };
                    return Some(Decision::control(Some(slot), Reason::Default, Some(detail)));
                };
                self.drawn |= 1 << unit as u8;
                let (arm, content, drawn) = self.draw(&split, id)?;
                let mut decision = self.show(slot, content, Reason::Split);
                decision.assignment = Some(Assignment { split: position, arm, unit, point: drawn });
                Some(decision)
            }
        }
    }

    /// Draws an arm; `None` is outside the experiment.
    fn draw(&self, split: &Split<'_>, id: &str) -> Option<(u32, Option<u32>, u32)> {
        if point(Domain::Traffic, split.salt, id, TOTAL) >= u32::from(split.traffic) {
            return None;
        }
        let drawn = point(Domain::Variant, split.salt, id, TOTAL);
        let mut end = 0;
        for (arm, (content, share)) in (0..).zip(self.program.arms(split)) {
            end += u32::from(share);
            if drawn < end {
                return Some((arm, content, drawn));
            }
        }
        None
    }

    /// Shows content unless it is past its expiry.
    fn show(&self, slot: u32, content: Option<u32>, reason: Reason) -> Decision {
        let expires = content.and_then(|content| self.program.content_expires_ms(content));
        if expires.is_some_and(|expires| self.permitted.now_ms >= expires) {
            return Decision::control(Some(slot), Reason::Default, Some(Detail::Expired));
        }
        let reason = if self.permitted.stale { Reason::Stale } else { reason };
        Decision { content, ..Decision::control(Some(slot), reason, None) }
    }
}

/// The window of a schedule that is for the visit's market: its own, or the one for everybody else.
pub(super) fn window(program: &Program, permitted: &Permitted<'_>, schedule: usize) -> Option<Window> {
    let mut windows = program.windows(schedule);
    let default = windows.next();
    let own = permitted.market.and_then(|market| windows.find(|window| window.market == Some(market)));
    own.or(default)
}

/// Adds `read` to the ascending tail `reads[start..]` unless it is there: rules of one slot read the same few attributes.
fn note(reads: &mut Vec<u16>, start: usize, read: u16) {
    if let Err(at) = reads.get(start..).unwrap_or_default().binary_search(&read) {
        reads.insert(start + at, read);
    }
}
