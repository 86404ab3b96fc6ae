//! Random expressions and contexts, asked of the product and of the crate `cel`: true is true, false is false, and an error over there
//! is unknown here.
//!
//! `SELVEDGE_CASES` sets how many pairs are tried, `SELVEDGE_SEED` where they start.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use selvedge::engine::explain::Verdict;
use selvedge::words::Visit;
use serde_json::{Map, Value as Json, json};

use crate::dice::Dice;
use crate::generate::{ADDRESSES, MOMENTS, Maker, TEXTS, VERSIONS, Written, theirs};
use crate::panel::{NOW_MS, Panel};

/// Expressions of a site, and contexts that they are asked in.
const EXPRESSIONS: usize = 200;
const CONTEXTS: usize = 50;

/// Where the two mean different things, each with what it is here and over there. None of these is generated.
const DEVIATIONS: &[(&str, &str, Verdict, char)] = &[
    (
        "over there an int is compared with a double as a double; the language compares them as numbers",
        "9007199254740993 == 9007199254740992.0",
        Verdict::False,
        'T',
    ),
    (
        "over there an order with what is not a number is an error; the language calls it false",
        "v.d1 / v.d1 < 1.0",
        Verdict::False,
        'E',
    ),
    (
        "over there the parts of a moment are those of the offset that it is written with; the language means UTC",
        "timestamp(\"2026-03-29T01:30:00+01:00\").getHours() == 0",
        Verdict::True,
        'F',
    ),
    (
        "over there the milliseconds of a duration are all of them; the language means those of its last second",
        "duration(\"1.5s\").getMilliseconds() == 500",
        Verdict::True,
        'F',
    ),
    ("here nothing is in an empty list, not even what is unknown", "u.i in []", Verdict::False, 'E'),
    (
        "here what a named zone will be after 2070 is not known, unless the moment is a constant",
        "(now + duration(\"876000h\")).getHours(\"America/New_York\") >= 0",
        Verdict::Unknown,
        'T',
    ),
    (
        "here a bool that is absent is no truth to be chosen for a comparison",
        "(v.i0 == null ? v.b0 : v.b1) == (v.i0 == 5)",
        Verdict::Unknown,
        'F',
    ),
];

/// What every host does with the catalogue's attributes: name, type, limits.
const CATALOGUE: &[(&str, &str, &str)] = &[
    ("v.b0", "bool", ""),
    ("v.b1", "bool", ""),
    ("v.i0", "int", ""),
    ("v.i1", "int", ""),
    ("v.d0", "double", ""),
    ("v.d1", "double", ""),
    ("v.s0", "string", ""),
    ("v.s1", "string", ""),
    ("v.y", "symbol", "values = [\"a\", \"b\", \"c\"]"),
    ("v.l0", "list", ""),
    ("v.l1", "list", ""),
    ("o.i", "int", "optional = true"),
    ("o.d", "double", "optional = true"),
    ("o.s", "string", "optional = true"),
    ("w.i", "int", "default = 7"),
    ("r.i", "int", "range = [-10, 10]"),
    ("u.i", "int", "required = true"),
    ("v.w0", "timestamp", ""),
    ("v.v0", "string", ""),
    ("v.v1", "string", ""),
    ("v.a0", "string", ""),
    ("v.a1", "string", ""),
];

