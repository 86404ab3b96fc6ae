//! A record with everything that is known of it: what the person's answer is told from.

use super::lang::Lang;
use super::value;
use crate::author::site::{Attribute, Site};
use crate::cli::open::Opened;
use crate::cli::replay::{Gone, Recorded, Values};
use crate::explain::SlotExplanation;
use crate::log::LogClass;
use crate::log::audit::kept_days;
use crate::words::time::{DAY, format_day};
use crate::words::{Depth, Source};

/// A record, and what could be made of it.
pub(super) struct Made<'a> {
    pub(super) recorded: &'a Recorded,
    /// The release that decided, if it is at hand.
    pub(super) opened: Option<&'a Opened>,
    pub(super) values: &'a Values,
    /// Values that nobody can open any longer.
    pub(super) gone: &'a [Gone],
    /// Explanations of its decisions, if it was made again.
    pub(super) explained: &'a [SlotExplanation],
}

/// The language of the answer, and the site's words.
#[derive(Clone, Copy)]
pub(super) struct Teller<'a> {
    pub(super) lang: Lang,
    pub(super) site: Option<&'a Site>,
}

/// What became of a value that a decision looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It had this value, in words.
    Value(String),
    /// There was none.
    Absent,
    /// It could not be used: it was no value that the site knows, or too old.
    Unusable,
    /// It was read, and its time was over after this day.
    Expired(String),
    /// It was read, and no record has it.
    NotKept,
}

impl Seen {
    /// As answer.json names it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Value(_) => "known",
            Self::Absent => "absent",
            Self::Unusable => "unusable",
            Self::Expired(_) => "expired",
            Self::NotKept => "not-kept",
        }
    }
}

impl Made<'_> {
    /// What became of an attribute in this record.
    pub(super) fn seen(&self, teller: Teller<'_>, name: &str) -> Seen {
        let gone = || self.gone.iter().find(|one| one.attribute.as_deref() == Some(name));
        match (self.recorded.inputs.get(name).map(String::as_str), self.values.inputs.get(name)) {
            (Some("absent"), _) => Seen::Absent,
            (Some("unknown" | "too_old" | "old_feed"), _) => Seen::Unusable,
            (_, Some(value)) => Seen::Value(value::in_words(teller.lang, teller.attribute(name), value)),
            (_, None) => gone().map_or(Seen::NotKept, |gone| Seen::Expired(gone.until.clone())),
        }
    }

    /// The last day on which the log holds the value of an attribute in this record.
    pub(super) fn until(&self, teller: Teller<'_>, name: &str) -> Option<String> {
        let entries = self.opened.map(|opened| &opened.bundle.program().manifest().attributes);
        let entry = entries.and_then(|entries| entries.iter().find(|one| one.name == name));
        let retention = entry.map(|one| one.retention_seconds);
        let retention = retention.or_else(|| teller.attribute(name).map(|one| one.retention_seconds));
        let days = kept_days(retention.flatten());
        let classes = self.recorded.classes().unwrap_or_default().into_iter();
        let class = classes.filter(|(class, _)| self.recorded.is_split() && *class == Some(days)).map(|(_, day)| day);
        let line = teller.site.and_then(|site| {
            Some(
                self.recorded.now_ms().ok()?.div_euclid(DAY)
                    + i64::from(site.consent.records.log.days(LogClass::Audit)),
            )
        });
        class.chain(line).min().map(|day| format_day(day.saturating_mul(DAY)))
    }

    /// The time zone of the market that the visit's region is in.
    pub(super) fn zone<'s>(&self, teller: Teller<'s>) -> Option<&'s str> {
        let (region, site) = (self.recorded.region.as_deref()?, teller.site?);
        let country = region.split('-').next().unwrap_or_default();
        let market =
            site.markets.iter().find(|market| market.regions.iter().any(|one| one == region || one == country));
        market.map(|market| market.zone.as_str())
    }
}

impl<'a> Teller<'a> {
    pub(super) fn attribute(self, name: &str) -> Option<&'a Attribute> {
        self.site.and_then(|site| site.attributes.iter().find(|one| one.name == name))
    }

    /// The meaning of an attribute in the site's words, or its name.
    pub(super) fn meaning(self, name: &str) -> String {
        let text =
            self.attribute(name).map(|one| super::lang::first_sentence(&self.lang.text(&one.description, &one.texts)));
        text.filter(|text| !text.is_empty()).unwrap_or_else(|| name.to_owned())
    }

    /// A short name of it.
    pub(super) fn label(self, name: &str) -> String {
        super::lang::label(&self.meaning(name))
    }

    /// The place on a page in the site's words, or its name.
    pub(super) fn place(self, slot: &str) -> String {
        let known = self.site.and_then(|site| site.slots.iter().find(|known| known.name == slot));
        let text = known.map(|known| super::lang::label(&self.lang.text(&known.description, &known.texts)));
        text.filter(|text| !text.is_empty()).unwrap_or_else(|| slot.to_owned())
    }

    /// Where an attribute comes from, in words.
    pub(super) fn source(self, name: &str) -> String {
        let Some(one) = self.attribute(name) else { return String::new() };
        let lang = self.lang;
        let feed = one.feed.as_deref().unwrap_or_default();
        let place = match one.source {
            Source::Request => lang.say("your browser, with each page", "Ihr Browser, mit jeder Seite"),
            Source::Page => lang.say("the page that you opened", "die Seite, die Sie geöffnet haben"),
            Source::Device => lang.say("your device", "Ihr Gerät"),
            Source::Account => lang.say("your account", "Ihr Konto"),
            Source::Feed => {
                let feed = lang.quoted(feed);
                return lang.say(format!("our system {feed}"), format!("unser System {feed}"));
            }
        };
        if one.depth == Depth::Inferred {
            return lang.say(
                format!("{place}; you did not tell us, we concluded it"),
                format!("{place}; nicht von Ihnen genannt, sondern von uns geschlossen"),
            );
        }
        place.to_owned()
    }
}

/// True of data that every request has, which tells nothing about a person's past.
pub(super) fn is_of_request(attribute: Option<&Attribute>) -> bool {
    attribute.is_some_and(|one| matches!(one.source, Source::Request | Source::Page))
}
