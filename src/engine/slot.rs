//! One slot. Its experiences are tried in order, and their rules in order. The first rule that matches decides.
//!
//! Takes a slot's position, gives its decision with the attributes that were read on the way. It never looks at a rule after
//! the one that decides, and never past the host's limit.

use alloc::vec::Vec;
use core::ops::Range;

use super::bits::{FALSE, Known, TRUE, UNKNOWN};
use super::bucket::{Domain, TOTAL, point};
use super::contact::Withheld;
use super::decide::{Limits, Workspace};
use super::evaluate::{Ground, View};
use super::page::{Assignment, Decision};
use super::permit::Permitted;
use super::plan::{Shown, Turns};
use crate::bundle::{Bundle, Effect, Index, Program, Rulebook, Split};
use crate::words::{Action, Cause, Depth, Detail, Purpose, Purposes, Reason, WhenStale};

/// One call of `decide` under way.
pub(super) struct Deciding<'c, 'v> {
    pub(super) program: &'c Program,
    pub(super) rules: Rulebook<'c>,
    pub(super) permitted: &'c Permitted<'v>,
    /// The places of all texts, if the visitor's languages may leave out some content.
    texts: Option<&'c Index>,
    /// The vectors of a sieve that hold for this visit, and whether each is the last of its group.
    pub(super) vectors: &'c mut Vec<(usize, bool)>,
    views: &'c mut [View; Purpose::ALL.len()],
    /// The purposes whose view holds this visit.
    ready: &'c mut Purposes,
    pub(super) limits: Limits,
    has_locales: bool,
    has_sieves: bool,
    /// The bundle is too old to decide anything.
    is_stale: bool,
    /// The attributes that the decisions so far have read, and where this slot's begin.
    pub(super) reads: &'c mut Vec<u16>,
    start: usize,
    /// The first 64 attributes that the tried rules read, as bits, for the current purpose.
    seen: u64,
    /// There are more than 64.
    pub(super) has_more: bool,
    depth: Depth,
    pub(super) drawn: u8,
    pub(super) varies: bool,
    /// What the page shows so far, and the group of the slot that is decided: 0 is none.
    pub(super) shown: &'c mut Vec<Shown>,
    pub(super) turns: &'c mut Turns,
    pub(super) group: u16,
    /// Why the first rule that could not be decided could not.
    pub(super) blocked: Option<Detail>,
    /// The site has a contact policy.
    has_contact: bool,
    /// A contact policy, stock or a feed that is too old may have more to say of a decision.
    pub(super) has_more_to_say: bool,
    /// The part of the contact policy that held back the first rule that matched.
    pub(super) withheld: Option<(Detail, Withheld)>,
}

impl<'c, 'v> Deciding<'c, 'v> {
    pub(super) fn new(
        bundle: &'c Bundle,
        permitted: &'c Permitted<'v>,
        workspace: &'c mut Workspace,
        reads: &'c mut Vec<u16>,
    ) -> Self {
        let program = bundle.program();
        let has_contact = program.has_contact();
        Self {
            program,
            rules: program.rulebook(),
            permitted,
            texts: permitted.may_lack_text().then(|| bundle.index()),
            vectors: &mut workspace.vectors,
            views: &mut workspace.views,
            ready: &mut workspace.ready,
            limits: workspace.limits,
            // A contact policy may hold back a rule that a sieve found, and the next one is asked.
            has_sieves: program.has_sieves() && !has_contact,
            has_locales: program.manifest().locales.len() > 1,
            is_stale: permitted.stale && !program.manifest().keep_when_stale,
            reads,
            start: 0,
            seen: 0,
            has_more: program.manifest().attributes.len() > 64,
            depth: Depth::None,
            drawn: 0,
            varies: false,
            shown: &mut workspace.shown,
            turns: &mut workspace.turns,
            group: 0,
            blocked: None,
            has_contact,
            has_more_to_say: has_contact || permitted.has_stale_feed || !program.stock().is_empty(),
            withheld: None,
        }
    }

    /// Decides the slot at this position, into a decision that is control.
    pub(super) fn slot(&mut self, slot: u32, decision: &mut Decision) {
        self.begin_reads();
        (self.depth, self.drawn, self.varies, self.blocked) = (Depth::None, 0, false, None);
        self.choose(slot, decision);
        if cfg!(any(feature = "contact", feature = "feeds")) && self.has_more_to_say && !self.is_stale {
            self.say_more(slot, decision);
        }
        decision.read = self.read_here();
        decision.depth = self.depth;
        decision.drawn = self.drawn;
        let is_by_locale = decision.content.is_some() || decision.detail == Some(Detail::LocaleMissing);
        decision.varies = self.varies || (is_by_locale && self.has_locales);
    }

