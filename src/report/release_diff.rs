//! Two releases, and what changes for whom. Start with [`release_diff`].
//!
//! Takes both bundles, the sources where they are at hand, and crowds of visitors; gives plain data. It never prints, and decides by the
//! same functions as every host.

mod content;
mod draws;
mod rules;
mod visitors;

use serde::{Deserialize, Serialize};

pub use content::ContentChange;
pub use draws::Redraw;
pub use visitors::{Crowd, CrowdChange, SlotChange};

use super::{Impact, Ropa, consent_diff, ropa_diff};
use crate::bundle::Bundle;
use crate::compile::debug::Debug;
use crate::trust::{Class, Kind, Role, Target, sign};
use crate::words::hex;

/// The version of the form.
pub const DIFF_SCHEMA: u32 = 1;

/// One of the two.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The rules and the content index.
    pub bundle: &'a Bundle,
    /// The content.
    pub chunks: &'a [Vec<u8>],
    /// Names and rows of rules; a store has none.
    pub debug: Option<&'a Debug>,
    /// What the release names.
    pub targets: &'a [Target],
    /// The register of processing, where the sources are at hand.
    pub register: Option<&'a Ropa>,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseDiff {
    /// The version of its form: [`DIFF_SCHEMA`].
    pub schema: u32,
    /// True if nothing changes for anybody.
    pub same: bool,
    /// The classes of content, with their digests before and after.
    pub classes: Vec<ClassChange>,
    /// Sentences about slots, experiences and audiences. None without the names of rules.
    pub rules: Option<Vec<String>>,
    /// How many visitors get another decision.
    pub visitors: Vec<CrowdChange>,
    /// Experiments whose draw changes.
    pub rebucketed: Vec<Redraw>,
    /// What changes for consent.
    pub consent: Impact,
    /// What changes in the record of processing activities.
    pub register: Impact,
    /// The variants of content that change.
    pub content: Vec<ContentChange>,
    /// The bytes of each part.
    pub size: Size,
}

/// A class of content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassChange {
    /// Its name.
    pub class: String,
    /// The digest before.
    pub before: Option<String>,
    /// The digest after.
    pub after: Option<String>,
    /// True if they differ.
    pub changed: bool,
    /// The roles that must sign again.
    pub must_sign: Vec<String>,
}

/// Bytes before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Of the rules.
    pub program: [u64; 2],
    /// Of the list of content.
    pub index: [u64; 2],
    /// Of the content.
    pub content: [u64; 2],
    /// The bytes that a host fetches which has the release before, without the head.
    pub to_fetch: u64,
}

/// Compares two releases.
pub fn release_diff(old: Side<'_>, new: Side<'_>, crowds: &[Crowd], approvals: &[(Class, Vec<Role>)]) -> ReleaseDiff {
    let classes: Vec<ClassChange> = Class::ALL.iter().map(|class| class_change(old, new, *class, approvals)).collect();
    let [before, after] = [old, new].map(|side| side.bundle.program());
    let consent = Impact::of(
        Some(hex(&after.consent())),
        Some(&hex(&before.consent())),
        Some(consent_diff(before.manifest(), after.manifest())),
    );
    let mut content = content::changes(old, new);
    let visitors: Vec<CrowdChange> =
        crowds.iter().map(|crowd| visitors::compare(old, new, crowd, &mut content)).collect();
    let rules = old.debug.zip(new.debug).map(|(one, other)| rules::changes(old.bundle, one, new.bundle, other));
    let rebucketed = draws::changes(before, after);
    let register = match old.register.zip(new.register) {
        Some((before, after)) => {
            let changes = ropa_diff(before, after);
            Impact { digest: None, changed: Some(!changes.is_empty()), changes: Some(changes) }
        }
        None => Impact::default(),
    };
    let same = classes.iter().all(|class| !class.changed) && register.changed != Some(true);
    ReleaseDiff {
        schema: DIFF_SCHEMA,
        same,
        classes,
        rules,
        visitors,
        rebucketed,
        consent,
        register,
        content,
        size: size(old.targets, new.targets),
    }
}

fn class_change(old: Side<'_>, new: Side<'_>, class: Class, approvals: &[(Class, Vec<Role>)]) -> ClassChange {
    let digest = |side: Side<'_>| match class {
        Class::Consent => Some(side.bundle.program().consent()),
        class => sign::digest_of(side.targets, class),
    };
    let [before, after] = [old, new].map(|side| digest(side).map(|digest| hex(&digest)));
    let changed = before != after;
    let roles = approvals.iter().filter(|(known, _)| *known == class && changed && after.is_some());
    let must_sign = roles.flat_map(|(_, roles)| roles).map(|role| role.name().to_owned()).collect();
    ClassChange { class: class.name().to_owned(), before, after, changed, must_sign }
}

fn size(old: &[Target], new: &[Target]) -> Size {
    let of = |kinds: &[Kind]| {
        [old, new].map(|targets| {
            targets.iter().filter(|target| kinds.contains(&target.kind)).map(|target| target.length).sum::<u64>()
        })
    };
    let is_fetched =
        |target: &&Target| !matches!(target.kind, Kind::Debug | Kind::Revocations) && !old.contains(target);
    Size {
        program: of(&[Kind::Program]),
        index: of(&[Kind::Index]),
        content: of(&[Kind::Chunk, Kind::Trusted]),
        to_fetch: new.iter().filter(is_fetched).map(|target| target.length).sum(),
    }
}
