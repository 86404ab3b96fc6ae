//! The overlay: everything that is tried on a release is tried on it too, and what only it must stand.

use ed25519_dalek::SigningKey;
use selvedge::consent::revocation::list;
use selvedge::trust::sign::{self, RoleKeys, Signer, Stamp};
use selvedge::trust::{Answer, Expiry, Floor, Kind, Opening, Part, Refusal, Release, Role, Scope, Target, native};

use super::wire::{self, Array, Bytes, Document, Map, Null, Uint, Value};
use super::{
    ISSUED, NOW_MS, SCOPE, World, document, key, malformed, open, open_at, public, refused, script, stamp, targets,
};

const ROLE: Role = Role::Overlay;
const VERSION: u64 = 5;

fn overlay_key() -> SigningKey {
    key(8)
}

fn list() -> Vec<u8> {
    list::write(1, [0; 8], [])
}

fn own_targets() -> Vec<Target> {
    vec![sign::target(Kind::Revocations, &list())]
}

/// A root that names a key for overlays.
fn root(world: &World) -> Vec<u8> {
    let mut roles = world.roles();
    roles.push(RoleKeys { role: ROLE, threshold: 1, keys: vec![public(&overlay_key())] });
    let signers: Vec<_> = world.root_keys[..2].iter().map(Signer::local).collect();
    sign::root(&world.scope, stamp(1), &roles, &[], &signers).expect("signs")
}

fn overlay_at(world: &World, stamp: Stamp) -> Vec<u8> {
    sign::overlay(&world.scope, stamp, &own_targets(), &[], &[Signer::local(&overlay_key())]).expect("signs")
}

fn overlay(world: &World) -> Vec<u8> {
    overlay_at(world, stamp(VERSION))
}

/// A head around this overlay, vouched for by an honest timestamp.
fn head_of(world: &World, overlay: &[u8]) -> Vec<u8> {
    let release = world.release();
    let signer = [Signer::local(&world.timestamp_key)];
    let timestamp = sign::timestamp(&world.scope, stamp(2), (3, &release), Some((VERSION, overlay)), &signer);
    sign::head(&timestamp.expect("signs"), &release, Some(overlay))
}

/// What is said to an overlay in an otherwise honest head.
fn refused_overlay(world: &World, overlay: &[u8]) -> Refusal {
    refused(&root(world), &head_of(world, overlay))
}

/// The overlay as the second writer makes it.
fn wired(world: &World, targets: Vec<Value>) -> Value {
    wired_payload(world, wire::payload(VERSION, wire::role_data(world, vec![Array(targets)])), &overlay_key())
}

fn wired_payload(world: &World, payload: Value, key: &SigningKey) -> Value {
    Document { role: "overlay", payload, aad: &wire::aad(world), signers: vec![wire::signer(key)] }.value()
}

fn target(kind: u64, length: u64) -> Value {
    Array(vec![Uint(kind), Uint(length), Bytes(vec![7; 32])])
}

#[test]
fn an_honest_overlay_comes_with_its_release() {
    let world = World::new();
    let release = open(&root(&world), &head_of(&world, &overlay(&world))).expect("opens");
    let found = *release.overlay().expect("has an overlay");
    assert_eq!((found.version, found.digest), (VERSION, native::sha256(&overlay(&world))));
    assert_eq!(found.issued_ms, ISSUED as i64 * 1_000);
    assert_eq!(release.floor(), Floor { root: 1, timestamp: 2, release: 3, overlay: VERSION, ..Floor::default() });
    assert_eq!(release.targets(), [targets(), own_targets()].concat(), "its payloads follow those of the release");
    let index = release.targets_of(Kind::Revocations).next().expect("is listed");
    let path = release.path(index).expect("has a path");
    assert!(path.starts_with("/v1/production/b/"), "{path}");
    assert_eq!(native::admit(&release, index, list()).expect("admitted").kind(), Kind::Revocations);
    let longer = [list(), vec![0]].concat();
    let refusal = native::admit(&release, index, longer).expect_err("refused");
    assert!(matches!(refusal, Refusal::LengthMismatch { kind: Kind::Revocations, .. }), "{refusal:?}");
    let mut other = list();
    other[8] ^= 1;
    let refusal = native::admit(&release, index, other).expect_err("refused");
    assert!(matches!(refusal, Refusal::HashMismatch { kind: Kind::Revocations, .. }), "{refusal:?}");

    // A root that names keys for overlays opens heads without one as before, and an overlay may take back nothing at all.
    assert_eq!(open(&root(&world), &world.head()).expect("opens").overlay(), None);
    let empty = sign::overlay(&SCOPE, stamp(VERSION), &[], &[], &[Signer::local(&overlay_key())]).expect("signs");
    assert_eq!(open(&root(&world), &head_of(&world, &empty)).expect("opens").targets(), targets());
}

