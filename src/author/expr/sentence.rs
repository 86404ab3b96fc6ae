//! Conditions in plain words, for explanations.
//!
//! Takes a checked condition and the names behind its positions, gives one English sentence without a full stop. It is for
//! people only: nothing parses it.

mod time;
mod value;

use value::Sort;

use super::{Comparison, Condition, Form, Network, Quantifier, Scope, Term, TextTest, Unary};

/// The sentence of a condition: "country is one of DE, AT", "visits 30d is at least 2", "last order is more than 30 days ago".
pub fn sentence(condition: &Condition, scope: &Scope<'_>) -> String {
    Words { scope, depth: 0 }.condition(condition, false)
}

struct Words<'a> {
    scope: &'a Scope<'a>,
    /// How many macros are around the current condition.
    depth: usize,
}

impl Words<'_> {
    /// `inside` puts brackets around what would be ambiguous within a larger sentence.
    fn condition(&self, condition: &Condition, inside: bool) -> String {
        let sentence = match condition {
            Condition::Const(value) => return if *value { "always" } else { "never" }.into(),
            Condition::Compare(comparison, left, right) => {
                if let Some(sentence) = self.moment(*comparison, left, right) {
                    return sentence;
                }
                let any = |sort| [left, right].into_iter().any(|term| self.sort(term) == sort);
                let [of_others, of_texts, of_times] = verbs(*comparison);
                let verb = if any(Sort::Time) {
                    of_times
                } else if any(Sort::Text) {
                    of_texts
                } else {
                    of_others
                };
                return format!("{} {verb} {}", self.term(left), self.term(right));
            }
            Condition::Not(inner) => {
                let not = || format!("not ({})", self.condition(inner, false));
                return self.plain(inner, false).unwrap_or_else(not);
            }
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
            Condition::Same(left, right) => {
                format!("{} exactly when {}", self.condition(left, true), self.condition(right, true))
            }
            plain => return self.plain(plain, true).unwrap_or_default(),
        };
        if inside { format!("({sentence})") } else { sentence }
    }

    /// A condition that has words of its own where it does not hold.
    fn plain(&self, condition: &Condition, is: bool) -> Option<String> {
        let not = if is { "" } else { "not " };
        Some(match condition {
            Condition::Attribute(attribute) => format!("{} is {is}", self.attribute(*attribute)),
            Condition::Audience(audience) => format!("{not}in audience {}", self.audience(*audience)),
            Condition::Has(attribute) => {
                format!("{} is {}", self.attribute(*attribute), if is { "present" } else { "absent" })
            }
            Condition::In(item, list @ (Term::Literal(_) | Term::List(_))) => {
                format!("{} is {not}one of {}", self.term(item), self.term(list))
            }
            Condition::In(item, list) => {
                let verb = if is { "includes" } else { "does not include" };
                format!("{} {verb} {}", self.term(list), self.term(item))
            }
            Condition::Text(test, subject, argument) => {
                let (verb, verb_not) = text_verb(*test);
                format!("{} {} {}", self.term(subject), if is { verb } else { verb_not }, self.term(argument))
            }
            Condition::Form(Form::Semver, of) => format!("{} is {not}a semantic version", self.term(of)),
            Condition::Form(Form::Ip, of) => format!("{} is {not}an IP address", self.term(of)),
            Condition::Within(Term::Unary(Unary::Ip, of), network) => self.range(of, not, *network),
            Condition::Within(of, network) => self.range(of, not, *network),
            _ => return None,
        })
    }

    fn range(&self, of: &Term, not: &str, Network { address, prefix }: Network) -> String {
        format!("{} is {not}in the range {address}/{prefix}", self.term(of))
    }

    fn joined(&self, operands: &[Condition], word: &str) -> String {
        operands.iter().map(|operand| self.condition(operand, true)).collect::<Vec<_>>().join(word)
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
}

/// The words of a comparison for numbers, texts and times. Texts are ordered as in a dictionary, by code point.
const fn verbs(comparison: Comparison) -> [&'static str; 3] {
    match comparison {
        Comparison::Equal => ["is"; 3],
        Comparison::NotEqual => ["is not"; 3],
        Comparison::Less => ["is less than", "sorts before", "is before"],
        Comparison::LessOrEqual => ["is at most", "is or sorts before", "is not after"],
        Comparison::Greater => ["is more than", "sorts after", "is after"],
        Comparison::GreaterOrEqual => ["is at least", "is or sorts after", "is not before"],
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
