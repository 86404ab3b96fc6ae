//! Which points of its draw each arm and each experiment of a layer has.
//!
//! A newcomer starts in [`lay`]: it takes a site's shares and the points of the build before, which `selvedge.lock` keeps, and gives every
//! arm its points. [`share_out`] moves as few points as shares allow, [`ordinals`] numbers what the state of devices names, [`lock`] is the file, [`moves`] says who moves.

mod clocks;
mod compact;
mod lock;
mod moves;
mod ordinals;
mod share_out;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostic;
use super::percent::WHOLE;
use super::site::{Arm, Effect, Experience, Place, Points, Site, Split};
use super::source::Sink;
use crate::engine::bucket::{Domain, point};
use lock::{Draw, Locked, Owners, Part};
use share_out::share_out;

pub use compact::{Compacted, RANGES_MAX, compact};
pub use lock::LOCK;
pub use moves::Moved;
use moves::{Was, moved};

/// The outcome of a layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    /// The text that the lock file should have. A site without draws needs no such file.
    pub lock: Option<String>,
    /// The text that the lock file has, if there is one.
    pub found: Option<String>,
    /// Draws that do not leave every visitor where they were.
    pub moves: Vec<Moved>,
    /// Local times that are another moment than in the lock file.
    pub clocks: Vec<Diagnostic>,
}

impl Laid {
    /// True if the lock file has another text than it should.
    pub fn is_out_of_date(&self) -> bool {
        self.lock != self.found
    }

    /// Warnings about an old lock file, and about visitors who move. Nothing where a build changes no lock file.
    pub fn findings(&self) -> Vec<Diagnostic> {
        if !self.is_out_of_date() {
            return Vec::new();
        }
        let (file, what, why) = match self.found {
            None => (
                "selvedge.toml",
                format!("there is no `{LOCK}`"),
                "it records who sees what; without it, the next change of shares moves more visitors than necessary",
            ),
            Some(_) => {
                (LOCK, format!("`{LOCK}` is out of date"), "its points or moments are not those of these sources")
            }
        };
        let place = Place { file: file.into(), line: 1, column: 1, ..Place::default() };
        let stale = Diagnostic::error("SV2231", place, what).warning().why(why);
        let stale = stale.help(format!("run `selvedge build`, and commit {LOCK}"));
        let moves = self.moves.iter().filter_map(Moved::finding);
        std::iter::once(stale).chain(moves).chain(self.clocks.iter().cloned()).collect()
    }
}

/// Gives every arm and every experiment of a layer its points. A lock file that cannot be read is reported, and no visitor
/// moves.
pub(super) fn lay(site: &mut Site, found: Option<&str>, sink: &Sink) {
    let Some(lock) = found.map_or(Some(lock::Lock::default()), |text| lock::Lock::read(text, sink)) else { return };
    let (mut new, mut moves) = (lock::Lock::default(), Vec::new());
    for layer in &site.layers {
        let wanted: Vec<(&str, u32)> = layer.shares.iter().map(|(name, share)| (&**name, *share)).collect();
        let old = lock.layers.get(&layer.name);
        let names = layer.shares.iter().map(|(name, _)| name.clone());
        let owners: Owners = names.zip(share_out(named(old), &wanted)).collect();
        bound(&owners, &format!("the layer `{}`", layer.name), &layer.place, sink);
        moves.extend(old.and_then(|old| moved(Was::Layer(&layer.name, old, &owners), &layer.place, None)));
        new.layers.insert(layer.name.clone(), owners);
    }
    let mut before: BTreeMap<&str, Vec<&Locked>> = BTreeMap::new();
    lock.experiments.iter().for_each(|one| before.entry(&one.name).or_default().push(one));
    let mut laid: BTreeMap<Definition, Owners> = BTreeMap::new();
    for (name, ways) in definitions(site) {
        let known = before.get(&*name).map_or(&[][..], |known| known);
        for (way, old) in paired(&ways, known) {
            let wanted: Vec<(&str, u32)> = way.order.iter().map(|arm| (&**arm, way.is.arms[arm])).collect();
            let points = share_out(named(old.map(|old| &old.arms)), &wanted);
            let arms: Owners = way.order.iter().cloned().zip(points).collect();
            bound(&arms, &format!("the experiment `{name}`"), &way.place, sink);
            let locked = Locked { name: name.clone(), draw: way.is.draw.clone(), arms };
            moves.extend(old.and_then(|old| moved(Was::Experiment(old, &locked), &way.place, way.owner.clone())));
            laid.insert(way.is.clone(), locked.arms.clone());
            new.experiments.push(locked);
        }
    }
    let names: Vec<String> = site.layers.iter().map(|layer| layer.name.clone()).collect();
    for split in site.experiences.iter_mut().flat_map(splits_mut) {
        if let Some(arms) = laid.get(&Definition::of(split, &names)) {
            let points = |arm: &Arm| arms.get(&arm.name).cloned().unwrap_or_default();
            split.arms.iter_mut().for_each(|arm| arm.points = points(arm));
        }
        split.points = match split.layer.and_then(|layer| new.layers.get(names.get(layer)?)) {
            Some(owners) => owners.get(&split.experiment).cloned().unwrap_or_default(),
            None => std::iter::once(0..split.traffic).filter(|range| !range.is_empty()).collect(),
        };
    }
    new.contact = ordinals::number(site, lock.contact);
    let is_needed = found.is_some() || new != lock::Lock::default();
    new.clocks = clocks::clocks(site);
    let clocks = clocks::moved(site, &lock.clocks);
    site.laid = Laid { lock: is_needed.then(|| new.text()), found: found.map(str::to_owned), moves, clocks };
}

