//! The command itself: what goes in, what comes out, and with which exit code.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");

/// The command, with this on its standard input.
pub(crate) fn selvedge(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("is piped");
    let input = input.to_owned();
    // On a thread of its own: the command answers while it reads, and may end before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("ends");
    writer.join().expect("writes");
    output
}

/// The answers to lines of contexts, and the exit code.
fn decide(input: &[u8]) -> (Vec<Value>, Option<i32>) {
    let output = selvedge(&["decide", SHOP, "--slots", "home.hero", "--json", "--context", "-"], input);
    let answers = String::from_utf8(output.stdout).expect("is UTF-8");
    (answers.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect(), output.status.code())
}

#[test]
fn every_line_is_answered_in_order() {
    let mut input = b"\xEF\xBB\xBF{}\r\n\nnot json\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', 5 << 20));
    input.extend(b"\n{\"attributes\":null,\"grants\":null,\"signals\":{\"gpc\":null},\"identity\":null}");
    let (answers, code) = decide(&input);
    let is_error: Vec<bool> = answers.iter().map(|answer| answer.get("error").is_some()).collect();
    assert_eq!(is_error, [false, true, true, true, false]);
    assert_eq!(answers[0], answers[4], "null is silence");
    assert_eq!(code, Some(1));
}

#[test]
fn what_is_not_a_context_is_said_to_be_none() {
    let lines = [
        "[]",
        "{\"signals\":[true,null]}",
        "{\"identity\":[\"v1\"]}",
        "{\"bogus\":1}",
        "{\"grants\":{\"personalisation\":true}}",
        "{\"grants\":{\"personalization\":false,\"personalization\":true}}",
        "{\"now\":\"2026-12-01T09:00:00\"}",
        "{\"region\":7}",
    ];
    let (answers, code) = decide(lines.join("\n").as_bytes());
    for (line, answer) in lines.iter().zip(&answers) {
        assert!(answer["error"].as_str().is_some_and(|why| why.starts_with("line ")), "{line}: {answer}");
    }
    assert_eq!((answers.len(), code), (lines.len(), Some(1)));
}

