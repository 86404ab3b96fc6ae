//! The documentation as a static site in target/docs, with search.
//!
//! mdBook makes it, a tool and no dependency: one on the path, or a copy of its own below target/tools. The book has the layout of
//! this folder, so that a link in a page leads to the same file here, on a code host and in the site. A link of the site that leads
//! nowhere is an error.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::process::{cargo, command, output, path, root, run as finish};

/// The version that is installed where there is none, and the release that another one must be of.
const VERSION: &str = "0.5.4";
const RELEASE: &str = "mdbook v0.5.";

/// The book as mdBook reads it, and the site.
const BOOK: &str = "target/docs-book";
const SITE: &str = "target/docs";

/// Builds the site. `--write` writes the generated pages first, `--open` shows the site in the browser.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    if let Some(unknown) = options.iter().find(|option| !matches!(**option, "--write" | "--open")) {
        bail!("there is no option `{unknown}`");
    }
    if options.contains(&"--write") {
        finish(cargo().env("BLESS", "1").args(["test", "--quiet", "--test", "suite", "documentation::generated"]))?;
    }
    let pages = lay_out()?;
    let mut mdbook = command(mdbook()?);
    finish(mdbook.args(["build", BOOK]).args(options.contains(&"--open").then_some("--open")))?;
    let (links, broken) = broken()?;
    for link in &broken {
        println!("error: {link}");
    }
    println!("{pages} pages in {SITE}/index.html, {links} links, {} broken", broken.len());
    Ok(broken.is_empty())
}

/// Copies the pages of the table of contents and the files that they link to; gives how many pages there are.
fn lay_out() -> anyhow::Result<usize> {
    let book = path(BOOK);
    if book.exists() {
        fs::remove_dir_all(&book)?;
    }
    fs::create_dir_all(book.join("src"))?;
    for file in ["book.toml", "site.css"] {
        fs::copy(path("pkg-config/docs").join(file), book.join(file))?;
    }

    let contents = Path::new("docs/SUMMARY.md");
    let text = fs::read_to_string(path("docs/SUMMARY.md")).context("docs/SUMMARY.md is the table of contents")?;
    let pages: Vec<PathBuf> = targets(&text).iter().filter_map(|target| inside(contents, target)).collect();
    // mdBook wants it at the top.
    let based = with_targets(&text, |target| inside(contents, target).map(|path| named(&shown(&path))));
    fs::write(book.join("src/SUMMARY.md"), based)?;

    let listed: BTreeSet<&PathBuf> = pages.iter().collect();
    for page in &pages {
        let text = fs::read_to_string(root().join(page))
            .with_context(|| format!("docs/SUMMARY.md lists {}", page.display()))?;
        let mut copied = Ok(());
        // A folder has no page, nor has Markdown that is not listed: what such a link says stays as text.
        let text = with_targets(&text, |target| {
            let file = inside(page, target).filter(|file| !is_address(target) && *file != *page);
            let Some(file) = file else { return Some(target.to_owned()) };
            let is_page = file.extension().is_some_and(|extension| extension == "md");
            match (listed.contains(&file), root().join(&file).is_file() && !is_page) {
                (true, _) => Some(named(target)),
                (false, true) => {
                    copied = std::mem::replace(&mut copied, Ok(())).and_then(|()| copy(&book, &file));
                    Some(target.to_owned())
                }
                (false, false) => None,
            }
        });
        copied?;
        let there = book.join("src").join(named(&shown(page)));
        fs::create_dir_all(there.parent().context("is in a folder")?)?;
        fs::write(there, text)?;
    }
    Ok(pages.len())
}

fn copy(book: &Path, file: &Path) -> anyhow::Result<()> {
    let there = book.join("src").join(file);
    fs::create_dir_all(there.parent().context("is in a folder")?)?;
    fs::copy(root().join(file), &there).with_context(|| format!("{} cannot be copied", file.display()))?;
    Ok(())
}

/// mdBook: one on the path of the right release, or our own, installed where it is missing.
fn mdbook() -> anyhow::Result<PathBuf> {
    let is_right =
        |program: &Path| output(command(program).arg("--version")).is_ok_and(|said| said.starts_with(RELEASE));
    let own = path("target/tools");
    let found = [PathBuf::from("mdbook"), own.join("bin/mdbook")];
    if let Some(found) = found.iter().find(|program| is_right(program)) {
        return Ok(found.clone());
    }
    eprintln!("installing mdBook {VERSION} into target/tools");
    let what = ["install", "--quiet", "--locked", "mdbook", "--version", VERSION];
    finish(cargo().args(what).args(["--no-default-features", "--features", "search", "--root"]).arg(&own))?;
    ensure!(is_right(&own.join("bin/mdbook")), "mdBook {VERSION} was installed and does not start");
    Ok(own.join("bin/mdbook"))
}

