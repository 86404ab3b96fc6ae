//! The cookie with the contacts of this device, for the contact policy.
//!
//! It is read and written only with `storage`, and only where the policy looks back. A page is one contact of each cap that something on it
//! falls under. It counts when the page is answered: cookies leave before the page does, so a slot that the page turns out not to have counts
//! too. Content that a holdout holds back counts as well, so that both groups have the same pauses.

use alloc::string::String;
use alloc::vec::Vec;

use super::begin::Begun;
use super::cookies::SetCookie;
use crate::bundle::Program;
use crate::engine::contact::{History, STATE_SECONDS, state};
use crate::engine::{Decision, Permitted};
use crate::words::{Contact, Purpose, Visit};

/// The cookie with the contacts of this device, in a form of fixed length: see [`state`].
pub const CONTACT_COOKIE: &str = "selvedge-contact";

/// The cookie's text as a visit has it: empty for a device without contacts. `None` if it may not be read, or nothing asks for it.
pub(super) fn kept(value: Option<&str>, has_storage: bool, has_history: bool) -> Option<String> {
    (has_storage && has_history).then(|| value.unwrap_or_default().into())
}

/// Experience and content of a decision that counts as a contact.
pub fn contact_of(decision: &Decision) -> Option<(usize, u32)> {
    let content = decision.content.or(decision.held().and_then(|held| held.would))?;
    Some((decision.experience? as usize, content))
}

/// The cookie to set after a page that shows these experiences and contents. `None` where it stays as it is.
pub fn contact_cookie(
    program: &Program,
    visit: &Visit,
    permitted: &Permitted<'_>,
    shown: &[(usize, u32)],
) -> Option<SetCookie> {
    contact_cookie_beside(program, visit, permitted, shown, &[])
}

/// As [`contact_cookie`], with the contacts that other releases made on the same page.
pub(super) fn contact_cookie_beside(
    program: &Program,
    visit: &Visit,
    permitted: &Permitted<'_>,
    shown: &[(usize, u32)],
    beside: &[Contact],
) -> Option<SetCookie> {
    let has_storage = permitted.grants().allows(Purpose::Storage);
    if !cfg!(feature = "contact") || !has_storage || visit.contact_state.is_none() {
        return None;
    }
    let mut history = permitted.history()?.clone();
    let mut is_new = history.show(program.contact(), shown, permitted.now_ms());
    for contact in beside {
        history.tell(program, contact, permitted.now_ms());
        is_new = true;
    }
    let value = (is_new || history.is_mended).then(|| state::write(program.contact(), &history))?;
    Some(SetCookie { name: CONTACT_COOKIE.into(), value, max_age_seconds: STATE_SECONDS })
}

/// The contacts of the open page after it shows these experiences and contents, for its memory. `None` where a device may keep them.
pub fn contact_memory(program: &Program, permitted: &Permitted<'_>, shown: &[(usize, u32)]) -> Option<String> {
    let policy = program.contact();
    if !cfg!(feature = "contact") || permitted.grants().allows(Purpose::Storage) || !policy.has_history() {
        return None;
    }
    let mut history = permitted.history().cloned().unwrap_or_else(|| History::empty(policy));
    history.show(policy, shown, permitted.now_ms());
    Some(state::write(policy, &history))
}

/// A dismissal, and what follows: the cookie to set if the device may keep it, or else what the open page is to remember.
pub fn dismissed(
    program: &Program,
    visit: &Visit,
    permitted: &Permitted<'_>,
    content: u32,
) -> (Option<SetCookie>, Option<String>) {
    let policy = program.contact();
    if !cfg!(feature = "contact") || policy.cool_off_seconds == 0 {
        return (None, None);
    }
    let mut history = permitted.history().cloned().unwrap_or_else(|| History::empty(policy));
    history.dismiss(policy, content, permitted.now_ms());
    let value = state::write(policy, &history);
    if !permitted.grants().allows(Purpose::Storage) {
        return (None, Some(value));
    }
    let cookie = visit.contact_state.as_ref().map(|_| SetCookie {
        name: CONTACT_COOKIE.into(),
        value,
        max_age_seconds: STATE_SECONDS,
    });
    (cookie, None)
}

impl Begun<'_> {
    /// The cookie to set, if a visitor looks at the page and the contacts of this device changed.
    pub(super) fn contact_cookie(&self) -> Option<SetCookie> {
        let shown: Vec<(usize, u32)> = self.page.decisions.iter().filter_map(contact_of).collect();
        let is_seen = self.unseen.is_none();
        is_seen.then(|| contact_cookie(self.bundle.program(), self.visit(), &self.permitted, &shown))?
    }
}
