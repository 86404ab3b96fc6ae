//! A visitor's permissions, purpose by purpose, and their sources.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bundle::Bundle;
use crate::consent::Grants;
use crate::words::{Depth, Purpose};

/// The permissions behind an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Permissions {
    /// The regime whose law holds.
    pub regime: String,
    /// How personal decisions may be at most; `None` is no limit.
    pub depth: Option<&'static str>,
    /// Every purpose.
    pub purposes: BTreeMap<&'static str, Permission>,
}

/// The permission for one purpose.
#[derive(Clone, Debug, Serialize)]
pub struct Permission {
    /// True if data may be used for it.
    pub granted: bool,
    /// Where that comes from.
    pub basis: &'static str,
    /// The day of the grant, in days since 1970 (UTC), where its source has one.
    pub day: Option<u32>,
    /// True if a parent gave it.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub by_parent: bool,
}

/// What `grants` permit.
pub fn permissions(bundle: &Bundle, grants: &Grants) -> Permissions {
    let rows = &bundle.program().manifest().regions.rows;
    let one = |purpose: &Purpose| {
        let (granted, basis) = (grants.allows(*purpose), grants.basis(*purpose).name());
        let by_parent = grants.allows_by_parent(*purpose);
        (purpose.name(), Permission { granted, basis, day: grants.day(*purpose), by_parent })
    };
    Permissions {
        regime: rows.get(grants.regime).map(|row| row.code.clone()).unwrap_or_default(),
        depth: Some(grants.depth).filter(|depth| *depth < Depth::Sensitive).map(Depth::name),
        purposes: Purpose::ALL.iter().map(one).collect(),
    }
}

impl Permissions {
    /// The purposes that are off, with where that comes from, in the order of the purposes.
    pub fn off(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.each().filter(|(_, permission)| !permission.granted).map(|(name, permission)| (name, permission.basis))
    }

    fn each(&self) -> impl Iterator<Item = (&'static str, &Permission)> {
        Purpose::ALL.iter().filter_map(|purpose| Some((purpose.name(), self.purposes.get(purpose.name())?)))
    }

    /// The same as lines of text, in the order of the purposes.
    pub fn text(&self) -> String {
        let limit = self.depth.map(|depth| format!(", depth at most {depth}")).unwrap_or_default();
        let mut text = format!("permissions under the law of {}{limit}\n", self.regime);
        for (name, permission) in self.each() {
            let mark = if permission.granted { '✓' } else { '✗' };
            let who = if permission.by_parent { ", by a parent" } else { "" };
            text.push_str(&format!("  {mark} {name:15}  {}{who}\n", permission.basis));
        }
        text
    }
}
