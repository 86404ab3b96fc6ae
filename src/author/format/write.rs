//! Lines as text.

use super::WIDTH;
use super::layout::{Line, Piece, Value};

/// The text of a file.
pub(super) fn text(lines: &[Line<'_>]) -> String {
    let mut out = String::new();
    for line in lines {
        match line {
            Line::Blank => {}
            Line::Comment(text) => out.push_str(text),
            Line::Heading { path, several, comment } => {
                let (open, close) = if *several { ("[[", "]]") } else { ("[", "]") };
                out.extend([open, &path.join("."), close]);
                add_comment(&mut out, *comment);
            }
            Line::Pair { key, value, comment } => {
                let key = key.join(".");
                out.extend([&key, " = "]);
                out.push_str(&written(value, key.chars().count() + " = ".len()));
                add_comment(&mut out, *comment);
            }
        }
        out.push('\n');
    }
    out
}

fn add_comment(out: &mut String, comment: Option<&str>) {
    if let Some(comment) = comment {
        out.extend([" ", comment]);
    }
}

/// A value that starts after `column` characters.
fn written(value: &Value<'_>, column: usize) -> String {
    let line = on_one_line(value).filter(|line| column + line.chars().count() <= WIDTH || !is_array(value));
    line.unwrap_or_else(|| on_lines(value))
}

fn is_array(value: &Value<'_>) -> bool {
    matches!(value, Value::Array(pieces) if !pieces.is_empty())
}

/// The value on one line, unless a comment or a text of several lines forbids that.
fn on_one_line(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Raw(raw) => Some((*raw).to_owned()),
        Value::New(text) => Some(text.clone()),
        Value::Array(pieces) => {
            let mut items = Vec::new();
            for piece in pieces {
                match piece {
                    Piece::Item(item, None) => items.push(on_one_line(item).filter(|item| !item.contains('\n'))?),
                    Piece::Blank => {}
                    Piece::Item(_, Some(_)) | Piece::Comment(_) => return None,
                }
            }
            Some(format!("[{}]", items.join(", ")))
        }
        Value::Table(pairs) if pairs.is_empty() => Some("{}".into()),
        Value::Table(pairs) => {
            let pair = |(key, value): &(Vec<&str>, Value<'_>)| format!("{} = {}", key.join("."), inline(value));
            Some(format!("{{ {} }}", pairs.iter().map(pair).collect::<Vec<String>>().join(", ")))
        }
    }
}

/// A value inside braces, where every array stays on its line.
fn inline(value: &Value<'_>) -> String {
    on_one_line(value).unwrap_or_else(|| on_lines(value))
}

fn on_lines(value: &Value<'_>) -> String {
    let Value::Array(pieces) = value else { return inline(value) };
    let mut out = String::from("[\n");
    for piece in pieces {
        match piece {
            Piece::Blank => {}
            Piece::Comment(text) => out.extend(["  ", text]),
            Piece::Item(item, comment) => {
                out.extend(["  ", &inline(item), ","]);
                add_comment(&mut out, *comment);
            }
        }
        out.push('\n');
    }
    out.push(']');
    out
}
