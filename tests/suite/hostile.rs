//! Files that are not what they should be: random bytes, damaged text, far too much of it.

mod conditions;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use selvedge::author::{self, Entry, FILE_BYTES_MAX, Files};
use selvedge::cli::render::{Format, render};

const PATHS: [&str; 10] = [
    "selvedge.toml",
    "attributes.toml",
    "slots.toml",
    "consent.toml",
    "audiences/a.toml",
    "content/winter.toml",
    "content/winter.en.html",
    "experiences/hero.toml",
    "tests/hero.toml",
    "visitors/anna.toml",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_in_any_file_never_panic(file in 0..PATHS.len(), bytes in vec(any::<u8>(), 0..400)) {
        let mut files = sound();
        files.entries.insert(PATHS[file].into(), Entry::Bytes(bytes));
        survives(&files);
    }

    #[test]
    fn damaged_text_never_panics(file in 0..PATHS.len(), cut in 0..1000_usize, junk in "[\\[\\]{}=\"'<>/a-zé\u{0}\n.#&-]{0,12}", drop in 0..30_usize) {
        let mut files = sound();
        let Some(Entry::Bytes(bytes)) = files.entries.get_mut(PATHS[file]) else { unreachable!("every path is there") };
        let at = cut % (bytes.len() + 1);
        let end = (at + drop).min(bytes.len());
        bytes.splice(at..end, junk.bytes());
        survives(&files);
    }

    #[test]
    fn any_markup_is_judged_without_panic(markup in "(<|</|<!--|-->|<svg|<p|<title|<script|<math|textarea|>|/|=|'|\"| |a|é|&lt|&#x|\\]\\]>|<!\\[CDATA\\[|\\?){0,40}") {
        let mut files = sound();
        files.entries.insert("content/winter.en.html".into(), Entry::Bytes(markup.into_bytes()));
        survives(&files);
    }
}

#[test]
fn the_sound_site_is_sound() {
    let (site, diagnostics, _) = author::check(&sound());
    assert_eq!(diagnostics, []);
    assert_eq!(site.map(|site| site.experiences.len()), Some(1));
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("huge-site");
    fs::create_dir_all(&folder).expect("a folder for tests");
    fs::write(folder.join("selvedge.toml"), "name = \"huge\"\nlocales = { default = \"en\" }\n").expect("a small file");
    let huge = fs::File::create(folder.join("attributes.toml")).expect("a new file");
    huge.set_len(50 * 1024 * 1024).expect("a sparse file");
    let (site, diagnostics, sources) = author::load(&folder);
    assert!(site.is_none() && !sources.contains_key("attributes.toml"));
    let found: Vec<(&str, &str)> = diagnostics.iter().map(|found| (found.code, found.place.file.as_str())).collect();
    assert_eq!(found, [("SV9015", "attributes.toml")]);
    assert!(diagnostics[0].what.contains(&FILE_BYTES_MAX.to_string()));
}

#[test]
fn a_file_full_of_faults_or_depth_is_still_read_in_time() {
    let faults = format!("name = \"shop\"\nlocales = {{ default = \"en\" }}\nteams = [{}]\n", "1, ".repeat(200_000));
    let deep = format!("{}{}", "<span>".repeat(100_000), "</span>".repeat(100_000));
    let mut files = sound();
    files.entries.insert("selvedge.toml".into(), Entry::Bytes(faults.into()));
    files.entries.insert("content/winter.en.html".into(), Entry::Bytes(deep.into()));
    let (_, diagnostics, _) = author::check(&files);
    let more: Vec<&str> = diagnostics.iter().filter(|found| found.code == "SV9017").map(|found| &*found.what).collect();
    assert_eq!(more, ["there are 199500 more findings in this file"]);
    assert!(diagnostics.iter().any(|found| found.what == "elements are more than 256 deep"));
}

#[test]
fn text_that_is_not_utf_8_is_shown_where_it_starts() {
    let mut files = sound();
    files.entries.insert("slots.toml".into(), Entry::Bytes(b"[hero]\nselector = \"\xff\"\n".to_vec()));
    let (site, diagnostics, sources) = author::check(&files);
    assert!(site.is_none());
    let found: Vec<_> = diagnostics.iter().map(|found| (found.code, found.place.line, found.place.column)).collect();
    assert_eq!(found, [("SV9003", 2, 13)], "and nothing is blamed for the slots that it hides");
    assert!(render(&diagnostics, &sources, Format::Human, false).contains("slots.toml:2:13"));
}

