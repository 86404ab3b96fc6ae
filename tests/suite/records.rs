//! Records for people who must answer for data: the consent matrix, the register of processing, what visitors are told.
//!
//! `BLESS=1 cargo test --test suite records` writes the files of `tests/records` anew; the diff is what reviewers read.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use selvedge::author::format::format;
use selvedge::author::{self, REGIONS};
use serde_json::Value;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
const AS_OF: &str = "2026-11-22T00:00:00Z";

fn selvedge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_selvedge")).args(arguments).stdin(Stdio::null()).output().expect("starts")
}

fn said(arguments: &[&str]) -> String {
    let output = selvedge(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("is UTF-8")
}

fn expect(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records").join(name);
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(&file, text).expect("can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(expected == text, "tests/records/{name} differs; BLESS=1 accepts this:\n{text}");
}

/// A copy of the shop whose files can be changed.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-records-{name}-{}", std::process::id()));
        copy(Path::new(SHOP), &folder);
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("is UTF-8")
    }

    fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = std::fs::read_to_string(&path).expect("is there");
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(path, text.replacen(from, to, 1)).expect("can be written");
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What is left of a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a temporary folder");
    for entry in std::fs::read_dir(from).expect("is there") {
        let entry = entry.expect("reads");
        match entry.file_type().expect("has a type").is_dir() {
            true if entry.file_name() == ".selvedge" => {}
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copies")),
        }
    }
}

#[test]
fn the_matrix_of_regions_purposes_and_signals() {
    let some = [
        "--region", "default", "--region", "DE", "--region", "FR", "--region", "GB", "--region", "CH", "--region",
        "US-CA", "--region", "US-OK",
    ];
    let matrix = |more: &[&str]| said(&[&["consent", "matrix", "--as-of", AS_OF], &some[..], more].concat());
    let signals = "tcf gpp usp gpc consent_mode onetrust cookiebot didomi usercentrics".split(' ');
    expect("matrix.md", &matrix(&signals.flat_map(|signal| ["--signal", signal]).collect::<Vec<_>>()));
    expect("matrix.csv", &matrix(&["--format", "csv", "--signal", "gpc", "--signal", "tcf"]));
    expect(
        "shop.md",
        &said(&["consent", "matrix", SHOP, "--as-of", AS_OF, "--region", "CH", "--region", "US-CA", "--signal", "gpc"]),
    );

    let all: Value =
        serde_json::from_str(&said(&["consent", "matrix", "--as-of", AS_OF, "--format", "json"])).expect("is JSON");
    let lines = all["matrix"]["regions"].as_array().expect("has lines");
    let table = author::unchanged(REGIONS);
    for (code, _) in &table.codes {
        let named = |line: &&Value| {
            line["code"] == **code || line["covers"].as_array().is_some_and(|all| all.contains(&code.as_str().into()))
        };
        assert!(lines.iter().any(|line| named(&line)), "{code} is in no line");
    }
    assert!(lines.iter().all(|line| line["cells"].as_array().map(Vec::len) == Some(8) && line["confidence"] != ""));
    assert_eq!(selvedge(&["consent", "matrix", "--region", "XX"]).status.code(), Some(2));
    assert_eq!(selvedge(&["consent", "matrix", "--signal", "smoke"]).status.code(), Some(2));
}

#[test]
fn a_law_that_starts_later_has_two_lines_until_it_does() {
    let lines = |as_of: &str| {
        let text = said(&["consent", "matrix", "--as-of", as_of, "--format", "json", "--region", "US-OK"]);
        let all: Value = serde_json::from_str(&text).expect("is JSON");
        all["matrix"]["regions"].as_array().expect("has lines").clone()
    };
    let before = lines(AS_OF);
    assert_eq!(before.len(), 2);
    assert_eq!((&before[0]["held_by"], &before[0]["until"]), (&"US".into(), &"2027-01-01".into()));
    assert_eq!((&before[1]["in_force"], &before[1]["from"]), (&false.into(), &"2027-01-01".into()));
    let after = lines("2027-01-01T00:00:00Z");
    assert_eq!((after.len(), &after[0]["in_force"]), (1, &true.into()));
}

