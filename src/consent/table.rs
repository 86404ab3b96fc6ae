//! The region table: what each region's law needs for each purpose.
//!
//! Takes rows that the builder resolved (every key inherited), gives the regime of a region at a time. It never reads TOML.

use alloc::string::String;
use alloc::vec::Vec;

use super::sources::Sources;
use crate::words::record::record;
use crate::words::{Age, Purpose, Purposes, Unit, vocabulary};

vocabulary! {
    /// The requirement of the law before data may be used for a purpose, ordered from least to most strict.
    Model {
        /// Allowed without asking.
        Exempt = "exempt",
        /// Allowed with notice; an objection is honoured.
        Notice = "notice",
        /// Allowed until the visitor objects.
        OptOut = "opt_out",
        /// Denied until the visitor agrees.
        OptIn = "opt_in",
        /// Denied until the visitor agrees to this category of data by name.
        OptInExplicit = "opt_in_explicit",
        /// Only to provide what was asked for; never for choosing content.
        StrictlyRequired = "strictly_required",
        /// Never.
        Prohibited = "prohibited",
    }
}

record! {
    /// The table. Row 0 is the default: the strictest, for a region that is not known.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct RegionTable {
        /// The table's version date: part of every audit record.
        pub version: String,
        /// The regimes.
        pub rows: Vec<Regime>,
        /// Region code → row, sorted by code; several codes may share a row.
        pub codes: Vec<(String, u16)>,
        /// True if the site is made for children: then a visitor of unknown age is one.
        pub child_directed: bool,
        /// The signals that the site uses.
        pub signals: Sources,
    }
}

record! {
    /// One region's law, as the engine needs it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Regime {
        /// The code that names it in explanations (`EU`, `US-CA`, `default`).
        pub code: String,
        /// Model bytes by purpose byte, `storage` last.
        pub models: [u8; 8],
        /// Purposes (bits) that `Sec-GPC: 1` switches off.
        pub gpc_off: u8,
        /// The rung that an experiment may use without the `analytics` and `storage` grants; `None` is control only.
        pub without_consent: Option<u8>,
        /// The rule for a visitor who is known to be a child.
        pub child: AgeRule,
        /// The rule for a visitor who is known to be a teenager.
        pub teen: AgeRule,
        /// The age in years up to which the law counts a visitor as a child.
        pub child_age_max: u8,
        /// How many days a grant lasts; older ones are silence.
        pub grant_days_max: u16,
        /// Unix milliseconds from which the row applies; before, `parent` does.
        pub effective_from_ms: i64,
        /// The row that applies before.
        pub parent: u16,
    }
}

record! {
    /// A model that holds for some purposes of a minor, where it is stricter than the purpose's own.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AgeRule {
        /// [`Model`] as a byte. `opt_in_explicit` is a parent's permission: a grant that is marked as one.
        pub model: u8,
        /// The purposes, as bits.
        pub purposes: u8,
    }
}

impl AgeRule {
    /// The model for `purpose`: exempt where the rule says nothing of it.
    pub fn model(self, purpose: Purpose) -> Model {
        match Purposes::from_bits(self.purposes).has(purpose) {
            true => Model::from_byte(self.model).unwrap_or(Model::Prohibited),
            false => Model::Exempt,
        }
    }
}

/// The age from which a site may tell that a visitor is in their teens, wherever they are: a teen may be a child where childhood
/// lasts longer.
const TEEN_AGE_MIN: u8 = 13;

impl Default for Regime {
    /// A law that allows nothing.
    fn default() -> Self {
        Self {
            code: String::new(),
            models: [Model::Prohibited as u8; 8],
            gpc_off: 0,
            without_consent: None,
            child: AgeRule::default(),
            teen: AgeRule::default(),
            child_age_max: 0,
            grant_days_max: 0,
            effective_from_ms: i64::MIN,
            parent: 0,
        }
    }
}

impl Regime {
    /// The model of `purpose`.
    pub fn model(&self, purpose: Purpose) -> Model {
        Model::from_byte(self.models[purpose as usize]).unwrap_or(Model::Prohibited)
    }

