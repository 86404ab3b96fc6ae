//! A mapping file: which column of an export is which attribute of the site.
//!
//! ```toml
//! feed = "stock"
//! format = "csv"                # csv, ndjson or segment; by the ending of the export if it is left out
//! delimiter = ";"               # of CSV
//! key = "sku"                   # the column with the key; none for a feed with one value for everybody
//!
//! [attributes]
//! "product.stock" = "on_hand"   # attribute = column; a dotted column is inside an object
//! "stock.jumper" = { row = "herdwick-jumper", column = "on_hand" }   # of one row, for everybody
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::author::site::{Attribute, Feed, Site};
use crate::bundle::manifest::FeedPlace;
use crate::cli::{Usage, files, open};

/// The forms that an export may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
    /// NDJSON of messages, as Segment and others write them: `identify`, `group` and `track`, with `traits` or `properties`.
    Segment,
    Parquet,
}

/// An attribute, and where it is.
pub(super) struct Mapped {
    pub(super) attribute: Attribute,
    pub(super) column: String,
    /// The key of the one row that it is of; none for each row.
    pub(super) row: Option<String>,
}

const FORMATS: [(&str, Format); 4] =
    [("csv", Format::Csv), ("ndjson", Format::Ndjson), ("segment", Format::Segment), ("parquet", Format::Parquet)];

pub(super) struct Mapping {
    pub(super) feed: Feed,
    pub(super) format: Format,
    pub(super) delimiter: u8,
    pub(super) key: Option<String>,
    /// The attributes, and where each is.
    pub(super) columns: Vec<Mapped>,
}

/// The words of the file, before anybody looked at the site.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    feed: String,
    format: Option<String>,
    delimiter: Option<String>,
    key: Option<String>,
    attributes: BTreeMap<String, Column>,
}

/// A column of each row, or of one.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Column {
    Each(String),
    One(OfRow),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRow {
    row: String,
    column: String,
}

/// The folder of the site that a mapping file belongs to: the first one above it that has a selvedge.toml.
pub(super) fn site_of(file: &Path) -> anyhow::Result<PathBuf> {
    let whole = fs_err::canonicalize(file)?;
    let found = whole.ancestors().skip(1).find(|folder| open::is_site(folder));
    let found = found.with_context(|| {
        Usage(format!(
            "no folder above {} is a site, and the types of values are in its attributes.toml. Move the file into the site, or name the site with --site",
            file.display()
        ))
    })?;
    Ok(found.to_owned())
}

/// Reads a mapping file against its site.
pub(super) fn read(file: &Path, site: &Site, export: &Path) -> anyhow::Result<Mapping> {
    let text = files::text(file)?;
    let place = || file.display().to_string();
    let written: Written = toml::from_str(&text).with_context(place)?;
    mapping(written, site, export).with_context(place)
}

fn mapping(written: Written, site: &Site, export: &Path) -> anyhow::Result<Mapping> {
    let known = || site.feeds.iter().map(|feed| feed.name.as_str()).collect::<Vec<_>>().join(", ");
    let feed =
        site.feeds.iter().find(|feed| feed.name == written.feed).with_context(|| match site.feeds.is_empty() {
            true => format!("the site has no feeds.toml, so there is no feed `{}`. Declare it there", written.feed),
            false => format!("there is no feed `{}` in feeds.toml; it has {}", written.feed, known()),
        })?;
    anyhow::ensure!(
        !feed.persons,
        "the feed `{}` is about persons, and everybody can read what is beside a release. Hand its values over for each visit, as docs/feeds.md describes",
        feed.name
    );
    anyhow::ensure!(!written.attributes.is_empty(), "[attributes] is empty, so there is nothing to import");
    let mut columns = Vec::new();
    for (name, column) in written.attributes {
        let attribute = site.attributes.iter().find(|attribute| attribute.name == name);
        let attribute = attribute.with_context(|| format!("there is no attribute `{name}` in attributes.toml"))?;
        let place = place_of(attribute).filter(|place| place.feed == feed.name);
        let place = place.with_context(|| {
            format!(
                "`{name}` is not of the feed `{}`; write source = \"feed:{}\" in attributes.toml",
                feed.name, feed.name
            )
        })?;
        let (column, row) = match column {
            Column::Each(column) => (column, None),
            Column::One(OfRow { row, column }) => (column, Some(row)),
        };
        if row.is_some() {
            anyhow::ensure!(
                written.key.is_some(),
                "`{name}` is of one row. Say which column has its key: key = \"COLUMN\""
            );
            anyhow::ensure!(
                place.key.is_none(),
                "`{name}` is of one row, so it has one value for everybody. Leave out its `key` in attributes.toml"
            );
        }
        anyhow::ensure!(
            row.is_some() || place.key.is_some() == written.key.is_some(),
            "{}",
            match written.key {
                Some(_) => format!(
                    "`{name}` has no `key` in attributes.toml, so it has one value for everybody. Give it a key there, leave `key` out here, or name its row: {{ row = \"…\", column = \"…\" }}"
                ),
                None => format!("`{name}` has a `key` in attributes.toml. Say which column has it: key = \"COLUMN\""),
            }
        );
        columns.push(Mapped { attribute: attribute.clone(), column, row });
    }
    let format = match &written.format {
        Some(name) => named(name)?,
        None => by_ending(export)?,
    };
    let delimiter = match written.delimiter.as_deref().map(str::as_bytes) {
        None => b',',
        Some([byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => *byte,
        Some(_) => anyhow::bail!("`delimiter` is one character, as in delimiter = \";\""),
    };
    Ok(Mapping { feed: feed.clone(), format, delimiter, key: written.key, columns })
}

/// The place of an attribute in a feed that is published.
pub(super) fn place_of(attribute: &Attribute) -> Option<&FeedPlace> {
    match &attribute.from {
        crate::bundle::manifest::From::Feed(place) if place.published => Some(place),
        _ => None,
    }
}

fn named(name: &str) -> anyhow::Result<Format> {
    let found = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    found.with_context(|| format!("`{name}` is no format of exports; write csv, ndjson, segment or parquet"))
}

fn by_ending(export: &Path) -> anyhow::Result<Format> {
    match export.extension().and_then(|ending| ending.to_str()) {
        Some("csv" | "tsv") => Ok(Format::Csv),
        Some("ndjson" | "jsonl") => Ok(Format::Ndjson),
        Some("parquet") => Ok(Format::Parquet),
        _ => anyhow::bail!(
            "the ending of {} does not say what it is; write format = \"csv\", \"ndjson\", \"segment\" or \"parquet\"",
            export.display()
        ),
    }
}
