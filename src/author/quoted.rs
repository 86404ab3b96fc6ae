//! TOML strings: from a position inside one to the position in its file, and how a text is written as one.
//!
//! Takes the quoted text as it stands in the file and the text it means, gives byte spans; takes a text, gives it in quotes. It
//! never decodes a string itself: where it cannot follow one, the span is the whole string.

use std::ops::Range;

/// The bytes of the file that `within` of `meaning` was written as; `raw` is the file's text at `at`, quotes included.
pub(crate) fn span_in_file(raw: &str, at: usize, meaning: &str, within: Range<usize>) -> Range<usize> {
    let find = || {
        let body = body(raw)?;
        let start = position(raw, body.clone(), meaning, within.start)?;
        let end = if within.end > within.start { position(raw, body, meaning, within.end)? } else { start };
        Some(at + start..at + end)
    };
    find().unwrap_or(at..at + raw.len())
}

/// The bytes between the quotes.
fn body(raw: &str) -> Option<Range<usize>> {
    let quote = raw.get(..1).filter(|quote| matches!(*quote, "'" | "\""))?;
    let multiline = raw.len() >= 6 && raw.starts_with(&quote.repeat(3));
    let mut start = if multiline { 3 } else { 1 };
    let end = raw.len().checked_sub(start)?;
    if multiline {
        // The newline right after the opening quotes is not part of the text.
        start += if raw[3..].starts_with("\r\n") { 2 } else { usize::from(raw[3..].starts_with('\n')) };
    }
    (start <= end).then_some(start..end)
}

/// The place of byte `wanted` of `meaning` in `raw`.
fn position(raw: &str, body: Range<usize>, meaning: &str, wanted: usize) -> Option<usize> {
    let escapes = raw.starts_with('"');
    let (mut at, mut meant) = (body.start, 0);
    while meant < wanted {
        let next = meaning.get(meant..)?.chars().next()?;
        let rest = raw.get(at..body.end)?;
        if escapes && rest.starts_with('\\') {
            let (length, is_character) = escape(rest)?;
            at += length;
            meant += if is_character { next.len_utf8() } else { 0 };
        } else if rest.starts_with(next) {
            at += next.len_utf8();
            meant += next.len_utf8();
        } else if next == '\n' && rest.starts_with("\r\n") {
            at += 2;
            meant += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

/// How long the escape at the beginning is, and whether it stands for a character.
fn escape(rest: &str) -> Option<(usize, bool)> {
    Some(match rest.chars().nth(1)? {
        'u' => (6, true),
        'U' => (10, true),
        'x' => (4, true),
        c if c.is_whitespace() => (rest.len() - rest[1..].trim_start().len(), false),
        c => (1 + c.len_utf8(), true),
    })
}

/// A key as TOML has it: in quotes where it is not bare.
pub(crate) fn as_key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if is_bare { name.to_owned() } else { basic(name) }
}

/// A text as a basic string of TOML, in double quotes.
pub(crate) fn basic(text: &str) -> String {
    in_quotes(text, "\n\t")
}

/// A text in double quotes. These control characters have an escape with a letter.
pub(crate) fn in_quotes(text: &str, by_letter: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if by_letter.contains(c) => c.escape_default().to_string(),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_every_kind_of_string() {
        let cases = [
            ("'a == 1'", "a == 1", 2..4, "=="),
            (r#""a \"b\" c""#, "a \"b\" c", 6..7, "c"),
            (r#""é\u00e9x""#, "ééx", 4..5, "x"),
            ("'''\nab'''", "ab", 1..2, "b"),
            ("\"\"\"\\\n   ab\"\"\"", "ab", 1..2, "b"),
            ("''", "", 0..0, ""),
        ];
        for (raw, meaning, within, expected) in cases {
            assert_eq!(&raw[span_in_file(raw, 0, meaning, within)], expected, "{raw}");
        }
    }

    #[test]
    fn falls_back_to_the_whole_string() {
        assert_eq!(span_in_file("'abc'", 10, "other", 1..2), 10..15);
        assert_eq!(span_in_file("", 10, "x", 0..1), 10..10);
    }
}
