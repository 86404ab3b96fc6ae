//! The binary: all file, clock, terminal and socket I/O.
//!
//! One file a verb. Data goes to stdout, everything else to stderr. Exit codes: 0 clean, 1 findings, 2 usage, 3 input or I/O,
//! 4 integrity or signature.

mod analyze;
mod assign;
mod audience;
mod block;
mod build;
mod change;
mod changelog;
mod check;
mod compact;
mod conflicts;
mod consent;
mod context;
mod decide;
mod deliver;
mod demo;
mod deploy;
mod diff;
mod distance;
mod doctor;
mod dsar;
mod events;
mod exec;
mod feed;
mod files;
pub mod fit;
mod fmt;
mod framed;
mod git;
mod graduate;
mod heed;
mod help;
mod init;
mod keyring;
pub mod keys;
mod loaderless;
mod log;
mod markup;
mod measuring;
mod meter;
mod once;
pub mod open;
mod order;
pub mod prove;
pub mod publish;
mod release;
pub mod render;
pub mod replay;
mod report;
mod request;
mod revoke;
mod room;
mod ropa;
mod schema;
pub mod seal;
mod serve;
mod simulate;
mod store;
mod table;
mod test;
mod verify;
mod why;

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::words::time::parse_time_or_day;

/// The text of `--version`: the package, and the digest by which records of decisions name the engine.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nengine ", env!("SELVEDGE_ENGINE"));

/// Personalizes web pages at the edge and in the browser, using only the data each visitor agreed to.
#[derive(Parser)]
#[command(
    name = "selvedge",
    version,
    long_version = VERSION,
    about,
    max_term_width = 100,
    after_help = "\
`selvedge VERB --help` shows the options of a verb, and examples.

Examples:
  selvedge init my-site
  selvedge check my-site
  selvedge serve my-site"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start a site in a new folder
    Init(init::Args),
    /// Find every fault in a site's files
    Check(check::Args),
    /// Explain a rule, or the reason of a decision, with an example
    Why(why::Args),
    /// Rewrite a site's files in canonical form
    Fmt(fmt::Args),
    /// Print the JSON Schema of a kind of file, for editors
    Schema(schema::Args),
    /// Run the site's tests: visitor + consent + time -> decision
    Test(test::Args),
    /// Prove a claim about conditions, or show a visitor against it
    Prove(prove::Args),
    /// Try the contact policy on made-up persons, with a clock of its own
    Simulate(simulate::Args),
    /// Find experiments that can meet, and count visitors in both
    Conflicts(conflicts::Args),
    /// Compile and sign a site into a folder that every host reads
    Build(build::Args),
    /// Print the lines for the head of pages that no edge rewrites
    Block(block::Args),
    /// Make, list, replace and revoke the keys of an environment
    #[command(subcommand)]
    Keys(keys::Verb),
    /// Add signatures to a release or a root that waits for them
    Sign(keys::SignArgs),
    /// Take an experience back from a published release
    Pause(order::Pause),
    /// Take back an order to pause or stop
    Resume(order::Resume),
    /// Stop an experiment of a published release
    Stop(order::Stop),
    /// Check every signature, length and hash of a built folder
    Verify(verify::Args),
    /// Look at a running edge, and say what is wrong
    Doctor(doctor::Args),
    /// Say what changes for whom between two sites, revisions or releases
    Diff(diff::Args),
    /// List releases, and prove who changed and approved each
    Changelog(changelog::Args),
    /// Bring a built folder to the store that hosts read
    Publish(deliver::publish::Args),
    /// Write the configuration of a Worker for a built folder
    Deploy(deploy::Args),
    /// Keep the live release alive, with the timestamp key alone
    Renew(deliver::renew::Args),
    /// Release the payloads of one environment for another, byte for byte
    Promote(deliver::promote::Args),
    /// Make an earlier release of a store live again
    Rollback(deliver::rollback::Args),
    /// Remove files that no release names any longer from a store
    Prune(deliver::prune::Args),
    /// List withdrawn consent, so that every device applies it
    Revoke(revoke::Args),
    /// Decide for a visit, from a site or a built folder
    Decide(decide::Args),
    /// Decode consent strings, and print the law of each region
    #[command(subcommand)]
    Consent(consent::Verb),
    /// Close, check, shorten and search logs of decisions
    #[command(subcommand)]
    Log(log::Task),
    /// Turn exports of other systems into facts beside a release
    #[command(subcommand)]
    Feed(feed::Task),
    /// Say what a release will do, and when
    #[command(subcommand)]
    Release(release::Task),
    /// Find events that cannot be trusted, before anybody uses them
    #[command(subcommand)]
    Events(events::Task),
    /// Judge experiments and holdouts by a log
    Analyze(analyze::Args),
    /// Make the winner of an experiment what everybody sees
    Graduate(graduate::Args),
    /// Make an example shop with three months of a log
    Demo(demo::Args),
    /// Repeat logged decisions from the archived bundle, and compare
    Replay(replay::Args),
    /// Answer a person who asks what was decided about them
    #[command(subcommand)]
    Dsar(dsar::Task),
    /// Lay the points of draws out in fewer ranges, and say who moves
    Compact(compact::Args),
    /// Give the ids in an audience to another system
    #[command(subcommand)]
    Audience(audience::Verb),
    /// Report whom each audience reaches, and what each slot reads
    #[command(subcommand)]
    Report(report::About),
    /// Write the record of processing activities of a site
    #[command(subcommand)]
    Ropa(ropa::Verb),
    /// Preview pages as any visitor, with the reason for each decision
    Serve(serve::Options),
}

