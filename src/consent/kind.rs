//! Which format a string has, by its first characters.
//!
//! Takes text, gives the only format that it can be of. It never says that the text is well-formed.

use super::bits::split;
use crate::words::vocabulary;

vocabulary! {
    /// The formats of strings.
    Kind {
        /// A transparency and consent string of IAB Europe.
        Tcf = "tcf",
        /// A string of the Global Privacy Platform.
        Gpp = "gpp",
        /// A US Privacy string.
        Usp = "usp",
    }
}

/// The format of `text`.
pub fn kind(text: &str) -> Kind {
    match text.as_bytes() {
        // The type of a header, 3, is the letter D; a string of two or more parts is of no other format.
        [b'D', ..] => Kind::Gpp,
        bytes if split(&mut Some(bytes), b'~').len() < bytes.len() => Kind::Gpp,
        // Versions of the US Privacy string are digits; those of TC strings are letters.
        [b'0'..=b'9', ..] => Kind::Usp,
        _ => Kind::Tcf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_told_apart_by_content() {
        for (text, expected) in [
            ("CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", Kind::Tcf),
            ("BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", Kind::Tcf),
            ("", Kind::Tcf),
            ("DBAA", Kind::Gpp),
            ("DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", Kind::Gpp),
            ("1YNN~DBAA", Kind::Gpp),
            ("1YNN", Kind::Usp),
            ("1---", Kind::Usp),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
