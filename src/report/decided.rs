//! The form of decisions as `selvedge decide --json` writes them, for systems that send what was decided.
//!
//! Start with [`Decided`]. Each decision says what is shown, and for a message also when and how.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The decisions of one page or message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// By slot.
    pub decisions: BTreeMap<String, DecidedSlot>,
    /// How far the page may be cached.
    pub cache: Cache,
    /// The SHA-256 of the rules that answered.
    pub bundle: String,
    /// Purposes that are off, and by what.
    #[serde(default)]
    pub not_permitted: BTreeMap<String, String>,
    /// Why, by slot; only with `--explain`.
    #[serde(default)]
    pub explain: BTreeMap<String, Explained>,
    /// Every purpose, and by whom it is granted; only with `--explain`.
    #[serde(default)]
    pub permissions: Value,
}

/// How far a page may be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of docs/decide.md")]
pub enum Cache {
    Origin,
    Revalidate,
    NoStore,
}

/// One decision. `docs/decide.md` says what each key means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/decide.md has a line for each")]
pub struct DecidedSlot {
    pub content: Option<String>,
    pub locale: Option<String>,
    pub experience: Option<String>,
    pub rule: Option<u32>,
    pub reason: String,
    pub detail: Option<String>,
    pub depth: String,
    pub read: Vec<String>,
    pub experiment: Option<String>,
    pub layer: Option<String>,
    pub arm: Option<String>,
    pub holdout: Option<String>,
    pub would: Option<String>,
    pub contact: Option<String>,
    pub not_before: Option<String>,
    pub memory: Option<Memory>,
    pub gave_way: Option<GaveWay>,
    pub when: Option<When>,
    pub how: Option<How>,
    pub unit: Option<String>,
    pub point: Option<u16>,
    pub bundle: Option<String>,
}

/// What remembers contacts before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "there is one")]
pub enum Memory {
    Page,
}

/// A rule that gave way to what the page shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/decide.md has a line for each")]
pub struct GaveWay {
    pub experience: String,
    pub why: String,
    pub to: String,
}

/// When a message is due. Without it, at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The event that it follows.
    pub after: Option<String>,
    /// The time before which it is not sent.
    pub not_before: Option<String>,
}

/// How content is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// A layout of the slot.
    pub layout: String,
}

/// When, what and how, as an explanation has them for every slot, with much more.
#[derive(Clone, Debug, Deserialize)]
pub struct Explained {
    /// When it is shown or sent.
    pub when: Due,
    /// The content; `None` is the origin's own.
    pub what: Option<String>,
    /// How it is shown.
    pub how: Layout,
}

/// When something is shown or sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// True if it is due as soon as it is decided.
    pub now: bool,
    /// The event that it follows.
    pub after: Option<String>,
    /// The time before which it is not sent.
    pub not_before: Option<String>,
}

/// How something is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// A layout of the slot; `None` is the slot's own.
    pub layout: Option<String>,
}
