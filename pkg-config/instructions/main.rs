//! The program whose instructions `cargo xtask instructions` counts: one function a phase, never inlined.
//!
//! Takes a built folder and a phase, opens its bundle, permits and decides a hundred visits. It never measures time, and whoever counts its
//! instructions names the function to count. Signatures are taken as they are: what is counted comes after them.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use selvedge::bundle::Bundle;
use selvedge::consent::{Grants, grants};
use selvedge::engine::{Given, Page, Permitted, Visitor, Workspace, all_slots, decide_into, permit};
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
    let (program, index) = admitted(&folder, now_ms);
    let bundle = phase_open(program, index);

    let visits: Vec<Visit> = (0..VISITS).map(visit).collect();
    let regions = &bundle.program().manifest().regions;
    let granted: Vec<Grants> = visits.iter().map(|visit| grants(regions, visit, now_ms)).collect();
    let mut permitted = Vec::with_capacity(visits.len());
    phase_permit(&bundle, &visits, &granted, now_ms, &mut permitted);

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

fn admitted(folder: &str, now_ms: i64) -> (Verified, Verified) {
    let read = |path: &str| std::fs::read(format!("{folder}{path}")).expect("a file of the build");
    let (root, head) = (read(&layout::root(ENVIRONMENT, 1)), read(&layout::head(ENVIRONMENT)));
    let (repository, _) = trust::claimed_scope(&root).expect("a root");
    let scope = Scope { repository: &repository, environment: ENVIRONMENT };
    let opening = Opening::begin(&root, &head, &scope, now_ms, Floor::default()).expect("a head");
    let answers: Vec<Answer> = opening.jobs().iter().map(answer).collect();
    let release = opening.finish(&answers, Expiry::AllowStale).expect("a release");
    let part = |kind: Kind| {
        let at = release.targets().iter().position(|target| target.kind == kind).expect("every build has it");
        let received = release.receive(at, read(&release.path(at).expect("a path"))).expect("a payload");
        let answer = answer(&received.job());
        received.admit(&answer).expect("its hash")
    };
    (part(Kind::Program), part(Kind::Index))
}

fn answer(job: &Job<'_>) -> Answer {
    match job {
        Job::Verify { .. } => Answer::Verified(true),
        Job::Hash { bytes } => Answer::Hash(Sha256::digest(bytes).into()),
    }
}
