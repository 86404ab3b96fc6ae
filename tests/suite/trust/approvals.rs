//! Approvals: a release in which a class lacks its roles is opened by nobody, whoever signed the rest.

use std::path::Path;

use ed25519_dalek::SigningKey;
use selvedge::author::{Entry, Files};
use selvedge::bundle::{Bundle, Program};
use selvedge::compile::{Built, compile};
use selvedge::trust::sign::{self, RoleKeys, Signer};
use selvedge::trust::{Class, Expiry, Floor, Kind, Part, Refusal, Role, Scope, Target, native};

use super::wire::{self, Array, Bytes, Document, Map, Null, Uint, Value};
use super::{NOW_MS, SCOPE, World, document, key, malformed, open, public, refused, script, stamp, targets};

/// Who approves what: each role has one key, of this seed.
const APPROVERS: [(Role, u8); 4] =
    [(Role::Privacy, 20), (Role::Legal, 21), (Role::Decisioning, 22), (Role::Content, 23)];

fn classes() -> Vec<(Class, Vec<Role>)> {
    vec![
        (Class::Consent, vec![Role::Privacy, Role::Legal]),
        (Class::Rules, vec![Role::Decisioning]),
        (Class::Content, vec![Role::Content]),
        (Class::Trusted, vec![Role::Engineering]),
    ]
}

fn roles(world: &World) -> Vec<RoleKeys> {
    let one = |role, seed| RoleKeys { role, threshold: 1, keys: vec![public(&key(seed))] };
    let mut roles = world.roles();
    roles.push(one(Role::Overlay, 8));
    roles.extend(APPROVERS.iter().map(|(role, seed)| one(*role, *seed)));
    roles.push(one(Role::Engineering, 24));
    roles
}

fn root_of(world: &World, roles: &[RoleKeys], classes: &[(Class, Vec<Role>)]) -> Vec<u8> {
    let signers: Vec<_> = world.root_keys[..2].iter().map(Signer::local).collect();
    sign::root_with_classes(&world.scope, stamp(1), roles, classes, &[], &signers).expect("signs")
}

fn root(world: &World) -> Vec<u8> {
    root_of(world, &roles(world), &classes())
}

fn approval(class: Class, digest: [u8; 32], seeds: &[u8]) -> Vec<u8> {
    approval_in(&SCOPE, class, digest, seeds)
}

fn approval_in(scope: &Scope<'_>, class: Class, digest: [u8; 32], seeds: &[u8]) -> Vec<u8> {
    let keys: Vec<SigningKey> = seeds.iter().map(|seed| key(*seed)).collect();
    sign::approval(scope, class, &digest, &keys.iter().map(Signer::local).collect::<Vec<_>>()).expect("signs")
}

fn digest(class: Class) -> [u8; 32] {
    sign::digest_of(&targets(), class).unwrap_or([9; 32])
}

fn approvals() -> Vec<Vec<u8>> {
    vec![
        approval(Class::Consent, digest(Class::Consent), &[20, 21]),
        approval(Class::Rules, digest(Class::Rules), &[22]),
        approval(Class::Content, digest(Class::Content), &[23]),
    ]
}

fn head_of(world: &World, release: &[u8], approvals: &[Vec<u8>]) -> Vec<u8> {
    let timestamp = world.timestamp_at(stamp(2), 3, release);
    sign::head_with_approvals(Some(&timestamp), release, None, approvals)
}

fn head(world: &World, approvals: &[Vec<u8>]) -> Vec<u8> {
    head_of(world, &world.release(), approvals)
}

/// What is said to these approvals in an otherwise honest head.
fn refused_with(approvals: &[Vec<u8>]) -> Refusal {
    let world = World::new();
    refused(&root(&world), &head(&world, approvals))
}

/// The honest approvals with another one in place of this one.
fn with(at: usize, other: Vec<u8>) -> Vec<Vec<u8>> {
    let mut all = approvals();
    all[at] = other;
    all
}

