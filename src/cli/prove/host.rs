//! The real thing as a [`System`]: what every host runs, and everything that leaves it because of a visitor.
//!
//! Takes an opened bundle and the pages of its site, gives each output as text. It goes the way of an edge: intake, grants, permit, decide,
//! edits, rewriting, data block, headers, cookies, log, audit record, and the beacon that the page sends. Beside it goes what people look
//! at: explanations, and what the preview's panel says of permissions. It never looks at what is hidden itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize as _;

use crate::bundle::Bundle;
use crate::cli::explain::{Asked as Question, SlotExplanation, explain, text, withdrawn};
use crate::cli::open::Opened;
use crate::cli::serve::api as panel;
use crate::cli::serve::rewrite::{Change, rewrite};
use crate::consent::{Grants, grants};
use crate::engine::{Given, Limits, Page, Permitted, Visitor, Workspace, decide_into, permit, write_page};
use crate::log::audit::{Asked as Record, Marks, Which, draft};
use crate::log::events::{self, Beacon, Event, Sender};
use crate::log::key::Key;
use crate::log::lines;
use crate::log::traffic::Traffic;
use crate::page::{Edit, PageFacts, edits, page_block, page_headers, slots_at};
use crate::page::{Facts, intake};
use crate::report::interference::{Asked, Outputs, Request, System};
use crate::words::Visit;

/// A host of one bundle.
#[derive(Debug)]
pub struct Host<'o> {
    opened: &'o Opened,
    environment: &'o str,
    /// The origin's pages by path.
    pages: BTreeMap<String, String>,
}

/// What a host keeps from one visitor to the next.
#[derive(Debug, Default)]
pub struct Room {
    workspace: Workspace,
    page: Page,
    visitor: Visitor,
}

impl<'o> Host<'o> {
    /// A host in front of these pages.
    #[must_use]
    pub fn new(opened: &'o Opened, environment: &'o str, pages: BTreeMap<String, String>) -> Self {
        Self { opened, environment, pages }
    }
}

impl System for Host<'_> {
    type Room = Room;

    fn outputs(&self, room: &mut Room, asked: &Asked<'_>) -> Outputs {
        let program = self.opened.bundle.program();
        let mut outputs = Outputs::new();
        match asked {
            Asked::Visit(visit, slots) => {
                let now_ms = visit.now.map_or(0, |now| now.0);
                let grants = grants(&program.manifest().regions, visit, now_ms);
                let position = |name: &&str| program.slot_position(name).map(|slot| slot as u32);
                let slots: Vec<Option<u32>> = slots.iter().map(position).collect();
                let met = Met { visit, grants: &grants, slots: &slots, now_ms };
                self.answer(room, met, &mut outputs, |_, _, _| Vec::new());
            }
            Asked::Request(request) => self.respond(room, request, &mut outputs),
        }
        outputs
    }
}

/// Who is here, and what they are asked for.
#[derive(Clone, Copy)]
struct Met<'m> {
    visit: &'m Visit,
    grants: &'m Grants,
    slots: &'m [Option<u32>],
    now_ms: i64,
}

