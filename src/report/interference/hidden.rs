//! The facts of a visitor that consent hides, word for word as the design defines them.
//!
//! It never calls what it is there to check: not `permit`, not the bundle, not the intake.

use std::collections::BTreeSet;

use super::case::{Case, Door, Fact};
use crate::author::site::{Attribute, Site};
use crate::bundle::manifest::From;
use crate::consent::{Grants, grants};
use crate::words::{Purpose, Purposes, Source, Unit};

/// How much of a fact is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hiding {
    /// Nothing is hidden.
    Shown,
    /// Its value is hidden, but its presence may show.
    Value,
    /// True if it is there, too.
    Whole,
}

/// One visitor under the law.
pub(super) struct Sight<'c> {
    site: &'c Site,
    case: &'c Case,
    grants: Grants,
    /// True if the stored id is looked up in the list of withdrawals.
    looks_up_device: bool,
    /// The purposes of the requested slots.
    purposes: BTreeSet<Purpose>,
}

/// True if two visitors differ only in facts that are hidden of both.
pub(super) fn are_twins(site: &Site, one: &Case, other: &Case) -> bool {
    let sights = [Sight::new(site, one), Sight::new(site, other)];
    let is_hidden = |fact: &Fact| {
        let is_on_both = one.facts.contains_key(fact) == other.facts.contains_key(fact);
        let needed = if is_on_both { Hiding::Value } else { Hiding::Whole };
        sights.iter().all(|sight| sight.hiding(fact) >= needed)
    };
    one.door == other.door
        && one.slots == other.slots
        && one.differing(other).all(is_hidden)
        && sights[0].has_cookies_of(&sights[1])
}

impl<'c> Sight<'c> {
    pub(super) fn new(site: &'c Site, case: &'c Case) -> Self {
        let asked = |slot: usize| site.slots.get(slot).is_some_and(|slot| case.slots.contains(&slot.name));
        let mut said = case.visit();
        let mut held = grants(&site.regions, &said, case.now_ms());
        let mut looks_up_device = false;
        // An account says who it is with each request. The stored id is read only where everything else permits that.
        for unit in [Unit::Account, Unit::Visitor].into_iter().filter(|_| case.door == Door::Request) {
            if unit == Unit::Visitor {
                looks_up_device = held.allows(Purpose::Storage);
                if !looks_up_device {
                    break;
                }
            }
            if case.facts.contains_key(&Fact::Id(unit)) {
                said.signals.revoked.extend(case.withdrawal(unit));
                held = grants(&site.regions, &said, case.now_ms());
            }
        }
        let purposes = site.experiences.iter().filter(|one| asked(one.slot)).map(|one| one.purpose).collect();
        Self { site, case, grants: held, looks_up_device, purposes }
    }

    pub(super) fn hiding(&self, fact: &Fact) -> Hiding {
        self.weighed(fact).0
    }

    /// Why a fact may not be told, in words that end a sentence; for one that may, why it is still not compared.
    pub(super) fn why(&self, fact: &Fact) -> String {
        match fact {
            Fact::Attribute(name) | Fact::Observed(name) | Fact::Unknown(name) => self.why_not_read(name),
            _ => self.weighed(fact).1.into(),
        }
    }

