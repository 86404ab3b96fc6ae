//! The debug file: the names, rows and places behind a program.
//!
//! Takes what `program` knows while it compiles, gives JSON for explanations. It is listed in the signed release and never
//! shipped to an edge: an edge needs no row to decide.

use serde::{Deserialize, Serialize};

use crate::author::site::Place;

/// Everything behind the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debug {
    /// By experience position.
    pub experiences: Vec<ExperienceDebug>,
    /// By audience name.
    pub audiences: Vec<AudienceDebug>,
}

/// One experience.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExperienceDebug {
    /// Its name.
    pub name: String,
    /// The accountable team.
    pub owner: Option<String>,
    /// The goal it serves.
    pub goal: Option<String>,
    /// What the visitor gains.
    pub benefit: Option<String>,
    /// Its market, if it is for one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketDebug>,
    /// Rows that hold for every rule.
    pub eligible: Vec<RowDebug>,
    /// By rule position in the experience.
    pub rules: Vec<RuleDebug>,
    /// `file:line:column`.
    pub place: String,
}

/// The market of an experience that takes the place of another one there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketDebug {
    /// The market.
    pub market: String,
    /// The experience that is otherwise there.
    pub of: String,
    /// What is otherwise.
    pub points: Vec<String>,
    /// Why, for people.
    pub reason: Option<String>,
    /// `file:line:column`.
    pub place: String,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDebug {
    /// Its own rows.
    pub rows: Vec<RowDebug>,
    /// Its effect, as written: a content name, `control`, or `split EXPERIMENT`.
    pub effect: String,
    /// `file:line:column`.
    pub place: String,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowDebug {
    /// `all`, `any` or `none`.
    pub group: String,
    /// As written.
    pub text: String,
    /// In plain words.
    pub sentence: String,
    /// The row itself, before `none` inverts it.
    pub literal: u32,
    /// Positions of the attributes that it can read, through audiences too, ascending.
    pub attributes: Vec<u16>,
    /// `file:line:column`.
    pub place: String,
}

/// One audience.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceDebug {
    /// Its name.
    pub name: String,
    /// The audience as a literal of the program.
    pub literal: u32,
    /// Its rows.
    pub rows: Vec<RowDebug>,
}

/// As the file's bytes.
pub(super) fn to_bytes(debug: &Debug) -> Vec<u8> {
    // Plain structs of strings and numbers always serialize.
    serde_json::to_vec(debug).unwrap_or_default()
}

/// `file:line:column`.
pub(super) fn place(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}
