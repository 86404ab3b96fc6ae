//! A recorded decision, made again.
//!
//! It goes by `permit` and `decide`, as the first time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::bundle::Bundle;
use crate::consent::Grants;
use crate::engine::{Limits, Page, Permitted, Workspace, decide, permit};
use crate::log::audit::{Asked, Which, draft};
use crate::words::time::SECOND;
use crate::words::{Depth, Instant, Value, Visit, WhenStale};

use super::keys::RecordKeys;
use super::recorded::Recorded;
use super::values::{Contacts, Values};
use crate::cli::open::Opened;

/// What a decision was made from, as far as its record goes.
pub(in crate::cli) struct Again<'a> {
    bundle: Cow<'a, Bundle>,
    pub(in crate::cli) visit: Visit,
    pub(in crate::cli) grants: Grants,
    pub(in crate::cli) now_ms: i64,
    stale: bool,
    limits: Limits,
    slots: Vec<Option<u32>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Verdict {
    /// The record is the same, byte for byte.
    Same,
    /// These values are not the ones that were read.
    OtherValues(Vec<String>),
    /// The record is another one: what was logged, and what comes out.
    Different { logged: String, found: String },
}

/// The attributes of feeds that were too old. A line names a feed if all of its attributes that are not sensitive were; a sensitive one
/// that still had its say was not.
fn stale(recorded: &Recorded, bundle: &Bundle) -> Vec<String> {
    let mut stale = recorded.stale_feeds.clone();
    let has_say = |name: &String| recorded.inputs.get(name).is_some_and(|said| said != "old_feed");
    for attribute in &bundle.program().manifest().attributes {
        let Some(place) = attribute.feed().filter(|place| recorded.stale_feeds.contains(&place.feed)) else { continue };
        let is_fresh = attribute.sensitive && place.on_stale() != WhenStale::Use && has_say(&attribute.name);
        stale.extend((!is_fresh).then(|| attribute.name.clone()));
    }
    let feeds: Vec<&String> =
        bundle.program().manifest().attributes.iter().filter_map(|one| Some(&one.feed()?.feed)).collect();
    stale.retain(|name| !feeds.contains(&name));
    stale
}

impl<'a> Again<'a> {
    /// Puts together what the decision was made from; `Err` names the values that are missing.
    pub(in crate::cli) fn new(
        recorded: &Recorded,
        opened: &'a Opened,
        values: &Values,
    ) -> anyhow::Result<Result<Self, Vec<String>>> {
        let program = opened.bundle.program();
        let now_ms = recorded.now_ms()?;
        let mut visit = Visit {
            region: recorded.region.clone(),
            locale: recorded.locale.clone(),
            identity: values.identity(&recorded.ids),
            now: Some(Instant(now_ms)),
            stale: stale(recorded, &opened.bundle),
            ..Visit::default()
        };
        let entry = |name: &str| program.manifest().attributes.iter().find(|attribute| attribute.name == name);
        // A value may be as old as its retention.
        let aged = |seconds: u32| Instant(now_ms.saturating_sub(i64::from(seconds).saturating_mul(SECOND) + 1));
        let units = recorded.ids.keys().filter(|unit| !values.ids.contains_key(*unit));
        let mut missing: Vec<String> = units.map(|unit| format!("the {unit} id")).collect();
        if recorded.is_split() && values.at.is_none() {
            missing.push("the exact time, `at`".into());
        }
        for (name, shown) in &recorded.inputs {
            match (shown.as_str(), values.inputs.get(name)) {
                ("absent", _) => {}
                // A value of a feed was there, also where the page has no key to look it up with.
                ("unknown", _) => {
                    if entry(name).is_some_and(|attribute| attribute.feed().is_some()) {
                        visit.attributes.insert(name.clone(), Value::Invalid);
                    }
                    visit.unknown.push(name.clone());
                }
                ("old_feed", _) => {
                    // An old feed that counts all the same had no value here.
                    let place = entry(name).and_then(|attribute| attribute.feed());
                    if place.is_some_and(|place| place.on_stale() != WhenStale::Use) {
                        visit.attributes.insert(name.clone(), Value::Invalid);
                    }
                    visit.stale.push(name.clone());
                    visit.unknown.push(name.clone());
                }
                // Just as old as it may not be: whether its feed was too old stands elsewhere.
                ("too_old", _) => {
                    if entry(name).is_some_and(|attribute| attribute.feed().is_some()) {
                        visit.attributes.insert(name.clone(), Value::Invalid);
                    }
                    let retention = entry(name).and_then(|attribute| attribute.retention_seconds);
                    visit.observed.insert(name.clone(), retention.map_or(Instant(i64::MIN), aged));
                }
                (_, Some(value)) => drop(visit.attributes.insert(name.clone(), value.clone())),
                (_, None) => missing.push(format!("`{name}`")),
            }
        }
        if recorded.has_contacts() {
            visit.recalled = values.contacts.as_ref().map(Contacts::recalled);
            missing.extend(values.contacts.is_none().then(|| "the contacts before".into()));
        } else if recorded.contacts.is_none() && program.contact().has_history() {
            // A record of an earlier version has no contacts before. Those that held nothing back might as well not have been.
            let says = |detail: &str| recorded.slots.iter().any(|slot| slot.word("detail") == Some(detail));
            let is_forgetful =
                recorded.slots.iter().any(|slot| slot.word("memory").is_some()) || says("HISTORY_MISSING");
            visit.contacts = (!is_forgetful).then(Vec::new);
            let held = ["CAPPED", "TOO_SOON", "DISMISSED", "REPEATED", "OUT_OF_TURN"].into_iter().any(says);
            if held || recorded.slots.iter().any(|slot| slot.left_out().next().is_some()) {
                missing.push("the contacts before".into());
            }
        }
        if !missing.is_empty() {
            return Ok(Err(missing));
        }
        let regions = &program.manifest().regions;
        let grants = Grants::recorded(regions, recorded.region.as_deref(), now_ms, &recorded.grants()?);
        let slots =
            recorded.slots.iter().map(|slot| program.slot_position(&slot.slot).map(|slot| slot as u32)).collect();
        let limits = Limits { rules_per_slot_max: recorded.rules_max.unwrap_or(u32::MAX) };
        let orders = recorded.orders()?;
        let bundle = match orders.is_empty() {
            true if program.has_feeds() => Cow::Owned(opened.bundle.clone().as_recorded()),
            true => Cow::Borrowed(&opened.bundle),
            false if program.has_feeds() => Cow::Owned(opened.bundle.clone().under(orders).as_recorded()),
            false => Cow::Owned(opened.bundle.clone().under(orders)),
        };
        Ok(Ok(Self { bundle, visit, grants, now_ms, stale: recorded.stale, limits, slots }))
    }

