//! Forgeries, mix-ups, rollbacks and weak keys: what signatures, roles, versions and times must refuse.

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use selvedge::trust::{Answer, Expiry, Floor, Job, Part, Refusal, Role, Scope, native, sign};

use super::wire::{self, Array, Bytes, Document, Map, Uint, Value};
use super::{ISSUED, NOW_MS, SCOPE, World, document, key, malformed, open, open_at, public, refused, script, stamp};

fn kid_of(key: &ed25519_dalek::SigningKey) -> [u8; 8] {
    sign::key_id(&public(key))
}

#[test]
fn every_flipped_bit_of_root_and_head_is_refused() {
    let world = World::new();
    let (root, head) = (world.root(), world.head());
    let mut signatures_broken = 0;
    let mut check = |file: &[u8], open_with: &dyn Fn(&[u8]) -> Refusal| {
        for bit in 0..file.len() * 8 {
            let mut flipped = file.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let refusal = open_with(&flipped);
            assert!(!refusal.to_string().is_empty());
            signatures_broken += usize::from(matches!(refusal, Refusal::BadSignature { .. }));
        }
    };
    check(&root, &|flipped| refused(flipped, &head));
    check(&head, &|flipped| refused(&root, flipped));
    // Five signatures of 512 bits each are reached by cryptography alone.
    assert!(signatures_broken >= 5 * 512, "{signatures_broken}");
}

#[test]
fn every_truncation_is_refused_as_one() {
    let world = World::new();
    let (root, head) = (world.root(), world.head());
    assert_eq!(refused(&[], &head), Refusal::Missing { part: document(Role::Root) });
    assert_eq!(refused(&root, &[]), Refusal::Missing { part: Part::Head });
    for length in 1..root.len() {
        assert_eq!(refused(&root[..length], &head), Refusal::Truncated { part: document(Role::Root) }, "{length}");
    }
    for length in 1..head.len() {
        assert_eq!(refused(&root, &head[..length]), Refusal::Truncated { part: Part::Head }, "{length}");
    }
}

#[test]
fn nothing_may_follow() {
    let world = World::new();
    for byte in [0, 0xf6, 0xff] {
        let append = |bytes: Vec<u8>| [bytes, vec![byte]].concat();
        assert_eq!(malformed(refused(&append(world.root()), &world.head())), "bytes are left over at the end");
        assert_eq!(malformed(refused(&world.root(), &append(world.head()))), "bytes are left over at the end");
        let inner = world.head_of(&append(world.release()));
        assert_eq!(malformed(refused(&world.root(), &inner)), "bytes are left over at the end");
    }
}

#[test]
fn a_stripped_signature_is_refused() {
    let world = World::new();
    let strip = |mut value: Value| {
        wire::signatures(&mut value).clear();
        value.encode()
    };
    let (root, head) = (world.root(), world.head());
    assert_eq!(refused(&strip(wire::root(&world)), &head), Refusal::Unsigned { role: Role::Root });
    let release = strip(wire::release(&world));
    assert_eq!(refused(&root, &world.head_of(&release)), Refusal::Unsigned { role: Role::Release });
    let timestamp = strip(wire::timestamp(&world, &world.release()));
    let head = sign::head(&timestamp, &world.release(), None);
    assert_eq!(refused(&root, &head), Refusal::Unsigned { role: Role::Timestamp });

    // The payload alone, without its envelope.
    let bare = wire::payload(3, wire::role_data(&world, vec![Array(vec![])])).encode();
    assert_eq!(malformed(refused(&root, &world.head_of(&bare))), "a tag was expected");
}

