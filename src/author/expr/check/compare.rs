//! `== != < <= > >=`.

use super::list::simple_truth;
use super::version::meant;
use super::{
    CONSTANT, Checked, Checker, Comparison, Condition, Expr, Finding, Kind, Named, OUTSIDE_SET, Operator,
    TYPE_MISMATCH, Type, address, error, fold, quote,
};
use crate::engine::expression::version::is_version;

impl Checker<'_, '_> {
    pub(super) fn compare(&mut self, by: Comparison, whole: &Expr, left: &Expr, right: &Expr) -> Option<Checked> {
        match (&left.kind, &right.kind) {
            (Kind::Null, _) => return self.null(by, whole, right),
            (_, Kind::Null) => return self.null(by, whole, left),
            _ => {}
        }
        if let Some(finding) = self.early_not(whole, left).or_else(|| self.either(by, whole, left, right)) {
            return self.fail(finding);
        }
        // The side with more information is checked first. A bare word is read by the other side.
        let (one, other) = if matches!(left.kind, Kind::Name(_)) {
            let other = self.value(right);
            (self.beside(left, other.as_ref().and_then(Checked::of)), other)
        } else {
            let one = self.value(left);
            let other = self.beside(right, one.as_ref().and_then(Checked::of));
            (one, other)
        };
        let (one, other) = (one?, other?);
        let equality = matches!(by, Comparison::Equal | Comparison::NotEqual);
        match (&one, &other) {
            (Checked::Condition(a), Checked::Condition(b)) if equality => {
                Some(Checked::Condition(self.same(by, (left, a), (right, b))))
            }
            (Checked::Value(a, a_type), Checked::Value(b, b_type)) if comparable(a_type, b_type) => {
                if matches!(a_type, Type::List(_)) {
                    let help = "test with `in` whether a list contains a value, or with size() how many";
                    return self.refuse(&whole.span, "this profile of CEL compares no lists", help);
                }
                if let (Type::Text(Some(set)), _) | (_, Type::Text(Some(set))) = (a_type, b_type)
                    && !equality
                {
                    return self.ordered_symbol(whole, *set);
                }
                if matches!(a_type, Type::Ip) && !equality {
                    let help = "test a range, as in `cidr(\"10.0.0.0/8\").containsIP(…)`";
                    return self.refuse(&whole.span, "IP addresses have no order", help);
                }
                if matches!(a_type, Type::Version) && !equality {
                    return self.fail(self.ordered_versions(by, whole, left, right));
                }
                if let Some(finding) = self.disjoint(whole, a_type, b_type) {
                    return self.fail(finding);
                }
                for (of, expr) in [(a_type, right), (b_type, left)] {
                    if let Type::Text(Some(set)) = of {
                        self.closed(*set, expr);
                    }
                }
                if !equality {
                    self.guard_term(a, whole);
                    self.guard_term(b, whole);
                }
                let condition = fold::compare(by, a.clone(), b.clone());
                self.within_range(&condition, whole);
                Some(Checked::Condition(condition))
            }
            _ => self.fail(self.mismatch(by, whole, (left, &one), (right, &other))),
        }
    }

    fn same(&mut self, by: Comparison, left: (&Expr, &Condition), right: (&Expr, &Condition)) -> Condition {
        let constant = matches!(left.1, Condition::Const(_)) || matches!(right.1, Condition::Const(_));
        if let (Some(one), Some(other)) = (simple_truth(left.1), simple_truth(right.1)) {
            return fold::compare(by, one, other);
        }
        if !constant {
            self.guard_truth(left.1, left.0);
            self.guard_truth(right.1, right.0);
        }
        let same = fold::same(left.1.clone(), right.1.clone());
        if by == Comparison::Equal { same } else { fold::not(same) }
    }

    /// `x == null` asks whether an attribute is absent.
    fn null(&mut self, by: Comparison, whole: &Expr, other: &Expr) -> Option<Checked> {
        if !matches!(by, Comparison::Equal | Comparison::NotEqual) {
            return self.refuse(&whole.span, "null has no order", "use has() to test whether an attribute is there");
        }
        let bound = other.path().is_some_and(|path| self.is_bound(path[0]) || path == ["now"]);
        if bound || !matches!(other.kind, Kind::Select(..) | Kind::Name(_)) {
            let help = "compare with a value, or test an attribute";
            return self.refuse(&whole.span, "only an attribute can be null", help);
        }
        let Named::Attribute(position) = self.resolve(other)? else {
            return self.refuse(&whole.span, "only an attribute can be null", "an audience is true or false");
        };
        if let Some(attribute) = self.scope.attributes.get(position)
            && (attribute.required || attribute.default.is_some())
        {
            let why = if attribute.required {
                "it is required, so a missing value is unknown"
            } else {
                "a missing value is replaced by its default"
            };
            let what = format!("this is always {}: `{}` is never null", by == Comparison::NotEqual, attribute.name);
            self.report(error(CONSTANT, &whole.span, what).warning().why(why).help("remove it"));
        }
        let has = Condition::Has(position);
        Some(Checked::Condition(if by == Comparison::Equal { fold::not(has) } else { has }))
    }

