//! JSON, piece by piece: one writer for every host, so that their answers are the same bytes.

use alloc::string::String;

use super::write_hex;

/// Appends `text` as a JSON string.
pub fn write_text(out: &mut String, text: &str) {
    out.push('"');
    // Bytes are looked at faster than characters, and few texts have anything to escape. U+2028 begins with E2.
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | b'<' | 0xe2 | 0..=0x1f)) {
        write_escaped(out, text);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

#[inline(never)]
fn write_escaped(out: &mut String, text: &str) {
    for piece in text.split_inclusive(needs_escape) {
        let mut before = piece.chars();
        match before.next_back().filter(|last| needs_escape(*last)) {
            Some(last) => {
                out.push_str(before.as_str());
                write_escape(out, last);
            }
            None => out.push_str(piece),
        }
    }
}

/// Appends a number in decimal, without the padding and signs of `core::fmt`.
pub fn write_number(out: &mut String, number: u32) {
    if number >= 10 {
        write_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

fn needs_escape(character: char) -> bool {
    // U+2028 and U+2029 are valid JSON, yet they end a line of JavaScript, and `<` could end a script element around it.
    matches!(character, '"' | '\\' | '<' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f')
}

fn write_escape(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        _ => {
            out.push_str("\\u");
            write_hex(out, &(character as u16).to_be_bytes());
        }
    }
}
