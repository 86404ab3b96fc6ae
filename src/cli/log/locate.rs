//! Finds the place where a log was altered: the lines, and the byte if one byte explains it.
//!
//! A hash tells that a line is another one, not where: every line that differs in one byte is tried, within a limit.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::log::merkle::{Hash, leaf};

/// The most differences of one log that are told one by one.
pub(super) const TOLD_MAX: usize = 100;
/// Lines up to this length are tried with every bit turned: about a second for the longest.
const BITS_LENGTH_MAX: usize = 16 << 10;
/// Lines up to this length are tried with every other byte in every place: a few seconds for the longest.
const BYTES_LENGTH_MAX: usize = 4 << 10;
/// The most lines that are tried: a log of which more were altered was rewritten, and no byte explains it.
const TRIED_MAX: usize = 10;

/// A difference. Lines count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// One byte of the file is another one.
    Byte { line: usize, offset: u64, was: u8 },
    /// The line is not what was signed.
    Altered { line: usize },
    /// The line stands somewhere else in the log that was signed.
    Moved { line: usize, from: usize },
    /// A line that was signed is not there.
    Missing { line: usize },
    /// The line stands there once more.
    Repeated { line: usize, from: usize },
    /// The line was never in the log.
    Foreign { line: usize },
}

#[derive(Debug, Default)]
pub(super) struct Differences {
    pub(super) told: Vec<Difference>,
    /// How many more lines differ.
    pub(super) others: u64,
}

/// The lines of a log as hashes and places. They are read again where they are wanted.
pub(super) struct Text<F> {
    file: F,
    leaves: Vec<Hash>,
    /// Where each line begins, and how long it is.
    places: Vec<(u64, usize)>,
}