/// How a verb ended, as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to report.
    Clean = 0,
    /// Findings were reported.
    Findings = 1,
    /// An argument that names something that does not exist. Arguments that clap refuses have the same code.
    Usage = 2,
    /// Input that cannot be read.
    Input = 3,
    /// A signature, length or hash that does not hold.
    Integrity = 4,
}

#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let matches = help::laid_out(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let outcome = match cli.verb {
        Verb::Init(args) => init::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Why(args) => why::run(&args),
        Verb::Fmt(args) => fmt::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Prove(args) => prove::run(&args),
        Verb::Simulate(args) => simulate::run(&args),
        Verb::Conflicts(args) => conflicts::run(&args),
        Verb::Build(args) => build::run(&args),
        Verb::Block(args) => block::run(&args),
        Verb::Keys(verb) => keys::run(&verb),
        Verb::Sign(args) => keys::sign(&args),
        Verb::Pause(args) => order::pause(&args),
        Verb::Resume(args) => order::resume(&args),
        Verb::Stop(args) => order::stop(&args),
        Verb::Verify(args) => verify::run(&args),
        Verb::Diff(args) => diff::run(&args),
        Verb::Changelog(args) => changelog::run(&args),
        Verb::Publish(args) => deliver::publish::run(&args),
        Verb::Deploy(args) => deploy::run(&args),
        Verb::Renew(args) => deliver::renew::run(&args),
        Verb::Promote(args) => deliver::promote::run(&args),
        Verb::Rollback(args) => deliver::rollback::run(&args),
        Verb::Prune(args) => deliver::prune::run(&args),
        Verb::Revoke(args) => revoke::run(&args),
        Verb::Decide(args) => decide::run(&args),
        Verb::Consent(args) => consent::run(&args),
        Verb::Log(args) => log::run(&args),
        Verb::Feed(args) => feed::run(&args),
        Verb::Release(args) => release::run(&args),
        Verb::Events(args) => events::run(&args),
        Verb::Analyze(args) => analyze::run(&args),
        Verb::Graduate(args) => graduate::run(&args),
        Verb::Demo(args) => demo::run(&args),
        Verb::Replay(args) => replay::run(&args),
        Verb::Doctor(args) => doctor::run(&args),
        Verb::Dsar(args) => dsar::run(&args),
        Verb::Compact(args) => compact::run(&args),
        Verb::Audience(verb) => audience::run(&verb),
        Verb::Report(args) => report::run(&args),
        Verb::Ropa(args) => ropa::run(&args),
        Verb::Serve(options) => serve::run(options).map(|()| Outcome::Clean),
    };
    match outcome.or_else(|error| error.downcast().map(refused)) {
        Ok(outcome) => ExitCode::from(outcome as u8),
        // A reader that went away (`| head`) is not a fault of ours.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let outcome = if error.is::<Usage>() { Outcome::Usage } else { Outcome::Input };
            ExitCode::from(failed(&error, outcome) as u8)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut kinds = error.chain().filter_map(|cause| Some(cause.downcast_ref::<std::io::Error>()?.kind()));
    kinds.any(|kind| kind == std::io::ErrorKind::BrokenPipe)
}

/// Prints an answer for programs or for people.
fn say(as_json: bool, json: impl Display, text: impl Display) {
    if as_json {
        anstream::println!("{json}");
    } else {
        anstream::print!("{text}");
    }
}

fn failed(error: &anyhow::Error, outcome: Outcome) -> Outcome {
    anstream::eprintln!("error: {error:#}");
    outcome
}

/// Prints why a folder was refused and gives the exit code.
fn refused(refused: open::Refused) -> Outcome {
    match refused {
        open::Refused::Findings(diagnostics, sources) => {
            render::tell(&diagnostics, &sources);
            Outcome::Findings
        }
        open::Refused::Integrity(error) => failed(&error, Outcome::Integrity),
    }
}

/// `1 record`, `2 records`.
fn counted(count: impl Into<u64>, one: &str, many: &str) -> String {
    let count = count.into();
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The time at which a verb works. `--as-of` gives a time, or a day that starts in UTC. Without it, the clock does.
fn now_ms(as_of: Option<&str>) -> anyhow::Result<i64> {
    match as_of {
        Some(text) => parse_time_or_day(text).ok_or_else(|| {
            let wanted = "write a day, as in 2026-12-01, or a time with its offset, as in 2026-12-01T09:00:00Z";
            Usage(format!("--as-of {text}: {wanted}")).into()
        }),
        None => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).context("this machine's clock is before 1970")?;
            i64::try_from(since.as_millis()).context("this machine's clock is out of range")
        }
    }
}

fn unsigned(reason: String) -> anyhow::Error {
    anyhow::anyhow!("signing failed: {reason}")
}

fn random<const N: usize>(what: &str) -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness for {what}: {error}"))?;
    Ok(bytes)
}

/// The folder of a site as a verb's argument.
#[derive(clap::Args)]
struct SiteFolder {
    /// The site's folder: the one with selvedge.toml
    #[arg(default_value = ".")]
    site: PathBuf,
}
