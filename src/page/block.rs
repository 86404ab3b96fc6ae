//! The data block of a page: the state that the loader takes over from the edge, or all that it needs without an edge.
//!
//! Takes a page of decisions and its grants, or only a region, gives one inert `<script type="application/json">`. It holds no value
//! of the visit, and no `<` that could end the element.

use alloc::string::String;
use core::fmt::Write;

use super::begin::Begun;
use super::ending::CLOSING;
use super::platforms::write_platforms;
use crate::bundle::Bundle;
use crate::bundle::manifest::AttributeEntry;
use crate::consent::{Grants, Law};
use crate::engine::{write_decision, write_page};
use crate::log::quality::Rule;
use crate::words::{Instant, Visit, write_hex, write_number, write_text};
use crate::words::{Purpose, Purposes};

/// The element's id.
pub const BLOCK_ID: &str = "selvedge-page";

/// The deployment, as the block describes it.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'f> {
    /// The environment of the bundle.
    pub environment: &'f str,
    /// SHA-256 of the root document that the browser pins, in hexadecimal.
    pub root: &'f str,
    /// The number of that document.
    pub root_version: u64,
    /// The consent cookie of a preview, in place of the site's.
    pub cookie: Option<&'f str>,
    /// Fresh randomness of this answer as letters or digits: it ends every mark that changes leave on the page. Empty where nothing
    /// is changed.
    pub nonce: &'f str,
}

/// How the block's JSON begins.
pub(super) const BEGINNING: &str = "{\"v\":1,";

/// The block of a page that was decided, as markup.
pub(super) fn page_block(begun: &Begun<'_>, deployment: &Deployment<'_>) -> String {
    let Begun { bundle, permitted, page, law, .. } = begun;
    let mut json = String::from(PAGE);
    write_page(&mut json, bundle, permitted, page, &[]);
    write_unseen(&mut json, begun);
    write_rest(&mut json, bundle, permitted.grants(), law, begun.visit(), deployment);
    [CLOSING, OPENING, &ascii(&json), END].concat()
}

/// As [`page_block`], for a page whose slots several releases decided. A decision of an earlier one names its bundle.
pub(super) fn joined_block(begun: &Begun<'_>, earlier: &[&Begun<'_>], deployment: &Deployment<'_>) -> String {
    let Begun { bundle, permitted, page, law, .. } = begun;
    let mut json = [PAGE, "{\"decisions\":{"].concat();
    let mut cache = page.cache_policy();
    for (nth, one) in [begun].iter().chain(earlier).enumerate() {
        cache = cache.max(one.page.cache_policy());
        for decision in &one.page.decisions {
            json.push_str(if json.ends_with('{') { "" } else { "," });
            write_text(&mut json, decision.slot.map_or("", |slot| one.bundle.program().slot(slot as usize).name));
            json.push(':');
            write_decision(&mut json, one.bundle, &one.permitted, one.page, decision, true);
            if nth > 0 {
                json.pop();
                json.push_str(",\"bundle\":\"");
                write_hex(&mut json, one.bundle.digest());
                json.push_str("\"}");
            }
        }
    }
    json.push_str("},\"cache\":");
    write_text(&mut json, cache.name());
    json.push_str(",\"bundle\":\"");
    write_hex(&mut json, bundle.digest());
    json.push_str("\"}");
    write_unseen(&mut json, begun);
    write_rest(&mut json, bundle, permitted.grants(), law, begun.visit(), deployment);
    [CLOSING, OPENING, &ascii(&json), END].concat()
}

/// The loader counts a page that was fetched ahead once a visitor opens it. For an experiment that shows the origin's own
/// content, it needs the selector of the slot. Only an element that it finds is an exposure.
fn write_unseen(out: &mut String, begun: &Begun<'_>) {
    if begun.unseen != Some(Rule::Prefetch) {
        return;
    }
    out.push_str(",\"unseen\":{");
    let own = begun.page.decisions.iter().filter(|decision| decision.is_counted_control());
    for slot in own.filter_map(|decision| decision.slot) {
        let slot = begun.bundle.program().slot(slot as usize);
        out.push_str(if out.ends_with('{') { "" } else { "," });
        write_text(out, slot.name);
        out.push(':');
        write_text(out, slot.selector);
    }
    out.push('}');
}

/// The JSON in any encoding of a page: it has an escape for each character. Without these two it ends neither a value in single
/// quotes that a page breaks off in, nor the part of a script where an end tag is text.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii() || matches!(byte, b'\'' | b'>')) {
        let (plain, others) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut characters = others.chars();
        for unit in characters.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
            out.push_str("\\u");
            write_hex(&mut out, &unit.to_be_bytes());
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out
}

