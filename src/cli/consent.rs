//! `selvedge consent`: consent strings and the table of the law, in a form for people.

mod decode;
mod matrix;

use clap::Subcommand;

use super::Outcome;
use crate::author::REGIONS;
use crate::author::format::format;

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Print every field of consent strings
    Decode(decode::Args),
    /// Print regions × purposes × signals as a table
    Matrix(matrix::Args),
    /// Print the shipped region table, to start a regions.toml of a site's own
    Regions,
}

pub(super) fn run(verb: &Verb) -> anyhow::Result<Outcome> {
    match verb {
        Verb::Decode(args) => decode::run(args),
        Verb::Matrix(args) => matrix::run(args),
        Verb::Regions => {
            // As `selvedge fmt` has it in a site.
            anstream::print!("{}", format("regions.toml", REGIONS).unwrap_or_else(|| REGIONS.to_owned()));
            Ok(Outcome::Clean)
        }
    }
}