#[test]
fn signatures_by_other_keys_are_refused() {
    let world = World::new();
    let root = world.root();
    let (own, stranger) = (&world.timestamp_key, key(99));
    let release = world.release();
    let timestamp_by = |signers| {
        let payload = wire::payload(2, wire::role_data(&world, vec![Map(vec![wire::pinned(3, 3, &release)])]));
        let timestamp = Document { role: "timestamp", payload, aad: &wire::aad(&world), signers }.value();
        sign::head(&timestamp.encode(), &release, None)
    };
    assert!(open(&root, &timestamp_by(vec![wire::signer(own)])).is_ok());
    let unknown = Refusal::UnknownKey { role: Role::Timestamp, kid: kid_of(&stranger) };
    assert_eq!(refused(&root, &timestamp_by(vec![wire::signer(&stranger)])), unknown);
    assert_eq!(refused(&root, &timestamp_by(vec![wire::signer(own), wire::signer(&stranger)])), unknown);
    let bad = Refusal::BadSignature { role: Role::Timestamp, kid: kid_of(own) };
    assert_eq!(refused(&root, &timestamp_by(vec![(kid_of(own).to_vec(), &stranger)])), bad);

    // A key that the root knows, for another role.
    let release_key = &world.release_keys[0];
    let cross = Refusal::UnknownKey { role: Role::Timestamp, kid: kid_of(release_key) };
    assert_eq!(refused(&root, &timestamp_by(vec![wire::signer(release_key)])), cross);

    // A whole repository by other keys.
    let mut other = World::new();
    other.release_keys = [key(14), key(15), key(16)];
    other.timestamp_key = key(17);
    let unknown = Refusal::UnknownKey { role: Role::Timestamp, kid: kid_of(&other.timestamp_key) };
    assert_eq!(refused(&root, &other.head()), unknown);
}

#[test]
fn thresholds_count_keys() {
    let world = World::new();
    let root = world.root();
    let release_by = |keys: &[usize]| {
        let mut value = wire::release(&world);
        let both = wire::signatures(&mut value).clone();
        *wire::signatures(&mut value) = keys.iter().map(|at| both[*at].clone()).collect();
        wire::head_around(&world, &value)
    };
    assert!(open(&root, &release_by(&[0, 1])).is_ok());
    assert!(open(&root, &release_by(&[1, 0])).is_ok());
    let few = Refusal::ThresholdNotMet { role: Role::Release, have: 1, need: 2 };
    assert_eq!(refused(&root, &release_by(&[0])), few);
    let kid = kid_of(&world.release_keys[0]);
    assert_eq!(refused(&root, &release_by(&[0, 0])), Refusal::DuplicateSignature { role: Role::Release, kid });
    let kid = kid_of(&world.release_keys[1]);
    assert_eq!(refused(&root, &release_by(&[0, 1, 1])), Refusal::DuplicateSignature { role: Role::Release, kid });

    let mut value = wire::root(&world);
    wire::signatures(&mut value).truncate(1);
    let few = Refusal::ThresholdNotMet { role: Role::Root, have: 1, need: 2 };
    assert_eq!(refused(&value.encode(), &world.head()), few);
}

/// Keys that a root lists without a role sign it too when it replaces an older one: they must verify, and do not count.
#[test]
fn a_retired_key_signs_a_root_and_does_not_count() {
    let world = World::new();
    let retired = key(20);
    let root_by = |keys: &[&ed25519_dalek::SigningKey]| {
        let signers: Vec<_> = keys.iter().map(|key| sign::Signer::local(key)).collect();
        sign::root(&SCOPE, stamp(1), &world.roles(), &[public(&retired)], &signers).expect("signs")
    };
    let [first, second, _] = &world.root_keys;
    assert!(open(&root_by(&[first, second, &retired]), &world.head()).is_ok());
    let few = Refusal::ThresholdNotMet { role: Role::Root, have: 1, need: 2 };
    assert_eq!(refused(&root_by(&[first, &retired]), &world.head()), few);
    let mut broken = root_by(&[first, second, &retired]);
    *broken.last_mut().expect("has bytes") ^= 1;
    let bad = Refusal::BadSignature { role: Role::Root, kid: kid_of(&retired) };
    assert_eq!(refused(&broken, &world.head()), bad);
}

