//! The answer to a person: who answers, what their data is used for, what happened at each visit, what is missing and why.
//!
//! It is plain data in one language. The page that a person reads and the copy for machines are made from the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::lang::{Lang, first_sentence, label};
use crate::author::purpose_text;
use crate::author::site::{Attribute, Controller, LawfulBasis, Objection, Site, SpecialBasis};
use crate::cli::replay::{Recorded, Values, as_json, in_words};
use crate::log::LogClass;
use crate::words::{Purpose, Source};

/// The version of the answer's form.
const SCHEMA: u32 = 1;
/// Pages that are no further apart than this are one visit.
const VISIT_MINUTES_MAX: i64 = 30;

#[derive(Serialize)]
pub(super) struct Answer {
    pub(super) schema: u32,
    pub(super) language: &'static str,
    /// The ids that were asked for.
    pub(super) subjects: Vec<String>,
    /// The day on which it was made.
    pub(super) made: String,
    pub(super) controller: Option<Controller>,
    pub(super) objection: Vec<String>,
    pub(super) purposes: Vec<Use>,
    pub(super) data: Vec<Category>,
    pub(super) recipients: Vec<Receiver>,
    pub(super) transfers: Vec<String>,
    pub(super) log: Vec<Kept>,
    pub(super) visits: Vec<Visit>,
    /// Lines of other kinds: what was seen and done.
    pub(super) lines: Vec<Value>,
    /// Every decision: its values, what was shown, why, and what would have changed it.
    pub(super) decisions: Vec<Value>,
    pub(super) erased: Vec<String>,
    pub(super) missing: Vec<Missing>,
}

#[derive(Serialize)]
pub(super) struct Use {
    pub(super) purpose: String,
    pub(super) text: String,
    pub(super) basis: Option<&'static str>,
    pub(super) condition: Option<&'static str>,
}

/// A kind of data that is held about the person.
#[derive(Serialize)]
pub(super) struct Category {
    pub(super) attribute: String,
    pub(super) text: String,
    pub(super) source: String,
    pub(super) kept: String,
    pub(super) is_special: bool,
    /// The values that are on record, each once, in their order.
    pub(super) values: Vec<Value>,
}

#[derive(Serialize)]
pub(super) struct Receiver {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) role: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Kept {
    pub(super) what: &'static str,
    pub(super) days: u32,
}

/// Pages that the person opened shortly after one another.
#[derive(Serialize)]
pub(super) struct Visit {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) pages: usize,
    pub(super) region: Option<String>,
    /// True if the values behind any of its records are known.
    pub(super) has_values: bool,
    pub(super) permitted: Vec<String>,
    /// The choices by data about the person.
    pub(super) choices: Vec<Choice>,
    /// The places that the request alone decided.
    pub(super) by_request: BTreeSet<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    pub(super) slot: String,
    /// The place in words.
    pub(super) place: String,
    pub(super) content: String,
    /// The visitor's gain, in the site's words.
    pub(super) benefit: Option<String>,
    /// The data about the person that was looked at.
    pub(super) used: Vec<Used>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub(super) struct Used {
    /// Its name, in a few words.
    pub(super) text: String,
    /// Its value; there may have been none.
    pub(super) value: Option<String>,
}

/// Something that the package does not hold, and why.
#[derive(Serialize)]
pub(super) struct Missing {
    pub(super) code: &'static str,
    pub(super) text: String,
}

