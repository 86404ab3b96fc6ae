//! The audit record: one line that says what was decided for a page, why, and what was read, without telling any of it.
//!
//! Takes a page that was decided, the visit's permitted part, and a key of the controller; gives a line of JSON and, apart from it, the
//! values that were read. It never writes a value, an id or a consent signal into the line, and never looks at hidden
//! data. It never encrypts. A host seals the values under the record's own key, or keeps none.
//!
//! The line is canonical: its keys stand in one order, its numbers are whole, and nothing is left out. Its bytes are what a Merkle leaf
//! is made of and what a replay must make again.
//!
//! ```text
//! {"v":3,"kind":"audit","id":ID,"at":HOUR,"engine":SHA-256,"bundle":SHA-256,"regions":SHA-256,
//!  "key":EPOCH,"visitor":PSEUDONYM,"account":PSEUDONYM,"evidence":DIGEST,      who, and what they had said: keyed digests
//!  "region":CODE,"regime":CODE,"locale":TAG,"stale":BOOL,"rules_max":N,        what the decision was made under
//!  "orders":["pause NAME",…],                                                  only if an order of an overlay held
//!  "stale_feeds":[NAME,…],                                                     only if a feed was too old, or an attribute of one
//!  "grants":{"epoch":N,PURPOSE:"granted|required|denied|withheld SOURCE",…},
//!  "told":null | DIGEST,                                                       of what follows, where it would tell sensitive data
//!  "time":DIGEST,"ids":{UNIT:DIGEST},"inputs":{ATTRIBUTE:DIGEST|"absent"|"unknown"|"too_old"|"old_feed"},
//!  "contacts":DIGEST|"unknown"|"not_asked",                                    only with a contact policy
//!  "slots":[{"slot":NAME,"tried":{EXPERIENCE:OUTCOMES},"decision":{…}},…],
//!  "until":{"ids":DAY,"30d":DAY,…},                                            the classes, and the last day of each
//!  "sealed":null | {"ids":"NONCE‖CIPHERTEXT‖TAG","30d":…}}                     AES-256-GCM; the line with null is the additional data
//! ```
//! Sealed is `{"at":TIME,"ids":{UNIT:ID}}` of the ids, and of each other class `{"inputs":{ATTRIBUTE:VALUE}}`. That of contacts before has
//! `"contacts":{"caps":{CAP:TIME},"dismissed":{CONTENT:TIME}}` too, in Unix milliseconds.
//!
//! Attributes that are kept equally long are a [`Class`]. Its key is made from the [`ratchet`](super::ratchet)'s state of its last day; so
//! are the digests of its values, which could be guessed otherwise. Once the ratchet is past that day, nobody can open or guess them. The
//! line's own time is the hour: a line cannot be matched by it with another log's.
//!
//! A reader who knows what a person was shown knows their illness. So a line whose decision read sensitive data names the slots alone. Its
//! `ids` and `inputs` are empty, it has no `time`, and `told` is a keyed digest of all of it as it would stand there. The class of the
//! sensitive attributes that are kept the shortest has it in full: `{"inputs":{…},"told":{…}}`.
//!
//! Versions 1 and 2 had one sealed part, `{"v":2,"id":ID,"ids":{…},"inputs":{…},"told":{…}}`, under the record's own key, and the exact
//! time in the line; version 1 had no `told`. A key without a ratchet still makes version 2. A record is made again in its version.

mod classes;
mod contacts;
mod grants;
mod input;
mod regions;
mod tried;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

#[cfg(feature = "std")]
pub use classes::class_named;
pub use classes::{Class, KEPT_DAYS_MAX, UNSAID_DAYS, class_name, kept_days, told_days};
pub use contacts::contact_days;
pub use grants::{BY_NAME, BY_PARENT, standing};
pub use input::{Shown, shown};
pub use regions::regions_digest;
pub use tried::{Tried, tried};

