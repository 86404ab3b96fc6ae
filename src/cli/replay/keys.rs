//! The keys of one record, and the names of its values that nobody can open any longer.

use std::collections::BTreeMap;

use super::recorded::Recorded;
use crate::bundle::Bundle;
use crate::log::audit::{class_name, contact_days, kept_days, told_days};
use crate::log::key::{Key, RecordKey};

/// The keys of a record's classes, without those that have expired. A record before version 3 has one class, that of the ids.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct RecordKeys(BTreeMap<Option<u32>, RecordKey>);

/// Something of a record that has expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Gone {
    /// The attribute; `None` is the exact time and the ids.
    pub(in crate::cli) attribute: Option<String>,
    /// The last day on which it could be opened.
    pub(in crate::cli) until: String,
}

impl RecordKeys {
    pub(in crate::cli) fn new(key: &Key, recorded: &Recorded) -> anyhow::Result<Self> {
        let (id, epoch) = (recorded.id_bytes()?, key.epoch());
        anyhow::ensure!(
            !recorded.is_split() || key.ratchet().is_some(),
            "it was made with a ratchet, and the secrets of epoch {epoch} have none: name the right file with --keys"
        );
        let of = |(days, until)| match recorded.is_split() {
            true => key.class(&id, &class_name(days), until),
            false => Some(key.record(&id)),
        };
        let classes = recorded.classes()?.into_iter();
        Ok(classes.filter_map(|(days, until)| Some((days, of((days, until))?))).collect())
    }

    pub(super) fn of(&self, days: Option<u32>) -> Option<&RecordKey> {
        self.0.get(&days)
    }

    pub(in crate::cli) fn all(&self) -> impl Iterator<Item = (Option<u32>, &RecordKey)> {
        self.0.iter().map(|(days, key)| (*days, key))
    }

    /// The values that the record needs and nobody can open any longer.
    pub(super) fn gone(&self, recorded: &Recorded, bundle: &Bundle) -> anyhow::Result<Vec<Gone>> {
        let mut gone = Vec::new();
        if !recorded.is_split() {
            return Ok(gone);
        }
        // If nobody knows what was read, it may have been anything.
        let is_told = !recorded.is_hidden() || self.of(told_days(bundle)).is_some();
        for (days, until) in recorded.classes()? {
            if self.of(days).is_some() {
                continue;
            }
            let until = crate::cli::keyring::day_text(until);
            let Some(days) = days else {
                gone.push(Gone { attribute: None, until });
                continue;
            };
            let attributes = bundle.program().manifest().attributes.iter();
            let lost = attributes
                .filter(|one| kept_days(one.retention_seconds) == days && (!is_told || recorded.has_value(&one.name)));
            gone.extend(lost.map(|one| Gone { attribute: Some(one.name.clone()), until: until.clone() }));
            let is_lost = contact_days(bundle) == Some(days) && (!is_told || recorded.has_contacts());
            gone.extend(is_lost.then(|| Gone { attribute: Some("contacts before".into()), until }));
        }
        Ok(gone)
    }
}

impl FromIterator<(Option<u32>, RecordKey)> for RecordKeys {
    fn from_iter<I: IntoIterator<Item = (Option<u32>, RecordKey)>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl Gone {
    pub(super) fn words(&self) -> String {
        let what = self.attribute.as_ref().map_or("the exact time with the ids".into(), |name| format!("`{name}`"));
        format!("{what} after {}", self.until)
    }
}
