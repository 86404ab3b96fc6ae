//! Contacts before, and what they mean for this one.
//!
//! Start with [`gate`]. It takes a decision that a rule made, and says if it may be shown now. If not, it names the part of the policy that
//! holds it back, and until when. [`history`] is what a visit says of contacts before, [`state`] the fixed form in which a device keeps them, and [`clock`]
//! counts days and quiet hours in a zone. [`turn`] asks what repeats: sequences, rotations, content that is shown once, and budgets. [`track`]
//! keeps their place.

mod clock;
pub(crate) mod gate;
mod history;
pub mod state;
mod track;
mod turn;

pub use gate::Withheld;
pub use history::{CONTACTS_MAX, History};
pub use track::Track;
pub(crate) use track::rotation_name;

pub use crate::bundle::contact::DEPTH_MAX;

/// The longest state of a device, in characters of base64url.
pub const STATE_CHARACTERS_MAX: usize = 512;
/// The longest time that a cap looks back: no browser keeps a cookie for longer.
pub const WINDOW_SECONDS_MAX: u32 = 400 * 86_400;

/// How long a device keeps its state unless it is written again: the longest that browsers keep a cookie.
pub const STATE_SECONDS: u32 = WINDOW_SECONDS_MAX;

/// The bytes of a state: a head of 9, each cap with its number and times, two counts, dismissals, sequences.
pub const fn state_bytes(scopes: usize, depth: usize, dismissals: usize, sequences: usize) -> usize {
    9 + scopes * (1 + 2 * depth) + 2 + 4 * dismissals + 5 * sequences
}

/// The bytes that the second form of a state has besides: the room for dismissals as a number, and each kept content with its last contact.
pub const fn repeat_bytes(kept: usize) -> usize {
    1 + 4 * kept
}

/// The characters of so many bytes in base64url without padding.
pub const fn characters(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of `docs/contact.md`.
    #[test]
    fn sizes_are_those_of_the_form() {
        let cases = [
            ((12, 6, 20, 8), (287, 383)),
            ((16, 6, 16, 8), (323, 431)),
            ((16, 8, 12, 6), (361, 482)),
            ((24, 7, 20, 8), (491, 655)),
        ];
        for ((scopes, depth, dismissals, sequences), expected) in cases {
            let bytes = state_bytes(scopes, depth, dismissals, sequences);
            assert_eq!((bytes, characters(bytes)), expected);
        }
    }
}
