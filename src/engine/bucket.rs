//! Computes where a visitor falls in a split.
//!
//! Takes a domain, a salt and an id, gives a point. The formula is public and any warehouse can recompute it:
//! `SHA-256(domain ‖ 0x00 ‖ salt ‖ 0x00 ‖ UTF-8 id)`, the first 8 bytes big-endian as `h`, `point = (h · total) >> 64`.
//! It never uses a float, and each domain draws independently of the others.

use crate::words::sha256::Sha256;

/// Points in a split: basis points.
pub const TOTAL: u32 = 10_000;

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
}

/// A point in `0..total`.
pub fn point(domain: Domain, salt: &str, id: &str, total: u32) -> u32 {
    let domain = match domain {
        Domain::Traffic => "traffic",
        Domain::Layer => "layer",
        Domain::Variant => "variant",
        Domain::Holdout => "holdout",
    };
    let mut hash = Sha256::new();
    for part in [domain, "\0", salt, "\0", id] {
        hash.update(part.as_bytes());
    }
    let (first, total) = (hash.first_word(), u64::from(total));
    // The upper half of a product of 96 bits, without a type that Wasm has not.
    let (upper, lower) = (first >> 32, first & u64::from(u32::MAX));
    ((upper * total + ((lower * total) >> 32)) >> 32) as u32
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn every_point_is_below_the_total() {
        for id in 0..2_000 {
            assert!(point(Domain::Variant, "salt", &alloc::format!("{id}"), 3) < 3);
        }
    }

    const VARIANT_V1: u32 = 8639;
    const TRAFFIC_V1: u32 = 5914;
    const LAYER_V1: u32 = 3906;
    const VARIANT_UTF8: u32 = 8348;
}
