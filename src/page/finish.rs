//! The second step of a page: from decisions and content to the answer.

use alloc::string::String;
use alloc::vec::Vec;

use super::begin::Begun;
use super::block::{Deployment, page_block};
use super::cookies::SetCookie;
use super::edit::Edit;
use crate::bundle::Slot;
use crate::engine::CachePolicy;
use crate::log::audit::{self, Draft, Marks, Which};
use crate::log::key::Key;
use crate::log::measure::MeasureKey;
use crate::log::{self, Exposure};

/// The facts that only a host knows: where it runs, and how it records decisions.
#[derive(Clone, Copy, Debug)]
pub struct Host<'h> {
    /// The deployment, as the data block describes it.
    pub deployment: Deployment<'h>,
    /// How decisions are recorded for an audit, if they are.
    pub recording: Option<Recording<'h>>,
    /// The key of pseudonyms in exposures, if the site has one.
    pub key: Option<&'h MeasureKey>,
}

/// How a host records decisions for an audit.
#[derive(Clone, Copy, Debug)]
pub struct Recording<'k> {
    /// Which of them.
    pub which: Which,
    /// The controller's key.
    pub key: &'k Key,
    /// The record's id: 16 random bytes.
    pub id: [u8; 16],
}

/// Everything that leaves a host because of a page.
#[derive(Debug)]
#[must_use]
pub struct Answer<'a> {
    /// The changes of the page.
    pub changes: Vec<Change<'a>>,
    /// The data block, as markup for the end of the document.
    pub block: String,
    /// How far the page may be cached.
    pub cache: CachePolicy,
    /// Cookies to set.
    pub cookies: Vec<SetCookie>,
    /// Lines for the log.
    pub lines: Vec<String>,
    /// More of them, once the page has passed and it is known what it has: [`Passage::is_due`](super::Passage::is_due).
    pub exposures: Vec<Exposure>,
    /// The audit records, whose values are to be sealed: one for each release that decided.
    pub records: Vec<Draft>,
}

/// One change of one element, with its content.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Where.
    pub slot: Slot<'a>,
    /// The slot's name in the marks on the page: `SLOT~NONCE`, with the nonce of the data block. A visitor who writes a review into the
    /// origin's page cannot know it.
    pub mark: String,
    /// The content's name.
    pub content: &'a str,
    /// Its text.
    pub body: &'a str,
}

impl<'s> Begun<'s> {
    /// The answer. `body` gives the bytes of each chunk that [`chunks`](Self::chunks) named.
    ///
    /// # Errors
    /// Names the content that is not in its chunk. The page must then stay as the origin made it.
    pub fn finish<'a>(&self, body: &dyn Fn(usize) -> Option<&'a [u8]>, host: &Host<'_>) -> Result<Answer<'a>, &'s str>
    where
        's: 'a,
    {
        let change = |edit: &Edit<'s>| {
            let text = body(edit.variant.chunk).and_then(|chunk| edit.body(chunk)).ok_or(edit.content)?;
            let mark = alloc::format!("{}~{}", edit.slot.name, host.deployment.nonce);
            Ok(Change { slot: edit.slot, mark, content: edit.content, body: text })
        };
        let Self { bundle, permitted, page, arrival, .. } = self;
        let (lines, exposures) = match self.unseen {
            None => (
                alloc::vec![log::reasons(bundle, page, self.now_ms)],
                log::exposures(bundle, permitted, page, host.key, self.now_ms),
            ),
            Some(rule) => (log::unseen(bundle, permitted, page, rule, self.now_ms), Vec::new()),
        };
        Ok(Answer {
            changes: self.edits.iter().map(change).collect::<Result<_, &str>>()?,
            block: page_block(self, &host.deployment),
            cache: page.cache_policy(),
            cookies: arrival.cookies(self.drew_by_device()).into_iter().chain(self.contact_cookie()).collect(),
            lines,
            exposures,
            records: host.recording.as_ref().and_then(|recording| self.record(recording)).into_iter().collect(),
        })
    }

    /// The audit record; `None` when none of the decisions is to be recorded.
    pub fn record(&self, recording: &Recording<'_>) -> Option<Draft> {
        self.draft(recording.which, &self.marks(recording))
    }

    /// The part of the audit record that no decision gives.
    pub fn marks(&self, recording: &Recording<'_>) -> Marks {
        Marks::new(self.bundle, recording.key, recording.id, &self.permitted, &self.arrival.visit.signals)
    }

    /// The audit record with these marks.
    // Code of its own: an isolate's first page compiles what it runs, and few sites record every page.
    #[inline(never)]
    pub fn draft(&self, which: Which, marks: &Marks) -> Option<Draft> {
        let Self { bundle, permitted, page, limits, .. } = self;
        let asked = audit::Asked { bundle, visit: &self.arrival.visit, permitted, page, limits: *limits, which };
        audit::draft(&asked, marks)
    }
}

impl Answer<'_> {
    /// The headers that the page gets beside the origin's own. `secure` is whether it came over https. Its
    /// [`cache_control`](super::cache_control) is not among them.
    pub fn headers(&self, timing: String, secure: bool) -> Vec<(&'static str, String)> {
        let mut headers = alloc::vec![("server-timing", timing)];
        headers.extend(self.cookies.iter().map(|cookie| ("set-cookie", cookie.header(secure))));
        headers
    }
}
