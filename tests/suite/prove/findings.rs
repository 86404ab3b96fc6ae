//! What `check` says of a site beyond its files: each finding where it belongs, and none on large sites without end.

use std::fmt::Write as _;

use selvedge::author::Files;
use selvedge::author::prove::{Budget, Prover, Verdict, findings, shadows};

use crate::allocations::steps;
use crate::sites::dice::Dice;
use crate::sites::{self};

/// How much more four times as much may cost: four times the work, and some. What grows with the square costs sixteen times as much.
const GROWTH_MAX: u64 = 7;

#[test]
fn ten_thousand_rules_and_audiences_are_looked_at_in_proportion() {
    let of = |count: usize, slots: usize| {
        let site = sites::checked(&large(&mut Dice::new(7), count, count, slots));
        steps(|| findings(&site))
    };
    let ((_, fewer), (found, more)) = (of(2_500, 10), of(10_000, 40));
    let open: Vec<&str> = found.iter().filter(|found| found.code == "SV2110").map(|found| &*found.what).collect();
    println!("{} findings in {more} steps, {fewer} for a quarter; open: {open:?}", found.len());
    assert!(more < GROWTH_MAX * fewer, "{more} steps, {fewer} for a quarter");
    assert!(open.len() <= 1, "said once");
    assert!(found.iter().any(|found| found.code == "SV2109"), "among so many audiences some are the same");
    assert!(found.iter().any(|found| found.code == "SV2212"), "among so many rules some are shadowed");
}

#[test]
fn one_slot_with_many_rules_ends() {
    let of = |rules: usize| {
        let site = sites::checked(&large(&mut Dice::new(8), rules, 10, 1));
        steps(|| findings(&site).len())
    };
    let ((_, fewer), (found, more)) = (of(5_000), of(20_000));
    println!("{found} findings in {more} steps, {fewer} for a quarter");
    assert!(more < GROWTH_MAX * fewer, "{more} steps, {fewer} for a quarter");
}

#[test]
fn a_chain_of_ten_thousand_audiences_is_followed_to_its_end() {
    const LENGTH: usize = 10_000;
    // Each question looks at the chain a few times.
    const NODES_MAX: u64 = 100 * LENGTH as u64;
    let mut audiences = String::from("[a00000]\nall = ['request.n >= 1']\n");
    for number in 1..LENGTH {
        let row = if number % 2 == 0 { "audience.a{} && request.n <= 90" } else { "audience.a{} || request.n == 7" };
        let _ = writeln!(audiences, "[a{number:05}]\nall = ['{}']", row.replace("{}", &format!("{:05}", number - 1)));
    }
    let _ = writeln!(audiences, "[dead]\nall = ['audience.a{:05}', 'request.n == 95']", LENGTH - 1);
    let files = sites::files([
        ("selvedge.toml", "name = \"chain\"\nlocales = { default = \"en\" }\n".to_owned()),
        ("attributes.toml", ATTRIBUTES.to_owned()),
        ("audiences/all.toml", audiences),
    ]);
    let site = sites::checked(&files);
    let prover = Prover::new(&site).limited(NODES_MAX);
    let claim = |name: &str| {
        let at = site.audiences.binary_search_by(|audience| audience.name.as_str().cmp(name)).expect(name);
        prover.audience(at).expect("a checked audience")
    };
    let last = claim(&format!("a{:05}", LENGTH - 1));
    assert!(matches!(prover.can_hold(&[last]), Verdict::Holds(_)));
    // The last link but one asks for at most 90 or for 7: nobody has 95.
    assert_eq!(prover.can_hold(&[claim("dead")]), Verdict::Never);
    let (found, steps) = steps(|| findings(&site).len());
    println!("{found} findings in {steps} steps");
    assert!(steps < 2_000 * LENGTH as u64, "{steps} steps for {LENGTH} audiences");
}

#[test]
fn only_what_more_time_may_answer_is_said_to_be_open() {
    let audience = |row: &str| {
        let site = sites::checked(&sites::files([
            ("selvedge.toml", "name = \"open\"\nlocales = { default = \"en\" }\n".to_owned()),
            ("attributes.toml", ATTRIBUTES.to_owned()),
            ("audiences/all.toml", format!("[one]\nall = ['{row}']\n")),
        ]));
        let verdict = Prover::new(&site).can_hold(&[Prover::new(&site).audience(0).expect("the audience")]);
        assert!(matches!(verdict, Verdict::CannotTell(_)), "{verdict:?}");
        findings(&site).iter().filter(|found| found.code == "SV2110").count()
    };
    // A square root is not among the numbers that are tried, however long.
    assert_eq!(audience("request.p * request.p == 1018081"), 0);
}

