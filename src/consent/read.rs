//! The read rule: who may read an attribute, for which purpose.
//!
//! A decision for purpose *u* may read an attribute if:
//!
//! - one of the attribute's purposes is granted, and is *u*, `contextual` or `necessary`;
//! - `storage` is granted, if the attribute comes from the device;
//! - `sensitive` is granted by name, if the attribute is sensitive;
//! - the attribute is not deeper than the visitor lets decisions go;
//! - its value is not older than its retention.
//!
//! Start at [`Needs::readable_for`]. The engine permits by it, and pages clean the state cookie by it. Explanations name the
//! missing permissions by it, and proofs and checks ask what a rule can never read. Two oracles write the rule a second time
//! on purpose, and tests compare them with this file: the reference model of the tests, and `report::interference`.

use super::Grants;
use crate::words::time::SECOND;
use crate::words::{Depth, Purpose, Purposes, Source};

/// Purposes whose data decisions for every purpose may read.
const FOR_ALL: Purposes = Purposes::NONE.with(Purpose::Contextual).with(Purpose::Necessary);

/// The permissions that an attribute needs before it may be read. The author's attribute and the bundle's entry both give
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The purposes that it may be used for.
    pub purposes: Purposes,
    /// Where it comes from.
    pub source: Source,
    /// True if it is of a special category.
    pub sensitive: bool,
    /// How personal it is.
    pub depth: Depth,
}

/// The permissions without which a decision cannot read an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// One of these is enough. The set is empty if one is granted.
    pub any: Purposes,
    /// All of these are needed.
    pub all: Purposes,
}

impl Needs {
    /// The purposes for which decisions may read it under these grants.
    #[inline(always)]
    pub fn readable_for(self, grants: &Grants) -> Purposes {
        let is_open = !self.is_too_deep(grants) && self.may_take(grants) && self.is_named(grants);
        if is_open { self.serves(grants.granted()) } else { Purposes::NONE }
    }

    /// The purposes for which decisions may read it, if these are granted. This does not check its gates or its depth.
    #[inline(always)]
    pub fn serves(self, granted: Purposes) -> Purposes {
        let granted = self.purposes.and(granted);
        if granted.and(FOR_ALL).is_empty() { granted } else { !Purposes::NONE }
    }

    /// Says whether some visitor's grants let decisions for `purpose` read it.
    pub fn can_serve(self, purpose: Purpose) -> bool {
        self.serves(!Purposes::NONE).has(purpose)
    }

    /// Says whether it is more personal than the visitor lets decisions be.
    #[inline(always)]
    pub fn is_too_deep(self, grants: &Grants) -> bool {
        self.depth > grants.depth
    }

    /// Lists what is missing before a decision for `purpose` may read it. `None` means that no permission would do.
    pub fn missing(self, purpose: Purpose, grants: &Grants) -> Option<Missing> {
        let serving = self.purposes.and(FOR_ALL.with(purpose));
        let is_granted = !serving.and(grants.granted()).is_empty();
        let any = if is_granted { Purposes::NONE } else { serving };
        (!serving.is_empty()).then(|| Missing { any, all: self.closed_gates(grants) })
    }

    /// Says whether the visitor denied a permission that is missing before a decision for `purpose` may read it. If several
    /// are missing, one denial is enough. Only rules and grants count, so the answer is the same for every hidden value.
    pub fn is_refused(self, purpose: Purpose, grants: &Grants) -> bool {
        let missing = self.missing(purpose, grants);
        missing.is_some_and(|missing| missing.any.or(missing.all).iter().any(|purpose| grants.refuses(purpose)))
    }

    /// A set of permissions that makes it readable for one of `purposes`, or for one of its own if it serves none of them.
    pub fn permissions(self, purposes: Purposes) -> Purposes {
        let gates = self.gates();
        match self.purposes.iter().next() {
            Some(own) if self.purposes.and(purposes.or(FOR_ALL)).is_empty() => gates.with(own),
            _ => gates,
        }
    }

    /// Says whether a host may take its value from a request. Without `storage` a host reads nothing that the device keeps.
    #[inline(always)]
    pub fn may_take(self, grants: &Grants) -> bool {
        self.source != Source::Device || grants.allows(Purpose::Storage)
    }

    /// Says whether the device may go on keeping it in the state cookie. The caller asks for `storage`. Keeping does not ask for `sensitive`
    /// by name: the page's loader keeps values by the same rule, and does not know who named a purpose.
    pub fn may_keep(self, grants: &Grants) -> bool {
        !self.purposes.and(grants.granted()).is_empty() && (!self.sensitive || grants.allows(Purpose::Sensitive))
    }

    /// The loader is told these purposes. Keeping needs one of them, and `sensitive` if that is among them.
    pub fn to_keep(self) -> Purposes {
        if self.sensitive { self.purposes.with(Purpose::Sensitive) } else { self.purposes }
    }

    /// The permissions that it needs beside a purpose of its own.
    fn gates(self) -> Purposes {
        let storage =
            if self.source == Source::Device { Purposes::NONE.with(Purpose::Storage) } else { Purposes::NONE };
        if self.sensitive { storage.with(Purpose::Sensitive) } else { storage }
    }

