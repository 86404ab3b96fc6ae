//! The product as a [`System`]: the code that every host runs, and everything that leaves it because of a visitor.
//!
//! It answers by the functions that the Worker and the preview answer by: [`begin`], `finish`, and [`page::receive`] for the
//! beacon that the page sends. It also gives the outputs for people: explanations, and the panel's words about permissions.

use std::collections::BTreeMap;

use serde::Deserialize as _;

use crate::bundle::Bundle;
use crate::bundle::journeys::{Earlier, Journeys, mark};
use crate::cli::open::Opened;
use crate::cli::serve::api as panel;
use crate::cli::serve::rewrite::rewrite;
use crate::consent::revocation as withdrawal;
use crate::consent::revocation::list::{self, Revocations};
use crate::engine::{Given, Page, Permitted, Visitor, write_page};
use crate::explain::{Asked as Question, SlotExplanation, explain, text, withdrawn};
use crate::log::audit::{Draft, Which};
use crate::log::events::{Beacon, Event};
use crate::log::key::Key;
use crate::log::lines;
use crate::log::measure::MeasureKey;
use crate::log::ratchet::Ratchet;
use crate::page::{self, AccountFrom, Answer, Begun, Course, Deployment, Encoding, Person, Pins, Scratch, Who, begin};
use crate::report::interference::{ACCOUNT_HEADER, Asked, Outputs, Request, System};

/// A host of one bundle.
#[derive(Debug)]
pub struct Host<'o> {
    opened: &'o Opened,
    environment: &'o str,
    /// The origin's pages by path.
    pages: BTreeMap<String, String>,
    /// The journeys of the site, with the earlier release that they may end with.
    journeys: Journeys,
    earlier: Option<&'o Opened>,
}

/// The state that a host keeps from one visitor to the next.
#[derive(Debug, Default)]
pub struct Room {
    scratch: Scratch,
    visitor: Visitor,
}

impl<'o> Host<'o> {
    /// A host in front of these pages.
    pub fn new(opened: &'o Opened, environment: &'o str, pages: BTreeMap<String, String>) -> Self {
        let journeys = opened.journeys.clone().unwrap_or_default();
        Self { opened, environment, pages, journeys, earlier: None }
    }

    /// The same, with an earlier release that journeys may end with at any time.
    pub fn with_earlier(mut self, earlier: &'o Opened) -> Self {
        let mark = mark(earlier.release.targets());
        self.journeys.earlier = vec![Earlier { mark, until_ms: i64::MAX, head: Vec::new() }];
        self.earlier = Some(earlier);
        self
    }
}

impl System for Host<'_> {
    type Room = Room;

    fn outputs(&self, room: &mut Room, asked: &Asked<'_>) -> Outputs {
        match asked {
            Asked::Visit(visit, slots) => {
                let position = |name: &&str| self.opened.bundle.program().slot_position(name).map(|slot| slot as u32);
                let slots: Vec<Option<u32>> = slots.iter().map(position).collect();
                let who = Who::Visit(visit, visit.now.map_or(0, |now| now.0));
                self.answer(room, page::Asked { slots: Some(&slots), ..page::Asked::of(who) }, None)
            }
            Asked::Request(request) => self.respond(room, request),
        }
    }
}

