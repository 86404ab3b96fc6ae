//! `selvedge conflicts` and `selvedge check --deny`: what they print, and with which exit code they end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SETTINGS: &str =
    "name = \"shop\"\nteams = [\"growth\", \"search\"]\n[locales]\ndefault = \"en\"\n[defaults]\nowner = \"growth\"\n";
const ATTRIBUTES: &str = "[request.country]\ntype = \"symbol\"\nvalues = \"iso-3166-1\"\nsource = \"request\"\npurposes = [\"contextual\"]\n\
    [profile.age]\ntype = \"int\"\nrange = [0, 120]\noptional = true\nsource = \"account\"\npurposes = [\"personalization\"]\nretention = \"30d\"\n";
const SLOTS: &str = "[home.hero]\nselector = \"#hero\"\nchange = \"text\"\n[home.claim]\nselector = \"#claim\"\nchange = \"text\"\n\
    [cart.extra]\npage = \"/cart\"\nselector = \"#extra\"\nchange = \"text\"\n";

/// A site in a folder that goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, String)]) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-conflicts-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let plain = [("selvedge.toml", SETTINGS), ("attributes.toml", ATTRIBUTES), ("slots.toml", SLOTS)];
        let shared = [("content/c.toml", "[locale.en]\ntext = \"c\"\n")];
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("creates");
            fs::write(path, text).expect("writes");
        };
        plain.iter().chain(&shared).for_each(|(path, text)| write(path, text));
        files.iter().for_each(|(path, text)| write(path, text));
        Self(folder)
    }

    fn run(&self, verb: &str, more: &[&str]) -> (String, String, Option<i32>) {
        let output = Command::new(env!("CARGO_BIN_EXE_selvedge")).arg(verb).arg(&self.0).args(more).output();
        let output = output.expect("starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("is UTF-8");
        (text(output.stdout), text(output.stderr), output.status.code())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn experiment(slot: &str, name: &str, row: &str, more: &str) -> (&'static str, String) {
    let path = Box::leak(format!("experiences/{name}.toml").into_boxed_str());
    let split =
        format!("split = {{ experiment = \"{name}\", {more}unit = \"page\", arms = {{ control = 50, c = 50 }} }}");
    (
        path,
        format!(
            "slot = \"{slot}\"\npurpose = \"personalization\"\ngoal = \"{name}\"\n[[rule]]\nall = ['{row}']\n{split}\n"
        ),
    )
}

/// Ten visitors of Germany who allow it, aged 10 to 100, and one who allows nothing.
fn visitors() -> Vec<(&'static str, String)> {
    let one = |number: usize, granted: bool| {
        let path: &'static str = Box::leak(format!("visitors/v{number}.toml").into_boxed_str());
        let age = 10 * number;
        (
            path,
            format!(
                "region = \"DE\"\ngrants = {{ personalization = {granted} }}\n[attributes]\n\"request.country\" = \"DE\"\n\"profile.age\" = {age}\n"
            ),
        )
    };
    (1..=10).map(|number| one(number, true)).chain([one(11, false)]).collect()
}

#[test]
fn a_pair_that_can_meet_has_both_files_a_visitor_and_a_share() {
    let mut files = visitors();
    files.push(experiment("home.hero", "adults", "has(profile.age) && profile.age >= 20", "traffic = 50, "));
    files.push(experiment("home.hero", "old", "has(profile.age) && profile.age >= 60", ""));
    let site = Folder::new("overlap", &files);
    let (json, _, code) = site.run("conflicts", &["--json"]);
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, &answer["conflicts"]), (Some(1), &1.into()), "{json}");
    let pair = &answer["pairs"][0];
    assert_eq!(pair["first"]["file"], "experiences/adults.toml");
    assert_eq!(pair["second"]["file"], "experiences/old.toml");
    assert_eq!((&pair["slot"], &pair["meet"]["answer"]), (&"home.hero".into(), &"yes".into()));
    let age = pair["meet"]["visitor"]["attributes"]["profile.age"].as_i64().expect("a visitor has an age");
    assert!((60..=120).contains(&age), "{pair}");
    // Five of eleven are sixty and may be asked: the one of 110 years allows nothing. Half of them take part.
    assert_eq!((&pair["overlap"]["visits"], &pair["overlap"]["both"]), (&11.into(), &5.into()));
    let expected = pair["overlap"]["expected_percent"].as_f64().expect("a share");
    assert!((expected - 100.0 * 5.0 / 11.0 / 2.0).abs() < 1e-9, "{expected}");

    let (text, _, code) = site.run("conflicts", &[]);
    assert_eq!(code, Some(1));
    for part in
        ["experiences/adults.toml:4", "experiences/old.toml:4", "\"profile.age\" = ", "expected overlap: 22.7 %"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }

    let corpus = site.0.join("corpus.jsonl");
    let line = "{\"region\":\"DE\",\"grants\":{\"personalization\":true},\"attributes\":{\"profile.age\":70}}\n";
    fs::write(&corpus, line.repeat(3) + "{}\n").expect("writes");
    let (json, _, _) = site.run("conflicts", &["--json", "--corpus", corpus.to_str().expect("UTF-8")]);
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer["pairs"][0]["overlap"]["matching_percent"], 75.0);
}

