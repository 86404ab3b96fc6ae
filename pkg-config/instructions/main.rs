//! The program whose instructions `cargo xtask instructions` counts: one function a phase, never inlined.
//!
//! Takes a built folder and a phase, opens its bundle, permits and decides a hundred visits, and makes a hundred pages. It never measures time, and whoever counts its
//! instructions names the function to count. Signatures are taken as they are: what is counted comes after them.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use selvedge::bundle::Bundle;
use selvedge::consent::{Grants, grants};
use selvedge::engine::{Given, Page, Permitted, Visitor, Workspace, all_slots, decide_into, permit};
use selvedge::page::{
    Asked, Deployment, Encoding, Host, Passage, Request, Scratch, SlotChange, Who, begin, normal_path, slots_at,
};
use selvedge::trust::{self, Answer, Expiry, Floor, Job, Kind, Opening, Scope, Verified, layout};
use selvedge::words::Purpose;
use selvedge::words::{Choice, Map, PurposeKey, Value, Visit};
use sha2::{Digest as _, Sha256};

const VISITS: i64 = 100;
const ENVIRONMENT: &str = "development";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (folder, phase) = (arguments.next().expect("a built folder"), arguments.next().expect("a phase"));
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let (program, index, chunks) = admitted(&folder, now_ms);
    let bundle = phase_open(program, index);

    let visits: Vec<Visit> = (0..VISITS).map(visit).collect();
    let regions = &bundle.program().manifest().regions;
    let granted: Vec<Grants> = visits.iter().map(|visit| grants(regions, visit, now_ms)).collect();
    let mut permitted = Vec::with_capacity(visits.len());
    phase_permit(&bundle, &visits, &granted, now_ms, &mut permitted);

    let (html, begins) = html();
    let mut scratch = Scratch::default();
    if phase == "page" {
        // The first one makes what the others use again.
        one_page(&bundle, &chunks, (&html, &begins), VISITS, now_ms, &mut scratch);
        phase_page(&bundle, &chunks, (&html, &begins), now_ms, &mut scratch);
    }

    let all = all_slots(&bundle);
    let position = |name: &str| bundle.program().slot_position(name).map(|slot| slot as u32);
    let slots = match phase.as_str() {
        "one" => &[position("page.s500")][..],
        "long" => &[position("long")],
        _ => &all,
    };
    let (mut workspace, mut page) = (Workspace::default(), Page::default());
    // What is counted is the work of a host that is warm.
    decide_into(&bundle, &permitted[0], slots, &mut workspace, &mut page);
    phase_decide(&bundle, &permitted, slots, &mut workspace, &mut page);

    let mut visitors: Vec<Visitor> =
        visits.iter().zip(granted).map(|(visit, grants)| met(&bundle, visit, grants, now_ms)).collect();
    phase_glance(&bundle, &mut visitors);
}

#[inline(never)]
fn phase_open(program: Verified, index: Verified) -> Bundle {
    Bundle::open(program, index).expect("the bundle opens")
}

// No closures in here: their names begin like the function's, and the counting would stop where one begins.
#[inline(never)]
fn phase_permit<'v>(
    bundle: &'v Bundle,
    visits: &'v [Visit],
    granted: &[Grants],
    now_ms: i64,
    permitted: &mut Vec<Permitted<'v>>,
) {
    for (visit, grants) in visits.iter().zip(granted) {
        permitted.push(permit(bundle, visit, grants, now_ms));
    }
}

