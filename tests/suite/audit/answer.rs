//! The answer to a person, over a log of a month: two releases, two keys, shared devices, minors, visitors who permit nothing.
//!
//! The script that makes the log says what each person must be given. `SELVEDGE_FULL=1` makes it 2,000 decisions of 100 persons.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::{Desk, SHOP};
use crate::sites::dice::Dice;

/// What the script knows of one person's id.
#[derive(Default)]
struct Truth {
    /// Pages by the release that decided them.
    pages: [usize; 2],
    /// Pages of the device while an account was signed in.
    of_accounts: usize,
    accounts: BTreeSet<String>,
}

/// Who uses what: every fourth device is shared by two accounts, every fifth person has an account on a device of their own.
///
/// No name of an account could be a part of a digest in hexadecimal digits, as `dad4` is: an answer holds many of them.
fn device(dice: &mut Dice, persons: usize) -> (String, Option<String>, &'static str) {
    let at = dice.below(persons);
    let minor = match at % 10 {
        7 => "teen",
        8 => "child",
        _ => "adult",
    };
    let account = match at % 4 {
        0 => [None, Some(format!("mother{at}")), Some(format!("father{at}"))][dice.below(3)].clone(),
        1 if at % 5 == 1 => Some(format!("own{at}")),
        _ => None,
    };
    (format!("device{at}"), account, minor)
}

fn log(desk: &Desk, persons: usize, decisions: usize) -> (BTreeMap<String, Truth>, usize) {
    let dice = &mut Dice::new(31);
    let (mut truth, mut unlinked) = (BTreeMap::<String, Truth>::new(), 0);
    // Four logs: the release changes after the first half of the month, the key after the third week.
    for part in 0..4 {
        if part == 2 {
            shop(desk, "new", "dist/new");
        }
        if part == 3 {
            desk.clean(&["log", "rotate"]);
        }
        let release = usize::from(part >= 2);
        let mut contexts = Vec::new();
        for at in 0..decisions / 4 {
            let (device, account, minor) = device(dice, persons);
            let permits = minor != "child" && dice.percent(85);
            let grants = if permits {
                json!({"functional": true, "analytics": true, "personalization": true, "sensitive": minor == "adult", "storage": true})
            } else {
                json!({"analytics": false, "storage": false, "personalization": false})
            };
            let mut attributes = json!({
                "request.country": "GB", "request.language": "en", "visitor.visits_30d": dice.below(9),
                "visitor.last_category": dice.pick(&["knitwear", "gifts"]),
            });
            if account.as_ref().is_some_and(|account| account.starts_with("mother")) {
                attributes["profile.health_interest"] = true.into();
            }
            let now = 1_796_083_200_000_i64 + 86_400_000 * (part as i64 * 8) + 300_000 * at as i64;
            contexts.push(
                json!({
                    "attributes": attributes, "region": "GB", "locale": "en", "minor": minor, "grants": grants, "now": now,
                    "identity": {"visitor": device, "account": account, "page": format!("p{part}-{at}")},
                })
                .to_string(),
            );
            if !permits {
                unlinked += 1;
                continue;
            }
            let of_device = truth.entry(device).or_default();
            match account {
                None => of_device.pages[release] += 1,
                Some(account) => {
                    of_device.of_accounts += 1;
                    of_device.accounts.insert(account.clone());
                    truth.entry(account).or_default().pages[release] += 1;
                }
            }
        }
        let dist = if release == 0 { "dist/old" } else { "dist/new" };
        desk.write("contexts.jsonl", contexts.join("\n") + "\n");
        let input = std::fs::File::open(desk.path("contexts.jsonl")).expect("is there");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_selvedge"))
            .args(["decide", dist, "--context", "-", "--audit", "--values"])
            .current_dir(&desk.0)
            .stdin(input)
            .output()
            .expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        desk.write(&format!("log/{part}.ndjson"), output.stdout);
    }
    (truth, unlinked)
}

