//! What people write in place of CEL's operators, and what to say where the grammar ends.

use std::ops::Range;

use super::super::Comparison;
use super::super::ast::{Expr, Function, Kind, Operator};
use super::super::budget::NODES_MAX;
use super::super::finding::{Finding, REFUSED, SYNTAX};
use super::super::lex::Token;
use super::{Parsed, Parser, Stop};

/// Words between two values, in small letters, and what they mean.
const RELATIONS: &[(&str, Operator)] = &[
    ("in", Operator::In),
    ("is", Operator::Compare(Comparison::Equal)),
    ("eq", Operator::Compare(Comparison::Equal)),
    ("equals", Operator::Compare(Comparison::Equal)),
    ("ne", Operator::Compare(Comparison::NotEqual)),
    ("lt", Operator::Compare(Comparison::Less)),
    ("lte", Operator::Compare(Comparison::LessOrEqual)),
    ("gt", Operator::Compare(Comparison::Greater)),
    ("gte", Operator::Compare(Comparison::GreaterOrEqual)),
];

/// Functions that people write between two values.
const INFIX: &[&str] = &["startsWith", "endsWith", "contains", "glob"];

impl Parser<'_> {
    /// Passes a word such as `AND` that stands where `meant` would, and reports it.
    pub(super) fn word_for(&mut self, meant: &'static str, word: &str) -> bool {
        let found = self.at_name(|name| name == word);
        if found {
            let finding = Finding::error(SYNTAX, &self.span(), format!("`{}` is not an operator", self.slice()))
                .help(format!("write `{meant}`"))
                .mended(meant);
            self.findings.push(finding);
            self.at += 1;
        }
        found
    }

    /// Whether a word stands where a comparison would.
    pub(super) fn at_word_operator(&self) -> bool {
        self.at_name(|name| {
            RELATIONS.iter().any(|(word, _)| *word == name)
                || INFIX.iter().any(|word| word.eq_ignore_ascii_case(name))
                || matches!(name, "not" | "matches" | "like" | "ilike" | "between")
        }) || self.two_words().is_some()
    }

    /// `x is y`, `x not in y`, `x contains y`.
    pub(super) fn word_operator(&mut self, left: Expr) -> Parsed {
        let written = self.slice().to_ascii_lowercase();
        let next = self.next_slice().to_ascii_lowercase();
        let start = self.span();
        let two_words = self.two_words();
        self.at += 1;
        if let Some(name) = two_words {
            let span = start.start..self.span().end;
            self.at += 1;
            return self.infix_function(left, Function { name: name.into(), span });
        }
        if written == "not" && next == "in" {
            return self.not_in(left);
        }
        if written == "between" {
            return self.between(left, &start);
        }
        if matches!(written.as_str(), "like" | "ilike") && matches!(self.token(), Token::Text(_)) {
            return self.like(left, &written, start);
        }
        if let Some(function) = INFIX.iter().find(|word| word.eq_ignore_ascii_case(&written)) {
            return self.infix_function(left, Function { name: (*function).into(), span: start });
        }
        let (operator, span) = match RELATIONS.iter().find(|(word, _)| *word == written) {
            Some((_, Operator::Compare(Comparison::Equal))) if written == "is" && next == "not" => {
                let span = start.start..self.span().end;
                self.at += 1;
                (Operator::Compare(Comparison::NotEqual), span)
            }
            Some((_, operator)) => (*operator, start),
            None if written == "not" && matches!(next.as_str(), "like" | "ilike") => {
                self.at += 1;
                return self.like(left, &format!("not {next}"), start);
            }
            None if written == "not" => {
                let what = "`not` stands between two values";
                return Err(
                    self.stop(Finding::error(SYNTAX, &start, what).help("write `!=`, or `!` before a condition"))
                );
            }
            None => {
                let what = "this profile of CEL has no regular expressions";
                return Err(
                    self.stop(Finding::error(REFUSED, &start, what).help("use startsWith, endsWith, contains or glob"))
                );
            }
        };
        let symbol = operator.symbol();
        let what = format!("`{}` is not an operator", &self.row[span.clone()]);
        self.findings.push(Finding::error(SYNTAX, &span, what).help(format!("write `{symbol}`")).mended(symbol));
        let right = self.sum()?;
        self.binary(operator, left, right)
    }

    fn not_in(&mut self, left: Expr) -> Parsed {
        self.at += 1;
        let right = self.sum()?;
        let inside = format!("{} in {}", &self.row[left.outer.clone()], &self.row[right.outer.clone()]);
        let found = self.binary(Operator::In, left, right)?;
        let span = found.outer.clone();
        let finding = Finding::error(SYNTAX, &span, "`not in` is not an operator")
            .help("negate the whole of it")
            .mended(format!("!({inside})"));
        self.findings.push(finding);
        self.node(Kind::Not(Box::new(found)), span)
    }

    /// `x between 1 and 5`: both ends count, as in SQL.
    fn between(&mut self, left: Expr, word: &Range<usize>) -> Parsed {
        let low = self.sum()?;
        if !self.at_name(|name| name == "and") && self.eat("&&").is_none() {
            let finding = Finding::error(SYNTAX, word, "`between` is not an operator");
            return Err(self.stop(finding.help("write two comparisons, as in `x >= 1 && x <= 5`")));
        }
        if self.at_name(|name| name == "and") {
            self.at += 1;
        }
        let high = self.sum()?;
        let written = |expr: &Expr| self.row[expr.outer.clone()].to_owned();
        let (value, least, most) = (written(&left), written(&low), written(&high));
        let span = left.outer.start..high.outer.end;
        let finding = Finding::error(SYNTAX, &span, "`between` is not an operator")
            .help("write two comparisons; in SQL both ends count")
            .mended(format!("({value} >= {least} && {value} <= {most})"));
        self.findings.push(finding);
        // The value stands twice in the tree, and what is in it may do so already.
        self.nodes += left.parts();
        if self.nodes > NODES_MAX {
            return Err(self.over(&span, format!("this row has more than {NODES_MAX} parts")));
        }
        let first = self.binary(Operator::Compare(Comparison::GreaterOrEqual), left.clone(), low)?;
        let second = self.binary(Operator::Compare(Comparison::LessOrEqual), left, high)?;
        self.node(Kind::And(vec![first, second]), span)
    }

    /// `x like "a%"`, `x not like "a%"`: a glob with another star.
    fn like(&mut self, left: Expr, word: &str, start: Range<usize>) -> Parsed {
        let right = self.sum()?;
        let span = left.outer.start..right.outer.end;
        let Kind::Text(pattern) = &right.kind else {
            let finding = Finding::error(SYNTAX, &start, format!("`{word}` is not an operator"));
            return Err(self.stop(finding.help("write `text.glob(\"…*…\")`")));
        };
        let finding = Finding::error(SYNTAX, &span, format!("`{word}` is not an operator"))
            .help("write `text.glob(\"…*…\")`, in which `*` is any run of characters");
        let subject = &self.row[left.outer.clone()];
        let pattern = pattern.replace('%', "*");
        let (negated, any_case) = (word.starts_with("not "), word.ends_with("ilike"));
        let sign = if negated { "!" } else { "" };
        let case = if any_case { ".lowerAscii()" } else { "" };
        let pattern = if any_case { pattern.to_ascii_lowercase() } else { pattern };
        // `_` is any one character there, which a glob does not have.
        let finding = if pattern.contains('_') {
            finding
        } else {
            finding.mended(format!("{sign}{subject}{case}.glob({})", super::super::text::quote(&pattern)))
        };
        self.findings.push(finding);
        let function = Function { name: "glob".into(), span: start };
        let call = self.node(Kind::Call(Some(Box::new(left)), function, vec![right]), span.clone())?;
        if negated { self.node(Kind::Not(Box::new(call)), span) } else { Ok(call) }
    }

    fn infix_function(&mut self, left: Expr, function: Function) -> Parsed {
        let right = self.sum()?;
        let span = left.outer.start..right.outer.end;
        let (subject, argument) = (&self.row[left.outer.clone()], &self.row[right.span.clone()]);
        let word = &self.row[function.span.clone()];
        let finding = Finding::error(SYNTAX, &span, format!("`{word}` is a function, not an operator"))
            .help("call it on the text")
            .mended(format!("{subject}.{}({argument})", function.name));
        self.findings.push(finding);
        self.node(Kind::Call(Some(Box::new(left)), function, vec![right]), span)
    }

    /// Whether `not` stands where `!` would.
    pub(super) fn at_not(&self) -> bool {
        let operand = match self.peek(1) {
            Token::Name => self.next_slice() != "in",
            Token::Symbol(symbol) => matches!(*symbol, "(" | "!"),
            _ => false,
        };
        operand && self.at_name(|name| name == "not")
    }

    /// Reads `not x` as the languages do that have it: over a whole comparison.
    pub(super) fn word_not(&mut self) -> Parsed {
        let start = self.span().start;
        self.at += 1;
        self.nested(|parser| {
            let operand = parser.relation()?;
            let span = start..operand.outer.end;
            let written = &parser.row[operand.outer.clone()];
            let loose = matches!(operand.kind, Kind::Binary(..)) && operand.span == operand.outer;
            let mended = if loose { format!("!({written})") } else { format!("!{written}") };
            let what = format!("`{}` is not an operator", &parser.row[start..start + 3]);
            parser.findings.push(Finding::error(SYNTAX, &span, what).help("write `!`").mended(mended));
            parser.node(Kind::Not(Box::new(operand)), span)
        })
    }

    /// What to say where a value should stand.
    pub(super) fn no_value(&mut self) -> Stop {
        let finding = match (self.token(), self.at) {
            (Token::End, 0) => Finding::error(SYNTAX, &self.span(), "this row is empty")
                .help("write a condition, or leave the row out"),
            (Token::End, _) => {
                let last = self.words[self.at - 1].span.clone();
                Finding::error(SYNTAX, &last, format!("a value is missing after `{}`", &self.row[last.clone()]))
                    .help(format!("write the value, or remove `{}`", &self.row[last.clone()]))
            }
            (Token::Quoted(name), _) => Finding::error(SYNTAX, &self.span(), "backticks hold a name only after a dot")
                .help("for a text write straight quotes")
                .mended(super::super::text::quote(name)),
            (Token::Symbol("!" | "-"), 1..) => {
                Finding::error(SYNTAX, &self.span(), "`!` and `-` cannot stand side by side")
                    .help("put brackets around the inner one")
            }
            (Token::Symbol("?"), 1..) if self.written_before("?") => {
                Finding::error(SYNTAX, &self.span(), "CEL has no `??`")
                    .help("declare a default for the attribute, or write `has(x) ? x : other value`")
            }
            (Token::Symbol("*"), 1..) if self.written_before("/") => {
                Finding::error(SYNTAX, &self.span(), "a remark in a row starts with `//`")
                    .help("better, use the comments of the file")
            }
            (Token::Symbol("*"), 1..) if self.written_before("*") => {
                Finding::error(SYNTAX, &self.span(), "CEL has no powers").help("multiply, as in `x * x`")
            }
            (Token::Symbol(")" | "]" | "}"), 1..) if self.written_before(",") => {
                let comma = self.words[self.at - 1].span.clone();
                Finding::error(SYNTAX, &comma, "a comma stands before the bracket").help("remove it").mended("")
            }
            _ => Finding::error(SYNTAX, &self.span(), format!("a value is missing before `{}`", self.slice()))
                .help(format!("write the value, or remove what stands too much beside `{}`", self.slice())),
        };
        self.stop(finding)
    }

    /// What to say about a word that nothing asked for.
    pub(super) fn left_over(&mut self) -> Stop {
        let (span, written) = (self.span(), self.slice());
        let finding = match self.token() {
            Token::Symbol(")" | "]" | "}") => {
                Finding::error(SYNTAX, &span, format!("nothing is open that `{written}` could close"))
                    .help("remove it, or open it")
            }
            Token::Symbol(",") => Finding::error(SYNTAX, &span, "a comma stands only in lists and calls")
                .help("write several values as a list, as in [\"DE\", \"AT\"], and several conditions as rows"),
            Token::Symbol(":") => Finding::error(SYNTAX, &span, "this `:` belongs to no `?`")
                .help("compare with `==`; a choice is `condition ? value : other value`"),
            Token::Symbol("!") => Finding::error(SYNTAX, &span, "`!` stands between two values")
                .help("write `!=`, or negate the whole, as in `!(x in list)`"),
            Token::Symbol(_) => Finding::error(SYNTAX, &span, format!("`{written}` makes no sense here"))
                .help("remove it, or put the text that it belongs to in quotes"),
            _ => Finding::error(SYNTAX, &span, format!("an operator is missing before `{written}`"))
                .help("join conditions with `&&` or `||`, compare values with `==`; a text stands in quotes"),
        };
        self.stop(finding)
    }

    /// Whether the word in front is this symbol.
    fn written_before(&self, symbol: &str) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.words.get(before));
        before.is_some_and(|word| matches!(word.token, Token::Symbol(found) if found == symbol))
    }

    pub(super) fn at_name(&self, accept: impl Fn(&str) -> bool) -> bool {
        matches!(self.token(), Token::Name) && accept(&self.slice().to_ascii_lowercase())
    }
}
