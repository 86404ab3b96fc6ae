//! The rules for visitors who are known to be minors.
//!
//! It knows no visitor's age.

use serde::Serialize;

use crate::author::{Law, age_word};
use crate::consent::table::{Model, Regime};
use crate::words::{Age, Purpose};

/// The rules for visitors of one age band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgeBand {
    /// `child` or `teen`: what a site may tell of a visitor.
    pub age: &'static str,
    /// The age in years up to which the law counts a person to the band.
    pub up_to: Option<u8>,
    /// The purposes for which the band needs more than nothing, by how strict that is. Rules that are stricter for everybody
    /// apply too.
    pub rows: Vec<AgeRow>,
    /// The scope in the table's words, if it is as shipped.
    pub scope: Option<String>,
    /// True if the shipped table has something else here.
    pub by_site: bool,
}

/// The purposes of one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgeRow {
    /// The model, as in `regions.toml`: `parental` is a permission that a parent gives.
    pub model: &'static str,
    /// The purposes.
    pub purposes: Vec<&'static str>,
}

impl AgeBand {
    /// `child, up to 15: parental for personalization, advertising`.
    pub fn words(&self) -> String {
        let up_to = self.up_to.map(|age| format!(", up to {age}")).unwrap_or_default();
        let rows: Vec<String> =
            self.rows.iter().map(|row| format!("{} for {}", row.model, row.purposes.join(", "))).collect();
        let scope = self.scope.as_ref().map(|scope| format!(" ({scope})")).unwrap_or_default();
        let rows = if rows.is_empty() { "nothing more".to_owned() } else { rows.join("; ") };
        format!("{}{up_to}: {rows}{scope}", self.age)
    }
}

/// The bands of a row, with the models that the engine takes for each: a rule for teens holds for children too.
pub(super) fn minors(held: &Regime, shipped: &Regime, law: &Law) -> Vec<AgeBand> {
    let bands = [
        (Age::Child, Some(held.child_age_max), &law.child_scope),
        (Age::Teen, law.teen_age_max.filter(|age| *age > held.child_age_max), &law.teen_scope),
    ];
    let bands = bands.into_iter().map(|(age, up_to, scope)| {
        let model = |row: &Regime, purpose: &Purpose| row.model_of_age(Some(age), *purpose);
        let is_shipped = held.child_age_max == shipped.child_age_max
            && Purpose::ALL.iter().all(|purpose| model(held, purpose) == model(shipped, purpose));
        AgeBand {
            age: age.name(),
            up_to,
            rows: rows(|purpose| model(held, purpose)),
            scope: scope.clone().filter(|_| is_shipped),
            by_site: !is_shipped,
        }
    });
    // A site may tell of a teen also where the law knows none: the engine takes the rule all the same.
    bands.filter(|band| band.age == Age::Child.name() || band.up_to.is_some() || !band.rows.is_empty()).collect()
}

fn rows(model_of: impl Fn(&Purpose) -> Model) -> Vec<AgeRow> {
    let of = |model: Model| {
        let held = Purpose::ALL.iter().filter(|purpose| model_of(purpose) == model).map(|purpose| purpose.name());
        AgeRow { model: age_word(model), purposes: held.collect() }
    };
    let stricter = Model::ALL.iter().rev().filter(|model| **model != Model::Exempt);
    stricter.map(|model| of(*model)).filter(|row| !row.purposes.is_empty()).collect()
}
