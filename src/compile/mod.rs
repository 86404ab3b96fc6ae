//! A checked site in, bundle bytes out.
//!
//! Total and deterministic: a site that passed `author` compiles, and the same site compiles to the same bytes. It never reads a
//! file, a clock or an environment variable.

#![forbid(unsafe_code)]

mod computed;
mod contact;
mod content;
pub mod debug;
mod encode;
mod graph;
mod journeys;
mod lower;
mod manifest;
pub mod notice;
mod plan;
mod program;
mod terms;
mod zones;

#[cfg(feature = "cli")]
pub(crate) use journeys::payload;
pub(crate) use manifest::fact;

use crate::author::site::Site;
use crate::trust::Kind;

/// The parts of a bundle, unsigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The rule program.
    pub program: Vec<u8>,
    /// The content index.
    pub index: Vec<u8>,
    /// The content, in chunks.
    pub chunks: Vec<Vec<u8>>,
    /// How many of the chunks, from the end, hold content whose markup may run code and that somebody must approve.
    pub trusted: usize,
    /// Names, rows and places behind the program, for explanations: JSON of [`debug::Debug`]. Never shipped to an edge.
    pub debug: Vec<u8>,
    /// The notice for visitors: see [`notice::notice`].
    pub notice: Vec<u8>,
    /// The [data](crate::bundle::data) that goes beside the release, if it has any. It is made from feeds and not from the site.
    pub data: Option<Vec<u8>>,
    /// The [journeys](crate::bundle::journeys) of the site, if it has any. Who releases the build adds earlier releases.
    pub journeys: Option<Vec<u8>>,
}

impl Built {
    /// What the chunk at a position is.
    pub fn kind_of_chunk(&self, at: usize) -> Kind {
        if at + self.trusted < self.chunks.len() { Kind::Chunk } else { Kind::Trusted }
    }
}

/// Compiles a site.
pub fn compile(site: &Site) -> Built {
    let (program, debug) = program::program(site);
    let (index, chunks, trusted) = content::content(site);
    let (debug, notice) = (debug::to_bytes(&debug), notice::notice(site));
    Built { program, index, chunks, trusted, debug, notice, data: None, journeys: journeys::journeys(site) }
}
