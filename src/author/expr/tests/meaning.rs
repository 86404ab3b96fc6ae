//! A condition means what its tree means: random rows are evaluated twice, straight from the tree as CEL's definition says, and
//! from the condition that the checker made of it. And what is guarded never asks an absent attribute for its value.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::ast::{Expr, Function, Kind, Operator};
use super::super::parse::parse;
use super::super::{Arithmetic, Case, Comparison, Condition, Quantifier, Term, TextTest, check_row};
use super::Catalogue;
use super::written::{guarded_row, row, visit, visit_with_gaps};
use crate::author::diagnostic::Severity;
use crate::author::expr::Literal;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_condition_means_what_its_row_means(row in row(), visit in visit()) {
        let catalogue = Catalogue::new();
        let (condition, findings) = check_row(&row, &catalogue.scope());
        prop_assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{row}: {findings:?}");
        let tree = parse(&row, &mut Vec::new()).expect("it was read a moment ago");
        let by_tree = by_tree(&tree, &visit);
        let evaluator = Evaluator { catalogue: &catalogue, visit: &visit, items: Vec::new() };
        let by_condition = evaluator.condition(&condition.expect("no error"));
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
        Kind::Binary(
            operator @ (Operator::Calculate(Arithmetic::Add)
            | Operator::Calculate(Arithmetic::Subtract)
            | Operator::Calculate(Arithmetic::Multiply)),
            left,
            right,
        ) => match (operator, there(eval(left)), there(eval(right))) {
            (Operator::Calculate(Arithmetic::Add), Value::Number(one), Value::Number(other)) => {
                Value::Number(one + other)
            }
            (Operator::Calculate(Arithmetic::Subtract), Value::Number(one), Value::Number(other)) => {
                Value::Number(one - other)
            }
            (Operator::Calculate(Arithmetic::Multiply), Value::Number(one), Value::Number(other)) => {
                Value::Number(one * other)
            }
            other => panic!("rows have no {other:?}"),
        },
        Kind::And(operands) => Value::Bool(operands.iter().all(truth)),
        Kind::Or(operands) => Value::Bool(operands.iter().any(truth)),
        Kind::If(test, yes, no) => eval(if truth(test) { yes } else { no }),
        Kind::Binary(operator, left, right) => {
            let (mut left, mut right) = (eval(left), eval(right));
            if !matches!(
                operator,
                Operator::Compare(Comparison::Equal) | Operator::Compare(Comparison::NotEqual) | Operator::In
            ) {
                (left, right) = (there(left), there(right));
            }
            Value::Bool(match (operator, &right) {
                (Operator::In, Value::Absent) => false,
                (Operator::Compare(Comparison::Equal), _) => left == right,
                (Operator::Compare(Comparison::NotEqual), _) => left != right,
                (Operator::Compare(Comparison::Less), _) => left < right,
                (Operator::Compare(Comparison::LessOrEqual), _) => left <= right,
                (Operator::Compare(Comparison::Greater), _) => left > right,
                (Operator::Compare(Comparison::GreaterOrEqual), _) => left >= right,
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
            Value::Bool(quantified(Quantifier::of(name).expect("just found"), held, items.len()))
        }
        Kind::Call(Some(subject), function, arguments) => {
            match (function.name.as_str(), there(eval(subject)), arguments.as_slice()) {
                ("size", Value::List(items), []) => Value::Number(items.len() as f64),
                ("size", Value::Text(text), []) => Value::Number(text.chars().count() as f64),
                ("lowerAscii", Value::Text(text), []) => Value::Text(text.to_ascii_lowercase()),
                ("upperAscii", Value::Text(text), []) => Value::Text(text.to_ascii_uppercase()),
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

fn quantified(by: Quantifier, held: usize, of: usize) -> bool {
    match by {
        Quantifier::All => held == of,
        Quantifier::Exists => held > 0,
        Quantifier::ExistsOne => held == 1,
    }
}

struct Evaluator<'a> {
    catalogue: &'a Catalogue,
    visit: &'a Visit,
    /// Of the macros around, the outermost first.
    items: Vec<Value>,
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
                    TextTest::Glob => crate::page::matches(&argument, &subject),
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
            Condition::Has(attribute) => self.attribute(*attribute) != Value::Absent,
            Condition::One(operands) => operands.iter().filter(|operand| self.condition(operand)).count() == 1,
            Condition::Each(by, list, body) => {
                let Value::List(items) = self.term(list) else { panic!("{list:?} is no list") };
                let inside =
                    |item: &Value| Evaluator { items: [&self.items[..], std::slice::from_ref(item)].concat(), ..*self };
                let held = items.iter().filter(|item| inside(item).condition(body)).count();
                quantified(*by, held, items.len())
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
            Term::Item(number) => self.items[*number].clone(),
            Term::Cased(case, of) => {
                let text = text_of(self.term(of));
                Value::Text(if *case == Case::Lower { text.to_ascii_lowercase() } else { text.to_ascii_uppercase() })
            }
            Term::Negate(of) => Value::Number(-number_of(self.term(of))),
            Term::Arithmetic(by, left, right) => {
                let (left, right) = (number_of(self.term(left)), number_of(self.term(right)));
                Value::Number(match by {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    other => panic!("rows have no {other:?}"),
                })
            }
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

fn number_of(value: Value) -> f64 {
    match value {
        Value::Number(number) => number,
        other => panic!("{other:?} is no number"),
    }
}
