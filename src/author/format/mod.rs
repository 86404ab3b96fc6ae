//! The one way in which a file of a site is written.
//!
//! Takes a file's path and text, gives the text in canonical form: the same values, the same comments, in the same tables.
//! It never gives a text with another meaning: the result is read again and compared before it is returned.

mod layout;
mod order;
mod rows;
mod same;
#[cfg(test)]
mod tests;
mod write;

use super::keys::FileKind;

/// The longest line that an array is kept on.
pub const WIDTH: usize = 100;

/// The canonical text of the file at `path` (from the site's folder, with `/`), or `None` if `text` is not TOML. A path that is no
/// file of a site is formatted too, its rows and the order of its keys left as they are.
pub fn format(path: &str, text: &str) -> Option<String> {
    toml::de::DeTable::parse(text).ok()?;
    let kind = FileKind::of(path);
    let written = rewritten(text, kind)?;
    Some(if same::same(text, &written, kind) { written } else { text.to_owned() })
}

fn rewritten(text: &str, kind: Option<FileKind>) -> Option<String> {
    let mut lines = layout::lines(text)?;
    layout::tidy(&mut lines);
    if let Some(kind) = kind {
        rows::tidy(&mut lines, kind);
        order::sort(&mut lines, kind);
    }
    Some(write::text(&lines))
}
