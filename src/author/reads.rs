//! Rows read attributes, also through the audiences that they name.
//!
//! Takes the audiences of a site in which none needs itself, gives attributes. It evaluates nothing.

use std::collections::BTreeSet;

use super::expr::{mentions, reads_clock};
use super::site::{Audience, Row, Rows};

/// What each audience reads.
pub(crate) struct Reads {
    attributes: Vec<BTreeSet<usize>>,
    /// The audiences that ask for the time.
    timed: Vec<bool>,
}

impl Reads {
    /// `order` has the audiences that others need first.
    pub(crate) fn new(audiences: &[Audience], order: &[usize]) -> Self {
        let count = audiences.len();
        let mut reads = Self { attributes: vec![BTreeSet::new(); count], timed: vec![false; count] };
        for audience in order {
            reads.timed[*audience] = reads.clock(&audiences[*audience].rows);
            reads.attributes[*audience] = reads.rows(&audiences[*audience].rows);
        }
        reads
    }

    pub(crate) fn rows(&self, rows: &Rows) -> BTreeSet<usize> {
        rows.iter().flat_map(|row| self.row(row)).collect()
    }

    /// This is true where rows ask for the time of the decision.
    pub(crate) fn clock(&self, rows: &Rows) -> bool {
        let asks = |row: &Row| reads_clock(&row.condition);
        rows.iter().any(asks) || rows.audiences().any(|audience| self.timed[audience])
    }

    pub(crate) fn row(&self, row: &Row) -> BTreeSet<usize> {
        let (mut attributes, audiences) = mentions(&row.condition);
        audiences.into_iter().for_each(|audience| attributes.extend(&self.attributes[audience]));
        attributes
    }
}
