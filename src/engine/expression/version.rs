//! Semantic versions, strictly as semver.org 2.0.0 defines them.
//!
//! Takes bytes, gives parts and precedence. Numbers may be of any length: they are compared as digits and never as integers.

use core::cmp::Ordering;

use super::text::Text;

/// True if this is a version: three numbers, then perhaps `-` and a pre-release, then perhaps `+` and a build.
pub(crate) fn is_version(text: &[u8]) -> bool {
    parse(text).is_some()
}

/// The number at `position` (major, minor, patch); `None` if an int cannot hold it.
pub(super) fn number(text: &[u8], position: usize) -> Option<i64> {
    let digits = parse(text)?.numbers.split(|byte| *byte == b'.').nth(position)?;
    digits.iter().try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
}

/// The precedence of two versions. The build does not affect it.
pub(super) fn precedence(left: Text<'_>, right: Text<'_>) -> Ordering {
    let (Some(left_parts), Some(right_parts)) = (parse(left.bytes), parse(right.bytes)) else { return Ordering::Equal };
    let numbers = compare(left.with(left_parts.numbers), right.with(right_parts.numbers));
    numbers.then_with(|| match (left_parts.pre, right_parts.pre) {
        (None, None) => Ordering::Equal,
        // A version comes after its own pre-releases.
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => compare(left.with(one), right.with(other)),
    })
}

/// The parts of a version that count: its numbers with the dots between them, and its pre-release.
pub(crate) struct Parts<'v> {
    pub(crate) numbers: &'v [u8],
    pub(crate) pre: Option<&'v [u8]>,
}

/// A version's parts; `None` if it is none.
pub(crate) fn parse(text: &[u8]) -> Option<Parts<'_>> {
    let (numbers, rest) = numbers(text)?;
    let (pre, build) = match rest.first() {
        Some(b'-') => {
            let (pre, build) = split(rest.get(1..)?, b'+');
            (Some(pre), build)
        }
        Some(_) => (None, rest.get(1..)),
        None => (None, None),
    };
    let fits = pre.is_none_or(|pre| pre.split(|byte| *byte == b'.').all(|part| is_identifier(part, true)))
        && build.is_none_or(|build| build.split(|byte| *byte == b'.').all(|part| is_identifier(part, false)));
    fits.then_some(Parts { numbers, pre })
}

/// Three numbers with dots between them, none with a zero in front, and what follows: nothing, or something from a `-` or a `+` on.
fn numbers(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut dots, mut digits, mut is_zero) = (0, 0, false);
    let end = text.iter().position(|byte| {
        match byte {
            b'0'..=b'9' if !(is_zero && digits == 1) => {
                is_zero = digits == 0 && *byte == b'0';
                digits += 1;
            }
            b'.' if digits > 0 && dots < 2 => (dots, digits) = (dots + 1, 0),
            _ => return true,
        }
        false
    });
    let (numbers, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    (dots == 2 && digits > 0 && matches!(rest.first(), None | Some(b'-' | b'+'))).then_some((numbers, rest))
}

/// The parts before and after the first `at`.
fn split(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(position) => (text.get(..position).unwrap_or_default(), text.get(position + 1..)),
        None => (text, None),
    }
}

fn is_identifier(part: &[u8], counted: bool) -> bool {
    let padded = counted && part.len() > 1 && part.first() == Some(&b'0') && is_number(part);
    !part.is_empty() && !padded && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

fn is_number(part: &[u8]) -> bool {
    part.iter().all(u8::is_ascii_digit)
}

/// Compares identifier by identifier. Numbers are compared by value and come before words, and words are compared by bytes.
/// The longer one of two equal starts comes later.
fn compare(left: Text<'_>, right: Text<'_>) -> Ordering {
    let mut others = right.bytes.split(|byte| *byte == b'.');
    for one in left.bytes.split(|byte| *byte == b'.') {
        let Some(other) = others.next() else { return Ordering::Greater };
        let ordering = match (is_number(one), is_number(other)) {
            (true, true) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => left.with(one).compare(right.with(other)),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}