use classes::{classes, is_sensitive_class};
use grants::write_grants;

use super::key::{Digest, Key, RecordKey};
use super::{field, is_sensitive, name};
use crate::bundle::Bundle;
use crate::engine::explain::Verdicts;
use crate::engine::{Decision, Limits, Page, Permitted, Seen, locale, write_decision};
use crate::words::time::{HOUR, format_rfc3339};
use crate::words::{Purpose, Revoked, Signals, Unit, Visit, hex, write_hex, write_text};

/// The engine that decides, as records name it: the SHA-256 of its sources, the same on every host. `pkg-config/build.rs` makes it.
pub const ENGINE: &str = env!("SELVEDGE_ENGINE");

/// The form of the lines that are written with a key that has a ratchet.
pub const VERSION: u32 = 3;

/// The least length of a sealed part. Longer ones have a power of two: few people differ.
const SEALED_BYTES: usize = 256;

/// The same of what is sealed with an outcome that the line does not tell.
const HIDDEN_BYTES: usize = 4096;

/// What ends a line that holds no sealed values.
const UNSEALED: &str = "null}";

/// A page that was decided.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a, 'v> {
    /// The rules that decided.
    pub bundle: &'a Bundle,
    /// The visit: of it, region and locale are read.
    pub visit: &'a Visit,
    /// What its decisions could read.
    pub permitted: &'a Permitted<'v>,
    /// The decisions.
    pub page: &'a Page,
    /// The limits that they were made within.
    pub limits: Limits,
    /// Which of them to record.
    pub which: Which,
}

/// Which decisions are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that looked at an experience with `audit = "full"`, or at a rule which can read a sensitive attribute.
    Sensitive,
    /// All of them.
    All,
}

/// The fields of a record that no decision gives: its id, its host, and its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The record's id: 16 random bytes.
    pub id: [u8; 16],
    /// The form of the line: [`VERSION`], or 2 where the key has no ratchet, unless the record is an older one that is made again.
    pub version: u32,
    /// The engine that decided: [`ENGINE`], unless the record was made by another one and is made again.
    pub engine: Cow<'static, str>,
    /// The epoch of the controller's key.
    pub epoch: u32,
    /// The pseudonym of the visitor's id.
    pub visitor: Option<Digest>,
    /// The pseudonym of the account's id.
    pub account: Option<Digest>,
    /// The digest of the consent signals as they arrived. It proves what was said to a person who has them.
    pub evidence: Option<Digest>,
    /// The classes that its values are sealed in, the ids first.
    pub classes: Vec<Class>,
    /// True if it says what a contact policy had of contacts before. Older records do not.
    pub tells_contacts: bool,
}

/// A record whose values are not sealed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    id: [u8; 16],
    line: String,
    parts: Vec<Part>,
    is_split: bool,
}

/// The sealed part of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// [`Class::days`].
    pub days: Option<u32>,
    /// The key that seals it.
    pub key: RecordKey,
    /// The text to be sealed: the values that the decisions read.
    pub text: String,
}

/// A decision, and the experiences that it tried.
type Recorded<'d> = (&'d Decision, Vec<Tried>);

impl Marks {
    /// The marks of a record. An id that consent does not cover leaves none.
    pub fn new(bundle: &Bundle, key: &Key, id: [u8; 16], permitted: &Permitted<'_>, signals: &Signals) -> Self {
        let version = if key.ratchet().is_some() { VERSION } else { 2 };
        let pseudonym = |unit: Unit| permitted.id(unit).map(|text| key.pseudonym(unit, text));
        let (visitor, account) = (pseudonym(Unit::Visitor), pseudonym(Unit::Account));
        let (engine, evidence) = (Cow::Borrowed(ENGINE), evidence(&key.record(&id), signals));
        let classes = classes(bundle, key, &id, permitted);
        Self { id, version, engine, epoch: key.epoch(), visitor, account, evidence, classes, tells_contacts: true }
    }
}

