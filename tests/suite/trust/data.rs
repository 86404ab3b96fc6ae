//! Data beside a release: a version and a signer of its own, and nothing that it can change of the release.

use ed25519_dalek::SigningKey;
use selvedge::trust::sign::{self, Documents, RoleKeys, Signer, Stamp};
use selvedge::trust::{Expiry, Floor, Kind, Part, Refusal, Role, Scope, Target, native};

use super::{ISSUED, NOW_MS, SCOPE, World, document, key, open, open_at, public, refused, stamp, targets};

const ROLE: Role = Role::Data;
const VERSION: u64 = 5;

fn data_key() -> SigningKey {
    key(9)
}

fn payload() -> Vec<u8> {
    b"facts".to_vec()
}

fn own_targets() -> Vec<Target> {
    vec![sign::target(Kind::Data, &payload())]
}

fn root(world: &World) -> Vec<u8> {
    let mut roles = world.roles();
    roles.push(RoleKeys { role: ROLE, threshold: 1, keys: vec![public(&data_key())] });
    roles.push(RoleKeys { role: Role::Overlay, threshold: 1, keys: vec![public(&key(8))] });
    let signers: Vec<_> = world.root_keys[..2].iter().map(Signer::local).collect();
    sign::root(&world.scope, stamp(1), &roles, &[], &signers).expect("signs")
}

fn data_by(world: &World, stamp: Stamp, targets: &[Target], key: &SigningKey) -> Vec<u8> {
    sign::data(&world.scope, stamp, targets, &[Signer::local(key)]).expect("signs")
}

fn data(world: &World) -> Vec<u8> {
    data_by(world, stamp(VERSION), &own_targets(), &data_key())
}

/// A head around these documents, vouched for by an honest timestamp.
fn head_with(world: &World, version: u64, data: Option<&[u8]>, overlay: Option<&[u8]>) -> Vec<u8> {
    let release = world.release();
    let documents = Documents {
        release: (3, &release),
        data: data.map(|document| (version, document)),
        overlay: overlay.map(|document| (4, document)),
    };
    let signers = [Signer::local(&world.timestamp_key)];
    let timestamp = sign::timestamp_of(&world.scope, stamp(7), &documents, &signers).expect("signs");
    sign::head_of(Some(&timestamp), &documents, &[])
}

fn head(world: &World, data: &[u8]) -> Vec<u8> {
    head_with(world, VERSION, Some(data), None)
}

#[test]
fn data_comes_with_its_release_and_leaves_it_as_it_was() {
    let world = World::new();
    let without = open(&root(&world), &head_with(&world, 0, None, None)).expect("opens");
    let with = open(&root(&world), &head(&world, &data(&world))).expect("opens");
    assert_eq!((with.digest(), with.version(), with.expires_ms()), (without.digest(), 3, without.expires_ms()));
    assert_eq!(with.floor(), Floor { data: VERSION, ..without.floor() });
    let found = *with.data().expect("has data");
    assert_eq!((found.version, found.digest), (VERSION, native::sha256(&data(&world))));
    assert_eq!(with.targets(), [targets(), own_targets()].concat());
    let index = with.targets_of(Kind::Data).next().expect("is listed");
    assert_eq!(native::admit(&with, index, payload()).expect("admitted").kind(), Kind::Data);
    assert!(native::admit(&with, index, b"fakes".to_vec()).is_err());
    // Beside an overlay both are read.
    let overlay = sign::overlay(&world.scope, stamp(4), &[], &[], &[Signer::local(&key(8))]).expect("signs");
    let both =
        open(&root(&world), &head_with(&world, VERSION, Some(&data(&world)), Some(&overlay))).expect("opens both");
    assert_eq!((both.floor().overlay, both.floor().data), (4, VERSION));
}

#[test]
fn only_its_own_key_signs_it_for_its_own_environment() {
    let world = World::new();
    let root = root(&world);
    for other in [&world.timestamp_key, &world.release_keys[0], &key(8), &key(42)] {
        let forged = data_by(&world, stamp(VERSION), &own_targets(), other);
        assert!(matches!(refused(&root, &head(&world, &forged)), Refusal::UnknownKey { role: ROLE, .. }));
    }
    // A root without the role knows no key for it.
    assert!(matches!(
        refused(&world.root(), &head(&world, &data(&world))),
        Refusal::UnknownKey { role: ROLE, .. } | Refusal::ThresholdNotMet { role: ROLE, .. }
    ));
    let elsewhere = World::of(Scope { environment: "staging", ..SCOPE });
    let moved = refused(&root, &head(&world, &data(&elsewhere)));
    assert_eq!(moved, Refusal::WrongEnvironment { role: ROLE, found: "staging".into() });
    let overlay = sign::overlay(&world.scope, stamp(VERSION), &[], &[], &[Signer::local(&data_key())]).expect("signs");
    let wrong = refused(&root, &head(&world, &overlay));
    assert_eq!(wrong, Refusal::WrongType { expected: ROLE, found: Some(Role::Overlay) });
    let honest = data(&world);
    for bit in 0..8 * honest.len() {
        let mut bytes = honest.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let _ = refused(&root, &head(&world, &bytes));
    }
}

