//! Values worth trying for each attribute: those that the site's own rules tell apart, their neighbours, and junk.
//!
//! Takes a checked site, gives JSON values by the position of their attribute. It never weighs them.

use serde_json::{Value as Json, json};

use crate::author::expr::{Condition, Piece, Term, mentions, walk};
use crate::author::site::{Attribute, Literal, Rows, Site};
use crate::words::time::{DAY, SECOND};
use crate::words::{INT_MAX, ValueType};

/// The most members of a closed set that are tried: more would crowd out what the rules ask about.
const MEMBERS_MAX: usize = 24;

pub(in crate::report) fn values(site: &Site, now_ms: i64) -> Vec<Vec<Json>> {
    let mut asked: Vec<Vec<Literal>> = vec![Vec::new(); site.attributes.len()];
    for row in site.rows().flat_map(Rows::iter) {
        let mut found = Vec::new();
        in_condition(&row.condition, &mut found);
        for attribute in mentions(&row.condition).0 {
            asked.get_mut(attribute).into_iter().for_each(|asked| asked.extend(found.iter().cloned()));
        }
    }
    site.attributes.iter().zip(asked).map(|(attribute, asked)| of(attribute, &asked, now_ms)).collect()
}

/// Right values, in no order; each once.
fn of(attribute: &Attribute, asked: &[Literal], now_ms: i64) -> Vec<Json> {
    let edges = attribute.range.into_iter().flat_map(|(low, high)| [low, high]);
    let numbers = asked.iter().filter_map(number).chain(edges);
    let (texts, members) = (asked.iter().flat_map(Literal::texts), attribute.values.iter().take(MEMBERS_MAX));
    let mut values: Vec<Json> = match attribute.value_type {
        ValueType::Bool => vec![json!(true), json!(false)],
        ValueType::Int => {
            let near = numbers.flat_map(|number| [-1, 0, 1].map(|step| (number as i64).saturating_add(step)));
            near.chain([0, 1]).map(|number| json!(number.clamp(-INT_MAX, INT_MAX))).collect()
        }
        ValueType::Double => {
            let near = numbers.flat_map(|number| [-0.25, 0.0, 0.25].map(|step| number + step));
            near.chain([0.0, -0.5]).map(|number| json!(number)).collect()
        }
        ValueType::Symbol | ValueType::String => {
            let near = texts.flat_map(|text| around(text)).chain(members.cloned());
            near.chain(["".into(), "x".into()]).map(|text| json!(text)).collect()
        }
        ValueType::List => {
            let items: Vec<&String> = texts.chain(members).collect();
            let mut lists = vec![json!([]), json!(items)];
            lists.extend(items.iter().map(|item| json!([item])));
            lists.extend(items.windows(2).map(|pair| json!(pair)));
            lists
        }
        ValueType::Timestamp => {
            let near = asked.iter().flat_map(|literal| match literal {
                Literal::Timestamp(ms) => vec![ms - SECOND, *ms, ms + SECOND],
                Literal::Duration(ms) => vec![now_ms - ms, now_ms + ms, now_ms - ms - SECOND],
                _ => Vec::new(),
            });
            near.chain([now_ms, now_ms - DAY, now_ms + DAY]).map(|ms| json!(ms)).collect()
        }
    };
    values.sort_by_key(Json::to_string);
    values.dedup();
    values
}

/// Values that hardly any attribute can have.
pub(super) fn junk() -> Vec<Json> {
    let long = "x".repeat(300);
    let junk = json!([null, true, -1, 1.5e300, "junk", "\u{0}<script>\"", long, ["a", 1], { "a": [] }]);
    serde_json::from_value(junk).unwrap_or_default()
}

/// A value as a header, a cookie or a query writes it.
pub(super) fn written(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A text that a rule names, and texts that are nearly it.
fn around(text: &str) -> [String; 5] {
    let shorter: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
    [text.replace('*', "x"), text.to_owned(), format!("{text}x"), shorter, text.to_ascii_uppercase()]
}

fn number(literal: &Literal) -> Option<f64> {
    match literal {
        Literal::Int(number) => Some(*number as f64),
        Literal::Double(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn in_condition(condition: &Condition, found: &mut Vec<Literal>) {
    walk(condition, &mut |piece| match piece {
        Piece::Condition(Condition::Within(_, network)) => found.push(Literal::Text(network.address.to_string())),
        Piece::Term(Term::Literal(literal)) => found.push(literal.clone()),
        Piece::Term(Term::List(literals)) => found.extend(literals.iter().cloned()),
        _ => {}
    });
}
