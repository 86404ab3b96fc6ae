//! The answer to a person: who answers, what their data is used for, what happened at each visit, what is missing and why.
//!
//! It is plain data in one language. The page that a person reads and the copy for machines are made from the same.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::consents::{self, Consent};
use super::kinds::{self, Kind};
use super::lang::Lang;
use super::lines::Noted;
use super::made::{Made, Teller};
use super::names;
use super::visit::{self, Visit};
use crate::author::purpose_text;
use crate::author::site::{Controller, LawfulBasis, Objection, Recipient, SpecialBasis};
use crate::cli::replay::{Values, as_json};
use crate::log::LogClass;
use crate::words::time::{DAY, format_day, parse_time_or_day};
use crate::words::{Purpose, Purposes};

/// The version of the answer's form.
const SCHEMA: u32 = 2;

#[derive(Serialize)]
pub(super) struct Answer {
    pub(super) schema: u32,
    pub(super) language: &'static str,
    /// The person's name, if the operator gave it.
    pub(super) name: Option<String>,
    pub(super) subjects: Vec<Subject>,
    /// The day on which it was made.
    pub(super) made: String,
    pub(super) controller: Option<Controller>,
    pub(super) objection: Vec<String>,
    pub(super) purposes: Vec<Use>,
    pub(super) consents: Vec<Consent>,
    pub(super) data: Vec<Kind>,
    pub(super) recipients: Vec<Receiver>,
    pub(super) transfers: Vec<Abroad>,
    pub(super) log: Vec<Kept>,
    pub(super) visits: Vec<Visit>,
    /// The lines of other kinds in sentences.
    pub(super) noted: Vec<Noted>,
    /// Lines of other kinds: what was seen and done.
    pub(super) lines: Vec<Value>,
    /// Every decision: its values, what was shown, why, and what would have changed it.
    pub(super) decisions: Vec<Value>,
    pub(super) erased: Vec<Erased>,
    pub(super) missing: Vec<Missing>,
}

/// An id that was asked for.
#[derive(Serialize)]
pub(super) struct Subject {
    pub(super) id: String,
    /// `device` or `account`, as far as the log tells.
    pub(super) unit: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Use {
    pub(super) purpose: &'static str,
    /// The purpose in a few words, as the kinds of data name it.
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) basis: Option<&'static str>,
    pub(super) condition: Option<&'static str>,
    /// True if it rests on what the person said.
    #[serde(skip)]
    pub(super) asks: bool,
}

#[derive(Serialize)]
pub(super) struct Receiver {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) role: Option<&'static str>,
    pub(super) contact: Option<String>,
    /// The purposes whose data it gets, in a few words; empty is all of them.
    pub(super) purposes: Vec<&'static str>,
    /// The kinds of data on record that it gets.
    pub(super) data: Vec<String>,
}

/// A transfer to another country.
#[derive(Serialize)]
pub(super) struct Abroad {
    pub(super) to: String,
    pub(super) country: String,
    /// Whether the country is in the European Economic Area; null if `to` is no country.
    pub(super) in_eea: Option<bool>,
    pub(super) recipient: Option<String>,
    pub(super) safeguard: String,
}

#[derive(Serialize)]
pub(super) struct Kept {
    pub(super) class: &'static str,
    pub(super) what: &'static str,
    pub(super) days: u32,
    /// The last day of the newest line about the person, if there is one.
    pub(super) until: Option<String>,
    pub(super) purpose: Option<String>,
    pub(super) basis: Option<&'static str>,
}

/// Records that were erased on the person's request.
#[derive(Serialize)]
pub(super) struct Erased {
    pub(super) on: String,
    pub(super) lines: usize,
}

/// Something that the package does not hold, and why.
#[derive(Serialize)]
pub(super) struct Missing {
    pub(super) code: &'static str,
    pub(super) text: String,
    /// What it is, one by one.
    pub(super) parts: Vec<String>,
}