#[test]
fn an_approved_release_opens_and_an_independent_writer_makes_the_same_bytes() {
    let world = World::new();
    assert!(open(&root(&world), &head(&world, &approvals())).is_ok());

    let wired = |class: Class, digest: [u8; 32], seeds: &[u8]| {
        let keys: Vec<SigningKey> = seeds.iter().map(|seed| key(*seed)).collect();
        let payload = Array(vec![Uint(class as u64 + 1), Bytes(digest.to_vec())]);
        let signers = keys.iter().map(wire::signer).collect();
        Bytes(Document { role: "approval", payload, aad: &wire::aad(&world), signers }.value().encode())
    };
    // kind, length, SHA-256: of the index and the chunk.
    let of_content: Vec<u8> = targets()[1..3]
        .iter()
        .flat_map(|target| [&[target.kind as u8 + 1][..], &target.length.to_be_bytes(), &target.sha256].concat())
        .collect();
    assert_eq!(native::sha256(&of_content), digest(Class::Content));
    let list = Array(vec![
        wired(Class::Consent, digest(Class::Consent), &[20, 21]),
        wired(Class::Rules, digest(Class::Rules), &[22]),
        wired(Class::Content, digest(Class::Content), &[23]),
    ]);
    let (release, timestamp) = (world.release(), world.timestamp_at(stamp(2), 3, &world.release()));
    let head = Array(vec![Bytes(timestamp), Bytes(release), Null, Null, list]);
    head.assert_deterministic();
    assert_eq!(head.encode(), self::head(&world, &approvals()));
}

#[test]
fn no_class_goes_without_its_roles() {
    let missing = |role| Refusal::ThresholdNotMet { role, have: 0, need: 1 };
    assert_eq!(refused_with(&[]), missing(Role::Privacy), "stripped");
    for (at, role) in [(0, Role::Privacy), (1, Role::Decisioning), (2, Role::Content)] {
        let mut all = approvals();
        all.remove(at);
        assert_eq!(refused_with(&all), missing(role));
        assert_eq!(missing(role).to_string(), format!("{role}: the signature of this role is missing"));
    }
    // One of two roles is not enough, and nobody signs for two.
    let consent = |seeds: &[u8]| with(0, approval(Class::Consent, digest(Class::Consent), seeds));
    assert_eq!(refused_with(&consent(&[20])), missing(Role::Legal));
    assert_eq!(refused_with(&consent(&[21])), missing(Role::Privacy));
    let kid = sign::key_id(&public(&key(20)));
    assert_eq!(refused_with(&consent(&[20, 20])), Refusal::DuplicateSignature { role: Role::Approval, kid });
    assert_eq!(refused_with(&consent(&[])), Refusal::Unsigned { role: Role::Approval });
    // A head that says so in five parts, and an engine that knows four.
    let world = World::new();
    assert_eq!(refused(&root(&world), &world.head()), missing(Role::Privacy));
}

#[test]
fn nobody_approves_for_another_role() {
    for seed in [20, 23, 24, 4, 7, 8, 1, 99] {
        let other = with(1, approval(Class::Rules, digest(Class::Rules), &[seed]));
        let kid = sign::key_id(&public(&key(seed)));
        assert_eq!(refused_with(&other), Refusal::UnknownKey { role: Role::Approval, kid }, "{seed}");
        // Nor beside the one who may: nothing that is signed is ignored.
        let both = with(1, approval(Class::Rules, digest(Class::Rules), &[22, seed]));
        assert_eq!(refused_with(&both), Refusal::UnknownKey { role: Role::Approval, kid }, "{seed}");
    }
    // Under the name of a key that may, by one that may not.
    let world = World::new();
    let payload = Array(vec![Uint(2), Bytes(digest(Class::Rules).to_vec())]);
    let (own, other) = (key(22), key(99));
    let signers = vec![(wire::kid(&public(&own)), &other)];
    let forged = Document { role: "approval", payload, aad: &wire::aad(&world), signers }.value().encode();
    let kid = sign::key_id(&public(&own));
    assert_eq!(refused_with(&with(1, forged)), Refusal::BadSignature { role: Role::Approval, kid });
}

