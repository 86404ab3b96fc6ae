//! Who saw and did what: how lines that are no records name a person, across all epochs of the audit log.
//!
//! Takes a secret of its own and an id, gives a pseudonym. Nobody can join it to the one of an audit record without both secrets.

use super::key::{Digest, keyed, short};
use crate::words::{Unit, parse_hex};

/// The controller's secret for measuring. It stays as long as the experiments that count by it; who destroys it can never again name the
/// people of its lines.
#[derive(Clone)]
pub struct MeasureKey {
    number: u32,
    secret: [u8; 32],
}

impl MeasureKey {
    /// A secret with its number: 32 random bytes.
    pub const fn new(number: u32, secret: [u8; 32]) -> Self {
        Self { number, secret }
    }

    /// Reads what a host is given: the number, then the secret as 64 hexadecimal digits.
    pub fn parse(text: &str, between: char) -> Option<Self> {
        let (number, digits) = text.split_once(between)?;
        Some(Self::new(number.parse().ok()?, parse_hex(digits.trim())?))
    }

    /// Which secret this is.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The pseudonym of a visitor's or an account's id.
    pub fn pseudonym(&self, unit: Unit, id: &str) -> Digest {
        short(keyed(&self.secret, &[b"selvedge/1 measurement", unit.name().as_bytes(), id.as_bytes()], &[]))
    }
}

impl core::fmt::Debug for MeasureKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MeasureKey").field("number", &self.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::key::Key;
    use crate::words::hex;

    /// Computed with Python's hmac and hashlib.
    #[test]
    fn pseudonyms_are_what_another_program_computes() {
        let text = alloc::format!("3:{}", "07".repeat(32));
        let key = MeasureKey::parse(&text, ':').expect("is one");
        assert_eq!(
            (key.number(), hex(&key.pseudonym(Unit::Visitor, "v1"))),
            (3, "f7e3bc4bcde57360e28bd92b94c15da9".into())
        );
        for wrong in ["", "3", "3:07", "x:{}", "3 {}"] {
            assert!(MeasureKey::parse(&wrong.replace("{}", &"07".repeat(32)), ':').is_none(), "{wrong}");
        }
    }

    #[test]
    fn it_shares_no_pseudonym_with_the_audit_log() {
        // Also where an operator gave both the same secret, and from one unit or key to the next.
        let [first, second] = [[7; 32], [8; 32]].map(|secret| MeasureKey::new(1, secret));
        let audit = Key::new(1, [7; 32]);
        let mut all = alloc::vec![
            audit.pseudonym(Unit::Visitor, "v1"),
            audit.pseudonym(Unit::Account, "v1"),
            audit.erased("v1"),
            first.pseudonym(Unit::Visitor, "v1"),
            first.pseudonym(Unit::Account, "v1"),
            second.pseudonym(Unit::Visitor, "v1"),
        ];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
