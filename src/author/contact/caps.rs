//! Caps and gaps: how often a person may be contacted.

use super::scope::{is_about_something, scope, with_names};
use crate::author::keys::{Field, Table, seconds};
use crate::author::site::{Cap, CapWindow, Experience, Period};
use crate::author::stage::Stage;
use crate::author::times;
use crate::engine::contact::{DEPTH_MAX, WINDOW_SECONDS_MAX};

/// Reads how many contacts a table allows, and in which time.
type Window<'w> = &'w dyn Fn(Field<'_>, Table<'_>) -> Option<(u8, CapWindow)>;

/// Reads caps, then gaps, each by name.
pub(super) fn caps(top: Table<'_>, stage: &Stage<'_>, experiences: &[Experience]) -> Vec<Cap> {
    let read = |kind: &str, window: Window<'_>| -> Vec<Cap> {
        let one = |(field, table): (Field<'_>, Table<'_>)| {
            let (max, window) = window(field, table)?;
            let mut scope = scope(table, stage);
            if kind == "caps" {
                scope = with_names(scope, table, stage, experiences);
            }
            is_about_something(field, &scope, stage, experiences);
            Some(Cap {
                name: field.key.to_owned(),
                is_gap: kind == "gaps",
                max,
                window,
                scope,
                ordinal: 0,
                description: table.string("description").unwrap_or_default(),
                place: field.key_place(),
            })
        };
        let mut all: Vec<Cap> = top.named(kind).filter_map(one).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    };
    let mut all = read("caps", &|field, table| Some((most(table)?, window(field, table)?)));
    all.extend(read("gaps", &|_, table| Some((1, CapWindow::Sliding(length(table.get("least")?)?)))));
    all
}

fn most(table: Table<'_>) -> Option<u8> {
    let field = table.get("max")?;
    match u8::try_from(field.whole()?).ok()? {
        0 => {
            let fault = field.error("SV2242", "a cap of 0 allows no contact at all");
            field.report(fault.help("write a number above 0; people who must get nothing belong to a suppression"));
            None
        }
        max if usize::from(max) > DEPTH_MAX => {
            let what = format!("a cap of {max} is more than the {DEPTH_MAX} contacts that a state keeps");
            field.refuse("SV2242", what, format!("write at most {DEPTH_MAX}, with a shorter time"));
            None
        }
        max => Some(max),
    }
}

fn window(cap: Field<'_>, table: Table<'_>) -> Option<CapWindow> {
    let zone = table.text("zone");
    match (table.get("within"), table.word("per", Period::from_name)) {
        (Some(within), None) => {
            if let Some(zone) = zone {
                let help = "remove it, or write per = \"day\" in place of `within`";
                zone.field.refuse_key("SV2243", "a length of time needs no zone", help);
            }
            length(within).map(CapWindow::Sliding)
        }
        (None, Some(period)) => match zone {
            Some(zone) => times::zone(zone).map(|_| CapWindow::Calendar(period, zone.text.to_owned())),
            None => {
                let fault = cap.key_error(
                    "SV2244",
                    format!("`{}` counts by the {period}, and no zone says when that begins", cap.key),
                );
                cap.report(
                    fault.help("add zone = \"Europe/Berlin\", or write within = \"24h\" for a time that slides"),
                );
                None
            }
        },
        _ => {
            let fault = cap.key_error("SV2243", format!("`{}` needs `within` or `per`, and not both", cap.key));
            cap.report(fault.help("write within = \"7d\" for a time that slides, or per = \"week\" and a zone"));
            None
        }
    }
}

/// The seconds of a length of time that a state can keep.
pub(crate) fn length(field: Field<'_>) -> Option<u32> {
    let seconds = seconds(field.text()?.text)?;
    if seconds > WINDOW_SECONDS_MAX {
        let days = WINDOW_SECONDS_MAX / 86_400;
        let fault = field.error("SV2243", format!("the time is longer than {days} days"));
        field.report(fault.why("browsers keep no cookie for longer").help(format!("write at most \"{days}d\"")));
        return None;
    }
    Some(seconds)
}
