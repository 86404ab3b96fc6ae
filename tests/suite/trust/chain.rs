//! From the root that a host pins to the newest one: each is signed by the one before, none is skipped, and there are at most 32 steps.

use ed25519_dalek::SigningKey;
use selvedge::trust::sign::{self, RoleKeys, Signer};
use selvedge::trust::{Expiry, Floor, ROOT_STEPS_MAX, Refusal, Role, native};

use super::{NOW_MS, SCOPE, World, key, malformed, public, script, stamp};

/// A root of this version for a world's roles, signed by these keys. Keys that the root gives no role are listed as retired.
pub(super) fn root_by(world: &World, version: u64, signers: &[&SigningKey]) -> Vec<u8> {
    let own: Vec<_> = world.root_keys.iter().map(public).collect();
    let retired: Vec<_> = signers.iter().map(|key| public(key)).filter(|key| !own.contains(key)).collect();
    let signers: Vec<_> = signers.iter().map(|key| Signer::local(key)).collect();
    sign::root(&SCOPE, stamp(version), &world.roles(), &retired, &signers).expect("signs")
}

/// The newest root that a host follows to, among these, from the first.
fn newest(roots: &[Vec<u8>], floor: Floor) -> Result<(u64, Floor), Refusal> {
    let read = |version: u64| roots.get(version as usize - 1).cloned();
    native::newest(&roots[0], &SCOPE, floor, read).map(|(root, bytes, floor)| {
        assert_eq!(bytes, roots[root.version() as usize - 1]);
        (root.version(), floor)
    })
}

fn versions(root: u64, timestamp: u64, release: u64) -> Floor {
    Floor { root, timestamp, release, ..Floor::default() }
}

#[test]
fn each_root_is_signed_by_the_one_before() {
    let world = World::new();
    let [a, b, c] = &world.root_keys;
    let roots = [root_by(&world, 1, &[a, b]), root_by(&world, 2, &[b, c]), root_by(&world, 3, &[a, c])];
    assert_eq!(newest(&roots, versions(1, 5, 6)), Ok((3, versions(3, 5, 6))));
    let release = script::open(&roots[2], &world.head(), &SCOPE, NOW_MS, versions(3, 0, 0), Expiry::Refuse);
    assert_eq!(release.expect("opens").floor().root, 3);

    // All root keys are replaced: the old ones sign too, without a role.
    let mut other = World::new();
    other.root_keys = [key(21), key(22), key(23)];
    let [d, e, _] = &other.root_keys;
    let handed_over = root_by(&other, 2, &[d, e, a, b]);
    assert_eq!(newest(&[roots[0].clone(), handed_over.clone()], Floor::default()).map(|(version, _)| version), Ok(2));
    let lacks = |have| Refusal::ThresholdNotMet { role: Role::Root, have, need: 2 };
    // By its own keys alone, and by too few of the ones before.
    assert_eq!(newest(&[roots[0].clone(), root_by(&other, 2, &[d, e])], Floor::default()), Err(lacks(0)));
    assert_eq!(newest(&[roots[0].clone(), root_by(&other, 2, &[d, e, a])], Floor::default()), Err(lacks(1)));
    // By the ones before alone: too few of its own.
    assert_eq!(newest(&[roots[0].clone(), root_by(&other, 2, &[d, a, b])], Floor::default()), Err(lacks(1)));
    // A root that was replaced cannot come back by its own keys.
    assert_eq!(newest(&[roots[0].clone(), handed_over, root_by(&world, 3, &[a, b])], Floor::default()), Err(lacks(0)));
}

#[test]
fn no_root_is_skipped_repeated_or_altered() {
    let world = World::new();
    let [a, b, _] = &world.root_keys;
    let root = |version| root_by(&world, version, &[a, b]);
    let rollback = |version, floor| Err(Refusal::Rollback { role: Role::Root, version, floor });
    assert_eq!(newest(&[root(1), root(1)], Floor::default()), rollback(1, 2));
    assert_eq!(newest(&[root(1), root(3)], Floor::default()), rollback(3, 2));
    assert_eq!(newest(&[root(1), root(2), root(2)], Floor::default()), rollback(2, 3));
    let next = root(2);
    for at in (0..next.len()).step_by(7) {
        let mut altered = next.clone();
        altered[at] ^= 1;
        assert!(newest(&[root(1), altered], Floor::default()).is_err(), "byte {at}");
    }
    assert_eq!(malformed(newest(&[root(1), vec![0]], Floor::default()).expect_err("refused")), "a tag was expected");
}

