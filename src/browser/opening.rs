//! Trust, step by step: from a root and a head to payloads that may be read.
//!
//! Takes bytes and the answers of WebCrypto; gives a [`Release`](trust::Release) and what it names, or the code of the reason why not. It
//! computes no signature and no hash itself.

use alloc::string::String;
use alloc::vec::Vec;

use super::door::Instance;
use crate::trust::{self, Answer, Expiry, Floor, Job, Kind, Refusal, Scope};

/// A head whose jobs are not answered yet.
///
/// It owns the bytes and reads them again at every step, instead of borrowing from them. Reading takes microseconds. Nothing
/// can then change between the question and the answer.
pub(super) struct Opening {
    /// Root, head, and the names of repository and environment.
    parts: [Vec<u8>; 4],
    now_ms: i64,
    answers: Vec<Answer>,
}

impl Opening {
    /// Reads the outside of root and head. The root is trusted as it is: its digest must have been compared before.
    pub(super) fn new(parts: [Vec<u8>; 4], now_ms: i64) -> Result<Self, String> {
        let opening = Self { parts, now_ms, answers: Vec::new() };
        opening.begin().map_err(brief)?;
        Ok(opening)
    }

    /// The next job to answer, as bytes: empty when all are answered, a key (32 bytes), a signature (64) and the message that was
    /// signed, or what to hash. [`Opening::asks_hash`] tells the two apart.
    pub(super) fn job(&self) -> Vec<u8> {
        let opening = self.begin().ok();
        match opening.as_ref().and_then(|opening| opening.jobs().get(self.answers.len())) {
            Some(Job::Verify { key, message, signature }) => [key, signature.as_slice(), message].concat(),
            Some(Job::Hash { bytes }) => bytes.to_vec(),
            None => Vec::new(),
        }
    }

    /// True if the next job asks for a SHA-256 rather than whether a signature verifies.
    pub(super) fn asks_hash(&self) -> bool {
        let opening = self.begin().ok();
        let job = opening.as_ref().and_then(|opening| opening.jobs().get(self.answers.len()));
        matches!(job, Some(Job::Hash { .. }))
    }

    /// Answers the next job: one byte (1 is "it verifies"), or the 32 bytes of a SHA-256. Anything else is "it does not verify".
    pub(super) fn answer(&mut self, answer: &[u8]) {
        self.answers.push(match <[u8; 32]>::try_from(answer) {
            Ok(digest) => Answer::Hash(digest),
            Err(_) => Answer::Verified(answer == [1]),
        });
    }

    fn begin(&self) -> Result<trust::Opening<'_>, Refusal> {
        let [root, head, repository, environment] = &self.parts;
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
        let scope = Scope { repository: text(repository), environment: text(environment) };
        trust::Opening::begin(root, head, &scope, self.now_ms, Floor::default())
    }
}

impl Instance {
    /// Keeps the release, if every signature holds and nothing is expired or rolled back.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        let opening = self.opening.as_ref().ok_or_else(|| brief(Refusal::Unanswered))?;
        let release = opening.begin().and_then(|begun| begun.finish(&opening.answers, Expiry::Refuse));
        self.release = Some(release.map_err(brief)?);
        Ok(())
    }

    /// Admits the bytes of a target with their SHA-256. A program and an index are kept, to be opened. Chunks stay with JavaScript.
    pub(super) fn admit(&mut self, target: usize, bytes: Vec<u8>, digest: &[u8]) -> Result<(), String> {
        let unanswered = || brief(Refusal::Unanswered);
        let digest = <[u8; 32]>::try_from(digest).map_err(|_| unanswered())?;
        let release = self.release.as_ref().ok_or_else(unanswered)?;
        let received = release.receive(target, bytes).and_then(|received| received.admit(&Answer::Hash(digest)));
        let verified = received.map_err(brief)?;
        match verified.kind() {
            Kind::Program => self.program = Some(verified),
            Kind::Index => self.index = Some(verified),
            Kind::Data if cfg!(feature = "feeds") => self.data = Some(verified),
            _ => return Ok(()),
        }
        self.keep();
        Ok(())
    }
}

#[inline(never)]
fn brief(refusal: Refusal) -> String {
    refusal.brief()
}
