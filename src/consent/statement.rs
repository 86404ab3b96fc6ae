//! The statement of one signal about each purpose: granted, denied, or nothing.
//!
//! Every reader of a signal gives one of these. It does not apply a region's law: a purpose without an answer stays without
//! one. When statements are combined, a denial beats a grant.

use super::bits::Malformed;
use crate::words::time::DAY;
use crate::words::{Age, Purpose, Purposes, vocabulary};

/// What one signal says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Granted by the signal.
    pub granted: Purposes,
    /// Denied by the signal. A purpose is never in both.
    pub denied: Purposes,
    /// True if the signal carries Global Privacy Control.
    pub gpc: bool,
    /// The age band of a visitor who is a minor, if the signal says so.
    pub minor: Option<Age>,
    /// The day of its last change, in days since 1970 (UTC), where the signal has one.
    pub day: Option<u32>,
    /// Why it grants nothing.
    pub fault: Option<Fault>,
    /// A fault that does not change what it says about the site's own processing.
    pub warning: Option<Warning>,
}

/// Why a signal grants nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read.
    Malformed(Malformed),
    /// It can be read, and yet it is no permission.
    Void(Void),
}

vocabulary! {
    /// Why a signal that can be read is no permission.
    Void {
        /// It is older than a permission lasts.
        TooOld = "too_old",
        /// It was made after now.
        FromTheFuture = "from_the_future",
        /// The framework calls it invalid: of a shared store, of an older policy, or without the vendors that were shown.
        Framework = "framework",
    }
}

vocabulary! {
    /// A fault of a signal that still counts.
    Warning {
        /// It must name the vendors that were shown, and does not.
        NoDisclosedVendors = "no_disclosed_vendors",
    }
}

impl Fault {
    /// A stable name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed(malformed) => malformed.name(),
            Self::Void(void) => void.name(),
        }
    }
}

/// The purposes that an unreadable signal denies: all that need permission, as in the site's own consent cookie.
pub const DENIED_BY_FAULT: Purposes =
    Purposes::from_bits(u8::MAX).without(Purpose::Necessary).without(Purpose::Contextual);

impl Statement {
    /// A signal that cannot be read, or is no permission: it denies.
    pub fn refused(fault: Fault) -> Self {
        Self { denied: DENIED_BY_FAULT, fault: Some(fault), ..Self::default() }
    }

    /// This statement with `purposes` granted where nothing denies them.
    pub fn granting(self, purposes: Purposes) -> Self {
        Self { granted: self.granted.or(purposes).and(!self.denied), ..self }
    }

    /// This statement with `purposes` denied, even if something granted them.
    pub fn denying(self, purposes: Purposes) -> Self {
        let denied = self.denied.or(purposes);
        Self { granted: self.granted.and(!denied), denied, ..self }
    }

    /// This statement at `now_ms`, if an answer older than so many days grants nothing any more. Its denials stay.
    pub fn aged(self, days_max: u16, now_ms: i64) -> Self {
        let Some(void) = self.day.and_then(|day| void(day, days_max, now_ms)) else { return self };
        Self { granted: Purposes::NONE, day: None, fault: self.fault.or(Some(Fault::Void(void))), ..self }
    }

    /// Both statements: a denial of either beats a grant of the other, and the younger minor counts.
    pub fn and(self, other: Self) -> Self {
        let joined = self.denying(other.denied).granting(other.granted);
        Self {
            gpc: self.gpc || other.gpc,
            minor: younger(self.minor, other.minor),
            day: self.day.or(other.day),
            fault: self.fault.or(other.fault),
            warning: self.warning.or(other.warning),
            ..joined
        }
    }
}

/// Tells why a grant of `day` is no permission any more, or not yet. A grant with a day that is yet to come would never grow old.
/// Both ends are cut to their days, and a day of another zone may be one ahead.
pub(super) fn void(day: u32, days_max: u16, now_ms: i64) -> Option<Void> {
    match now_ms.div_euclid(DAY) - i64::from(day) {
        ..-1 => Some(Void::FromTheFuture),
        days => (days > i64::from(days_max)).then_some(Void::TooOld),
    }
}

/// Of two ages the younger one counts: a second opinion makes nobody older.
pub(super) fn younger(one: Option<Age>, other: Option<Age>) -> Option<Age> {
    one.into_iter().chain(other).min()
}

impl From<Malformed> for Statement {
    fn from(malformed: Malformed) -> Self {
        Self::refused(Fault::Malformed(malformed))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    /// `+storage -analytics too_old`: what a statement grants and denies, and why it grants nothing.
    pub(in super::super) fn said(statement: Statement) -> String {
        let signed = |sign, purposes: Purposes| purposes.iter().map(move |one| alloc::format!("{sign}{one}"));
        let words = signed('+', statement.granted).chain(signed('-', statement.denied));
        words.chain(statement.fault.map(|fault| fault.name().into())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_denial_beats_a_grant_in_either_order() {
        for a in 0..=255_u8 {
            for b in [0, 1, 0b1010_1010, 255] {
                let one = Statement::default().granting(Purposes::from_bits(a)).denying(Purposes::from_bits(b));
                let other = Statement::default().denying(Purposes::from_bits(b)).granting(Purposes::from_bits(a));
                assert_eq!(one, other);
                assert!(one.granted.and(one.denied).is_empty());
                let grants = Statement::default().granting(Purposes::from_bits(a));
                let denies = Statement::default().denying(Purposes::from_bits(b));
                assert_eq!(grants.and(denies), one);
                assert_eq!(denies.and(grants), one);
            }
        }
    }

    #[test]
    fn what_cannot_be_read_denies_all_that_needs_permission() {
        for malformed in Malformed::ALL {
            let statement = Statement::from(*malformed);
            assert!(statement.granted.is_empty());
            for purpose in Purpose::ALL {
                let needs_none = matches!(purpose, Purpose::Necessary | Purpose::Contextual);
                assert_eq!(statement.denied.has(*purpose), !needs_none, "{purpose}");
            }
            assert_eq!(statement.fault.map(Fault::name), Some(malformed.name()));
        }
    }
}
