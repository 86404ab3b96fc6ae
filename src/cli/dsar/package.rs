//! The package that a person is given: a folder or a zip file.
//!
//! ```text
//! report.txt        in plain words        report.json        the same as data
//! records.ndjson    the audit records, as they were logged    lines.ndjson   lines of other kinds
//! values.ndjson     what was read         keys.ndjson        the key of each record here, and of no other
//! tombstones.ndjson what was erased on this person's request
//! ```

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::cli::replay::{Supplied, Values};
use crate::log::key::RecordKey;
use crate::words::{hex, parse_hex};

/// The longest file that is read from a package: a person's records, and no archive that fills the memory.
const FILE_BYTES_MAX: u64 = 256 << 20;

#[derive(Default)]
pub(in crate::cli) struct Package {
    pub(in crate::cli) records: String,
    pub(in crate::cli) values: Supplied,
    pub(super) told: String,
    pub(super) report: String,
    pub(super) others: String,
    pub(super) tombstones: String,
    value_lines: String,
    keys: BTreeMap<String, String>,
}

impl Package {
    /// Reads a package; `None` if the path holds none.
    pub(in crate::cli) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let is_folder = path.join("records.ndjson").is_file();
        if !is_folder && (path.is_dir() || !is_zip(path)) {
            return Ok(None);
        }
        let file = |name: &str| match is_folder {
            true => Ok(fs_err::read_to_string(path.join(name))?),
            false => from_zip(path, name),
        };
        let values = Supplied::parse(&file("values.ndjson")?)?;
        let (mut keys, wrong) = (BTreeMap::new(), "keys.ndjson is not what was written");
        for line in file("keys.ndjson")?.lines() {
            let mut line: BTreeMap<String, String> = serde_json::from_str(line).context(wrong)?;
            keys.extend([line.remove("record").zip(line.remove("key")).context(wrong)?]);
        }
        Ok(Some(Self { records: file("records.ndjson")?, values, keys, ..Self::default() }))
    }

    pub(in crate::cli) fn key(&self, record: &str) -> anyhow::Result<RecordKey> {
        let key = self.keys.get(record).and_then(|digits| parse_hex(digits));
        key.map(RecordKey::from_bytes).with_context(|| format!("the package has no key of record {record}"))
    }

    pub(super) fn add(&mut self, line: &str, record: &str, key: &RecordKey) {
        self.records.push_str(line);
        self.records.push('\n');
        self.keys.insert(record.to_owned(), hex(key.bytes()));
    }

    pub(super) fn add_values(&mut self, values: &Values, record: &str) {
        self.value_lines.push_str(&values.line(record));
        self.value_lines.push('\n');
    }

    /// Writes the package: a zip file by its name, or else a folder that is not there yet.
    pub(super) fn write(&self, out: &Path) -> anyhow::Result<()> {
        let keys = self.keys.iter().map(|(record, key)| format!("{}\n", json!({"record": record, "key": key})));
        let keys: String = keys.collect();
        let files = [
            ("report.txt", &self.told),
            ("report.json", &self.report),
            ("records.ndjson", &self.records),
            ("lines.ndjson", &self.others),
            ("values.ndjson", &self.value_lines),
            ("keys.ndjson", &keys),
            ("tombstones.ndjson", &self.tombstones),
        ];
        if !is_zip(out) {
            anyhow::ensure!(!out.exists(), "{} is there already; name a folder that is not", out.display());
            fs_err::create_dir_all(out)?;
            for (name, text) in files {
                fs_err::write(out.join(name), text)?;
            }
            return Ok(());
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            writer.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
            writer.write_all(text.as_bytes())?;
        }
        Ok(fs_err::write(out, writer.finish()?.into_inner())?)
    }
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "zip")
}

fn from_zip(path: &Path, name: &str) -> anyhow::Result<String> {
    let place = || format!("{}: {name}", path.display());
    let mut archive = ZipArchive::new(fs_err::File::open(path)?).with_context(place)?;
    let file = archive.by_name(name).with_context(place)?;
    std::io::read_to_string(file.take(FILE_BYTES_MAX)).with_context(place)
}
