//! Numbers in bytes, the length of texts, and pieces of them.

/// Reads a little-endian number, or zero past the end.
// These are most of what a decision does, and three instructions: built for size, they would stay calls.
#[inline(always)]
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

/// Reads a little-endian number, or zero past the end.
#[inline(always)]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// Reads a little-endian number, or zero past the end.
#[inline(always)]
pub(crate) fn i64_at(bytes: &[u8], at: usize) -> i64 {
    bytes.get(at..at + 8).map_or(0, |b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
}

/// How many characters begin in a piece of UTF-8: its bytes that do not go on with one.
pub(crate) fn characters(text: impl AsRef<[u8]>) -> usize {
    text.as_ref().iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// What stands in front of the first `piece` in a text, and behind it. The library's own search is 5 kB of Wasm with the messages of its
/// panics. It is faster on long texts alone.
pub(crate) fn split_once<'t>(text: &'t str, piece: &str) -> Option<(&'t str, &'t str)> {
    let (bytes, piece) = (text.as_bytes(), piece.as_bytes());
    let first = piece.first()?;
    let at = bytes.windows(piece.len()).position(|window| window.first() == Some(first) && window == piece)?;
    Some((text.get(..at)?, text.get(at + piece.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::split_once;

    #[test]
    fn a_text_is_split_as_the_library_splits_it() {
        for text in ["", "a", "cucubotbot", "https://shop.example/://", "ä://ö", "://", "aab", "aaab"] {
            for piece in ["a", "cubot", "://", "aab", "ö", "longer than the text is"] {
                assert_eq!(split_once(text, piece), text.split_once(piece), "{text} {piece}");
            }
        }
    }
}
