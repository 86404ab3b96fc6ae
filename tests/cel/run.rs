//! The conformance tests through the whole path: as they are, and with their literals lifted into attributes.
//!
//! A test as it is written is mostly constants, so the checker answers it. Lifted, `3 > 2` is `k0 > k1` for a visit with 3 and 2: the
//! engine answers.

use std::ops::Range;

use selvedge::engine::explain::Verdict;
use selvedge::words::Visit;
use serde_json::{Map, Value as Json, json};

use crate::official::{Expected, Stated, Test, lifted};
use crate::panel::{Panel, Refusal, refusals};
use crate::scan::{Piece, scan};

/// How a test came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Passed,
    /// It is about an error, and does not build.
    Rejected,
    /// The profile has no such thing: the reason.
    Outside(String),
    Failed(String),
}

/// Both runs of a test.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) constant: Class,
    /// How many literals were lifted, and how it came out then; `None` where nothing could be.
    pub(crate) lifted: Option<(usize, Class)>,
}

impl Outcome {
    /// Both runs as one. A checker works constants out, and refuses some that an engine has an answer for.
    pub(crate) fn class(&self) -> &Class {
        match (&self.constant, &self.lifted) {
            (Class::Failed(_), _) => &self.constant,
            (_, Some((_, failed @ Class::Failed(_)))) => failed,
            (Class::Outside(_), Some((_, passed @ Class::Passed))) => passed,
            (constant, _) => constant,
        }
    }
}

/// A row with some of its literals in attributes.
#[derive(Clone, Debug, Default)]
struct Variant {
    row: String,
    declared: String,
    values: Map<String, Json>,
    count: usize,
}

/// Tests in one site.
const BATCH: usize = 400;

/// Runs every test.
pub(crate) fn run(tests: &[Test]) -> Vec<Outcome> {
    let outside = |reason: String| Outcome { constant: Class::Outside(reason), lifted: None };
    let stated: Vec<Result<Stated, String>> =
        tests.iter().enumerate().map(|(number, test)| test.stated(&format!("t{number}"))).collect();
    let mut results: Vec<Outcome> =
        stated.iter().map(|stated| outside(stated.as_ref().err().cloned().unwrap_or_default())).collect();
    let stated: Vec<(usize, Stated)> =
        stated.into_iter().enumerate().filter_map(|(number, stated)| Some((number, stated.ok()?))).collect();
    for batch in stated.chunks(BATCH) {
        let plain = conditions(batch);
        for ((number, stated), answer) in batch.iter().zip(answers(&plain)) {
            results[*number].constant = classify(&tests[*number], stated.expected, answer);
        }
        let lifted = lift(batch, &plain);
        for (((number, stated), answer), variant) in batch.iter().zip(answers(&lifted)).zip(&lifted) {
            if variant.count > 0 {
                let class = classify(&tests[*number], stated.expected, answer);
                results[*number].lifted = Some((variant.count, class));
            }
        }
    }
    results
}

/// Whether each test could be written: its condition, or why not.
pub(crate) fn checked(stated: &[(usize, Stated)]) -> Vec<Option<Refusal>> {
    let batches = stated.chunks(BATCH).map(|batch| refused(&conditions(batch)));
    batches.flatten().collect()
}

/// The row of each test that is a condition, with nothing lifted.
fn conditions(batch: &[(usize, Stated)]) -> Vec<Variant> {
    let variant = |row: &str, stated: &Stated| Variant {
        row: row.to_owned(),
        declared: stated.declared.clone(),
        values: stated.values.clone(),
        count: 0,
    };
    let mut variants: Vec<Variant> = batch.iter().map(|(_, stated)| variant(&stated.rows[0], stated)).collect();
    let refused = refused(&variants);
    for (((_, stated), refusal), row) in batch.iter().zip(refused).zip(&mut variants) {
        if let (Some(Refusal { code: NO_CONDITION, .. }), Some(other)) = (refusal, stated.rows.get(1)) {
            *row = variant(other, stated);
        }
    }
    variants
}

/// As many literals of each row in attributes as the profile takes there: all of them, or else one after the other.
fn lift(batch: &[(usize, Stated)], plain: &[Variant]) -> Vec<Variant> {
    let prefixes: Vec<String> = batch.iter().map(|(number, _)| format!("t{number}")).collect();
    let pieces: Vec<Vec<Piece>> = plain
        .iter()
        .map(|variant| scan(&variant.row).into_iter().filter(|piece| lifted(piece, "").is_some()).collect())
        .collect();
    let every: Vec<Vec<&Piece>> = pieces.iter().map(|pieces| apart(pieces)).collect();
    let with = |position: usize, chosen: &[&Piece]| with(&plain[position], chosen, &prefixes[position]);
    let all: Vec<Variant> = every.iter().enumerate().map(|(position, chosen)| with(position, chosen)).collect();
    let done: Vec<bool> = refused(&all).iter().map(Option::is_none).collect();
    let mut chosen: Vec<Vec<&Piece>> = vec![Vec::new(); plain.len()];
    for round in 0..pieces.iter().map(Vec::len).max().unwrap_or(0) {
        let mut tried: Vec<(usize, Vec<&Piece>)> = Vec::new();
        for (position, pieces) in pieces.iter().enumerate().filter(|(position, _)| !done[*position]) {
            let Some(next) = pieces.get(round) else { continue };
            if chosen[position].iter().all(|piece| !overlap(&piece.span, &next.span)) {
                tried.push((position, [chosen[position].clone(), vec![next]].concat()));
            }
        }
        let variants: Vec<Variant> = tried.iter().map(|(position, chosen)| with(*position, chosen)).collect();
        for ((position, more), refusal) in tried.into_iter().zip(refused(&variants)) {
            if refusal.is_none() {
                chosen[position] = more;
            }
        }
    }
    let best = |(position, all): (usize, Variant)| if done[position] { all } else { with(position, &chosen[position]) };
    all.into_iter().enumerate().map(best).collect()
}

