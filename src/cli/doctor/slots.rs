//! The slots of the page: their elements, and those of the author's files.

use super::Findings;
use super::page::Block;
use crate::author::site::Site;
use crate::bundle::{Bundle, Slot};
use crate::cli::serve::rewrite::elements;
use crate::page::{matches, normal_path, slots_at};

/// Looks for the element of every slot that the release has at this address.
pub(super) fn on_page(block: &Block, bundle: &Bundle, path: &str, html: &[u8], findings: &mut Findings) {
    let program = bundle.program();
    let here = slots_at(bundle, &normal_path(path)).into_iter().flatten();
    let slots: Vec<Slot<'_>> = here.map(|slot| program.slot(slot as usize)).collect();
    if slots.is_empty() {
        return findings.warning("the release has no slot at this address", "give the address of a page with slots");
    }
    let absent = block.absent();
    let selectors: Vec<&str> = slots.iter().map(|slot| slot.selector).collect();
    let found = elements(html, &selectors);
    // The edge has looked for the elements that it had to change, and some of them are gone by that.
    let lacks = |(slot, found): &(&Slot<'_>, &Vec<String>)| {
        absent.contains(&slot.name) || (found.is_empty() && !block.shows(slot.name))
    };
    let missing: Vec<&str> = slots.iter().zip(&found).filter(lacks).map(|(slot, _)| slot.name).collect();
    for slot in &missing {
        findings.warning(
            format!("the page has no element for the slot `{slot}`"),
            "correct `selector` or `page` in slots.toml, or the page",
        );
    }
    if missing.is_empty() {
        let names: Vec<&str> = slots.iter().map(|slot| slot.name).collect();
        findings.ok(format!("every slot of this page has its element: {}", names.join(", ")));
    }
}

/// Compares the release with the files that it should come from.
pub(super) fn of_files(block: &Block, bundle: &Bundle, site: &Site, path: &str, findings: &mut Findings) {
    if site.name != block.text("site") {
        return findings.fault(
            format!("the page is of the site `{}`, and your files are of `{}`", block.text("site"), site.name),
            "give the folder of that site, or set SITE of the Worker",
        );
    }
    let path = normal_path(path);
    let files = site.slots.iter().filter(|slot| slot.channel == "web" && matches(&slot.page, &path));
    let files: Vec<&str> = files.map(|slot| slot.name.as_str()).collect();
    let program = bundle.program();
    let released = slots_at(bundle, &path).into_iter().flatten();
    let released: Vec<&str> = released.map(|slot| program.slot(slot as usize).name).collect();
    let before = findings.0.len();
    for slot in files.iter().filter(|slot| !released.contains(slot)) {
        findings
            .warning(format!("your files have the slot `{slot}` here, and the release does not"), "build and publish");
    }
    for slot in released.iter().filter(|slot| !files.contains(slot)) {
        findings.warning(format!("the release has the slot `{slot}` here, and your files do not"), "build and publish");
    }
    if findings.0.len() == before {
        findings.ok("the slots of this page are those of your files");
    }
}
