//! `selvedge.lock`: which points of its draw each arm and each experiment of a layer has.
//!
//! Takes the text and gives its entries, or says where it is wrong. Also writes entries as text, the same for the same
//! entries.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::clocks::Clocks;
use crate::author::diagnostic::Diagnostic;
use crate::author::percent::WHOLE;
use crate::author::quoted::{as_key, basic};
use crate::author::site::Points;
use crate::author::source::{Sink, Source};
use crate::words::Unit;

/// Its name in the site's folder.
pub const LOCK: &str = "selvedge.lock";

/// First lines of every lock file.
const HEAD: &str = "\
# Written by `selvedge build`: commit it, and do not edit it.
# It keeps who sees what: visitors are points from 0 to 9999, and [0, 5000] holds the points 0 to 4999.
# A change of shares moves as few of them as possible. Without this file it would move more.
";

/// Points by owner, sorted by name.
pub(super) type Owners = BTreeMap<String, Points>;

/// Everything that a lock file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lock {
    /// By layer: the points of its experiments.
    pub(super) layers: BTreeMap<String, Owners>,
    pub(super) experiments: Vec<Locked>,
    /// The moments of local times.
    pub(super) clocks: Clocks,
    pub(super) contact: Ordinals,
}

/// The numbers by which the state of devices names caps, contents, steps of sequences, and the sequences and rotations that it keeps the
/// track of. A number is never given to another name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Ordinals {
    pub(super) caps: BTreeMap<String, u16>,
    pub(super) contents: BTreeMap<String, u16>,
    pub(super) steps: BTreeMap<String, u16>,
    pub(super) tracks: BTreeMap<String, u16>,
}

/// One experiment. The same name may stand there several times: an experiment can be defined in more than one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) draw: Draw,
    pub(super) arms: Owners,
}

/// This decides who takes part, and at which point a visitor is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Draw {
    pub(super) salt: String,
    pub(super) unit: Unit,
    pub(super) part: Part,
}

/// The points that take part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The points that the layer of this name gives to the experiment.
    Layer(String),
    /// Everybody below this point.
    Traffic(u32),
}

impl Lock {
    /// Reads the text of a lock file, or reports what is wrong with it.
    pub(super) fn read(text: &str, sink: &Sink) -> Option<Self> {
        let source = Source::new(LOCK, text, sink);
        let refuse = |span: Range<usize>, what: String, why: &str, help: &str| {
            let fault = Diagnostic::error("SV2230", source.place(span), what);
            sink.report(fault.why(why).help(help));
        };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
                let help = "take the whole file of the side that visitors see now, as in `git checkout --ours selvedge.lock`, then run `selvedge build`";
                let what = format!("`{LOCK}` has the marks of a merge conflict");
                refuse(
                    at..at + line.trim_end().len(),
                    what,
                    "two branches changed shares, so it is open which ranges apply",
                    help,
                );
                return None;
            }
            at += line.len();
        }
        const RESTORE: &str = "restore the file from version control, then run `selvedge build`";
        let raw: RawLock = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                let what = format!("`{LOCK}` cannot be read: {}", error.message().replace('\n', ", "));
                refuse(error.span().unwrap_or(0..0), what, "only `selvedge build` writes it", RESTORE);
                return None;
            }
        };
        let (mut is_sound, mut lock) = (true, Self { clocks: raw.clocks, ..Self::default() });
        let mut refuse = |span, what: String| {
            is_sound = false;
            let why = "each point belongs to one arm at most, and each experiment and layer is listed once";
            let help = "restore the file from version control; or remove the wrong part, and `selvedge build` assigns new points";
            refuse(span, what, why, help);
        };
        for RawLayer { name, points } in raw.layer {
            let owners = owners(&format!("layer `{}`", name.get_ref()), points, &mut refuse);
            if lock.layers.insert(name.get_ref().clone(), owners).is_some() {
                refuse(name.span(), format!("the layer `{}` is listed twice", name.get_ref()));
            }
        }
        for RawExperiment { name, salt, unit, layer, traffic, arms } in raw.experiment {
            let arms = owners(&format!("experiment `{name}`"), arms, &mut refuse);
            let part = layer.map_or(Part::Traffic(traffic.unwrap_or(WHOLE)), Part::Layer);
            match Unit::from_name(unit.get_ref()) {
                Some(unit) => lock.experiments.push(Locked { name, draw: Draw { salt, unit, part }, arms }),
                None => refuse(unit.span(), format!("`{}` is not a unit of an experiment", unit.get_ref())),
            }
        }
        lock.contact = raw.contact;
        is_sound.then_some(lock)
    }

    /// The text of a lock file with these entries.
    pub(super) fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (name, owners) in &self.layers {
            let _ = writeln!(text, "\n[[layer]]\nname = {}", basic(name));
            write(&mut text, "points", owners);
        }
        for Locked { name, draw: Draw { salt, unit, part }, arms } in &self.experiments {
            let (name, salt, unit) = (basic(name), basic(salt), basic(unit.name()));
            let _ = writeln!(text, "\n[[experiment]]\nname = {name}\nsalt = {salt}\nunit = {unit}");
            let _ = match part {
                Part::Layer(layer) => writeln!(text, "layer = {}", basic(layer)),
                Part::Traffic(points) => writeln!(text, "traffic = {points}"),
            };
            write(&mut text, "arms", arms);
        }
        for (at, (key, numbers)) in [
            ("caps", &self.contact.caps),
            ("contents", &self.contact.contents),
            ("steps", &self.contact.steps),
            ("tracks", &self.contact.tracks),
        ]
        .iter()
        .enumerate()
        {
            if at == 0 && self.contact != Ordinals::default() {
                text.push_str("\n[contact]\n");
            }
            for (name, number) in *numbers {
                let _ = writeln!(text, "{key}.{} = {number}", as_key(name));
            }
        }
        if !self.clocks.is_empty() {
            text += "\n# The moments of local times, as the time zones of the build had them.\n[clocks]\n";
        }
        for (local, moment) in &self.clocks {
            let _ = writeln!(text, "{} = {}", basic(local), basic(moment));
        }
        text
    }
}

