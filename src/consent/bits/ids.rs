//! Sets of ids that are never written out: a range of 65,535 vendors costs what its 33 bits do.
//!
//! Takes the place of a set in a string, gives whether an id is in it and the runs it is made of. It never expands a range.

use super::{Bits, IDS_MAX, Malformed, Reader};

/// How the entries of a set are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Coding {
    /// One bit for each id from 1.
    Field,
    /// First and last id, 16 bits each.
    Fixed,
    /// Distance from the entry before and length, as Fibonacci codes.
    Fibonacci,
}

/// A set of ids where it lies in its string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids<'t> {
    bits: Bits<'t>,
    at: usize,
    coding: Coding,
    /// How many entries follow; of a bit field, how many bits.
    count: u32,
    /// The highest id, as the string has it; [`NO_MAX`] of ranges alone.
    max: u32,
}

impl<'t> Ids<'t> {
    /// Whether `id` is in the set. Costs at most what the set is long.
    #[must_use]
    pub fn has(&self, id: u16) -> bool {
        if self.coding != Coding::Field {
            return self.runs().any(|(first, last)| first <= id && id <= last);
        }
        id > 0 && u32::from(id) <= self.count && self.bits.number(self.at + usize::from(id) - 1, 1) == 1
    }

    /// First and last id of each run, in the order of the string: ranges may overlap and need not ascend.
    #[must_use]
    pub fn runs(&self) -> Runs<'t> {
        Runs { reader: Reader { bits: self.bits, at: self.at }, coding: self.coding, left: self.count, last: 0 }
    }

    /// Whether no id is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs().next().is_none()
    }

    /// Reads the highest id, how the set is written, and the set; ranges are written as `ranges` says.
    pub(in super::super) fn read(reader: &mut Reader<'t>, ranges: Coding) -> Result<Self, Malformed> {
        let max = reader.number(16);
        if reader.flag() {
            return Ok(Self { max, ..Self::entries(reader, ranges)? });
        }
        let ids = Self { bits: reader.bits, at: reader.at, coding: Coding::Field, count: max, max };
        reader.at += max as usize;
        reader.enough().map(|()| ids)
    }

    /// Reads the number of ranges and the ranges.
    pub(in super::super) fn entries(reader: &mut Reader<'t>, coding: Coding) -> Result<Self, Malformed> {
        let count = reader.number(12);
        let ids = Self { bits: reader.bits, at: reader.at, coding, count, max: NO_MAX };
        let mut runs = ids.runs();
        while runs.left > 0 {
            runs.entry()?;
        }
        *reader = runs.reader;
        reader.enough().map(|()| ids)
    }

    /// Whether the set is written as its specification's own encoder writes it: runs ascend and do not touch, the highest id is the
    /// last one, and of bits and ranges (written as `ranges` says) the shorter is there.
    pub(in super::super) fn is_canonical(&self, ranges: Coding) -> bool {
        let (mut runs, mut end, mut length) = (self.runs(), 0, COUNT_BITS);
        loop {
            let at = runs.reader.at;
            let Some((first, last)) = runs.next() else { break };
            let (first, last) = (u32::from(first), u32::from(last));
            let needed = match ranges {
                Coding::Fibonacci => 1 + fibonacci_bits(first - end.min(first)) + fibonacci_bits(last - first),
                _ if first == last => 17,
                _ => 33,
            };
            let touches = end > 0 && first <= end + 1;
            if touches || (self.coding != Coding::Field && runs.reader.at - at != needed as usize) {
                return false;
            }
            (end, length) = (last, length + needed);
        }
        let is_shorter = (length <= end) == (self.coding != Coding::Field);
        self.max == NO_MAX || (self.max == end && is_shorter)
    }
}

/// What [`Ids::max`] is where the string has none.
const NO_MAX: u32 = u32::MAX;
/// Bits of the number of ranges.
const COUNT_BITS: u32 = 12;

/// How many bits the Fibonacci code of a number has; 0 has no code.
fn fibonacci_bits(value: u32) -> u32 {
    let (mut number, mut next, mut bits) = (1, 2, 1);
    while number <= value {
        (number, next, bits) = (next, number + next, bits + 1);
    }
    if value == 0 { 0 } else { bits }
}

/// The runs of a set.
#[derive(Clone, Debug)]
pub struct Runs<'t> {
    reader: Reader<'t>,
    coding: Coding,
    left: u32,
    /// The last id that was read.
    last: u32,
}

impl Runs<'_> {
    fn entry(&mut self) -> Result<(u16, u16), Malformed> {
        self.left -= 1;
        let is_range = self.reader.flag();
        let first = self.bound(self.last);
        let last = if is_range { self.bound(first) } else { first };
        self.reader.enough()?;
        if first == 0 || first.max(last) > IDS_MAX {
            return Err(Malformed::Id);
        }
        if last < first {
            return Err(Malformed::Range);
        }
        self.last = last;
        Ok((first as u16, last as u16))
    }

    /// The next end of a range.
    fn bound(&mut self, before: u32) -> u32 {
        if self.coding == Coding::Fibonacci { before + self.reader.fibonacci() } else { self.reader.number(16) }
    }

    /// The next run of set bits.
    fn run(&mut self) -> Option<(u16, u16)> {
        let mut first = None;
        while self.left > 0 {
            let is_in = self.reader.flag();
            self.left -= 1;
            self.last += 1;
            match first {
                None if is_in => first = Some(self.last),
                Some(first) if !is_in => return Some((first as u16, (self.last - 1) as u16)),
                _ => {}
            }
        }
        first.map(|first| (first as u16, self.last as u16))
    }
}

impl Iterator for Runs<'_> {
    type Item = (u16, u16);

    fn next(&mut self) -> Option<(u16, u16)> {
        match self.coding {
            Coding::Field => self.run(),
            _ if self.left > 0 => self.entry().ok(),
            _ => None,
        }
    }
}
