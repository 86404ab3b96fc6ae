//! The contacts before that a contact policy asked about.
//!
//! Takes the history of a visit and the experiences that were tried. Gives what can have had a say. Of a cap that is reached, that is the oldest
//! time that fills it. Of a sequence or a rotation, it is the place in it. Of content, it is when it was dismissed or shown, while it may not be
//! shown again. So a record never lists what somebody was sent.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::ops::Range;

use super::{Asked, Part, Recorded, kept_days};
use crate::bundle::contact::{Cap, Scope};
use crate::bundle::repeat::{Rotation, Sequence, Step};
use crate::bundle::{Bundle, Effect, Program};
use crate::engine::contact::{History, Track, WINDOW_SECONDS_MAX, rotation_name};
use crate::log::{field, name};
use crate::words::{hex, write_text};

/// The promotional class, as a bit.
const PROMOTIONAL: u8 = 1;

/// The whole days that contacts before are kept: as long as the policy looks back. `None` where it does not.
pub fn contact_days(bundle: &Bundle) -> Option<u32> {
    if !cfg!(feature = "contact") {
        return None;
    }
    let policy = bundle.program().contact();
    let caps = policy.caps.iter().map(|cap| cap.window_seconds.max(u32::from(cap.period_days) * 86_400));
    let repeat = &policy.repeat;
    let steps = repeat.sequences.iter().flat_map(|one| &one.steps);
    let steps = steps.map(|step| step.wait_seconds.saturating_add(step.expires_seconds));
    // A sequence that never begins again, and a turn that is for one contact, are kept as long as a device keeps them.
    let kept = |seconds: u32| if seconds == 0 { WINDOW_SECONDS_MAX } else { seconds };
    let again = repeat.sequences.iter().map(|one| kept(one.again_seconds));
    let turns = repeat.rotations.iter().map(|one| kept(one.every_seconds));
    let once = repeat.once.iter().map(|one| one.window_seconds);
    let all = caps.chain([policy.cool_off_seconds]).chain(steps).chain(again).chain(turns).chain(once);
    let seconds = all.max().filter(|seconds| *seconds > 0)?.min(WINDOW_SECONDS_MAX);
    Some(kept_days(Some(seconds.div_ceil(86_400).saturating_mul(86_400))))
}

/// Appends what the policy had of contacts before: a digest of it, or a word for none. Nothing for a site without a policy.
pub(super) fn write(line: &mut String, parts: &mut [Part], asked: &Asked<'_, '_>, recorded: &[Recorded<'_>]) {
    let (program, days) = (asked.bundle.program(), contact_days(asked.bundle));
    if !program.contact().has_history() {
        return;
    }
    let asking = Asking::new(program, recorded);
    let had_say = recorded.iter().any(|(decision, _)| decision.asked_policy());
    if !had_say || !asking.is_about_history() {
        return field(line, "contacts", Some("not_asked"));
    }
    let Some(history) = asked.permitted.history() else { return field(line, "contacts", Some("unknown")) };
    let Some(Part { key, text, .. }) = parts.iter_mut().find(|part| part.days.is_none_or(|of| Some(of) == days)) else {
        return;
    };
    let told = asking.told(history, asked.permitted.now_ms());
    field(line, "contacts", Some(&hex(&key.digest("contacts", "", told.as_bytes()))));
    name(text, "contacts");
    text.push_str(&told);
}

/// What decisions asked a policy about.
struct Asking<'p> {
    program: &'p Program,
    /// Experiences that were tried.
    experiences: Vec<usize>,
    /// The rules that were looked at. Of a rotation that is all of its turns.
    rules: Vec<Range<usize>>,
    /// Dismissed content may still cool off.
    cools: bool,
}

