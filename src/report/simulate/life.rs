//! One life: every event of a person, decided by the engine as a host would ask it.

use std::collections::BTreeMap;

use super::Plan;
use super::check::{Answer, Broken, Checker, Shown};
use super::person::{Event, Happens, Person};
use crate::author::site::{CapWindow, ContactClass, Site};
use crate::bundle::Bundle;
use crate::engine::contact::state;
use crate::engine::{Page, Workspace, decide_into, permit_said};
use crate::page::{contact_cookie, contact_of};
use crate::report::interference::values::values;
use crate::words::time::SECOND;
use crate::words::{Choice, Contact, Identity, Instant, Purpose, PurposeKey, Value, Visit};

/// Everything that lives have in common.
pub(super) struct World<'s> {
    site: &'s Site,
    bundle: &'s Bundle,
    checker: Checker<'s>,
    pub(super) channels: Vec<Channel>,
    /// Zones with a region that is in them.
    pub(super) places: Vec<(String, Option<String>)>,
    /// Values worth having, by attribute. The zone of a person is not among them.
    pub(super) values: Vec<Vec<Value>>,
    /// The attribute with the zone of a person.
    zone: Option<usize>,
    /// Experiences of the bundle by their position in the site.
    experiences: Vec<usize>,
    workspace: Workspace,
    page: Page,
}

/// A channel and its slots.
pub(super) struct Channel {
    pub(super) name: String,
    slots: Vec<Option<u32>>,
}

/// What became of a person.
#[derive(Default)]
pub(super) struct Life {
    pub(super) answers: Vec<Answer>,
    /// Contents and when they were dismissed.
    pub(super) dismissals: Vec<(usize, i64)>,
    pub(super) broken: Vec<Broken>,
    pub(super) held: BTreeMap<&'static str, u64>,
    /// Two tabs read one state.
    is_raced: bool,
    pub(super) chances: u64,
    pub(super) forgotten: u64,
    pub(super) state_characters_max: usize,
}

impl<'s> World<'s> {
    pub(super) fn new(site: &'s Site, bundle: &'s Bundle, plan: Plan) -> Self {
        let program = bundle.program();
        let mut channels: Vec<Channel> = Vec::new();
        for (slot, one) in (0..).zip(&site.slots) {
            match channels.iter_mut().find(|channel| channel.name == one.channel) {
                Some(channel) => channel.slots.push(Some(slot)),
                None => channels.push(Channel { name: one.channel.clone(), slots: vec![Some(slot)] }),
            }
        }
        let of_market = |market: usize| {
            let mut zones: Vec<String> =
                site.contact.quiet.iter().filter_map(|quiet| quiet.markets.get(market)).flatten().cloned().collect();
            zones.extend(site.markets.get(market).map(|market| market.zone.clone()).filter(|zone| !zone.is_empty()));
            zones
        };
        let mut places: Vec<(String, Option<String>)> = Vec::new();
        for (at, market) in site.markets.iter().enumerate() {
            for zone in of_market(at) {
                places.extend(market.regions.iter().map(|region| (zone.clone(), Some(region.clone()))));
            }
        }
        let calendars = site.contact.caps.iter().filter_map(|cap| match &cap.window {
            CapWindow::Calendar(_, zone) => Some((zone.clone(), None)),
            CapWindow::Sliding(_) => None,
        });
        places.extend(calendars);
        let zone = site.contact.quiet.iter().find_map(|quiet| quiet.zone);
        let typed = |values: Vec<serde_json::Value>| -> Vec<Value> {
            values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect()
        };
        let mut values: Vec<Vec<Value>> = values(site, plan.start_ms).into_iter().map(typed).collect();
        if let Some(values) = zone.and_then(|zone| values.get_mut(zone)) {
            values.clear();
        }
        let position = |at: usize| site.experiences.iter().position(|one| one.name == program.experience_name(at));
        Self {
            site,
            bundle,
            checker: Checker::new(site),
            channels,
            places,
            values,
            zone,
            experiences: (0..program.experiences()).map(|at| position(at).unwrap_or_default()).collect(),
            workspace: Workspace::default(),
            page: Page::default(),
        }
    }

    /// Lives all events of a person.
    pub(super) fn live(&mut self, person: &Person) -> Life {
        let (mut life, mut told, mut kept) = (Life::default(), Vec::new(), String::new());
        let mut visit = self.visit(person);
        for (number, event) in person.events.iter().enumerate() {
            match &event.happens {
                Happens::Change(attribute, value) => {
                    if let Some(attribute) = self.site.attributes.get(*attribute) {
                        visit.attributes.insert(attribute.name.clone(), value.clone());
                    }
                }
                Happens::Chance { channel, dismisses, twice } => {
                    let before = (told.clone(), kept.clone());
                    for tab in 0..=u8::from(*twice) {
                        // The second tab read what was there before the first one wrote.
                        let (seen, read) = if tab == 0 { (&told, &kept) } else { (&before.0, &before.1) };
                        let at_ms = event.at_ms + SECOND * i64::from(tab);
                        visit.now = Some(Instant(at_ms));
                        visit.identity = identity(person, number, tab);
                        visit.contacts = person.is_known.then(|| Vec::clone(seen));
                        visit.contact_state = person.has_storage.then(|| read.clone());
                        let answer = self.answer(&visit, *channel, &mut kept, &mut life);
                        // The promises are for a history that one tab after the other writes.
                        life.is_raced |= tab > 0;
                        let event = Event { at_ms, ..event.clone() };
                        self.tell(person, &event, number, *dismisses, answer, &visit, &mut told, &mut kept, &mut life);
                    }
                }
            }
        }
        life
    }

