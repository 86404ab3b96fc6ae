//! Conditions in plain words, for explanations.
//!
//! Takes a checked condition and the names behind its positions, gives one English sentence without a full stop. It is for
//! people only: nothing parses it.

mod time;
mod value;

use super::{Comparison, Condition, Form, Network, Quantifier, Scope, Term, TextTest};

/// The sentence of a condition: "country is one of DE, AT", "visits 30d is at least 2", "last order is more than 30 days ago".
#[must_use]
pub fn sentence(condition: &Condition, scope: &Scope<'_>) -> String {
    Words { scope, depth: 0 }.condition(condition, false)
}

struct Words<'a> {
    scope: &'a Scope<'a>,
    /// How many macros are around what is said.
    depth: usize,
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
                if let Some(sentence) = self.moment(*comparison, left, right) {
                    return sentence;
                }
                let any = |is: fn(&Self, &Term) -> bool| [left, right].into_iter().any(|term| is(self, term));
                let verb =
                    if any(Self::is_time) { time_verb(*comparison) } else { verb(*comparison, any(Self::is_text)) };
                return format!("{} {verb} {}", self.term(left), self.term(right));
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
            Condition::One(operands) => {
                let each: Vec<String> = operands.iter().map(|operand| self.condition(operand, true)).collect();
                format!("exactly one of these holds: {}", each.join(", "))
            }
            Condition::Each(by, list, body) => self.each(*by, list, body),
            Condition::Form(form, of) => return self.form(*form, of, ""),
            Condition::Within(of, network) => return self.range(of, *network, "is"),
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
            Condition::Form(form, of) => self.form(*form, of, "not "),
            Condition::Within(of, network) => self.range(of, *network, "is not"),
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

    fn each(&self, by: Quantifier, list: &Term, body: &Condition) -> String {
        let inside = Words { scope: self.scope, depth: self.depth + 1 };
        let how_many = match by {
            Quantifier::All => "every",
            Quantifier::Exists => "some",
            Quantifier::ExistsOne => "exactly one",
        };
        let item = inside.item(self.depth).trim_start_matches("the ").to_owned();
        format!("for {how_many} {item} of {}, {}", self.term(list), inside.condition(body, false))
    }

    fn form(&self, form: Form, of: &Term, not: &str) -> String {
        let noun = match form {
            Form::Semver => "a semantic version",
            Form::Ip => "an IP address",
        };
        format!("{} is {not}{noun}", self.term(of))
    }

    fn range(&self, of: &Term, Network { address, prefix }: Network, verb: &str) -> String {
        let of = if let Term::Ip(text) = of { text } else { of };
        format!("{} {verb} in the range {address}/{prefix}", self.term(of))
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

const fn time_verb(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "is before",
        Comparison::LessOrEqual => "is not after",
        Comparison::Greater => "is after",
        Comparison::GreaterOrEqual => "is not before",
        Comparison::Equal => "is",
        Comparison::NotEqual => "is not",
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
