//! Rules that only a stream of events shows: a repeated id, a visitor who sends more than a person can, and consent
//! that went back.
//!
//! Takes one sound event after the other, gives the rule that it breaks beside the others. It keeps digests, in room for a fixed
//! number of them, however long the stream is: the newest half is always at hand, the oldest half is forgotten at once.

use alloc::collections::{BTreeMap, BTreeSet};
use core::mem;

use sha2::{Digest as _, Sha256};

use super::{Rule, is_possible};
use crate::bundle::manifest::EventRules;

/// Event ids, and visitors, that are remembered: together about a hundred megabytes at the most.
pub const MEMORY: usize = 1 << 20;

/// The median of so many times before an event stands for its arrival where the stream does not say it.
const TIMES: usize = 15;

const DAY_SECONDS: u32 = 86_400;

/// The first half of a SHA-256: no id itself is kept, and nobody can choose two that meet.
type Key = [u8; 16];

/// What is remembered of the stream.
#[derive(Clone, Debug)]
pub struct Window {
    memory: usize,
    ids: [BTreeSet<Key>; 2],
    visitors: [BTreeMap<Key, Visitor>; 2],
    /// The newest last.
    times: [i64; TIMES],
    known_times: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Visitor {
    /// The window of the rate that the count is of.
    window: i64,
    events: u32,
    epoch: u32,
}

/// What a window asks of an event.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'e> {
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// True if that time is only a day. Then the day is the window of a rate, and as many windows are in it.
    pub is_day: bool,
    /// Its own id.
    pub event_id: Option<&'e str>,
    /// Its visitor.
    pub visitor: Option<&'e str>,
    /// Its consent epoch.
    pub epoch: Option<u32>,
}

impl Default for Window {
    fn default() -> Self {
        Self::new(MEMORY)
    }
}

impl Window {
    /// With room for so many ids and so many visitors.
    pub fn new(memory: usize) -> Self {
        let (ids, visitors) = Default::default();
        Self { memory, ids, visitors, times: [0; TIMES], known_times: 0 }
    }

    /// True if an event can have happened, and arrived, at the times that it says. It notes the time, late or not, unless that
    /// cannot be. Without a time of arrival in the stream, it is about the time of the events before it. All of it was
    /// before `now_ms`.
    pub fn is_timely(&mut self, rules: &EventRules, at_ms: i64, arrived_ms: Option<i64>, now_ms: i64) -> bool {
        if !is_possible(rules, at_ms, now_ms) {
            return false;
        }
        let usual_ms = self.usual_ms();
        self.times.rotate_left(1);
        let [.., newest] = &mut self.times;
        *newest = at_ms;
        self.known_times = self.known_times.saturating_add(1);
        match arrived_ms {
            Some(arrived_ms) => is_possible(rules, arrived_ms, now_ms) && super::is_timely(rules, at_ms, arrived_ms),
            None => {
                let late_ms = i64::from(rules.late_seconds) * 1_000;
                usual_ms.is_none_or(|usual_ms| at_ms >= usual_ms.saturating_sub(late_ms))
            }
        }
    }

    /// The median time of the events before, which one wrong clock does not move; `None` until there are enough of them.
    fn usual_ms(&self) -> Option<i64> {
        let mut times = self.times;
        times.sort_unstable();
        (self.known_times >= TIMES).then(|| times.get(TIMES / 2).copied()).flatten()
    }

    /// The rule that an event breaks, given those before it. One that breaks none is remembered.
    pub fn judge(&mut self, rules: &EventRules, sent: &Sent<'_>) -> Option<Rule> {
        let id = sent.event_id.map(key);
        if id.is_some_and(|id| self.ids.iter().any(|ids| ids.contains(&id))) {
            return Some(Rule::Duplicate);
        }
        if let Some(visitor) = sent.visitor.map(key)
            && let Some(rule) = self.of_visitor(rules, visitor, sent)
        {
            return Some(rule);
        }
        if let Some(id) = id {
            let [newer, older] = &mut self.ids;
            if newer.len() >= self.memory / 2 {
                *older = mem::take(newer);
            }
            newer.insert(id);
        }
        None
    }

    fn of_visitor(&mut self, rules: &EventRules, key: Key, sent: &Sent<'_>) -> Option<Rule> {
        let [newer, older] = &mut self.visitors;
        let mut visitor = newer.get(&key).or_else(|| older.get(&key)).copied().unwrap_or_default();
        let epoch = sent.epoch.unwrap_or(visitor.epoch);
        if epoch < visitor.epoch {
            return Some(Rule::Epoch);
        }
        visitor.epoch = epoch;
        if let Some(rate) = rules.rate {
            let seconds = rate.seconds.max(1);
            let span = if sent.is_day { seconds.max(DAY_SECONDS) } else { seconds };
            let window = sent.at_ms.div_euclid(i64::from(span) * 1_000);
            if visitor.window != window {
                visitor = Visitor { window, events: 0, ..visitor };
            }
            if visitor.events >= rate.events.saturating_mul(span.div_ceil(seconds)) {
                return Some(Rule::Rate);
            }
            visitor.events += 1;
        }
        if newer.len() >= self.memory / 2 && !newer.contains_key(&key) {
            *older = mem::take(newer);
        }
        newer.insert(key, visitor);
        None
    }
}

