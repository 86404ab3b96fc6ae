//! Publisher restrictions: vendors that may not use a purpose, or only on one legal basis.
//!
//! It never combines two entries for the same purpose.

use super::ids::COUNT_BITS;
use super::{Coding, Head, Ids, Malformed, Reader};

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction<'t> {
    /// The purpose.
    pub purpose: u8,
    /// 0 is not allowed, 1 is only with consent, and 2 is only on legitimate interest.
    pub kind: u8,
    /// The vendors that are restricted.
    pub vendors: Ids<'t>,
}

/// The entries that are left of a list, in the order of the string.
#[derive(Clone, Debug)]
pub struct Restrictions<'t> {
    reader: Reader<'t>,
    coding: Coding,
    left: u32,
    is_canonical: bool,
}

impl<'t> Restrictions<'t> {
    /// The list that `reader` is at. A text that ends before it has none.
    pub(in super::super) fn begin(mut reader: Reader<'t>, coding: Coding) -> Self {
        let is_there = reader.left() >= COUNT_BITS;
        let left = if is_there { reader.number(COUNT_BITS) } else { 0 };
        Self { reader, coding, left, is_canonical: is_there }
    }
}

impl Reader<'_> {
    /// Reads a list to its end; where it is `optional`, it may be missing. True if it is there, and every set of vendors is
    /// written as its specification's own encoder writes it.
    pub(in super::super) fn restrictions(&mut self, coding: Coding, optional: bool) -> bool {
        if !optional && self.left() < COUNT_BITS {
            self.fail(Malformed::Truncated);
        }
        let mut restrictions = Restrictions::begin(*self, coding);
        while restrictions.next().is_some() {}
        *self = restrictions.reader;
        restrictions.is_canonical
    }
}

impl<'t> Iterator for Restrictions<'t> {
    type Item = Restriction<'t>;

    fn next(&mut self) -> Option<Restriction<'t>> {
        if self.left == 0 || !self.reader.is_fine() {
            return None;
        }
        self.left -= 1;
        let reader = &mut self.reader;
        let (purpose, kind) = (reader.number(6) as u8, reader.number(2) as u8);
        // In Fibonacci codes, vendors are whole sets.
        let head = if self.coding == Coding::Fixed { Head::Ranges } else { Head::Max };
        let vendors = Ids::new(*reader, self.coding, head);
        self.is_canonical &= reader.set(self.coding, head);
        if purpose == 0 {
            reader.fail(Malformed::Id);
        } else if kind > 2 {
            reader.fail(Malformed::Restriction);
        }
        reader.is_fine().then_some(Restriction { purpose, kind, vendors })
    }
}

impl Restriction<'_> {
    /// True if the entry takes consent away as a basis: the purpose is not allowed, or on legitimate interest only.
    pub fn forbids_consent(&self) -> bool {
        // The third type asks for consent, which is what a permission is anyway.
        self.kind != 1
    }
}
