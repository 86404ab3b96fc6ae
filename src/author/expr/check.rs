//! Types, names and guards. Takes the tree of a row and the names it may use, gives a typed condition or findings. It does
//! not stop at a finding: the other operands of a row are still checked. It never evaluates anything but constants.

mod arithmetic;
mod call;
mod compare;
mod foreign;
mod functions;
mod guard;
mod list;
mod name;
mod network;
mod quantified;
mod range;
mod text;
mod time;
mod types;
mod version;

use std::collections::BTreeSet;
use std::ops::Range;

use super::ast::{Expr, Function, Kind, Operator};
use super::budget::FINDINGS_MAX;
use super::finding::{
    BAD_CONSTANT, CONSTANT, Finding, LITERAL_WILDCARD, NEEDS_GUARD, NOT_A_CONDITION, OUTSIDE_SET, OVER_BUDGET, REFUSED,
    SYNTAX, TYPE_MISMATCH, UNKNOWN_NAME, error,
};
use super::near::{member, nearest};
use super::text::quote;
use super::{
    Arithmetic, Case, Comparison, Condition, Form, Literal, Network, Part, Piece, Quantifier, Scope, Term, TextTest,
    Unary, Zone, fold, times,
};
use crate::author::diagnostic::Severity;
use call::Call;
use guard::{Atom, present};
use name::Named;
use network::address;
use quantified::Bound;
use types::{Checked, Items, Type};

/// The condition of a row. `None` comes with a finding.
pub(super) fn row(text: &str, row: &Expr, scope: &Scope<'_>, findings: &mut Vec<Finding>) -> Option<Condition> {
    let mut checker = Checker {
        text,
        scope,
        findings,
        assured: BTreeSet::new(),
        atom: None,
        tight: false,
        inside: None,
        bound: Vec::new(),
        enclosing: 0,
        written: 0,
    };
    let condition = match checker.value(row)? {
        Checked::Condition(condition) => condition,
        Checked::Value(term, of) => {
            checker.not_a_condition(row, &term, &of);
            return None;
        }
    };
    checker.guard_truth(&condition, row);
    checker.affordable(&condition, row);
    if let Condition::Const(value) = condition {
        let what = format!("this row is always {value}");
        let help = match value {
            true => "remove it: it does not depend on the visit",
            false => "correct or remove it: a rule that needs it never matches",
        };
        checker.report(error(CONSTANT, &row.outer, what).warning().help(help));
    }
    Some(condition)
}

struct Checker<'a, 'f> {
    text: &'a str,
    scope: &'a Scope<'a>,
    findings: &'f mut Vec<Finding>,
    /// Attributes that are present wherever the current node is evaluated.
    assured: BTreeSet<usize>,
    /// The outermost comparison or call around the current node: where a guard would go.
    atom: Option<Atom>,
    /// True if the current node's parent binds more tightly than `&&`.
    tight: bool,
    /// The construct around the current node, if no audience can be used in it.
    inside: Option<&'static str>,
    /// The names that stand for items here, the innermost last.
    bound: Vec<Bound>,
    /// How many macros over attributes are around the current node.
    enclosing: usize,
    /// How many parts the macros of the row have that were written out.
    written: usize,
}

impl Checker<'_, '_> {
    fn value(&mut self, expr: &Expr) -> Option<Checked> {
        match &expr.kind {
            Kind::Bool(value) => Some(Checked::Condition(Condition::Const(*value))),
            Kind::Int(_) | Kind::Double(_) if self.unreadable(expr) => None,
            Kind::Int(number) => Some(Checked::Value(Term::Literal(Literal::Int(*number)), Type::Int)),
            Kind::Double(number) => Some(Checked::Value(Term::Literal(Literal::Double(*number)), Type::Double)),
            Kind::Text(text) => Some(Checked::Value(Term::Literal(Literal::Text(text.clone())), Type::Text(None))),
            Kind::List(items) => self.list(items, None),
            Kind::Name(_) | Kind::Select(..) => self.name(expr),
            Kind::Call(target, function, arguments) => {
                self.call(Call { whole: expr, target: target.as_deref(), function, arguments })
            }
            Kind::Not(operand) => self.not(expr, operand).map(Checked::Condition),
            Kind::And(operands) => {
                let all = self.chain(operands, true)?;
                self.apart(expr, operands, &all);
                Some(Checked::folded(Condition::And(all)))
            }
            Kind::Or(operands) => self.chain(operands, false).map(|any| Checked::folded(Condition::Or(any))),
            Kind::If(condition, yes, no) => self.choice(expr, condition, yes, no),
            Kind::Binary(Operator::In, item, list) => self.relation(expr, |it| it.membership(expr, item, list)),
            Kind::Binary(Operator::Compare(by), left, right) => {
                self.relation(expr, |it| it.compare(*by, expr, left, right))
            }
            Kind::Binary(Operator::Calculate(by), left, right) => self.arithmetic(*by, expr, left, right),
            Kind::Negate(operand) => self.negation(expr, operand),
            Kind::Null => {
                let help = "use has() to test whether an attribute is there";
                self.refuse(&expr.span, "null may only stand beside `==` or `!=`", help)
            }
            Kind::Uint(number) => {
                let finding = error(REFUSED, &expr.span, "this profile of CEL has no unsigned numbers");
                self.fail(finding.help("write a whole number without `u`").mended(number.to_string()))
            }
            Kind::Bytes(text) => {
                let finding = error(REFUSED, &expr.span, "this profile of CEL has no bytes");
                self.fail(finding.help("write a text").mended(quote(text)))
            }
            Kind::Index(target, index) => self.index(expr, target, index),
        }
    }