impl Answer {
    pub(super) fn new(lang: Lang, name: Option<String>, made: String) -> Self {
        Self {
            schema: SCHEMA,
            language: lang.tag(),
            name,
            subjects: Vec::new(),
            made,
            controller: None,
            objection: Vec::new(),
            purposes: Vec::new(),
            consents: Vec::new(),
            data: Vec::new(),
            recipients: Vec::new(),
            transfers: Vec::new(),
            log: Vec::new(),
            visits: Vec::new(),
            noted: Vec::new(),
            lines: Vec::new(),
            decisions: Vec::new(),
            erased: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Adds a record, in the order of time.
    pub(super) fn add(&mut self, teller: Teller<'_>, made: &Made<'_>) {
        let at = Lang::local(&made.recorded.at, made.zone(teller));
        let day = at.get(..10).unwrap_or(&at);
        consents::add(&mut self.consents, teller, made, day);
        kinds::add(&mut self.data, teller, made, day);
        visit::add(&mut self.visits, teller, made);
    }

    /// Adds what the site itself says, once all records are in. `address` is where its pages are.
    pub(super) fn complete(&mut self, teller: Teller<'_>, address: Option<&str>) {
        let Some(site) = teller.site else { return };
        let (lang, records) = (teller.lang, &site.consent.records);
        self.controller.clone_from(&records.controller);
        self.objection = records.objection.as_ref().map(|one| objecting(lang, one, address)).unwrap_or_default();
        self.purposes = self.uses(teller);
        self.recipients = records.recipients.iter().map(|one| self.receiver(teller, one)).collect();
        self.transfers = records
            .transfers
            .iter()
            .map(|one| Abroad {
                to: one.to.clone(),
                country: names::region(lang, &one.to),
                in_eea: names::is_in_eea(&one.to),
                recipient: one.recipient.clone(),
                safeguard: lang.text(&one.safeguard, &one.texts),
            })
            .collect();
        self.log = records.log.all().filter_map(|(class, days)| self.kept(teller, class, days)).collect();
    }

    /// The purposes that the data on record, and the lines, serve.
    fn uses(&self, teller: Teller<'_>) -> Vec<Use> {
        let Some(site) = teller.site else { return Vec::new() };
        let used = self.data.iter().filter_map(|one| teller.attribute(&one.attribute));
        let mut purposes: std::collections::BTreeSet<Purpose> =
            used.flat_map(|one| one.purposes.iter().collect::<Vec<_>>()).collect();
        let is_drawn = self.visits.iter().flat_map(|visit| &visit.choices).any(|choice| choice.draw.is_some());
        if !self.lines.is_empty() || is_drawn {
            purposes.insert(Purpose::Analytics);
        }
        let used = |purpose: Purpose| {
            let class = site.consent.classes.get(&purpose).cloned().unwrap_or_default();
            // Who agrees explicitly agrees.
            let is_said = class.condition == Some(SpecialBasis::ExplicitConsent);
            let basis = class.basis.filter(|basis| !(is_said && *basis == LawfulBasis::Consent));
            Use {
                purpose: purpose.name(),
                name: teller.lang.purpose(purpose),
                text: teller.lang.text(&purpose_text(site, purpose).unwrap_or_default(), &class.texts),
                basis: basis.map(|basis| teller.lang.basis(basis)),
                condition: class.condition.map(|condition| teller.lang.condition(condition)),
                asks: is_said || class.basis == Some(LawfulBasis::Consent),
            }
        };
        purposes.into_iter().map(used).collect()
    }

    fn receiver(&self, teller: Teller<'_>, one: &Recipient) -> Receiver {
        let all = Purposes::default();
        let gets = |kind: &&Kind| {
            let of = teller.attribute(&kind.attribute).map_or(all, |known| known.purposes);
            one.purposes == all || of.iter().any(|purpose| one.purposes.has(purpose))
        };
        Receiver {
            name: one.name.clone(),
            what: teller.lang.text(one.what.as_deref().unwrap_or_default(), &one.texts),
            role: one.role.map(|role| teller.lang.role(role)),
            contact: one.contact.clone(),
            purposes: one.purposes.iter().map(|purpose| teller.lang.purpose(purpose)).collect(),
            data: self.data.iter().filter(gets).map(|kind| teller.label(&kind.attribute)).collect(),
        }
    }

    fn kept(&self, teller: Teller<'_>, class: LogClass, days: u32) -> Option<Kept> {
        let (lang, records) = (teller.lang, &teller.site?.consent.records);
        let noted = |kind: &str| self.noted.iter().filter(|one| one.kind == kind).map(|one| one.on.clone()).max();
        let (what, last) = match class {
            LogClass::Audit => (
                lang.say("the record of what was chosen", "die Aufzeichnung dessen, was gewählt wurde"),
                self.visits.last().map(|visit| visit.to.clone()),
            ),
            LogClass::Exposure => (lang.say("what you were shown", "was Ihnen gezeigt wurde"), noted("exposure")),
            LogClass::Event => {
                (lang.say("what you did on a page", "was Sie auf einer Seite getan haben"), noted("event"))
            }
            // Of nobody.
            LogClass::Reasons | LogClass::Refused | LogClass::Failure => return None,
        };
        let end = |at: String| Some(format_day(parse_time_or_day(&at)?.saturating_add(i64::from(days) * DAY)));
        let is_audit = class == LogClass::Audit;
        Some(Kept {
            class: class.name(),
            what,
            days,
            until: last.and_then(end),
            purpose: records.log_purpose.clone().filter(|_| is_audit),
            basis: records.log_basis.filter(|_| is_audit).map(|basis| lang.basis(basis)),
        })
    }

    pub(super) fn miss(&mut self, code: &'static str, text: String, parts: Vec<String>) {
        self.missing.push(Missing { code, text, parts });
    }

    /// How many decisions there are.
    pub(super) fn pages(&self) -> usize {
        self.visits.iter().map(|visit| visit.pages).sum()
    }
}

/// How a person objects: in words, and where.
fn objecting(lang: Lang, one: &Objection, address: Option<&str>) -> Vec<String> {
    let text = one.text.as_ref().map(|text| lang.text(text, &one.texts));
    let url = one.url.as_ref().map(|url| match (url.starts_with('/'), address) {
        (false, _) => url.clone(),
        (true, Some(address)) => {
            let address = address.trim_end_matches('/');
            lang.say(format!("On our site: {address}{url}."), format!("Auf unserer Seite: {address}{url}."))
        }
        // A path means nothing on paper; the command warns of it.
        (true, None) => lang.say(format!("On our site: {url}."), format!("Auf unserer Seite: {url}.")),
    });
    text.into_iter().chain(url).collect()
}

/// Lines as data, as far as they are.
pub(super) fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The values of a record by name.
pub(super) fn named(values: &Values) -> BTreeMap<String, Value> {
    values.inputs.iter().map(|(name, value)| (name.clone(), as_json(value))).collect()
}