#[test]
fn the_page_of_the_matrix_needs_nothing_else_and_names_every_cell() {
    let page = said(&["consent", "matrix", "--as-of", AS_OF, "--format", "html"]);
    for never in ["<script", "http://", "src=", "<link", "url("] {
        assert!(!page.contains(never), "{never}");
    }
    for needed in ["<html lang=\"en\">", "<title>", "scope=\"col\"", "scope=\"row\"", "<caption", "US-CA", "GPC: off"] {
        assert!(page.contains(needed), "{needed}");
    }
    assert_eq!(page.matches("<table>").count(), 2);
    assert_eq!(page.matches("<tr").count(), page.matches("</tr>").count());
}

#[test]
fn a_site_can_keep_a_table_of_its_own() {
    let copy = Copy::new("table");
    let table = said(&["consent", "regions"]);
    assert_eq!(Some(&table), format("regions.toml", REGIONS).as_ref());
    std::fs::write(copy.0.join("regions.toml"), &table).expect("can be written");
    said(&["check", copy.path(), "--as-of", AS_OF, "--deny-warnings"]);
    assert_eq!(
        said(&["consent", "matrix", copy.path(), "--as-of", AS_OF]),
        said(&["consent", "matrix", SHOP, "--as-of", AS_OF])
    );

    copy.change(
        "regions.toml",
        "[regions.DE]\nparent = \"EU\"",
        "[regions.DE]\nparent = \"EU\"\nanalytics = \"prohibited\"",
    );
    let german = said(&["consent", "matrix", copy.path(), "--as-of", AS_OF, "--region", "DE"]);
    assert!(german.contains("| prohibited * |"), "{german}");
    copy.change("consent.toml", "[overrides.CH]", "[overrides.AT]\nmax_grant_age_days = 30\n\n[overrides.CH]");
    let austrian = said(&["consent", "matrix", copy.path(), "--as-of", AS_OF, "--region", "AT"]);
    assert!(austrian.contains("| 30 days * |"), "{austrian}");

    let decided = said(&["decide", copy.path(), "--visitor", "returning-de", "--json"]);
    assert_ne!(
        decided,
        said(&["decide", SHOP, "--visitor", "returning-de", "--json"]),
        "the rules keep to the site's own table"
    );
}

#[test]
fn a_table_that_asks_for_less_is_refused_until_counsel_answers_for_it_by_name() {
    let copy = Copy::new("looser");
    let warned = |row: &str| {
        let table = REGIONS.replace("[regions.DE]\nparent = \"EU\"\nconf = \"high\"\nverified = \"prior\"", row);
        assert_ne!(table, REGIONS);
        std::fs::write(copy.0.join("regions.toml"), table).expect("can be written");
        let output = selvedge(&["check", copy.path(), "--as-of", AS_OF, "--json"]);
        let is_refused = String::from_utf8_lossy(&output.stdout).contains("SV5105");
        assert_eq!(output.status.code(), Some(i32::from(is_refused)));
        is_refused
    };
    let row = |more: &str, verified: &str| {
        format!("[regions.DE]\nparent = \"EU\"\n{more}\nconf = \"high\"\nverified = \"{verified}\"")
    };
    assert!(warned(&row("analytics = \"opt_out\"", "prior")));
    let answer = "counsel = \"Dr. Brandt\"\nreason = \"An opinion.\"\n";
    assert!(!warned(&row(&format!("analytics = \"opt_out\"\n{answer}"), "counsel")), "counsel answers for the row");
    assert!(warned(&row("analytics = \"opt_out\"", "counsel")), "counsel without a name answers for nothing");
    assert!(!warned(&row("analytics = \"prohibited\"", "prior")), "stricter is silent");
    // Nothing is said before the law is another.
    assert!(warned(&row("effective_from = \"2027-06-01\"\nanalytics = \"notice\"", "prior")), "in force later");
}

#[test]
fn a_table_that_nobody_looked_at_for_half_a_year_is_warned_of() {
    let codes = |site: &str, as_of: &str| {
        let text = said(&["check", site, "--as-of", as_of, "--json"]);
        text.contains("SV5101")
    };
    assert!(!codes(SHOP, "2027-05-31T00:00:00Z"));
    assert!(codes(SHOP, "2027-06-03T00:00:00Z"));
    let copy = Copy::new("age");
    std::fs::write(copy.0.join("regions.toml"), REGIONS.replace("\"2026-11-30\"", "\"2027-05-01\""))
        .expect("can be written");
    assert!(!codes(copy.path(), "2027-06-03T00:00:00Z"));
    assert!(codes(copy.path(), "2028-05-25T00:00:00Z"));
}

