//! Sealed values die at their attributes' own retention, to the day, with the ratchet that is on the disk.

use std::collections::BTreeMap;

use selvedge::cli::seal;
use selvedge::consent::grants;
use selvedge::engine::{Limits, Workspace, all_slots, decide_into, permit};
use selvedge::log::audit::{Asked, Draft, Marks, Which, class_name, draft, kept_days};
use selvedge::log::key::{Key, RecordKey};
use selvedge::log::ratchet::Ratchet;
use selvedge::words::time::{DAY, format_day, parse_rfc3339};
use selvedge::words::{Visit, parse_hex};
use serde_json::{Value, json};

use super::{Desk, SHOP};
use crate::sites::dice::Dice;

pub(super) const KEYS: &str = ".selvedge/keys/audit.keys";

fn day(text: &str) -> i64 {
    parse_rfc3339(&format!("{text}T00:00:00Z")).expect("a day") / DAY
}

fn date(day: i64) -> String {
    format_day(day * DAY)
}

/// A file of secrets whose epoch and ratchet began on a day.
pub(super) fn keys_of(began: &str) -> String {
    format!("1 {} {began} {began} {}\n", "5a".repeat(32), "6b".repeat(32))
}

fn context(id: &str, grants: &Value, now: &str) -> String {
    json!({
        "attributes": {"request.country": "DE", "visitor.visits_30d": 6, "profile.health_interest": true, "profile.tier": "keeper"},
        "region": "DE", "grants": grants, "identity": {"visitor": id, "account": id}, "now": now,
    })
    .to_string()
}

fn everything() -> Value {
    json!({"functional": true, "analytics": true, "personalization": true, "sensitive": true, "storage": true})
}

/// A copy of the shop's log of one page, whose values expire from 2030-01-01 on: no test's own clock comes near.
fn desk(name: &str, grants: &Value) -> Desk {
    let desk = Desk::with_shop(name);
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    desk.write(KEYS, keys_of("2030-01-01"));
    desk.log("a.ndjson", &[context("anna", grants, "2030-01-01T12:34:56Z")], &["--values"]);
    desk.clean(&["log", "close", "log/a.ndjson"]);
    desk
}

fn export(desk: &Desk, out: &str) -> (Value, String) {
    desk.clean(&["dsar", "export", "--subject", "anna", "--as", "account", "-o", out, "--site", SHOP]);
    let answer = desk.text(&format!("{out}/answer.json"));
    (serde_json::from_str(&answer).expect("is JSON"), answer + &desk.text(&format!("{out}/answer.html")))
}

#[test]
fn a_value_is_there_on_its_last_day_and_gone_on_the_next() {
    let desk = desk("expiry-days", &everything());
    let expire = |day: &str| desk.clean(&["log", "expire", "--as-of", day, "--retain", "730d"]);
    // 180 days from 2030-01-01 end on 2030-06-30.
    for (as_of, is_there) in [("2030-06-29", true), ("2030-06-30", true), ("2030-07-01", false), ("2030-08-30", false)]
    {
        expire(as_of);
        let (answer, told) = export(&desk, as_of);
        let decision = &answer["decisions"][0];
        assert_eq!(told.contains("\"profile.health_interest\": true"), is_there, "{as_of}: {decision}");
        // Visits went after 30 days, the tier stays for 365.
        assert!(decision["values"].get("visitor.visits_30d").is_none(), "{as_of}");
        assert_eq!(decision["values"]["profile.tier"], json!("keeper"), "{as_of}");
        assert_eq!(decision["at"], json!("2030-01-01T12:34:56Z"), "{as_of}");
        let gone = decision["expired"].get("profile.health_interest");
        assert_eq!(gone, (!is_there).then_some(&json!("2030-06-30")), "{as_of}");
        assert_eq!(decision["expired"]["visitor.visits_30d"], json!("2030-01-31"), "{as_of}");
        let missing = answer["missing"].to_string();
        assert!(missing.contains("Visits in the last 30 days (31 January 2030)"), "{missing}");
        assert!(missing.contains("31 January 2030") && is_there != missing.contains("30 June 2030"), "{missing}");
        let replayed = desk.run(&["replay", "log"]);
        let told = String::from_utf8_lossy(&replayed.stderr).into_owned();
        assert_eq!(replayed.status.code(), Some(0), "{told}");
        assert!(String::from_utf8_lossy(&replayed.stdout).ends_with("0 not; of 1 values have expired\n"));
        assert!(told.contains("`visitor.visits_30d` after 2030-01-31"), "{told}");
        assert!(told.contains("the closed log still proves the line"), "{told}");
        assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 1 line"));
        assert_eq!(
            desk.clean(&["replay", as_of]),
            "1 record, 0 made again byte for byte, 0 not; of 1 values have expired\n"
        );
    }
    // A package that was made in time still holds what it did, and never the ratchet.
    let keys = desk.text("2030-06-29/proof/keys.ndjson");
    assert!(keys.contains("\"class\":\"180d\"") && !keys.contains("\"class\":\"30d\""), "{keys}");
    assert!(!desk.text("2030-07-01/proof/keys.ndjson").contains("\"class\":\"180d\""));
    // The end of the ids is the end of the exact time.
    expire("2031-02-01");
    let (answer, _) = export(&desk, "ids");
    assert_eq!(answer["decisions"][0]["at"], json!("2030-01-01T12:00:00Z"));
    assert_eq!(answer["decisions"][0]["expired"]["ids"], json!("2031-01-31"));
}