    /// The purposes that `Sec-GPC: 1` switches off.
    pub fn gpc_off(&self) -> Purposes {
        Purposes::from_bits(self.gpc_off)
    }

    /// The model that the age of a visitor asks for, beside the one of the purpose: the stricter of the two holds.
    ///
    /// A rule of one band holds for every younger band too, so no row can be looser for the younger. A site tells a band,
    /// not an age. If the law counts visitors as children for longer than [`TEEN_AGE_MIN`] years, a teen may be a child.
    /// Then the rule for children applies too.
    pub fn model_of_age(&self, age: Option<Age>, purpose: Purpose) -> Model {
        let child_max = if self.child_age_max >= TEEN_AGE_MIN { Age::Teen } else { Age::Child };
        let holds = |rule: AgeRule, oldest: Age| match age {
            Some(age) if age <= oldest => rule.model(purpose),
            _ => Model::Exempt,
        };
        holds(self.child, child_max).max(holds(self.teen, Age::Teen))
    }

    /// Says whether a parent's grant is what the law asks for at this age: a grant of the visitor's own does not count.
    pub fn asks_parent(&self, age: Option<Age>, purpose: Purpose) -> bool {
        self.model_of_age(age, purpose) == Model::OptInExplicit && self.model(purpose) <= Model::OptInExplicit
    }

    /// The rung that an experiment may use without consent.
    pub fn without_consent(&self) -> Option<Unit> {
        self.without_consent.and_then(Unit::from_byte)
    }
}

impl RegionTable {
    /// Position of the regime that applies in `region` at `now_ms`.
    ///
    /// A subdivision without a row of its own (`DE-BY`) takes its country's; a region that is not in the table, or not known,
    /// takes the default. Codes compare without regard to case.
    pub fn regime(&self, region: Option<&str>, now_ms: i64) -> usize {
        let mut row = region.and_then(|region| self.find(region)).unwrap_or(0);
        // A chain of parents is shorter than the table; one that is not is a circle, and leads nowhere but to the default.
        for _ in 0..self.rows.len() {
            match self.rows.get(row) {
                Some(regime) if now_ms < regime.effective_from_ms => row = usize::from(regime.parent),
                Some(_) => return row,
                None => return 0,
            }
        }
        0
    }

    /// The next moment from which another law holds somewhere.
    pub(super) fn changes_ms(&self, now_ms: i64) -> i64 {
        let begin = self.rows.iter().map(|regime| regime.effective_from_ms);
        begin.filter(|from| *from > now_ms).min().unwrap_or(i64::MAX)
    }

    fn find(&self, region: &str) -> Option<usize> {
        let exact = |code: &str| {
            let compare =
                |entry: &(String, u16)| entry.0.bytes().cmp(code.bytes().map(|byte| byte.to_ascii_uppercase()));
            self.codes.binary_search_by(compare).ok().and_then(|at| self.codes.get(at))
        };
        let country = region.split_once('-').map_or(region, |(country, _)| country);
        exact(region).or_else(|| exact(country)).map(|(_, row)| usize::from(*row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_of_age_is_looser_for_the_younger() {
        let purposes = [0, 0x20, 0xff];
        let rules = || {
            let models = Model::ALL.iter().map(|model| *model as u8).chain([200]);
            models.flat_map(|model| purposes.map(|purposes| AgeRule { model, purposes }))
        };
        for (child, teen) in rules().flat_map(|child| rules().map(move |teen| (child, teen))) {
            for child_age_max in [0, 11, 12, 13, 17] {
                let row = Regime { child, teen, child_age_max, ..Regime::default() };
                for purpose in Purpose::ALL {
                    let models = [None, Some(Age::Adult), Some(Age::Teen), Some(Age::Child)]
                        .map(|age| row.model_of_age(age, *purpose));
                    assert!(models.is_sorted(), "{purpose}, {child:?}, {teen:?}, {child_age_max}: {models:?}");
                }
            }
        }
    }
}
