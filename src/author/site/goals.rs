//! Goals, and how experiments and holdouts are judged by them.

use super::Place;
use crate::words::vocabulary;

/// What counts as success.
#[derive(Clone, Debug, Default)]
pub struct Goals {
    /// By name.
    pub goals: Vec<Goal>,
    /// Every experiment of the site that has a goal, by name.
    pub experiments: Vec<Judged>,
    /// The holdouts that are judged, by name.
    pub holdouts: Vec<Judged>,
}

/// What an event of a visitor is worth.
#[derive(Clone, Debug)]
pub struct Goal {
    pub name: String,
    pub description: Option<String>,
    pub event: String,
    pub kind: GoalKind,
    /// The detail that is summed.
    pub value: Option<String>,
    /// The detail below the line of a ratio. Without it, events are counted.
    pub per: Option<String>,
    /// The currency, and the detail of the event that names one, if there is such a detail.
    pub currency: Option<String>,
    pub currency_detail: Option<String>,
    /// The smallest and the largest number that the event's rules allow.
    pub range: Option<(i64, i64)>,
    pub window_days: u32,
    pub better: Better,
    pub place: Place,
}

/// How an experiment or a holdout is judged.
#[derive(Clone, Debug)]
pub struct Judged {
    pub name: String,
    pub primary: String,
    /// Goals that must not become worse, each with its margin in basis points.
    pub guardrails: Vec<(String, u32)>,
    pub units: u64,
    pub days: u32,
    pub least_days: u32,
}

vocabulary! {
    /// What is computed of each unit.
    #[derive(Default)]
    GoalKind {
        /// Whether the event happened.
        #[default]
        Proportion = "proportion",
        /// The sum of a detail.
        Mean = "mean",
        /// One sum over another.
        Ratio = "ratio",
        /// The sum of a detail, as money.
        Revenue = "revenue",
    }
}

vocabulary! {
    /// Which direction is better.
    #[derive(Default)]
    Better {
        /// A higher number.
        #[default]
        More = "more",
        /// A lower number.
        Less = "less",
    }
}