/// A line for each owner, so that two branches that change two of them meet in no line.
fn write(text: &mut String, key: &str, owners: &Owners) {
    for (name, points) in owners {
        let ranges: Vec<String> = points.iter().map(|range| format!("[{}, {}]", range.start, range.end)).collect();
        let _ = writeln!(text, "{key}.{} = [{}]", as_key(name), ranges.join(", "));
    }
}

/// The points of owners; what is no range, and what belongs to two, is refused.
fn owners(of: &str, raw: RawOwners, refuse: &mut impl FnMut(Range<usize>, String)) -> Owners {
    let mut ranges: Vec<(u32, u32, &str, Range<usize>)> = Vec::new();
    for (name, points) in &raw {
        for [from, until] in points.get_ref() {
            if from >= until || *until > WHOLE {
                let what =
                    format!("`{name}` of {of} has [{from}, {until}], which is not a range of the points 0 to 9999");
                refuse(points.span(), what);
                return Owners::new();
            }
            ranges.push((*from, *until, name, points.span()));
        }
    }
    ranges.sort_by_key(|range| range.0);
    for pair in ranges.windows(2) {
        let [(_, until, one, _), (from, end, other, span)] = pair else { continue };
        if from < until {
            let last = until.min(end) - 1;
            refuse(span.clone(), format!("points {from} to {last} of {of} belong to `{one}` and to `{other}`"));
        }
    }
    let sorted = |points: Vec<[u32; 2]>| {
        let mut points: Points = points.into_iter().map(|[from, until]| from..until).collect();
        points.sort_by_key(|range| range.start);
        points
    };
    raw.into_iter().map(|(name, points)| (name, sorted(points.into_inner()))).collect()
}

type RawOwners = BTreeMap<String, Spanned<Vec<[u32; 2]>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    #[serde(default)]
    layer: Vec<RawLayer>,
    #[serde(default)]
    experiment: Vec<RawExperiment>,
    #[serde(default)]
    contact: Ordinals,
    #[serde(default)]
    clocks: Clocks,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayer {
    name: Spanned<String>,
    #[serde(default)]
    points: RawOwners,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExperiment {
    name: String,
    salt: String,
    unit: Spanned<String>,
    layer: Option<String>,
    traffic: Option<u32>,
    #[serde(default)]
    arms: RawOwners,
}
