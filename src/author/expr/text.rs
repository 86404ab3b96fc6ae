//! Quoted texts.
//!
//! Takes the row and where a quote opens, gives the text with its escapes read and where it ends. It reads what CEL reads:
//! one or three quotes of either kind, raw or with escapes.

use std::fmt::Write as _;

use super::finding::{Finding, SYNTAX};

/// A text as a CEL literal in double quotes.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Reads the literal that opens at `open`: its value, and the byte after it. `None` if it never closes.
pub(super) fn literal(row: &str, open: usize, raw: bool, findings: &mut Vec<Finding>) -> Option<(String, usize)> {
    let delimiter = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| row[open..].starts_with(quote))?;
    let mut value = String::new();
    let mut at = open + delimiter.len();
    while let Some(c) = row[at..].chars().next() {
        if row[at..].starts_with(delimiter) {
            return Some((value, at + delimiter.len()));
        }
        if delimiter.len() == 1 && matches!(c, '\n' | '\r') {
            break;
        }
        if c == '\\' && !raw {
            at += escape(row, at, &mut value, findings);
        } else {
            value.push(c);
            at += c.len_utf8();
        }
    }
    let help = match delimiter.len() {
        1 => format!("write {delimiter} where the text ends, on the same line"),
        _ => format!("write {delimiter} where the text ends"),
    };
    findings.push(Finding::error(SYNTAX, &(open..open + delimiter.len()), "this text is never closed").help(help));
    None
}

/// Reads a text between typographic quotes, which CEL does not know, and says so.
pub(super) fn typographic(row: &str, open: usize, findings: &mut Vec<Finding>) -> Option<(String, usize)> {
    let opener = row[open..].chars().next()?;
    let closers: &[char] = if is_single(opener) {
        &['‘', '’', '‚', '‛', '\'']
    } else {
        &['“', '”', '„', '‟', '«', '»', '"']
    };
    let start = open + opener.len_utf8();
    let Some((length, closer)) = row[start..].char_indices().find(|(_, c)| closers.contains(c)) else {
        findings.push(
            Finding::error(
                SYNTAX,
                &(open..start),
                format!("`{opener}` is a typographic quote, and the text is never closed"),
            )
            .help("write straight quotes, as in \"text\""),
        );
        return None;
    };
    let value = row[start..start + length].to_owned();
    let end = start + length + closer.len_utf8();
    findings.push(
        Finding::error(SYNTAX, &(open..end), format!("`{opener}` is a typographic quote"))
            .help("write straight quotes; some editors and chat programs replace them")
            .mended(quote(&value)),
    );
    Some((value, end))
}

/// Whether a character is a typographic quote.
pub(super) fn is_typographic(c: char) -> bool {
    is_single(c) || matches!(c, '“' | '”' | '„' | '‟' | '«' | '»')
}

fn is_single(c: char) -> bool {
    matches!(c, '‘' | '’' | '‚' | '‛')
}

/// Reads the escape that starts at `at` and gives its length in bytes.
fn escape(row: &str, at: usize, value: &mut String, findings: &mut Vec<Finding>) -> usize {
    let rest = &row[at + 1..];
    let Some(letter) = rest.chars().next() else { return 1 };
    let plain = match letter {
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        '\\' | '?' | '"' | '\'' | '`' => Some(letter),
        _ => None,
    };
    if let Some(c) = plain {
        value.push(c);
        return 2;
    }
    let (skip, digits, radix) = match letter {
        'x' | 'X' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        '0'..='3' => (0, 3, 8),
        _ => {
            let length = 1 + letter.len_utf8();
            findings.push(
                Finding::error(SYNTAX, &(at..at + length), format!("`\\{}` is not an escape", letter.escape_debug()))
                    .help("for a backslash write two, or write a raw text, as in r\"…\"")
                    .mended(format!("\\\\{letter}")),
            );
            return length;
        }
    };
    let code = rest.get(skip..skip + digits).filter(|code| code.chars().all(|c| c.is_digit(radix)));
    let Some(code) = code else {
        let length = 1 + letter.len_utf8();
        let kind = if radix == 8 { "octal" } else { "hexadecimal" };
        findings.push(
            Finding::error(SYNTAX, &(at..at + length), format!("`\\{letter}` is cut short"))
                .help(format!("it needs {digits} {kind} digits{}", if radix == 8 { " in all" } else { "" })),
        );
        return length;
    };
    let length = 1 + skip + digits;
    match u32::from_str_radix(code, radix).ok().and_then(char::from_u32) {
        Some(c) => value.push(c),
        None => findings.push(
            Finding::error(SYNTAX, &(at..at + length), format!("`\\{letter}{code}` is not a Unicode character"))
                .help("surrogates and numbers above 10FFFF are not characters"),
        ),
    }
    length
}
