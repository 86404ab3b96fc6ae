//! Why each rule exists, with an example of what breaks it and of what keeps it.
//!
//! The texts are in the files beside this one, a file for each family of codes. A test runs every example: the wrong one has the
//! finding, and the fixed one does not.

use super::title;

/// A rule, why it exists, and an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Its code.
    pub code: &'static str,
    /// The rule in one line.
    pub title: &'static str,
    /// Why it exists, on one line.
    pub text: String,
    /// Files that break it; none for a rule that no text of a file can show.
    pub wrong: Vec<Example>,
    /// The same files when they keep it.
    pub mended: Vec<Example>,
}

/// One file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// From the site's folder.
    pub path: &'static str,
    /// What it says.
    pub text: String,
}

/// Why the rule with this code exists.
pub fn why(code: &str) -> Option<Why> {
    FAMILIES.iter().flat_map(|(_, text)| sections(text)).find(|(known, _)| *known == code).and_then(|(known, body)| {
        let mut why = Why { title: title(known)?, ..read(body) };
        why.code = known;
        Some(why)
    })
}

/// The texts, by the name of their file.
pub(super) const FAMILIES: &[(&str, &str)] = &[
    ("data.md", include_str!("data.md")),
    ("rows.md", include_str!("rows.md")),
    ("rules.md", include_str!("rules.md")),
    ("content.md", include_str!("content.md")),
    ("governance.md", include_str!("governance.md")),
    ("time.md", include_str!("time.md")),
    ("files.md", include_str!("files.md")),
];

/// Codes and what stands below their headings.
pub(super) fn sections(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'))
}