/// Builds the shop, as it is or with another rule.
fn shop(desk: &Desk, name: &str, out: &str) {
    let site = desk.path(name);
    copy(Path::new(SHOP), &site);
    if name == "new" {
        let visits = site.join("audiences/visits.toml");
        let text = std::fs::read_to_string(&visits).expect("is there");
        std::fs::write(visits, text.replace("visits_30d >= 2", "visits_30d >= 3")).expect("writes");
    }
    desk.clean(&["build", name, "--out", out]);
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        match entry.file_type().expect("has a type").is_dir() {
            true if entry.file_name() == ".selvedge" => {}
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copies")),
        }
    }
}

fn answer(desk: &Desk, out: &str) -> Value {
    serde_json::from_str(&desk.text(&format!("{out}/answer.json"))).expect("is JSON")
}

/// Asserts that an answer is what its schema says, by a validator that knows nothing of us.
pub(super) fn is_in_form(answer: &Value) {
    static FORM: std::sync::LazyLock<jsonschema::Validator> =
        std::sync::LazyLock::new(|| jsonschema::validator_for(&form()).expect("is a schema"));
    let faults: Vec<String> =
        FORM.iter_errors(answer).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
}

fn form() -> Value {
    let output = crate::command::selvedge(&["schema", "answer"], b"");
    serde_json::from_slice(&output.stdout).expect("is JSON")
}

/// Every field of the form, with its path.
fn fields(form: &Value, path: &str, each: &mut impl FnMut(&str, &Value)) {
    each(path, form);
    for (name, field) in form["properties"].as_object().into_iter().flatten() {
        fields(field, &format!("{path}/{name}"), each);
    }
    for part in ["items", "additionalProperties"].iter().map(|part| &form[*part]).filter(|part| part.is_object()) {
        fields(part, &format!("{path}/*"), each);
    }
    form["oneOf"].as_array().into_iter().flatten().for_each(|one| fields(one, path, each));
}

fn codes(answer: &Value) -> BTreeSet<&str> {
    answer["missing"].as_array().expect("a list").iter().filter_map(|one| one["code"].as_str()).collect()
}

#[test]
fn every_person_is_given_what_the_script_knows_and_nothing_of_another_account() {
    let is_full = std::env::var_os("SELVEDGE_FULL").is_some();
    let (persons, decisions) = if is_full { (100, 2_000) } else { (20, 200) };
    let desk = Desk::new("answers");
    shop(&desk, "old", "dist/old");
    let (truth, unlinked) = log(&desk, persons, decisions);
    desk.write(
        "log/shown.ndjson",
        "{\"v\":1,\"kind\":\"exposure\",\"at\":\"2026-12-01T00:00:00Z\",\"slot\":\"home.hero\",\"id\":\"device2\"}\n",
    );
    let (mut records, mut shared) = (0, 0);
    for (id, truth) in &truth {
        let output = desk.run(&[
            "dsar",
            "export",
            "--subject",
            id,
            "-o",
            id,
            "--site",
            SHOP,
            "--operator",
            "Ada",
            "--why",
            "a test",
        ]);
        let is_apart = truth.of_accounts > 0;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(i32::from(is_apart)), "{id}: {said}");
        let answer = answer(&desk, id);
        let visits = answer["visits"].as_array().expect("a list");
        let pages: u64 = visits.iter().map(|visit| visit["pages"].as_u64().expect("a number")).sum();
        assert_eq!(pages as usize, truth.pages.iter().sum::<usize>(), "{id}");
        let decisions = answer["decisions"].as_array().expect("a list");
        assert!(decisions.iter().all(|one| one["verdict"] == "same"), "{id}");
        let of_release: BTreeMap<&str, usize> = decisions.iter().fold(BTreeMap::new(), |mut all, one| {
            *all.entry(one["bundle"].as_str().expect("a digest")).or_default() += 1;
            all
        });
        let mut counts: Vec<usize> = of_release.into_values().collect();
        let mut expected: Vec<usize> = truth.pages.iter().copied().filter(|count| *count > 0).collect();
        counts.sort_unstable();
        expected.sort_unstable();
        assert_eq!(counts, expected, "{id}: each release decided as many as the script says");
        assert!(codes(&answer).contains("unlinked"), "{id}");
        assert_eq!(codes(&answer).contains("other-account"), is_apart, "{id}");
        let text = desk.text(&format!("{id}/answer.html")) + &desk.text(&format!("{id}/answer.json"));
        assert!(truth.accounts.iter().all(|account| !text.contains(account.as_str())), "{id} names another account");
        if id.starts_with("device") {
            assert!(!desk.text(&format!("{id}/answer.json")).contains("\"profile.health_interest\": true"), "{id}");
        }
        records += pages as usize;
        shared += usize::from(is_apart);
    }
    assert_eq!(records + unlinked, decisions, "every decision is somebody's, or nobody's that can be told");
    println!(
        "{decisions} decisions of {} ids: {records} given, {unlinked} of nobody, {shared} devices with accounts",
        truth.len()
    );

    // What was said about the log is said once for each export, and nobody altered it.
    let journal = desk.clean(&["log", "journal"]);
    assert_eq!(journal.lines().count(), truth.len());
    assert!(journal.lines().all(|line| line.contains("  Ada  dsar export  for: a test  ")));
}