impl<'p> Asking<'p> {
    fn new(program: &'p Program, recorded: &[Recorded<'_>]) -> Self {
        let policy = program.contact();
        let class = |experience: usize| policy.class_of.get(experience).copied().unwrap_or(PROMOTIONAL);
        let tried = || recorded.iter().flat_map(|(_, tried)| tried);
        let experiences: Vec<usize> = tried().map(|tried| tried.experience).collect();
        let cools = policy.cool_off_seconds > 0 && experiences.iter().any(|at| class(*at) & PROMOTIONAL != 0);
        let looked_at: Vec<Range<usize>> = tried().map(|tried| tried.rules.clone()).collect();
        let is_looked_at =
            |turns: &Range<usize>| looked_at.iter().any(|rules| rules.start < turns.end && turns.start < rules.end);
        let rotations = policy.repeat.rotations.iter().map(|one| turns(program, one)).filter(is_looked_at);
        let rules = looked_at.iter().cloned().chain(rotations).collect();
        Self { program, experiences, rules, cools }
    }

    fn is_about_history(&self) -> bool {
        let repeat = &self.program.contact().repeat;
        self.cools
            || self.caps().next().is_some()
            || self.sequences().next().is_some()
            || self.rotations().next().is_some()
            || repeat.once.iter().any(|one| self.is_tried(&one.scope))
    }

    fn is_tried(&self, scope: &Scope) -> bool {
        let is_it = |at: &usize| u16::try_from(*at).is_ok_and(|at| scope.experiences.binary_search(&at).is_ok());
        self.experiences.iter().any(is_it)
    }

    fn caps(&self) -> impl Iterator<Item = (usize, &'p Cap)> {
        self.program.contact().caps.iter().enumerate().filter(|(_, cap)| self.is_tried(&cap.scope))
    }

    fn sequences(&self) -> impl Iterator<Item = (usize, &'p Sequence)> {
        let is_tried = |step: &Step| self.experiences.contains(&usize::from(step.experience));
        let all = self.program.contact().repeat.sequences.iter().enumerate();
        all.filter(move |(_, one)| one.steps.iter().any(is_tried))
    }

    fn rotations(&self) -> impl Iterator<Item = (usize, &'p Rotation)> {
        let all = self.program.contact().repeat.rotations.iter().enumerate();
        all.filter(|(_, one)| self.rules.contains(&turns(self.program, one)))
    }

    /// True if a rule that was looked at can show this.
    fn can_show(&self, content: u32) -> bool {
        self.rules.iter().flat_map(Range::clone).any(|rule| shows(self.program, rule, content))
    }

    /// Writes it as JSON. Of each cap that is the oldest time that fills it. Then come the last dismissals, the places in sequences and rotations,
    /// and the last contacts of content that is not shown again yet.
    fn told(&self, history: &History, now_ms: i64) -> String {
        let (program, policy) = (self.program, self.program.contact());
        let mut told = String::from("{\"caps\":{");
        for (at, cap) in self.caps() {
            let times = history.caps.get(at).and_then(|times| times.get(usize::from(cap.max).saturating_sub(1)));
            times.into_iter().for_each(|oldest| write_time(&mut told, &cap.name, *oldest));
        }
        told.push_str("},\"dismissed\":{");
        if self.cools {
            self.write_dismissed(&mut told, history, now_ms);
        }
        told.push('}');
        if policy.repeat.has_history() {
            told.push_str(",\"sequences\":{");
            for (at, one) in self.sequences() {
                let track = history.tracks.get(at).copied().flatten();
                track.into_iter().for_each(|track| write_place(&mut told, &one.name, track.last(program, one), &track));
            }
            told.push_str("},\"turns\":{");
            for (at, one) in self.rotations() {
                let track = history.tracks.get(policy.repeat.sequences.len() + at).copied().flatten();
                if let Some((track, content)) = track.and_then(|track| Some((track, track.turn(program, one)?))) {
                    write_place(&mut told, &rotation_name(one), Some(content), &track);
                }
            }
            told.push_str("},\"shown\":{");
            for (content, at) in &history.shown {
                let windows = policy.repeat.once.iter().filter(|one| self.is_tried(&one.scope));
                let window = windows.map(|one| 1_000 * i64::from(one.window_seconds)).max().unwrap_or(0);
                if now_ms < at.saturating_add(window) && self.can_show(*content) {
                    write_time(&mut told, program.content_name(*content), *at);
                }
            }
            told.push('}');
        }
        if self.cools && history.is_full {
            told.push_str(",\"full\":true");
        }
        told.push('}');
        told
    }

    /// The contents that rules which were looked at can show, as far as they still cool off: each with the last time it was dismissed.
    fn write_dismissed(&self, told: &mut String, history: &History, now_ms: i64) {
        let cool_off_ms = 1_000 * i64::from(self.program.contact().cool_off_seconds);
        for content in 0..self.program.contents() as u32 {
            let times = history.dismissed.iter().filter(|(one, _)| *one == content).map(|(_, at)| *at);
            let last = times.max().filter(|at| now_ms < at.saturating_add(cool_off_ms));
            if let Some(at) = last.filter(|_| self.can_show(content)) {
                write_time(told, self.program.content_name(content), at);
            }
        }
    }
}

/// The rules of a rotation: one for each turn.
fn turns(program: &Program, one: &Rotation) -> Range<usize> {
    let first = program.rulebook().plan(usize::from(one.experience)).rules.start + usize::from(one.rule);
    first..first + one.contents.len()
}

fn shows(program: &Program, rule: usize, content: u32) -> bool {
    match program.rulebook().effect(rule) {
        Effect::Control => false,
        Effect::Show(shown) => shown == content,
        Effect::Split(split) => {
            let split = program.split(split as usize);
            program.arms(&split).any(|(shown, ..)| shown == Some(content))
        }
    }
}

fn write_time(out: &mut String, key: &str, at_ms: i64) {
    name(out, key);
    // Writing to a String cannot fail.
    let _ = write!(out, "{at_ms}");
}

/// The last step or the content of a turn, with its time.
fn write_place(out: &mut String, key: &str, of: Option<&str>, track: &Track) {
    name(out, key);
    out.push('[');
    match of {
        Some(of) => write_text(out, of),
        None => out.push_str("null"),
    }
    let _ = write!(out, ",{}]", track.at_ms);
}
