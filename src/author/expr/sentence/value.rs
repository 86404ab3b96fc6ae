//! Values in plain words.

use super::super::{Arithmetic, Case, Part, Term, Unary, Zone};
use super::Words;
use super::time::length;
use crate::author::expr::Literal;
use crate::words::ValueType;

/// The sorts of values that have words of their own.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sort {
    /// A text that has an order as in a dictionary.
    Text,
    Time,
    Duration,
    List,
    Other,
}

impl Words<'_> {
    pub(super) fn term(&self, term: &Term) -> String {
        match term {
            Term::Attribute(attribute) => self.attribute(*attribute),
            Term::Literal(value) => literal(value),
            Term::List(items) => items.iter().map(literal).collect::<Vec<_>>().join(", "),
            Term::Size(of) => format!(
                "the {} of {}",
                if self.sort(of) == Sort::List { "number of items" } else { "length" },
                self.term(of)
            ),
            Term::If(test, yes, no) => {
                format!("({} if {}, otherwise {})", self.term(yes), self.condition(test, true), self.term(no))
            }
            Term::Now => "now".to_owned(),
            Term::Item(number) => self.item(*number),
            Term::Unary(Unary::Negate, of) => format!("minus {}", self.operand(of)),
            Term::Arithmetic(by, left, right) => {
                let word = match by {
                    Arithmetic::Add => "plus",
                    Arithmetic::Subtract => "minus",
                    Arithmetic::Multiply => "times",
                    Arithmetic::Divide => "divided by",
                    Arithmetic::Modulo => "modulo",
                };
                format!("{} {word} {}", self.operand(left), self.operand(right))
            }
            Term::Cased(Case::Lower, of) => format!("{} in small letters", self.operand(of)),
            Term::Cased(Case::Upper, of) => format!("{} in capitals", self.operand(of)),
            Term::Part(part, zone, of) => self.part(*part, zone, of),
            Term::Unary(Unary::ToInt, of) if self.is_time(of) => format!("{} in seconds since 1970", self.operand(of)),
            Term::Unary(Unary::ToInt, of) => format!("{} without its fraction", self.operand(of)),
            Term::Unary(Unary::ToDouble, of) => self.term(of),
            Term::Unary(Unary::Version | Unary::Ip, of) => self.term(of),
        }
    }

    /// An operand of something larger: in brackets where the words would run together.
    pub(super) fn operand(&self, term: &Term) -> String {
        match term {
            Term::Arithmetic(..) | Term::Unary(Unary::Negate, _) => format!("({})", self.term(term)),
            _ => self.term(term),
        }
    }

    pub(super) fn item(&self, number: usize) -> String {
        match (self.depth, number) {
            (2.., 0) => "the outer item",
            (2.., _) => "the inner item",
            _ => "the item",
        }
        .to_owned()
    }

    /// "the hour in Europe/Berlin", "the weekday of last order (0 is Sunday)".
    fn part(&self, part: Part, zone: &Zone, of: &Term) -> String {
        let is_duration = self.sort(of) == Sort::Duration;
        let name = match part {
            Part::FullYear => "year",
            Part::Month => "month (0 is January)",
            Part::Date => "day of the month",
            Part::DayOfMonth => "day of the month, counted from 0,",
            Part::DayOfWeek => "weekday (0 is Sunday)",
            Part::DayOfYear => "day of the year, counted from 0,",
            Part::Hours if is_duration => "hours",
            Part::Minutes if is_duration => "minutes",
            Part::Seconds if is_duration => "seconds",
            Part::Hours => "hour",
            Part::Minutes => "minute",
            Part::Seconds => "second",
            Part::Milliseconds => "milliseconds",
            Part::Major => "major version",
            Part::Minor => "minor version",
            Part::Patch => "patch version",
            Part::Family => "IP version",
        };
        let whose = if *of == Term::Now { String::new() } else { format!(" of {}", self.operand(of)) };
        let is_clock = !matches!(part, Part::Major | Part::Minor | Part::Patch | Part::Family) && !is_duration;
        let place = match zone {
            Zone::Named(name) => format!(" in {name}"),
            Zone::Offset(seconds) => {
                let sign = if *seconds < 0 { '-' } else { '+' };
                format!(" at UTC{sign}{:02}:{:02}", seconds.abs() / 3_600, seconds.abs() / 60 % 60)
            }
            Zone::Utc if is_clock => " in UTC".to_owned(),
            Zone::Utc => String::new(),
        };
        format!("the {name}{whose}{place}")
    }

    /// The sort of a value, as its words depend on that.
    pub(super) fn sort(&self, term: &Term) -> Sort {
        match term {
            Term::Attribute(attribute) => match self.scope.attributes.get(*attribute).map(|found| found.value_type) {
                Some(ValueType::String) => Sort::Text,
                Some(ValueType::Timestamp) => Sort::Time,
                Some(ValueType::List) => Sort::List,
                _ => Sort::Other,
            },
            Term::Literal(Literal::Text(_)) | Term::Cased(..) | Term::Item(_) => Sort::Text,
            Term::Literal(Literal::Timestamp(_)) | Term::Now => Sort::Time,
            Term::Literal(Literal::Duration(_)) => Sort::Duration,
            Term::Literal(Literal::List(_)) | Term::List(_) => Sort::List,
            Term::If(_, of, _) | Term::Unary(Unary::Negate, of) => self.sort(of),
            Term::Arithmetic(_, left, right) => match (self.sort(left), self.sort(right)) {
                (Sort::Time, Sort::Time) | (Sort::Duration, Sort::Duration) => Sort::Duration,
                (Sort::Time, _) | (_, Sort::Time) => Sort::Time,
                _ => Sort::Other,
            },
            _ => Sort::Other,
        }
    }

    pub(super) fn is_time(&self, term: &Term) -> bool {
        self.sort(term) == Sort::Time
    }

    /// The last part of the name in words, or the whole name if another attribute has the same last part.
    pub(super) fn attribute(&self, position: usize) -> String {
        let Some(attribute) = self.scope.attributes.get(position) else { return format!("attribute {position}") };
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let short = last(&attribute.name);
        let alike = self.scope.attributes.iter().filter(|other| last(&other.name) == short).count();
        if alike > 1 { attribute.name.clone() } else { short.replace('_', " ") }
    }

    pub(super) fn audience(&self, position: usize) -> &str {
        self.scope.audiences.get(position).map_or("?", String::as_str)
    }
}

/// A value as people write it: a text in quotes only where it would blur into the sentence.
fn literal(value: &Literal) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Double(number) => number.to_string(),
        Literal::Text(text) => plain(text),
        Literal::List(items) => items.iter().map(|item| plain(item)).collect::<Vec<_>>().join(", "),
        Literal::Timestamp(ms) => crate::words::time::format_rfc3339(*ms),
        Literal::Duration(ms) => length(*ms),
    }
}

fn plain(text: &str) -> String {
    let clear = !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '(' | ')'));
    if clear { text.to_owned() } else { super::super::text::quote(text) }
}
