//! The reference of all keys, as Markdown.

use super::FileKind;
use crate::author::keys::Layout;
use crate::author::keys::shape::{Key, Need, Shape};

/// Every key of a kind of file, in tables: its values, its default, its meaning.
pub fn reference(kind: FileKind) -> String {
    let (file, mut page) = (kind.file(), String::new());
    let heading = match file.layout {
        Layout::One | Layout::Called(_) => String::new(),
        Layout::Names(form) | Layout::Named(form) => form.example.to_owned(),
    };
    table(&mut page, &heading, &file.shape);
    page
}

/// A table, then those inside of it.
fn table(page: &mut String, path: &str, shape: &Shape) {
    let keys: Vec<&Key> = shape.keys().iter().filter(|key| !matches!(key.shape, Shape::Refused)).collect();
    match shape {
        // A table of tables has no keys of its own.
        Shape::Map(..) => {}
        _ if path.is_empty() => {}
        Shape::Tables(_) => *page += &format!("\n### `[[{path}]]`\n"),
        _ => *page += &format!("\n### `[{path}]`\n"),
    }
    let words = shape.words();
    if !keys.is_empty() || !words.is_empty() {
        *page += "\n| key | value | meaning |\n|---|---|---|\n";
    }
    keys.iter().for_each(|key| *page += &row(key));
    if let (false, Shape::Worded(_, of, _) | Shape::Purposes(of, _)) = (words.is_empty(), shape) {
        *page += &format!("| {} | {} | Each of these is a key of its own. |\n", quoted(&words), value(of));
    }
    let below = keys.into_iter().map(|key| (key.name.to_owned(), &key.shape));
    let of_words = match shape {
        Shape::Worded(_, of, _) | Shape::Purposes(of, _) => words.first().map(|word| ((*word).to_owned(), *of)),
        Shape::Map(name, of) => Some((Some(name.example()).filter(|name| name != "a").unwrap_or("NAME".into()), *of)),
        _ => None,
    };
    for (name, shape) in below.chain(of_words) {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        let is_flat = matches!(shape, Shape::Map(_, of) if !of.is_table());
        if shape.is_table() && !is_flat {
            table(page, &path, shape);
        }
    }
}

fn row(key: &Key) -> String {
    let needed = match key.need {
        Need::No => String::new(),
        Need::Where(other, word, _) => format!("<br>required if `{other} = \"{word}\"`"),
        Need::Always(_) | Need::Told => "<br>required".into(),
    };
    let example = match (key.example, &key.shape) {
        ("", shape) if shape.is_table() => String::new(),
        ("", shape) => shape.example(),
        (example, _) => example.to_owned(),
    };
    let example = match example.as_str() {
        // An example that says nothing.
        "" | "\"x\"" | "[\"x\"]" | "\"a\"" | "['true']" | "true" => String::new(),
        example => format!(" Example: `{} = {example}`.", key.name),
    };
    let default = match key.default {
        "" => String::new(),
        default => format!("<br>default: `{default}`"),
    };
    let meaning = format!("{}{example}", key.about).replace('|', "\\|");
    format!("| `{}`{needed} | {}{default} | {meaning} |\n", key.name, value(&key.shape))
}

fn value(shape: &Shape) -> String {
    match shape {
        Shape::Text | Shape::Form(_) | Shape::Like(..) => "text".into(),
        Shape::Word(words) | Shape::WordOr(words, "") => quoted(&words()),
        Shape::WordOr(words, _) => format!("{}, or another text", quoted(&words())),
        Shape::Purpose => "purpose".into(),
        Shape::Flag => "`true` or `false`".into(),
        Shape::Whole(least, most) => format!("whole number from {least} to {most}"),
        Shape::Number(..) => "number".into(),
        Shape::Percent => "percentage".into(),
        Shape::Time => "date or time".into(),
        Shape::Day => "day".into(),
        Shape::List(item) | Shape::Filled(item) | Shape::Set(item) => format!("array of {}", value(item)),
        Shape::Pair(_) => "two numbers".into(),
        Shape::Rows => "array of rows".into(),
        Shape::Table(_) | Shape::Worded(..) | Shape::Purposes(..) => "table".into(),
        Shape::Tables(_) => "array of tables".into(),
        Shape::Map(_, of) => format!("table of {} by name", value(of)),
        Shape::Dotted(of) => format!("table of {} by dotted name", value(of)),
        Shape::Any(shapes) => shapes.iter().map(value).collect::<Vec<String>>().join(", or "),
        Shape::Value => "a value of the attribute's type".into(),
        Shape::Refused => String::new(),
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<String>>().join(", ")
}
