//! `selvedge release simulate`: every switch of a site in UTC and on the clocks of its markets, as the engine makes it.

mod zones;

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::author::site::Site;
use crate::cli::table::{Column, Table};
use crate::cli::{Outcome, Usage, now_ms, open, say};
use crate::report::switches::{Switch, observed, switches};
use crate::words::time::{DAY, format_rfc3339};

#[derive(clap::Args)]
#[command(after_help = "\
Without `--around`, the site's own switches are listed. The engine walks a clock through all of them: each must come once, at the \
millisecond that is listed. A time that the clocks skip comes later by as much as they are put forward. A time that they show twice is the \
first.\n\n\
With `--around dst`, the site plays no part but for its markets. A small site is made for each zone, with a switch at each quarter of an hour \
around every change of its clocks, and the engine walks a clock through it.\n\n\
The zones are those of the builder, not of this machine.\n\n\
Exit codes: 0 if each switch comes once; 1 if one does not.\n\nExamples:\n  \
selvedge release simulate examples/storefront\n  \
selvedge release simulate examples/storefront --around dst\n  \
selvedge release simulate --tz Europe/Berlin --around dst --years 2027")]
pub(in crate::cli) struct Args {
    /// The site's folder: the one with selvedge.toml
    site: Option<PathBuf>,
    /// A zone by its IANA name, or `all`. It can be given more than once; the zones of the site's markets by default
    #[arg(long, value_name = "ZONE")]
    tz: Vec<String>,
    /// What to switch around: the changes of the clocks
    #[arg(long, value_name = "WHAT")]
    around: Option<Around>,
    /// The years of the changes: one, or the first and the last
    #[arg(long, value_name = "YEARS", default_value = "2026-2028", value_parser = years)]
    years: (i16, i16),
    /// The time from which switches are listed; this machine's clock by default
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Print one JSON object for each switch
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Around {
    /// Changes of the clocks, to summer time and back among them
    Dst,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let site = args.site.as_deref().map(|folder| open::site(folder).map(|(site, ..)| site)).transpose()?;
    match (args.around, site) {
        (Some(Around::Dst), site) => zones::run(&chosen(&args.tz, site.as_ref())?, args.years, args.json),
        (None, Some(_)) if !args.tz.is_empty() => {
            Err(Usage("`--tz` goes with `--around dst`; a site's own switches are on the clocks of its markets".into())
                .into())
        }
        (None, Some(site)) => own(&site, now_ms(args.as_of.as_deref())?, args.json),
        (None, None) => Err(Usage("name the folder of a site, or add `--around dst` with `--tz`".into()).into()),
    }
}

/// The zones that are asked for.
fn chosen(asked: &[String], site: Option<&Site>) -> anyhow::Result<Vec<String>> {
    let (all, version) = crate::report::switches::zones();
    if asked.iter().any(|zone| zone == "all") {
        return Ok(all);
    }
    if let Some(unknown) = asked.iter().find(|zone| !all.contains(zone)) {
        let text = format!(
            "--tz {unknown}: the database of zones ({version}) has no such name; write one as in Europe/Berlin, or all"
        );
        return Err(Usage(text).into());
    }
    let mut zones = asked.to_vec();
    if zones.is_empty() {
        zones.extend(site.into_iter().flat_map(|site| &site.markets).map(|market| market.zone.clone()));
    }
    if zones.is_empty() {
        return Err(
            Usage("there is no zone: the site has no markets; add `--tz all`, or `--tz Europe/Berlin`".into()).into()
        );
    }
    zones.sort();
    zones.dedup();
    Ok(zones)
}

/// `2027`, or `2026-2028`.
fn years(text: &str) -> Result<(i16, i16), String> {
    let year = |text: &str| text.parse().ok().filter(|year| (1970..=2069).contains(year));
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let pair = year(first).zip(year(last)).filter(|(first, last)| first <= last);
    pair.ok_or_else(|| "write a year, or two as in 2026-2028, between 1970 and 2069".into())
}

/// A switch, and whether the engine makes it, once.
struct Row {
    switch: Switch,
    once: bool,
}

/// The switches of a site from `now_ms` on.
fn own(site: &Site, now_ms: i64, as_json: bool) -> anyhow::Result<Outcome> {
    let opened = open::compiled(site, open::environment(site, None)?, now_ms)?;
    let all = switches(site);
    let moments = walk(&all);
    let mut rows = Vec::new();
    for switch in all.into_iter().filter(|switch| switch.at_ms >= now_ms) {
        let region = site.markets.iter().find(|market| Some(&market.name) == switch.market.as_ref());
        let region = region.and_then(|market| market.regions.first()).map(String::as_str);
        let made = observed(&opened.bundle, region, &switch.experience, &moments);
        let once = made.iter().filter(|made| **made == (switch.at_ms, switch.starts)).count() == 1;
        rows.push(Row { switch, once });
    }
    let wrong = rows.iter().filter(|row| !row.once).count();
    let (_, version) = crate::report::switches::zones();
    if as_json {
        rows.iter().for_each(|row| say(true, as_object(row), ""));
    } else {
        let end = match (rows.len(), wrong) {
            (0, _) => format!("No experience starts or ends after {}.\n", format_rfc3339(now_ms)),
            (count, 0) => format!("\n{count} switches, each once. Zones of {version}.\n"),
            (count, _) => {
                format!("\n{count} switches; the engine does not make {wrong} of them once. Zones of {version}.\n")
            }
        };
        say(false, "", format_args!("{}{end}", Table::of(&COLUMNS, rows).text()));
    }
    Ok(if wrong == 0 { Outcome::Clean } else { Outcome::Findings })
}

const COLUMNS: [Column<Row>; 6] = [
    ("utc", |row| format_rfc3339(row.switch.at_ms)),
    ("local", |row| row.switch.local()),
    ("market", |row| row.switch.market.clone().unwrap_or_else(|| "(others)".into())),
    ("zone", |row| row.switch.zone.clone()),
    ("experience", |row| {
        let holiday = row.switch.holiday.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("{} {}{holiday}", row.switch.experience, if row.switch.starts { "starts" } else { "ends" })
    }),
    ("clocks show it", |row| row.switch.clock.name().into()),
];

fn as_object(row: &Row) -> Json {
    let Switch { experience, market, zone, starts, at_ms, clock, holiday } = &row.switch;
    let mut object = json!({
        "experience": experience, "market": market, "zone": zone, "starts": starts,
        "utc": format_rfc3339(*at_ms), "local": row.switch.local(), "clock": clock.name(), "once": row.once,
    });
    if let Some(holiday) = holiday {
        object["holiday"] = json!(holiday);
    }
    object
}

/// Ascending moments: each quarter of an hour for a day before and after each switch, the switches, and the last millisecond
/// before each.
fn walk(all: &[Switch]) -> Vec<i64> {
    let mut moments: Vec<i64> = all.iter().flat_map(|switch| [switch.at_ms - 1, switch.at_ms]).collect();
    let around = |at_ms: i64| (-96..=96).map(move |quarter| at_ms + quarter * (DAY / 96));
    moments.extend(all.iter().flat_map(|switch| around(switch.at_ms)));
    moments.sort_unstable();
    moments.dedup();
    moments
}
