//! Cookie headers and percent-encoded parameters.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::consent::CONTRADICTORY;

/// A cookie to set: first party, `Path=/`, `SameSite=Lax`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its value, safe in a header as it is.
    pub value: String,
    /// How long it is kept; 0 removes it.
    pub max_age_seconds: u32,
}

impl SetCookie {
    pub(super) fn removal(name: &'static str) -> Self {
        Self { name: name.into(), value: String::new(), max_age_seconds: 0 }
    }

    /// The value of a `Set-Cookie` header; `secure` on https.
    pub fn header(&self, secure: bool) -> String {
        let Self { name, value, max_age_seconds } = self;
        let secure = if secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; SameSite=Lax{secure}")
    }
}

/// The value of the first cookie with this name in a `Cookie` header.
pub(super) fn value<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let mut found = None;
    for (value, is_behind_comma) in values(header, name) {
        if !is_behind_comma {
            return Some(value);
        }
        // A comma may be part of a value that another system wrote, so a cookie behind a comma counts last.
        found = found.or(Some(value));
    }
    found
}

/// The value of a cookie that carries consent. Such a cookie may be there twice with different values, as when one was set
/// for the host and one for its domain. No value beats the other, so the cookie cannot be read. That denies what it could
/// have granted.
pub(super) fn consent(header: &str, name: &str) -> Option<String> {
    let mut values = values(header, name).map(|(value, _)| value);
    let first = values.next()?;
    Some(if values.all(|value| value == first) { first } else { CONTRADICTORY }.into())
}

/// The values of the cookies with this name, and whether each stands behind a comma.
///
/// Several lines of a header arrive as one text, joined by `; ` or, as the Fetch standard joins them, by `, `. A cookie begins behind
/// a comma only where a name and `=` follow: the commas in `prefs={a:1, b:2}` are part of its value.
fn values<'h>(header: &'h str, name: &str) -> impl Iterator<Item = (&'h str, bool)> {
    let mut pairs = Pairs { rest: header, is_behind_comma: false };
    core::iter::from_fn(move || pairs.next(name))
}

struct Pairs<'h> {
    rest: &'h str,
    is_behind_comma: bool,
}

impl<'h> Pairs<'h> {
    #[inline(never)] // Two places call it.
    fn next(&mut self, name: &str) -> Option<(&'h str, bool)> {
        while !self.rest.is_empty() {
            let mut after = self.rest.as_bytes();
            while let Some((byte, behind)) = after.split_first() {
                if *byte == b';' || *byte == b',' && begins(behind) {
                    break;
                }
                after = behind;
            }
            let pair = self.rest.get(..self.rest.len() - after.len())?;
            let is_behind_comma = core::mem::replace(&mut self.is_behind_comma, after.first() == Some(&b','));
            self.rest = self.rest.get(pair.len() + 1..).unwrap_or_default();
            if let Some((key, value)) = pair.split_once('=')
                && key.trim() == name
            {
                return Some((value.trim(), is_behind_comma));
            }
        }
        None
    }
}

/// True if a space, a name and `=` stand here. Names are tokens of HTTP: they hold none of these signs.
fn begins(text: &[u8]) -> bool {
    let ends_name = |byte: &&u8| matches!(byte, 0..=b' ' | b'=' | b',' | b';' | b':' | b'"' | b'{' | 127..=255);
    text.strip_prefix(b" ").is_some_and(|text| text.iter().find(ends_name) == Some(&b'='))
}

/// The decoded value of the first parameter with this name in `a=1&b=2`.
pub(super) fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut pairs = parameters.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| decode(key) == name).map(|(_, value)| decode(value))
}

/// Undoes percent-encoding and `+`. Bytes that are not UTF-8 become U+FFFD; a `%` that introduces nothing stays.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (b'+', ..) => {
                decoded.push(b' ');
                at += 1;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_and_parameters() {
        assert_eq!(value("a=1; selvedge-id=abc; b", "selvedge-id"), Some("abc"));
        assert_eq!(value("xselvedge-id=abc", "selvedge-id"), None);
        assert_eq!(value("a=v=1&b=2", "a"), Some("v=1&b=2"));
        assert_eq!(consent("a=1; b=2; a=1", "a").as_deref(), Some("1"));
        assert_eq!(consent("a=1; b=2; a=3", "a").as_deref(), Some(CONTRADICTORY));
        assert_eq!(consent("a=; a=3", "a").as_deref(), Some(CONTRADICTORY));
        assert_eq!(consent("b=2", "a"), None);
        assert_eq!(value("", "a").or(value(";;", "a")).or(value("a", "a")), None);
        assert_eq!(parameter("a=1&gr%C3%B6%C3%9Fe=M+%2B%20L", "größe").as_deref(), Some("M + L"));
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%ff"), "%zz\u{fffd}");
    }

    #[test]
    fn several_lines_of_a_header_are_read_however_they_were_joined() {
        for header in ["a=1; ours=x; b=2", "a=1, ours=x, b=2", "a=1, ours=x; b=2", "ours=x, b=2", "a=1;ours=x,  "] {
            let expected = if header.ends_with("  ") { "x," } else { "x" };
            assert_eq!(value(header, "ours"), Some(expected), "{header}");
            assert_eq!(consent(header, "ours").as_deref(), Some(expected), "{header}");
        }
        assert_eq!(consent("ours=x, ours=y", "ours").as_deref(), Some(CONTRADICTORY));
        assert_eq!(consent("ours=x, ours=x", "ours").as_deref(), Some("x"));
    }

    #[test]
    fn commas_of_others_hide_nothing_and_replace_nothing() {
        for others in [
            "prefs={a:1, b:2}",
            "d=Mon, 30 Nov 2026",
            "q=a,ours=y",
            "q=, ",
            "c=\u{fffd}, \u{fffd}=1",
            ",",
            "M\u{fc}nster, ",
        ] {
            for header in [format!("{others}; ours=x"), format!("ours=x; {others}"), format!("{others}, ours=x")] {
                assert_eq!(value(&header, "ours"), Some("x"), "{header}");
                assert_eq!(consent(&header, "ours").as_deref(), Some("x"), "{header}");
            }
        }
        // Text in another cookie never replaces our cookie. As consent, two different values contradict each other.
        let forged = "q=x, ours=theirs; ours=mine";
        assert_eq!(value(forged, "ours"), Some("mine"));
        assert_eq!(consent(forged, "ours").as_deref(), Some(CONTRADICTORY));
        // A platform's own commas stay in its value.
        assert_eq!(value("CookieConsent={a:true, b:false}; c=1", "CookieConsent"), Some("{a:true, b:false}"));
    }
}
