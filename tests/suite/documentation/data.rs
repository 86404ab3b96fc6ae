//! Blocks of data: what says that it is JSON or TOML is, and a block of an author file has keys that exist.
//!
//! A comment on the first line of a block names its file. A block without one is of any kind of file that has its keys, or a part of
//! a rule. A block with `…` in it shows a part and is left alone.

use selvedge::author::schema::FileKind;
use selvedge::author::{Files, check};

use super::page::Block;

/// The fault of a block of data.
pub(super) fn fault(block: &Block) -> Option<String> {
    let text = block.lines.join("\n") + "\n";
    match &*block.language {
        _ if text.contains('…') => None,
        "json" => {
            let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
            values.find_map(Result::err).map(|error| format!("this is not JSON\n{error}"))
        }
        "toml" => match text.parse::<toml::Table>() {
            Err(error) => Some(format!("this is not TOML\n{error}")),
            Ok(_) => unknown(block, &text),
        },
        _ => None,
    }
}

/// The parts that no author file has, for the kind of file that the block is closest to.
fn unknown(block: &Block, text: &str) -> Option<String> {
    let named = block.notes.file.as_deref().or_else(|| {
        let first = block.lines.first()?.strip_prefix("# ")?;
        first.split([' ', ':']).next().filter(|name| name.ends_with(".toml") || name.ends_with(".lock"))
    });
    let said: Vec<Vec<String>> = match named {
        // In a page a site may be in a folder.
        Some(name) => {
            let parts = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
            let path = std::iter::once(name).chain(parts).find(|path| FileKind::of(path).is_some() || *path == LOCK)?;
            vec![findings(path, text)]
        }
        None => {
            let kinds = FileKind::ALL.iter().map(|kind| findings(&path(*kind), text));
            let lock = text.contains("[[experiment]]").then(|| findings(LOCK, text));
            let rule = findings("experiences/a.toml", &format!("[[rule]]\n{text}"));
            kinds.chain(lock).chain([rule]).collect()
        }
    };
    let least = said.into_iter().min_by_key(Vec::len).filter(|findings| !findings.is_empty())?;
    Some(format!("no author file has this: {}", least.join("; ")))
}

const LOCK: &str = "selvedge.lock";

/// The path of a file of this kind.
fn path(kind: FileKind) -> String {
    kind.pattern().replace("**/", "").replace('*', "a")
}

/// The findings about keys, words, types and names. The file may lack something.
fn findings(path: &str, text: &str) -> Vec<String> {
    const CODES: [&str; 5] = ["SV2230", "SV9005", "SV9006", "SV9008", "SV9010"];
    let mut files = Files::from([("selvedge.toml", "name = \"a\"\n[locales]\ndefault = \"en\"\n")]);
    files.entries.insert(path.to_owned(), selvedge::author::Entry::Bytes(text.as_bytes().to_vec()));
    let (_, found, _) = check(&files);
    let found = found.into_iter().filter(|found| found.place.file == path && CODES.contains(&found.code));
    found.map(|found| found.what).collect()
}

#[test]
fn a_block_has_keys_that_exist() {
    let fault = |text: &str| {
        let page = super::page(&format!("```toml\n{text}\n```\n"));
        fault(&page.blocks()[0])
    };
    for good in [
        "split = { experiment = \"a\", arms = { control = 100 } }",
        "[visitor.last_topic]\nretention = \"30d\"",
        "[log]\naudit = \"395d\"",
        "# slots.toml\n[home.hero]\nchange = \"inner\"",
        "# shop/experiences/a.toml: a part\nslot = \"home.hero\"",
        "# wrangler.toml\n[vars]\nAUDIT = \"all\"",
        "[[experiment]]\nname = \"a\"\nsalt = \"a\"\nunit = \"visitor\"\ntraffic = 10000\narms.control = [[0, 10000]]",
        "slots = …",
    ] {
        assert_eq!(fault(good), None, "{good}");
    }
    for bad in [
        "splits = { experiment = \"a\" }",
        "# slots.toml\n[home.hero]\nchanges = \"inner\"",
        "# shop/slots.toml\n[home.hero]\nchange = \"inside\"",
        "[vars]\nAUDIT = \"all\"",
        "a = ",
    ] {
        assert!(fault(bad).is_some(), "{bad}");
    }
}
