//! The same fields for people: one line each.

use serde_json::Value;

use super::json;

/// Writes the fields of `text`, one a line, and an empty line.
pub(super) fn lines(text: &str, out: &mut String) {
    let mut line = String::new();
    json::line(text, &mut line);
    if let Ok(Value::Object(fields)) = serde_json::from_str(&line) {
        for (name, value) in fields {
            match value {
                Value::Object(inner) => {
                    inner
                        .iter()
                        .for_each(|(field, value)| out.push_str(&format!("{name}.{field}: {}\n", shown(value))));
                }
                value => out.push_str(&format!("{name}: {}\n", shown(&value))),
            }
        }
    }
    if text.contains(['=', '%', '{']) {
        out.push_str("hint: this looks like a platform's cookie; `selvedge decide --cookie 'NAME=VALUE'` reads one\n");
    }
    out.push('\n');
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => runs(items).unwrap_or_else(|| items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(inner) => {
            let fields = inner.iter().map(|(name, value)| format!("{name} {}", shown(value)));
            format!("({})", fields.collect::<Vec<_>>().join("; "))
        }
        other => other.to_string(),
    }
}

/// Ascending numbers with their runs drawn together: `1, 3–7`.
fn runs(items: &[Value]) -> Option<String> {
    let numbers: Vec<u64> = items.iter().map(Value::as_u64).collect::<Option<_>>()?;
    if !numbers.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let runs = numbers.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [first, .., last] if last - first > 1 => format!("{first}–{last}"),
        run => run.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    });
    Some(runs.collect::<Vec<_>>().join(", "))
}
