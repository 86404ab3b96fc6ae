//! CBOR and COSE_Sign as RFC 8949 and RFC 9052 say, sharing nothing with the code under test: an oracle, and a workshop for
//! documents that the writing side would never make.

use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

use super::{ISSUED, World, public, targets};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Uint(u64),
    /// The number -1 - n.
    Nint(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Tag(u64, Box<Value>),
    Null,
    /// Bytes that stand for an item as they are, well-formed or not.
    Raw(Vec<u8>),
}
pub(super) use Value::{Array, Bytes, Map, Null, Raw, Tag, Text, Uint};

impl Value {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Uint(value) => item_head(0, *value),
            Value::Nint(value) => item_head(1, *value),
            Bytes(bytes) => [item_head(2, bytes.len() as u64), bytes.clone()].concat(),
            Text(text) => [item_head(3, text.len() as u64), text.clone().into_bytes()].concat(),
            Array(items) => [item_head(4, items.len() as u64), items.iter().flat_map(Value::encode).collect()].concat(),
            Map(pairs) => {
                let pairs_encoded = pairs.iter().flat_map(|(key, value)| [key.encode(), value.encode()].concat());
                [item_head(5, pairs.len() as u64), pairs_encoded.collect()].concat()
            }
            Tag(tag, value) => [item_head(6, *tag), value.encode()].concat(),
            Null => vec![0xf6],
            Raw(bytes) => bytes.clone(),
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let value = item(&mut rest)?;
        rest.is_empty().then_some(value)
    }

    /// Keys ascend everywhere, also in byte strings that hold CBOR. Lengths are checked by whoever compares the re-encoding.
    pub(super) fn assert_deterministic(&self) {
        match self {
            Array(items) => items.iter().for_each(Value::assert_deterministic),
            Map(pairs) => {
                let keys: Vec<Vec<u8>> = pairs.iter().map(|(key, _)| key.encode()).collect();
                assert!(keys.windows(2).all(|two| two[0] < two[1]), "keys of {pairs:?}");
                pairs.iter().for_each(|(_, value)| value.assert_deterministic());
            }
            Tag(_, value) => value.assert_deterministic(),
            Bytes(bytes) => {
                if let Some(inner @ (Map(_) | Tag(..))) = Value::decode(bytes) {
                    assert_eq!(inner.encode(), *bytes);
                    inner.assert_deterministic();
                }
            }
            _ => {}
        }
    }
}

fn item_head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    if argument < 24 {
        vec![major + argument as u8]
    } else if let Ok(byte) = u8::try_from(argument) {
        vec![major + 24, byte]
    } else if let Ok(short) = u16::try_from(argument) {
        [vec![major + 25], short.to_be_bytes().to_vec()].concat()
    } else if let Ok(word) = u32::try_from(argument) {
        [vec![major + 26], word.to_be_bytes().to_vec()].concat()
    } else {
        [vec![major + 27], argument.to_be_bytes().to_vec()].concat()
    }
}

fn item(rest: &mut &[u8]) -> Option<Value> {
    let first = *take(rest, 1)?.first()?;
    if first == 0xf6 {
        return Some(Null);
    }
    let wide = match first & 31 {
        small @ 0..=23 => vec![small],
        width @ 24..=27 => take(rest, 1 << (width - 24))?.to_vec(),
        _ => return None,
    };
    let argument = wide.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let count = usize::try_from(argument).ok()?;
    Some(match first >> 5 {
        0 => Uint(argument),
        1 => Value::Nint(argument),
        2 => Bytes(take(rest, count)?.to_vec()),
        3 => Text(String::from_utf8(take(rest, count)?.to_vec()).ok()?),
        4 => Array((0..count).map(|_| item(rest)).collect::<Option<_>>()?),
        5 => Map((0..count).map(|_| Some((item(rest)?, item(rest)?))).collect::<Option<_>>()?),
        6 => Tag(argument, Box::new(item(rest)?)),
        _ => return None,
    })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

pub(super) fn text(text: &str) -> Value {
    Text(text.to_owned())
}

/// The 8 bytes that name a key.
pub(super) fn kid(public: &[u8; 32]) -> Vec<u8> {
    Sha256::digest(public)[..8].to_vec()
}

/// A COSE_Sign document. Every part that an attack may want to change is an argument.
pub(super) struct Document<'a> {
    pub(super) role: &'a str,
    pub(super) payload: Value,
    pub(super) aad: &'a str,
    /// The key id that is claimed, and the key that signs.
    pub(super) signers: Vec<(Vec<u8>, &'a SigningKey)>,
}

impl Document<'_> {
    pub(super) fn value(&self) -> Value {
        let typ = format!("application/selvedge-{}+cose", self.role);
        let body_protected = Map(vec![(Uint(16), Text(typ))]).encode();
        let payload = self.payload.encode();
        let signatures = self.signers.iter().map(|(kid, key)| {
            let protected = Map(vec![(Uint(1), Value::Nint(18)), (Uint(4), Bytes(kid.clone()))]).encode();
            let message = Array(vec![
                text("Signature"),
                Bytes(body_protected.clone()),
                Bytes(protected.clone()),
                Bytes(self.aad.as_bytes().to_vec()),
                Bytes(payload.clone()),
            ]);
            Array(vec![Bytes(protected), Map(vec![]), Bytes(key.sign(&message.encode()).to_bytes().to_vec())])
        });
        let signatures = Array(signatures.collect());
        Tag(98, Box::new(Array(vec![Bytes(body_protected.clone()), Map(vec![]), Bytes(payload.clone()), signatures])))
    }
}

