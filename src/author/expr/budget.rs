//! Limits of a row.
//!
//! They keep every later pass, recursive or not, within a known stack and time. CEL asks an implementation for at least 12
//! nested brackets and 32 repetitions; these limits are wider.

/// The longest row, in bytes: far above what a person writes, far below what would make a check slow.
pub(super) const ROW_BYTES_MAX: usize = 64 * 1024;

/// The deepest nesting of brackets, `!` and `?:`.
pub(super) const NESTING_MAX: usize = 32;

/// The tallest tree. Chains such as `a == b == c` grow the tree without nesting; `&&` and `||` do not.
pub(super) const HEIGHT_MAX: usize = 2 * NESTING_MAX;

/// The most nodes of a tree.
pub(super) const NODES_MAX: usize = 4096;

/// The most findings of a row: the rest would be noise.
pub(super) const FINDINGS_MAX: usize = 20;

/// The longest name for which a similar one is looked for, in bytes.
pub(super) const NEAR_BYTES_MAX: usize = 96;
