//! Records in parts, each with all records of its units. What does not fit into memory waits in files that nobody else can read.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use fs_err::File;

use crate::cli::files::private_file;
use crate::cli::random;
use crate::report::analysis::{Record, Seen};
use crate::words::hex;

/// So many parts: of 100 million records, each has 77 MB.
const PARTS: usize = 64;
/// The bytes of a record: the unit, its kind, a position, a digest, a day or an arm, two numbers.
const WIDTH: usize = 16 + 1 + 2 + 8 + 4 + 8 + 8;

/// Records by part.
pub(super) struct Parts {
    bytes_max: u64,
    held: u64,
    parts: Vec<(Vec<u8>, Option<File>)>,
    folder: PathBuf,
}

impl Parts {
    /// At most so many bytes are held at once.
    pub(super) fn within(bytes_max: u64) -> anyhow::Result<Self> {
        let name = hex(&random::<8>("the name of a folder")?);
        let folder = std::env::temp_dir().join(format!("selvedge-analyze-{name}"));
        Ok(Self { bytes_max, held: 0, parts: (0..PARTS).map(|_| (Vec::new(), None)).collect(), folder })
    }

    pub(super) fn keep(&mut self, record: Record) -> anyhow::Result<()> {
        // A digest: its last bits are spread evenly.
        let part = (record.unit % PARTS as u128) as usize;
        if let Some((held, _)) = self.parts.get_mut(part) {
            write(held, &record);
            self.held += WIDTH as u64;
        }
        if self.held >= self.bytes_max { self.put_away() } else { Ok(()) }
    }

    fn put_away(&mut self) -> anyhow::Result<()> {
        fs_err::create_dir_all(&self.folder)?;
        for (number, (held, file)) in self.parts.iter_mut().enumerate() {
            let file = match file {
                Some(file) => file,
                None => file.insert(private_file(&self.folder.join(number.to_string()))?),
            };
            file.write_all(held)?;
            held.clear();
        }
        self.held = 0;
        Ok(())
    }

    /// Gives each part whole.
    pub(super) fn each(mut self, mut take: impl FnMut(&mut [Record]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        for number in 0..PARTS {
            let Some((mut bytes, file)) = self.parts.get_mut(number).map(std::mem::take) else { continue };
            if file.is_some() {
                fs_err::File::open(self.folder.join(number.to_string()))?.read_to_end(&mut bytes)?;
            }
            let mut records: Vec<Record> = bytes.chunks_exact(WIDTH).filter_map(read).collect();
            drop(bytes);
            take(&mut records)?;
        }
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // The files go with the command, also if it fails.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn write(out: &mut Vec<u8>, record: &Record) {
    out.extend(record.unit.to_le_bytes());
    let (kind, of, event, day, y, x) = match record.seen {
        Seen::Arm { study, day, arm } => (0_u8, study, 0, day, i64::from(arm), 0),
        Seen::Outcome { goal, event, day, y, x } => (1, goal, event, day, y, x),
    };
    out.push(kind);
    out.extend(of.to_le_bytes());
    out.extend(event.to_le_bytes());
    out.extend(day.to_le_bytes());
    out.extend(y.to_le_bytes());
    out.extend(x.to_le_bytes());
}

fn read(bytes: &[u8]) -> Option<Record> {
    let mut rest = bytes;
    let unit = u128::from_le_bytes(next(&mut rest)?);
    let [kind] = next(&mut rest)?;
    let of = u16::from_le_bytes(next(&mut rest)?);
    let event = u64::from_le_bytes(next(&mut rest)?);
    let day = i32::from_le_bytes(next(&mut rest)?);
    let (y, x) = (i64::from_le_bytes(next(&mut rest)?), i64::from_le_bytes(next(&mut rest)?));
    let seen = match kind {
        0 => Seen::Arm { study: of, day, arm: u16::try_from(y).ok()? },
        _ => Seen::Outcome { goal: of, event, day, y, x },
    };
    Some(Record { unit, seen })
}

fn next<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred units with records far apart.
    fn records() -> Vec<Record> {
        let outcome =
            |unit: u128, y: i64| Record { unit, seen: Seen::Outcome { goal: 3, event: 9, day: -4, y, x: i64::MAX } };
        let exposure = |unit: u128| Record { unit, seen: Seen::Arm { study: 7, day: 20_000, arm: 2 } };
        let unit = |number: u128| number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        (0..100).map(|at| exposure(unit(at))).chain((0..100).map(|at| outcome(unit(at), -5))).collect()
    }

    fn found(bytes_max: u64) -> Vec<Record> {
        let mut parts = Parts::within(bytes_max).expect("dice");
        records().into_iter().for_each(|record| parts.keep(record).expect("can be kept"));
        let folder = parts.folder.clone();
        let mut all = Vec::new();
        parts
            .each(|records| {
                all.extend_from_slice(records);
                Ok(())
            })
            .expect("can be read");
        assert!(!folder.exists(), "the files are gone");
        all.sort_unstable();
        all
    }

    #[test]
    fn little_memory_gives_the_same_records() {
        let mut expected = records();
        expected.sort_unstable();
        assert_eq!(found(u64::MAX), expected);
        assert_eq!(found(1_000), expected);
        assert_eq!(found(1), expected);
    }
}
