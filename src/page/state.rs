//! The state cookie: attributes of the device, each with the day on which it was written. Takes its value,
//! `visitor.visits_30d=6~20413` in percent-encoding. Gives one attribute's text and day, or the value that is left with the
//! present permissions. It never reads a day in the future, because such a value would be kept for ever.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::cookies;
use crate::bundle::manifest::AttributeEntry;
use crate::consent::Grants;
use crate::words::Instant;
use crate::words::time::DAY;

/// The kept state of one attribute.
pub(super) struct Entry {
    /// The value, as text.
    pub text: String,
    /// The start of the day on which it was written, so that no value is used for longer than it may be kept. `None` without a
    /// stamp that can be right.
    pub observed: Option<Instant>,
}

/// The entry of an attribute in `state`.
pub(super) fn entry(state: &str, attribute: &str, now_ms: i64) -> Option<Entry> {
    let kept = cookies::parameter(state, attribute)?;
    let is_stamp = |stamp: &str| !stamp.is_empty() && stamp.bytes().all(|byte| byte.is_ascii_digit());
    let (text, stamp) = match kept.rsplit_once('~').filter(|(_, stamp)| is_stamp(stamp)) {
        Some((text, stamp)) => (text.to_string(), stamp.parse::<i64>().ok()),
        None => (kept, None),
    };
    let day = stamp.filter(|day| *day <= now_ms.div_euclid(DAY));
    Some(Entry { text, observed: day.map(|day| Instant(day * DAY)) })
}

/// The value without what the visitor's grants no longer cover; `None` when they cover all of it.
pub(super) fn without_uncovered(state: &str, attributes: &[AttributeEntry], grants: &Grants) -> Option<String> {
    let is_covered = |pair: &&str| {
        let name = pair.split_once('=').map(|(name, _)| cookies::decode(name));
        let found = attributes.iter().find(|attribute| Some(&attribute.name) == name.as_ref());
        found.is_some_and(|attribute| attribute.in_state_cookie() && attribute.needs().may_keep(grants))
    };
    let pairs = || state.split('&').filter(|pair| !pair.is_empty());
    if pairs().all(|pair| is_covered(&pair)) {
        return None;
    }
    // It goes into a header again. We never write a character that a cookie may not have.
    let is_plain = |pair: &&str| pair.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
    Some(pairs().filter(is_covered).filter(is_plain).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_as_old_as_the_day_of_its_stamp() {
        let now_ms = 20_413 * DAY + DAY / 2;
        let cases = [
            ("6~20413", "6", Some(20_413)),
            ("6%7E20383", "6", Some(20_383)),
            ("a~b~0", "a~b", Some(0)),
            ("~1", "", Some(1)),
            // To come.
            ("6~20414", "6", None),
            ("6~99999999999999999999", "6", None),
            ("6", "6", None),
            ("6~", "6~", None),
            ("6~-1", "6~-1", None),
            ("6~2e4", "6~2e4", None),
        ];
        for (kept, text, day) in cases {
            let entry = entry(&alloc::format!("other=1~1&x={kept}"), "x", now_ms).expect(kept);
            assert_eq!((entry.text.as_str(), entry.observed), (text, day.map(|day| Instant(day * DAY))), "{kept}");
        }
        assert!(entry("other=1~1", "x", now_ms).is_none());
    }
}
