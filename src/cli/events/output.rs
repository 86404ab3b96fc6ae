//! The two files that every line goes to one of: what is clean, as it came, and what is not, with its rule.
//!
//! Nothing is lost: the clean lines, and the `raw` (or `base64`) of the others, are the input again, byte for byte.

use std::io::Write as _;

use serde_json::json;

use crate::cli::files::Replacement;
use crate::words::base64::{STANDARD, base64};

/// Adds a line that broke a rule, its newline included.
pub(super) fn quarantine(file: &mut Replacement, about: &About<'_>, line: &[u8]) -> std::io::Result<()> {
    if let Ok(text) = std::str::from_utf8(line) {
        return file.write_all(format!("{}\"raw\":{}}}\n", about.head(), json!(text)).as_bytes());
    }
    let mut pieces = Pieces::of(file, about)?;
    pieces.push(line)?;
    pieces.finish()
}

/// Which line it was, and what is wrong with it.
#[derive(serde::Serialize)]
pub(super) struct About<'a> {
    pub(super) file: &'a str,
    pub(super) line: u64,
    pub(super) rule: &'static str,
    pub(super) event: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
}

impl About<'_> {
    /// As an object that goes on.
    fn head(&self) -> String {
        let mut object = json!(self).to_string();
        object.pop();
        object + ","
    }
}

/// A line in pieces, in Base64 (RFC 4648, with padding): it is too long to be held, or no text.
pub(super) struct Pieces<'f> {
    file: &'f mut Replacement,
    /// What does not fill a group of three bytes yet.
    carried: Vec<u8>,
}

impl<'f> Pieces<'f> {
    pub(super) fn of(file: &'f mut Replacement, about: &About<'_>) -> std::io::Result<Self> {
        file.write_all(format!("{}\"base64\":\"", about.head()).as_bytes())?;
        Ok(Self { file, carried: Vec::new() })
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.carried.extend(bytes);
        let whole = self.carried.len() / 3 * 3;
        let text = base64(self.carried.get(..whole).unwrap_or_default(), STANDARD);
        self.carried.drain(..whole);
        self.file.write_all(text.as_bytes())
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        let rest = base64(&self.carried, STANDARD);
        self.file.write_all(format!("{rest}\"}}\n").as_bytes())
    }
}