/// Reads one section: paragraphs, then blocks of code under `Wrong, path:` and `Fixed, path:`. A block under a bare `Fixed:` has the
/// path of the wrong file.
fn read(body: &'static str) -> Why {
    let mut why = Why { code: "", title: "", text: String::new(), wrong: Vec::new(), mended: Vec::new() };
    let mut path = "";
    let mut is_wrong = false;
    let mut block: Option<String> = None;
    for line in body.lines() {
        match (&mut block, line) {
            (Some(text), "```") => {
                let example = Example { path, text: std::mem::take(text) };
                if is_wrong { &mut why.wrong } else { &mut why.mended }.push(example);
                block = None;
            }
            (Some(text), line) => text.extend([line, "\n"]),
            (None, line) if line.starts_with("```") => block = Some(String::new()),
            (None, line) if line.starts_with("Wrong, ") || line.starts_with("Fixed") && line.ends_with(':') => {
                is_wrong = line.starts_with("Wrong");
                path = line.split('`').nth(1).unwrap_or(path);
            }
            (None, "") => {}
            (None, line) => {
                let space = if why.text.is_empty() { "" } else { " " };
                why.text.extend([space, line]);
            }
        }
    }
    why
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::all;
    use super::*;
    use crate::author::diagnostic::{Diagnostic, Severity};
    use crate::author::{Entry, Files, check, prove};

    /// A site without findings, to which the files of each example are added.
    const SITE: [(&str, &str); 8] = [
        (
            "selvedge.toml",
            "name = \"shop\"\nteams = [\"growth\", \"content\"]\n[locales]\ndefault = \"en\"\n[defaults]\nowner = \"growth\"\n",
        ),
        (
            "attributes.toml",
            "[request.country]\ntype = \"symbol\"\nvalues = \"iso-3166-1\"\nsource = \"request\"\npurposes = [\"contextual\"]\n\
             [page.path]\ntype = \"string\"\nsource = \"page\"\npurposes = [\"contextual\"]\n\
             [profile.age]\ntype = \"int\"\nsource = \"account\"\npurposes = [\"personalization\"]\nretention = \"30d\"\noptional = true\n\
             [visitor.visits_30d]\ntype = \"int\"\nsource = \"device\"\npurposes = [\"personalization\"]\nretention = \"30d\"\ndefault = 0\n",
        ),
        (
            "slots.toml",
            "[home.hero]\nselector = \"#hero\"\nchange = \"inner\"\n[home.claim]\nselector = \"#claim\"\nchange = \"text\"\nmax_graphemes = 30\n",
        ),
        ("content/hero/winter.toml", "[locale.en]\nhtml = \"<h2>Warm</h2>\"\n"),
        ("content/claim/winter.toml", "[locale.en]\ntext = \"Warm through the winter\"\n"),
        (
            "content/claim/long.toml",
            "[locale.en]\ntext = \"Warm through the winter, and through the spring as well\"\n",
        ),
        (
            "consent.toml",
            "[purposes.functional]\ntext = \"Your theme.\"\nbasis = \"consent\"\n[purposes.analytics]\ntext = \"We count.\"\n\
             basis = \"consent\"\n[purposes.personalization]\ntext = \"Your visits.\"\n\
             basis = \"consent\"\ncondition = \"explicit_consent\"\n[purposes.sensitive]\ntext = \"Your health.\"\n\
             basis = \"consent\"\ncondition = \"explicit_consent\"\n",
        ),
        ("visitors/anna.toml", "region = \"DE\"\n"),
    ];

    /// Rules about what a file is, or how much work a site makes, not about what a file says.
    const WITHOUT_EXAMPLE: [&str; 27] = [
        "SV2105", "SV2106", "SV2110", "SV2111", "SV2262", "SV2292", "SV4015", "SV4016", "SV4018", "SV4020", "SV4021",
        "SV4022", "SV4023", "SV4027", "SV5022", "SV5040", "SV5041", "SV5042", "SV5043", "SV5101", "SV7016", "SV7017",
        "SV9001", "SV9002", "SV9003", "SV9015", "SV9017",
    ];

    /// Rules that only a proof can check, once a site's files have no fault.
    const PROVED: [&str; 21] = [
        "SV1207", "SV2107", "SV2108", "SV2109", "SV2211", "SV2212", "SV2213", "SV2214", "SV2215", "SV2225", "SV2226",
        "SV2227", "SV2228", "SV2229", "SV2231", "SV2232", "SV2252", "SV4013", "SV4014", "SV4204", "SV5025",
    ];

    fn findings(examples: &[Example]) -> Vec<Diagnostic> {
        check(&files(examples)).1
    }

    fn files(examples: &[Example]) -> Files {
        let mut files = Files { folders: ["pages".to_owned()].into(), ..Files::from(SITE) };
        for example in examples {
            files.entries.insert(example.path.to_owned(), Entry::Bytes(example.text.clone().into_bytes()));
        }
        files
    }

    /// The findings of proofs in a site with these examples, without those of the site alone, which has much that is unused.
    fn proved(examples: &[Example]) -> Vec<Diagnostic> {
        let found = |examples| {
            let (site, found, _) = check(&files(examples));
            assert!(found.iter().all(|found| found.severity != Severity::Error), "{found:#?}");
            let site = site.expect("has no fault");
            prove::findings(&site).into_iter().chain(site.laid.findings()).collect::<Vec<_>>()
        };
        let before: BTreeSet<(&str, String)> = found(&[]).into_iter().map(|found| (found.code, found.what)).collect();
        let mut found = found(examples);
        found.retain(|found| !before.contains(&(found.code, found.what.clone())));
        found
    }

    #[test]
    fn every_rule_says_why_and_no_other() {
        let written: BTreeSet<&str> =
            FAMILIES.iter().flat_map(|(_, text)| sections(text)).map(|(code, _)| code).collect();
        for (code, title) in all() {
            assert!(written.contains(code), "{code} ({title}) has no `## {code}` in a file of src/author/rules/");
            let why = why(code).expect(code);
            assert!(why.text.ends_with('.') && why.text.len() > 40, "{code}: {}", why.text);
            assert_eq!(why.wrong.is_empty(), WITHOUT_EXAMPLE.contains(&code), "{code} needs a wrong example");
            assert_eq!(why.wrong.is_empty(), why.mended.is_empty(), "{code} needs both examples");
        }
        let known: BTreeSet<&str> = all().map(|(code, _)| code).collect();
        assert_eq!(written.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "texts about no rule");
        for (file, text) in FAMILIES {
            assert!(sections(text).map(|(code, _)| code).is_sorted_by(|a, b| a < b), "{file} is not sorted");
        }
        assert_eq!(why("SV0000"), None);
    }

    #[test]
    fn every_wrong_example_breaks_its_rule_and_every_mended_one_breaks_none() {
        let before = findings(&[]);
        assert!(before.is_empty(), "{before:#?}");
        let mut faults = Vec::new();
        for (code, _) in all() {
            let Some(why) = why(code) else { continue };
            let is_proved = PROVED.contains(&code);
            let found = if is_proved { proved(&why.wrong) } else { findings(&why.wrong) };
            if !why.wrong.is_empty() && !found.iter().any(|found| found.code == code) {
                let codes: Vec<_> = found.iter().map(|found| (found.code, found.what.as_str())).collect();
                faults.push(format!("the wrong example of {code} gives {codes:?}"));
            }
            let of_files = findings(&why.mended).into_iter().filter(|found| {
                found.code == code
                    || found.severity == Severity::Error
                    || why.mended.iter().any(|example| example.path == found.place.file)
            });
            let of_proofs = if is_proved { proved(&why.mended) } else { Vec::new() };
            let of_proofs = of_proofs.into_iter().filter(|found| found.code == code);
            let bad: Vec<_> =
                of_files.chain(of_proofs).map(|found| (found.code, found.place.file, found.what)).collect();
            if !bad.is_empty() {
                faults.push(format!("the fixed example of {code} still gives {bad:?}"));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn examples_are_in_canonical_form() {
        for (code, _) in all() {
            for example in why(code).map(|why| why.mended).unwrap_or_default() {
                if example.path.ends_with(".toml") {
                    let tidy = crate::author::format::format(example.path, &example.text);
                    assert_eq!(tidy.as_ref(), Some(&example.text), "{code}");
                }
            }
        }
    }
}
