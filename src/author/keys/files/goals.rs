//! `goals.toml`: what counts as success, and how experiments and holdouts are judged.

use super::{File, Key, Layout, Name, forms, key, list, needed};
use crate::author::keys::shape::Shape::{Form, Map, Percent, Table, Text, Whole, Word};
use crate::author::site::{Better, GoalKind};

pub(super) const FILE: File = File {
    pattern: "goals.toml",
    about: "What counts as success, and how `selvedge analyze` judges experiments and holdouts.",
    layout: Layout::One,
    shape: Table(&[
        key("goal", Map(Name::Form(&forms::GOAL), &Table(GOAL)), "Goals: what an event of a visitor is worth."),
        key("experiment", Map(Name::Form(&forms::EXPERIMENT), &Table(JUDGED)), "How an experiment is judged."),
        key("holdout", Map(Name::Form(&forms::HOLDOUT), &Table(JUDGED)), "How a holdout is compared with everybody else."),
    ]),
};

const GOAL: &[Key] = &[
    key("description", Text, "A description for people."),
    needed("event", Form(&forms::EVENT), "The event that counts. It is in events.toml.", "name the event that counts").such_as("\"order-placed\""),
    key("kind", Word(|| list(GoalKind::ALL, GoalKind::name)),
        "What is computed of each visitor: `proportion` is whether the event happened, `mean` the sum of `value`, `revenue` the same as money, and `ratio` all of `value` over all of `per`.")
        .or("\"proportion\""),
    key("value", Form(&forms::DETAIL), "The detail that is summed: a whole number of the event.").such_as("\"value_cents\""),
    key("per", Form(&forms::DETAIL), "The detail below the line of a `ratio`. Without this key it is the number of events.").such_as("\"pieces\""),
    key("currency", Form(&forms::CURRENCY), "The currency of a `revenue`. If the event has a detail `currency`, events in another currency are counted and left out."),
    key("window", Form(&forms::GOAL_WINDOW), "How many days after the first exposure count. A visitor whose days are not over is not counted yet.").or("\"14d\""),
    key("direction", Word(|| list(Better::ALL, Better::name)), "Whether `more` or `less` is better.").or("\"more\""),
];

const JUDGED: &[Key] = &[
    key("primary", Form(&forms::GOAL), "The one goal that must become better. Without this key it is the `goal` of the experience.").such_as("\"orders\""),
    key("guardrails", Map(Name::Form(&forms::GOAL), &Percent),
        "Goals that must not become worse, each with the percentage that is tolerated.").such_as("{ returns = 2 }"),
    key("units", Whole(2, 1_000_000_000), "How many units are planned, in all arms together. Intervals are narrowest there.").or("20000"),
    key("days", Whole(1, 730), "The day after which it ends in any case.").or("90"),
    key("least_days", Whole(1, 365), "How many days must pass before anything is judged: a full week or more.").or("7"),
];
