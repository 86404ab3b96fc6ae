//! The root: which keys may sign for which role.
//!
//! Takes a root document and its scope; gives jobs, and after their answers a [`Root`]. It never trusts a root on its own: the
//! host must have it from a safe place, such as its own deployment.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::cbor::Reader;
use super::cose::Envelope;
use super::document::{self, Header};
use super::open::{Answer, Job};
use super::refusal::{Part, Refusal, Refused, check, check_count, check_size};
use super::{Class, KEYS_MAX, ROOT_BYTES_MAX, Role, Scope};

type Kid = [u8; 8];

/// A set of roles, a bit each.
pub(crate) type Roles = u16;

/// The set of one role.
pub(crate) const fn bit(role: Role) -> Roles {
    1 << role as u8
}

/// A root that signed itself. Only [`Checking::finish`] makes one.
#[derive(Clone, Debug)]
pub struct Root {
    pub(crate) header: Header,
    keys: Vec<(Kid, [u8; 32])>,
    policies: Vec<Policy>,
    /// Who must approve each class, in the order of the classes.
    classes: [Roles; Class::ALL.len()],
}

/// How many signatures are needed, and by which keys.
#[derive(Clone, Debug)]
struct Policy {
    role: Role,
    threshold: u64,
    kids: Vec<Kid>,
}

/// A root whose signatures are not answered yet.
#[derive(Clone, Debug)]
pub struct Checking<'a> {
    root: Root,
    jobs: Vec<Job<'a>>,
    signatures: Signatures<'a>,
}

impl<'a> Checking<'a> {
    /// Reads a root document.
    ///
    /// # Errors
    /// A fault that shows before any signature is checked.
    pub fn begin(bytes: &'a [u8], scope: &Scope<'a>) -> Result<Self, Refusal> {
        Self::read(bytes, scope).map_err(|refused| *refused)
    }

    pub(crate) fn read(bytes: &'a [u8], scope: &Scope<'a>) -> Result<Self, Refused> {
        check(scope.is_valid(), || Refusal::BadScope)?;
        let envelope = envelope(bytes)?;
        // The keys are inside the signed payload, so the payload is read before it is verified, within the caps above.
        let (header, (keys, policies, classes)) =
            document::read(envelope.payload, Role::Root, scope, |reader, has_classes| {
                let keys = read_keys(reader)?;
                let policies = read_policies(reader, &keys)?;
                let classes = if has_classes { read_classes(reader, &policies)? } else { Default::default() };
                Ok((keys, policies, classes))
            })?;
        let root = Root { header, keys, policies, classes };
        let mut jobs = Vec::new();
        let signatures = root.signatures(envelope, Role::Root, bit(Role::Root), scope, &mut jobs)?;
        Ok(Self { root, jobs, signatures })
    }

    /// The jobs for the host.
    pub fn jobs(&self) -> &[Job<'a>] {
        &self.jobs
    }

    /// Takes one answer for each job, in their order.
    ///
    /// # Errors
    /// A signature that does not verify.
    pub fn finish(self, answers: &[Answer]) -> Result<Root, Refusal> {
        if answers.len() != self.jobs.len() {
            return Err(Refusal::Unanswered);
        }
        self.signatures.hold(answers).map_err(|refused| *refused)?;
        Ok(self.root)
    }

    pub(crate) fn into_parts(self) -> (Root, Vec<Job<'a>>, Signatures<'a>) {
        (self.root, self.jobs, self.signatures)
    }
}

impl Root {
    /// Its version.
    pub fn version(&self) -> u64 {
        self.header.version
    }

    /// When it expires, in Unix milliseconds.
    pub fn expires_ms(&self) -> i64 {
        self.header.expires_ms
    }

    /// How many signatures a role needs, and by which public keys. People compare the keys of [`Role::Root`].
    pub fn policy(&self, role: Role) -> Option<(u64, Vec<[u8; 32]>)> {
        let policy = self.policy_of(role)?;
        Some((policy.threshold, policy.kids.iter().filter_map(|kid| self.key(kid)).collect()))
    }

    /// The classes that must be approved, and by which roles.
    #[cfg(feature = "author")]
    pub fn classes(&self) -> Vec<(Class, Vec<Role>)> {
        let roles = |class: &Class| {
            let roles = Role::ALL.iter().copied().filter(|role| self.approving(*class) & bit(*role) != 0);
            (*class, roles.collect::<Vec<_>>())
        };
        Class::ALL.iter().map(roles).filter(|(_, roles)| !roles.is_empty()).collect()
    }

    /// The roles that must approve a class; none if nobody must.
    pub(crate) fn approving(&self, class: Class) -> Roles {
        self.classes.get(class as usize).copied().unwrap_or_default()
    }

    fn policies_of(&self, signing: Roles) -> impl Iterator<Item = &Policy> {
        self.policies.iter().filter(move |policy| signing & bit(policy.role) != 0)
    }

    fn policy_of(&self, role: Role) -> Option<&Policy> {
        self.policies_of(bit(role)).next()
    }

