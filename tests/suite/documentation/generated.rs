//! The two pages that are made from the product: author files from the key tables, and errors from the texts of `selvedge why`.
//!
//! `cargo xtask docs --write`, or `BLESS=1 cargo test --test suite generated`, writes them.

use std::path::Path;

use selvedge::author::rules::{self, Example};
use selvedge::author::schema::{FileKind, reference};
use selvedge::explain::reasons;

#[test]
fn the_generated_pages_are_as_the_product_has_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut old = Vec::new();
    for (name, text) in [("docs/author-files.md", author_files(root)), ("docs/errors.md", errors())] {
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(root.join(name), &text).expect("can be written");
        }
        let there = std::fs::read_to_string(root.join(name)).unwrap_or_default();
        if let Some((at, (there, now))) = (1..).zip(there.lines().zip(text.lines())).find(|(_, (a, b))| a != b) {
            old.push(format!("{name}:{at}: \n  there: {there}\n    now: {now}"));
        } else if there.len() != text.len() {
            old.push(format!("{name}: one of the two has more lines"));
        }
        println!("{name}: {} lines", text.lines().count());
    }
    assert!(old.is_empty(), "{}\n`cargo xtask docs --write` brings them up to date", old.join("\n"));
}

const FILES: &str = "\
# Author files

A site is a folder of TOML files. This page lists every kind of file and every key.

- `selvedge init DIR` starts a site. [Your first site](first-site.md) goes through it.
- `selvedge check` finds every fault of every file. `selvedge fmt` writes files in one form.
- `selvedge schema KIND` prints the same keys as JSON Schema. `selvedge schema --write SITE` writes the schemas for editors.

| file | content |
|---|---|
";

/// Words that tables use for values.
const VALUES: &str = "
`selvedge build` writes one more file, `selvedge.lock`: see [Experiments](experiments.md).

## Values

| value | example |
|---|---|
| text | `\"growth\"` |
| date or time, without quotes | `2026-12-24`, `2026-12-01T08:00:00`, `2026-12-01T08:00:00+01:00` |
| percentage, with two decimals at most | `50`, `12.25` |
| length of time, in s, m, h or d | `\"15m\"`, `\"30d\"` |
| path pattern, in which `*` is any run of characters | `\"/products/*\"` |
| row: a condition in CEL, see [Conditions](conditions.md) | `'visitor.visits_30d >= 2'` |
| purpose | `\"necessary\"`, `\"contextual\"`, `\"functional\"`, `\"analytics\"`, `\"personalization\"`, `\"advertising\"`, `\"sensitive\"` |
| locale (BCP 47) | `\"de\"`, `\"de-AT\"` |
| region (ISO 3166) | `\"DE\"`, `\"US-CA\"` |

A key that is not \"required\" may be left out.
";

/// The file with the example of each kind, and the tables that the example shows. Without tables it shows the whole file.
const EXAMPLES: [(FileKind, &str, &[&str]); 16] = [
    (FileKind::Settings, "selvedge.toml", &[]),
    (FileKind::Attributes, "attributes.toml", &["[request.country]", "[visitor.visits_30d]"]),
    (FileKind::Slots, "slots.toml", &["[home.hero]"]),
    (FileKind::Audiences, "audiences/visits.toml", &["[returning]", "[loyal]"]),
    (FileKind::Content, "content/cta/same-parcel.toml", &[]),
    (FileKind::Experiences, "experiences/hero-winter.toml", &[]),
    (FileKind::Consent, "consent.toml", &["[controller]", "[log]", "[purposes.functional]", "[overrides.CH]"]),
    (FileKind::Regions, "", &["[regions.CH]"]),
    (FileKind::Events, "events.toml", &["[quality]", "[event.added-to-basket]", "[event.added-to-basket.detail]"]),
    (FileKind::Goals, "goals.toml", &["[goal.orders]", "[goal.revenue]", "[experiment.winter-hero]"]),
    (FileKind::Feeds, "feeds.toml", &[]),
    (FileKind::Contact, "contact.toml", &[]),
    (FileKind::Holidays, "holidays.toml", &[]),
    (FileKind::Markets, "markets/gulf.toml", &[]),
    (FileKind::Visitors, "visitors/returning-de.toml", &[]),
    (FileKind::Tests, "tests/schedule.toml", &["[[case]]", "[case.expect]"]),
];

fn author_files(root: &Path) -> String {
    let mut page = format!("{}{FILES}", made("src/author/keys/files"));
    for kind in FileKind::ALL {
        let pattern = kind.pattern();
        page += &format!("| [`{pattern}`](#{}) | {} |\n", super::links::anchor(pattern), kind.about());
    }
    page += VALUES;
    for kind in FileKind::ALL {
        let (_, name, tables) = EXAMPLES.iter().find(|(known, ..)| known == kind).expect("every kind has an example");
        let file = if name.is_empty() {
            root.join("src/consent/regions.toml")
        } else if *kind == FileKind::Feeds {
            root.join("examples/stock").join(name)
        } else if *kind == FileKind::Contact {
            root.join("examples/letters").join(name)
        } else if matches!(kind, FileKind::Holidays | FileKind::Markets) {
            root.join("examples/markets").join(name)
        } else if *kind == FileKind::Goals {
            root.join("src/cli/demo").join(name)
        } else {
            root.join("examples/storefront").join(name)
        };
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let example = if tables.is_empty() { text } else { some(&text, tables) };
        let from = match name {
            &"" => "the shipped table, which `selvedge consent regions` prints".to_owned(),
            &"feeds.toml" => "`examples/stock`".to_owned(),
            &"goals.toml" => "the shop of `selvedge demo`".to_owned(),
            &"contact.toml" => "`examples/letters`".to_owned(),
            &("holidays.toml" | "markets/gulf.toml") => "`examples/markets`".to_owned(),
            name => format!("the example shop's `{name}`"),
        };
        page += &format!(
            "\n## `{}`\n\n{}\n\nFrom {from}:\n\n```toml\n{}\n```\n",
            kind.pattern(),
            kind.about(),
            example.trim()
        );
        page += &reference(*kind);
    }
    page
}

