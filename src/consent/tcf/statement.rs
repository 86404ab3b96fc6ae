//! Reads a TC string as a statement about the site's purposes.
//!
//! Takes the string, the site's policy and the time, gives a statement. Legitimate interest is never a permission here, and neither
//! is a string that is too old, of another service, or malformed.

use super::{TcString, decode};
use crate::consent::bits::{Flags, Ids};
use crate::consent::statement::{Fault, Statement, Void, Warning};
use crate::words::record::record;
use crate::words::time::DAY;
use crate::words::{Purpose, Purposes, vocabulary};

vocabulary! {
    /// Whose permission a string is read for.
    Basis {
        /// The publisher's own, from the segment that only some strings have.
        PublisherTc = "publisher_tc",
        /// The vendor's that the site is on the vendor list: consent to it, to the purpose, and no restriction.
        Vendor = "vendor",
        /// Every vendor's: the purposes of the core segment.
        CorePurposes = "core_purposes",
    }
}

record! {
    /// How a site reads TC strings.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Policy {
        /// [`Basis`] as bytes: the first one that a string has counts.
        pub basis_order: [u8; 3],
        /// The site's number on the vendor list, if it is on it.
        pub vendor: Option<u16>,
        /// How many days after its last change a string still grants.
        pub max_age_days: u16,
        /// Unix milliseconds from which a string must name the vendors that were shown.
        pub disclosed_vendors_from_ms: i64,
        /// The needs of each purpose, by purpose byte.
        pub needs: [Needs; 8],
    }
}

record! {
    /// The needs of one purpose. Without any, strings say nothing about it.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Needs {
        /// Purposes of the framework, as bits: bit `n` is purpose `n + 1`.
        pub purposes: u32,
        /// Special features, as bits: bit `n` is feature `n + 1`.
        pub special_features: u16,
    }
}

impl Default for Policy {
    /// The table of `signals.toml`, for a site that is not on the vendor list.
    fn default() -> Self {
        let mut needs = [Needs::default(); 8];
        for (purpose, number) in [
            (Purpose::Storage, 1),
            (Purpose::Analytics, 8),
            (Purpose::Personalization, 6),
            (Purpose::Contextual, 11),
            (Purpose::Advertising, 4),
        ] {
            needs[purpose as usize].purposes = 1 << (number - 1);
        }
        Self {
            basis_order: [Basis::PublisherTc as u8, Basis::Vendor as u8, Basis::CorePurposes as u8],
            vendor: None,
            // Thirteen months, the lifetime that the specification gives a stored string.
            max_age_days: 395,
            // 2026-02-28, since when a string without the segment is invalid.
            disclosed_vendors_from_ms: 20_512 * DAY,
            needs,
        }
    }
}

/// The policy version that came with the duty to name the vendors that were shown.
const DISCLOSING_POLICY: u8 = 5;

/// The oldest policy whose strings are valid today: the one that took legitimate interest from personalization.
pub(in super::super) const POLICY_MIN: u8 = 4;

/// The statement of `text` at `now_ms`.
pub fn statement(text: &str, policy: &Policy, now_ms: i64) -> Statement {
    decode(text).map_or_else(Into::into, |string| of_string(&string, policy, now_ms))
}

/// The statement of a decoded string of Europe at `now_ms`.
pub(in super::super) fn of_string(string: &TcString<'_>, policy: &Policy, now_ms: i64) -> Statement {
    let version = string.tcf_policy_version();
    let discloses = version >= DISCLOSING_POLICY || string.created_ms() >= policy.disclosed_vendors_from_ms;
    let disclosed = string.vendors_disclosed();
    if !string.is_service_specific() || version < POLICY_MIN || discloses && disclosed.is_none() {
        return Statement::refused(Fault::Void(Void::Framework));
    }
    let consents = consents(string, policy, disclosed);
    let is_undisclosed = discloses && disclosed.is_some_and(|vendors| vendors.is_empty());
    let warning = is_undisclosed.then_some(Warning::NoDisclosedVendors);
    Statement { warning, ..of_flags(string, consents, consents, 0, policy, now_ms) }
}

/// The statement of a decoded string of Canada at `now_ms`. Express consent grants. Implied consent counts as no answer, and
/// neither denies. Purpose 1 is not used there.
pub(in super::super) fn of_canada(string: &TcString<'_>, policy: &Policy, now_ms: i64) -> Statement {
    let speaks_for_itself = policy.basis_order.first() == Some(&(Basis::PublisherTc as u8));
    let (express, implied) = match string.publisher_tc() {
        Some(own) if speaks_for_itself => (own.consents(), own.legitimate_interests()),
        _ => (string.purpose_consents(), string.purpose_legitimate_interests()),
    };
    of_flags(string, express, express.or(implied), 1, policy, now_ms)
}

/// The purposes with consent, for the first basis that the string and the site have.
fn consents(string: &TcString<'_>, policy: &Policy, disclosed: Option<Ids<'_>>) -> Flags {
    for basis in &policy.basis_order {
        match (Basis::from_byte(*basis), string.publisher_tc(), policy.vendor) {
            (Some(Basis::PublisherTc), Some(publisher), _) => return publisher.consents(),
            (Some(Basis::Vendor), _, Some(vendor)) => return of_vendor(string, vendor, disclosed),
            (Some(Basis::CorePurposes), ..) => return string.purpose_consents(),
            _ => {}
        }
    }
    Flags::default()
}

/// The purposes for which `vendor` has consent: the visitor saw it, agreed to it and to the purpose, and the publisher allows it.
fn of_vendor(string: &TcString<'_>, vendor: u16, disclosed: Option<Ids<'_>>) -> Flags {
    // A string that must say who was shown, and does not, was refused before.
    if disclosed.is_some_and(|vendors| !vendors.has(vendor)) || !string.vendor_consents().has(vendor) {
        return Flags::default();
    }
    let mut consents = string.purpose_consents();
    for entry in string.publisher_restrictions() {
        if entry.forbids_consent() && entry.vendors.has(vendor) {
            consents = consents.without(entry.purpose);
        }
    }
    consents
}

/// The statement about every purpose that has a row in the policy, without those that need something that is not `used`. A
/// purpose is granted if `consents` has all of its needs, and denied if `not_denied` lacks one. A string that is too old
/// grants nothing, but its denials stay.
fn of_flags(
    string: &TcString<'_>,
    consents: Flags,
    not_denied: Flags,
    unused: u64,
    policy: &Policy,
    now_ms: i64,
) -> Statement {
    let optins = string.special_feature_optins();
    let day = string.last_updated_ms() / DAY;
    let mut statement = Statement { day: Some(day as u32), ..Statement::default() };
    for (purpose, needs) in Purpose::ALL.iter().zip(&policy.needs) {
        let (purposes, features) = (u64::from(needs.purposes), u64::from(needs.special_features));
        if purposes | features == 0 || purposes & unused > 0 {
            continue;
        }
        let one = Purposes::NONE.with(*purpose);
        if !optins.has_all(features) || !not_denied.has_all(purposes) {
            statement.denied = statement.denied.or(one);
        } else if consents.has_all(purposes) {
            statement.granted = statement.granted.or(one);
        }
    }
    statement.aged(policy.max_age_days, now_ms)
}
