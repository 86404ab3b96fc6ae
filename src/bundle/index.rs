//! The content index: which chunk holds each locale of each content item.
//!
//! Takes the bytes of an index file, gives the place of a body. It never holds the bodies: chunks are fetched on demand.
//!
//! ```text
//! "SVIX" u16 format u16 zero | 3 section lengths | u16 variants of each content item
//!   | for each variant: u16 locale, u8 kind, u8 0, u32 chunk, u32 bytes | u32 bytes of each chunk
//! ```
//! Bodies stand in their chunk in the order of the variants, so their starts are sums of lengths.

use alloc::vec::Vec;
use core::ops::Range;

use super::bytes::{members, starts};
use super::check::sections;
use super::format::INDEX_MAGIC;
use crate::words::bytes::{u16_at, u32_at};
use crate::words::{CHUNK_BYTES_MAX, Fault, INDEX_BYTES_MAX, check, fault, vocabulary};

/// Width of a variant record.
pub(crate) const VARIANT_BYTES: usize = 12;

vocabulary! {
    /// What a body is.
    BodyKind {
        /// Checked HTML.
        Html = "html",
        /// Plain text.
        Text = "text",
        /// Nothing.
        Empty = "empty",
    }
}

/// A checked content index.
#[derive(Clone, Debug)]
pub struct Index {
    file: Vec<u8>,
    records: Range<usize>,
    variant_starts: Vec<u32>,
    /// The start of each variant's body in its chunk.
    body_starts: Vec<u32>,
    chunks: usize,
}

/// The place of one locale of a content item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantRef {
    /// Position of the locale in the manifest.
    pub locale: u16,
    /// What it is.
    pub kind: BodyKind,
    /// The chunk.
    pub chunk: usize,
    /// The bytes in the chunk.
    pub range: Range<usize>,
}

impl Index {
    /// Opens an index for `contents` items and `locales` locales.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn open(file: Vec<u8>, contents: usize, locales: usize) -> Result<Self, Fault> {
        const PART: &str = "content index";
        let ranges = sections(&file, PART, INDEX_MAGIC, 3, INDEX_BYTES_MAX)?;
        let [counts, records, lengths] = [0, 1, 2].map(|section| ranges.get(section).cloned().unwrap_or_default());
        check(counts.len() == 2 * contents, PART, "is of another program: it has another number of items")?;
        let variants = records.len() / VARIANT_BYTES;
        let is_whole = records.len().is_multiple_of(VARIANT_BYTES) && lengths.len().is_multiple_of(4);
        check(is_whole, PART, "ends inside a record")?;
        let variant_starts = starts(contents, variants, &|i| usize::from(u16_at(&file, counts.start + 2 * i)))
            .ok_or(fault(PART, "counts do not add up to the variants"))?;

        let chunks = lengths.len() / 4;
        let mut filled = alloc::vec![0_u32; chunks];
        let mut body_starts = Vec::with_capacity(variants);
        for variant in 0..variants {
            let at = records.start + variant * VARIANT_BYTES;
            let known = usize::from(u16_at(&file, at)) < locales
                && file.get(at + 2).copied().and_then(BodyKind::from_byte).is_some();
            let chunk = filled.get_mut(u32_at(&file, at + 4) as usize);
            let (true, Some(chunk)) = (known, chunk) else {
                return Err(fault(PART, "refers to a locale, kind or chunk that is not there"));
            };
            body_starts.push(*chunk);
            let end = chunk.checked_add(u32_at(&file, at + 8)).filter(|end| *end as usize <= CHUNK_BYTES_MAX);
            *chunk = end.ok_or(fault(PART, "fills a chunk past the cap"))?;
        }
        for (chunk, filled) in filled.iter().enumerate() {
            let adds_up = u32_at(&file, lengths.start + 4 * chunk) == *filled;
            check(adds_up, PART, "bodies do not add up to their chunk")?;
        }
        Ok(Self { file, records, variant_starts, body_starts, chunks })
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> usize {
        self.chunks
    }

    /// The variant of a content item in the first of these locales that it has.
    pub fn variant(&self, content: u32, locales: &[u16]) -> Option<VariantRef> {
        locales.iter().find_map(|locale| self.variants(content).find(|variant| variant.locale == *locale))
    }

    /// The locales of a content item.
    pub fn variants(&self, content: u32) -> impl Iterator<Item = VariantRef> + '_ {
        members(&self.variant_starts, content as usize).filter_map(|variant| {
            let at = self.records.start + variant * VARIANT_BYTES;
            let start = *self.body_starts.get(variant)? as usize;
            Some(VariantRef {
                locale: u16_at(&self.file, at),
                kind: BodyKind::from_byte(*self.file.get(at + 2)?)?,
                chunk: u32_at(&self.file, at + 4) as usize,
                range: start..start + u32_at(&self.file, at + 8) as usize,
            })
        })
    }
}
