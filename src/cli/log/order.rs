//! The order of the lines of a closed log: by chance, so that no line tells which one arrived beside it.
//!
//! Lines of one visitor stay together, in their order of arrival. An analysis needs the first of them. Lines that name nobody, and
//! audit records, stand anywhere. The secret of the order is kept nowhere.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Context as _;
use fs_err::File;
use sha2::{Digest as _, Sha256};

use super::lines::{Line, lines};
use super::row::Row;
use crate::cli::files::{MARK, Replacement};
use crate::cli::random;

/// A line: the place of its group, its number, and where its bytes are.
type Place = ([u8; 8], u64, u64, usize);

/// Puts the lines of a log that nobody writes to into their order.
pub(super) fn put_in_order(log: &Path) -> anyhow::Result<()> {
    let alone = std::fs::File::open(log).with_context(|| log.display().to_string())?;
    alone.try_lock().with_context(|| format!("{}: lines are being taken out of it", log.display()))?;
    let seed: [u8; 32] = random("the order of a log")?;
    let mut places: Vec<Place> = Vec::new();
    let read = lines(log, |line| {
        anyhow::ensure!(
            line.is_ended,
            "{}:{}: the log ends in the middle of a line: somebody is writing to it, or it was cut off; close it when it is \
             finished, or end the line with a newline if it is whole",
            log.display(),
            line.number + 1
        );
        // A mark of the encoding stands before the first line alone.
        let mark = if line.number == 0 && line.bytes.starts_with(MARK.as_bytes()) { MARK.len() } else { 0 };
        places.push((group(&seed, line), line.number, line.start + mark as u64, line.bytes.len() - mark));
        Ok(())
    })?;
    places.sort_unstable();
    let (mut from, mut to, mut bytes) = (File::open(log)?, Replacement::of(log)?, Vec::new());
    for (_, _, start, length) in places {
        bytes.resize(length, 0);
        from.seek(SeekFrom::Start(start))?;
        from.read_exact(&mut bytes)?;
        bytes.push(b'\n');
        to.write_all(&bytes)?;
    }
    anyhow::ensure!(
        std::fs::metadata(log).is_ok_and(|metadata| metadata.len() == read),
        "{}: somebody wrote to it meanwhile, so it was not closed; run this again on a log that is finished",
        log.display()
    );
    to.place_for_good()
}

/// Lines of one id have one place, any other line has its own.
fn group(seed: &[u8; 32], line: &Line<'_>) -> [u8; 8] {
    let row = Row::read(line.text()).unwrap_or_default();
    let hash = Sha256::new().chain_update(seed);
    let hash = match row.id {
        Some(id) => hash.chain_update(format!("{:?} {:?} {id}", row.key, row.unit)),
        None => hash.chain_update(line.number.to_be_bytes()),
    };
    let digest = hash.finalize();
    std::array::from_fn(|at| digest[at])
}
