//! The sections of the United States: the national one and those of the states.
//!
//! Takes a section and its form, gives its codes by field. Every code means the same everywhere: 0 does not apply, 1 opted out or
//! no consent, 2 did not opt out or consent, 3 means nothing and so counts as 1.

use super::fields::{FIRST, Field, Layout, Subsection};
use crate::consent::bits::{Malformed, Reader, number};
use crate::words::Age;

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
    /// True if the section has a header of its own.
    pub has_header: bool,
    /// True if the core is written as in the first version of the national section, with shorter lists.
    is_short: bool,
}

/// The codes of one field, two bits each; of a version, the one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    bits: u64,
    count: u8,
}

const CALIFORNIA: u16 = 8;
/// Bits of a version; every other code has two.
const VERSION_BITS: usize = 6;
/// The first section that its specification gives a header of its own: Maryland's. The official library writes none, so both are
/// read: a section without one begins with the version of the industry's agreement, which is 1 today.
const HEADERS_FROM: u16 = 24;
/// The start of a header has the section's number and version 1, with six bits each. The upper bits of the number of parts
/// follow, of which there is at most one (twelve bits).
const HEADER_BITS: usize = 22;
/// The longest core in characters that is written as in the first version of the national section, whose 60 bits are padded to 66.
const SHORT_CHARACTERS: usize = 11;

pub(super) fn decode<'t>(id: u16, layout: &'static Layout, text: &'t [u8]) -> Result<Us<'t>, Malformed> {
    let mut reader = Reader::new(text);
    let has_header = id >= HEADERS_FROM && number(text, 0, HEADER_BITS) == u64::from(id) << 16 | 1 << 10;
    // The list of parts that follows cannot name the core, whose number 0 has no Fibonacci code: the parts are counted.
    if has_header && !reader.next_segment() {
        reader.fail(Malformed::Truncated);
    }
    let is_short = id == FIRST && reader.left() <= SHORT_CHARACTERS * 6;
    let mut us = Us { id, layout, text, core: reader.at, part: 0, has_header, is_short };
    let mut fields = us.fields();
    for (field, codes) in fields.by_ref() {
        if field == Field::Version && codes.version().wrapping_sub(1) > u8::from(id == FIRST) {
            reader.fail(Malformed::Version);
        }
    }
    reader.skip(fields.at - us.core);
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
    /// The fields that the section has with their codes, in the order of the specification. The list of a part that is not there
    /// has zeros.
    pub fn fields(&self) -> Fields<'t> {
        Fields { us: *self, next: 0, at: self.core }
    }

    /// The codes of `field`, if the section has it.
    pub fn codes(&self, field: Field) -> Option<Codes> {
        self.fields().find(|(other, _)| *other == field).map(|(_, codes)| codes)
    }

    /// Global Privacy Control, if the section says something of it.
    pub fn gpc(&self) -> Option<bool> {
        (self.part > 0 && self.may_have_gpc()).then(|| number(self.text, self.part + 2, 1) == 1)
    }

    /// True if the section is one of those that may say something of Global Privacy Control.
    pub fn may_have_gpc(&self) -> bool {
        self.layout.subsection == Subsection::Gpc
    }

    /// True if the list of sensitive data is a part of its own, and there.
    pub fn has_sensitive_part(&self) -> Option<bool> {
        (self.layout.subsection == Subsection::Sensitive).then_some(self.part > 0)
    }

    /// The age of a minor in one of these codes. Any answer is about a person who is known to be of that age.
    pub(super) fn minor(&self, codes: Codes) -> Option<Age> {
        let of_children = match self.id {
            // The national section has those under 13 second, between those from 13 on.
            FIRST => codes.code(1),
            // California asks for all under 16 together, who may be under 13.
            CALIFORNIA => codes.bits as u8,
            _ => codes.code(0),
        };
        let minor = if of_children > 0 { Age::Child } else { Age::Teen };
        (codes.bits > 0).then_some(minor)
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
}

/// The fields of a section with their codes.
#[derive(Clone, Debug)]
pub struct Fields<'t> {
    us: Us<'t>,
    next: usize,
    /// The place of the next field of the core.
    at: usize,
}

impl Iterator for Fields<'_> {
    type Item = (Field, Codes);

    fn next(&mut self) -> Option<(Field, Codes)> {
        let Self { us, next, at } = self;
        let in_core = us.layout.fields.get(*next).copied();
        let field = match in_core {
            Some(field) => field,
            None if *next == us.layout.fields.len() && us.layout.subsection == Subsection::Sensitive => {
                Field::SensitiveDataProcessing
            }
            None => return None,
        };
        *next += 1;
        if matches!(field, Field::Version | Field::MspaVersion) {
            *at += VERSION_BITS;
            return Some((field, Codes { bits: number(us.text, *at - VERSION_BITS, VERSION_BITS), count: 1 }));
        }
        let is_first_version = us.id == FIRST && number(us.text, us.core, VERSION_BITS) == 1;
        let shown = us.count(field, !is_first_version);
        let (from, written) = match in_core {
            Some(_) => (*at, us.count(field, !us.is_short)),
            None => (us.part, if us.part > 0 { shown } else { 0 }),
        };
        let width = 2 * usize::from(written);
        *at += if in_core.is_some() { width } else { 0 };
        // Codes that the text has no room for are 0, those that the version does not have are left out.
        let bits = number(us.text, from, width);
        let bits = bits << (2 * shown.saturating_sub(written)) >> (2 * written.saturating_sub(shown));
        Some((field, Codes { bits, count: shown }))
    }
}

/// The lower bit of every code.
const LOWER: u64 = 0x5555_5555_5555_5555;

impl Codes {
    /// The codes, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..self.count).map(move |at| self.code(at))
    }

    /// Code `at`; 0 past the last.
    fn code(self, at: u8) -> u8 {
        let below = self.count.saturating_sub(at);
        (self.bits << 2 >> (2 * below)) as u8 & 3
    }

    /// True if one of them grants: 2.
    pub(super) fn grant(self) -> bool {
        self.bits >> 1 & !self.bits & LOWER > 0
    }

    /// True if one of them denies: 1, and 3 for its lower bit.
    pub(super) fn deny(self) -> bool {
        self.bits & LOWER > 0
    }

    /// How many there are.
    pub fn count(self) -> u8 {
        self.count
    }

    /// The number of a version.
    pub fn version(self) -> u8 {
        self.bits as u8
    }
}
