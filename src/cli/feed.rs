//! `selvedge feed`: from the exports of other systems to the data beside a release.
//!
//! A mapping file says which column is which attribute. The payload has facts about products, markets and content, and never about a
//! person.

mod csv;
mod fetch;
mod import;
mod json;
mod map;
// The tests of this library read it in every build.
#[cfg_attr(not(any(test, feature = "parquet")), path = "feed/no_parquet.rs")]
mod parquet;
mod payload;
mod plan;
mod publish;
mod stats;
mod values;

use super::Outcome;

#[derive(clap::Subcommand)]
pub(super) enum Task {
    /// Turn an export into facts for the data beside a release
    Import(import::Args),
    /// Ask the addresses of feeds for what changed, and import it
    Fetch(fetch::Args),
    /// Say how often each feed is asked for, and how old its values get
    Plan(plan::Args),
    /// Say what a data payload holds
    Stats(stats::Args),
    /// Put a data payload beside the live release, with the data key
    Publish(publish::Args),
}

pub(super) fn run(task: &Task) -> anyhow::Result<Outcome> {
    match task {
        Task::Import(args) => import::run(args),
        Task::Fetch(args) => fetch::run(args),
        Task::Plan(args) => plan::run(args),
        Task::Stats(args) => stats::run(args),
        Task::Publish(args) => publish::run(args),
    }
}
