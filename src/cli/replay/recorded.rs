//! A record as it was logged.
//!
//! No field is trusted beyond reading it: what does not come out the same is found by comparing.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;

use crate::consent::{Basis, Recorded as Said, RecordedGrants};
use crate::log::audit::{BY_NAME, BY_PARENT, Class, Marks, VERSION, class_name, class_named, standing};
use crate::log::key::{RecordKey, read_day};
use crate::trust::Order;
use crate::words::time::{MAX, parse_rfc3339};
use crate::words::{Action, Depth, Purpose, Unit, parse_hex};

use super::keys::RecordKeys;
use super::values::Values;

#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Recorded {
    v: u32,
    pub(in crate::cli) id: String,
    /// To the hour, until its exact time is [supplied](Self::supply).
    pub(in crate::cli) at: String,
    pub(in crate::cli) engine: String,
    pub(in crate::cli) bundle: String,
    pub(in crate::cli) key: u32,
    visitor: Option<String>,
    account: Option<String>,
    evidence: Option<String>,
    pub(in crate::cli) region: Option<String>,
    pub(in crate::cli) regime: Option<String>,
    pub(in crate::cli) locale: Option<String>,
    pub(in crate::cli) stale: bool,
    pub(in crate::cli) rules_max: Option<u32>,
    #[serde(default)]
    orders: Vec<String>,
    /// Feeds that were too old.
    #[serde(default)]
    pub(super) stale_feeds: Vec<String>,
    grants: BTreeMap<String, serde_json::Value>,
    /// The digest of what the line does not tell.
    #[serde(default)]
    told: Option<String>,
    /// The digest of the exact time.
    #[serde(default)]
    pub(super) time: Option<String>,
    pub(in crate::cli) ids: BTreeMap<String, String>,
    pub(in crate::cli) inputs: BTreeMap<String, String>,
    /// The digest of contacts before, or a word for none, where a contact policy had a say. An older record has none.
    #[serde(default)]
    pub(in crate::cli) contacts: Option<String>,
    pub(in crate::cli) slots: Vec<Slot>,
    /// The last day of each class.
    #[serde(default)]
    until: BTreeMap<String, String>,
    sealed: Option<Sealed>,
}

/// The class of a sealed part, and its nonce, ciphertext and tag.
pub(super) type SealedPart = (Option<u32>, Vec<u8>);

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Sealed {
    Whole(String),
    Split(BTreeMap<String, String>),
}

#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct Slot {
    pub(in crate::cli) slot: String,
    /// How the rules of each experience came out.
    #[serde(default)]
    tried: BTreeMap<String, String>,
    /// Nothing where the line does not tell it.
    #[serde(default)]
    pub(in crate::cli) decision: serde_json::Value,
}

/// What is sealed of a line that does not tell it.
#[derive(Deserialize)]
struct Told {
    time: Option<String>,
    ids: BTreeMap<String, String>,
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    contacts: Option<String>,
    slots: Vec<Slot>,
}

#[derive(Deserialize)]
struct Opened {
    told: Option<Told>,
}

impl Slot {
    /// The content that was shown; `None` is the origin's own.
    pub(in crate::cli) fn content(&self) -> Option<&str> {
        self.word("content")
    }

    /// A word of its decision, such as the `experience` that decided.
    pub(in crate::cli) fn word(&self, key: &str) -> Option<&str> {
        self.decision.get(key).and_then(serde_json::Value::as_str)
    }

    /// The rule that decided, counted from 0.
    pub(in crate::cli) fn rule(&self) -> Option<usize> {
        self.decision.get("rule")?.as_u64()?.try_into().ok()
    }

    /// The experiences whose experiment left the visit out.
    pub(in crate::cli) fn left_out(&self) -> impl Iterator<Item = &str> {
        self.tried.iter().filter(|(_, outcomes)| outcomes.contains('x')).map(|(name, _)| name.as_str())
    }

    /// The attributes that were read for it.
    pub(in crate::cli) fn read(&self) -> impl Iterator<Item = &str> {
        let read = self.decision.get("read").and_then(serde_json::Value::as_array);
        read.into_iter().flatten().filter_map(serde_json::Value::as_str)
    }
}

