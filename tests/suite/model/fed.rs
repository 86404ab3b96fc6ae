//! Attributes of feeds in the reference model: facts beside the release, and values that a host hands over.
//!
//! It is written from docs/feeds.md, a case after the other. It shares the facts with the engine, and no code.

use std::collections::BTreeMap;

use selvedge::author::site::{Attribute, Literal};
use selvedge::bundle::manifest::{FeedPlace, From};
use selvedge::words::{Purpose, Value, WhenStale};

use super::logic::State;
use super::reference::{Model, may_read};
use crate::sites::feeds::Taken;

const DAY: i64 = 86_400_000;

/// What a feed gives one attribute.
pub(super) struct Fed {
    pub(super) state: State,
    /// Its value is past its retention, so it is not even read.
    pub(super) is_too_old: bool,
    /// The site's choice, while the feed is stale.
    pub(super) stale: Option<WhenStale>,
    /// There is no value because the feed is stale.
    pub(super) lacks_fresh: bool,
}

/// The place of an attribute in a feed.
pub(super) fn place(attribute: &Attribute) -> Option<&FeedPlace> {
    match &attribute.from {
        From::Feed(place) => Some(place),
        _ => None,
    }
}

impl Model<'_> {
    /// True if consent covers an attribute, and the key by which its value is looked up.
    pub(super) fn covers(&self, attribute: &Attribute, purpose: Purpose) -> bool {
        let key = place(attribute).and_then(|place| place.key).map(|key| &self.site.attributes[usize::from(key)]);
        let covered = |one: &Attribute| may_read(one, purpose, &self.permission);
        covered(attribute) && key.is_none_or(|key| covered(key) && !self.is_too_old(key))
    }

    /// What is known of an attribute of a feed. None if it is of no feed that the site declares.
    pub(super) fn fed(&self, attribute: &Attribute) -> Option<Fed> {
        let place = place(attribute)?;
        let key = place.key.map(|key| self.state(&self.site.attributes[usize::from(key)]));
        let given = self.visit.attributes.get(&attribute.name).filter(|value| **value != Value::Null);
        // A page that is about nothing has no value, however old the feed is.
        let is_keyless = given.is_none() && key == Some(State::Absent);
        let taken = self.facts.filter(|_| place.published).and_then(|facts| facts.0.get(&place.feed));
        let is_stale = !is_keyless && (self.visit.stale.contains(&place.feed) || self.is_old(attribute, place, taken));
        let stale = is_stale.then(|| WhenStale::ALL[usize::from(place.on_stale)]);
        let is_withheld = stale.is_some_and(|stale| stale != WhenStale::Use);
        let unknown = |lacks_fresh| Fed { state: State::Unknown, is_too_old: false, stale, lacks_fresh };
        let of_value = |value: Option<&Value>| match self.is_too_old(attribute) {
            true => Fed { is_too_old: true, ..unknown(false) },
            false => Fed { state: self.of_value(attribute, value), ..unknown(false) },
        };
        // A value past its retention is hidden, and so is the fact that it is there.
        if self.is_too_old(attribute) {
            return Some(of_value(given));
        }
        if given.is_some() {
            return Some(if is_withheld { unknown(true) } else { of_value(given) });
        }
        if is_withheld || self.visit.unknown.contains(&attribute.name) {
            return Some(unknown(is_stale));
        }
        if !place.published || is_keyless {
            return Some(of_value(None));
        }
        let Some(taken) = taken else { return Some(unknown(is_stale)) };
        let key = match key {
            None => String::new(),
            Some(State::Known(Literal::Text(key))) => key,
            Some(_) => return Some(unknown(is_stale)),
        };
        let value = taken.values.get(&attribute.name).and_then(|table| table.get(&key)).map(value_of);
        Some(of_value(value.as_ref()))
    }

    /// True if what a feed gives is older than the site lets it be.
    fn is_old(&self, attribute: &Attribute, place: &FeedPlace, taken: Option<&Taken>) -> bool {
        let age_ms = i64::from(place.max_age_seconds) * 1_000;
        let is_given = self.visit.attributes.get(&attribute.name).is_some_and(|value| *value != Value::Null);
        if is_given || !place.published {
            let observed = self.visit.observed.get(&attribute.name).map_or(self.now_ms, |observed| observed.0);
            return self.now_ms - observed >= age_ms;
        }
        taken.is_none_or(|taken| {
            let until = (taken.taken_ms + age_ms).min(crate::sites::DATA_UNTIL_MS);
            self.now_ms >= until || taken.taken_ms > self.now_ms + DAY
        })
    }

    /// Every attribute of a feed, by its number.
    pub(super) fn all_fed(&self) -> BTreeMap<usize, Fed> {
        let each = self.site.attributes.iter().enumerate();
        each.filter_map(|(at, attribute)| Some((at, self.fed(attribute)?))).collect()
    }
}

/// A fact as a host would hand it over.
fn value_of(fact: &Literal) -> Value {
    match fact {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) | Literal::Timestamp(number) | Literal::Duration(number) => Value::Int(*number),
        Literal::Double(number) => Value::Double(*number),
        Literal::Text(text) => Value::Text(text.clone()),
        Literal::List(items) => Value::List(items.clone()),
    }
}
