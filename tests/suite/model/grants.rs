//! Who may do what now, as the design defines it: denied beats granted beats silent, and silence falls to the region's law.
//!
//! Takes the site's region table and a visit, gives the granted purposes. It never calls the consent module.

use std::collections::BTreeSet;

use selvedge::author::site::Site;
use selvedge::bundle::words::{Age, Depth, Purpose, Unit};
use selvedge::consent::table::{Model, Regime};
use selvedge::engine::Visit;

use super::signals;

/// What a visitor permits.
pub(crate) struct Permission {
    pub(crate) granted: BTreeSet<Purpose>,
    /// Granted by its name, not by silence.
    pub(crate) by_name: BTreeSet<Purpose>,
    /// How personal decisions may be at most.
    pub(crate) depth: Depth,
    pub(crate) denied: BTreeSet<Purpose>,
    without_consent: Option<Unit>,
}

/// What everybody who was heard said.
#[derive(Default)]
struct Said {
    yes: BTreeSet<Purpose>,
    no: BTreeSet<Purpose>,
    /// In the site's own words.
    own: BTreeSet<Purpose>,
    /// By name: in the site's own words, or in a group of its consent platform.
    named: BTreeSet<Purpose>,
}

impl Permission {
    pub(crate) fn new(site: &Site, visit: &Visit, now_ms: i64) -> Self {
        let law = law(site, visit.region.as_deref(), now_ms);
        let mut said = Said::default();
        let mut depth = visit.depth.unwrap_or(Depth::Sensitive);
        for (purpose, choice) in &visit.grants {
            match choice {
                Some(true) => said.agree(purpose.0),
                Some(false) => drop(said.no.insert(purpose.0)),
                None => {}
            };
        }
        match visit.signals.cookie.as_deref() {
            None | Some("") => {}
            Some(cookie) => match choices(cookie) {
                Some(cookie) => {
                    depth = depth.min(cookie.depth.unwrap_or(Depth::Sensitive));
                    // A grant lasts so many days; one of tomorrow may be of another zone, a later one of no day at all.
                    let today = now_ms.div_euclid(86_400_000);
                    let lasts = |day: i64| today - day <= i64::from(law.grant_days_max) && day - today <= 1;
                    for (purpose, choice) in cookie.choices {
                        match choice {
                            true if cookie.day.is_none_or(lasts) => said.agree(purpose),
                            true => {}
                            false => drop(said.no.insert(purpose)),
                        }
                    }
                }
                // A choice that cannot be read is a refusal of everything that can be refused.
                None => said.no.extend(optional()),
            },
        }
        let heard = signals::heard(site, visit, &law, now_ms);
        for statement in &heard {
            said.yes.extend(&statement.yes);
            said.no.extend(&statement.no);
            if statement.by_name {
                said.named.extend(&statement.yes);
            }
        }
        if visit.signals.gpc || heard.iter().any(|statement| statement.gpc) {
            said.no.extend(law.gpc_off().iter());
        }
        // The youngest that anybody says.
        let told = heard.iter().filter_map(|statement| statement.age).chain(visit.minor).min();
        let age = told.or(site.regions.child_directed.then_some(Age::Child));
        let is_granted = |purpose: &Purpose| {
            let by_law = said.holds(*purpose, law.model(*purpose), &said.named);
            // A parent's permission is one that only the site can have asked for.
            by_law && rules_of_age(&law, age, *purpose).into_iter().all(|model| said.holds(*purpose, model, &said.own))
        };
        let granted: BTreeSet<Purpose> = Purpose::ALL.iter().copied().filter(is_granted).collect();
        let by_name = granted.intersection(&said.named).copied().collect();
        let is_watched = rules_of_age(&law, age, Purpose::Analytics).into_iter().any(|model| model >= Model::OptIn);
        let without_consent = law.without_consent().filter(|_| !is_watched);
        Self { granted, by_name, depth, denied: said.no, without_consent }
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

    /// Whether a refusal keeps a rung from being covered: of what the rung needs, or where silence would have done.
    pub(crate) fn refuses(&self, unit: Unit) -> bool {
        let needs: &[Purpose] = match unit {
            Unit::Page | Unit::Session | Unit::Account => &[Purpose::Analytics],
            Unit::Visitor => &[Purpose::Analytics, Purpose::Storage],
        };
        let (granted, by_name, denied) = (self.granted.clone(), BTreeSet::new(), BTreeSet::new());
        let silent = Self { granted, by_name, denied, ..*self };
        !self.covers(unit) && (needs.iter().any(|purpose| self.denied.contains(purpose)) || silent.covers(unit))
    }
}

impl Said {
    /// In the site's own words.
    fn agree(&mut self, purpose: Purpose) {
        self.yes.insert(purpose);
        self.own.insert(purpose);
        self.named.insert(purpose);
    }

