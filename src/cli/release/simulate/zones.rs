//! `--around dst`: a made site for each zone, and a walk of the clock through each change.

use anyhow::Context as _;
use serde_json::json;

use crate::author::check;
use crate::cli::meter::{Meter, Unit};
use crate::cli::{Outcome, open, say};
use crate::report::switches::{Clock, handover_site, handovers, switches, zones};
use crate::words::time::format_rfc3339;

/// The counts of all zones.
#[derive(Default)]
struct Sum {
    zones: usize,
    changing: usize,
    changes: usize,
    switches: usize,
    skipped: usize,
    twice: usize,
    wrong: usize,
}

pub(super) fn run(names: &[String], (first, last): (i16, i16), as_json: bool) -> anyhow::Result<Outcome> {
    let meter = Meter::new(names.len() as u64, Unit::Zones);
    let mut sum = Sum::default();
    for zone in names {
        one(zone, first..last + 1, as_json, &mut sum)?;
        meter.tick(sum.zones as u64);
    }
    meter.finish();
    let Sum { zones: count, changing, changes, switches, skipped, twice, wrong } = sum;
    let (_, version) = zones();
    if !as_json {
        let years = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let end = if wrong == 0 { "Each came once.".into() } else { format!("{wrong} did not come once.") };
        say(
            false,
            "",
            format_args!(
                "zones: {count}, of {version}; {changing} change their clocks in {years}, {changes} times\n\
             switches: {switches}, {skipped} at a time that the clocks skip, {twice} at one that they show twice\n{end}\n"
            ),
        );
    }
    Ok(if wrong == 0 { Outcome::Clean } else { Outcome::Findings })
}

fn one(zone: &str, years: std::ops::Range<i16>, as_json: bool, sum: &mut Sum) -> anyhow::Result<()> {
    let (files, changes) = handover_site(zone, &years);
    let (site, found, _) = check(&files);
    let site = site.with_context(|| format!("the site of {zone} is refused: {:?}", found.first()))?;
    let opened = open::compiled(&site, open::environment(&site, None)?, 0)?;
    // Each handover is an end and a start of the market; the two are at one moment.
    let starts = switches(&site);
    let mut starts: Vec<_> = starts.iter().filter(|switch| switch.starts && switch.market.is_some()).collect();
    starts.sort_by(|one, other| one.experience.cmp(&other.experience));
    let edges: Vec<i64> = starts.iter().map(|switch| switch.at_ms).collect();
    let made = handovers(&opened.bundle, zone, &years, &edges);
    anyhow::ensure!(
        made.len() == starts.len(),
        "the site of {zone} has {} slots for {} switches",
        made.len(),
        starts.len()
    );
    let has_changes = starts.iter().any(|switch| switch.clock != Clock::Once);
    sum.zones += 1;
    sum.changing += usize::from(has_changes);
    sum.changes += if has_changes { changes } else { 0 };
    for (start, made) in starts.iter().zip(made) {
        let once = made.changed == [start.at_ms] && made.gaps.is_empty();
        sum.switches += 1;
        sum.skipped += usize::from(start.clock == Clock::Never);
        sum.twice += usize::from(start.clock == Clock::Twice);
        sum.wrong += usize::from(!once);
        if as_json {
            say(
                true,
                json!({
                    "zone": zone, "written": made.local.to_string(), "utc": format_rfc3339(start.at_ms), "local": start.local(),
                    "clock": start.clock.name(), "once": once,
                }),
                "",
            );
        } else if !once {
            let changed: Vec<String> = made.changed.iter().map(|at| format_rfc3339(*at)).collect();
            say(
                false,
                "",
                format_args!(
                    "{zone}: {} should switch at {}; the engine switched at {changed:?}, and showed neither {} times\n",
                    made.local,
                    format_rfc3339(start.at_ms),
                    made.gaps.len()
                ),
            );
        }
    }
    Ok(())
}
