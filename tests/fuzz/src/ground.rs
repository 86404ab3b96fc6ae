//! Bundles to start from, and everything that a host does with one.

use std::path::Path;
use std::sync::LazyLock;

use selvedge::author::site::Site;
use selvedge::author::{Files, check};
use selvedge::bundle::{Bundle, Index, Program, SIEVE_RULES_MIN};
use selvedge::compile::compile;
use selvedge::consent::grants;
use selvedge::engine::explain::{Verdicts, schedule};
use selvedge::engine::{Limits, Page, Workspace, all_slots, decide, decide_into, permit, write_page};
use selvedge::page::{Asked, Deployment, Host, Scratch, Who, begin, slots_at};
use selvedge::trust::sign::{self, RoleKeys, Signer, Stamp};
use selvedge::trust::{Answer, Expiry, Floor, Job, Kind, Opening, Release, Role, Scope, Verified, native};
use selvedge::words::{Choice, Instant, PurposeKey, Value, Visit};
use selvedge::words::{Purpose, ValueType};

/// 2026-11-15T12:00:00Z
pub(super) const NOW_MS: i64 = 1_794_744_000_000;
pub(super) const SCOPE: Scope<'static> = Scope { repository: "shop", environment: "production" };

/// A site with what it compiles to.
pub(super) struct Base {
    pub(super) program: Vec<u8>,
    pub(super) index: Vec<u8>,
    pub(super) bundle: Bundle,
}

/// The sites that every run starts from.
pub(super) static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut above = here.ancestors().map(|folder| folder.join("tests/vectors/hostile"));
    let hostile = above.find(|folder| folder.is_dir()).expect("the package's own sites are there");
    let root = hostile.ancestors().nth(3).expect("it is below the package");
    let folders = [root.join("tests/host/awkward"), hostile.clone(), root.join("tests/host/browser/site")];
    let folders = folders.iter().map(|folder| Files::read(folder));
    let sites = folders.chain([long()]);
    sites.map(|files| base(&check(&files).0.expect("the package's own sites are sound"))).collect()
});

/// A slot with so many rules that the bundle has a sieve for them.
fn long() -> Files {
    let catalogue = "[v.i]\ntype = \"int\"\nsource = \"request\"\npurposes = [\"contextual\"]\n\
         [v.s]\ntype = \"string\"\nsource = \"device\"\nretention = \"30d\"\npurposes = [\"personalization\"]\n\
         [v.l]\ntype = \"list\"\nsource = \"request\"\npurposes = [\"contextual\"]\n";
    let mut rules = String::from("slot = \"home.hero\"\n");
    for number in 0..SIEVE_RULES_MIN + 50 {
        let row = match number % 4 {
            0 => format!("all = ['v.i >= {}', 'v.s == \"t{}\"']", 5_000 - number, number % 7),
            1 => format!("all = ['\"t{}\" in v.l']\nnone = ['v.i == {}']", number % 11, number % 13),
            2 => format!("any = ['v.s.startsWith(\"t{}\")', 'v.i + 1 == {number}']", number % 5),
            _ => format!("all = ['v.s in [\"a{number}\", \"b\"]', 'v.i < {number}']"),
        };
        rules += &format!("[[rule]]\n{row}\nshow = \"c{}\"\n", number % 2);
    }
    let texts = [
        ("selvedge.toml", "name = \"shop\"\nlocales = { default = \"en\" }\n"),
        ("attributes.toml", catalogue),
        ("slots.toml", "[home.hero]\nselector = \"#hero\"\nchange = \"inner\"\n"),
        ("content/c0.toml", "[locale.en]\nhtml = \"0\"\n"),
        ("content/c1.toml", "[locale.en]\nhtml = \"1\"\n"),
        ("experiences/e.toml", &rules),
    ];
    Files::from(texts)
}

pub(super) fn base(site: &Site) -> Base {
    let built = compile(site);
    let bundle = open(&built.program, &built.index).expect("what the compiler writes, the reader takes");
    Base { program: built.program, index: built.index, bundle }
}

/// Opens a bundle with these bytes, whatever they are: signed with no key, by a host that says yes to every signature.
pub(super) fn open(program: &[u8], index: &[u8]) -> Option<Bundle> {
    // Refused ones are most; they need no signature.
    let read = Program::open(program.to_vec()).ok()?;
    Index::open(index.to_vec(), read.contents(), read.manifest().locales.len()).ok()?;
    let parts = [(Kind::Program, program), (Kind::Index, index)];
    let (root, head) = documents(&parts);
    let release = believed(&root, &head).expect("documents of our own are read");
    let admit = |position: usize| -> Verified {
        native::admit(&release, position, parts[position].1.to_vec()).expect("the release names them")
    };
    Bundle::open(admit(0), admit(1)).ok()
}

/// A root and a head that name these parts.
pub(super) fn documents(parts: &[(Kind, &[u8])]) -> (Vec<u8>, Vec<u8>) {
    let key = |role: Role| [role.number() as u8 + 0x10; 32];
    let roles =
        [Role::Root, Role::Timestamp, Role::Release].map(|role| RoleKeys { role, threshold: 1, keys: vec![key(role)] });
    let signer = |role: Role| [Signer::new(key(role), |_| Ok([1; 64]))];
    let now = NOW_MS as u64 / 1_000;
    let stamp = Stamp { version: 1, issued: now, expires: now + 3_600 };
    let targets: Vec<_> = parts.iter().map(|(kind, bytes)| sign::target(*kind, bytes)).collect();
    let root = sign::root(&SCOPE, stamp, &roles, &[], &signer(Role::Root)).expect("it signs");
    let release = sign::release(&SCOPE, stamp, &targets, &signer(Role::Release)).expect("it signs");
    let timestamp = sign::timestamp(&SCOPE, stamp, (1, &release), None, &signer(Role::Timestamp)).expect("it signs");
    (root, sign::head(&timestamp, &release, None))
}

