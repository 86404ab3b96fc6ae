//! The rules as a decision walks them, with all sections that they need.
//!
//! Takes the position of a rule, gives its literals, its support and its effect. It never looks a section up for one rule.

use super::bytes::{in_planes, members};
use super::format::{Literal, Section, width};
use super::program::{Effect, Program};
use crate::words::Purpose;
use crate::words::bytes::{u16_at, u32_at};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Rulebook<'b> {
    experiences: &'b [u8],
    rule_starts: &'b [u32],
    records: &'b [u8],
    literals: &'b [u8],
    support: &'b [u8],
    literal_starts: &'b [u32],
    rule_supports: &'b [u32],
    support_starts: &'b [u32],
    supports: &'b [u64],
}

/// The part of an experience that a decision needs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The purpose that it serves.
    pub purpose: Purpose,
    /// Positions of its rules.
    pub rules: core::ops::Range<usize>,
    /// Position of its schedule.
    pub schedule: Option<usize>,
}

impl Program {
    /// The rules, for code that looks at many of them.
    pub fn rulebook(&self) -> Rulebook<'_> {
        Rulebook {
            experiences: self.section(Section::Experiences),
            rule_starts: &self.rule_starts,
            records: self.section(Section::Rules),
            literals: self.section(Section::Literals),
            support: self.section(Section::Support),
            literal_starts: &self.literal_starts,
            rule_supports: &self.rule_supports,
            support_starts: &self.support_starts,
            supports: &self.supports,
        }
    }
}

impl<'b> Rulebook<'b> {
    /// The experience at `position`, without its name.
    #[inline]
    pub fn plan(&self, position: usize) -> Plan {
        let at = position * width::EXPERIENCE;
        let purpose = self.experiences.get(at).copied().and_then(Purpose::from_byte);
        Plan {
            purpose: purpose.unwrap_or(Purpose::Personalization),
            rules: members(self.rule_starts, position),
            schedule: (u32_at(self.experiences, at + 4) as usize).checked_sub(1),
        }
    }

    /// The literals of a rule: it matches when all of them are true.
    #[inline(always)]
    pub fn literals(&self, rule: usize) -> impl Iterator<Item = Literal> + use<'b> {
        let range = members(self.literal_starts, rule);
        let bytes = self.literals.get(range.start * width::U32..range.end * width::U32).unwrap_or_default();
        bytes.chunks_exact(width::U32).map(|bytes| u32_at(bytes, 0))
    }

    /// The attributes that a rule can read, ascending.
    pub fn support(&self, rule: usize) -> impl Iterator<Item = u16> + use<'b> {
        self.attributes(self.support_of(rule))
    }

    /// As [`Rulebook::support`], the first 64 attributes of the catalogue only, as bits.
    #[inline(always)]
    pub fn support_bits(&self, rule: usize) -> u64 {
        self.supports.get(self.support_of(rule)).copied().unwrap_or(0)
    }

    /// Which support a rule has.
    #[inline(always)]
    pub(super) fn support_of(&self, rule: usize) -> usize {
        self.rule_supports.get(rule).map_or(usize::MAX, |support| *support as usize)
    }

    /// The attributes of a support.
    pub(super) fn attributes(&self, support: usize) -> impl Iterator<Item = u16> + use<'b> {
        let range = members(self.support_starts, support);
        let bytes = self.support.get(range.start * width::U16..range.end * width::U16).unwrap_or_default();
        bytes.chunks_exact(width::U16).map(|bytes| u16_at(bytes, 0))
    }

    /// True if a rule asks what time it is.
    #[inline]
    pub fn reads_clock(&self, rule: usize) -> bool {
        self.records.get(3 * self.rule_supports.len() + rule) == Some(&1)
    }

    /// The effect of a rule that matches.
    pub fn effect(&self, rule: usize) -> Effect {
        let argument = in_planes(self.records, width::RULE, rule, 8..12);
        match in_planes(self.records, width::RULE, rule, 2..3) {
            1 => Effect::Show(argument),
            2 => Effect::Split(argument),
            _ => Effect::Control,
        }
    }
}
