//! The Worker's audit records.
//!
//! Takes the deployment's variables and a decided page, gives a line for the log: with the values sealed by the platform where the
//! deployment keeps them. The visitor never waits for it.

use wasm_bindgen::JsValue;

use super::webcrypto;
use crate::log::audit::{Draft, Which};
use crate::log::key::{Key, RecordKey};
use crate::page::Recording;
use crate::words::{hex, parse_hex};

/// What the deployment says of audit records.
#[derive(Clone, Debug)]
pub(super) struct Audit {
    which: Which,
    key: Key,
    keeps_values: bool,
}

/// A record whose values are not sealed yet.
pub(super) struct Record {
    draft: Draft,
    key: RecordKey,
    keeps_values: bool,
}

impl Audit {
    /// `AUDIT` (`sensitive` or `all`), `AUDIT_VALUES` (`sealed`), and the secret `AUDIT_KEY` (`EPOCH:64 hexadecimal digits`). `None`
    /// when the site asks for none; a site that asks and has no key is refused, so that nothing is decided unrecorded.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let which = match variable("AUDIT").as_deref() {
            None | Some("off") => return Ok(None),
            Some("sensitive") => Which::Sensitive,
            Some("all") => Which::All,
            Some(_) => return Err("the variable AUDIT is not `sensitive`, `all` or `off`".into()),
        };
        let keeps_values = match variable("AUDIT_VALUES").as_deref() {
            None | Some("off") => false,
            Some("sealed") => true,
            Some(_) => return Err("the variable AUDIT_VALUES is not `sealed` or `off`".into()),
        };
        let secret = variable("AUDIT_KEY").ok_or("the secret AUDIT_KEY is not set")?;
        let key =
            secret.split_once(':').and_then(|(epoch, digits)| Some(Key::new(epoch.parse().ok()?, parse_hex(digits)?)));
        let key = key.ok_or("the secret AUDIT_KEY is not an epoch, a colon and 64 hexadecimal digits")?;
        Ok(Some(Self { which, key, keeps_values }))
    }

    /// How the next page is recorded.
    pub(super) fn recording(&self) -> Result<Recording<'_>, JsValue> {
        Ok(Recording { which: self.which, key: &self.key, id: webcrypto::random::<16>()? })
    }

    /// The record of a page, to be sealed once the response is out.
    pub(super) fn seal_later(&self, (draft, key): (Draft, RecordKey)) -> Record {
        Record { draft, key, keeps_values: self.keeps_values }
    }
}

impl Record {
    /// The line.
    pub(super) async fn line(self) -> Result<String, JsValue> {
        if !self.keeps_values {
            return Ok(self.draft.line().into());
        }
        let Self { draft, key, .. } = self;
        let sealed = webcrypto::seal(&key.seal(), draft.values().as_bytes(), draft.line().as_bytes()).await?;
        Ok(draft.sealed(&sealed))
    }

    /// Which record it is, for a message that it could not be written.
    pub(super) fn id(&self) -> String {
        hex(self.draft.id())
    }
}