    /// The details that most sites never have.
    #[inline(never)]
    fn say_more(&mut self, slot: u32, decision: &mut Decision) {
        if self.has_contact() {
            self.say_withheld(slot, decision);
        }
        self.note_stock(slot, decision);
        let reads = self.reads.get(self.start..).unwrap_or_default();
        if self.has_stale_feed()
            && decision.detail.is_none()
            && reads.iter().any(|read| self.permitted.is_of_stale_feed(*read))
        {
            decision.detail = Some(Detail::StaleFeed);
        }
    }

    fn choose(&mut self, slot: u32, decision: &mut Decision) {
        if self.is_stale {
            return decision.because(Reason::Stale, None);
        }
        let experiences = self.program.experiences_of(slot as usize);
        let mut running = experiences.is_empty();
        let mut fuel = self.limits.rules_per_slot_max as usize;
        let mut next = experiences.start;
        while next < experiences.end {
            let mut plan = self.rules.plan(next);
            let sieve = if cfg!(feature = "sieves") && self.has_sieves { self.program.sieve_at(next) } else { None };
            (plan.rules, next) = match sieve {
                Some(sieve) => (sieve.rules.clone(), sieve.experiences.end),
                None => (plan.rules, next + 1),
            };
            if plan.schedule.is_some_and(|schedule| !self.is_running(schedule)) {
                continue;
            }
            running = true;
            let count = plan.rules.len().min(fuel);
            fuel -= count;
            let mut rules = plan.rules.start..plan.rules.start + count;
            let found = match sieve {
                Some(sieve) => self.sift(sieve, count, plan.purpose, decision),
                None => loop {
                    let found = self.scan(rules.clone(), plan.purpose, decision);
                    match found {
                        // Past rules whose content the contact policy holds back, or the page has no place for.
                        Some(rule)
                            if self.has_contact()
                                && self.is_passed_over(slot, [next - 1, rule], plan.purpose, decision) =>
                        {
                            rules.start = rule + 1;
                        }
                        _ => break found,
                    }
                },
            };
            self.note_seen(plan.purpose);
            if let Some(rule) = found {
                let experience = if sieve.is_some() { self.program.experience_of(rule) } else { next - 1 };
                decision.experience = Some(experience as u32);
                decision.rule = Some((rule - self.rules.plan(experience).rules.start) as u32);
                return self.hold(slot, experience, decision);
            }
            if count < plan.rules.len() {
                return decision.because(Reason::Default, Some(Detail::BudgetExhausted));
            }
        }
        if running && self.blocked == Some(Detail::Paused) {
            decision.because(Reason::Disabled, self.blocked);
        } else if running {
            decision.detail = self.blocked;
        } else {
            decision.because(Reason::Disabled, Some(Detail::Scheduled));
        }
    }

    /// Tries rules one after the other, and gives the one that decided.
    fn scan(&mut self, rules: Range<usize>, purpose: Purpose, decision: &mut Decision) -> Option<usize> {
        for rule in rules {
            self.seen |= self.rules.support_bits(rule);
            if self.has_more {
                self.rules.support(rule).filter(|read| *read >= 64).for_each(|read| self.note(read, purpose));
            }
            self.varies |= self.rules.reads_clock(rule);
            if self.attempt(rule, purpose, decision) {
                return Some(rule);
            }
        }
        None
    }

    /// True if the site has a contact policy. Known to be false when an engine is built without them, so that it has no code for them.
    #[inline(always)]
    fn has_contact(&self) -> bool {
        cfg!(feature = "contact") && self.has_contact
    }

    /// True if a rule that matched does not decide: the contact policy holds its content back, or the page leaves no place for it. What the
    /// policy holds back takes no place, so the policy is asked first.
    #[inline(never)]
    fn is_passed_over(
        &mut self,
        slot: u32,
        [experience, rule]: [usize; 2],
        purpose: Purpose,
        decision: &mut Decision,
    ) -> bool {
        let place = rule - self.rules.plan(experience).rules.start;
        if self.is_withheld(slot, [experience, place], purpose, decision) {
            return true;
        }
        let gives_way = match self.rules.effect(rule) {
            Effect::Show(content) => self.gives_way(rule, Some(content), decision),
            _ => false,
        };
        if gives_way {
            decision.content = None;
            decision.because(Reason::Default, None);
        }
        gives_way
    }

    /// Says why a slot is the origin's own, where the contact policy made it so.
    #[inline(never)]
    fn say_withheld(&mut self, slot: u32, decision: &mut Decision) {
        let withheld = self.withheld.take();
        let is_cut_short = decision.detail == Some(Detail::BudgetExhausted);
        if decision.experience.is_some() || decision.reason != Reason::Default || is_cut_short {
            return;
        }
        if let Some((detail, withheld)) = self.suppression(slot).or(withheld) {
            decision.detail = Some(detail);
            decision.withheld = Some(withheld);
        }
    }

