//! Distance from global: how far each market departs from what the whole site does.
//!
//! Takes a checked site, gives a line for each market. A point is a part of an experience that markets may override. It counts what is
//! written, and never how many visitors see it.

use serde::{Deserialize, Serialize};

use crate::author::digest_of;
use crate::author::site::{Override, Site};

/// The form of the report.
pub const DISTANCE_SCHEMA: &str = "selvedge-markets/1";

/// How far each market is from the whole site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// [`DISTANCE_SCHEMA`].
    pub schema: String,
    /// Points that experiences declare: the same for every market.
    pub declared: usize,
    /// Every market, by name.
    pub markets: Vec<MarketDistance>,
    /// Every experience that markets may override, by name.
    pub experiences: Vec<Overridable>,
}

/// One market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketDistance {
    /// Its name.
    pub market: String,
    /// Declared points that it overrides.
    pub overridden: usize,
    /// Percent of the declared points, with one decimal.
    pub percent: f64,
    /// Contents that it exchanges.
    pub contents: usize,
    /// Rules that do something else there, or nothing.
    pub rules: usize,
    /// Its overrides, by experience.
    pub overrides: Vec<Overridden>,
}

/// An override of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overridden {
    /// The experience.
    pub experience: String,
    /// The team of the market that answers for it.
    pub owner: Option<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// What is otherwise.
    pub points: Vec<String>,
    /// Content, and what is shown in its place.
    pub contents: Vec<[String; 2]>,
    /// Rules that do something else.
    pub rules: usize,
    /// `file:line:column`.
    pub place: String,
}

/// An experience that markets may override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overridable {
    /// Its name.
    pub experience: String,
    /// The team that decides it for all markets.
    pub owner: Option<String>,
    /// What may be overridden.
    pub points: Vec<String>,
    /// Its digest now, for `base` in an override.
    pub digest: String,
}

/// How far each market of a site is from the whole site.
pub fn distance(site: &Site) -> Distance {
    let is_declared = |one: &&crate::author::site::Experience| one.market.is_none() && !one.overridable.is_empty();
    let declaring: Vec<_> = site.experiences.iter().filter(is_declared).collect();
    let declared = declaring.iter().map(|one| one.overridable.len()).sum();
    let market = |(at, market): (usize, &crate::author::site::Market)| {
        let own: Vec<&Override> = site.overrides.iter().filter(|one| one.market == at).collect();
        let overridden = own.iter().map(|one| one.points.len()).sum();
        MarketDistance {
            market: market.name.clone(),
            overridden,
            percent: percent(overridden, declared),
            contents: own.iter().map(|one| one.contents.len()).sum(),
            rules: own.iter().map(|one| one.rules).sum(),
            overrides: own.into_iter().map(told).collect(),
        }
    };
    let names = |points: &[crate::author::site::Point]| points.iter().map(|point| point.name().to_owned()).collect();
    Distance {
        schema: DISTANCE_SCHEMA.into(),
        declared,
        markets: site.markets.iter().enumerate().map(market).collect(),
        experiences: declaring
            .into_iter()
            .map(|one| Overridable {
                experience: one.name.clone(),
                owner: one.owner.clone(),
                points: names(&one.overridable),
                digest: digest_of(one, &site.content),
            })
            .collect(),
    }
}

fn told(one: &Override) -> Overridden {
    let place = &one.place;
    Overridden {
        experience: one.experience.clone(),
        owner: one.owner.clone(),
        reason: one.reason.clone(),
        points: one.points.iter().map(|point| point.name().to_owned()).collect(),
        contents: one.contents.iter().map(|(from, to)| [from.clone(), to.clone()]).collect(),
        rules: one.rules,
        place: format!("{}:{}:{}", place.file, place.line, place.column),
    }
}

/// Percent with one decimal.
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { (1_000.0 * part as f64 / whole as f64).round() / 10.0 }
}
