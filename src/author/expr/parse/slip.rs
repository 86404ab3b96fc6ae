//! Operators of other languages that people write instead of CEL's, and the messages where the grammar ends.

use std::ops::Range;

use super::{
    Comparison, Expr, Function, Kind, NODES_MAX, Operator, Parsed, Parser, REFUSED, SYNTAX, Stop, Token, error, quote,
};

/// Words between two values, in small letters, and their meaning.
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

/// The function of texts that people write between two values, in any case of its letters.
fn infix(word: &str) -> Option<&'static str> {
    ["startsWith", "endsWith", "contains", "glob"].into_iter().find(|function| function.eq_ignore_ascii_case(word))
}

impl Parser<'_> {
    /// Passes a word such as `AND` that stands where `meant` would, and reports it.
    pub(super) fn word_for(&mut self, meant: &'static str, word: &str) -> bool {
        let found = self.at_name(|name| name == word);
        if found {
            self.no_operator(&self.span(), meant);
            self.at += 1;
        }
        found
    }

    /// Reports words that stand where the operator `meant` would.
    fn no_operator(&mut self, span: &Range<usize>, meant: &str) {
        let what = format!("`{}` is not an operator", &self.row[span.clone()]);
        self.slip(span, what, format!("write `{meant}`"), meant);
    }

    /// True if a word stands where a comparison would.
    pub(super) fn at_word_operator(&self) -> bool {
        self.at_name(|name| {
            RELATIONS.iter().any(|(word, _)| *word == name)
                || infix(name).is_some()
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
        if let Some(function) = infix(&written) {
            return self.infix_function(left, Function { name: function.into(), span: start });
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
                let help = "write `!=`, or `!` before a condition";
                return self.wrong(&start, "`not` stands between two values", help);
            }
            None => {
                let finding = error(REFUSED, &start, "this profile of CEL has no regular expressions");
                return Err(self.stop(finding.help("use startsWith, endsWith, contains or glob")));
            }
        };
        self.no_operator(&span, operator.symbol());
        let right = self.sum()?;
        self.binary(operator, left, right)
    }

    fn not_in(&mut self, left: Expr) -> Parsed {
        self.at += 1;
        let right = self.sum()?;
        let mended = format!("!({} in {})", self.written(&left), self.written(&right));
        let found = self.binary(Operator::In, left, right)?;
        let span = found.outer.clone();
        self.slip(&span, "`not in` is not an operator", "negate the whole condition", mended);
        self.node(Kind::Not(Box::new(found)), span)
    }

    /// `x between 1 and 5`: both ends count, as in SQL.
    fn between(&mut self, left: Expr, word: &Range<usize>) -> Parsed {
        let what = "`between` is not an operator";
        let low = self.sum()?;
        if !self.at_name(|name| name == "and") && self.eat("&&").is_none() {
            return self.wrong(word, what, "write two comparisons, as in `x >= 1 && x <= 5`");
        }
        if self.at_name(|name| name == "and") {
            self.at += 1;
        }
        let high = self.sum()?;
        let (value, least, most) = (self.written(&left), self.written(&low), self.written(&high));
        let span = left.outer.start..high.outer.end;
        let mended = format!("({value} >= {least} && {value} <= {most})");
        self.slip(&span, what, "write two comparisons; in SQL both ends are included", mended);
        // The value is in the tree twice, and its parts may be already.
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
        let what = format!("`{word}` is not an operator");
        let Kind::Text(pattern) = &right.kind else {
            return self.wrong(&start, what, "write `text.glob(\"…*…\")`");
        };
        let pattern = pattern.replace('%', "*");
        let (negated, any_case) = (word.starts_with("not "), word.ends_with("ilike"));
        let sign = if negated { "!" } else { "" };
        let (case, pattern) = if any_case { (".lowerAscii()", pattern.to_ascii_lowercase()) } else { ("", pattern) };
        // `_` is any one character there, which a glob does not have.
        let mended =
            (!pattern.contains('_')).then(|| format!("{sign}{}{case}.glob({})", self.written(&left), quote(&pattern)));
        let help = "write `text.glob(\"…*…\")`, in which `*` is any run of characters";
        self.findings.push(error(SYNTAX, &span, what).help(help).mended_where(mended));
        let function = Function { name: "glob".into(), span: start };
        let call = self.node(Kind::Call(Some(Box::new(left)), function, vec![right]), span.clone())?;
        if negated { self.node(Kind::Not(Box::new(call)), span) } else { Ok(call) }
    }

    fn infix_function(&mut self, left: Expr, function: Function) -> Parsed {
        let right = self.sum()?;
        let span = left.outer.start..right.outer.end;
        let what = format!("`{}` is a function, not an operator", &self.row[function.span.clone()]);
        let argument = &self.row[right.span.clone()];
        let mended = format!("{}.{}({argument})", self.written(&left), function.name);
        self.slip(&span, what, "call it on the text", mended);
        self.node(Kind::Call(Some(Box::new(left)), function, vec![right]), span)
    }

    /// True if `not` stands where `!` would.
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
        let what = format!("`{}` is not an operator", self.slice());
        self.at += 1;
        self.nested(|parser| {
            let operand = parser.relation()?;
            let span = start..operand.outer.end;
            let written = parser.written(&operand);
            let loose = matches!(operand.kind, Kind::Binary(..)) && operand.span == operand.outer;
            parser.slip(&span, what, "write `!`", if loose { format!("!({written})") } else { format!("!{written}") });
            parser.node(Kind::Not(Box::new(operand)), span)
        })
    }

    /// The message where a value is missing.
    pub(super) fn no_value(&mut self) -> Parsed {
        let (span, slice) = (self.span(), self.slice());
        let last = self.at.checked_sub(1).map_or(0..0, |last| self.words[last].span.clone());
        let before = &self.row[last.clone()];
        match (self.token(), before) {
            (Token::End, _) if self.at == 0 => {
                self.wrong(&span, "this row is empty", "write a condition, or leave the row out")
            }
            (Token::End, _) => {
                let help = format!("write the value, or remove `{before}`");
                self.wrong(&last, format!("a value is missing after `{before}`"), help)
            }
            (Token::Quoted(name), _) => {
                let mended = quote(name);
                self.slip(&span, "backticks hold a name only after a dot", "for a text write straight quotes", mended);
                Err(Stop)
            }
            (Token::Symbol("!" | "-"), _) if self.at > 0 => {
                let what = "`!` and `-` cannot stand side by side";
                self.wrong(&span, what, "put brackets around the inner one")
            }
            (Token::Symbol("?"), "?") => {
                let help = "declare a default for the attribute, or write `has(x) ? x : other value`";
                self.wrong(&span, "CEL has no `??`", help)
            }
            (Token::Symbol("*"), "/") => {
                self.wrong(&span, "a comment in a row starts with `//`", "a comment of the file is better")
            }
            (Token::Symbol("*"), "*") => self.wrong(&span, "CEL has no powers", "multiply, as in `x * x`"),
            (Token::Symbol(")" | "]" | "}"), ",") => {
                self.slip(&last, "a comma stands before the bracket", "remove it", "");
                Err(Stop)
            }
            _ => {
                let help = format!("write the value, or remove what is too much beside `{slice}`");
                self.wrong(&span, format!("a value is missing before `{slice}`"), help)
            }
        }
    }

    /// The message about a word that the grammar does not expect.
    pub(super) fn left_over<T>(&mut self) -> Parsed<T> {
        let written = self.slice();
        let (what, help) = match self.token() {
            Token::Symbol(")" | "]" | "}") => {
                (&*format!("there is no open bracket that `{written}` could close"), "remove it, or open it")
            }
            Token::Symbol(",") => (
                "a comma stands only in lists and calls",
                "write several values as a list, as in [\"DE\", \"AT\"], and several conditions as rows",
            ),
            Token::Symbol(":") => (
                "this `:` belongs to no `?`",
                "compare with `==`, or write a choice as in `condition ? value : other value`",
            ),
            Token::Symbol("!") => {
                ("`!` stands between two values", "write `!=`, or negate the whole, as in `!(x in list)`")
            }
            Token::Symbol(_) => (&*format!("`{written}` has no meaning here"), "remove it, or put its text in quotes"),
            _ => (
                &*format!("an operator is missing before `{written}`"),
                "join conditions with `&&` or `||`, compare values with `==`, put a text in quotes",
            ),
        };
        self.wrong(&self.span(), what, help)
    }

    pub(super) fn at_name(&self, accept: impl Fn(&str) -> bool) -> bool {
        matches!(self.token(), Token::Name) && accept(&self.slice().to_ascii_lowercase())
    }
}