/// The digest of the consent signals as they arrived; `None` when nothing was said.
pub fn evidence(key: &RecordKey, signals: &Signals) -> Option<Digest> {
    let mut said = String::new();
    let mut note = |name: &str, text: &str| {
        if !text.is_empty() {
            write_text(&mut said, name);
            write_text(&mut said, text);
        }
    };
    let Signals { gpc, cookie, google, revoked, .. } = signals;
    let texts = Signals::TEXTS.iter().copied().zip(signals.texts());
    for (name, text) in [("cookie", cookie)].into_iter().chain(texts) {
        note(name, text.as_deref().unwrap_or_default());
    }
    google.iter().for_each(|(name, state)| note(name, state));
    revoked.iter().for_each(|Revoked { day, purposes }| note("revoked", &format!("{day} {}", purposes.bits())));
    (*gpc || !said.is_empty()).then(|| key.digest("evidence", if *gpc { "gpc" } else { "" }, said.as_bytes()))
}

/// The region as records name it: the part of it that a table of regions can know, in capitals. Its law and its market are the same.
pub fn known_region(region: Option<&str>) -> Option<String> {
    let part = |text: &str, lengths: core::ops::RangeInclusive<usize>, is_ours: fn(&u8) -> bool| {
        lengths.contains(&text.len()) && text.as_bytes().iter().all(is_ours)
    };
    let region = region?;
    let (country, division) = region.split_once('-').map_or((region, None), |(country, rest)| (country, Some(rest)));
    if !part(country, 2..=3, u8::is_ascii_alphabetic) {
        return None;
    }
    let is_known = division.is_some_and(|division| part(division, 1..=3, u8::is_ascii_alphanumeric));
    Some(if is_known { region } else { country }.to_ascii_uppercase())
}

