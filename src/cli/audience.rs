//! `selvedge audience export`: who is in an audience, as a list for another system, by the rules that live decisions follow.
//!
//! A profile is a context, as `selvedge decide` takes it. The list has ids alone; the manifest counts who is not in it, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;

use super::files::{self, MARK};
use super::heed::Heeding;
use super::open::{self, Opened};
use super::{Outcome, SiteFolder, Usage, context, now_ms};
use crate::author::site::{ContactClass, Holdout, Site};
use crate::engine::bucket::{Domain, TOTAL, point};
use crate::engine::explain::{Verdict, Verdicts, withheld};
use crate::page::{Asked, Begun, Person, Scratch, Who, begin};
use crate::words::time::format_rfc3339;
use crate::words::{Detail, Purpose, Unit, Visit, hex};

/// The longest profile: far above any context.
const LINE_BYTES_MAX: u64 = 4 << 20;

#[derive(clap::Subcommand)]
#[command(after_help = "\
A profile is a context of `selvedge decide`, one a line. Everybody is decided under the law of their region, by their own
choices, and by the list of withdrawals.

The list has one id a line, each once. An id is in it if consent covers the id and the purpose, if the audience is true for what
may be read, and if no holdout holds the person back. The manifest counts all others by reason:
  NO_IDENTITY        the profile has no id of the unit
  CONSENT_WITHHELD   the purpose or the id is not permitted, or consent hides what the audience reads
  CONSENT_WITHDRAWN  the same, and the person denied it
  DATA_QUALITY       a value is missing or unusable
  NOT_IN_AUDIENCE    the audience is false
  HOLDOUT            a holdout holds the person back
  DUPLICATE          the id is in the list already
  NOT_A_CONTEXT      the line cannot be read

Examples:
  selvedge audience export loyal examples/storefront --profiles profiles.ndjson
  selvedge audience export loyal examples/storefront --profiles profiles.ndjson -o list.csv --manifest manifest.json")]
pub(super) enum Verb {
    /// Write the ids of everybody in an audience
    Export(Args),
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// The audience
    name: String,
    #[command(flatten)]
    folder: SiteFolder,
    /// Profiles, one a line (- is standard input)
    #[arg(long, value_name = "FILE")]
    profiles: PathBuf,
    /// Where the list goes; standard output by default
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the manifest goes
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The ids of the list
    #[arg(long, value_name = "UNIT", default_value = "account", value_parser = unit)]
    unit: Unit,
    /// The purpose of the list
    #[arg(long, default_value = "personalization", value_parser = purpose)]
    purpose: Purpose,
    /// The channel that the list is for, whose holdouts count
    #[arg(long)]
    channel: Option<String>,
    /// What the list is for. No holdout holds back a service or what the law demands
    #[arg(long, default_value = "promotional", value_parser = class)]
    class: ContactClass,
    /// The time of profiles without `now`; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    #[command(flatten)]
    heeding: Heeding,
}

/// What the list was made of.
#[derive(Serialize)]
struct Manifest<'a> {
    audience: &'a str,
    purpose: &'static str,
    unit: &'static str,
    channel: Option<&'a str>,
    class: &'static str,
    as_of: String,
    /// SHA-256 of the rules.
    bundle: String,
    profiles: u64,
    exported: u64,
    excluded: BTreeMap<&'static str, u64>,
}

pub(super) fn run(verb: &Verb) -> anyhow::Result<Outcome> {
    let Verb::Export(args) = verb;
    export(args)
}