#[test]
fn the_second_writer_makes_the_same_bytes() {
    let world = World::new();
    let own = &own_targets()[0];
    let target = Array(vec![Uint(6), Uint(own.length), Bytes(own.sha256.to_vec())]);
    let (made, release) = (wired(&world, vec![target]), world.release());
    assert_eq!(made.encode(), overlay(&world));
    let snapshot = vec![wire::pinned(3, 3, &release), wire::pinned(5, VERSION, &made.encode())];
    let timestamp = wire::timestamp_with(&world, snapshot).encode();
    let head = Array(vec![Bytes(timestamp), Bytes(release), Null, Bytes(made.encode())]);
    head.assert_deterministic();
    assert_eq!(head.encode(), head_of(&world, &overlay(&world)));
}

#[test]
fn every_flipped_bit_and_every_truncation_is_refused() {
    let world = World::new();
    let (root, head) = (root(&world), head_of(&world, &overlay(&world)));
    let mut signatures_broken = 0;
    for bit in 0..head.len() * 8 {
        let mut flipped = head.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let refusal = refused(&root, &flipped);
        signatures_broken += usize::from(matches!(refusal, Refusal::BadSignature { role: Role::Overlay, .. }));
        assert!(!refusal.to_string().is_empty());
    }
    // The timestamp's hash stands in front of the signature: no altered overlay gets as far.
    assert_eq!(signatures_broken, 0);
    for length in 1..head.len() {
        assert_eq!(refused(&root, &head[..length]), Refusal::Truncated { part: Part::Head }, "{length}");
    }
    for bit in 0..overlay(&world).len() * 8 {
        let mut flipped = overlay(&world);
        flipped[bit / 8] ^= 1 << (bit % 8);
        // Here the timestamp vouches for the altered one: the overlay's own key must not be replaceable by the timestamp's.
        let refusal = refused_overlay(&world, &flipped);
        signatures_broken += usize::from(matches!(refusal, Refusal::BadSignature { role: Role::Overlay, .. }));
    }
    assert!(signatures_broken >= 512, "{signatures_broken}");
}

#[test]
fn it_is_signed_by_a_key_of_its_role_and_nothing_else() {
    let world = World::new();
    let mut stripped = wired(&world, vec![]);
    wire::signatures(&mut stripped).clear();
    assert_eq!(refused_overlay(&world, &stripped.encode()), Refusal::Unsigned { role: ROLE });
    let payload = || wire::payload(VERSION, wire::role_data(&world, vec![Array(vec![])]));
    let bare = payload().encode();
    assert_eq!(malformed(refused_overlay(&world, &bare)), "a tag was expected");
    assert_eq!(refused_overlay(&world, &[]), Refusal::Missing { part: document(ROLE) });

    for other in [&world.release_keys[0], &world.timestamp_key, &world.root_keys[0], &key(99)] {
        let refusal = refused_overlay(&world, &wired_payload(&world, payload(), other).encode());
        assert_eq!(refusal, Refusal::UnknownKey { role: ROLE, kid: sign::key_id(&public(other)) });
    }
    let twice = {
        let mut value = wired(&world, vec![]);
        let one = wire::signatures(&mut value)[0].clone();
        wire::signatures(&mut value).push(one);
        value.encode()
    };
    let kid = sign::key_id(&public(&overlay_key()));
    assert_eq!(refused_overlay(&world, &twice), Refusal::DuplicateSignature { role: ROLE, kid });
    // A root from before there were overlays names no key for one.
    let refusal = refused(&world.root(), &head_of(&world, &overlay(&world)));
    assert_eq!(refusal, Refusal::UnknownKey { role: ROLE, kid });
}

