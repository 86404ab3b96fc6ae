//! Limits of a row.
//!
//! They keep every later pass, recursive or not, within a known stack and time. CEL asks an implementation for at least 12
//! nested brackets and 32 repetitions; these limits are wider.

use super::{Condition, Scope, Term};

/// The longest row, in bytes: far above what a person writes, far below what would make a check slow.
pub(super) const ROW_BYTES_MAX: usize = 64 * 1024;

/// The deepest nesting of brackets, `!` and `?:`.
pub(super) const NESTING_MAX: usize = 32;

/// The tallest tree. Chains such as `a == b == c` grow the tree without nesting; `&&` and `||` do not.
pub(super) const HEIGHT_MAX: usize = 2 * NESTING_MAX;

/// The most nodes of a tree, and of a condition whose macros are written out.
pub(super) const NODES_MAX: usize = 4096;

/// The most findings of a row: the rest would be noise.
pub(super) const FINDINGS_MAX: usize = 20;

/// The longest name for which a similar one is looked for, in bytes.
pub(super) const NEAR_BYTES_MAX: usize = 96;

/// The deepest nesting of `all`, `exists` and `exists_one`.
pub(super) const QUANTIFIERS_MAX: usize = 2;

/// The most steps that a row may take for one visit, each some nanoseconds: a macro in a macro over two lists of the usual
/// 64 items may have a body of 24 parts.
pub(super) const STEPS_MAX: usize = 100_000;

/// Items of a list whose attribute does not say how many it may have.
const LIST_ITEMS: usize = 64;

/// How many conditions and terms there are.
pub(super) fn nodes(condition: &Condition) -> usize {
    count(condition, &|_| 1)
}

/// How many conditions and terms are looked at for one visit at most: a body counts once for each item.
pub(super) fn cost(condition: &Condition, scope: &Scope<'_>) -> usize {
    count(condition, &|list| match list {
        Term::Attribute(attribute) => scope
            .attributes
            .get(*attribute)
            .and_then(|attribute| attribute.max_length)
            .map_or(LIST_ITEMS, |items| items as usize),
        _ => LIST_ITEMS,
    })
}

fn count(condition: &Condition, items: &dyn Fn(&Term) -> usize) -> usize {
    let one = |condition: &Condition| count(condition, items);
    let term = |term: &Term| count_term(term, items);
    let below = match condition {
        Condition::Const(_) | Condition::Attribute(_) | Condition::Audience(_) | Condition::Has(_) => 0,
        Condition::Compare(_, left, right) | Condition::In(left, right) | Condition::Text(_, left, right) => {
            term(left).saturating_add(term(right))
        }
        Condition::Not(inner) => one(inner),
        Condition::And(operands) | Condition::Or(operands) | Condition::One(operands) => {
            operands.iter().map(one).fold(0, usize::saturating_add)
        }
        Condition::If(test, yes, no) => one(test).saturating_add(one(yes)).saturating_add(one(no)),
        Condition::Same(left, right) => one(left).saturating_add(one(right)),
        Condition::Each(_, list, body) => one(body).saturating_mul(items(list).max(1)),
        Condition::Form(_, of) | Condition::Within(of, _) => term(of),
    };
    below.saturating_add(1)
}

fn count_term(term: &Term, items: &dyn Fn(&Term) -> usize) -> usize {
    let one = |term: &Term| count_term(term, items);
    let below = match term {
        Term::Attribute(_) | Term::Literal(_) | Term::List(_) | Term::Now | Term::Item(_) => 0,
        Term::Size(of)
        | Term::Negate(of)
        | Term::Cased(_, of)
        | Term::Part(_, _, of)
        | Term::ToInt(of)
        | Term::ToDouble(of)
        | Term::Version(of)
        | Term::Ip(of) => one(of),
        Term::If(test, yes, no) => count(test, items).saturating_add(one(yes)).saturating_add(one(no)),
        Term::Arithmetic(_, left, right) => one(left).saturating_add(one(right)),
    };
    below.saturating_add(1)
}