    /// The jobs that decide whether this root's keys signed another root too, and how many of them must have.
    pub(super) fn successor<'a>(&self, next: &'a [u8], scope: &Scope<'a>) -> Result<(Vec<Job<'a>>, u64), Refused> {
        let envelope = self::envelope(next)?;
        let Policy { kids, threshold, .. } = self.policy_of(Role::Root).ok_or_else(|| Refusal::Unanswered.refused())?;
        let aad = scope.external_aad();
        let own = envelope.signatures.iter().filter(|signature| kids.contains(&signature.kid));
        let job = |signature: &super::cose::Signature<'a>| {
            let message = envelope.message(signature, aad.as_bytes());
            // This root's key of that id. The other root may give the id to another key.
            Some(Job::Verify { key: self.key(&signature.kid)?, message, signature: signature.signature })
        };
        Ok((own.filter_map(job).collect(), *threshold))
    }

    fn key(&self, kid: &Kid) -> Option<[u8; 32]> {
        self.keys.iter().find(|(known, _)| known == kid).map(|(_, key)| *key)
    }

    /// Refuses unless enough keys of each of these roles are among these ids.
    pub(crate) fn quorum(&self, signing: Roles, kids: &[Kid]) -> Result<(), Refused> {
        for Policy { role, threshold, kids: known } in self.policies_of(signing) {
            let have = kids.iter().filter(|kid| known.contains(kid)).count();
            let lacks = || Refusal::ThresholdNotMet { role: *role, have, need: *threshold };
            check((have as u64) >= *threshold, lacks)?;
        }
        Ok(())
    }

    /// The jobs that decide whether a document of a role is signed as this root asks: by each of these signing roles.
    ///
    /// Every signature must be by another key of one of them, and each must verify: nothing that is signed may be ignored. A root
    /// may also carry signatures by keys that it lists without giving them a role, those of its predecessor: they must verify
    /// too, and do not count.
    pub(crate) fn signatures<'a>(
        &self,
        envelope: Envelope<'a>,
        role: Role,
        signing: Roles,
        scope: &Scope<'a>,
        jobs: &mut Vec<Job<'a>>,
    ) -> Result<Signatures<'a>, Refused> {
        let aad = scope.external_aad();
        let first = jobs.len();
        let mut kids: Vec<Kid> = Vec::new();
        for signature in &envelope.signatures {
            let kid = signature.kid;
            // A role without keys has no key that may sign for it: its first signature is by an unknown one.
            let counts = self.policies_of(signing).any(|policy| policy.kids.contains(&kid));
            let key = self.key(&kid).filter(|_| counts || role == Role::Root);
            let key = key.ok_or_else(|| Refusal::UnknownKey { role, kid }.refused())?;
            check(!kids.contains(&kid), || Refusal::DuplicateSignature { role, kid })?;
            kids.push(kid);
            // WebCrypto takes such a signature by a key that its holder chose for it, and `verify_strict` does not.
            let is_weak = signature.signature.first_chunk().is_none_or(is_small_order);
            check(!is_weak, || Refusal::BadSignature { role, kid })?;
            let message = envelope.message(signature, aad.as_bytes());
            jobs.push(Job::Verify { key, message, signature: signature.signature });
        }
        self.quorum(signing, &kids)?;
        Ok(Signatures { role, scope: *scope, payload: envelope.payload, jobs: first..jobs.len(), kids })
    }
}

/// The signatures of one document, and where their answers will stand.
#[derive(Clone, Debug)]
pub(crate) struct Signatures<'a> {
    role: Role,
    scope: Scope<'a>,
    payload: &'a [u8],
    jobs: Range<usize>,
    kids: Vec<Kid>,
}

impl<'a> Signatures<'a> {
    /// The payload, once every signature holds.
    pub(crate) fn hold(&self, answers: &[Answer]) -> Result<&'a [u8], Refused> {
        let answers = answers.get(self.jobs.clone()).ok_or_else(|| Refusal::Unanswered.refused())?;
        for (answer, kid) in answers.iter().zip(&self.kids) {
            match answer {
                Answer::Verified(true) => {}
                Answer::Verified(false) => {
                    let bad = Refusal::BadSignature { role: self.role, kid: *kid }.refused();
                    return Err(document::claims_other_scope(self.payload, self.role, &self.scope).unwrap_or(bad));
                }
                Answer::Hash(_) => return Err(Refusal::Unanswered.refused()),
            }
        }
        Ok(self.payload)
    }
}

/// The repository and environment that a root document claims, for a host that has no other way to know. Not verified.
///
/// # Errors
/// Bytes that are not a root.
pub fn claimed_scope(bytes: &[u8]) -> Result<(String, String), Refusal> {
    let claimed = envelope(bytes).and_then(|envelope| document::claimed_scope(envelope.payload, Role::Root));
    claimed.map_err(|refused| *refused)
}

fn envelope(bytes: &[u8]) -> Result<Envelope<'_>, Refused> {
    check_size(Part::Document(Role::Root), bytes.len() as u64, ROOT_BYTES_MAX as u64)?;
    Envelope::parse(bytes, Role::Root)
}

