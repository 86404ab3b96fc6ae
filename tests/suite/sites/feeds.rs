//! Feeds by dice: facts beside a release about what a page shows, young and old, right and wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge::author::site::{Literal, Site};
use selvedge::bundle::data::{Data, FactTable, Feed};
use selvedge::bundle::format::double_key;
use selvedge::bundle::manifest::{DefaultValue, From};
use selvedge::words::ValueType;

use super::NOW_MS;
use super::dice::Dice;
use super::rows::{Known, TEXTS, literal};
use super::write::toml_list;

/// What is beside a release, by feed.
#[derive(Default)]
pub(crate) struct Facts(pub(crate) BTreeMap<String, Taken>);

/// A feed, as it was taken.
pub(crate) struct Taken {
    pub(crate) taken_ms: i64,
    /// A value by attribute and key. The empty key is for everybody.
    pub(crate) values: BTreeMap<String, BTreeMap<String, Literal>>,
}

/// The attributes that say what is in stock.
const STOCK: [&str; 2] = ["stock.n0", "stock.n1"];

/// What content needs, as an author writes it.
pub(crate) fn in_stock(dice: &mut Dice) -> String {
    let tests = [">= 1", "> 2", "!= 3", "<= 7", "== 0", "> 0"];
    let rows: Vec<String> =
        (0..dice.between(1, 2)).map(|_| format!("{} {}", dice.pick(&STOCK), dice.pick(&tests))).collect();
    format!("in_stock = {}\n", toml_list(&rows))
}

/// True for an attribute that says what is in stock.
pub(crate) fn is_stock(name: &str) -> bool {
    STOCK.contains(&name)
}

/// Adds attributes of feeds to a catalogue, and gives the feeds' own file.
pub(crate) fn attributes(dice: &mut Dice, known: &mut Vec<Known>, catalogue: &mut String) -> String {
    let keys = [("page.key", ValueType::Symbol), ("request.key", ValueType::String)];
    for (name, value_type) in keys {
        let is_set = value_type == ValueType::Symbol;
        let values: Vec<String> = if is_set { vec!["a".into(), "ab".into(), "DE".into()] } else { Vec::new() };
        let set = if is_set { format!("values = {}\n", toml_list(&values)) } else { String::new() };
        let source = name.split('.').next().unwrap_or_default();
        let _ = writeln!(
            catalogue,
            "[{name}]\ntype = \"{value_type}\"\n{set}source = \"{source}\"\npurposes = [\"necessary\", \"contextual\"]\noptional = true"
        );
        known.push(Known { name: name.into(), value_type, values, guarded: true });
    }
    let feeds = dice.between(1, 2);
    for number in 0..dice.between(1, 5) {
        let value_type = dice.pick(ValueType::ALL);
        let name = format!("product.f{number}");
        let values = if value_type == ValueType::Symbol { vec!["a".into(), "abc".into()] } else { Vec::new() };
        let _ = writeln!(catalogue, "[{name}]\ntype = \"{value_type}\"\nsource = \"feed:f{}\"", dice.below(feeds));
        if !values.is_empty() {
            let _ = writeln!(catalogue, "values = {}", toml_list(&values));
        }
        let _ =
            writeln!(catalogue, "purposes = {}", dice.pick(&["[\"contextual\"]", "[\"necessary\", \"contextual\"]"]));
        if dice.percent(75) {
            let _ = writeln!(catalogue, "key = \"{}\"", dice.pick(&keys).0);
        }
        if dice.percent(20) {
            let _ = writeln!(catalogue, "retention = \"{}\"", dice.pick(&["1s", "90s", "30d"]));
        }
        let guarded = dice.percent(50);
        *catalogue += if guarded { "optional = true\n" } else { dice.pick(&["", "required = true\n"]) };
        known.push(Known { name, value_type, values, guarded });
    }
    // What content needs is of no rule's own rows.
    for name in STOCK {
        let _ = writeln!(catalogue, "[{name}]\ntype = \"int\"\nsource = \"feed:f{}\"", dice.below(feeds));
        let _ =
            writeln!(catalogue, "purposes = {}", dice.pick(&["[\"contextual\"]", "[\"necessary\", \"contextual\"]"]));
        if dice.percent(40) {
            let _ = writeln!(catalogue, "key = \"{}\"", dice.pick(&keys).0);
        }
        *catalogue += dice.pick(&["", "default = 0\n", "required = true\n"]);
    }
    // Other attributes are of this one, whose values the host hands over.
    let mut text = String::from("[crm]\npersons = true\nmax_age = \"60s\"\n");
    let _ = writeln!(text, "on_stale = \"{}\"", dice.pick(&["use", "fallback", "suppress"]));
    for number in 0..feeds {
        let _ = writeln!(text, "[f{number}]\nmax_age = \"{}\"", dice.pick(&["30s", "1h", "2d", "30d"]));
        if dice.percent(80) {
            let _ = writeln!(text, "on_stale = \"{}\"", dice.pick(&["use", "fallback", "suppress"]));
        }
    }
    text
}