impl Host<'_> {
    /// As an edge answers: the page, and the beacon that the page sends.
    fn respond(&self, room: &mut Room, asked: &Request) -> Outputs {
        let header = |name: &str| asked.headers.get(name).cloned();
        let request = page::Request {
            path: &asked.path,
            query: &asked.query,
            country: asked.country.as_deref(),
            region: asked.region.as_deref(),
            header: &header,
            now_ms: asked.now_ms,
            randomness: &asked.randomness,
            edit: None,
        };
        let (list, key) = withdrawals(asked);
        let find =
            |unit, id: &str| Revocations::of_checked(&list).map(|list| key.find(&list, unit, id)).unwrap_or_default();
        let account = AccountFrom::Header(ACCOUNT_HEADER.into());
        let person = Person { account: Some(&account), find: &find };
        let of_page = page::Asked { person: Some(person), ..page::Asked::of(Who::Request(&request)) };
        let html = self.pages.get(&asked.path).map_or("", String::as_str);
        let mut outputs = self.answer(room, of_page, Some(html));
        if !self.journeys.journeys.is_empty() {
            outputs.push(("page on a journey", self.on_a_journey(&of_page, &request)));
        }

        let events = asked.events.iter().filter_map(|event| Event::deserialize(event).ok()).collect();
        let beacon = Beacon { v: 1, events };
        let lines = page::receive(&self.opened.bundle, &request, Some(&person), Some(&measuring()), &beacon);
        outputs.push(("events", lines.join("\n")));
        outputs
    }

    /// Decides, and gives all outputs about it. With the origin's page, it gives the changed page too.
    fn answer(&self, room: &mut Room, asked: page::Asked<'_, '_>, html: Option<&str>) -> Outputs {
        let bundle = &self.opened.bundle;
        // First as with a bundle past its expiry, in the same scratch.
        let old = {
            let stale = begin(bundle, &page::Asked { is_stale: true, ..asked }, &mut room.scratch);
            let lines =
                lines(bundle, stale.permitted(), stale.page(), stale.visit(), Some(&measuring()), stale.now_ms());
            answer(bundle, stale.permitted(), stale.page()) + "\n" + &lines.join("\n")
        };
        let begun = begin(bundle, &asked, &mut room.scratch);
        let (visit, grants, permitted, page) = (begun.visit(), begun.grants(), begun.permitted(), begun.page());
        let mut outputs = vec![("decisions", answer(bundle, permitted, page))];

        let manifest = bundle.program().manifest();
        let each = &mut |each: &mut dyn FnMut(usize, Given<'_>)| {
            for (position, attribute) in manifest.attributes.iter().enumerate() {
                if let Some(value) = visit.attributes.get(&attribute.name) {
                    each(position, Given::from(value));
                }
            }
        };
        let slots: Vec<Option<u32>> = page.decisions.iter().map(|decision| decision.slot).collect();
        room.visitor.meet(bundle, visit, grants.clone(), each, begun.now_ms());
        let kept = room.visitor.decide(bundle, &slots).map(|(permitted, page)| answer(bundle, permitted, page));
        outputs.push(("decisions of a kept visitor", kept.unwrap_or_default()));
        outputs.push(("decisions of an old bundle", old));

        let cache: Vec<&str> = page.decisions.iter().map(|decision| decision.cache_policy().name()).collect();
        outputs.push(("cache policy", cache.join(" ")));
        let explained = self.explained(&begun);
        outputs.push(("explanation", serde_json::to_string(&explained).unwrap_or_default()));
        outputs.push(("sentences", explained.iter().map(text).collect()));
        let permissions = panel::purposes(&manifest.regions, grants, visit.minor, grants.granted());
        outputs.push(("panel", serde_json::to_string(&permissions).unwrap_or_default()));
        outputs.push(("audit record", KEY.with(|key| audited(&begun, key))));

        let edits = begun.edits().iter();
        let edits = edits.map(|edit| format!("{} {} {:?}\n", edit.slot.name, edit.content, edit.variant));
        outputs.push(("edits", edits.collect()));
        let deployment = Deployment {
            environment: self.environment,
            root: &self.opened.root,
            root_version: 1,
            cookie: None,
            nonce: "0",
        };
        let body = |chunk: usize| self.opened.chunks.get(chunk).map(Vec::as_slice);
        match begun.finish(&body, &page::Host { deployment, recording: None, key: Some(&measuring()) }) {
            Err(content) => outputs.push(("page", format!("unchanged: `{content}` is missing"))),
            Ok(answer) => {
                let exposures = answer.exposures.iter().map(|exposure| &exposure.line);
                let lines: Vec<&str> = answer.lines.iter().chain(exposures).map(String::as_str).collect();
                outputs.push(("log", lines.join("\n")));
                outputs.push(("cache", page::cache_control(answer.cache, None)));
                // How long it took is outside the comparison.
                let headers = answer.headers("selvedge".into(), true).into_iter();
                let headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
                outputs.push(("data block", answer.block.clone()));
                if let Some(html) = html {
                    outputs.push(("headers", headers.join("\n")));
                    outputs.push(("page", rewritten(html, &answer)));
                }
            }
        }
        outputs
    }

    /// What leaves a host because of a page that several releases decide.
    fn on_a_journey(&self, of_page: &page::Asked<'_, '_>, request: &page::Request<'_>) -> String {
        let bundle = &self.opened.bundle;
        let own = mark(self.opened.release.targets());
        let course = Course { journeys: &self.journeys, own, now_ms: request.now_ms };
        let (arrived, _) = page::arrive(bundle, request, of_page.person.as_ref());
        let header = (request.header)("cookie").unwrap_or_default();
        let pins = Pins::read(&course, &header, &arrived.grants);
        let slots = page::slots_at(bundle, request.path);
        let open = |_| self.earlier.map(|earlier| &earlier.bundle);
        let (current, shares) = pins.shares(&course, bundle, &slots, request.path, &open);
        let mut scratches = [Scratch::default(), Scratch::default()];
        let [new, old] = &mut scratches;
        let current = begin(bundle, &page::Asked { slots: Some(&current), ..*of_page }, new);
        let earlier = self.earlier.zip(shares.first());
        let earlier = earlier.map(|(opened, (_, slots))| {
            (opened, begin(&opened.bundle, &page::Asked { slots: Some(slots), ..*of_page }, old))
        });
        let deployment =
            Deployment { environment: self.environment, root: "", root_version: 1, cookie: None, nonce: "0" };
        let decided: Vec<&Begun<'_>> = [&current].into_iter().chain(earlier.iter().map(|(_, begun)| begun)).collect();
        let cookie = pins.cookie(&course, request.path, &decided);
        let measure = measuring();
        let host = page::Host { deployment, recording: None, key: Some(&measure) };
        let mut out: Vec<String> = finished(self.opened, &current, &host).into_iter().collect();
        out.extend(earlier.iter().filter_map(|(opened, begun)| finished(opened, begun, &host)));
        out.extend(cookie.map(|cookie| cookie.header(true)));
        out.join("\n")
    }

    fn explained(&self, begun: &Begun<'_>) -> Vec<SlotExplanation> {
        let bundle = &self.opened.bundle;
        let Some(debug) = &self.opened.debug else { return Vec::new() };
        let slots: Vec<Option<u32>> = begun.page().decisions.iter().map(|decision| decision.slot).collect();
        let (visit, grants, now_ms) = (begun.visit(), begun.grants(), begun.now_ms());
        let asked = Question { bundle, visit, grants, now_ms, slots: &slots };
        let explained = begun.page().decisions.iter().map(|decision| {
            let mut explanation = explain(bundle, debug, begun.permitted(), begun.page(), decision);
            explanation.otherwise.extend(withdrawn(asked, &explanation));
            explanation
        });
        explained.collect()
    }
}

