//! The data block at the end of a rewritten page: what the loader takes over from the edge.
//!
//! Takes a page of decisions and its grants, gives one inert `<script type="application/json">`. It holds no value of the visit,
//! and no `<` that could end the element.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::platforms::write_platforms;
use crate::bundle::Bundle;
use crate::bundle::manifest::AttributeEntry;
use crate::bundle::words::{Purpose, Purposes};
use crate::consent::grants;
use crate::engine::{Page, Permitted, PurposeKey, Signals, Visit, write_page, write_text};

/// The element's id.
pub const BLOCK_ID: &str = "selvedge-page";

/// What the block needs beyond the decisions.
#[derive(Clone, Copy, Debug)]
pub struct PageFacts<'f> {
    /// The environment of the bundle.
    pub environment: &'f str,
    /// SHA-256 of the root document that the browser pins, in hexadecimal.
    pub root: &'f str,
}

/// The block as markup.
#[must_use]
pub fn page_block(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    page: &Page,
    visit: &Visit,
    facts: &PageFacts<'_>,
) -> String {
    let manifest = bundle.program().manifest();
    let now_ms = visit.now.map_or(0, |now| now.0);
    // What holds unless the visitor says something to this site: other signals speak, and so does the law. The loader keeps a denial
    // on record only where this would not deny.
    let signals = Signals { gpc: false, cookie: None, revoked: Vec::new(), ..visit.signals.clone() };
    let silent = Visit { region: visit.region.clone(), minor: visit.minor, signals, ..Visit::default() };
    let agreed = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(true))).collect();
    let mut willing = Visit { grants: agreed, ..silent.clone() };
    // Nor does a choice of today, which is all that this page can note, against what was withdrawn elsewhere: it may be the older one.
    // One that was withdrawn before today it takes back at the next page.
    willing.signals.revoked.clone_from(&visit.signals.revoked);
    let willing = grants(&manifest.regions, &willing, now_ms);
    let silent = grants(&manifest.regions, &silent, now_ms);

    let mut block = String::new();
    let _ = write!(block, "<script type=\"application/json\" id=\"{BLOCK_ID}\">{{\"v\":1,\"page\":");
    write_page(&mut block, bundle, permitted, page, &[]);
    write_purposes(&mut block, "grants", permitted.grants().granted());
    write_purposes(&mut block, "silent", silent.granted());
    let row = manifest.regions.rows.get(permitted.grants().regime);
    write_purposes(&mut block, "gpc", row.map_or(Purposes::NONE, |row| row.gpc_off()));
    // What no choice can grant here: the browser would otherwise store what the edge then refuses to read.
    write_purposes(&mut block, "never", !willing.granted());
    write_device(&mut block, &manifest.attributes);
    write_platforms(&mut block, &manifest.regions.signals);
    let _ = write!(block, ",\"epoch\":{}", permitted.grants().epoch);
    let texts = [
        ("cookie", manifest.cookie.as_str()),
        ("site", &manifest.site),
        ("environment", facts.environment),
        ("root", facts.root),
        ("region", visit.region.as_deref().unwrap_or_default()),
        ("locale", visit.locale.as_deref().unwrap_or_default()),
    ];
    for (name, text) in texts {
        let _ = write!(block, ",\"{name}\":");
        write_text(&mut block, text);
    }
    block.push_str("}</script>");
    block
}

/// What the state cookie may hold: the purposes of each attribute that belongs there. A sensitive one needs that grant beside another.
fn write_device(out: &mut String, attributes: &[AttributeEntry]) {
    out.push_str(",\"device\":{");
    let kept = attributes.iter().filter(|attribute| attribute.in_state_cookie());
    for (position, attribute) in kept.enumerate() {
        out.push_str(if position == 0 { "" } else { "," });
        write_text(out, &attribute.name);
        let purposes = attribute.purposes();
        let purposes = if attribute.sensitive { purposes.with(Purpose::Sensitive) } else { purposes };
        for (position, purpose) in purposes.iter().enumerate() {
            let _ = write!(out, "{}\"{purpose}\"", if position == 0 { ":[" } else { "," });
        }
        out.push_str(if purposes.is_empty() { ":[]" } else { "]" });
    }
    out.push('}');
}

fn write_purposes(out: &mut String, name: &str, purposes: Purposes) {
    let _ = write!(out, ",\"{name}\":{{");
    for (position, purpose) in Purpose::ALL.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\"{purpose}\":{}", purposes.has(*purpose));
    }
    out.push('}');
}
