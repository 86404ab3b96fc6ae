//! Experiments that one visitor can be in at one time, ours and those of other tools.
//!
//! Takes a site, gives every pair that shares a slot, a page or a metric, with a visitor who is in both, or a proof that
//! there is none. The visitor has the id, the consent and the time that both experiments need.

use super::slots::{
    Budget, Placed, RuleAt, Tally, common_layer, meet_in_time, pages_meet, placed, rules, split, window,
};
use super::{Claim, Prover, Verdict, enrol};
use crate::author::site::{Elsewhere, Place, Rows, Site, Window};

/// An experiment as an experience runs it, or a test of another tool.
#[derive(Clone, Debug)]
pub struct Measured<'s> {
    /// What reports call it.
    pub name: &'s str,
    /// The tool that runs it, if we do not.
    pub tool: Option<&'s str>,
    /// The accountable team.
    pub owner: Option<&'s str>,
    /// What it should improve.
    pub metric: Option<&'s str>,
    /// Where it is written.
    pub place: &'s Place,
    /// Basis points of those who match that take part.
    pub traffic: u32,
    /// The rules of ours; none for a test of another tool.
    pub rules: Vec<RuleAt>,
    test: Option<&'s Elsewhere>,
    placed: Vec<Placed>,
    claim: Claim,
}

/// Two of them.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Positions in the list of everything that is measured.
    pub pair: (usize, usize),
    /// The slot that both change, if it is one.
    pub slot: Option<String>,
    /// The one that takes visitors before the other, where both are ours and in one slot.
    pub takes: Option<usize>,
    /// True if some page may have both.
    pub same_page: bool,
    /// The metric that both should improve, if it is one.
    pub metric: Option<String>,
    /// The layer that keeps them apart, for any conditions.
    pub layer: Option<String>,
    /// The share of those who match both that both draw. Experiments with one salt share a draw.
    pub drawn: f64,
    /// True if one visit can be in both.
    pub verdict: Verdict,
}

impl Conflict {
    /// True if each may spoil what the other measures: they are on one page, and it is not proved that they never meet. One
    /// metric alone is worth a look, and no conflict.
    pub fn is_open(&self) -> bool {
        self.same_page && self.verdict != Verdict::Never
    }
}

impl<'s> Measured<'s> {
    fn side(&self) -> enrol::Side<'_> {
        self.test.map_or(enrol::Side::Ours(&self.placed), |test| enrol::Side::Theirs(self.claim, test.window))
    }

    fn drawn_by_both(&self, other: &Self, site: &Site) -> f64 {
        let split = |one: &Self| split(site, *one.rules.first()?);
        match (split(self), split(other)) {
            (Some(one), Some(other)) => enrol::drawn_by_both(one, other),
            _ => [self, other].map(|one| f64::from(one.traffic) / 10_000.0).iter().product(),
        }
    }

    /// The rows that decide who is in it: all of one of these.
    pub fn rows(&self, site: &'s Site) -> Vec<Vec<&'s Rows>> {
        let ours = self.rules.iter().map(|(experience, rule)| {
            let experience = &site.experiences[*experience];
            vec![&experience.eligible, &experience.rules[*rule].rows]
        });
        ours.chain(self.test.map(|test| vec![&test.rows])).collect()
    }
}

/// Everything that is measured on the site's pages.
pub fn measured<'s>(prover: &mut Prover<'s>) -> Vec<Measured<'s>> {
    let site = prover.site;
    let mut all: Vec<Measured<'s>> = Vec::new();
    for (at, experience, rule) in rules(site) {
        let Some(split) = rule.split() else { continue };
        let claim = prover.rule(experience, rule);
        let placed = Placed { at, claim, stops: false };
        let mut of_experience = all.iter_mut().rev().take_while(|known| known.rules[0].0 == at.0);
        match of_experience.find(|known| known.name == split.experiment) {
            Some(known) => {
                known.placed.push(placed);
                known.rules.push(at);
            }
            None => all.push(Measured {
                name: &split.experiment,
                tool: None,
                owner: experience.owner.as_deref(),
                metric: experience.goal.as_deref(),
                place: &rule.place,
                traffic: split.traffic,
                rules: vec![at],
                test: None,
                placed: vec![placed],
                claim,
            }),
        }
    }
    all.extend(site.elsewhere.iter().map(|test| Measured {
        name: &test.name,
        tool: Some(&test.tool),
        owner: test.owner.as_deref(),
        metric: test.metric.as_deref(),
        place: &test.place,
        traffic: test.traffic,
        rules: Vec::new(),
        test: Some(test),
        placed: Vec::new(),
        claim: prover.rows(&[&test.rows], None),
    }));
    all
}

