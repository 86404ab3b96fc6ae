//! The rows of conditions inside a file.
//!
//! Takes lines, writes rows as the language's own printer does. A row that is not sound is left as it stands, byte for byte.

use super::WIDTH;
use super::layout::{Line, Piece, Value};
use crate::author::expr::pretty;
use crate::author::keys::FileKind;
use crate::author::keys::shape::Shape;
use crate::author::quoted::basic;

/// Tidies every row.
pub(super) fn tidy(lines: &mut [Line<'_>], kind: FileKind) {
    let mut path: Vec<&str> = Vec::new();
    for line in lines {
        path = line.named().unwrap_or(path);
        let Line::Pair { key, value: Value::Array(pieces), .. } = line else { continue };
        for piece in pieces.iter_mut().filter(|_| holds_rows(kind, &path, key)) {
            if let Piece::Item(value @ Value::Raw(_), _) = piece
                && let Value::Raw(raw) = value
                && let Some(tidied) = row(raw)
            {
                *value = Value::New(tidied);
            }
        }
    }
}

/// True if the value under `key` of the table at `path` is an array of rows.
pub(super) fn holds_rows(kind: FileKind, path: &[&str], key: &[&str]) -> bool {
    let [key] = key else { return false };
    let keys = kind.keys(path).unwrap_or_default();
    keys.iter().any(|known| known.name == *key && matches!(known.shape, Shape::Rows))
}

/// The row in quotes, tidied; `None` if it is to stay as it stands.
fn row(raw: &str) -> Option<String> {
    let text = raw.parse::<toml::Value>().ok()?.as_str()?.to_owned();
    let tidied = pretty(&text)?;
    // An author laid out a long row over several lines. That is better than one line that is too long.
    let is_laid_out = text.contains('\n') && tidied.chars().count() > WIDTH;
    if is_laid_out { None } else { Some(quoted(&tidied)) }
}

/// A text as TOML: in single quotes, where nothing needs an escape, if that can be.
fn quoted(text: &str) -> String {
    if !text.contains('\'') && !text.chars().any(|c| c.is_control() && c != '\t') {
        return format!("'{text}'");
    }
    basic(text)
}
