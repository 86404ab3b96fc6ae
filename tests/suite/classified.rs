//! What protects data does not hang on one line of a file: the shop with lines left out.

use std::path::Path;

use selvedge::author::diagnostic::{Diagnostic, Severity};
use selvedge::author::site::Site;
use selvedge::author::{Entry, Files, check};
use selvedge::words::Depth;

use crate::sites;

const HEALTH: &str = "purposes = [\"personalization\", \"sensitive\"]\nsensitive = true\n";

/// The shop with some texts of its files in place of others.
fn shop(changes: &[(&str, &str, &str)]) -> (Option<Site>, Vec<Diagnostic>) {
    let mut files = Files::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront")));
    for (path, from, to) in changes {
        let text = sites::text(&files, path);
        assert_eq!(text.matches(from).count(), 1, "{path} has not one {from}");
        let changed = text.replace(from, to).into_bytes();
        files.entries.insert((*path).into(), Entry::Bytes(changed));
    }
    let (site, found, _) = check(&files);
    (site, found)
}

/// The codes of the errors.
fn errors(changes: &[(&str, &str, &str)]) -> Vec<&'static str> {
    shop(changes).1.iter().filter(|found| found.severity == Severity::Error).map(|found| found.code).collect()
}

#[test]
fn health_data_is_sensitive_by_any_of_its_lines() {
    let kept = [
        "purposes = [\"personalization\", \"sensitive\"]\n",
        "purposes = [\"personalization\", \"sensitive\"]\ndepth = \"sensitive\"\n",
        HEALTH,
    ];
    for lines in kept {
        let (site, found) = shop(&[("attributes.toml", HEALTH, lines)]);
        assert!(found.is_empty(), "{lines}: {found:?}");
        let site = site.expect("has no fault");
        let health = site.attributes.iter().find(|one| one.name == "profile.health_interest").expect("is declared");
        assert_eq!((health.sensitive, health.depth), (true, Depth::Sensitive), "{lines}");
        let audit = ("experiences/shelf-interest.toml", "audit = \"full\"\n", "");
        assert_eq!(errors(&[("attributes.toml", HEALTH, lines), audit]), ["SV5301"], "{lines}");
    }
}

#[test]
fn sensitive_data_that_nobody_is_asked_for_is_found() {
    let lost = [
        ("purposes = [\"personalization\"]\nsensitive = true\n", "SV5020"),
        ("purposes = [\"personalization\"]\ndepth = \"sensitive\"\n", "SV5020"),
        ("purposes = [\"personalization\", \"sensitive\"]\nsensitive = false\n", "SV5021"),
        ("purposes = [\"personalization\", \"sensitive\"]\ndepth = \"declared\"\n", "SV5006"),
    ];
    for (lines, code) in lost {
        let (_, found) = shop(&[("attributes.toml", HEALTH, lines)]);
        let codes: Vec<&str> = found.iter().map(|found| found.code).collect();
        assert_eq!(codes, [code], "{lines}");
        assert!(found[0].help.is_some() && found[0].mended.is_some(), "{lines}: {:?}", found[0]);
    }
}

#[test]
fn a_purpose_that_only_an_experiment_or_a_count_uses_is_classified() {
    let consent = |purpose: &str| {
        let (text, heading) =
            (include_str!("../../examples/storefront/consent.toml"), format!("[purposes.{purpose}]\n"));
        let section = text.split("\n\n").find(|section| section.starts_with(&heading)).expect("is in the shop");
        format!("{section}\n\n")
    };
    let analytics = consent("analytics");
    let (_, found) = shop(&[("consent.toml", &analytics, "")]);
    let codes: Vec<(&str, Severity)> = found.iter().map(|found| (found.code, found.severity)).collect();
    assert_eq!(codes, [("SV5201", Severity::Error)]);
    assert!(found[0].place.file.starts_with("experiences/"), "{:?}", found[0].place);
    assert!(found[0].what.starts_with("experiment `"), "{}", found[0].what);

    // Without an experiment, too: what is shown is counted.
    let site = [
        ("selvedge.toml", "name = \"shop\"\nlocales = { default = \"en\" }\npages = \"pages\"\n"),
        ("slots.toml", "[hero]\nselector = \"#hero\"\nchange = \"inner\"\n"),
        ("content/winter.toml", "[locale.en]\nhtml = \"<b>Warm</b>\"\n"),
        ("consent.toml", "[purposes.functional]\ntext = \"Your theme.\"\nbasis = \"consent\"\n"),
        ("experiences/hero.toml", "slot = \"hero\"\npurpose = \"contextual\"\n[[rule]]\nshow = \"winter\"\n"),
    ];
    let found = check(&sites::files(site.map(|(path, text)| (path, text.to_owned())))).1;
    let found: Vec<&Diagnostic> = found.iter().filter(|found| found.code == "SV5201").collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].what.contains("the count of what `hero` showed is for analytics"), "{}", found[0].what);
}