#[test]
fn a_site_that_classifies_nothing_is_not_built() {
    let copy = Copy::new("draft");
    std::fs::remove_file(copy.0.join("consent.toml")).expect("is there");
    let out = copy.0.join("out");
    let built = selvedge(&["build", copy.path(), "--out", out.to_str().expect("is UTF-8")]);
    assert_eq!(built.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&built.stderr).contains("SV5201") && !out.exists());
    assert!(said(&["check", copy.path()]).contains("warning[SV5201]"), "a draft can be looked at");
}

#[test]
fn the_register_of_processing() {
    for (format, file) in [("md", "ropa.md"), ("csv", "ropa.csv"), ("json", "ropa.json")] {
        let text = said(&["ropa", "export", SHOP, "--format", format]);
        assert_eq!(text, said(&["ropa", "export", SHOP, "--format", format]), "the order is stable");
        expect(file, &text);
        let lower = text.to_lowercase();
        assert!(
            !lower.contains("compliant") && !lower.contains("compliance"),
            "nothing here promises that a law is kept"
        );
    }
    expect("processor.md", &said(&["ropa", "export", SHOP, "--processor", "Kentmere CRM Ltd"]));
    assert_eq!(selvedge(&["ropa", "export", SHOP, "--processor", "Nobody"]).status.code(), Some(2));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/records/ropa.json");
    assert_eq!(said(&["schema", "ropa", "--validate", file]), "valid\n");
}

#[test]
fn what_changed_between_two_registers_in_words() {
    let copy = Copy::new("diff");
    assert_eq!(said(&["ropa", "diff", SHOP, copy.path()]), "nothing changed\n");
    copy.change("attributes.toml", "retention = \"30d\"", "retention = \"60d\"");
    copy.change("consent.toml", "basis = \"legitimate_interests\"", "basis = \"consent\"");
    copy.change("consent.toml", "name = \"Kentmere CRM Ltd\"", "name = \"Windermere CRM Ltd\"");
    copy.change("experiences/hero-gifts.toml", "owner = ", "purpose = \"advertising\"\nowner = ");
    copy.change("experiences/hero-winter.toml", "experiment = \"", "experiment = \"new-");
    copy.change("attributes.toml", "[\"functional\", \"personalization\"]", "[\"personalization\", \"advertising\"]");
    std::fs::remove_file(copy.0.join("experiences/tile-mending.toml")).expect("is there");
    copy.change("attributes.toml", "[profile.tier]", "[panel.household]\ntype = \"int\"\nsource = \"panel\"\npurposes = [\"analytics\"]\nretention = \"365d\"\ndescription = \"People in the household, from the yearly survey.\"\n\n[profile.tier]");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/records/ropa.json");
    let output = selvedge(&["ropa", "diff", file, copy.path()]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    expect("diff.txt", &String::from_utf8(output.stdout).expect("is UTF-8"));
    assert_eq!(selvedge(&["ropa", "diff", "/nowhere.json", SHOP]).status.code(), Some(3));
}

#[test]
fn the_preview_answers_at_the_well_known_paths() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["serve", SHOP, "--port", "0"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("is piped")).lines().map_while(Result::ok);
    let line = lines.find(|line| line.trim_start().starts_with("pages")).expect("says where it listens");
    let address =
        line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("has an address").to_owned();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&address).expect("listens");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("sends");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers");
        answer
    };
    let (told, gpc) = (get("/.well-known/personalization"), get("/.well-known/gpc.json"));
    child.kill().expect("is running");
    child.wait().expect("ends");

    assert!(told.starts_with("HTTP/1.1 200") && told.contains("content-type: application/json"), "{told}");
    let (_, body) = told.split_once("\r\n\r\n").expect("has a body");
    expect("personalization.json", body);
    let schema: Value = serde_json::from_str(&said(&["schema", "personalization"])).expect("is JSON");
    let body: Value = serde_json::from_str(body).expect("is JSON");
    assert!(jsonschema::validator_for(&schema).expect("is a schema").is_valid(&body));
    assert!(gpc.ends_with("\r\n\r\n{\"gpc\":true,\"lastUpdate\":\"2026-11-20\"}"), "{gpc}");
}