fn key(text: &str) -> Key {
    let digest = Sha256::digest(text.as_bytes());
    core::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::bundle::manifest::Rate;

    fn sent<'e>(at_ms: i64, event_id: Option<&'e str>, visitor: Option<&'e str>, epoch: u32) -> Sent<'e> {
        Sent { at_ms, is_day: false, event_id, visitor, epoch: Some(epoch) }
    }

    #[test]
    fn an_id_is_known_for_half_the_memory_at_least() {
        let (rules, mut window) = (EventRules::default(), Window::new(100));
        let mut judge = |id: &str| window.judge(&rules, &sent(0, Some(id), None, 0));
        assert_eq!(judge("first"), None);
        for n in 0..49 {
            assert_eq!(judge(&format!("{n}")), None);
        }
        assert_eq!(judge("first"), Some(Rule::Duplicate));
        for n in 49..1_000 {
            assert_eq!(judge(&format!("{n}")), None, "{n}");
            assert_eq!(judge(&format!("{}", n - 49)), Some(Rule::Duplicate), "{n}");
        }
        assert_eq!(judge("first"), None, "it is forgotten by now");
        assert!(window.ids.iter().all(|ids| ids.len() <= 50));
    }

    #[test]
    fn a_visitor_may_send_so_many_in_each_window() {
        let rules = EventRules { rate: Some(Rate { events: 2, seconds: 60 }), ..EventRules::default() };
        let mut window = Window::new(10);
        let mut judge = |at_ms, visitor| window.judge(&rules, &sent(at_ms, None, visitor, 0));
        let first = [judge(0, Some("a")), judge(59_999, Some("a")), judge(1, Some("a"))];
        assert_eq!(first, [None, None, Some(Rule::Rate)]);
        assert_eq!([judge(60_000, Some("a")), judge(0, Some("b")), judge(-1, Some("b"))], [None, None, None]);
        // Of a line that says the day alone, all windows of the day count.
        let day = |_| window.judge(&rules, &Sent { is_day: true, ..sent(0, None, Some("c"), 0) });
        assert_eq!((0..2 * 1_440 + 1).map(day).filter(Option::is_some).count(), 1);
        let mut judge = |at_ms, visitor| window.judge(&rules, &sent(at_ms, None, visitor, 0));
        // Nobody knows whose these are.
        assert!((0..9).all(|_| judge(0, None).is_none()));
    }

    #[test]
    fn events_of_a_withdrawn_consent_are_not_joined_to_a_later_one() {
        let (rules, mut window) = (EventRules::default(), Window::new(10));
        let mut judge = |visitor, epoch| window.judge(&rules, &sent(0, None, Some(visitor), epoch));
        assert_eq!([judge("a", 1), judge("a", 3), judge("a", 2)], [None, None, Some(Rule::Epoch)]);
        assert_eq!([judge("b", 2), judge("a", 3)], [None, None]);
    }

    #[test]
    fn the_memory_for_visitors_has_an_end_too() {
        let rules = EventRules { rate: Some(Rate { events: 1, seconds: 1 }), ..EventRules::default() };
        let mut window = Window::new(64);
        for n in 0..10_000 {
            let visitor = format!("{n}");
            assert_eq!(window.judge(&rules, &sent(0, None, Some(&visitor), 0)), None);
            assert_eq!(window.judge(&rules, &sent(0, None, Some(&visitor), 0)), Some(Rule::Rate));
        }
        assert!(window.visitors.iter().all(|visitors| visitors.len() <= 32));
    }

    #[test]
    fn one_wrong_clock_does_not_move_the_others() {
        const BEGIN: i64 = 1_796_112_000_000;
        let rules = EventRules { late_seconds: 600, early_seconds: 60, ..EventRules::default() };
        let (mut window, minute) = (Window::default(), |n: i64| BEGIN + n * 60_000);
        let mut is_timely = |at_ms, arrived_ms| window.is_timely(&rules, at_ms, arrived_ms, minute(100));
        assert!(is_timely(minute(-1_000), None), "nothing is known yet");
        assert!((0..20).all(|n| is_timely(minute(20 + n), None)));
        assert!(!is_timely(minute(200), None) && !is_timely(i64::MAX, None), "of the future");
        assert!(is_timely(minute(40), None));
        assert!(is_timely(minute(30), None) && !is_timely(minute(1), None), "of the past");
        assert!(is_timely(minute(1), Some(minute(2))), "the stream says when it arrived");
        assert!(!is_timely(minute(40), Some(minute(60))));
        // A quiet night is no fault.
        assert!((0..20).all(|n| is_timely(minute(80 + n), None)));
    }

    #[test]
    fn a_time_that_cannot_be_is_found_and_moves_no_other() {
        use crate::log::quality::EARLIEST_MS;
        const NOW: i64 = 1_796_112_000_000;
        let rules = EventRules { late_seconds: 600, early_seconds: 60, ..EventRules::default() };
        let mut window = Window::default();
        let mut is_timely = |at_ms, arrived_ms| window.is_timely(&rules, at_ms, arrived_ms, NOW);
        for wrong in [-5, 0, NOW / 1_000, EARLIEST_MS - 1, NOW + 60_001, 1_861_920_000_000, i64::MIN, i64::MAX] {
            for arrived in [None, Some(wrong), Some(NOW)] {
                assert!((0..20).all(|_| !is_timely(wrong, arrived)), "{wrong} {arrived:?}");
            }
            assert!(!is_timely(NOW, Some(wrong)), "arrived at {wrong}");
        }
        assert!(is_timely(NOW, None) && is_timely(NOW + 60_000, Some(NOW + 60_000)));
        assert!(!is_timely(NOW + 60_001, Some(NOW + 1)), "ahead of its arrival, and of now");
    }
}
