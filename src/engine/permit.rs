//! `permit(context, grants) -> Permitted`: the only way to make what the engine reads.
//!
//! Takes a visit and what its visitor grants; gives each attribute as a value, absent or unknown, together with the purposes that
//! it may be read for. An attribute that consent hides is hidden whether it has a value or not, so nothing downstream can tell.
//! It never evaluates a rule.
//!
//! There are no derived values. Using an audience counts as reading every attribute in it. No other value is made from
//! attributes, so none could outlive their purposes or their retention.

mod fed;
mod given;
mod kept;
mod seen;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

pub use given::{Each, Given};
pub use seen::Seen;

use super::contact::History;
use crate::bundle::format::double_key;
use crate::bundle::manifest::{AttributeEntry, CHAIN_END, DefaultValue};
use crate::bundle::{Bundle, Program};
use crate::consent::read::is_past_retention;
use crate::consent::{Grants, grants};
use crate::words::Visit;
use crate::words::bytes::characters;
use crate::words::time::{DAY, MAX, TIMESTAMP_MIN, parse_rfc3339};
use crate::words::{Age, Cause, Depth, ID_BYTES_MAX, Purpose, Purposes, Unit, ValueType, WhenStale};

/// The data of one visit that the engine may read. The fields are private to the readers of this module, so a `Permitted`
/// always comes from [`permit`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Permitted<'v> {
    attributes: Vec<Attribute<'v>>,
    ids: [Held<'v>; Unit::ALL.len()],
    /// The texts of values that are [`Held::Text`].
    texts: String,
    units: [bool; Unit::ALL.len()],
    pub(super) now_ms: i64,
    pub(super) market: Option<usize>,
    pub(super) stale: bool,
    /// True if a feed that may be read is too old.
    pub(super) has_stale_feed: bool,
    locales: Vec<u16>,
    grants: Grants,
    /// Contacts before, if the contact policy asks for them and somebody knows.
    history: Option<Box<History>>,
}

/// One attribute of the catalogue.
#[derive(Clone, Debug)]
struct Attribute<'v> {
    state: Held<'v>,
    /// The purposes that consent covers.
    covered: Purposes,
    /// The purposes that it may be read for: none once it is past its retention.
    readable: Purposes,
    depth: Depth,
    /// The site's choice, while its feed is too old.
    stale: Option<WhenStale>,
}