#[test]
fn panel_data_is_in_the_register_and_in_no_file_that_is_built() {
    let copy = Copy::new("panel");
    let column = "[panel.household]\ntype = \"int\"\nsource = \"panel\"\npurposes = [\"analytics\"]\nretention = \"365d\"\n\n[profile.tier]";
    copy.change("attributes.toml", "[profile.tier]", column);
    assert!(said(&["ropa", "export", copy.path()]).contains("| panel.household |"));
    let out = copy.0.join("out");
    said(&["build", copy.path(), "--out", out.to_str().expect("is UTF-8")]);
    let (mut folders, mut files) = (vec![out], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("is there") {
            let path = entry.expect("reads").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).expect("reads");
            // The register itself stays with its authors, for the change record of the next release.
            if bytes.starts_with(b"{\"schema\":2,") && path.parent().is_some_and(|folder| folder.ends_with("debug")) {
                continue;
            }
            assert!(!bytes.windows(9).any(|bytes| bytes == b"household"), "{} knows of it", path.display());
        }
    }
    assert!(files > 5, "{files} files");
    copy.change("audiences/sensitive_skin.toml", "'profile.health_interest'", "'panel.household > 2'");
    let refused = selvedge(&["build", copy.path(), "--out", copy.0.join("other").to_str().expect("is UTF-8")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("SV5302"));
}

/// How many headings, cells of tables and items of lists a page of Markdown has; it has no HTML, link or image.
fn shape(page: &str) -> (usize, usize, usize) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut headings, mut cells, mut items) = (0, 0, 0);
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("{html} is live"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => panic!("{dest_url} is live"),
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::Start(Tag::Item) => items += 1,
            _ => {}
        }
    }
    (headings, cells, items)
}

#[test]
fn a_text_of_the_site_is_one_line_without_markup_in_every_page_that_is_written() {
    let copy = Copy::new("markup");
    let row = "[regions.NZ]\nname = \"N\"\nnote = \"n\"\nconf = \"high\"\nsources = [\"s\"]\n";
    std::fs::write(copy.0.join("regions.toml"), format!("{REGIONS}\n{row}")).expect("can be written");
    let kentmere = ["--processor", "Kentmere CRM Ltd"];
    let pages = || {
        let page = |arguments: &[&str]| said(arguments);
        [
            page(&["ropa", "export", copy.path()]),
            page(&[&["ropa", "export", copy.path()][..], &kentmere].concat()),
            page(&["consent", "matrix", copy.path(), "--as-of", AS_OF]),
        ]
    };
    let plain = pages().map(|page| shape(&page));
    let bad = "a | b\\n## head\\n<img src=x onerror=alert(1)> [l](http://x.example) `a`` <b> ```";
    for (file, key) in [
        ("attributes.toml", "description = \""),
        ("consent.toml", "[purposes.personalization]\ntext = \""),
        ("consent.toml", "persons = [\""),
        ("consent.toml", "measures = [\n  \""),
        ("consent.toml", "what = \"Keeps"),
        ("consent.toml", "address = \""),
        ("consent.toml", "officer = \""),
        ("events.toml", "description = \""),
        ("experiences/hero-winter.toml", "goal = \""),
        ("experiences/hero-winter.toml", "benefit = \""),
        ("regions.toml", "[regions.NZ]\nname = \""),
        ("regions.toml", "note = \"n"),
        ("regions.toml", "sources = [\"s"),
    ] {
        copy.change(file, key, &format!("{key}{bad}"));
    }
    assert_eq!(pages().map(|page| shape(&page)), plain);
    let html = said(&["consent", "matrix", copy.path(), "--as-of", AS_OF, "--format", "html"]);
    assert!(!html.contains("<img") && html.contains("&lt;img"), "markup is live");
    let csv = said(&["ropa", "export", copy.path(), "--format", "csv"]);
    assert_eq!(csv.lines().count(), csv.matches("\r\n").count(), "an entry is one line");
}