    /// Tries one rule; `false` leaves the visit to the next one.
    pub(super) fn attempt(&mut self, rule: usize, purpose: Purpose, decision: &mut Decision) -> bool {
        match self.verdict(rule, purpose) {
            TRUE => self.effect(rule, decision),
            UNKNOWN if self.has_stale_feed() && self.is_suppressed(rule, purpose) => {
                decision.detail = Some(Detail::StaleFeed);
                true
            }
            // The first rule that could not be decided explains why nothing better was shown.
            UNKNOWN if self.blocked.is_none() => {
                self.blocked = Some(self.why_unknown(rule, purpose));
                false
            }
            _ => false,
        }
    }

    /// True if a feed that may be read is too old.
    pub(super) fn has_stale_feed(&self) -> bool {
        cfg!(feature = "feeds") && self.permitted.has_stale_feed
    }

    /// True if a rule that cannot be decided reads a feed that is too old, and must then show the origin's own content.
    #[inline(never)]
    fn is_suppressed(&self, rule: usize, purpose: Purpose) -> bool {
        let is_one = |read| self.permitted.stale_feed(usize::from(read), purpose) == Some(WhenStale::Suppress);
        self.rules.support(rule).any(is_one)
            && (self.program.orders().is_empty() || !self.is_ordered(Action::Pause, self.experience_name(rule)))
    }

    /// The verdict of a rule: it matches when all of its literals are true.
    #[inline(always)]
    pub(super) fn verdict(&mut self, rule: usize, purpose: Purpose) -> Known {
        let ground = Ground { program: self.program, permitted: self.permitted, purpose };
        let rules = self.rules;
        let Some(view) = self.view(purpose) else { return FALSE };
        let mut verdict = TRUE;
        for literal in rules.literals(rule) {
            match view.ask(&ground, literal) {
                TRUE => {}
                FALSE => return FALSE,
                _ => verdict = UNKNOWN,
            }
        }
        verdict
    }

    /// What is known of this visit for a purpose.
    #[inline(always)]
    pub(super) fn view(&mut self, purpose: Purpose) -> Option<&mut View> {
        let view = self.views.get_mut(purpose as usize)?;
        if !self.ready.has(purpose) {
            *self.ready = self.ready.with(purpose);
            view.reset(self.program);
        }
        Some(view)
    }

    /// The reason why a rule that reads these attributes cannot be decided. Hidden data comes before data of bad quality,
    /// and denied permissions come before permissions that nobody was asked for.
    #[inline(never)]
    fn why_unknown(&self, rule: usize, purpose: Purpose) -> Detail {
        let mut detail = Detail::DataQuality;
        let is_stale = |read| self.permitted.cause(usize::from(read), purpose) == Some(Cause::StaleFeed);
        if self.has_stale_feed() && self.rules.support(rule).any(is_stale) {
            detail = Detail::StaleFeed;
        }
        for read in self.rules.support(rule).map(usize::from).filter(|read| self.permitted.withholds(*read, purpose)) {
            detail = Detail::ConsentWithheld;
            if self
                .program
                .attribute(read)
                .is_some_and(|attribute| attribute.needs().is_refused(purpose, self.permitted.grants()))
            {
                return Detail::ConsentWithdrawn;
            }
        }
        detail
    }

    /// Notes what the rules that were looked at read among the first 64 attributes, once for all of them.
    #[inline(always)]
    fn note_seen(&mut self, purpose: Purpose) {
        let mut seen = core::mem::take(&mut self.seen);
        let is_first = self.reads.len() == self.start;
        while seen != 0 {
            let read = seen.trailing_zeros() as u16;
            seen &= seen - 1;
            if !is_first {
                self.note(read, purpose);
            } else if let Some(depth) = self.permitted.depth_of(usize::from(read), purpose) {
                self.depth = self.depth.max(depth);
                self.reads.push(read);
            }
        }
    }

    /// Notes that a rule which was looked at reads this attribute.
    #[inline(always)]
    pub(super) fn note(&mut self, read: u16, purpose: Purpose) {
        let Some(depth) = self.permitted.depth_of(usize::from(read), purpose) else { return };
        self.depth = self.depth.max(depth);
        // Ascending, each once; most come in order.
        match self.reads.last() {
            Some(last) if self.reads.len() > self.start && *last >= read => self.insert(read),
            _ => self.reads.push(read),
        }
    }

    /// Begins the list of what is read.
    pub(super) fn begin_reads(&mut self) {
        self.start = self.reads.len();
    }

    /// Where the list of what is read stands.
    pub(super) fn read_here(&self) -> Range<u32> {
        self.start as u32..self.reads.len() as u32
    }

