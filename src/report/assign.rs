//! Draws are tried on made-up ids: do they keep their shares, and does none tell of another?
//!
//! Takes a checked site, perhaps the same site before a change, and how many ids; gives counts with chi-square tests. The points are those
//! that a decision draws by. It looks at no visitor.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chi_square::{ChiSquare, fit, independence};
use crate::author::site::{Points, Site, Split};
use crate::engine::bucket::{Domain, TOTAL, point};

/// How often chance alone may fail one of all tests together.
pub const ALARM: f64 = 0.01;

/// The number of equal parts of a draw whose independence is tested.
const PARTS: usize = 10;

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assign {
    /// How many ids were drawn: `PREFIX0`, `PREFIX1` and so on.
    pub ids: u32,
    /// What they begin with.
    pub prefix: String,
    /// Each draw of the site.
    pub draws: Vec<DrawReport>,
    /// Each two draws.
    pub pairs: Vec<PairReport>,
    /// Who moves since the site before, if one was given.
    pub moves: Vec<MoveReport>,
    /// A p-value below this is an alarm: 0.01, shared among all tests.
    pub alarm_below: f64,
}

/// One draw, and how the ids fell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DrawReport {
    /// `holdout NAME`, `layer NAME`, `traffic EXPERIMENT` or `arms EXPERIMENT`.
    pub draw: String,
    /// What is hashed before the id.
    pub salt: String,
    /// How its points are shared.
    pub owners: Vec<OwnerReport>,
    /// The shares that were found, against those that were wanted.
    pub test: ChiSquare,
}

/// An owner of points.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnerReport {
    /// `held back`, an experiment, `takes part`, or an arm; `-` has what nobody owns.
    pub owner: String,
    /// Of 10,000.
    pub points: u32,
    /// Ids with such a point.
    pub found: u32,
}

/// Two draws that should know nothing of each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairReport {
    /// Both.
    pub draws: [String; 2],
    /// Of a table of ten parts by ten.
    pub test: ChiSquare,
}

/// A draw whose points have other owners than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveReport {
    /// Which.
    pub draw: String,
    /// Points with another owner.
    pub points: u32,
    /// The least that the shares allow.
    pub least: u32,
    /// Ids with such a point.
    pub ids: u32,
}

/// A draw of a site.
struct Draw {
    name: String,
    domain: Domain,
    salt: String,
    owners: Vec<(String, Points)>,
}

/// Draws every id in every draw of the site.
pub fn assign(site: &Site, before: Option<&Site>, prefix: &str, ids: u32) -> Assign {
    let (draws, earlier) = (draws(site), before.map(draws).unwrap_or_default());
    let of_point: Vec<Vec<usize>> = draws.iter().map(Draw::by_point).collect();
    let moved: Vec<Option<(Vec<bool>, u32)>> = draws
        .iter()
        .map(|draw| earlier.iter().find(|old| old.is_same(draw)).map(|old| (draw.moved(old), draw.least(old))))
        .collect();
    let pairs: Vec<(usize, usize)> =
        (0..draws.len()).flat_map(|one| (one + 1..draws.len()).map(move |other| (one, other))).collect();
    let mut found: Vec<Vec<u32>> = draws.iter().map(|draw| vec![0; draw.owners.len() + 1]).collect();
    let mut tables = vec![[[0_u64; PARTS]; PARTS]; pairs.len()];
    let (mut moving, mut points) = (vec![0; draws.len()], vec![0; draws.len()]);
    let part = |point: u32| point as usize * PARTS / TOTAL as usize;
    for id in 0..ids {
        let id = format!("{prefix}{id}");
        for (at, draw) in draws.iter().enumerate() {
            let drawn = point(draw.domain, &draw.salt, &id, TOTAL);
            points[at] = drawn;
            found[at][of_point[at][drawn as usize]] += 1;
            moving[at] += u32::from(moved[at].as_ref().is_some_and(|(moved, _)| moved[drawn as usize]));
        }
        for (table, (one, other)) in tables.iter_mut().zip(&pairs) {
            table[part(points[*one])][part(points[*other])] += 1;
        }
    }
    let moves = draws.iter().zip(&moved).zip(moving).filter_map(|((draw, moved), ids)| {
        let (moved, least) = moved.as_ref()?;
        let points = moved.iter().filter(|moved| **moved).count() as u32;
        (points > 0).then(|| MoveReport { draw: draw.name.clone(), points, least: *least, ids })
    });
    let tests = draws.len() + pairs.len();
    Assign {
        ids,
        prefix: prefix.to_owned(),
        moves: moves.collect(),
        pairs: pairs
            .iter()
            .zip(&tables)
            .map(|((one, other), table)| PairReport {
                draws: [draws[*one].name.clone(), draws[*other].name.clone()],
                test: independence(table),
            })
            .collect(),
        draws: draws.iter().zip(found).map(|(draw, found)| draw.report(&found, ids)).collect(),
        alarm_below: ALARM / tests.max(1) as f64,
    }
}

