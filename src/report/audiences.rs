//! Audiences: who uses them, how many visits they reach, and which are nearly the same.
//!
//! A visit whose data the audience may not read counts as unknown, never as outside.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Audience, Rows, Site};
use crate::bundle::Bundle;
use crate::compile::debug::Debug;
use crate::engine::explain::{Verdict, Verdicts};
use crate::engine::permit_said;
use crate::words::{Purpose, Visit};

/// The fewest visits from which shares are judged: below, one visitor is more than a percent.
pub const VISITS_MIN: usize = 100;

/// Percent of the visits from which an audience is as good as everybody.
const BROAD: usize = 90;
/// Percent of the visits below which an audience counts as empty.
const NARROW: usize = 1;
/// Percent of the visits in either of two audiences that are in both, from which the two are as good as one.
const ALIKE: usize = 90;

/// All audiences of a site.
#[derive(Clone, Debug, Serialize)]
pub struct Audiences {
    /// How many visits were counted.
    pub visits: usize,
    /// By name.
    pub audiences: Vec<AudienceReach>,
    /// Pairs that are nearly the same, the most alike first.
    pub twins: Vec<Twins>,
}

/// One audience.
#[derive(Clone, Debug, Serialize)]
pub struct AudienceReach {
    /// Its name.
    pub name: String,
    /// The accountable team.
    pub owner: Option<String>,
    /// `experience NAME` and `audience NAME` that mention it.
    pub used_by: Vec<String>,
    /// Visits that are in it.
    pub inside: usize,
    /// Visits that are not.
    pub outside: usize,
    /// Visits that cannot be told.
    pub unknown: usize,
}

/// Two audiences that are nearly the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Twins {
    /// The one whose name sorts first.
    pub one: String,
    /// The other.
    pub other: String,
    /// Visits in both.
    pub both: usize,
    /// Visits in at least one.
    pub either: usize,
}

/// Counts `visits` for every audience. A visit without a time of its own is at `now_ms`.
pub fn audiences(
    site: &Site,
    bundle: &Bundle,
    debug: &Debug,
    visits: impl IntoIterator<Item = Visit>,
    now_ms: i64,
) -> Audiences {
    let mut users = users(site);
    let reach = debug.audiences.iter().map(|audience| AudienceReach {
        name: audience.name.clone(),
        owner: site.audiences.iter().find(|other| other.name == audience.name).and_then(|author| author.owner.clone()),
        used_by: users.remove(&audience.name).unwrap_or_default(),
        inside: 0,
        outside: 0,
        unknown: 0,
    });
    let mut reach: Vec<AudienceReach> = reach.collect();
    let mut members: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); reach.len()];
    let mut total = 0;
    for visit in visits {
        let now_ms = visit.now.map_or(now_ms, |now| now.0);
        let permitted = permit_said(bundle, &visit, now_ms);
        let verdicts = Verdicts::new(bundle, &permitted, Purpose::Personalization);
        for ((audience, reach), members) in debug.audiences.iter().zip(&mut reach).zip(&mut members) {
            match verdicts.of(audience.literal) {
                Verdict::True => {
                    reach.inside += 1;
                    members.insert(total);
                }
                Verdict::False => reach.outside += 1,
                Verdict::Unknown => reach.unknown += 1,
            }
        }
        total += 1;
    }
    Audiences { visits: total, audiences: reach, twins: twins(debug, &members) }
}

impl Audiences {
    /// The findings: `SV2105` for audiences of nearly everybody or nobody, `SV2106` for audiences that are nearly the same.
    /// Nothing is judged by fewer than [`VISITS_MIN`] visits, and a visit that cannot be told counts for neither side.
    pub fn findings(&self, site: &Site) -> Vec<Diagnostic> {
        if self.visits < VISITS_MIN {
            return Vec::new();
        }
        let find = |name: &str| site.audiences.iter().find(|audience| audience.name == name);
        let reach = self.audiences.iter().filter_map(|reach| {
            let audience = find(&reach.name)?;
            let known = reach.inside + reach.outside;
            if known < VISITS_MIN {
                return None;
            }
            let percent = 100.0 * reach.inside as f64 / known as f64;
            let (what, help) = if reach.inside * 100 >= known * BROAD {
                ("an audience of nearly everybody targets nobody", "narrow it, or show its content without an audience")
            } else if reach.inside * 100 < known * NARROW {
                ("an audience of nearly nobody costs work and shows nothing", "widen it, or retire it")
            } else {
                return None;
            };
            let says = format!("audience `{}` matches {percent:.1} % of {known} visits", reach.name);
            Some(finding("SV2105", audience, says).why(what).help(help))
        });
        let twins = self.twins.iter().filter_map(|twins| {
            let audience = find(&twins.other)?;
            let percent = 100.0 * twins.both as f64 / twins.either as f64;
            let says = format!("audiences `{}` and `{}` are {percent:.0} % the same visits", twins.one, twins.other);
            let help = format!("use `{}` in both places, or change one of them", twins.one);
            Some(finding("SV2106", audience, says).help(help))
        });
        reach.chain(twins).collect()
    }
}

fn finding(code: &'static str, audience: &Audience, says: String) -> Diagnostic {
    Diagnostic { owner: audience.owner.clone(), ..Diagnostic::error(code, audience.place.clone(), says).warning() }
}

/// The rules that mention each audience.
fn users(site: &Site) -> BTreeMap<String, Vec<String>> {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |user: String, mentioned: BTreeSet<usize>| {
        for audience in mentioned {
            users.entry(site.audiences[audience].name.clone()).or_default().push(user.clone());
        }
    };
    for audience in &site.audiences {
        note(format!("audience {}", audience.name), audience.rows.audiences().collect());
    }
    for experience in &site.experiences {
        let mentioned = experience.rows().flat_map(Rows::audiences).collect();
        note(format!("experience {}", experience.name), mentioned);
    }
    users
}

fn twins(debug: &Debug, members: &[BTreeSet<usize>]) -> Vec<Twins> {
    let mut twins = Vec::new();
    // By size: a set that is much smaller than another cannot be nearly the same.
    let mut order: Vec<usize> = (0..members.len()).filter(|audience| !members[*audience].is_empty()).collect();
    order.sort_by_key(|audience| members[*audience].len());
    for (at, small) in order.iter().enumerate() {
        for large in &order[at + 1..] {
            if members[*small].len() * 100 < members[*large].len() * ALIKE {
                break;
            }
            let both = members[*small].intersection(&members[*large]).count();
            let either = members[*small].len() + members[*large].len() - both;
            if both * 100 >= either * ALIKE {
                let (one, other) = (small.min(large), small.max(large));
                let name = |audience: &usize| debug.audiences[*audience].name.clone();
                twins.push(Twins { one: name(one), other: name(other), both, either });
            }
        }
    }
    twins.sort_by(|a, b| {
        (b.both * a.either).cmp(&(a.both * b.either)).then_with(|| (&a.one, &a.other).cmp(&(&b.one, &b.other)))
    });
    twins
}
