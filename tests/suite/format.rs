//! `selvedge fmt`: the shipped sites are in canonical form, come back to it, and mean the same there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use selvedge::author::format::format;
use selvedge::author::{Entry, Files, check};
use selvedge::compile::compile;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
const NEW_SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/init");

#[test]
fn shipped_sites_are_in_canonical_form() {
    for folder in [SHOP, NEW_SITE] {
        let texts = texts(folder);
        assert!(texts.len() > 6, "{folder}");
        for (path, text) in texts {
            assert_eq!(format(&path, &text).as_deref(), Some(text.as_str()), "{folder}/{path}");
        }
    }
}

#[test]
fn a_site_written_badly_comes_back_to_the_same_text_and_the_same_bundle() {
    let original = texts(SHOP);
    let bad: BTreeMap<String, String> = original.iter().map(|(path, text)| (path.clone(), badly(text))).collect();
    assert!(original.iter().filter(|(path, text)| bad[*path] != **text).count() > 60);
    for (path, text) in &bad {
        assert_eq!(format(path, text).as_ref(), original.get(path), "{path}");
    }
    assert_eq!(compiled(&bad), compiled(&original));
}

#[test]
fn rules_written_badly_mean_the_same_when_they_are_tidy() {
    // Every site of tests/ui that builds or not: formatting changes no finding but its place.
    for entry in fs::read_dir("tests/ui").expect("tests run in the package's folder") {
        let folder = entry.expect("readable").path();
        let before = Files::read(&folder);
        let mut after = before.clone();
        for (path, entry) in &mut after.entries {
            if let Entry::Bytes(bytes) = entry
                && let Some(tidy) = std::str::from_utf8(bytes).ok().and_then(|text| format(path, text))
            {
                *bytes = tidy.into_bytes();
            }
        }
        let said = |files: &Files| {
            let mut said: Vec<_> =
                check(files).1.into_iter().map(|found| (found.place.file, found.code, found.what)).collect();
            said.sort();
            said
        };
        assert_eq!(said(&before), said(&after), "{}", folder.display());
    }
}

#[test]
fn the_command_writes_checks_and_leaves_broken_files_alone() {
    let folder = std::env::temp_dir().join(format!("selvedge-fmt-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("creates");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("writes");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("reads");
    let fmt = |arguments: &[&str]| {
        let command = env!("CARGO_BIN_EXE_selvedge");
        Command::new(command).arg("fmt").args(arguments).arg(&folder).output().expect("runs")
    };
    let ugly = "name=\"shop\"\n[locales]\ndefault=\"en\" # only\n";
    let broken = "[hero]\nselector = '#a\n";
    write("selvedge.toml", ugly);
    let checked = fmt(&["--check"]);
    let diff = String::from_utf8(checked.stdout).expect("is UTF-8");
    assert_eq!(checked.status.code(), Some(1));
    assert!(diff.contains("--- a/selvedge.toml") && diff.contains("-name=\"shop\"\n+name = \"shop\"\n+\n"), "{diff}");
    assert_eq!(read("selvedge.toml"), ugly, "--check writes nothing");

    write("slots.toml", broken);
    let listed = fmt(&["--check", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("is JSON");
    assert_eq!(listed, serde_json::json!({ "changed": ["selvedge.toml"], "left": ["slots.toml"] }));
    let written = fmt(&[]);
    let said = String::from_utf8(written.stderr).expect("is UTF-8");
    assert_eq!((written.status.code(), written.stdout.as_slice()), (Some(1), b"selvedge.toml\n".as_slice()), "{said}");
    assert!(said.contains("SV9004") && said.contains("slots.toml:2:"), "{said}");
    assert_eq!(read("slots.toml"), broken);
    assert_eq!(read("selvedge.toml"), "name = \"shop\"\n\n[locales]\ndefault = \"en\" # only\n");

    fs::remove_file(folder.join("slots.toml")).expect("removes");
    for arguments in [&["--check"][..], &[]] {
        let output = fmt(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    }
    let names: Vec<_> = fs::read_dir(&folder).expect("lists").map(|entry| entry.expect("reads").file_name()).collect();
    assert_eq!(names, ["selvedge.toml"], "nothing is left beside the file");
    fs::remove_dir_all(&folder).expect("removes");
}

/// The TOML files of a site.
fn texts(folder: &str) -> BTreeMap<String, String> {
    let entries = Files::read(Path::new(folder)).entries.into_iter();
    let texts = entries.filter(|(path, _)| path.ends_with(".toml")).map(|(path, entry)| match entry {
        Entry::Bytes(bytes) => (path, String::from_utf8(bytes).expect("is UTF-8")),
        other => panic!("{path}: {other:?}"),
    });
    texts.collect()
}

/// The same file as somebody in a hurry writes it; markup is left alone.
fn badly(text: &str) -> String {
    let (mut out, mut in_markup) = (String::from("\n"), false);
    for line in text.lines() {
        let is_row = ["all = ", "any = ", "none = "].iter().any(|key| line.starts_with(key));
        if in_markup || line.contains("'''") {
            in_markup ^= line.matches("'''").count() == 1;
            out.extend([line, "\n"]);
        } else if line.is_empty() {
            out.push_str("\n  \n\n");
        } else if is_row {
            let tight =
                line.replacen(" = [", "=[  ", 1).replace(" == ", "==").replace(" && ", "  &&").replace(", ", ",");
            out.extend([tight.trim_end_matches(']'), " , ] \n"]);
        } else if line.starts_with('#') {
            out.extend(["  ", line, "\t\n"]);
        } else {
            out.extend(["\t", &line.replacen(" = ", "   =", 1), "  \n"]);
        }
    }
    out
}

/// Everything that a site compiles to, but for what names places in its files.
fn compiled(texts: &BTreeMap<String, String>) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>, String) {
    let mut files = Files::read(Path::new(SHOP));
    for (path, text) in texts {
        files.entries.insert(path.clone(), Entry::Bytes(text.clone().into_bytes()));
    }
    let (site, diagnostics, _) = check(&files);
    let site = site.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    let compiled = compile(&site);
    let visits: Vec<_> = site.visitors.iter().map(|visitor| (&visitor.name, &visitor.visit)).collect();
    let cases: Vec<_> = site.tests.iter().map(|case| (&case.name, case.visitor, case.now_ms, &case.expect)).collect();
    (compiled.program, compiled.index, compiled.chunks, format!("{visits:?} {cases:?}"))
}
