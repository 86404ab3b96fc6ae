//! Conditions in plain words, for explanations.
//!
//! Takes a checked condition and the names behind its positions, gives one English sentence without a full stop. It is for
//! people only: nothing parses it.

use super::{Comparison, Condition, Scope, Term, TextTest};
use crate::author::site::Literal;
use crate::bundle::words::ValueType;

/// The sentence of a condition: "country is one of DE, AT", "visits 30d is at least 2", "not in audience returning".
#[must_use]
pub fn sentence(condition: &Condition, scope: &Scope<'_>) -> String {
    Words { scope }.condition(condition, false)
}

struct Words<'a> {
    scope: &'a Scope<'a>,
}

impl Words<'_> {
    /// `inside` puts brackets around what would be ambiguous within a larger sentence.
    fn condition(&self, condition: &Condition, inside: bool) -> String {
        let sentence = match condition {
            Condition::Const(value) => return if *value { "always" } else { "never" }.into(),
            Condition::Attribute(attribute) => return format!("{} is true", self.attribute(*attribute)),
            Condition::Audience(audience) => return format!("in audience {}", self.audience(*audience)),
            Condition::Has(attribute) => return format!("{} is present", self.attribute(*attribute)),
            Condition::Compare(comparison, left, right) => {
                let text = [left, right].into_iter().any(|term| self.is_text(term));
                return format!("{} {} {}", self.term(left), verb(*comparison, text), self.term(right));
            }
            Condition::In(item, list) => return self.within(item, list, false),
            Condition::Text(test, subject, argument) => {
                return format!("{} {} {}", self.term(subject), text_verb(*test).0, self.term(argument));
            }
            Condition::Not(inner) => return self.not(inner),
            Condition::And(operands) => self.joined(operands, " and "),
            Condition::Or(operands) => self.joined(operands, " or "),
            Condition::If(test, yes, no) => format!(
                "if {}, then {}, otherwise {}",
                self.condition(test, true),
                self.condition(yes, true),
                self.condition(no, true)
            ),
            Condition::One(_) | Condition::Each(..) | Condition::Form(..) | Condition::Within(..) => String::new(),
            Condition::Same(left, right) => {
                format!("{} exactly when {}", self.condition(left, true), self.condition(right, true))
            }
        };
        if inside { format!("({sentence})") } else { sentence }
    }

    fn not(&self, inner: &Condition) -> String {
        match inner {
            Condition::Attribute(attribute) => format!("{} is false", self.attribute(*attribute)),
            Condition::Audience(audience) => format!("not in audience {}", self.audience(*audience)),
            Condition::Has(attribute) => format!("{} is absent", self.attribute(*attribute)),
            Condition::In(item, list) => self.within(item, list, true),
            Condition::Text(test, subject, argument) => {
                format!("{} {} {}", self.term(subject), text_verb(*test).1, self.term(argument))
            }
            other => format!("not ({})", self.condition(other, false)),
        }
    }

    fn joined(&self, operands: &[Condition], word: &str) -> String {
        operands.iter().map(|operand| self.condition(operand, true)).collect::<Vec<_>>().join(word)
    }

    fn within(&self, item: &Term, list: &Term, negated: bool) -> String {
        if matches!(list, Term::Literal(_) | Term::List(_)) {
            let verb = if negated { "is not one of" } else { "is one of" };
            return format!("{} {verb} {}", self.term(item), self.term(list));
        }
        let verb = if negated { "does not include" } else { "includes" };
        format!("{} {verb} {}", self.term(list), self.term(item))
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Attribute(attribute) => self.attribute(*attribute),
            Term::Literal(value) => literal(value),
            Term::List(items) => items.iter().map(literal).collect::<Vec<_>>().join(", "),
            Term::Size(of) => format!("the {} of {}", self.measure(of), self.term(of)),
            Term::If(test, yes, no) => {
                format!("({} if {}, otherwise {})", self.term(yes), self.condition(test, true), self.term(no))
            }
            _ => String::new(),
        }
    }

    fn is_text(&self, term: &Term) -> bool {
        match term {
            Term::Attribute(attribute) => {
                self.scope.attributes.get(*attribute).is_some_and(|found| found.value_type == ValueType::String)
            }
            Term::Literal(value) => matches!(value, Literal::Text(_)),
            Term::If(_, yes, _) => self.is_text(yes),
            _ => false,
        }
    }

    fn measure(&self, term: &Term) -> &'static str {
        let list = match term {
            Term::Attribute(attribute) => {
                self.scope.attributes.get(*attribute).is_some_and(|found| found.value_type == ValueType::List)
            }
            Term::Literal(value) => matches!(value, Literal::List(_)),
            Term::List(_) => true,
            Term::If(_, yes, _) => return self.measure(yes),
            _ => false,
        };
        if list { "number of items" } else { "length" }
    }

    /// The last part of the name in words, or the whole name where another attribute ends alike.
    fn attribute(&self, position: usize) -> String {
        let Some(attribute) = self.scope.attributes.get(position) else { return format!("attribute {position}") };
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let short = last(&attribute.name);
        let alike = self.scope.attributes.iter().filter(|other| last(&other.name) == short).count();
        if alike > 1 { attribute.name.clone() } else { short.replace('_', " ") }
    }

    fn audience(&self, position: usize) -> &str {
        self.scope.audiences.get(position).map_or("?", String::as_str)
    }
}

/// Texts are ordered as in a dictionary, by code point.
const fn verb(comparison: Comparison, text: bool) -> &'static str {
    match comparison {
        Comparison::Less if text => "sorts before",
        Comparison::LessOrEqual if text => "is or sorts before",
        Comparison::Greater if text => "sorts after",
        Comparison::GreaterOrEqual if text => "is or sorts after",
        Comparison::Equal => "is",
        Comparison::NotEqual => "is not",
        Comparison::Less => "is less than",
        Comparison::LessOrEqual => "is at most",
        Comparison::Greater => "is more than",
        Comparison::GreaterOrEqual => "is at least",
    }
}

const fn text_verb(test: TextTest) -> (&'static str, &'static str) {
    match test {
        TextTest::StartsWith => ("starts with", "does not start with"),
        TextTest::EndsWith => ("ends with", "does not end with"),
        TextTest::Contains => ("contains", "does not contain"),
        TextTest::Glob => ("matches", "does not match"),
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
        Literal::Timestamp(ms) => crate::time::format_rfc3339(*ms),
        Literal::Duration(ms) => format!("{ms} ms"),
    }
}

fn plain(text: &str) -> String {
    let clear = !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '(' | ')'));
    if clear { text.to_owned() } else { super::print::quote(text) }
}
