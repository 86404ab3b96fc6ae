//! One bundle for each format: bytes that change take a new number, and an engine says which number it reads.

use std::path::{Path, PathBuf};

use selvedge::author::points::LOCK;
use selvedge::author::{Entry, Files, check};
use selvedge::bundle::format::{
    FORMAT, FORMAT_CONTACT, FORMAT_MARKETS, FORMAT_MAX, FORMAT_PLAN, FORMAT_PROGRAMME, FORMAT_RANGES, FORMAT_REPEAT,
};
use selvedge::cli::keys::DevKeys;
use selvedge::compile::compile;

use crate::sites::admitted;

/// `tests/vectors/golden`: the sources of a site with every construct, and `format-N.program` and `format-N.index` made of them.
pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/golden")
}

/// With `SELVEDGE_GOLDEN=write` the bundles of these formats are written instead.
#[test]
fn the_bytes_of_a_format_stay_the_same() {
    compare(&files(FORMAT), FORMAT);
    compare(&files(FORMAT_RANGES), FORMAT_RANGES);
    compare(&files(FORMAT_PROGRAMME), FORMAT_PROGRAMME);
    compare(&files(FORMAT_PLAN), FORMAT_PLAN);
    compare(&files(FORMAT_CONTACT), FORMAT_CONTACT);
    compare(&files(FORMAT_REPEAT), FORMAT_REPEAT);
    compare(&files(FORMAT_MARKETS), FORMAT_MARKETS);
}

/// The formats that programs have.
pub(crate) const FORMATS: [u16; 7] =
    [FORMAT, FORMAT_RANGES, FORMAT_PROGRAMME, FORMAT_PLAN, FORMAT_CONTACT, FORMAT_REPEAT, FORMAT_MARKETS];

/// A contact policy with some of everything.
const CONTACT: &str = "cool_off = \"30d\"\n[suppressions.s]\nwhen = 'now.getHours(\"UTC\") == 3'\nclasses = [\"promotional\", \"service\"]\n\
    [goals.g]\nreached = 'now.getHours(\"Europe/Berlin\") == 4'\n[caps.week]\nmax = 3\nwithin = \"7d\"\n\
    [caps.day]\nmax = 1\nper = \"day\"\nzone = \"Europe/Berlin\"\n[caps.one]\nmax = 2\nper = \"week\"\nzone = \"America/New_York\"\n\
    experiences = [\"e0\"]\ncontents = [\"html/c0\"]\n[gaps.least]\nleast = \"4h\"\nchannels = [\"web\"]\n\
    [quiet.night]\nfrom = \"21:00\"\nuntil = \"08:00\"\nchannels = [\"web\"]\n";

/// What a policy says of repetition, with some of everything.
const REPEAT: &str = "[sequences.welcome]\nexit = 'now.getHours(\"UTC\") == 5'\nagain = \"60d\"\n[sequences.welcome.steps.hello]\n\
    experience = \"e0\"\n[sequences.welcome.steps.tips]\nexperience = \"e1\"\nafter = \"hello\"\nwait = \"3d\"\nexpires = \"10d\"\n\
    [no_repeat.fresh]\nwithin = \"14d\"\ncontents = [\"html/c0\", \"html/c1\"]\n\
    [budgets.vouchers]\nmax = 1000\nexpected = 8000\nunit = \"visitor\"\n";

/// The sources whose program has this format.
pub(crate) fn files(format: u16) -> Files {
    let mut files = Files::read(&golden().join("site"));
    if format == FORMAT {
        return files;
    }
    if format >= FORMAT_PROGRAMME {
        // With some people who are never personalized.
        let text = std::fs::read_to_string(golden().join("site/selvedge.toml")).expect("a file of the golden site");
        let text = text
            + "\n[holdouts.nobody]\nshare = 5\n[holdouts.web-2027]\nshare = 12.5\nchannel = \"web\"\nunit = \"account\"\nsalt = \"w\"\n";
        files.entries.insert("selvedge.toml".into(), Entry::Bytes(text.into_bytes()));
        if format >= FORMAT_PLAN {
            with_plan(&mut files);
        }
        if format >= FORMAT_CONTACT {
            let more = if format >= FORMAT_REPEAT { REPEAT } else { "" };
            files.entries.insert("contact.toml".into(), Entry::Bytes([CONTACT, more].concat().into()));
            if format >= FORMAT_REPEAT {
                let turns = "slot = \"home.s1\"\naudit = \"full\"\n[[rule]]\nrotate = [\"html/c0\", \"html/c1\"]\nevery = \"2d\"\n";
                files.entries.insert("experiences/e7.toml".into(), Entry::Bytes(turns.into()));
            }
        }
        if format == FORMAT_MARKETS {
            with_markets(&mut files);
        }
        return files;
    }
    // The same site with an experiment in a layer, after changes of shares that left arms and layers in ranges.
    for (path, name) in
        [(LOCK, LOCK), ("experiences/layered.toml", "layered.toml"), ("selvedge.toml", "site/selvedge.toml")]
    {
        let text = std::fs::read_to_string(golden().join(name)).expect("a file of the golden site");
        let text = text.replace("x1 = 40, x2 = 0.01", "x1 = 40, x2 = 0.01, layered = 6.66");
        files.entries.insert(path.into(), Entry::Bytes(text.into_bytes()));
    }
    files
}

