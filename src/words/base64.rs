//! Bytes as Base64 (RFC 4648), with padding.

use alloc::string::String;

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
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe], STANDARD), "+//+");
        assert_eq!(base64(&[0xfb, 0xff], FOR_URLS), "-_8=");
    }
}