fn read_keys(reader: &mut Reader<'_>) -> Result<Vec<(Kid, [u8; 32])>, Refused> {
    let count = reader.key(3)?.map()?;
    check_count(Part::Document(Role::Root), "keys", count, KEYS_MAX)?;
    let mut keys: Vec<(Kid, [u8; 32])> = Vec::new();
    for _ in 0..count {
        let kid: Kid = reader.array_of_bytes("a key id has 8 bytes")?;
        let key: [u8; 32] = reader.array_of_bytes("an Ed25519 public key has 32 bytes")?;
        let is_new = keys.iter().all(|(known, other)| *known != kid && *other != key);
        check(is_new, || Refusal::DuplicateKey { kid })?;
        let ascends = keys.last().is_none_or(|(before, _)| *before <= kid);
        reader.require(ascends, "keys are not in ascending order")?;
        refuse_weak(kid, &key)?;
        keys.push((kid, key));
    }
    Ok(keys)
}

fn read_policies(reader: &mut Reader<'_>, keys: &[(Kid, [u8; 32])]) -> Result<Vec<Policy>, Refused> {
    let count = reader.key(4)?.map()?;
    let mut policies: Vec<Policy> = Vec::new();
    for _ in 0..count {
        let role = reader.member(Role::from_byte, "a key is for an unknown role")?;
        let ascends = policies.last().is_none_or(|before| before.role < role);
        reader.require(ascends, "roles are not in ascending order")?;
        reader.array_of(2, "a role has a threshold and key ids")?;
        let threshold = reader.uint()?;
        let mut kids: Vec<Kid> = Vec::new();
        for _ in 0..reader.array()? {
            let kid: Kid = reader.array_of_bytes("a key id has 8 bytes")?;
            let ascends = kids.last().is_none_or(|before| *before < kid);
            reader.require(ascends, "the key ids of a role are not in ascending order")?;
            check(keys.iter().any(|(known, _)| *known == kid), || Refusal::UnknownKey { role, kid })?;
            // Somebody with the keys of two roles is one person where the root asks for two.
            check(!policies.iter().any(|other| other.kids.contains(&kid)), || Refusal::DuplicateKey { kid })?;
            kids.push(kid);
        }
        let can_be_met = (1..=kids.len() as u64).contains(&threshold);
        reader.require(can_be_met, "a threshold is zero, or higher than the number of keys")?;
        policies.push(Policy { role, threshold, kids });
    }
    let has = |role: &Role| policies.iter().any(|policy| policy.role == *role);
    let has_all = [Role::Root, Role::Timestamp, Role::Release].iter().all(has);
    reader.require(has_all, "root, timestamp and release must each have keys").map(|()| policies)
}

/// `{class: [role, …]}`: every role has keys.
fn read_classes(reader: &mut Reader<'_>, policies: &[Policy]) -> Result<[Roles; Class::ALL.len()], Refused> {
    let with_keys = policies.iter().fold(0, |roles, policy| roles | bit(policy.role));
    let mut classes = [0; Class::ALL.len()];
    let mut next = 0;
    for _ in 0..reader.key(5)?.map()? {
        let class = reader.member(Class::from_byte, "an unknown class must be approved")? as usize;
        reader.require(class >= next, "classes are not in ascending order")?;
        next = class + 1;
        let mut roles = 0;
        for _ in 0..reader.array()? {
            let role = bit(reader.member(Role::from_byte, "an unknown role must approve")?);
            let is_next = role & with_keys > roles;
            reader.require(is_next, "a class names a role without keys, or not in ascending order")?;
            roles |= role;
        }
        reader.require(roles != 0, "a class must be approved by nobody")?;
        classes[class] = roles;
    }
    Ok(classes)
}

/// The y coordinates of the eight points of small order, little-endian: 0, 1, -1 and the two of order 8. The sign bit of x is
/// masked before comparing.
const SMALL_ORDER_Y: [[u8; 32]; 5] = {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    minus_one[31] = 0x7f;
    [
        [0; 32],
        one,
        minus_one,
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
};

/// WebCrypto accepts keys that `verify_strict` refuses; refusing them here makes every host agree.
pub(crate) fn refuse_weak(kid: Kid, key: &[u8; 32]) -> Result<(), Refused> {
    let mut y = *key;
    y[31] &= 0x7f;
    // p = 2^255 - 19, so y ≥ p is ed ff … ff 7f and the 18 values above it.
    let is_reduced = y[0] < 0xed || y[1..31].iter().any(|byte| *byte != 0xff) || y[31] != 0x7f;
    check(is_reduced, || Refusal::NonCanonicalKey { kid })?;
    check(!is_small_order(key), || Refusal::SmallOrderKey { kid })
}

/// True of the eight points of small order, as a key or as the first half of a signature.
fn is_small_order(point: &[u8; 32]) -> bool {
    let mut y = *point;
    y[31] &= 0x7f;
    SMALL_ORDER_Y.contains(&y)
}