impl<F: Read + Seek> Text<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, leaves: Vec::new(), places: Vec::new() }
    }

    pub(super) fn push(&mut self, leaf: Hash, start: u64, length: usize) {
        self.leaves.push(leaf);
        self.places.push((start, length));
    }

    pub(super) fn start(&self, line: usize) -> u64 {
        self.places[line].0
    }

    pub(super) fn end(&self, line: usize) -> u64 {
        let (start, length) = self.places[line];
        start + length as u64
    }

    pub(super) fn byte(&mut self, offset: u64) -> std::io::Result<u8> {
        Ok(self.read(offset, 1)?[0])
    }

    fn line(&mut self, line: usize) -> std::io::Result<Vec<u8>> {
        let (start, length) = self.places[line];
        self.read(start, length)
    }

    fn read(&mut self, start: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The differences between the leaves that were signed and a log: the first of them, and how many there are beyond.
pub(super) fn differences(signed: &[Hash], log: &mut Text<impl Read + Seek>) -> std::io::Result<Differences> {
    let found = &log.leaves;
    let at = signed.iter().zip(found).take_while(|(signed, found)| signed == found).count();
    let from_the_end = signed[at..].iter().rev().zip(found[at..].iter().rev());
    let end = from_the_end.take_while(|(signed, found)| signed == found).count();
    let (signed_middle, found_middle) = (at..signed.len() - end, at..found.len() - end);

    if signed_middle.len() == found_middle.len() {
        return in_place(signed, signed_middle, log);
    }
    if found_middle.len() == 1 && signed_middle.len() == 2 {
        let line = log.line(at)?;
        if let Some(split) = split(&line, &signed[at], &signed[at + 1]) {
            return Ok(one(Difference::Byte { line: at, offset: log.start(at) + split as u64, was: b'\n' }));
        }
    }
    if found_middle.len() == 2 && signed_middle.len() == 1 {
        let (first, second) = (log.line(at)?, log.line(at + 1)?);
        let joined = |was: u8| [&first[..], &[was], &second].concat();
        if let Some(was) = (0..=u8::MAX).find(|was| leaf(&joined(*was)) == signed[at]) {
            return Ok(one(Difference::Byte { line: at, offset: log.end(at), was }));
        }
    }
    Ok(of_other_length(signed, signed_middle, &log.leaves, found_middle))
}

fn one(difference: Difference) -> Differences {
    Differences { told: vec![difference], others: 0 }
}

/// As many lines as there were: some are others.
fn in_place(signed: &[Hash], middle: Range<usize>, log: &mut Text<impl Read + Seek>) -> std::io::Result<Differences> {
    let differ: Vec<usize> = middle.filter(|at| signed[*at] != log.leaves[*at]).collect();
    let places = places(signed, differ.iter().map(|at| log.leaves[*at]));
    let mut told = Vec::new();
    let mut tried = 0;
    for at in differ.iter().copied().take(TOLD_MAX) {
        told.push(match places.get(&log.leaves[at]) {
            Some(from) => Difference::Moved { line: at, from: *from },
            None if tried == TRIED_MAX => Difference::Altered { line: at },
            None => {
                tried += 1;
                let is_last = at + 1 == log.leaves.len();
                altered(&log.line(at)?, &signed[at], at, log.start(at), is_last)
            }
        });
    }
    Ok(Differences { others: (differ.len() - told.len()) as u64, told })
}

/// The last place of each of these leaves in the log that was signed, as far as they stood there.
fn places(signed: &[Hash], of: impl Iterator<Item = Hash>) -> HashMap<Hash, usize> {
    let wanted: HashSet<Hash> = of.collect();
    signed.iter().enumerate().filter(|(_, leaf)| wanted.contains(*leaf)).map(|(at, leaf)| (*leaf, at)).collect()
}

/// Lines were added or taken away.
fn of_other_length(
    signed: &[Hash],
    signed_middle: Range<usize>,
    found: &[Hash],
    found_middle: Range<usize>,
) -> Differences {
    let places = places(signed, found[found_middle.clone()].iter().copied());
    let mut left: HashMap<&Hash, usize> = HashMap::new();
    for leaf in &signed[signed_middle.clone()] {
        *left.entry(leaf).or_default() += 1;
    }
    let mut differences = Differences::default();
    let mut tell = |difference: Difference| {
        if differences.told.len() < TOLD_MAX {
            differences.told.push(difference);
        } else {
            differences.others += 1;
        }
    };
    for line in found_middle {
        match (left.get_mut(&found[line]), places.get(&found[line])) {
            (Some(times), _) if *times > 0 => *times -= 1,
            (_, Some(from)) => tell(Difference::Repeated { line, from: *from }),
            (_, None) => tell(Difference::Foreign { line }),
        }
    }
    for line in signed_middle {
        if let Some(times) = left.get_mut(&signed[line]).filter(|times| **times > 0) {
            *times -= 1;
            tell(Difference::Missing { line });
        }
    }
    if differences.told.is_empty() {
        // Every line is there as often as it should be, and one that is there twice stands elsewhere.
        differences.told.push(Difference::Altered { line: 0 });
    }
    differences
}

fn altered(line: &[u8], signed: &Hash, at: usize, start: u64, is_last: bool) -> Difference {
    if let Some((offset, was)) = changed_byte(line, signed) {
        return Difference::Byte { line: at, offset: start + offset as u64, was };
    }
    // The last newline may have become another byte.
    match line.split_last() {
        Some((_, before)) if is_last && leaf(before) == *signed => {
            Difference::Byte { line: at, offset: start + before.len() as u64, was: b'\n' }
        }
        _ => Difference::Altered { line: at },
    }
}

/// The one byte with which the line has this leaf: where it is, and what it was.
fn changed_byte(line: &[u8], signed: &Hash) -> Option<(usize, u8)> {
    let bits = (0..8).map(|bit| 1_u8 << bit);
    let found = (line.len() <= BITS_LENGTH_MAX).then(|| try_changes(line, signed, bits)).flatten();
    let bytes = (1..=u8::MAX).filter(|change| !change.is_power_of_two());
    found.or_else(|| (line.len() <= BYTES_LENGTH_MAX).then(|| try_changes(line, signed, bytes)).flatten())
}

fn try_changes(line: &[u8], signed: &Hash, changes: impl Iterator<Item = u8> + Clone) -> Option<(usize, u8)> {
    // What stands before the byte is hashed once.
    let mut before = Sha256::new().chain_update([0]);
    for (at, byte) in line.iter().enumerate() {
        let after = &line[at + 1..];
        for change in changes.clone() {
            let hash: Hash = before.clone().chain_update([byte ^ change]).chain_update(after).finalize().into();
            if hash == *signed {
                return Some((at, byte ^ change));
            }
        }
        before.update([*byte]);
    }
    None
}

/// The place of a lost newline, if both sides of one byte are lines that were signed.
fn split(line: &[u8], first: &Hash, second: &Hash) -> Option<usize> {
    (0..line.len()).find(|at| leaf(&line[..*at]) == *first && leaf(&line[at + 1..]) == *second)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn text(bytes: &[u8]) -> Text<Cursor<&[u8]>> {
        let (mut text, mut start) = (Text::new(Cursor::new(bytes)), 0);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let whole = line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            text.push(leaf(line), start, line.len());
            start += whole as u64;
        }
        text
    }

    fn check(signed: &str, found: &[u8], expected: &[Difference]) {
        let before = text(signed.as_bytes()).leaves;
        let Differences { told, others } = differences(&before, &mut text(found)).expect("reads");
        assert_eq!((&*told, others), (expected, 0), "{}", String::from_utf8_lossy(found));
    }

    #[test]
    fn a_log_that_was_rewritten_is_told_in_few_lines() {
        let before = text("a\n".repeat(500).as_bytes()).leaves;
        for (lines, others) in [(500, 400), (300, 700)] {
            let found = differences(&before, &mut text("b\n".repeat(lines).as_bytes())).expect("reads");
            assert_eq!((found.told.len(), found.others), (100, others));
        }
    }

    #[test]
    fn one_byte_is_found_wherever_it_is() {
        let log = "alpha\nbeta\n\ngamma\n";
        for at in 0..log.len() {
            for change in [1_u8, 0x80, 0x55, 0xff, b'\n'] {
                let mut bytes = log.as_bytes().to_vec();
                bytes[at] ^= change;
                let line = log[..at].matches('\n').count();
                let was = log.as_bytes()[at];
                check(log, &bytes, &[Difference::Byte { line, offset: at as u64, was }]);
            }
        }
    }

    #[test]
    fn lines_that_moved_went_or_came_are_named() {
        use Difference::{Altered, Foreign, Missing, Moved, Repeated};
        let log = "a\nb\nc\nd\n";
        check(log, b"a\nc\nb\nd\n", &[Moved { line: 1, from: 2 }, Moved { line: 2, from: 1 }]);
        check(log, b"a\nb\nc\n", &[Missing { line: 3 }]);
        check(log, b"b\nc\nd\n", &[Missing { line: 0 }]);
        check(log, b"a\nb\n", &[Missing { line: 2 }, Missing { line: 3 }]);
        check(log, b"", &(0..4).map(|line| Missing { line }).collect::<Vec<_>>());
        check(log, b"a\nb\nc\nc\nd\n", &[Repeated { line: 3, from: 2 }]);
        check(log, b"a\nb\nc\nxyz\nd\n", &[Foreign { line: 3 }]);
        check(log, b"a\nbxyz\nc\nd\n", &[Altered { line: 1 }]);
    }
}
