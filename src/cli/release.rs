//! `selvedge release`: what a release will do.

mod simulate;

use super::Outcome;

#[derive(clap::Subcommand)]
pub(super) enum Task {
    /// Say when each experience starts and ends in each market, and walk a clock through it
    Simulate(simulate::Args),
}

pub(super) fn run(task: &Task) -> anyhow::Result<Outcome> {
    match task {
        Task::Simulate(args) => simulate::run(args),
    }
}
