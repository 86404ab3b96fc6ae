//! Draws of made-up ids: `report assign`, the least that moves, and lists for other systems.

use std::fs;
use std::path::PathBuf;

use selvedge::author::points::LOCK;
use selvedge::author::site::Site;
use selvedge::author::{Entry, Files};
use selvedge::engine::bucket::{Domain, TOTAL, point};
use selvedge::report::{Assign, assign};
use serde_json::{Value, json};

use crate::command::selvedge;
use crate::sites;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-assign-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Computed with Python's hashlib.
#[test]
fn points_of_a_holdout_are_those_of_hashlib() {
    let drawn = |id| point(Domain::Holdout, "global-2027q1", id, TOTAL);
    let ids = ["anna", "u-1", "u-2", "u-42", "Zoë", ""];
    assert_eq!(ids.map(drawn), [2530, 4064, 8125, 2908, 2760, 8045]);
}

/// A site with one experiment, laid out on the lock file of the one before.
fn site(before: Option<&Site>, arms: &str, more: &str, settings: &str) -> Site {
    let split = |name: &str, arms: &str, more: &str| {
        format!(
            "slot = \"s.{name}\"\npurpose = \"contextual\"\n[[rule]]\n\
             split = {{ experiment = \"{name}\", arms = {{ {arms} }}{more} }}\n"
        )
    };
    let slot = |name: &str| format!("[s.{name}]\nselector = \"#{name}\"\nchange = \"text\"\n");
    let mut texts = vec![
        ("selvedge.toml".to_owned(), format!("name = \"shop\"\n[locales]\ndefault = \"en\"\n{settings}")),
        ("slots.toml".to_owned(), slot("one") + &slot("two")),
        ("experiences/one.toml".to_owned(), split("one", arms, more)),
        ("experiences/two.toml".to_owned(), split("two", "a = 50, b = 50", ", salt = \"two\"")),
    ];
    texts.extend(
        ["a", "b", "c", "d", "e"].map(|name| (format!("content/{name}.toml"), "[locale.en]\ntext = \"t\"\n".into())),
    );
    let mut files: Files = sites::files(texts);
    if let Some(lock) = before.and_then(|site| site.laid.lock.clone()) {
        files.entries.insert(LOCK.into(), Entry::Bytes(lock.into_bytes()));
    }
    sites::checked(&files)
}

/// The moves of each draw: points, the least, and ids.
fn moves(report: &Assign) -> Vec<(&str, u32, u32, u32)> {
    report.moves.iter().map(|one| (one.draw.as_str(), one.points, one.least, one.ids)).collect()
}

#[test]
fn changes_of_shares_move_the_least_that_they_can() {
    const IDS: u32 = 20_000;
    let mut before = site(None, "a = 50, b = 50", "", "");
    for (arms, expected) in [
        ("a = 40, b = 40, c = 20", 2_000),
        ("a = 40, c = 60", 4_000),
        ("a = 20, b = 20, c = 20, d = 20, e = 20", 6_000),
        ("a = 10, b = 15, c = 20, d = 25, e = 30", 1_500),
    ] {
        let after = site(Some(&before), arms, "", "");
        let report = assign(&after, Some(&before), "u-", IDS);
        let [("arms one", points, least, ids)] = moves(&report)[..] else { panic!("{:?}", report.moves) };
        assert_eq!((points, least), (expected, expected), "{arms}");
        assert!(ids.abs_diff(points * IDS / TOTAL) < 300, "{arms}: {ids}");
        assert_eq!(report.alarms(), Vec::<String>::new());
        before = after;
    }
}

#[test]
fn a_ramp_moves_only_those_who_join() {
    let ramp = |before: Option<&Site>, share: u32| site(before, "a = 50, b = 50", &format!(", traffic = {share}"), "");
    let (ten, twenty, fifty) = (ramp(None, 10), ramp(None, 20), ramp(None, 50));
    let moved = |after, before| {
        moves(&assign(after, Some(before), "u-", 20_000))
            .iter()
            .map(|one| (one.0.to_owned(), one.1, one.2))
            .collect::<Vec<_>>()
    };
    assert_eq!(moved(&twenty, &ten), [("traffic one".to_owned(), 1_000, 1_000)]);
    assert_eq!(moved(&fifty, &twenty), [("traffic one".to_owned(), 3_000, 3_000)]);
    assert_eq!(moved(&fifty, &fifty), []);
}

