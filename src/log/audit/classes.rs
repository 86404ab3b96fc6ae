//! The classes that sealed values fall into: each is kept as long as its attributes may be, and has a key that ends with it.
//!
//! Takes the bundle's attributes, the visit's permissions, its day and a key; gives every class of the bundle, also those that nothing was
//! read of. So a reader learns nothing from the classes that are there.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::contacts::contact_days;
use crate::bundle::Bundle;
use crate::bundle::manifest::AttributeEntry;
use crate::engine::Permitted;
use crate::log::RETENTION_DAYS;
use crate::log::key::{Key, RecordKey};
use crate::words::time::{DAY, format_day};
use crate::words::{Depth, Purpose};

/// Days that a value without a retention is kept, and at most everything of a visitor who agreed to nothing.
pub const UNSAID_DAYS: u32 = 30;

/// The longest that a value is kept.
pub const KEPT_DAYS_MAX: u32 = 3_650;

/// A class of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The whole days that its attributes are kept. `None` is the class of ids and of the exact time; a record before version 3 has it
    /// alone, for everything.
    pub days: Option<u32>,
    /// The last day on which it can be opened, counted from 1970-01-01.
    pub until: i64,
    /// The key of its digests and of its sealed part.
    pub key: RecordKey,
}

impl Class {
    /// Its name in a record.
    pub fn name(&self) -> String {
        class_name(self.days)
    }

    /// Its last day: `2026-12-01`.
    pub fn last_day(&self) -> String {
        format_day(self.until.saturating_mul(DAY))
    }
}

/// The name of a class in a record: `ids`, or its days as in `30d`. A bare number would be put first by a program that reads the line
/// and writes it again.
pub fn class_name(days: Option<u32>) -> String {
    days.map_or_else(|| "ids".into(), |days| format!("{days}d"))
}

/// The class of this name.
#[cfg(feature = "std")]
pub fn class_named(name: &str) -> Option<Option<u32>> {
    if name == "ids" { Some(None) } else { Some(Some(name.strip_suffix('d')?.parse().ok()?)) }
}

/// The whole days that values of an attribute with this retention are kept.
pub fn kept_days(retention_seconds: Option<u32>) -> u32 {
    retention_seconds.map_or(UNSAID_DAYS, |seconds| (seconds / 86_400).min(KEPT_DAYS_MAX))
}

/// The class of what was decided by sensitive data: it tells that data, so it is kept no longer than the shortest of it.
pub fn told_days(bundle: &Bundle) -> Option<u32> {
    let attributes = bundle.program().manifest().attributes.iter();
    attributes.filter(|one| is_sensitive(one)).map(|one| kept_days(one.retention_seconds)).min()
}

/// True if a class holds sensitive values.
pub(super) fn is_sensitive_class(bundle: &Bundle, days: Option<u32>) -> bool {
    let mut attributes = bundle.program().manifest().attributes.iter();
    attributes.any(|one| is_sensitive(one) && Some(kept_days(one.retention_seconds)) == days)
}

fn is_sensitive(attribute: &AttributeEntry) -> bool {
    attribute.sensitive || attribute.depth() == Depth::Sensitive
}

/// Every class of a record of this bundle, the ids first.
pub(super) fn classes(bundle: &Bundle, key: &Key, id: &[u8; 16], permitted: &Permitted<'_>) -> Vec<Class> {
    let Some(ratchet) = key.ratchet() else {
        return alloc::vec![Class { days: None, until: 0, key: key.record(id) }];
    };
    // A few, so that a search is smaller than a sort.
    let mut all = alloc::vec![None];
    let attributes = bundle.program().manifest().attributes.iter();
    let kept = attributes.map(|attribute| kept_days(attribute.retention_seconds));
    for days in kept.chain(contact_days(bundle)).map(Some) {
        if let Err(place) = all.binary_search(&days) {
            all.insert(place, days);
        }
    }
    let agreed = |purpose: &Purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual);
    let agreed = Purpose::ALL.iter().any(|purpose| agreed(purpose) && permitted.grants().allows(*purpose));
    let today = permitted.now_ms().div_euclid(DAY);
    let class = |days: Option<u32>| {
        let kept = days.unwrap_or(RETENTION_DAYS).min(if agreed { KEPT_DAYS_MAX } else { UNSAID_DAYS });
        let until = ratchet.nearest(today.saturating_add(i64::from(kept)));
        Some(Class { days, until, key: key.class(id, &class_name(days), until)? })
    };
    all.into_iter().filter_map(class).collect()
}
