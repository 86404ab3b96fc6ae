//! Who may do what now, as the design defines it: denied beats granted beats silent, and silence falls to the region's law.
//!
//! Takes the site's region table and a visit, gives the granted purposes. It never calls the consent module.

use std::collections::{BTreeMap, BTreeSet};

use selvedge::author::site::Site;
use selvedge::consent::table::{Model, Regime};
use selvedge::words::Visit;
use selvedge::words::{Age, Choice, Depth, Purpose, Unit};

use super::signals;

/// What a visitor permits.
pub(crate) struct Permission {
    pub(crate) granted: BTreeSet<Purpose>,
    /// Granted by its name, not by silence.
    pub(crate) by_name: BTreeSet<Purpose>,
    /// Granted, and a parent agreed to it.
    pub(crate) by_parent: BTreeSet<Purpose>,
    /// How personal decisions may be at most.
    pub(crate) depth: Depth,
    /// What somebody refused, rather than only never granted.
    pub(crate) denied: BTreeSet<Purpose>,
    /// The rung that a split may assign by in silence.
    pub(crate) without_consent: Option<Unit>,
    /// Changes of mind, as the site's own cookie counts them.
    pub(crate) epoch: u32,
    /// Whom each purpose's standing comes from.
    pub(crate) basis: BTreeMap<Purpose, &'static str>,
    /// The day on which they spoke, where their signal has one.
    pub(crate) day: BTreeMap<Purpose, u32>,
    /// The region's law by the position of its row.
    pub(crate) law: usize,
}

/// What somebody said.
#[derive(Default)]
pub(super) struct Voice {
    /// As the basis of a permission is named.
    pub(super) name: &'static str,
    pub(super) yes: BTreeSet<Purpose>,
    pub(super) no: BTreeSet<Purpose>,
    /// What they agreed to, so long ago that it no longer counts.
    pub(super) expired: BTreeSet<Purpose>,
    /// Of what they agreed to: where they said that a parent did.
    pub(super) as_parent: BTreeSet<Purpose>,
    /// By name: in the site's own words, or in a group of its consent platform.
    pub(super) is_by_name: bool,
    /// Global Privacy Control was on.
    pub(super) gpc: bool,
    pub(super) age: Option<Age>,
    pub(super) day: Option<u32>,
}

/// What everybody who was heard said, in the order in which they are heard.
struct Said(Vec<Voice>);