    /// Whether a purpose is permitted under a model; `explicit` are the agreements that count where one by name is needed.
    fn holds(&self, purpose: Purpose, model: Model, explicit: &BTreeSet<Purpose>) -> bool {
        let refused = self.no.contains(&purpose);
        match model {
            Model::Exempt => purpose == Purpose::Necessary || !refused,
            Model::Notice | Model::OptOut => !refused,
            Model::OptIn => self.yes.contains(&purpose) && !refused,
            Model::OptInExplicit => explicit.contains(&purpose) && !refused,
            Model::StrictlyRequired | Model::Prohibited => false,
        }
    }
}

/// The models that a visitor's age adds to the purpose's own.
fn rules_of_age(law: &Regime, age: Option<Age>, purpose: Purpose) -> Vec<Model> {
    // Who is said to be in their teens may be a child where childhood ends after 12.
    let rules = match age {
        Some(Age::Child) => vec![law.child],
        Some(Age::Teen) if law.child_age_max > 12 => vec![law.child, law.teen],
        Some(Age::Teen) => vec![law.teen],
        Some(Age::Adult) | None => vec![],
    };
    let concerned = rules.into_iter().filter(|rule| rule.purposes & (1 << purpose as u8) != 0);
    concerned.map(|rule| Model::ALL[usize::from(rule.model)]).collect()
}

/// Everything that can be refused.
fn optional() -> impl Iterator<Item = Purpose> {
    Purpose::ALL.iter().copied().filter(|purpose| !matches!(purpose, Purpose::Necessary | Purpose::Contextual))
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

/// What the site's own cookie says.
struct Cookie {
    choices: Vec<(Purpose, bool)>,
    day: Option<i64>,
    depth: Option<Depth>,
}

fn choices(cookie: &str) -> Option<Cookie> {
    if cookie.len() > 512 {
        return None;
    }
    let mut pairs = cookie.split('&');
    if pairs.next() != Some("v=1") {
        return None;
    }
    let (mut read, mut epochs) = (Cookie { choices: Vec::new(), day: None, depth: None }, 0);
    let number = |value: &str| {
        let digits = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
        digits.then(|| value.parse::<u32>().ok())?
    };
    for pair in pairs {
        let (key, value) = pair.split_once('=')?;
        match key {
            "epoch" => {
                epochs += 1;
                number(value).filter(|_| epochs == 1)?;
            }
            "day" if read.day.is_some() => return None,
            "day" => read.day = Some(i64::from(number(value)?)),
            "depth" if read.depth.is_some() => return None,
            "depth" => read.depth = Some(*Depth::ALL.iter().find(|depth| depth.name() == value)?),
            _ => {
                let purpose = *Purpose::ALL.iter().find(|purpose| purpose.name() == key)?;
                if read.choices.iter().any(|(known, _)| *known == purpose) || !matches!(value, "0" | "1") {
                    return None;
                }
                read.choices.push((purpose, value == "1"));
            }
        }
    }
    Some(read)
}
