//! Semantic versions, by the names of Kubernetes' CEL library.

use super::{
    BAD_CONSTANT, Checked, Checker, Comparison, Condition, Expr, Finding, Form, Function, Literal, Part, SYNTAX, Term,
    Type, Unary, Zone, error, fold, quote,
};
use crate::engine::expression::version::is_version;

impl Checker<'_, '_> {
    /// `semver(text)` and `isSemver(text)`
    pub(super) fn semver(&mut self, whole: &Expr, function: &Function, argument: &Expr) -> Option<Checked> {
        let term = self.text_argument(whole, function, argument)?;
        if let Some(form) = Form::from_name(&function.name) {
            return Some(Checked::folded(Condition::Form(form, term)));
        }
        if let Term::Literal(Literal::Text(text)) = &term
            && !is_version(text.as_bytes())
        {
            let what = format!("{} is not a semantic version", quote(text));
            let finding = error(BAD_CONSTANT, &argument.span, what)
                .why("a semantic version has three numbers and no letter in front")
                .help("write it as in \"1.2.0\" or \"1.2.0-rc.1\"");
            return self.fail(finding.mended_where(meant(text).map(|meant| quote(&meant))));
        }
        Some(Checked::Value(Term::Unary(Unary::from_name(&function.name)?, Box::new(term)), Type::Version))
    }

    /// `version.isLessThan(other)`, `isGreaterThan`, `compareTo`
    pub(super) fn version_order(&mut self, whole: &Expr, one: &Expr, name: &str, other: &Expr) -> Option<Checked> {
        let [one, other] = [one, other].map(|version| self.version_operand(whole, version, name));
        let (one, other) = (one?, other?);
        Some(match name {
            "isLessThan" => Checked::Condition(fold::compare(Comparison::Less, one, other)),
            "isGreaterThan" => Checked::Condition(fold::compare(Comparison::Greater, one, other)),
            _ => Checked::Value(fold::compare_to(one, other), Type::Int),
        })
    }

    /// `version.major()` and its kin
    pub(super) fn version_part(&mut self, part: Part, whole: &Expr, target: &Expr) -> Option<Checked> {
        let term = self.version_operand(whole, target, part.name())?;
        self.settled(whole, fold::term(Term::Part(part, Zone::Utc, Box::new(term))), Type::Int)
    }

    fn version_operand(&mut self, whole: &Expr, operand: &Expr, name: &str) -> Option<Term> {
        let says = format!(", and {name}() takes versions");
        match self.operand(whole, operand)? {
            Checked::Value(term, Type::Version) => Some(term),
            text @ Checked::Value(_, Type::Text(_)) => {
                let finding = self.unfit(operand, &text, &says).help("read the text as a version with semver()");
                self.fail(finding.mended(format!("semver({})", self.slice(&operand.span))))
            }
            other => self.misfit(operand, &other, &says, "write `semver(text)`"),
        }
    }

    /// `semver(x) < semver(y)`: versions have functions for their order.
    pub(super) fn ordered_versions(&self, by: Comparison, whole: &Expr, left: &Expr, right: &Expr) -> Finding {
        let (one, other) = (self.slice(&left.outer), self.slice(&right.outer));
        let mended = match by {
            Comparison::Less => format!("{one}.isLessThan({other})"),
            Comparison::Greater => format!("{one}.isGreaterThan({other})"),
            Comparison::LessOrEqual => format!("!{one}.isGreaterThan({other})"),
            _ => format!("!{one}.isLessThan({other})"),
        };
        error(SYNTAX, &whole.span, "versions are not ordered with an operator")
            .why("CEL's library of versions has functions for it")
            .help("use isLessThan and isGreaterThan")
            .mended(mended)
    }
}

/// A version that the author may have meant: `v1.2` is `1.2.0`.
pub(super) fn meant(text: &str) -> Option<String> {
    let plain = text.trim().trim_start_matches(['v', 'V', '=']);
    let end = plain.find(['-', '+']).unwrap_or(plain.len());
    let (core, rest) = plain.split_at(end);
    let mut numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() > 3 || numbers.iter().any(|number| number.is_empty()) {
        return None;
    }
    numbers.resize(3, "0");
    let stripped = numbers.iter().map(|number| match number.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    });
    let mended = format!("{}{rest}", stripped.collect::<Vec<_>>().join("."));
    is_version(mended.as_bytes()).then_some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_version_is_mended() {
        assert_eq!(meant("v1.2").as_deref(), Some("1.2.0"));
        assert_eq!(meant("01.2.3-rc.1").as_deref(), Some("1.2.3-rc.1"));
        assert_eq!(["1.2.3.4", "1..3", "latest"].map(meant), [const { None }; 3]);
    }
}