    /// An operand that must be true or false.
    fn truth(&mut self, expr: &Expr) -> Option<Condition> {
        let checked = self.value(expr)?;
        self.as_truth(checked, expr, expr)
    }

    fn not(&mut self, whole: &Expr, operand: &Expr) -> Option<Condition> {
        let checked = self.within(None, true, |it| it.value(operand))?;
        self.as_truth(checked, operand, whole).map(fold::not)
    }

    /// The condition that an operand is; a guard would go around `guarded`.
    fn as_truth(&mut self, checked: Checked, operand: &Expr, guarded: &Expr) -> Option<Condition> {
        match checked {
            Checked::Condition(condition) => {
                self.guard_truth(&condition, guarded);
                Some(condition)
            }
            Checked::Value(term, of) => self.fail(self.no_truth(operand, &term, &of)),
        }
    }

    /// The operands of `&&` (or `||`): each is evaluated where those before it are true (or false).
    fn chain(&mut self, operands: &[Expr], and: bool) -> Option<Vec<Condition>> {
        let before = self.assured.clone();
        let mut conditions = Vec::with_capacity(operands.len());
        for (position, operand) in operands.iter().enumerate() {
            let condition = self.within(None, false, |it| match it.value(operand)? {
                Checked::Condition(condition) => {
                    it.guard_truth(&condition, operand);
                    Some(condition)
                }
                Checked::Value(term, of) => {
                    let previous = position.checked_sub(1).and_then(|before| operands.get(before));
                    it.fail(it.value_in_chain(operand, &term, &of, previous))
                }
            });
            if let Some(condition) = condition {
                self.assured.extend(present(&condition, and));
                conditions.push(condition);
            }
        }
        self.assured = before;
        (conditions.len() == operands.len()).then_some(conditions)
    }

    fn choice(&mut self, whole: &Expr, condition: &Expr, yes: &Expr, no: &Expr) -> Option<Checked> {
        let test = self.within(None, false, |it| it.truth(condition));
        let branch = |it: &mut Self, expr: &Expr, truth: bool| {
            let before = it.assured.clone();
            if let Some(test) = &test {
                it.assured.extend(present(test, truth));
            }
            let atom = it.atom.clone();
            let checked = it.within(atom, false, |it| {
                let checked = it.value(expr)?;
                if let Checked::Condition(condition) = &checked {
                    it.guard_truth(condition, expr);
                }
                Some(checked)
            });
            it.assured = before;
            checked
        };
        let (on_true, on_false) = (branch(self, yes, true), branch(self, no, false));
        match (test?, on_true?, on_false?) {
            (test, Checked::Condition(yes), Checked::Condition(no)) => {
                Some(Checked::folded(Condition::If(Box::new(test), Box::new(yes), Box::new(no))))
            }
            (test, Checked::Value(one, one_type), Checked::Value(other, other_type))
                if types::join(self.scope, &one_type, &other_type).is_some() =>
            {
                let of = types::join(self.scope, &one_type, &other_type)?;
                Some(Checked::Value(fold::choose_term(test, one, other), of))
            }
            (_, one, other) => {
                let what = format!("the branches of this choice are {} and {}", one.noun(), other.noun());
                self.wrong(TYPE_MISMATCH, &whole.span, what, "give both branches the same type")
            }
        }
    }

