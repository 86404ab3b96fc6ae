//! `selvedge revoke`: consent that was withdrawn elsewhere, for every device of the same person.
//!
//! An id is never written to a file or a message.

mod ids;
mod key;
mod list;
mod store;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

pub(super) use key::{KEY, load as load_key};
pub(super) use list::LIST;
use list::Withdrawals;
use store::Alone;

use super::files::{self, Existing};
use super::keys::{self, KeyArgs};
use super::publish::{self, PublishedList};
use super::{Outcome, Usage, failed, now_ms, open};
use crate::consent::statement::DENIED_BY_FAULT;
use crate::trust::{Role, Scope};
use crate::words::time::{DAY, SECOND, format_rfc3339};
use crate::words::{Purpose, Purposes, REVOCATIONS_MAX, Revoked, Unit};

#[derive(clap::Args)]
#[command(after_help = "\
The list is a signed file beside the release. It holds no ids, only digests of them under a key of the site. The first use
makes the key. The Worker needs the same key as its secret REVOCATION_KEY. Nobody without the key can tell who is in the list.

A withdrawal holds until the person makes a choice on a later day. --expire removes old withdrawals. A withdrawal is too young
to remove while a grant from before it can still count. Keep it in your own records too, if the law permits data use without an answer.

Examples:
  selvedge revoke examples/storefront --stdin < withdrawn-accounts.txt
  selvedge revoke examples/storefront --account 4711 --purposes advertising
  selvedge revoke examples/storefront --stdin visitor --as-of 2026-11-01T09:00:00Z --publish dist/storefront < withdrawn-devices.txt
  selvedge revoke examples/storefront --expire 730 --publish dist/storefront")]
pub(super) struct Args {
    /// The site's folder: the one with selvedge.toml
    #[arg(default_value = ".")]
    site: PathBuf,
    /// The id of an account that withdrew; may be repeated. Other users of this machine can see it while the command runs, so prefer --stdin
    #[arg(long, value_name = "ID")]
    account: Vec<String>,
    /// The stored id of a device that withdrew; may be repeated
    #[arg(long, value_name = "ID")]
    visitor: Vec<String>,
    /// Read ids from standard input, one a line: accounts, or devices with `--stdin visitor`
    #[arg(long, value_name = "KIND", num_args = 0..=1, default_missing_value = "account", value_parser = ["account", "visitor"])]
    stdin: Option<String>,
    /// The withdrawn purposes, separated by commas; every purpose that needs permission by default
    #[arg(long, value_delimiter = ',', value_name = "PURPOSE")]
    purposes: Vec<String>,
    /// When they withdrew; now by default
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Remove withdrawals that are more than this many days old
    #[arg(long, value_name = "DAYS")]
    expire: Option<u32>,
    /// Start a new epoch: a new key and an empty list. Old digests do not fit the new key, so give every id again
    #[arg(long)]
    rotate: bool,
    /// The list; SITE/.selvedge/revocations.bin by default
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// The key of the digests; SITE/.selvedge/keys/revocation.key by default
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Put the list into a built folder, with a new signed overlay and a new timestamp
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// The environment to publish for; the folder's only one by default
    #[arg(long, value_name = "NAME", requires = "publish")]
    env: Option<String>,
    #[command(flatten)]
    keys: KeyArgs,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

struct Done {
    added: usize,
    changed: usize,
    expired: usize,
    published: Option<PublishedList>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let purposes = purposes(&args.purposes)?;
    let day = u16::try_from(now_ms.div_euclid(DAY)).map_err(|_| {
        Usage(format!("{} is not a day that a list can contain: the last one is in 2149", format_rfc3339(now_ms)))
    })?;
    if args.as_of.is_some() && now_ms > self::now_ms(None)?.saturating_add(DAY) {
        let (then, next_day) = (format_rfc3339(now_ms), format_rfc3339((i64::from(day) + 1) * DAY));
        anstream::eprintln!(
            "warning: {then} is in the future. No choice that these people make before {next_day} will count"
        );
    }
    let list_path = args.list.clone().unwrap_or_else(|| args.site.join(LIST));
    let key_path = args.key.clone().unwrap_or_else(|| args.site.join(KEY));
    let ids = args.ids()?;
    let is_placed = open::is_site(&args.site) || (args.list.is_some() && args.key.is_some());
    anyhow::ensure!(is_placed, Usage(format!("{} is not a site (it has no selvedge.toml)", args.site.display())));

    // Until the end: a list that is published is never older than the one before.
    let _alone = Alone::with(&list_path)?;
    let kept = Withdrawals::load(&list_path)?;
    let key = match args.rotate {
        true => key::rotate(&key_path, kept.as_ref())?,
        false => key::for_list(&key_path, kept.as_ref(), &list_path)?,
    };
    // An empty list belongs to no key, so it may go on under another one.
    let mut list = kept
        .filter(|list| !args.rotate && list.len() > 0)
        .unwrap_or_else(|| Withdrawals::none(key.epoch(), key.check()));
    let before = list.len();
    let revoked = Revoked { day: day.into(), purposes };
    let news = ids.iter().filter(|(unit, id)| list.add(key.mark(*unit, id), revoked)).count();
    let added = list.len() - before;
    let changed = news - added;
    let expired = args.expire.map_or(0, |days| list.expire(u32::from(day).saturating_sub(days)));
    anyhow::ensure!(
        list.entries() <= REVOCATIONS_MAX,
        "the list would have {} entries, but hosts read at most {REVOCATIONS_MAX}; remove entries from before any grant that still counts, with --expire {}",
        list.entries(),
        longest_grant_days(&args.site).unwrap_or(395)
    );
    if let Some(days) = args.expire
        && let Some(longest) = longest_grant_days(&args.site).filter(|longest| days < *longest)
    {
        anstream::eprintln!(
            "warning: a grant lasts up to {longest} days in one of the site's regions, so a grant on another device may count again {days} days after the withdrawal"
        );
    }
    let bytes = list.bytes();
    files::write_private(&list_path, &bytes, Existing::Replace)?;

