//! The clock and the randomness of the server: the two things that the engine takes as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::words::hex;

/// Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// 32 hexadecimal digits for one page view. Without a source of randomness there are none, and nobody is assigned to an arm.
pub(super) fn randomness() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map(|()| hex(&bytes)).unwrap_or_default()
}
