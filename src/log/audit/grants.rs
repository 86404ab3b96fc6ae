//! What a record says of the permissions of a visit: what stands with each purpose, on which basis, and who gave it.

use alloc::string::String;
use core::fmt::Write as _;

use crate::consent::Grants;
use crate::log::field;
use crate::words::{Purpose, Unit};

pub(super) fn write_grants(line: &mut String, grants: &Grants) {
    let _ = write!(line, ",\"grants\":{{\"epoch\":{},\"depth\":\"{}\"", grants.epoch, grants.depth.name());
    field(line, "silent_unit", grants.without_consent().map(Unit::name));
    for purpose in Purpose::ALL {
        let standing = standing(grants.allows(*purpose), grants.denies(*purpose));
        let by_name = if grants.allows_by_name(*purpose) { BY_NAME } else { "" };
        let by_parent = if grants.allows_by_parent(*purpose) { BY_PARENT } else { "" };
        let basis = grants.basis(*purpose).name();
        let _ = write!(line, ",\"{}\":\"{standing} {basis}{by_name}{by_parent}\"", purpose.name());
    }
    line.push('}');
}

/// How a record says that a permission was given by the purpose's name.
pub const BY_NAME: &str = " by name";

/// How a record says that a parent gave a permission. Without it the visitor did, or nobody had to.
pub const BY_PARENT: &str = " by a parent";

/// How a record says what stands with a purpose: `required` is what a visitor denied and cannot.
pub const fn standing(granted: bool, denied: bool) -> &'static str {
    match (granted, denied) {
        (true, false) => "granted",
        (true, true) => "required",
        (false, true) => "denied",
        (false, false) => "withheld",
    }
}