impl Permission {
    pub(crate) fn new(site: &Site, visit: &Visit, now_ms: i64) -> Self {
        let at = law(site, visit.region.as_deref(), now_ms);
        let law = &site.regions.rows[at];
        let cookie = visit.signals.cookie.as_deref().map(choices);
        let cookie = cookie.as_ref();

        let mut voices = vec![call(visit)];
        voices.extend(cookie.map(|read| by_cookie(read.as_ref(), law, now_ms)));
        voices.extend(signals::heard(site, visit, law, now_ms));
        if visit.signals.gpc || voices.iter().any(|voice| voice.gpc) {
            voices.push(Voice { name: "gpc", no: law.gpc_off().iter().collect(), ..Voice::default() });
        }
        for revoked in &visit.signals.revoked {
            // Who withdrew elsewhere and agreed here on a later day agrees; on the same day nobody knows which came last.
            let later = |voice: &Voice| voice.day.is_some_and(|day| day > revoked.day);
            let stands = |purpose: &Purpose| voices.iter().any(|voice| voice.yes.contains(purpose) && later(voice));
            let no = revoked.purposes.iter().filter(|purpose| !stands(purpose)).collect();
            voices.push(Voice { name: "revoked", no, ..Voice::default() });
        }
        // The youngest that anybody says.
        let told = voices.iter().filter_map(|voice| voice.age).chain(visit.minor).min();
        let age = told.or(site.regions.child_directed.then_some(Age::Child));

        let said = Said(voices);
        let named = said.agreed(|voice| voice.is_by_name);
        let of_parents = said.0.iter().flat_map(|voice| voice.as_parent.intersection(&voice.yes).copied()).collect();
        let by_law = |purpose: Purpose| said.holds(purpose, law.model(purpose), &named);
        // A law that asks for a parent takes nobody else's word.
        let by_age = |purpose: Purpose| {
            rules_of_age(law, age, purpose).into_iter().all(|model| said.holds(purpose, model, &of_parents))
        };
        let is_granted = |purpose: &Purpose| by_law(*purpose) && by_age(*purpose);
        let granted: BTreeSet<Purpose> = Purpose::ALL.iter().copied().filter(is_granted).collect();
        let basis = |purpose: Purpose| match said.who_settled(purpose) {
            _ if by_law(purpose) && !by_age(purpose) => "minor",
            Some(voice) => voice.name,
            None if said.0.iter().any(|voice| voice.expired.contains(&purpose)) => "expired",
            None => "regime",
        };
        let day = |purpose: &Purpose| {
            let agreed = said.who_settled(*purpose).filter(|voice| voice.yes.contains(purpose));
            agreed.and_then(|voice| Some((*purpose, voice.day?)))
        };
        let is_watched = rules_of_age(law, age, Purpose::Analytics).into_iter().any(|model| model >= Model::OptIn);
        let read = cookie.and_then(Option::as_ref);
        let depths = [visit.depth, read.and_then(|read| read.depth), Some(Depth::Sensitive)];
        Self {
            by_name: granted.intersection(&named).copied().collect(),
            by_parent: granted.intersection(&of_parents).copied().collect(),
            depth: depths.into_iter().flatten().min().expect("there is a deepest"),
            denied: said.denied(),
            without_consent: law.without_consent().filter(|_| !is_watched),
            epoch: read.map_or(0, |read| read.epoch),
            basis: Purpose::ALL.iter().map(|purpose| (*purpose, basis(*purpose))).collect(),
            day: Purpose::ALL.iter().filter_map(day).collect(),
            law: at,
            granted,
        }
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

    /// What somebody said no to. What nobody could read is denied as well, and nobody said so.
    pub(crate) fn refused(&self) -> BTreeSet<Purpose> {
        self.denied.iter().copied().filter(|purpose| !self.basis[purpose].starts_with("malformed")).collect()
    }

    /// Whether a refusal keeps a rung from being covered: of what the rung needs, or where silence would have done.
    pub(crate) fn refuses(&self, unit: Unit) -> bool {
        let needs: &[Purpose] = match unit {
            Unit::Page | Unit::Session | Unit::Account => &[Purpose::Analytics],
            Unit::Visitor => &[Purpose::Analytics, Purpose::Storage],
        };
        let (basis, day) = (self.basis.clone(), self.day.clone());
        let [by_name, by_parent, denied] = [const { BTreeSet::new() }; 3];
        let silent = Self { granted: self.granted.clone(), by_name, by_parent, denied, basis, day, ..*self };
        let refused = self.refused();
        let spared =
            silent.covers(unit) && [Purpose::Analytics, Purpose::Storage].iter().any(|one| refused.contains(one));
        !self.covers(unit) && (needs.iter().any(|purpose| refused.contains(purpose)) || spared)
    }
}

impl Said {
    fn denied(&self) -> BTreeSet<Purpose> {
        self.0.iter().flat_map(|voice| voice.no.iter().copied()).collect()
    }

    /// What those agreed to whose word counts.
    fn agreed(&self, counts: impl Fn(&Voice) -> bool) -> BTreeSet<Purpose> {
        self.0.iter().filter(|voice| counts(voice)).flat_map(|voice| voice.yes.iter().copied()).collect()
    }

    /// Who spoke the word that counts: the first who refused, else the first who agreed by name, else the first who agreed.
    fn who_settled(&self, purpose: Purpose) -> Option<&Voice> {
        let refused = self.0.iter().find(|voice| voice.no.contains(&purpose));
        let agreed_by_name = self.0.iter().find(|voice| voice.is_by_name && voice.yes.contains(&purpose));
        let agreed = self.0.iter().find(|voice| voice.yes.contains(&purpose));
        refused.or(agreed_by_name).or(agreed)
    }