/// The record of a page; `None` when none of its decisions is to be recorded.
pub fn draft(asked: &Asked<'_, '_>, marks: &Marks) -> Option<Draft> {
    let Asked { bundle, visit, permitted, page, limits, which } = *asked;
    let walk = |decision| (decision, tried(bundle, permitted, decision, limits));
    let recorded = page.decisions.iter().filter(|decision| decision.slot.is_some()).map(walk);
    let is_kept =
        |(_, tried): &Recorded<'_>| which == Which::All || tried.iter().any(|tried| is_audited(bundle, tried));
    let mut recorded: Vec<Recorded<'_>> = recorded.collect();
    // Slots that are decided together can only be decided again together.
    let group = |(decision, _): &Recorded<'_>| decision.slot.map_or(0, |slot| bundle.program().plan().group(slot));
    let kept: Vec<u16> = recorded.iter().filter(|one| is_kept(one)).map(group).filter(|group| *group > 0).collect();
    recorded.retain(|one| is_kept(one) || kept.contains(&group(one)));
    if recorded.is_empty() {
        return None;
    }

    let manifest = bundle.program().manifest();
    // Writing to a String cannot fail.
    let mut line = format!("{{\"v\":{},\"kind\":\"audit\",\"id\":\"", marks.version);
    write_hex(&mut line, &marks.id);
    let (now_ms, is_split) = (permitted.now_ms(), marks.version >= 3);
    let at_ms = if is_split { now_ms.div_euclid(HOUR) * HOUR } else { now_ms };
    let _ = write!(line, "\",\"at\":\"{}\"", format_rfc3339(at_ms));
    field(&mut line, "engine", Some(&marks.engine));
    field(&mut line, "bundle", Some(&hex(bundle.digest())));
    field(&mut line, "regions", Some(&hex(&regions_digest(&manifest.regions))));
    let _ = write!(line, ",\"key\":{}", marks.epoch);
    for (name, digest) in [("visitor", marks.visitor), ("account", marks.account), ("evidence", marks.evidence)] {
        field(&mut line, name, digest.map(|digest| hex(&digest)).as_deref());
    }
    let grants = permitted.grants();
    let regime = manifest.regions.rows.get(grants.regime);
    field(&mut line, "region", known_region(visit.region.as_deref()).as_deref());
    field(&mut line, "regime", regime.map(|regime| regime.code.as_str()));
    field(&mut line, "locale", locale::known(manifest, visit.locale.as_deref()));
    let _ = write!(line, ",\"stale\":{},\"rules_max\":", permitted.is_stale());
    match limits.rules_per_slot_max {
        u32::MAX => line.push_str("null"),
        most => drop(write!(line, "{most}")),
    }
    write_orders(&mut line, bundle, now_ms);
    write_stale_feeds(&mut line, asked, &recorded);
    write_grants(&mut line, grants);

    let part = |class: &Class| Part {
        days: class.days,
        key: class.key.clone(),
        text: if is_split { "{".into() } else { format!("{{\"v\":{},\"id\":\"{}\"", marks.version, hex(&marks.id)) },
    };
    let mut parts: Vec<Part> = marks.classes.iter().map(part).collect();
    let (ids, rest) = parts.split_first_mut()?;
    let mut told = String::new();
    if is_split {
        let time = format_rfc3339(now_ms);
        field(&mut told, "time", Some(&hex(&ids.key.digest("time", "", time.as_bytes()))));
        field(&mut ids.text, "at", Some(&time));
    }
    write_ids(&mut told, ids, permitted, &recorded);
    let rest = if is_split { rest } else { core::slice::from_mut(ids) };
    let tells_contacts = cfg!(feature = "contact") && marks.tells_contacts;
    write_inputs(&mut told, rest, asked, &recorded, tells_contacts);
    if tells_contacts {
        contacts::write(&mut told, rest, asked, &recorded);
    }
    let is_hidden = recorded.iter().any(|(decision, _)| is_sensitive(decision));
    write_slots(&mut told, asked, &recorded, !is_split || is_hidden);
    match (marks.version, is_hidden) {
        (1, _) => line.push_str(&told),
        (_, false) => {
            field(&mut line, "told", None);
            line.push_str(&told);
        }
        (_, true) => {
            let days = told_days(bundle).filter(|_| is_split);
            let part = parts.iter_mut().find(|part| part.days == days)?;
            field(&mut line, "told", Some(&hex(&part.key.digest("told", "", told.as_bytes()))));
            line.push_str(",\"ids\":{},\"inputs\":{}");
            write_names(&mut line, asked, &recorded);
            name(&mut part.text, "told");
            part.text.extend(["{", told.strip_prefix(',').unwrap_or(&told), "}"]);
        }
    }
    // The length of what is sealed is open to every reader. Spaces behind JSON mean nothing.
    for Part { text, days, .. } in &mut parts {
        text.push('}');
        let least =
            if is_hidden && (!is_split || is_sensitive_class(bundle, *days)) { HIDDEN_BYTES } else { SEALED_BYTES };
        let length = text.len().next_power_of_two().max(least);
        text.extend(core::iter::repeat_n(' ', length - text.len()));
    }
    if is_split {
        line.push_str(",\"until\":{");
        marks.classes.iter().for_each(|class| field(&mut line, &class.name(), Some(&class.last_day())));
        line.push('}');
    }
    line.push_str(",\"sealed\":");
    line.push_str(UNSEALED);
    Some(Draft { id: marks.id, line, parts, is_split })
}

impl Draft {
    /// The record's id.
    pub fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// The line without values. With values it is the additional data that they are sealed with.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The parts to be sealed, each by itself.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The line with what sealing each of its [`parts`](Self::parts) gave: nonce, ciphertext and tag.
    pub fn sealed(&self, sealed: &[Vec<u8>]) -> String {
        let mut line = String::from(self.line.strip_suffix(UNSEALED).unwrap_or(&self.line));
        line.push_str(if self.is_split { "{" } else { "" });
        for (part, sealed) in self.parts.iter().zip(sealed) {
            if self.is_split {
                name(&mut line, &class_name(part.days));
            }
            line.push('"');
            write_hex(&mut line, sealed);
            line.push('"');
        }
        line.push_str(if self.is_split { "}}" } else { "}" });
        line
    }
}