    fn visit(&self, person: &Person) -> Visit {
        let mut visit = Visit { region: person.region.clone(), ..Visit::default() };
        for purpose in Purpose::ALL {
            let is_granted = if *purpose == Purpose::Storage { person.has_storage } else { person.is_open };
            let choice = if is_granted { Choice::Granted } else { Choice::Denied };
            visit.grants.insert(PurposeKey(*purpose), Some(choice));
        }
        let zone = self.zone.and_then(|zone| self.site.attributes.get(zone));
        if let Some(zone) = zone.filter(|zone| person.says_zone && zone.values.contains(&person.zone)) {
            visit.attributes.insert(zone.name.clone(), Value::Text(person.zone.clone()));
        }
        visit
    }

    /// The contact that a channel makes, if it makes one.
    fn answer(&mut self, visit: &Visit, channel: usize, kept: &mut String, life: &mut Life) -> Option<Vec<Shown>> {
        let now_ms = visit.now.map_or(0, |now| now.0);
        let permitted = permit_said(self.bundle, visit, now_ms);
        let channel = self.channels.get(channel)?;
        decide_into(self.bundle, &permitted, &channel.slots, &mut self.workspace, &mut self.page);
        life.chances += 1;
        for decision in self.page.decisions.iter().filter(|decision| decision.withheld.is_some()) {
            *life.held.entry(decision.detail.map_or("", |detail| detail.name())).or_default() += 1;
        }
        let is_page = channel.name == "web";
        life.forgotten += u64::from(is_page && self.page.decisions.iter().any(|one| one.is_forgetful));
        let shown: Vec<(usize, u32)> = self.page.decisions.iter().filter_map(contact_of).collect();
        if is_page && let Some(cookie) = contact_cookie(self.bundle.program(), visit, &permitted, &shown) {
            life.state_characters_max = life.state_characters_max.max(cookie.value.len());
            *kept = cookie.value;
        }
        let shown = shown.into_iter().map(|(experience, content)| Shown {
            experience: self.experiences.get(experience).copied().unwrap_or_default(),
            content: content as usize,
        });
        let shown: Vec<Shown> = shown.collect();
        (!shown.is_empty()).then_some(shown)
    }

    /// Notes a contact where the site and the device keep them, and checks it.
    #[expect(clippy::too_many_arguments, reason = "one event of one life, of which each part is changed")]
    fn tell(
        &mut self,
        person: &Person,
        event: &Event,
        number: usize,
        dismisses: bool,
        shown: Option<Vec<Shown>>,
        visit: &Visit,
        told: &mut Vec<Contact>,
        kept: &mut String,
        life: &mut Life,
    ) {
        let (Some(shown), Happens::Chance { channel, .. }) = (shown, &event.happens) else { return };
        let channel = self.channels.get(*channel).map(|channel| channel.name.clone()).unwrap_or_default();
        let has_memory = person.is_known || person.has_storage;
        let answer = Answer { at_ms: event.at_ms, event: number, channel: channel.clone(), shown };
        let broken = self.checker.check(person, visit, &life.answers, &life.dismissals, &answer, has_memory);
        life.broken.extend(broken.into_iter().map(|broken| Broken { is_race: life.is_raced, ..broken }));
        for one in &answer.shown {
            let Some(experience) = self.site.experiences.get(one.experience) else { continue };
            let content = self.site.content.get(one.content).map(|content| content.name.clone());
            let contact = Contact {
                at: Instant(event.at_ms),
                channel: Some(channel.clone()),
                class: experience.class,
                experience: Some(experience.name.clone()),
                content,
                dismissed: false,
            };
            told.push(contact.clone());
            if dismisses && experience.contact_class() == ContactClass::Promotional {
                told.push(Contact { dismissed: true, ..contact });
                if person.has_storage && channel == "web" {
                    let policy = self.bundle.program().contact();
                    let mut history = state::read(policy, kept, event.at_ms);
                    history.dismiss(policy, one.content as u32, event.at_ms);
                    *kept = state::write(policy, &history);
                }
                life.dismissals.push((one.content, event.at_ms));
            }
        }
        life.answers.push(answer);
    }
}

/// The ids of a visit: randomness of the page, and those by which the device and the site know a person.
fn identity(person: &Person, event: usize, tab: u8) -> Identity {
    Identity {
        page: Some(format!("page-{}-{event}-{tab}", person.number)),
        visitor: person.has_storage.then(|| format!("device-{}", person.number)),
        account: person.is_known.then(|| format!("account-{}", person.number)),
        ..Identity::default()
    }
}
