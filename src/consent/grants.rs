//! Settles the permissions of a visitor now.
//!
//! Takes signals, region and time, gives grants. Denied beats granted, and granted beats no answer. Without an answer the
//! region's law applies. It never grants more because a signal could not be read: an unreadable signal denies.

use alloc::vec::Vec;

use super::cookie;
use super::sources::Heard;
use super::statement::{DENIED_BY_FAULT, void, younger};
use super::table::{Model, Regime, RegionTable};
use crate::words::{Age, Choice, Depth, Purpose, Purposes, Revoked, Signal, Signals, Unit, Visit};

/// The source of a permission, or of its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The region's law, as there was no answer.
    Regime,
    /// A call of the site's own code.
    Call,
    /// The site's consent cookie.
    Cookie,
    /// Global Privacy Control.
    Gpc,
    /// A consent cookie that could not be read.
    MalformedCookie,
    /// The region's law for children or teens.
    Minor,
    /// The region's law, as the grant there was is too old.
    Expired,
    /// A consent signal.
    Signal(Signal),
    /// A consent signal that could not be read, or is of no use here.
    Malformed(Signal),
    /// A withdrawal on another device, without a later choice here.
    Revoked,
}

impl Basis {
    /// Its stable name, as records and reports print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regime => "regime",
            Self::Call => "call",
            Self::Cookie => "cookie",
            Self::Gpc => "gpc",
            Self::MalformedCookie => "malformed_cookie",
            Self::Minor => "minor",
            Self::Expired => "expired",
            Self::Signal(Signal::Google) => "google_consent_mode",
            Self::Signal(signal) => signal.name(),
            Self::Malformed(signal) => signal.malformed(),
            Self::Revoked => "revoked",
        }
    }

    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Regime, Self::Call, Self::Cookie, Self::Gpc, Self::MalformedCookie, Self::Minor];
        let signals = Signal::ALL.iter().flat_map(|signal| [Self::Signal(*signal), Self::Malformed(*signal)]);
        // Types of Google Consent Mode are read one by one: none is malformed.
        let signals = signals.filter(|basis| *basis != Self::Malformed(Signal::Google));
        own.into_iter().chain([Self::Expired, Self::Revoked]).chain(signals)
    }

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|basis| basis.name() == name)
    }

    /// True if it is a signal that could not be read.
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::MalformedCookie | Self::Malformed(_))
    }
}

/// The value that replaces a signal that was there twice with different values. No reader of any signal accepts it as a
/// signal, so it denies.
pub const CONTRADICTORY: &str = "groups=:";

/// The permissions of a visitor now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Grants {
    granted: Purposes,
    basis: [Basis; Purpose::ALL.len()],
    days: [Option<u32>; Purpose::ALL.len()],
    /// Purposes that the visitor denied, by name or by signal. A purpose that was only never granted is not here.
    denied: Purposes,
    /// Purposes to which the visitor agreed by their own names, and not by a bit that stands for many things.
    named: Purposes,
    /// Purposes to which a parent agreed in the site's own words.
    parental: Purposes,
    /// Counts the visitor's changes of mind.
    pub epoch: u32,
    /// Position of the regime in the table.
    pub regime: usize,
    /// How personal decisions may be at most.
    pub depth: Depth,
    without_consent: Option<Unit>,
}

/// One purpose in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Data could be used for it.
    pub granted: bool,
    /// The visitor denied it by name or signal.
    pub denied: bool,
    /// The permission was given by the purpose's name.
    pub by_name: bool,
    /// A parent gave the permission.
    pub by_parent: bool,
    /// Where that came from.
    pub basis: Basis,
}

/// A visitor's grants in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedGrants {
    /// Counts the visitor's changes of mind.
    pub epoch: u32,
    /// How personal decisions may be at most.
    pub depth: Depth,
    /// The rung that a split may assign by while the visitor is silent.
    pub without_consent: Option<Unit>,
    /// By the position of the purpose.
    pub purposes: [Recorded; Purpose::ALL.len()],
}

impl Grants {
    /// True if data may be used for `purpose`.
    pub fn allows(&self, purpose: Purpose) -> bool {
        self.granted.has(purpose)
    }

    /// True if data may be used for `purpose`, and the visitor agreed to it by its own name. The name is in the site's own
    /// words, or it is a group of the site's consent platform that stands for the purpose.
    pub fn allows_by_name(&self, purpose: Purpose) -> bool {
        self.granted.and(self.named).has(purpose)
    }

