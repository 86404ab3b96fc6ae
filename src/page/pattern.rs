//! Path patterns: which pages have a slot.
//!
//! Hosts hand over a path in its [normal form](normal_path), and authors write patterns in it.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A path as RFC 3986 §6.2.2 normalises it: percent codes in capitals, and none for a letter, a digit or one of `-._~`.
/// Other letters than ASCII get their codes. `/%6Bnit/` and `/knit/` are one page, and so are `/stra%c3%9fe/` and
/// `/straße/`.
pub fn normal_path(path: &str) -> Cow<'_, str> {
    if path.is_ascii() && !path.contains('%') {
        return Cow::Borrowed(path);
    }
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |digit: Option<&u8>| digit.and_then(|digit| char::from(*digit).to_digit(16));
    let (bytes, mut normal, mut at) = (path.as_bytes(), String::with_capacity(path.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let coded = match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => Some((high << 4 | low) as u8),
            _ => None,
        };
        at += if coded.is_some() { 3 } else { 1 };
        let byte = coded.unwrap_or(*byte);
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain || coded.is_none() && byte.is_ascii() {
            normal.push(char::from(byte));
        } else {
            let hex = |digit: u8| HEX.get(usize::from(digit)).map_or('0', |digit| char::from(*digit));
            normal.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    Cow::Owned(normal)
}

/// A path without its segments `.` and `..`, where it has any, as URLs resolve them. `%2e` is a dot, too.
pub fn without_dots(path: &str) -> Option<String> {
    let dots = |segment: &str| match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
        "." => 1,
        ".." => 2,
        _ => 0,
    };
    if path.split('/').all(|segment| dots(segment) == 0) {
        return None;
    }
    let mut kept = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match dots(segment) {
            0 => kept.push(segment),
            dots => {
                if dots == 2 {
                    kept.pop();
                }
                // It was a folder.
                if segments.peek().is_none() {
                    kept.push("");
                }
            }
        }
    }
    Some(["/", &kept.join("/")].concat())
}

/// True if `path` matches `pattern`, in which `*` stands for any run of characters. Takes time in the product of the lengths
/// at worst, as it goes back only to the last `*`.
pub fn matches(pattern: &str, path: &str) -> bool {
    matches_bytes(pattern.as_bytes(), path.as_bytes())
}

pub(super) fn matches_bytes(pattern: &[u8], path: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < path.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(byte) if path.get(t) == Some(byte) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, taken)) => {
                    retry = Some((after, taken + 1));
                    p = after;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::{matches, normal_path, without_dots};

    #[test]
    fn spellings_of_one_path_are_one() {
        let cases = [
            ("/knit/", "/knit/"),
            ("/%6Bnit/", "/knit/"),
            ("/%6bnit/", "/knit/"),
            ("/straße/", "/stra%C3%9Fe/"),
            ("/stra%c3%9fe/", "/stra%C3%9Fe/"),
            ("/a%2fb%7E%2D", "/a%2Fb~-"),
            ("/100%/%4", "/100%/%4"),
            ("/%256B", "/%256B"),
        ];
        for (path, expected) in cases {
            assert_eq!(normal_path(path), expected);
            assert_eq!(normal_path(expected), expected);
        }
    }

    #[test]
    fn dots_lead_where_urls_lead() {
        let cases = [
            ("/b/../a/x", "/a/x"),
            ("/a/.", "/a/"),
            ("/a/..", "/"),
            ("/a/./b/%2E%2e/c", "/a/c"),
            ("/../../a", "/a"),
            ("/.%2e/", "/"),
            ("/a//../b", "/a/b"),
        ];
        for (path, expected) in cases {
            assert_eq!(without_dots(path).as_deref(), Some(expected), "{path}");
        }
        for plain in ["/", "/a.b/", "/.../", "/.well-known/x", "/a%2f.."] {
            assert_eq!(without_dots(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_star_is_any_run() {
        let cases = [
            ("/", "/", true),
            ("/", "/help/", false),
            ("*", "/anything", true),
            ("/products/*", "/products/jumper/", true),
            ("/products/*", "/products", false),
            ("/*/jumper/", "/products/jumper/", true),
            ("/a*b*c", "/axxbyybzzc", true),
            ("/a*b*c", "/axxbyybzz", false),
            ("", "", true),
            ("", "/", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