    /// The bundle of the decision, under the orders of the time.
    pub(in crate::cli) fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The slots that were decided together.
    pub(in crate::cli) fn slots(&self) -> &[Option<u32>] {
        &self.slots
    }

    pub(in crate::cli) fn permitted(&self) -> Permitted<'_> {
        permit(&self.bundle, &self.visit, &self.grants, self.now_ms).with_stale(self.stale)
    }

    pub(in crate::cli) fn page(&self, permitted: &Permitted<'_>) -> Page {
        decide(&self.bundle, permitted, &self.slots, &mut Workspace::with_limits(self.limits))
    }

    /// The decisions if nothing that was observed of the person could be read: what they did, what follows from it, and what is
    /// sensitive.
    pub(in crate::cli) fn page_without_history(&self) -> Page {
        let mut grants = self.grants.clone();
        grants.depth = grants.depth.min(Depth::Declared);
        let permitted = permit(&self.bundle, &self.visit, &grants, self.now_ms).with_stale(self.stale);
        self.page(&permitted)
    }

    /// The line that comes out, without a sealed part.
    pub(in crate::cli) fn line(&self, recorded: &Recorded, keys: &RecordKeys) -> anyhow::Result<String> {
        let permitted = self.permitted();
        let page = self.page(&permitted);
        let asked = Asked {
            bundle: &self.bundle,
            visit: &self.visit,
            permitted: &permitted,
            page: &page,
            limits: self.limits,
            which: Which::All,
        };
        Ok(draft(&asked, &recorded.marks(keys)?).map(|draft| draft.line().to_owned()).unwrap_or_default())
    }

    /// Compares the record that comes out with the one that was logged.
    pub(in crate::cli) fn compare(
        &self,
        recorded: &Recorded,
        line: &str,
        keys: &RecordKeys,
    ) -> anyhow::Result<Verdict> {
        let logged = recorded.open_line(line)?;
        let found = self.line(recorded, keys)?;
        if logged == found {
            return Ok(Verdict::Same);
        }
        let mut other = Vec::new();
        if let Ok(found) = Recorded::read(&found) {
            let is_other = |of: &BTreeMap<String, String>, (name, digest): &(&String, &String)| {
                of.get(*name).is_some_and(|found| found != *digest)
            };
            let inputs = recorded.inputs.iter().filter(|input| is_other(&found.inputs, input));
            other.extend(inputs.map(|(name, _)| format!("`{name}`")));
            let ids = recorded.ids.iter().filter(|id| is_other(&found.ids, id));
            other.extend(ids.map(|(unit, _)| format!("the {unit} id")));
            let is_same = recorded.contacts == found.contacts || !recorded.has_contacts() || !found.has_contacts();
            other.extend((!is_same).then(|| "the contacts before".into()));
            other.extend((recorded.time != found.time && !recorded.is_hidden()).then(|| "the exact time".into()));
        }
        Ok(if other.is_empty() { Verdict::Different { logged, found } } else { Verdict::OtherValues(other) })
    }
}
