//! The site's own consent cookie: one strictly necessary, first-party cookie with the visitor's choices.
//!
//! Takes and gives its value: `v=1&epoch=3&day=20413&depth=declared&personalization=1&storage=1&advertising=0`.
//!
//! - A purpose is `1` where the visitor granted it, `2` where a parent did, and `0` where it is denied. A purpose that is
//!   not named has no answer.
//! - `epoch` counts the visitor's changes of mind. `day` is the day of the last, in days since 1970 (UTC).
//! - `depth` is how personal decisions may be at most.
//!
//! It never reads a malformed value as a grant.

use alloc::string::String;
use core::fmt::Write;

use crate::words::{Depth, Purpose, Purposes};

/// The longest value that is read: far above the eight purposes there are.
pub const COOKIE_BYTES_MAX: usize = 512;

/// The visitor's choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Counts the visitor's changes of mind.
    pub epoch: u32,
    /// Granted by name.
    pub granted: Purposes,
    /// The purposes among them that a parent granted.
    pub parental: Purposes,
    /// Denied by name.
    pub denied: Purposes,
    /// The day of the last change, in days since 1970 (UTC). Grants that are older than the region's law lets them be are silence.
    pub day: Option<u32>,
    /// How personal decisions may be at most.
    pub depth: Option<Depth>,
}

/// Reads a value. `None` when it is malformed: not version 1, an unknown or repeated key, or anything but `0`, `1` and `2`.
pub fn parse(value: &str) -> Option<Choices> {
    if value.len() > COOKIE_BYTES_MAX {
        return None;
    }
    let mut pairs = value.split('&').map(|pair| pair.split_once('='));
    if pairs.next()?? != ("v", "1") {
        return None;
    }
    let mut choices = Choices::default();
    let mut epoch = None;
    for pair in pairs {
        match pair? {
            ("epoch", digits) if epoch.is_none() => epoch = Some(number(digits)?),
            ("day", day) if choices.day.is_none() => choices.day = Some(number(day)?),
            ("depth", depth) if choices.depth.is_none() => choices.depth = Some(Depth::from_name(depth)?),
            (name, choice) => {
                let purpose = Purpose::from_name(name)?;
                if choices.granted.has(purpose) || choices.denied.has(purpose) {
                    return None;
                }
                match choice {
                    "0" => choices.denied = choices.denied.with(purpose),
                    "1" | "2" => choices.granted = choices.granted.with(purpose),
                    _ => return None,
                }
                if choice == "2" {
                    choices.parental = choices.parental.with(purpose);
                }
            }
        }
    }
    Some(Choices { epoch: epoch.unwrap_or(0), ..choices })
}

fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Writes a value.
pub fn write(choices: &Choices) -> String {
    let mut value = String::new();
    // Writing to a String cannot fail.
    let _ = write!(value, "v=1&epoch={}", choices.epoch);
    if let Some(day) = choices.day {
        let _ = write!(value, "&day={day}");
    }
    if let Some(depth) = choices.depth {
        let _ = write!(value, "&depth={depth}");
    }
    let (granted, parental) = (choices.granted, choices.parental.and(choices.granted));
    let sets = [(granted.and(!parental), 1), (parental, 2), (choices.denied.and(!granted), 0)];
    for (set, choice) in sets {
        for purpose in set.iter() {
            let _ = write!(value, "&{purpose}={choice}");
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for bits in 0..=255_u8 {
            let granted = Purposes::from_bits(bits);
            let depth = Depth::from_byte(bits % 8);
            let day = (bits % 3 > 0).then_some(u32::from(bits) * 100);
            let parental = granted.and(Purposes::from_bits(bits.rotate_left(3)));
            let choices = Choices { epoch: u32::from(bits) * 7, granted, parental, denied: !granted, day, depth };
            assert_eq!(parse(&write(&choices)), Some(choices));
        }
    }

    #[test]
    fn malformed_values_are_not_read() {
        let malformed = "v=2&personalization=1 personalization=1 v=1&personalization=yes v=1&personalisation=1 \
            v=1&personalization=1&personalization=0 v=1&epoch=-1 v=1&epoch=99999999999 v=1&epoch=1&epoch=2 v=1&epoch \
            v=1&personalization=3 v=1&personalization=parent v=1&personalization=2&personalization=1 v=1&day= v=1&day=1&day=1 v=1&day=tomorrow v=1&depth=deep v=1&depth=none&depth=none v=1&";
        for value in malformed.split(' ').chain([""]) {
            assert_eq!(parse(value), None, "{value}");
        }
        assert_eq!(parse(&alloc::format!("v=1&epoch=1{}", "0".repeat(600))), None);
    }
}