impl Assign {
    /// What is not as it should be, in a sentence each.
    pub fn alarms(&self) -> Vec<String> {
        let is_off = |test: &ChiSquare| test.p < self.alarm_below;
        let shares = self.draws.iter().filter(|draw| is_off(&draw.test));
        let shares =
            shares.map(|draw| format!("{}: the shares are not as wanted (p = {:.2e})", draw.draw, draw.test.p));
        let pairs =
            self.pairs.iter().filter(|pair| is_off(&pair.test)).map(|PairReport { draws: [one, other], test }| {
                format!(
                    "{one} and {other}: the draws depend on each other (p = {:.2e}); give each a salt of its own",
                    test.p
                )
            });
        let moves = self.moves.iter().filter(|moved| moved.points > moved.least);
        let moves = moves.map(|MoveReport { draw, points, least, .. }| {
            format!("{draw}: {points} points move, and {least} would do")
        });
        shares.chain(pairs).chain(moves).collect()
    }
}

impl Draw {
    fn is_same(&self, other: &Self) -> bool {
        (&self.name, self.domain, &self.salt) == (&other.name, other.domain, &other.salt)
    }

    /// The owner of each point; the last one has what nobody owns.
    fn by_point(&self) -> Vec<usize> {
        let mut owners = vec![self.owners.len(); TOTAL as usize];
        for (owner, (_, points)) in self.owners.iter().enumerate() {
            for range in points {
                owners[range.start as usize..range.end as usize].fill(owner);
            }
        }
        owners
    }

    fn owner_at(&self, owner: usize) -> &str {
        self.owners.get(owner).map_or("-", |(name, _)| name)
    }

    /// Which points have another owner than in `old`.
    fn moved(&self, old: &Self) -> Vec<bool> {
        self.by_point().iter().zip(old.by_point()).map(|(new, was)| self.owner_at(*new) != old.owner_at(was)).collect()
    }

    fn points(&self) -> BTreeMap<&str, u32> {
        let mut points = BTreeMap::new();
        self.by_point().into_iter().for_each(|owner| *points.entry(self.owner_at(owner)).or_default() += 1);
        points
    }

    /// The least points that move: what each owner has to give.
    fn least(&self, old: &Self) -> u32 {
        let new = self.points();
        old.points().iter().map(|(owner, had)| had.saturating_sub(new.get(owner).copied().unwrap_or(0))).sum()
    }

    fn report(&self, found: &[u32], ids: u32) -> DrawReport {
        let points = self.points();
        let names = self.owners.iter().map(|(name, _)| name.as_str()).chain(["-"]);
        let owners: Vec<OwnerReport> = names
            .zip(found)
            .map(|(owner, found)| OwnerReport {
                owner: owner.to_owned(),
                points: points.get(owner).copied().unwrap_or(0),
                found: *found,
            })
            .filter(|owner| owner.points > 0 || owner.found > 0)
            .collect();
        let share = |points: u32| f64::from(points) / f64::from(TOTAL) * f64::from(ids);
        let test = fit(owners.iter().map(|owner| (share(owner.points), u64::from(owner.found))));
        DrawReport { draw: self.name.clone(), salt: self.salt.clone(), owners, test }
    }
}

/// Every draw of a site, each once.
fn draws(site: &Site) -> Vec<Draw> {
    let whole = |until: u32| std::iter::once(0..until).filter(|range| !range.is_empty()).collect();
    let mut draws: Vec<Draw> = site
        .holdouts
        .iter()
        .map(|holdout| Draw {
            name: format!("holdout {}", holdout.name),
            domain: Domain::Holdout,
            salt: holdout.salt.clone(),
            owners: vec![("held back".into(), whole(holdout.share))],
        })
        .collect();
    let splits: Vec<&Split> = site
        .experiences
        .iter()
        .flat_map(|experience| experience.rules.iter().filter_map(|rule| rule.split()))
        .collect();
    for (at, layer) in site.layers.iter().enumerate() {
        let mut owners: Vec<(String, Points)> = Vec::new();
        for split in splits.iter().filter(|split| split.layer == Some(at)) {
            if owners.iter().all(|(name, _)| *name != split.experiment) {
                owners.push((split.experiment.clone(), split.points.clone()));
            }
        }
        let (name, salt) = (format!("layer {}", layer.name), layer.name.clone());
        draws.push(Draw { name, domain: Domain::Layer, salt, owners });
    }
    for split in splits {
        let salt = || split.salt.clone();
        if split.layer.is_none() && split.traffic < TOTAL {
            let owners = vec![("takes part".into(), whole(split.traffic))];
            let name = format!("traffic {}", split.experiment);
            draws.push(Draw { name, domain: Domain::Traffic, salt: salt(), owners });
        }
        let owners = split.arms.iter().map(|arm| (arm.name.clone(), arm.points.clone())).collect();
        draws.push(Draw { name: format!("arms {}", split.experiment), domain: Domain::Variant, salt: salt(), owners });
    }
    let mut once: Vec<Draw> = Vec::new();
    for draw in draws {
        if !once.iter().any(|known| known.is_same(&draw)) {
            once.push(draw);
        }
    }
    once
}
