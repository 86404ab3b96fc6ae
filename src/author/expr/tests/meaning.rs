//! A condition means what its tree means: random rows are evaluated twice, straight from the tree as CEL's definition says, and
//! from the condition that the checker made of it. And what is guarded never asks an absent attribute for its value.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::ast::{Expr, Kind, Operator};
use super::super::parse::parse;
use super::super::{Comparison, Condition, Term, TextTest, check_row};
use super::Catalogue;
use crate::author::diagnostic::Severity;
use crate::author::site::Literal;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_condition_means_what_its_row_means(row in row(), visit in visit()) {
        let catalogue = Catalogue::new();
        let (condition, findings) = check_row(&row, &catalogue.scope());
        prop_assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{row}: {findings:?}");
        let tree = parse(&row, &mut Vec::new()).expect("it was read a moment ago");
        let by_tree = by_tree(&tree, &visit);
        let by_condition = Evaluator { catalogue: &catalogue, visit: &visit }.condition(&condition.expect("no error"));
        prop_assert_eq!(by_tree, Value::Bool(by_condition), "{}", row);
    }
}

#[test]
fn what_is_guarded_never_asks_an_absent_attribute() {
    let accepted = std::cell::Cell::new((0, 0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(4_000));
    let result = runner.run(&(guarded_row(), visit_with_gaps()), |(row, visit)| {
        let catalogue = Catalogue::new();
        let (condition, findings) = check_row(&row, &catalogue.scope());
        prop_assert!(findings.iter().all(|finding| matches!(finding.code, "SV2005" | "SV2008")), "{row}: {findings:?}");
        let (right, wrong) = accepted.get();
        accepted.set(if condition.is_some() { (right + 1, wrong) } else { (right, wrong + 1) });
        if condition.is_some() {
            // Panics where an absent value is ordered, measured, searched or taken for true.
            by_tree(&parse(&row, &mut Vec::new()).expect("it was read a moment ago"), &visit);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (right, wrong) = accepted.get();
    assert!(right > 500 && wrong > 500, "{right} rows were accepted and {wrong} not: that proves little");
}

#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Value {
    /// Equals nothing but itself.
    Absent,
    Bool(bool),
    /// Small enough that whole numbers and doubles are one.
    Number(f64),
    Text(String),
    List(Vec<Value>),
}

type Visit = BTreeMap<&'static str, Value>;

fn by_tree(expr: &Expr, visit: &Visit) -> Value {
    let eval = |expr: &Expr| by_tree(expr, visit);
    let there = |value: Value| if value == Value::Absent { panic!("absent: {expr}") } else { value };
    let truth = |expr: &Expr| there(eval(expr)) == Value::Bool(true);
    match &expr.kind {
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Int(number) => Value::Number(*number as f64),
        Kind::Double(number) => Value::Number(*number),
        Kind::Text(text) => Value::Text(text.clone()),
        Kind::List(items) => Value::List(items.iter().map(eval).collect()),
        Kind::Name(_) | Kind::Select(..) => {
            visit[expr.path().expect("rows select attributes only").join(".").as_str()].clone()
        }
        Kind::Not(operand) => Value::Bool(!truth(operand)),
        Kind::Negate(operand) => match eval(operand) {
            Value::Number(number) => Value::Number(-number),
            other => panic!("rows negate no {other:?}"),
        },
        Kind::And(operands) => Value::Bool(operands.iter().all(truth)),
        Kind::Or(operands) => Value::Bool(operands.iter().any(truth)),
        Kind::If(test, yes, no) => eval(if truth(test) { yes } else { no }),
        Kind::Binary(operator, left, right) => {
            let (mut left, mut right) = (eval(left), eval(right));
            if !matches!(operator, Operator::Equal | Operator::NotEqual | Operator::In) {
                (left, right) = (there(left), there(right));
            }
            Value::Bool(match (operator, &right) {
                (Operator::In, Value::Absent) => false,
                (Operator::Equal, _) => left == right,
                (Operator::NotEqual, _) => left != right,
                (Operator::Less, _) => left < right,
                (Operator::LessOrEqual, _) => left <= right,
                (Operator::Greater, _) => left > right,
                (Operator::GreaterOrEqual, _) => left >= right,
                (Operator::In, Value::List(items)) => items.contains(&left),
                other => panic!("rows have no {other:?}"),
            })
        }
        Kind::Call(None, function, arguments) if function.name == "has" => {
            Value::Bool(arguments.iter().all(|attribute| eval(attribute) != Value::Absent))
        }
        Kind::Call(Some(subject), function, arguments) => {
            match (function.name.as_str(), there(eval(subject)), arguments.as_slice()) {
                ("size", Value::List(items), []) => Value::Number(items.len() as f64),
                ("size", Value::Text(text), []) => Value::Number(text.chars().count() as f64),
                ("startsWith", Value::Text(text), [argument]) => {
                    Value::Bool(text.starts_with(&text_of(there(eval(argument)))))
                }
                ("endsWith", Value::Text(text), [argument]) => {
                    Value::Bool(text.ends_with(&text_of(there(eval(argument)))))
                }
                ("contains", Value::Text(text), [argument]) => {
                    Value::Bool(text.contains(&text_of(there(eval(argument)))))
                }
                other => panic!("rows have no {other:?}"),
            }
        }
        other => panic!("rows have no {other:?}"),
    }
}

struct Evaluator<'a> {
    catalogue: &'a Catalogue,
    visit: &'a Visit,
}

impl Evaluator<'_> {
    fn condition(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Const(value) => *value,
            Condition::Attribute(attribute) => self.attribute(*attribute) == Value::Bool(true),
            Condition::Not(inner) => !self.condition(inner),
            Condition::And(operands) => operands.iter().all(|operand| self.condition(operand)),
            Condition::Or(operands) => operands.iter().any(|operand| self.condition(operand)),
            Condition::If(test, yes, no) => self.condition(if self.condition(test) { yes } else { no }),
            Condition::Same(left, right) => self.condition(left) == self.condition(right),
            Condition::In(item, list) => match self.term(list) {
                Value::List(items) => items.contains(&self.term(item)),
                other => panic!("{other:?} is no list"),
            },
            Condition::Text(test, subject, argument) => {
                let (subject, argument) = (text_of(self.term(subject)), text_of(self.term(argument)));
                match test {
                    TextTest::StartsWith => subject.starts_with(&argument),
                    TextTest::EndsWith => subject.ends_with(&argument),
                    TextTest::Contains => subject.contains(&argument),
                    TextTest::Glob => crate::apply::matches(&argument, &subject),
                }
            }
            Condition::Compare(comparison, left, right) => {
                let (left, right) = (self.term(left), self.term(right));
                match comparison {
                    Comparison::Equal => left == right,
                    Comparison::NotEqual => left != right,
                    Comparison::Less => left < right,
                    Comparison::LessOrEqual => left <= right,
                    Comparison::Greater => left > right,
                    Comparison::GreaterOrEqual => left >= right,
                }
            }
            other => panic!("rows have no {other:?}"),
        }
    }

    fn term(&self, term: &Term) -> Value {
        match term {
            Term::Attribute(attribute) => self.attribute(*attribute),
            Term::Literal(constant) => value(constant),
            Term::List(items) => Value::List(items.iter().map(value).collect()),
            Term::If(test, yes, no) => self.term(if self.condition(test) { yes } else { no }),
            Term::Size(of) => match self.term(of) {
                Value::Text(text) => Value::Number(text.chars().count() as f64),
                Value::List(items) => Value::Number(items.len() as f64),
                other => panic!("{other:?} has no size"),
            },
            other => panic!("rows have no {other:?}"),
        }
    }

    fn attribute(&self, position: usize) -> Value {
        self.visit[self.catalogue.attributes[position].name.as_str()].clone()
    }
}