/// The knowledge about one attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State<'v> {
    /// Hidden: nothing may know more.
    Unknown,
    /// Of bad quality, not read, or past its retention.
    Faulty(Cause),
    /// We looked, there is none.
    Absent,
    Bool(bool),
    /// A whole number, the key of a double, or a time in Unix milliseconds.
    Number(i64),
    Text(&'v str),
    List(&'v [String]),
}

/// Attributes, as bits, by their depth.
pub(super) type Depths = [u64; Depth::ALL.len()];

/// A state that borrows from the visit, or that is kept apart from it: see [`kept`].
#[derive(Clone, Debug)]
enum Held<'v> {
    Is(State<'v>),
    Text(Range<u32>),
    List(Vec<String>),
    /// Nothing was handed over for it yet.
    Awaited,
}

impl<'v> Attribute<'v> {
    fn new(entry: &AttributeEntry, state: Held<'v>, covered: Purposes) -> Self {
        // A value past its retention is hidden, and so is the fact that it is there.
        let too_old = matches!(state, Held::Is(State::Faulty(Cause::TooOld)));
        Self {
            state,
            covered,
            readable: if too_old { Purposes::NONE } else { covered },
            depth: entry.depth(),
            stale: None,
        }
    }
}

/// Permits the part of a visit that its grants cover, for decisions at `now_ms`.
pub fn permit<'v>(bundle: &'v Bundle, visit: &'v Visit, grants: &Grants, now_ms: i64) -> Permitted<'v> {
    let program = bundle.program();
    // Both sides are sorted by name: one walk meets every value.
    let mut given = visit.attributes.iter().peekable();
    let attributes = program.manifest().attributes.iter().enumerate().map(|(position, attribute)| {
        let covered = readable_for(attribute, grants);
        // A value that no purpose may read is not even looked at.
        let state = if covered.is_empty() {
            State::Unknown
        } else {
            while given.next_if(|(name, _)| *name < &attribute.name).is_some() {}
            let given = given.next_if(|(name, _)| *name == &attribute.name);
            let given = given.map_or(Given::Null, |(_, value)| Given::from(value));
            if given == Given::Null && attribute.feed().is_some() {
                return Attribute::new(attribute, Held::Awaited, covered);
            }
            state(program, position, attribute, visit, given, now_ms)
        };
        Attribute::new(attribute, Held::Is(state), covered)
    });
    let mut attributes: Vec<Attribute<'v>> = attributes.collect();
    let mut texts = String::new();
    let keep = |state, _: &mut String| Held::Is(state);
    let has_stale_feed = fed::fill(bundle, visit, &mut attributes, &mut texts, now_ms, keep);
    Permitted {
        attributes,
        ids: ids(program, visit, grants, now_ms).map(|id| Held::Is(id.map_or(State::Absent, State::Text))),
        texts,
        units: core::array::from_fn(|unit| Unit::ALL.get(unit).is_some_and(|unit| grants.allows_unit(*unit))),
        now_ms,
        market: grants.allows(Purpose::Contextual).then(|| market(program, visit.region.as_deref())).flatten(),
        stale: false,
        has_stale_feed,
        locales: super::locale::chain(program.manifest(), visit.locale.as_deref()),
        grants: grants.clone(),
        history: history(program, visit, grants, now_ms),
    }
}

/// Contacts before: those that the caller tells, and those that the device keeps, if it may be read.
fn history(program: &Program, visit: &Visit, grants: &Grants, now_ms: i64) -> Option<Box<History>> {
    if !cfg!(feature = "contact") || !program.contact().has_history() {
        return None;
    }
    History::of(program, visit, grants.allows(Purpose::Storage), now_ms).map(Box::new)
}

/// As [`permit`], with the grants of the visit's own signals and the law of its region.
pub fn permit_said<'v>(bundle: &'v Bundle, visit: &'v Visit, now_ms: i64) -> Permitted<'v> {
    permit(bundle, visit, &grants(&bundle.program().manifest().regions, visit, now_ms), now_ms)
}

/// The ids that consent covers, in the order of [`Unit::ALL`].
fn ids<'v>(program: &Program, visit: &'v Visit, grants: &Grants, now_ms: i64) -> [Option<&'v str>; Unit::ALL.len()] {
    let id = |unit: Unit, id: &'v Option<String>| {
        id.as_deref().filter(|id| grants.allows_unit(unit) && !id.is_empty() && id.len() <= ID_BYTES_MAX)
    };
    let identity = &visit.identity;
    // A device that is linked to an account draws by the id of the account's first one.
    let is_linkable = cfg!(feature = "identity") && program.linking().is_on() && is_of_age(visit);
    let first = is_linkable.then(|| super::identity::first_device(program.linking(), identity, now_ms)).flatten();
    let covered = |unit: Unit| grants.allows_unit(unit);
    [
        id(Unit::Page, &identity.page),
        id(Unit::Session, &identity.session),
        first.filter(|_| covered(Unit::Visitor) && covered(Unit::Account)).or(id(Unit::Visitor, &identity.visitor)),
        id(Unit::Account, &identity.account),
    ]
}

/// True if nobody said that the visitor is a child or a teen, whose devices are never linked.
fn is_of_age(visit: &Visit) -> bool {
    visit.minor.is_none_or(|age| age == Age::Adult)
}

/// The purposes that an attribute may be read for: one function for both callers.
fn readable_for(attribute: &AttributeEntry, grants: &Grants) -> Purposes {
    attribute.needs().readable_for(grants)
}

