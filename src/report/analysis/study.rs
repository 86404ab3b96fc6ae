//! What is compared: each experiment that has a goal, and each holdout that goals.toml judges.

use crate::author::site::{ContactClass, Experience, Goal, Goals, Judged, Site};
use crate::words::Unit;

/// One comparison.
#[derive(Clone, Debug)]
pub struct Study {
    /// The name of the experiment or the holdout.
    pub name: String,
    /// Which of the two it is.
    pub of: Compared,
    /// Its arms; the first one is what the others are compared with.
    pub arms: Vec<String>,
    /// The planned share of each arm.
    pub shares: Vec<f64>,
    /// Positions in [`Goals::goals`]: the primary goal, then the guardrails.
    pub goals: Vec<usize>,
    /// How it is judged.
    pub judged: Judged,
}

/// What a study compares.
#[derive(Clone, Debug)]
pub enum Compared {
    /// The arms of an experiment.
    Experiment,
    /// People who are held back, and everybody who would have been.
    Holdout {
        /// The slots that it covers.
        slots: Vec<String>,
        /// What is held back.
        unit: Unit,
        /// Experiences that are shown to everybody.
        for_everybody: Vec<String>,
    },
}

impl Study {
    /// Every comparison that a site asks for. There is none without a goals.toml.
    pub fn of(site: &Site) -> Vec<Self> {
        let Some(goals) = &site.goals else { return Vec::new() };
        let experiments = goals.experiments.iter().filter_map(|judged| experiment(site, goals, judged));
        experiments.chain(goals.holdouts.iter().filter_map(|judged| holdout(site, goals, judged))).collect()
    }

    /// The goals with their margins; the first one is the primary goal.
    pub fn goals<'g>(&self, goals: &'g Goals) -> impl Iterator<Item = &'g Goal> {
        self.goals.iter().filter_map(|at| goals.goals.get(*at))
    }
}

fn experiment(site: &Site, goals: &Goals, judged: &Judged) -> Option<Study> {
    let split = site.experiences.iter().flat_map(Experience::splits).find(|split| split.experiment == judged.name)?;
    let mut arms: Vec<(String, f64)> =
        split.arms.iter().map(|arm| (arm.name.clone(), f64::from(arm.share) / 10_000.0)).collect();
    // The control first; the others as they are written.
    arms.sort_by_key(|(name, _)| name != "control");
    let (arms, shares) = arms.into_iter().unzip();
    study(goals, judged, Compared::Experiment, arms, shares)
}

fn holdout(site: &Site, goals: &Goals, judged: &Judged) -> Option<Study> {
    let holdout = site.holdouts.iter().find(|holdout| holdout.name == judged.name)?;
    let covered =
        site.slots.iter().filter(|slot| holdout.channel.as_ref().is_none_or(|channel| *channel == slot.channel));
    let for_everybody =
        |experience: &&Experience| matches!(experience.class, Some(ContactClass::Service | ContactClass::Legal));
    let of = Compared::Holdout {
        slots: covered.map(|slot| slot.name.clone()).collect(),
        unit: holdout.unit,
        for_everybody: site.experiences.iter().filter(for_everybody).map(|one| one.name.clone()).collect(),
    };
    let held = f64::from(holdout.share) / 10_000.0;
    study(goals, judged, of, vec!["held back".into(), "personalized".into()], vec![held, 1.0 - held])
}

fn study(goals: &Goals, judged: &Judged, of: Compared, arms: Vec<String>, shares: Vec<f64>) -> Option<Study> {
    let find = |name: &String| goals.goals.iter().position(|goal| goal.name == *name);
    let mut found = vec![find(&judged.primary)?];
    found.extend(judged.guardrails.iter().filter_map(|(name, _)| find(name)));
    Some(Study { name: judged.name.clone(), of, arms, shares, goals: found, judged: judged.clone() })
}