fn export(args: &Args) -> anyhow::Result<Outcome> {
    let (site, _, opened) = open::compiled_site(&args.folder.site)?;
    let now_ms = now_ms(args.as_of.as_deref())?;
    let names: Vec<&str> = site.audiences.iter().map(|audience| audience.name.as_str()).collect();
    anyhow::ensure!(
        names.contains(&args.name.as_str()),
        Usage(format!("no audience `{}`; the audiences are: {}", args.name, names.join(", ")))
    );
    if let Some(channel) = &args.channel {
        let channels: BTreeSet<&str> = site.slots.iter().map(|slot| slot.channel.as_str()).collect();
        let known = channels.iter().copied().collect::<Vec<_>>().join(", ");
        anyhow::ensure!(
            channels.contains(channel.as_str()),
            Usage(format!("no slot is on the channel `{channel}`; the channels are: {known}"))
        );
    }
    let list = List::new(args, &site, &opened)?;
    let heeded = args.heeding.heeded(&args.folder.site, opened.revocations.as_deref())?;
    let find = |unit, id: &str| heeded.as_ref().map(|heeded| heeded.find(unit, id)).unwrap_or_default();
    let person = heeded.as_ref().map(|_| Person { account: args.heeding.account_from.as_ref(), find: &find });
    let mut input: Box<dyn std::io::BufRead> = match args.profiles.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => {
            let path = args.profiles.display();
            let file = std::fs::File::open(&args.profiles).with_context(|| format!("could not read {path}"))?;
            Box::new(std::io::BufReader::new(file))
        }
    };
    let (mut ids, mut lines, mut scratch, mut line) = (BTreeSet::new(), String::new(), Scratch::default(), Vec::new());
    let (mut profiles, mut excluded) = (0, BTreeMap::<&'static str, u64>::new());
    for number in 1_u64.. {
        line.clear();
        if input.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 > LINE_BYTES_MAX {
            input.skip_until(b'\n')?;
        }
        let text = line.strip_prefix(MARK.as_bytes()).filter(|_| number == 1).unwrap_or(&line).trim_ascii();
        if text.is_empty() {
            continue;
        }
        profiles += 1;
        let why = match context::read(text) {
            Err(error) => {
                anstream::eprintln!("warning: {}:{number} is not a context: {error}", args.profiles.display());
                "NOT_A_CONTEXT"
            }
            Ok(visit) => {
                let now_ms = visit.now.map_or(now_ms, |now| now.0);
                let asked = Asked { slots: Some(&[]), person, ..Asked::of(Who::Visit(&visit, now_ms)) };
                match list.reason(&visit, &begin(&opened.bundle, &asked, &mut scratch)) {
                    Ok(id) if ids.insert(id.to_owned()) => {
                        lines += &format!("{}\n", in_csv(id));
                        continue;
                    }
                    Ok(_) => "DUPLICATE",
                    Err(why) => why,
                }
            }
        };
        *excluded.entry(why).or_default() += 1;
    }
    let exported = ids.len() as u64;
    let left_out: u64 = excluded.values().sum();
    anyhow::ensure!(
        exported + left_out == profiles,
        "the counts do not add up: {exported} + {left_out}, not {profiles}"
    );
    let manifest = Manifest {
        audience: &args.name,
        purpose: args.purpose.name(),
        unit: args.unit.name(),
        channel: args.channel.as_deref(),
        class: args.class.name(),
        as_of: format_rfc3339(now_ms),
        bundle: hex(opened.bundle.digest()),
        profiles,
        exported,
        excluded,
    };
    match &args.output {
        Some(path) => files::replace(path, lines.as_bytes())?,
        None => std::io::stdout().lock().write_all(lines.as_bytes())?,
    }
    if let Some(path) = &args.manifest {
        files::replace(path, format!("{}\n", serde_json::to_string_pretty(&json!(manifest))?).as_bytes())?;
    }
    let reasons: Vec<String> = manifest.excluded.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let not = if reasons.is_empty() { String::new() } else { format!("; not in it: {}", reasons.join(", ")) };
    anstream::eprintln!("{exported} of {profiles} profiles are in the list{not}");
    Ok(Outcome::Clean)
}

