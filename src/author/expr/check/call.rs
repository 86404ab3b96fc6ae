//! Functions: `has`, `size` and the three text functions.

use super::super::ast::{Expr, Function, Kind};
use super::super::finding::{Finding, REFUSED, SYNTAX, TYPE_MISMATCH, UNKNOWN_NAME};
use super::super::near::nearest;
use super::super::print::quote;
use super::super::{Condition, TextTest, fold};
use super::Checker;
use super::name::Named;
use super::types::{Checked, Type};

const FUNCTIONS: &[&str] = &["contains", "endsWith", "has", "size", "startsWith"];

/// What other languages call our functions, in small letters without `_`.
const ALIASES: &[(&str, &str)] = &[
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("includes", "contains"),
    ("beginswith", "startsWith"),
    ("hasprefix", "startsWith"),
    ("hassuffix", "endsWith"),
    ("exist", "has"),
    ("isset", "has"),
    ("defined", "has"),
    ("ispresent", "has"),
];

/// Functions of CEL that this profile leaves out, and what to do instead.
const LEFT_OUT: &[(&[&str], &str)] = &[
    (&["matches"], "use startsWith, endsWith or contains"),
    (
        &["all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap"],
        "ask with `in` whether a list holds a value, as in `\"new\" in page.tags`",
    ),
    (
        &[
            "lowerAscii",
            "upperAscii",
            "lower",
            "upper",
            "toLowerCase",
            "toUpperCase",
            "trim",
            "replace",
            "substring",
            "split",
        ],
        "store the value in the form that the condition needs",
    ),
    (
        &["bool", "bytes", "double", "dyn", "int", "string", "type", "uint"],
        "attributes have a type already; write constants in it",
    ),
    (
        &["now", "timestamp", "duration", "getDate", "getDayOfWeek", "getFullYear", "getHours", "getMonth"],
        "times belong in the schedule of an experience",
    ),
];

impl Checker<'_, '_> {
    pub(super) fn call(
        &mut self,
        whole: &Expr,
        target: Option<&Expr>,
        function: &Function,
        arguments: &[Expr],
    ) -> Option<Checked> {
        let test = match function.name.as_str() {
            "startsWith" => Some(TextTest::StartsWith),
            "endsWith" => Some(TextTest::EndsWith),
            "contains" => Some(TextTest::Contains),
            _ => None,
        };
        match (test, function.name.as_str(), target, arguments) {
            (Some(test), _, Some(subject), [argument]) => {
                self.relation(whole, |it| it.text_test(test, whole, subject, argument))
            }
            (Some(_), name, None, [subject, argument]) => {
                let mended = format!("{}.{name}({})", self.slice(&subject.outer), self.slice(&argument.outer));
                let finding = Finding::error(SYNTAX, &whole.span, format!("`{name}` is called on a text"));
                self.fail(finding.help("write the text in front of it").mended(mended))
            }
            (None, "size", Some(of), []) | (None, "size", None, [of]) => self.relation(whole, |it| it.size(of, whole)),
            (None, "has", None, [attribute]) => self.has(whole, attribute),
            (None, "has", Some(attribute), []) => {
                let mended = format!("has({})", self.slice(&attribute.outer));
                let finding = Finding::error(SYNTAX, &whole.span, "`has` takes the attribute in its brackets");
                self.fail(finding.help(format!("write `{mended}`")).mended(mended))
            }
            (Some(_), name, ..) => {
                self.shape(whole, &format!("`{name}` takes one text"), &format!("write `text.{name}(\"…\")`"))
            }
            (None, "size", ..) => self.shape(whole, "`size` takes one text or list", "write `size(x)` or `x.size()`"),
            (None, "has", ..) => self.shape(whole, "`has` takes one attribute", "write `has(request.country)`"),
            _ => {
                let finding = self.unknown_function(whole, target, function, arguments);
                self.fail(finding)
            }
        }
    }

    fn shape(&mut self, whole: &Expr, what: &str, help: &str) -> Option<Checked> {
        self.fail(Finding::error(SYNTAX, &whole.span, what).help(help))
    }

    fn has(&mut self, whole: &Expr, attribute: &Expr) -> Option<Checked> {
        if !matches!(attribute.kind, Kind::Select(..) | Kind::Name(_)) {
            return self.shape(whole, "`has` takes one attribute", "write `has(request.country)`");
        }
        match self.resolve(attribute)? {
            Named::Attribute(attribute) => Some(Checked::Condition(Condition::Has(attribute))),
            Named::Audience(_) => {
                let finding = Finding::error(TYPE_MISMATCH, &whole.span, "an audience is no attribute");
                self.fail(finding.help("use it as a condition").mended(self.slice(&attribute.span)))
            }
        }
    }