impl Recorded {
    /// Reads a line; an error says what is wrong with it.
    pub(in crate::cli) fn read(line: &str) -> anyhow::Result<Self> {
        let recorded: Self = serde_json::from_str(line).context("not an audit record that this version knows")?;
        let v = recorded.v;
        anyhow::ensure!(
            (1..=VERSION).contains(&v),
            "a record of version {v}, and this program knows those up to {VERSION}; use the one that wrote it"
        );
        Ok(recorded)
    }

    /// The line as it was before its values were sealed.
    pub(in crate::cli) fn open_line(&self, line: &str) -> anyhow::Result<String> {
        let sealed = match &self.sealed {
            None => return Ok(line.to_owned()),
            Some(Sealed::Whole(sealed)) => format!("\"{sealed}\"}}"),
            Some(Sealed::Split(parts)) => {
                let names = self.classes()?.into_iter().map(|(days, _)| class_name(days));
                let parts = names.filter_map(|name| Some(format!("\"{name}\":\"{}\"", parts.get(&name)?)));
                format!("{{{}}}}}", parts.collect::<Vec<_>>().join(","))
            }
        };
        let open = line.strip_suffix(&sealed).context("the sealed part is not the last one")?;
        Ok(format!("{open}null}}"))
    }

    /// True if its values are sealed in classes.
    pub(in crate::cli) fn is_split(&self) -> bool {
        self.v >= 3
    }

    /// Its classes and the last day of each, the ids first.
    pub(in crate::cli) fn classes(&self) -> anyhow::Result<Vec<(Option<u32>, i64)>> {
        if !self.is_split() {
            return Ok(vec![(None, 0)]);
        }
        let class = |(name, until): (&String, &String)| Some((class_named(name)?, read_day(until)?));
        let classes = self.until.iter().map(class).collect::<Option<Vec<_>>>();
        let mut classes = classes.context("its classes are not readable")?;
        classes.sort_unstable();
        Ok(classes)
    }

    /// True if the line says that an attribute had a value.
    pub(super) fn has_value(&self, name: &str) -> bool {
        self.inputs
            .get(name)
            .is_some_and(|shown| !matches!(shown.as_str(), "absent" | "unknown" | "too_old" | "old_feed"))
    }

    /// True if the line says that somebody knew the contacts before.
    pub(in crate::cli) fn has_contacts(&self) -> bool {
        self.contacts.as_ref().is_some_and(|said| !matches!(said.as_str(), "unknown" | "not_asked"))
    }

    /// Whether the line leaves out what was decided.
    pub(in crate::cli) fn is_hidden(&self) -> bool {
        self.told.is_some()
    }

    /// Takes what the line leaves out from the text of a sealed part, and tells whether it was there.
    pub(super) fn reveal(&mut self, sealed: &str) -> anyhow::Result<bool> {
        let Opened { told } = serde_json::from_str(sealed)?;
        let Some(Told { time, ids, inputs, contacts, slots }) = told.filter(|_| self.is_hidden()) else {
            return Ok(false);
        };
        (self.time, self.ids, self.inputs, self.contacts, self.slots) = (time, ids, inputs, contacts, slots);
        Ok(true)
    }

    /// Takes the exact time from values that were opened or that somebody supplies; and what the line leaves out, unless it
    /// [was revealed](Self::reveal).
    pub(super) fn supply(&mut self, values: &Values, is_revealed: bool) {
        if let Some(at) = values.at.as_ref().filter(|_| self.is_split()) {
            self.at.clone_from(at);
        }
        if self.is_hidden() && !is_revealed {
            let supplied = |names: Vec<&String>| names.into_iter().map(|name| (name.clone(), String::new())).collect();
            self.ids = supplied(values.ids.keys().collect());
            self.inputs = supplied(values.inputs.keys().collect());
            self.contacts = values.contacts.as_ref().map(|_| String::new());
        }
    }

    /// True if the decision is known: the line tells it, or its sealed part did.
    pub(in crate::cli) fn is_told(&self) -> bool {
        self.slots.iter().any(|slot| !slot.decision.is_null())
    }

    /// The sealed values by class, if the site keeps them.
    pub(super) fn parts(&self) -> anyhow::Result<Option<Vec<SealedPart>>> {
        let bytes = |digits: &str| hex_bytes(digits).context("the sealed part is not hexadecimal");
        Ok(match &self.sealed {
            None => None,
            Some(Sealed::Whole(digits)) => Some(vec![(None, bytes(digits)?)]),
            Some(Sealed::Split(parts)) => {
                let classes = self.classes()?.into_iter();
                let of = |(days, _)| Some(bytes(parts.get(&class_name(days))?).map(|bytes| (days, bytes)));
                Some(classes.filter_map(of).collect::<anyhow::Result<_>>()?)
            }
        })
    }