    /// True if data may be used for `purpose`, and a parent agreed to it. If the law of the visitor's age requires a parent,
    /// no other permission counts.
    pub fn allows_by_parent(&self, purpose: Purpose) -> bool {
        self.granted.and(self.parental).has(purpose)
    }

    /// Every purpose that data may be used for.
    pub fn granted(&self) -> Purposes {
        self.granted
    }

    /// The source of the permission, or of its absence.
    pub fn basis(&self, purpose: Purpose) -> Basis {
        self.basis.get(purpose as usize).copied().unwrap_or(Basis::Regime)
    }

    /// The day of the permission, in days since 1970 (UTC), where its source has one.
    pub fn day(&self, purpose: Purpose) -> Option<u32> {
        self.days.get(purpose as usize).copied().flatten()
    }

    /// True if the visitor denied `purpose` by name or signal, rather than only never granted it.
    pub fn denies(&self, purpose: Purpose) -> bool {
        self.denied.has(purpose)
    }

    /// True if the visitor denied `purpose`. A signal that could not be read denies too, but is not the visitor's own
    /// denial.
    pub fn refuses(&self, purpose: Purpose) -> bool {
        self.denies(purpose) && !self.basis(purpose).is_fault()
    }

    /// The rung that a split may assign by while the visitor is silent.
    pub fn without_consent(&self) -> Option<Unit> {
        self.without_consent
    }

    /// The grants that a record holds, as they were.
    pub fn recorded(table: &RegionTable, region: Option<&str>, now_ms: i64, record: &RecordedGrants) -> Self {
        let all = |holds: fn(&Recorded) -> bool| {
            Purpose::ALL.iter().copied().filter(|purpose| holds(&record.purposes[*purpose as usize])).collect()
        };
        Self {
            granted: all(|said| said.granted),
            basis: record.purposes.map(|said| said.basis),
            days: [None; Purpose::ALL.len()],
            denied: all(|said| said.denied),
            named: all(|said| said.by_name),
            parental: all(|said| said.by_parent),
            epoch: record.epoch,
            regime: table.regime(region, now_ms),
            depth: record.depth,
            without_consent: record.without_consent,
        }
    }

    /// True if a split may assign by `unit`. The needs of each unit: fresh randomness of one page and an id in memory need
    /// `analytics`. A stored id needs `storage` too. An account needs `analytics`. Some regimes allow the lower rungs while
    /// the visitor is silent. A denial takes them away.
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

/// The permissions of `visit` at `now_ms` under the law of its region.
pub fn grants(table: &RegionTable, visit: &Visit, now_ms: i64) -> Grants {
    Law::of(table, visit, now_ms).grants(visit)
}

/// The law of a visit's region, with the signals of consent platforms about its visitor. It is asked once for a page, and
/// answers each question about it.
#[derive(Clone, Debug)]
pub struct Law<'t> {
    table: &'t RegionTable,
    regime: usize,
    heard: Vec<Heard>,
    now_ms: i64,
}

/// Whose words count beside the platforms'.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// The visitor's own.
    Own,
    /// The visitor gives this site no answer.
    Silent,
    /// The grants of a visitor who agrees to everything now.
    Willing,
    /// The grants of a parent who agrees to everything now.
    Parent,
}

impl<'t> Law<'t> {
    /// Reads the platforms' signals of `visit` under the law that holds at `now_ms`.
    pub fn of(table: &'t RegionTable, visit: &Visit, now_ms: i64) -> Self {
        let regime = table.regime(visit.region.as_deref(), now_ms);
        let days_max = table.rows.get(regime).unwrap_or(&Regime::default()).grant_days_max;
        let heard = table.signals.heard(visit, days_max, now_ms).collect();
        Self { table, regime, heard, now_ms }
    }