    /// Checks within another surrounding and comes back to this one.
    fn within<T>(&mut self, atom: Option<Atom>, tight: bool, check: impl FnOnce(&mut Self) -> T) -> T {
        let outside = (std::mem::replace(&mut self.atom, atom), std::mem::replace(&mut self.tight, tight));
        let result = check(self);
        (self.atom, self.tight) = outside;
        result
    }

    /// Checks the operands of something that only values can be a part of.
    fn inside<T>(&mut self, what: &'static str, check: impl FnOnce(&mut Self) -> T) -> T {
        let outside = self.inside.replace(what);
        let result = check(self);
        self.inside = outside;
        result
    }

    /// Checks the operands of a comparison or a call.
    fn relation<T>(&mut self, whole: &Expr, check: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Some(self.atom_around(whole)), true, check)
    }

    /// True if the grammar has said already that this is no number.
    fn unreadable(&self, number: &Expr) -> bool {
        self.findings.iter().any(|finding| finding.code == SYNTAX && finding.place == number.span)
    }

    fn report(&mut self, finding: Finding) {
        if finding.severity == Severity::Error || self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    /// True if more findings would never be read. Warnings do not count: they must not hide an error.
    fn full(&self) -> bool {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count() >= FINDINGS_MAX
    }

    fn fail<T>(&mut self, finding: Finding) -> Option<T> {
        self.report(finding);
        None
    }

    fn refuse<T>(&mut self, span: &Range<usize>, what: impl Into<String>, help: impl Into<String>) -> Option<T> {
        self.wrong(REFUSED, span, what, help)
    }

    fn wrong<T>(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.fail(error(code, span, what).help(help))
    }

    /// Reports an operand whose type does not fit, and the type that it should have.
    fn misfit<T>(&mut self, operand: &Expr, found: &Checked, says: &str, help: &str) -> Option<T> {
        self.fail(self.unfit(operand, found, says).help(help))
    }

    /// Checks the subject or the argument of a function.
    fn operand(&mut self, whole: &Expr, operand: &Expr) -> Option<Checked> {
        self.relation(whole, |it| it.inside("a function", |it| it.value(operand)))
    }

    fn not_a_condition(&mut self, row: &Expr, term: &Term, of: &Type) {
        let mut written = self.short(row);
        if matches!(row.kind, Kind::If(..)) {
            written = format!("({written})");
        }
        let what = format!("this row is {}, neither true nor false", of.noun());
        let help = match (term, of) {
            (Term::Literal(_) | Term::List(_), _) => {
                "write a condition about the visit, as in `request.country == \"DE\"`".into()
            }
            (_, Type::Int | Type::Double) => format!("compare it, as in `{written} >= 1`"),
            (_, Type::Text(set)) => {
                let example = set.and_then(|set| self.values(set).first().cloned()).unwrap_or_else(|| "…".into());
                format!("compare it, as in `{written} == {}`", quote(&example))
            }
            (_, Type::Timestamp) => format!("compare it, as in `{written} < now`"),
            (_, Type::Duration) => format!("compare it, as in `{written} > duration(\"72h\")`"),
            (_, Type::Version) => format!("compare it, as in `{written}.isLessThan(semver(\"2.0.0\"))`"),
            (_, Type::Ip) => "test a range, as in `cidr(\"10.0.0.0/8\").containsIP(…)`".into(),
            (_, Type::List(Items::Text(_) | Items::Any)) => {
                format!("test what it contains, as in `\"…\" in {written}`")
            }
            (_, Type::List(_)) => "test with `in` whether it contains a value".into(),
        };
        self.report(error(NOT_A_CONDITION, &row.outer, what).help(help));
    }

    fn no_truth(&self, expr: &Expr, term: &Term, of: &Type) -> Finding {
        let what = format!("`{}` is {}, neither true nor false", self.short(expr), of.noun());
        let finding = error(TYPE_MISMATCH, &expr.span, what);
        match (term, of) {
            (Term::Attribute(_), Type::List(_)) => finding.help("test what it contains, with `in` or size()"),
            _ => finding.help("compare it with something"),
        }
    }

    /// `x == "DE" || "AT"`: the comparison is meant to go on.
    fn value_in_chain(&self, expr: &Expr, term: &Term, of: &Type, previous: Option<&Expr>) -> Finding {
        let finding = self.no_truth(expr, term, of);
        if let (Term::Literal(_), Some(Kind::Binary(operator @ Operator::Compare(_), left, _))) =
            (term, previous.map(|previous| &previous.kind))
        {
            let mended = format!("{} {} {}", self.slice(&left.outer), operator.symbol(), self.slice(&expr.span));
            return finding.help("repeat the comparison, or write the values as a list with `in`").mended(mended);
        }
        finding
    }
}
