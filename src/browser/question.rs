//! What JavaScript asks.
//!
//! Takes [`wire`](super::wire) bytes, gives a visit to decide for, or the facts of the page that is shown. It keeps the rules of
//! [`Visit`]'s JSON: `null` is as if the key were not there, and an unknown key is a fault.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::wire::{Fault, Reader};
use crate::bundle::words::{Age, Depth, Purpose};
use crate::engine::{Identity, PurposeKey, Signals, Visit};

/// Decide for this visit: `{context, slots, now}`.
#[derive(Default)]
pub(super) struct Question {
    pub(super) visit: Visit,
    /// Every slot when it is missing.
    pub(super) slots: Option<Vec<String>>,
    pub(super) now_ms: i64,
}

/// Decide for the page that is shown: what an edge reads from a request.
#[derive(Default)]
pub(super) struct PageQuestion<'w> {
    pub(super) path: &'w str,
    pub(super) query: &'w str,
    pub(super) country: Option<&'w str>,
    pub(super) region: Option<&'w str>,
    pub(super) cookie: &'w str,
    pub(super) accept_language: &'w str,
    pub(super) user_agent: &'w str,
    pub(super) gpc: bool,
    pub(super) now_ms: i64,
    pub(super) randomness: &'w str,
}

/// Reads a [`Question`].
pub(super) fn question(bytes: &[u8]) -> Result<Question, Fault> {
    let mut question = Question::default();
    let mut reader = Reader::new(bytes);
    reader.object("question", &mut |key, reader| {
        match key {
            "context" => question.visit = visit(reader)?,
            "slots" => question.slots = reader.texts(key)?,
            "now" => question.now_ms = reader.instant(key)?.map_or(0, |now| now.0),
            _ => return Err(unknown(key, "a question")),
        }
        Ok(())
    })?;
    reader.end()?;
    // The host's clock, for a visit that does not say when it is.
    question.now_ms = question.visit.now.map_or(question.now_ms, |now| now.0);
    Ok(question)
}

/// Reads a [`PageQuestion`].
pub(super) fn page_question(bytes: &[u8]) -> Result<PageQuestion<'_>, Fault> {
    let mut question = PageQuestion::default();
    let mut reader = Reader::new(bytes);
    reader.object("question", &mut |key, reader| {
        match key {
            "country" => question.country = reader.text(key)?,
            "region" => question.region = reader.text(key)?,
            "gpc" => question.gpc = reader.truth(key)?.unwrap_or(false),
            "now" => question.now_ms = reader.instant(key)?.map_or(0, |now| now.0),
            _ => {
                let field = match key {
                    "path" => &mut question.path,
                    "query" => &mut question.query,
                    "cookie" => &mut question.cookie,
                    "accept_language" => &mut question.accept_language,
                    "user_agent" => &mut question.user_agent,
                    "randomness" => &mut question.randomness,
                    _ => return Err(unknown(key, "a question about a page")),
                };
                *field = reader.text(key)?.unwrap_or_default();
            }
        }
        Ok(())
    })?;
    reader.end()?;
    Ok(question)
}

fn visit(reader: &mut Reader<'_>) -> Result<Visit, Fault> {
    let mut visit = Visit::default();
    reader.object("context", &mut |key, reader| {
        match key {
            "attributes" => reader.object(key, &mut |name, reader| {
                visit.attributes.insert(name.into(), reader.value()?);
                Ok(())
            })?,
            "observed" => reader.object(key, &mut |name, reader| {
                if let Some(instant) = reader.instant(name)? {
                    visit.observed.insert(name.into(), instant);
                }
                Ok(())
            })?,
            "unknown" => visit.unknown = reader.texts(key)?.unwrap_or_default(),
            "grants" => reader.object(key, &mut |name, reader| {
                let purpose = Purpose::from_name(name).ok_or_else(|| unknown(name, "the purposes"))?;
                visit.grants.insert(PurposeKey(purpose), reader.truth(name)?);
                Ok(())
            })?,
            "signals" => visit.signals = signals(reader)?,
            "minor" => visit.minor = word(reader, key, &["unknown"], Age::from_name)?,
            "depth" => visit.depth = word(reader, key, &[], Depth::from_name)?,
            "region" => visit.region = reader.text(key)?.map(String::from),
            "identity" => visit.identity = identity(reader)?,
            "locale" => visit.locale = reader.text(key)?.map(String::from),
            "now" => visit.now = reader.instant(key)?,
            _ => return Err(unknown(key, "a context")),
        }
        Ok(())
    })?;
    Ok(visit)
}

fn signals(reader: &mut Reader<'_>) -> Result<Signals, Fault> {
    let mut signals = Signals::default();
    reader.object("signals", &mut |key, reader| {
        let text = match key {
            "gpc" => {
                signals.gpc = reader.truth(key)?.unwrap_or(false);
                return Ok(());
            }
            "google" => {
                return reader.object(key, &mut |name, reader| {
                    signals.google.extend(reader.text(name)?.map(|state| (name.into(), state.into())));
                    Ok(())
                });
            }
            "cookie" => &mut signals.cookie,
            "tcf" => &mut signals.tcf,
            "gpp" => &mut signals.gpp,
            "usp" => &mut signals.usp,
            "onetrust" => &mut signals.onetrust,
            "onetrust_closed" => &mut signals.onetrust_closed,
            "cookiebot" => &mut signals.cookiebot,
            "didomi" => &mut signals.didomi,
            _ => return Err(unknown(key, "signals")),
        };
        *text = reader.text(key)?.map(String::from);
        Ok(())
    })?;
    Ok(signals)
}

/// A word that `read` knows, one that stands for nothing, or `null`.
fn word<T>(
    reader: &mut Reader<'_>,
    key: &str,
    nothing: &[&str],
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    match reader.text(key)? {
        Some(word) if !nothing.contains(&word) => read(word).map(Some).ok_or_else(|| unknown(word, key)),
        _ => Ok(None),
    }
}

fn identity(reader: &mut Reader<'_>) -> Result<Identity, Fault> {
    let mut identity = Identity::default();
    reader.object("identity", &mut |key, reader| {
        let id = match key {
            "visitor" => &mut identity.visitor,
            "account" => &mut identity.account,
            "session" => &mut identity.session,
            "page" => &mut identity.page,
            _ => return Err(unknown(key, "an identity")),
        };
        *id = reader.text(key)?.map(String::from);
        Ok(())
    })?;
    Ok(identity)
}

fn unknown(key: &str, place: &str) -> Fault {
    format!("there is no `{key}` in {place}")
}