/// Asks both, and fails at the first pair that differs.
pub(crate) fn compare(pairs: usize, first_seed: u64) {
    let mut other = Other::start();
    let (mut asked, mut refused) = (0, BTreeMap::<String, usize>::new());
    let (mut used, mut truths) = (BTreeMap::<&str, usize>::new(), [0_usize; 3]);
    let mut sites = 0;
    for seed in first_seed.. {
        if asked >= pairs {
            break;
        }
        sites += 1;
        let dice = &mut Dice::new(seed);
        let contexts: Vec<Context> = (0..CONTEXTS).map(|_| context(dice)).collect();
        let mut maker = Maker::new(dice);
        let written: Vec<Written> = (0..EXPRESSIONS).map(|_| maker.any()).collect();
        for (construct, count) in maker.used {
            *used.entry(construct).or_default() += count;
        }
        let rows: Vec<String> = written.iter().map(|written| written.ours.clone()).collect();
        let mut panel = Panel::new(&catalogue(), &rows);
        for refusal in panel.refusals().iter().flatten() {
            *refused
                .entry(format!("{} {}", refusal.code, refusal.what.split('`').step_by(2).collect::<String>()))
                .or_default() += 1;
        }
        let answers = other.ask(written.iter().map(|written| written.theirs.as_str()), &contexts);
        for (context, answers) in contexts.iter().zip(&answers) {
            let visit: Visit = serde_json::from_value(context.visit.clone()).expect("a made visit is one");
            let ours = panel.truths(&visit);
            for (number, (truth, answer)) in ours.into_iter().zip(answers.chars()).enumerate() {
                if panel.refusals()[number].is_some() {
                    continue;
                }
                asked += 1;
                truths[truth as usize] += 1;
                let Written { ours, theirs } = &written[number];
                assert_eq!(
                    letter(truth),
                    answer,
                    "seed {seed}, expression {number}\nours   {ours}\ntheirs {theirs}\nvisit  {}\nover there {}",
                    context.visit,
                    Json::Object(context.theirs.clone())
                );
            }
        }
    }
    println!(
        "{asked} pairs from seed {first_seed} on {sites} sites, 0 differ: {} true, {} false, {} unknown",
        truths[0], truths[1], truths[2]
    );
    let made = sites * EXPRESSIONS;
    let outside: usize = refused.values().sum();
    println!("{made} expressions, {outside} outside the profile: {refused:#?}");
    println!("constructs generated: {used:#?}");
    assert!(truths.iter().all(|count| *count > asked / 50), "an outcome is hardly ever tried");
    assert!(outside * 5 < made, "the profile refuses too much of what is generated");
}

/// Proves that the named deviations are still there, on both sides.
pub(crate) fn deviations_stand() {
    let rows: Vec<String> = DEVIATIONS.iter().map(|(_, row, ..)| (*row).to_owned()).collect();
    let mut panel = Panel::new(&catalogue(), &rows);
    let visit = json!({ "attributes": { "v.d1": 0.0 }, "grants": { "contextual": true, "personalization": true }, "now": NOW_MS });
    let ours = panel.truths(&serde_json::from_value(visit.clone()).expect("a visit"));
    let absent = CATALOGUE.iter().filter(|(name, ..)| *name != "u.i");
    let absent = absent.map(|(name, ..)| (theirs(name), json!({ "null": null })));
    let mut others: Map<String, Json> = absent.collect();
    others.insert("v_d1".into(), json!({ "double": "0.0" }));
    others.insert("now".into(), json!({ "timestamp": selvedge::words::time::format_rfc3339(NOW_MS) }));
    let nowhere = Context { visit, theirs: others };
    let over_there: Vec<String> = rows.iter().map(|row| row.replace("u.", "u_").replace("v.", "v_")).collect();
    let other = Other::start().ask(over_there.iter().map(String::as_str), &[nowhere]);
    for (number, (name, row, here, there)) in DEVIATIONS.iter().enumerate() {
        assert_eq!(panel.refusals()[number], None, "{name}: {row}");
        assert_eq!((ours[number], other[0].chars().nth(number)), (*here, Some(*there)), "{name}: {row}");
    }
}

fn letter(truth: Verdict) -> char {
    match truth {
        Verdict::True => 'T',
        Verdict::False => 'F',
        Verdict::Unknown => 'E',
    }
}

/// The same in both languages.
struct Context {
    visit: Json,
    theirs: Map<String, Json>,
}