/// The key of the pseudonyms in log lines. It is the same for both visitors of a pair.
fn measuring() -> MeasureKey {
    MeasureKey::new(1, [8; 32])
}

/// The list of withdrawals on other devices, and its key.
fn withdrawals(asked: &Request) -> (Vec<u8>, withdrawal::Key) {
    let key = withdrawal::Key::new(1, [7; 32]);
    let mut entries: Vec<_> =
        asked.withdrawn.iter().map(|(unit, id, revoked)| (key.mark(*unit, id), *revoked)).collect();
    entries.sort_by_key(|(mark, _)| *mark);
    (list::write(1, key.check(), entries), key)
}

/// What leaves a host because of what one release decided.
fn finished<'a, 's: 'a>(opened: &'a Opened, begun: &Begun<'s>, host: &page::Host<'_>) -> Option<String> {
    let answer = begun.finish(&|chunk| opened.chunks.get(chunk).map(Vec::as_slice), host).ok()?;
    Some(KEY.with(|key| audited(begun, key)) + &told(&answer))
}

/// What an answer says, as one text.
fn told(answer: &Answer<'_>) -> String {
    let exposures = answer.exposures.iter().map(|exposure| exposure.line.as_str());
    let lines: Vec<&str> = answer.lines.iter().map(String::as_str).chain(exposures).collect();
    let changes =
        answer.changes.iter().map(|change| format!("{} {} {}\n", change.slot.name, change.content, change.body));
    format!("{}\n{}\n{:?}\n{}", changes.collect::<String>(), answer.block, answer.cookies, lines.join("\n"))
}

fn rewritten(html: &str, answer: &Answer<'_>) -> String {
    let page = rewrite(html.as_bytes(), Encoding::Utf8, &answer.changes, &answer.block);
    format!("{}\n{:?}", String::from_utf8_lossy(&page.html), page.missed)
}

fn answer(bundle: &Bundle, permitted: &Permitted<'_>, page: &Page) -> String {
    let mut out = String::new();
    write_page(&mut out, bundle, permitted, page, &[]);
    out
}

thread_local! {
    /// A key whose ratchet began in 2020. It remembers the days that it computed.
    static KEY: Key = Key::new(1, [7; 32]).with_ratchet(Ratchet::new(18_262, [8; 32]));
}

/// The audit records of a page, of either kind, with the values that would be sealed. Secret and id are the same for everybody here: what
/// differs comes from the visitor.
fn audited(begun: &Begun<'_>, key: &Key) -> String {
    let record = |which| begun.record(&page::Recording { which, key, id: [9; 16] });
    let records = [Which::All, Which::Sensitive].into_iter().filter_map(record);
    let text = |draft: Draft| {
        let parts: Vec<&str> = draft.parts().iter().map(|part| part.text.as_str()).collect();
        format!("{}\n{}\n", draft.line(), parts.join("\n"))
    };
    records.map(text).collect()
}
