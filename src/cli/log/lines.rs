//! The lines of a log, one after the other.
//!
//! Memory is that of the longest line. The end of a file is never taken for the end of a line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use fs_err::File;

/// The longest line that is read: a thousand times the longest that is written. What is longer is no log.
const LINE_BYTES_MAX: u64 = 64 << 20;
const BUFFER_BYTES: usize = 256 << 10;

pub(in crate::cli) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    number: u64,
    offset: u64,
}

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

impl Lines {
    pub(in crate::cli) fn open(path: &Path) -> anyhow::Result<Self> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
        Ok(Self { path: path.to_owned(), reader, line: Vec::new(), number: 0, offset: 0 })
    }

    /// The next line; `None` behind the last newline.
    pub(in crate::cli) fn read(&mut self) -> anyhow::Result<Option<Line<'_>>> {
        self.line.clear();
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        let is_ended = self.line.last() == Some(&b'\n');
        let (path, number, most) = (self.path.display(), self.number + 1, LINE_BYTES_MAX >> 20);
        anyhow::ensure!(
            is_ended || (read as u64) < LINE_BYTES_MAX,
            "{path}:{number}: the line is longer than {most} MB, which no log has; is it a log, with one record to a line?"
        );
        let (number, start) = (self.number, self.offset);
        self.number += 1;
        self.offset += read as u64;
        let bytes = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Ok(Some(Line { number, start, bytes, is_ended }))
    }

    pub(in crate::cli) fn offset(&self) -> u64 {
        self.offset
    }
}

impl Line<'_> {
    /// What stands on it, where another system ended the line with a carriage return too.
    pub(in crate::cli) fn text(&self) -> &[u8] {
        self.bytes.strip_suffix(b"\r").unwrap_or(self.bytes)
    }

    /// With the newline behind it, if there is one.
    pub(in crate::cli) fn end(&self) -> &'static [u8] {
        if self.is_ended { b"\n" } else { b"" }
    }
}
