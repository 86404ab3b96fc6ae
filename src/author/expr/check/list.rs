//! Lists, membership and closed sets.

use super::{
    Checked, Checker, Condition, Expr, Finding, Items, Kind, Literal, OUTSIDE_SET, Part, TYPE_MISMATCH, Term, Type,
    error, member, quote,
};

impl Checker<'_, '_> {
    /// A list of constants. `subject` is the type of what will be looked for in it.
    pub(super) fn list(&mut self, items: &[Expr], subject: Option<Type>) -> Option<Checked> {
        let mut constants = Vec::with_capacity(items.len());
        let mut all = Some(Items::Any);
        for item in items {
            let Some((constant, of)) = self.within(None, false, |it| it.item(item, subject)) else {
                all = None;
                continue;
            };
            constants.push(constant);
            let Some(before) = all else { continue };
            all = before.with(of);
            if all.is_none() {
                let what = "the items of this list differ in type";
                return self.wrong(TYPE_MISMATCH, &item.span, what, "write items of one type");
            }
        }
        let of = all?;
        let texts = constants.iter().map(|constant| match constant {
            Literal::Text(text) => Some(text.clone()),
            _ => None,
        });
        let term = match texts.collect::<Option<Vec<String>>>() {
            Some(texts) => Term::Literal(Literal::List(texts)),
            None => Term::List(constants),
        };
        Some(Checked::Value(term, Type::List(of)))
    }

    fn item(&mut self, item: &Expr, subject: Option<Type>) -> Option<(Literal, Items)> {
        match self.beside(item, subject)? {
            Checked::Condition(Condition::Const(value)) => Some((Literal::Bool(value), Items::Bool)),
            Checked::Value(Term::Literal(Literal::List(_)) | Term::List(_), _) => {
                self.refuse(&item.span, "this profile of CEL has no lists in lists", "write one list")
            }
            Checked::Value(Term::Literal(constant), of) => {
                let items = match of {
                    Type::Int => Items::Int,
                    Type::Double => Items::Double,
                    Type::Timestamp => Items::Timestamp,
                    Type::Duration => Items::Duration,
                    _ => Items::Text(None),
                };
                Some((constant, items))
            }
            _ => self.refuse(&item.span, "a list holds constants only", "compare with it by `==`, joined with `||`"),
        }
    }

    /// `item in list`.
    pub(super) fn membership(&mut self, whole: &Expr, item: &Expr, list: &Expr) -> Option<Checked> {
        if let Some(finding) = self.early_not(whole, item) {
            return self.fail(finding);
        }
        if matches!(item.kind, Kind::Null) {
            return self.value(item);
        }
        let (found, holder) = match &list.kind {
            Kind::List(items) => {
                let found = self.value(item);
                let holder = self.list(items, found.as_ref().and_then(Checked::of));
                (found, holder)
            }
            _ => {
                let holder = self.value(list);
                let items = match holder.as_ref().and_then(Checked::of) {
                    Some(Type::List(Items::Text(set))) => Some(Type::Text(set)),
                    _ => None,
                };
                (self.beside(item, items), holder)
            }
        };
        let (found, holder) = (found?, holder?);
        let Checked::Value(holder, Type::List(items)) = holder else {
            return self.no_list(whole, item, found.of(), list, &holder);
        };
        let found = match (found, items) {
            (found, Items::Any) => simple(&found),
            (Checked::Value(term, Type::Text(set)), Items::Text(other)) => {
                if let Some(set) = set {
                    self.closed(set, list);
                }
                if let Some(set) = other {
                    self.closed(set, item);
                }
                Some(term)
            }
            (Checked::Value(term, Type::Int | Type::Double), Items::Int | Items::Double | Items::Number)
            | (Checked::Value(term, Type::Timestamp), Items::Timestamp)
            | (Checked::Value(term, Type::Duration), Items::Duration) => Some(term),
            (found @ Checked::Condition(_), Items::Bool) => simple(&found),
            (found, items) => {
                let holds = match items {
                    Items::Bool => "bools",
                    Items::Int | Items::Double | Items::Number => "numbers",
                    Items::Timestamp => "timestamps",
                    Items::Duration => "durations",
                    Items::Any | Items::Text(_) => "strings",
                };
                let help = match &found {
                    Checked::Value(Term::Part(Part::DayOfWeek, ..), _) => {
                        "days of the week are numbers: 0 is Sunday, 6 is Saturday"
                    }
                    Checked::Value(Term::Part(Part::Month, ..), _) => {
                        "months are numbers: 0 is January, 11 is December"
                    }
                    _ => "use a value of the type of the list's items",
                };
                return self.misfit(item, &found, &format!(", and the items of the list are {holds}"), help);
            }
        };
        let Some(found) = found else {
            let help = "use the condition itself, or its negation";
            return self.refuse(&item.span, "`in` looks for values, not for conditions", help);
        };
        self.items_within_range(item, &found, list, &holder);
        Some(Checked::folded(Condition::In(found, holder)))
    }