    /// How much of a fact is hidden, and why it may not be told; attributes say why by themselves.
    fn weighed(&self, fact: &Fact) -> (Hiding, &'static str) {
        use Hiding::{Shown, Value, Whole};
        let hidden_if = |hidden: bool, hiding: Hiding, why| (if hidden { hiding } else { Shown }, why);
        let unread = |sources: &[From]| {
            hidden_if(!self.any_readable(sources), Whole, "no attribute that may be read here comes from it")
        };
        let of_id = "an id of the device needs `storage` and `analytics`, but not both are granted";
        let of_draws = "no arm is drawn by it while `analytics` is not granted";
        match (self.case.door, fact) {
            (Door::Visit, Fact::Attribute(name) | Fact::Unknown(name)) => {
                hidden_if(!self.is_readable(name) || self.is_too_old(name), Whole, "")
            }
            // The age of data that may not be read is hidden. For data that is too old, only how much too old it is.
            (Door::Visit, Fact::Observed(name)) if self.is_readable(name) => {
                hidden_if(self.is_too_old(name), Value, "")
            }
            (Door::Visit, Fact::Observed(_)) => (Whole, ""),
            (Door::Visit, Fact::Id(unit)) => {
                let why = match unit {
                    Unit::Visitor => of_id,
                    Unit::Account => "an account is not used for choosing without `analytics`, which is not granted",
                    _ => of_draws,
                };
                hidden_if(!self.grants.allows_unit(*unit), Whole, why)
            }

            // A cookie that may not be kept is removed, so that it was there shows.
            (door, Fact::Contacts) => {
                let hiding = if door == Door::Request { Value } else { Whole };
                hidden_if(!self.has_storage(), hiding, "contacts are kept on the device, but `storage` is not granted")
            }
            (Door::Request, Fact::Journeys) => {
                hidden_if(!self.has_storage(), Value, "journeys are kept on the device, but `storage` is not granted")
            }
            // The origin sees it too, and may choose the page by it; what we choose by it is contextual.
            (Door::Request, Fact::Locale) => {
                let is_read = self.any_readable(&[From::Language, From::Header("accept-language".into())]);
                let why = "choosing content by the browser's language is `contextual`, which is not granted";
                hidden_if(!self.grants.allows(Purpose::Contextual) && !is_read, Whole, why)
            }
            // An event without permission, or of another epoch, is counted when it arrives.
            (Door::Request, Fact::Event(_)) if !self.grants.allows(Purpose::Analytics) => {
                (Value, "without `analytics`, which is not granted, it may only be counted")
            }
            (Door::Request, Fact::Event(_)) => {
                let epoch = self.case.facts.get(fact).and_then(|event| event.get("epoch")?.as_u64());
                let why = "it was noted under an earlier or later choice, and may only be counted";
                hidden_if(epoch != Some(self.grants.epoch.into()), Value, why)
            }

            // It is looked up in the list of withdrawals, and serves nothing else.
            (Door::Request, Fact::Id(Unit::Account)) => {
                let is_found = self.case.facts.contains_key(&Fact::Withdrawal(Unit::Account));
                let why = "an account of a request is only used to look it up in the list of withdrawals";
                (if is_found { Value } else { Whole }, why)
            }
            (Door::Request, Fact::Withdrawal(Unit::Visitor)) => {
                let why = "the stored id is not looked up without `storage`, which is not granted";
                hidden_if(!self.looks_up_device, Whole, why)
            }
            (Door::Request, Fact::Id(Unit::Visitor)) => hidden_if(!self.keeps_id(), Value, of_id),
            // Randomness becomes the id of a device that gets its first one.
            (Door::Request, Fact::Id(Unit::Page)) => {
                hidden_if(!self.grants.allows_unit(Unit::Page) && !self.keeps_id(), Value, of_draws)
            }
            (Door::Request, Fact::Attribute(name)) => (self.remembered(name, false), ""),
            (Door::Request, Fact::Observed(name)) => (self.remembered(name, true), ""),
            (Door::Request, Fact::Cookie(_)) if !self.has_storage() => {
                (Whole, "no cookie of the device is read without `storage`, which is not granted")
            }
            (Door::Request, Fact::Cookie(name)) => unread(&[From::Cookie(name.clone()), From::Header("cookie".into())]),
            (Door::Request, Fact::Header(name)) => {
                let by_device = ["user-agent", "sec-ch-ua-mobile"].contains(&name.as_str());
                let sources = [From::Header(name.clone()), From::Device];
                unread(&sources[..if by_device { 2 } else { 1 }])
            }
            (Door::Request, Fact::Query(name)) => unread(&[From::Query(name.clone())]),
            (Door::Request, Fact::Country) => unread(&[From::Country]),
            _ => (Shown, ""),
        }
    }

    fn why_not_read(&self, name: &str) -> String {
        let Some(attribute) = self.attribute(name) else { return "the site has no such attribute".into() };
        let purposes: Vec<&str> = attribute.purposes.iter().map(Purpose::name).collect();
        let (purposes, grants) = (purposes.join("` or `"), &self.grants);
        if attribute.source == Source::Device && !self.has_storage() {
            "it is kept on the device, but `storage` is not granted".into()
        } else if attribute.sensitive && !grants.allows_by_name(Purpose::Sensitive) {
            "it is sensitive, but `sensitive` was not granted".into()
        } else if attribute.purposes.and(grants.granted()).is_empty() {
            format!("it is for `{purposes}`, which is not granted")
        } else if attribute.depth > grants.depth {
            format!("it is {}, but decisions may use no data more personal than {}", attribute.depth, grants.depth)
        } else if !self.is_readable(name) {
            format!("it is for `{purposes}`, which no decision here serves")
        } else {
            "it is older than its retention".into()
        }
    }

