//! Compares the meaning of two texts.
//!
//! Takes a file before and after, gives whether every value and every comment is still there. This is the guard behind the
//! promise that formatting never changes a meaning.

use toml::de::{DeTable, DeValue};

use super::layout::{self, Line, Piece};
use super::rows::holds_rows;
use crate::author::expr::same_row;
use crate::author::keys::FileKind;

/// True if `after` holds the values and every comment of `before`.
pub(super) fn same(before: &str, after: &str, kind: Option<FileKind>) -> bool {
    let (Ok(one), Ok(other)) = (DeTable::parse(before), DeTable::parse(after)) else { return false };
    tables(kind, one.get_ref(), other.get_ref(), &mut Vec::new()) && comments(before) == comments(after)
}

/// Keys may change places, values may not.
fn tables<'p>(kind: Option<FileKind>, one: &'p DeTable<'_>, other: &DeTable<'_>, path: &mut Vec<&'p str>) -> bool {
    one.len() == other.len()
        && one.iter().all(|(key, value)| {
            let key: &'p str = key.get_ref();
            let Some(found) = other.get(key) else { return false };
            let is_rows = kind.is_some_and(|kind| holds_rows(kind, path, &[key]));
            path.push(key);
            let same = values(kind, value.get_ref(), found.get_ref(), path, is_rows);
            path.pop();
            same
        })
}

fn values<'p>(
    kind: Option<FileKind>,
    one: &'p DeValue<'_>,
    other: &DeValue<'_>,
    path: &mut Vec<&'p str>,
    is_rows: bool,
) -> bool {
    match (one, other) {
        (DeValue::Table(one), DeValue::Table(other)) => tables(kind, one, other, path),
        (DeValue::Array(one), DeValue::Array(other)) => {
            let mut pairs = one.iter().zip(other.iter());
            one.len() == other.len()
                && pairs.all(|(one, other)| values(kind, one.get_ref(), other.get_ref(), path, is_rows))
        }
        (DeValue::String(one), DeValue::String(other)) => one == other || is_rows && same_row(one, other),
        (DeValue::Integer(one), DeValue::Integer(other)) => {
            one.as_str() == other.as_str() && one.radix() == other.radix()
        }
        (DeValue::Float(one), DeValue::Float(other)) => one.as_str() == other.as_str(),
        (DeValue::Boolean(one), DeValue::Boolean(other)) => one == other,
        (DeValue::Datetime(one), DeValue::Datetime(other)) => one == other,
        _ => false,
    }
}
/// Every comment, sorted: formatting may change which of two lines comes first.
fn comments(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    for line in layout::lines(text)? {
        match line {
            Line::Comment(text) => found.push(text),
            Line::Heading { comment, .. } => found.extend(comment),
            Line::Pair { value, comment, .. } => {
                found.extend(comment);
                if let layout::Value::Array(pieces) = value {
                    found.extend(pieces.into_iter().filter_map(|piece| match piece {
                        Piece::Comment(text) => Some(text),
                        Piece::Item(_, comment) => comment,
                        Piece::Blank => None,
                    }));
                }
            }
            Line::Blank => {}
        }
    }
    found.sort_unstable();
    Some(found)
}
