//! Texts as TOML and as CEL write them.

use std::fmt::Write as _;

/// A basic string of TOML.
pub(crate) fn toml(text: &str) -> String {
    quoted(text)
}

/// A string of CEL.
pub(crate) fn cel(text: &str) -> String {
    quoted(text)
}

/// An array of TOML strings.
pub(crate) fn toml_list<T: AsRef<str>>(texts: &[T]) -> String {
    let items: Vec<String> = texts.iter().map(|text| toml(text.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// Both languages read these escapes alike.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\0'..='\u{1f}' | '\u{7f}' => _ = write!(quoted, "\\u{:04X}", character as u32),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