#[test]
fn it_is_of_its_role_and_its_environment() {
    let world = World::new();
    let wrong = |found| Refusal::WrongType { expected: ROLE, found: Some(found) };
    assert_eq!(refused_overlay(&world, &world.release()), wrong(Role::Release));
    assert_eq!(refused_overlay(&world, &world.root()), wrong(Role::Root));
    let release_is_overlay = {
        let overlay = overlay(&world);
        let signer = [Signer::local(&world.timestamp_key)];
        let timestamp = sign::timestamp(&SCOPE, stamp(2), (VERSION, &overlay), None, &signer).expect("signs");
        sign::head(&timestamp, &overlay, None)
    };
    let refusal = refused(&root(&world), &release_is_overlay);
    assert_eq!(refusal, Refusal::WrongType { expected: Role::Release, found: Some(ROLE) });

    let staging = World::of(Scope { environment: "staging", ..SCOPE });
    let blog = World::of(Scope { repository: "blog", ..SCOPE });
    let environment = Refusal::WrongEnvironment { role: ROLE, found: "staging".into() };
    assert_eq!(refused_overlay(&world, &overlay(&staging)), environment);
    let repository = Refusal::WrongRepository { role: ROLE, found: "blog".into() };
    assert_eq!(refused_overlay(&world, &overlay(&blog)), repository);
}

#[test]
fn the_head_carries_the_overlay_that_the_timestamp_lists() {
    let world = World::new();
    let (root, release, overlay) = (root(&world), world.release(), overlay(&world));
    let mismatch = |what| Refusal::SnapshotMismatch { role: ROLE, what };
    let signer = [Signer::local(&world.timestamp_key)];
    let listing = |version, overlay: &[u8]| {
        sign::timestamp(&SCOPE, stamp(2), (3, &release), Some((version, overlay)), &signer).expect("signs")
    };
    let head = |timestamp: &[u8], overlay: Option<&[u8]>| sign::head(timestamp, &release, overlay);
    let honest = listing(VERSION, &overlay);
    // Left out, though listed; added, though not; exchanged for another one that is signed as well.
    assert_eq!(refused(&root, &head(&honest, None)), mismatch("absence from the head"));
    let silent = world.timestamp_at(stamp(2), 3, &release);
    assert_eq!(refused(&root, &head(&silent, Some(&overlay))), mismatch("presence in the head"));
    let same_length = overlay_at(&world, Stamp { issued: ISSUED + 1, ..stamp(VERSION) });
    assert_eq!(refused(&root, &head(&honest, Some(&same_length))), mismatch("SHA-256"));
    let longer = overlay_at(&world, stamp(1_000));
    assert_eq!(refused(&root, &head(&honest, Some(&longer))), mismatch("length"));
    assert_eq!(refused(&root, &head(&listing(VERSION + 1, &overlay), Some(&overlay))), mismatch("version"));
}

#[test]
fn a_host_that_has_seen_an_overlay_takes_no_older_one_and_no_head_without() {
    let world = World::new();
    let (root, head) = (root(&world), head_of(&world, &overlay(&world)));
    let open_with = |head: &[u8], overlay| {
        let floor = Floor { root: 1, timestamp: 2, release: 3, overlay, ..Floor::default() };
        script::open(&root, head, &SCOPE, NOW_MS, floor, Expiry::Refuse).map(|_| ())
    };
    assert_eq!(open_with(&head, VERSION), Ok(()));
    let rollback = |version, floor| Err(Refusal::Rollback { role: ROLE, version, floor });
    assert_eq!(open_with(&head, VERSION + 1), rollback(VERSION, VERSION + 1));
    assert_eq!(open_with(&world.head(), 0), Ok(()));
    assert_eq!(open_with(&world.head(), VERSION), rollback(0, VERSION));
}