#[test]
fn another_environment_or_repository_is_told_from_a_forgery() {
    let world = World::new();
    let staging = World::of(Scope { environment: "staging", ..SCOPE });
    let blog = World::of(Scope { repository: "blog", ..SCOPE });
    let environment = |role| Refusal::WrongEnvironment { role, found: "staging".into() };
    let repository = |role| Refusal::WrongRepository { role, found: "blog".into() };
    let root = world.root();
    assert_eq!(refused(&staging.root(), &staging.head()), environment(Role::Root));
    assert_eq!(refused(&blog.root(), &blog.head()), repository(Role::Root));
    assert_eq!(refused(&root, &staging.head()), environment(Role::Timestamp));
    assert_eq!(refused(&root, &blog.head()), repository(Role::Timestamp));
    assert_eq!(refused(&root, &world.head_of(&staging.release())), environment(Role::Release));

    // The right name inside, signed for another environment: nothing but the signature can tell.
    let mut payload_of_ours = wire::root(&world);
    *wire::signatures(&mut payload_of_ours) = wire::signatures(&mut wire::root(&staging)).clone();
    let refusal = refused(&payload_of_ours.encode(), &world.head());
    assert!(matches!(refusal, Refusal::BadSignature { role: Role::Root, .. }), "{refusal:?}");
    // The wrong name inside, signed for ours.
    let data = wire::role_data(&staging, vec![Map(vec![wire::pinned(3, 3, &world.release())])]);
    let signers = vec![wire::signer(&world.timestamp_key)];
    let aad = wire::aad(&world);
    let timestamp = Document { role: "timestamp", payload: wire::payload(2, data), aad: &aad, signers }.value();
    let head = sign::head(&timestamp.encode(), &world.release(), None);
    assert_eq!(refused(&root, &head), environment(Role::Timestamp));

    for name in ["", "a|b", "a/b", ".hidden", "..", "a b", "é", &"x".repeat(65)] {
        let scope = Scope { environment: name, ..SCOPE };
        let result = script::open(&root, &world.head(), &scope, NOW_MS, Floor::default(), Expiry::Refuse);
        assert_eq!(result, Err(Refusal::BadScope), "{name}");
    }
}

#[test]
fn documents_do_not_change_roles() {
    let world = World::new();
    let (root, release) = (world.root(), world.release());
    let timestamp = wire::timestamp(&world, &release).encode();
    let wrong = |expected, found| Refusal::WrongType { expected, found: Some(found) };
    assert_eq!(refused(&root, &sign::head(&release, &timestamp, None)), wrong(Role::Timestamp, Role::Release));
    assert_eq!(refused(&root, &sign::head(&timestamp, &timestamp, None)), wrong(Role::Release, Role::Timestamp));
    assert_eq!(refused(&root, &sign::head(&root, &release, None)), wrong(Role::Timestamp, Role::Root));
    assert_eq!(refused(&release, &world.head()), wrong(Role::Root, Role::Release));

    // Nobody holds two roles.
    let (keys, mut roles) = wire::honest_keys(&world);
    let mut everyone: Vec<_> = roles.iter().flat_map(|(_, _, kids)| kids.clone()).collect();
    everyone.sort();
    roles.iter_mut().for_each(|(_, _, kids)| *kids = everyone.clone());
    let shared = wire::root_with(&world, wire::root_data(&world, &keys, &roles)).encode();
    let refusal = refused(&shared, &world.head());
    assert!(matches!(refusal, Refusal::DuplicateKey { .. }), "{refusal:?}");

    // A release with the type of a timestamp: the type is signed. The timestamp's key signed it, so only the type can tell.
    let payload = wire::payload(3, wire::role_data(&world, vec![Array(vec![])]));
    let signers = vec![wire::signer(&world.timestamp_key)];
    let mut retyped = Document { role: "release", payload, aad: &wire::aad(&world), signers }.value();
    wire::parts(&mut retyped)[0] = wire::parts(&mut wire::timestamp(&world, &release))[0].clone();
    let refusal = refused(&root, &sign::head(&retyped.encode(), &release, None));
    assert!(matches!(refusal, Refusal::BadSignature { role: Role::Timestamp, .. }), "{refusal:?}");

    let mut odd = wire::release(&world);
    wire::parts(&mut odd)[0] = Bytes(Map(vec![(Uint(16), wire::text("text/plain"))]).encode());
    let refusal = refused(&root, &wire::head_around(&world, &odd));
    assert_eq!(refusal, Refusal::WrongType { expected: Role::Release, found: None });
}

