//! Tests of what rows mean, and of the findings about rows without a meaning.

mod meaning;
mod props;
mod rows;
pub(super) mod tree;
mod written;

use crate::author::site::{Attribute, Literal, Place};
use crate::words::{Depth, Purpose, Purposes, Source, ValueType};

use super::Scope;

/// The catalogue that every test of rows uses.
struct Catalogue {
    attributes: Vec<Attribute>,
    audiences: Vec<String>,
}

impl Catalogue {
    fn new() -> Self {
        let countries = ["AT", "CH", "DE", "FR", "GB", "GR", "US"];
        let mut attributes = vec![
            attribute("app.version", ValueType::String, &[]),
            attribute("page.path", ValueType::String, &[]),
            attribute("page.tags", ValueType::List, &["new", "sale", "winter"]),
            attribute("page.title", ValueType::String, &[]),
            Attribute { optional: true, ..attribute("profile.age", ValueType::Int, &[]) },
            Attribute { optional: true, ..attribute("profile.interests", ValueType::List, &[]) },
            Attribute { optional: true, ..attribute("profile.name", ValueType::String, &[]) },
            Attribute {
                default: Some(Literal::Bool(false)),
                ..attribute("profile.open_complaint", ValueType::Bool, &[])
            },
            Attribute { optional: true, ..attribute("profile.subscribed", ValueType::Bool, &[]) },
            attribute("profile.score", ValueType::Double, &[]),
            attribute("request.country", ValueType::Symbol, &countries),
            attribute("request.device", ValueType::Symbol, &["desktop", "phone", "tablet"]),
            attribute("request.ip", ValueType::String, &[]),
            attribute("request.secure", ValueType::Bool, &[]),
            attribute("visitor.first_seen", ValueType::Timestamp, &[]),
            attribute("visitor.home", ValueType::Symbol, &countries),
            Attribute { optional: true, ..attribute("visitor.last_order", ValueType::Timestamp, &[]) },
            Attribute { required: true, ..attribute("visitor.orders", ValueType::Int, &[]) },
            Attribute { range: Some((0.0, 1000.0)), ..attribute("visitor.visits_30d", ValueType::Int, &[]) },
        ];
        attributes.sort_by(|one, other| one.name.cmp(&other.name));
        let audiences = ["big-spenders", "new_here", "returning"].map(String::from).to_vec();
        Self { attributes, audiences }
    }

    fn scope(&self) -> Scope<'_> {
        Scope { attributes: &self.attributes, audiences: &self.audiences }
    }
}

fn attribute(name: &str, value_type: ValueType, values: &[&str]) -> Attribute {
    Attribute {
        name: name.into(),
        value_type,
        values: values.iter().map(|value| (*value).into()).collect(),
        range: None,
        max_length: None,
        source: Source::Request,
        feed: None,
        purposes: Purposes::from_iter([Purpose::Contextual]),
        depth: Depth::Contextual,
        sensitive: false,
        retention_seconds: None,
        default: None,
        required: false,
        optional: false,
        from: crate::bundle::manifest::From::Host,
        description: String::new(),
        texts: Default::default(),
        place: Place::default(),
    }
}

/// The words of a text. Two spaces or a line's end stand between them, as some have one space inside.
fn words(text: &'static str) -> Vec<&'static str> {
    text.lines().flat_map(|line| line.trim().split("  ")).collect()
}
