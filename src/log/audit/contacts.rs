//! The contacts before that a contact policy asked about.
//!
//! Takes the history of a visit and the experiences that were tried. Gives what can have had a say: for each cap that is reached, the oldest
//! time that fills it, and when content was dismissed that may not be shown again yet. So a record never lists what somebody was sent.

use alloc::string::String;
use core::fmt::Write as _;

use super::{Asked, Part, Recorded, kept_days};
use crate::bundle::{Bundle, Effect, Program};
use crate::engine::contact::History;
use crate::log::{field, name};
use crate::words::hex;

/// The promotional class, as a bit.
const PROMOTIONAL: u8 = 1;

/// The whole days that contacts before are kept: as long as the policy looks back. `None` where it does not.
pub fn contact_days(bundle: &Bundle) -> Option<u32> {
    if !cfg!(feature = "contact") {
        return None;
    }
    let policy = bundle.program().contact();
    let caps = policy.caps.iter().map(|cap| cap.window_seconds.max(u32::from(cap.period_days) * 86_400));
    let seconds = caps.chain([policy.cool_off_seconds]).max().filter(|seconds| *seconds > 0)?;
    Some(kept_days(Some(seconds.div_ceil(86_400).saturating_mul(86_400))))
}

/// Appends what the policy had of contacts before: a digest of it, or a word for none. Nothing for a site without a policy.
pub(super) fn write(line: &mut String, parts: &mut [Part], asked: &Asked<'_, '_>, recorded: &[Recorded<'_>]) {
    let (program, days) = (asked.bundle.program(), contact_days(asked.bundle));
    let policy = program.contact();
    if !policy.has_history() {
        return;
    }
    let had_say = recorded.iter().any(|(decision, _)| decision.asked_policy());
    let tried = || recorded.iter().flat_map(|(_, tried)| tried);
    let is_tried = |cap: &crate::bundle::contact::Cap| {
        tried().any(|tried| {
            u16::try_from(tried.experience).is_ok_and(|at| cap.scope.experiences.binary_search(&at).is_ok())
        })
    };
    let class = |experience: usize| policy.class_of.get(experience).copied().unwrap_or(PROMOTIONAL);
    let cools = policy.cool_off_seconds > 0 && tried().any(|tried| class(tried.experience) & PROMOTIONAL != 0);
    if !had_say || (!cools && !policy.caps.iter().any(is_tried)) {
        return field(line, "contacts", Some("not_asked"));
    }
    let Some(history) = asked.permitted.history() else { return field(line, "contacts", Some("unknown")) };
    let Some(Part { key, text, .. }) = parts.iter_mut().find(|part| part.days.is_none_or(|of| Some(of) == days)) else {
        return;
    };

    let mut told = String::from("{\"caps\":{");
    for (cap, times) in policy.caps.iter().zip(&history.caps).filter(|(cap, _)| is_tried(cap)) {
        if let Some(oldest) = times.get(usize::from(cap.max).saturating_sub(1)) {
            write_time(&mut told, &cap.name, *oldest);
        }
    }
    told.push_str("},\"dismissed\":{");
    if cools {
        write_dismissed(&mut told, asked, history, recorded);
    }
    told.push('}');
    if cools && history.is_full {
        told.push_str(",\"full\":true");
    }
    told.push('}');
    field(line, "contacts", Some(&hex(&key.digest("contacts", "", told.as_bytes()))));
    name(text, "contacts");
    text.push_str(&told);
}

/// The contents that rules which were looked at can show, as far as they still cool off: each with the last time it was dismissed.
fn write_dismissed(told: &mut String, asked: &Asked<'_, '_>, history: &History, recorded: &[Recorded<'_>]) {
    let program = asked.bundle.program();
    let cool_off_ms = 1_000 * i64::from(program.contact().cool_off_seconds);
    for content in 0..program.contents() as u32 {
        let times = history.dismissed.iter().filter(|(one, _)| *one == content).map(|(_, at)| *at);
        let Some(at) = times.max().filter(|at| asked.permitted.now_ms() < at.saturating_add(cool_off_ms)) else {
            continue;
        };
        let mut rules = recorded.iter().flat_map(|(_, tried)| tried).flat_map(|tried| tried.rules.clone());
        if rules.any(|rule| shows(program, rule, content)) {
            write_time(told, program.content_name(content), at);
        }
    }
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
