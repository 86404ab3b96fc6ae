//! Characters that turn the direction of text, and are not seen themselves.
//!
//! Takes text or markup, and finds a change of direction that does not end where its line does. Such a change lets text after it look as
//! if it stood elsewhere: a reviewer reads one thing, and a browser or Selvedge another (CVE-2021-42574). A mark such as U+200F turns
//! nothing, and is fine.

use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::source::Source;

/// A fault of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A change of direction without an end.
    Open(char),
    /// An end without a change.
    Stray(char),
    /// An override: letters and digits are shown in another order than they are in.
    Override(char),
}

/// Reports the faults of a file of the site.
pub(crate) fn check(source: &Source<'_>) {
    for (fault, span) in faults(source.text, source.path.starts_with("content/")) {
        let found =
            Diagnostic::error(fault.code(), source.place(span), fault.what()).why(fault.why()).help(fault.help());
        source.report(if fault.is_error() { found } else { found.warning() });
    }
}

/// Every fault of a text, with its bytes. In content, character references and escapes of TOML count as their characters.
fn faults(text: &str, is_content: bool) -> Vec<(Fault, Range<usize>)> {
    let mut found = Vec::new();
    let mut open: Vec<(char, Range<usize>)> = Vec::new();
    let characters = characters(text, is_content).into_iter();
    for (sign, span) in characters.chain([('\n', text.len()..text.len())]) {
        match sign {
            '\n' | '\r' | '\u{85}' | '\u{2029}' => {
                found.extend(open.drain(..).map(|(sign, span)| (Fault::Open(sign), span)));
            }
            '\u{202a}' | '\u{202b}' | '\u{2066}'..='\u{2068}' => open.push((sign, span)),
            '\u{202d}' | '\u{202e}' => {
                found.push((Fault::Override(sign), span.clone()));
                open.push((sign, span));
            }
            '\u{202c}' | '\u{2069}' => {
                let is_isolate = |sign: char| ('\u{2066}'..='\u{2068}').contains(&sign);
                match open.last() {
                    Some((last, _)) if is_isolate(*last) == (sign == '\u{2069}') => drop(open.pop()),
                    _ => found.push((Fault::Stray(sign), span)),
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|(_, span)| span.start);
    found
}

/// Each character that may matter, with its bytes.
fn characters(text: &str, is_content: bool) -> Vec<(char, Range<usize>)> {
    let mut all: Vec<(char, Range<usize>)> = text
        .char_indices()
        .filter(|(_, sign)| !sign.is_ascii() || *sign == '\n' || *sign == '\r')
        .map(|(at, sign)| (sign, at..at + sign.len_utf8()))
        .collect();
    if is_content {
        all.extend(text.match_indices("&#").filter_map(|(at, _)| reference(text, at)));
        all.extend(text.match_indices('\\').filter_map(|(at, _)| escape(text, at)));
        all.sort_by_key(|(_, span)| span.start);
    }
    all
}

/// The character of a numeric reference such as `&#x202e;`.
fn reference(text: &str, at: usize) -> Option<(char, Range<usize>)> {
    let rest = text.get(at + 2..)?;
    let (digits, radix, skipped) = match rest.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 3),
        None => (rest, 10, 2),
    };
    let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let sign = char::from_u32(u32::from_str_radix(digits.get(..length)?, radix).ok()?)?;
    Some((sign, at..at + skipped + length))
}

/// The character of an escape such as `\u202e`.
fn escape(text: &str, at: usize) -> Option<(char, Range<usize>)> {
    let length = match text.as_bytes().get(at + 1)? {
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let end = at + 2 + length;
    let sign = char::from_u32(u32::from_str_radix(text.get(at + 2..end)?, 16).ok()?)?;
    Some((sign, at..end))
}

impl Fault {
    /// True if it is not the author's own business.
    pub(crate) fn is_error(self) -> bool {
        !matches!(self, Self::Override(_))
    }

    /// The code of its rule.
    pub(crate) fn code(self) -> &'static str {
        if self.is_error() { "SV4028" } else { "SV4029" }
    }

    pub(crate) fn what(self) -> String {
        match self {
            Self::Open(sign) => format!("the change of direction {} does not end on its line", name(sign)),
            Self::Stray(sign) => format!("{} ends no change of direction", name(sign)),
            Self::Override(sign) => format!("{} shows text in another order than it is in", name(sign)),
        }
    }

    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Override(_) => "what people see is not what programs, search and screen readers find",
            _ => "the character is not seen, and text behind it may look as if it stood elsewhere",
        }
    }

    pub(crate) fn help(self) -> String {
        match self {
            Self::Open(sign) => {
                let end = if ('\u{2066}'..='\u{2068}').contains(&sign) { "U+2069" } else { "U+202C" };
                format!("end it with {end}, or remove it; in markup, write <bdi> or dir=\"rtl\" instead")
            }
            Self::Stray(_) => "remove it".into(),
            Self::Override(_) => "write the text in its own order, and dir=\"rtl\" on its element".into(),
        }
    }
}

fn name(sign: char) -> String {
    let name = match sign {
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "pop directional formatting",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        _ => "pop directional isolate",
    };
    format!("U+{:04X} ({name})", u32::from(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, is_content: bool) -> String {
        let short = |(fault, span): (Fault, Range<usize>)| match fault {
            Fault::Open(_) => format!("open {}", span.start),
            Fault::Stray(_) => format!("stray {}", span.start),
            Fault::Override(_) => format!("override {}", span.start),
        };
        faults(text, is_content).into_iter().map(short).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_change_of_direction_ends_on_its_line() {
        let cases = [
            ("שלום", ""),
            ("a\u{200f}b\u{200e}", ""),
            ("a \u{2067}b\u{2069} c", ""),
            ("a \u{2067}b", "open 2"),
            ("a \u{2067}b\nc\u{2069}", "open 2, stray 8"),
            ("\u{202b}a\u{202c}", ""),
            ("\u{202b}a\u{2069}", "open 0, stray 4"),
            ("\u{2067}\u{202b}a\u{202c}\u{2069}", ""),
            ("\u{2067}\u{202b}a\u{2069}\u{202c}", "open 0, stray 7"),
            ("\u{202e}a\u{202c}", "override 0"),
            ("\u{202e}a", "override 0, open 0"),
            ("a\u{202c}", "stray 1"),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text, false), expected, "{text:?}");
        }
    }

    #[test]
    fn references_in_markup_count() {
        assert_eq!(found("<p>&#x202E;a&#8236;</p>", true), "override 3");
        assert_eq!(found("<p>&#x2067;a</p>", true), "open 3");
        assert_eq!(found("<p>&#X2067;a&#x2069</p>", true), "");
        assert_eq!(found("text = \"\\u2067a\"", true), "open 8");
        assert_eq!(found("&#x2067;a \\u2067", false), "");
        assert_eq!(found("&#; &#x; &#99999999999; &#xd800;", true), "");
    }
}