    fn no_list(
        &mut self,
        whole: &Expr,
        item: &Expr,
        of: Option<Type>,
        list: &Expr,
        holder: &Checked,
    ) -> Option<Checked> {
        let finding = self.unfit(list, holder, ", not a list");
        self.fail(match (&list.kind, holder) {
            (Kind::Text(text), _) if text.contains(',') => {
                let items: Vec<String> = text.split(',').map(|item| quote(item.trim())).collect();
                finding.help("write every value as a text of its own").mended(format!("[{}]", items.join(", ")))
            }
            (Kind::Text(_) | Kind::Int(_) | Kind::Double(_), _) => {
                finding.help("write a list in square brackets").mended(format!("[{}]", self.slice(&list.span)))
            }
            (_, Checked::Value(_, Type::Text(None))) if matches!(of, Some(Type::Text(_))) => {
                let search = format!("{}.contains({})", self.slice(&list.outer), self.slice(&item.span));
                Finding { place: whole.span.clone(), ..finding }.help("search a text with contains()").mended(search)
            }
            (_, Checked::Value(_, Type::Text(_))) => {
                finding.help("compare texts with `==`, or search one with contains")
            }
            _ => finding.help("compare them with `==`"),
        })
    }

    /// Reports every constant that the closed set of an attribute lacks.
    pub(super) fn closed(&mut self, set: usize, expr: &Expr) {
        match &expr.kind {
            Kind::Text(text) => self.closed_text(set, text, expr, false),
            Kind::List(items) => items.iter().for_each(|item| match &item.kind {
                Kind::Text(text) => self.closed_text(set, text, item, true),
                _ => self.closed(set, item),
            }),
            Kind::If(_, yes, no) => [yes, no].into_iter().for_each(|branch| self.closed(set, branch)),
            _ => {}
        }
    }

    fn closed_text(&mut self, set: usize, text: &str, expr: &Expr, in_list: bool) {
        const LISTED_MAX: usize = 8;
        let Some(attribute) = self.scope.attributes.get(set) else { return };
        let values = &attribute.values;
        if values.iter().any(|value| value == text) {
            return;
        }
        let what = format!("{} is not a value of `{}`", quote(text), attribute.name);
        let finding = error(OUTSIDE_SET, &expr.span, what);
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        let are_members = items.len() > 1 && items.iter().all(|item| values.iter().any(|value| value == item));
        let finding = match member(text, values) {
            // Inside a list each is one more item; alone, it takes `in`.
            _ if are_members => {
                let items: Vec<String> = items.into_iter().map(quote).collect();
                let finding = finding.help(format!("these are several values: use `in [{}]`", items.join(", ")));
                finding.mended_where(in_list.then(|| items.join(", ")))
            }
            Some(near) => finding.help(format!("did you mean {}?", quote(near))).mended(quote(near)),
            None if values.len() <= LISTED_MAX => {
                let listed: Vec<String> = values.iter().map(|value| quote(value)).collect();
                finding.help(format!("its values are {}", listed.join(", ")))
            }
            None => finding.help(format!("it has {} values, see its declaration in attributes.toml", values.len())),
        };
        self.report(finding);
    }
}

/// A bool attribute or constant as a term.
pub(super) fn simple_truth(condition: &Condition) -> Option<Term> {
    match condition {
        Condition::Attribute(attribute) => Some(Term::Attribute(*attribute)),
        Condition::Const(value) => Some(Term::Literal(Literal::Bool(*value))),
        _ => None,
    }
}

/// A value, or a bool attribute or constant, as a term.
pub(super) fn simple(checked: &Checked) -> Option<Term> {
    match checked {
        Checked::Value(term, _) => Some(term.clone()),
        Checked::Condition(condition) => simple_truth(condition),
    }
}