#[test]
fn an_older_version_is_a_rollback() {
    let world = World::new();
    let open_with =
        |floor| script::open(&world.root(), &world.head(), &SCOPE, NOW_MS, floor, Expiry::Refuse).map(|_| ());
    let seen = Floor { root: 1, timestamp: 2, release: 3, ..Floor::default() };
    assert_eq!(open_with(seen), Ok(()));
    let rollback = |role, version| Err(Refusal::Rollback { role, version, floor: version + 1 });
    assert_eq!(open_with(Floor { root: 2, ..seen }), rollback(Role::Root, 1));
    assert_eq!(open_with(Floor { timestamp: 3, ..seen }), rollback(Role::Timestamp, 2));
    assert_eq!(open_with(Floor { release: 4, ..seen }), rollback(Role::Release, 3));
}

#[test]
fn time_is_judged_for_each_role() {
    let world = World::new();
    let short = |version| sign::Stamp { expires: ISSUED + 100, ..stamp(version) };
    let expiry_ms = (ISSUED as i64 + 100) * 1_000;
    let release = world.release();
    let short_release = world.release_at(short(3));
    let cases = [
        (Role::Root, world.root_at(short(1)), world.head()),
        (Role::Timestamp, world.root(), sign::head(&world.timestamp_at(short(2), 3, &release), &release, None)),
        (Role::Release, world.root(), world.head_of(&short_release)),
    ];
    for (role, root, head) in cases {
        let early = open_at(&root, &head, expiry_ms - 1).expect("still good");
        assert_eq!((early.expires_ms(), early.stale(expiry_ms - 1), early.stale(expiry_ms)), (expiry_ms, false, true));
        assert_eq!(open_at(&root, &head, expiry_ms), Err(Refusal::Expired { role, at_ms: expiry_ms }));
        let kept = script::open(&root, &head, &SCOPE, expiry_ms, Floor::default(), Expiry::AllowStale).expect("kept");
        assert!(kept.stale(expiry_ms));
    }

    let late = |version| sign::Stamp { version, issued: ISSUED + 172_800, expires: ISSUED + 400_000 };
    let issued_ms = (ISSUED as i64 + 172_800) * 1_000;
    let late_release = world.release_at(late(3));
    let cases = [
        (Role::Root, world.root_at(late(1)), world.head()),
        (Role::Timestamp, world.root(), sign::head(&world.timestamp_at(late(2), 3, &release), &release, None)),
        (Role::Release, world.root(), world.head_of(&late_release)),
    ];
    for (role, root, head) in cases {
        assert!(open_at(&root, &head, issued_ms - 86_400_000).is_ok());
        let refusal = open_at(&root, &head, issued_ms - 86_400_001);
        assert_eq!(refusal, Err(Refusal::NotYetIssued { role, at_ms: issued_ms }));
    }
    for now_ms in [i64::MIN, i64::MAX] {
        assert!(open_at(&world.root(), &world.head(), now_ms).is_err());
    }
}

