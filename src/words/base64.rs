//! Bytes as Base64 (RFC 4648), with padding.

use alloc::string::String;
use alloc::vec::Vec;

/// The last two characters of the standard alphabet.
pub const STANDARD: [char; 2] = ['+', '/'];
/// The last two characters of the alphabet for URLs and file names.
pub const FOR_URLS: [char; 2] = ['-', '_'];

/// Four characters for each three bytes. `last` are the two characters in which the alphabets differ.
pub fn base64(bytes: &[u8], last: [char; 2]) -> String {
    let digit = |value: u32| match value & 63 {
        value @ 0..26 => char::from(b'A' + value as u8),
        value @ 26..52 => char::from(b'a' + (value - 26) as u8),
        value @ 52..62 => char::from(b'0' + (value - 52) as u8),
        62 => last[0],
        _ => last[1],
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| group.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.extend((0..4).map(|place| if place <= group.len() { digit(bits >> (18 - 6 * place)) } else { '=' }));
    }
    text
}

/// The bytes of a text without padding; `None` for anything else than what [`base64`] writes.
pub fn bytes_of(text: &str, last: [char; 2]) -> Option<Vec<u8>> {
    let value = |digit: char| match digit {
        'A'..='Z' => Some(digit as u32 - 'A' as u32),
        'a'..='z' => Some(digit as u32 - 'a' as u32 + 26),
        '0'..='9' => Some(digit as u32 - '0' as u32 + 52),
        _ => last.iter().position(|one| *one == digit).map(|at| 62 + at as u32),
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.chars() {
        bits = bits << 6 | value(digit)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // The rest is less than a character, and zero.
    (count < 6 && bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_the_one_of_the_standard() {
        let vectors =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (bytes, expected) in vectors {
            assert_eq!(base64(bytes.as_bytes(), STANDARD), expected);
            assert_eq!(bytes_of(expected.trim_end_matches('='), STANDARD).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(
            ["A", "AAAAA", "Zh", "Zg==", "Z g", "Zg_-"].map(|text| bytes_of(text, STANDARD)),
            [const { None }; 6]
        );
        assert_eq!(base64(&[0xfb, 0xff, 0xfe], STANDARD), "+//+");
        assert_eq!(base64(&[0xfb, 0xff], FOR_URLS), "-_8=");
        assert_eq!(bytes_of("-_8", FOR_URLS), Some(vec![0xfb, 0xff]));
    }
}