/// The tables of a file with these headings, each up to the next table or comment.
fn some(text: &str, tables: &[&str]) -> String {
    let mut found = Vec::new();
    for heading in tables {
        let lines = text.lines().skip_while(|line| line != heading);
        let body = lines.enumerate().take_while(|(at, line)| *at == 0 || !line.starts_with(['[', '#']));
        let body: Vec<&str> = body.map(|(_, line)| line).collect();
        assert!(!body.is_empty(), "{heading} is not in the file");
        found.push(body.join("\n").trim().to_owned());
    }
    found.join("\n\n")
}

const ERRORS: &str = "\
# Errors

This page lists everything that Selvedge can say about a site's files, and every reason of a decision.
`selvedge why CODE` prints one entry of it.

- [Reasons of a decision](#reasons-of-a-decision): why a slot shows what it shows.
- [Details behind a reason](#details-behind-a-reason): why a rule could not decide.
- [Causes of an unknown value](#causes-of-an-unknown-value): what is wrong with a value.
- [Rules](#rules): what `selvedge check` and `selvedge build` find, by code.

The examples run in a folder that holds `examples/storefront`, `examples/stock` and `examples/letters`.
";

/// Rules by the begin of their codes.
const FAMILIES: [(&str, &[&str]); 7] = [
    ("Rules about data", &["SV1"]),
    ("Rules about rows of conditions", &["SV20"]),
    ("Rules about audiences, experiences and tests", &["SV21", "SV22", "SV23"]),
    ("Rules about slots and content", &["SV4"]),
    ("Rules about governance and privacy", &["SV5"]),
    ("Rules about locales and time", &["SV7"]),
    ("Rules about files", &["SV9"]),
];

fn errors() -> String {
    let mut page = format!("{}{ERRORS}", made("src/author/rules and src/explain/reasons.md"));
    let mut group = "";
    for reason in reasons::all() {
        if reason.group != group {
            group = reason.group;
            page += &format!("\n## {group}\n");
        }
        page += &format!("\n### `{}`\n\n{}\n", reason.code, reason.title);
        if !reason.text.is_empty() {
            page += &format!("\n{}\n", reason.text);
        }
        if let Some(example) = reason.example {
            page += &format!("\n```console\n{example}\n```\n");
        }
    }
    let count = rules::all().count();
    let example = rules::find("unused-attribute").expect("is a rule");
    page += &format!(
        "\n## Rules\n\nThere are {count} rules. `selvedge check --deny CODE` makes a rule an error. It takes the code or the name: `{example}`, \
         `unused-attribute`.\n"
    );
    for (family, prefixes) in FAMILIES {
        page += &format!("\n## {family}\n\n| code | name | rule |\n|---|---|---|\n");
        let mut codes: Vec<(&str, &str)> =
            rules::all().filter(|(code, _)| prefixes.iter().any(|prefix| code.starts_with(prefix))).collect();
        codes.sort_unstable();
        for (code, title) in &codes {
            let name = rules::name(code).unwrap_or_default();
            page += &format!("| [{code}](#{}) | `{name}` | {title} |\n", code.to_lowercase());
        }
        for (code, title) in codes {
            let why = rules::why(code).unwrap_or_else(|| panic!("{code} says why"));
            page += &format!(
                "\n### {code}\n\n**{}** `{}`\n\n{}\n",
                sentence(title),
                rules::name(code).unwrap_or_default(),
                why.text
            );
            for (heading, examples) in [("Wrong", &why.wrong), ("Fixed", &why.mended)] {
                examples.iter().for_each(|example| page += &block(heading, example));
            }
        }
    }
    page
}

/// A title as a sentence.
fn sentence(title: &str) -> String {
    let mut characters = title.chars();
    characters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), characters.as_str()))
}

fn block(heading: &str, example: &Example) -> String {
    let is_toml = example.path.ends_with(".toml") && example.text.parse::<toml::Table>().is_ok();
    let language = match example.path.rsplit('.').next() {
        _ if is_toml => "toml",
        Some("html") => "html",
        // A wrong example may be no TOML at all.
        _ => "text",
    };
    // A block of code may hold one.
    let fence = if example.text.contains("```") { "````" } else { "```" };
    format!("\n{heading}, `{}`:\n\n{fence}{language}\n{}\n{fence}\n", example.path, example.text.trim_end())
}

fn made(from: &str) -> String {
    format!("<!-- Made from {from} by `cargo xtask docs --write`. Change those, not this page. -->\n\n")
}

#[test]
fn every_rule_is_in_one_family() {
    for (code, title) in rules::all() {
        let prefixes = FAMILIES.iter().flat_map(|(_, prefixes)| prefixes.iter());
        assert_eq!(prefixes.filter(|prefix| code.starts_with(**prefix)).count(), 1, "{code} {title}");
    }
}
