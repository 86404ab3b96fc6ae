//! The two files that every line goes to one of: what is clean, as it came, and what is not, with its rule.
//!
//! Nothing is lost: the clean lines, and the `raw` (or `base64`) of the others, are the input again, byte for byte.

use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use crate::cli::files::Replacement;
use crate::words::base64::{STANDARD, base64};

/// A file under construction.
pub(super) struct Output(Replacement);

impl Output {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        Replacement::of(path).map(Self)
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.0.place()
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Adds a line that broke a rule, its newline included.
    pub(super) fn quarantine(&mut self, about: &About<'_>, line: &[u8]) -> std::io::Result<()> {
        match std::str::from_utf8(line) {
            Ok(text) => self.write(format!("{}\"raw\":{}}}\n", about.head(), json!(text)).as_bytes()),
            Err(_) => {
                let mut pieces = self.pieces(about)?;
                pieces.push(line)?;
                pieces.finish()
            }
        }
    }

    /// Begins a line that is too long to be held, or no text: it follows in pieces.
    pub(super) fn pieces(&mut self, about: &About<'_>) -> std::io::Result<Pieces<'_>> {
        self.write(format!("{}\"base64\":\"", about.head()).as_bytes())?;
        Ok(Pieces { output: self, carried: Vec::new() })
    }
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

/// A line in pieces, in Base64 (RFC 4648, with padding).
pub(super) struct Pieces<'o> {
    output: &'o mut Output,
    /// What does not fill a group of three bytes yet.
    carried: Vec<u8>,
}

impl Pieces<'_> {
    pub(super) fn push(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.carried.extend(bytes);
        let whole = self.carried.len() / 3 * 3;
        let text = base64(self.carried.get(..whole).unwrap_or_default(), STANDARD);
        self.carried.drain(..whole);
        self.output.write(text.as_bytes())
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        let rest = base64(&self.carried, STANDARD);
        self.output.write(format!("{rest}\"}}\n").as_bytes())
    }
}
