//! Publisher restrictions: vendors that may not use a purpose, or only on one legal basis.
//!
//! Takes the place of the list in a string, gives its entries one after the other. It never gathers what two entries say of the same
//! purpose.

use super::{Coding, Ids, Malformed, Reader};

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction<'t> {
    /// The purpose.
    pub purpose: u8,
    /// 0: not allowed. 1: only with consent. 2: only on legitimate interest.
    pub kind: u8,
    /// The vendors that are restricted.
    pub vendors: Ids<'t>,
}

/// How the vendors of an entry are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Lists {
    /// Ranges and nothing else.
    Ranges,
    /// As a whole set: the highest id, how it is written, then bits or ranges of Fibonacci codes.
    Sets,
}

/// A list of restrictions where it lies in its string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restrictions<'t> {
    reader: Reader<'t>,
    lists: Lists,
    left: u32,
}

impl<'t> Restrictions<'t> {
    /// Reads the number of entries and the entries. Where they are `optional` a text that ends before them has none.
    pub(in super::super) fn read(reader: &mut Reader<'t>, lists: Lists, optional: bool) -> Result<Self, Malformed> {
        let left = reader.number(12);
        if optional && reader.enough().is_err() {
            return Ok(Self { reader: *reader, lists, left: 0 });
        }
        let restrictions = Self { reader: *reader, lists, left };
        let mut walk = restrictions;
        while walk.left > 0 {
            walk.entry()?;
        }
        *reader = walk.reader;
        reader.enough().map(|()| restrictions)
    }

    /// The entries, in the order of the string.
    pub fn iter(&self) -> impl Iterator<Item = Restriction<'t>> + use<'t> {
        let mut rest = *self;
        core::iter::from_fn(move || if rest.left > 0 { rest.entry().ok() } else { None })
    }

    /// Whether the list is there, and every set of vendors is written as its specification's own encoder writes it.
    pub(in super::super) fn is_canonical(&self, ranges: Coding) -> bool {
        self.reader.enough().is_ok() && self.iter().all(|entry| entry.vendors.is_canonical(ranges))
    }

    fn entry(&mut self) -> Result<Restriction<'t>, Malformed> {
        self.left -= 1;
        let (purpose, kind) = (self.reader.number(6) as u8, self.reader.number(2) as u8);
        let vendors = match self.lists {
            Lists::Ranges => Ids::entries(&mut self.reader, Coding::Fixed)?,
            Lists::Sets => Ids::read(&mut self.reader, Coding::Fibonacci)?,
        };
        match (purpose, kind) {
            (0, _) => Err(Malformed::Id),
            (_, 0..=2) => Ok(Restriction { purpose, kind, vendors }),
            _ => Err(Malformed::Restriction),
        }
    }
}

impl Restriction<'_> {
    /// Whether the entry takes consent away as a basis: the purpose is not allowed, or on legitimate interest only.
    #[must_use]
    pub fn forbids_consent(&self) -> bool {
        // The third type asks for consent, which is what a permission is anyway.
        self.kind != 1
    }
}