    /// Whether a purpose is permitted under a model; `explicit` are the agreements that count where one by name is needed.
    fn holds(&self, purpose: Purpose, model: Model, explicit: &BTreeSet<Purpose>) -> bool {
        let refused = self.denied().contains(&purpose);
        match model {
            Model::Exempt => purpose == Purpose::Necessary || !refused,
            Model::Notice | Model::OptOut => !refused,
            Model::OptIn => self.agreed(|_| true).contains(&purpose) && !refused,
            Model::OptInExplicit => explicit.contains(&purpose) && !refused,
            Model::StrictlyRequired | Model::Prohibited => false,
        }
    }
}

/// The site's own code, which speaks now.
fn call(visit: &Visit) -> Voice {
    let of = |answers: &[Choice]| {
        let said = visit.grants.iter().filter(|(_, choice)| choice.is_some_and(|choice| answers.contains(&choice)));
        said.map(|(purpose, _)| purpose.0).collect()
    };
    let (yes, as_parent) = (of(&[Choice::Granted, Choice::Parent]), of(&[Choice::Parent]));
    Voice { name: "call", yes, as_parent, no: of(&[Choice::Denied]), is_by_name: true, ..Voice::default() }
}

/// The site's own cookie. A choice that cannot be read is a refusal of everything that can be refused.
fn by_cookie(read: Option<&Cookie>, law: &Regime, now_ms: i64) -> Voice {
    let Some(cookie) = read else {
        return Voice { name: "malformed_cookie", no: optional().collect(), ..Voice::default() };
    };
    let chosen = |wanted: &[&str]| {
        let of = cookie.choices.iter().filter(|(_, choice)| wanted.contains(&choice.as_str()));
        of.map(|(purpose, _)| *purpose).collect::<BTreeSet<Purpose>>()
    };
    // A grant lasts so many days; one of tomorrow may be of another zone, a later one of no day at all.
    let today = now_ms.div_euclid(86_400_000);
    let lasts = |day: u32| {
        let day = i64::from(day);
        today - day <= i64::from(law.grant_days_max) && day - today <= 1
    };
    let as_parent = chosen(&["2"]);
    let voice = Voice { name: "cookie", no: chosen(&["0"]), as_parent, is_by_name: true, ..Voice::default() };
    let yes = chosen(&["1", "2"]);
    match cookie.day {
        Some(day) if !lasts(day) => Voice { expired: yes, ..voice },
        day => Voice { yes, day, ..voice },
    }
}

/// The models that a visitor's age adds to the purpose's own.
fn rules_of_age(law: &Regime, age: Option<Age>, purpose: Purpose) -> Vec<Model> {
    // A child is protected at least as a teen is. Who is said to be in their teens may be a child where childhood ends after 12.
    let rules = match age {
        Some(Age::Child) => vec![law.child, law.teen],
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
fn law(site: &Site, region: Option<&str>, now_ms: i64) -> usize {
    let codes = &site.regions.codes;
    let find = |code: &str| codes.iter().find(|(known, _)| *known == code.to_ascii_uppercase()).map(|(_, row)| *row);
    let mut row = region.and_then(|region| find(region).or_else(|| find(region.split('-').next()?))).unwrap_or(0);
    for _ in 0..site.regions.rows.len() {
        let regime = &site.regions.rows[usize::from(row)];
        if now_ms >= regime.effective_from_ms {
            return usize::from(row);
        }
        row = regime.parent;
    }
    0
}

/// What the site's own cookie says.
struct Cookie {
    choices: Vec<(Purpose, String)>,
    epoch: u32,
    day: Option<u32>,
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
    let (mut read, mut epochs) = (Cookie { choices: Vec::new(), epoch: 0, day: None, depth: None }, 0);
    let number = |value: &str| {
        let digits = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
        digits.then(|| value.parse::<u32>().ok())?
    };
    for pair in pairs {
        let (key, value) = pair.split_once('=')?;
        match key {
            "epoch" => {
                epochs += 1;
                read.epoch = number(value).filter(|_| epochs == 1)?;
            }
            "day" if read.day.is_some() => return None,
            "day" => read.day = Some(number(value)?),
            "depth" if read.depth.is_some() => return None,
            "depth" => read.depth = Some(*Depth::ALL.iter().find(|depth| depth.name() == value)?),
            _ => {
                let purpose = *Purpose::ALL.iter().find(|purpose| purpose.name() == key)?;
                if read.choices.iter().any(|(known, _)| *known == purpose) || !matches!(value, "0" | "1" | "2") {
                    return None;
                }
                read.choices.push((purpose, value.to_owned()));
            }
        }
    }
    Some(read)
}