    /// Says whether the visitor named sensitive data, if it is. No other grant stands for one by its name.
    #[inline(always)]
    fn is_named(self, grants: &Grants) -> bool {
        !self.sensitive || grants.allows_by_name(Purpose::Sensitive)
    }

    fn closed_gates(self, grants: &Grants) -> Purposes {
        let storage = if self.may_take(grants) { Purposes::NONE } else { Purposes::NONE.with(Purpose::Storage) };
        if self.is_named(grants) { storage } else { storage.with(Purpose::Sensitive) }
    }
}

/// Says whether a value of this age is past its retention. Then nothing may read it.
#[inline]
pub fn is_past_retention(age_ms: i64, retention_seconds: Option<u32>) -> bool {
    retention_seconds.is_some_and(|seconds| age_ms > i64::from(seconds) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::super::table::RegionTable;
    use super::super::{Basis, Recorded, RecordedGrants};
    use super::*;

    /// Grants of these purposes. The visitor named some of them, and denied all others.
    fn visitor(granted: Purposes, named: Purposes, depth: Depth) -> Grants {
        let recorded = |purpose: Purpose| Recorded {
            granted: granted.has(purpose),
            denied: !granted.has(purpose),
            by_name: named.has(purpose),
            by_parent: false,
            basis: Basis::Cookie,
        };
        let purposes = core::array::from_fn(|at| recorded(Purpose::ALL[at]));
        let record = RecordedGrants { epoch: 1, depth, without_consent: None, purposes };
        Grants::recorded(&RegionTable::default(), None, 0, &record)
    }

    /// Attributes of every kind that the rule tells apart.
    fn all_needs() -> impl Iterator<Item = Needs> {
        let sets = (0..=u8::MAX).step_by(5).map(Purposes::from_bits);
        sets.flat_map(|purposes| {
            [(Source::Request, false), (Source::Device, false), (Source::Feed, true), (Source::Device, true)]
                .map(|(source, sensitive)| Needs { purposes, source, sensitive, depth: Depth::Inferred })
        })
    }

    #[test]
    fn an_attribute_is_readable_exactly_if_nothing_is_missing() {
        for needs in all_needs() {
            for granted in (0..=u8::MAX).step_by(3).map(Purposes::from_bits) {
                for named in [Purposes::NONE, granted] {
                    let grants = visitor(granted, named, Depth::Inferred);
                    let readable = needs.readable_for(&grants);
                    for purpose in Purpose::ALL.iter().copied() {
                        let missing = needs.missing(purpose, &grants);
                        let is_there = missing.is_some_and(|missing| missing.any.or(missing.all).is_empty());
                        assert_eq!(readable.has(purpose), is_there, "{needs:?} {granted:?} {purpose}");
                        assert_eq!(needs.can_serve(purpose), missing.is_some(), "{needs:?} {purpose}");
                    }
                    let shallow = visitor(granted, named, Depth::Behavioural);
                    assert!(needs.readable_for(&shallow).is_empty(), "{needs:?} is deeper than the visitor allows");
                }
            }
        }
    }

    #[test]
    fn the_permissions_of_an_attribute_make_it_readable() {
        for needs in all_needs().filter(|needs| !needs.purposes.is_empty()) {
            for purpose in Purpose::ALL.iter().copied().filter(|purpose| needs.can_serve(*purpose)) {
                let own = Purposes::NONE.with(purpose);
                let granted = needs.permissions(own).or(own).or(FOR_ALL);
                let readable = needs.readable_for(&visitor(granted, granted, Depth::Sensitive));
                assert!(readable.has(purpose), "{needs:?} {purpose}");
            }
        }
    }

    #[test]
    fn one_denial_of_what_is_missing_refuses() {
        let needs = Needs {
            purposes: Purposes::NONE.with(Purpose::Personalization),
            source: Source::Device,
            sensitive: true,
            depth: Depth::Sensitive,
        };
        let personalization = Purposes::NONE.with(Purpose::Personalization);
        let all = personalization.with(Purpose::Storage).with(Purpose::Sensitive);
        for (granted, named, is_refused) in [
            (all, all, false),
            (all.without(Purpose::Storage), all, true),
            (all.without(Purpose::Sensitive), all, true),
            (all.without(Purpose::Personalization), all, true),
            // Its explicit grant is missing, but was not denied.
            (all, Purposes::NONE, false),
        ] {
            let grants = visitor(granted, named, Depth::Sensitive);
            assert_eq!(needs.is_refused(Purpose::Personalization, &grants), is_refused, "{granted:?} {named:?}");
            // No permission would be enough, so none was refused.
            assert!(!needs.is_refused(Purpose::Advertising, &grants));
        }
    }

    #[test]
    fn a_value_may_be_read_up_to_its_retention() {
        assert!(!is_past_retention(i64::MAX, None));
        assert!(!is_past_retention(1_000, Some(1)));
        assert!(is_past_retention(1_001, Some(1)));
    }
}
