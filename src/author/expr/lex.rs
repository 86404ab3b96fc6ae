//! The words of a row.
//!
//! Takes text, gives words with exact byte ranges, ending in one `End`. A certain slip (`=`, `&`, typographic quotes) is
//! reported and read as what the author meant, so that the rest of the row is still checked. It knows no grammar.

use std::ops::Range;

use super::budget::FINDINGS_MAX;
use super::finding::{Finding, REFUSED, SYNTAX, error};
use super::text::{self, quote};
use crate::author::names::in_latin;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Digits, or `0x` and digits.
    Int,
    /// The same with `u`.
    Uint,
    Double,
    Text(String),
    Bytes(String),
    /// An identifier or a keyword.
    Name,
    /// A name in backticks, only after a dot.
    Quoted(String),
    Symbol(&'static str),
    End,
}

/// Names that are never selectors.
pub(super) const KEYWORDS: &[&str] = &["false", "in", "null", "true"];

/// True for a name that CEL keeps for host languages. No row may start a path with one.
pub(super) fn is_reserved(name: &str) -> bool {
    const RESERVED: &str =
        "as break const continue else for function if import let loop namespace package return var void while";
    RESERVED.split(' ').any(|reserved| reserved == name)
}

/// Longest first. `=>` is not CEL. The grammar reports its meaning.
const SYMBOLS: &[&str] = &[
    "&&", "||", "==", "=>", "!=", "<=", ">=", "<", ">", "!", "?", ":", "(", ")", "[", "]", "{", "}", ",", ".", "-",
    "+", "*", "/", "%",
];

/// Mistakes that people write, and their meaning. Longest first; none of these can start anything valid.
const SLIPS: &[(&str, &str)] = &[
    ("===", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("=<", "<="),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("−", "-"),
    ("–", "-"),
];

/// The same for single characters that may start something valid: tried after [`SYMBOLS`].
const SHORT_SLIPS: &[(&str, &str)] = &[("=", "=="), ("&", "&&"), ("|", "||")];

/// The words of a row, or `None` where nothing sensible can be read after a finding.
pub(super) fn lex(row: &str, findings: &mut Vec<Finding>) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(c) = row[at..].chars().next() {
        if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
            at += 1;
            continue;
        }
        if row[at..].starts_with("//") {
            at += row[at..].find('\n').unwrap_or(row.len() - at);
            continue;
        }
        if c == ';' && row[at + 1..].trim().is_empty() {
            let finding = error(SYNTAX, &(at..at + 1), "a row ends without a semicolon");
            findings.push(finding.help("remove it").mended(""));
            at += 1;
            continue;
        }
        let (token, end) = word(row, at, c, findings)?;
        if findings.len() > FINDINGS_MAX {
            return None;
        }
        words.push(Word { token, span: at..end });
        at = end;
    }
    words.push(Word { token: Token::End, span: row.len()..row.len() });
    Some(words)
}

/// True if it is an identifier, reserved or not.
pub(super) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) && name.chars().all(continues)
}

fn continues(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

fn word(row: &str, at: usize, c: char, findings: &mut Vec<Finding>) -> Option<(Token, usize)> {
    let rest = &row[at..];
    if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return Some(number(row, at, findings));
    }
    if matches!(c, '"' | '\'') {
        return text::literal(row, at, false, findings).map(|(value, end)| (Token::Text(value), end));
    }
    if continues(c) {
        return name(row, at, findings);
    }
    if c == '`' {
        return backticks(row, at, findings);
    }
    if text::is_typographic(c) {
        return text::typographic(row, at, findings).map(|(value, end)| (Token::Text(value), end));
    }
    if rest.starts_with("=~") || rest.starts_with("~=") {
        let finding = error(REFUSED, &(at..at + 2), "this profile of CEL has no regular expressions");
        findings.push(finding.help("use startsWith, endsWith, contains or glob"));
        return None;
    }
    if c.is_alphabetic() {
        return Some(foreign_name(row, at, findings));
    }
    if let Some(joined) = split(rest) {
        let span = at..at + rest.find('=').unwrap_or(0) + 1;
        let finding = error(SYNTAX, &span, format!("`{joined}` stands without a space"));
        findings.push(finding.help(format!("write `{joined}`")).mended(joined));
        return Some((Token::Symbol(joined), span.end));
    }
    let slip = SLIPS.iter().find(|(slip, _)| rest.starts_with(slip));
    let symbol = || SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)).copied();
    if let (None, Some(symbol)) = (slip, symbol()) {
        return Some((Token::Symbol(symbol), at + symbol.len()));
    }
    let Some((slip, meant)) = slip.or_else(|| SHORT_SLIPS.iter().find(|(slip, _)| rest.starts_with(slip))) else {
        findings.push(stray(at, c));
        return None;
    };
    let span = at..at + slip.len();
    let finding = error(SYNTAX, &span, format!("`{slip}` is not an operator"));
    findings.push(finding.help(format!("write `{meant}`")).mended(*meant));
    Some((Token::Symbol(meant), span.end))
}

/// `> =`, `! =` and their kin, where a space came between.
fn split(rest: &str) -> Option<&'static str> {
    let joined = ["<=", ">=", "!=", "=="].into_iter().find(|joined| rest.starts_with(&joined[..1]))?;
    let after = rest[1..].trim_start_matches([' ', '\t']);
    let apart = after.len() + 1 < rest.len();
    (apart && after.starts_with('=') && !after.starts_with("==")).then_some(joined)
}

