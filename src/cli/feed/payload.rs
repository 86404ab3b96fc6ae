//! Facts as a payload: the tables of one feed, and the payload around them.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::bundle::data::{Data, FactTable, Feed};
use crate::bundle::manifest::DefaultValue;
use crate::trust::Kind;

/// The facts of one attribute, by key.
pub(super) type Facts = BTreeMap<String, DefaultValue>;

/// A feed, as it was taken at one time.
pub(super) fn feed(name: &str, taken_ms: i64, rows: u32, facts: BTreeMap<String, Facts>) -> Feed {
    let tables = facts.into_iter().map(|(attribute, facts)| table(attribute, facts)).collect();
    Feed { name: name.to_owned(), taken_ms, rows, tables }
}

fn table(attribute: String, facts: Facts) -> FactTable {
    let mut table = FactTable { attribute, ..FactTable::default() };
    let mut known: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    for (key, value) in facts {
        let next = table.values.len() as u32;
        // postcard of plain owned data always serializes.
        let bytes = postcard::to_allocvec(&value).unwrap_or_default();
        let of = *known.entry(bytes).or_insert_with(|| {
            table.values.push(value);
            next
        });
        table.of.push(of);
        table.keys.push_str(&key);
        table.ends.push(table.keys.len() as u32);
    }
    table
}

/// The payload with this feed in place of the one of its name.
pub(super) fn with(mut data: Data, feed: Feed) -> Data {
    match data.feeds.binary_search_by(|one| one.name.cmp(&feed.name)) {
        Ok(at) => data.feeds[at] = feed,
        Err(at) => data.feeds.insert(at, feed),
    }
    data
}

/// The bytes of a payload, if hosts can read them.
pub(super) fn bytes(data: &Data) -> anyhow::Result<Vec<u8>> {
    let bytes = postcard::to_allocvec(data).context("the payload cannot be written")?;
    let (length, most) = (bytes.len() as u64, Kind::Data.bytes_max());
    anyhow::ensure!(
        length <= most,
        "the payload would have {length} bytes, and hosts read at most {most}, because every page that decides fetches all of it. Import fewer rows or columns: only what rules read"
    );
    Data::open(&bytes).context("no host could read the payload")?;
    Ok(bytes)
}