#[test]
fn what_was_approved_is_what_is_released() {
    let not = |class| Refusal::NotApproved { class };
    assert_eq!(refused_with(&with(1, approval(Class::Rules, [1; 32], &[22]))), not(Class::Rules));
    assert_eq!(refused_with(&with(2, approval(Class::Content, digest(Class::Rules), &[23]))), not(Class::Content));

    // A release with another program, under the approval of the one before. Its content is the same, and stays approved.
    let world = World::new();
    let mut changed = targets();
    changed[0] = sign::target(Kind::Program, b"another program");
    let signers: Vec<_> = world.release_keys[..2].iter().map(Signer::local).collect();
    let release = sign::release(&SCOPE, stamp(3), &changed, &signers).expect("signs");
    assert_eq!(refused(&root(&world), &head_of(&world, &release, &approvals())), not(Class::Rules));
    let rules = approval(Class::Rules, sign::digest_of(&changed, Class::Rules).expect("has rules"), &[22]);
    assert!(open(&root(&world), &head_of(&world, &release, &with(1, rules))).is_ok());

    // Trusted content needs its own role as soon as there is some, and a chunk cannot pass for another kind.
    let mut changed = targets();
    changed.push(sign::target(Kind::Trusted, b"<script>"));
    let release = sign::release(&SCOPE, stamp(3), &changed, &signers).expect("signs");
    let missing = Refusal::ThresholdNotMet { role: Role::Engineering, have: 0, need: 1 };
    assert_eq!(refused(&root(&world), &head_of(&world, &release, &approvals())), missing);
    let trusted = approval(Class::Trusted, sign::digest_of(&changed, Class::Trusted).expect("has some"), &[24]);
    let all = [approvals(), vec![trusted.clone()]].concat();
    let opened = open(&root(&world), &head_of(&world, &release, &all)).expect("opens");
    assert_eq!(opened.targets_of(Kind::Chunk).count(), 2, "a trusted chunk is a chunk");
    let as_plain: Vec<Target> = changed
        .iter()
        .map(|target| if target.kind == Kind::Trusted { Target { kind: Kind::Chunk, ..*target } } else { *target })
        .collect();
    let release = sign::release(&SCOPE, stamp(3), &as_plain, &signers).expect("signs");
    assert_eq!(refused(&root(&world), &head_of(&world, &release, &approvals())), not(Class::Content));
}

#[test]
fn an_approval_is_of_its_environment_its_kind_and_its_class() {
    let kid = sign::key_id(&public(&key(22)));
    let bad = Refusal::BadSignature { role: Role::Approval, kid };
    for scope in [Scope { environment: "staging", ..SCOPE }, Scope { repository: "blog", ..SCOPE }] {
        assert_eq!(refused_with(&with(1, approval_in(&scope, Class::Rules, digest(Class::Rules), &[22]))), bad);
    }
    let world = World::new();
    let wrong = |found| Refusal::WrongType { expected: Role::Approval, found };
    assert_eq!(refused_with(&with(1, world.release())), wrong(Some(Role::Release)));
    assert_eq!(refused_with(&with(1, Vec::new())), Refusal::Missing { part: document(Role::Approval) });
    let refusal =
        refused(&root(&world), &sign::head_with_approvals(Some(&approvals()[1]), &world.release(), None, &approvals()));
    assert_eq!(refusal, Refusal::WrongType { expected: Role::Timestamp, found: Some(Role::Approval) });

    let payload = |payload: Value| {
        let own = key(22);
        let signers = vec![wire::signer(&own)];
        malformed(refused_with(&with(
            1,
            Document { role: "approval", payload, aad: &wire::aad(&world), signers }.value().encode(),
        )))
    };
    assert_eq!(payload(Array(vec![Uint(9), Bytes(vec![0; 32])])), "an approval is for an unknown class");
    assert_eq!(payload(Array(vec![Uint(0), Bytes(vec![0; 32])])), "an approval is for an unknown class");
    assert_eq!(payload(Array(vec![Uint(2), Bytes(vec![])])), "an approval is of nothing");
    assert_eq!(payload(Array(vec![Uint(2)])), "an approval has two parts");
    assert_eq!(payload(Map(vec![])), "an array was expected");

    let rules = approvals()[1].clone();
    let unsupported = Refusal::Unsupported { role: Role::Approval };
    assert_eq!(refused_with(&[approvals(), vec![rules.clone()]].concat()), unsupported, "twice");
    assert_eq!(refused_with(&[vec![rules.clone()], approvals()].concat()), unsupported, "not in their order");
    let many = Refusal::TooMany { part: Part::Head, what: "approvals", max: 4 };
    assert_eq!(refused_with(&vec![rules; 5]), many);
    // A root that asks for nobody takes no approvals: nothing that is signed is ignored.
    let refusal = refused(&world.root(), &head(&world, &approvals()));
    assert!(matches!(refusal, Refusal::UnknownKey { role: Role::Approval, .. }), "{refusal:?}");
}

