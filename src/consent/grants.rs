//! What this visitor permits now.
//!
//! Takes signals, region and time, gives grants: denied beats granted beats silent, and silent falls to the region's law. It
//! never grants more because a signal could not be read: a malformed consent cookie denies.

use super::cookie;
use super::table::{Model, Regime, RegionTable};
use crate::bundle::words::{Purpose, Purposes, Unit, vocabulary};
use crate::engine::Visit;

vocabulary! {
    /// Where a permission, or its absence, comes from.
    Basis {
        /// The region's law, as nobody said anything.
        Regime = "regime",
        /// A call of the site's own code.
        Call = "call",
        /// The site's consent cookie.
        Cookie = "cookie",
        /// Global Privacy Control.
        Gpc = "gpc",
        /// A consent cookie that could not be read.
        MalformedCookie = "malformed_cookie",
    }
}

/// What this visitor permits now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    granted: Purposes,
    basis: [Basis; Purpose::ALL.len()],
    /// What the visitor denied by name or signal, rather than only never granted.
    denied: Purposes,
    /// Counts the visitor's changes of mind.
    pub epoch: u32,
    /// Position of the regime in the table.
    pub regime: usize,
    without_consent: Option<Unit>,
}

/// What a record holds of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Data could be used for it.
    pub granted: bool,
    /// The visitor denied it by name or signal.
    pub denied: bool,
    /// Where that came from.
    pub basis: Basis,
}

impl Grants {
    /// Whether data may be used for `purpose`.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        self.granted.has(purpose)
    }

    /// Every purpose that data may be used for.
    #[must_use]
    pub fn granted(&self) -> Purposes {
        self.granted
    }

    /// Where the permission, or its absence, comes from.
    #[must_use]
    pub fn basis(&self, purpose: Purpose) -> Basis {
        self.basis.get(purpose as usize).copied().unwrap_or(Basis::Regime)
    }

    /// Whether the visitor denied `purpose` by name or signal, rather than only never granted it.
    #[must_use]
    pub fn denies(&self, purpose: Purpose) -> bool {
        self.denied.has(purpose)
    }

    /// The grants that a record holds, settled again by the law of `region` at `now_ms`: with the law that they were settled by, they
    /// come out as they were.
    #[must_use]
    pub fn recorded(
        table: &RegionTable,
        region: Option<&str>,
        now_ms: i64,
        epoch: u32,
        said: impl Fn(Purpose) -> Recorded,
    ) -> Self {
        let regime = table.regime(region, now_ms);
        let unknown = Regime::default();
        let mut again = Said::default();
        for purpose in Purpose::ALL.iter().copied() {
            let Recorded { granted, denied, basis } = said(purpose);
            again.granted = if granted { again.granted.with(purpose) } else { again.granted };
            again.denied = if denied { again.denied.with(purpose) } else { again.denied };
            again.by[purpose as usize] = Some(basis);
        }
        again.settle(table.rows.get(regime).unwrap_or(&unknown), epoch, regime)
    }

    /// Whether a split may assign by `unit`.
    ///
    /// The ladder: fresh randomness of one page and an id in memory need `analytics`; a stored id needs `storage` too; an
    /// account needs `analytics`. Some regimes allow the lower rungs while the visitor is silent; a denial takes them away.
    #[must_use]
    pub fn allows_unit(&self, unit: Unit) -> bool {
        let silent = !self.denied.has(Purpose::Analytics) && !self.denied.has(Purpose::Storage);
        let analytics = self.allows(Purpose::Analytics);
        match unit {
            Unit::Account => analytics,
            Unit::Visitor if analytics && self.allows(Purpose::Storage) => true,
            Unit::Page | Unit::Session if analytics => true,
            _ => silent && self.without_consent.is_some_and(|allowed| unit <= allowed),
        }
    }
}

/// What `visit` permits at `now_ms` under the law of its region.
#[must_use]
pub fn grants(table: &RegionTable, visit: &Visit, now_ms: i64) -> Grants {
    let regime = table.regime(visit.region.as_deref(), now_ms);
    let unknown = Regime::default();
    let row = table.rows.get(regime).unwrap_or(&unknown);

    let mut said = Said::default();
    for (purpose, choice) in &visit.grants {
        match choice {
            Some(true) => said.grant(purpose.0, Basis::Call),
            Some(false) => said.deny(purpose.0, Basis::Call),
            None => {}
        }
    }
    let mut epoch = 0;
    if let Some(value) = visit.signals.cookie.as_deref().filter(|value| !value.is_empty()) {
        if let Some(choices) = cookie::parse(value) {
            epoch = choices.epoch;
            choices.granted.iter().for_each(|purpose| said.grant(purpose, Basis::Cookie));
            choices.denied.iter().for_each(|purpose| said.deny(purpose, Basis::Cookie));
        } else {
            let optional = |purpose: &&Purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual);
            Purpose::ALL.iter().filter(optional).for_each(|purpose| said.deny(*purpose, Basis::MalformedCookie));
        }
    }
    if visit.signals.gpc {
        row.gpc_off().iter().for_each(|purpose| said.deny(purpose, Basis::Gpc));
    }
    said.settle(row, epoch, regime)
}

/// What was said of each purpose, and by whom.
#[derive(Default)]
struct Said {
    granted: Purposes,
    denied: Purposes,
    by: [Option<Basis>; Purpose::ALL.len()],
}

impl Said {
    fn grant(&mut self, purpose: Purpose, by: Basis) {
        self.granted = self.granted.with(purpose);
        self.by[purpose as usize].get_or_insert(by);
    }

    fn deny(&mut self, purpose: Purpose, by: Basis) {
        if !self.denied.has(purpose) {
            self.denied = self.denied.with(purpose);
            self.by[purpose as usize] = Some(by);
        }
    }

    fn settle(self, row: &Regime, epoch: u32, regime: usize) -> Grants {
        let allowed = |purpose: &Purpose| match row.model(*purpose) {
            // What the visitor asked for cannot be objected to away.
            Model::Exempt if *purpose == Purpose::Necessary => true,
            Model::Exempt | Model::Notice | Model::OptOut => !self.denied.has(*purpose),
            Model::OptIn | Model::OptInExplicit => self.granted.has(*purpose) && !self.denied.has(*purpose),
            Model::StrictlyRequired | Model::Prohibited => false,
        };
        Grants {
            granted: Purpose::ALL.iter().copied().filter(allowed).collect(),
            basis: core::array::from_fn(|purpose| self.by.get(purpose).copied().flatten().unwrap_or(Basis::Regime)),
            denied: self.denied,
            epoch,
            regime,
            without_consent: row.without_consent(),
        }
    }
}