    /// The regime of the region, if the table has one.
    pub fn row(&self) -> Option<&'t Regime> {
        self.table.rows.get(self.regime)
    }

    /// What the visit permits.
    pub fn grants(&self, visit: &Visit) -> Grants {
        self.settle(visit, Voice::Own)
    }

    /// The purposes that are permitted if the visitor gives this site no answer.
    pub fn silent(&self, visit: &Visit) -> Purposes {
        self.settle(visit, Voice::Silent).granted
    }

    /// The purposes that a choice made today can grant. First the visitor's own, then a parent's, which grants no less. A
    /// choice of today does not override what was withdrawn on another device today.
    pub fn willing(&self, visit: &Visit) -> [Purposes; 2] {
        [Voice::Willing, Voice::Parent].map(|voice| self.settle(visit, voice).granted)
    }

    fn settle(&self, visit: &Visit, voice: Voice) -> Grants {
        let unknown = Regime::default();
        let (row, signals, is_own) = (self.row().unwrap_or(&unknown), &visit.signals, voice == Voice::Own);
        let cookie = signals.cookie.as_deref().filter(|_| is_own);
        let depth = visit.depth.filter(|_| is_own).unwrap_or(Depth::Sensitive);
        let mut said = Said { age: visit.minor, depth, ..Said::default() };
        match voice {
            Voice::Own => said.call(visit),
            Voice::Silent => {}
            Voice::Willing => said.agree(!Purposes::NONE, Purposes::NONE, Basis::Call, None),
            Voice::Parent => said.agree(!Purposes::NONE, !Purposes::NONE, Basis::Call, None),
        }
        said.cookie(cookie.unwrap_or_default(), row, self.now_ms);
        let mut gpc = is_own && signals.gpc;
        for heard in &self.heard {
            gpc |= heard.statement.gpc;
            said.hear(heard);
        }
        if said.contradictions(signals, cookie) || gpc {
            said.deny(row.gpc_off(), Basis::Gpc);
        }
        // This comes last, so that the visitor's own answer here keeps its own name.
        if voice != Voice::Silent {
            signals.revoked.iter().for_each(|revoked| said.revoke(*revoked));
        }
        if self.table.child_directed {
            said.age.get_or_insert(Age::Child);
        }
        said.settle(row, self.regime)
    }
}

/// The answers for each purpose, and their sources.
#[derive(Default)]
struct Said {
    granted: Purposes,
    denied: Purposes,
    /// Granted by a parent.
    parental: Purposes,
    /// Granted by name.
    named: Purposes,
    /// Granted once, and too old.
    expired: Purposes,
    by: [Option<Basis>; Purpose::ALL.len()],
    days: [Option<u32>; Purpose::ALL.len()],
    /// The latest day of a grant for it.
    latest: [Option<u32>; Purpose::ALL.len()],
    age: Option<Age>,
    depth: Depth,
    epoch: u32,
}

impl Said {
    /// The choices that the site's own code reports, made now.
    fn call(&mut self, visit: &Visit) {
        let [mut granted, mut parental, mut denied] = [Purposes::NONE; 3];
        for (purpose, choice) in visit.grants.iter() {
            let of = Purposes::NONE.with(purpose.0);
            match choice {
                Some(Choice::Denied) => denied = denied.or(of),
                Some(Choice::Granted) => granted = granted.or(of),
                Some(Choice::Parent) => parental = parental.or(of),
                None => {}
            }
        }
        self.agree(granted.or(parental), parental, Basis::Call, None);
        self.deny(denied, Basis::Call);
    }

    /// The site's consent cookie. A malformed cookie denies everything that can be denied.
    fn cookie(&mut self, value: &str, row: &Regime, now_ms: i64) {
        if value.is_empty() {
            return;
        }
        let Some(choices) = cookie::parse(value) else {
            return self.deny(DENIED_BY_FAULT, Basis::MalformedCookie);
        };
        self.epoch = choices.epoch;
        self.depth = self.depth.min(choices.depth.unwrap_or(Depth::Sensitive));
        if choices.day.is_some_and(|day| void(day, row.grant_days_max, now_ms).is_some()) {
            self.expired = self.expired.or(choices.granted);
        } else {
            self.agree(choices.granted, choices.parental, Basis::Cookie, choices.day);
        }
        self.deny(choices.denied, Basis::Cookie);
    }

    /// A signal of a platform applies.
    fn hear(&mut self, heard: &Heard) {
        let statement = &heard.statement;
        self.expired = self.expired.or(heard.expired);
        if heard.is_by_name() {
            // If the law requires consent by name, the permission comes from this signal, even if another one agreed without
            // a name before.
            for purpose in statement.granted.and(!self.named).and(!self.denied).iter() {
                self.by[purpose as usize] = None;
            }
            self.named = self.named.or(statement.granted);
        }
        self.grant(statement.granted, heard.basis(), statement.day);
        self.deny(statement.denied, heard.basis());
        self.age = younger(self.age, statement.minor);
    }

