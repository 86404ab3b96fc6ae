//! `decide --feed NAME=stale:AGE`: what happens when a feed is too old.

use anyhow::Context as _;

use crate::author::seconds;
use crate::bundle::Program;
use crate::cli::Usage;

/// The names of the feeds that count as too old.
pub(super) fn old(written: &[String], program: &Program) -> anyhow::Result<Vec<String>> {
    written.iter().map(|text| one(text, program)).collect()
}

fn one(text: &str, program: &Program) -> anyhow::Result<String> {
    let usage = |what: String| Usage(format!("--feed {text}: {what}"));
    let form = || usage("write NAME=stale or NAME=stale:AGE, as in stock=stale:3h".into());
    let (name, state) = text.split_once('=').with_context(form)?;
    let age = match state.strip_prefix("stale").map(|rest| rest.strip_prefix(':').unwrap_or(rest)) {
        Some("") => None,
        Some(age) => Some(seconds(age).with_context(form)?),
        None => return Err(form().into()),
    };
    let places = || program.manifest().attributes.iter().filter_map(|attribute| attribute.feed());
    let place = places().find(|place| place.feed == name).with_context(|| {
        let mut known: Vec<&str> = places().map(|place| place.feed.as_str()).collect();
        known.dedup();
        usage(match known.as_slice() {
            [] => "no attribute is of a feed that feeds.toml declares".into(),
            known => format!("there is no feed `{name}`; the feeds are {}", known.join(", ")),
        })
    })?;
    if let Some(age) = age.filter(|age| *age < place.max_age_seconds) {
        let most = place.max_age_seconds;
        anyhow::bail!(usage(format!("a feed that is {age} seconds old is not stale: its max_age is {most} seconds")));
    }
    Ok(name.to_owned())
}