#[test]
fn before_anything_expires_the_record_is_made_again_and_afterwards_no_state_of_the_file_opens_it() {
    let desk = desk("expiry-file", &everything());
    assert_eq!(desk.clean(&["replay", "log"]), "1 record, 1 made again byte for byte, 0 not\n");
    let before = desk.text(KEYS);
    let old_state = before.split_whitespace().last().expect("a state").to_owned();
    // The file's bytes before, held by another name: they are overwritten where they lie.
    std::fs::hard_link(desk.path(KEYS), desk.path("held")).expect("links");
    let said = desk.run(&["log", "expire", "--as-of", "2030-07-01", "--retain", "730d"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("ended before 2030-07-01 can be opened by nobody"));
    let after = desk.text(KEYS);
    assert!(after.starts_with(&before[..67]) && after.contains(" 2030-01-01 2030-07-01 "), "{after}");
    assert!(desk.read("held").iter().all(|byte| *byte == 0), "the states before are overwritten");
    let states = states(&old_state, 181);
    let kept = std::fs::read_dir(desk.path(".selvedge/keys")).expect("a folder");
    for file in kept.map(|entry| entry.expect("an entry").path()) {
        let bytes = std::fs::read(&file).expect("reads");
        for state in &states[..181] {
            let digits = selvedge::words::hex(state);
            let found = bytes.windows(32).any(|window| window == state)
                || bytes.windows(64).any(|window| window == digits.as_bytes());
            assert!(!found, "a state before today's is in {}", file.display());
        }
    }
    assert!(after.contains(&selvedge::words::hex(&states[181])));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(desk.path(KEYS)).expect("is there").permissions().mode() & 0o777, 0o600);
    }
    // It never goes back, and a second look changes nothing.
    desk.clean(&["log", "expire", "--as-of", "2030-03-01", "--retain", "730d"]);
    assert_eq!(desk.text(KEYS), after);
    // Without `log expire` a day that is over is over all the same: 2020 is.
    let desk = Desk::with_shop("expiry-clock");
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    desk.log("a.ndjson", &[context("anna", &everything(), "2030-01-01T12:34:56Z")], &["--values"]);
    let line = desk.text("log/a.ndjson");
    let day = desk.text(KEYS).split(' ').nth(3).expect("a day").to_owned();
    assert!(line.contains("\"until\":{\"ids\":\"2031-01-31\",\"14d\":\"2030-01-15\""), "{line}");
    desk.write("old.keys", keys_of("2020-01-01"));
    let old = context("anna", &everything(), "2020-01-01T12:34:56Z");
    desk.write("one.json", old);
    let record = desk.clean(&["decide", "dist", "--context", "one.json", "--audit", "--values", "--keys", "old.keys"]);
    assert!(record.contains(&format!("\"ids\":\"{day}\"")), "no key of a day that is over is used: {record}");
}

