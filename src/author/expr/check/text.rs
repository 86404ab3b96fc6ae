//! Functions of texts and numbers: size, the text tests, case and conversions.

use super::{
    Case, Checked, Checker, Condition, Expr, Function, Kind, LITERAL_WILDCARD, Literal, Term, TextTest, Type, Unary,
    error, fold, quote,
};

/// A wildcard of other languages: `?`, `[a-z]`, `{a,b}`. A question mark of a query is none.
fn literal_wildcard(pattern: &str) -> Option<&str> {
    let between = |open: char, close: char| {
        let start = pattern.find(open)?;
        let inside = pattern.get(start..)?;
        inside.get(..=inside.find(close)?)
    };
    let single = pattern.char_indices().find(|(at, c)| {
        let rest = pattern.get(at + 1..).unwrap_or_default();
        let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)));
        *c == '?' && !rest.starts_with('*') && !name.is_some_and(|end| end > 0 && rest[end..].starts_with('='))
    });
    let alternatives = between('{', '}').filter(|inside| inside.contains(','));
    between('[', ']').or(alternatives).or_else(|| single.and_then(|(at, _)| pattern.get(at..=at)))
}

impl Checker<'_, '_> {
    pub(super) fn size(&mut self, of: &Expr, whole: &Expr) -> Option<Checked> {
        match self.within(self.atom.clone(), false, |it| it.value(of))? {
            Checked::Value(term, Type::Text(_) | Type::List(_)) => {
                self.guard_term(&term, whole);
                Some(Checked::Value(fold::term(Term::Size(Box::new(term))).0, Type::Int))
            }
            other => self.misfit(of, &other, " and has no size", "size() measures strings and lists"),
        }
    }

    pub(super) fn text_test(&mut self, test: TextTest, whole: &Expr, text: &Expr, argument: &Expr) -> Option<Checked> {
        let found = self.value(text);
        let sought = self.within(self.atom.clone(), false, |it| it.beside(argument, Some(Type::Text(None))));
        match (found?, sought?) {
            (Checked::Value(found, Type::Text(_)), Checked::Value(sought, Type::Text(_))) => {
                if test == TextTest::Glob && !matches!(sought, Term::Literal(_)) {
                    let help = "write a constant pattern, as in `page.path.glob(\"/shop/*\")`";
                    return self.refuse(&argument.span, "a pattern must be a constant text", help);
                }
                self.guard_term(&found, whole);
                self.guard_term(&sought, whole);
                if let (TextTest::Glob, Term::Literal(Literal::Text(pattern))) = (test, &sought)
                    && let Some(part) = literal_wildcard(pattern)
                {
                    let what = format!("`{part}` has no special meaning in a pattern");
                    let finding = error(LITERAL_WILDCARD, &argument.span, what).warning();
                    let finding = finding.why("only `*` is a wildcard, for any number of characters");
                    self.report(finding.help("write `*`, or join several patterns with `||`"));
                }
                Some(Checked::folded(Condition::Text(test, found, sought)))
            }
            (Checked::Value(_, Type::List(_)), _) if test == TextTest::Contains => {
                let finding = self.in_list(whole, text, argument, "contains");
                self.fail(finding)
            }
            (Checked::Value(_, Type::Text(_)), other) => self.no_text(argument, &other),
            (other, _) => self.no_text(text, &other),
        }
    }

    fn no_text(&mut self, expr: &Expr, checked: &Checked) -> Option<Checked> {
        if !matches!(expr.kind, Kind::Int(_) | Kind::Double(_) | Kind::Bool(_)) {
            return self.misfit(expr, checked, ", not a string", "text functions search strings");
        }
        let finding = self.unfit(expr, checked, ", not a string").help("put a text in quotes");
        self.fail(finding.mended(quote(self.slice(&expr.span))))
    }

    /// `text.lowerAscii()` and `text.upperAscii()`
    pub(super) fn cased(&mut self, whole: &Expr, of: &Expr, function: &Function) -> Option<Checked> {
        let (term, case) = (self.text_argument(whole, function, of)?, Case::from_name(&function.name)?);
        Some(Checked::Value(fold::term(Term::Cased(case, Box::new(term))).0, Type::Text(None)))
    }

    /// `int(x)` and `double(x)`
    pub(super) fn conversion(&mut self, whole: &Expr, function: &Function, of: &Expr) -> Option<Checked> {
        let name = function.name.as_str();
        let checked = self.operand(whole, of)?;
        if let Checked::Value(term, Type::Int | Type::Double | Type::Timestamp) = &checked {
            self.guard_term(term, whole);
        }
        match (name, checked) {
            ("int", Checked::Value(term, Type::Double | Type::Timestamp)) => {
                self.settled(whole, fold::term(Term::Unary(Unary::ToInt, Box::new(term))), Type::Int)
            }
            ("double", Checked::Value(term, Type::Int)) => {
                self.settled(whole, fold::term(Term::Unary(Unary::ToDouble, Box::new(term))), Type::Double)
            }
            ("int", same @ Checked::Value(_, Type::Int)) | ("double", same @ Checked::Value(_, Type::Double)) => {
                Some(same)
            }
            (_, other) => {
                let takes = if name == "int" { "doubles and timestamps" } else { "ints" };
                let finding = self.unfit(of, &other, &format!(", and {name}() takes {takes}"));
                self.fail(match &of.kind {
                    Kind::Text(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
                        finding.help("write the number without quotes").mended(text.trim())
                    }
                    _ => finding.help("an attribute has a type: declare the type that you need in attributes.toml"),
                })
            }
        }
    }
}
