//! The package that a person is given: a folder or a zip file.
//!
//! ```text
//! answer.html   to read and to print      answer.json   the same for machines, in the form of answer.schema.json
//! proof/        what both are made from:
//!   records.ndjson    the audit records, as they were logged    lines.ndjson   lines of other kinds
//!   values.ndjson     what was read         keys.ndjson        the key of each class of each record here, and of no other
//!   tombstones.ndjson what was erased on this person's request
//! ```

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::cli::files::{Existing, private_file, write_private};
use crate::cli::replay::{RecordKeys, Recorded, Supplied, Values};
use crate::log::audit::{class_name, class_named};
use crate::log::key::RecordKey;
use crate::words::{hex, parse_hex};

/// The longest file that is read from a package: a person's records, and no archive that fills the memory.
const FILE_BYTES_MAX: u64 = 256 << 20;

const RECORDS: &str = "proof/records.ndjson";
const VALUES: &str = "proof/values.ndjson";
const KEYS: &str = "proof/keys.ndjson";

/// A line of keys; an earlier version had one key for all of a record.
#[derive(Deserialize)]
struct KeyLine {
    record: String,
    class: Option<String>,
    key: String,
}

#[derive(Default)]
pub(in crate::cli) struct Package {
    pub(in crate::cli) records: String,
    pub(in crate::cli) values: Supplied,
    pub(super) page: String,
    pub(super) answer: String,
    pub(super) others: String,
    pub(super) tombstones: String,
    value_lines: String,
    keys: BTreeMap<String, RecordKeys>,
    key_lines: String,
}

impl Package {
    /// Reads a package; `None` if the path holds none.
    pub(in crate::cli) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let is_folder = path.join(RECORDS).is_file();
        if !is_folder && (path.is_dir() || !is_zip(path)) {
            return Ok(None);
        }
        let file = |name: &str| match is_folder {
            true => Ok(fs_err::read_to_string(path.join(name))?),
            false => from_zip(path, name),
        };
        let values = Supplied::parse(&file(VALUES)?)?;
        let (mut all, wrong) = (BTreeMap::<String, Vec<_>>::new(), "keys.ndjson is not what was written");
        for line in file(KEYS)?.lines() {
            let KeyLine { record, class, key } = serde_json::from_str(line).context(wrong)?;
            let days = class_named(class.as_deref().unwrap_or("ids")).context(wrong)?;
            all.entry(record).or_default().push((days, RecordKey::from_bytes(parse_hex(&key).context(wrong)?)));
        }
        let keys = all.into_iter().map(|(record, keys)| (record, keys.into_iter().collect())).collect();
        Ok(Some(Self { records: file(RECORDS)?, values, keys, ..Self::default() }))
    }

    /// The keys of a record; none if all of its classes had expired.
    pub(in crate::cli) fn keys(&self, recorded: &Recorded) -> anyhow::Result<RecordKeys> {
        let (keys, id) = (self.keys.get(&recorded.id), &recorded.id);
        anyhow::ensure!(keys.is_some() || recorded.is_split(), "the package has no key of record {id}");
        Ok(keys.cloned().unwrap_or_default())
    }

    pub(super) fn add(&mut self, line: &str, recorded: &Recorded, keys: &RecordKeys) {
        self.records.push_str(line);
        self.records.push('\n');
        for (days, key) in keys.all() {
            let (record, key) = (&recorded.id, hex(key.bytes()));
            let line = match recorded.is_split() {
                true => json!({"record": record, "class": class_name(days), "key": key}),
                false => json!({"record": record, "key": key}),
            };
            self.key_lines += &format!("{line}\n");
        }
    }

    pub(super) fn add_values(&mut self, values: &Values, record: &str) {
        self.value_lines.push_str(&values.line(record));
        self.value_lines.push('\n');
    }

    /// Writes the package: a zip file by its name, or else a folder that is not there yet. Its owner alone may read either.
    pub(super) fn write(&self, out: &Path) -> anyhow::Result<()> {
        let files = [
            ("answer.html", &self.page),
            ("answer.json", &self.answer),
            ("answer.schema.json", &super::SCHEMA.to_owned()),
            (RECORDS, &self.records),
            ("proof/lines.ndjson", &self.others),
            (VALUES, &self.value_lines),
            (KEYS, &self.key_lines),
            ("proof/tombstones.ndjson", &self.tombstones),
        ];
        if !is_zip(out) {
            anyhow::ensure!(!out.exists(), "{} is there already; name a folder that is not", out.display());
            private_folder(out)?;
            private_folder(&out.join("proof"))?;
            for (name, text) in files {
                private_file(&out.join(name))?.write_all(text.as_bytes())?;
            }
            return Ok(());
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            writer.start_file(name, options.unix_permissions(0o600))?;
            writer.write_all(text.as_bytes())?;
        }
        write_private(out, &writer.finish()?.into_inner(), Existing::Replace).map(drop)
    }
}

fn private_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| path.display().to_string())
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
