//! The Worker's audit records.
//!
//! Takes the deployment's variables and a decided page, gives a line for the log: with the values sealed by the platform where the
//! deployment keeps them. The visitor never waits for it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::webcrypto;
use crate::log::audit::{Draft, Which};
use crate::log::key::Key;
use crate::page::Recording;
use crate::words::hex;

thread_local! {
    /// The isolate's key, by its text: the states of its ratchet are computed once for each day and class.
    static KNOWN: RefCell<Option<(String, Rc<Key>)>> = const { RefCell::new(None) };
    /// True once the log was told that the key is an old one.
    static TOLD: Cell<bool> = const { Cell::new(false) };
}

/// What the deployment says of audit records.
#[derive(Clone, Debug)]
pub(super) struct Audit {
    which: Which,
    key: Rc<Key>,
    keeps_values: bool,
}

/// A record whose values are not sealed yet.
pub(super) struct Record {
    draft: Draft,
    keeps_values: bool,
}

impl Audit {
    /// `AUDIT` (`sensitive` or `all`), `AUDIT_VALUES` (`sealed`), and the secret `AUDIT_KEY` ([`Key::parse`]). `None` when the site asks
    /// for none; a site that asks and has no key is refused, so that nothing is decided unrecorded.
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
        let key = KNOWN.with_borrow_mut(|known| {
            if known.as_ref().is_none_or(|(text, _)| *text != secret) {
                *known = Key::parse(&secret).map(|key| (secret, Rc::new(key)));
            }
            known.as_ref().map(|(_, key)| Rc::clone(key))
        });
        let key = key.ok_or("the secret AUDIT_KEY is not what `selvedge log rotate` prints")?;
        Ok(Some(Self { which, key, keeps_values }))
    }

    /// A message for the log, once in an isolate, if the key is of an earlier version.
    pub(super) fn warning(&self) -> Option<&'static str> {
        let is_old = self.key.ratchet().is_none() && !TOLD.replace(true);
        is_old.then_some(
            "AUDIT_KEY has no ratchet: records are of version 2, and their values never expire; run `selvedge log rotate`",
        )
    }

    /// How the next page is recorded.
    pub(super) fn recording(&self) -> Result<Recording<'_>, JsValue> {
        Ok(Recording { which: self.which, key: &self.key, id: webcrypto::random::<16>()? })
    }

    /// The record of a page, to be sealed once the response is out.
    pub(super) fn seal_later(&self, draft: Draft) -> Record {
        Record { draft, keeps_values: self.keeps_values }
    }
}

impl Record {
    /// The line.
    pub(super) async fn line(self) -> Result<String, JsValue> {
        let Self { draft, keeps_values } = self;
        if !keeps_values {
            return Ok(draft.line().into());
        }
        let mut sealed = Vec::new();
        for part in draft.parts() {
            let (key, text) = (part.key.seal(), part.text.as_bytes());
            sealed.push(webcrypto::seal(&key, text, draft.line().as_bytes()).await?);
        }
        Ok(draft.sealed(&sealed))
    }

    /// Which record it is, for a message that it could not be written.
    pub(super) fn id(&self) -> String {
        hex(self.draft.id())
    }
}
