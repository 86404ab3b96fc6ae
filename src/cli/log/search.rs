//! Finding the lines about one person.
//!
//! Silence is never an answer: a line that nobody could read, or a key that is not there, is told.

use std::collections::BTreeSet;
use std::path::Path;

use super::row::Row;
use crate::cli::keyring::Keyring;
use crate::words::{Unit, hex};

pub(in crate::cli) struct Search<'s> {
    subject: &'s str,
    /// The person's pseudonyms in every epoch, as visitor and as account.
    pseudonyms: Vec<String>,
    epochs: BTreeSet<u64>,
    /// Epochs of records that there is no key of.
    closed: BTreeSet<u64>,
    unreadable: u64,
}

impl<'s> Search<'s> {
    pub(in crate::cli) fn new(keyring: &Keyring, subject: &'s str) -> Self {
        let of = |unit: Unit| keyring.all().map(move |key| hex(&key.pseudonym(unit, subject)));
        let pseudonyms = of(Unit::Visitor).chain(of(Unit::Account)).collect();
        let epochs = keyring.all().map(|key| u64::from(key.epoch())).collect();
        Self { subject, pseudonyms, epochs, closed: BTreeSet::new(), unreadable: 0 }
    }

    /// Whether a line is about the person; `None` is a line that is none of ours.
    pub(in crate::cli) fn finds(&mut self, row: Option<&Row>) -> bool {
        let Some(row) = row else {
            self.unreadable += 1;
            return false;
        };
        if row.is_audit() {
            self.closed.extend(row.key.filter(|epoch| !self.epochs.contains(epoch)));
        }
        row.is_about(self.subject, &self.pseudonyms)
    }

    /// What could not be searched, in words.
    pub(in crate::cli) fn missed(&self, keys: &Path) -> Vec<String> {
        let mut missed = Vec::new();
        if !self.closed.is_empty() {
            let (epochs, keys) =
                (self.closed.iter().map(u64::to_string).collect::<Vec<_>>().join(", "), keys.display());
            missed.push(format!(
                "audit records of epoch {epochs} could not be searched: {keys} holds no key of it; name the file that does with --keys"
            ));
        }
        if let count @ 1.. = self.unreadable {
            let what = "lines are not JSON and could not be searched; `selvedge replay` says which and why";
            missed.push(format!("{count} {what}"));
        }
        missed
    }
}
