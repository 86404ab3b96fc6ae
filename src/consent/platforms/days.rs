//! The day of a choice, as platforms write it.

use crate::words::time::{DAY, days_from_civil};

/// The day of a date that begins a text, in days since 1970: `2026-01-02`. A text that has none is of no day that was.
pub(super) fn date(text: &[u8]) -> u32 {
    let sign = |at: usize| text.get(at) == Some(&b'-');
    let number = |from: usize, to: usize| digits(text.get(from..to).unwrap_or_default());
    let day = |month: i64| Some(days_from_civil(number(0, 4)?, month, number(8, 10)?));
    let day = number(5, 7).filter(|month| (1..=12).contains(month) && sign(4) && sign(7)).and_then(day);
    day.and_then(|day| u32::try_from(day).ok()).unwrap_or(NEVER)
}

/// The day of a moment, which is in milliseconds since 1970.
pub(super) fn moment(text: &[u8]) -> u32 {
    digits(text).and_then(|ms| u32::try_from(ms / DAY).ok()).unwrap_or(NEVER)
}

/// A day in the future. The reader then takes the signal for one from the future, which grants nothing.
const NEVER: u32 = u32::MAX;

/// A number of so many digits that nothing is lost.
fn digits(text: &[u8]) -> Option<i64> {
    let is_number = (1..=15).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0')))
}
