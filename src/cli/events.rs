//! `selvedge events`: what may be learned from, and what may not.
//!
//! Each line goes to one of two files. No line is changed and no value is shown.

mod check;
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
