//! The signatures of `tests/vectors/trust` by coset and ed25519-compact, which know nothing of Selvedge.
//!
//! Takes the folder of the vectors. Every document of the stores that hosts open must verify, by the keys and thresholds that its root names.
//! In every store that hosts refuse for a signature, at least one document must not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use ciborium::Value;
use coset::iana::EnumI64 as _;
use coset::{CoseSign, RegisteredLabelWithPrivate, TaggedCborSerializable as _};

const SIGNATURE_REASONS: [&str; 5] =
    ["unsigned", "bad-signature", "unknown-key", "threshold-not-met", "duplicate-signature"];

/// A document that is COSE, and does not count.
struct Refused(String);

fn refused<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused(why.into()))
}

/// The keys of a root, the threshold and keys of each role, and the roles of each class.
struct Root {
    keys: BTreeMap<Vec<u8>, Vec<u8>>,
    roles: BTreeMap<i128, (i128, Vec<Vec<u8>>)>,
    classes: BTreeMap<i128, Vec<i128>>,
}

impl Root {
    fn read(document: &CoseSign, aad: &[u8]) -> Result<Self, Refused> {
        let data = data(document);
        let pairs = |key| field(&data, key).map_or(Vec::new(), |value| value.into_map().expect("a map"));
        let list = |value: Value| value.into_array().expect("an array");
        let keys = pairs(3).into_iter().map(|(kid, key)| (bytes(kid), bytes(key))).collect();
        let role = |(role, policy)| {
            let mut policy = list(policy).into_iter();
            let threshold = number(policy.next().expect("a threshold"));
            let kids = list(policy.next().expect("keys")).into_iter().map(bytes).collect();
            (number(role), (threshold, kids))
        };
        let class = |(class, roles)| (number(class), list(roles).into_iter().map(number).collect());
        let roles = pairs(4).into_iter().map(role).collect();
        let root = Self { keys, roles, classes: pairs(5).into_iter().map(class).collect() };
        root.check(document, &[1], aad)?;
        Ok(root)
    }

    /// Every signature verifies, each by another key, and each role has enough of them.
    fn check(&self, document: &CoseSign, signing: &[i128], aad: &[u8]) -> Result<usize, Refused> {
        let mut kids: Vec<&[u8]> = Vec::new();
        for (which, signature) in document.signatures.iter().enumerate() {
            let kid = &signature.protected.header.key_id;
            if signature.protected.header.alg != Some(RegisteredLabelWithPrivate::Assigned(coset::iana::Algorithm::Ed25519))
                || kids.contains(&&kid[..])
            {
                return refused("another algorithm, or a key twice");
            }
            let may = signing.iter().filter_map(|role| self.roles.get(role)).any(|(_, kids)| kids.contains(kid));
            let Some(key) = self.keys.get(kid).filter(|_| may || signing == [1]) else {
                return refused("a key that may not sign it");
            };
            if !verifies(document, which, key, aad) {
                return refused("a signature that does not verify");
            }
            kids.push(kid);
        }
        for role in signing {
            let (threshold, known) = &self.roles[role];
            if (kids.iter().filter(|kid| known.iter().any(|other| other == *kid)).count() as i128) < *threshold {
                return refused("too few signatures");
            }
        }
        Ok(kids.len())
    }
}

fn verifies(document: &CoseSign, which: usize, key: &[u8], aad: &[u8]) -> bool {
    let verify = |signature: &[u8], message: &[u8]| {
        let key = ed25519_compact::PublicKey::from_slice(key)?;
        key.verify(message, &ed25519_compact::Signature::from_slice(signature)?)
    };
    document.verify_signature(which, aad, verify).is_ok()
}

fn bytes(value: Value) -> Vec<u8> {
    value.into_bytes().expect("a byte string")
}

fn number(value: Value) -> i128 {
    value.into_integer().expect("a number").into()
}

fn field(map: &Value, key: i128) -> Option<Value> {
    let is_it = |(found, _): &&(Value, Value)| found.as_integer().is_some_and(|found| i128::from(found) == key);
    map.as_map()?.iter().find(is_it).map(|(_, value)| value.clone())
}

/// The role data of a document.
fn data(document: &CoseSign) -> Value {
    let payload: Value = ciborium::from_reader(&document.payload.clone().expect("a payload")[..]).expect("is CBOR");
    field(&payload, 3).expect("role data")
}

