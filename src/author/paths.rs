//! Path patterns as authors write them.
//!
//! Takes a text, says whether it can match a path in its normal form, and gives the pattern that was meant. Browsers send every path
//! in that form or in one that hosts bring into it.

use crate::page::{normal_path, without_dots};

/// Characters that no path holds: browsers send their percent codes, or they end the path.
const CODED: &str = "\"#<>?\\^`{}";

/// True if some path can match.
pub(crate) fn is_pattern(text: &str) -> bool {
    let mut parts = text.split('%').skip(1);
    let is_hex = |part: &str| part.len() > 1 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    text.starts_with(['/', '*'])
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !CODED.contains(char::from(byte)))
        && parts.all(is_hex)
        && normal_path(text) == text
        && without_dots(text).is_none()
}

/// The pattern that was meant: of the path alone, with percent codes where they are needed.
pub(crate) fn meant(text: &str) -> Option<String> {
    let path = text.trim().split(['?', '#']).next().unwrap_or_default();
    let mut coded = String::from(if path.starts_with(['/', '*']) { "" } else { "/" });
    for c in path.chars() {
        match c {
            '\\' => coded.push('/'),
            c if c.is_ascii() && (!c.is_ascii_graphic() || CODED.contains(c)) => {
                coded += &format!("%{:02X}", u32::from(c))
            }
            c => coded.push(c),
        }
    }
    let coded = without_dots(&coded).unwrap_or(coded);
    Some(normal_path(&coded).into_owned()).filter(|meant| !path.is_empty() && is_pattern(meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_no_path_matches_is_refused_with_the_one_that_was_meant() {
        let cases = [
            ("/café/", "/caf%C3%A9/"),
            ("/stra%c3%9fe/*", "/stra%C3%9Fe/*"),
            ("/%6Bnit/", "/knit/"),
            ("products/*", "/products/*"),
            ("/shoes?page=2", "/shoes"),
            ("/a b/", "/a%20b/"),
            ("/p/{slug}", "/p/%7Bslug%7D"),
            ("/x/../y", "/y"),
            ("/./a/%2e%2e/*", "/*"),
        ];
        for (written, expected) in cases {
            assert!(!is_pattern(written), "{written}");
            assert_eq!(meant(written).as_deref(), Some(expected), "{written}");
        }
        for fine in ["*", "/", "/a%2Fb/~x/*", "/caf%C3%A9/", "/@me/(a)/[b]", "*.html"] {
            assert!(is_pattern(fine), "{fine}");
        }
        assert!(!is_pattern("/100%") && meant("/100%").is_none());
    }
}
