//! When an experience runs.
//!
//! Takes a schedule of the program, the visit's market and the moment; gives the window that counts. It never knows a time zone: the build
//! turned local times into moments.

use super::permit::Permitted;
use super::slot::Deciding;
use crate::bundle::{Program, Window};

impl Deciding<'_, '_> {
    /// True if a schedule has its experience running now, in the visit's market.
    pub(super) fn is_running(&mut self, schedule: usize) -> bool {
        self.varies |= self.program.windows(schedule).nth(1).is_some();
        let now_ms = self.permitted.now_ms;
        window(self.program, self.permitted, schedule).is_some_and(|window| window.has(now_ms))
    }
}

/// The window of a schedule that is for the visit's market: its own, or the one for everybody else. A market whose holidays count has
/// several. Then it is the one that is not over yet, or the last.
pub(super) fn window(program: &Program, permitted: &Permitted<'_>, schedule: usize) -> Option<Window> {
    let mut windows = program.windows(schedule);
    let mut found = windows.next();
    let own = windows.filter(|window| window.market.is_some() && window.market == permitted.market);
    for window in own {
        found = Some(window);
        if permitted.now_ms < window.until_ms {
            break;
        }
    }
    found
}