#[test]
fn a_chain_of_33_steps_is_refused() {
    let world = World::new();
    let [a, b, _] = &world.root_keys;
    let roots: Vec<_> = (1..=ROOT_STEPS_MAX + 2).map(|version| root_by(&world, version, &[a, b])).collect();
    assert_eq!(ROOT_STEPS_MAX, 32);
    assert_eq!(newest(&roots[..33], Floor::default()).map(|(version, _)| version), Ok(33));
    assert_eq!(newest(&roots[..34], Floor::default()), Err(Refusal::TooManyRoots { pinned: 1 }));
    let refusal = Refusal::TooManyRoots { pinned: 1 };
    assert_eq!(refusal.brief(), "root: too-many");
    assert_eq!(refusal.to_string(), "root: more than 32 roots follow root 1; deploy with a newer one");
}

/// Somebody has the timestamp's key and signs the highest version there is: no honest one would be taken after it. A new root
/// takes the key away, and the role begins again.
#[test]
fn a_fast_forward_ends_with_the_key() {
    let world = World::new();
    let [a, b, _] = &world.root_keys;
    let release = world.release();
    let stolen = sign::head(&world.timestamp_at(stamp(u64::MAX), 3, &release), &release, None);
    let first = world.root();
    let seen = script::open(&first, &stolen, &SCOPE, NOW_MS, Floor::default(), Expiry::Refuse).expect("opens").floor();
    let refused = script::open(&first, &world.head(), &SCOPE, NOW_MS, seen, Expiry::Refuse).expect_err("refused");
    assert_eq!(refused, Refusal::Rollback { role: Role::Timestamp, version: 2, floor: u64::MAX });

    let mut recovered = World::new();
    recovered.timestamp_key = key(30);
    let second = root_by(&recovered, 2, &[a, b]);
    let (version, floor) = newest(&[first.clone(), second.clone()], seen).expect("follows");
    assert_eq!((version, floor), (2, versions(2, 0, 3)), "the release's key stayed, and so does its floor");
    assert!(script::open(&second, &recovered.head(), &SCOPE, NOW_MS, floor, Expiry::Refuse).is_ok());
    let stolen = script::open(&second, &stolen, &SCOPE, NOW_MS, floor, Expiry::Refuse).expect_err("refused");
    assert!(matches!(stolen, Refusal::UnknownKey { role: Role::Timestamp, .. }), "{stolen:?}");
    // The root before, with the stolen head, is a rollback of the root.
    let back = script::open(&first, &world.head(), &SCOPE, NOW_MS, floor, Expiry::Refuse).expect_err("refused");
    assert_eq!(back, Refusal::Rollback { role: Role::Root, version: 1, floor: 2 });
}

#[test]
fn a_role_that_only_gains_keys_keeps_its_floor() {
    let world = World::new();
    let [a, b, _] = &world.root_keys;
    let mut roles = world.roles();
    roles[1].keys.push(public(&key(31)));
    roles.push(RoleKeys { role: Role::Overlay, threshold: 1, keys: vec![public(&key(32))] });
    let signers = [a, b].map(Signer::local);
    let second = sign::root(&SCOPE, stamp(2), &roles, &[], &signers).expect("signs");
    let third = root_by(&world, 3, &[a, b]);
    let seen = Floor { overlay: 9, ..versions(1, 5, 6) };
    let kept = newest(&[world.root(), second.clone()], seen).expect("follows");
    assert_eq!(kept, (2, Floor { overlay: 9, ..versions(2, 5, 6) }));
    let gone = newest(&[world.root(), second, third], seen).expect("follows");
    assert_eq!(gone, (3, versions(3, 0, 6)), "timestamp and overlay each lost a key");
}
