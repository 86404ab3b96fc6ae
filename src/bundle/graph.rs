//! The graph of a program: groups of predicates, and the nodes over them.
//!
//! Takes positions, gives borrowed records. Everything is reached in a few steps, without a walk of the whole graph. It
//! never evaluates: that is [`engine`](crate::engine).

use core::ops::Range;

use super::bytes::members;
use super::format::{Literal, Section, width};
use super::program::Program;
use crate::words::bytes::{u16_at, u32_at};
use crate::words::vocabulary;

vocabulary! {
    /// How a group of predicates reads its attribute.
    GroupKind {
        /// One predicate: there is a value.
        Presence = "presence",
        /// One predicate: the bool attribute is true.
        Truth = "truth",
        /// `value <= threshold`, thresholds ascending.
        AtMost = "at_most",
        /// `size(value) <= threshold`, thresholds ascending.
        SizeAtMost = "size_at_most",
        /// The text, or one item of the list, is in a set.
        Among = "among",
        /// Everything else: one [`Term`](super::Term) a predicate.
        Tests = "tests",
    }
}

/// Predicates that one look at an attribute decides.
#[derive(Clone, Debug)]
pub struct Group {
    /// How it reads.
    pub kind: GroupKind,
    /// The attribute's position; meaningless for `Tests`.
    pub attribute: usize,
    /// The predicates.
    pub predicates: Range<usize>,
    /// Its thresholds, values or tests, as positions in their section.
    pub values: Range<usize>,
}

impl Program {
    /// How many predicates there are.
    pub fn predicates(&self) -> usize {
        self.predicate_starts.last().map_or(0, |end| *end as usize)
    }

    /// The groups of predicates, in predicate order.
    pub fn groups(&self) -> impl Iterator<Item = Group> + '_ {
        (0..self.predicate_starts.len().saturating_sub(1)).filter_map(|position| self.group(position))
    }

    /// The group at `position`.
    pub fn group(&self, position: usize) -> Option<Group> {
        let records = self.section(Section::Groups);
        let at = position * width::GROUP;
        let kind = GroupKind::from_byte(*records.get(at + 2)?)?;
        let predicates = members(&self.predicate_starts, position);
        let values = match kind {
            GroupKind::AtMost | GroupKind::SizeAtMost => members(&self.threshold_starts, position),
            GroupKind::Among => members(&self.value_starts, position),
            GroupKind::Presence | GroupKind::Truth => 0..0,
            // There is one group of tests, the last.
            GroupKind::Tests => 0..predicates.len(),
        };
        Some(Group { kind, attribute: usize::from(u16_at(records, at)), predicates, values })
    }

    /// The position of the group that holds a predicate.
    pub fn group_of(&self, predicate: usize) -> usize {
        // Among groups that start here, the last is the one that is not empty.
        self.predicate_starts.partition_point(|start| *start as usize <= predicate).saturating_sub(1)
    }

    /// How many of the thresholds `range` are below `value`.
    pub fn thresholds_below(&self, range: Range<usize>, value: i64) -> usize {
        let (thresholds, _) = self.section(Section::Thresholds).as_chunks();
        let thresholds = thresholds.get(range).unwrap_or_default();
        thresholds.partition_point(|threshold| i64::from_le_bytes(*threshold) < value)
    }

    /// Which of the values `range` this is.
    pub fn row(&self, range: Range<usize>, value: &str) -> Option<usize> {
        self.value_texts.find(&self.file, range, value)
    }

    /// The predicates, as positions in their group, that a value makes true; ascending.
    pub fn members_of(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        let bytes = self.section(Section::RowMembers);
        let (low, high) = bytes.split_at(bytes.len() / 2);
        let row = members(&self.row_starts, row);
        let (low, high) = (low.get(row.clone()).unwrap_or_default(), high.get(row).unwrap_or_default());
        let mut next = 0;
        low.iter().zip(high).map(move |(low, high)| {
            let member = next + (usize::from(*low) | usize::from(*high) << 8);
            next = member + 1;
            member
        })
    }

    /// How many AND nodes there are.
    pub fn nodes(&self) -> usize {
        self.section(Section::NodeLengths).len() / width::U16
    }

    /// The children of a node, as positions in the table of children.
    pub fn children(&self, node: usize) -> Range<usize> {
        members(&self.node_starts, node)
    }

    /// The child at a position of the table of children.
    pub fn child(&self, position: usize) -> Literal {
        u32_at(self.section(Section::NodeChildren), position * width::U32)
    }

    /// How many nodes stand on top of each other at most.
    pub fn node_depth(&self) -> usize {
        self.node_depth
    }
}
