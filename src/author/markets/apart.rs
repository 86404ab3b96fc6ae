//! Which of two experiences runs where: the one of a market, or the one of everywhere else.

use crate::author::expr::Condition;
use crate::author::site::{Experience, Row, Schedule, Window};

/// A schedule that always runs.
fn always() -> Schedule {
    let default = Window { from_ms: i64::MIN, until_ms: i64::MAX };
    Schedule { default, markets: Vec::new(), pauses: Vec::new(), edges: [None, None], zone: "UTC".into() }
}

/// Takes an experience out of a market.
pub(super) fn out_of(market: usize, experience: &mut Experience) {
    let schedule = experience.schedule.get_or_insert_with(always);
    schedule.pauses.retain(|pause| pause.market != market);
    set(schedule, market, Window::EMPTY);
}

/// Lets an experience run in one market alone, by this schedule or by its own.
pub(super) fn only_in(market: usize, experience: &mut Experience, schedule: Option<Schedule>) {
    let mut schedule = schedule.or(experience.schedule.take()).unwrap_or_else(always);
    let own = schedule.outer(Some(market));
    schedule.pauses.retain(|pause| pause.market == market);
    (schedule.default, schedule.markets) = (Window::EMPTY, vec![(market, own)]);
    experience.schedule = Some(schedule);
}

fn set(schedule: &mut Schedule, market: usize, window: Window) {
    match schedule.markets.binary_search_by_key(&market, |(known, _)| *known) {
        Ok(at) => schedule.markets[at].1 = window,
        Err(at) => schedule.markets.insert(at, (market, window)),
    }
}

/// Rows of which at least one must hold, as one row.
pub(super) fn either(rows: &[Row]) -> Row {
    let text = rows.iter().map(|row| format!("({})", row.text)).collect::<Vec<_>>().join(" || ");
    let condition = Condition::Or(rows.iter().map(|row| row.condition.clone()).collect());
    Row { text, condition, place: rows.first().map(|row| row.place.clone()).unwrap_or_default() }
}