/// Reports a draw with more ranges than anybody can read.
fn bound(owners: &Owners, of: &str, place: &Place, sink: &Sink) {
    let ranges = compact::ranges(owners);
    if ranges > RANGES_MAX {
        let what = format!("the points of {of} are in {ranges} ranges, more than {RANGES_MAX}");
        let fault = Diagnostic::error("SV2262", place.clone(), what).why("many changes of shares have split them");
        sink.report(fault.help("run `selvedge compact`: it joins ranges, and prints how many visitors that moves"));
    }
}

fn named(owners: Option<&Owners>) -> impl Iterator<Item = (&str, &Points)> {
    owners.into_iter().flatten().map(|(name, points)| (&**name, points))
}

fn splits_mut(experience: &mut Experience) -> impl Iterator<Item = &mut Split> {
    experience
        .rules
        .iter_mut()
        .filter_map(|rule| if let Effect::Split(split) = &mut rule.effect { Some(split) } else { None })
}

/// Splits that agree in this share their points.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Definition {
    experiment: String,
    draw: Draw,
    /// Share by arm.
    arms: BTreeMap<String, u32>,
}

impl Definition {
    fn of(split: &Split, layers: &[String]) -> Self {
        let layer = split.layer.and_then(|layer| layers.get(layer));
        let part = layer.map_or(Part::Traffic(split.traffic), |name| Part::Layer(name.clone()));
        Self {
            experiment: split.experiment.clone(),
            draw: Draw { salt: split.salt.clone(), unit: split.unit, part },
            arms: split.arms.iter().map(|arm| (arm.name.clone(), arm.share)).collect(),
        }
    }
}

/// A way in which an experiment is defined, and where it is for the first time.
struct Way {
    is: Definition,
    /// Its arms in the author's order.
    order: Vec<String>,
    place: Place,
    owner: Option<String>,
}

/// Every way in which each experiment is defined. More than one is warned of elsewhere.
fn definitions(site: &Site) -> BTreeMap<String, Vec<Way>> {
    let layers: Vec<String> = site.layers.iter().map(|layer| layer.name.clone()).collect();
    let mut all: BTreeMap<String, Vec<Way>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for experience in &site.experiences {
        for rule in &experience.rules {
            let Some(split) = rule.split() else { continue };
            let is = Definition::of(split, &layers);
            if seen.insert(is.clone()) {
                let order = split.arms.iter().map(|arm| arm.name.clone()).collect();
                let way = Way { is, order, place: rule.place.clone(), owner: experience.owner.clone() };
                all.entry(split.experiment.clone()).or_default().push(way);
            }
        }
    }
    all
}

/// Each way with its points in the lock. If there are several, those that keep the most visitors come first.
fn paired<'w, 'l>(ways: &'w [Way], known: &[&'l Locked]) -> Vec<(&'w Way, Option<&'l Locked>)> {
    let kept = |way: &Way, old: &Locked| -> u32 {
        let points = |name: &String| old.arms.get(name).map_or(0, count);
        let arms: u32 = way.is.arms.iter().map(|(name, share)| points(name).min(*share)).sum();
        arms + if way.is.draw == old.draw { WHOLE } else { 0 }
    };
    let pairs = (0..ways.len()).flat_map(|way| (0..known.len()).map(move |old| (way, old)));
    let mut pairs: Vec<(usize, usize)> = pairs.collect();
    pairs.sort_by_key(|(way, old)| Reverse(kept(&ways[*way], known[*old])));
    let (mut of_way, mut is_taken) = (vec![None; ways.len()], vec![false; known.len()]);
    for (way, old) in pairs {
        if of_way[way].is_none() && !is_taken[old] {
            (of_way[way], is_taken[old]) = (Some(known[old]), true);
        }
    }
    ways.iter().zip(of_way).collect()
}

/// How many points there are.
pub(crate) fn count(points: &Points) -> u32 {
    points.iter().map(|range| range.end - range.start).sum()
}

impl Split {
    /// The arm that this id draws. `None` if it does not take part, or if no arm has its point. As the engine draws it from
    /// the bundle.
    pub(crate) fn draw(&self, site: &Site, id: &str) -> Option<&Arm> {
        let layer = self.layer.and_then(|layer| site.layers.get(layer));
        let (domain, salt) = layer.map_or((Domain::Traffic, &self.salt), |layer| (Domain::Layer, &layer.name));
        let has = |points: &Points, point: u32| points.iter().any(|range| range.contains(&point));
        let drawn = || point(Domain::Variant, &self.salt, id, WHOLE);
        let takes_part = count(&self.points) >= WHOLE || has(&self.points, point(domain, salt, id, WHOLE));
        takes_part.then(drawn).and_then(|drawn| self.arms.iter().find(|arm| has(&arm.points, drawn)))
    }
}