/// Chains of locales that end, holidays, what markets do otherwise, links, and a draw that starts at the login.
fn with_markets(files: &mut Files) {
    let mut patch = |path: &str, from: &str, to: &str| {
        let text = match files.entries.get(path) {
            Some(Entry::Bytes(bytes)) => String::from_utf8(bytes.clone()).expect("text"),
            _ => String::new(),
        };
        assert!(from.is_empty() || text.contains(from), "{path} has no {from}");
        let text = if from.is_empty() { to.to_owned() + &text } else { text.replacen(from, to, 1) };
        files.entries.insert(path.into(), Entry::Bytes(text.into_bytes()));
    };
    patch(
        "selvedge.toml",
        "[\"de\", \"en\", \"fr\"] }",
        "[\"de\", \"en\", \"fr\", \"control\"], \"*\" = [\"de-AT\", \"control\"] }",
    );
    patch(
        "consent.toml",
        "[overrides.default]",
        "[linking]\ntext = \"The same on all devices\"\nretention = \"30d\"\n[overrides.default]",
    );
    patch("holidays.toml", "", "[markets.dach]\nday = [2026-11-15, 2026-11-16]\n[markets.na]\nday = [2026-11-14]\n");
    patch("experiences/e0.toml", "[schedule]\n", "[schedule]\nnot_on = \"holidays\"\n");
    patch("experiences/e0.toml", "slot =", "overridable = [\"content\", \"conditions\", \"off\"]\nslot =");
    patch("experiences/e4.toml", "unit = \"account\"", "unit = \"account\", before_login = \"control\"");
    patch("markets/dach.toml", "", "[overrides.e0]\nnone = ['has(profile.a4)']\n");
    patch("markets/west.toml", "", "[overrides.e0]\noff = true\n");
}

/// Slots that are decided together, a feed, and content that needs what it says.
fn with_plan(files: &mut Files) {
    let add = |files: &mut Files, path: &str, before: bool, more: &str| {
        let text = match files.entries.get(path) {
            Some(Entry::Bytes(bytes)) => String::from_utf8(bytes.clone()).expect("text"),
            _ => String::new(),
        };
        let text = if before { format!("{more}{text}") } else { format!("{text}{more}") };
        files.entries.insert(path.into(), Entry::Bytes(text.into_bytes()));
    };
    let plan = "\n[plan]\nchanges = 2\nlimits = { promotional = 1 }\norder = [\"home.s1\"]\n";
    add(files, "selvedge.toml", false, plan);
    add(files, "feeds.toml", false, "[stock]\nmax_age = \"2h\"\n[crm]\nmax_age = \"2h\"\npersons = true\n");
    let attribute =
        "\n[stock.pieces]\ntype = \"int\"\nsource = \"feed:stock\"\npurposes = [\"contextual\"]\ndefault = 0\n";
    add(files, "attributes.toml", false, attribute);
    let shown: Vec<String> = files.entries.keys().filter(|path| path.starts_with("content/")).cloned().collect();
    for path in shown.iter().filter(|path| path.ends_with(".toml")).step_by(3) {
        add(files, path, true, "in_stock = ['stock.pieces >= 2']\n");
    }
}

fn compare(files: &Files, format: u16) {
    let (site, diagnostics, _) = check(files);
    let site = site.unwrap_or_else(|| panic!("the golden site has faults: {diagnostics:#?}"));
    assert_eq!(site.laid.moves, []);
    let built = compile(&site);
    assert_eq!(built.program[4..6], format.to_le_bytes());
    for (part, bytes) in [("program", built.program), ("index", built.index)] {
        let path = golden().join(format!("format-{format}.{part}"));
        if std::env::var("SELVEDGE_GOLDEN").is_ok_and(|word| word == "write") {
            std::fs::write(&path, &bytes).expect("a file can be written");
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        let differs = stored.iter().zip(&bytes).position(|(one, other)| one != other);
        assert!(
            stored == bytes,
            "the {part} of format {format} has {} bytes, had {}, and differs at {differs:?}: raise FORMAT in \
             src/bundle/format.rs, unless only a shipped table has changed, and run this test with SELVEDGE_GOLDEN=write",
            bytes.len(),
            stored.len(),
        );
    }
}

#[test]
fn an_engine_says_which_format_it_met_and_which_it_reads() {
    let keys = DevKeys::in_memory().expect("keys can be made");
    let stored = |format: u16, part: &str| std::fs::read(golden().join(format!("format-{format}.{part}"))).ok();
    let mut others = 0;
    for format in (0..100).filter(|format| !(FORMAT..=FORMAT_MAX).contains(format)) {
        let (Some(program), Some(index)) = (stored(format, "program"), stored(format, "index")) else { continue };
        let refused = admitted(&program, &index, &keys).expect_err("another format is not read");
        assert_eq!(refused.to_string(), format!("program: format {format}, this engine reads {FORMAT_MAX}"));
        others += 1;
    }
    assert!(others > 0, "no bundle of an earlier format is kept");

    // An index of another format beside a program of this one, in the words of hosts that count every byte.
    let program = stored(FORMAT, "program").expect("this format has a golden bundle");
    let mut index = stored(FORMAT, "index").expect("this format has a golden bundle");
    index[4..6].copy_from_slice(&(FORMAT_MAX + 1).to_le_bytes());
    let refused = admitted(&program, &index, &keys).expect_err("another format is not read");
    let fault = refused.downcast_ref::<selvedge::words::Fault>().expect("a fault of the bundle");
    let (other, reads) = (FORMAT_MAX + 1, FORMAT_MAX);
    assert_eq!(fault.brief(), format!("bundle: content index: format {other}, this engine reads {reads}"));

    // Both formats are read, so that decisions of both are made again.
    for format in FORMATS {
        let part = |part| stored(format, part).expect("this format has a golden bundle");
        assert!(admitted(&part("program"), &part("index"), &keys).is_ok(), "{format}");
    }
}
