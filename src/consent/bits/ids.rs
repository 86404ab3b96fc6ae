//! Sets of ids that are never written out: a range of 65,535 vendors costs what its 33 bits do.
//!
//! Takes the place of a set in a string, gives whether an id is in it and the runs it is made of. It never expands a range.

use super::{IDS_MAX, Malformed, Reader};

/// How the ranges of a set are written, where it has ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Coding {
    /// First and last id, 16 bits each.
    Fixed,
    /// Distance from the entry before and length, as Fibonacci codes.
    Fibonacci,
}

/// The start of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Head {
    /// The highest id, and whether ranges follow rather than one bit for each id.
    Max,
    /// Nothing: ranges follow.
    Ranges,
}

/// A set of ids where it lies in its string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids<'t> {
    reader: Reader<'t>,
    coding: Coding,
    head: Head,
}

impl<'t> Ids<'t> {
    pub(in super::super) fn new(reader: Reader<'t>, coding: Coding, head: Head) -> Self {
        Self { reader, coding, head }
    }

    /// True if `id` is in the set. Costs at most what the set is long.
    pub fn has(&self, id: u16) -> bool {
        self.runs().any(|(first, last)| first <= id && id <= last)
    }

    /// First and last id of each run, in the order of the string: ranges may overlap and need not ascend.
    pub fn runs(&self) -> Runs<'t> {
        Runs::begin(self.reader, self.coding, self.head)
    }

    /// True if no id is in the set.
    pub fn is_empty(&self) -> bool {
        self.runs().next().is_none()
    }
}

impl Reader<'_> {
    /// Reads a set to its end. True if it is written as its specification's own encoder writes it. Then runs ascend and do
    /// not touch, the highest id is the last one, and the shorter of bits and ranges is used.
    pub(in super::super) fn set(&mut self, coding: Coding, head: Head) -> bool {
        let mut runs = Runs::begin(*self, coding, head);
        if !runs.are_ranges && runs.left as usize > runs.reader.left() {
            runs.reader.fail(Malformed::Truncated);
        }
        let (mut end, mut length, mut is_canonical) = (0, COUNT_BITS as u32, true);
        loop {
            let at = runs.reader.at;
            let Some((first, last)) = runs.next() else { break };
            let (first, last) = (u32::from(first), u32::from(last));
            let needed = match coding {
                Coding::Fibonacci => 1 + fibonacci_bits(first - end.min(first)) + fibonacci_bits(last - first),
                Coding::Fixed if first == last => 17,
                Coding::Fixed => 33,
            };
            let touches = end > 0 && first <= end + 1;
            is_canonical &= !touches && (!runs.are_ranges || runs.reader.at - at == needed as usize);
            (end, length) = (last, length + needed);
        }
        *self = runs.reader;
        let is_shorter = (length <= end) == runs.are_ranges;
        is_canonical && (head == Head::Ranges || (runs.max == end && is_shorter))
    }
}

/// Bits of the number of ranges, or of other entries.
pub(super) const COUNT_BITS: usize = 12;

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
    are_ranges: bool,
    /// The highest id, as the string has it.
    max: u32,
    /// Entries that follow; of a bit field, bits.
    left: u32,
    last: u32,
}

impl<'t> Runs<'t> {
    fn begin(mut reader: Reader<'t>, coding: Coding, head: Head) -> Self {
        let max = if head == Head::Max { reader.number(16) } else { 0 };
        let are_ranges = head == Head::Ranges || reader.flag();
        let left = if are_ranges { reader.number(COUNT_BITS) } else { max };
        Self { reader, coding, are_ranges, max, left, last: 0 }
    }

    fn range(&mut self) -> (u32, u32) {
        self.left -= 1;
        let is_range = self.reader.flag();
        let first = self.bound(self.last);
        let last = if is_range { self.bound(first) } else { first };
        if first == 0 || first.max(last) > IDS_MAX {
            self.reader.fail(Malformed::Id);
        } else if last < first {
            self.reader.fail(Malformed::Range);
        }
        self.last = last;
        (first, last)
    }

    /// The next end of a range.
    fn bound(&mut self, before: u32) -> u32 {
        match self.coding {
            Coding::Fixed => self.reader.number(16),
            Coding::Fibonacci => before + self.reader.fibonacci(),
        }
    }

    /// The next run of set bits; from 0 if there is none.
    fn run(&mut self) -> (u32, u32) {
        let mut first = 0;
        while self.left > 0 {
            let is_in = self.reader.flag();
            self.left -= 1;
            self.last += 1;
            if first > 0 && !is_in {
                return (first, self.last - 1);
            }
            if first == 0 && is_in {
                first = self.last;
            }
        }
        (first, self.last)
    }
}

impl Iterator for Runs<'_> {
    type Item = (u16, u16);

    fn next(&mut self) -> Option<(u16, u16)> {
        if self.left == 0 || !self.reader.is_fine() {
            return None;
        }
        let (first, last) = if self.are_ranges { self.range() } else { self.run() };
        (first > 0 && self.reader.is_fine()).then_some((first as u16, last as u16))
    }
}
