//! Whole releases of the levels and formats before: hosts of this version read them and decide as then.
//!
//! `tests/vectors/releases/FORMAT` is a folder as hosts read it, with visits and what was decided for them. A Worker opens the same
//! folders in `tests/host/worker-releases.test.mjs`.

use std::path::{Path, PathBuf};

use selvedge::author::check;
use selvedge::bundle::Bundle;
use selvedge::bundle::format::{FORMAT, FORMAT_MAX};
use selvedge::bundle::journeys::{Earlier, Journey, Journeys};
use selvedge::compile::compile;
use selvedge::page::{Asked, Scratch, Who, begin};
use selvedge::report::interference::{Door, Maker, visitors};
use selvedge::trust::sign::{self, RoleKeys, Signer, Stamp};
use selvedge::trust::{Action, Class, ENGINE, Expiry, Floor, Kind, Order, Role, Scope, Target, layout, native};
use selvedge::words::Visit;
use selvedge::words::time::MAX;

use crate::golden::{FORMATS, files};

const SCOPE: Scope<'static> = Scope { repository: "shop", environment: "production" };
/// Issued in September 2026, and good until the year 2100: a Worker has the clock of its machine.
const STAMP: Stamp = Stamp { version: 1_790_000_000, issued: 1_790_000_000, expires: 4_102_444_800 };
const NOW_MS: i64 = 1_796_000_000_000;
/// Level and format of each golden release. A new level or format gets one more, and these stay as they are.
const RELEASES: [(u64, u16); 8] = [(1, 4), (2, 5), (2, 6), (2, 7), (2, 8), (2, 9), (2, 11), (JOURNEYS, 4)];
/// The level of a release with journeys. Its folder is `level-3`.
const JOURNEYS: u64 = 3;

fn folder((level, format): (u64, u16)) -> PathBuf {
    let name = if level < JOURNEYS { format.to_string() } else { format!("level-{level}") };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/releases").join(name)
}

