//! Signatures that others collected: those of Wycheproof, and those on which verifiers differ (speccheck). `tests/vectors/ed25519.json` holds them,
//! with what this machine says of each; the tests of hosts hold WebCrypto against that. `BLESS=1` writes what is said.

use std::path::Path;

use serde_json::Value;

use selvedge::trust::{Answer, Floor, Job, Opening, Refusal, Role, native, sign::RoleKeys};

use super::wire;
use super::{NOW_MS, SCOPE, World, stamp};

#[test]
fn wycheproof_and_speccheck() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/ed25519.json");
    let text = std::fs::read_to_string(&path).expect("reads");
    let mut all: Value = serde_json::from_str(&text).expect("is JSON");
    let (mut right, mut disputed, mut weak_keys) = (0, 0, 0);
    for case in all["cases"].as_array_mut().expect("a list") {
        let bytes = |name: &str| hex(case[name].as_str().expect("text"));
        let (key, signature) = (bytes("key").try_into().expect("32 bytes"), bytes("signature"));
        // Of another length no document holds it.
        let strict = signature.try_into().is_ok_and(|signature| {
            let job = Job::Verify { key, message: bytes("message"), signature };
            native::answer(&job) == Answer::Verified(true)
        });
        let weak = is_weak(key) || bytes("signature").try_into().is_ok_and(|signature| is_refused_unseen(&signature));
        let name = case["name"].as_str().expect("text").to_owned();
        assert!(!(weak && strict), "{name}: the backend takes a key or a signature that the core refuses");
        match case["valid"].as_bool() {
            Some(valid) => {
                assert_eq!(strict, valid, "{name}");
                right += 1;
            }
            None => disputed += 1,
        }
        weak_keys += usize::from(weak);
        let case = case.as_object_mut().expect("an object");
        case.insert("strict".into(), strict.into());
        case.insert("weak".into(), weak.into());
    }
    assert_eq!((right, disputed), (151, 12));
    assert!(weak_keys > 0, "speccheck has keys of small order");
    let cases = all["cases"].as_array().expect("a list");
    let lines: Vec<String> = cases.iter().map(|case| format!("  {case}")).collect();
    let now = format!("{{\"from\": {},\n \"cases\": [\n{}\n]}}\n", all["from"], lines.join(",\n"));
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(&path, now).expect("writes");
    }
    assert!(text == now, "what this machine says of the signatures differs; BLESS=1 writes it");
}

/// Whether a document with such a signature is refused before any host has looked at it.
fn is_refused_unseen(signature: &[u8; 64]) -> bool {
    let world = World::new();
    let mut release = wire::release(&world);
    let wire::Array(parts) = &mut wire::signatures(&mut release)[0] else { unreachable!() };
    parts[2] = wire::Bytes(signature.to_vec());
    let (root, head) = (world.root(), wire::head_around(&world, &release));
    match Opening::begin(&root, &head, &SCOPE, NOW_MS, Floor::default()) {
        Ok(_) => false,
        Err(Refusal::BadSignature { role: Role::Release, .. }) => true,
        Err(other) => panic!("{other:?}"),
    }
}

/// Whether a root that lists this key is refused for it.
fn is_weak(key: [u8; 32]) -> bool {
    let world = World::new();
    let mut roles: Vec<RoleKeys> = world.roles();
    roles[1].keys.push(key);
    let signers = [0, 1].map(|at| selvedge::trust::sign::Signer::local(&world.root_keys[at]));
    // The writing side refuses such a key as well.
    let Ok(root) = selvedge::trust::sign::root(&SCOPE, stamp(1), &roles, &[], &signers) else { return true };
    matches!(native::root(&root, &SCOPE), Err(Refusal::SmallOrderKey { .. } | Refusal::NonCanonicalKey { .. }))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hex")).collect()
}