fn value(constant: &Literal) -> Value {
    match constant {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => Value::Number(*number as f64),
        Literal::Double(number) => Value::Number(*number),
        Literal::Text(text) => Value::Text(text.clone()),
        Literal::List(items) => Value::List(items.iter().cloned().map(Value::Text).collect()),
        Literal::Timestamp(ms) | Literal::Duration(ms) => Value::Number(*ms as f64),
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}

/// A row without a fault: every part has the type that its place asks for.
fn row() -> impl Strategy<Value = String> {
    let number = || {
        prop::sample::select(vec![
            "visitor.visits_30d",
            "1",
            "2",
            "-1",
            "0x2",
            "--2",
            "page.title.size()",
            "page.tags.size()",
            "[1, 2].size()",
        ])
        .prop_map(String::from)
    };
    let text = || {
        prop::sample::select(vec!["page.title", "page.path", "\"a\"", "'ab'", "r'b'", "\"\""]).prop_map(String::from)
    };
    let country =
        || prop::sample::select(vec!["request.country", "visitor.home", "\"DE\"", "\"AT\""]).prop_map(String::from);
    let texts = || prop::sample::select(vec!["[]", "[\"a\"]", "['ab', 'b']"]).prop_map(String::from);
    let numbers = || prop::sample::select(vec!["[]", "[1]", "[2.0, -1]"]).prop_map(String::from);
    let relation = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let equality = || prop::sample::select(vec!["==", "!="]);
    let test = prop::sample::select(vec!["startsWith", "endsWith", "contains"]);
    let atom = prop_oneof![
        2 => prop::sample::select(vec!["request.secure", "profile.open_complaint", "true", "false"]).prop_map(String::from),
        2 => (number(), relation(), number()).prop_map(|(left, by, right)| format!("{left} {by} {right}")),
        1 => (text(), relation(), text()).prop_map(|(left, by, right)| format!("{left} {by} {right}")),
        1 => (country(), equality(), country()).prop_map(|(left, by, right)| format!("{left} {by} {right}")),
        1 => (text(), test, text()).prop_map(|(subject, test, argument)| format!("{subject}.{test}({argument})")),
        1 => (text(), texts()).prop_map(|(item, list)| format!("{item} in {list}")),
        1 => (number(), numbers()).prop_map(|(item, list)| format!("{item} in {list}")),
        1 => prop::sample::select(vec!["\"new\" in page.tags", "request.country in [\"DE\"]", "request.secure in [true]"])
            .prop_map(String::from),
    ];
    atom.prop_map(|atom| format!("({atom})")).prop_recursive(4, 40, 3, move |inner| {
        let one = || inner.clone();
        prop_oneof![
            one().prop_map(|operand| format!("!{operand}")),
            (one(), one()).prop_map(|(left, right)| format!("({left} && {right})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} || {right})")),
            (one(), one(), one()).prop_map(|(a, b, c)| format!("({a} && {b} || {c})")),
            (one(), equality(), one()).prop_map(|(left, by, right)| format!("({left} {by} {right})")),
            (one(), one(), one()).prop_map(|(test, yes, no)| format!("({test} ? {yes} : {no})")),
            (one(), number(), relation(), number())
                .prop_map(|(test, a, by, b)| format!("(({test} ? {a} : 2) {by} {b})")),
        ]
    })
}

fn visit() -> impl Strategy<Value = Visit> {
    let text = || prop::sample::select(vec!["", "a", "ab", "b"]).prop_map(|text| Value::Text(text.into()));
    let country = || prop::sample::select(vec!["DE", "AT", "FR"]).prop_map(|text| Value::Text(text.into()));
    let tags = prop::sample::subsequence(vec!["new", "sale"], 0..=2)
        .prop_map(|tags| Value::List(tags.into_iter().map(|tag| Value::Text(tag.into())).collect()));
    let truth = || any::<bool>().prop_map(Value::Bool);
    (text(), text(), country(), country(), tags, truth(), truth(), 0..4_i32).prop_map(
        |(title, path, country, home, tags, secure, complaint, visits)| {
            BTreeMap::from([
                ("page.title", title),
                ("page.path", path),
                ("request.country", country),
                ("visitor.home", home),
                ("page.tags", tags),
                ("request.secure", secure),
                ("profile.open_complaint", complaint),
                ("visitor.visits_30d", Value::Number(f64::from(visits))),
            ])
        },
    )
}

/// A row over optional attributes, guarded or not.
fn guarded_row() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "has(profile.age)",
        "!has(profile.age)",
        "has(profile.name)",
        "!has(profile.name)",
        "has(profile.subscribed)",
        "profile.age == 1",
        "profile.age != 1",
        "profile.age > 0",
        "(has(profile.age) ? profile.age : 1) > 0",
        "(has(profile.name) ? profile.age : 1) > 0",
        "profile.age in [1, 2]",
        "profile.age in []",
        "profile.name == page.title",
        "profile.name == \"a\"",
        "profile.name.startsWith(\"a\")",
        "page.title.contains(profile.name)",
        "profile.name.size() > 1",
        "\"a\" in profile.interests",
        "profile.interests.size() == 1",
        "profile.subscribed",
        "!profile.subscribed",
        "profile.subscribed == true",
        "profile.subscribed == request.secure",
        "profile.subscribed == (visitor.visits_30d > 1)",
        "request.secure",
    ]);
    let guard = || prop::sample::select(vec!["has(profile.age)", "has(profile.name)", "has(profile.subscribed)"]);
    atom.prop_map(String::from).prop_recursive(3, 12, 2, move |inner| {
        let one = || inner.clone();
        prop_oneof![
            one().prop_map(|operand| format!("!({operand})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} && {right})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} || {right})")),
            (guard(), one()).prop_map(|(guard, operand)| format!("({guard} && {operand})")),
            (guard(), one()).prop_map(|(guard, operand)| format!("(!{guard} || {operand})")),
            (guard(), one(), one()).prop_map(|(guard, yes, no)| format!("({guard} ? {yes} : {no})")),
            (one(), one()).prop_map(|(left, right)| format!("({left} == ({right}))")),
        ]
    })
}

fn visit_with_gaps() -> impl Strategy<Value = Visit> {
    let gap = |value: Value| prop::sample::select(vec![Value::Absent, value]);
    let text = || Value::Text("a".into());
    let optional = (
        gap(Value::Number(1.0)),
        gap(text()),
        gap(Value::List(vec![text()])),
        prop::sample::select(vec![Value::Absent, Value::Bool(true), Value::Bool(false)]),
    );
    (visit(), optional).prop_map(|(mut visit, (age, name, interests, subscribed))| {
        visit.extend([
            ("profile.age", age),
            ("profile.name", name),
            ("profile.interests", interests),
            ("profile.subscribed", subscribed),
        ]);
        visit
    })
}
