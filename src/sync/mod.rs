//! A state machine that says when to fetch the head, and keeps the last good bundle.
//!
//! Takes the time and what became of a request; gives the next request, the last good value and a report. It never does I/O,
//! reads a clock or draws a random number. The host gives it a seed, so that a thousand isolates do not send requests in the
//! same second.
//!
//! A host that keeps its last good bundle somewhere asks [`Sync::recall`] first. A kept bundle that was checked a moment ago is used at once, and
//! the store is asked behind it. An older one is used only when the store fails:
//!
//! ```text
//! recall ─► kept a moment ago ──► use it; `due` at once
//!        └► older, or none ─────► due ─► the store's head is good ──► use it, keep it
//!                                     └► it fails ─► the older one, if there is one; back off
//! ```

use alloc::string::String;
use alloc::sync::Arc;

use crate::trust::Floor;
use crate::words::splitmix;

/// How often to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The shortest time between two requests.
    pub delay_min_ms: i64,
    /// The longest time between two requests, also after failures.
    pub delay_max_ms: i64,
}

impl Default for Settings {
    /// Half a minute to two minutes: a change is everywhere after about a minute, and a head is 600 bytes.
    fn default() -> Self {
        Self { delay_min_ms: 30_000, delay_max_ms: 120_000 }
    }
}

/// A request that the host should make now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path of the head, from the repository's root.
    pub path: String,
    /// For `If-None-Match`, if the last good head had an `ETag`.
    pub etag: Option<String>,
    /// What a head must not go below.
    pub floor: Floor,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The head is the one that we have (304).
    NotModified,
    /// A new head came, and everything that it names was verified.
    Fresh {
        /// What was opened.
        value: T,
        /// Its versions.
        floor: Floor,
        /// The head's `ETag`.
        etag: Option<String>,
    },
    /// No answer, or one that was refused; with the reason.
    Failed(String),
}

/// Where the value in use came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nowhere: there is no value.
    #[default]
    Nothing,
    /// From the store.
    Store,
    /// From what this host, or its neighbour, kept. No request has been answered well since.
    Kept,
}

/// The status for an operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Where the value in use came from.
    pub source: Source,
    /// When the last request was answered, well or not.
    pub checked_ms: Option<i64>,
    /// When an answer was last good, changed or not.
    pub good_ms: Option<i64>,
    /// When the value last changed.
    pub changed_ms: Option<i64>,
    /// When the next request is due.
    pub next_ms: i64,
    /// How many requests failed since the last good answer.
    pub failures: u32,
    /// Why the last of them failed.
    pub failure: Option<String>,
}

/// The state of one host's connection to one repository.
#[derive(Clone, Debug)]
pub struct Sync<T> {
    path: String,
    settings: Settings,
    random: u64,
    asked_ms: Option<i64>,
    etag: Option<String>,
    floor: Floor,
    good: Option<Arc<T>>,
    status: Status,
}

impl<T> Sync<T> {
    /// Starts with nothing: the first request is due at once. `path` is the head's, and `seed` should differ from host to host. `floor` is that
    /// of the deployment.
    pub fn new(path: String, settings: Settings, floor: Floor, seed: u64) -> Self {
        let delay_min_ms = settings.delay_min_ms.max(1);
        let settings = Settings { delay_min_ms, delay_max_ms: settings.delay_max_ms.max(delay_min_ms) };
        let status = Status { next_ms: i64::MIN, ..Status::default() };
        Self { path, settings, random: seed, asked_ms: None, etag: None, floor, good: None, status }
    }

    /// The request to make now, if one is due. There is at most one at a time; a request that was never answered is given up
    /// after the longest delay.
    pub fn due(&mut self, now_ms: i64) -> Option<Request> {
        if let Some(asked_ms) = self.asked_ms {
            if now_ms.saturating_sub(asked_ms) < self.settings.delay_max_ms {
                return None;
            }
            self.on_head(now_ms, Outcome::Failed("the last request was never answered".into()));
            self.status.next_ms = now_ms;
        }
        if now_ms < self.status.next_ms {
            return None;
        }
        self.asked_ms = Some(now_ms);
        Some(self.request())
    }

    /// A request that is made whether one is due or not.
    pub fn request(&self) -> Request {
        Request { path: self.path.clone(), etag: self.etag.clone(), floor: self.floor }
    }

    /// True if the host uses a kept bundle before the store has answered: nothing is in use, and the store would not have been asked
    /// again yet. `kept_ms` is when the store last named the bundle.
    pub fn recall(&self, kept_ms: i64, now_ms: i64) -> bool {
        // A time to come is no time at which anything was checked.
        let age = now_ms.saturating_sub(kept_ms);
        self.good.is_none() && (0..self.settings.delay_max_ms).contains(&age)
    }

    /// Takes a bundle that was kept, unless there is a value already. The next request is due at once, or as a failure has put it.
    pub fn on_kept(&mut self, value: T, floor: Floor) {
        if self.good.is_none() {
            self.good = Some(Arc::new(value));
            self.floor = floor;
            self.status.source = Source::Kept;
        }
    }

    /// Takes what became of the request. A failure leaves the last good value, and its ETag, in place.
    pub fn on_head(&mut self, now_ms: i64, outcome: Outcome<T>) {
        self.asked_ms = None;
        self.status.checked_ms = Some(now_ms);
        let outcome = match outcome {
            Outcome::NotModified if self.good.is_none() => {
                self.etag = None;
                Outcome::Failed("not modified, and there is nothing yet".into())
            }
            // Of two requests that opened at once, the slower must not put an older release back.
            Outcome::Fresh { floor, .. } if self.good.is_some() && floor.is_below(self.floor) => Outcome::NotModified,
            other => other,
        };
        match outcome {
            Outcome::Failed(reason) => {
                self.status.failures = self.status.failures.saturating_add(1);
                self.status.failure = Some(reason);
            }
            good => {
                if let Outcome::Fresh { value, floor, etag } = good {
                    self.good = Some(Arc::new(value));
                    (self.floor, self.etag) = (floor, etag);
                    self.status.changed_ms = Some(now_ms);
                }
                self.status.source = Source::Store;
                self.status.good_ms = Some(now_ms);
                self.status.failures = 0;
                self.status.failure = None;
            }
        }
        self.status.next_ms = now_ms.saturating_add(self.delay());
    }

    /// The last good value. Requests that are being answered keep the one they began with.
    pub fn good(&self) -> Option<Arc<T>> {
        self.good.clone()
    }

    /// How it stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// After a good answer anything between the shortest and the longest delay. After a failure the shortest delay, doubled with
    /// every further one; half of it is random, so that hosts that failed together do not come back together.
    fn delay(&mut self) -> i64 {
        let Settings { delay_min_ms: min, delay_max_ms: max } = self.settings;
        match self.status.failures {
            0 => self.between(min, max),
            failures => {
                let longest = min.saturating_mul(1 << (failures - 1).min(30)).min(max);
                self.between(longest - longest / 2, longest)
            }
        }
    }

    /// A number between two, both included, by which requests are spread.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let mixed = splitmix(&mut self.random);
        let span = u128::from(high.abs_diff(low)) + 1;
        // Below `span`, which came from an i64 range, so it fits.
        low.saturating_add(((u128::from(mixed) * span) >> 64) as i64)
    }
}

#[cfg(test)]
mod tests;