    let published = match args.publish.as_ref().map(|folder| publish(args, folder, &bytes)).transpose() {
        Ok(published) => published,
        Err(error) => {
            anstream::eprintln!(
                "note: the list is saved in {}, but not published. Fix the error, then run the same command without ids",
                list_path.display()
            );
            let is_refusal = error.chain().any(|cause| cause.is::<crate::trust::Refusal>());
            return if is_refusal { Ok(failed(&error, Outcome::Integrity)) } else { Err(error) };
        }
    };
    let done = Done { added, changed, expired, published };
    report(args, &list_path, &list, &done);
    let lacks = done.published.as_ref().map(|published| published.lacks.join(", ")).unwrap_or_default();
    if lacks.is_empty() {
        return Ok(Outcome::Clean);
    }
    let (site, out) = (args.site.display(), args.publish.as_deref().unwrap_or(Path::new("DIR")).display());
    let environment = done.published.as_ref().map_or("ENVIRONMENT", |published| &published.environment);
    anstream::eprintln!(
        "warning: hosts do not see this list yet. Missing signatures: {lacks}. On the machine of each signer: selvedge sign {site} --env {environment} --overlay {out}"
    );
    Ok(Outcome::Findings)
}

impl Args {
    fn ids(&self) -> anyhow::Result<Vec<(Unit, String)>> {
        let mut all = ids::of_arguments(Unit::Account, &self.account)?;
        all.extend(ids::of_arguments(Unit::Visitor, &self.visitor)?);
        if let Some(kind) = &self.stdin {
            let unit = if kind == "visitor" { Unit::Visitor } else { Unit::Account };
            all.extend(ids::of_lines(unit, std::io::stdin().lock())?);
        }
        Ok(all)
    }
}

/// The purposes that were named, or all that can be withdrawn.
fn purposes(names: &[String]) -> anyhow::Result<Purposes> {
    if names.is_empty() {
        return Ok(DENIED_BY_FAULT);
    }
    let withdrawable = Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::Necessary);
    let mut purposes = Purposes::NONE;
    for name in names.iter().map(|name| name.trim()) {
        let found = withdrawable.clone().find(|purpose| purpose.name() == name);
        purposes = purposes.with(found.with_context(|| {
            let known = withdrawable.clone().map(Purpose::name).collect::<Vec<_>>().join(", ");
            Usage(format!("`{name}` cannot be withdrawn; the purposes are {known}"))
        })?);
    }
    Ok(purposes)
}

/// Signs the list as an overlay of its own version. It is issued now, whenever people withdrew.
fn publish(args: &Args, folder: &Path, list: &[u8]) -> anyhow::Result<PublishedList> {
    let environment = open::built_environment(folder, args.env.as_deref())?;
    let repository = publish::repository(folder, &environment)?;
    let scope = Scope { repository: &repository, environment: &environment };
    let keys = keys::of(&args.site, &scope, &[Role::Overlay, Role::Timestamp], &args.keys, false)?;
    let now_s = u64::try_from(now_ms(None)? / SECOND)?;
    publish::publish_list(folder, &environment, list, &*keys, now_s)
}

/// The longest that a region lets a grant be, in days, if the site can be read.
fn longest_grant_days(site: &Path) -> Option<u32> {
    let (site, ..) = open::site(site).ok()?;
    site.regions.rows.iter().map(|row| u32::from(row.grant_days_max)).max()
}

fn report(args: &Args, path: &Path, list: &Withdrawals, done: &Done) {
    let Done { added, changed, expired, published } = done;
    let (path, epoch, people) = (path.display().to_string(), list.epoch, list.len());
    let published = published.as_ref().map(|PublishedList { environment, version, expires_ms, file, lacks }| {
        (environment, version, format_rfc3339(*expires_ms), file.display().to_string(), lacks)
    });
    if args.json {
        let published = published.map(|(environment, version, expires, file, lacks)| {
            json!({ "environment": environment, "version": version, "expires": expires, "file": file, "lacks": lacks })
        });
        let done = json!({
            "list": path, "epoch": epoch, "people": people, "entries": list.entries(),
            "added": added, "changed": changed, "expired": expired, "published": published,
        });
        anstream::println!("{done}");
        return;
    }
    anstream::println!(
        "{path}: people {people}, of them new {added}, with more withdrawn {changed}; old entries removed {expired}; key of epoch {epoch}"
    );
    if let Some((environment, version, expires, file, lacks)) = published {
        let published = if lacks.is_empty() { "published" } else { "waits" };
        anstream::println!("{published} for {environment} as overlay {version}, expires {expires}: {file}");
    }
}