    #[inline(never)]
    pub(super) fn insert(&mut self, read: u16) {
        if let Err(at) = self.reads.get(self.start..).unwrap_or_default().binary_search(&read) {
            self.reads.insert(self.start + at, read);
        }
    }

    /// Applies a matching rule; `false` leaves the visit to the next rule.
    #[inline(never)]
    fn effect(&mut self, rule: usize, decision: &mut Decision) -> bool {
        let has_orders = !self.program.orders().is_empty();
        if has_orders && self.is_ordered(Action::Pause, self.experience_name(rule)) {
            self.blocked = self.blocked.or(Some(Detail::Paused));
            return false;
        }
        let is_static = self.rules.literals(rule).next().is_none() && self.rules.support(rule).next().is_none();
        let reason = if is_static { Reason::Static } else { Reason::TargetingMatch };
        match self.rules.effect(rule) {
            Effect::Control => decision.reason = reason,
            // What the contact policy holds back takes no place, so the policy is asked first.
            Effect::Show(content) if !self.has_contact() && self.gives_way(rule, Some(content), decision) => {
                return false;
            }
            Effect::Show(content) => self.show(Some(content), reason, decision),
            Effect::Split(position) => {
                let split = self.program.split(position as usize);
                if has_orders && self.is_ordered(Action::Stop, split.experiment) {
                    decision.because(Reason::Disabled, Some(Detail::Stopped));
                    return true;
                }
                // Who is in an experiment can see each of its arms.
                if self.texts.is_some()
                    && self
                        .program
                        .arms(&split)
                        .any(|(content, ..)| content.is_some_and(|content| self.lacks_text(content)))
                {
                    decision.detail = Some(Detail::LocaleMissing);
                    return true;
                }
                let unit =
                    if split.is_alone { self.permitted.own_unit(split.unit) } else { self.permitted.unit(split.unit) };
                let Some((unit, id)) = unit else {
                    decision.detail = Some(match () {
                        () if self.permitted.covers(split.unit) => Detail::NoIdentity,
                        () if self.permitted.is_unit_refused(split.unit) => Detail::ConsentWithdrawn,
                        () => Detail::ConsentWithheld,
                    });
                    return true;
                };
                self.drawn |= 1 << unit as u8;
                let Some((arm, content, drawn)) = self.draw(position, &split, id) else { return false };
                if self.gives_way(rule, None, decision) {
                    return false;
                }
                self.show(content, Reason::Split, decision);
                decision.assignment = Some(Assignment { split: position, arm, unit, point: drawn });
            }
        }
        true
    }

    /// The name of the experience of a rule.
    fn experience_name(&self, rule: usize) -> &'c str {
        self.program.experience_name(self.program.experience_of(rule))
    }

    /// True if an order about an experience or experiment holds.
    #[inline(never)]
    fn is_ordered(&self, action: Action, name: &str) -> bool {
        self.program.order(action, name, self.permitted.now_ms).is_some()
    }

    /// Draws an arm; `None` is outside the experiment.
    fn draw(&self, position: u32, split: &Split<'_>, id: &str) -> Option<(u32, Option<u32>, u32)> {
        let (domain, salt) = split.layer.map_or((Domain::Traffic, split.salt), |layer| (Domain::Layer, layer));
        let mut drawn = None;
        let mut range = position as usize;
        loop {
            let (part, has_more) = self.program.taking_part(range);
            // With all of the traffic there is nothing to draw.
            if part.len() >= TOTAL as usize
                || part.contains(drawn.get_or_insert_with(|| point(domain, salt, id, TOTAL)))
            {
                break;
            }
            if !has_more {
                return None;
            }
            range += 1;
        }
        let drawn = point(Domain::Variant, split.salt, id, TOTAL);
        self.program.arm_at(position as usize, drawn).map(|(arm, content)| (arm, content, drawn))
    }

    /// Shows content unless it is past its expiry, or has no text that may be shown to this visitor.
    pub(super) fn show(&self, content: Option<u32>, reason: Reason, decision: &mut Decision) {
        if content.is_some_and(|content| self.is_expired(content)) {
            decision.detail = Some(Detail::Expired);
        } else if content.is_some_and(|content| self.lacks_text(content)) {
            decision.detail = Some(Detail::LocaleMissing);
        } else {
            decision.content = content;
            decision.reason = if self.permitted.stale { Reason::Stale } else { reason };
        }
    }

    /// True if content has no text in a locale that may be shown to this visitor.
    pub(super) fn lacks_text(&self, content: u32) -> bool {
        self.texts.is_some_and(|texts| texts.variant(content, self.permitted.locales()).is_none())
    }

    /// True if content is past its expiry.
    pub(super) fn is_expired(&self, content: u32) -> bool {
        self.program.content_expires_ms(content).is_some_and(|expires| self.permitted.now_ms >= expires)
    }
}