#[test]
fn exit_codes_tell_usage_input_findings_and_integrity_apart() {
    let temporary = std::env::temp_dir().join(format!("selvedge-command-{}", std::process::id()));
    let folder = temporary.to_str().expect("is UTF-8");
    let built = temporary.join("built");
    let built = built.to_str().expect("is UTF-8");
    std::fs::create_dir_all(&temporary).expect("creates");
    let site = temporary.join("site");
    let site = site.to_str().expect("is UTF-8");

    let cases: [(&[&str], i32); 16] = [
        (&["init", site], 0),
        (&["check", site], 0),
        (&["test", site], 0),
        (&["build", site, "--out", built], 0),
        (&["verify", built], 0),
        (&["decide", built, "--json"], 0),
        (&["decide", site, "--env", "nope"], 2),
        (&["decide", site, "--as-of", "yesterday"], 2),
        (&["decide", site, "--as-of", "2027-02-29"], 2),
        (&["check", site, "--as-of", "2026-12-01"], 0),
        (&["consent", "matrix", site, "--as-of", "2026-12-01"], 0),
        (&["decide", site, "--visitor", "nope"], 2),
        (&["no-such-verb"], 2),
        (&["check", folder], 1),
        (&["fmt", folder], 2),
        (&["decide", folder], 3),
    ];
    for (arguments, code) in cases {
        let output = selvedge(arguments, b"");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    }

    let head = temporary.join("built/v1/development/head");
    let mut bytes = std::fs::read(&head).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&head, bytes).expect("writes");
    for verb in ["verify", "decide"] {
        let output = selvedge(&[verb, built], b"");
        assert_eq!(output.status.code(), Some(4), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::remove_dir_all(&temporary).expect("removes");
}

#[test]
fn a_site_and_its_built_folder_answer_alike() {
    let temporary = std::env::temp_dir().join(format!("selvedge-alike-{}", std::process::id()));
    let built = temporary.to_str().expect("is UTF-8");
    assert_eq!(selvedge(&["build", SHOP, "--out", built], b"").status.code(), Some(0));
    let context =
        b"{\"region\":\"DE\",\"grants\":{\"personalization\":true,\"storage\":true},\"now\":\"2026-12-01T09:00:00Z\",\
        \"attributes\":{\"request.country\":\"DE\",\"visitor.visits_30d\":6}}";
    let answer = |folder: &str| selvedge(&["decide", folder, "--json", "--explain", "--context", "-"], context).stdout;
    let from_site = answer(SHOP);
    assert!(String::from_utf8_lossy(&from_site).contains("\"hero/continue\""));
    assert_eq!(from_site, answer(built));
    std::fs::remove_dir_all(&temporary).expect("removes");
}

/// A copy of a new site, and a folder for what is built from it.
fn new_site(name: &str) -> (std::path::PathBuf, String, String) {
    let folder = std::env::temp_dir().join(format!("selvedge-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let path = |name: &str| folder.join(name).to_str().expect("is UTF-8").to_owned();
    let (site, out) = (path("site"), path("out"));
    assert_eq!(selvedge(&["init", &site], b"").status.code(), Some(0));
    (folder, site, out)
}

#[test]
fn a_new_site_is_as_every_tool_wants_it() {
    let (folder, site, _) = new_site("tidy");
    let folder_of_site = folder.join("site");
    std::fs::write(folder_of_site.join("regions.toml"), selvedge(&["consent", "regions"], b"").stdout).expect("writes");
    let check = ["check", &site, "--deny", "unused-attribute"];
    for arguments in [&["fmt", &site, "--check"][..], &check, &["test", &site]] {
        let output = selvedge(arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
    let settings = std::fs::read_to_string(folder_of_site.join("selvedge.toml")).expect("reads");
    assert!(settings.contains("name = \"site\"\n"), "{settings}");
    let attributes = std::fs::read_to_string(folder_of_site.join(".gitattributes")).expect("reads");
    assert!(attributes.contains("eol=lf"), "{attributes}");
    let taplo = std::fs::read_to_string(folder_of_site.join(".taplo.toml")).expect("reads");
    assert!(taplo.contains("column_width = 100"), "{taplo}");
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn ends_of_lines_and_byte_order_marks_of_a_checkout_mean_nothing() {
    let (folder, site, out) = new_site("ends");
    let place = |name: &str| folder.join("site").join(name);
    std::fs::write(place("content/hero/welcome-back.en.html"), "<h2>Hello</h2>\n<p>again</p>\n").expect("writes");
    let toml = std::fs::read_to_string(place("content/hero/welcome-back.toml")).expect("reads");
    let (front, _) = toml.split_once("[locale").expect("has a locale");
    std::fs::write(place("content/hero/welcome-back.toml"), front).expect("writes");
    let build = || {
        let built = Command::new(env!("CARGO_BIN_EXE_selvedge"))
            .args(["build", &site, "--out", &out, "--json"])
            .env("SOURCE_DATE_EPOCH", "1796083200")
            .output()
            .expect("ends");
        assert_eq!(built.status.code(), Some(0), "{}", String::from_utf8_lossy(&built.stderr));
        serde_json::from_slice::<Value>(&built.stdout).expect("is JSON")["release"].clone()
    };
    let plain = build();
    let fmt = || selvedge(&["fmt", &site, "--check"], b"").status.code();
    let before = fmt();
    for (mark, end) in [("", "\r\n"), ("\u{feff}", "\n"), ("\u{feff}", "\r\n")] {
        for name in
            ["selvedge.toml", "slots.toml", "content/hero/welcome-back.toml", "content/hero/welcome-back.en.html"]
        {
            let text = std::fs::read_to_string(place(name)).expect("reads");
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\n', end);
            std::fs::write(place(name), format!("{mark}{text}")).expect("writes");
        }
        assert_eq!((fmt(), build()), (before, plain.clone()), "{mark:?} {end:?}");
    }

    // One rule for every other text that is read.
    let mark = "\u{feff}";
    let run = |arguments: &[&str], text: &str| selvedge(arguments, format!("{mark}{text}").as_bytes());
    let file = |text: &str| {
        std::fs::write(folder.join("text"), format!("{mark}{text}")).expect("writes");
        folder.join("text").to_str().expect("is UTF-8").to_owned()
    };
    assert_eq!(run(&["decide", &site, "--json", "--context", "-"], "{}").status.code(), Some(0));
    assert_eq!(run(&["decide", &site, "--json", "--context", &file("{}")], "").status.code(), Some(0));
    let decoded = |mark: &str| selvedge(&["consent", "decode", "--json"], format!("{mark}1YNN").as_bytes()).stdout;
    assert_eq!(decoded(mark), decoded(""));
    std::fs::write(place("events.toml"), "[event.seen]\ndescription = \"x\"\n").expect("writes");
    let event = "{\"kind\":\"reasons\",\"at\":\"2026-12-01T09:00:00Z\"}\n";
    let checked = selvedge(&["events", "check", &site, &file(event), "--json"], b"");
    let said: Value = serde_json::from_slice(&checked.stdout).expect("is JSON");
    assert!(!said.to_string().contains("malformed\":1"), "{said}");
    assert_eq!(checked.status.code(), Some(0), "{said} {}", String::from_utf8_lossy(&checked.stderr));
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn keys_for_visitors_are_made_on_purpose_and_a_build_says_how_long_it_lives() {
    let (folder, site, out) = new_site("keys");
    let build = |more: &[&str]| selvedge(&[&["build", &site, "--out", &out], more].concat(), b"");
    let refused = build(&["--env", "production"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("has no keys") && said.contains("selvedge keys new"), "{said}");
    assert!(!folder.join("out").exists() && !folder.join("site/.selvedge/keys").exists());
    let made = build(&[]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(said.contains("live until 20") && said.contains("`selvedge renew` prolongs that, until 20"), "{said}");
    // The keys of development are there now, and sign nothing else.
    assert_eq!(build(&["--env", "production"]).status.code(), Some(3));
    assert!(!folder.join("out/v1/production").exists());
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn decisions_of_a_built_folder_are_as_strict_as_its_verification() {
    let (folder, site, out) = new_site("strict");
    let run = |arguments: &[&str]| {
        let output = selvedge(arguments, b"");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    assert_eq!(run(&["build", &site, "--out", &out]).0, Some(0));
    let place = |path: &str| folder.join(path).to_str().expect("is UTF-8").to_owned();
    let own = place("pin.cose");
    std::fs::copy(folder.join("out/v1/development/root/1.cose"), &own).expect("copies");

    let (code, said) = run(&["decide", &out]);
    assert!(code == Some(0) && said.contains("trusted the folder's own root"), "{said}");
    let (code, said) = run(&["decide", &out, "--root", &own]);
    assert!(code == Some(0) && !said.contains("trusted"), "{said}");
    let (theirs, other) = (place("theirs"), place("other"));
    assert_eq!(run(&["init", &theirs]).0, Some(0));
    assert_eq!(run(&["build", &theirs, "--out", &other]).0, Some(0));
    let (code, said) = run(&["decide", &other, "--root", &own]);
    assert_eq!(code, Some(4), "{said}");
    // A site's sources are not a built folder.
    let (_, said) = run(&["block", &site]);
    assert!(said.contains("is a site, but this needs a built folder") && said.contains("selvedge build"), "{said}");

    // A head of 20 GB, which has no byte on the disk.
    let head = std::fs::OpenOptions::new().write(true).open(folder.join("out/v1/development/head")).expect("opens");
    head.set_len(20 << 30).expect("grows");
    let (code, said) = run(&["decide", &out]);
    assert!(code == Some(3) && said.contains("more than the limit"), "{said}");
    std::fs::remove_file(folder.join("out/v1/development/head")).expect("removes");

    let old = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["build", SHOP, "--out", &place("old")])
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .output()
        .expect("ends");
    assert_eq!(old.status.code(), Some(0));
    let visit = b"{\"region\":\"DE\",\"grants\":{\"personalization\":true,\"storage\":true},\"attributes\":{\"visitor.visits_30d\":6}}";
    std::fs::write(folder.join("visit.json"), visit).expect("writes");
    let (code, said) = run(&["decide", &place("old"), "--context", &place("visit.json")]);
    assert!(code == Some(0) && said.contains("expired on 2023-11-16T") && said.contains("STALE"), "{said}");
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn a_new_site_has_what_editors_need_and_schemas_are_printed() {
    let folder = std::env::temp_dir().join(format!("selvedge-schema-{}", std::process::id()));
    let site = folder.to_str().expect("is UTF-8");
    assert_eq!(selvedge(&["init", site], b"").status.code(), Some(0));
    let rules: toml::Table =
        std::fs::read_to_string(folder.join(".taplo.toml")).expect("is written").parse().expect("is TOML");
    let rules = rules["rule"].as_array().expect("has rules");
    assert_eq!(rules.len(), 16);
    for rule in rules {
        let path = rule["schema"]["path"].as_str().expect("names a schema");
        let written = std::fs::read_to_string(folder.join(path)).expect(path);
        let kind = path.trim_start_matches(".taplo/").trim_end_matches(".json");
        let printed = selvedge(&["schema", kind], b"").stdout;
        assert_eq!(written.as_bytes(), printed, "{kind}");
        assert_eq!(serde_json::from_str::<Value>(&written).expect("is JSON")["type"], "object", "{kind}");
    }
    assert_eq!(selvedge(&["check", site], b"").status.code(), Some(0), "the loader does not mind them");
    assert_eq!(selvedge(&["schema", "--taplo"], b"").stdout, std::fs::read(folder.join(".taplo.toml")).expect("reads"));
    let listed = String::from_utf8(selvedge(&["schema"], b"").stdout).expect("is UTF-8");
    assert!(listed.contains("content/**/*.toml") && listed.lines().count() == 25, "{listed}");
    assert_eq!(selvedge(&["schema", "nope"], b"").status.code(), Some(2));
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn findings_are_written_for_review_tools_from_the_folder_of_the_repository() {
    let output = selvedge(&["check", "tests/ui/near-keys", "--format", "github"], b"");
    let commands = String::from_utf8(output.stdout).expect("is UTF-8");
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<&str> = commands.lines().collect();
    assert_eq!(
        lines[1],
        "::error file=tests/ui/near-keys/slots.toml,line=8,col=1,endLine=8,endColumn=7,title=SV9005::\
         there is no key `chnage` here%0Ahelp: did you mean `change`?%0Aselvedge why SV9005"
    );
    assert_eq!(lines.len(), 2);

    let output = selvedge(&["check", "./tests/ui/near-keys/", "--format", "sarif"], b"");
    let sarif: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    let run = &sarif["runs"][0];
    let location = &run["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "tests/ui/near-keys/slots.toml");
    assert_eq!((&location["region"]["startLine"], &location["region"]["endColumn"]), (&8.into(), &7.into()));
    // Each result names a rule of the run, and the rule says why.
    for result in run["results"].as_array().expect("has results") {
        let rule = run["tool"]["driver"]["rules"]
            .as_array()
            .and_then(|rules| rules.iter().find(|rule| rule["id"] == result["ruleId"]))
            .expect("is named");
        assert!(rule["help"]["markdown"].as_str().is_some_and(|help| help.contains("Fixed, `slots.toml`")), "{rule}");
    }
}

#[test]
fn why_answers_for_every_rule_that_a_finding_can_have() {
    let listed = String::from_utf8(selvedge(&["why"], b"").stdout).expect("is UTF-8");
    let codes: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(codes.len() > 80);
    let answer = selvedge(&["why", "sv2005"], b"");
    let said = String::from_utf8(answer.stdout).expect("is UTF-8");
    assert_eq!(answer.status.code(), Some(0));
    assert!(said.starts_with("SV2005: ") && said.contains("\nWrong, audiences/adults.toml:\n\n    all = ["), "{said}");
    assert!(said.contains("    all = ['has(profile.age) && profile.age >= 18']\n"), "{said}");
    let json: Value = serde_json::from_slice(&selvedge(&["why", codes[0], "--json"], b"").stdout).expect("is JSON");
    assert_eq!(json["code"], codes[0]);
    assert_eq!(selvedge(&["why", "SV0000"], b"").status.code(), Some(2));
}

/// The answer to `decide` on the shop with these options.
fn asked(options: &[&str]) -> Value {
    let arguments: Vec<&str> =
        ["decide", SHOP, "--json", "--as-of", "2026-11-21T12:00:00Z"].iter().chain(options).copied().collect();
    let output = selvedge(&arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("is JSON")
}

#[test]
fn a_request_is_taken_in_as_an_edge_does() {
    // A notice that was seen is no consent: only what the request itself says is read, and what is withheld is said to be.
    let seen = asked(&["--country", "DE", "--cookie", "notice_seen=1", "--path", "/"]);
    let decisions = || seen["decisions"].as_object().expect("decisions").values();
    assert!(!seen.to_string().contains("visitor."), "{seen}");
    // An open complaint is the one fact of a person that the shop needs no permission for.
    let is_shallow = |decision: &Value| decision["depth"] == "none" || decision["depth"] == "contextual";
    let knows = |decision: &Value| decision["read"].to_string().contains("profile.open_complaint");
    assert!(decisions().all(|decision| is_shallow(decision) || knows(decision)), "{seen}");
    assert!(decisions().any(|decision| decision["detail"] == "CONSENT_WITHHELD"));
    assert!(decisions().any(|decision| decision["reason"] == "TARGETING_MATCH"));
    assert_eq!(seen, asked(&["--country", "DE"]), "the cookie changed something");
    // A region as country is that region of that country, and what is off says so without being asked.
    let california = asked(&["--country", "US-CA", "--header", "Sec-GPC: 1"]);
    assert_eq!(california, asked(&["--country", "us", "--region", "US-CA", "--header", "Sec-GPC: 1"]));
    assert_eq!(california, asked(&["--region", "US-CA", "--header", "Sec-GPC: 1"]));
    assert!(!california.to_string().contains("DATA_QUALITY"), "{california}");
    assert_eq!(california["not_permitted"]["advertising"], "gpc");
    let plain = ["decide", SHOP, "--as-of", "2026-11-21", "--country", "US-CA", "--header", "Sec-GPC: 1"];
    let plain = String::from_utf8(selvedge(&plain, b"").stdout).expect("is UTF-8");
    let last = plain.lines().last().expect("has lines");
    assert!(
        last.starts_with("not permitted under the law of US-CA: ") && last.contains("advertising (gpc)"),
        "{plain}"
    );
    // Who said no is told apart from who was never asked; a denial of what a rule does not need changes nothing.
    let hero = |cookie: &str| {
        asked(&["--country", "DE", "--slots", "home.hero", "--cookie", cookie])["decisions"]["home.hero"]["detail"]
            .clone()
    };
    assert_eq!(hero("selvedge-consent=v=1&functional=0"), "CONSENT_WITHHELD");
    assert_eq!(hero("selvedge-consent=v=1&advertising=0"), "CONSENT_WITHHELD");
    assert_eq!(hero("selvedge-consent=v=1&personalization=0"), "CONSENT_WITHDRAWN");
    assert_eq!(hero("selvedge-consent=v=1&personalization=1&storage=0"), "CONSENT_WITHDRAWN");
    // What nobody can read denies as well, and nobody said so.
    assert_eq!(hero("selvedge-consent=garbage"), "CONSENT_WITHHELD");
    // The same person, who agreed.
    let agreed = "selvedge-consent=v=1&personalization=1&storage=1&analytics=1";
    let state = "selvedge-state=visitor.visits_30d=6~20772";
    let of = |more: &[&str]| asked(&[&["--country", "DE", "--cookie", agreed, "--cookie", state], more].concat());
    assert!(of(&[]).to_string().contains("visitor.visits_30d"));
    assert!(!of(&["--depth", "contextual"]).to_string().contains("visitor.visits_30d"));
    assert_eq!(selvedge(&["decide", SHOP, "--depth", "deep"], b"").status.code(), Some(2));
    assert_eq!(selvedge(&["decide", SHOP, "--header", "Sec-GPC"], b"").status.code(), Some(2));
}

#[test]
fn global_privacy_control_is_a_header() {
    let advertising = |options: &[&str]| {
        let answer = asked(&[&["--region", "US-CA", "--explain"], options].concat());
        answer["permissions"]["purposes"]["advertising"].clone()
    };
    let silent = json!({ "granted": true, "basis": "regime", "day": null });
    for value in ["Sec-GPC: 0", "Sec-GPC: true"] {
        assert_eq!(advertising(&["--header", value]), silent, "{value}");
    }
    let objected = json!({ "granted": false, "basis": "gpc", "day": null });
    assert_eq!(advertising(&["--header", "Sec-GPC: 1"]), objected);
    let agreed = "selvedge-consent=v=1&epoch=4&advertising=1";
    assert_eq!(advertising(&["--header", "Sec-GPC: 0", "--header", "sec-gpc: 1", "--cookie", agreed]), objected);
}
