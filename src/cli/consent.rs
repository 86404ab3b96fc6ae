//! `selvedge consent`: what visitors said, read by itself.
//!
//! One file a verb, like the commands above it.

mod decode;

use clap::Subcommand;

use super::Outcome;

/// Read consent signals
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Print every field of consent strings
    Decode(decode::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.verb {
        Verb::Decode(args) => decode::run(args),
    }
}
