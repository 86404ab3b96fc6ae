//! The documentation, held to the product: README.md, docs/*.md and the README of the npm package.
//!
//! Start with [`pages`], which says what a page may hold. `BLESS=1 cargo test --test suite documentation` rewrites printed output
//! where it differs; the diff is what reviewers read.

mod data;
mod generated;
mod inline;
mod links;
mod output;
mod page;
mod session;
mod tasks;
mod verbs;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use output::Told;
use page::Page;

/// The package's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page that people read: README.md, docs/*.md and the README of the npm package.
///
/// A ```` ```console ```` block has commands after `$ ` with the output of each below it: `…` stands for any text in a line, and a line
/// `…` for any lines. A ```` ```sh ```` block has commands without output. A page's commands run in order in a folder of its own, which
/// holds `examples/storefront`. A comment on the line before a block says more: `<!-- exit 1 -->`, `<!-- background -->`,
/// `<!-- file PATH -->`, `<!-- not run: REASON -->`. Blocks of JSON and TOML are held to what they show.
fn pages() -> Vec<Page> {
    let root = root();
    let docs = std::fs::read_dir(root.join("docs")).into_iter().flatten();
    let mut names: Vec<String> = docs
        .filter_map(|entry| entry.expect("can be read").file_name().into_string().ok())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    names.sort();
    let others = ["README.md", "pkg-config/npm/README.md", "src/explain/reasons.md"];
    names.splice(0..0, others.map(str::to_owned));
    names.iter().map(|name| Page::read(root, name)).collect()
}

#[test]
fn every_command_of_the_pages_prints_what_they_say() {
    let mut pages = pages();
    // Its examples run in the file that it is made from.
    pages.retain(|page| page.name != "docs/errors.md");
    let told = run(&pages);
    println!("{told}");
    assert!(told.faults.is_empty(), "{}\nBLESS=1 writes the output as it is now", told.faults.join("\n"));
}

/// Runs pages, several at a time, as most of the time goes into waiting.
fn run(pages: &[Page]) -> Told {
    const AT_ONCE: usize = 4;
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(pages.len()) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(page) = pages.get(number) else { return };
                    let of_page = session::run(page);
                    told.lock().expect("no thread panicked").push((number, of_page));
                }
            });
        }
    });
    let mut told = told.into_inner().expect("no thread panicked");
    // In the order of the pages, whichever was done first.
    told.sort_by_key(|(number, _)| *number);
    told.into_iter().fold(Told::default(), |mut sum, (_, told)| {
        sum.add(told);
        sum
    })
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let checked = links::check(root(), &pages());
    println!("{checked}");
    assert!(checked.faults.is_empty(), "{}", checked.faults.join("\n"));
}

#[test]
fn every_task_and_verb_that_the_pages_name_exists() {
    let checked = inline::check(root(), &pages());
    println!("{checked}");
    assert!(checked.faults.is_empty(), "{}", checked.faults.join("\n"));
}

/// A page of this test's own.
fn page(text: &str) -> Page {
    Page::from(Path::new("/nowhere"), "docs/test.md", text)
}

#[test]
fn a_page_that_is_right_is_left_alone() {
    let told = run(&[page(include_str!("documentation/right.md"))]);
    assert_eq!(told.faults, Vec::<String>::new());
    assert_eq!((told.commands, told.compared, told.files, told.not_run), (10, 8, 1, 1), "{told}");
    assert!(told.edits.is_empty(), "{:?}", told.edits);
}

#[test]
fn a_page_that_is_wrong_is_told_where_and_blessed() {
    let page = page(include_str!("documentation/wrong.md"));
    let told = run(std::slice::from_ref(&page));
    // A parser has its own words for text that it cannot read.
    let brief = |fault: &String| match fault.split_once('\n') {
        Some((first, _)) if fault.contains("this is not") => first.to_owned(),
        _ => fault.clone(),
    };
    let faults: Vec<String> = told.faults.iter().map(brief).collect();
    assert_eq!(faults.join("\n") + "\n", include_str!("documentation/wrong.told.txt"));
    assert_eq!(page.with(&told.edits), include_str!("documentation/wrong.blessed.md"));
}
