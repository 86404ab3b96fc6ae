//! Limits of a row.
//!
//! They keep every later pass, recursive or not, within a known stack and time. CEL asks an implementation for at least 12
//! nested brackets and 32 repetitions; these limits are wider.

use super::{Condition, Piece, Scope, Term};

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

/// The most steps that a row may take for one visit. A step takes some nanoseconds. For example, a macro inside a macro over
/// two lists of the usual 64 items may have a body of 24 parts.
pub(super) const STEPS_MAX: usize = 100_000;

/// Items of a list whose attribute does not say how many it may have.
const LIST_ITEMS: usize = 64;

/// How many conditions and terms there are.
pub(super) fn nodes(condition: &Condition) -> usize {
    count(Piece::Condition(condition), &|_| 1)
}

/// How many steps a condition takes for one visit at most, without its audiences: a body counts once for each item.
pub fn steps(condition: &Condition, scope: &Scope<'_>) -> usize {
    let items = |list: &Term| match list {
        Term::Attribute(attribute) => scope.attributes.get(*attribute)?.max_length,
        _ => None,
    };
    count(Piece::Condition(condition), &|list| items(list).map_or(LIST_ITEMS, |items| items as usize))
}

fn count(piece: Piece<'_>, items: &dyn Fn(&Term) -> usize) -> usize {
    let mut below = 0_usize;
    match piece {
        Piece::Condition(Condition::Each(_, list, body)) => {
            below = count(Piece::Condition(body), items).saturating_mul(items(list).max(1));
        }
        piece => piece.parts(&mut |part| below = below.saturating_add(count(part, items))),
    }
    below.saturating_add(1)
}
