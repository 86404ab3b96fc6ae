//! `all`, `exists` and `exists_one`: a condition on the items of a list.
//!
//! Over an attribute the items are asked when there is a visit; over a list that is written down the body is written out for
//! each item. Cost is bounded here, before anything is written out.

use super::super::budget::{NODES_MAX, QUANTIFIERS_MAX, STEPS_MAX, nodes, steps};
use super::super::lex::is_reserved;
use super::call::Call;
use super::{
    Checked, Checker, Comparison, Condition, Expr, Finding, Items, Kind, Literal, OVER_BUDGET, Quantifier, REFUSED,
    TYPE_MISMATCH, Term, Type, error, fold,
};

/// A name that stands for the items of a list.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    name: String,
    item: usize,
    holds: Items,
}

/// Numbers of items of lists that are written down, before they are written out: far from those of attributes.
const WRITTEN: usize = 1 << 32;

impl Checker<'_, '_> {
    /// The item that a name stands for here, if it does.
    pub(super) fn bound(&self, name: &str) -> Option<Checked> {
        let bound = self.bound.iter().rev().find(|bound| bound.name == name)?;
        let item = Term::Item(bound.item);
        Some(match bound.holds.one() {
            Some(of) => Checked::Value(item, of),
            None => Checked::Condition(Condition::Compare(Comparison::Equal, item, Term::Literal(Literal::Bool(true)))),
        })
    }

    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| bound.name == name)
    }

    pub(super) fn quantified(&mut self, by: Quantifier, list: &Expr, call: Call<'_>) -> Option<Checked> {
        let Call { whole, function, arguments, .. } = call;
        let name = function.name.as_str();
        let (variable, body) = match arguments {
            [variable, body] => (variable, body),
            [_, _, _] => {
                let what = format!("this profile of CEL has no {name}() with an index");
                return self.refuse(&whole.span, what, "name only the item: `list.all(item, condition)`");
            }
            _ => {
                let help = format!("write `list.{name}(item, item == \"…\")`");
                return self.shape(whole, format!("`{name}` takes a name and a condition"), help);
            }
        };
        let Kind::Name(bound) = &variable.kind else {
            let help = format!("write `list.{name}(item, condition about item)`");
            return self.shape(variable, "the item needs a plain name", help);
        };
        if is_reserved(bound) || self.slice(&variable.span).starts_with('.') {
            return self.shape(variable, "an item cannot have this name", "use another one");
        }
        if self.bound.len() >= QUANTIFIERS_MAX {
            let what = format!("all(), exists() and exists_one() are nested at most {QUANTIFIERS_MAX} deep");
            return self.wrong(OVER_BUDGET, &whole.span, what, "move a part of it into an audience");
        }
        let (list_term, holds) = self.quantified_list(whole, list, name)?;
        match list_term {
            Term::Attribute(attribute) => {
                self.guard_term(&Term::Attribute(attribute), whole);
                let item = self.enclosing;
                self.enclosing += 1;
                let body = self.body(bound, item, holds, body);
                self.enclosing -= 1;
                Some(Checked::Condition(Condition::Each(by, Term::Attribute(attribute), Box::new(body?))))
            }
            Term::Literal(Literal::List(texts)) => {
                self.written_out(by, whole, bound, holds, texts.into_iter().map(Literal::Text).collect(), body)
            }
            Term::List(items) => self.written_out(by, whole, bound, holds, items, body),
            _ => {
                let help = format!("write the choice outside, as in `condition ? one.{name}(…) : other.{name}(…)`");
                self.refuse(&list.span, format!("{name}() takes one list"), help)
            }
        }
    }

    fn quantified_list(&mut self, whole: &Expr, list: &Expr, name: &str) -> Option<(Term, Items)> {
        match self.relation(whole, |it| it.inside("a macro", |it| it.value(list)))? {
            Checked::Value(_, Type::List(Items::Number)) => {
                let help = "write all of them as doubles, as in [1.0, 2.5]";
                self.wrong(TYPE_MISMATCH, &list.span, "the items of this list differ in type", help)
            }
            Checked::Value(term, Type::List(holds)) => Some((term, holds)),
            other => self.misfit(list, &other, &format!(", and {name}() takes a list"), "test the value itself"),
        }
    }

    fn body(&mut self, name: &str, item: usize, holds: Items, body: &Expr) -> Option<Condition> {
        self.bound.push(Bound { name: name.to_owned(), item, holds });
        let before = self.assured.clone();
        let condition = self.within(None, false, |it| it.inside("a macro", |it| it.truth(body)));
        self.assured = before;
        self.bound.pop();
        condition
    }

    /// The body for every item of a list that is written down.
    fn written_out(
        &mut self,
        by: Quantifier,
        whole: &Expr,
        name: &str,
        holds: Items,
        items: Vec<Literal>,
        body: &Expr,
    ) -> Option<Checked> {
        if items.is_empty() {
            return Some(Checked::Condition(Condition::Const(by == Quantifier::All)));
        }
        let number = WRITTEN + self.bound.len();
        let body = self.body(name, number, holds, body)?;
        self.written = self.written.saturating_add(items.len().saturating_mul(nodes(&body)));
        if self.written > NODES_MAX {
            let what = format!("written out for its {} items, this row has more than {NODES_MAX} parts", items.len());
            return self.wrong(OVER_BUDGET, &whole.span, what, "use `in`, or shorten the list");
        }
        let each: Vec<Condition> = items.iter().map(|item| fold::with_item(&body, number, item)).collect();
        Some(Checked::folded(match by {
            Quantifier::All => Condition::And(each),
            Quantifier::Exists => Condition::Or(each),
            Quantifier::ExistsOne => Condition::One(each),
        }))
    }

    /// Refuses a row that would ask too much of an engine.
    pub(super) fn affordable(&mut self, condition: &Condition, row: &Expr) {
        let steps = steps(condition, self.scope);
        if steps > STEPS_MAX {
            let what = format!("this row may take {steps} steps for one visit, more than {STEPS_MAX}");
            let finding = error(OVER_BUDGET, &row.outer, what)
                .why("each part of a macro's body is evaluated for each item that the list may have");
            self.report(finding.help("lower `max_length` of the list, or split the row"));
        }
    }
}

/// `map`, `filter` and their kin build lists.
pub(super) fn left_out(whole: &Expr, name: &str) -> Option<Finding> {
    let help = match name {
        "map" | "transformList" | "transformMap" | "transformMapEntry" => {
            "test the items themselves, as in `list.exists(item, item.startsWith(\"…\"))`"
        }
        "filter" => "test the items with exists() or exists_one(), as in `list.exists(item, condition)`",
        "sum" | "min" | "max" | "first" | "last" | "sort" | "distinct" | "flatten" | "slice" | "reverse"
        | "indexOf" => "declare an attribute that holds the result",
        _ => return None,
    };
    let finding = error(REFUSED, &whole.span, format!("this profile of CEL has no {name}()"));
    Some(finding.why("a row tests lists and builds none, so that its cost is known").help(help))
}
