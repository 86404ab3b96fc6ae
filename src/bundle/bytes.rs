//! Checked, borrowed views of bytes: records of a fixed width, and tables of texts.
//!
//! Takes ranges of a file that others own; gives numbers and texts. It never panics: out of range reads as zero or as the
//! empty text. The code that opens a file checks the counts first.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;

use crate::words::bytes::{u16_at, u32_at};

/// A little-endian number from records in planes: `number` bytes of them from this plane on. Zero past the last record.
pub(crate) fn in_planes(planes: &[u8], width: usize, record: usize, number: Range<usize>) -> u32 {
    let records = planes.len() / width;
    if record >= records {
        return 0;
    }
    let byte = |plane: usize| planes.get(plane * records + record).copied().map_or(0, u32::from);
    number.rev().fold(0, |sum, plane| sum << 8 | byte(plane))
}

/// One plane of such records.
pub(crate) fn plane(planes: &[u8], records: usize, number: usize) -> &[u8] {
    planes.get(number * records..(number + 1) * records).unwrap_or_default()
}

/// A number of four planes from `first` on, of every record.
pub(crate) fn words_in_planes(planes: &[u8], records: usize, first: usize) -> impl Iterator<Item = u32> + '_ {
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| plane(planes, records, first + at));
    a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| u32::from_le_bytes([*a, *b, *c, *d]))
}

/// Adds the counts of `owners` up: `starts[i]..starts[i + 1]` are the members of owner `i`. `None` if the sum is not `total`.
pub(crate) fn starts(owners: usize, total: usize, count: &dyn Fn(usize) -> usize) -> Option<Vec<u32>> {
    let mut sum = 0_usize;
    // The sum never falls, so the last one tells of all of them.
    let add = |owner| {
        sum = sum.saturating_add(count(owner));
        sum as u32
    };
    let mut starts = Vec::with_capacity(owners + 1);
    starts.push(0);
    starts.extend((0..owners).map(add));
    (sum == total && u32::try_from(total).is_ok()).then_some(starts)
}

/// The same, where each count is the half word at a place of its record.
pub(crate) fn starts_of_halves(records: &[u8], width: usize, at: usize, total: usize) -> Option<Vec<u32>> {
    let mut sum = 0_u32;
    let add = |record| {
        sum = sum.saturating_add(u32::from(u16_at(record, at)));
        sum
    };
    let mut starts = Vec::with_capacity(records.len() / width + 1);
    starts.push(0);
    starts.extend(records.chunks_exact(width).map(add));
    (sum as usize == total).then_some(starts)
}

/// The members of owner `i`.
pub(crate) fn members(starts: &[u32], owner: usize) -> Range<usize> {
    match (starts.get(owner), starts.get(owner + 1)) {
        (Some(from), Some(until)) => *from as usize..*until as usize,
        _ => 0..0,
    }
}

/// The first place of `range` that is not before what is sought; `is_before` holds for those in front of it and for no other.
#[inline(always)]
pub(crate) fn partition(range: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// A table of texts: where it lies in the file, and where each text ends in its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    blob: Range<usize>,
    starts: Vec<u32>,
}

impl Texts {
    /// Opens the table in `file[section]`: a `u32` count, `u16` lengths, the bytes. `None` unless it fills the section, every
    /// text is UTF-8 and there are `count` of them.
    pub(crate) fn open(file: &[u8], section: Range<usize>, count: usize) -> Option<Self> {
        let bytes = file.get(section.clone())?;
        let lengths = count.checked_mul(2)?.checked_add(4)?;
        if bytes.len() < lengths || u32_at(bytes, 0) as usize != count {
            return None;
        }
        let starts = starts_of_halves(bytes.get(4..lengths)?, 2, 0, bytes.len() - lengths)?;
        let texts = Self { blob: section.start + lengths..section.end, starts };
        let blob = core::str::from_utf8(file.get(texts.blob.clone())?).ok()?;
        texts.starts.iter().all(|start| blob.is_char_boundary(*start as usize)).then_some(texts)
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Text `i`, or the empty text.
    pub(crate) fn get<'f>(&self, file: &'f [u8], i: usize) -> &'f str {
        // Checked once in `open`; checking a short text again is cheaper than `unsafe` is.
        core::str::from_utf8(self.bytes(file, i)).unwrap_or_default()
    }

    /// The bytes of text `i`.
    pub(crate) fn bytes<'f>(&self, file: &'f [u8], i: usize) -> &'f [u8] {
        let blob = file.get(self.blob.clone()).unwrap_or_default();
        blob.get(members(&self.starts, i)).unwrap_or_default()
    }

    /// The position of `text` among the sorted texts `range`.
    pub(crate) fn find(&self, file: &[u8], range: Range<usize>, text: &str) -> Option<usize> {
        // Not as below: most texts that are asked for are there, and met on the way.
        let (mut low, mut high) = (range.start, range.end.min(self.len()));
        while low < high {
            let middle = low.midpoint(high);
            match self.bytes(file, middle).cmp(text.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The bytes of the texts `range`, one after the other; nothing of a range that is not there.
    pub(crate) fn each<'f>(&'f self, file: &'f [u8], range: Range<usize>) -> impl Iterator<Item = &'f [u8]> {
        let blob = file.get(self.blob.clone()).unwrap_or_default();
        let starts = self.starts.get(range.start..=range.end).unwrap_or_default();
        starts.windows(2).map(|ends| blob.get(ends[0] as usize..ends[1] as usize).unwrap_or_default())
    }

    /// True if the texts `range` ascend without repeating.
    pub(crate) fn is_sorted(&self, file: &[u8], range: Range<usize>) -> bool {
        let mut last = None;
        self.each(file, range).all(|text| last.replace(text).is_none_or(|before| before < text))
    }
}