/// The block of pages that no edge rewrites, as markup. Every visitor gets the same block, decisions are made on the device,
/// and no host takes beacons. Without a region the strictest law holds.
pub fn static_block(
    bundle: &Bundle,
    region: Option<&str>,
    ahead: &[String],
    deployment: &Deployment<'_>,
    now_ms: i64,
) -> String {
    let visit = Visit { region: region.map(String::from), now: Some(Instant(now_ms)), ..Visit::default() };
    let mut block = [OPENING, PAGE].concat();
    block.push_str("null,\"decide\":\"device\",\"beacon\":null,\"ahead\":[");
    for (position, path) in ahead.iter().enumerate() {
        block.push_str(if position > 0 { "," } else { "" });
        write_text(&mut block, path);
    }
    block.push(']');
    let law = Law::of(&bundle.program().manifest().regions, &visit, now_ms);
    write_rest(&mut block, bundle, &law.grants(&visit), &law, &visit, deployment);
    block.push_str(END);
    block
}

const OPENING: &str = "<script type=\"application/json\" id=\"selvedge-page\">";
const PAGE: &str = "{\"v\":1,\"page\":";
const END: &str = "</script>";

/// Everything after the decisions: the permissions, the law without an answer, and the pins of the engine.
fn write_rest(
    block: &mut String,
    bundle: &Bundle,
    held: &Grants,
    law: &Law<'_>,
    visit: &Visit,
    deployment: &Deployment<'_>,
) {
    let manifest = bundle.program().manifest();
    write_purposes(block, "grants", held.granted());
    // The loader keeps a denial on record only where silence would not deny.
    write_purposes(block, "silent", law.silent(visit));
    let row = law.row();
    write_purposes(block, "gpc", row.map_or(Purposes::NONE, |row| row.gpc_off()));
    // The purposes that no choice can grant here. The browser would otherwise store what the edge then refuses to read.
    let [own, parental] = law.willing(visit);
    write_purposes(block, "never", !parental);
    // The purposes that only a parent can grant at the visitor's age.
    let parental = parental.and(!own);
    if !parental.is_empty() {
        write_purposes(block, "parental", parental);
    }
    // The loader lets a grant grow no older than the edge does.
    block.push_str(",\"days\":");
    write_number(block, row.map_or(0, |row| row.grant_days_max.into()));
    write_device(block, &manifest.attributes);
    write_platforms(block, &manifest.regions.signals);
    block.push_str(",\"epoch\":");
    write_number(block, held.epoch);
    // The loader knows our marks by it. A visitor who writes a review into the origin's page cannot know it.
    let nonce = Some(("nonce", deployment.nonce)).filter(|(_, nonce)| !nonce.is_empty());
    // The engine knows the site's own cookie alone, and a preview keeps its choices beside it.
    let own = deployment.cookie.map(|_| ("own", &*manifest.cookie));
    let texts = [
        ("cookie", deployment.cookie.unwrap_or(&manifest.cookie)),
        ("site", &manifest.site),
        ("environment", deployment.environment),
        ("root", deployment.root),
        ("engine", bundle.program().engine()),
        ("region", visit.region.as_deref().unwrap_or_default()),
        ("locale", visit.locale.as_deref().unwrap_or_default()),
    ];
    if deployment.root_version != 1 {
        let _ = write!(block, ",\"rootVersion\":{}", deployment.root_version);
    }
    for (name, text) in nonce.into_iter().chain(own).chain(texts) {
        write_name(block, name);
        write_text(block, text);
    }
    block.push('}');
}

/// The attributes that the state cookie may hold, with their purposes. A sensitive one needs that grant beside another.
fn write_device(out: &mut String, attributes: &[AttributeEntry]) {
    out.push_str(",\"device\":{");
    let kept = attributes.iter().filter(|attribute| attribute.in_state_cookie());
    for (position, attribute) in kept.enumerate() {
        out.push_str(if position == 0 { "" } else { "," });
        write_text(out, &attribute.name);
        let purposes = attribute.needs().to_keep();
        for (position, purpose) in purposes.iter().enumerate() {
            out.push_str(if position == 0 { ":[" } else { "," });
            write_text(out, purpose.name());
        }
        out.push_str(if purposes.is_empty() { ":[]" } else { "]" });
    }
    out.push('}');
}

fn write_purposes(out: &mut String, name: &str, purposes: Purposes) {
    write_name(out, name);
    for (position, purpose) in Purpose::ALL.iter().enumerate() {
        out.push(if position == 0 { '{' } else { ',' });
        write_text(out, purpose.name());
        out.push_str(if purposes.has(*purpose) { ":true" } else { ":false" });
    }
    out.push('}');
}

/// Appends the name of the next value. It needs no escape.
fn write_name(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}
