//! `[approvals]` of `selvedge.toml`: which roles must sign which class of a release.
//!
//! It binds nobody by itself, as its author can edit it. A root that is made from it does.

use super::keys::Table;
use crate::trust::{Class, Role};

/// The roles that can approve.
pub(crate) const APPROVING: &[Role] =
    &[Role::Privacy, Role::Legal, Role::Engineering, Role::Finance, Role::Decisioning, Role::Content];

/// Reads the table, in the order of the classes.
pub(crate) fn approvals(top: Table<'_>) -> Vec<(Class, Vec<Role>)> {
    let table = top.section("approvals");
    let roles = |class: &Class| {
        let written = table.texts(class.name());
        let mut roles: Vec<Role> = written.iter().filter_map(|role| Role::from_name(role.text)).collect();
        roles.sort_unstable();
        if let Some(field) = table.get(class.name()).filter(|field| written.is_empty() && field.value.is_array()) {
            let help = "name a role, or remove the key";
            field.refuse("SV5230", format!("nobody is named to approve `{class}`"), help);
        }
        (*class, roles)
    };
    Class::ALL.iter().map(roles).filter(|(_, roles)| !roles.is_empty()).collect()
}
