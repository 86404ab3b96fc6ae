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

/// A wildcard of another language that stands for itself in a pattern, and the pattern that was meant: `[a-z]*`, `(de|en)`, `:slug`, `.*`.
pub(crate) fn foreign(text: &str) -> Option<(&str, String)> {
    let between = |open: char, close: char| {
        let start = text.find(open)?;
        let end = start + text.get(start..)?.find(close)? + 1;
        Some((start, text.get(end..)?.find(|c| c != '*' && c != '+').map_or(text.len(), |rest| end + rest)))
    };
    let has_choice = |(start, end): &(usize, usize)| text.get(*start..*end).is_some_and(|part| part.contains('|'));
    let segment = |begin: &str| {
        let start = text.find(begin)? + 1;
        Some((start, text.get(start..)?.find('/').map_or(text.len(), |end| start + end)))
    };
    let found = between('[', ']').or_else(|| between('(', ')').filter(has_choice));
    let (start, end) = found.or_else(|| segment("/:")).or_else(|| text.find("/.*").map(|at| (at + 1, at + 3)))?;
    let whole = format!("{}*{}", text.get(..start)?, text.get(end..)?).replace("**", "*");
    let meant = foreign(&whole).map_or(whole.clone(), |(_, meant)| meant);
    Some((text.get(start..end)?, meant))
}

/// The pattern that was meant: of the path alone, with percent codes where they are needed. It leaves out the anchors of regular
/// expressions, and `*` takes the place of a template's braces.
pub(crate) fn meant(text: &str) -> Option<String> {
    let path = text.trim();
    let path = path.strip_prefix('^').map_or(path, |path| path.strip_suffix('$').unwrap_or(path));
    let path = match path.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            rest.find('/').map_or("/", |at| rest.get(at..).unwrap_or_default())
        }
        _ => path,
    };
    // Of `{de,en}` and `{slug}` only the place is known.
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, (_, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        plain += before;
        plain.push('*');
        rest = after;
    }
    plain += rest;
    let path = plain.split(['?', '#']).next().unwrap_or_default();
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
    let meant = normal_path(&coded).into_owned();
    let meant = foreign(&meant).map_or(meant.clone(), |(_, meant)| meant);
    Some(meant).filter(|meant| !path.is_empty() && is_pattern(meant))
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
            ("/p/{slug}", "/p/*"),
            ("/{de,en}/", "/*/"),
            ("https://shop.example/x", "/x"),
            ("https://shop.example", "/"),
            ("^/x$", "/x"),
            ("^/(de|en)/.*$", "/*/*"),
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

    #[test]
    fn wildcards_of_other_languages_are_told_with_ours() {
        for (written, part, expected) in [
            ("/[a-z]*", "[a-z]*", "/*"),
            ("/(de|en)/", "(de|en)", "/*/"),
            ("/p/:slug", ":slug", "/p/*"),
            ("/p/:slug/edit", ":slug", "/p/*/edit"),
            ("/blog/.*", ".*", "/blog/*"),
            ("/[a]/[b]/", "[a]", "/*/*/"),
        ] {
            assert!(is_pattern(written), "{written}");
            assert_eq!(foreign(written), Some((part, expected.to_owned())), "{written}");
        }
        for fine in ["*", "/", "/a*/b", "/(a)/", "/x:y", "*.html", "/file.*", "/@me"] {
            assert_eq!(foreign(fine), None, "{fine}");
        }
    }
}
