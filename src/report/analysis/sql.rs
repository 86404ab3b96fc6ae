//! The same sums by SQL, for a warehouse that has the lines.
//!
//! One text for DuckDB, ClickHouse, Spark and others: no window function, no date function, no FILTER, and no aggregate with the name of a
//! column. It reads two tables, whose columns the text itself lists.

use super::study::{Compared, Study};
use crate::author::site::{Goal, GoalKind, Goals};

/// One query that gives a row for each study, goal and arm. `today` is the day after the last one that counts.
pub fn sql(studies: &[Study], goals: &Goals, today: i32) -> String {
    let mut details: Vec<&str> = goals.goals.iter().flat_map(columns).collect();
    details.sort_unstable();
    details.dedup();
    let details: String = details.iter().map(|detail| format!(", {}", column(detail))).collect();
    let asked =
        studies.iter().flat_map(|study| study.goals(goals).map(move |goal| (study, goal))).map(|(study, goal)| {
            let (study, name, days) = (quoted(&study.name), quoted(&goal.name), goal.window_days);
            let is_share = u8::from(goal.kind == GoalKind::Proportion);
            format!("SELECT {study} AS study, {name} AS goal, {days} AS days, {is_share} AS is_share")
        });
    let exposures =
        together(studies.iter().map(exposures), "SELECT '' AS study, '' AS arm, '' AS unit_id, 0 AS exposed_on");
    let none = "SELECT '' AS goal, '' AS event_id, '' AS unit_id, 0 AS happened_on, 0 AS amount, 0 AS below";
    let outcomes = together(goals.goals.iter().map(outcomes), none);
    let asked = together(asked, "SELECT '' AS study, '' AS goal, 0 AS days, 0 AS is_share");
    format!(
        "-- Sums for each study, goal and arm, of units whose window was over before day {today}.
-- shown:  a row for each exposure with an id (on_day, unit_id, slot, content, experience, experiment, arm, unit, holdout, would)
-- events: a row for each event with an id (on_day, unit_id, event_id, name{details})
-- on_day is a whole number of days since 1970. unit_id is key, epoch and id of the line in one text. An event without an event_id gets one.
WITH exposures AS (
  {exposures}
), outcomes AS (
  {outcomes}
), asked AS (
  {asked}
), first_seen AS (
  SELECT study, unit_id, MIN(arm) AS only_arm, MIN(exposed_on) AS first_on
  FROM exposures GROUP BY study, unit_id HAVING MIN(arm) = MAX(arm)
), once AS (
  SELECT goal, unit_id, event_id, MIN(happened_on) AS once_on, MIN(amount) AS once_amount, MIN(below) AS once_below
  FROM outcomes GROUP BY goal, unit_id, event_id
), units AS (
  SELECT first_seen.study AS study, asked.goal AS goal, first_seen.only_arm AS arm, first_seen.unit_id AS unit_id,
    first_seen.first_on AS first_on, asked.days AS days, asked.is_share AS is_share
  FROM first_seen JOIN asked ON asked.study = first_seen.study
  WHERE {today} - first_seen.first_on > asked.days
), of_window AS (
  SELECT units.study AS study, units.goal AS goal, units.arm AS arm, units.unit_id AS unit_id, units.is_share AS is_share,
    SUM(CASE WHEN once.once_on >= units.first_on AND once.once_on <= units.first_on + units.days THEN once.once_amount ELSE 0 END) AS total,
    SUM(CASE WHEN once.once_on >= units.first_on AND once.once_on <= units.first_on + units.days THEN once.once_below ELSE 0 END) AS x
  FROM units LEFT JOIN once ON once.unit_id = units.unit_id AND once.goal = units.goal
  GROUP BY units.study, units.goal, units.arm, units.unit_id, units.is_share
), of_unit AS (
  SELECT study, goal, arm, CASE WHEN is_share = 1 AND total > 1 THEN 1 ELSE total END AS y, x FROM of_window
)
SELECT study, goal, arm, COUNT(*) AS units, SUM(y) AS sum_y, SUM(y * y) AS sum_yy, SUM(x) AS sum_x, SUM(x * x) AS sum_xx, SUM(x * y) AS sum_xy
FROM of_unit GROUP BY study, goal, arm
"
    )
}

fn together(parts: impl Iterator<Item = String>, none: &str) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { format!("{none} WHERE 1 = 0") } else { parts.join("\n  UNION ALL ") }
}

/// The exposures of a study: see the reader of lines, which does the same.
fn exposures(study: &Study) -> String {
    let name = quoted(&study.name);
    let arms = listed(&study.arms);
    match &study.of {
        Compared::Experiment => format!(
            "SELECT {name} AS study, arm, unit_id, on_day AS exposed_on FROM shown WHERE experiment = {name} AND arm IN ({arms}) AND holdout IS NULL"
        ),
        Compared::Holdout { slots, unit, for_everybody } => {
            let everybody = match for_everybody.as_slice() {
                [] => String::new(),
                names => format!(" AND (experience IS NULL OR experience NOT IN ({}))", listed(names)),
            };
            let [held, personalized] = ["held back", "personalized"].map(quoted);
            format!(
                "SELECT {name} AS study, CASE WHEN holdout IS NULL THEN {personalized} ELSE {held} END AS arm, unit_id, on_day AS exposed_on FROM shown \
                 WHERE (holdout IS NULL OR holdout = {name}) AND unit = {} AND slot IN ({}){everybody} \
                 AND (experiment IS NOT NULL OR content IS NOT NULL OR would IS NOT NULL)",
                quoted(unit.name()),
                listed(slots)
            )
        }
    }
}

fn outcomes(goal: &Goal) -> String {
    let (name, event) = (quoted(&goal.name), quoted(&goal.event));
    let value = goal.value.as_deref().filter(|_| goal.kind != GoalKind::Proportion).map_or("1".into(), column);
    let below = match (&goal.per, goal.kind) {
        (Some(detail), GoalKind::Ratio) => column(detail),
        (None, GoalKind::Ratio) => "1".into(),
        _ => "0".into(),
    };
    let range =
        goal.range.map(|(low, high)| format!(" AND {value} >= {low} AND {value} <= {high}")).unwrap_or_default();
    let currency = match (&goal.currency, &goal.currency_detail) {
        (Some(code), Some(detail)) => format!(" AND {} = {}", column(detail), quoted(code)),
        _ => String::new(),
    };
    format!(
        "SELECT {name} AS goal, event_id, unit_id, on_day AS happened_on, {value} AS amount, {below} AS below FROM events WHERE name = {event}{range}{currency}"
    )
}

/// The details of a goal's event that the query reads.
fn columns(goal: &Goal) -> impl Iterator<Item = &str> {
    [&goal.value, &goal.per, &goal.currency_detail].into_iter().flatten().map(String::as_str)
}

/// The column of a detail. Names of details may have dots and hyphens, and those of columns not.
fn column(detail: &str) -> String {
    format!("detail_{}", detail.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

fn listed(texts: &[String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
