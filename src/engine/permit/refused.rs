//! Whether what consent hides was refused, or only never permitted.
//!
//! Takes what an attribute or a rung of the identity ladder needs and what the visitor said, gives whether a denial stands in the
//! way. It looks at rules and grants alone, so it says the same whatever the hidden value is.

use super::Permitted;
use crate::bundle::manifest::AttributeEntry;
use crate::words::{Purpose, Purposes, Source, Unit};

impl Permitted<'_> {
    /// Whether reading an attribute for `purpose` would take a permission that the visitor denied. Of several that are missing, one
    /// denial is enough.
    pub(in crate::engine) fn is_refused(&self, attribute: &AttributeEntry, purpose: Purpose) -> bool {
        let grants = &self.grants;
        let usable = Purposes::NONE.with(purpose).with(Purpose::Contextual).with(Purpose::Necessary);
        let serving = attribute.purposes().and(usable);
        // No permission would do: nobody can have refused one.
        if serving.is_empty() {
            return false;
        }
        let mut missing = if serving.and(grants.granted()).is_empty() { serving } else { Purposes::NONE };
        if attribute.source() == Source::Device && !grants.allows(Purpose::Storage) {
            missing = missing.with(Purpose::Storage);
        }
        if attribute.sensitive && !grants.allows_by_name(Purpose::Sensitive) {
            missing = missing.with(Purpose::Sensitive);
        }
        missing.iter().any(|purpose| grants.refuses(purpose))
    }

    /// Whether a rung that consent does not cover would be covered but for a denial, or needs what was denied.
    pub(in crate::engine) fn is_unit_refused(&self, unit: Unit) -> bool {
        let grants = &self.grants;
        // Where the law lets a silent visitor be assigned, a denial of either takes that away.
        let is_spared = unit != Unit::Account && grants.without_consent().is_some_and(|rung| unit <= rung);
        let needs_storage = unit == Unit::Visitor || is_spared;
        grants.refuses(Purpose::Analytics) || (needs_storage && grants.refuses(Purpose::Storage))
    }
}