/// An identifier, or a text with a prefix.
fn name(row: &str, at: usize, findings: &mut Vec<Finding>) -> Option<(Token, usize)> {
    let end = at + row[at..].find(|c| !continues(c)).unwrap_or(row.len() - at);
    if row[end..].starts_with(char::is_alphabetic) {
        return Some(foreign_name(row, at, findings));
    }
    let prefix = row[at..end].to_ascii_lowercase();
    if matches!(prefix.as_str(), "r" | "b" | "br") && row[end..].starts_with(['"', '\'']) {
        let (value, end) = text::literal(row, end, prefix.ends_with('r'), findings)?;
        return Some((if prefix.starts_with('b') { Token::Bytes(value) } else { Token::Text(value) }, end));
    }
    Some((Token::Name, end))
}

fn backticks(row: &str, at: usize, findings: &mut Vec<Finding>) -> Option<(Token, usize)> {
    let inside = |c: char| continues(c) || matches!(c, '.' | '-' | '/' | ' ');
    let end = at + 1 + row[at + 1..].find(|c| !inside(c)).unwrap_or(row.len() - at - 1);
    if end > at + 1 && row[end..].starts_with('`') {
        return Some((Token::Quoted(row[at + 1..end].to_owned()), end + 1));
    }
    let finding = error(SYNTAX, &(at..at + 1), "these backticks hold no name")
        .why("backticks hold a name of letters, digits and _ . - / after a dot");
    findings.push(finding.help("for a text write straight quotes, as in \"text\""));
    None
}

/// A number. CEL signs none of its literals here: the parser does.
fn number(row: &str, at: usize, findings: &mut Vec<Finding>) -> (Token, usize) {
    let bytes = row.as_bytes();
    let run = |from: usize, accept: fn(&u8) -> bool| {
        from + bytes[from..].iter().position(|byte| !accept(byte)).unwrap_or(bytes.len() - from)
    };
    let hexadecimal = row[at..].starts_with("0x");
    let mut token = Token::Int;
    let mut end = if hexadecimal { run(at + 2, u8::is_ascii_hexdigit) } else { run(at, u8::is_ascii_digit) };
    if !hexadecimal {
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            token = Token::Double;
            end = run(end + 1, u8::is_ascii_digit);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let digits = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(digits).is_some_and(u8::is_ascii_digit) {
                token = Token::Double;
                end = run(digits, u8::is_ascii_digit);
            }
        }
    }
    if token == Token::Int && matches!(bytes.get(end), Some(b'u' | b'U')) {
        token = Token::Uint;
        end += 1;
    }
    let whole = run(end, |byte| continues(char::from(*byte)));
    if whole > end || hexadecimal && end <= at + 2 {
        findings.push(odd_number(&row[at..whole], at..whole));
    }
    (token, whole)
}

fn odd_number(written: &str, span: Range<usize>) -> Finding {
    let joined = written.replace('_', "");
    let finding = error(SYNTAX, &span, format!("`{written}` is not a number"));
    if written.contains('_') && joined.bytes().all(|byte| byte.is_ascii_digit()) {
        return finding.help("write the digits without separators").mended(joined);
    }
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let length = match written.split_at(digits) {
        (count, "d" | "day" | "days") => {
            count.parse::<u32>().ok().and_then(|days| days.checked_mul(24)).map(|hours| format!("{hours}h"))
        }
        (_, "h" | "m" | "s" | "ms") => Some(written.to_owned()),
        _ => None,
    };
    if let Some(length) = length {
        return finding.help(format!("numbers have no units; a length of time is `duration({})`", quote(&length)));
    }
    finding.help("numbers have no units; put a text in quotes")
}

/// A word in letters that no name has: most likely a text without its quotes.
fn foreign_name(row: &str, at: usize, findings: &mut Vec<Finding>) -> (Token, usize) {
    let end = at + row[at..].find(|next: char| next != '_' && !next.is_alphanumeric()).unwrap_or(row.len() - at);
    let word = &row[at..end];
    if let Some((latin, odd)) = in_latin(word) {
        let what = format!("`{word}` has a letter of another alphabet: `{odd}` (U+{:04X})", u32::from(odd));
        let finding = error(SYNTAX, &(at..end), what).why("it looks like a Latin letter, but is another one");
        findings.push(finding.help(format!("write `{latin}` with Latin letters")).mended(latin.clone()));
        let is_part = row[..at].trim_end().ends_with('.');
        return (if is_part { Token::Quoted(latin) } else { Token::Name }, end);
    }
    let finding = error(SYNTAX, &(at..end), format!("`{word}` is not a name"))
        .help("names have the letters a to z, digits and `_`; put a text in quotes");
    findings.push(finding.mended(quote(word)));
    (Token::Text(word.into()), end)
}

fn stray(at: usize, c: char) -> Finding {
    let span = at..at + c.len_utf8();
    if c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') {
        if !c.is_whitespace() {
            let finding = error(SYNTAX, &span, format!("there is an invisible character (U+{:04X})", u32::from(c)));
            return finding.help("remove it; it often comes with text that was copied from a page").mended("");
        }
        let what = format!("there is an unusual space (U+{:04X})", u32::from(c));
        let help = "write a plain space; it often comes with text that was copied from a page";
        return error(SYNTAX, &span, what).help(help).mended(" ");
    }
    let finding = error(SYNTAX, &span, format!("`{}` means nothing here", c.escape_debug()));
    let help = match c {
        '#' => "a comment in a row starts with `//`; a comment of the file is better",
        ';' => "write one condition in each row, or join them with `&&` or `||`",
        '~' => "there are no regular expressions; use startsWith, endsWith, contains or glob",
        '^' => "`(one) != (other)` is true if exactly one of two conditions is",
        '$' | '@' => "write the name of the attribute as it is declared, as in request.country",
        _ => return finding,
    };
    finding.help(help)
}