#[test]
fn what_an_account_did_on_a_shared_device_goes_to_the_account_alone() {
    let desk = Desk::with_shop("shared");
    let context = |account: Value, health: bool, at: i64| {
        let grants =
            json!({"functional": true, "analytics": true, "personalization": true, "sensitive": true, "storage": true});
        json!({
            "attributes": {"request.country": "DE", "visitor.visits_30d": 3, "profile.health_interest": health}, "region": "DE",
            "grants": grants, "identity": {"visitor": "tablet", "account": account}, "now": 1_796_083_200_000_i64 + at * 60_000,
        })
        .to_string()
    };
    let contexts = [
        context("mum".into(), true, 0),
        context("dad".into(), false, 1),
        context(Value::Null, false, 2),
        context(Value::Null, true, 3),
    ];
    desk.log("a.ndjson", &contexts, &["--values"]);
    desk.clean(&["log", "close", "log/a.ndjson"]);
    let export = |ids: &[&str], out: &str, code: i32| {
        let ids = ids.iter().flat_map(|id| ["--subject", *id]).collect::<Vec<_>>();
        let output = desk.run(&[&["dsar", "export", "-o", out, "--site", SHOP][..], &ids].concat());
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        desk.text(&format!("{out}/proof/records.ndjson")).lines().count()
    };
    // Data of an account stays with accounts also where the site told no account.
    assert_eq!(export(&["tablet"], "tablet", 1), 1);
    assert_eq!((export(&["mum"], "mum", 0), export(&["dad"], "dad", 0)), (1, 1));
    assert_eq!(export(&["tablet", "mum", "dad"], "all", 0), 4);
    assert!(!desk.text("tablet/answer.json").contains("\"profile.health_interest\": true"));
    let told = desk.text("tablet/answer.html");
    assert!(told.contains("3 records of this device: made while an account was signed in"), "{told}");

    // Erasing the device leaves what is the accounts'.
    let warned = desk.fails(1, &["log", "erase", "--subject", "tablet", "--as-of", "2027-01-01"]);
    assert!(warned.contains("2 records of this device are an account's"), "{warned}");
    assert_eq!((export(&["mum"], "mum2", 0), export(&["dad"], "dad2", 0)), (1, 1));
    desk.clean(&["log", "erase", "--subject", "mum", "--as-of", "2027-01-01"]);
    assert_eq!((export(&["mum"], "mum3", 0), export(&["dad"], "dad3", 0)), (0, 1));
    desk.clean(&["log", "verify"]);
    let said = desk.clean(&["log", "journal", "--json"]);
    assert_eq!(said.matches("\"did\":\"log erase\"").count(), 2);
    assert!(!said.contains("tablet") && !said.contains("mum"), "the journal names nobody: {said}");
}