    /// Signals that contradict themselves deny all that one of their two values may have denied, and all that a fault leaves
    /// open. The result is true if there are any, because one of the two values may have contained Global Privacy Control.
    fn contradictions(&mut self, signals: &Signals, cookie: Option<&str>) -> bool {
        let is_one = |text: Option<&str>| text == Some(CONTRADICTORY);
        let own = (cookie, Basis::MalformedCookie);
        let others = Signal::ALL.iter().map(|signal| (signals.of(*signal)[0], Basis::Malformed(*signal)));
        let mut is_any = false;
        for (_, basis) in [own].into_iter().chain(others).filter(|(text, _)| is_one(*text)) {
            is_any = true;
            self.deny(Purposes::NONE.with(Purpose::Contextual), basis);
        }
        if is_one(cookie) {
            self.depth = Depth::None;
        }
        if is_one(signals.gpp.as_deref()) {
            self.age = Some(Age::Child);
        }
        is_any
    }

    /// The visitor agrees in the site's own words, or a parent does to some purposes.
    fn agree(&mut self, purposes: Purposes, parental: Purposes, by: Basis, day: Option<u32>) {
        self.parental = self.parental.or(parental);
        self.named = self.named.or(purposes);
        self.grant(purposes, by, day);
    }

    fn grant(&mut self, purposes: Purposes, by: Basis, day: Option<u32>) {
        self.granted = self.granted.or(purposes);
        for purpose in purposes.iter() {
            if self.by[purpose as usize].is_none() {
                self.by[purpose as usize] = Some(by);
                self.days[purpose as usize] = day;
            }
            self.latest[purpose as usize] = self.latest[purpose as usize].max(day);
        }
    }

    /// The visitor withdrew on another device. A choice made here on a later day stands. A choice of the same day, or of an
    /// unknown day, may have been made before the withdrawal, so it does not stand.
    fn revoke(&mut self, revoked: Revoked) {
        let stands = |purpose: &Purpose| self.latest[*purpose as usize] > Some(revoked.day);
        let standing: Purposes = revoked.purposes.iter().filter(stands).collect();
        self.deny(revoked.purposes.and(!standing), Basis::Revoked);
    }

    fn deny(&mut self, purposes: Purposes, by: Basis) {
        for purpose in purposes.and(!self.denied).iter() {
            self.by[purpose as usize] = Some(by);
            self.days[purpose as usize] = None;
        }
        self.denied = self.denied.or(purposes);
    }

    /// True if `purpose` is permitted under `model`; `granted` is what counts as agreement.
    fn holds(&self, purpose: Purpose, model: Model, granted: Purposes) -> bool {
        match model {
            // The visitor cannot object to the service that they asked for.
            Model::Exempt if purpose == Purpose::Necessary => true,
            Model::Exempt | Model::Notice | Model::OptOut => !self.denied.has(purpose),
            Model::OptIn | Model::OptInExplicit => granted.has(purpose) && !self.denied.has(purpose),
            Model::StrictlyRequired | Model::Prohibited => false,
        }
    }

    fn settle(self, row: &Regime, regime: usize) -> Grants {
        let by_law = |purpose: Purpose| {
            let model = row.model(purpose);
            self.holds(purpose, model, if model == Model::OptInExplicit { self.named } else { self.granted })
        };
        // A parent's permission is one that the site's own words call so: a child can click like a parent.
        let by_age = |purpose: Purpose| {
            let model = row.model_of_age(self.age, purpose);
            self.holds(purpose, model, if model == Model::OptInExplicit { self.parental } else { self.granted })
        };
        let basis = |at: usize| {
            let purpose = Purpose::ALL.get(at).copied().unwrap_or(Purpose::Necessary);
            if by_law(purpose) && !by_age(purpose) {
                return Basis::Minor;
            }
            let silence = if self.expired.has(purpose) { Basis::Expired } else { Basis::Regime };
            self.by.get(at).copied().flatten().unwrap_or(silence)
        };
        let is_watched = row.model_of_age(self.age, Purpose::Analytics) >= Model::OptIn;
        Grants {
            granted: Purpose::ALL.iter().copied().filter(|purpose| by_law(*purpose) && by_age(*purpose)).collect(),
            basis: core::array::from_fn(basis),
            days: self.days,
            denied: self.denied,
            named: self.named,
            parental: self.parental,
            epoch: self.epoch,
            regime,
            depth: self.depth,
            // The law may allow data of a silent adult. That does not apply to a child.
            without_consent: row.without_consent().filter(|_| !is_watched),
        }
    }
}
