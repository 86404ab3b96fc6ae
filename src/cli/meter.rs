//! The progress of long work: one changing line on a terminal, and otherwise a line now and then. Takes how much there is to
//! do and how much of it is done, writes to standard error. Work never fails because its progress cannot be shown.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub(super) struct Meter {
    total: u64,
    unit: Unit,
    begun: Instant,
    shown: Mutex<Instant>,
    is_terminal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Visitors with their twins.
    Pairs,
    /// Bytes of files, told in millions.
    Bytes,
    /// Files of a release.
    Files,
    /// Persons of a simulation.
    Persons,
    /// Time zones.
    Zones,
}

/// Between two lines on a terminal.
const LIVELY: Duration = Duration::from_millis(200);
/// Between two lines without a terminal.
const QUIET: Duration = Duration::from_secs(30);

impl Meter {
    pub(super) fn new(total: u64, unit: Unit) -> Self {
        let begun = Instant::now();
        Self { total, unit, begun, shown: Mutex::new(begun), is_terminal: std::io::stderr().is_terminal() }
    }

    pub(super) fn tick(&self, done: u64) {
        let Ok(mut shown) = self.shown.lock() else { return };
        if shown.elapsed() < if self.is_terminal { LIVELY } else { QUIET } {
            return;
        }
        *shown = Instant::now();
        let (start, end) = if self.is_terminal { ("\r", "\u{1b}[K") } else { ("", "\n") };
        let line = format!("{start}{}{end}", self.told(done, self.begun.elapsed().as_secs_f64()));
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    /// Takes the line away; gives the seconds that it took.
    pub(super) fn finish(self) -> f64 {
        if self.is_terminal {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
        self.begun.elapsed().as_secs_f64()
    }

    fn told(&self, done: u64, seconds: f64) -> String {
        let (name, scale) = match self.unit {
            Unit::Pairs => ("pairs", 1),
            Unit::Bytes => ("MB", 1_000_000),
            Unit::Files => ("files", 1),
            Unit::Persons => ("persons", 1),
            Unit::Zones => ("zones", 1),
        };
        let rate = done as f64 / seconds.max(0.001);
        let left = self.total.saturating_sub(done) as f64 / rate.max(1.0);
        let percent = (100 * done).checked_div(self.total);
        let (done, total, rate) = (done / scale, self.total / scale, rate / scale as f64);
        match percent.filter(|percent| *percent <= 100) {
            Some(percent) => format!("{done} of {total} {name} ({percent} %), {rate:.0} a second, {left:.0} s left"),
            // Standard input has no length.
            None => format!("{done} {name}, {rate:.0} a second"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_units_that_people_read() {
        let pairs = Meter::new(1_000_000, Unit::Pairs).told(250_000, 10.0);
        assert_eq!(pairs, "250000 of 1000000 pairs (25 %), 25000 a second, 30 s left");
        let bytes = Meter::new(2_400_000_000, Unit::Bytes).told(600_000_000, 3.0);
        assert_eq!(bytes, "600 of 2400 MB (25 %), 200 a second, 9 s left");
        assert_eq!(Meter::new(0, Unit::Bytes).told(8_000_000, 4.0), "8 MB, 2 a second");
    }
}
