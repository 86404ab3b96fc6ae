//! Rows of a Parquet file, as objects of JSON. It is built with the feature `parquet` alone, so that nobody else builds the reader.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use anyhow::Context as _;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Number, Value};

use crate::words::time::{DAY, format_day, format_rfc3339};

/// Gives each row of a file to `take`, with its number, which starts at 1.
///
/// # Errors
/// A file that is no Parquet, is damaged, is packed in a way that is not read, or lacks one of these columns.
pub(super) fn rows(file: &Path, columns: &[&str], take: impl FnMut(usize, Value)) -> anyhow::Result<()> {
    // The reader panics at some damages that no checksum covers.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let read = panic::catch_unwind(AssertUnwindSafe(|| checked(file, columns, take)));
    panic::set_hook(hook);
    read.unwrap_or_else(|_| anyhow::bail!("the file is damaged, and cannot be read"))
}

fn checked(file: &Path, columns: &[&str], mut take: impl FnMut(usize, Value)) -> anyhow::Result<()> {
    let open = fs_err::File::open(file)?.into_parts().0;
    let reader = SerializedFileReader::new(open).context("this is no Parquet file that can be read")?;
    let schema = reader.metadata().file_metadata().schema();
    let names: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
    for column in columns {
        let is_there = names.iter().any(|name| name == column || column.split('.').next() == Some(name));
        anyhow::ensure!(is_there, "there is no column `{column}`; the columns are {}", names.join(", "));
    }
    let rows = reader.get_row_iter(None).context("the rows cannot be read")?;
    for (number, row) in (1..).zip(rows) {
        let row = row.with_context(|| {
            format!("row {number} cannot be read. The file is damaged or packed in a way that is not read: write it with Snappy or unpacked")
        })?;
        take(number, object(&row));
    }
    Ok(())
}

fn object(row: &Row) -> Value {
    Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect::<Map<_, _>>())
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => Value::Bool(*value),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        // Its shortest decimal, as people wrote it: 0.1, and not 0.10000000149011612.
        Field::Float(number) => double(number.to_string().parse().unwrap_or(f64::NAN)),
        Field::Double(number) => double(*number),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => bytes.as_utf8().map_or(Value::Array(Vec::new()), Value::from),
        Field::Date(day) => Value::String(format_day(i64::from(*day).saturating_mul(DAY))),
        Field::TimestampMillis(ms) => Value::String(format_rfc3339(*ms)),
        Field::TimestampMicros(micros) => Value::String(format_rfc3339(micros.div_euclid(1_000))),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(value).collect()),
        // Decimals, times of a day and maps: as text, which an attribute of another type rejects.
        other => Value::String(other.to_string()),
    }
}

/// A number; text for what no number of JSON is, so that the row is rejected.
fn double(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> anyhow::Result<Vec<Value>> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/feeds").join(name);
        let mut found = Vec::new();
        rows(&file, &["sku", "maker.name"], |number, row| {
            assert_eq!(number, found.len() + 1);
            found.push(row);
        })?;
        Ok(found)
    }

    /// The files are made by pyarrow 26.
    #[test]
    fn rows_of_another_writer_are_read_whatever_their_types_are() {
        let since = "2026-11-30T09:00:00.250Z";
        let expected = serde_json::json!([
            {"sku": "fell-hat", "on_hand": 0, "price": 19.5, "weight": 1.5, "tags": ["wool", "felt"], "sold": true, "since": since, "maker": {"name": "Holm"}},
            {"sku": "herdwick-jumper", "on_hand": 3, "price": 120.0, "weight": 2.25, "tags": [], "sold": false, "since": since, "maker": {"name": "Tarn"}},
            {"sku": "tarn-blanket", "on_hand": null, "price": 0.1, "weight": null, "tags": null, "sold": null, "since": since, "maker": null},
            {"sku": "lost", "on_hand": -1, "price": "NaN", "weight": 3.0, "tags": ["a"], "sold": true, "since": since, "maker": {"name": null}},
        ]);
        for name in ["stock-snappy.parquet", "stock-plain.parquet"] {
            assert_eq!(Value::Array(read(name).expect("reads")), expected, "{name}");
        }
        let why = format!("{:#}", read("stock-zstd.parquet").expect_err("is packed with Zstandard"));
        assert!(why.contains("write it with Snappy"), "{why}");
    }

    #[test]
    fn a_damaged_file_is_an_error_and_never_the_end_of_the_program() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/feeds/stock-snappy.parquet");
        let whole = std::fs::read(file).expect("a file");
        let place = std::env::temp_dir().join(format!("selvedge-parquet-{}", std::process::id()));
        let mut refused = 0;
        for at in 0..whole.len() {
            for damaged in [whole[..at].to_vec(), [&whole[..at], &[whole[at] ^ 0x41], &whole[at + 1..]].concat()] {
                std::fs::write(&place, damaged).expect("writes");
                refused += usize::from(rows(&place, &["sku"], |_, _| {}).is_err());
            }
        }
        std::fs::remove_file(&place).expect("removes");
        assert!(refused > whole.len(), "{refused}");
    }
}