#[test]
fn a_pair_that_never_meets_is_proved_apart() {
    let disjoint = Folder::new(
        "disjoint",
        &[
            experiment("home.hero", "here", "request.country in [\"DE\", \"AT\"]", ""),
            experiment("home.claim", "there", "request.country == \"US\"", ""),
        ],
    );
    let (text, _, code) = disjoint.run("conflicts", &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("proved apart: no visitor can be in both"), "{text}");

    let layers = SETTINGS.to_owned() + "[layers.home]\nshares = { one = 50, two = 50 }\n";
    let layered = Folder::new(
        "layered",
        &[
            ("selvedge.toml", layers),
            experiment("home.hero", "one", "request.country == \"DE\"", "layer = \"home\", "),
            experiment("home.hero", "two", "request.country == \"DE\"", "layer = \"home\", "),
        ],
    );
    let (text, _, code) = layered.run("conflicts", &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("both are in the layer home"), "{text}");
    let (text, _, code) = layered.run("check", &["--deny", "colliding-experiments"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn tests_of_other_tools_count_while_they_run_and_where_they_are() {
    let elsewhere = |keys: &str| {
        let text = format!("{SETTINGS}[[elsewhere]]\nname = \"serp\"\ntool = \"search\"\nowner = \"search\"\n{keys}\n");
        Folder::new(
            &format!("elsewhere-{}", keys.len()),
            &[("selvedge.toml", text), experiment("home.hero", "here", "request.country == \"DE\"", "")],
        )
    };
    let cases = [
        ("pages = [\"/\"]", "2026-11-20T00:00:00Z", Some(1)),
        ("pages = [\"/*\"]\nselector = \"#hero\"", "2026-11-20T00:00:00Z", Some(1)),
        ("slots = [\"home.hero\"]", "2026-11-20T00:00:00Z", Some(1)),
        ("pages = [\"/cart\", \"/checkout/*\"]", "2026-11-20T00:00:00Z", Some(0)),
        ("pages = [\"/\"]\nall = ['request.country != \"DE\"']", "2026-11-20T00:00:00Z", Some(0)),
        ("pages = [\"/\"]\nfrom = 2026-11-01\nuntil = 2026-11-30", "2026-11-30T23:00:00Z", Some(1)),
        ("pages = [\"/\"]\nfrom = 2026-10-01\nuntil = 2026-11-30", "2026-12-01T00:00:00Z", Some(0)),
        ("slots = [\"cart.extra\"]\nmetric = \"here\"", "2026-11-20T00:00:00Z", Some(0)),
    ];
    for (keys, as_of, expected) in cases {
        let (text, errors, code) = elsewhere(keys).run("conflicts", &["--as-of", as_of]);
        assert_eq!(code, expected, "{keys}: {text}{errors}");
        assert_eq!(text.contains("`serp` of search (selvedge.toml:"), !text.contains("metric: 0;"), "{text}");
        assert_eq!(text.contains("#hero") || text.contains("the slot home.hero"), keys.contains("hero"), "{text}");
    }
}

#[test]
fn a_denied_warning_is_an_error() {
    let site = Folder::new("deny", &[experiment("home.hero", "here", "request.country == \"DE\"", "")]);
    let (text, _, code) = site.run("check", &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("warning[SV1207]"), "nobody reads profile.age: {text}");
    for rule in ["unused-attribute", "SV1207", "sv1207"] {
        let (text, _, code) = site.run("check", &["--deny", "SV2215", "--deny", rule]);
        assert_eq!(code, Some(1), "{rule}");
        assert!(text.contains("error[SV1207]") && !text.contains("warning[SV1207]"), "{text}");
    }
    assert_eq!(site.run("check", &["--deny", "SV2215"]).2, Some(0));
    let (_, errors, code) = site.run("check", &["--deny", "unused-atribute"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("did you mean unused-attribute?"), "{errors}");
    let (json, _, _) = site.run("check", &["--json"]);
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    let found = answer["diagnostics"].as_array().expect("an array");
    assert!(found.iter().any(|found| found["rule"] == "unused-attribute"), "{found:?}");
}

#[test]
fn audiences_of_nearly_everybody_are_found_where_there_are_visits_to_judge_by() {
    let audiences =
        "[here]\nall = ['request.country == \"DE\"']\n[adults]\nall = ['has(profile.age) && profile.age >= 18']\n";
    let site = Folder::new(
        "broad",
        &[
            ("audiences/all.toml", audiences.to_owned()),
            experiment("home.hero", "here", "audience.here && audience.adults", ""),
        ],
    );
    assert_eq!(site.run("check", &["--deny", "extreme-audience"]).2, Some(0), "without visits nothing is judged");
    let visit = |country: &str| format!("{{\"attributes\":{{\"request.country\":\"{country}\"}}}}\n");
    let corpus = site.0.join("corpus.jsonl");
    fs::write(&corpus, visit("DE").repeat(188) + &visit("AT").repeat(12)).expect("writes");
    let (text, _, code) = site.run("check", &["--deny", "SV2105", "--corpus", corpus.to_str().expect("UTF-8")]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("error[SV2105]: audience `here` matches 94.0 % of 200 visits"), "{text}");
}
