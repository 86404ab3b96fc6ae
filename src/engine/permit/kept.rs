//! What is permitted, kept apart from the visit it came from.
//!
//! Takes the values of a visit by the position of their attributes, gives the same [`Permitted`] that [`permit`](super::permit) gives,
//! without a borrow, in the room of the one before. It never looks a value up by its name.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Attribute, Each, Given, Known, Permitted, State, ids, market, readable_for, state};
use crate::bundle::Bundle;
use crate::bundle::words::{Purpose, Purposes, Unit};
use crate::consent::Grants;
use crate::engine::locale;
use crate::engine::visit::Visit;

impl Permitted<'static> {
    /// Nothing of nobody, yet.
    pub(in crate::engine) fn nothing(grants: Grants) -> Self {
        Self {
            attributes: Vec::new(),
            ids: [const { Known::Is(State::Absent) }; Unit::ALL.len()],
            texts: String::new(),
            units: [false; Unit::ALL.len()],
            now_ms: 0,
            market: None,
            stale: false,
            locales: Vec::new(),
            grants,
        }
    }

    /// Forgets what it holds and permits the next visit. Its attributes come from `each`, by position, and not from `visit`; one
    /// that `each` leaves out is absent.
    pub(in crate::engine) fn renew(
        &mut self,
        bundle: &Bundle,
        visit: &Visit,
        each: Each<'_>,
        grants: Grants,
        now_ms: i64,
    ) {
        let program = bundle.program();
        let entries = &program.manifest().attributes;
        let (attributes, texts) = (&mut self.attributes, &mut self.texts);
        attributes.clear();
        texts.clear();
        let known = |position: usize, entry, covered: Purposes, given: Given<'_>, texts: &mut String| {
            // What nobody may read is not even looked at.
            let state =
                if covered.is_empty() { State::Unknown } else { state(program, position, entry, visit, given, now_ms) };
            Attribute::new(entry, covered, &state, keep(state, texts))
        };
        for (position, entry) in entries.iter().enumerate() {
            attributes.push(known(position, entry, readable_for(entry, &grants), Given::Null, texts));
        }
        each(&mut |position, given| {
            if let (Some(entry), Some(place)) = (entries.get(position), attributes.get_mut(position)) {
                *place = known(position, entry, place.covered, given, texts);
            }
        });
        self.ids = ids(visit, &grants).map(|id| keep(id.map_or(State::Absent, State::Text), texts));
        self.units = core::array::from_fn(|unit| Unit::ALL.get(unit).is_some_and(|unit| grants.allows_unit(*unit)));
        self.now_ms = now_ms;
        self.market = grants.allows(Purpose::Contextual).then(|| market(program, visit.region.as_deref())).flatten();
        self.stale = false;
        self.locales = locale::chain(program.manifest(), visit.locale.as_deref());
        self.grants = grants;
    }
}

fn keep(state: State<'_>, texts: &mut String) -> Known<'static> {
    Known::Is(match state {
        State::Text(text) => {
            let start = texts.len() as u32;
            texts.push_str(text);
            return Known::Text(start..texts.len() as u32);
        }
        State::List(items) => return Known::List(items.to_vec()),
        State::Unknown => State::Unknown,
        State::TooOld => State::TooOld,
        State::Absent => State::Absent,
        State::Bool(value) => State::Bool(value),
        State::Number(value) => State::Number(value),
    })
}