/// With `SELVEDGE_GOLDEN=write` a release of this level and format is written instead, unless there is one.
#[test]
fn releases_of_the_level_and_format_before_are_read_and_decide_as_then() {
    let (levels, formats): (Vec<u64>, Vec<u16>) = RELEASES.into_iter().unzip();
    assert!(levels.contains(&(ENGINE - 1)) && levels.contains(&ENGINE), "write a golden release of level {ENGINE}");
    assert!(FORMATS.iter().all(|format| formats.contains(format)), "write one of each format that is read");
    const { assert!(FORMAT < FORMAT_MAX, "an engine reads its own format and the one before") };
    for (level, format) in RELEASES {
        if std::env::var("SELVEDGE_GOLDEN").is_ok_and(|word| word == "write") && !folder((level, format)).exists() {
            write(level, format);
        }
        let read = |path: &str| {
            let path = folder((level, format)).join(path.trim_start_matches('/'));
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let (root, head) = (read(&layout::root("production", 1)), read(&layout::head("production")));
        let release = native::open(&root, &head, &SCOPE, NOW_MS, Floor::default(), Expiry::Refuse).expect("opens");
        let needs = |role, document: Option<&[u8]>| document.and_then(|document| sign::needs_of(document, role));
        let [timestamp, of_release, data, overlay] = sign::parts_of_head(&head).expect("a head");
        let all = [
            (Role::Root, Some(&root[..])),
            (Role::Timestamp, timestamp),
            (Role::Release, of_release),
            (Role::Data, data),
            (Role::Overlay, overlay),
        ];
        assert_eq!(all.iter().filter_map(|(role, document)| needs(*role, *document)).max(), Some(level));
        let admitted = |kind: Kind| {
            let at = release.targets_of(kind).next().expect("a payload of this kind");
            native::admit(&release, at, read(&release.path(at).expect("a path"))).expect("is admitted")
        };
        let (program, index) = (admitted(Kind::Program), admitted(Kind::Index));
        if level >= JOURNEYS {
            let journeys = Journeys::open(admitted(Kind::Journeys).bytes()).expect("reads");
            assert_eq!((journeys.journeys.len(), journeys.earlier.len()), (1, 1));
        }
        assert_eq!(
            (&program.bytes()[4..6], &index.bytes()[4..6]),
            (&format.to_le_bytes()[..], &4_u16.to_le_bytes()[..])
        );
        let bundle = Bundle::open(program, index).expect("opens");
        let visits = String::from_utf8(read("visits.jsonl")).expect("text");
        let decided: Vec<String> = visits.lines().map(|line| decisions(&bundle, line)).collect();
        let stored = String::from_utf8(read("decisions.txt")).expect("text");
        for (line, (now, then)) in decided.iter().zip(stored.lines()).enumerate() {
            assert_eq!(now, then, "format {format}, visit {}", line + 1);
        }
        assert!(decided.len() == stored.lines().count() && decided.len() > 50);
        assert!(decided.iter().collect::<std::collections::BTreeSet<_>>().len() > 10, "the visits are not alike");
    }
}

/// What each slot shows, and why.
fn decisions(bundle: &Bundle, context: &str) -> String {
    let visit: Visit = serde_json::from_str(context).expect("a context");
    let program = bundle.program();
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let slots: Vec<Option<u32>> = (0..program.slots()).map(|slot| Some(slot as u32)).collect();
    let mut scratch = Scratch::default();
    let page =
        begin(bundle, &Asked { slots: Some(&slots), ..Asked::of(Who::Visit(&visit, now_ms)) }, &mut scratch).page();
    let one = |decision: &selvedge::engine::Decision| {
        let content = decision.content.map_or("control", |content| program.content_name(content));
        let detail = decision.detail.map_or(String::new(), |detail| format!("/{detail}"));
        format!("{content}:{}{detail}", decision.reason)
    };
    page.decisions.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn write(level: u64, format: u16) {
    let site = check(&files(format)).0.expect("the golden site has no faults");
    let built = compile(&site);
    let key = |seed: u8| ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    let approvers = [(Role::Privacy, 5), (Role::Decisioning, 6), (Role::Content, 7)];
    let roles = [(Role::Root, 1), (Role::Timestamp, 2), (Role::Release, 3), (Role::Overlay, 4)];
    let roles: Vec<RoleKeys> = roles
        .iter()
        .chain(approvers.iter().filter(|_| level > 1))
        .map(|(role, seed)| RoleKeys { role: *role, threshold: 1, keys: vec![key(*seed).verifying_key().to_bytes()] })
        .collect();
    let journeys = journeys();
    let parts: Vec<(Kind, &Vec<u8>)> = [(Kind::Program, &built.program), (Kind::Index, &built.index)]
        .into_iter()
        .chain(built.chunks.iter().map(|chunk| (Kind::Chunk, chunk)))
        .chain([(Kind::Notice, &built.notice)])
        .chain((level >= JOURNEYS).then_some((Kind::Journeys, &journeys)))
        .collect();
    let targets: Vec<Target> = parts.iter().map(|(kind, bytes)| sign::target(*kind, bytes)).collect();
    let [root, timestamp, release, overlay] = [1, 2, 3, 4].map(key);
    let classes = [(Class::Consent, Role::Privacy), (Class::Rules, Role::Decisioning), (Class::Content, Role::Content)];
    let named: Vec<(Class, Vec<Role>)> =
        classes.iter().filter(|_| level > 1).map(|(class, role)| (*class, vec![*role])).collect();
    let root =
        sign::root_with_classes(&SCOPE, STAMP_OF_ROOT, &roles, &named, &[], &[Signer::local(&root)]).expect("signs");
    let release = sign::release(&SCOPE, STAMP, &targets, &[Signer::local(&release)]).expect("signs");
    let name = site.experiences.first().expect("an experience").name.clone();
    let order = Order { action: Action::Pause, name, until_ms: MAX, reason: "a golden order".into() };
    let overlay =
        (level > 1).then(|| sign::overlay(&SCOPE, STAMP, &[], &[order], &[Signer::local(&overlay)]).expect("signs"));
    let versioned = overlay.as_ref().map(|document| (STAMP.version, &document[..]));
    let timestamp = sign::timestamp(&SCOPE, STAMP, (STAMP.version, &release), versioned, &[Signer::local(&timestamp)])
        .expect("signs");
    let program = selvedge::bundle::Program::open(built.program.clone()).expect("opens");
    let approvals = classes.iter().zip(approvers).filter(|_| level > 1).map(|((class, _), (_, seed))| {
        let digest = match class {
            Class::Consent => program.consent(),
            class => sign::digest_of(&targets, *class).expect("has such targets"),
        };
        sign::approval(&SCOPE, *class, &digest, &[Signer::local(&key(seed))]).expect("signs")
    });
    let head =
        sign::head_with_approvals(Some(&timestamp), &release, overlay.as_deref(), &approvals.collect::<Vec<_>>());
    let put = |path: &str, bytes: &[u8]| {
        let path = folder((level, format)).join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("makes a folder");
        std::fs::write(path, bytes).expect("writes");
    };
    put(&layout::root("production", 1), &root);
    put(&layout::head("production"), &head);
    for (target, (_, bytes)) in targets.iter().zip(&parts) {
        put(&layout::target("production", target.kind, &target.sha256), bytes);
    }
    let opened = native::open(&root, &head, &SCOPE, NOW_MS, Floor::default(), Expiry::Refuse).expect("opens");
    let admit = |at: usize| native::admit(&opened, at, parts[at].1.clone()).expect("is admitted");
    let bundle = Bundle::open(admit(0), admit(1)).expect("opens");
    let maker = Maker::new(&site, &["/".into()], NOW_MS);
    let visits = visitors(&maker, 1, 300).filter(|case| case.door == Door::Visit);
    let visits: Vec<String> = visits.map(|case| case.json()["context"].to_string()).collect();
    let decided: Vec<String> = visits.iter().map(|visit| decisions(&bundle, visit)).collect();
    put("visits.jsonl", (visits.join("\n") + "\n").as_bytes());
    put("decisions.txt", (decided.join("\n") + "\n").as_bytes());
}

/// Journeys that may end with the golden release of format 7.
fn journeys() -> Vec<u8> {
    let head = std::fs::read(folder((2, 7)).join("v1/production/head")).expect("a golden release");
    let journey = Journey { name: "order".into(), slots: vec!["home.s0".into()], ends: vec!["/done/".into()], days: 2 };
    let earlier = Earlier { mark: *b"format 7", until_ms: i64::from(u32::MAX) * 1_000, head };
    postcard::to_allocvec(&Journeys { journeys: vec![journey], earlier: vec![earlier] }).expect("serializes")
}

/// The first root.
const STAMP_OF_ROOT: Stamp = Stamp { version: 1, ..STAMP };