#[test]
fn an_id_of_nobody_and_an_id_of_two_are_refused() {
    let desk = Desk::with_shop("ids");
    let context = |visitor: &str, account: Value, at: i64| {
        let grants = json!({"analytics": true, "personalization": true, "storage": true});
        json!({"attributes": {"request.country": "DE"}, "region": "DE", "grants": grants,
            "identity": {"visitor": visitor, "account": account}, "now": 1_796_083_200_000_i64 + at})
        .to_string()
    };
    desk.log("a.ndjson", &[context("same", Value::Null, 0), context("other", "same".into(), 1)], &["--values"]);
    for id in ["", "  "] {
        assert!(desk.fails(2, &["dsar", "export", "--subject", id, "-o", "x"]).contains("--subject is empty"));
        assert!(desk.fails(2, &["log", "erase", "--subject", id]).contains("--subject is empty"));
    }
    let export = ["dsar", "export", "--subject", "same", "--site", SHOP, "-o"];
    assert!(desk.fails(2, &[&export[..], &["x"]].concat()).contains("the id of a device and of an account"));
    assert!(desk.fails(2, &["log", "erase", "--subject", "same"]).contains("--as visitor"));
    let shown = "{\"v\":1,\"kind\":\"exposure\",\"at\":\"2026-12-01T00:00:00Z\",\"slot\":\"s\",\"unit\":\"account\",\"id\":\"same\"}\n";
    desk.write("log/b.ndjson", shown);
    for role in ["visitor", "account"] {
        assert!(desk.clean(&[&export[..], &[role, "--as", role]].concat()).contains(": 1 record,"));
        assert_eq!(desk.text(&format!("{role}/proof/lines.ndjson")).lines().count(), usize::from(role == "account"));
    }
    // An id is a text like any other.
    desk.clean(&["dsar", "export", "--subject", "<img src=x>", "-o", "markup", "--site", SHOP]);
    let page = desk.text("markup/answer.html");
    assert!(page.contains("&lt;img") && !page.contains("<img"), "{page}");
    assert!(page.contains("We found no record that we can link to this id."), "{page}");
    assert_eq!(desk.text("log/a.ndjson").matches("tombstone").count(), 0);
}

#[test]
fn a_package_says_what_it_does_not_hold_and_only_its_owner_reads_it() {
    let desk = Desk::with_shop("gaps");
    desk.log("a.ndjson", &super::contexts(5, 60), &["--values"]);
    desk.clean(&["log", "rotate"]);
    desk.log("b.ndjson", &super::contexts(6, 60), &[]);
    // The first key is lost, the bundle of the second log is not there, one line is damaged.
    let keys = desk.text(".selvedge/keys/audit.keys");
    desk.write(".selvedge/keys/audit.keys", keys.lines().nth(1).expect("two keys").to_owned() + "\n");
    desk.write("log/b.ndjson", desk.text("log/b.ndjson") + "{\"v\":1,\"kind\":\"au\n");
    std::fs::create_dir(desk.path("empty")).expect("a folder");
    for (lang, words) in [("en", "no longer have that key"), ("de", "diesen Schlüssel nicht mehr haben")] {
        let out = format!("out-{lang}");
        let export = ["dsar", "export", "--subject", "v1", "-o", &out, "--archive", "empty", "--lang", lang];
        desk.fails(4, &export);
        let answer = answer(&desk, &out);
        let expected = ["unlinked", "lost-key", "unreadable", "no-bundle", "elsewhere", "no-controller"];
        assert_eq!(codes(&answer), expected.into(), "{lang}");
        let page = desk.text(&format!("{out}/answer.html"));
        assert!(page.contains(words) && page.contains(&format!("<html lang=\"{lang}\">")), "{page}");
        assert!(!page.contains("<script") && !page.contains("src="), "a page that needs nothing else");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| std::fs::metadata(desk.path(path)).expect("is there").permissions().mode() & 0o777;
        assert_eq!(["out-en", "out-en/proof"].map(mode), [0o700; 2]);
        assert_eq!(["out-en/answer.html", "out-en/answer.json", "out-en/proof/keys.ndjson"].map(mode), [0o600; 3]);
        desk.fails(4, &["dsar", "export", "--subject", "v1", "-o", "v1.zip", "--archive", "empty"]);
        assert_eq!(mode("v1.zip"), 0o600);
    }
}

