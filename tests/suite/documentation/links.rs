//! Links of the pages: files that exist, headings that exist, addresses of a sound shape; and a table of contents with every page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::page::Page;

/// The counts, and the faults.
#[derive(Default)]
pub(super) struct Checked {
    files: usize,
    anchors: usize,
    addresses: usize,
    pub(super) faults: Vec<String>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, anchors, addresses, faults } = self;
        write!(f, "{files} links to files, {anchors} to headings, {addresses} to addresses, {} faults", faults.len())
    }
}

/// Checks every link of the pages, and that the table of contents has each page of docs/ once.
pub(super) fn check(root: &Path, pages: &[Page]) -> Checked {
    let mut checked = Checked::default();
    let mut anchors = BTreeMap::new();
    for page in pages {
        for (line, target) in links(&page.text()) {
            let fault = of_link(root, &page.name, &target, &mut anchors, &mut checked);
            checked.faults.extend(fault.map(|fault| format!("{}:{line}: `{target}`: {fault}", page.name)));
        }
    }
    if let Some(contents) = pages.iter().find(|page| page.name == "docs/SUMMARY.md") {
        let linked: Vec<String> = links(&contents.text()).into_iter().map(|(_, target)| target).collect();
        for page in pages.iter().filter_map(|page| page.name.strip_prefix("docs/")).filter(|name| *name != "SUMMARY.md")
        {
            let times = linked.iter().filter(|target| *target == page).count();
            if times != 1 {
                checked.faults.push(format!("docs/SUMMARY.md: has `{page}` {times} times, not once"));
            }
        }
    }
    checked
}

fn of_link(
    root: &Path,
    page: &str,
    target: &str,
    anchors: &mut BTreeMap<PathBuf, BTreeSet<String>>,
    checked: &mut Checked,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        checked.addresses += 1;
        return (!is_address(target)).then(|| "this is no address".into());
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    checked.files += 1;
    let below = if path.is_empty() { PathBuf::from(page) } else { inside(page, path)? };
    let file = root.join(&below);
    if !file.exists() {
        return Some(format!("there is no {}", below.display()));
    }
    if anchor.is_empty() {
        return None;
    }
    checked.anchors += 1;
    if below.extension().is_none_or(|extension| extension != "md") {
        return Some("only a page has headings, and the number of a line does not last".into());
    }
    let known = anchors.entry(below).or_insert_with(|| {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        headings(&text)
    });
    (!known.contains(anchor)).then(|| {
        let near = known.iter().filter(|heading| heading.contains(anchor) || anchor.contains(heading.as_str()));
        let near: Vec<&str> = near.map(String::as_str).collect();
        format!("there is no such heading{}{}", if near.is_empty() { "" } else { "; near: " }, near.join(", "))
    })
}

/// The path from the package's folder of a path in a page.
fn inside(page: &str, path: &str) -> Option<PathBuf> {
    let mut whole = Path::new(page).parent()?.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::Normal(part) => whole.push(part),
            _ => {}
        }
    }
    Some(whole)
}

fn is_address(target: &str) -> bool {
    let rest = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '#', '?']).next().unwrap_or_default());
    match (host, target.strip_prefix("mailto:")) {
        (Some(host), _) => {
            let is_local = host.starts_with("127.0.0.1") || host.starts_with("localhost");
            (is_local || target.starts_with("https://") && host.contains('.')) && !target.contains(char::is_whitespace)
        }
        (None, Some(address)) => {
            address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        }
        (None, None) => false,
    }
}

/// Every link and image, with the number of its line; also those of HTML.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        let line = text[..range.start].matches('\n').count() + 1;
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push((line, dest_url.into_string()))
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for attribute in ["href=\"", "src=\"", "srcset=\""] {
                    let values = html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
                    found.extend(values.map(|value| (line, value.to_owned())));
                }
            }
            _ => {}
        }
    }
    found
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(text)) => {
                let base = anchor(text);
                let next = (1..).map(|number| format!("{base}-{number}"));
                let free = std::iter::once(base.clone()).chain(next).find(|name| !found.contains(name));
                found.extend(free);
                heading = None;
            }
            (Event::Text(part) | Event::Code(part), Some(text)) => text.push_str(&part),
            (Event::Html(html) | Event::InlineHtml(html), _) => {
                let ids = html.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(ids.map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}

pub(super) fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_are_found_and_led_to_their_headings() {
    let text = "# A `b.toml` page\n\n[x](#a-btoml-page) ![i](i.png)\n[y][y] <a href=\"z.md\">z</a>\n\n[y]: https://example.com/\n\n```\n[no](no.md)\n```\n";
    let found: Vec<String> = links(text).into_iter().map(|(_, target)| target).collect();
    assert_eq!(found, ["#a-btoml-page", "i.png", "https://example.com/", "z.md"]);
    assert_eq!(headings(text), ["a-btoml-page".to_owned()].into());
    assert_eq!(headings("## A\n## A\n<a id=\"old\"></a>"), ["a".to_owned(), "a-1".to_owned(), "old".to_owned()].into());
    assert_eq!(inside("docs/a.md", "../src/lib.rs"), Some("src/lib.rs".into()));
    for (target, is_good) in [
        ("https://example.com/a", true),
        ("http://example.com/", false),
        ("http://127.0.0.1:8787/", true),
        ("https://nowhere", false),
        ("mailto:a@b.example", true),
        ("ftp://a.b", false),
    ] {
        assert_eq!(is_address(target), is_good, "{target}");
    }
}

#[test]
fn a_link_to_nothing_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = "# Here\n[a](#here) [b](#there) [c](../README.md) [d](../READYOU.md) [e](../src/lib.rs#L10)\n";
    let told = check(root, &[Page::from(root, "docs/test.md", text)]);
    let faults =
        ["`#there`: there is no", "`../READYOU.md`: there is no READYOU.md", "`../src/lib.rs#L10`: only a page"];
    for fault in faults {
        assert!(told.faults.iter().any(|told| told.contains(fault)), "{fault}: {:?}", told.faults);
    }
    assert!(!told.faults.iter().any(|told| told.contains("../README.md")), "{:?}", told.faults);
}