    fn ordered_symbol(&mut self, whole: &Expr, set: usize) -> Option<Checked> {
        let name = self.scope.attributes.get(set).map_or("", |attribute| attribute.name.as_str());
        let what = format!("`{name}` is a symbol, and symbols have no order");
        self.wrong(TYPE_MISMATCH, &whole.span, what, format!("name the values, as in `{name} in [\"…\", \"…\"]`"))
    }

    /// `!x > 2` negates x, not the comparison.
    pub(super) fn early_not(&self, whole: &Expr, left: &Expr) -> Option<Finding> {
        let Kind::Not(operand) = &left.kind else { return None };
        let Some(Named::Attribute(attribute)) = self.look_up(&operand.path()?) else { return None };
        if left.span != left.outer || !matches!(self.attribute(attribute), Some(Checked::Value(..))) {
            return None;
        }
        let comparison = self.slice(&(operand.outer.start..whole.span.end));
        let finding = error(TYPE_MISMATCH, &whole.span, "`!` only negates what follows it directly");
        Some(finding.help("put brackets around the comparison").mended(format!("!({comparison})")))
    }

    /// `x == ("DE" || "AT")`: `||` is meant as a list.
    fn either(&self, by: Comparison, whole: &Expr, left: &Expr, right: &Expr) -> Option<Finding> {
        let Kind::Or(values) = &right.kind else { return None };
        let constant = |value: &Expr| matches!(value.kind, Kind::Text(_) | Kind::Int(_) | Kind::Double(_));
        if !values.iter().all(constant) {
            return None;
        }
        let written: Vec<&str> = values.iter().map(|value| self.slice(&value.outer)).collect();
        let inside = format!("{} in [{}]", self.slice(&left.outer), written.join(", "));
        let finding = error(TYPE_MISMATCH, &whole.span, "`||` joins conditions, not values")
            .help("write the values as a list with `in`");
        match by {
            Comparison::Equal => Some(finding.mended(inside)),
            Comparison::NotEqual => Some(finding.mended(format!("!({inside})"))),
            _ => None,
        }
    }

    /// Two closed sets without a common value.
    fn disjoint(&self, whole: &Expr, one: &Type, other: &Type) -> Option<Finding> {
        let (Type::Text(Some(one)), Type::Text(Some(other))) = (one, other) else { return None };
        let others = self.values(*other);
        if self.values(*one).iter().any(|value| others.contains(value)) {
            return None;
        }
        let name = |attribute: &usize| self.scope.attributes.get(*attribute).map_or("", |found| found.name.as_str());
        let what = format!("`{}` and `{}` have no value in common", name(one), name(other));
        Some(error(OUTSIDE_SET, &whole.span, what).help("compare attributes that share values"))
    }

    fn mismatch(&self, by: Comparison, whole: &Expr, left: (&Expr, &Checked), right: (&Expr, &Checked)) -> Finding {
        if let Some(finding) = self.chained(whole, left.0, right.0) {
            return finding;
        }
        if let (Checked::Condition(_), Checked::Condition(_)) = (left.1, right.1) {
            return error(TYPE_MISMATCH, &whole.span, "true and false have no order")
                .help("compare them with `==` or `!=`");
        }
        let (one, other) = (self.short(left.0), self.short(right.0));
        let what = format!("`{one}` is {}, and `{other}` is {}", left.1.noun(), right.1.noun());
        let days = [
            (right.0, left.1, matches!(by, Comparison::LessOrEqual)),
            (left.0, right.1, matches!(by, Comparison::GreaterOrEqual)),
        ];
        for (literal, beside, last) in days {
            if let Some(finding) = self.whole_day(by, whole, (left.0, right.0), literal, beside) {
                return finding;
            }
            if let Some(mended) = self.converted(literal, beside, last) {
                let help = format!("write it as {}", beside.noun());
                return error(TYPE_MISMATCH, &literal.span, what).help(help).mended(mended);
            }
        }
        let finding = error(TYPE_MISMATCH, &whole.span, what);
        let list = |checked: &Checked| matches!(checked, Checked::Value(_, Type::List(_)));
        let (item, holder) = if list(right.1) { (left.0, right.0) } else { (right.0, left.0) };
        if list(left.1) || list(right.1) {
            let inside = format!("{} in {}", self.slice(&item.outer), self.slice(&holder.outer));
            let search = "test with `in` whether a list contains a value";
            return match by {
                Comparison::Equal => finding.help(search).mended(inside),
                Comparison::NotEqual => finding.help(search).mended(format!("!({inside})")),
                _ => finding.help("measure a list with size()"),
            };
        }
        let time = |of: Type| left.1.of() == Some(of) || right.1.of() == Some(of);
        finding.help(if time(Type::Duration) {
            "compare it with a duration, as in duration(\"720h\") for 30 days"
        } else if time(Type::Timestamp) {
            "compare it with a time, as in timestamp(\"2026-12-01T00:00:00Z\"), or with a part of it, as in getHours()"
        } else {
            "compare values of the same type"
        })
    }

