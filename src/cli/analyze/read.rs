//! Lines of files and folders, compressed or not, one at a time.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;

use crate::cli::files::{self, MARK};

const ENDINGS: [&str; 4] = [".ndjson", ".jsonl", ".log", ".gz"];
/// The longest line that is held; the log has none that comes near it.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// A function that takes a line, and tells its place if it is asked.
type Take<'t> = dyn FnMut(&[u8], &dyn Fn() -> String) -> anyhow::Result<()> + 't;

/// Gives every line of every log. A line that is too long is given without its end, so that it is counted as unreadable.
pub(super) fn each_line(
    logs: &[PathBuf],
    mut take: impl FnMut(&[u8], &dyn Fn() -> String) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for log in logs {
        if log.as_os_str() == "-" {
            lines("-", &mut std::io::stdin().lock(), &mut take)?;
            continue;
        }
        for file in files_of(log)? {
            let name = file.to_string_lossy();
            let bytes = BufReader::with_capacity(1 << 16, fs_err::File::open(&file)?);
            let read = if name.ends_with(".gz") {
                lines(&name, &mut BufReader::with_capacity(1 << 16, MultiGzDecoder::new(bytes)), &mut take)
            } else {
                lines(&name, &mut { bytes }, &mut take)
            };
            read.with_context(|| format!("{name} cannot be read to its end; get it again from where it was written"))?;
        }
    }
    Ok(())
}

/// A file, or the logs of a folder by name.
fn files_of(log: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !log.is_dir() {
        anyhow::ensure!(log.is_file(), "{}: there is no such log; name a file or a folder of lines", log.display());
        return Ok(vec![log.to_owned()]);
    }
    let is_log =
        |path: &PathBuf| path.is_file() && ENDINGS.iter().any(|ending| path.to_string_lossy().ends_with(ending));
    let found: Vec<PathBuf> = files::entries(log)?.into_iter().filter(is_log).collect();
    let endings = ENDINGS.join(", ");
    anyhow::ensure!(!found.is_empty(), "{}: the folder has no file that ends in {endings}", log.display());
    Ok(found)
}

fn lines(name: &str, input: &mut impl BufRead, take: &mut Take<'_>) -> anyhow::Result<()> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let is_whole = line.ends_with(b"\n") || (read as u64) < LINE_BYTES_MAX;
        let text = line.strip_prefix(MARK.as_bytes()).filter(|_| number == 1).unwrap_or(&line);
        take(text, &|| format!("{name}:{number}"))?;
        if !is_whole {
            input.skip_until(b'\n')?;
        }
    }
    Ok(())
}
