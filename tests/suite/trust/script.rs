//! The same attacks for the JavaScript of pages: it must refuse what this machine refuses, with the same code, and open the rest alike.
//!
//! Every opening of this suite goes through [`open`]. With `SELVEDGE_TRUST_CASES`, the path of a file, each is written there with its verdict.
//! `cargo xtask trust` runs the suite so, and `tests/host/trust/compare.mjs` then asks the script. Of many alike some are written: of each
//! test the first of each verdict, and then a share.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Mutex;

use ed25519_dalek::SigningKey;
use selvedge::trust::sign::{self, RoleKeys, Signer};
use selvedge::trust::{Action, Class, Expiry, Floor, Kind, Order, Refusal, Release, Role, Scope, native};

use super::wire::{self, Array, Bytes, Document, Map, Null, Raw, Uint, Value};
use super::{ISSUED, NOW_MS, SCOPE, World, key, public, stamp, targets};
use crate::sites::cases;
use crate::sites::dice::Dice;

/// Cases of one test and one verdict that are all written.
const ALL: usize = 60;
/// Of those after them one in so many.
const SHARE: usize = 64;

/// As [`native::open`].
pub(super) fn open(
    root: &[u8],
    head: &[u8],
    scope: &Scope<'_>,
    now_ms: i64,
    floor: Floor,
    expiry: Expiry,
) -> Result<Release, Refusal> {
    let opened = native::open(root, head, scope, now_ms, floor, expiry);
    // A page never opens what has expired.
    if let (Expiry::Refuse, Some(path)) = (expiry, std::env::var_os("SELVEDGE_TRUST_CASES")) {
        let verdict = opened.as_ref().map_or_else(Refusal::brief, told);
        if is_written(&verdict) {
            let Floor { root: of_root, timestamp, release, overlay, data } = floor;
            let floor = format!(
                r#"{{"root":{of_root},"timestamp":{timestamp},"release":{release},"overlay":{overlay},"data":{data}}}"#
            );
            let now = now_ms.to_string();
            let fields = [root, head, scope.repository.as_bytes(), scope.environment.as_bytes(), now.as_bytes()];
            let mut case = Vec::new();
            for field in fields.into_iter().chain([floor.as_bytes(), verdict.as_bytes()]) {
                case.extend_from_slice(&(field.len() as u32).to_le_bytes());
                case.extend_from_slice(field);
            }
            let mut file = OpenOptions::new().create(true).append(true).open(path).expect("opens the file of cases");
            file.write_all(&case).expect("writes the case");
        }
    }
    opened
}

fn is_written(verdict: &str) -> bool {
    static SEEN: Mutex<BTreeMap<(String, String), usize>> = Mutex::new(BTreeMap::new());
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let mut seen = SEEN.lock().expect("no test panics here");
    let count = seen.entry((test.clone(), verdict.to_owned())).or_default();
    *count += 1;
    *count <= ALL || (*count).is_multiple_of(SHARE) || test.ends_with("random_documents_are_judged_alike")
}

/// What an opened release says, as `compare.mjs` writes it.
fn told(release: &Release) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let Floor { root, timestamp, release: own, overlay, .. } = release.floor();
    let targets = release
        .targets()
        .iter()
        .map(|target| format!("{} {} {}", target.kind as usize + 1, target.length, hex(&target.sha256)));
    let orders = release.orders().iter().map(|Order { action, name, until_ms, .. }| {
        let until = if *until_ms == selvedge::words::time::MAX { "ever".to_owned() } else { until_ms.to_string() };
        format!("{} {name} {until}", *action as usize + 1)
    });
    let facts = [
        hex(release.digest()),
        release.expires_ms().to_string(),
        format!("{root} {timestamp} {own} {overlay}"),
        release.data().map_or("none".to_owned(), |data| format!("{} {}", data.version, data.expires_ms)),
        targets.collect::<Vec<_>>().join(","),
        orders.collect::<Vec<_>>().join(","),
    ];
    facts.join("|")
}

/// Payloads of every role with bytes changed, put in or cut out, signed again by the right keys, under honest documents; and files with bytes
/// changed as they are. `SELVEDGE_CASES` and `SELVEDGE_SEED` set how many, and where they start.
#[test]
fn random_documents_are_judged_alike() {
    let mut dice = Dice::new(std::env::var("SELVEDGE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1));
    let honest = Parts::honest();
    assert!(
        open(&honest.root(), &honest.head(honest.timestamp()), &SCOPE, NOW_MS, Floor::default(), Expiry::Refuse)
            .is_ok()
    );
    let mut opened = 0;
    for _ in 0..cases(200) {
        let mut parts = Parts { is_fed: dice.percent(75), ..honest.clone() };
        // One payload of the root's, the release's, the overlay's, the data's or an approval's; the timestamp's; or a file as it is.
        let which = dice.below(parts.payloads.len() + 3);
        if let Some(payload) = parts.payloads.get_mut(which) {
            mutate(&mut dice, payload);
        }
        let mut timestamp = parts.timestamp();
        if which == parts.payloads.len() {
            mutate(&mut dice, &mut timestamp);
        }
        let (mut root, mut head) = (parts.root(), parts.head(timestamp));
        if which > parts.payloads.len() {
            let file = if dice.percent(40) { &mut root } else { &mut head };
            mutate(&mut dice, file);
        }
        let pick = |dice: &mut Dice| if dice.percent(90) { 0 } else { dice.below(8) as u64 };
        let floor = Floor {
            root: pick(&mut dice),
            timestamp: pick(&mut dice),
            release: pick(&mut dice),
            overlay: pick(&mut dice),
            data: pick(&mut dice),
        };
        let now_ms = if dice.percent(90) { NOW_MS } else { NOW_MS + (dice.below(400_000) as i64 - 200_000) * 1_000 };
        opened += usize::from(open(&root, &head, &SCOPE, now_ms, floor, Expiry::Refuse).is_ok());
    }
    // Hosts that refuse everything would agree, and prove nothing.
    assert!(opened > 0, "nothing opened");
}

/// Changes bytes, puts some in or cuts some out. Small numbers are what documents are made of.
fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..dice.between(1, 2) {
        let at = dice.below(bytes.len().max(1));
        match dice.below(8) {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            1 => bytes.insert(at, dice.next() as u8),
            2 => bytes.truncate(at),
            3 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1),
            4 if at < bytes.len() => bytes[at] = bytes[at].wrapping_sub(1),
            5 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            6 if at < bytes.len() => {
                bytes[at] = dice.pick(&[0, 1, 2, 0x18, 0x1b, 0x40, 0x58, 0x5b, 0x60, 0x80, 0xa0, 0xf6, 0xff])
            }
            _ if at < bytes.len() => bytes[at] = dice.next() as u8,
            _ => {}
        }
    }
}