#[test]
fn weak_keys_are_refused_in_a_root() {
    let world = World::new();
    let with_key = |bad: [u8; 32]| {
        let (mut keys, roles) = wire::honest_keys(&world);
        keys.push((vec![0xff; 8], bad));
        wire::root_with(&world, wire::root_data(&world, &keys, &roles)).encode()
    };
    let hex = |text: &str| -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hex"))
    };
    let kid = [0xff; 8];
    let mut found = 0;
    for y in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        for sign_bit in [0, 0x80] {
            let mut point = hex(y);
            point[31] |= sign_bit;
            // dalek agrees that it is weak, wherever it reads it as a point at all.
            found += usize::from(VerifyingKey::from_bytes(&point).is_ok_and(|key| key.is_weak()));
            assert_eq!(refused(&with_key(point), &world.head()), Refusal::SmallOrderKey { kid });
        }
    }
    assert!(found >= 8, "all eight points of small order are among them, not {found}");

    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (low, high);
            assert_eq!(refused(&with_key(point), &world.head()), Refusal::NonCanonicalKey { kid });
        }
    }
}

/// A signature whose point R is the neutral element, made by the holder of a good key (seed 01…01): S = SHA-512(R ‖ A ‖ M) · a.
/// Verifiers do not agree on it, so the normative one refuses it.
#[test]
fn a_signature_on_which_verifiers_disagree_is_refused() {
    let message = b"a signer who wants verifiers to disagree".to_vec();
    let mut signature = [0; 64];
    signature[0] = 1;
    signature[32..].copy_from_slice(&[
        0xf2, 0x3d, 0xfa, 0xc8, 0xfb, 0xc6, 0xc9, 0x64, 0xd3, 0x5d, 0x56, 0x73, 0x88, 0x36, 0x9e, 0x40, 0x1b, 0x4f,
        0x50, 0xf9, 0x80, 0x23, 0xe9, 0xc4, 0xf2, 0xfc, 0x9e, 0x92, 0xb4, 0x10, 0x9b, 0x04,
    ]);
    let signer = key(1).verifying_key();
    assert!(signer.verify(&message, &Signature::from_bytes(&signature)).is_ok(), "a lenient verifier accepts it");
    let job = Job::Verify { key: signer.to_bytes(), message, signature };
    assert_eq!(native::answer(&job), Answer::Verified(false));
}

#[test]
fn a_root_says_each_thing_once_and_in_order() {
    let world = World::new();
    let open_root = |data| refused(&wire::root_with(&world, data).encode(), &world.head());
    let (keys, roles) = wire::honest_keys(&world);

    let mut twice = keys.clone();
    twice.insert(1, twice[0].clone());
    let kid: [u8; 8] = keys[0].0.clone().try_into().expect("8 bytes");
    assert_eq!(open_root(wire::root_data(&world, &twice, &roles)), Refusal::DuplicateKey { kid });
    let mut renamed = keys.clone();
    renamed.push((vec![0xff; 8], keys[0].1));
    assert_eq!(open_root(wire::root_data(&world, &renamed, &roles)), Refusal::DuplicateKey { kid: [0xff; 8] });
    let mut reversed = keys.clone();
    reversed.reverse();
    assert_eq!(malformed(open_root(wire::root_data(&world, &reversed, &roles))), "keys are not in ascending order");

    let mut many: Vec<_> = (0..33_u8).map(|seed| (vec![seed; 8], public(&key(100 + seed)))).collect();
    let refusal = open_root(wire::root_data(&world, &many, &roles));
    assert_eq!(refusal, Refusal::TooMany { part: document(Role::Root), what: "keys", max: 32 });
    many.truncate(32);
    let refusal = open_root(wire::root_data(&world, &many, &roles));
    assert!(matches!(refusal, Refusal::UnknownKey { role: Role::Root, .. }), "{refusal:?}");

    let threshold = |threshold| {
        let mut roles = roles.clone();
        roles[2].1 = threshold;
        wire::root_data(&world, &keys, &roles)
    };
    for impossible in [0, 4, u64::MAX] {
        assert!(malformed(open_root(threshold(impossible))).starts_with("a threshold"));
    }
    assert!(malformed(open_root(wire::root_data(&world, &keys, &roles[..2]))).contains("must each have keys"));
    let mut repeated = roles.clone();
    repeated[2].2 = vec![roles[2].2[0].clone(), roles[2].2[0].clone()];
    assert!(malformed(open_root(wire::root_data(&world, &keys, &repeated))).contains("not in ascending order"));
}
