//! Who may do what now, as the design defines it: denied beats granted beats silent, and silence falls to the region's law.
//!
//! Takes the site's region table and a visit, gives the granted purposes. It never calls the consent module.

use std::collections::BTreeSet;

use selvedge::author::site::Site;
use selvedge::bundle::words::{Purpose, Unit};
use selvedge::consent::table::{Model, Regime};
use selvedge::engine::Visit;

/// What a visitor permits.
pub(crate) struct Permission {
    pub(crate) granted: BTreeSet<Purpose>,
    /// Granted by the visitor, not by silence.
    pub(crate) by_name: BTreeSet<Purpose>,
    denied: BTreeSet<Purpose>,
    without_consent: Option<Unit>,
}

impl Permission {
    pub(crate) fn new(site: &Site, visit: &Visit, now_ms: i64) -> Self {
        let law = law(site, visit.region.as_deref(), now_ms);
        let (mut yes, mut no) = (BTreeSet::new(), BTreeSet::new());
        for (purpose, choice) in &visit.grants {
            match choice {
                Some(true) => yes.insert(purpose.0),
                Some(false) => no.insert(purpose.0),
                None => false,
            };
        }
        match visit.signals.cookie.as_deref() {
            None | Some("") => {}
            Some(cookie) => match choices(cookie) {
                Some(choices) => {
                    for (purpose, choice) in choices {
                        if choice {
                            yes.insert(purpose)
                        } else {
                            no.insert(purpose)
                        };
                    }
                }
                // A choice that cannot be read is a refusal of everything that can be refused.
                None => {
                    no.extend(Purpose::ALL.iter().filter(|p| !matches!(p, Purpose::Necessary | Purpose::Contextual)))
                }
            },
        }
        if visit.signals.gpc {
            no.extend(law.gpc_off().iter());
        }
        let is_granted = |purpose: &Purpose| match law.model(*purpose) {
            Model::Exempt => *purpose == Purpose::Necessary || !no.contains(purpose),
            Model::Notice | Model::OptOut => !no.contains(purpose),
            Model::OptIn | Model::OptInExplicit => yes.contains(purpose) && !no.contains(purpose),
            Model::StrictlyRequired | Model::Prohibited => false,
        };
        let granted: BTreeSet<Purpose> = Purpose::ALL.iter().copied().filter(is_granted).collect();
        let by_name = granted.iter().copied().filter(|purpose| yes.contains(purpose)).collect();
        Self { granted, by_name, denied: no, without_consent: law.without_consent() }
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

fn choices(cookie: &str) -> Option<Vec<(Purpose, bool)>> {
    if cookie.len() > 512 {
        return None;
    }
    let mut pairs = cookie.split('&');
    if pairs.next() != Some("v=1") {
        return None;
    }
    let (mut choices, mut epochs) = (Vec::<(Purpose, bool)>::new(), 0);
    for pair in pairs {
        let (key, value) = pair.split_once('=')?;
        if key == "epoch" {
            epochs += 1;
            let digits = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
            if !digits || value.parse::<u32>().is_err() || epochs > 1 {
                return None;
            }
            continue;
        }
        let purpose = *Purpose::ALL.iter().find(|purpose| purpose.name() == key)?;
        if choices.iter().any(|(known, _)| *known == purpose) || !matches!(value, "0" | "1") {
            return None;
        }
        choices.push((purpose, value == "1"));
    }
    Some(choices)
}
