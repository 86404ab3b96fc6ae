//! `selvedge consent matrix`: regions × purposes × signals, for people who must answer for them.

mod csv;
mod html;
mod markdown;

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use crate::author::{REGIONS, SIGNALS, unchanged};
use crate::cli::{Outcome, Usage, now_ms, open};
use crate::report::{Cell, RegionLine, SignalLine, consent_matrix, signals};

#[derive(clap::Args)]
#[command(after_help = "\
The engine decides by this table. With a site, the site's own table and overrides apply, and a * marks what differs from the
shipped table. A region whose law changes on a later day has two lines: one until that day, and one from that day on. The table
helps counsel to review the rules. It is no legal advice.

Examples:
  selvedge consent matrix
  selvedge consent matrix examples/storefront --region DE --region US-CA
  selvedge consent matrix examples/storefront --format html > matrix.html
  selvedge consent matrix --format csv --signal gpc --as-of 2027-01-01T00:00:00Z")]
pub(in crate::cli) struct Args {
    /// The site's folder; without it, the shipped table is printed
    site: Option<PathBuf>,
    /// The format of the table
    #[arg(long, value_enum, default_value_t = Shape::Md)]
    format: Shape,
    /// Only this region; may be repeated. `default` is any region that the table does not name
    #[arg(long, value_name = "CODE")]
    region: Vec<String>,
    /// Only this signal, such as tcf, gpc or consent_mode; may be repeated. An unknown name lists all of them
    #[arg(long, value_name = "NAME")]
    signal: Vec<String>,
    /// The time at which the law is read; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// Markdown
    Md,
    /// One line for each region, purpose and signal
    Csv,
    /// One page that needs nothing else
    Html,
    /// JSON
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let at = now_ms(args.as_of.as_deref())?;
    let (table, text) = match &args.site {
        None => (unchanged(REGIONS), REGIONS.to_owned()),
        Some(folder) => {
            let (site, _, mut sources) = open::site(folder)?;
            (site.regions, sources.remove("regions.toml").unwrap_or_else(|| REGIONS.to_owned()))
        }
    };
    let matrix = consent_matrix(&table, &text, at, &args.region);
    for wanted in &args.region {
        let is_there = |line: &RegionLine| line.code == *wanted || line.covers.contains(wanted);
        anyhow::ensure!(matrix.regions.iter().any(is_there), Usage(format!("the table has no region `{wanted}`")));
    }
    let mut lines = signals(SIGNALS, &table.signals);
    let known: Vec<&str> = lines.iter().map(|line| line.signal).collect();
    if let Some(wanted) = args.signal.iter().find(|wanted| !known.contains(&wanted.as_str())) {
        anyhow::bail!(Usage(format!("there is no signal `{wanted}`; the signals are {}", known.join(", "))));
    }
    lines.retain(|line| args.signal.is_empty() || args.signal.iter().any(|wanted| wanted == line.signal));
    match args.format {
        Shape::Md => anstream::print!("{}", markdown::write(&matrix, &lines)),
        Shape::Csv => anstream::print!("{}", csv::write(&matrix, &lines)),
        Shape::Html => anstream::print!("{}", html::write(&matrix, &lines)),
        Shape::Json => anstream::println!("{:#}", json!({ "matrix": matrix, "signals": lines })),
    }
    Ok(Outcome::Clean)
}

/// The text above every table.
const CAUTION: &str = "A conservative engineering default for counsel to review. It is no legal advice. An unknown region uses `default`.";

/// The text above every table of a site for children.
const CHILD_DIRECTED: &str =
    "The site is made for children. The rules for children apply to every visitor of unknown age.";

/// What heads [`facts`].
const FACTS: [&str; 6] =
    ["GPC", "known minors", "a grant holds", "experiments without consent", "confidence", "verified"];

/// Further rules of a region.
fn facts(line: &RegionLine) -> [String; 6] {
    let star = |by_site: bool| if by_site { " *" } else { "" };
    let mark = |name: &str| star(line.by_site.contains(&name));
    let minors = line.minors.iter().map(|band| band.words() + star(band.by_site));
    [
        format!("{}{}", line.law.gpc, mark("gpc_off")),
        minors.collect::<Vec<_>>().join("; "),
        format!("{} days{}", line.grant_days_max, mark("grant_days_max")),
        format!("{}{}", line.experiments, mark("experiments")),
        line.law.confidence.clone(),
        line.law.verified.clone(),
    ]
}

/// The text beside a signal's name: whether the site reads it, and from which cookie.
fn whence(signal: &SignalLine) -> String {
    match &signal.cookie {
        _ if !signal.is_read => format!("Not read here. {}", signal.note),
        Some(cookie) => format!("Cookie {cookie}. {}", signal.note),
        None => signal.note.to_owned(),
    }
}

/// `opt_in`, with the marks of a change by the site and of Global Privacy Control.
fn cell(cell: &Cell) -> String {
    let site = if cell.by_site { " *" } else { "" };
    let gpc = if cell.gpc_off { " (GPC: off)" } else { "" };
    format!("{}{site}{gpc}", cell.model)
}

/// `US-OK, from 2027-01-01`.
fn dates(line: &RegionLine) -> String {
    let held = line.held_by.as_deref().map(|code| format!("as {code} ")).unwrap_or_default();
    let span = match (&line.from, &line.until) {
        (Some(from), None) if line.in_force => format!("{held}since {from}"),
        (Some(from), Some(until)) if line.in_force => format!("{held}since {from}, until {until}"),
        (Some(from), Some(until)) => format!("{held}from {from} until {until}"),
        (Some(from), None) => format!("{held}from {from}"),
        (None, Some(until)) => format!("{held}until {until}"),
        (None, None) => "in force".to_owned(),
    };
    match &line.law.statutory_from {
        Some(day) => format!("{span}; the law itself from {day}"),
        None => span,
    }
}

/// The effect of a signal on one purpose in one region.
fn effect(signal: &SignalLine, position: usize, cell: &Cell) -> String {
    match (signal.signal, signal.means.get(position).map_or("", String::as_str)) {
        ("gpc", _) if cell.gpc_off => "switched off".to_owned(),
        _ if !signal.is_read => "is not read".to_owned(),
        ("gpc", _) | (_, "") => "says nothing".to_owned(),
        (_, means) => format!("said by {means}"),
    }
}