#[inline(never)]
fn phase_decide(
    bundle: &Bundle,
    visits: &[Permitted<'_>],
    slots: &[Option<u32>],
    workspace: &mut Workspace,
    page: &mut Page,
) {
    for permitted in visits {
        decide_into(bundle, permitted, slots, workspace, page);
        black_box(&mut *page);
    }
}

#[inline(never)]
fn phase_glance(bundle: &Bundle, visitors: &mut [Visitor]) {
    for visitor in visitors {
        visitor.every(bundle, |slot, glance| {
            black_box((slot, glance));
        });
    }
}

/// Makes pages by the calls that a Worker makes between those of its runtime.
#[inline(never)]
fn phase_page(
    bundle: &Bundle,
    chunks: &[Verified],
    (html, begins): (&str, &[usize]),
    now_ms: i64,
    scratch: &mut Scratch,
) {
    for number in 0..VISITS {
        one_page(bundle, chunks, (html, begins), number, now_ms, scratch);
    }
}

#[inline(never)]
fn one_page(
    bundle: &Bundle,
    chunks: &[Verified],
    (html, begins): (&str, &[usize]),
    number: i64,
    now_ms: i64,
    scratch: &mut Scratch,
) {
    let url = format!("/p/{number}");
    let path = normal_path(&url);
    let header = |name: &str| match name {
        "cookie" => {
            Some("selvedge-consent=v=1&epoch=1&functional=1&analytics=1&personalization=1&storage=1".to_owned())
        }
        "accept" => Some("text/html,*/*;q=0.8".to_owned()),
        "accept-language" => Some("de-DE,de;q=0.9,en;q=0.5".to_owned()),
        "user-agent" => {
            Some("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36".to_owned())
        }
        _ => None,
    };
    let randomness = format!("{number:032x}");
    let slots = slots_at(bundle, &path);
    let request = Request {
        path: &path,
        query: "",
        country: Some("DE"),
        region: Some("DE"),
        header: &header,
        now_ms,
        randomness: &randomness,
        edit: None,
    };
    let begun = begin(bundle, &Asked { slots: Some(&slots), ..Asked::of(Who::Request(&request)) }, scratch);
    assert_eq!(begun.edits().len(), begins.len(), "every slot of the page shows something");
    let body = |chunk: usize| chunks.get(chunk).map(Verified::bytes);
    let deployment =
        Deployment { environment: ENVIRONMENT, root: "", root_version: 1, cookie: None, nonce: &randomness };
    let answer = begun.finish(&body, &Host { deployment, recording: None, key: None }).expect("the content is there");
    let mut passage = Passage::new(answer.changes.iter().map(SlotChange::from).collect(), 0, Encoding::Utf8);
    let (mut out, mut passed) = (0, 0);
    for (change, begin) in begins.iter().enumerate() {
        out += passage.push(&html.as_bytes()[passed..*begin]).len();
        passed = *begin;
        passage.found(change, true, &html.as_bytes()[..passed], true);
    }
    for piece in html.as_bytes()[passed..].chunks(4096) {
        out += passage.push(piece).len();
    }
    out += passage.end().len() + passage.block(&answer.block, html.as_bytes()).len();
    assert!(passage.missed().is_empty() && out > html.len(), "every slot was changed");
    black_box((answer.headers(String::new(), true), answer.lines, out));
}

/// A page of 20 KB, and where the elements of its slots begin: in its first quarter.
fn html() -> (String, Vec<usize>) {
    let mut html = "<!doctype html><html lang=en><head><title>Shop</title></head><body><main>\n".to_owned();
    let mut begins = Vec::new();
    for number in 0.. {
        html +=
            &format!("<article><h3>Piece {number}</h3><p>Of wool &amp; linen, in <b>four</b> sizes.</p></article>\n");
        if begins.len() < 5 && html.len() > 900 * (begins.len() + 1) {
            begins.push(html.len());
            html += &format!("<div id=p{}><h2>The house's own</h2><p>What everybody sees.</p></div>", begins.len() - 1);
        }
        if html.len() > 20_000 {
            break;
        }
    }
    (html + "</main></body></html>\n", begins)
}

/// A visitor whose values were handed over.
fn met(bundle: &Bundle, visit: &Visit, grants: Grants, now_ms: i64) -> Visitor {
    let mut visitor = Visitor::default();
    let attributes = bundle.program().manifest().attributes.iter().enumerate();
    let mut each = |each: &mut dyn FnMut(usize, Given<'_>)| {
        for (position, attribute) in attributes.clone() {
            if let Some(value) = visit.attributes.get(&attribute.name) {
                each(position, Given::from(value));
            }
        }
    };
    visitor.meet(bundle, visit, grants, &mut each, now_ms);
    visitor
}

/// A visitor who permits everything, with a value for each attribute of the site.
fn visit(number: i64) -> Visit {
    let mut attributes = Map::new();
    for attribute in 0..8 {
        let value = number * (attribute + 3) % 40;
        attributes.insert(format!("visit.text{attribute}"), Value::Text(format!("v{value}")));
    }
    for attribute in 0..4 {
        attributes.insert(format!("visit.number{attribute}"), Value::Int(number * (7 + attribute) % 100));
    }
    let mut visit = Visit { attributes, ..Visit::default() };
    visit.grants = Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(Choice::Granted))).collect();
    visit.identity.visitor = Some(format!("visitor{number}"));
    visit
}

fn admitted(folder: &str, now_ms: i64) -> (Verified, Verified, Vec<Verified>) {
    let read = |path: &str| std::fs::read(format!("{folder}{path}")).expect("a file of the build");
    let (root, head) = (read(&layout::root(ENVIRONMENT, 1)), read(&layout::head(ENVIRONMENT)));
    let (repository, _) = trust::claimed_scope(&root).expect("a root");
    let scope = Scope { repository: &repository, environment: ENVIRONMENT };
    let opening = Opening::begin(&root, &head, &scope, now_ms, Floor::default()).expect("a head");
    let answers: Vec<Answer> = opening.jobs().iter().map(answer).collect();
    let release = opening.finish(&answers, Expiry::AllowStale).expect("a release");
    let admit = |at: usize| {
        let received = release.receive(at, read(&release.path(at).expect("a path"))).expect("a payload");
        let answer = answer(&received.job());
        received.admit(&answer).expect("its hash")
    };
    let parts = |kind: Kind| release.targets_of(kind).map(admit).collect::<Vec<_>>();
    let part = |kind: Kind| parts(kind).pop().expect("every build has it");
    (part(Kind::Program), part(Kind::Index), parts(Kind::Chunk))
}

fn answer(job: &Job<'_>) -> Answer {
    match job {
        Job::Verify { .. } => Answer::Verified(true),
        Job::Hash { bytes } => Answer::Hash(Sha256::digest(bytes).into()),
    }
}
