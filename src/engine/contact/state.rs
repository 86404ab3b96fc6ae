//! The state of a device: the newest contacts of each cap and the dismissed contents, in a form of fixed length.
//!
//! ```text
//! u8 form  u32 anchor  u8 scopes  u8 depth  u16 check
//! scopes × ( u8 ordinal  depth × u16 age )   u8 dismissals  u8 tracks   room × ( u16 ordinal  u16 age )
//! ```
//!
//! A policy with sequences, rotations or content that is shown once writes the second form. There the room is a number behind the two counts.
//! At its end stand the place in each sequence and rotation, and the last contact of each content that is kept:
//!
//! ```text
//! tracks × ( u8 ordinal  u16 value  u16 age )   kept × ( u16 ordinal  u16 age )
//! ```
//!
//! Times are whole units of 15 minutes, rounded **up**, so that a contact never counts for a shorter time than it should. An age is counted
//! back from the anchor, the newest of them. The bytes are base64url without padding. A state names caps and contents by the numbers of the
//! lock file, so that a new release reads what an older one wrote.

use alloc::string::String;
use alloc::vec::Vec;

use super::history::History;
use super::track::Track;
use super::{STATE_CHARACTERS_MAX, characters, repeat_bytes, state_bytes};
use crate::bundle::contact::Policy;
use crate::words::base64::{FOR_URLS, base64, bytes_of};
use crate::words::time::MINUTE;

/// The unit of times.
pub const UNIT: i64 = 15 * MINUTE;
const FORM: u8 = 1;
/// The form with tracks and kept contents.
const FORM_REPEAT: u8 = 2;
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
    let [form @ (FORM | FORM_REPEAT), a, b, c, d, scopes, depth, check @ ..] = head else { return None };
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
    let ([dismissals, tracks], rest) = rest.split_first_chunk::<2>()?;
    history.is_full = *dismissals == FULL;
    let (dismissed, rest) = match rest.split_first() {
        Some((room, rest)) if *form == FORM_REPEAT => rest.split_at_checked(4 * usize::from(*room))?,
        _ => (rest, &[][..]),
    };
    let contents = |entries: &[u8]| -> Vec<(u32, i64)> {
        let one = |entry: &[u8]| {
            let content = policy.ordinals.iter().position(|ordinal| *ordinal == number(entry))?;
            Some((content as u32, time(number(entry.get(2..)?))?))
        };
        entries.chunks_exact(4).filter_map(one).collect()
    };
    history.dismissed = contents(dismissed);
    let (tracks, kept) = rest.split_at_checked(5 * if *form == FORM_REPEAT { usize::from(*tracks) } else { 0 })?;
    for entry in tracks.chunks_exact(5) {
        let (ordinal, entry) = entry.split_first()?;
        // One that is gone has nothing to say.
        let Some(at) = ordinals(policy).position(|known| known == *ordinal) else { continue };
        if let Some(place) = history.tracks.get_mut(at) {
            *place = time(number(entry.get(2..)?)).map(|at_ms| Track { value: number(entry), at_ms });
        }
    }
    history.shown = contents(kept);
    history.shown.retain(|(content, _)| policy.repeat.kept.binary_search(content).is_ok());
    history.shown.sort_unstable();
    history.shown.dedup_by_key(|(content, _)| *content);
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
    let times = times.chain(history.tracks.iter().flatten().map(|track| &track.at_ms));
    let times = times.chain(history.shown.iter().map(|(_, at)| at));
    let anchor = times.map(|at| unit(*at)).max().unwrap_or(0).clamp(0, i64::from(u32::MAX));
    let age = |at: i64| u16::try_from(anchor - unit(at)).unwrap_or(NONE).to_be_bytes();
    let (is_repeated, tracks) = (policy.repeat.has_history(), policy.repeat.tracks());
    let bytes = state_bytes(policy.caps.len(), depth, room, tracks) + repeat_bytes(policy.repeat.kept.len());
    let mut body: Vec<u8> = Vec::with_capacity(bytes);
    for (cap, times) in policy.caps.iter().zip(&history.caps) {
        body.push(cap.ordinal);
        let ages = times.iter().map(|at| age(*at)).chain(core::iter::repeat(NONE.to_be_bytes()));
        ages.take(depth).for_each(|age| body.extend(age));
    }
    let kept = history.dismissed.len().min(room);
    body.push(if history.is_full || history.dismissed.len() > room { FULL } else { kept as u8 });
    body.push(tracks as u8);
    body.extend(is_repeated.then_some(room as u8));
    let content = |body: &mut Vec<u8>, entry: Option<&(u32, i64)>| {
        let (content, age) = match entry {
            Some((content, at)) => (policy.ordinals.get(*content as usize).copied().unwrap_or(NONE), age(*at)),
            None => (NONE, NONE.to_be_bytes()),
        };
        body.extend(content.to_be_bytes());
        body.extend(age);
    };
    (0..room).for_each(|at| content(&mut body, history.dismissed.get(at)));
    for (ordinal, track) in ordinals(policy).zip(&history.tracks) {
        // A place that is older than an age can say is kept as old as one can say.
        let old = |at: i64| u16::try_from(anchor - unit(at)).unwrap_or(NONE).min(NONE - 1).to_be_bytes();
        let (value, age) = track.map_or((NONE, NONE.to_be_bytes()), |track| (track.value, old(track.at_ms)));
        body.push(ordinal);
        body.extend(value.to_be_bytes());
        body.extend(age);
    }
    // Each kept content has its room, so that none is ever forgotten for another.
    for kept in &policy.repeat.kept {
        content(&mut body, history.shown.iter().find(|(content, _)| content == kept));
    }
    let [a, b, c, d] = (anchor as u32).to_be_bytes();
    let mut bytes =
        Vec::from([if is_repeated { FORM_REPEAT } else { FORM }, a, b, c, d, policy.caps.len() as u8, depth as u8]);
    let check = checksum(&bytes, &body);
    bytes.extend(check);
    bytes.extend(body);
    debug_assert!(characters(bytes.len()) <= STATE_CHARACTERS_MAX);
    let mut text = base64(&bytes, FOR_URLS);
    text.truncate(text.trim_end_matches('=').len());
    text
}

/// The numbers of sequences, then of rotations.
fn ordinals(policy: &Policy) -> impl Iterator<Item = u8> {
    let sequences = policy.repeat.sequences.iter().map(|one| one.ordinal);
    sequences.chain(policy.repeat.rotations.iter().map(|one| one.ordinal))
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