#[test]
fn a_byte_order_mark_and_windows_lines_do_not_move_places() {
    let mut files = sound();
    let slots = "\u{feff}[hero]\r\nselector = \"#hero\"\r\nchange = \"iner\"\r\n";
    files.entries.insert("slots.toml".into(), Entry::Bytes(slots.into()));
    let markup = "<h2>a</h2>\r\n<script></script>\r\n";
    files.entries.insert("content/winter.en.html".into(), Entry::Bytes(markup.into()));
    let (_, diagnostics, sources) = author::check(&files);
    let found: Vec<_> = diagnostics.iter().map(|found| (found.code, found.place.line, found.place.column)).collect();
    assert_eq!(found, [("SV4001", 2, 1), ("SV9010", 3, 10)]);
    assert!(!render(&diagnostics, &sources, Format::Human, false).contains('\r'));
}

#[test]
fn a_site_may_not_be_a_file_or_missing() {
    for path in ["tests/ui/clean/selvedge.toml", "tests/ui/there-is-no-such-site"] {
        let (site, diagnostics, _) = author::load(Path::new(path));
        assert!(site.is_none());
        assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["SV9001"], "{path}");
    }
}

/// Every format renders, every place is in its text, and the same files say the same twice.
fn survives(files: &Files) {
    let (site, diagnostics, sources) = author::check(files);
    for format in [Format::Human, Format::Json, Format::Sarif] {
        assert!(render(&diagnostics, &sources, format, false).ends_with('\n'));
    }
    for found in &diagnostics {
        let text = sources.get(&found.place.file);
        assert!(text.is_none_or(|text| text.get(found.place.span.clone()).is_some()), "{found:?}");
    }
    let again = author::check(files);
    assert_eq!((site.is_some(), &diagnostics), (again.0.is_some(), &again.1));
}

fn sound() -> Files {
    let texts: BTreeMap<&str, &str> = BTreeMap::from([
        (
            "selvedge.toml",
            "name = \"shop\"\nlocales = { default = \"en\" }\n[markets.dach]\nzone = \"Europe/Berlin\"\nregions = [\"DE\"]\n",
        ),
        (
            "attributes.toml",
            "[request.country]\ntype = \"symbol\"\nvalues = \"iso-3166-1\"\nsource = \"request\"\npurposes = [\"contextual\"]\n",
        ),
        ("slots.toml", "[hero]\nselector = \"#hero\"\nchange = \"inner\"\nmax_graphemes = 20\n"),
        (
            "consent.toml",
            "regions = [\"DE\"]\n[purposes.personalization]\ntext = \"For choosing.\"\nbasis = \"consent\"\n\
             [purposes.analytics]\ntext = \"For counting.\"\nbasis = \"consent\"\n[overrides.DE]\nanalytics = \"opt_in_explicit\"\n",
        ),
        ("audiences/a.toml", "all = ['request.country == \"DE\"']\n"),
        ("content/winter.toml", "expires = 2027-02-28\n"),
        ("content/winter.en.html", "<h2>Winter</h2>\n"),
        (
            "experiences/hero.toml",
            "slot = \"hero\"\n[[rule]]\nall = ['audience.a']\nsplit = { experiment = \"x\", arms = { control = 50, winter = 50 } }\n[schedule]\nfrom = 2026-12-01T08:00\nzone = \"market\"\n",
        ),
        (
            "tests/hero.toml",
            "[[case]]\nvisitor = \"anna\"\nnow = 2026-12-01T09:00:00Z\nexpect = { hero = \"winter\" }\n",
        ),
        ("visitors/anna.toml", "region = \"DE\"\nattributes = { \"request.country\" = \"DE\" }\n"),
    ]);
    let entries = texts.into_iter().map(|(path, text)| (path.to_owned(), Entry::Bytes(text.into()))).collect();
    Files { entries, ..Files::default() }
}
