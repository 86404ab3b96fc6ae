//! Hot reload: when a file of the site changes, the site is read again.
//!
//! Editors write a file in several steps, so a burst of events is one reload.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::Context;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::state::State;
use crate::cli::render;
use crate::cli::revoke::LIST;

/// How long a burst of events must be over; short enough that an edit shows well within a second.
const QUIET: Duration = Duration::from_millis(60);

/// How long a burst is waited for.
const BURST_MAX: Duration = Duration::from_millis(300);

/// Watches the site's folder. Dropping the watcher ends it.
pub(super) fn watch(state: &Arc<State>) -> anyhow::Result<RecommendedWatcher> {
    let (sender, receiver) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).context("cannot watch for changes")?;
    watcher
        .watch(&state.folder, RecursiveMode::Recursive)
        .with_context(|| format!("cannot watch `{}` for changes", state.folder.display()))?;
    let state = Arc::clone(state);
    std::thread::spawn(move || follow(&state, &receiver));
    Ok(watcher)
}

fn follow(state: &State, events: &Receiver<notify::Result<Event>>) {
    while let Ok(event) = events.recv() {
        if !is_edit(&event, state) {
            continue;
        }
        wait(events, |event| is_edit(event, state));
        let started = Instant::now();
        let live = state.reload();
        let (summary, milliseconds) = (render::summary(&live.diagnostics), started.elapsed().as_secs_f64() * 1000.0);
        if live.is_broken() {
            render::tell(&live.diagnostics, &live.sources);
            anstream::eprintln!("  reloaded: {summary}; the last good version stays live");
        } else {
            anstream::eprintln!("  reloaded in {milliseconds:.0} ms: {summary}");
        }
    }
}

/// Waits until a burst of edits is over. Other events do not count, and a program that writes all the time does not hold it up.
fn wait<E>(events: &Receiver<E>, is_edit: impl Fn(&E) -> bool) {
    let last = Instant::now() + BURST_MAX;
    let mut until = Instant::now() + QUIET;
    loop {
        let left = until.min(last).saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            _ if left.is_zero() => return,
            Ok(event) if is_edit(&event) => until = Instant::now() + QUIET,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// True if an event is about a file that people write. Reads do not count. Files of editors and version control do not count
/// either, if a name in their path starts with a dot. The list of withdrawals is in one, and counts.
fn is_edit(event: &notify::Result<Event>, state: &State) -> bool {
    let Ok(event) = event else { return true };
    let is_hidden = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.starts_with('.') || name.ends_with('~') || name == "node_modules" || name == "4913"
    };
    let is_visible = |path: &PathBuf| {
        let relative = path.strip_prefix(&state.folder).unwrap_or(path);
        relative == Path::new(LIST) || !relative.iter().any(is_hidden)
    };
    !event.kind.is_access() && event.paths.iter().any(is_visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_shows_within_a_second_whatever_else_goes_on() {
        for is_edit in [true, false] {
            let (sender, receiver) = mpsc::channel();
            let busy = std::thread::spawn(move || {
                while sender.send(()).is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            let started = Instant::now();
            wait(&receiver, |()| is_edit);
            drop(receiver);
            busy.join().expect("the thread ends");
            assert!(started.elapsed() < Duration::from_secs(1), "edits: {is_edit}");
        }
    }
}
