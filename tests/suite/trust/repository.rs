//! A repository with everything that can be attacked, and the list of attacks on it.
//!
//! Its documents live from 2023 to 2096, so that hosts can judge them by their own clocks.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use selvedge::trust::sign::{self, RoleKeys, Signer, Stamp};
use selvedge::trust::{Class, Floor, Kind, Role, Scope, Target, layout, native};

use super::vectors::{Attack, File, OPENS, REFUSED, WAITS};
use super::wire::{self, Array, Bytes, Map, Null, Uint, Value};
use super::{SCOPE, key, public};

const BEGIN: u64 = 1_700_000_000;
const END: u64 = 4_000_000_000;

fn stamp(version: u64) -> Stamp {
    Stamp { version, issued: BEGIN, expires: END }
}

/// Versions of the honest head.
const ROOT: u64 = 1;
const TIMESTAMP: u64 = 20;
const RELEASE: u64 = 10;
const OVERLAY: u64 = 5;

#[derive(Clone)]
pub(super) struct Repository {
    scope: Scope<'static>,
    root_keys: [SigningKey; 3],
    release_keys: [SigningKey; 3],
    timestamp_key: SigningKey,
    timestamp: Stamp,
    release: Stamp,
    overlay: Option<Stamp>,
    /// What its payloads are made of.
    seed: u8,
}

impl Repository {
    pub(super) fn new() -> Self {
        Self {
            scope: SCOPE,
            root_keys: [key(1), key(2), key(3)],
            release_keys: [key(4), key(5), key(6)],
            timestamp_key: key(7),
            timestamp: stamp(TIMESTAMP),
            release: stamp(RELEASE),
            overlay: Some(stamp(OVERLAY)),
            seed: 1,
        }
    }

    fn roles(&self) -> Vec<RoleKeys> {
        let one = |role, keys: &[&SigningKey]| RoleKeys {
            role,
            threshold: 1,
            keys: keys.iter().map(|key| public(key)).collect(),
        };
        vec![
            RoleKeys { threshold: 2, ..one(Role::Root, &self.root_keys.each_ref()) },
            one(Role::Timestamp, &[&self.timestamp_key]),
            RoleKeys { threshold: 2, ..one(Role::Release, &self.release_keys.each_ref()) },
            one(Role::Overlay, &[&key(8)]),
            one(Role::Decisioning, &[&key(22)]),
            one(Role::Content, &[&key(23)]),
        ]
    }

    /// A root of this version, by these keys. Those that have no role are listed without one.
    fn root(&self, stamp: Stamp, signers: &[&SigningKey]) -> Vec<u8> {
        let own = self.root_keys.iter().map(public).collect::<Vec<_>>();
        let retired: Vec<_> = signers.iter().map(|key| public(key)).filter(|key| !own.contains(key)).collect();
        let classes = [(Class::Rules, vec![Role::Decisioning]), (Class::Content, vec![Role::Content])];
        let signers: Vec<_> = signers.iter().map(|key| Signer::local(key)).collect();
        sign::root_with_classes(&self.scope, stamp, &self.roles(), &classes, &retired, &signers).expect("signs")
    }

    fn first_root(&self) -> Vec<u8> {
        self.root(stamp(ROOT), &[&self.root_keys[0], &self.root_keys[1]])
    }

    fn payloads(&self) -> Vec<(Kind, Vec<u8>)> {
        let bytes =
            |seed: u8| (0..300_u16).map(|at| (self.seed * 7 + seed).wrapping_mul(31).wrapping_add(at as u8)).collect();
        vec![(Kind::Program, bytes(1)), (Kind::Index, bytes(2)), (Kind::Chunk, bytes(3))]
    }

    fn targets(&self) -> Vec<Target> {
        self.payloads().iter().map(|(kind, bytes)| sign::target(*kind, bytes)).collect()
    }

    fn release(&self) -> Vec<u8> {
        let signers = [0, 1].map(|at| Signer::local(&self.release_keys[at]));
        sign::release(&self.scope, self.release, &self.targets(), &signers).expect("signs")
    }

    fn overlay(&self) -> Option<Vec<u8>> {
        let list = sign::target(Kind::Revocations, b"a list that only Workers fetch");
        let signed = |stamp| sign::overlay(&self.scope, stamp, &[list], &[], &[Signer::local(&key(8))]).expect("signs");
        self.overlay.map(signed)
    }

