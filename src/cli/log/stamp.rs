//! RFC 3161 time stamps: which digest was stamped, and when.
//!
//! Takes the bytes of a token, or of the response that brought it. It reads strict DER and checks no signature.

use crate::log::merkle::Hash;
use crate::words::time::{format_rfc3339, parse_rfc3339};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const TIME: u8 = 0x18;
/// `[0]`, constructed.
const ZERO: u8 = 0xa0;
/// 1.2.840.113549.1.7.2: signed data (RFC 5652).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.16.1.4: what a time stamp says (RFC 3161).
const STAMP_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// 2.16.840.1.101.3.4.2.1
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The SHA-256 that was stamped.
    pub(super) digest: Hash,
    /// When, in Unix milliseconds.
    pub(super) at_ms: i64,
    /// The bytes are a whole response, not the token alone.
    pub(super) is_response: bool,
}

impl Stamp {
    /// Reads a time stamp; `None` if the bytes are something else.
    ///
    /// # Errors
    /// A time stamp that is damaged, was refused, or is of another kind of digest.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, String> {
        let damaged = || "it is a damaged time stamp (RFC 3161)".to_owned();
        let Some(mut outer) = whole(bytes, SEQUENCE) else {
            // A time stamp that was cut off is damaged, and not something else.
            return if bytes.first() == Some(&SEQUENCE) { Err(damaged()) } else { Ok(None) };
        };
        let is_response = outer.first() == Some(&SEQUENCE);
        let info = if is_response {
            let mut status = take(&mut outer, SEQUENCE).ok_or_else(damaged)?;
            // 0: granted, 1: granted with changes.
            if !matches!(take(&mut status, INTEGER), Some([0 | 1])) {
                return Err("the authority refused to stamp it".into());
            }
            let token = whole(outer, SEQUENCE).ok_or_else(damaged)?;
            stamp_info(token).ok_or_else(damaged)?
        } else {
            if !outer.starts_with(&[OID, SIGNED_DATA.len() as u8]) || outer.get(2..11) != Some(SIGNED_DATA) {
                return Ok(None);
            }
            stamp_info(outer).ok_or_else(damaged)?
        };
        let (algorithm, digest, at_ms) = said(info).ok_or_else(damaged)?;
        let digest = digest.try_into().ok().filter(|_| algorithm == SHA_256);
        let digest = digest.ok_or("it stamps another kind of digest than SHA-256")?;
        Ok(Some(Self { digest, at_ms, is_response }))
    }

    pub(super) fn at(&self) -> String {
        format_rfc3339(self.at_ms)
    }
}

/// The encoded `TSTInfo` in the content of a token.
fn stamp_info(mut token: &[u8]) -> Option<&[u8]> {
    is(take(&mut token, OID)?, SIGNED_DATA)?;
    let mut signed = whole(whole(token, ZERO)?, SEQUENCE)?;
    take(&mut signed, INTEGER)?;
    take(&mut signed, SET)?;
    let mut content = take(&mut signed, SEQUENCE)?;
    is(take(&mut content, OID)?, STAMP_INFO)?;
    whole(whole(content, ZERO)?, OCTETS)
}

/// The algorithm of the digest, the digest and the time of a `TSTInfo`.
fn said(info: &[u8]) -> Option<(&[u8], &[u8], i64)> {
    let mut info = whole(info, SEQUENCE)?;
    is(take(&mut info, INTEGER)?, &[1])?;
    take(&mut info, OID)?;
    let mut imprint = take(&mut info, SEQUENCE)?;
    let mut algorithm = take(&mut imprint, SEQUENCE)?;
    let algorithm = take(&mut algorithm, OID)?;
    let digest = whole(imprint, OCTETS)?;
    take(&mut info, INTEGER)?;
    // `20261201090000Z`, with a fraction or without.
    let time = core::str::from_utf8(take(&mut info, TIME)?).ok()?;
    let digits = |range: core::ops::Range<usize>| time.get(range);
    let (year, month, day) = (digits(0..4)?, digits(4..6)?, digits(6..8)?);
    let (hour, minute, rest) = (digits(8..10)?, digits(10..12)?, time.get(12..)?);
    let at_ms = parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{rest}"))?;
    Some((algorithm, digest, at_ms))
}