/// True if the experience says that it is audited, or if a rule that was tried can read a sensitive attribute.
fn is_audited(bundle: &Bundle, tried: &Tried) -> bool {
    let program = bundle.program();
    if program.experience(tried.experience).fully_audited {
        return true;
    }
    let mut reads = tried.rules.clone().flat_map(|rule| program.rulebook().support(rule));
    reads.any(|read| program.attribute(usize::from(read)).is_some_and(|attribute| attribute.sensitive))
}

/// The orders beside the release that held: without them the decision would not come out the same.
fn write_orders(line: &mut String, bundle: &Bundle, now_ms: i64) {
    let mut before = ",\"orders\":[";
    for order in bundle.program().orders().iter().filter(|order| now_ms < order.until_ms) {
        line.push_str(before);
        write_text(line, &[order.action.name(), " ", &order.name].concat());
        before = ",";
    }
    if before == "," {
        line.push(']');
    }
}

/// The ids that something was drawn by.
fn write_ids(line: &mut String, part: &mut Part, permitted: &Permitted<'_>, recorded: &[Recorded<'_>]) {
    let Part { key, text: values, .. } = part;
    line.push_str(",\"ids\":{");
    values.push_str(",\"ids\":{");
    for unit in Unit::ALL.iter().filter(|unit| recorded.iter().any(|(decision, _)| decision.drew_by(**unit))) {
        let Some(id) = permitted.id(*unit) else { continue };
        field(line, unit.name(), Some(&hex(&key.digest("id", unit.name(), id.as_bytes()))));
        field(values, unit.name(), Some(id));
    }
    line.push('}');
    values.push('}');
}