/// The states of so many days from this one on, computed apart from the product.
fn states(first: &str, days: usize) -> Vec<[u8; 32]> {
    use sha2::{Digest as _, Sha256};
    let first: [u8; 32] = parse_hex(first).expect("a state");
    let next = |state: &[u8; 32]| -> Option<[u8; 32]> {
        Some(Sha256::new_with_prefix("selvedge/1 ratchet").chain_update(state).finalize().into())
    };
    std::iter::successors(Some(first), next).take(days + 1).collect()
}

#[test]
fn whoever_agreed_to_nothing_is_forgotten_after_thirty_days() {
    let desk = desk("expiry-silent", &json!({"personalization": false, "analytics": false}));
    let line: Value = serde_json::from_str(desk.text("log/a.ndjson").trim()).expect("is JSON");
    let until = line["until"].as_object().expect("an object");
    let days: BTreeMap<&str, &str> = until.iter().filter_map(|(name, day)| Some((&**name, day.as_str()?))).collect();
    assert_eq!(days["ids"], "2030-01-31");
    assert_eq!(
        (days["14d"], days["30d"], days["180d"], days["365d"]),
        ("2030-01-15", "2030-01-31", "2030-01-31", "2030-01-31")
    );
    assert_eq!(line["at"], "2030-01-01T12:00:00Z");
    desk.clean(&["log", "expire", "--as-of", "2030-02-01", "--retain", "730d"]);
    assert!(desk.clean(&["replay", "log"]).ends_with("of 1 values have expired\n"));
}

/// A page of the shop on a day.
fn page(
    opened: &selvedge::cli::open::Opened,
    key: &Key,
    id: [u8; 16],
    now_ms: i64,
    is_ill: bool,
    grants_: &str,
) -> Draft {
    let visit: Visit = serde_json::from_value(json!({
        "attributes": {"request.country": "DE", "visitor.visits_30d": 3, "visitor.last_category": "knitwear",
            "profile.health_interest": is_ill, "profile.tier": "keeper"},
        "region": "DE", "signals": {"cookie": grants_}, "identity": {"visitor": "v", "account": "a"},
        "now": selvedge::words::time::format_rfc3339(now_ms),
    }))
    .expect("is a visit");
    let bundle = &opened.bundle;
    let grants = grants(&bundle.program().manifest().regions, &visit, now_ms);
    let permitted = permit(bundle, &visit, &grants, now_ms);
    let (mut workspace, mut page) = (Workspace::default(), Default::default());
    decide_into(bundle, &permitted, &all_slots(bundle), &mut workspace, &mut page);
    let marks = Marks::new(bundle, key, id, &permitted, &visit.signals);
    let asked = Asked {
        bundle,
        visit: &visit,
        permitted: &permitted,
        page: &page,
        limits: Limits::default(),
        which: Which::All,
    };
    draft(&asked, &marks).expect("is recorded")
}

const AGREED: &str = "v=1&epoch=4&personalization=1&storage=1&analytics=1&sensitive=1&functional=1";

/// The keys of both epochs as the file has them.
fn on_disk(desk: &Desk) -> [Key; 2] {
    let text = desk.text(KEYS);
    let mut lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    [0; 2].map(|_| {
        let line = lines.next().expect("a line");
        Key::parse(&[line[0], line[1], line[3], line[4]].join(":")).expect("is a key")
    })
}