/// The attribute's value if it is of its type, in its range and young enough.
fn state<'v>(
    program: &'v Program,
    position: usize,
    attribute: &'v AttributeEntry,
    visit: &Visit,
    given: Given<'v>,
    now_ms: i64,
) -> State<'v> {
    let age_ms = visit.observed.get(&attribute.name).map_or(0, |observed| now_ms.saturating_sub(observed.0));
    if is_past_retention(age_ms, attribute.retention_seconds) {
        return State::Faulty(Cause::TooOld);
    }
    // A value observed in the future would never grow old. Clocks and zones are a day apart at most.
    if age_ms < -DAY {
        return State::Faulty(Cause::FromTheFuture);
    }
    if visit.unknown.contains(&attribute.name) {
        return State::Faulty(Cause::NotLookedUp);
    }
    let number = |number: i64| match attribute.range {
        Some((low, high)) if !(low..=high).contains(&number) => State::Faulty(Cause::OutOfRange),
        _ => State::Number(number),
    };
    let moment = |ms: i64| match (TIMESTAMP_MIN..=MAX).contains(&ms) {
        true => number(ms),
        false => State::Faulty(Cause::OutOfRange),
    };
    let in_set = |text: &str| attribute.closed == 0 || program.in_closed_set(position, text);
    let fits = |length: usize| length <= attribute.length_max as usize;
    match (attribute.value_type(), given) {
        (_, Given::Null) if attribute.required => State::Faulty(Cause::Missing),
        (_, Given::Null) => match &attribute.default {
            None => State::Absent,
            Some(DefaultValue::Bool(value)) => State::Bool(*value),
            Some(DefaultValue::Number(value)) => State::Number(*value),
            Some(DefaultValue::Text(value)) => State::Text(value),
            Some(DefaultValue::List(value)) => State::List(value),
        },
        (ValueType::Bool, Given::Bool(value)) => State::Bool(value),
        (ValueType::Int, Given::Int(value)) => number(value),
        (ValueType::Double, Given::Int(value)) => number(double_key(value as f64)),
        (ValueType::Double, Given::Double(value)) => number(double_key(value)),
        (ValueType::Timestamp, Given::Int(ms)) => moment(ms),
        (ValueType::Timestamp, Given::Text(text)) => {
            parse_rfc3339(text).map_or(State::Faulty(Cause::WrongType), moment)
        }
        (ValueType::String | ValueType::Symbol, Given::Text(text)) => match fits(characters(text)) {
            false => State::Faulty(Cause::TooLong),
            true if in_set(text) => State::Text(text),
            true => State::Faulty(Cause::NotInSet),
        },
        (ValueType::String | ValueType::Symbol, Given::Member(item)) => {
            program.closed_text(position, usize::from(item)).map_or(State::Faulty(Cause::NotInSet), State::Text)
        }
        (ValueType::List, Given::List(items)) => match fits(items.len()) {
            false => State::Faulty(Cause::TooLong),
            true if items.iter().all(|item| in_set(item)) => State::List(items),
            true => State::Faulty(Cause::NotInSet),
        },
        _ => State::Faulty(Cause::WrongType),
    }
}

/// The market that a region belongs to: its own entry, or its country's.
fn market(program: &Program, region: Option<&str>) -> Option<usize> {
    let region = region?;
    let country = region.split_once('-').map_or(region, |(country, _)| country);
    let find = |code: &str| {
        let has = |regions: &[String]| regions.iter().any(|region| region.eq_ignore_ascii_case(code));
        program.manifest().markets.iter().position(|(_, regions)| has(regions))
    };
    find(region).or_else(|| find(country))
}

/// A held state, with the texts that are kept apart.
fn read<'s>(held: &'s Held<'_>, texts: &'s str) -> State<'s> {
    match held {
        Held::Is(state) => *state,
        Held::Text(range) => State::Text(texts.get(range.start as usize..range.end as usize).unwrap_or_default()),
        Held::List(items) => State::List(items),
        Held::Awaited => State::Unknown,
    }
}

impl<'v> Permitted<'v> {
    /// Marks the bundle behind this decision as past its expiry.
    pub fn with_stale(mut self, stale: bool) -> Self {
        self.stale = stale;
        self
    }

    /// The grants that were applied.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Contacts before, if the contact policy asks for them and somebody knows.
    pub fn history(&self) -> Option<&History> {
        self.history.as_deref()
    }

    /// The locales to try for content, best first. The default locale is last, or the [end](CHAIN_END) of the chain.
    pub fn locales(&self) -> &[u16] {
        &self.locales
    }

    /// True if content without a text in these locales is not shown.
    pub(super) fn may_lack_text(&self) -> bool {
        self.locales.last() == Some(&CHAIN_END)
    }