#[test]
fn it_names_one_payload_of_its_own_kind() {
    let world = World::new();
    let root = root(&world);
    let said =
        |targets: &[Target]| refused(&root, &head(&world, &data_by(&world, stamp(VERSION), targets, &data_key())));
    assert_eq!(said(&[]), Refusal::Missing { part: Part::Target(Kind::Data) });
    let twice = [own_targets(), own_targets()].concat();
    assert!(matches!(said(&twice), Refusal::TooMany { part: Part::Target(Kind::Data), .. }));
    for kind in [Kind::Program, Kind::Revocations, Kind::Trusted] {
        let stranger = said(&[own_targets(), vec![sign::target(kind, b"x")]].concat());
        assert!(matches!(stranger, Refusal::Malformed { part, .. } if part == document(ROLE)), "{kind}: {stranger:?}");
    }
    let large = Target { length: Kind::Data.bytes_max() + 1, ..own_targets()[0] };
    assert!(matches!(said(&[large]), Refusal::TooLarge { part: Part::Target(Kind::Data), .. }));
    // And no release names it.
    let signers: Vec<_> = world.release_keys[..2].iter().map(Signer::local).collect();
    let mixed = [targets(), own_targets()].concat();
    let release = sign::release(&world.scope, stamp(3), &mixed, &signers).expect("signs");
    assert!(matches!(refused(&root, &world.head_of(&release)), Refusal::Malformed { .. }));
}

#[test]
fn a_host_that_has_seen_data_takes_no_older_one_and_no_head_without() {
    let world = World::new();
    let root = root(&world);
    let seen = open(&root, &head(&world, &data(&world))).expect("opens").floor();
    let next = |head: &[u8]| native::open(&root, head, &SCOPE, NOW_MS, seen, Expiry::Refuse);
    let older = data_by(&world, stamp(VERSION - 1), &own_targets(), &data_key());
    let rollback = |version| Err(Refusal::Rollback { role: ROLE, version, floor: VERSION });
    assert_eq!(next(&head_with(&world, VERSION - 1, Some(&older), None)).map(drop), rollback(VERSION - 1));
    assert_eq!(next(&head_with(&world, 0, None, None)).map(drop), rollback(0));
    assert!(next(&head(&world, &data(&world))).is_ok());
    // The timestamp vouches for one document, and for its version.
    let mismatch = |what| Refusal::SnapshotMismatch { role: ROLE, what };
    assert_eq!(refused(&root, &head_with(&world, VERSION + 1, Some(&data(&world)), None)), mismatch("version"));
    let with = head(&world, &data(&world));
    let [timestamp, release, found, _] = sign::parts_of_head(&with).expect("is a head");
    let (release, found) = (release.expect("release"), found.expect("data"));
    let bare = sign::head(timestamp.expect("timestamp"), release, None);
    assert_eq!(refused(&root, &bare), mismatch("absence from the head"));
    let unlisted = Documents { release: (3, release), data: Some((VERSION, found)), overlay: None };
    let silent = world.timestamp_at(stamp(2), 3, release);
    assert_eq!(refused(&root, &sign::head_of(Some(&silent), &unlisted, &[])), mismatch("presence in the head"));
}

#[test]
fn expired_data_opens_and_tells_and_data_of_the_future_is_refused() {
    let world = World::new();
    let root = root(&world);
    let short = data_by(&world, Stamp { expires: ISSUED + 120, ..stamp(VERSION) }, &own_targets(), &data_key());
    let later = NOW_MS + 120_000;
    let release = open_at(&root, &head(&world, &short), later).expect("opens");
    assert!(release.data().expect("has data").stale(later) && !release.stale(later));
    let ahead = Stamp { issued: ISSUED + 200_000, expires: ISSUED + 400_000, ..stamp(VERSION) };
    let early = data_by(&world, ahead, &own_targets(), &data_key());
    assert!(matches!(refused(&root, &head(&world, &early)), Refusal::NotYetIssued { role: ROLE, .. }));
}