impl Answer {
    /// The part that the site itself says. The rest is filled in record by record.
    pub(super) fn new(lang: Lang, subjects: &[String], made: &str, site: Option<&Site>) -> Self {
        let records = site.map(|site| &site.consent.records);
        let objection = records.and_then(|records| records.objection.as_ref());
        let log = |site: &Site| {
            let named = |(class, days): (LogClass, u32)| {
                let what = match class {
                    LogClass::Audit => {
                        lang.say("the record of what was chosen", "die Aufzeichnung dessen, was gewählt wurde")
                    }
                    LogClass::Exposure => lang.say("what you were shown", "was Ihnen gezeigt wurde"),
                    LogClass::Event => lang.say("what you did on a page", "was Sie auf einer Seite getan haben"),
                    // Of nobody.
                    LogClass::Reasons | LogClass::Refused | LogClass::Failure => return None,
                };
                Some(Kept { what, days })
            };
            site.consent.records.log.all().filter_map(named).collect()
        };
        let receivers = records.into_iter().flat_map(|records| &records.recipients).map(|one| Receiver {
            name: one.name.clone(),
            what: lang.text(one.what.as_deref().unwrap_or_default(), &one.texts),
            role: one.role.map(|role| lang.role(role)),
        });
        let transfers = records.into_iter().flat_map(|records| &records.transfers);
        let transfers = transfers.map(|one| {
            let whom = one.recipient.as_deref().map(|whom| format!(" ({whom})")).unwrap_or_default();
            format!("{}{whom}: {}", one.to, lang.text(&one.safeguard, &one.texts))
        });
        Self {
            schema: SCHEMA,
            language: lang.tag(),
            subjects: subjects.to_vec(),
            made: made.to_owned(),
            controller: records.and_then(|records| records.controller.clone()),
            objection: objection.map(|one| objecting(lang, one)).unwrap_or_default(),
            purposes: Vec::new(),
            data: Vec::new(),
            recipients: receivers.collect(),
            transfers: transfers.collect(),
            log: site.map(log).unwrap_or_default(),
            visits: Vec::new(),
            lines: Vec::new(),
            decisions: Vec::new(),
            erased: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Adds a record, in the order of time, with the values that were read for it, as far as they are known.
    pub(super) fn add(&mut self, lang: Lang, site: Option<&Site>, recorded: &Recorded, values: Option<&Values>) {
        let has_values = values.is_some() && recorded.is_told();
        let nothing = Values::default();
        let values = values.unwrap_or(&nothing);
        for (name, shown) in &recorded.inputs {
            if shown == "absent" {
                continue;
            }
            let value = values.inputs.get(name).map(as_json);
            match self.data.iter_mut().find(|one| one.attribute == *name) {
                Some(known) => known.values.extend(value.filter(|value| known.values.last() != Some(value))),
                None => self.data.push(category(lang, site, name, value)),
            }
        }
        let (choices, by_request) = chosen(lang, site, recorded, values);
        let permitted: Vec<String> = recorded.granted().iter().map(|purpose| purpose.name().to_owned()).collect();
        let is_same = |visit: &&mut Visit| {
            let gap = Lang::minutes(&visit.to, &recorded.at);
            gap <= VISIT_MINUTES_MAX && visit.permitted == permitted && visit.region == recorded.region
        };
        match self.visits.last_mut().filter(is_same) {
            Some(visit) => {
                visit.pages += 1;
                visit.has_values |= has_values;
                visit.to.clone_from(&recorded.at);
                visit.by_request.extend(by_request);
                for choice in choices {
                    if !visit.choices.contains(&choice) {
                        visit.choices.push(choice);
                    }
                }
            }
            None => self.visits.push(Visit {
                from: recorded.at.clone(),
                to: recorded.at.clone(),
                pages: 1,
                region: recorded.region.clone(),
                has_values,
                permitted,
                choices,
                by_request,
            }),
        }
    }

    /// The purposes that the data on record, and the lines, serve.
    pub(super) fn name_purposes(&mut self, lang: Lang, site: &Site) {
        let used = self.data.iter().filter_map(|one| attribute(Some(site), &one.attribute));
        let mut purposes: BTreeSet<Purpose> = used.flat_map(|one| one.purposes.iter().collect::<Vec<_>>()).collect();
        if !self.lines.is_empty() {
            purposes.insert(Purpose::Analytics);
        }
        self.purposes = purposes
            .into_iter()
            .map(|purpose| {
                let class = site.consent.classes.get(&purpose).cloned().unwrap_or_default();
                // Who agreed explicitly has agreed.
                let is_said = class.condition == Some(SpecialBasis::ExplicitConsent);
                let basis = class.basis.filter(|basis| !(is_said && *basis == LawfulBasis::Consent));
                Use {
                    purpose: purpose.name().to_owned(),
                    text: lang.text(&purpose_text(site, purpose).unwrap_or_default(), &class.texts),
                    basis: basis.map(|basis| lang.basis(basis)),
                    condition: class.condition.map(|condition| lang.condition(condition)),
                }
            })
            .collect();
    }

    pub(super) fn miss(&mut self, code: &'static str, text: String) {
        self.missing.push(Missing { code, text });
    }

    /// How many decisions there are.
    pub(super) fn pages(&self) -> usize {
        self.visits.iter().map(|visit| visit.pages).sum()
    }
}

/// How a person objects: in words, and where.
fn objecting(lang: Lang, one: &Objection) -> Vec<String> {
    let text = one.text.as_ref().map(|text| lang.text(text, &one.texts));
    // A path means nothing on paper.
    let url = one.url.as_ref().map(|url| match url.strip_prefix('/') {
        Some(_) => lang.say(format!("On our site: {url}"), format!("Auf unserer Seite: {url}")),
        None => url.clone(),
    });
    text.into_iter().chain(url).collect()
}

impl Visit {
    /// The data that was looked at, each with its value.
    pub(super) fn used(&self) -> BTreeSet<String> {
        let used = self.choices.iter().flat_map(|choice| &choice.used);
        used.filter_map(|one| Some(format!("{}: {}", one.text, one.value.as_ref()?))).collect()
    }

    /// The choices, each with its place.
    pub(super) fn chosen(&self) -> BTreeSet<String> {
        self.choices.iter().map(Choice::words).collect()
    }
}

impl Choice {
    /// The place and what it showed.
    pub(super) fn words(&self) -> String {
        format!("{}: {}", self.place, self.content)
    }
}

fn attribute<'s>(site: Option<&'s Site>, name: &str) -> Option<&'s Attribute> {
    site.and_then(|site| site.attributes.iter().find(|one| one.name == name))
}