/// Opens a head as if every signature held: what only a key's owner could send is read too.
pub(super) fn believed(root: &[u8], head: &[u8]) -> Option<Release> {
    let opening = Opening::begin(root, head, &SCOPE, NOW_MS, Floor::default()).ok()?;
    let answer = |job: &Job<'_>| match job {
        Job::Verify { .. } => Answer::Verified(true),
        Job::Hash { bytes } => Answer::Hash(native::sha256(bytes)),
    };
    let answers: Vec<Answer> = opening.jobs().iter().map(answer).collect();
    opening.finish(&answers, Expiry::Refuse).ok()
}

/// Everything that a host does for a visit.
pub(super) fn exercise(bundle: &Bundle, visit: &Visit) {
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let program = bundle.program();
    let grants = grants(&program.manifest().regions, visit, now_ms);
    let permitted = permit(bundle, visit, &grants, now_ms);
    let (mut page, mut workspace) = (Page::default(), Workspace::default());
    decide_into(bundle, &permitted, &all_slots(bundle), &mut workspace, &mut page);
    let first = page.clone();
    decide_into(bundle, &permitted, &all_slots(bundle), &mut workspace, &mut page);
    assert!(page == first, "the same visit is decided in two ways");
    assert_eq!(page.decisions.len(), program.slots(), "a slot without a decision");
    if program.has_sieves() {
        let plain = bundle.clone().without_sieves();
        for rules_per_slot_max in [u32::MAX, 70] {
            let answer = |bundle: &Bundle| {
                let mut workspace = Workspace::with_limits(Limits { rules_per_slot_max });
                decide(bundle, &permitted, &all_slots(bundle), &mut workspace)
            };
            assert!(answer(bundle) == answer(&plain), "a sieve changes what is decided");
        }
    }
    let mut answer = String::new();
    write_page(&mut answer, bundle, &permitted, &page, &[]);
    serde_json::from_str::<serde_json::Value>(&answer).expect("an answer is JSON");
    let mut scratch = Scratch::default();
    let begun = begin(bundle, &Asked::of(Who::Settled(visit, &grants, now_ms)), &mut scratch);
    let deployment =
        Deployment { environment: SCOPE.environment, root: "00", root_version: 1, cookie: None, nonce: "0" };
    let _ = begun.chunks();
    if let Ok(answer) = begun.finish(&|_| Some(&[b'x'; 64]), &Host { deployment, recording: None, key: None }) {
        let (_, block) = answer.block.rsplit_once("<script").expect("there is a block");
        assert_eq!(block.matches('<').count(), 1, "the block ends early");
        for line in answer.lines.into_iter().chain(answer.exposures.into_iter().map(|exposure| exposure.line)) {
            serde_json::from_str::<serde_json::Value>(&line).expect("a line of the log is JSON");
        }
    }
    let _ = slots_at(bundle, "/products/1");
    let verdicts = Verdicts::new(bundle, &permitted, Purpose::Personalization);
    let literals = 2 * (program.predicates() + program.nodes()) as u32;
    (0..literals.min(4_096)).chain([u32::MAX]).for_each(|literal| _ = verdicts.of(literal));
    (0..program.experiences()).for_each(|experience| _ = schedule(bundle, &permitted, experience));
}

/// Visits that reach into every corner of a bundle: nobody, everything there is, everything wrong, nothing known.
pub(super) fn visits(bundle: &Bundle) -> [Visit; 4] {
    let attributes = &bundle.program().manifest().attributes;
    let name = |position: usize| attributes[position].name.clone();
    let everyone = Visit {
        grants: Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Granted))).collect(),
        region: Some("DE".into()),
        locale: Some("de-AT".into()),
        now: Some(Instant(NOW_MS)),
        identity: selvedge::words::Identity {
            visitor: Some("v".into()),
            account: Some("a".into()),
            session: Some("s".into()),
            page: Some("p".into()),
            links: vec![selvedge::words::Link {
                visitor: "v".into(),
                account: "a".into(),
                at: Instant(NOW_MS - 1),
                linked: true,
            }],
        },
        ..Visit::default()
    };
    let value = |of: ValueType| match of {
        ValueType::Bool => Value::Bool(true),
        ValueType::Int => Value::Int(6),
        ValueType::Double => Value::Double(0.5),
        ValueType::String | ValueType::Symbol => Value::Text("a".into()),
        ValueType::List => Value::List(vec!["a".into(), "b".into()]),
        ValueType::Timestamp => Value::Text("2026-11-15T12:00:00Z".into()),
    };
    let fine = attributes.iter().map(|attribute| (attribute.name.clone(), value(attribute.value_type()))).collect();
    let odd =
        [Value::Int(i64::MIN), Value::Text("日本\0".into()), Value::Double(-0.0), Value::Invalid, Value::List(vec![])];
    let wrong = (0..attributes.len()).map(|at| (name(at), odd[at % odd.len()].clone())).collect();
    [
        Visit::default(),
        Visit { attributes: fine, ..everyone.clone() },
        Visit { attributes: wrong, region: Some("US-CA".into()), ..everyone.clone() },
        Visit { unknown: (0..attributes.len()).map(name).collect(), ..everyone },
    ]
}
