//! Phrases of other languages whose meaning is certain: arrows, intervals, `starts with`, `xor`, the braces of templates.
//!
//! Takes the words where one begins, reports it with the row that is meant, and reads it so. It guesses at no meaning.

use std::ops::Range;

use super::{Comparison, Expr, Function, Kind, Operator, Parsed, Parser, SYNTAX, Token, error, quote, times};

impl Parser<'_> {
    /// `a xor b`, which binds between `and` and `or` where there is one.
    pub(super) fn exclusive(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.at_name(|name| name == "xor") {
            self.at += 1;
            let right = self.and()?;
            let span = left.outer.start..right.outer.end;
            let mended = format!("{} != {}", self.operand(&left), self.operand(&right));
            self.slip(&span, "`xor` is not an operator", "write `!=`, which is true if two conditions differ", mended);
            left = self.binary(Operator::Compare(Comparison::NotEqual), left, right)?;
        }
        Ok(left)
    }

    /// A condition as the operand of a comparison: in brackets if it is more than one part.
    fn operand(&self, expr: &Expr) -> String {
        let written = self.written(expr);
        let loose = matches!(expr.kind, Kind::Binary(..) | Kind::And(_) | Kind::Or(_) | Kind::If(..));
        if loose && expr.span == expr.outer { format!("({written})") } else { written.to_owned() }
    }

    /// `starts with`, `ends with`: the function that the two words mean.
    pub(super) fn two_words(&self) -> Option<&'static str> {
        let with = self.next_slice().eq_ignore_ascii_case("with");
        match self.slice().to_ascii_lowercase().as_str() {
            "starts" | "begins" if with => Some("startsWith"),
            "ends" if with => Some("endsWith"),
            _ => None,
        }
    }

    /// `30 days`, where the number stands already.
    pub(super) fn at_unit(&self) -> bool {
        matches!((self.token(), self.peek(1)), (Token::Int, Token::Name)) && is_unit(self.next_slice())
    }

    /// Reads `30 days` as the duration that it is.
    pub(super) fn number_of_units(&mut self, start: usize) -> Parsed {
        let length = format!("{} {}", self.slice(), self.next_slice());
        self.at += 2;
        let end = self.words[self.at - 1].span.end;
        self.length(&length, start..end)
    }

    /// `interval '30 days'`, `INTERVAL 30 DAY`.
    pub(super) fn at_interval(&self) -> bool {
        let unit = self.words.get(self.at + 2).map(|word| &self.row[word.span.clone()]);
        self.at_name(|name| name == "interval")
            && match self.peek(1) {
                Token::Text(_) => true,
                Token::Int => unit.is_some_and(is_unit),
                _ => false,
            }
    }

    /// Reads an interval of SQL.
    pub(super) fn interval(&mut self) -> Parsed {
        let start = self.span().start;
        self.at += 1;
        if let Token::Text(length) = self.token().clone() {
            let end = self.span().end;
            self.at += 1;
            return self.length(&length, start..end);
        }
        self.number_of_units(start)
    }

    /// A length of time as people write it.
    fn length(&mut self, length: &str, span: Range<usize>) -> Parsed {
        let what = format!("`{}` is not how CEL writes a length of time", &self.row[span.clone()]);
        let Some(duration) = duration(length) else {
            let help = "write hours, minutes or seconds, as in `duration(\"720h\")` for 30 days";
            let finding = error(SYNTAX, &span, what).why("months and years have no fixed length").help(help);
            return Err(self.stop(finding));
        };
        let help = "write hours, minutes or seconds: a day is `duration(\"24h\")`";
        self.slip(&span, what, help, format!("duration({})", quote(&duration)));
        let text = self.node(Kind::Text(duration), span.clone())?;
        let function = Function { name: "duration".into(), span: span.clone() };
        self.node(Kind::Call(None, function, vec![text]), span)
    }

    /// `{{ v }}`, `{{v}}`: the braces of a template around what is a plain value here.
    pub(super) fn at_template(&self) -> bool {
        self.is(0, "{") && self.is(1, "{")
    }

    /// Reads what stands in the braces of a template.
    pub(super) fn template(&mut self) -> Parsed {
        let open = self.span();
        self.at += 2;
        let inner = self.expression()?;
        self.close("}", &open)?;
        let span = open.start..self.close("}", &open)?;
        let mended = self.written(&inner);
        self.slip(&span, "a row is not a template: write names without braces", "remove the braces", mended);
        Ok(Expr { outer: span, ..inner })
    }

    /// True if a function of JavaScript stands here: `x => …`, `(x) => …`.
    pub(super) fn at_arrow(&self) -> bool {
        let name = |ahead| matches!(self.peek(ahead), Token::Name);
        name(0) && self.is(1, "=>") || self.is(0, "(") && name(1) && self.is(2, ")") && self.is(3, "=>")
    }

    /// `list.some(x => x == 1)`, where the bracket is open: the macro that is meant.
    pub(super) fn arrow(&mut self, target: Expr, function: Function, open: &Range<usize>) -> Parsed {
        let named = usize::from(self.is(0, "("));
        self.at += named;
        let item = Expr::new(Kind::Name(self.slice().to_owned()), self.span());
        self.at += 2 + named;
        let body = self.expression()?;
        let end = self.close(")", open)?;
        let finding = error(SYNTAX, &(function.span.start..end), "CEL has no functions with arrows");
        let meant = macro_meant(&function.name);
        let name = meant.unwrap_or("exists");
        let finding = finding.help(format!("name the item, then the condition, as in `list.{name}(x, condition)`"));
        let mended = meant.map(|meant| format!("{meant}({}, {})", self.written(&item), self.written(&body)));
        self.findings.push(finding.mended_where(mended));
        let function = Function { name: meant.map_or(function.name, str::to_owned), span: function.span };
        let whole = target.outer.start..end;
        self.node(Kind::Call(Some(Box::new(target)), function, vec![item, body]), whole)
    }

    /// `=>` between two values: the order of the two signs is the other one.
    pub(super) fn reversed(&mut self) {
        let help = "if `greater or equal` is meant, write `>=`; conditions are joined with `&&`, and a choice is `?:`";
        self.slip(&self.span(), "`=>` is not an operator of CEL", help, ">=");
    }

    /// A `,` or `;` with nothing behind it.
    pub(super) fn trailing(&mut self) -> bool {
        let trails = self.is(0, ",") && matches!(self.peek(1), Token::End);
        if trails {
            self.slip(&self.span(), "a row ends without a comma", "remove it", "");
        }
        trails
    }
}

/// The macro that a function of another language over a list means.
fn macro_meant(name: &str) -> Option<&'static str> {
    match name {
        "some" | "any" | "exists" | "find" => Some("exists"),
        "every" | "all" => Some("all"),
        "exists_one" | "existsOne" => Some("exists_one"),
        _ => None,
    }
}

/// True for a unit of time, also for one of no fixed length.
fn is_unit(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    seconds(&word).is_some() || matches!(word.as_str(), "month" | "months" | "year" | "years")
}

/// The seconds of a unit of time in small letters.
fn seconds(unit: &str) -> Option<i64> {
    times::unit(unit).map(|ms| ms / 1_000).filter(|seconds| *seconds > 0)
}

/// `30 days` as CEL writes it.
fn duration(length: &str) -> Option<String> {
    let [count, unit] = length.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let count = count.parse::<i64>().ok()?.checked_mul(seconds(&unit.to_ascii_lowercase())?)?;
    Some(times::written(i128::from(count) * 1_000))
}
