//! The two files that every line goes to one of: what is clean, as it came, and what is not, with its rule.
//!
//! Takes lines, gives files that are there whole or not at all. Nothing is lost: the clean lines, and the `raw` (or `base64`) of the
//! others at their numbers, are the input again, byte for byte.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A file under construction: beside its place first, then under its name.
pub(super) struct Output {
    path: PathBuf,
    partial: PathBuf,
    /// `None` once it is finished.
    writer: Option<BufWriter<fs_err::File>>,
}

impl Output {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let partial = path.with_file_name(format!(".{name}.partial"));
        let writer = Some(BufWriter::new(fs_err::File::create(&partial)?));
        Ok(Self { path: path.to_owned(), partial, writer })
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        if let Some(writer) = self.writer.take() {
            let file = writer.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs_err::rename(&self.partial, &self.path)?;
        }
        Ok(())
    }

    /// Adds bytes as they are.
    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write_all(bytes))
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

impl Drop for Output {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

/// Which line it was, and what is wrong with it.
pub(super) struct About<'a> {
    pub(super) file: &'a str,
    pub(super) line: u64,
    pub(super) rule: &'static str,
    pub(super) event: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
}

impl About<'_> {
    fn head(&self) -> String {
        let of = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        format!(
            "{{\"file\":{},\"line\":{},\"rule\":\"{}\",\"event\":{},\"detail\":{},",
            json!(self.file),
            self.line,
            self.rule,
            of(self.event),
            of(self.detail)
        )
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
        let text = base64(self.carried.get(..whole).unwrap_or_default());
        self.carried.drain(..whole);
        self.output.write(text.as_bytes())
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        let rest = base64(&self.carried);
        self.output.write(format!("{rest}\"}}\n").as_bytes())
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let is_padding = digit > group.len();
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if is_padding { '=' } else { char::from(DIGITS[value as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_the_one_of_the_standard() {
        let vectors =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (bytes, expected) in vectors {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }
}
