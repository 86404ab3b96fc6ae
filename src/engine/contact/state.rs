//! The state of a device: the newest contacts of each cap and the dismissed contents, in a form of fixed length.
//!
//! ```text
//! u8 form  u32 anchor  u8 scopes  u8 depth  u16 check
//! scopes × ( u8 ordinal  depth × u16 age )   u8 dismissals  u8 sequences   room × ( u16 ordinal  u16 age )
//! ```
//!
//! Times are whole units of 15 minutes, rounded **up**, so that a contact never counts for a shorter time than it should. An age is counted
//! back from the anchor, the newest of them. The bytes are base64url without padding. A state names caps and contents by the numbers of the
//! lock file, so that a new release reads what an older one wrote.

use alloc::string::String;
use alloc::vec::Vec;

use super::history::History;
use super::{STATE_CHARACTERS_MAX, characters, state_bytes};
use crate::bundle::contact::Policy;
use crate::words::base64::{FOR_URLS, base64, bytes_of};
use crate::words::time::MINUTE;

/// The unit of times.
pub const UNIT: i64 = 15 * MINUTE;
const FORM: u8 = 1;
const HEAD: usize = 9;
/// An age that says that there is no time.
const NONE: u16 = u16::MAX;
/// A count of dismissals that says that there was no room for one.
const FULL: u8 = u8::MAX;

/// Reads a state. An empty one has nothing in it. One that cannot be read counts as if every cap was reached now.
pub fn read(policy: &Policy, text: &str, now_ms: i64) -> History {
    if text.is_empty() {
        return History::empty(policy);
    }
    let bytes = if text.len() <= STATE_CHARACTERS_MAX { bytes_of(text, FOR_URLS) } else { None };
    bytes.and_then(|bytes| decoded(policy, &bytes, now_ms)).unwrap_or_else(|| History::exhausted(policy, now_ms))
}

fn decoded(policy: &Policy, bytes: &[u8], now_ms: i64) -> Option<History> {
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let [FORM, a, b, c, d, scopes, depth, check @ ..] = head else { return None };
    if checksum(head.get(..HEAD - 2)?, body).as_slice() != check {
        return None;
    }
    let anchor = i64::from(u32::from_be_bytes([*a, *b, *c, *d]));
    // A clock that was wrong leaves times to come. They count as now, and no longer as they would.
    let time = |age: u16| {
        let at = (anchor - i64::from(age)) * UNIT;
        (age != NONE).then(|| if at > now_ms + UNIT { now_ms } else { at })
    };
    let number = |bytes: &[u8]| u16::from_be_bytes([*bytes.first().unwrap_or(&0), *bytes.get(1).unwrap_or(&0)]);
    let width = 1 + 2 * usize::from(*depth);
    let (rings, rest) = body.split_at_checked(usize::from(*scopes) * width)?;
    let mut history = History { is_mended: anchor * UNIT > now_ms + UNIT, ..History::empty(policy) };
    for ring in rings.chunks_exact(width) {
        let (ordinal, ages) = ring.split_first()?;
        // A cap that is gone has nothing to say.
        let Some(cap) = policy.caps.iter().position(|cap| cap.ordinal == *ordinal) else { continue };
        ages.chunks_exact(2).filter_map(|age| time(number(age))).for_each(|at| history.add(policy, cap, at));
    }
    let ([dismissals, _], rest) = rest.split_first_chunk::<2>()?;
    history.is_full = *dismissals == FULL;
    for entry in rest.chunks_exact(4) {
        let content = policy.ordinals.iter().position(|ordinal| *ordinal == number(entry));
        let at = time(number(entry.get(2..)?));
        history.dismissed.extend(content.zip(at).map(|(content, at)| (content as u32, at)));
    }
    // Those that have cooled off make room again.
    let since = now_ms.saturating_sub(1_000 * i64::from(policy.cool_off_seconds));
    history.dismissed.retain(|(_, at)| *at > since);
    history.is_full &= history.dismissed.len() >= usize::from(policy.dismissals);
    Some(history)
}

/// Writes a state. Every state of a policy has the same length, so its length tells nothing.
pub fn write(policy: &Policy, history: &History) -> String {
    let depth = policy.caps.iter().map(|cap| usize::from(cap.max)).max().unwrap_or(0);
    let room = if policy.cool_off_seconds > 0 { usize::from(policy.dismissals) } else { 0 };
    let unit = |ms: i64| ms.div_euclid(UNIT) + i64::from(ms.rem_euclid(UNIT) > 0);
    let times = history.caps.iter().flatten().chain(history.dismissed.iter().map(|(_, at)| at));
    let anchor = times.map(|at| unit(*at)).max().unwrap_or(0).clamp(0, i64::from(u32::MAX));
    let age = |at: i64| u16::try_from(anchor - unit(at)).unwrap_or(NONE).to_be_bytes();
    let mut body: Vec<u8> = Vec::with_capacity(state_bytes(policy.caps.len(), depth, room, 0));
    for (cap, times) in policy.caps.iter().zip(&history.caps) {
        body.push(cap.ordinal);
        let ages = times.iter().map(|at| age(*at)).chain(core::iter::repeat(NONE.to_be_bytes()));
        ages.take(depth).for_each(|age| body.extend(age));
    }
    let kept = history.dismissed.len().min(room);
    body.push(if history.is_full || history.dismissed.len() > room { FULL } else { kept as u8 });
    body.push(0);
    for at in 0..room {
        let (content, age) = match history.dismissed.get(at) {
            Some((content, at)) => (policy.ordinals.get(*content as usize).copied().unwrap_or(NONE), age(*at)),
            None => (NONE, NONE.to_be_bytes()),
        };
        body.extend(content.to_be_bytes());
        body.extend(age);
    }
    let [a, b, c, d] = (anchor as u32).to_be_bytes();
    let mut bytes = Vec::from([FORM, a, b, c, d, policy.caps.len() as u8, depth as u8]);
    let check = checksum(&bytes, &body);
    bytes.extend(check);
    bytes.extend(body);
    debug_assert!(characters(bytes.len()) <= STATE_CHARACTERS_MAX);
    let mut text = base64(&bytes, FOR_URLS);
    text.truncate(text.trim_end_matches('=').len());
    text
}

/// Fletcher's sum: a state that was cut or garbled is not read.
fn checksum(head: &[u8], body: &[u8]) -> [u8; 2] {
    let (mut low, mut high) = (0_u16, 0_u16);
    for byte in head.iter().chain(body) {
        low = (low + u16::from(*byte)) % 255;
        high = (high + low) % 255;
    }
    [high as u8, low as u8]
}