/// Every pair that shares something at `now_ms` or later, with the number of open questions: conflicts first, proved pairs
/// last. Tests of other tools are not compared with each other. The number of pairs grows with the square of the experiments, so
/// no more than `pairs_max` are looked at.
pub fn conflicts(
    prover: &mut Prover<'_>,
    of: &[Measured<'_>],
    now_ms: i64,
    budget: &mut Budget,
    pairs_max: usize,
) -> (Vec<Conflict>, Tally) {
    let pairs = of.len() * of.len().saturating_sub(1) / 2;
    let (mut found, mut tally) = (Vec::new(), Tally { left: pairs.saturating_sub(pairs_max), ..Tally::default() });
    let placed = placed(prover);
    let mut looked = 0;
    for (position, second) in of.iter().enumerate() {
        for (earlier, first) in of[..position].iter().enumerate().take(pairs_max - looked) {
            looked += 1;
            let foreign = first.tool.is_some() && second.tool.is_some();
            let one = first.tool.is_none() && second.tool.is_none() && first.name == second.name;
            if foreign
                || one
                || !meet_in_time(prover.site, now_ms, |market| {
                    [first, second].map(|one| runs(prover.site, one, market))
                })
            {
                continue;
            }
            let slot = common_slot(prover.site, first, second);
            let metric = first.metric.filter(|metric| second.metric == Some(metric));
            let same_page = slot.is_some() || on_one_page(prover.site, first, second);
            if !same_page && metric.is_none() {
                continue;
            }
            tally.asked += 1;
            let layer = first.rules.first().zip(second.rules.first());
            let layer = layer.and_then(|(first, second)| common_layer(prover.site, *first, *second));
            let verdict = match &layer {
                Some(_) => Verdict::Never,
                None => enrol::both(prover, &placed, [first, second].map(Measured::side), now_ms, budget, &mut tally),
            };
            let takes = slot.as_ref().and_then(|_| {
                let order = |one: &Measured<'_>| {
                    let at = one.placed.first()?.at;
                    placed.iter().flatten().position(|rule| rule.at == at)
                };
                Some(if order(first)? < order(second)? { earlier } else { position })
            });
            let (pair, metric) = ((earlier, position), metric.map(str::to_owned));
            let drawn = first.drawn_by_both(second, prover.site);
            found.push(Conflict { pair, slot, takes, same_page, metric, layer, drawn, verdict });
        }
    }
    found.sort_by_key(|conflict| (!conflict.is_open(), conflict.verdict == Verdict::Never, conflict.slot.is_none()));
    (found, tally)
}

fn slots(site: &Site, one: &Measured<'_>) -> Vec<usize> {
    one.test.map_or_else(|| vec![site.experiences[one.rules[0].0].slot], |test| test.slots.clone())
}

/// The slot that both change: by its name, or by its selector on a page that it is on.
fn common_slot(site: &Site, one: &Measured<'_>, other: &Measured<'_>) -> Option<String> {
    let (mine, theirs) = (slots(site, one), slots(site, other));
    let named = mine.iter().find(|slot| theirs.contains(slot)).copied();
    let selected = |slots: &[usize], test: Option<&Elsewhere>| {
        let test = test.filter(|test| test.selector.is_some())?;
        let is_same = |slot: &usize| {
            let slot = &site.slots[*slot];
            test.selector.as_ref() == Some(&slot.selector) && test.pages.iter().any(|page| pages_meet(page, &slot.page))
        };
        slots.iter().copied().find(is_same)
    };
    let slot = named.or_else(|| selected(&mine, other.test)).or_else(|| selected(&theirs, one.test))?;
    Some(site.slots[slot].name.clone())
}

fn on_one_page(site: &Site, one: &Measured<'_>, other: &Measured<'_>) -> bool {
    let pages = |test: &Measured<'_>| -> Vec<String> {
        let of_slots = slots(site, test).into_iter().map(|slot| site.slots[slot].page.clone());
        of_slots.chain(test.test.iter().flat_map(|test| test.pages.clone())).collect()
    };
    let theirs = pages(other);
    pages(one).iter().any(|mine| theirs.iter().any(|page| pages_meet(mine, page)))
}

fn runs(site: &Site, one: &Measured<'_>, market: Option<usize>) -> Window {
    one.test.map_or_else(|| window(&site.experiences[one.rules[0].0], market), |test| test.window)
}