fn is(found: &[u8], expected: &[u8]) -> Option<()> {
    (found == expected).then_some(())
}

/// The content of the one element that the bytes are.
fn whole(mut bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let content = take(&mut bytes, tag)?;
    bytes.is_empty().then_some(content)
}

/// Takes the next element, whose length is written in the shortest form.
fn take<'b>(bytes: &mut &'b [u8], tag: u8) -> Option<&'b [u8]> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ 0..=0x7f => (short, rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let length = digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
            let is_shortest = digits.first() != Some(&0) && length >= 0x80;
            (Some(length).filter(|_| is_shortest)?, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    (*found == tag).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        let length = match content.len() {
            short @ 0..0x80 => vec![short as u8],
            long => vec![0x82, (long >> 8) as u8, long as u8],
        };
        [&[tag][..], &length, &content].concat()
    }

    fn token(digest: &[u8], time: &str) -> Vec<u8> {
        let algorithm = element(SEQUENCE, &[&element(OID, &[SHA_256])]);
        let imprint = element(SEQUENCE, &[&algorithm, &element(OCTETS, &[digest])]);
        let (version, policy) = (element(INTEGER, &[&[1]]), element(OID, &[&[0x2a, 3]]));
        let serial = element(INTEGER, &[&[9]]);
        let info = element(SEQUENCE, &[&version, &policy, &imprint, &serial, &element(TIME, &[time.as_bytes()])]);
        let content = element(ZERO, &[&element(OCTETS, &[&info])]);
        let content = element(SEQUENCE, &[&element(OID, &[STAMP_INFO]), &content]);
        let signed = element(SEQUENCE, &[&element(INTEGER, &[&[3]]), &element(SET, &[]), &content, &element(SET, &[])]);
        element(SEQUENCE, &[&element(OID, &[SIGNED_DATA]), &element(ZERO, &[&signed])])
    }

    #[test]
    fn a_token_says_what_was_stamped_and_when() {
        let at_ms = parse_rfc3339("2026-12-01T09:00:05Z").expect("a time");
        let stamp = Stamp { digest: [7; 32], at_ms, is_response: false };
        let plain = token(&[7; 32], "20261201090005Z");
        assert_eq!(Stamp::read(&plain), Ok(Some(stamp.clone())));
        let finer = Stamp { at_ms: at_ms + 250, ..stamp.clone() };
        assert_eq!(Stamp::read(&token(&[7; 32], "20261201090005.25Z")), Ok(Some(finer)));
        let response =
            |status: u8| element(SEQUENCE, &[&element(SEQUENCE, &[&element(INTEGER, &[&[status]])]), &plain]);
        assert_eq!(Stamp::read(&response(0)), Ok(Some(Stamp { is_response: true, ..stamp })));
        assert_eq!(Stamp::read(&response(2)), Err("the authority refused to stamp it".into()));
    }

    #[test]
    fn nothing_else_is_one() {
        let plain = token(&[7; 32], "20261201090005Z");
        for end in 1..plain.len() {
            assert!(Stamp::read(&plain[..end]).is_err(), "{end}");
        }
        let longer = [&plain[..], &[0]].concat();
        assert!(Stamp::read(&longer).is_err());
        for wrong in [token(&[7; 20], "20261201090005Z"), token(&[7; 32], "20261301090005Z"), token(&[7; 32], "soon")] {
            assert!(Stamp::read(&wrong).is_err());
        }
        assert_eq!((Stamp::read(b""), Stamp::read(b"{\"logIndex\":5}")), (Ok(None), Ok(None)));
        for at in 0..plain.len() {
            for bit in 0..8 {
                let mut altered = plain.clone();
                altered[at] ^= 1 << bit;
                let _ = Stamp::read(&altered);
            }
        }
    }
}
