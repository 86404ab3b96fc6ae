//! Every way in which a repository can be wrong, and the reason that comes back.

use ed25519_dalek::VerifyingKey;
use proptest::prelude::*;
use selvedge::trust::{
    Answer, Expiry, Floor, HEAD_BYTES_MAX, Kind, Opening, Part, ROOT_BYTES_MAX, Refusal, Role, SIGNATURES_MAX, Scope,
    native, sign,
};

use super::wire::{self, Array, Bytes, Document, Map, Null, Raw, Uint, Value};
use super::{ISSUED, NOW_MS, SCOPE, World, key, open, open_at, payloads, public, refused, stamp, targets};

fn document(role: Role) -> Part {
    Part::Document(role)
}

fn malformed(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed { why, .. } => why,
        other => panic!("malformed was expected, not {other:?}"),
    }
}

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
    let head = sign::head(&timestamp, &world.release());
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
        sign::head(&timestamp.encode(), &release)
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
    let head = sign::head(&timestamp.encode(), &world.release());
    assert_eq!(refused(&root, &head), environment(Role::Timestamp));

    for name in ["", "a|b", "a/b", ".hidden", "..", "a b", "é", &"x".repeat(65)] {
        let scope = Scope { environment: name, ..SCOPE };
        let result = native::open(&root, &world.head(), &scope, NOW_MS, Floor::default(), Expiry::Refuse);
        assert_eq!(result, Err(Refusal::BadScope), "{name}");
    }
}