/// What may be beside a release of this site; none if it has no feed that is published.
pub(crate) fn facts(dice: &mut Dice, site: &Site) -> Option<Facts> {
    const DAY: i64 = 86_400_000;
    let mut facts = Facts::default();
    for feed in site.feeds.iter().filter(|feed| !feed.persons) {
        if dice.percent(10) {
            continue;
        }
        let age = i64::from(feed.max_age_seconds) * 1_000;
        let taken_ms = NOW_MS + dice.pick(&[0, -1, -age, 1 - age, -1 - age, -age / 2, DAY, DAY + 1, -DAY, -30 * DAY]);
        let mut values = BTreeMap::new();
        for attribute in &site.attributes {
            let From::Feed(place) = &attribute.from else { continue };
            if place.feed != feed.name || dice.percent(10) {
                continue;
            }
            let keys: Vec<&str> = match place.key {
                Some(_) => TEXTS.iter().copied().filter(|key| !key.is_empty() && dice.percent(70)).collect(),
                None => vec![""],
            };
            let mut one = |_| match dice.below(12) {
                0 => Literal::Bool(true),
                1 => Literal::Text("x".into()),
                2 => Literal::List(vec!["a".into(), "ab".into()]),
                _ => literal(dice, attribute.value_type, &attribute.values),
            };
            let table = keys.iter().map(|key| ((*key).to_owned(), one(()))).collect();
            values.insert(attribute.name.clone(), table);
        }
        facts.0.insert(feed.name.clone(), Taken { taken_ms, values });
    }
    site.feeds.iter().any(|feed| !feed.persons).then_some(facts)
}

impl Facts {
    /// The payload with these facts.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let feeds = self.0.iter().map(|(name, taken)| Feed {
            name: name.clone(),
            taken_ms: taken.taken_ms,
            rows: 0,
            tables: taken.values.iter().map(|(attribute, values)| table(attribute, values)).collect(),
        });
        let data = Data { feeds: feeds.collect(), learned: Vec::new() };
        postcard::to_allocvec(&data).expect("plain data serializes")
    }
}

fn table(attribute: &str, values: &BTreeMap<String, Literal>) -> FactTable {
    let mut table = FactTable { attribute: attribute.to_owned(), ..FactTable::default() };
    for (at, (key, value)) in values.iter().enumerate() {
        table.keys.push_str(key);
        table.ends.push(table.keys.len() as u32);
        table.of.push(at as u32);
        table.values.push(match value {
            Literal::Bool(value) => DefaultValue::Bool(*value),
            Literal::Int(number) | Literal::Timestamp(number) | Literal::Duration(number) => {
                DefaultValue::Number(*number)
            }
            Literal::Double(number) => DefaultValue::Number(double_key(*number)),
            Literal::Text(text) => DefaultValue::Text(text.clone()),
            Literal::List(items) => DefaultValue::List(items.clone()),
        });
    }
    table
}