#[test]
fn the_journal_tells_who_looked_and_an_altered_line_is_found() {
    let desk = Desk::with_shop("journal");
    desk.log("a.ndjson", &super::contexts(5, 10), &["--values"]);
    assert!(desk.fails(3, &["log", "journal"]).contains("there is no journal"));
    desk.clean(&["replay", "log", "--operator", "Ada", "--why", "an audit"]);
    desk.clean(&["dsar", "export", "--subject", "v1", "-o", "v1", "--site", SHOP, "--operator", "Eve"]);
    desk.clean(&["log", "erase", "--subject", "v1", "--operator", "Ada", "--why", "request 7"]);
    let said = desk.clean(&["log", "journal"]);
    for part in ["Ada  replay  for: an audit", "Eve  dsar export  for: –", "Ada  log erase  for: request 7"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // A person who replays their own package leaves no line.
    desk.clean(&["replay", "v1"]);
    assert_eq!(desk.clean(&["log", "journal"]), said);
    let text = desk.text("log/operators.journal");
    let lines: Vec<&str> = text.lines().collect();
    let broken = [
        text.replacen("Eve", "Ada", 1),
        lines[1..].join("\n") + "\n",
        [lines[0], lines[2]].join("\n") + "\n",
        [lines[0], lines[1], lines[1], lines[2]].join("\n") + "\n",
        text.replacen("\"signed\":\"d2", "\"signed\":\"d3", 1),
        "{}\n".to_owned() + &text,
    ];
    for broken in broken {
        desk.write("log/operators.journal", broken);
        assert!(desk.fails(4, &["log", "journal"]).contains("operators.journal:"));
        assert!(desk.fails(4, &["log", "verify"]).contains("operators.journal:"));
    }
    // A journal that another key began anew, and one whose end was cut off.
    desk.write("log/operators.journal", &text);
    let output = desk.run(&["log", "journal"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let of = |name: &str| told.split(name).nth(1).and_then(|rest| rest.get(..64)).expect("is told").to_owned();
    let (signer, head) = (of("signed by "), of("head "));
    desk.clean(&["log", "journal", "--signer", &signer, "--head", &head]);
    desk.write("log/operators.journal", lines[..2].join("\n") + "\n");
    assert!(desk.fails(4, &["log", "journal", "--head", &head]).contains("is not in it"));
    assert!(desk.fails(4, &["log", "journal", "--signer", &"00".repeat(32)]).contains("another key"));
}

#[test]
fn the_published_form_describes_each_field_and_lets_none_go_or_come() {
    let form = form();
    assert!(jsonschema::meta::is_valid(&form));
    let is_value = |path: &str| path.ends_with("values/*/*");
    fields(&form, "", &mut |path, field| {
        let text = field["description"].as_str().unwrap_or_default();
        assert!(
            text.ends_with('.') || is_value(path) || path.ends_with("/values/*"),
            "{path} has no description: {text}"
        );
    });
    let desk = Desk::with_shop("form");
    desk.log("a.ndjson", &super::contexts(5, 60), &["--values"]);
    desk.clean(&["dsar", "export", "--subject", "v1", "-o", "v1", "--site", SHOP]);
    assert_eq!(desk.text("v1/answer.schema.json").parse::<Value>().ok(), Some(form.clone()));
    let (answer, validator) = (answer(&desk, "v1"), jsonschema::validator_for(&form).expect("is a schema"));
    assert_eq!(answer["schema"], form["properties"]["schema"]["const"]);
    for key in answer.as_object().expect("an object").keys() {
        let mut without = answer.clone();
        without.as_object_mut().map(|all| all.shift_remove(key));
        assert!(!validator.is_valid(&without), "{key} can be left out");
    }
    for path in
        ["", "/controller", "/visits/0", "/visits/0/choices/0", "/decisions/0", "/decisions/0/slots/0", "/data/0"]
    {
        let mut stranger = answer.clone();
        stranger.pointer_mut(path).unwrap_or_else(|| panic!("{path} is not there"))["zz"] = Value::Null;
        assert!(!validator.is_valid(&stranger), "{path} takes what is not in the form");
    }
    let mut later = answer.clone();
    later["schema"] = 3.into();
    assert!(!validator.is_valid(&later));
}