#[test]
fn documents_do_not_change_roles() {
    let world = World::new();
    let (root, release) = (world.root(), world.release());
    let timestamp = wire::timestamp(&world, &release).encode();
    let wrong = |expected, found| Refusal::WrongType { expected, found: Some(found) };
    assert_eq!(refused(&root, &sign::head(&release, &timestamp)), wrong(Role::Timestamp, Role::Release));
    assert_eq!(refused(&root, &sign::head(&timestamp, &timestamp)), wrong(Role::Release, Role::Timestamp));
    assert_eq!(refused(&root, &sign::head(&root, &release)), wrong(Role::Timestamp, Role::Root));
    assert_eq!(refused(&release, &world.head()), wrong(Role::Root, Role::Release));

    // A release with the type of a timestamp: the type is signed. One key holds both roles, so only the type can tell.
    let (keys, mut roles) = wire::honest_keys(&world);
    let mut everyone: Vec<_> = roles.iter().flat_map(|(_, _, kids)| kids.clone()).collect();
    everyone.sort();
    roles.iter_mut().for_each(|(_, _, kids)| *kids = everyone.clone());
    let root = wire::root_with(&world, wire::root_data(&world, &keys, &roles)).encode();
    let mut retyped = wire::release(&world);
    wire::parts(&mut retyped)[0] = wire::parts(&mut wire::timestamp(&world, &release))[0].clone();
    let refusal = refused(&root, &sign::head(&retyped.encode(), &release));
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
        |floor| native::open(&world.root(), &world.head(), &SCOPE, NOW_MS, floor, Expiry::Refuse).map(|_| ());
    let seen = Floor { root: 1, timestamp: 2, release: 3 };
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
        (Role::Timestamp, world.root(), sign::head(&world.timestamp_at(short(2), 3, &release), &release)),
        (Role::Release, world.root(), world.head_of(&short_release)),
    ];
    for (role, root, head) in cases {
        let early = open_at(&root, &head, expiry_ms - 1).expect("still good");
        assert_eq!((early.expires_ms(), early.stale(expiry_ms - 1), early.stale(expiry_ms)), (expiry_ms, false, true));
        assert_eq!(open_at(&root, &head, expiry_ms), Err(Refusal::Expired { role, at_ms: expiry_ms }));
        let kept = native::open(&root, &head, &SCOPE, expiry_ms, Floor::default(), Expiry::AllowStale).expect("kept");
        assert!(kept.stale(expiry_ms));
    }

    let late = |version| sign::Stamp { version, issued: ISSUED + 172_800, expires: ISSUED + 400_000 };
    let issued_ms = (ISSUED as i64 + 172_800) * 1_000;
    let late_release = world.release_at(late(3));
    let cases = [
        (Role::Root, world.root_at(late(1)), world.head()),
        (Role::Timestamp, world.root(), sign::head(&world.timestamp_at(late(2), 3, &release), &release)),
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

#[test]
fn caps_are_checked_before_anything_is_parsed() {
    let world = World::new();
    let long = vec![0x83; HEAD_BYTES_MAX + 1];
    let bytes = HEAD_BYTES_MAX as u64 + 1;
    let max = HEAD_BYTES_MAX as u64;
    assert_eq!(refused(&world.root(), &long), Refusal::TooLarge { part: Part::Head, bytes, max });
    let (bytes, max) = (ROOT_BYTES_MAX as u64 + 1, ROOT_BYTES_MAX as u64);
    assert_eq!(refused(&long, &world.head()), Refusal::TooLarge { part: document(Role::Root), bytes, max });

    let mut value = wire::release(&world);
    let one = wire::signatures(&mut value)[0].clone();
    wire::signatures(&mut value).resize(SIGNATURES_MAX + 1, one);
    let part = document(Role::Release);
    let many = Refusal::TooMany { part, what: "signatures", max: SIGNATURES_MAX };
    assert_eq!(refused(&world.root(), &wire::head_around(&world, &value)), many);

    let target = |kind: u64, length: u64| Array(vec![Uint(kind), Uint(length), Bytes(vec![7; 32])]);
    let open_targets = |targets: Vec<Value>| {
        let payload = wire::payload(3, wire::role_data(&world, vec![Array(targets)]));
        refused(&world.root(), &wire::head_around(&world, &wire::release_with(&world, payload)))
    };
    let many = Refusal::TooMany { part, what: "targets", max: 256 };
    assert_eq!(open_targets(vec![target(3, 1); 257]), many);
    let max = 256 * 1024;
    let large = Refusal::TooLarge { part: Part::Target(Kind::Chunk), bytes: max + 1, max };
    assert_eq!(open_targets(vec![target(1, 1), target(2, 1), target(3, max + 1)]), large);
    assert_eq!(open_targets(vec![target(2, 1)]), Refusal::Missing { part: Part::Target(Kind::Program) });
    assert_eq!(open_targets(vec![target(1, 1)]), Refusal::Missing { part: Part::Target(Kind::Index) });
    let twice = |kind| Refusal::TooMany { part: Part::Target(kind), what: "targets of this kind", max: 1 };
    assert_eq!(open_targets(vec![target(1, 1), target(1, 1), target(2, 1)]), twice(Kind::Program));
    assert_eq!(open_targets(vec![target(1, 1), target(2, 1), target(4, 1), target(4, 1)]), twice(Kind::Debug));
    assert_eq!(malformed(open_targets(vec![target(5, 1)])), "a target is of an unknown kind");
}

#[test]
fn the_head_is_what_the_timestamp_vouches_for() {
    let world = World::new();
    let (root, release) = (world.root(), world.release());
    let honest = wire::timestamp(&world, &release).encode();
    let mismatch = |role, what| Refusal::SnapshotMismatch { role, what };
    // Mix and match: two releases, both signed, and the timestamp of the other one.
    let other = world.release_at(sign::Stamp { issued: ISSUED + 1, ..stamp(3) });
    assert_eq!(refused(&root, &sign::head(&honest, &other)), mismatch(Role::Release, "SHA-256"));
    let longer = world.release_at(stamp(1_000));
    assert_eq!(refused(&root, &sign::head(&honest, &longer)), mismatch(Role::Release, "length"));
    let renumbered = world.timestamp_at(stamp(2), 4, &release);
    assert_eq!(refused(&root, &sign::head(&renumbered, &release)), mismatch(Role::Release, "version"));

    let with_snapshot = |snapshot| sign::head(&wire::timestamp_with(&world, snapshot).encode(), &release);
    assert_eq!(refused(&root, &with_snapshot(vec![])), mismatch(Role::Release, "presence in the head"));
    // An overlay that the timestamp lists, left out of the head.
    let listed = with_snapshot(vec![wire::pinned(3, 3, &release), wire::pinned(5, 1, b"overlay")]);
    assert_eq!(refused(&root, &listed), mismatch(Role::Overlay, "absence from the head"));

    let head = |parts: [Value; 4]| Array(parts.to_vec()).encode();
    let (stamped, released) = (Bytes(honest), Bytes(release));
    let missing = |role| Refusal::Missing { part: document(role) };
    assert_eq!(refused(&root, &head([Null, released.clone(), Null, Null])), missing(Role::Timestamp));
    assert_eq!(refused(&root, &head([stamped.clone(), Null, Null, Null])), missing(Role::Release));
    assert_eq!(refused(&root, &head([stamped.clone(), Bytes(vec![]), Null, Null])), missing(Role::Release));
    let with_data = head([stamped.clone(), released.clone(), Bytes(vec![1]), Null]);
    assert_eq!(refused(&root, &with_data), Refusal::Unsupported { role: Role::Data });
    let with_overlay = head([stamped.clone(), released.clone(), Null, Bytes(vec![1])]);
    assert_eq!(refused(&root, &with_overlay), Refusal::Unsupported { role: Role::Overlay });
    let short = Array(vec![stamped, released]).encode();
    assert_eq!(malformed(refused(&root, &short)), "a head has four parts");
}

#[test]
fn newer_documents_ask_for_a_newer_engine() {
    let world = World::new();
    let open_fields = |change: &dyn Fn(&mut Vec<(Value, Value)>)| {
        let Map(mut fields) = wire::payload(3, wire::text("role data of a shape that is not known here")) else {
            unreachable!()
        };
        change(&mut fields);
        refused(&world.root(), &wire::head_around(&world, &wire::release_with(&world, Map(fields))))
    };
    let role = Role::Release;
    assert_eq!(open_fields(&|fields| fields[5].1 = Uint(2)), Refusal::EngineTooOld { role, needs: 2 });
    assert_eq!(open_fields(&|fields| fields[4].1 = Uint(2)), Refusal::SchemaUnknown { role, schema: 2 });
    assert_eq!(malformed(open_fields(&|_| ())), "a map was expected");
    assert_eq!(malformed(open_fields(&|fields| fields.swap(0, 1))), "a map has an unexpected key");
    assert_eq!(malformed(open_fields(&|fields| drop(fields.pop()))), "a payload has six fields");
    assert_eq!(malformed(open_fields(&|fields| fields[1].1 = Uint(u64::MAX))), "a time is past the year 9999");
}

/// Properly signed, and not in the one encoding that is accepted.
#[test]
fn signed_documents_have_one_encoding() {
    let world = World::new();
    let open_data = |data: Value| {
        let payload = wire::payload(3, data);
        malformed(refused(&world.root(), &wire::head_around(&world, &wire::release_with(&world, payload))))
    };
    let shortest = "an item is not in its shortest form";
    let Map(honest) = wire::role_data(&world, vec![Array(vec![])]) else { unreachable!() };
    let with = |at: usize, raw: Vec<u8>| {
        let mut pairs = honest.clone();
        pairs[at].1 = Raw(raw);
        open_data(Map(pairs))
    };
    assert_eq!(with(2, vec![0x98, 0]), shortest);
    assert_eq!(with(2, vec![0x9f, 0xff]), "an array was expected");
    assert_eq!(with(0, [vec![0x78, 4], b"shop".to_vec()].concat()), shortest);
    assert_eq!(with(2, [vec![0x81, 0x83, 0x18, 1, 1, 0x58, 32], vec![0; 32]].concat()), shortest);
    let mut reordered = honest.clone();
    reordered.swap(0, 1);
    assert_eq!(open_data(Map(reordered)), "a map has an unexpected key");
    let mut extra = honest.clone();
    extra.push((Uint(4), Null));
    assert_eq!(open_data(Map(extra)), "the role data has another number of fields");

    let mut unprotected = wire::release(&world);
    wire::parts(&mut unprotected)[1] = Map(vec![(Uint(4), Bytes(vec![0; 8]))]);
    let refusal = refused(&world.root(), &wire::head_around(&world, &unprotected));
    assert_eq!(malformed(refusal), "unprotected headers must be empty");
    let mut other_algorithm = wire::release(&world);
    let Array(parts) = &mut wire::signatures(&mut other_algorithm)[0] else { unreachable!() };
    // -8 is EdDSA, the name that RFC 9864 retired.
    parts[0] = Bytes(Map(vec![(Uint(1), Value::Nint(7)), (Uint(4), Bytes(vec![0; 8]))]).encode());
    let refusal = refused(&world.root(), &wire::head_around(&world, &other_algorithm));
    assert_eq!(malformed(refusal), "the algorithm is not Ed25519");
}

#[test]
fn a_payload_is_what_the_release_names() {
    let world = World::new();
    let release = open(&world.root(), &world.head()).expect("opens");
    for (index, (kind, bytes)) in payloads().into_iter().enumerate() {
        let expected = bytes.len() as u64;
        for found in [0, bytes.len() - 1] {
            let refusal = native::admit(&release, index, bytes[..found].to_vec()).expect_err("refused");
            assert_eq!(refusal, Refusal::LengthMismatch { kind, found: found as u64, expected });
        }
        let refusal = native::admit(&release, index, [&bytes[..], &[0]].concat()).expect_err("refused");
        assert_eq!(refusal, Refusal::LengthMismatch { kind, found: expected + 1, expected });
        for bit in (0..bytes.len() * 8).step_by(13) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let found = native::sha256(&flipped);
            let refusal = native::admit(&release, index, flipped).expect_err("refused");
            assert_eq!(refusal, Refusal::HashMismatch { kind, found, expected: targets()[index].sha256 });
        }
    }
    assert_eq!(native::admit(&release, 4, vec![]).expect_err("refused"), Refusal::NoSuchTarget { index: 4 });
    // Two payloads of the same length, exchanged.
    let exchanged = native::admit(&release, 0, payloads()[1].1.clone()).expect_err("refused");
    assert!(matches!(exchanged, Refusal::HashMismatch { kind: Kind::Program, .. }));
}