#[test]
fn a_class_opens_with_what_the_disk_holds_on_its_days_and_on_no_later_one() {
    let (mut site, _, _) = selvedge::cli::open::site(SHOP.as_ref()).expect("is a site");
    let dice = &mut Dice::new(2_030);
    let desk = Desk::new("expiry-property");
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    let (mut opens, mut expired) = (0, 0);
    for round in 0..40 {
        for attribute in &mut site.attributes {
            attribute.retention_seconds =
                dice.percent(80).then(|| dice.below(400) as u32 * 86_400 + dice.below(86_400) as u32);
        }
        let opened = crate::sites::opened(&site);
        // Two epochs: the state of one opens nothing of the other.
        let began = 22_000 + dice.below(400) as i64;
        let digits = |dice: &mut Dice| -> String { (0..32).map(|_| format!("{:02x}", dice.below(256))).collect() };
        let line = |epoch: u32, dice: &mut Dice| {
            let (secret, day) = (digits(dice), date(began));
            format!("{epoch} {secret} {day} {day} {}\n", digits(dice))
        };
        desk.write(KEYS, line(1, dice) + &line(2, dice));
        let [first, _] = on_disk(&desk);
        let on = began + dice.below(300) as i64;
        let id = std::array::from_fn(|_| dice.below(256) as u8);
        let now_ms = on * DAY + dice.below(86_400_000) as i64;
        let draft = page(&opened, &first, id, now_ms, dice.percent(50), AGREED);
        let record: Value = serde_json::from_str(&seal::seal(&draft).expect("seals")).expect("is JSON");
        let classes: Vec<(String, i64, Vec<u8>)> = record["sealed"]
            .as_object()
            .expect("classes")
            .iter()
            .map(|(class, sealed)| {
                let until = day(record["until"][class].as_str().expect("a day"));
                assert_eq!(
                    until,
                    on + class.strip_suffix('d').map_or(395, |days| days.parse().expect("days")),
                    "round {round}, class {class}"
                );
                let bytes = sealed.as_str().expect("digits").as_bytes().chunks(2);
                let byte =
                    |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("digits");
                (class.clone(), until, bytes.map(byte).collect())
            })
            .collect();
        assert_eq!(classes.len(), draft.parts().len(), "every class is there");
        // Any days, and both sides of the end of one class.
        let edge = classes[dice.below(classes.len())].1;
        let mut days = vec![on + dice.below(450) as i64, edge, edge + 1];
        days.sort_unstable();
        for today in days.into_iter().map(|day| day.max(began)) {
            desk.clean(&["log", "expire", "--as-of", &date(today)]);
            let [moved, other] = on_disk(&desk);
            assert_eq!(moved.ratchet().map(Ratchet::day), Some(today), "round {round}");
            for (class, until, sealed) in &classes {
                let opens_with =
                    |key: Option<RecordKey>| key.is_some_and(|key| seal::opens(&key, draft.line(), sealed));
                let is_open = today <= *until;
                assert_eq!(opens_with(moved.class(&id, class, *until)), is_open, "class {class} on {}", date(today));
                // No state that follows opens it, nor anything else of the file.
                for later in [today.max(until + 1), until.max(&today) + 1 + dice.below(90) as i64] {
                    assert!(!opens_with(moved.class(&id, class, later)));
                }
                assert!(!opens_with(other.class(&id, class, *until.max(&today))));
                assert!(!opens_with(Some(moved.record(&id))));
                if is_open { opens += 1 } else { expired += 1 }
            }
        }
    }
    println!("{opens} times a class opened, {expired} times it had expired");
    assert!(opens > 200 && expired > 200, "{opens} {expired}");
}

#[test]
fn a_digest_cannot_be_guessed_once_its_class_has_expired() {
    let (site, _, _) = selvedge::cli::open::site(SHOP.as_ref()).expect("is a site");
    let opened = crate::sites::opened(&site);
    let on = day("2030-01-01");
    let key = Key::new(1, [7; 32]).with_ratchet(Ratchet::new(on, [8; 32]));
    let id = [4; 16];
    let agreed = AGREED.replace("sensitive=1", "sensitive=0");
    let draft = page(&opened, &key, id, on * DAY, true, &agreed);
    let line: Value = serde_json::from_str(draft.line()).expect("is JSON");
    let told = line["inputs"]["visitor.visits_30d"].as_str().expect("a digest");
    // Whoever holds the secrets and the log tries every number of visits.
    let guesses = |key: &Key, until: i64| {
        let of_class = (until..until + 400).filter_map(|until| key.class(&id, "30d", until)).chain([key.record(&id)]);
        let mut keys = of_class.collect::<Vec<_>>().into_iter();
        keys.any(|key| {
            (0..1_000_i64).any(|visits| {
                let bytes = [&[1][..], &visits.to_be_bytes()].concat();
                selvedge::words::hex(&key.digest("input", "visitor.visits_30d", &bytes)) == told
            })
        })
    };
    assert!(guesses(&key, on + 30), "until then it proves the value");
    let moved = key.clone().with_ratchet(key.ratchet().expect("has one").on(on + 31));
    assert!(!guesses(&moved, on + 30));
}

