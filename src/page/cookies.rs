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
    #[must_use]
    pub fn header(&self, secure: bool) -> String {
        let Self { name, value, max_age_seconds } = self;
        let secure = if secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; SameSite=Lax{secure}")
    }
}

/// The value of the first cookie with this name in a `Cookie` header.
pub(super) fn value<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The value of a cookie that carries consent. One that is there twice with different values, as when one was set for the host and
/// one for its domain, has none that counts before the other: it cannot be read, which denies whatever it could have granted.
pub(super) fn consent(header: &str, name: &str) -> Option<String> {
    let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
    let first = values.next()?;
    Some(if values.all(|value| value == first) { first } else { CONTRADICTORY }.into())
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
        assert_eq!(parameter("a=1&gr%C3%B6%C3%9Fe=M+%2B%20L", "größe").as_deref(), Some("M + L"));
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%ff"), "%zz\u{fffd}");
    }
}