#[test]
fn a_host_that_does_not_answer_opens_nothing() {
    let world = World::new();
    let (root, head) = (world.root(), world.head());
    let opening = Opening::begin(&root, &head, &SCOPE, NOW_MS, Floor::default()).expect("begins");
    let answers = native::answers(opening.jobs());
    assert_eq!(answers.len(), 6);
    let finish = |answers: &[Answer]| opening.clone().finish(answers, Expiry::Refuse);
    assert!(finish(&answers).is_ok());
    assert_eq!(finish(&[]), Err(Refusal::Unanswered));
    assert_eq!(finish(&answers[1..]), Err(Refusal::Unanswered));
    assert_eq!(finish(&[&answers[..], &answers[5..]].concat()), Err(Refusal::Unanswered));
    for at in 0..answers.len() {
        let mut wrong = answers.clone();
        wrong[at] = match wrong[at] {
            Answer::Verified(_) => Answer::Hash([0; 32]),
            Answer::Hash(_) => Answer::Verified(true),
        };
        assert_eq!(finish(&wrong), Err(Refusal::Unanswered), "{at}");
    }
    for at in 0..5 {
        let mut denied = answers.clone();
        denied[at] = Answer::Verified(false);
        assert!(matches!(finish(&denied), Err(Refusal::BadSignature { .. })), "{at}");
    }
    let release = finish(&answers).expect("opens");
    let received = release.receive(0, payloads()[0].1.clone()).expect("has the length");
    assert_eq!(received.admit(&Answer::Verified(true)).expect_err("refused"), Refusal::Unanswered);
}