/// The text with other targets of links; a link whose target is `None` becomes its text.
fn with_targets(text: &str, mut other: impl FnMut(&str) -> Option<String>) -> String {
    let (mut out, mut fence) = (String::new(), None);
    for line in text.split_inclusive('\n') {
        let begin = line.trim_start();
        let ticks = begin.len() - begin.trim_start_matches('`').len();
        if ticks >= 3 {
            match fence {
                None => fence = Some(ticks),
                Some(open) if ticks >= open => fence = None,
                Some(_) => {}
            }
        }
        if fence.is_some() || ticks >= 3 {
            out.push_str(line);
        } else {
            in_line(line, &mut other, &mut out);
        }
    }
    out
}

/// One line: `[text](target)` outside of code, and `src="target"` of images in HTML.
fn in_line(line: &str, other: &mut impl FnMut(&str) -> Option<String>, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['`', '[', ']']) {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        if here.starts_with('`') {
            // Code ends at as many ticks as it begins with.
            let ticks = here.len() - here.trim_start_matches('`').len();
            let end =
                here.get(ticks..).and_then(|code| code.find(&here[..ticks])).map_or(ticks, |end| ticks + end + ticks);
            out.push_str(&here[..end]);
            rest = &here[end..];
        } else if let Some(target) = here.strip_prefix("](").and_then(|link| link.split(')').next()) {
            match other(target) {
                Some(target) => out.push_str(&format!("]({target})")),
                None => {
                    // The bracket that opened it goes, too.
                    if let Some(open) = out.rfind('[') {
                        out.remove(open);
                    }
                }
            }
            rest = here.get("](".len() + target.len() + 1..).unwrap_or_default();
        } else {
            out.push_str(&here[..1]);
            rest = &here[1..];
        }
    }
    out.push_str(rest);
}

/// The targets of every link of a page.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    with_targets(text, |target| {
        found.push(target.to_owned());
        Some(target.to_owned())
    });
    found
}

fn is_address(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

/// The path from the package's folder of a target in a page.
fn inside(page: &Path, target: &str) -> Option<PathBuf> {
    let target = target.split('#').next().filter(|target| !target.is_empty())?;
    let mut whole = page.parent()?.to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::Normal(part) => whole.push(part),
            _ => {}
        }
    }
    Some(whole)
}

/// The same page in the book: the page of a folder is its index.
fn named(target: &str) -> String {
    target.replace("README.md", "index.md")
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The links of the site to files and anchors of its own: how many, and those that lead nowhere.
fn broken() -> anyhow::Result<(usize, Vec<String>)> {
    let site = path(SITE);
    let (mut waiting, mut pages) = (vec![site.clone()], Vec::new());
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?.path();
            if entry.is_dir() {
                waiting.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "html") {
                pages.push(entry);
            }
        }
    }
    pages.sort();
    let (mut count, mut broken) = (0, Vec::new());
    for page in &pages {
        // Its links are relative to wherever it is shown.
        if page.ends_with("404.html") {
            continue;
        }
        let name = page.strip_prefix(&site)?;
        let text = fs::read_to_string(page)?;
        // Code that a page shows has no `<`.
        let tags = text.split('<').skip(1).filter_map(|rest| rest.split('>').next());
        let attributes = tags.flat_map(|tag| [" href=\"", " src=\""].map(|name| tag.split(name).nth(1)));
        for target in attributes.flatten().filter_map(|rest| rest.split('"').next()) {
            if target.is_empty() || is_address(target) || target.starts_with("data:") {
                continue;
            }
            count += 1;
            let file = inside(name, target).unwrap_or_else(|| name.to_owned());
            let anchor = target.split_once('#').map_or("", |(_, anchor)| anchor);
            let there = site.join(&file);
            let is_there = match fs::read_to_string(&there) {
                Ok(text) if file.extension().is_some_and(|extension| extension == "html") => {
                    anchor.is_empty() || text.contains(&format!("id=\"{anchor}\""))
                }
                _ => there.is_file(),
            };
            if !is_there {
                broken.push(format!("{}: {target}", name.display()));
            }
        }
    }
    Ok((count, broken))
}
