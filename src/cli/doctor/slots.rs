//! The slots of the page, and those of the author's files.

use super::Findings;
use super::page::Block;
use crate::author::site::Site;
use crate::page::{matches, normal_path};

pub(super) fn check(block: &Block, site: Option<&Site>, path: &str, findings: &mut Findings) {
    let absent = block.absent();
    for slot in &absent {
        findings.warning(
            format!("the page has no element for the slot `{slot}`"),
            "correct `selector` or `page` in slots.toml, or the page",
        );
    }
    let decided = block.slots();
    if block.is_of_edge() && absent.is_empty() {
        findings.ok(format!("every slot that was decided has its element: {}", decided.join(", ")));
    }
    let Some(site) = site.filter(|_| block.is_of_edge()) else { return };
    let path = normal_path(path);
    let here = site.slots.iter().filter(|slot| slot.channel == "web" && matches(&slot.page, &path));
    let here: Vec<&str> = here.map(|slot| slot.name.as_str()).collect();
    let missing = here.iter().filter(|slot| !decided.contains(slot));
    let gone = decided.iter().filter(|slot| !here.contains(slot));
    let before = findings.0.len();
    for slot in missing {
        findings
            .warning(format!("your files have the slot `{slot}` here, and the release does not"), "build and publish");
    }
    for slot in gone {
        findings.warning(format!("the release has the slot `{slot}` here, and your files do not"), "build and publish");
    }
    if site.name != block.text("site") {
        findings.fault(
            format!("the page is of the site `{}`, and your files are of `{}`", block.text("site"), site.name),
            "set SITE of the Worker to the name in selvedge.toml",
        );
    } else if findings.0.len() == before {
        findings.ok("the slots of this page are those of your files");
    }
}
