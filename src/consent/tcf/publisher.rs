//! The segment of the publisher's own purposes.
//!
//! Takes its place in a string, gives its sets. It never says what the publisher's own purposes mean.

use crate::consent::bits::{Flags, Reader, flags, number};

/// The segment of the publisher's own purposes; the default one says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublisherTc<'t> {
    text: &'t [u8],
    /// The bit after the segment's type.
    at: usize,
}

/// The place where the publisher's own purposes begin.
const CUSTOMS_AT: usize = 54;

impl<'t> PublisherTc<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// Reads the segment to its end.
    pub(super) fn read(reader: &mut Reader<'_>) {
        reader.skip(CUSTOMS_AT - 6);
        let customs = reader.number(6) as usize;
        reader.skip(2 * customs);
    }

    /// Purposes with consent.
    pub fn consents(&self) -> Flags {
        self.flags(0, 24)
    }

    /// Purposes with transparency of legitimate interest.
    pub fn legitimate_interests(&self) -> Flags {
        self.flags(24, 24)
    }

    /// How many purposes of its own the publisher has.
    pub fn num_custom_purposes(&self) -> u8 {
        number(self.text, self.at + CUSTOMS_AT - 6, 6) as u8
    }

    /// Own purposes with consent.
    pub fn custom_consents(&self) -> Flags {
        self.flags(CUSTOMS_AT, self.num_custom_purposes())
    }

    /// Own purposes with transparency of legitimate interest.
    pub fn custom_legitimate_interests(&self) -> Flags {
        let customs = self.num_custom_purposes();
        self.flags(CUSTOMS_AT + usize::from(customs), customs)
    }

    fn flags(&self, from: usize, width: u8) -> Flags {
        flags(self.text, self.at + from, width.into())
    }
}
