//! Computes where a visitor falls in a split.
//!
//! Takes a domain, a salt and an id, gives a point. The formula is public and any warehouse can recompute it:
//! `SHA-256(domain ‖ 0x00 ‖ salt ‖ 0x00 ‖ UTF-8 id)`, the first 8 bytes big-endian as `h`, `point = (h · total) >> 64`.
//! It never uses a float, and each domain draws independently of the others.

use crate::words::sha256::{Block, Sha256};

/// Points in a split: basis points.
pub const TOTAL: u32 = 10_000;

/// True of engines that are built to make many decisions, and not of those for a page or at an edge.
pub(super) const IS_FAST: bool = cfg!(any(all(feature = "browser", feature = "whole"), not(target_arch = "wasm32")));

/// The use of a draw. Draws of different domains are independent, so that leaving an experiment's traffic says nothing about
/// its arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// The draw for the traffic: who is in the experiment at all.
    Traffic,
    /// Which experiment of a layer.
    Layer,
    /// Which arm.
    Variant,
    /// Who is never personalized.
    Holdout,
    /// Who is contacted in an hour.
    Budget,
}

impl Domain {
    /// The beginning of what is hashed.
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Traffic => b"traffic\0",
            Self::Layer => b"layer\0",
            Self::Variant => b"variant\0",
            Self::Holdout => b"holdout\0",
            Self::Budget => b"budget\0",
        }
    }
}

/// A point in `0..total`.
pub fn point(domain: Domain, salt: &str, id: &str, total: u32) -> u32 {
    let parts = [domain.prefix(), salt.as_bytes(), b"\0", id.as_bytes()];
    // Others draw a few arms, and do without the shorter way.
    let block = if IS_FAST { Block::new(&parts) } else { None };
    let first = match block {
        Some(block) => block.first_word(),
        None => {
            let mut hash = Sha256::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.first_word()
        }
    };
    share(first, total)
}

/// The message that a draw of an arm hashes, if it fits into one block. Nearly every salt and id do.
pub(super) fn draw_of_arm(salt: &[u8], id: &[u8]) -> Option<Block> {
    Block::new(&[Domain::Variant.prefix(), salt, b"\0", id])
}

/// The points of four such draws, in [`TOTAL`].
pub(super) fn points(draws: &[Block; 4]) -> [u32; 4] {
    Block::first_words(draws).map(|first| share(first, TOTAL))
}

/// As much of `total` as `first` is of all that it could be.
fn share(first: u64, total: u32) -> u32 {
    let total = u64::from(total);
    // The upper half of a product of 96 bits, without a type that Wasm has not.
    let (upper, lower) = (first >> 32, first & u64::from(u32::MAX));
    ((upper * total + ((lower * total) >> 32)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    /// Computed with Python's hashlib:
    /// `int.from_bytes(sha256(b"variant\0winter-hero\0v1").digest()[:8]) * 10000 >> 64`.
    #[test]
    fn agrees_with_hashlib() {
        let cases = [
            (Domain::Variant, "winter-hero", "v1", VARIANT_V1),
            (Domain::Traffic, "winter-hero", "v1", TRAFFIC_V1),
            (Domain::Layer, "heroes", "v1", LAYER_V1),
            (Domain::Variant, "salz", "Größe", VARIANT_UTF8),
        ];
        for (domain, salt, id, expected) in cases {
            assert_eq!(point(domain, salt, id, TOTAL), expected, "{salt} {id}");
        }
    }

    /// Four at a time as one at a time, up to what does not fit.
    #[test]
    fn four_points_are_those_of_each() {
        for length in 0..80_usize {
            let salts: [String; 4] = core::array::from_fn(|lane| "s".repeat(length * lane / 3));
            let ids: [String; 4] = core::array::from_fn(|lane| format!("{}{lane}", "i".repeat(length / (1 + lane))));
            let draws = core::array::from_fn(|lane| draw_of_arm(salts[lane].as_bytes(), ids[lane].as_bytes()));
            for (lane, draw) in draws.iter().enumerate() {
                assert_eq!(draw.is_some(), 8 + salts[lane].len() + 1 + ids[lane].len() < 56, "{length} {lane}");
            }
            if let [Some(a), Some(b), Some(c), Some(d)] = draws {
                let each = core::array::from_fn(|lane| point(Domain::Variant, &salts[lane], &ids[lane], TOTAL));
                assert_eq!(points(&[a, b, c, d]), each, "{length}");
            }
        }
    }

    #[test]
    fn every_point_is_below_the_total() {
        for id in 0..2_000 {
            assert!(point(Domain::Variant, "salt", &format!("{id}"), 3) < 3);
        }
    }

    const VARIANT_V1: u32 = 8639;
    const TRAFFIC_V1: u32 = 5914;
    const LAYER_V1: u32 = 3906;
    const VARIANT_UTF8: u32 = 8348;
}
