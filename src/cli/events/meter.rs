//! How far a long run is, on a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two lines on a terminal. Where nobody watches, nothing is said.
const PAUSE: Duration = Duration::from_millis(200);

/// Bytes read, of all there are.
pub(super) struct Meter {
    all: u64,
    read: u64,
    begun: Instant,
    shown: Instant,
    is_watched: bool,
}

impl Meter {
    /// Of these files; one that has no length, as standard input has none, counts nothing.
    pub(super) fn new<'p>(files: impl IntoIterator<Item = &'p Path>) -> Self {
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let (all, now) = (files.into_iter().map(length).sum(), Instant::now());
        Self { all, read: 0, begun: now, shown: now, is_watched: std::io::stderr().is_terminal() }
    }

    /// A line was read.
    pub(super) fn tick(&mut self, bytes: u64, lines: u64) {
        self.read += bytes;
        // The clock is asked now and then only.
        if !self.is_watched || !lines.is_multiple_of(4_096) || self.shown.elapsed() < PAUSE {
            return;
        }
        self.shown = Instant::now();
        let share = (100 * self.read.min(self.all)).checked_div(self.all);
        let share = share.map(|percent| format!("{percent} %, ")).unwrap_or_default();
        let rate = lines as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        // Nobody is helped by a run that stops as its progress cannot be shown.
        let _ = write!(std::io::stderr(), "\r{share}{lines} lines, {rate:.0} a second\u{1b}[K");
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.is_watched && self.shown != self.begun {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