impl Host<'_> {
    /// As an edge answers.
    fn respond(&self, room: &mut Room, request: &Request, outputs: &mut Outputs) {
        let bundle = &self.opened.bundle;
        let header = |name: &str| request.headers.get(name).cloned();
        let facts = Facts {
            path: &request.path,
            query: &request.query,
            country: request.country.as_deref(),
            region: request.region.as_deref(),
            header: &header,
            now_ms: request.now_ms,
            randomness: &request.randomness,
        };
        let page = intake(bundle, &facts);
        let slots = slots_at(bundle, &request.path);
        let met = Met { visit: &page.visit, grants: &page.grants, slots: &slots, now_ms: request.now_ms };
        self.answer(room, met, outputs, |decided, edits, block| {
            let cookies = page.remember(decided).into_iter().map(|cookie| cookie.header(true));
            // How long it took is outside the comparison.
            let headers = page_headers(decided.cache_policy(), "selvedge".into(), cookies);
            let headers: Vec<String> = headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let html = self.pages.get(&request.path).map(|html| self.rewritten(html, edits, block));
            let mut outputs = vec![("headers", headers.join("\n"))];
            outputs.extend(html.map(|html| ("page", html)));
            outputs
        });
        // What the page noted comes with a request of its own, which knows no page and has no randomness.
        let intake = intake(bundle, &Facts { path: "", query: "", randomness: "", ..facts });
        let events = request.events.iter().filter_map(|event| Event::deserialize(event).ok()).collect();
        let beacon = Beacon { v: 1, events };
        let rules = bundle.program().manifest().events.as_ref();
        for (name, rules) in [("events", None), ("events by the site's rules", rules)] {
            let traffic = Traffic::of(&header);
            let sender = Sender { grants: &intake.grants, visitor: intake.stored_id(), traffic, rules };
            outputs.push((name, events::lines(&beacon, sender, request.now_ms).join("\n")));
        }
    }

    fn rewritten(&self, html: &str, edits: &[Edit<'_>], block: &str) -> String {
        let mut changes = Vec::with_capacity(edits.len());
        for edit in edits {
            let chunk = self.opened.chunks.get(edit.variant.chunk);
            match chunk.and_then(|chunk| edit.body(chunk)) {
                Some(body) => changes.push(Change { slot: edit.slot, body }),
                None => return format!("left as it was: `{}` is not at hand", edit.content),
            }
        }
        let page = rewrite(html, &changes, block);
        format!("{}\n{:?}", page.html, page.missed)
    }

    /// Decides, and says all that is said of it. `then` adds what only a request has.
    fn answer(
        &self,
        room: &mut Room,
        met: Met<'_>,
        outputs: &mut Outputs,
        then: impl FnOnce(&Page, &[Edit<'_>], &str) -> Outputs,
    ) {
        let Met { visit, grants, slots, now_ms } = met;
        let bundle = &self.opened.bundle;
        // First as with a bundle past its expiry, in the same workspace.
        let stale = permit(bundle, visit, grants, now_ms).with_stale(true);
        decide_into(bundle, &stale, slots, &mut room.workspace, &mut room.page);
        let old =
            answer(bundle, &stale, &room.page) + "\n" + &lines(bundle, &stale, &room.page, visit, now_ms).join("\n");

        let permitted = permit(bundle, visit, grants, now_ms);
        decide_into(bundle, &permitted, slots, &mut room.workspace, &mut room.page);
        let page = &room.page;
        outputs.push(("decisions", answer(bundle, &permitted, page)));

        let attributes = &bundle.program().manifest().attributes;
        let each = &mut |each: &mut dyn FnMut(usize, Given<'_>)| {
            for (position, attribute) in attributes.iter().enumerate() {
                if let Some(value) = visit.attributes.get(&attribute.name) {
                    each(position, Given::from(value));
                }
            }
        };
        room.visitor.meet(bundle, visit, each, now_ms);
        let kept = room.visitor.decide(bundle, slots).map(|(permitted, page)| answer(bundle, permitted, page));
        outputs.push(("decisions of a kept visitor", kept.unwrap_or_default()));
        outputs.push(("decisions of an old bundle", old));

        let cache: Vec<&str> = page.decisions.iter().map(|decision| decision.cache_policy().name()).collect();
        outputs.push(("cache policy", cache.join(" ")));
        let explained = self.explained(visit, &permitted, page, now_ms);
        outputs.push(("explanation", serde_json::to_string(&explained).unwrap_or_default()));
        outputs.push(("sentences", explained.iter().map(text).collect()));
        let permissions = panel::purposes(&bundle.program().manifest().regions, grants, visit.minor, grants.granted());
        outputs.push(("panel", serde_json::to_string(&permissions).unwrap_or_default()));
        outputs.push(("log", lines(bundle, &permitted, page, visit, now_ms).join("\n")));
        outputs.push(("audit record", audited(bundle, visit, &permitted, page)));

        let edits = edits(bundle, &permitted, page);
        let mut listed = String::new();
        for edit in &edits {
            let _ = writeln!(listed, "{} {} {:?}", edit.slot.name, edit.content, edit.variant);
        }
        outputs.push(("edits", listed));
        let facts = PageFacts { environment: self.environment, root: &self.opened.root };
        let block = page_block(bundle, &permitted, page, visit, &facts);
        let more = then(page, &edits, &block);
        outputs.push(("data block", block));
        outputs.extend(more);
    }

    fn explained(&self, visit: &Visit, permitted: &Permitted<'_>, page: &Page, now_ms: i64) -> Vec<SlotExplanation> {
        let bundle = &self.opened.bundle;
        let Some(debug) = &self.opened.debug else { return Vec::new() };
        let asked = Question { bundle, visit, grants: permitted.grants(), now_ms };
        let explained = page.decisions.iter().map(|decision| {
            let mut explanation = explain(bundle, debug, permitted, page, decision);
            explanation.otherwise.extend(withdrawn(asked, &explanation));
            explanation
        });
        explained.collect()
    }
}

fn answer(bundle: &Bundle, permitted: &Permitted<'_>, page: &Page) -> String {
    let mut out = String::new();
    write_page(&mut out, bundle, permitted, page, &[]);
    out
}

/// The audit records of a page, of either kind, with the values that would be sealed. Secret and id are the same for everybody here: what
/// differs comes from the visitor.
fn audited(bundle: &Bundle, visit: &Visit, permitted: &Permitted<'_>, page: &Page) -> String {
    let (key, id) = (Key::new(1, [7; 32]), [9; 16]);
    let marks = Marks::new(&key, id, permitted, &visit.signals);
    let record = |which: Which| {
        let asked = Record { bundle, visit, permitted, page, limits: Limits::default(), which };
        draft(&asked, &marks, &key.record(&id)).map(|draft| format!("{}\n{}\n", draft.line(), draft.values()))
    };
    [Which::All, Which::Sensitive].into_iter().filter_map(record).collect()
}
