//! The sections of the United States: the national one and those of the states.
//!
//! Takes a section and its form, gives its codes by field. Every code means the same everywhere: 0 does not apply, 1 opted out or
//! no consent, 2 did not opt out or consent, 3 means nothing and so counts as 1.

use super::fields::{FIRST, Field, Layout, Subsection};
use crate::consent::bits::{Malformed, Reader, number};
use crate::consent::statement::Minor;

/// One section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Us<'t> {
    id: u16,
    layout: &'static Layout,
    text: &'t [u8],
    /// The first bit of the core.
    core: usize,
    /// The first bit of the part that may follow it; 0 if it does not.
    part: usize,
    /// Whether the section has a header of its own.
    pub has_header: bool,
    /// Whether the core is written as in the first version of the national section, with shorter lists.
    is_short: bool,
}

/// The codes of one field, two bits each; of a version, the one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    bits: u64,
    count: u8,
}

/// The number of California's section.
const CALIFORNIA: u16 = 8;
/// Bits of a version; every other code has two.
const VERSION_BITS: usize = 6;
/// The first section that its specification gives a header of its own: Maryland's. The official library writes none, so both are
/// read: a section without one begins with the version of the industry's agreement, which is 1 today.
const HEADERS_FROM: u16 = 24;
/// The longest core in characters that is written as in the first version of the national section, whose 60 bits are padded to 66.
const SHORT_CHARACTERS: usize = 11;

pub(super) fn decode<'t>(id: u16, layout: &'static Layout, text: &'t [u8]) -> Result<Us<'t>, Malformed> {
    let mut reader = Reader::new(text);
    let has_header = id >= HEADERS_FROM && number(text, 0, VERSION_BITS) == u64::from(id);
    if has_header {
        reader.skip(VERSION_BITS);
        if reader.number(VERSION_BITS) != 1 {
            reader.fail(Malformed::Version);
        }
        // The list of parts that follows cannot name the core, whose number 0 has no Fibonacci code: the parts are counted.
        if !reader.next_segment() {
            reader.fail(Malformed::Truncated);
        }
    }
    let is_short = id == FIRST && reader.left() <= SHORT_CHARACTERS * 6;
    let mut us = Us { id, layout, text, core: reader.at, part: 0, has_header, is_short };
    reader.skip(us.widths().map(|(_, width)| width).sum());
    let newest = if id == FIRST { 2 } else { 1 };
    if us.codes(Field::Version).is_some_and(|codes| !(1..=newest).contains(&codes.version())) {
        reader.fail(Malformed::Version);
    }
    if reader.next_segment() {
        us.part = reader.at;
        match layout.subsection {
            // The only type that there is but that of the core; one character has room for all of it.
            Subsection::Gpc if reader.number(2) == 1 => {}
            Subsection::Sensitive => reader.skip(2 * usize::from(layout.sensitive)),
            _ => reader.fail(Malformed::Segment),
        }
        if reader.next_segment() {
            reader.fail(Malformed::Segment);
        }
    }
    reader.finish(us)
}

impl<'t> Us<'t> {
    /// The codes of `field`, if the section has it. The list of a part that is not there has zeros.
    #[must_use]
    pub fn codes(&self, field: Field) -> Option<Codes> {
        let (shown, written) = (self.count(field, !self.is_first_version()), self.count(field, !self.is_short));
        if field == Field::SensitiveDataProcessing && self.layout.subsection == Subsection::Sensitive {
            let width = if self.part > 0 { 2 * usize::from(shown) } else { 0 };
            return Some(Codes { bits: number(self.text, self.part, width), count: shown });
        }
        let mut at = self.core;
        for (other, width) in self.widths() {
            if other == field {
                let bits = number(self.text, at, width);
                // Codes that the text has no room for are 0, those that the version does not have are left out.
                let bits = bits << (2 * shown.saturating_sub(written)) >> (2 * written.saturating_sub(shown));
                return Some(Codes { bits, count: shown });
            }
            at += width;
        }
        None
    }

    /// Global Privacy Control, if the section says something of it.
    #[must_use]
    pub fn gpc(&self) -> Option<bool> {
        (self.part > 0 && self.may_have_gpc()).then(|| number(self.text, self.part + 2, 1) == 1)
    }

    /// Whether the section is one of those that may say something of Global Privacy Control.
    #[must_use]
    pub fn may_have_gpc(&self) -> bool {
        self.layout.subsection == Subsection::Gpc
    }

    /// Whether the list of sensitive data is a part of its own, and there.
    #[must_use]
    pub fn has_sensitive_part(&self) -> Option<bool> {
        (self.layout.subsection == Subsection::Sensitive).then_some(self.part > 0)
    }

    /// The fields that the section has, in the order of the specification.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        let apart = (self.layout.subsection == Subsection::Sensitive).then_some(Field::SensitiveDataProcessing);
        self.layout.fields.iter().copied().chain(apart)
    }

    /// How old a minor is whom code `at` of their list is about.
    pub(super) fn minor(&self, at: usize) -> Minor {
        match (self.id, at) {
            // The national section has those under 13 second, between those from 13 on.
            (FIRST, 1) => Minor::Child,
            (FIRST, _) => Minor::Teen,
            // California asks for all under 16 together, who may be under 13.
            (CALIFORNIA, _) | (_, 0) => Minor::Child,
            _ => Minor::Teen,
        }
    }

    /// The fields of the core with their bits.
    fn widths(&self) -> impl Iterator<Item = (Field, usize)> {
        self.layout.fields.iter().map(|field| match field {
            Field::Version | Field::MspaVersion => (*field, VERSION_BITS),
            _ => (*field, 2 * usize::from(self.count(*field, !self.is_short))),
        })
    }

    /// How many codes a field has; the lists of the first version of the national section are shorter.
    fn count(&self, field: Field, is_full: bool) -> u8 {
        match field {
            Field::SensitiveDataProcessing if is_full => self.layout.sensitive,
            Field::SensitiveDataProcessing => 12,
            Field::KnownChildSensitiveDataConsents if is_full => self.layout.minors,
            Field::KnownChildSensitiveDataConsents => 2,
            _ => 1,
        }
    }

    fn is_first_version(&self) -> bool {
        self.id == FIRST && number(self.text, self.core, VERSION_BITS) == 1
    }
}

impl Codes {
    /// The codes, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..self.count).rev().map(move |at| (self.bits >> (2 * at)) as u8 & 3)
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> u8 {
        self.count
    }

    /// The number of a version.
    #[must_use]
    pub fn version(self) -> u8 {
        self.bits as u8
    }
}