/// Says yes to every signature: what is left is the parser, which must stand on its own.
fn open_gullibly(root: &[u8], head: &[u8]) -> Result<(), Refusal> {
    let opening = Opening::begin(root, head, &SCOPE, NOW_MS, Floor::default())?;
    let answers: Vec<Answer> = native::answers(opening.jobs())
        .into_iter()
        .map(|answer| if matches!(answer, Answer::Verified(_)) { Answer::Verified(true) } else { answer })
        .collect();
    opening.finish(&answers, Expiry::AllowStale).map(|_| ())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let world = World::new();
        prop_assert!(open(&bytes, &world.head()).is_err());
        prop_assert!(open(&world.root(), &bytes).is_err());
        prop_assert!(open_gullibly(&bytes, &bytes).is_err());
    }

    #[test]
    fn a_parser_without_signatures_does_not_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        in_root in any::<bool>(),
    ) {
        let world = World::new();
        let (mut root, mut head) = (world.root(), world.head());
        let file = if in_root { &mut root } else { &mut head };
        for (at, byte) in edits {
            let at = at.index(file.len());
            file[at] = byte;
        }
        // Either answer is right; every path of the parser below the signatures is walked.
        let _ = open_gullibly(&root, &head);
    }

    #[test]
    fn a_changed_file_never_opens(at in any::<prop::sample::Index>(), cut in 1_usize..40, paste in proptest::collection::vec(any::<u8>(), 0..40)) {
        let world = World::new();
        let head = world.head();
        let at = at.index(head.len());
        let end = (at + cut).min(head.len());
        let changed = [&head[..at], &paste[..], &head[end..]].concat();
        prop_assume!(changed != head);
        prop_assert!(open(&world.root(), &changed).is_err());
    }
}
