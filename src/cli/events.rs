//! `selvedge events`: what may be learned from, and what may not.
//!
//! Takes a site, or a built folder, for its rules, and streams of events; gives counts, and each line to one of two files. It changes no
//! line and shows no value.

mod check;
mod keys;
mod line;
mod output;
mod tell;

use super::Outcome;

#[derive(clap::Subcommand)]
pub(super) enum Task {
    /// Hold streams of events to the rules of events.toml (exit code 1 if one breaks them)
    Check(check::Args),
}

pub(super) fn run(task: &Task) -> anyhow::Result<Outcome> {
    let Task::Check(args) = task;
    check::run(args)
}