#[test]
fn a_class_has_one_size_whatever_is_in_it() {
    let (site, _, _) = selvedge::cli::open::site(SHOP.as_ref()).expect("is a site");
    let opened = crate::sites::opened(&site);
    let on = day("2030-01-01");
    let key = Key::new(1, [7; 32]).with_ratchet(Ratchet::new(on, [8; 32]));
    let sizes = |is_ill: bool, grants: &str| -> BTreeMap<String, usize> {
        let draft = page(&opened, &key, [4; 16], on * DAY, is_ill, grants);
        draft.parts().iter().map(|part| (class_name(part.days), part.text.len())).collect()
    };
    let (ill, well) = (sizes(true, AGREED), sizes(false, AGREED));
    assert_eq!(ill, well);
    let mut open = sizes(true, &AGREED.replace("sensitive=1", "sensitive=0"));
    // What hides the outcome is longer, and the line says openly that it does.
    assert_eq!((ill["180d"] >= 4_096, open.insert("180d".into(), ill["180d"])), (true, Some(256)));
    assert_eq!(ill, open);
    let silent = sizes(true, "v=1&epoch=4&personalization=0&storage=0&analytics=0&sensitive=0&functional=0");
    assert_eq!(silent.keys().collect::<Vec<_>>(), ill.keys().collect::<Vec<_>>(), "every class is there");
    let manifest = opened.bundle.program().manifest();
    assert!(
        manifest.attributes.iter().all(|one| ill.contains_key(&class_name(Some(kept_days(one.retention_seconds)))))
    );
}

#[test]
fn a_file_of_an_earlier_version_opens_old_records_and_a_new_epoch_has_a_ratchet() {
    let desk = Desk::with_shop("expiry-old");
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    let old = format!("# kept since 2025\n1 {}\n", "5a".repeat(32));
    desk.write(KEYS, &old);
    let contexts =
        [context("anna", &everything(), "2030-01-01T12:34:56Z"), context("ben", &everything(), "2030-01-01T12:40:00Z")];
    for version in ["1", "2"] {
        desk.log(&format!("{version}.ndjson"), &contexts, &["--values", "--record-version", version]);
    }
    let line = desk.text("log/2.ndjson");
    assert!(line.starts_with("{\"v\":2,") && line.contains("\"at\":\"2030-01-01T12:34:56Z\""), "{line}");
    assert!(desk.clean(&["log", "rotate", "--as-of", "2030-01-02"]).starts_with("2:"));
    assert!(desk.text(KEYS).starts_with(&old), "{}", desk.text(KEYS));
    desk.log("3.ndjson", &contexts, &["--values"]);
    for log in ["1", "2", "3"] {
        desk.clean(&["log", "close", &format!("log/{log}.ndjson")]);
    }
    assert_eq!(desk.clean(&["replay", "log"]), "6 records, 6 made again byte for byte, 0 not\n");
    let (answer, _) = export(&desk, "anna");
    let versions = desk.text("anna/proof/records.ndjson");
    for version in 1..=3 {
        assert!(versions.contains(&format!("{{\"v\":{version},\"kind\":\"audit\"")), "{version}");
    }
    assert!(answer["decisions"].as_array().expect("a list").iter().all(|one| one["verdict"] == "same"));
    assert_eq!(desk.clean(&["replay", "anna"]), "3 records, 3 made again byte for byte, 0 not\n");
    // Expiry reaches the new records alone: the old ones stand and fall with their secrets.
    desk.clean(&["log", "expire", "--as-of", "2031-12-01", "--retain", "3000d"]);
    assert_eq!(
        desk.clean(&["replay", "log"]),
        "6 records, 4 made again byte for byte, 0 not; of 2 values have expired\n"
    );
    desk.clean(&["log", "verify"]);
}

