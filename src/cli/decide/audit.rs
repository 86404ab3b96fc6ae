//! `selvedge decide --audit`: the audit record of each decision, as the Worker writes it.
//!
//! Takes a decided page, gives a line for a log, with the values sealed where that is asked for. It never writes a value in the open.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::keyring::{KEYRING, Keyring};
use crate::cli::{random, seal};
use crate::log::audit::Which;
use crate::log::key::Key;
use crate::page::{self, Begun};
use crate::trust::native::sha256;

#[derive(clap::Args)]
pub(super) struct Recording {
    /// Print audit records for a log instead of decisions. With =sensitive, only for decisions that can read sensitive data
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "all", value_parser = which())]
    audit: Option<Which>,
    /// The secrets of the audit log; the first use makes one
    #[arg(long, value_name = "FILE", default_value = KEYRING, requires = "audit")]
    keys: PathBuf,
    /// Add the values that were read, sealed under the record's own key
    #[arg(long, requires = "audit")]
    values: bool,
    /// Derive the records' ids from this text and the number of the context instead of randomness: for tests that must repeat
    #[arg(long, value_name = "TEXT", requires = "audit", hide = true)]
    ids_from: Option<String>,
    /// Write records of an earlier version: for tests of old logs
    #[arg(long, value_name = "VERSION", requires = "audit", hide = true)]
    record_version: Option<u32>,
}

pub(super) struct Recorder<'a> {
    key: Key,
    which: Which,
    args: &'a Recording,
}

fn which() -> impl TypedValueParser<Value = Which> {
    let words = PossibleValuesParser::new(["all", "sensitive"]);
    words.map(|word| if word == "all" { Which::All } else { Which::Sensitive })
}

impl<'a> Recorder<'a> {
    /// `None` when no record is asked for.
    pub(super) fn new(args: &'a Recording) -> anyhow::Result<Option<Self>> {
        let Some(which) = args.audit else { return Ok(None) };
        let key = Keyring::load_or_create(&args.keys)?.newest()?.clone();
        Ok(Some(Self { key, which, args }))
    }

    /// The record of one page; `None` when none of its decisions is to be recorded.
    pub(super) fn record(&self, begun: &Begun<'_>, number: u64) -> anyhow::Result<Option<String>> {
        let mut marks = begun.marks(&page::Recording { which: self.which, key: &self.key, id: self.id(number)? });
        marks.version = self.args.record_version.unwrap_or(marks.version);
        let Some(draft) = begun.draft(self.which, &marks) else { return Ok(None) };
        if self.args.values { seal::seal(&draft).map(Some) } else { Ok(Some(draft.line().to_owned())) }
    }

    fn id(&self, number: u64) -> anyhow::Result<[u8; 16]> {
        let Some(text) = &self.args.ids_from else { return random("a record's id") };
        let digest = sha256(format!("{text} {number}").as_bytes());
        Ok(*digest.first_chunk().context("a SHA-256 has 32 bytes")?)
    }
}
