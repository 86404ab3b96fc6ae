//! Orders of an overlay: what everything that is tried on a list of withdrawals does to them, and what they do to decisions.

use selvedge::trust::sign::{self, RoleKeys, Signer};
use selvedge::trust::{Action, Expiry, Floor, Order, Refusal, Role};
use selvedge::words::time::MAX;

use super::wire::{self, Array, Document, Text, Uint, Value};
use super::{ISSUED, NOW_MS, SCOPE, World, document, key, malformed, open, public, refused, script, stamp};

const VERSION: u64 = 5;

fn order(action: Action, name: &str, until_ms: i64) -> Order {
    Order { action, name: name.into(), until_ms, reason: "wrong price".into() }
}

fn orders() -> Vec<Order> {
    let until_ms = (ISSUED as i64 + 3_600) * 1_000;
    vec![order(Action::Pause, "hero-winter", until_ms), order(Action::Stop, "hero", MAX)]
}

fn root(world: &World) -> Vec<u8> {
    let mut roles = world.roles();
    roles.push(RoleKeys { role: Role::Overlay, threshold: 1, keys: vec![public(&key(8))] });
    let signers: Vec<_> = world.root_keys[..2].iter().map(Signer::local).collect();
    sign::root(&world.scope, stamp(1), &roles, &[], &signers).expect("signs")
}

fn overlay_at(version: u64, orders: &[Order]) -> Vec<u8> {
    sign::overlay(&SCOPE, stamp(version), &[], orders, &[Signer::local(&key(8))]).expect("signs")
}

fn head_at(world: &World, version: u64, overlay: &[u8]) -> Vec<u8> {
    let release = world.release();
    let signer = [Signer::local(&world.timestamp_key)];
    let timestamp = sign::timestamp(&world.scope, stamp(2), (3, &release), Some((version, overlay)), &signer);
    sign::head(&timestamp.expect("signs"), &release, Some(overlay))
}

fn head(world: &World) -> Vec<u8> {
    head_at(world, VERSION, &overlay_at(VERSION, &orders()))
}

fn wired(orders: Vec<Value>) -> Refusal {
    let world = World::new();
    let payload = wire::payload(VERSION, wire::role_data(&world, vec![Array(vec![]), Array(orders)]));
    let own = key(8);
    let signers = vec![wire::signer(&own)];
    let overlay = Document { role: "overlay", payload, aad: &wire::aad(&world), signers }.value().encode();
    refused(&root(&world), &head_at(&world, VERSION, &overlay))
}

fn written(action: u64, until: u64) -> Value {
    Array(vec![Uint(action), Text("hero".into()), Uint(until), Text("why".into())])
}

#[test]
fn orders_come_with_the_release_that_they_are_about() {
    let world = World::new();
    let release = open(&root(&world), &head(&world)).expect("opens");
    assert_eq!(release.orders(), orders());
    assert_eq!(open(&root(&world), &world.head()).expect("opens").orders(), []);
}

#[test]
fn an_order_that_is_altered_dropped_or_replayed_is_refused() {
    let world = World::new();
    let (root, head) = (root(&world), head(&world));
    for bit in 0..head.len() * 8 {
        let mut flipped = head.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused(&root, &flipped);
    }
    let own = overlay_at(VERSION, &orders());
    for bit in 0..own.len() * 8 {
        let mut flipped = own.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // The timestamp's key vouches for it, and cannot take an order back.
        refused(&root, &head_at(&world, VERSION, &flipped));
    }
    // A host that has seen the order takes neither a head without one nor the overlay from before it.
    let seen = Floor { root: 1, timestamp: 2, release: 3, overlay: VERSION, ..Floor::default() };
    let opened = |head: &[u8]| script::open(&root, head, &SCOPE, NOW_MS, seen, Expiry::Refuse).map(|_| ());
    let role = Role::Overlay;
    assert_eq!(opened(&head), Ok(()));
    assert_eq!(opened(&world.head()), Err(Refusal::Rollback { role, version: 0, floor: VERSION }));
    let before = head_at(&world, VERSION - 1, &overlay_at(VERSION - 1, &[]));
    assert_eq!(opened(&before), Err(Refusal::Rollback { role, version: VERSION - 1, floor: VERSION }));
    // The key of a release orders nothing.
    let by_release = sign::overlay(&SCOPE, stamp(VERSION), &[], &orders(), &[Signer::local(&world.release_keys[0])]);
    let refusal = refused(&root, &head_at(&world, VERSION, &by_release.expect("signs")));
    assert_eq!(refusal, Refusal::UnknownKey { role, kid: sign::key_id(&public(&world.release_keys[0])) });
}

#[test]
fn an_order_that_cannot_be_read_is_not_skipped() {
    assert_eq!(malformed(wired(vec![written(3, 0)])), "an order is of an unknown kind");
    assert_eq!(malformed(wired(vec![written(0, 0)])), "an order is of an unknown kind");
    assert_eq!(malformed(wired(vec![Array(vec![Uint(1)])])), "an order has four parts");
    assert_eq!(malformed(wired(vec![written(1, u64::MAX)])), "a time is past the year 9999");
    let many = Refusal::TooMany { part: document(Role::Overlay), what: "orders", max: 64 };
    assert_eq!(wired(vec![written(1, 0); 65]), many);
}