/// The feeds that were too old, if rules that were looked at may read any of them. If only some values of a feed
/// were too old, their attributes are named. One of sensitive data would tell that there is some.
fn write_stale_feeds(line: &mut String, asked: &Asked<'_, '_>, recorded: &[Recorded<'_>]) {
    let (program, permitted) = (asked.bundle.program(), asked.permitted);
    let is_asked = |position: u16| {
        let mut tried = recorded.iter().flat_map(|(_, tried)| tried);
        tried.any(|tried| {
            let support = |rule| program.rulebook().support(rule).any(|read| read == position);
            permitted.seen(usize::from(position), tried.purpose).is_some() && tried.rules.clone().any(support)
        })
    };
    let attributes = (0..).zip(&program.manifest().attributes);
    let asked: Vec<(&str, &str, bool)> = attributes
        .filter_map(|(position, attribute)| {
            let place = attribute.feed().filter(|_| !attribute.sensitive && is_asked(position))?;
            Some((place.feed.as_str(), attribute.name.as_str(), permitted.is_of_stale_feed(position)))
        })
        .collect();
    let mut stale: Vec<&str> = Vec::new();
    for (feed, attribute, _) in asked.iter().filter(|(.., is_stale)| *is_stale) {
        let is_whole = asked.iter().all(|(of, _, is_stale)| of != feed || *is_stale);
        let name = if is_whole { feed } else { attribute };
        if !stale.contains(name) {
            stale.push(name);
        }
    }
    for (at, name) in stale.iter().enumerate() {
        line.push_str(if at == 0 { ",\"stale_feeds\":[" } else { "," });
        write_text(line, name);
    }
    if !stale.is_empty() {
        line.push(']');
    }
}

/// The attributes that rules which were looked at can read, and those with the zone of quiet hours, as far as consent covers them for the
/// purpose of those rules.
fn write_inputs(
    line: &mut String,
    parts: &mut [Part],
    asked: &Asked<'_, '_>,
    recorded: &[Recorded<'_>],
    has_zones: bool,
) {
    let program = asked.bundle.program();
    let zones = |tried: &Tried| {
        let is_about = |experiences: &[u16]| {
            u16::try_from(tried.experience).is_ok_and(|at| experiences.binary_search(&at).is_ok())
        };
        let quiet = program.contact().quiet.iter().filter(|quiet| has_zones && is_about(&quiet.scope.experiences));
        quiet.filter_map(|quiet| quiet.attribute.checked_sub(1)).collect::<Vec<u16>>()
    };
    // In the order of the catalogue, each once: a few, so that a list is smaller than a map.
    let mut inputs: Vec<(u16, Seen<'_>)> = Vec::new();
    for tried in recorded.iter().flat_map(|(_, tried)| tried) {
        let of_rules = tried.rules.clone().flat_map(|rule| program.rulebook().support(rule));
        for read in of_rules.chain(zones(tried)) {
            let place = inputs.binary_search_by_key(&read, |(known, _)| *known);
            if let (Err(place), Some(seen)) = (place, asked.permitted.seen(usize::from(read), tried.purpose)) {
                inputs.insert(place, (read, seen));
            }
        }
    }
    line.push_str(",\"inputs\":{");
    for Part { text, .. } in &mut *parts {
        name(text, "inputs");
        text.push('{');
    }
    for (read, seen) in inputs {
        let Some(attribute) = program.attribute(usize::from(read)) else { continue };
        let days = kept_days(attribute.retention_seconds);
        let Some(Part { key, text, .. }) = parts.iter_mut().find(|part| part.days.is_none_or(|of| of == days)) else {
            continue;
        };
        match shown(key, &attribute.name, attribute.value_type(), seen) {
            Shown::Word(word) => field(line, &attribute.name, Some(word)),
            Shown::Digest(digest) => {
                field(line, &attribute.name, Some(&hex(&digest)));
                name(text, &attribute.name);
                input::write_value(text, seen);
            }
        }
    }
    line.push('}');
    parts.iter_mut().for_each(|part| part.text.push('}'));
}

fn write_names(line: &mut String, asked: &Asked<'_, '_>, recorded: &[Recorded<'_>]) {
    for (position, (decision, _)) in recorded.iter().enumerate() {
        line.push_str(if position == 0 { ",\"slots\":[{" } else { ",{" });
        field(line, "slot", decision.slot.map(|slot| asked.bundle.program().slot_name(slot as usize)));
        line.push('}');
    }
    line.push(']');
}

/// The point of a draw is nearly an id, and anybody computes it from one: since version 3 no open outcome has it.
fn write_slots(line: &mut String, asked: &Asked<'_, '_>, recorded: &[Recorded<'_>], has_point: bool) {
    let Asked { bundle, permitted, page, .. } = *asked;
    let program = bundle.program();
    // Each purpose sees the program in its own way, and most pages serve one or two.
    let mut verdicts: [Option<Verdicts>; Purpose::ALL.len()] = [const { None }; Purpose::ALL.len()];
    let mut before = ",\"slots\":[{";
    for (decision, tried) in recorded {
        line.push_str(before);
        before = ",{";
        field(line, "slot", decision.slot.map(|slot| program.slot_name(slot as usize)));
        line.push_str(",\"tried\":{");
        for tried in tried {
            name(line, program.experience_name(tried.experience));
            line.push('"');
            if let Some(verdicts) = verdicts.get_mut(tried.purpose as usize) {
                let verdicts = verdicts.get_or_insert_with(|| Verdicts::new(bundle, permitted, tried.purpose));
                tried.write_outcomes(line, bundle, verdicts);
            }
            line.push('"');
        }
        line.push_str("},\"decision\":");
        write_decision(line, bundle, permitted, page, decision, has_point);
        line.push('}');
    }
    line.push(']');
}
