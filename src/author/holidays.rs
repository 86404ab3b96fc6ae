//! `holidays.toml`: the days on which markets do not work.
//!
//! Takes the tables of the file, and gives each market its days. It knows no calendar: a holiday is a list of dates that people maintain.

use super::keys::{Field, Table};
use super::names;
use super::site::{Holiday, Market};
use super::times::{self, When};

/// Reads the holidays of each market.
pub(crate) fn holidays(top: Table<'_>, markets: &mut [Market]) {
    for (field, table) in top.named("markets") {
        let days = table.fields().flat_map(|field| field.items()).filter_map(holiday).collect();
        match markets.iter_mut().find(|market| market.name == field.key) {
            Some(market) => market.holidays = in_order(days),
            None => {
                let fault = field.key_error("SV7019", format!("there is no market `{}`", field.key));
                let otherwise = |all: String| match all.as_str() {
                    "" => format!("add [markets.{}] with `zone` and `regions` to selvedge.toml", field.key),
                    _ => format!("the markets are {all}; add [markets.{}] to selvedge.toml", field.key),
                };
                let names = markets.iter().map(|market| market.name.as_str());
                field.report(fault.help(names::hint(field.key, names, otherwise)));
            }
        }
    }
}

/// A day, with or without quotes. One of another form was reported when the file was checked.
fn holiday(field: Field<'_>) -> Option<Holiday> {
    let when = match field.text() {
        Some(text) => When::Day(text.text.parse().ok()?),
        None => times::when(field)?,
    };
    let When::Day(day) = when else { return None };
    Some(Holiday { name: field.key.to_owned(), day: day.to_string(), when })
}

/// By day, each day once.
fn in_order(mut days: Vec<Holiday>) -> Vec<Holiday> {
    days.sort_by(|one, other| (&one.day, &one.name).cmp(&(&other.day, &other.name)));
    days.dedup_by(|one, other| one.day == other.day);
    days
}

impl Holiday {
    /// The day, for the clocks of a zone.
    pub(crate) fn when(&self) -> When {
        self.when
    }
}