/// The six fields that every payload has.
pub(super) fn payload(version: u64, data: Value) -> Value {
    Map(vec![
        (Uint(1), Uint(version)),
        (Uint(2), Uint(ISSUED + 172_800)),
        (Uint(3), data),
        (Uint(4), Uint(ISSUED)),
        (Uint(5), Uint(1)),
        (Uint(6), Uint(1)),
    ])
}

pub(super) fn role_data(world: &World, fields: Vec<Value>) -> Value {
    let mut pairs = vec![(Uint(1), text(world.scope.repository)), (Uint(2), text(world.scope.environment))];
    pairs.extend(fields.into_iter().zip(3..).map(|(value, key)| (Uint(key), value)));
    Map(pairs)
}

pub(super) fn signer(key: &SigningKey) -> (Vec<u8>, &SigningKey) {
    (kid(&public(key)), key)
}

pub(super) fn aad(world: &World) -> String {
    format!("pouf/1|{}|{}", world.scope.repository, world.scope.environment)
}

/// The keys of a root: id and public key.
pub(super) type Keys = Vec<(Vec<u8>, [u8; 32])>;
/// Its roles: number, threshold, key ids.
pub(super) type Roles = Vec<(u64, u64, Vec<Vec<u8>>)>;

/// The root's role data from explicit keys and `(role, threshold, keys)`.
pub(super) fn root_data(world: &World, keys: &[(Vec<u8>, [u8; 32])], roles: &[(u64, u64, Vec<Vec<u8>>)]) -> Value {
    let keys = keys.iter().map(|(kid, key)| (Bytes(kid.clone()), Bytes(key.to_vec()))).collect();
    let roles = roles.iter().map(|(role, threshold, kids)| {
        let kids = kids.iter().cloned().map(Bytes).collect();
        (Uint(*role), Array(vec![Uint(*threshold), Array(kids)]))
    });
    role_data(world, vec![Map(keys), Map(roles.collect())])
}

/// The honest keys and roles, sorted as they must be.
pub(super) fn honest_keys(world: &World) -> (Keys, Roles) {
    let ids = |keys: &[SigningKey]| {
        let mut ids: Vec<_> = keys.iter().map(|key| kid(&public(key))).collect();
        ids.sort();
        ids
    };
    let timestamp = std::slice::from_ref(&world.timestamp_key);
    let mut keys: Vec<_> = [&world.root_keys[..], timestamp, &world.release_keys[..]]
        .concat()
        .iter()
        .map(|key| (kid(&public(key)), public(key)))
        .collect();
    keys.sort();
    (keys, vec![(1, 2, ids(&world.root_keys)), (2, 1, ids(timestamp)), (3, 2, ids(&world.release_keys))])
}

pub(super) fn root_with(world: &World, data: Value) -> Value {
    let signers = world.root_keys[..2].iter().map(signer).collect();
    Document { role: "root", payload: payload(1, data), aad: &aad(world), signers }.value()
}

pub(super) fn root(world: &World) -> Value {
    let (keys, roles) = honest_keys(world);
    root_with(world, root_data(world, &keys, &roles))
}

pub(super) fn release_with(world: &World, payload: Value) -> Value {
    let signers = world.release_keys[..2].iter().map(signer).collect();
    Document { role: "release", payload, aad: &aad(world), signers }.value()
}

pub(super) fn release(world: &World) -> Value {
    let targets = targets()
        .into_iter()
        .map(|target| Array(vec![Uint(target.kind.number()), Uint(target.length), Bytes(target.sha256.to_vec())]));
    release_with(world, payload(3, role_data(world, vec![Array(targets.collect())])))
}

/// An entry of the snapshot.
pub(super) fn pinned(role: u64, version: u64, document: &[u8]) -> (Value, Value) {
    let sha256 = Sha256::digest(document).to_vec();
    (Uint(role), Array(vec![Uint(version), Uint(document.len() as u64), Bytes(sha256)]))
}

pub(super) fn timestamp_with(world: &World, snapshot: Vec<(Value, Value)>) -> Value {
    let payload = payload(2, role_data(world, vec![Map(snapshot)]));
    Document { role: "timestamp", payload, aad: &aad(world), signers: vec![signer(&world.timestamp_key)] }.value()
}

pub(super) fn timestamp(world: &World, release: &[u8]) -> Value {
    timestamp_with(world, vec![pinned(3, 3, release)])
}

pub(super) fn head_with(timestamp: &[u8], release: &[u8]) -> Value {
    Array(vec![Bytes(timestamp.to_vec()), Bytes(release.to_vec()), Null, Null])
}

/// A head around any release document, with an honest timestamp.
pub(super) fn head_around(world: &World, release: &Value) -> Vec<u8> {
    let release = release.encode();
    head_with(&timestamp(world, &release).encode(), &release).encode()
}

pub(super) fn head(world: &World) -> Value {
    let release = release(world).encode();
    head_with(&timestamp(world, &release).encode(), &release)
}

/// The parts of a COSE_Sign, to be changed in place: protected, unprotected, payload, signatures.
pub(super) fn parts(document: &mut Value) -> &mut Vec<Value> {
    match document {
        Tag(98, inner) => match &mut **inner {
            Array(parts) => parts,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

pub(super) fn signatures(document: &mut Value) -> &mut Vec<Value> {
    match &mut parts(document)[3] {
        Array(signatures) => signatures,
        other => panic!("{other:?}"),
    }
}
