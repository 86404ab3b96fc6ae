//! Everything that a slot can show, by the chunks that it is in.

use alloc::vec::Vec;

use super::bytes::members;
use super::format::Section;
use super::{Bundle, Effect};

impl Bundle {
    /// Adds the chunks of everything that a slot can show in these locales. A chunk may come several times.
    pub fn chunks_of(&self, slot: usize, locales: &[u16], chunks: &mut Vec<i32>) {
        let (program, rules) = (self.program(), self.program().rulebook());
        let experiences = program.experiences_of(slot);
        let rule_at = |experience: usize| program.rule_starts.get(experience).map_or(0, |rule| *rule as usize);
        for rule in rule_at(experiences.start)..rule_at(experiences.end) {
            let (shown, arms) = match rules.effect(rule) {
                Effect::Show(content) => (Some(content), 0..1),
                Effect::Split(split) => (None, members(&program.arm_starts, split as usize)),
                Effect::Control => continue,
            };
            for arm in arms {
                // Of control there is no variant.
                let content = shown.unwrap_or_else(|| (program.record(Section::Arms, arm) as u32).wrapping_sub(1));
                if let Some(variant) = self.index().variant(content, locales) {
                    chunks.push(variant.chunk as i32);
                }
            }
        }
    }
}