    fn size(&mut self, of: &Expr, whole: &Expr) -> Option<Checked> {
        match self.within(self.atom.clone(), false, |it| it.value(of))? {
            Checked::Value(term, Type::Text(_) | Type::List(_)) => {
                self.guard_term(&term, whole);
                Some(Checked::Value(fold::size(term), Type::Int))
            }
            other => {
                let what = format!("`{}` is {} and has no size", self.short(of), self.noun(&other));
                self.fail(Finding::error(TYPE_MISMATCH, &of.span, what).help("size() measures strings and lists"))
            }
        }
    }

    fn text_test(&mut self, test: TextTest, whole: &Expr, subject: &Expr, argument: &Expr) -> Option<Checked> {
        let found = self.value(subject);
        let sought = self.within(self.atom.clone(), false, |it| it.beside(argument, Some(Type::Text(None))));
        match (found?, sought?) {
            (Checked::Value(found, Type::Text(_)), Checked::Value(sought, Type::Text(_))) => {
                self.guard_term(&found, whole);
                self.guard_term(&sought, whole);
                Some(Checked::Condition(fold::text(test, found, sought)))
            }
            (Checked::Value(_, Type::List(_)), _) if test == TextTest::Contains => {
                let mended = format!("{} in {}", self.slice(&argument.outer), self.slice(&subject.outer));
                let what = format!("`{}` is a list, and contains() searches texts", self.short(subject));
                self.fail(Finding::error(TYPE_MISMATCH, &whole.span, what).help("ask with `in`").mended(mended))
            }
            (Checked::Value(_, Type::Text(_)), other) => self.no_text(argument, &other),
            (other, _) => self.no_text(subject, &other),
        }
    }

    fn no_text(&mut self, expr: &Expr, checked: &Checked) -> Option<Checked> {
        let what = format!("`{}` is {}, not a string", self.short(expr), self.noun(checked));
        let finding = Finding::error(TYPE_MISMATCH, &expr.span, what);
        self.fail(match &expr.kind {
            Kind::Int(_) | Kind::Double(_) | Kind::Bool(_) => {
                finding.help("a text stands in quotes").mended(quote(self.slice(&expr.span)))
            }
            _ => finding.help("text functions search strings"),
        })
    }

    fn unknown_function(
        &self,
        whole: &Expr,
        target: Option<&Expr>,
        function: &Function,
        arguments: &[Expr],
    ) -> Finding {
        let name = function.name.as_str();
        if let Some((_, instead)) = LEFT_OUT.iter().find(|(names, _)| names.contains(&name)) {
            let finding =
                Finding::error(REFUSED, &whole.span, format!("this profile of CEL has no {name}()")).help(*instead);
            return match (target, arguments) {
                (Some(subject), [Expr { kind: Kind::Text(pattern), .. }]) if name == "matches" => {
                    match without_pattern(self.slice(&subject.outer), pattern) {
                        Some(mended) => finding.mended(mended),
                        None => finding,
                    }
                }
                _ => finding,
            };
        }
        let plain = name.to_ascii_lowercase().replace('_', "");
        let alias = ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, meant)| *meant);
        let meant = alias.or_else(|| FUNCTIONS.iter().find(|known| known.eq_ignore_ascii_case(&plain)).copied());
        let finding = Finding::error(UNKNOWN_NAME, &function.span, format!("there is no function `{name}`"));
        match meant.or_else(|| nearest(name, FUNCTIONS.iter().copied())) {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")).mended(meant),
            None => finding.help(format!("the functions are {}", FUNCTIONS.join(", "))),
        }
    }
}

/// A regular expression that is no more than a fixed start, end, part or whole.
fn without_pattern(subject: &str, pattern: &str) -> Option<String> {
    let (from_start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (to_end, fixed) = rest.strip_suffix('$').map_or((false, rest), |fixed| (true, fixed));
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | ' ' | ':' | '@' | '&' | '=');
    if fixed.is_empty() || !fixed.chars().all(plain) {
        return None;
    }
    let fixed = quote(fixed);
    Some(match (from_start, to_end) {
        (true, true) => format!("{subject} == {fixed}"),
        (true, false) => format!("{subject}.startsWith({fixed})"),
        (false, true) => format!("{subject}.endsWith({fixed})"),
        (false, false) => format!("{subject}.contains({fixed})"),
    })
}
