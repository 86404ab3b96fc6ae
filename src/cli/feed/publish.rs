//! `selvedge feed publish`: a data payload beside the live release.
//!
//! The release, its approvals and the overlay stay byte for byte as they are. The data document is signed by the data key, and the
//! timestamp that vouches for it by the timestamp key.

use std::path::PathBuf;

use serde_json::json;

use crate::bundle::data::Data;
use crate::cli::deliver::data::{self, Keys};
use crate::cli::store::{CREDENTIALS, Place};
use crate::cli::{Outcome, keys, publish};
use crate::words::hex;
use crate::words::time::format_rfc3339;

#[derive(clap::Args)]
#[command(after_help = help())]
pub(in crate::cli) struct Args {
    /// The payload that `selvedge feed import` wrote
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// The environment; the store's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    keys: Keys,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "The release stays as it is: rules, content, approvals and withdrawals are not signed again. The payload comes first and `head` \
         last. The timestamp is renewed, so this does the work of `selvedge renew` too. Run it in a job that holds two keys and no other.\n\n\
         {}\n\n{}\n\n{CREDENTIALS}\n\n\
         Examples:\n  selvedge feed import --map examples/stock/maps/stock.toml examples/stock/exports/stock.csv\n  \
         selvedge build examples/stock --out dist/stock\n  selvedge publish dist/stock stock-live\n  \
         selvedge feed publish examples/stock/feeds.data stock-live --data-key examples/stock/.selvedge/keys/data.pem \
         --timestamp-key examples/stock/.selvedge/keys/timestamp.pem",
        data::KEYS,
        keys::PLACES
    )
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let payload = publish::data::read(&args.file)?;
    let store = args.place.open(false)?;
    let release = data::publish(&*store, args.env.as_deref(), &payload, &args.keys)?;
    let place = &args.place.store;
    let (site, environment, digest) = (release.repository(), release.environment(), hex(release.digest()));
    let feeds = Data::open(&payload)?.feeds;
    let version = release.floor().data;
    if args.json {
        let feeds: Vec<_> =
            feeds.iter().map(|feed| json!({"feed": feed.name, "taken": format_rfc3339(feed.taken_ms)})).collect();
        let told = json!({
            "site": site, "environment": environment, "store": place, "release": digest, "data": version, "feeds": feeds,
            "expires": format_rfc3339(release.expires_ms()),
        });
        anstream::println!("{told}");
    } else {
        anstream::println!(
            "published data of {site} for {environment} in {place}: version {version}, {} bytes",
            payload.len()
        );
        for feed in feeds {
            anstream::println!("  {} of {}", feed.name, format_rfc3339(feed.taken_ms));
        }
        anstream::println!("release {digest}, as before\nlive until {}", format_rfc3339(release.expires_ms()));
    }
    Ok(Outcome::Clean)
}
