//! The grants of the visitor before, for the next one who says the same.
//!
//! Takes what a visitor says about consent as bytes, and settles it; gives the same grants without settling when the next visitor's bytes are
//! the same. Grants change with the day and with the laws, so they are kept until either changes.

use alloc::vec::Vec;

use super::grants::{Grants, grants};
use super::table::RegionTable;
use crate::words::Visit;
use crate::words::time::DAY;

/// The words of one visitor, and the grants that follow from them.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    said: Vec<u8>,
    /// The milliseconds in which it permits that.
    from_ms: i64,
    until_ms: i64,
    grants: Option<Grants>,
}

impl Kept {
    /// As [`grants`]. `said` is everything in `visit` that grants depend on: two visits with the same bytes say the same. `None` is a visit
    /// that says more.
    pub fn grants(&mut self, said: Option<&[u8]>, table: &RegionTable, visit: &Visit, now_ms: i64) -> Grants {
        if let (Some(kept), Some(said)) = (&self.grants, said)
            && (self.from_ms..self.until_ms).contains(&now_ms)
            && self.said == said
        {
            return kept.clone();
        }
        let settled = grants(table, visit, now_ms);
        self.grants = said.map(|said| {
            self.said.clear();
            self.said.extend_from_slice(said);
            (self.from_ms, self.until_ms) =
                (now_ms, table.changes_ms(now_ms).min(now_ms - now_ms.rem_euclid(DAY) + DAY));
            settled.clone()
        });
        settled
    }
}