/// A value of each attribute, none, one that nobody can know, or one that is hidden.
fn context(dice: &mut Dice) -> Context {
    let (mut attributes, mut unknown, mut others) = (Map::new(), Vec::new(), Map::new());
    let granted = dice.percent(75);
    for &(name, of, limits) in CATALOGUE {
        match dice.below(20) {
            // Known.
            0..=12 => {
                let (ours, theirs_value) = value(dice, name, of);
                let in_range = !limits.contains("range") || ours.as_i64().is_some_and(|number| number.abs() <= 10);
                attributes.insert(name.to_owned(), ours);
                if in_range {
                    others.insert(theirs(name), theirs_value);
                }
            }
            // Absent: a default takes its place, and what is required is unknown.
            13..=15 => match limits {
                "default = 7" => drop(others.insert(theirs(name), json!({ "int": "7" }))),
                "required = true" => {}
                _ => drop(others.insert(theirs(name), json!({ "null": null }))),
            },
            16..=17 => unknown.push(json!(name)),
            _ => drop(attributes.insert(name.to_owned(), json!({ "not": "a value" }))),
        }
    }
    if !granted {
        // Whatever they are: what consent hides is an error over there.
        others.retain(|name, _| !is_personal(name));
    }
    let now = NOW_MS + dice.below(1_000) as i64 * 86_399_999;
    others.insert("now".into(), json!({ "timestamp": selvedge::words::time::format_rfc3339(now) }));
    let grants = json!({ "contextual": true, "personalization": granted });
    let visit = json!({ "attributes": attributes, "unknown": unknown, "grants": grants, "now": now });
    Context { visit, theirs: others }
}

fn value(dice: &mut Dice, name: &str, of: &str) -> (Json, Json) {
    match of {
        "bool" => {
            let value = dice.percent(50);
            (json!(value), json!({ "bool": value }))
        }
        "int" => {
            let value =
                dice.pick(&[0, 1, -1, 2, 3, 5, -7, 10, 11, 100, 9_007_199_254_740_991, -9_007_199_254_740_991_i64]);
            (json!(value), json!({ "int": value.to_string() }))
        }
        "double" => {
            let value = dice.pick(&[0.0, 0.5, -1.5, 1.0, 2.0, 3.0, 0.1, 1e10, 1e300, -1e-300]);
            (json!(value), json!({ "double": format!("{value:?}") }))
        }
        "list" => {
            let mut items = dice.some(&TEXTS);
            items.truncate(4);
            (json!(items), json!({ "list": items }))
        }
        "symbol" => {
            let value = dice.pick(&["a", "b", "c"]);
            (json!(value), json!({ "string": value }))
        }
        "timestamp" => {
            let (value, theirs) = dice.pick(&MOMENTS[..5]);
            (json!(value), json!({ "timestamp": theirs }))
        }
        _ => {
            let pool = match &name[..3] {
                "v.v" => &VERSIONS[..],
                "v.a" => &ADDRESSES[..],
                _ => &TEXTS[..],
            };
            let value = dice.choose(pool);
            (json!(value), json!({ "string": value }))
        }
    }
}

/// Whether an attribute needs a permission that some visits lack: one of each type does.
fn is_personal(name: &str) -> bool {
    name.ends_with('1')
}

fn catalogue() -> String {
    let entry = |(name, of, limits): &(&str, &str, &str)| {
        let purpose = if is_personal(name) { "personalization" } else { "contextual" };
        format!("[{name}]\ntype = \"{of}\"\n{limits}\nsource = \"request\"\npurposes = [\"{purpose}\"]\n")
    };
    CATALOGUE.iter().map(entry).collect()
}

/// The other implementation, in a process of its own.
struct Other {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Other {
    fn start() -> Self {
        let program = crate::below("target/cel/oracle/release/cel-oracle");
        let mut command = Command::new(&program);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("{} does not start ({error}); `cargo xtask conformance` builds it", program.display())
        });
        let (questions, answers) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        Self { child, questions, answers: BufReader::new(answers) }
    }

    /// For each context, a letter for each expression.
    fn ask<'e>(&mut self, expressions: impl Iterator<Item = &'e str>, contexts: &[Context]) -> Vec<String> {
        let contexts: Vec<&Map<String, Json>> = contexts.iter().map(|context| &context.theirs).collect();
        let question = json!({ "expressions": expressions.collect::<Vec<_>>(), "contexts": contexts });
        writeln!(self.questions, "{question}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        let answer: Json = serde_json::from_str(&line).expect("it answers in JSON");
        serde_json::from_value(answer["answers"].clone()).expect("it answers each context")
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
