//! The content library as an index and chunks.
//!
//! A chunk is closed once it passes [`CHUNK_BYTES`], so that an edit changes few chunks and the index. A device fetches a chunk by an
//! address that tells which one it is. So everything that a slot shows by data about the visitor stands together, and the device fetches
//! all of it after every decision. Within a chunk, bodies stand in the order of their content items, then locales.

use std::collections::BTreeMap;

use super::encode::{Bytes, file};
use crate::author::order::audience_order;
use crate::author::reads::Reads;
use crate::author::site::{Body, Experience, Site};
use crate::bundle::BodyKind;
use crate::bundle::format::{CHUNK_BYTES, FORMAT, INDEX_MAGIC};
use crate::words::{CHUNK_BYTES_MAX, Depth, Source, Unit};

/// The index file, the chunks, and how many of them, from the end, hold trusted content.
pub(super) fn content(site: &Site) -> (Vec<u8>, Vec<Vec<u8>>, usize) {
    let (mut counts, mut records, mut lengths) = (Bytes::default(), Bytes::default(), Bytes::default());
    let (places, count, trusted) = places(site);
    let mut chunks = vec![Vec::new(); count];
    for (content, places) in site.content.iter().zip(places) {
        counts.u16(content.variants.len());
        for (variant, position) in content.variants.iter().zip(places) {
            let (kind, body) = body(&variant.body);
            chunks[position].extend(body.as_bytes());
            let locale = site.locales.all.iter().position(|locale| *locale == variant.locale).unwrap_or(0);
            records.u16(locale).u8(kind as u8).u8(0).u32(position).u32(body.len());
        }
    }
    for chunk in &chunks {
        lengths.u32(chunk.len());
    }
    (file(INDEX_MAGIC, FORMAT, &[counts, records, lengths]), chunks, trusted)
}

fn body(body: &Body) -> (BodyKind, &str) {
    match body {
        Body::Html(html) => (BodyKind::Html, html),
        Body::Text(text) => (BodyKind::Text, text),
        Body::Empty => (BodyKind::Empty, ""),
    }
}

/// The chunk of each variant of each content item, how many chunks there are, and how many of them hold trusted content.
fn places(site: &Site) -> (Vec<Vec<usize>>, usize, usize) {
    let lengths = |content: &usize| site.content[*content].variants.iter().map(|variant| body(&variant.body).1.len());
    let (mut places, mut filled) = (vec![Vec::new(); site.content.len()], Vec::<usize>::new());
    // Trusted content that somebody must approve stands apart from what others write.
    let is_apart = |content: &usize| !site.approvals.is_empty() && site.content[*content].trusted.is_some();
    let (plain, trusted): (Vec<_>, Vec<_>) = groups(site)
        .into_iter()
        .flat_map(|group| {
            let (trusted, plain): (Vec<usize>, Vec<usize>) = group.into_iter().partition(is_apart);
            [(plain, false), (trusted, true)]
        })
        .filter(|(group, _)| !group.is_empty())
        .partition(|(_, is_trusted)| !is_trusted);
    let mut first_trusted = None;
    for (group, is_trusted) in plain.into_iter().chain(trusted) {
        if is_trusted && first_trusted.is_none() {
            first_trusted = Some(filled.len());
            filled.push(0);
        }
        let all: usize = group.iter().flat_map(lengths).sum();
        // A group begins a chunk of its own where it would not fit into this one.
        if group.len() > 1 && filled.last().is_some_and(|filled| filled + all > CHUNK_BYTES) {
            filled.push(0);
        }
        for content in &group {
            for length in lengths(content) {
                let has_room = |filled: &usize| *filled < CHUNK_BYTES && *filled + length <= CHUNK_BYTES_MAX;
                if !filled.last().is_some_and(has_room) {
                    filled.push(0);
                }
                let position = filled.len() - 1;
                filled[position] += length;
                places[*content].push(position);
            }
        }
    }
    let count = filled.len();
    (places, count, first_trusted.map_or(0, |first| count - first))
}

/// The content items that stand together, by the first of them. Slots that share an item share its group.
fn groups(site: &Site) -> Vec<Vec<usize>> {
    let reads = Reads::new(&site.audiences, &audience_order(&site.audiences));
    let mut of_slots = vec![Vec::new(); site.slots.len()];
    let mut is_told = vec![false; site.slots.len()];
    for experience in &site.experiences {
        of_slots[experience.slot].extend(experience.rules.iter().flat_map(|rule| rule.effect.contents()));
        is_told[experience.slot] |= tells(site, experience, &reads);
    }
    // Each item points at one before it that stands with it, or at itself.
    let mut before: Vec<usize> = (0..site.content.len()).collect();
    for contents in of_slots.iter().zip(is_told).filter_map(|(contents, is_told)| is_told.then_some(contents)) {
        for pair in contents.windows(2) {
            let (one, other) = (first(&before, pair[0]), first(&before, pair[1]));
            before[one.max(other)] = one.min(other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for content in 0..site.content.len() {
        groups.entry(first(&before, content)).or_default().push(content);
    }
    groups.into_values().collect()
}

fn first(before: &[usize], mut content: usize) -> usize {
    while before[content] != content {
        content = before[content];
    }
    content
}

/// True if what an experience shows tells something about the visitor that the request does not say.
fn tells(site: &Site, experience: &Experience, reads: &Reads) -> bool {
    let tells = |attribute: usize| {
        let attribute = &site.attributes[attribute];
        attribute.depth > Depth::Contextual || !matches!(attribute.source, Source::Request | Source::Page)
    };
    let is_drawn = experience.rules.iter().filter_map(|rule| rule.split()).any(|split| split.unit != Unit::Page);
    let is_held = !experience.is_owed() && !site.holdouts.is_empty();
    is_drawn || is_held || experience.rows().flat_map(|rows| reads.rows(rows)).any(tells)
}
