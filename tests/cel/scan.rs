//! The literals and names of a CEL expression, found again without the product's own lexer.
//!
//! Takes text that is known to be CEL, gives literals with their values and paths of names, each with its byte range. It is no
//! parser: what it does not know it leaves out, and the text stays as it was.

use std::ops::Range;

/// Something in an expression that can be lifted out of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Bool(bool),
    /// With the sign in front of it, where that cannot be a subtraction.
    Int(i64),
    Double(f64),
    Text(String),
    /// A list of texts only, as a whole. Its items follow as pieces of their own.
    List(Vec<String>),
    /// `timestamp("…")` as a whole, with its text. The text follows as a piece of its own.
    Timestamp(String),
    /// A dotted path of names that is not called.
    Path(String),
    /// Anything else: an operator, a bracket, bytes, an unsigned number.
    Other,
}

/// Every piece, in order.
pub(crate) fn scan(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let piece = string(text, at)
            .or_else(|| number(text, at, pieces.last()))
            .or_else(|| path(text, at))
            .unwrap_or_else(|| Piece { span: at..at + c.len_utf8(), kind: Kind::Other });
        at = piece.span.end;
        pieces.push(piece);
    }
    whole(text, pieces)
}

/// Adds what stands for several pieces: lists of texts, timestamps.
fn whole(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut all = Vec::new();
    let is = |position: usize, symbol: &str| pieces.get(position).is_some_and(|it| &text[it.span.clone()] == symbol);
    for (position, piece) in pieces.iter().enumerate() {
        let begins_operand = position == 0
            || matches!(pieces[position - 1].kind, Kind::Other) && !is(position - 1, ")") && !is(position - 1, "]")
            || is(position - 1, "in");
        if is(position, "[") && begins_operand {
            let (mut items, mut next) = (Vec::new(), position + 1);
            while let Some(Piece { kind: Kind::Text(item), .. }) = pieces.get(next) {
                items.push(item.clone());
                next += 1;
                if !is(next, ",") {
                    break;
                }
                next += 1;
            }
            if is(next, "]") && (!items.is_empty() || next == position + 1) {
                all.push(Piece { span: piece.span.start..pieces[next].span.end, kind: Kind::List(items) });
            }
        }
        if let (true, true, true) = (is(position, "timestamp"), is(position + 1, "("), is(position + 3, ")"))
            && let Kind::Text(moment) = &pieces[position + 2].kind
        {
            let span = piece.span.start..pieces[position + 3].span.end;
            all.push(Piece { span, kind: Kind::Timestamp(moment.clone()) });
        }
        all.push(piece.clone());
    }
    all
}

fn path(text: &str, at: usize) -> Option<Piece> {
    let bytes = text.as_bytes();
    let name = |from: usize| {
        let start = bytes.get(from).is_some_and(|c| c.is_ascii_alphabetic() || *c == b'_');
        let length = bytes[from..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count();
        start.then_some(from + length)
    };
    // What follows a dot belongs to something else.
    let after_dot = text[..at].trim_end().ends_with('.');
    let mut end = name(at)?;
    while bytes.get(end) == Some(&b'.')
        && let Some(next) = name(end + 1)
        && !text[next..].trim_start().starts_with('(')
    {
        end = next;
    }
    let written = &text[at..end];
    let is_called = text[end..].trim_start().starts_with(['(', '{']);
    let kind = match written {
        "true" | "false" if !after_dot => Kind::Bool(written == "true"),
        "in" | "null" => Kind::Other,
        _ if after_dot || is_called => Kind::Other,
        _ => Kind::Path(written.to_owned()),
    };
    Some(Piece { span: at..end, kind })
}

fn number(text: &str, at: usize, before: Option<&Piece>) -> Option<Piece> {
    let bytes = text.as_bytes();
    // After an operand, a minus subtracts.
    let is_sign = before.is_none_or(|it| {
        let written = &text[it.span.clone()];
        written == "in" || !written.ends_with(|c: char| c.is_alphanumeric() || "_)]}\"'".contains(c))
    });
    let signed = bytes[at] == b'-' && is_sign;
    let from = at + usize::from(signed);
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let begins = digit(from) || bytes.get(from) == Some(&b'.') && digit(from + 1);
    if !begins {
        return None;
    }
    let mut end = from;
    let mut exponent = false;
    while let Some(c) = bytes.get(end) {
        let hexadecimal = bytes[from..].starts_with(b"0x");
        exponent |= !hexadecimal && matches!(c, b'e' | b'E');
        let sign_of_exponent =
            matches!(c, b'+' | b'-') && !hexadecimal && matches!(bytes[end - 1], b'e' | b'E') && end > from;
        let point = *c == b'.' && digit(end + 1);
        if !(c.is_ascii_alphanumeric() || sign_of_exponent || point) {
            break;
        }
        end += 1;
    }
    let written = &text[from..end];
    let sign = if signed { "-" } else { "" };
    let kind = if let Some(digits) = written.strip_prefix("0x") {
        i64::from_str_radix(&format!("{sign}{digits}"), 16).map_or(Kind::Other, Kind::Int)
    } else if written.contains('.') || exponent {
        format!("{sign}{written}").parse().map_or(Kind::Other, Kind::Double)
    } else {
        format!("{sign}{written}").parse().map_or(Kind::Other, Kind::Int)
    };
    Some(Piece { span: at..end, kind })
}

fn string(text: &str, at: usize) -> Option<Piece> {
    let rest = &text[at..];
    let prefix = rest.bytes().take_while(|c| matches!(c, b'r' | b'R' | b'b' | b'B')).count();
    let quoted = rest.get(prefix..)?;
    let mark = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|mark| prefix <= 2 && quoted.starts_with(mark))?;
    let raw = rest[..prefix].contains(['r', 'R']);
    let body_start = at + prefix + mark.len();
    let mut end = body_start;
    loop {
        let left = &text[end..];
        if left.starts_with(mark) {
            break;
        }
        let c = left.chars().next()?;
        end += c.len_utf8();
        if c == '\\' && !raw {
            end += text[end..].chars().next()?.len_utf8();
        }
    }
    let body = &text[body_start..end];
    let span = at..end + mark.len();
    if rest[..prefix].contains(['b', 'B']) {
        return Some(Piece { span, kind: Kind::Other });
    }
    let value = if raw { Some(body.to_owned()) } else { unescaped(body) };
    Some(Piece { span, kind: value.map_or(Kind::Other, Kind::Text) })
}

/// The value of a text, by the escapes of CEL's language definition.
fn unescaped(body: &str) -> Option<String> {
    let (mut value, mut left) = (String::new(), body);
    while let Some(c) = left.chars().next() {
        left = &left[c.len_utf8()..];
        if c != '\\' {
            value.push(c);
            continue;
        }
        let escape = left.chars().next()?;
        left = &left[escape.len_utf8()..];
        let mut code = |first: &str, digits: usize, radix: u32| {
            let written = format!("{first}{}", left.get(..digits)?);
            left = &left[digits..];
            char::from_u32(u32::from_str_radix(&written, radix).ok()?)
        };
        value.push(match escape {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '?' | '"' | '\'' | '`' => escape,
            'x' | 'X' => code("", 2, 16)?,
            'u' => code("", 4, 16)?,
            'U' => code("", 8, 16)?,
            '0'..='3' => code(&escape.to_string(), 2, 8)?,
            _ => return None,
        });
    }
    Some(value)
}
