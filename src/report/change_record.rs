//! The change record of a release: who changed what, who approved it, and what it means for consent and the register.
//!
//! It is plain data, and the same input gives the same bytes. `cli` makes, signs and reads it.

use serde::{Deserialize, Serialize};

/// The version of the form.
pub const CHANGE_SCHEMA: u32 = 1;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecord {
    /// The version of its form: [`CHANGE_SCHEMA`].
    pub schema: u32,
    /// The site's name.
    pub site: String,
    /// The environment.
    pub environment: String,
    /// The version of the release.
    pub version: u64,
    /// The SHA-256 of what the signatures of the release cover.
    pub release: String,
    /// The time of issue.
    pub issued: String,
    /// How the release came to be.
    pub kind: ChangeKind,
    /// Why, in the words of the person who released it.
    pub reason: Option<String>,
    /// The release that this one replaces.
    pub before: Option<Earlier>,
    /// The release whose payloads these are, if they were released before.
    pub of: Option<Earlier>,
    /// Who wrote the revision that was built.
    pub author: Option<Author>,
    /// The classes that somebody must approve, and who.
    pub approvals: Vec<Approval>,
    /// The site's own tests; none if the sources were not at hand.
    pub tests: Option<Tests>,
    /// Experiments that one visitor can be in; none if the sources were not at hand.
    pub conflicts: Option<Conflicts>,
    /// The changes in the data that rules may use, and in the law of each region.
    pub consent: Impact,
    /// The changes in the record of processing activities.
    pub register: Impact,
}

/// How a release came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// From sources.
    Build,
    /// From a release of another environment.
    Promote,
    /// From an earlier release of the same environment.
    Rollback,
}

/// Another release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// Its environment.
    pub environment: String,
    /// Its version.
    pub version: u64,
    /// The SHA-256 of its document.
    pub digest: String,
}

/// The author of a revision, as git knows them. The record may be public, so it has no email address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// Their name.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// The time of the commit.
    pub time: String,
    /// The first line of its message.
    pub summary: String,
    /// True if the folder had changes that are in no commit.
    pub uncommitted: bool,
}

/// A class that somebody must approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The class.
    pub class: String,
    /// The SHA-256 that the roles sign.
    pub digest: String,
    /// The roles.
    pub roles: Vec<String>,
    /// True if the approvals of the release before no longer count.
    pub changed: bool,
}

/// The result of the site's own tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// How many passed.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// Their names.
    pub failing: Vec<String>,
}

/// Experiments that one visitor can be in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflicts {
    /// How many pairs were compared.
    pub pairs: usize,
    /// The first pairs that were not proved apart.
    pub found: Vec<String>,
    /// How many more there are.
    #[serde(default)]
    pub unlisted: usize,
    /// How many pairs were not compared, as there are too many.
    #[serde(default)]
    pub unknown: usize,
}

/// What a release changes of something that people answer for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// The SHA-256 of what the release has; none if that is not known.
    pub digest: Option<String>,
    /// True if the release before has something else; none if that is not known.
    pub changed: Option<bool>,
    /// A sentence for each change; none if the details are not known.
    pub changes: Option<Vec<String>>,
}

impl Impact {
    /// From both digests, and the sentences where they can be made.
    pub fn of(digest: Option<String>, before: Option<&str>, changes: Option<Vec<String>>) -> Self {
        let changed = digest.as_deref().zip(before).map(|(now, before)| now != before);
        let changes = if changed == Some(false) { Some(Vec::new()) } else { changes };
        Self { digest, changed, changes }
    }

    /// As sentences, for people.
    pub fn said(&self, has_before: bool) -> Vec<String> {
        match (self.changed, &self.changes) {
            (Some(false), _) => vec!["nothing changed".into()],
            (_, Some(changes)) if !changes.is_empty() => changes.clone(),
            (Some(true), _) => vec!["something changed; compare the two revisions with `selvedge diff`".into()],
            (None, _) if has_before => vec!["not known: the release before has no record of it".into()],
            (None, _) => vec!["nothing to compare with: this is the first release".into()],
        }
    }
}
