//! Consent that was withdrawn on another device.
//!
//! Takes the ids that a visit brings and a way to look them up in the [list](crate::consent::revocation::list) of withdrawals, gives grants that
//! apply them. It only ever denies, and it never keeps or shows an id.
//!
//! **Which ids, and when.** A list that only denies may still not read what the visitor closed, and non-interference must hold: what
//! consent hides changes nothing.
//!
//! - *The account's id* comes with the request of a visitor who is signed in. In a header it does not come from the device,
//!   and it is looked up with any grants. In a cookie it needs `storage`, like any other cookie. To find out what the person
//!   behind it withdrew is all that it is read for, so it is a consent signal like the consent cookie. That lets a
//!   withdrawal reach a device that is silent in a region where silence permits.
//! - *The stored id* is read from the device, which needs `storage`. It is looked up only if everything else that was said,
//!   a withdrawal under the account's id included, grants that. Without that grant the id is hidden, and its person makes no
//!   difference. There would be no profile to protect either, as nothing that was kept under the id may be read.
//! - *What a lookup finds* becomes one more of the visit's [signals](crate::words::Signals::revoked): a day and a set of purposes, the
//!   same for everybody who withdrew the same. Grants are a function of signals, and two visits with equal signals that differ only in
//!   what their grants hide get one decision, as ever. An id never reaches a decision by way of the list in any other form.

use alloc::string::String;

pub mod list;

use super::{Grants, Law};
use crate::consent::revocation::list::{Check, Found, Mark, Revocations};
use crate::words::sha256::hmac;
use crate::words::{ID_BYTES_MAX, Purpose, Unit, Visit, parse_hex};

/// The text that separates these digests from other uses of a key.
const DOMAIN: &str = "selvedge/1 revocation";

/// Looks up what the person with an id withdrew: an account's, or the one that a device stores.
pub type Find<'f> = &'f dyn Fn(Unit, &str) -> Found<'f>;

/// The permissions of `visit` under `law`, with the withdrawals of its person on other devices among its signals. `id` gives
/// the id of a unit under the grants so far; for the stored one it is asked only where that may be read.
pub fn grants_heeding(
    law: &Law<'_>,
    visit: &mut Visit,
    id: &dyn Fn(Unit, &Grants) -> Option<String>,
    find: Find<'_>,
) -> Grants {
    let mut held = law.grants(visit);
    for unit in [Unit::Account, Unit::Visitor] {
        if unit == Unit::Visitor && !held.allows(Purpose::Storage) {
            break;
        }
        let Some(id) = id(unit, &held).filter(|id| !id.is_empty() && id.len() <= ID_BYTES_MAX) else { continue };
        let revoked = &mut visit.signals.revoked;
        let known = revoked.len();
        for found in find(unit, &id) {
            // A host may ask twice.
            if !revoked.contains(&found) {
                revoked.push(found);
            }
        }
        if revoked.len() > known {
            held = law.grants(visit);
        }
    }
    held
}

/// The secret that a list's digests are made with.
#[derive(Clone)]
pub struct Key {
    epoch: u32,
    secret: [u8; 32],
    check: Check,
}

impl Key {
    /// The secret of an epoch: 32 random bytes.
    pub fn new(epoch: u32, secret: [u8; 32]) -> Self {
        Self { epoch, secret, check: digest(&secret, "check", "") }
    }

    /// From `EPOCH:SECRET`, the secret in 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, digits) = text.trim().split_once(':')?;
        Some(Self::new(epoch.parse().ok()?, parse_hex(digits)?))
    }

    /// Which secret this is.
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// How a list names the person with this id.
    pub fn mark(&self, unit: Unit, id: &str) -> Mark {
        digest(&self.secret, unit.name(), id)
    }

    /// The check value of a list that was made with this key.
    pub const fn check(&self) -> Check {
        self.check
    }

    /// True if a list was made with this key: the same epoch, and the same secret.
    pub fn fits(&self, list: &Revocations<'_>) -> bool {
        list.epoch() == self.epoch && list.check() == self.check
    }

    /// The withdrawals of the person with this id, from a list that was made with this key. With another key, nobody would
    /// be found.
    pub fn find<'b>(&self, list: &Revocations<'b>, unit: Unit, id: &str) -> Found<'b> {
        // Most sites that have a list at all have a short one: an empty one costs no digest.
        if list.is_empty() || !self.fits(list) { Found::default() } else { list.find(self.mark(unit, id)) }
    }
}

fn digest(secret: &[u8; 32], what: &str, id: &str) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = hmac(secret, |hash| {
        [DOMAIN, "\0", what, "\0", id].iter().for_each(|part| hash.update(part.as_bytes()));
    });
    [a, b, c, d, e, f, g, h]
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Key").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "author"))]
mod tests {
    use super::*;
    use crate::words::hex;

    /// Python: `hmac.new(bytes([7]*32), b"selvedge/1 revocation\0account\0a@example.com", "sha256").hexdigest()[:16]`.
    #[test]
    fn marks_are_what_another_program_computes() {
        let key = Key::parse(&alloc::format!("3:{}", "07".repeat(32))).expect("a key");
        assert_eq!(key.epoch(), 3);
        assert_eq!(hex(&key.mark(Unit::Account, "a@example.com")), "242304409675d1ef");
        assert_eq!(hex(&key.check()), "76ccdfcf7ad2241f", "of `check` and no id");
        assert_eq!(hex(&key.mark(Unit::Visitor, "a@example.com")), "bc0b1429c8aba2ad");
    }

    #[test]
    fn only_an_epoch_and_a_secret_are_a_key() {
        let secret = "5a".repeat(32);
        for wrong in ["", "1", "1:", ":", "x:", "1:5a", "-1:", "4294967296:"] {
            assert!(Key::parse(wrong).is_none(), "{wrong}");
            let is_begun = wrong.ends_with("5a") || wrong == "1:";
            assert!(is_begun || Key::parse(&alloc::format!("{wrong}{secret}")).is_none(), "{wrong}");
        }
        assert!(Key::parse(&alloc::format!("1:{secret}0")).is_none());
        assert!(Key::parse(&alloc::format!("1:{}é", "5a".repeat(31))).is_none());
        assert_eq!(Key::parse(&alloc::format!(" 1:{secret}\n")).map(|key| key.epoch()), Some(1));
        assert!(!alloc::format!("{:?}", Key::new(1, [0x5a; 32])).contains("90"), "a key is not shown");
    }
}
