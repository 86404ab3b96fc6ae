//! The page itself: its data block, the loader, caches and cookies.

use serde_json::Value;

use super::Findings;
use super::ask::{Asking, Seen};
use super::markup::Markup;
use crate::page::{CONTACT_COOKIE, ID_COOKIE, STATE_COOKIE};

/// The data block of a page.
#[derive(Debug)]
pub(super) struct Block(pub(super) Value);

impl Block {
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// True if an edge decided; else the device does, and pages are the same for everybody.
    pub(super) fn is_of_edge(&self) -> bool {
        self.0.get("page").is_some_and(Value::is_object)
    }

    /// True if content was decided for a slot.
    pub(super) fn shows(&self, slot: &str) -> bool {
        let decision = self.0.pointer("/page/decisions").and_then(|decisions| decisions.get(slot));
        decision.and_then(|decision| decision.get("content")).is_some_and(Value::is_string)
    }

    /// The slots without an element on the page.
    pub(super) fn absent(&self) -> Vec<&str> {
        let absent = self.0.get("absent").and_then(Value::as_array);
        absent.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn may_store(&self) -> bool {
        self.0.pointer("/grants/storage").and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Reads the data block, and says what is wrong with the page.
pub(super) fn block(seen: &Seen, markup: &Markup, findings: &mut Findings) -> Option<Block> {
    if seen.status != 200 {
        findings.fault(
            format!("the page answers with status {}", seen.status),
            "give the address of a page that visitors see",
        );
        return None;
    }
    let Some(text) = &markup.block else {
        let why = match seen.header("content-type") {
            kind if !kind.to_ascii_lowercase().contains("html") => format!("it is `{kind}`, and only HTML is changed"),
            _ if seen.header("cache-control").to_ascii_lowercase().contains("no-transform") => {
                "its Cache-Control says no-transform".to_owned()
            }
            _ => "no Worker stands in front of it, no slot is at this address, or the Worker has no release".to_owned(),
        };
        findings.fault(
            format!("the page has no data block: {why}"),
            "look at the release below, and at `page` in slots.toml",
        );
        return None;
    };
    match serde_json::from_str::<Value>(text).ok().filter(|block| block.get("v").and_then(Value::as_u64) == Some(1)) {
        Some(block) => {
            let block = Block(block);
            let who = if block.is_of_edge() { "an edge decides" } else { "the device decides" };
            let (site, environment) = (block.text("site"), block.text("environment"));
            findings.ok(format!("the page has its data block: site {site}, environment {environment}; {who}"));
            Some(block)
        }
        None => {
            findings.fault(
                "the data block cannot be read",
                "something behind the Worker changes scripts: let it leave them alone",
            );
            None
        }
    }
}

/// The loader's tag, and the file behind it.
pub(super) fn loader(asking: &Asking, markup: &Markup, is_of_edge: bool, findings: &mut Findings) {
    let own = |source: &&String| source.split(['?', '#']).next().is_some_and(|path| path.ends_with("/loader.js"));
    let Some(source) = markup.scripts.iter().find(own) else {
        let fix =
            "add <script type=\"module\" src=\"/__selvedge/loader.js\"></script>, unless a script of yours contains it";
        if is_of_edge {
            let what = "the page has no tag for `loader.js`: who withdraws sees personal content until the next page";
            return findings.warning(what, fix);
        }
        return findings.unknown("the page has no tag for `loader.js`", fix);
    };
    let path = if source.starts_with('/') || source.contains("://") { source.clone() } else { format!("/{source}") };
    let Ok(file) = asking.file(&path) else {
        return findings
            .fault(format!("{path} does not answer"), "put the files of the browser package into the store");
    };
    let kind = file.header("content-type");
    if file.status != 200 || !kind.contains("javascript") {
        return findings.fault(
            format!("{path} has status {} and type `{kind}`, so browsers do not run it", file.status),
            "put the files of the browser package into the store, under assets/",
        );
    }
    let said = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    if file.text().contains(said) {
        findings.ok(format!("the loader is there, of version {}", env!("CARGO_PKG_VERSION")));
    } else {
        findings.warning(
            format!("the loader is of another version than this command ({})", env!("CARGO_PKG_VERSION")),
            "publish the browser package of the version that built the release",
        );
    }
}

/// Caches and cookies, from two answers to the same question.
pub(super) fn headers(first: &Seen, block: &Block, second: &Seen, findings: &mut Findings) {
    if !block.is_of_edge() {
        return;
    }
    let again = super::markup::read(&second.text()).block.and_then(|text| serde_json::from_str(&text).ok()).map(Block);
    let nonce = block.text("nonce");
    let policy = first.header("cache-control").to_ascii_lowercase();
    if again.is_some_and(|again| again.text("nonce") == nonce) {
        findings.fault(
            "two requests got the very same page: a cache in front of the Worker keeps it, and shows one visitor's page to another",
            "let that cache follow Cache-Control, or leave out addresses with slots",
        );
    } else if !policy.contains("private") {
        findings.fault(
            format!("the page may be kept by shared caches: Cache-Control is `{policy}`"),
            "let nothing behind the Worker change Cache-Control",
        );
    } else {
        findings.ok("each visitor gets an answer of their own, and no shared cache may keep it");
    }
    let set = first.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let kept = |cookie: &str| {
        let name = cookie.split('=').next().unwrap_or_default().trim();
        [CONTACT_COOKIE, ID_COOKIE, STATE_COOKIE].contains(&name) && !cookie.to_ascii_lowercase().contains("max-age=0")
    };
    match set.filter(|cookie| kept(cookie)).count() {
        0 => findings.ok("nothing is kept on the device of a visitor who never answered"),
        _ if block.may_store() => findings.ok("the device keeps an id, as the law of this region permits"),
        _ => findings.fault("the page sets a cookie of ours without permission", "report it, with the page's address"),
    }
}