    /// True if an attribute may be read for any of the current purposes. An attribute that the site does not have may not be
    /// read.
    fn is_readable(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|attribute| self.may_read_any(attribute))
    }

    /// True if what is known of an attribute is past its retention: hidden, as long as it stays so.
    fn is_too_old(&self, name: &str) -> bool {
        let retention = self.attribute(name).and_then(|attribute| attribute.retention_seconds);
        let age_ms = self.case.observed_ms(name).map(|ms| self.case.now_ms().saturating_sub(ms));
        matches!((retention, age_ms), (Some(seconds), Some(age_ms)) if age_ms > i64::from(seconds) * 1_000)
    }

    /// The value or the stamp of an attribute in our state cookie.
    ///
    /// Without `storage` it is all hidden. A value that is no longer covered is removed from the cookie, so its presence may
    /// show. The rest is written back to the same device without a change.
    fn remembered(&self, name: &str, is_stamp: bool) -> Hiding {
        let is_rewritten = self.entries().any(|entry| !self.is_kept(entry));
        match () {
            () if !self.has_storage() => Hiding::Whole,
            () if !self.is_kept(name) && is_stamp => Hiding::Whole,
            () if !self.is_kept(name) => Hiding::Value,
            () if is_rewritten => Hiding::Shown,
            () if !self.is_readable(name) => Hiding::Whole,
            // Without the entry there is no stamp that makes it too old.
            () if self.is_too_old(name) => Hiding::Value,
            () => Hiding::Shown,
        }
    }

    /// True if the device may go on keeping an attribute in our state cookie.
    fn is_kept(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|attribute| {
            attribute.source == Source::Device
                && attribute.from == From::Host
                && attribute.purposes.iter().any(|purpose| self.grants.allows(purpose))
                && (!attribute.sensitive || self.grants.allows(Purpose::Sensitive))
        })
    }

    /// The names in our state cookie.
    fn entries(&self) -> impl Iterator<Item = &str> {
        self.case.facts.keys().filter_map(|fact| match fact {
            Fact::Attribute(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// True if the other's request has our state cookie where its removal shows, and the facts that make us write the cookie
    /// again.
    pub(super) fn has_cookies_of(&self, other: &Self) -> bool {
        let tells = |sight: &Self| sight.entries().any(|entry| !sight.has_storage() || !sight.is_kept(entry));
        self.case.door == Door::Visit || tells(self) == tells(other)
    }

    fn any_readable(&self, sources: &[From]) -> bool {
        self.site.attributes.iter().any(|attribute| sources.contains(&attribute.from) && self.may_read_any(attribute))
    }

    fn may_read_any(&self, attribute: &Attribute) -> bool {
        self.purposes.iter().any(|purpose| may_read(attribute, *purpose, &self.grants))
    }

    fn has_storage(&self) -> bool {
        self.grants.allows(Purpose::Storage)
    }

    fn keeps_id(&self) -> bool {
        self.has_storage() && self.grants.allows_unit(Unit::Visitor)
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.site.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// True if an attribute may be read for a purpose. One of its purposes must be granted, and must be that purpose,
/// `contextual` or `necessary`. An attribute from the device needs `storage` too. A sensitive one needs an explicit grant of
/// `sensitive`. It must not be deeper than the visitor's limit.
///
/// This is an oracle: it writes the read rule a second time on purpose, and must not call `consent::read`, which it checks.
fn may_read(attribute: &Attribute, purpose: Purpose, grants: &Grants) -> bool {
    let serving: Purposes = [purpose, Purpose::Contextual, Purpose::Necessary].into_iter().collect();
    let is_granted = attribute.purposes.and(serving).iter().any(|purpose| grants.allows(purpose));
    is_granted
        && attribute.depth <= grants.depth
        && (attribute.source != Source::Device || grants.allows(Purpose::Storage))
        && (!attribute.sensitive || grants.allows_by_name(Purpose::Sensitive))
}
