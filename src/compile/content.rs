//! The content library as an index and chunks.
//!
//! Bodies stand in the order of their content items, then locales; a chunk is closed once it passes
//! [`CHUNK_BYTES`], so that an edit changes one chunk and the index.

use super::encode::{Bytes, file};
use crate::author::site::{Body, Site};
use crate::bundle::BodyKind;
use crate::bundle::format::{CHUNK_BYTES, FORMAT, INDEX_MAGIC};
use crate::words::CHUNK_BYTES_MAX;

/// The index file and the chunks.
pub(super) fn content(site: &Site) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut counts, mut records, mut lengths) = (Bytes::default(), Bytes::default(), Bytes::default());
    let mut chunks: Vec<Vec<u8>> = Vec::new();
    for content in &site.content {
        counts.u16(content.variants.len());
        for variant in &content.variants {
            let (kind, body) = match &variant.body {
                Body::Html(html) => (BodyKind::Html, html.as_str()),
                Body::Text(text) => (BodyKind::Text, text.as_str()),
                Body::Empty => (BodyKind::Empty, ""),
            };
            let takes = |chunk: &&mut Vec<u8>| chunk.len() < CHUNK_BYTES && chunk.len() + body.len() <= CHUNK_BYTES_MAX;
            match chunks.last_mut().filter(takes) {
                Some(chunk) => chunk.extend(body.as_bytes()),
                None => chunks.push(body.as_bytes().to_vec()),
            }
            let position = chunks.len() - 1;
            let locale = site.locales.all.iter().position(|locale| *locale == variant.locale).unwrap_or(0);
            records.u16(locale).u8(kind as u8).u8(0).u32(position).u32(body.len());
        }
    }
    for chunk in &chunks {
        lengths.u32(chunk.len());
    }
    (file(INDEX_MAGIC, FORMAT, &[counts, records, lengths]), chunks)
}