#[test]
fn a_shared_salt_is_an_alarm_and_nested_draws_are_none() {
    let nested = "[holdouts.world]\nshare = 5\n[layers.home]\nshares = { one = 40 }\n";
    let report = assign(&site(None, "a = 50, b = 50", ", layer = \"home\"", nested), None, "u-", 30_000);
    let draws: Vec<&str> = report.draws.iter().map(|draw| draw.draw.as_str()).collect();
    assert_eq!(draws, ["holdout world", "layer home", "arms one", "arms two"]);
    assert_eq!((report.pairs.len(), report.alarms()), (6, vec![]));
    assert!(report.pairs.iter().all(|pair| pair.test.freedom == 81 && pair.test.p > 0.01));
    let shared = assign(&site(None, "a = 50, b = 50", ", salt = \"two\"", ""), None, "u-", 5_000);
    let [alarm] = &shared.alarms()[..] else { panic!("{:?}", shared.alarms()) };
    assert!(alarm.starts_with("arms one and arms two: the draws depend on each other"), "{alarm}");
}

#[test]
fn a_draw_in_too_many_ranges_is_refused_until_it_is_compact() {
    let folder = Folder::new("ranges");
    let ranges = |first: u32| {
        (0..40).map(|at| format!("[{}, {}]", at * 250 + first, at * 250 + first + 125)).collect::<Vec<_>>().join(", ")
    };
    let lock = format!(
        "[[experiment]]\nname = \"one\"\nsalt = \"one\"\nunit = \"visitor\"\ntraffic = 10000\narms.a = [{}]\narms.b = [{}]\n",
        ranges(0),
        ranges(125)
    );
    let text = "[locale.en]\ntext = \"t\"\n";
    let split = "slot = \"s.one\"\npurpose = \"contextual\"\n[[rule]]\nsplit = { experiment = \"one\", arms = { a = 50, b = 50 } }\n";
    for (path, text) in [
        ("selvedge.toml", "name = \"shop\"\n[locales]\ndefault = \"en\"\n"),
        ("slots.toml", "[s.one]\nselector = \"#one\"\nchange = \"text\"\n"),
        ("experiences/one.toml", split),
        ("content/a.toml", text),
        ("content/b.toml", text),
        (LOCK, &lock),
    ] {
        let path = folder.0.join(path);
        fs::create_dir_all(path.parent().expect("is in a folder")).expect("a folder");
        fs::write(path, text).expect("writes");
    }
    let site = folder.0.to_str().expect("a path");
    let check = selvedge(&["check", site], b"");
    let said = String::from_utf8_lossy(&check.stderr).into_owned() + &String::from_utf8_lossy(&check.stdout);
    assert!(said.contains("SV2262") && said.contains("80 ranges, more than 64"), "{said}");
    assert!(said.contains("selvedge compact"), "{said}");
    let dry = selvedge(&["compact", site, "--dry-run"], b"");
    let would = String::from_utf8(dry.stdout).expect("text");
    assert!(would.starts_with("experiment one: 80 ranges become 32; 3000 of 10,000 points move"), "{would}");
    assert_eq!(fs::read_to_string(folder.0.join(LOCK)).expect("reads"), lock);
    assert_eq!(String::from_utf8(selvedge(&["compact", site], b"").stdout).expect("text"), would);
    let check = selvedge(&["check", site], b"");
    assert!(!String::from_utf8_lossy(&check.stderr).contains("SV2262"));
    let none = selvedge(&["compact", &format!("{site}/content")], b"");
    assert_eq!(none.status.code(), Some(2));
}

