//! The real thing as a [`System`]: what every host runs, and everything that leaves it because of a visitor.
//!
//! Takes an opened bundle and the pages of its site, gives each output as text. It goes the way of an edge: intake, grants, permit, decide,
//! edits, rewriting, data block, cookies, log. It never looks at what is hidden itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::apply::{Edit, PageFacts, edits, page_block, slots_at};
use crate::bundle::Bundle;
use crate::cli::explain::{Asked as Question, SlotExplanation, explain, text, withdrawn};
use crate::cli::open::Opened;
use crate::cli::serve::rewrite::{Change, rewrite};
use crate::consent::{Grants, grants};
use crate::engine::{Given, Page, Permitted, Value, Visit, Visitor, Workspace, decide_into, permit, write_page};
use crate::intake::{Facts, intake};
use crate::log::events::{self, Beacon, Event, Sender};
use crate::log::lines;
use crate::log::quality::EXPOSURE;
use crate::log::traffic::Traffic;
use crate::report::interference::{Asked, Outputs, Request, System};

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
        let bundle = &self.opened.bundle;
        let program = bundle.program();
        match asked {
            Asked::Visit(visit, slots) => {
                let now_ms = visit.now.map_or(0, |now| now.0);
                let grants = grants(&program.manifest().regions, visit, now_ms);
                let slots: Vec<Option<u32>> =
                    slots.iter().map(|name| program.slot_position(name).map(|slot| slot as u32)).collect();
                let mut outputs = Outputs::new();
                self.answer(room, visit, &grants, &slots, now_ms, &mut outputs, |_, _, _| Vec::new());
                outputs
            }
            Asked::Request(request) => self.respond(room, request),
        }
    }
}

impl Host<'_> {
    /// As an edge answers.
    fn respond(&self, room: &mut Room, request: &Request) -> Outputs {
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
        let intake = intake(bundle, &facts);
        let slots = slots_at(bundle, &request.path);
        let mut outputs = Outputs::new();
        self.answer(room, &intake.visit, &intake.grants, &slots, request.now_ms, &mut outputs, |page, edits, block| {
            let mut headers = format!("cache-control: {}\n", page.cache_policy().header());
            for cookie in intake.remember(page) {
                let _ = writeln!(headers, "set-cookie: {}", cookie.header(true));
            }
            let html = self.pages.get(&request.path).map(|html| self.rewritten(html, edits, block));
            let mut outputs = vec![("headers", headers)];
            outputs.extend(html.map(|html| ("page", html)));
            outputs
        });
        // The same request may carry what the page noted, in this consent epoch and in another.
        // A kind that every site has, so that its own rules are asked too.
        let detail = [("slot", "any"), ("reason", "DEFAULT")];
        let detail: BTreeMap<String, Value> = detail.map(|(name, text)| (name.into(), Value::Text(text.into()))).into();
        let event = |epoch| Event {
            name: EXPOSURE.into(),
            at: request.now_ms as f64,
            epoch,
            detail: detail.clone(),
            ..Event::default()
        };
        let epoch = intake.grants.epoch;
        let beacon = Beacon { v: 1, events: vec![event(epoch), event(epoch.wrapping_add(1))] };
        let sender =
            Sender { grants: &intake.grants, visitor: intake.stored_id(), traffic: Traffic::of(&header), rules: None };
        outputs.push(("events", events::lines(&beacon, sender, request.now_ms).join("\n")));
        outputs
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
        match rewrite(html, &changes, block) {
            Ok(page) => format!("{}\n{:?}", page.html, page.missed),
            Err(why) => format!("left as it was: {why}"),
        }
    }

    /// Decides, and says all that is said of it. `then` adds what only a request has.
    #[expect(clippy::too_many_arguments, reason = "one call for two doors; a struct would be named once and read once")]
    fn answer(
        &self,
        room: &mut Room,
        visit: &Visit,
        grants: &Grants,
        slots: &[Option<u32>],
        now_ms: i64,
        outputs: &mut Outputs,
        then: impl FnOnce(&Page, &[Edit<'_>], &str) -> Outputs,
    ) {
        let bundle = &self.opened.bundle;
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

        let cache: Vec<&str> = page.decisions.iter().map(|decision| decision.cache_policy().name()).collect();
        outputs.push(("cache policy", cache.join(" ")));
        let explained = self.explained(visit, &permitted, page, now_ms);
        outputs.push(("explanation", serde_json::to_string(&explained).unwrap_or_default()));
        outputs.push(("sentences", explained.iter().map(text).collect()));
        outputs.push(("log", lines(bundle, &permitted, page, visit, now_ms).join("\n")));

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
