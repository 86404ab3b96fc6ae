//! One visit: pages that a person opened shortly after one another. It is complete by itself.

use serde::Serialize;

use super::chosen::{Choice, chosen};
use super::lang::Lang;
use super::made::{Made, Seen, Teller, is_of_request};
use crate::consent::Basis;
use crate::words::Purpose;

/// Pages that are no further apart than this are one visit.
const VISIT_MINUTES_MAX: i64 = 30;

#[derive(Serialize)]
pub(super) struct Visit {
    pub(super) from: String,
    pub(super) to: String,
    /// False if only the hours are known.
    pub(super) is_exact: bool,
    /// The time zone of the market; nothing is UTC.
    pub(super) zone: Option<String>,
    pub(super) pages: usize,
    pub(super) region: Option<String>,
    /// True if what was decided is known of any of its records.
    pub(super) has_values: bool,
    pub(super) permitted: Vec<&'static str>,
    /// Those of them that the person had agreed to.
    #[serde(skip)]
    pub(super) agreed: Vec<&'static str>,
    /// The purposes that the person had said no to.
    pub(super) refused: Vec<&'static str>,
    /// The data that was read or looked for.
    pub(super) read: Vec<Reading>,
    /// What was shown in place of the page's own content.
    pub(super) choices: Vec<Choice>,
    /// The places that stayed as they are for everybody.
    pub(super) unchanged: Vec<String>,
    /// The same, as a permission was missing for anything else.
    pub(super) withheld: Vec<String>,
}

/// An attribute, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reading {
    pub(super) attribute: String,
    pub(super) text: String,
    /// `known`, `absent`, `unusable`, `expired`, `not-kept`.
    pub(super) state: &'static str,
    /// The values in words.
    pub(super) values: Vec<String>,
    /// The last day of a value that is past its time.
    pub(super) deleted_after: Option<String>,
    /// True of what every request has, such as its country.
    pub(super) is_of_request: bool,
}

/// Adds a record, in the order of time.
pub(super) fn add(visits: &mut Vec<Visit>, teller: Teller<'_>, made: &Made<'_>) {
    let record = of(teller, made);
    let is_same = |visit: &&mut Visit| {
        let gap = Lang::minutes(&visit.to, &record.to);
        gap <= VISIT_MINUTES_MAX
            && visit.permitted == record.permitted
            && visit.refused == record.refused
            && visit.region == record.region
            && visit.is_exact == record.is_exact
    };
    let Some(visit) = visits.last_mut().filter(is_same) else { return visits.push(record) };
    visit.pages += 1;
    visit.has_values |= record.has_values;
    visit.to = record.to;
    for reading in record.read {
        let known = visit.read.iter_mut().find(|one| {
            (&one.attribute, one.state, &one.deleted_after)
                == (&reading.attribute, reading.state, &reading.deleted_after)
        });
        match known {
            Some(known) => known
                .values
                .extend(reading.values.into_iter().filter(|value| !known.values.contains(value)).collect::<Vec<_>>()),
            None => visit.read.push(reading),
        }
    }
    append(&mut visit.choices, record.choices);
    append(&mut visit.unchanged, record.unchanged);
    append(&mut visit.withheld, record.withheld);
}

fn append<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// A visit of one page.
fn of(teller: Teller<'_>, made: &Made<'_>) -> Visit {
    let recorded = made.recorded;
    let chosen = chosen(teller, made);
    let reading = |name: &String| {
        let seen = made.seen(teller, name);
        let (state, mut values, mut deleted_after) = (seen.name(), Vec::new(), None);
        match seen {
            Seen::Value(value) => values.push(value),
            Seen::Expired(until) => deleted_after = Some(until),
            _ => {}
        }
        let (text, is_of_request) = (teller.label(name), is_of_request(teller.attribute(name)));
        Reading { attribute: name.clone(), text, state, values, deleted_after, is_of_request }
    };
    let grants = recorded.grants().ok();
    let of = |wanted: fn(&crate::consent::Recorded) -> bool| {
        let all = grants.iter().flat_map(|grants| Purpose::ALL.iter().zip(&grants.purposes));
        all.filter(|(_, said)| wanted(said)).map(|(one, _)| one.name()).collect()
    };
    Visit {
        from: recorded.at.clone(),
        to: recorded.at.clone(),
        is_exact: !recorded.is_split() || made.values.at.is_some(),
        zone: made.zone(teller).map(str::to_owned),
        pages: 1,
        region: recorded.region.clone(),
        has_values: recorded.is_told(),
        permitted: of(|said| said.granted),
        agreed: of(|said| said.granted && !matches!(said.basis, Basis::Regime | Basis::Expired)),
        refused: of(|said| said.denied && !said.granted),
        read: recorded.inputs.keys().map(reading).collect(),
        choices: chosen.choices,
        unchanged: chosen.unchanged,
        withheld: chosen.withheld,
    }
}