fn parse(bytes: &[u8], role: &str) -> Result<CoseSign, Refused> {
    let document = CoseSign::from_tagged_slice(bytes).map_err(|error| Refused(error.to_string()))?;
    let named = |(label, _): &&(coset::Label, Value)| *label == coset::Label::Int(16);
    let kind = document.protected.header.rest.iter().find(named).and_then(|(_, kind)| kind.as_text());
    if kind == Some(&format!("application/selvedge-{role}+cose")) { Ok(document) } else { refused("another type") }
}

/// How many documents and signatures verified.
fn judge(attack: &serde_json::Value, blob: impl Fn(&str) -> Option<Vec<u8>>, aad: &[u8]) -> Result<[usize; 2], Refused> {
    let mut version = attack["root_version"].as_u64().expect("a version");
    let path = |version| format!("/v1/production/root/{version}.cose");
    let document = parse(&blob(&path(version)).expect("the pinned root"), "root")?;
    let mut root = Root::read(&document, aad)?;
    let (mut documents, mut signatures) = (1, document.signatures.len());
    version += 1;
    while let Some(next) = blob(&path(version)) {
        let next = parse(&next, "root")?;
        let (threshold, before) = &root.roles[&1];
        let own = next.signatures.iter().enumerate().filter(|(which, signature)| {
            let kid = &signature.protected.header.key_id;
            before.contains(kid) && verifies(&next, *which, &root.keys[kid], aad)
        });
        if (own.count() as i128) < *threshold {
            return refused("too few signatures by the root before");
        }
        root = Root::read(&next, aad)?;
        (documents, signatures, version) = (documents + 1, signatures + next.signatures.len(), version + 1);
    }
    let head: Value = ciborium::from_reader(&blob("/v1/production/head").expect("a head")[..])
        .map_err(|error| Refused(error.to_string()))?;
    let head = head.into_array().map_err(|_| Refused("no list".into()))?;
    for (at, role, signing) in [(0, "timestamp", 2), (1, "release", 3), (3, "overlay", 5)] {
        if let Some(document) = head.get(at).and_then(Value::as_bytes) {
            signatures += root.check(&parse(document, role)?, &[signing], aad)?;
            documents += 1;
        }
    }
    let mut given = BTreeMap::new();
    for approval in head.get(4).and_then(Value::as_array).into_iter().flatten() {
        let approval = parse(approval.as_bytes().expect("a byte string"), "approval")?;
        let payload: Value = ciborium::from_reader(&approval.payload.clone().unwrap_or_default()[..]).expect("is CBOR");
        let class = number(payload.as_array().expect("a list")[0].clone());
        signatures += root.check(&approval, root.classes.get(&class).map_or(&[], |roles| &roles[..]), aad)?;
        given.insert(class, ());
        documents += 1;
    }
    if given.keys().eq(root.classes.keys()) { Ok([documents, signatures]) } else { refused("an approval is missing") }
}

fn main() -> ExitCode {
    assert_eq!(coset::iana::Algorithm::Ed25519.to_i64(), -19, "RFC 9864");
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder of the vectors"));
    let read = |path: &str| std::fs::read(folder.join(path));
    let vectors: serde_json::Value = serde_json::from_slice(&read("attacks.json").expect("reads")).expect("is JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let aad = format!("pouf/1|{}|{}", text(&vectors["site"]), text(&vectors["environment"])).into_bytes();
    let (mut opened, mut refused, mut sums, mut wrong) = (0, 0, [0, 0], Vec::new());
    for attack in vectors["attacks"].as_array().expect("a list") {
        let files = attack["files"].as_object().expect("files");
        if !files.values().all(serde_json::Value::is_string) {
            continue;
        }
        let blob = |path: &str| Some(read(&format!("files/{}", files.get(path)?.as_str()?)).expect("reads"));
        let says = text(&attack["says"]);
        let is_by_signature = SIGNATURE_REASONS.iter().any(|reason| says.ends_with(reason));
        let name = format!("{}: {}", text(&attack["promise"]), text(&attack["attack"]));
        match judge(attack, blob, &aad) {
            Ok(counts) if says == "opens" => {
                opened += 1;
                sums = [sums[0] + counts[0], sums[1] + counts[1]];
            }
            Ok(_) if is_by_signature => wrong.push(format!("{name}: every signature verifies, and hosts say {says}")),
            Err(Refused(why)) if says == "opens" => wrong.push(format!("{name}: {why}")),
            Err(_) if is_by_signature => refused += 1,
            _ => {}
        }
    }
    wrong.iter().for_each(|line| println!("{line}"));
    let [documents, signatures] = sums;
    println!(
        "coset: {opened} stores verified with {documents} documents and {signatures} signatures, {refused} attacks on signatures refused, {} differ",
        wrong.len()
    );
    if wrong.is_empty() && opened > 0 && refused > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