/// Who belongs to the list.
struct List<'a> {
    opened: &'a Opened,
    unit: Unit,
    purpose: Purpose,
    /// The audience's condition, and the attributes that it can read.
    literal: u32,
    attributes: Vec<u16>,
    holdouts: Vec<&'a Holdout>,
}

impl<'a> List<'a> {
    fn new(args: &Args, site: &'a Site, opened: &'a Opened) -> anyhow::Result<Self> {
        let debug = opened.debug()?;
        let audience = debug.audiences.iter().find(|audience| audience.name == args.name);
        let audience = audience.context("the audience was not compiled")?;
        let covers = |holdout: &&Holdout| holdout.channel.as_ref().is_none_or(|own| Some(own) == args.channel.as_ref());
        let is_held = args.class == ContactClass::Promotional;
        Ok(Self {
            opened,
            unit: args.unit,
            purpose: args.purpose,
            literal: audience.literal,
            attributes: audience.rows.iter().flat_map(|row| row.attributes.iter().copied()).collect(),
            holdouts: site.holdouts.iter().filter(covers).filter(|_| is_held).collect(),
        })
    }

    /// The id of somebody who belongs to the list, or why they do not.
    fn reason<'v>(&self, visit: &'v Visit, begun: &Begun<'_>) -> Result<&'v str, &'static str> {
        let (permitted, grants) = (begun.permitted(), begun.grants());
        let id = id(visit, self.unit).ok_or(Detail::NoIdentity.name())?;
        let denied = |is_refused| if is_refused { Detail::ConsentWithdrawn } else { Detail::ConsentWithheld }.name();
        if !grants.allows(self.purpose) {
            return Err(denied(grants.refuses(self.purpose)));
        }
        if !grants.allows_unit(self.unit) {
            return Err(denied(grants.refuses(Purpose::Analytics) || grants.refuses(Purpose::Storage)));
        }
        match Verdicts::new(&self.opened.bundle, permitted, self.purpose).of(self.literal) {
            Verdict::True => {}
            Verdict::False => return Err("NOT_IN_AUDIENCE"),
            Verdict::Unknown if withheld(permitted, &self.attributes, self.purpose).is_empty() => {
                return Err(Detail::DataQuality.name());
            }
            Verdict::Unknown => return Err(Detail::ConsentWithheld.name()),
        }
        let holds = |holdout: &&Holdout| {
            let drawn = self::id(visit, holdout.unit).filter(|_| grants.allows_unit(holdout.unit));
            drawn.is_some_and(|id| point(Domain::Holdout, &holdout.salt, id, TOTAL) < holdout.share)
        };
        if self.holdouts.iter().any(holds) { Err(Detail::Holdout.name()) } else { Ok(id) }
    }
}

/// The id of a unit that a profile has, as decisions take one.
fn id(visit: &Visit, unit: Unit) -> Option<&str> {
    let identity = &visit.identity;
    let id = match unit {
        Unit::Account => &identity.account,
        Unit::Visitor => &identity.visitor,
        Unit::Session | Unit::Page => return None,
    };
    id.as_deref().filter(|id| !id.is_empty() && id.len() <= crate::words::ID_BYTES_MAX)
}

/// A field as RFC 4180 has it.
fn in_csv(id: &str) -> String {
    if id.contains([',', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")) } else { id.to_owned() }
}

fn unit(name: &str) -> Result<Unit, String> {
    Unit::from_name(name)
        .filter(|unit| matches!(unit, Unit::Account | Unit::Visitor))
        .ok_or_else(|| "there are `account` and `visitor`".into())
}

fn purpose(name: &str) -> Result<Purpose, String> {
    Purpose::from_name(name)
        .filter(|purpose| *purpose != Purpose::Storage)
        .ok_or_else(|| "there is no such purpose".into())
}

fn class(name: &str) -> Result<ContactClass, String> {
    ContactClass::from_name(name).ok_or_else(|| "there are `promotional`, `service` and `legal`".into())
}
