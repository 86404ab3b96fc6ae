//! Base64 (RFC 4648), for texts that are made rather than read.

use alloc::string::String;

/// Base64 with padding (RFC 4648); `last` are the two characters in which its alphabets differ.
pub(crate) fn base64(bytes: &[u8], last: &[u8; 2]) -> String {
    let digit = |value: u32| match value & 63 {
        value @ 0..26 => b'A' + value as u8,
        value @ 26..52 => b'a' + (value - 26) as u8,
        value @ 52..62 => b'0' + (value - 52) as u8,
        62 => last[0],
        _ => last[1],
    };
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = if place <= chunk.len() { digit(word >> (18 - 6 * place)) } else { b'=' };
            out.push(char::from(letter));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standards() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes(), b"+/"), expected);
        }
        assert_eq!(base64(&[0xFB, 0xFF], b"-_"), "-_8=");
    }
}
