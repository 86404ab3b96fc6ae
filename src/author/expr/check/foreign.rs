//! Functions of other languages that this profile lacks: tests for null, dates that are subtracted, lists that are searched.
//! Takes a call of an unknown function, reports what to write, if that is certain. It knows no grammar.

use super::call::Call;
use super::functions::meant;
use super::{Checked, Checker, Expr, Finding, Kind, SYNTAX, TYPE_MISMATCH, Type, UNKNOWN_NAME, error};

impl Checker<'_, '_> {
    /// The meaning of a call in another language, if it is certain.
    pub(super) fn foreign(&mut self, call: Call<'_>) -> Option<Finding> {
        let Call { whole, target, function, arguments } = call;
        let plain = function.name.to_ascii_lowercase().replace('_', "");
        let what = format!("there is no function `{}`", function.name);
        let finding = error(UNKNOWN_NAME, &whole.span, what);
        let subject = match (target, arguments) {
            (Some(subject), []) | (None, [subject]) => Some(subject),
            _ => None,
        };
        let written = |expr: &Expr| self.slice(&expr.outer).to_owned();
        let is_named = |expr: &&Expr| matches!(expr.kind, Kind::Name(_) | Kind::Select(..));
        let has = "use has() to test whether an attribute is there";
        match (plain.as_str(), subject.filter(is_named)) {
            ("isnull" | "isnil" | "isnone" | "isundefined" | "isabsent" | "ismissing" | "isna", Some(subject)) => {
                Some(finding.help(has).mended(format!("!has({})", written(subject))))
            }
            ("isnotnull" | "notnull" | "nonnull" | "isnotempty" | "isdefined", Some(subject)) => {
                Some(finding.help(has).mended(format!("has({})", written(subject))))
            }
            ("isempty" | "isblank", Some(subject)) => {
                let help = "an empty text or list has the size 0; has() tests whether there is one at all";
                Some(finding.help(help).mended(format!("{}.size() == 0", written(subject))))
            }
            ("coalesce" | "ifnull" | "nvl" | "getordefault" | "orvalue", _) => {
                let finding = finding.help("declare a default for the attribute, or choose with `?:`");
                Some(match (target, arguments) {
                    (None, [value, other]) | (Some(value), [other]) if is_named(&value) => {
                        let (value, other) = (written(value), written(other));
                        finding.mended(format!("(has({value}) ? {value} : {other})"))
                    }
                    _ => finding,
                })
            }
            ("datediff" | "timestampdiff" | "dayssince" | "daysbetween" | "age" | "dateadd" | "datesub", _) => {
                let help = "subtract the times and compare with a length, as in `now - visitor.last_order > duration(\"720h\")`";
                Some(finding.help(help))
            }
            _ => self.list_search(call),
        }
    }

    /// `list.includes("a")` is `"a" in list`, and of a text it is `contains`.
    fn list_search(&mut self, Call { whole, target, function, arguments }: Call<'_>) -> Option<Finding> {
        let (Some(subject), [argument]) = (target, arguments) else { return None };
        if !matches!(meant(&function.name), Some("contains")) && function.name != "has" {
            return None;
        }
        let checked = self.relation(whole, |it| it.value(subject));
        let is_list = matches!(checked, Some(Checked::Value(_, Type::List(_))));
        is_list.then(|| self.in_list(whole, subject, argument, &function.name))
    }

    /// A list that is searched as a text would be.
    pub(super) fn in_list(&mut self, whole: &Expr, subject: &Expr, argument: &Expr, name: &str) -> Finding {
        let mended = format!("{} in {}", self.slice(&argument.outer), self.slice(&subject.outer));
        // The same words are also reported as an operator. One place gets one fix.
        self.findings.retain(|finding| finding.code != SYNTAX || finding.place != whole.span);
        let what = match name {
            "contains" => format!("`{}` is a list, and contains() searches texts", self.short(subject)),
            _ => format!("`{}` is a list, and lists have no {name}()", self.short(subject)),
        };
        error(TYPE_MISMATCH, &whole.span, what).help("use `in`").mended(mended)
    }
}
