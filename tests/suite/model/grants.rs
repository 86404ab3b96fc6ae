//! Who may do what now, as the design defines it: denied beats granted beats silent, and silence falls to the region's law.
//!
//! Takes the site's region table and a visit, gives the granted purposes. It never calls the consent module.

use std::collections::BTreeSet;

use selvedge::author::site::Site;
use selvedge::bundle::words::{Purpose, Unit};
use selvedge::consent::Basis;
use selvedge::consent::table::{Model, Regime};
use selvedge::engine::Visit;

/// What a visitor permits.
pub(crate) struct Permission {
    pub(crate) granted: BTreeSet<Purpose>,
    /// Granted by the visitor, not by silence.
    pub(crate) by_name: BTreeSet<Purpose>,
    denied: BTreeSet<Purpose>,
    said: Vec<Statement>,
    pub(crate) epoch: u32,
    without_consent: Option<Unit>,
}

/// Somebody said yes or no to a purpose.
struct Statement {
    purpose: Purpose,
    is_yes: bool,
    by: Basis,
}

/// Everything that was said. Each source is a function from the visit and the law to statements; a new one is a line here.
fn statements(visit: &Visit, law: &Regime) -> Vec<Statement> {
    let sources = [by_call(visit), by_cookie(visit), by_gpc(visit, law)];
    sources.into_iter().flatten().collect()
}

/// A call of the site's own code; `null` is silence.
fn by_call(visit: &Visit) -> Vec<Statement> {
    let said = visit.grants.iter().filter_map(|(purpose, choice)| Some((purpose.0, (*choice)?)));
    said.map(|(purpose, is_yes)| Statement { purpose, is_yes, by: Basis::Call }).collect()
}

/// The site's own cookie. A choice that cannot be read is a refusal of everything that can be refused.
fn by_cookie(visit: &Visit) -> Vec<Statement> {
    let Some(cookie) = visit.signals.cookie.as_deref().filter(|cookie| !cookie.is_empty()) else { return Vec::new() };
    match choices(cookie) {
        Some(choices) => {
            let said = choices.said.into_iter();
            said.map(|(purpose, is_yes)| Statement { purpose, is_yes, by: Basis::Cookie }).collect()
        }
        None => {
            let refusable = Purpose::ALL.iter().filter(|p| !matches!(p, Purpose::Necessary | Purpose::Contextual));
            refusable
                .map(|purpose| Statement { purpose: *purpose, is_yes: false, by: Basis::MalformedCookie })
                .collect()
        }
    }
}

/// Global Privacy Control, as far as the law gives it a meaning.
fn by_gpc(visit: &Visit, law: &Regime) -> Vec<Statement> {
    let off = law.gpc_off().iter().filter(|_| visit.signals.gpc);
    off.map(|purpose| Statement { purpose, is_yes: false, by: Basis::Gpc }).collect()
}

impl Permission {
    pub(crate) fn new(site: &Site, visit: &Visit, now_ms: i64) -> Self {
        let law = law(site, visit.region.as_deref(), now_ms);
        let said = statements(visit, &law);
        let of = |is_yes: bool| -> BTreeSet<Purpose> {
            said.iter().filter(|one| one.is_yes == is_yes).map(|one| one.purpose).collect()
        };
        // Denied beats granted beats silent, and silence falls to the law.
        let (yes, no) = (of(true), of(false));
        let is_granted = |purpose: &Purpose| match law.model(*purpose) {
            Model::Exempt => *purpose == Purpose::Necessary || !no.contains(purpose),
            Model::Notice | Model::OptOut => !no.contains(purpose),
            Model::OptIn | Model::OptInExplicit => yes.contains(purpose) && !no.contains(purpose),
            Model::StrictlyRequired | Model::Prohibited => false,
        };
        let granted: BTreeSet<Purpose> = Purpose::ALL.iter().copied().filter(is_granted).collect();
        let by_name = granted.iter().copied().filter(|purpose| yes.contains(purpose)).collect();
        let epoch = visit.signals.cookie.as_deref().and_then(choices).map_or(0, |choices| choices.epoch);
        Self { granted, by_name, denied: no, said, epoch, without_consent: law.without_consent() }
    }

    /// Whom a permission, or its absence, comes from: who first said no, else who first said yes, else the law.
    pub(crate) fn basis(&self, purpose: Purpose) -> Basis {
        let first = |is_yes: bool| self.said.iter().find(|one| one.purpose == purpose && one.is_yes == is_yes);
        first(false).or_else(|| first(true)).map_or(Basis::Regime, |one| one.by)
    }

    /// Whether a split may assign by this rung of the identity ladder.
    pub(crate) fn covers(&self, unit: Unit) -> bool {
        let has = |purpose| self.granted.contains(&purpose);
        let with_consent = match unit {
            Unit::Page | Unit::Session | Unit::Account => has(Purpose::Analytics),
            Unit::Visitor => has(Purpose::Analytics) && has(Purpose::Storage),
        };
        let said_no = self.denied.contains(&Purpose::Analytics) || self.denied.contains(&Purpose::Storage);
        // Some laws let the lower rungs be used in silence; the account is never among them.
        with_consent || !said_no && unit != Unit::Account && self.without_consent.is_some_and(|rung| unit <= rung)
    }
}

/// The row of the region, of its country, or the strictest; an older row while that one is not in force.
fn law(site: &Site, region: Option<&str>, now_ms: i64) -> Regime {
    let codes = &site.regions.codes;
    let find = |code: &str| codes.iter().find(|(known, _)| *known == code.to_ascii_uppercase()).map(|(_, row)| *row);
    let mut row = region.and_then(|region| find(region).or_else(|| find(region.split('-').next()?))).unwrap_or(0);
    for _ in 0..site.regions.rows.len() {
        let regime = &site.regions.rows[usize::from(row)];
        if now_ms >= regime.effective_from_ms {
            return regime.clone();
        }
        row = regime.parent;
    }
    site.regions.rows[0].clone()
}

/// What our cookie says.
struct Choices {
    said: Vec<(Purpose, bool)>,
    epoch: u32,
}

fn choices(cookie: &str) -> Option<Choices> {
    if cookie.len() > 512 {
        return None;
    }
    let mut pairs = cookie.split('&');
    if pairs.next() != Some("v=1") {
        return None;
    }
    let (mut said, mut epochs) = (Vec::<(Purpose, bool)>::new(), Vec::new());
    for pair in pairs {
        let (key, value) = pair.split_once('=')?;
        if key == "epoch" {
            let digits = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
            epochs.push(value.parse::<u32>().ok().filter(|_| digits && epochs.is_empty())?);
            continue;
        }
        let purpose = *Purpose::ALL.iter().find(|purpose| purpose.name() == key)?;
        if said.iter().any(|(known, _)| *known == purpose) || !matches!(value, "0" | "1") {
            return None;
        }
        said.push((purpose, value == "1"));
    }
    Some(Choices { said, epoch: epochs.first().copied().unwrap_or(0) })
}
