//! The lines of a log, one after the other.
//!
//! Memory is that of the longest line. The end of a file is never taken for the end of a line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use fs_err::File;

use crate::cli::files::MARK;

/// The longest line that is read: a thousand times the longest that is written. What is longer is no log.
const LINE_BYTES_MAX: u64 = 64 << 20;
const BUFFER_BYTES: usize = 256 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Line<'l> {
    /// Which, from 0.
    pub(in crate::cli) number: u64,
    /// Where it begins in the file.
    pub(in crate::cli) start: u64,
    /// Its bytes, without the newline.
    pub(in crate::cli) bytes: &'l [u8],
    /// Whether there is a newline behind it.
    pub(in crate::cli) is_ended: bool,
}

/// Reads every line of a log, and gives its length.
pub(super) fn lines(path: &Path, mut read: impl FnMut(&Line<'_>) -> anyhow::Result<()>) -> anyhow::Result<u64> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let (mut line, mut start) = (Vec::new(), 0);
    for number in 0.. {
        line.clear();
        let length = (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            break;
        }
        let is_ended = line.last() == Some(&b'\n');
        anyhow::ensure!(
            is_ended || length < LINE_BYTES_MAX,
            "{}:{}: the line is longer than {} MB, which no log has; is it a log, with one record to a line?",
            path.display(),
            number + 1,
            LINE_BYTES_MAX >> 20
        );
        read(&Line { number, start, bytes: line.strip_suffix(b"\n").unwrap_or(&line), is_ended })?;
        start += length;
    }
    Ok(start)
}

impl Line<'_> {
    /// The text of the line, without a carriage return that another system put at its end.
    pub(in crate::cli) fn text(&self) -> &[u8] {
        let text = self.bytes.strip_prefix(MARK.as_bytes()).filter(|_| self.number == 0).unwrap_or(self.bytes);
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// With the newline behind it, if there is one.
    pub(in crate::cli) fn end(&self) -> &'static [u8] {
        if self.is_ended { b"\n" } else { b"" }
    }
}
