//! Documents of the wrong size or shape, heads that do not fit together, payloads that are not the named ones: mostly signed
//! by the right keys, so that the signatures are not what refuses them.

use proptest::prelude::*;
use selvedge::trust::{
    Answer, Expiry, Floor, HEAD_BYTES_MAX, Kind, Opening, Part, ROOT_BYTES_MAX, Refusal, Role, SIGNATURES_MAX, native,
    sign,
};

use super::wire::{self, Array, Bytes, Map, Null, Raw, Uint, Value};
use super::{ISSUED, NOW_MS, SCOPE, World, document, malformed, open, payloads, refused, stamp, targets};

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
    assert_eq!(malformed(open_targets(vec![target(6, 1)])), "a target is of an unknown kind");
}

#[test]
fn the_head_is_what_the_timestamp_vouches_for() {
    let world = World::new();
    let (root, release) = (world.root(), world.release());
    let honest = wire::timestamp(&world, &release).encode();
    let mismatch = |role, what| Refusal::SnapshotMismatch { role, what };
    // Mix and match: two releases, both signed, and the timestamp of the other one.
    let other = world.release_at(sign::Stamp { issued: ISSUED + 1, ..stamp(3) });
    assert_eq!(refused(&root, &sign::head(&honest, &other, None)), mismatch(Role::Release, "SHA-256"));
    let longer = world.release_at(stamp(1_000));
    assert_eq!(refused(&root, &sign::head(&honest, &longer, None)), mismatch(Role::Release, "length"));
    let renumbered = world.timestamp_at(stamp(2), 4, &release);
    assert_eq!(refused(&root, &sign::head(&renumbered, &release, None)), mismatch(Role::Release, "version"));

    let with_snapshot = |snapshot| sign::head(&wire::timestamp_with(&world, snapshot).encode(), &release, None);
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
    assert!(matches!(refused(&root, &with_data), Refusal::Malformed { part, .. } if part == document(Role::Data)));
    let short = Array(vec![stamped, released]).encode();
    assert_eq!(malformed(refused(&root, &short)), "a head has four parts, or five");
}

#[test]
fn newer_documents_ask_for_a_newer_engine() {
    let world = World::new();
    let open_fields = |change: fn(&mut Vec<(Value, Value)>)| {
        let Map(mut fields) = wire::payload(3, wire::text("role data of a shape that is not known here")) else {
            unreachable!()
        };
        change(&mut fields);
        refused(&world.root(), &wire::head_around(&world, &wire::release_with(&world, Map(fields))))
    };
    let role = Role::Release;
    assert_eq!(open_fields(|fields| fields[5].1 = Uint(4)), Refusal::EngineTooOld { role, needs: 4 });
    assert_eq!(open_fields(|fields| fields[4].1 = Uint(2)), Refusal::SchemaUnknown { role, schema: 2 });
    assert_eq!(malformed(open_fields(|_| ())), "a map was expected");
    assert_eq!(malformed(open_fields(|fields| fields.swap(0, 1))), "a map has an unexpected key");
    assert_eq!(malformed(open_fields(|fields| drop(fields.pop()))), "a payload has six fields");
    assert_eq!(malformed(open_fields(|fields| fields[1].1 = Uint(u64::MAX))), "a time is past the year 9999");
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
    assert_eq!(with(2, vec![0x9f, 0xff]), "an item of definite length was expected");
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