/// Who is in a list is who the same rule is true for, and everybody else is counted once.
#[test]
fn a_list_has_those_whom_live_decisions_show_the_same_to() {
    let folder = Folder::new("list");
    let text = "[locale.en]\ntext = \"t\"\n";
    let law = "[purposes.analytics]\ntext = \"We count.\"\nbasis = \"consent\"\n[purposes.personalization]\ntext = \"We choose.\"\nbasis = \"consent\"\n";
    for (path, text) in [
        (
            "selvedge.toml",
            "name = \"shop\"\n[locales]\ndefault = \"en\"\n[channels.email]\n[holdouts.letters]\nshare = 20\nchannel = \"email\"\nunit = \"account\"\n",
        ),
        (
            "attributes.toml",
            "[profile.orders]\ntype = \"int\"\nrange = [0, 100]\nsource = \"account\"\npurposes = [\"personalization\"]\nretention = \"30d\"\n",
        ),
        ("consent.toml", law),
        ("slots.toml", "[letter.top]\nchannel = \"email\"\nchange = \"text\"\n"),
        ("audiences/vip.toml", "all = ['profile.orders >= 5']\n"),
        ("experiences/vip.toml", "slot = \"letter.top\"\n[[rule]]\nall = ['audience.vip']\nshow = \"a\"\n"),
        ("content/a.toml", text),
    ] {
        let path = folder.0.join(path);
        fs::create_dir_all(path.parent().expect("is in a folder")).expect("a folder");
        fs::write(path, text).expect("writes");
    }
    let profile = |number: usize| {
        let granted = number % 5 != 1;
        let orders = match number % 7 {
            0 => json!(101),
            seven => json!(seven * 2),
        };
        let grants = match (granted, number % 2) {
            (true, _) => json!({ "personalization": true, "analytics": true }),
            (false, 0) => json!({ "personalization": false, "analytics": true }),
            (false, _) => json!({}),
        };
        let account = if number % 11 == 3 { Value::Null } else { json!(format!("a-{number}")) };
        json!({ "region": "DE", "grants": grants, "attributes": { "profile.orders": orders }, "identity": { "account": account } })
    };
    let mut lines: Vec<String> = (0..300).map(|number| profile(number).to_string()).collect();
    lines.push("not json".into());
    lines.push(lines[5].clone());
    let profiles = folder.0.join("profiles.ndjson");
    fs::write(&profiles, lines.join("\n")).expect("writes");
    let path = |name: &str| folder.0.join(name).to_str().expect("a path").to_owned();
    let site = folder.0.to_str().expect("a path");
    let export = |more: &[&str]| {
        let mut arguments = vec!["audience", "export", "vip", site, "--profiles", profiles.to_str().expect("a path")];
        arguments.extend(more);
        let output = selvedge(&arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let (list, manifest) = (path("list.csv"), path("manifest.json"));
    assert_eq!(export(&["--channel", "email", "-o", &list, "--manifest", &manifest]), "");
    let list: Vec<String> = fs::read_to_string(list).expect("reads").lines().map(str::to_owned).collect();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(manifest).expect("reads")).expect("is JSON");
    let excluded = manifest["excluded"].as_object().expect("counts");
    let left_out: u64 = excluded.values().filter_map(Value::as_u64).sum();
    assert_eq!((manifest["profiles"].as_u64(), manifest["exported"].as_u64()), (Some(302), Some(list.len() as u64)));
    assert_eq!(list.len() as u64 + left_out, 302);
    let reasons: Vec<&str> = excluded.keys().map(String::as_str).collect();
    assert_eq!(
        reasons,
        [
            "CONSENT_WITHDRAWN",
            "CONSENT_WITHHELD",
            "DATA_QUALITY",
            "DUPLICATE",
            "HOLDOUT",
            "NOT_A_CONTEXT",
            "NOT_IN_AUDIENCE",
            "NO_IDENTITY"
        ]
    );
    assert_eq!(manifest["bundle"].as_str().map(str::len), Some(64));

    // As live decisions have it: shown, with an account.
    let answers = selvedge(&["decide", site, "--json", "--context", "-"], lines[..300].join("\n").as_bytes());
    let answers = String::from_utf8(answers.stdout).expect("text");
    let shown: Vec<String> = (0..300)
        .zip(answers.lines())
        .filter(|(number, line)| {
            let answer: Value = serde_json::from_str(line).expect("is JSON");
            number % 11 != 3 && answer["decisions"]["letter.top"]["content"] == "a"
        })
        .map(|(number, _)| format!("a-{number}"))
        .collect();
    assert!(list.len() > 20);
    assert_eq!(list, shown);
    // Nobody is to miss a service.
    let service = export(&["--channel", "email", "--class", "service"]);
    assert_eq!(service.lines().count() as u64, list.len() as u64 + excluded["HOLDOUT"].as_u64().expect("a count"));
    assert_eq!(export(&[]), service, "a list for no channel has the holdouts of every channel alone");
}