#[test]
fn schedules_and_partial_traffic_leave_rules_alone() {
    let rule = |slot: &str, more: &str, rule: &str| format!("slot = \"{slot}\"\n{more}\n[[rule]]\n{rule}\n");
    let schedule = |from: &str, until: &str| format!("[schedule]\nfrom = {from}\nuntil = {until}\n");
    let split = |traffic: u32| {
        format!("split = {{ experiment = \"x{traffic}\", traffic = {traffic}, arms = {{ control = 100 }} }}")
    };
    let december = schedule("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let halves = [
        schedule("2026-11-01T00:00:00Z", "2026-12-15T00:00:00Z"),
        schedule("2026-12-15T00:00:00Z", "2027-02-01T00:00:00Z"),
    ];
    let show = "show = \"control\"";
    let mut texts = vec![
        ("selvedge.toml".to_owned(), "name = \"times\"\nlocales = { default = \"en\" }\n".to_owned()),
        ("attributes.toml".to_owned(), ATTRIBUTES.to_owned()),
        (
            "slots.toml".to_owned(),
            "abcd".chars().map(|slot| format!("[s.{slot}]\nselector = \"#{slot}\"\nchange = \"inner\"\n")).collect(),
        ),
    ];
    // a: an earlier rule that does not always run. b: two that together cover December. c, d: a part of the traffic, all of it.
    for (name, text) in [
        ("a1", rule("s.a", "priority = 200", show) + &december),
        ("a2", rule("s.a", "", show)),
        ("b1", rule("s.b", "priority = 300", show) + &halves[0]),
        ("b2", rule("s.b", "priority = 200", show) + &halves[1]),
        ("b3", rule("s.b", "", show) + &december),
        ("c1", rule("s.c", "priority = 200", &split(99))),
        ("c2", rule("s.c", "", show)),
        ("d1", rule("s.d", "priority = 200", &split(100))),
        ("d2", rule("s.d", "", show)),
    ] {
        texts.push((format!("experiences/{name}.toml"), text));
    }
    let site = sites::checked(&sites::files(texts));
    let mut budget = Budget::PATIENT;
    let (found, tally) = shadows(&mut Prover::new(&site), &mut budget);
    let name = |at: (usize, usize)| site.experiences[at.0].name.as_str();
    let said: Vec<(&str, Vec<&str>)> =
        found.iter().map(|shadow| (name(shadow.rule), shadow.by.iter().map(|at| name(*at)).collect())).collect();
    assert_eq!(said, [("b3", vec!["b1", "b2"]), ("d2", vec!["d1"])]);
    assert_eq!((tally.asked, tally.open), (9, 0));
}

/// A site with so many rules and audiences over twelve attributes.
fn large(dice: &mut Dice, rules: usize, audiences: usize, slots: usize) -> Files {
    let mut texts = vec![
        ("selvedge.toml".to_owned(), "name = \"large\"\nlocales = { default = \"en\" }\n".to_owned()),
        ("attributes.toml".to_owned(), ATTRIBUTES.to_owned()),
        (
            "slots.toml".to_owned(),
            (0..slots).map(|slot| format!("[s.n{slot}]\nselector = \"#n{slot}\"\nchange = \"inner\"\n")).collect(),
        ),
    ];
    let atom = |dice: &mut Dice| match dice.below(4) {
        0 => format!(
            "request.country == \"{}\"",
            dice.pick(&["DE", "AT", "CH", "FR", "GB", "US", "CA", "IT", "ES", "NL"])
        ),
        1 => format!("request.n {} {}", dice.pick(&["<", ">=", "=="]), dice.below(100)),
        2 => format!("request.{} {} {}", dice.pick(&["p", "q", "r"]), dice.pick(&["<", ">"]), dice.below(100)),
        _ => format!("request.path.startsWith(\"/{}\")", dice.below(1_000)),
    };
    let mut text = String::new();
    for number in 0..audiences {
        let rows: Vec<String> = (0..dice.between(1, 3)).map(|_| format!("'{}'", atom(dice))).collect();
        let _ = writeln!(text, "[a{number}]\nall = [{}]", rows.join(", "));
        if number > 0 && dice.percent(20) {
            let _ = writeln!(text, "any = ['audience.a{}', '{}']", dice.below(number), atom(dice));
        }
    }
    texts.push(("audiences/all.toml".to_owned(), text));
    let each = rules.div_ceil(slots * 10);
    for experience in 0..slots * 10 {
        let mut text = format!("slot = \"s.n{}\"\n", experience % slots);
        for _ in 0..each {
            let rows: Vec<String> = (0..3).map(|_| format!("'{}'", atom(dice))).collect();
            let audience =
                if dice.percent(30) { format!(", 'audience.a{}'", dice.below(audiences)) } else { String::new() };
            let _ = writeln!(text, "[[rule]]\nall = [{}{audience}]\nshow = \"control\"", rows.join(", "));
        }
        texts.push((format!("experiences/e{experience}.toml"), text));
    }
    sites::files(texts)
}

const ATTRIBUTES: &str = r#"[request.country]
type = "symbol"
values = "iso-3166-1"
source = "request"
purposes = ["contextual"]
[request.n]
type = "int"
range = [0, 100]
source = "request"
purposes = ["contextual"]
[request.p]
type = "int"
source = "request"
purposes = ["contextual"]
[request.q]
type = "int"
source = "request"
purposes = ["contextual"]
[request.r]
type = "int"
source = "request"
purposes = ["contextual"]
[request.path]
type = "string"
source = "request"
purposes = ["contextual"]
"#;
