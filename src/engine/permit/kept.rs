//! The permitted data, kept apart from its visit.
//!
//! Takes the values of a visit by the position of their attributes. Gives the same [`Permitted`] as
//! [`permit`](super::permit), without a borrow, in the memory of the one before. It never looks a value up by its name.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Attribute, Each, Given, Held, Permitted, State, fed, history, ids, market, readable_for, state};
use crate::bundle::Bundle;
use crate::consent::Grants;
use crate::engine::locale;
use crate::words::Visit;
use crate::words::{Purpose, Unit};

impl Permitted<'static> {
    /// No visitor yet.
    pub(in crate::engine) fn nothing(grants: Grants) -> Self {
        Self {
            attributes: Vec::new(),
            ids: [const { Held::Is(State::Absent) }; Unit::ALL.len()],
            texts: String::new(),
            units: [false; Unit::ALL.len()],
            now_ms: 0,
            market: None,
            stale: false,
            has_stale_feed: false,
            locales: Vec::new(),
            grants,
            history: None,
        }
    }

    /// Forgets what it holds and permits the next visit, whose values come by position from `each`. A value that `each` leaves out is absent.
    pub(in crate::engine) fn renew(
        &mut self,
        bundle: &Bundle,
        visit: &Visit,
        each: Each<'_>,
        grants: Grants,
        now_ms: i64,
    ) {
        let program = bundle.program();
        let (all, texts) = (&mut self.attributes, &mut self.texts);
        all.clear();
        texts.clear();
        all.extend(program.manifest().attributes.iter().map(|attribute| {
            let covered = readable_for(attribute, &grants);
            // A value that no purpose may read is not even looked at.
            let state = if covered.is_empty() { Held::Is(State::Unknown) } else { Held::Awaited };
            Attribute::new(attribute, state, covered)
        }));
        self.ids = ids(program, visit, &grants, now_ms).map(|id| keep(id.map_or(State::Absent, State::Text), texts));
        self.units = core::array::from_fn(|unit| Unit::ALL.get(unit).is_some_and(|unit| grants.allows_unit(*unit)));
        self.now_ms = now_ms;
        self.market = grants.allows(Purpose::Contextual).then(|| market(program, visit.region.as_deref())).flatten();
        (self.stale, self.has_stale_feed) = (false, false);
        locale::chain_into(program.manifest(), visit.locale.as_deref(), &mut self.locales);
        self.history = history(program, visit, &grants, now_ms);
        self.grants = grants;
        self.receive(bundle, visit, each);
        self.has_stale_feed = fed::fill(bundle, visit, &mut self.attributes, &mut self.texts, now_ms, keep);
    }

    /// Settles each attribute that may be read, those of feeds aside.
    fn receive(&mut self, bundle: &Bundle, visit: &Visit, each: Each<'_>) {
        let program = bundle.program();
        let attributes = &program.manifest().attributes;
        let (all, texts, now_ms) = (&mut self.attributes, &mut self.texts, self.now_ms);
        let mut settle = |position: usize, given: Given<'_>, place: &mut Attribute<'static>| {
            if let Some(attribute) = attributes.get(position)
                && !place.covered.is_empty()
                && (given != Given::Null || attribute.feed().is_none())
            {
                let found = state(program, position, attribute, visit, given, now_ms);
                *place = Attribute::new(attribute, keep(found, texts), place.covered);
            }
        };
        each(&mut |position, given| {
            if let Some(place) = all.get_mut(position) {
                settle(position, given, place);
            }
        });
        for (position, place) in all.iter_mut().enumerate() {
            if matches!(place.state, Held::Awaited) {
                settle(position, Given::Null, place);
            }
        }
    }
}

fn keep(state: State<'_>, texts: &mut String) -> Held<'static> {
    Held::Is(match state {
        State::Text(text) => {
            let start = texts.len() as u32;
            texts.push_str(text);
            return Held::Text(start..texts.len() as u32);
        }
        State::List(items) => return Held::List(items.to_vec()),
        State::Unknown => State::Unknown,
        State::Faulty(cause) => State::Faulty(cause),
        State::Absent => State::Absent,
        State::Bool(value) => State::Bool(value),
        State::Number(value) => State::Number(value),
    })
}