    /// `1 < x < 5` compares a bool with 5 in CEL.
    fn chained(&self, whole: &Expr, left: &Expr, right: &Expr) -> Option<Finding> {
        let (Kind::Binary(Operator::Compare(_), _, middle), Kind::Binary(outer, ..)) = (&left.kind, &whole.kind) else {
            return None;
        };
        if left.span != left.outer {
            return None;
        }
        let again = format!("{} {} {}", self.slice(&middle.outer), outer.symbol(), self.slice(&right.outer));
        let mended = format!("{} && {again}", self.slice(&left.span));
        let finding = error(TYPE_MISMATCH, &whole.span, "comparisons do not chain")
            .why(format!("`{}` is evaluated to true or false before the next comparison", self.short(left)))
            .help("write two comparisons joined with `&&`");
        Some(finding.mended(if self.brackets_at(whole) { format!("({mended})") } else { mended }))
    }

    /// `now == 2026-12-24` asks for one millisecond, and a day is meant.
    fn whole_day(
        &self,
        by: Comparison,
        whole: &Expr,
        (left, right): (&Expr, &Expr),
        literal: &Expr,
        beside: &Checked,
    ) -> Option<Finding> {
        let negated = match by {
            Comparison::Equal => false,
            Comparison::NotEqual => true,
            _ => return None,
        };
        let Checked::Value(_, Type::Timestamp) = beside else { return None };
        let [first, last] = [false, true].map(|last| self.as_time(literal, Type::Timestamp, last));
        let (first, last) = (first?, last.filter(|last| last.ends_with("T23:59:59.999Z\")"))?);
        let time = self.slice(if literal.span == right.span { &left.outer } else { &right.outer });
        let inside = format!("{time} >= {first} && {time} <= {last}");
        let finding = error(TYPE_MISMATCH, &whole.span, "a day has many moments, and `==` tests for one of them");
        let mended = match negated {
            true => format!("!({inside})"),
            false if self.brackets_at(whole) => format!("({inside})"),
            false => inside,
        };
        Some(finding.help("compare with both ends of the day").mended(mended))
    }

    /// A constant in the type of the other side. A day as the `last` one counts until its end.
    fn converted(&self, literal: &Expr, beside: &Checked, last: bool) -> Option<String> {
        let written = self.slice(&literal.span);
        if let Checked::Value(_, of @ (Type::Timestamp | Type::Duration)) = beside {
            return self.as_time(literal, *of, last);
        }
        match (&literal.kind, beside) {
            (Kind::Text(text), Checked::Value(_, Type::Version)) => {
                let meant = meant(text).unwrap_or_else(|| text.clone());
                is_version(meant.as_bytes()).then(|| format!("semver({})", quote(&meant)))
            }
            (Kind::Text(text), Checked::Value(_, Type::Ip)) => address(text).map(|_| format!("ip({})", quote(text))),
            (Kind::Text(text), Checked::Value(_, Type::Int)) => {
                text.trim().parse::<i64>().ok().map(|number| number.to_string())
            }
            (Kind::Text(text), Checked::Value(_, Type::Double)) => {
                text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(|number| format!("{number:?}"))
            }
            (Kind::Text(text), Checked::Condition(_)) => {
                let lower = text.trim().to_ascii_lowercase();
                matches!(lower.as_str(), "true" | "false").then_some(lower)
            }
            (Kind::Int(number @ (0 | 1)), Checked::Condition(_)) => Some((*number == 1).to_string()),
            (Kind::Int(_) | Kind::Double(_) | Kind::Bool(_), Checked::Value(_, Type::Text(set))) => {
                let known = set.is_none_or(|set| self.values(set).iter().any(|value| value == written));
                known.then(|| quote(written))
            }
            _ => None,
        }
    }
}

/// True if CEL can compare the two: numbers by value across types.
const fn comparable(one: &Type, other: &Type) -> bool {
    matches!(
        (one, other),
        (Type::Int | Type::Double, Type::Int | Type::Double)
            | (Type::Text(_), Type::Text(_))
            | (Type::List(_), Type::List(_))
            | (Type::Timestamp, Type::Timestamp)
            | (Type::Duration, Type::Duration)
            | (Type::Version, Type::Version)
            | (Type::Ip, Type::Ip)
    )
}
