//! The truth of CEL expressions, asked of the whole product.
//!
//! Takes a catalogue and expressions, writes them as an author would, a slot and an experience each, and gives what every visit
//! comes to: true, false or unknown, or the finding that refuses the expression. It shares no code with what it measures but the
//! doors that hosts use.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge::author::diagnostic::{Diagnostic, Severity};
use selvedge::author::site::Site;
use selvedge::author::{Entry, Files, check};
use selvedge::cli::open::{Opened, compiled};
use selvedge::consent::grants;
use selvedge::engine::explain::{Verdict, Verdicts};
use selvedge::engine::{Workspace, all_slots, decide, permit};
use selvedge::words::Purpose;
use selvedge::words::Visit;

/// 2026-11-15T12:00:00Z: when every bundle is issued, and what `now` is unless the visit says otherwise.
pub(crate) const NOW_MS: i64 = 1_794_744_000_000;

/// Why an expression is not in a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code of the first error in it.
    pub(crate) code: &'static str,
    /// Its sentence.
    pub(crate) what: String,
}

/// A site with a slot for each expression.
pub(crate) struct Panel {
    opened: Opened,
    refusals: Vec<Option<Refusal>>,
    /// By expression that was accepted: its slot, and its row as a literal of the program.
    places: Vec<Option<(u32, u32)>>,
    workspace: Workspace,
}

impl Panel {
    /// Checks, compiles, signs and opens. What is refused is left out, so that the rest can be asked.
    pub(crate) fn new(catalogue: &str, expressions: &[String]) -> Self {
        let (site, refusals) = checked(catalogue, expressions);
        let site = site.unwrap_or_else(|| {
            let (site, diagnostics, _) = check(&files(catalogue, expressions, &refusals));
            site.unwrap_or_else(|| panic!("faults beside the expressions: {diagnostics:#?}"))
        });
        let opened = compiled(&site, "development", NOW_MS)
            .unwrap_or_else(|error| panic!("a checked site does not open: {error:#}"));
        let debug = opened.debug.as_ref().expect("a site's own build has its debug file");
        let rows: BTreeMap<&str, u32> =
            debug.experiences.iter().map(|it| (it.name.as_str(), it.rules[0].rows[0].literal)).collect();
        let place = |(number, refusal): (usize, &Option<Refusal>)| {
            let slot = opened.bundle.program().slot_position(&format!("panel.s{number}"));
            refusal.is_none().then(|| (slot.expect("its slot") as u32, rows[format!("e{number}").as_str()]))
        };
        let places = refusals.iter().enumerate().map(place).collect();
        Self { opened, refusals, places, workspace: Workspace::default() }
    }

    /// By expression: why it is not in the site, if it is not.
    pub(crate) fn refusals(&self) -> &[Option<Refusal>] {
        &self.refusals
    }

    /// By expression: what it comes to for this visit. What was refused is unknown.
    ///
    /// Decision and explanation are asked, and have to agree.
    pub(crate) fn truths(&mut self, visit: &Visit) -> Vec<Verdict> {
        let bundle = &self.opened.bundle;
        let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
        let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
        let permitted = permit(bundle, visit, &grants, now_ms);
        let page = decide(bundle, &permitted, &all_slots(bundle), &mut self.workspace);
        let explained = Verdicts::new(bundle, &permitted, Purpose::Personalization);
        let decided: BTreeMap<Option<u32>, Option<u32>> =
            page.decisions.iter().map(|decision| (decision.slot, decision.content)).collect();
        let truth = |place: &Option<(u32, u32)>| {
            let Some((slot, row)) = place else { return Verdict::Unknown };
            let shown = decided[&Some(*slot)].map(|content| bundle.program().content_name(content));
            let decided = match shown {
                Some("yes") => Verdict::True,
                Some("no") => Verdict::False,
                _ => Verdict::Unknown,
            };
            assert_eq!(explained.of(*row), decided, "the explanation tells another truth than the decision");
            decided
        };
        self.places.iter().map(truth).collect()
    }
}

/// By expression: why an author could not write it, if so.
pub(crate) fn refusals(catalogue: &str, expressions: &[String]) -> Vec<Option<Refusal>> {
    checked(catalogue, expressions).1
}

fn checked(catalogue: &str, expressions: &[String]) -> (Option<Site>, Vec<Option<Refusal>>) {
    let mut refusals: Vec<Option<Refusal>> = vec![None; expressions.len()];
    let (site, diagnostics, _) = check(&files(catalogue, expressions, &refusals));
    for found in diagnostics.iter().filter(|found| found.severity == Severity::Error) {
        refusals[blamed(found)].get_or_insert(Refusal { code: found.code, what: found.what.clone() });
    }
    (site, refusals)
}

/// The expression that a finding is about.
fn blamed(found: &Diagnostic) -> usize {
    let file = found.place.file.strip_prefix("experiences/e").and_then(|name| name.strip_suffix(".toml"));
    let number = file.and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("a fault beside the expressions: {found:#?}"))
}

/// The author's files: true shows `yes`, false shows `no`, and unknown neither.
fn files(catalogue: &str, expressions: &[String], refusals: &[Option<Refusal>]) -> Files {
    let mut texts = BTreeMap::from([
        ("selvedge.toml".to_owned(), "name = \"panel\"\nlocales = { default = \"en\" }\n".to_owned()),
        ("attributes.toml".to_owned(), catalogue.to_owned()),
    ]);
    for name in ["yes", "no"] {
        texts.insert(format!("content/{name}.toml"), format!("[locale.en]\nhtml = \"{name}\"\n"));
    }
    let mut slots = String::new();
    for (number, expression) in expressions.iter().enumerate() {
        let _ = writeln!(slots, "[panel.s{number}]\nselector = \"#s{number}\"\nchange = \"inner\"");
        if refusals[number].is_none() {
            let row = quoted(expression);
            let rule = |group: &str, show: &str| format!("[[rule]]\n{group} = [{row}]\nshow = \"{show}\"\n");
            let rules = rule("all", "yes") + &rule("none", "no");
            texts.insert(format!("experiences/e{number}.toml"), format!("slot = \"panel.s{number}\"\n{rules}"));
        }
    }
    texts.insert("slots.toml".to_owned(), slots);
    let entries = texts.into_iter().map(|(path, text)| (path, Entry::Bytes(text.into_bytes())));
    Files { entries: entries.collect(), ..Files::default() }
}

/// A basic string of TOML; CEL reads the same escapes.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\0'..='\u{1f}' | '\u{7f}' => _ = write!(quoted, "\\u{:04X}", character as u32),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