    /// True if the attribute at `position` may be read for `purpose`: consent covers it, and it is within its retention.
    pub fn may_read(&self, position: usize, purpose: Purpose) -> bool {
        self.depth_of(position, purpose).is_some()
    }

    /// True if consent hides the attribute at `position` from decisions for `purpose`.
    pub fn withholds(&self, position: usize, purpose: Purpose) -> bool {
        !self.attributes.get(position).is_some_and(|attribute| attribute.covered.has(purpose))
    }

    /// Why the attribute at `position` is unknown to decisions for `purpose`, although consent covers it.
    pub fn cause(&self, position: usize, purpose: Purpose) -> Option<Cause> {
        match self.attributes.get(position).filter(|attribute| attribute.covered.has(purpose))?.state {
            Held::Is(State::Faulty(cause)) => Some(cause),
            _ => None,
        }
    }

    /// How personal the attribute at `position` is, if it may be read for `purpose`.
    #[inline]
    pub(super) fn depth_of(&self, position: usize, purpose: Purpose) -> Option<Depth> {
        self.attributes
            .get(position)
            .filter(|attribute| attribute.readable.has(purpose))
            .map(|attribute| attribute.depth)
    }

    /// The first 64 attributes that may be read for `purpose`, by their depth.
    pub(super) fn depths(&self, purpose: Purpose) -> Depths {
        let mut depths = [0; Depth::ALL.len()];
        for (position, attribute) in self.attributes.iter().enumerate().take(64) {
            if attribute.readable.has(purpose)
                && let Some(attributes) = depths.get_mut(attribute.depth as usize)
            {
                *attributes |= 1 << position;
            }
        }
        depths
    }

    /// The attribute at `position` as a decision for `purpose` sees it.
    pub(super) fn state(&self, position: usize, purpose: Purpose) -> State<'_> {
        match self.attributes.get(position) {
            Some(attribute) if attribute.readable.has(purpose) => self.held(&attribute.state),
            _ => State::Unknown,
        }
    }

    fn held<'s>(&'s self, held: &'s Held<'v>) -> State<'s> {
        read(held, &self.texts)
    }

    /// The site's choice for the attribute at `position` while its feed is too old, if decisions for `purpose` may read it.
    pub(super) fn stale_feed(&self, position: usize, purpose: Purpose) -> Option<WhenStale> {
        self.attributes.get(position).filter(|attribute| attribute.readable.has(purpose))?.stale
    }

    /// True if the feed of the attribute at `position` is too old.
    pub(crate) fn is_of_stale_feed(&self, position: u16) -> bool {
        self.attributes.get(usize::from(position)).is_some_and(|attribute| attribute.stale.is_some())
    }

    /// The unit of a split that wants `wanted`. It is the highest rung of the ladder that is not above it, that consent
    /// covers, and that has an id.
    pub(super) fn unit(&self, wanted: Unit) -> Option<(Unit, &str)> {
        let rungs = Unit::ALL.iter().copied().take_while(|unit| *unit <= wanted);
        let ids = self.ids.iter().map(|id| match self.held(id) {
            State::Text(id) => Some(id),
            _ => None,
        });
        rungs.zip(ids).filter_map(|(unit, id)| Some((unit, id?))).last()
    }

    /// The unit of a split for which no lower rung stands in.
    pub(super) fn own_unit(&self, wanted: Unit) -> Option<(Unit, &str)> {
        self.unit(wanted).filter(|(unit, _)| *unit == wanted)
    }

    /// True if consent covers `unit`, with or without an id.
    pub(super) fn covers(&self, unit: Unit) -> bool {
        self.units.get(unit as usize).copied().unwrap_or(false)
    }

    /// True if a rung that consent does not cover would be covered but for a denial, or needs what was denied.
    pub(in crate::engine) fn is_unit_refused(&self, unit: Unit) -> bool {
        let grants = &self.grants;
        // If the law lets a silent visitor be assigned, a denial of either purpose ends that.
        let is_spared = unit != Unit::Account && grants.without_consent().is_some_and(|rung| unit <= rung);
        let needs_storage = unit == Unit::Visitor || is_spared;
        grants.refuses(Purpose::Analytics) || (needs_storage && grants.refuses(Purpose::Storage))
    }
}