/// The payloads of a repository with every kind of document, to be signed.
#[derive(Clone)]
struct Parts {
    /// Root, release, overlay, data, then approvals.
    payloads: Vec<Vec<u8>>,
    /// True if the head has the data.
    is_fed: bool,
}

const APPROVERS: [(Class, Role, u8); 3] =
    [(Class::Consent, Role::Privacy, 20), (Class::Rules, Role::Decisioning, 22), (Class::Content, Role::Content, 23)];

impl Parts {
    fn honest() -> Self {
        let world = World::new();
        let one = |role, seed| RoleKeys { role, threshold: 1, keys: vec![public(&key(seed))] };
        let mut roles = world.roles();
        roles.push(one(Role::Overlay, 8));
        roles.push(one(Role::Data, 9));
        roles.extend(APPROVERS.iter().map(|(_, role, seed)| one(*role, *seed)));
        let classes: Vec<_> = APPROVERS.iter().map(|(class, role, _)| (*class, vec![*role])).collect();
        let signers: Vec<_> = world.root_keys[..2].iter().map(Signer::local).collect();
        let root = sign::root_with_classes(&SCOPE, stamp(1), &roles, &classes, &[], &signers).expect("signs");
        let order = |action, name: &str, until_ms| Order { action, name: name.into(), until_ms, reason: "why".into() };
        let until_ms = (ISSUED as i64 + 3_600) * 1_000;
        let orders = [order(Action::Pause, "hero", until_ms), order(Action::Stop, "é", selvedge::words::time::MAX)];
        let own = key(8);
        let listed = [sign::target(Kind::Revocations, b"list")];
        let overlay = sign::overlay(&SCOPE, stamp(5), &listed, &orders, &[Signer::local(&own)]).expect("signs");
        let facts = [sign::target(Kind::Data, b"facts")];
        let data = sign::data(&SCOPE, stamp(4), &facts, &[Signer::local(&key(9))]).expect("signs");
        let digest = |class| sign::digest_of(&targets(), class).unwrap_or([9; 32]);
        let approvals = APPROVERS
            .iter()
            .map(|(class, ..)| Array(vec![Uint(*class as u64 + 1), Bytes(digest(*class).to_vec())]).encode());
        let payloads = [root, world.release(), overlay, data].map(|document| payload_of(&document));
        Self { payloads: payloads.into_iter().chain(approvals).collect(), is_fed: true }
    }

    fn root(&self) -> Vec<u8> {
        signed("root", &self.payloads[0], &World::new().root_keys[..2])
    }

    fn release(&self) -> Vec<u8> {
        signed("release", &self.payloads[1], &World::new().release_keys[..2])
    }

    fn overlay(&self) -> Vec<u8> {
        signed("overlay", &self.payloads[2], &[key(8)])
    }

    fn data(&self) -> Option<Vec<u8>> {
        self.is_fed.then(|| signed("data", &self.payloads[3], &[key(9)]))
    }

    /// The payload of an honest timestamp for these documents.
    fn timestamp(&self) -> Vec<u8> {
        let data = self.data().map(|data| wire::pinned(4, 4, &data));
        let overlay = wire::pinned(5, 5, &self.overlay());
        let entries = [Some(wire::pinned(3, 3, &self.release())), data, Some(overlay)].into_iter().flatten().collect();
        wire::payload(2, wire::role_data(&World::new(), vec![Map(entries)])).encode()
    }

    fn head(&self, timestamp: Vec<u8>) -> Vec<u8> {
        let timestamp = signed("timestamp", &timestamp, &[World::new().timestamp_key]);
        let approvals = self.payloads[4..].iter().zip(APPROVERS);
        let approvals = approvals.map(|(payload, (.., seed))| Bytes(signed("approval", payload, &[key(seed)])));
        let data = self.data().map_or(Null, Bytes);
        let parts = [Bytes(timestamp), Bytes(self.release()), data, Bytes(self.overlay()), Array(approvals.collect())];
        Array(parts.to_vec()).encode()
    }
}

fn signed(role: &str, payload: &[u8], keys: &[SigningKey]) -> Vec<u8> {
    let signers = keys.iter().map(wire::signer).collect();
    Document { role, payload: Raw(payload.to_vec()), aad: &wire::aad(&World::new()), signers }.value().encode()
}

fn payload_of(document: &[u8]) -> Vec<u8> {
    let mut value = Value::decode(document).expect("is a document");
    match &wire::parts(&mut value)[2] {
        Bytes(payload) => payload.clone(),
        other => panic!("{other:?}"),
    }
}