/// The row with these pieces as attributes.
fn with(plain: &Variant, chosen: &[&Piece], prefix: &str) -> Variant {
    let mut variant = Variant { count: chosen.len(), ..plain.clone() };
    let mut by_place: Vec<&&Piece> = chosen.iter().collect();
    by_place.sort_by_key(|piece| piece.span.start);
    for (number, piece) in by_place.into_iter().enumerate().rev() {
        let name = format!("{prefix}.k{number}");
        let (entry, value) = lifted(piece, &name).expect("only what can be lifted is chosen");
        variant.row.replace_range(piece.span.clone(), &name);
        variant.declared += &entry;
        variant.values.insert(name, value);
    }
    variant
}

/// Pieces that do not overlap, wholes before their parts.
fn apart(pieces: &[Piece]) -> Vec<&Piece> {
    let mut chosen: Vec<&Piece> = Vec::new();
    for piece in pieces {
        if chosen.iter().all(|other| !overlap(&other.span, &piece.span)) {
            chosen.push(piece);
        }
    }
    chosen
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

fn catalogue(variants: &[Variant]) -> String {
    variants.iter().map(|variant| variant.declared.as_str()).collect()
}

fn rows(variants: &[Variant]) -> Vec<String> {
    variants.iter().map(|variant| variant.row.clone()).collect()
}

fn refused(variants: &[Variant]) -> Vec<Option<Refusal>> {
    refusals(&catalogue(variants), &rows(variants))
}

/// What each row comes to, or why it is refused.
fn answers(variants: &[Variant]) -> Vec<Result<Verdict, Refusal>> {
    let mut panel = Panel::new(&catalogue(variants), &rows(variants));
    let attributes: Map<String, Json> = variants.iter().flat_map(|variant| variant.values.clone()).collect();
    let visit = json!({ "attributes": attributes, "grants": { "contextual": true } });
    let truths = panel.truths(&serde_json::from_value::<Visit>(visit).expect("a made visit is one"));
    let refusals = panel.refusals().iter().cloned();
    refusals.zip(truths).map(|(refusal, truth)| refusal.map_or(Ok(truth), Err)).collect()
}

fn classify(test: &Test, expected: Expected, answer: Result<Verdict, Refusal>) -> Class {
    match (expected, answer) {
        (Expected::Checked, Ok(_)) => Class::Passed,
        (Expected::Truth(true), Ok(Verdict::True))
        | (Expected::Truth(false), Ok(Verdict::False))
        | (Expected::Error, Ok(Verdict::Unknown)) => Class::Passed,
        (_, Ok(verdict)) => Class::Failed(format!("it is {}", verdict.name())),
        (_, Err(refusal)) => refused_as(test, expected, &refusal),
    }
}

fn refused_as(test: &Test, expected: Expected, refusal: &Refusal) -> Class {
    // An error early rather than late; or a test that is not to be checked, which cel-go's checker refuses as ours does.
    let is_offered = !matches!(refusal.code, UNKNOWN_NAME | NOT_OFFERED | OVER_BUDGET);
    match refusal.code {
        // An extension that is not there proves nothing by being refused.
        _ if !is_offered && test.file.ends_with("_ext") => Class::Outside(reason(refusal)),
        _ if expected == Expected::Error && (is_offered || test.is_for_a_checker()) => Class::Rejected,
        _ if test.is_unchecked() && test.error.is_some() => Class::Rejected,
        SLIP if !test.parses => Class::Outside("a syntax that only an extension of CEL has".to_owned()),
        SLIP => Class::Failed(format!("valid CEL is refused as a slip: {}", refusal.what)),
        _ => Class::Outside(reason(refusal)),
    }
}

/// Codes of rows, as `selvedge` prints them: what they stand for does not change.
pub(crate) const SLIP: &str = "SV2001";
const UNKNOWN_NAME: &str = "SV2002";
const NOT_OFFERED: &str = "SV2006";
const NO_CONDITION: &str = "SV2007";
const OVER_BUDGET: &str = "SV2009";

/// The finding without what is particular to one row.
pub(crate) fn reason(refusal: &Refusal) -> String {
    let mut words = String::new();
    // What is called says which part of CEL is missing; attributes and values do not.
    let keep = refusal.what.contains("function") || refusal.code == NOT_OFFERED;
    for (number, part) in refusal.what.split('`').enumerate() {
        words += if number % 2 == 0 || keep { part } else { "…" };
    }
    format!("{} {words}", refusal.code)
}