    fn timestamp(&self, release: &[u8], overlay: Option<&[u8]>) -> Vec<u8> {
        let signers = [Signer::local(&self.timestamp_key)];
        let overlay = overlay.map(|bytes| (self.overlay.map_or(OVERLAY, |stamp| stamp.version), bytes));
        sign::timestamp(&self.scope, self.timestamp, (self.release.version, release), overlay, &signers).expect("signs")
    }

    fn approvals(&self) -> Vec<Vec<u8>> {
        let approval = |class, seed| {
            let digest = sign::digest_of(&self.targets(), class).expect("has the class");
            sign::approval(&self.scope, class, &digest, &[Signer::local(&key(seed))]).expect("signs")
        };
        vec![approval(Class::Rules, 22), approval(Class::Content, 23)]
    }

    /// The parts of the head.
    fn parts(&self) -> Parts {
        let (release, overlay) = (self.release(), self.overlay());
        let timestamp = self.timestamp(&release, overlay.as_deref());
        Parts { timestamp, release, overlay, approvals: self.approvals() }
    }

    /// The parts around another release, with a timestamp of its own.
    fn around(&self, release: Vec<u8>) -> Parts {
        let honest = self.parts();
        Parts { timestamp: self.timestamp(&release, honest.overlay.as_deref()), release, ..honest }
    }

    fn around_overlay(&self, overlay: Vec<u8>) -> Parts {
        let honest = self.parts();
        Parts { timestamp: self.timestamp(&honest.release, Some(&overlay)), overlay: Some(overlay), ..honest }
    }

    pub(super) fn head(&self) -> Vec<u8> {
        self.parts().head()
    }
}

struct Parts {
    timestamp: Vec<u8>,
    release: Vec<u8>,
    overlay: Option<Vec<u8>>,
    approvals: Vec<Vec<u8>>,
}

impl Parts {
    fn head(&self) -> Vec<u8> {
        sign::head_with_approvals(Some(&self.timestamp), &self.release, self.overlay.as_deref(), &self.approvals)
    }
}

