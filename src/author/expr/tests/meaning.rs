//! A condition means the same as its tree. Random rows are evaluated twice: straight from the tree by CEL's definition, and
//! from the condition that the checker made of it, as proofs do it. And what is guarded never asks an absent attribute for
//! its value.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::ast::{Expr, Function, Kind, Operator};
use super::super::evaluate::{World, truth};
use super::super::parse::parse;
use super::super::{Arithmetic, Comparison, Quantifier, check_row};
use super::Catalogue;
use super::written::{guarded_row, row, visit, visit_with_gaps};
use crate::author::diagnostic::Severity;
use crate::author::site::{Attribute, Literal};
use crate::engine::expression::value as engine;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_condition_means_what_its_row_means(row in row(), visit in visit()) {
        let catalogue = Catalogue::new();
        let (condition, findings) = check_row(&row, &catalogue.scope());
        prop_assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{row}: {findings:?}");
        let tree = parse(&row, &mut Vec::new()).expect("it was read a moment ago");
        let by_tree = by_tree(&tree, &visit);
        let by_condition = truth(&condition.expect("no error"), &Asked::new(&visit));
        prop_assert_eq!(Some(by_tree), by_condition.map(Value::Bool), "{}", row);
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
            // Panics if an absent value is ordered, measured, searched or used as true.
            by_tree(&parse(&row, &mut Vec::new()).expect("it was read a moment ago"), &visit);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let (right, wrong) = accepted.get();
    assert!(right > 500 && wrong > 500, "{right} rows were accepted and {wrong} not: that proves little");
}

#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Value {
    /// Equals nothing but itself.
    Absent,
    Bool(bool),
    /// Small enough that whole numbers and doubles are one.
    Number(f64),
    Text(String),
    List(Vec<Value>),
}

/// Values by the name of the attribute, or of the items that a macro gives a name.
pub(super) type Visit = BTreeMap<String, Value>;

fn by_tree(expr: &Expr, visit: &Visit) -> Value {
    let eval = |expr: &Expr| by_tree(expr, visit);
    let there = |value: Value| if value == Value::Absent { panic!("absent: {expr}") } else { value };
    let truth = |expr: &Expr| there(eval(expr)) == Value::Bool(true);
    match &expr.kind {
        Kind::Null => Value::Absent,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Int(number) => Value::Number(*number as f64),
        Kind::Double(number) => Value::Number(*number),
        Kind::Text(text) => Value::Text(text.clone()),
        Kind::List(items) => Value::List(items.iter().map(eval).collect()),
        Kind::Name(_) | Kind::Select(..) => visit[&expr.path().expect("rows select attributes only").join(".")].clone(),
        Kind::Not(operand) => Value::Bool(!truth(operand)),
        Kind::Negate(operand) => match there(eval(operand)) {
            Value::Number(number) => Value::Number(-number),
            other => panic!("rows negate no {other:?}"),
        },
        Kind::Binary(Operator::Calculate(by), left, right) => match (by, there(eval(left)), there(eval(right))) {
            (Arithmetic::Add, Value::Number(one), Value::Number(other)) => Value::Number(one + other),
            (Arithmetic::Subtract, Value::Number(one), Value::Number(other)) => Value::Number(one - other),
            (Arithmetic::Multiply, Value::Number(one), Value::Number(other)) => Value::Number(one * other),
            other => panic!("rows have no {other:?}"),
        },
        Kind::And(operands) => Value::Bool(operands.iter().all(truth)),
        Kind::Or(operands) => Value::Bool(operands.iter().any(truth)),
        Kind::If(test, yes, no) => eval(if truth(test) { yes } else { no }),
        Kind::Binary(operator, left, right) => {
            let (mut left, mut right) = (eval(left), eval(right));
            use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
            if !matches!(operator, Operator::Compare(Equal | NotEqual) | Operator::In) {
                (left, right) = (there(left), there(right));
            }
            Value::Bool(match (operator, &right) {
                (Operator::In, Value::Absent) => false,
                (Operator::Compare(Equal), _) => left == right,
                (Operator::Compare(NotEqual), _) => left != right,
                (Operator::Compare(Less), _) => left < right,
                (Operator::Compare(LessOrEqual), _) => left <= right,
                (Operator::Compare(Greater), _) => left > right,
                (Operator::Compare(GreaterOrEqual), _) => left >= right,
                (Operator::In, Value::List(items)) => items.contains(&left),
                other => panic!("rows have no {other:?}"),
            })
        }
        Kind::Call(None, function, arguments) if function.name == "has" => {
            Value::Bool(arguments.iter().all(|attribute| eval(attribute) != Value::Absent))
        }
        Kind::Call(Some(list), Function { name, .. }, arguments) if Quantifier::of(name).is_some() => {
            let (Value::List(items), [variable, body]) = (there(eval(list)), arguments.as_slice()) else {
                panic!("rows have no {expr}")
            };
            let holds = |item: Value| {
                let mut visit = visit.clone();
                visit.insert(variable.to_string(), item);
                there(by_tree(body, &visit)) == Value::Bool(true)
            };
            let held = items.iter().filter(|item| holds((*item).clone())).count();
            Value::Bool(match Quantifier::of(name).expect("just found") {
                Quantifier::All => held == items.len(),
                Quantifier::Exists => held > 0,
                Quantifier::ExistsOne => held == 1,
            })
        }
        Kind::Call(Some(subject), function, arguments) => {
            match (function.name.as_str(), there(eval(subject)), arguments.as_slice()) {
                ("size", Value::List(items), []) => Value::Number(items.len() as f64),
                ("size", Value::Text(text), []) => Value::Number(text.chars().count() as f64),
                ("lowerAscii", Value::Text(text), []) => Value::Text(text.to_ascii_lowercase()),
                ("upperAscii", Value::Text(text), []) => Value::Text(text.to_ascii_uppercase()),
                (test, Value::Text(text), [argument]) => {
                    let argument = text_of(there(eval(argument)));
                    Value::Bool(match test {
                        "startsWith" => text.starts_with(&argument),
                        "endsWith" => text.ends_with(&argument),
                        "contains" => text.contains(&argument),
                        other => panic!("rows have no {other}"),
                    })
                }
                other => panic!("rows have no {other:?}"),
            }
        }
        other => panic!("rows have no {other:?}"),
    }
}

/// A visit as conditions ask it.
struct Asked(Vec<Option<Literal>>);

impl Asked {
    fn new(visit: &Visit) -> Self {
        let value = |attribute: &Attribute| visit.get(&attribute.name).and_then(literal);
        Self(Catalogue::new().attributes.iter().map(value).collect())
    }
}

impl World for Asked {
    fn value(&self, attribute: usize) -> Option<engine::Value<'_>> {
        Some(self.0[attribute].as_ref().map_or(engine::Value::Absent, Literal::value))
    }

    fn now_ms(&self) -> Option<i64> {
        None
    }
}

fn literal(value: &Value) -> Option<Literal> {
    Some(match value {
        Value::Absent => return None,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Number(number) => Literal::Int(*number as i64),
        Value::Text(text) => Literal::Text(text.clone()),
        Value::List(items) => Literal::List(items.iter().cloned().map(text_of).collect()),
    })
}

fn text_of(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}