fn category(lang: Lang, site: Option<&Site>, name: &str, value: Option<Value>) -> Category {
    let known = attribute(site, name);
    let source = known.map(|one| one.feed.as_ref().map_or(one.source.name().to_owned(), |feed| format!("feed:{feed}")));
    let kept = match known.map(|one| (one.retention_seconds, one.source)) {
        Some((Some(seconds), _)) => lang.length(seconds),
        Some((None, Source::Request | Source::Page)) => lang.say("only for the visit", "nur für den Besuch").to_owned(),
        _ => lang.say("as long as its purpose needs it", "so lange, wie der Zweck es braucht").to_owned(),
    };
    Category {
        attribute: name.to_owned(),
        text: known.map_or_else(|| name.to_owned(), |one| in_lang(lang, one)),
        source: source.map(|source| lang.source(&source)).unwrap_or_default(),
        kept,
        is_special: known.is_some_and(|one| one.sensitive),
        values: value.into_iter().collect(),
    }
}

/// The description of an attribute in the site's words, or its name.
pub(super) fn text_of(lang: Lang, site: Option<&Site>, name: &str) -> String {
    attribute(site, name).map_or_else(|| name.to_owned(), |one| label(&in_lang(lang, one)))
}

fn in_lang(lang: Lang, one: &Attribute) -> String {
    let text = first_sentence(&lang.text(&one.description, &one.texts));
    if text.is_empty() { one.name.clone() } else { text }
}

/// The choices by data about the person, and the places that the request alone decided.
fn chosen(lang: Lang, site: Option<&Site>, recorded: &Recorded, values: &Values) -> (Vec<Choice>, BTreeSet<String>) {
    let (mut choices, mut by_request) = (Vec::new(), BTreeSet::new());
    for slot in &recorded.slots {
        let Some(content) = slot.content() else { continue };
        let known = site.and_then(|site| site.slots.iter().find(|known| known.name == slot.slot));
        let place =
            known.map(|known| label(&lang.text(&known.description, &known.texts))).filter(|text| !text.is_empty());
        let place = place.unwrap_or_else(|| slot.slot.clone());
        let used: Vec<Used> = slot.read().filter_map(|name| used(lang, site, name, values)).collect();
        if used.is_empty() {
            by_request.insert(place);
            continue;
        }
        let experience =
            site.and_then(|site| site.experiences.iter().find(|one| Some(&*one.name) == slot.experience()));
        let benefit = experience.and_then(|one| one.benefit.clone());
        choices.push(Choice { slot: slot.slot.clone(), place, content: content.to_owned(), benefit, used });
    }
    (choices, by_request)
}

/// Data about the person that was read, with its value; nothing of what every request says.
fn used(lang: Lang, site: Option<&Site>, name: &str, values: &Values) -> Option<Used> {
    let known = attribute(site, name);
    if known.is_some_and(|one| matches!(one.source, Source::Request | Source::Page)) {
        return None;
    }
    let text = known.map_or_else(|| name.to_owned(), |one| label(&in_lang(lang, one)));
    let value = values.inputs.get(name).map(|value| match value {
        crate::words::Value::Bool(true) => lang.say("yes", "ja").to_owned(),
        crate::words::Value::Bool(false) => lang.say("no", "nein").to_owned(),
        value => in_words(value, known.map(|one| one.value_type)),
    });
    Some(Used { text, value })
}

/// Lines as data, as far as they are.
pub(super) fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The values of a record by name.
pub(super) fn named(values: &Values) -> BTreeMap<String, Value> {
    values.inputs.iter().map(|(name, value)| (name.clone(), as_json(value))).collect()
}
