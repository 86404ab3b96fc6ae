//! The file of a change record: what was said, the release that it is about, and who signed both.
//!
//! ```text
//! [statement | payload, release, [approval, …]]        each a byte string
//! ```
//!
//! The payload is the JSON of the record. A key of the role `release` makes it a statement (COSE_Sign1). The release and the approvals
//! are those of the head, so the file proves by itself who approved.

use anyhow::Context as _;

use crate::report::{CHANGE_SCHEMA, ChangeRecord};
use crate::trust::cbor::{Reader, Writer};
use crate::trust::refusal::Part;
use crate::trust::sign::{self, Signer};
use crate::trust::{Class, HEAD_BYTES_MAX, Role, Root, Scope, native, statement};
use crate::words::{hex, parse_hex};

/// The most bytes of a file: a record, and what a head has.
pub(in crate::cli) const RECORD_BYTES_MAX: u64 = (1 << 20) + HEAD_BYTES_MAX as u64;
/// The type of the statement.
const TYPE: &str = "application/selvedge-change+json";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Filed {
    said: Vec<u8>,
    release: Vec<u8>,
    approvals: Vec<Vec<u8>>,
}

/// A record whose signatures hold.
#[derive(Debug)]
pub(in crate::cli) struct Proved {
    pub(in crate::cli) record: ChangeRecord,
    /// Who signed the record.
    pub(in crate::cli) signer: [u8; 32],
    /// Who signed the release.
    pub(in crate::cli) release: Vec<[u8; 32]>,
    /// Who approved each class, as each role.
    pub(in crate::cli) approved: Vec<(Class, Role, Vec<[u8; 32]>)>,
}

impl Filed {
    pub(super) fn new(record: &ChangeRecord, release: &[u8], approvals: Vec<Vec<u8>>) -> anyhow::Result<Self> {
        Ok(Self { said: serde_json::to_vec(record)?, release: release.to_vec(), approvals })
    }

    /// Signs the record, unless somebody did.
    pub(super) fn sign(&mut self, signer: Option<&Signer<'_>>) -> anyhow::Result<()> {
        if let Some(signer) = signer.filter(|_| !self.is_signed()) {
            self.said = statement::sign(TYPE, &self.said, signer).map_err(crate::cli::unsigned)?;
        }
        Ok(())
    }

    /// The same record about a release that more people signed.
    pub(super) fn about(self, release: &[u8], approvals: Vec<Vec<u8>>) -> Self {
        Self { release: release.to_vec(), approvals, ..self }
    }

    /// The SHA-256 of what the signatures of its release cover.
    pub(super) fn release(&self) -> Option<[u8; 32]> {
        sign::payload_of(&self.release, Role::Release).map(native::sha256)
    }

    pub(in crate::cli) fn bytes(&self) -> Vec<u8> {
        let file = Writer::default().array(3).bytes(&self.said).bytes(&self.release).array(self.approvals.len() as u64);
        self.approvals.iter().fold(file, |file, approval| file.bytes(approval)).finish()
    }

    pub(in crate::cli) fn read(bytes: &[u8]) -> anyhow::Result<Self> {
        let read = || {
            let mut reader = Reader::new(bytes, Part::Statement);
            reader.array_of(3, "a change record has three parts")?;
            let (said, release) = (reader.bytes()?.to_vec(), reader.bytes()?.to_vec());
            let mut approvals = Vec::new();
            for _ in 0..reader.array()?.min(Class::ALL.len() as u64 + 1) {
                approvals.push(reader.bytes()?.to_vec());
            }
            reader.end()?;
            Ok(Self { said, release, approvals })
        };
        read().map_err(|refused: crate::trust::refusal::Refused| *refused).context("this is no change record")
    }

    /// Reads the record. Nothing of it is checked.
    pub(in crate::cli) fn claimed(&self) -> anyhow::Result<ChangeRecord> {
        let payload = if self.is_signed() { statement::claimed(&self.said)? } else { &self.said };
        serde_json::from_slice(payload).context("this is no change record")
    }

    /// The SHA-256 of the document of its release, by which everything else names it.
    pub(in crate::cli) fn digest(&self) -> String {
        hex(&native::sha256(&self.release))
    }

    /// Reads the record of this version, if the keys of one of these roots vouch for all of it. The keys of an environment change.
    ///
    /// # Errors
    /// Which signature is missing or does not hold.
    pub(in crate::cli) fn prove(&self, roots: &[Root], scope: &Scope<'_>, version: u64) -> anyhow::Result<Proved> {
        let mut refusal = None;
        for root in roots {
            match self.prove_by(root, scope, version) {
                Ok(proved) => return Ok(proved),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| anyhow::anyhow!("there is no root that could vouch for it")))
    }

    fn prove_by(&self, root: &Root, scope: &Scope<'_>, version: u64) -> anyhow::Result<Proved> {
        anyhow::ensure!(self.is_signed(), "nobody has signed the record: a key of `release` was not at hand");
        let known = |role: Role| root.policy(role).unwrap_or((1, Vec::new()));
        let (threshold, keys) = known(Role::Release);
        let opened = keys.iter().find_map(|key| Some((*key, statement::open(&self.said, TYPE, key).ok()?)));
        let (signer, payload) = opened.context("no key of `release` signed these bytes")?;
        let record: ChangeRecord = serde_json::from_slice(payload).context("this is no change record")?;
        let (site, environment) = (&record.site, &record.environment);
        anyhow::ensure!(record.schema == CHANGE_SCHEMA, "its form {} is not known; update selvedge", record.schema);
        anyhow::ensure!(
            site == scope.repository && environment == scope.environment,
            "it is the record of `{site}` for `{environment}`"
        );
        let is_about = self.release().is_some_and(|digest| hex(&digest) == record.release)
            && sign::version_of(&self.release, Role::Release) == Some(version)
            && record.version == version;
        anyhow::ensure!(is_about, "it is about another release than the one beside it");
        let release = sign::verified(&self.release, Role::Release, scope, &keys);
        let have = release.len() as u64;
        anyhow::ensure!(have >= threshold, "{have} of {threshold} keys of `release` signed the release");
        let mut approved = Vec::new();
        for need in &record.approvals {
            let (class, digest) = (Class::from_name(&need.class), parse_hex::<32>(&need.digest));
            let (class, digest) =
                class.zip(digest).with_context(|| format!("the class `{}` is not known", need.class))?;
            let document = self.approvals.iter().find(|one| sign::approved(one) == Some((class, digest)));
            let document = document.map_or(&[][..], Vec::as_slice);
            for role in &need.roles {
                let role = Role::from_name(role).with_context(|| format!("the role `{role}` is not known"))?;
                let (threshold, keys) = known(role);
                let by = sign::verified(document, Role::Approval, scope, &keys);
                let have = by.len() as u64;
                anyhow::ensure!(have >= threshold, "`{class}` lacks {} signatures of `{role}`", threshold - have);
                approved.push((class, role, by));
            }
        }
        Ok(Proved { record, signer, release, approved })
    }

    fn is_signed(&self) -> bool {
        self.said.first() != Some(&b'{')
    }
}