#[test]
fn every_flipped_bit_and_every_truncation_is_refused() {
    let world = World::new();
    let (root, head) = (root(&world), head(&world, &approvals()));
    assert!(open(&root, &head).is_ok());
    for bit in 0..head.len() * 8 {
        let mut flipped = head.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused(&root, &flipped);
    }
    for bit in 0..root.len() * 8 {
        let mut flipped = root.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused(&flipped, &head);
    }
    for length in 1..head.len() {
        assert_eq!(refused(&root, &head[..length]), Refusal::Truncated { part: Part::Head }, "{length}");
    }
}

#[test]
fn a_root_that_names_nobody_or_one_person_twice_is_none() {
    let world = World::new();
    let with = |roles: &[RoleKeys], classes: &[(Class, Vec<Role>)]| {
        refused(&root_of(&world, roles, classes), &head(&world, &approvals()))
    };
    let no_keys = "a class names a role without keys, or not in ascending order";
    assert_eq!(malformed(with(&world.roles(), &classes())), no_keys);
    assert_eq!(malformed(with(&roles(&world), &[(Class::Rules, vec![])])), "a class must be approved by nobody");
    // One key for privacy and for legal, and one for release and decisioning.
    for (role, seed) in [(Role::Legal, 20), (Role::Decisioning, 4), (Role::Content, 7)] {
        let mut shared = roles(&world);
        for entry in shared.iter_mut().filter(|entry| entry.role == role) {
            entry.keys = vec![public(&key(seed))];
        }
        let kid = sign::key_id(&public(&key(seed)));
        assert_eq!(with(&shared, &classes()), Refusal::DuplicateKey { kid });
    }
}

/// A site whose consent is another one.
fn sites() -> [Built; 2] {
    let mut files = Files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront"));
    let before = compile(&crate::sites::checked(&files));
    let Some(Entry::Bytes(bytes)) = files.entries.get_mut("attributes.toml") else { panic!("a catalogue") };
    bytes.extend(b"\n[\"page.mood\"]\ntype = \"string\"\nsource = \"page\"\npurposes = [\"contextual\"]\ndepth = \"contextual\"\ndescription = \"The mood of a page\"\n");
    [before, compile(&crate::sites::checked(&files))]
}

#[test]
fn the_manifest_of_the_program_is_the_one_that_privacy_approved() {
    let [before, after] = sites();
    let consent = |built: &Built| Program::open(built.program.clone()).expect("opens").consent();
    assert_ne!(consent(&before), consent(&after));
    let world = World::new();
    let open = |built: &Built, approved: [u8; 32]| {
        let parts = [(Kind::Program, &built.program), (Kind::Index, &built.index)];
        let targets: Vec<Target> = parts.map(|(kind, bytes)| sign::target(kind, bytes)).to_vec();
        let signers: Vec<_> = world.release_keys[..2].iter().map(Signer::local).collect();
        let release = sign::release(&SCOPE, stamp(3), &targets, &signers).expect("signs");
        let of = |class| sign::digest_of(&targets, class).expect("has it");
        let approvals = [
            approval(Class::Consent, approved, &[20, 21]),
            approval(Class::Rules, of(Class::Rules), &[22]),
            approval(Class::Content, of(Class::Content), &[23]),
        ];
        let head = head_of(&world, &release, &approvals);
        let release =
            script::open(&root(&world), &head, &SCOPE, NOW_MS, Floor::default(), Expiry::Refuse).expect("opens");
        let part = |at: usize, bytes: &Vec<u8>| native::admit(&release, at, bytes.clone()).expect("admitted");
        Bundle::open(part(0, parts[0].1), part(1, parts[1].1)).map(drop).map_err(|fault| fault.brief())
    };
    assert_eq!(open(&before, consent(&before)), Ok(()));
    assert_eq!(open(&after, consent(&after)), Ok(()));
    // Decisioning and release sign a program with another law in it. Privacy did not.
    assert_eq!(open(&after, consent(&before)), Err("bundle: consent".into()));
}