/// A document, changed where nothing but its envelope is looked at.
fn changed(document: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = Value::decode(document).expect("is CBOR");
    change(&mut value);
    value.encode()
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

fn last_flipped(bytes: &[u8]) -> Vec<u8> {
    flipped(bytes, bytes.len() - 1)
}

/// A document of any payload, signed by these keys.
fn document(role: &str, payload: Value, signers: &[&SigningKey]) -> Vec<u8> {
    let aad = format!("pouf/1|{}|{}", SCOPE.repository, SCOPE.environment);
    let signers = signers.iter().map(|key| wire::signer(key)).collect();
    wire::Document { role, payload, aad: &aad, signers }.value().encode()
}

/// The payload of a document as a value.
fn payload(bytes: &[u8]) -> Value {
    let mut value = Value::decode(bytes).expect("is CBOR");
    match &wire::parts(&mut value)[2] {
        Bytes(payload) => Value::decode(payload).expect("is CBOR"),
        other => panic!("{other:?}"),
    }
}

type Fields = Vec<(Value, Value)>;

/// The fields of a map.
fn fields(value: &mut Value) -> &mut Fields {
    match value {
        Map(fields) => fields,
        other => panic!("{other:?}"),
    }
}

/// What an attack changes of the honest store and its host.
struct Store {
    files: BTreeMap<String, File>,
    root: (u64, [u8; 32]),
    floor: Floor,
}

impl Store {
    fn of(repository: &Repository) -> Self {
        let root = repository.first_root();
        let mut store = Self { files: BTreeMap::new(), root: (ROOT, native::sha256(&root)), floor: Floor::default() };
        store.put_root(ROOT, root);
        store.put_head(repository.head());
        for ((_, bytes), target) in repository.payloads().into_iter().zip(repository.targets()) {
            store.files.insert(layout::target(SCOPE.environment, target.kind, &target.sha256), File::Bytes(bytes));
        }
        store
    }

    fn put_root(&mut self, version: u64, bytes: Vec<u8>) {
        self.files.insert(layout::root(SCOPE.environment, version), File::Bytes(bytes));
    }

    fn put_head(&mut self, bytes: Vec<u8>) {
        self.files.insert(layout::head(SCOPE.environment), File::Bytes(bytes));
    }
}

/// The list as it grows.
struct List(Vec<Attack>);

impl List {
    fn add(&mut self, promise: &'static str, name: &'static str, store: Store, says: &'static str, page: &'static str) {
        let Store { files, root, floor } = store;
        self.0.push(Attack { promise, name, files, root, floor, says, page });
    }

    /// A head that every host refuses.
    fn head(&mut self, promise: &'static str, name: &'static str, head: Vec<u8>, says: &'static str) {
        self.with(promise, name, says, says, |store| store.put_head(head));
    }

    /// A root that the deployment pins, and that no host takes.
    fn root(&mut self, promise: &'static str, name: &'static str, root: Vec<u8>, says: &'static str) {
        self.with(promise, name, says, says, |store| {
            store.root.1 = native::sha256(&root);
            store.put_root(ROOT, root);
        });
    }

    fn with(
        &mut self,
        promise: &'static str,
        name: &'static str,
        says: &'static str,
        page: &'static str,
        change: impl FnOnce(&mut Store),
    ) {
        let mut store = Store::of(&Repository::new());
        change(&mut store);
        self.add(promise, name, store, says, page);
    }
}

/// Every attack, by promise.
pub(super) fn attacks() -> Vec<Attack> {
    let mut list = List(Vec::new());
    list.with("No attack", "the honest store", OPENS, OPENS, |_| ());
    stripped(&mut list);
    altered(&mut list);
    scopes(&mut list);
    times(&mut list);
    mixed(&mut list);
    sizes(&mut list);
    keys(&mut list);
    headers(&mut list);
    roots(&mut list);
    approvals(&mut list);
    overlays(&mut list);
    list.0
}

fn stripped(list: &mut List) {
    const PROMISE: &str = "Everything is signed";
    let honest = Repository::new();
    let parts = honest.parts();
    let strip = |bytes: &[u8]| changed(bytes, |value| wire::signatures(value).clear());
    list.root(PROMISE, "the signatures of the root are removed", strip(&honest.first_root()), "root: unsigned");
    let timestamp = strip(&parts.timestamp);
    list.head(PROMISE, "those of the timestamp", Parts { timestamp, ..honest.parts() }.head(), "timestamp: unsigned");
    list.head(PROMISE, "those of the release", honest.around(strip(&parts.release)).head(), "release: unsigned");
    let overlay = strip(parts.overlay.as_ref().expect("has one"));
    list.head(PROMISE, "those of the overlay", honest.around_overlay(overlay).head(), "overlay: unsigned");
    let approvals = vec![strip(&parts.approvals[0]), parts.approvals[1].clone()];
    list.head(PROMISE, "those of an approval", Parts { approvals, ..honest.parts() }.head(), "approval: unsigned");
    let bare = payload(&parts.release).encode();
    list.head(PROMISE, "the release without its envelope", honest.around(bare).head(), "release: malformed");
    let one = changed(&parts.release, |value| wire::signatures(value).truncate(1));
    list.head(PROMISE, "one signature where two must sign", honest.around(one).head(), "release: threshold-not-met");
    let own = document("release", payload(&parts.release), &[&key(90), &key(91)]);
    list.head(PROMISE, "a release by other keys", honest.around(own).head(), "release: unknown-key");
    let timestamp = document("timestamp", payload(&parts.timestamp), &[&honest.release_keys[0]]);
    let crossed = Parts { timestamp, ..honest.parts() }.head();
    list.head(PROMISE, "a timestamp by a key of the release", crossed, "timestamp: unknown-key");
}

fn altered(list: &mut List) {
    const PROMISE: &str = "Nothing is altered";
    let honest = Repository::new();
    let (parts, head) = (honest.parts(), honest.head());
    list.with(PROMISE, "any byte of the head", REFUSED, REFUSED, |store| {
        store.files.insert(layout::head(SCOPE.environment), File::EachByte(head.clone()));
    });
    list.with(PROMISE, "any byte of the next root", REFUSED, OPENS, |store| {
        let next = honest.root(stamp(2), &[&honest.root_keys[0], &honest.root_keys[1]]);
        store.files.insert(layout::root(SCOPE.environment, 2), File::EachByte(next));
    });
    list.head(PROMISE, "the end of the head is cut off", head[..head.len() - 9].to_vec(), "head: truncated");
    list.head(PROMISE, "a byte follows the head", [&head[..], &[0]].concat(), "head: malformed");
    list.head(PROMISE, "an empty head", Vec::new(), "head: missing");
    list.head(
        PROMISE,
        "a page of HTML in place of the head",
        b"<!doctype html><p>It works!".to_vec(),
        "head: malformed",
    );
    let timestamp = last_flipped(&parts.timestamp);
    list.head(
        PROMISE,
        "a signature of the timestamp",
        Parts { timestamp, ..honest.parts() }.head(),
        "timestamp: bad-signature",
    );
    list.head(
        PROMISE,
        "a signature of the release",
        honest.around(last_flipped(&parts.release)).head(),
        "release: bad-signature",
    );
    for (kind, name, says) in
        [(0, "a byte of the rules", "program: hash-mismatch"), (1, "a byte of the index", "index: hash-mismatch")]
    {
        let (payload, target) = (&honest.payloads()[kind], &honest.targets()[kind]);
        let path = layout::target(SCOPE.environment, payload.0, &target.sha256);
        list.with(PROMISE, name, says, says, |store| {
            drop(store.files.insert(path, File::Bytes(flipped(&payload.1, 40))))
        });
    }
    let [program, index] =
        [0, 1].map(|at| layout::target(SCOPE.environment, honest.payloads()[at].0, &honest.targets()[at].sha256));
    list.with(PROMISE, "rules and index are exchanged", "program: hash-mismatch", "program: hash-mismatch", |store| {
        let (one, two) = (honest.payloads()[0].1.clone(), honest.payloads()[1].1.clone());
        store.files.insert(program.clone(), File::Bytes(two));
        store.files.insert(index, File::Bytes(one));
    });
    list.with(PROMISE, "the rules are cut off", "program: length-mismatch", "program: length-mismatch", |store| {
        store.files.insert(program, File::Bytes(honest.payloads()[0].1[..299].to_vec()));
    });
}

fn scopes(list: &mut List) {
    const PROMISE: &str = "Each document has its role, site and environment";
    let honest = Repository::new();
    let parts = honest.parts();
    let swapped = Parts { timestamp: parts.release.clone(), release: parts.timestamp.clone(), ..honest.parts() }.head();
    list.head(PROMISE, "release and timestamp change places", swapped, "timestamp: wrong-type");
    let timestamp = honest.first_root();
    list.head(PROMISE, "the root as timestamp", Parts { timestamp, ..honest.parts() }.head(), "timestamp: wrong-type");
    let as_release = honest.around(parts.timestamp.clone()).head();
    list.head(PROMISE, "a timestamp as release", as_release, "release: wrong-type");
    let retyped = changed(&document("release", payload(&parts.release), &[&honest.timestamp_key]), |value| {
        wire::parts(value)[0] = wire::parts(&mut Value::decode(&parts.timestamp).expect("is CBOR"))[0].clone();
    });
    let timestamp = Parts { timestamp: retyped, ..honest.parts() }.head();
    list.head(PROMISE, "a release by the timestamp's key, typed as timestamp", timestamp, "timestamp: bad-signature");
    for (scope, name, says) in [
        (Scope { environment: "staging", ..SCOPE }, "the head of staging", "timestamp: wrong-environment"),
        (Scope { repository: "blog", ..SCOPE }, "the head of another site", "timestamp: wrong-repository"),
    ] {
        list.head(PROMISE, name, Repository { scope, ..Repository::new() }.head(), says);
    }
    let staging = Repository { scope: Scope { environment: "staging", ..SCOPE }, ..Repository::new() };
    list.head(PROMISE, "the release of staging", honest.around(staging.release()).head(), "release: wrong-environment");
    let relabelled = changed(&staging.release(), |value| {
        wire::parts(value)[2] = wire::parts(&mut Value::decode(&parts.release).expect("is CBOR"))[2].clone();
    });
    let relabelled = honest.around(relabelled).head();
    list.head(PROMISE, "our release under signatures of staging", relabelled, "release: bad-signature");
    list.root(PROMISE, "the root of staging", staging.first_root(), "root: wrong-environment");
}

fn times(list: &mut List) {
    const ROLLBACK: &str = "Nothing goes back";
    const FREEZE: &str = "Nothing stays for ever";
    const FORWARD: &str = "A stolen key does not count for ever";
    let honest = Repository::new();
    let seen = Floor { root: ROOT, timestamp: TIMESTAMP, release: RELEASE, overlay: OVERLAY, ..Floor::default() };
    let older = |timestamp, release, overlay: Option<u64>| Repository {
        timestamp: stamp(timestamp),
        release: stamp(release),
        overlay: overlay.map(stamp),
        ..Repository::new()
    };
    list.with(ROLLBACK, "the same head again", OPENS, OPENS, |store| store.floor = seen);
    for (repository, name, says) in [
        (
            older(TIMESTAMP - 1, RELEASE, Some(OVERLAY)),
            "a timestamp of an hour ago, which has not expired",
            "timestamp: rollback",
        ),
        (older(TIMESTAMP - 1, RELEASE - 1, Some(OVERLAY)), "the head before this one", "timestamp: rollback"),
        (older(TIMESTAMP, RELEASE - 1, Some(OVERLAY)), "an older release under a new timestamp", "release: rollback"),
        (older(TIMESTAMP, RELEASE, Some(OVERLAY - 1)), "an older overlay under a new timestamp", "overlay: rollback"),
        (older(TIMESTAMP, RELEASE, None), "a new timestamp without an overlay", "overlay: rollback"),
    ] {
        list.with(ROLLBACK, name, says, OPENS, |store| {
            store.floor = seen;
            store.put_head(repository.head());
        });
    }
    list.with(ROLLBACK, "an older root", "root: rollback", OPENS, |store| store.floor = Floor { root: 2, ..seen });

    let ended = |version| Stamp { expires: BEGIN + 172_800, ..stamp(version) };
    let dated = |version| Stamp { issued: END - 200_000, ..stamp(version) };
    for (at, name, says) in [
        (0, "a timestamp that has expired", "timestamp: expired"),
        (1, "a release that has expired", "release: expired"),
        (2, "a timestamp of a year to come", "timestamp: not-yet-issued"),
        (3, "a release of a year to come", "release: not-yet-issued"),
    ] {
        let mut repository = Repository::new();
        match at {
            0 => repository.timestamp = ended(TIMESTAMP),
            1 => repository.release = ended(RELEASE),
            2 => repository.timestamp = dated(TIMESTAMP),
            _ => repository.release = dated(RELEASE),
        }
        list.head(FREEZE, name, repository.head(), says);
    }
    let [a, b, _] = &honest.root_keys;
    list.root(FREEZE, "a root that has expired", honest.root(ended(ROOT), &[a, b]), "root: expired");
    list.with(FREEZE, "a store that never answers", WAITS, WAITS, |store| {
        store.files.insert(layout::head(SCOPE.environment), File::Never);
    });

    let far = Floor { timestamp: u64::MAX, ..seen };
    list.with(FORWARD, "after the highest version there is, an honest head", "timestamp: rollback", OPENS, |store| {
        store.floor = far
    });
    let recovered = Repository { timestamp_key: key(30), ..Repository::new() };
    let second = recovered.root(stamp(2), &[a, b]);
    list.with(
        FORWARD,
        "then a root without the stolen key, and a head by the new one",
        OPENS,
        "timestamp: unknown-key",
        |store| {
            store.floor = far;
            store.put_root(2, second.clone());
            store.put_head(recovered.head());
        },
    );
    list.with(FORWARD, "then the stolen key again", "timestamp: unknown-key", OPENS, |store| {
        store.floor = far;
        store.put_root(2, second);
        store.put_head(Repository { timestamp: stamp(u64::MAX), ..Repository::new() }.head());
    });
}

fn mixed(list: &mut List) {
    const PROMISE: &str = "Parts of two releases do not mix";
    let honest = Repository::new();
    let parts = honest.parts();
    let other = Repository { seed: 2, ..Repository::new() };
    let mixed = Parts { release: other.release(), approvals: other.approvals(), ..honest.parts() }.head();
    list.head(PROMISE, "another release of the same version", mixed, "release: snapshot-mismatch");
    let longer = Repository { release: stamp(1_000), ..Repository::new() }.release();
    list.head(
        PROMISE,
        "a longer release",
        Parts { release: longer, ..honest.parts() }.head(),
        "release: snapshot-mismatch",
    );
    let timestamp = Repository { release: stamp(RELEASE + 1), ..Repository::new() }
        .timestamp(&parts.release, parts.overlay.as_deref());
    list.head(
        PROMISE,
        "a timestamp with another version of it",
        Parts { timestamp, ..honest.parts() }.head(),
        "release: snapshot-mismatch",
    );
    let left_out = Parts { overlay: None, ..honest.parts() }.head();
    list.head(PROMISE, "the overlay is left out", left_out, "overlay: snapshot-mismatch");
    let timestamp = honest.timestamp(&parts.release, None);
    list.head(
        PROMISE,
        "an overlay that the timestamp does not list",
        Parts { timestamp, ..honest.parts() }.head(),
        "overlay: snapshot-mismatch",
    );
    let five = |parts: [Value; 4]| Array(parts.to_vec()).encode();
    let [stamped, released] = [&parts.timestamp, &parts.release].map(|bytes| Bytes(bytes.clone()));
    list.head(PROMISE, "no release", five([stamped.clone(), Null, Null, Null]), "release: missing");
    list.head(
        PROMISE,
        "no timestamp, as in a proposal",
        five([Null, released.clone(), Null, Null]),
        "timestamp: missing",
    );
    list.head(
        PROMISE,
        "something else in the place of data",
        five([stamped, released, Bytes(vec![1]), Null]),
        "data: malformed",
    );
}

fn sizes(list: &mut List) {
    const PROMISE: &str = "Nothing is endless";
    let honest = Repository::new();
    let parts = honest.parts();
    list.with(PROMISE, "a head of 64 MB", "head: too-large", "too large", |store| {
        store.files.insert(layout::head(SCOPE.environment), File::Fill(0x84, 64 << 20));
    });
    list.with(PROMISE, "a next root of 64 MB", "root: too-large", OPENS, |store| {
        store.files.insert(layout::root(SCOPE.environment, 2), File::Fill(0xd8, 64 << 20));
    });
    let program = layout::target(SCOPE.environment, Kind::Program, &honest.targets()[0].sha256);
    list.with(PROMISE, "rules of 64 MB", "program: length-mismatch", "too large", |store| {
        store.files.insert(program, File::Fill(0, 64 << 20));
    });
    let many = changed(&parts.release, |value| {
        let one = wire::signatures(value)[0].clone();
        wire::signatures(value).resize(17, one);
    });
    list.head(PROMISE, "17 signatures", honest.around(many).head(), "release: too-many");
    let data = |targets: Value| {
        let mut payload = payload(&parts.release);
        fields(&mut fields(&mut payload)[2].1)[2].1 = targets;
        honest.around(document("release", payload, &[&honest.release_keys[0], &honest.release_keys[1]])).head()
    };
    let target = |kind, length| Array(vec![Uint(kind), Uint(length), Bytes(vec![7; 32])]);
    list.head(PROMISE, "257 payloads", data(Array(vec![target(3, 1); 257])), "release: too-many");
    let large = data(Array(vec![target(1, 1), target(2, 1), target(3, 1 << 40)]));
    list.head(PROMISE, "a chunk that claims a terabyte", large, "chunk: too-large");
    let nested = [vec![0x84], vec![0x9f; 1_000]].concat();
    list.head(PROMISE, "lists in lists without an end", nested, "head: malformed");
    let claimed = [vec![0x84, 0x5b], vec![0xff; 8]].concat();
    list.head(PROMISE, "a text that claims 2⁶⁴ bytes", claimed, "head: truncated");
}

fn keys(list: &mut List) {
    const PROMISE: &str = "Two signatures are two people";
    let honest = Repository::new();
    let parts = honest.parts();
    let repeated = changed(&parts.release, |value| {
        let one = wire::signatures(value)[0].clone();
        *wire::signatures(value) = vec![one.clone(), one];
    });
    list.head(PROMISE, "one key signs twice", honest.around(repeated).head(), "release: duplicate-signature");
    let root = |change: &dyn Fn(&mut Fields, &mut Fields)| {
        let mut all = payload(&honest.first_root());
        let data = fields(&mut fields(&mut all)[2].1);
        let (mut keys, mut roles) = (fields(&mut data[2].1).clone(), fields(&mut data[3].1).clone());
        change(&mut keys, &mut roles);
        (data[2].1, data[3].1) = (Map(keys), Map(roles));
        document("root", all, &[&honest.root_keys[0], &honest.root_keys[1]])
    };
    let twice = root(&|keys, _| {
        let first = keys[0].1.clone();
        keys.push((Bytes(vec![0xff; 8]), first));
    });
    list.root(PROMISE, "one key under two names", twice, "root: duplicate-key");
    let shared = root(&|_, roles| {
        let Array(timestamp) = &mut roles[1].1 else { unreachable!() };
        let [release, timestamps] =
            [&honest.release_keys[0], &honest.timestamp_key].map(|key| Bytes(wire::kid(&public(key))));
        let mut ids = vec![release, timestamps];
        ids.sort_by_key(Value::encode);
        timestamp[1] = Array(ids);
    });
    list.root(PROMISE, "one key for two roles", shared, "root: duplicate-key");
    let none = root(&|_, roles| {
        let Array(release) = &mut roles[2].1 else { unreachable!() };
        release[0] = Uint(0);
    });
    list.root(PROMISE, "a threshold of none", none, "root: malformed");
    for (name, bad) in [
        ("a key of small order", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ("the neutral point as a key", "0100000000000000000000000000000000000000000000000000000000000000"),
        ("a key that is not in canonical form", "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("the same with its sign", "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
    ] {
        let bytes =
            (0..32).map(|at| u8::from_str_radix(&bad[at * 2..at * 2 + 2], 16).expect("hex")).collect::<Vec<_>>();
        let weak = root(&|keys, _| keys.push((Bytes(vec![0xff; 8]), Bytes(bytes.clone()))));
        list.root(PROMISE, name, weak, "root: weak-key");
    }
}

fn headers(list: &mut List) {
    const PROMISE: &str = "What a host does not know is not ignored";
    let honest = Repository::new();
    let parts = honest.parts();
    let protected = |pairs: Vec<(Value, Value)>| Bytes(Map(pairs).encode());
    let typ = (Uint(16), wire::text("application/selvedge-release+cose"));
    let critical = vec![(Uint(2), Array(vec![Uint(99)])), typ.clone(), (Uint(99), Uint(1))];
    for (name, header) in
        [("an unknown critical header", critical), ("an unknown header", vec![typ, (Uint(99), Uint(1))])]
    {
        let release = changed(&parts.release, |value| wire::parts(value)[0] = protected(header));
        list.head(PROMISE, name, honest.around(release).head(), "release: malformed");
    }
    let unprotected = changed(&parts.release, |value| wire::parts(value)[1] = Map(vec![(Uint(4), Bytes(vec![0; 8]))]));
    list.head(PROMISE, "a header that nobody signed", honest.around(unprotected).head(), "release: malformed");
    let algorithm = changed(&parts.release, |value| {
        let Array(signature) = &mut wire::signatures(value)[0] else { unreachable!() };
        signature[0] = protected(vec![(Uint(1), Value::Nint(6)), (Uint(4), Bytes(vec![0; 8]))]);
    });
    list.head(PROMISE, "another algorithm", honest.around(algorithm).head(), "release: malformed");
    let signers = [&honest.release_keys[0], &honest.release_keys[1]];
    let field = |at: usize, value: u64| {
        let mut payload = payload(&parts.release);
        fields(&mut payload)[at].1 = Uint(value);
        honest.around(document("release", payload, &signers)).head()
    };
    list.head(PROMISE, "a schema of later", field(4, 2), "release: schema-unknown");
    list.head(PROMISE, "an engine of later", field(5, 99), "release: engine-too-old");
    let mut unknown = payload(&parts.release);
    let Array(targets) = &mut fields(&mut fields(&mut unknown)[2].1)[2].1 else { unreachable!() };
    targets.push(Array(vec![Uint(60), Uint(1), Bytes(vec![7; 32])]));
    let unknown = honest.around(document("release", unknown, &signers)).head();
    list.head(PROMISE, "a payload of an unknown kind", unknown, "release: malformed");
}

fn roots(list: &mut List) {
    const PROMISE: &str = "Each root is signed by the one before";
    let honest = Repository::new();
    let [a, b, c] = &honest.root_keys;
    let mut other = Repository::new();
    other.root_keys = [key(41), key(42), key(43)];
    let [d, e, _] = &other.root_keys;
    let mut chain = |name, says, roots: Vec<Vec<u8>>| {
        list.with(PROMISE, name, says, OPENS, |store| {
            roots.into_iter().zip(2..).for_each(|(root, version)| store.put_root(version, root));
        });
    };
    chain(
        "two roots, each signed as it must be",
        OPENS,
        vec![honest.root(stamp(2), &[a, c]), honest.root(stamp(3), &[b, c])],
    );
    chain("all root keys are replaced, and the old ones sign", OPENS, vec![other.root(stamp(2), &[d, e, a, b])]);
    chain("a root by its own keys alone", "root: threshold-not-met", vec![other.root(stamp(2), &[d, e])]);
    chain("too few of the old keys", "root: threshold-not-met", vec![other.root(stamp(2), &[d, e, a])]);
    chain("too few of its own", "root: threshold-not-met", vec![other.root(stamp(2), &[d, a, b])]);
    let back = vec![other.root(stamp(2), &[d, e, a, b]), honest.root(stamp(3), &[a, b])];
    chain("the keys of an earlier root again", "root: threshold-not-met", back);
    chain("a root is skipped", "root: rollback", vec![honest.root(stamp(3), &[a, b])]);
    chain("a root again", "root: rollback", vec![honest.first_root()]);
    let long = |steps: u64| (2..steps + 2).map(|version| honest.root(stamp(version), &[a, b])).collect::<Vec<_>>();
    chain("32 roots after the pinned one", OPENS, long(32));
    chain("33 roots after the pinned one", "root: too-many", long(33));
}

fn approvals(list: &mut List) {
    const PROMISE: &str = "Each class is approved";
    let honest = Repository::new();
    let [rules, content] = honest.approvals().try_into().expect("two");
    let with = |approvals: Vec<Vec<u8>>| Parts { approvals, ..honest.parts() }.head();
    list.head(PROMISE, "no approval", with(vec![]), "decisioning: threshold-not-met");
    list.head(PROMISE, "that of the rules is missing", with(vec![content.clone()]), "decisioning: threshold-not-met");
    list.head(PROMISE, "that of the content is missing", with(vec![rules.clone()]), "content: threshold-not-met");
    list.head(
        PROMISE,
        "one that is altered",
        with(vec![last_flipped(&rules), content.clone()]),
        "approval: bad-signature",
    );
    let other = Repository { seed: 2, ..Repository::new() };
    list.head(
        PROMISE,
        "that of other rules",
        with(vec![other.approvals()[0].clone(), content.clone()]),
        "release: not-approved",
    );
    let staging = Repository { scope: Scope { environment: "staging", ..SCOPE }, ..Repository::new() };
    let borrowed = with(vec![staging.approvals()[0].clone(), content.clone()]);
    list.head(PROMISE, "that of staging", borrowed, "approval: bad-signature");
    let digest = sign::digest_of(&honest.targets(), Class::Rules).expect("has rules");
    let by = |seed| sign::approval(&SCOPE, Class::Rules, &digest, &[Signer::local(&key(seed))]).expect("signs");
    list.head(
        PROMISE,
        "one by the role of another class",
        with(vec![by(23), content.clone()]),
        "approval: unknown-key",
    );
    list.head(PROMISE, "a release in its place", with(vec![honest.release(), content]), "approval: wrong-type");
}

fn overlays(list: &mut List) {
    const PROMISE: &str = "What was taken back stays so";
    let honest = Repository::new();
    let overlay = honest.overlay().expect("has one");
    let replayed = Repository { overlay: Some(stamp(OVERLAY - 1)), ..Repository::new() };
    let replay = Parts { overlay: replayed.overlay(), ..honest.parts() }.head();
    list.head(PROMISE, "an older overlay under this timestamp", replay, "overlay: snapshot-mismatch");
    list.with(PROMISE, "the older head with its overlay", "timestamp: rollback", OPENS, |store| {
        store.floor =
            Floor { root: ROOT, timestamp: TIMESTAMP + 1, release: RELEASE, overlay: OVERLAY, ..Floor::default() };
    });
    list.head(
        PROMISE,
        "an overlay that is altered",
        honest.around_overlay(last_flipped(&overlay)).head(),
        "overlay: bad-signature",
    );
    let staging = Repository { scope: Scope { environment: "staging", ..SCOPE }, ..Repository::new() };
    let borrowed = honest.around_overlay(staging.overlay().expect("has one")).head();
    list.head(PROMISE, "an overlay of staging", borrowed, "overlay: wrong-environment");
    let by = document("overlay", payload(&overlay), &[&honest.release_keys[0]]);
    list.head(PROMISE, "an overlay by a key of the release", honest.around_overlay(by).head(), "overlay: unknown-key");
    let ended = Stamp { expires: BEGIN + 172_800, ..stamp(OVERLAY) };
    let expired = Repository { overlay: Some(ended), ..Repository::new() }.head();
    list.head(PROMISE, "an overlay that has expired still holds", expired, OPENS);
}