    pub(in crate::cli) fn now_ms(&self) -> anyhow::Result<i64> {
        parse_rfc3339(&self.at).context("its time is none")
    }

    pub(in crate::cli) fn id_bytes(&self) -> anyhow::Result<[u8; 16]> {
        parse_hex(&self.id).context("its id has not 32 hexadecimal digits")
    }

    /// True if an account was signed in that consent covers.
    pub(in crate::cli) fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// The orders that held then.
    pub(super) fn orders(&self) -> anyhow::Result<Vec<Order>> {
        let read = |text: &String| {
            let (action, name) = text.split_once(' ')?;
            let (action, name) = (Action::from_name(action)?, name.to_owned());
            Some(Order { action, name, until_ms: MAX, reason: "an order of that time".into() })
        };
        self.orders.iter().map(|text| read(text).with_context(|| format!("`{text}` is no order"))).collect()
    }

    /// What no decision gives.
    pub(super) fn marks(&self, keys: &RecordKeys) -> anyhow::Result<Marks> {
        let class = |(days, until)| {
            // Nothing that needs the key of a class which has expired is made again.
            let key = keys.of(days).cloned().unwrap_or(RecordKey::from_bytes([0; 32]));
            Class { days, until, key }
        };
        let read = |text: &Option<String>| -> anyhow::Result<_> {
            text.as_deref().map(|text| parse_hex(text).context("a pseudonym has not 32 hexadecimal digits")).transpose()
        };
        Ok(Marks {
            id: self.id_bytes()?,
            version: self.v,
            engine: self.engine.clone().into(),
            epoch: self.key,
            visitor: read(&self.visitor)?,
            account: read(&self.account)?,
            evidence: read(&self.evidence)?,
            classes: self.classes()?.into_iter().map(class).collect(),
            tells_contacts: self.contacts.is_some(),
        })
    }

    pub(in crate::cli) fn grants(&self) -> anyhow::Result<RecordedGrants> {
        let epoch = self.grants.get("epoch").and_then(serde_json::Value::as_u64);
        let word = |key: &str| self.grants.get(key).and_then(serde_json::Value::as_str);
        let mut purposes =
            [Said { granted: false, denied: false, by_name: false, by_parent: false, basis: Basis::Regime }; 8];
        for (said, purpose) in purposes.iter_mut().zip(Purpose::ALL) {
            *said = self.said(*purpose)?;
        }
        Ok(RecordedGrants {
            epoch: epoch.and_then(|epoch| epoch.try_into().ok()).context("its grants have no epoch")?,
            depth: word("depth").and_then(Depth::from_name).context("its grants have no depth")?,
            without_consent: word("silent_unit").and_then(Unit::from_name),
            purposes,
        })
    }

    fn said(&self, purpose: Purpose) -> anyhow::Result<Said> {
        let text = self.grants.get(purpose.name()).and_then(serde_json::Value::as_str);
        let (word, basis) = text.and_then(|text| text.split_once(' ')).context("its grants are not readable")?;
        let (basis, by_parent) = basis.strip_suffix(BY_PARENT).map_or((basis, false), |basis| (basis, true));
        let (basis, by_name) = basis.strip_suffix(BY_NAME).map_or((basis, false), |basis| (basis, true));
        let basis = Basis::from_name(basis).with_context(|| format!("there is no source of permission `{basis}`"))?;
        let all = [(true, false), (true, true), (false, true), (false, false)];
        let found = all.into_iter().find(|(granted, denied)| standing(*granted, *denied) == word);
        let (granted, denied) = found.with_context(|| format!("a purpose is never `{word}`"))?;
        Ok(Said { granted, denied, by_name, by_parent, basis })
    }
}

/// The bytes of any number of hexadecimal digits.
pub(in crate::cli) fn hex_bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| parse_hex(str::from_utf8(pair).ok()?).map(|[byte]: [u8; 1]| byte);
    pairs.iter().map(byte).collect::<Option<_>>().filter(|_| rest.is_empty())
}