#[test]
fn secrets_have_a_schedule_and_their_destruction_is_noted() {
    let desk = desk("expiry-schedule", &everything());
    let keys = |as_of: &str, code: i32| {
        let output = desk.run(&["log", "keys", "--site", SHOP, "--as-of", as_of, "--json"]);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("is JSON")
    };
    let told = keys("2030-01-03", 0);
    let first = &told["epochs"][0];
    assert_eq!(
        (&first["began"], &first["stops"], &first["records"]),
        (&json!("2030-01-01"), &json!("2031-01-01"), &json!(1))
    );
    assert_eq!((&first["values_end"], &first["destroy_from"]), (&json!("2032-01-31"), &json!("2033-01-01")));
    let codes = |told: &Value| -> Vec<String> {
        told["due"].as_array().expect("a list").iter().map(|due| due["code"].as_str().expect("a code").into()).collect()
    };
    assert_eq!(codes(&keys("2030-01-09", 1)), ["SV5042"]);
    assert_eq!(codes(&keys("2031-01-01", 1)), ["SV5040", "SV5042"]);
    let secret = desk.clean(&["log", "keys", "--worker", "--as-of", "2030-02-01"]);
    assert!(secret.starts_with(&format!("1:{}:2030-02-01:", "5a".repeat(32))) && !secret.contains("6b6b"), "{secret}");

    desk.clean(&["log", "rotate", "--as-of", "2031-01-01"]);
    let told = keys("2031-01-02", 0);
    assert_eq!(told["epochs"][0]["destroy_from"], json!("2033-01-01"));
    assert!(told["epochs"][0]["destroying_loses"].as_str().expect("words").contains("among 1"));
    let destroy = |epoch: &str, more: &[&str]| {
        desk.run(&[&["log", "destroy", epoch, "--site", SHOP, "--operator", "Ada", "--why", "schedule"], more].concat())
    };
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let early = destroy("1", &["--as-of", "2032-12-31"]);
    assert!(early.status.code() == Some(2) && said(&early).contains("until 2033-01-01"), "{}", said(&early));
    assert!(said(&destroy("2", &["--as-of", "2040-01-01"])).contains("begin another one first"));
    assert!(said(&destroy("7", &[])).contains("holds no key of epoch 7"));
    assert!(desk.fails(3, &["log", "journal"]).contains("there is no journal"), "nothing was done");
    assert!(codes(&keys("2033-01-01", 1)).contains(&"SV5041".to_owned()));
    std::fs::hard_link(desk.path(KEYS), desk.path("held")).expect("links");
    assert_eq!(destroy("1", &["--as-of", "2033-01-01"]).status.code(), Some(0));
    assert!(!desk.text(KEYS).contains("5a5a") && desk.text(KEYS).starts_with("2 "));
    assert!(desk.read("held").iter().all(|byte| *byte == 0));
    assert!(desk.clean(&["log", "journal"]).contains("Ada  log destroy  for: schedule"));
    assert!(desk.fails(3, &["replay", "log"]).contains("no key of epoch 1"));
    desk.clean(&["log", "verify"]);
}

#[test]
fn a_check_tells_what_is_overdue() {
    let desk = Desk::new("expiry-check");
    desk.write("selvedge.toml", "name = \"small\"\n[locales]\ndefault = \"en\"\n");
    desk.write("attributes.toml", "");
    desk.write("slots.toml", "");
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    let found = |as_of: &str| -> Vec<String> {
        let output = desk.run(&["check", ".", "--json", "--as-of", as_of]);
        let all: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("5a5a"), "no secret is printed");
        let codes = all["diagnostics"].as_array().expect("a list").iter();
        let codes =
            codes.filter_map(|one| one["code"].as_str().filter(|code| code.starts_with("SV504")).map(str::to_owned));
        codes.collect()
    };
    assert_eq!(found("2030-01-01"), [""; 0]);
    desk.write(KEYS, format!("1 {}\n", "5a".repeat(32)));
    assert_eq!(found("2030-01-01"), ["SV5043"]);
    desk.write(KEYS, keys_of("2030-01-01"));
    assert_eq!(found("2030-01-05"), [""; 0]);
    assert_eq!(found("2031-01-01"), ["SV5040", "SV5042"]);
    desk.clean(&["log", "rotate", "--as-of", "2031-01-01"]);
    assert_eq!(found("2031-01-05"), [""; 0]);
    // Records are kept for 395 days where the site says nothing. The second epoch is then overdue, too.
    assert_eq!(found("2032-02-01"), ["SV5041", "SV5042", "SV5040", "SV5042"]);
}
