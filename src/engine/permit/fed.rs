//! Values of feeds on their way into [`permit`](super::permit).
//!
//! Takes the attributes of a visit, with what the host handed over; gives those of feeds their values, from the data beside the
//! release. A value depends on its key, so it is covered for no purpose that its key is not covered for.

use alloc::string::String;

use super::{Attribute, Given, Held, State, is_past_retention, read, state};
use crate::bundle::Bundle;
use crate::bundle::format::key_double;
use crate::bundle::manifest::{AttributeEntry, DefaultValue};
use crate::words::time::SECOND;
use crate::words::{Cause, Purposes, ValueType, Visit, WhenStale};

/// Settles the attributes of feeds among `all`, and tells if any of them is stale. `keep` makes a state last.
pub(super) fn fill<'b, 'v>(
    bundle: &'b Bundle,
    visit: &Visit,
    all: &mut [Attribute<'v>],
    texts: &mut String,
    now_ms: i64,
    keep: impl Fn(State<'b>, &mut String) -> Held<'v>,
) -> bool {
    let mut has_stale = false;
    let program = bundle.program();
    for (position, entry) in program.manifest().attributes.iter().enumerate() {
        let (Some(place), Some(own)) = (entry.feed(), all.get(position)) else { continue };
        let key = place.key.map(|key| all.get(usize::from(key)));
        let covered = match key {
            Some(key) => own.covered.and(key.map_or(Purposes::NONE, |key| key.readable)),
            None => own.covered,
        };
        if covered.is_empty() {
            if let Some(own) = all.get_mut(position) {
                *own = Attribute::new(entry, Held::Is(State::Unknown), covered);
            }
            continue;
        }
        let is_given = !matches!(own.state, Held::Awaited);
        let is_published = place.published && bundle.reads_facts();
        let feed = if is_published { bundle.feed(place) } else { None };
        let age_ms = visit.observed.get(&entry.name).map_or(0, |observed| now_ms.saturating_sub(observed.0));
        let key = key.map(|key| key.map_or(State::Unknown, |key| read(&key.state, texts)));
        // A page that is about nothing has no value, however old the feed is.
        let is_keyless = !is_given && key == Some(State::Absent);
        let is_stale = !is_keyless
            && (visit.stale.contains(&place.feed)
                // A record names an attribute where other values of its feed were not too old.
                || (cfg!(feature = "author") && visit.stale.contains(&entry.name))
                || match feed {
                    // A record says what was too old. It does not say since when.
                    _ if !bundle.reads_facts() => false,
                    _ if is_given || !is_published => age_ms >= i64::from(place.max_age_seconds).saturating_mul(SECOND),
                    Some((feed, until_ms)) => now_ms >= until_ms || feed.taken_ms > now_ms.saturating_add(super::DAY),
                    None => true,
                });
        let stale = is_stale.then(|| place.on_stale());
        let is_hidden = stale.is_some_and(|stale| stale != WhenStale::Use);
        let given = match feed {
            _ if is_hidden || visit.unknown.contains(&entry.name) => None,
            _ if !is_published || is_keyless => Some(Given::Null),
            Some((feed, _)) => match key {
                None => Some(fact(feed.fact(&entry.name, ""), entry)),
                Some(State::Text(key)) => Some(fact(feed.fact(&entry.name, key), entry)),
                Some(_) => None,
            },
            None => None,
        };
        has_stale |= is_stale;
        let Some(own) = all.get_mut(position) else { continue };
        let is_hidden = is_hidden && !matches!(own.state, Held::Is(State::Faulty(Cause::TooOld)));
        if is_hidden || !is_given {
            // A value past its retention is hidden, and so is the fact that it is there.
            let unknown = State::Faulty(match is_past_retention(age_ms, entry.retention_seconds) {
                true => Cause::TooOld,
                false if is_stale => Cause::StaleFeed,
                false => Cause::NotLookedUp,
            });
            let found = given.map_or(unknown, |given| state(program, position, entry, visit, given, now_ms));
            *own = Attribute::new(entry, keep(found, texts), covered);
        }
        own.stale = stale;
    }
    has_stale
}

fn fact<'b>(value: Option<&'b DefaultValue>, entry: &AttributeEntry) -> Given<'b> {
    match value {
        None => Given::Null,
        Some(DefaultValue::Bool(value)) => Given::Bool(*value),
        Some(DefaultValue::Number(key)) if entry.value_type() == ValueType::Double => Given::Double(key_double(*key)),
        Some(DefaultValue::Number(value)) => Given::Int(*value),
        Some(DefaultValue::Text(text)) => Given::Text(text),
        Some(DefaultValue::List(items)) => Given::List(items),
    }
}
