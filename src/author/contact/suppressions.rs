//! Suppressions and goals: people who get nothing of some classes.
//!
//! Takes the tables, and gives each with its condition. [`applied`] makes the condition a row of every experience that it is about, among
//! those that must be false. So no rule matches without it, also one of a high priority, and an unknown value blocks the rule as a true one does.

use crate::author::keys::{Field, Table, Text};
use crate::author::rows::{self, Ground};
use crate::author::site::{ContactClass, Experience, Row, Suppression};
use crate::words::Detail;

/// Reads them: suppressions first, then goals, each by name.
pub(crate) fn suppressions(top: Table<'_>, ground: &Ground<'_>) -> Vec<Suppression> {
    let read = |kind: &str, when: &'static str, detail: Detail| -> Vec<Suppression> {
        let one = |(field, table): (Field<'_>, Table<'_>)| {
            let row = table.text(when).and_then(|text| condition(text, ground))?;
            Some(Suppression {
                name: field.key.to_owned(),
                detail,
                row,
                experiences: None,
                classes: if detail == Detail::GoalReached { ContactClass::ALL.to_vec() } else { classes(table) },
                description: table.string("description").unwrap_or_default(),
                place: field.key_place(),
            })
        };
        let mut all: Vec<Suppression> = top.named(kind).filter_map(one).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    };
    let mut all = read("suppressions", "when", Detail::Suppressed);
    all.extend(read("goals", "reached", Detail::GoalReached));
    all.extend(exits(top, ground));
    all
}

/// The exits of sequences, by name: each ends the experiences of its steps.
fn exits(top: Table<'_>, ground: &Ground<'_>) -> Vec<Suppression> {
    let one = |(field, table): (Field<'_>, Table<'_>)| {
        let row = table.text("exit").and_then(|text| condition(text, ground))?;
        let steps = table.named("steps").filter_map(|(_, step)| step.string("experience"));
        Some(Suppression {
            name: format!("{}.exit", field.key),
            detail: Detail::GoalReached,
            row,
            classes: ContactClass::ALL.to_vec(),
            experiences: Some(steps.collect()),
            description: String::new(),
            place: field.key_place(),
        })
    };
    let mut all: Vec<Suppression> = top.named("sequences").filter_map(one).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn condition(text: Text<'_>, ground: &Ground<'_>) -> Option<Row> {
    rows::row(text, ground)
}

/// The classes of a table; promotional alone if it names none.
pub(super) fn classes(table: Table<'_>) -> Vec<ContactClass> {
    let named: Vec<ContactClass> =
        table.texts("classes").iter().filter_map(|text| ContactClass::from_name(text.text)).collect();
    if named.is_empty() { vec![ContactClass::Promotional] } else { named }
}

/// The experience, with a row for each suppression that is about it.
pub(crate) fn applied(mut experience: Experience, suppressions: &[Suppression]) -> Experience {
    for (position, one) in suppressions.iter().enumerate() {
        if !one.is_about(&experience) {
            continue;
        }
        experience.suppressed_by.push(position);
        experience.eligible.none.push(one.row.clone());
    }
    experience
}

impl Suppression {
    /// True if it ends this experience.
    pub fn is_about(&self, experience: &Experience) -> bool {
        match self.detail {
            Detail::GoalReached => match &self.experiences {
                Some(names) => names.contains(&experience.name),
                None => experience.goal.as_ref() == Some(&self.name),
            },
            _ => self.classes.contains(&experience.contact_class()),
        }
    }
}
