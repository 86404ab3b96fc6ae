//! `holidays.toml`: the days on which markets do not work.
//!
//! Takes the tables of the file, and gives each market its days. It knows no calendar: a holiday is a list of dates that people maintain.

use super::keys::{Field, Named};
use super::names;
use super::site::{Holiday, Market};
use super::times::{self, When};

/// Reads the holidays of each market.
pub(crate) fn holidays(entries: Vec<Named<'_>>, markets: &mut [Market]) {
    for Named { name, table, .. } in entries {
        let days = table.fields().flat_map(|field| field.items()).filter_map(holiday).collect();
        match markets.iter_mut().find(|market| market.name == name) {
            Some(market) => market.holidays = in_order(days),
            None => {
                let fault = table.error("SV7019", table.place(), format!("there is no market `{name}`"));
                let otherwise = |all: String| match all.as_str() {
                    "" => format!("add [markets.{name}] with `zone` and `regions` to selvedge.toml"),
                    _ => format!("the markets are {all}; add [markets.{name}] to selvedge.toml"),
                };
                table.report(fault.help(names::hint(&name, markets.iter().map(|market| market.name.as_str()), otherwise)));
            }
        }
    }
}

fn holiday(day: Field<'_>) -> Option<Holiday> {
    Some(Holiday { name: day.key.to_owned(), day: times::day(day)?, when: times::when(day)? })
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
