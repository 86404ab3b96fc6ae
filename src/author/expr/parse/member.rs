//! Literals, names, selections, calls and brackets: the tight end of the grammar.

use std::ops::Range;

use super::super::lex::{KEYWORDS, is_reserved};
use super::super::print::selector;
use super::{Expr, Function, Kind, Parsed, Parser, REFUSED, SYNTAX, Stop, Token, error};

impl Parser<'_> {
    pub(super) fn member(&mut self) -> Parsed {
        let mut target = self.primary()?;
        loop {
            if let Some(dot) = self.eat(".") {
                target = self.selection(target, &dot)?;
            } else if let Some(open) = self.eat("[") {
                let index = self.expression()?;
                let end = self.close("]", &open)?;
                let span = target.outer.start..end;
                target = self.node(Kind::Index(Box::new(target), Box::new(index)), span)?;
            } else if self.is(0, "{") && target.path().is_some() {
                let finding = error(REFUSED, &target.outer, "this profile of CEL has no messages")
                    .help("compare the attributes one by one");
                return Err(self.stop(finding));
            } else {
                return Ok(target);
            }
        }
    }

    fn selection(&mut self, target: Expr, dot: &Range<usize>) -> Parsed {
        let span = self.span();
        let name = match self.token() {
            Token::Name if !KEYWORDS.contains(&self.slice()) => self.slice().to_owned(),
            Token::Name if dot.end == span.start => self.keyword(&span),
            Token::Quoted(name) => name.clone(),
            _ => return self.no_selector(&target, dot),
        };
        let callable = *self.token() == Token::Name;
        self.at += 1;
        if callable && let Some(open) = self.eat("(") {
            if self.at_arrow() {
                return self.arrow(target, Function { name, span }, &open);
            }
            let (arguments, end) = self.arguments(&open)?;
            let whole = target.outer.start..end;
            return self.node(Kind::Call(Some(Box::new(target)), Function { name, span }, arguments), whole);
        }
        let whole = target.outer.start..span.end;
        self.node(Kind::Select(Box::new(target), name), whole)
    }

    /// A keyword that stands for a name.
    fn keyword(&mut self, span: &Range<usize>) -> String {
        let name = self.slice();
        let what = format!("`{name}` is a keyword of CEL and no plain name");
        self.slip(span, what, "put it in backticks", selector(name));
        name.to_owned()
    }

    fn no_selector(&mut self, target: &Expr, dot: &Range<usize>) -> Parsed {
        let span = target.outer.start..dot.end;
        if !matches!(target.kind, Kind::Int(_)) {
            return self.wrong(&span, "a name is missing after the dot", "write the name, or remove the dot");
        }
        let number = self.written(target);
        let what = format!("`{number}.` is not a number");
        if self.row[dot.end..].starts_with('.') {
            let help = "CEL has no ranges: write two comparisons, as in `x >= 1 && x <= 5`";
            return self.wrong(&span, what, help);
        }
        self.slip(&span, what, "write digits after the point of a double", format!("{number}.0"));
        Err(Stop)
    }

    /// The arguments of a call and the end of its brackets. CEL allows no comma before the bracket here.
    fn arguments(&mut self, open: &Range<usize>) -> Parsed<(Vec<Expr>, usize)> {
        let mut arguments = Vec::new();
        if !self.is(0, ")") {
            arguments.push(self.expression()?);
            while self.eat(",").is_some() {
                arguments.push(self.expression()?);
            }
        }
        Ok((arguments, self.close(")", open)?))
    }

    fn primary(&mut self) -> Parsed {
        let span = self.span();
        match self.token().clone() {
            Token::Int if self.at_unit() => self.number_of_units(span.start),
            Token::Name if self.at_interval() => self.interval(),
            Token::Symbol("{") if self.at_template() => self.template(),
            Token::Int | Token::Uint | Token::Double => self.number(false, span.start),
            Token::Symbol("-") if self.number_follows() => {
                self.at += 1;
                self.number(true, span.start)
            }
            Token::Text(text) => self.leaf(Kind::Text(text), span),
            Token::Bytes(text) => self.leaf(Kind::Bytes(text), span),
            Token::Name => self.name(span),
            Token::Symbol(".") if matches!(self.peek(1), Token::Name) => {
                self.at += 1;
                self.name(span)
            }
            Token::Symbol("(") => self.brackets(&span),
            Token::Symbol("[") => self.list(&span, "]"),
            Token::Symbol("{") => self.braces(&span),
            _ => self.no_value(),
        }
    }

    fn leaf(&mut self, kind: Kind, span: Range<usize>) -> Parsed {
        self.at += 1;
        self.node(kind, span)
    }

    fn name(&mut self, start: Range<usize>) -> Parsed {
        let span = self.span();
        let whole = start.start..span.end;
        let name = self.slice();
        let kind = match name {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            "in" => return self.no_value(),
            _ => self.capitalized(name, &span).unwrap_or_else(|| Kind::Name(name.to_owned())),
        };
        if is_reserved(name) {
            let is_if = name == "if";
            let help =
                if is_if { "write `condition ? value : other value`" } else { "no name in a row starts with it" };
            return self.wrong(&span, format!("`{name}` is a reserved word of CEL"), help);
        }
        self.at += 1;
        if matches!(kind, Kind::Name(_))
            && let Some(open) = self.eat("(")
        {
            let (arguments, end) = self.arguments(&open)?;
            let function = Function { name: name.to_owned(), span };
            return self.node(Kind::Call(None, function, arguments), whole.start..end);
        }
        self.node(kind, whole)
    }

    /// The digits at the current word, with the sign that came before them.
    fn number(&mut self, negative: bool, start: usize) -> Parsed {
        let digits = self.span();
        let span = start..digits.end;
        let written = self.slice();
        let sign = if negative { "-" } else { "" };
        let whole = |written: &str| match written.strip_prefix("0x") {
            Some(digits) => i128::from_str_radix(digits, 16).ok(),
            None => written.parse::<i128>().ok(),
        };
        let kind = match self.token() {
            Token::Double => format!("{sign}{written}").parse().ok().filter(|n: &f64| n.is_finite()).map(Kind::Double),
            Token::Uint => whole(written.trim_end_matches(['u', 'U'])).and_then(|n| n.try_into().ok()).map(Kind::Uint),
            _ => whole(written).and_then(|n| if negative { -n } else { n }.try_into().ok()).map(Kind::Int),
        };
        let kind = kind.unwrap_or_else(|| {
            // The lexer has reported what is no number at all.
            if !self.findings.iter().any(|finding| finding.place == digits) {
                let limits = match self.token() {
                    Token::Double => "doubles reach up to about 1.8e308".to_owned(),
                    Token::Uint => format!("unsigned numbers reach from 0 to {}", u64::MAX),
                    _ => format!("whole numbers reach from {} to {}", i64::MIN, i64::MAX),
                };
                self.findings.push(error(SYNTAX, &span, "this number is too large").why(limits));
            }
            if matches!(self.token(), Token::Double) { Kind::Double(0.0) } else { Kind::Int(0) }
        });
        self.leaf(kind, span)
    }

    /// `(x)`, or `("DE", "AT")`, which is meant as a list.
    fn brackets(&mut self, open: &Range<usize>) -> Parsed {
        self.at += 1;
        let mut inner = self.expression()?;
        if self.is(0, ",") {
            let list = self.rest_of_list(inner, open, ")")?;
            return self.list_meant(list, "round brackets contain one value");
        }
        let end = self.close(")", open)?;
        inner.outer = open.start..end;
        Ok(inner)
    }

    /// `{"DE", "AT"}` is read as a list, and `{"a": 1}` as a map.
    fn braces(&mut self, open: &Range<usize>) -> Parsed {
        self.at += 1;
        if !self.is(0, "}") {
            let first = self.expression()?;
            if matches!(self.token(), Token::Symbol("," | "}")) {
                let list = self.rest_of_list(first, open, "}")?;
                return self.list_meant(list, "CEL has no sets in braces");
            }
        }
        let finding = error(REFUSED, open, "this profile of CEL has no maps")
            .help("compare the attributes one by one, or write a list, as in [\"DE\", \"AT\"]");
        Err(self.stop(finding))
    }

    fn list_meant(&mut self, list: Expr, what: &str) -> Parsed {
        let inside = self.row.get(list.span.start + 1..list.span.end - 1).unwrap_or_default();
        self.slip(&list.span, what, "write a list in square brackets", format!("[{}]", inside.trim()));
        Ok(list)
    }

    fn list(&mut self, open: &Range<usize>, closer: &str) -> Parsed {
        self.at += 1;
        if let Some(end) = self.eat(closer) {
            return self.node(Kind::List(Vec::new()), open.start..end.end);
        }
        let first = self.expression()?;
        self.rest_of_list(first, open, closer)
    }

    fn rest_of_list(&mut self, first: Expr, open: &Range<usize>, closer: &str) -> Parsed {
        let mut items = vec![first];
        while self.eat(",").is_some() {
            if self.is(0, closer) {
                break;
            }
            items.push(self.expression()?);
        }
        let end = self.close(closer, open)?;
        self.node(Kind::List(items), open.start..end)
    }

    /// Passes the closing bracket and gives its end; a missing one is reported at the opener.
    pub(super) fn close(&mut self, closer: &str, open: &Range<usize>) -> Parsed<usize> {
        if let Some(span) = self.eat(closer) {
            return Ok(span.end);
        }
        let opener = &self.row[open.clone()];
        match self.token() {
            Token::End => {
                self.wrong(open, format!("this `{opener}` is never closed"), format!("write `{closer}` where it ends"))
            }
            Token::Symbol(")" | "]" | "}") => {
                let what = format!("`{}` cannot close `{opener}`", self.slice());
                self.slip(&self.span(), what, format!("write `{closer}`"), closer);
                Err(Stop)
            }
            _ => self.left_over(),
        }
    }

    /// `True`, `FALSE`, `None`: what other languages call the constants.
    fn capitalized(&mut self, name: &str, span: &Range<usize>) -> Option<Kind> {
        if matches!(self.peek(1), Token::Symbol("." | "(")) {
            return None;
        }
        let (kind, meant) = match name.to_ascii_lowercase().as_str() {
            "true" => (Kind::Bool(true), "true"),
            "false" => (Kind::Bool(false), "false"),
            "null" | "none" | "nil" | "undefined" => (Kind::Null, "null"),
            _ => return None,
        };
        self.slip(span, format!("`{name}` is not a constant"), format!("write `{meant}`"), meant);
        Some(kind)
    }
}