#[test]
fn past_its_time_it_is_kept_and_reported() {
    let world = World::new();
    let short = overlay_at(&world, Stamp { expires: ISSUED + 100, ..stamp(VERSION) });
    let (root, head, expiry_ms) = (root(&world), head_of(&world, &short), (ISSUED as i64 + 100) * 1_000);
    let opened = |now_ms| open_at(&root, &head, now_ms).expect("opens");
    let is_stale = |release: &Release, now_ms| release.overlay().expect("has an overlay").stale(now_ms);
    assert!(!is_stale(&opened(expiry_ms - 1), expiry_ms - 1));
    let late = opened(expiry_ms);
    assert!(is_stale(&late, expiry_ms) && !late.stale(expiry_ms), "the release itself is good");
    assert_eq!(late.targets().len(), targets().len() + 1, "and what it takes back stays taken back");

    let ahead = Stamp { version: VERSION, issued: ISSUED + 172_000, expires: ISSUED + 400_000 };
    let head = head_of(&world, &overlay_at(&world, ahead));
    let at_ms = (ISSUED as i64 + 172_000) * 1_000;
    assert!(open_at(&root, &head, at_ms - 86_400_000).is_ok());
    let refusal = open_at(&root, &head, at_ms - 86_400_001).expect_err("refused");
    assert_eq!(refusal, Refusal::NotYetIssued { role: ROLE, at_ms });
}

#[test]
fn what_cannot_be_read_is_not_skipped() {
    let world = World::new();
    let with = |targets: Vec<Value>| refused_overlay(&world, &wired(&world, targets).encode());
    for kind in [0, 1, 3, 5, 7, 8, u64::MAX] {
        assert_eq!(malformed(with(vec![target(kind, 1)])), "a target is of an unknown kind", "{kind}");
    }
    let part = Part::Target(Kind::Revocations);
    let twice = Refusal::TooMany { part, what: "targets of this kind", max: 1 };
    assert_eq!(with(vec![target(6, 1), target(6, 1)]), twice);
    let max = Kind::Revocations.bytes_max();
    assert_eq!(with(vec![target(6, max + 1)]), Refusal::TooLarge { part, bytes: max + 1, max });
    let many = Refusal::TooMany { part: document(ROLE), what: "targets", max: 256 };
    assert_eq!(with(vec![target(6, 1); 257]), many);

    let fields = |change: fn(&mut Vec<(Value, Value)>)| {
        let Map(mut fields) = wire::payload(VERSION, wire::text("of a shape that is not known here")) else {
            unreachable!()
        };
        change(&mut fields);
        refused_overlay(&world, &wired_payload(&world, Map(fields), &overlay_key()).encode())
    };
    assert_eq!(fields(|fields| fields[5].1 = Uint(4)), Refusal::EngineTooOld { role: ROLE, needs: 4 });
    assert_eq!(fields(|fields| fields[4].1 = Uint(2)), Refusal::SchemaUnknown { role: ROLE, schema: 2 });
    assert_eq!(malformed(fields(|_| ())), "a map was expected");

    // The release's own kinds stay in the release, and the overlay's out of it.
    let payload =
        wire::payload(3, wire::role_data(&world, vec![Array(vec![target(1, 1), target(2, 1), target(6, 1)])]));
    let release = wire::release_with(&world, payload);
    assert_eq!(
        malformed(refused(&root(&world), &wire::head_around(&world, &release))),
        "a target is of an unknown kind"
    );
}

#[test]
fn each_of_its_jobs_must_be_answered() {
    let world = World::new();
    let (root, head) = (root(&world), head_of(&world, &overlay(&world)));
    let opening = Opening::begin(&root, &head, &SCOPE, NOW_MS, Floor::default()).expect("begins");
    let answers = native::answers(opening.jobs());
    assert_eq!(answers.len(), 8, "a signature and a hash more than without an overlay");
    let finish = |answers: &[Answer]| opening.clone().finish(answers, Expiry::Refuse);
    assert!(finish(&answers).is_ok());
    assert_eq!(finish(&answers[..6]), Err(Refusal::Unanswered));
    for at in 0..answers.len() {
        let mut wrong = answers.clone();
        wrong[at] = match wrong[at] {
            Answer::Verified(_) => Answer::Hash([0; 32]),
            Answer::Hash(_) => Answer::Verified(true),
        };
        assert_eq!(finish(&wrong), Err(Refusal::Unanswered), "{at}");
    }
    let mut denied = answers.clone();
    denied[6] = Answer::Verified(false);
    let kid = sign::key_id(&public(&overlay_key()));
    assert_eq!(finish(&denied), Err(Refusal::BadSignature { role: ROLE, kid }));
    let mut other = answers;
    other[7] = Answer::Hash([0; 32]);
    assert_eq!(finish(&other), Err(Refusal::SnapshotMismatch { role: ROLE, what: "SHA-256" }));
}
