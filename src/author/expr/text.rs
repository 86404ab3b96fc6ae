//! Quoted texts.
//!
//! Takes the row and where a quote opens, gives the text with its escapes read and where it ends. It reads what CEL reads:
//! one or three quotes of either kind, raw or with escapes.

use super::finding::{Finding, SYNTAX, error};
use crate::author::quoted::in_quotes;

/// A text as a CEL literal in double quotes.
pub(super) fn quote(text: &str) -> String {
    in_quotes(text, "\n\r\t")
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
    let line = if delimiter.len() == 1 { ", on the same line" } else { "" };
    let help = format!("write {delimiter} where the text ends{line}");
    findings.push(error(SYNTAX, &(open..open + delimiter.len()), "this text is never closed").help(help));
    None
}

/// Reads a text between typographic quotes, which CEL does not know, and says so.
pub(super) fn typographic(row: &str, open: usize, findings: &mut Vec<Finding>) -> Option<(String, usize)> {
    let opener = row[open..].chars().next()?;
    let closes =
        |c| if SINGLE.contains(opener) { c == '\'' || SINGLE.contains(c) } else { c == '"' || DOUBLE.contains(c) };
    let start = open + opener.len_utf8();
    let Some((length, closer)) = row[start..].char_indices().find(|(_, c)| closes(*c)) else {
        let what = format!("`{opener}` is a typographic quote, and the text is never closed");
        let help = "write straight quotes, as in \"text\"";
        findings.push(error(SYNTAX, &(open..start), what).help(help));
        return None;
    };
    let value = row[start..start + length].to_owned();
    let end = start + length + closer.len_utf8();
    let finding = error(SYNTAX, &(open..end), format!("`{opener}` is a typographic quote"))
        .help("write straight quotes; some editors and chat programs replace them");
    findings.push(finding.mended(quote(&value)));
    Some((value, end))
}

const SINGLE: &str = "‘’‚‛";
const DOUBLE: &str = "“”„‟«»";

/// True if a character is a typographic quote.
pub(super) fn is_typographic(c: char) -> bool {
    SINGLE.contains(c) || DOUBLE.contains(c)
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
    let error = |length: usize, what: String| error(SYNTAX, &(at..at + length), what);
    let short = 1 + letter.len_utf8();
    let (skip, digits, radix, kind) = match letter {
        'x' | 'X' => (1, 2, 16, "hexadecimal digits"),
        'u' => (1, 4, 16, "hexadecimal digits"),
        'U' => (1, 8, 16, "hexadecimal digits"),
        '0'..='3' => (0, 3, 8, "octal digits in all"),
        _ => {
            let finding = error(short, format!("`\\{}` is not an escape", letter.escape_debug()))
                .help("for a backslash write two, or write a raw text, as in r\"…\"");
            findings.push(finding.mended(format!("\\\\{letter}")));
            return short;
        }
    };
    let code = rest.get(skip..skip + digits).filter(|code| code.chars().all(|c| c.is_digit(radix)));
    let Some(code) = code else {
        let finding = error(short, format!("`\\{letter}` is cut short"));
        findings.push(finding.help(format!("it needs {digits} {kind}")));
        return short;
    };
    let length = 1 + skip + digits;
    match u32::from_str_radix(code, radix).ok().and_then(char::from_u32) {
        Some(c) => value.push(c),
        None => {
            let finding = error(length, format!("`\\{letter}{code}` is not a Unicode character"));
            findings.push(finding.help("surrogates and numbers above 10FFFF are not characters"));
        }
    }
    length
}
