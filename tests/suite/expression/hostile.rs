//! Rows and terms that ask for more than there is.

use selvedge::author::expr::{Arithmetic, Comparison, Condition, Term};
use selvedge::author::site::Literal;
use serde_json::json;

use super::{FALSE, TRUE, UNKNOWN, site, verdicts};
use crate::sites;

#[test]
fn a_test_that_costs_too_much_is_unknown() {
    // Each item goes back over the whole text: 10^11 comparisons, which would not end. That they are not made is why it is unknown.
    let opened =
        sites::opened(&site(&["v.l.exists(x, v.s.contains(x))", "v.s.contains(\"b\")", "v.l.all(x, x != \"\")"]));
    let (text, item) = ("a".repeat(60_000), "a".repeat(20_000) + "b");
    let items = vec![item; 100];
    let found = verdicts(&opened, json!({ "v.s": text, "v.l": items }));
    assert_eq!(found, [UNKNOWN, FALSE, TRUE]);
}

#[test]
fn a_term_that_is_too_deep_does_not_open() {
    let sum = |depth: usize| {
        let one = || Box::new(Term::Literal(Literal::Int(1)));
        (0..depth).fold(Term::Attribute(1), |sum, _| Term::Arithmetic(Arithmetic::Add, Box::new(sum), one()))
    };
    // The comparison and the attribute are terms too.
    for (depth, opens) in [(198, true), (199, false)] {
        let mut site = site(&["v.i == 1"]);
        let compared = Condition::Compare(Comparison::Equal, sum(depth), Term::Literal(Literal::Int(depth as i64 + 1)));
        site.audiences[0].rows.all[0].condition = compared;
        let built = selvedge::compile::compile(&site);
        assert_eq!(selvedge::bundle::Program::open(built.program).is_ok(), opens, "{depth}");
    }
}

#[test]
fn an_audience_below_arithmetic_is_worked_out_there() {
    // No row says this; a site may.
    let mut site = site(&["v.i > 3 || v.d > 0.5", "v.i == 1"]);
    let all = site.audiences[0].rows.all.clone();
    site.audiences.push(site.audiences[0].clone());
    site.audiences[1].name = "scored".to_owned();
    site.audiences[1].rows.all.truncate(1);
    let number = |number| Box::new(Term::Literal(Literal::Int(number)));
    let chosen = Term::If(Box::new(Condition::Audience(1)), number(5), number(1));
    let sum = Term::Arithmetic(Arithmetic::Add, Box::new(chosen), number(2));
    site.audiences[0].rows.all = vec![all[0].clone()];
    site.audiences[0].rows.all[0].condition =
        Condition::Compare(Comparison::Equal, sum, Term::Literal(Literal::Int(7)));
    let opened = sites::opened(&site);
    assert_eq!(verdicts(&opened, json!({ "v.i": 4 })), [TRUE]);
    assert_eq!(verdicts(&opened, json!({ "v.i": 3, "v.d": 0.5 })), [FALSE]);
    assert_eq!(verdicts(&opened, json!({ "v.i": 3 })), [UNKNOWN]);
}

#[test]
fn choices_below_arithmetic_take_room_in_proportion() {
    let score = |choices: usize| {
        let choice = |number: usize| format!("(v.i > {number} ? {number} : 0)");
        (0..choices).map(choice).collect::<Vec<_>>().join(" + ") + " > 3"
    };
    let length = |choices: usize| selvedge::compile::compile(&site(&[&score(choices)])).program.len();
    let (ten, thirty) = (length(10), length(30));
    assert!(thirty - ten < 20 * 100, "{ten} bytes for ten choices, {thirty} for thirty");
}
