//! Where a log was altered: which lines, and which byte where one byte explains it.
//!
//! Takes the leaf hashes that were signed and the lines that are there; gives one finding for each difference. A hash tells that a
//! line is another one, not where: so every line that differs in one byte is tried, within a limit.

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::log::merkle::{Hash, leaf};

/// Lines up to this length are tried with every bit turned: about a second for the longest.
const BITS_LENGTH_MAX: usize = 16 << 10;
/// Lines up to this length are tried with every other byte in every place: a few seconds for the longest.
const BYTES_LENGTH_MAX: usize = 4 << 10;

/// A difference. Lines count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// One byte of the file is another one.
    Byte { line: usize, offset: usize, was: u8 },
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

/// Every difference between the signed leaves and the lines at `ranges` of `bytes`, whose leaves are `found`.
pub(super) fn differences(signed: &[Hash], found: &[Hash], bytes: &[u8], ranges: &[Range<usize>]) -> Vec<Difference> {
    let start = signed.iter().zip(found).take_while(|(signed, found)| signed == found).count();
    let (signed_rest, found_rest) = (&signed[start..], &found[start..]);
    let end =
        signed_rest.iter().rev().zip(found_rest.iter().rev()).take_while(|(signed, found)| signed == found).count();
    let signed_middle = start..signed.len() - end;
    let found_middle = start..found.len() - end;
    let line = |at: usize| &bytes[ranges[at].clone()];

    if signed_middle.len() == found_middle.len() {
        let places: HashMap<&Hash, usize> = signed.iter().enumerate().map(|(at, leaf)| (leaf, at)).collect();
        return signed_middle
            .filter(|at| signed[*at] != found[*at])
            .map(|at| match places.get(&found[at]) {
                Some(from) => Difference::Moved { line: at, from: *from },
                None => altered(line(at), &signed[at], at, ranges[at].start, at + 1 == found.len()),
            })
            .collect();
    }
    let (one, two) = (found_middle.len() == 1, found_middle.len() == 2);
    if one && signed_middle.len() == 2 {
        let at = found_middle.start;
        if let Some(split) = split(line(at), &signed[at], &signed[at + 1]) {
            return vec![Difference::Byte { line: at, offset: ranges[at].start + split, was: b'\n' }];
        }
    }
    if two && signed_middle.len() == 1 {
        let at = found_middle.start;
        let joined = |was: u8| [line(at), &[was], line(at + 1)].concat();
        if let Some(was) = (0..=u8::MAX).find(|was| leaf(&joined(*was)) == signed[at]) {
            return vec![Difference::Byte { line: at, offset: ranges[at].end, was }];
        }
    }
    of_other_length(signed, signed_middle, found, found_middle)
}

/// Lines were added or taken away.
fn of_other_length(
    signed: &[Hash],
    signed_middle: Range<usize>,
    found: &[Hash],
    found_middle: Range<usize>,
) -> Vec<Difference> {
    let places: HashMap<&Hash, usize> = signed.iter().enumerate().map(|(at, leaf)| (leaf, at)).collect();
    let mut left: HashMap<&Hash, usize> = HashMap::new();
    for leaf in &signed[signed_middle.clone()] {
        *left.entry(leaf).or_default() += 1;
    }
    let mut differences = Vec::new();
    for line in found_middle {
        match (left.get_mut(&found[line]), places.get(&found[line])) {
            (Some(times), _) if *times > 0 => *times -= 1,
            (_, Some(from)) => differences.push(Difference::Repeated { line, from: *from }),
            (_, None) => differences.push(Difference::Foreign { line }),
        }
    }
    for line in signed_middle {
        if let Some(times) = left.get_mut(&signed[line]).filter(|times| **times > 0) {
            *times -= 1;
            differences.push(Difference::Missing { line });
        }
    }
    if differences.is_empty() {
        // Every line is there as often as it should be, and one that is there twice stands elsewhere.
        differences.push(Difference::Altered { line: 0 });
    }
    differences
}

fn altered(line: &[u8], signed: &Hash, at: usize, start: usize, is_last: bool) -> Difference {
    if let Some((offset, was)) = changed_byte(line, signed) {
        return Difference::Byte { line: at, offset: start + offset, was };
    }
    // The last newline may have become another byte.
    match line.split_last() {
        Some((_, before)) if is_last && leaf(before) == *signed => {
            Difference::Byte { line: at, offset: start + before.len(), was: b'\n' }
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

/// Where a newline was, if both sides of one byte are the lines that were signed.
fn split(line: &[u8], first: &Hash, second: &Hash) -> Option<usize> {
    (0..line.len()).find(|at| leaf(&line[..*at]) == *first && leaf(&line[at + 1..]) == *second)
}

#[cfg(test)]
mod tests {
    use super::super::files::lines;
    use super::*;

    fn check(signed: &str, found: &[u8], expected: &[Difference]) {
        let leaves = |bytes: &[u8]| lines(bytes).into_iter().map(|range| leaf(&bytes[range])).collect::<Vec<Hash>>();
        let (before, after) = (leaves(signed.as_bytes()), leaves(found));
        assert_eq!(differences(&before, &after, found, &lines(found)), expected, "{}", String::from_utf8_lossy(found));
    }

    #[test]
    fn one_byte_is_found_wherever_it_is() {
        let log = "alpha\nbeta\n\ngamma\n";
        for at in 0..log.len() {
            for change in [1_u8, 0x80, 0x55, 0xff, b'\n'] {
                let mut bytes = log.as_bytes().to_vec();
                bytes[at] ^= change;
                if bytes[at] == log.as_bytes()[at] {
                    continue;
                }
                let line = log.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
                let was = log.as_bytes()[at];
                check(log, &bytes, &[Difference::Byte { line, offset: at, was }]);
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
