//! Trust, step by step: from a root and a head to payloads that may be read.
//!
//! Takes bytes and the answers of WebCrypto; gives [`Verified`], or throws the code of the reason why not. It computes no signature and
//! no hash itself.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::trust::{self, Answer, Expiry, Floor, Job, Kind, Refusal, Scope};

/// A head whose jobs are not answered yet.
///
/// It owns the bytes and reads them again at every step, instead of borrowing from them. Reading takes microseconds. Nothing
/// can then change between the question and the answer.
#[wasm_bindgen]
pub struct Opening {
    root: Vec<u8>,
    head: Vec<u8>,
    repository: String,
    environment: String,
    now_ms: i64,
    answers: Vec<Answer>,
}

#[wasm_bindgen]
impl Opening {
    /// Reads the outside of root and head. The root is trusted as it is: its digest must have been compared before.
    ///
    /// # Errors
    /// Throws what was refused, and the code of the reason.
    #[wasm_bindgen(constructor)]
    pub fn new(
        root: Vec<u8>,
        head: Vec<u8>,
        repository: String,
        environment: String,
        now_ms: f64,
    ) -> Result<Opening, String> {
        let opening = Self { root, head, repository, environment, now_ms: now_ms as i64, answers: Vec::new() };
        opening.begin().map_err(brief)?;
        Ok(opening)
    }

    /// The next job to answer, as bytes: empty when all are answered, a key (32 bytes), a signature (64) and the message that was
    /// signed, or what to hash. [`Opening::asks_hash`] tells the two apart.
    pub fn job(&self) -> Vec<u8> {
        let opening = self.begin().ok();
        match opening.as_ref().and_then(|opening| opening.jobs().get(self.answers.len())) {
            Some(Job::Verify { key, message, signature }) => [key, signature.as_slice(), message].concat(),
            Some(Job::Hash { bytes }) => bytes.to_vec(),
            None => Vec::new(),
        }
    }

    /// True if the next job asks for a SHA-256 rather than whether a signature verifies.
    pub fn asks_hash(&self) -> bool {
        let opening = self.begin().ok();
        let job = opening.as_ref().and_then(|opening| opening.jobs().get(self.answers.len()));
        matches!(job, Some(Job::Hash { .. }))
    }

    /// Answers the next job: one byte (1 is "it verifies"), or the 32 bytes of a SHA-256. Anything else is "it does not verify".
    pub fn answer(&mut self, answer: &[u8]) {
        self.answers.push(match <[u8; 32]>::try_from(answer) {
            Ok(digest) => Answer::Hash(digest),
            Err(_) => Answer::Verified(answer == [1]),
        });
    }

    /// The release, if every signature holds and nothing is expired or rolled back.
    ///
    /// # Errors
    /// Throws what was refused, and the code of the reason.
    pub fn finish(&self) -> Result<Release, String> {
        let release = self.begin().and_then(|opening| opening.finish(&self.answers, Expiry::Refuse));
        release.map(Release).map_err(brief)
    }

    fn begin(&self) -> Result<trust::Opening<'_>, Refusal> {
        let scope = Scope { repository: &self.repository, environment: &self.environment };
        trust::Opening::begin(&self.root, &self.head, &scope, self.now_ms, Floor::default())
    }
}

/// A release whose signatures held.
#[wasm_bindgen]
pub struct Release(trust::Release);

#[wasm_bindgen]
impl Release {
    /// The number of the `nth` target of a kind: 1 program, 2 index, 3 chunk. `undefined` when there is none.
    pub fn target(&self, kind: u8, nth: usize) -> Option<usize> {
        let kind = [Kind::Program, Kind::Index, Kind::Chunk].get(usize::from(kind).checked_sub(1)?)?;
        self.0.targets_of(*kind).nth(nth)
    }

    /// The path of a target, from the repository's root: `/v1/production/b/…`.
    pub fn path(&self, index: usize) -> Option<String> {
        self.0.path(index)
    }

    /// How many bytes a target has: more need not be fetched.
    pub fn length(&self, index: usize) -> f64 {
        self.0.targets().get(index).map_or(0.0, |target| target.length as f64)
    }

    /// Admits the bytes of a target with their SHA-256.
    ///
    /// # Errors
    /// Throws what was refused, and the code of the reason.
    pub fn admit(&self, index: usize, bytes: Vec<u8>, digest: &[u8]) -> Result<Verified, String> {
        let digest = <[u8; 32]>::try_from(digest).map_err(|_| brief(Refusal::Unanswered))?;
        let received = self.0.receive(index, bytes).and_then(|received| received.admit(&Answer::Hash(digest)));
        received.map(Verified).map_err(brief)
    }
}

/// A payload that a trusted release names.
#[wasm_bindgen]
pub struct Verified(pub(super) trust::Verified);

#[wasm_bindgen]
impl Verified {
    /// A piece of a chunk as text; `undefined` when it is not there or not UTF-8.
    pub fn text(&self, start: usize, length: usize) -> Option<String> {
        let bytes = self.0.bytes().get(start..start.checked_add(length)?)?;
        core::str::from_utf8(bytes).ok().map(String::from)
    }
}

fn brief(refusal: Refusal) -> String {
    refusal.brief()
}
