//! What a build without the feature `parquet` says to a Parquet file. See `parquet.rs`.

use std::path::Path;

use serde_json::Value;

/// Says how to have one that reads it.
pub(super) fn rows(_: &Path, _: &[&str], _: impl FnMut(usize, Value)) -> anyhow::Result<()> {
    anyhow::bail!(
        "this `selvedge` was built without the reader of Parquet. Build it with the reader, in a clone of Selvedge: cargo install --locked --path . --features parquet. Or write the file as CSV first, as in: duckdb -c \"COPY (FROM 'stock.parquet') TO 'stock.csv'\""
    )
}
