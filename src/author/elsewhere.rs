//! `[[elsewhere]]`: tests that other tools run on the same pages. Takes the settings, gives a registry that `selvedge
//! conflicts` compares our experiments with. It never reaches a bundle.

use super::keys::Table;
use super::percent::{WHOLE, share};
use super::settings::owner;
use super::site::{Elsewhere, Window};
use super::stage::{Stage, find_slot};
use super::{rows, times};

/// Reads the registry.
pub(crate) fn elsewhere(top: Table<'_>, stage: &Stage<'_>) -> Vec<Elsewhere> {
    let mut tests: Vec<Elsewhere> = Vec::new();
    for table in top.tables("elsewhere") {
        let Some(test) = test(table, stage) else { continue };
        if tests.iter().any(|known| known.name == test.name) {
            let what = format!("the test `{}` is listed twice", test.name);
            table.refuse("SV9009", what, "rename or remove one of the two");
        }
        tests.push(test);
    }
    tests
}

fn test(table: Table<'_>, stage: &Stage<'_>) -> Option<Elsewhere> {
    let name = table.string("name")?;
    let slots = table.texts("slots").into_iter().filter_map(|slot| find_slot(slot, stage)).collect();
    if !table.has("slots") && !table.has("pages") {
        let fault = table.error("SV2220", table.place(), format!("`{name}` does not say where it runs"));
        let fault = fault.why("an experiment can only be compared with a test whose pages are known");
        table.report(fault.help("add pages = [\"/cart\"] or slots = [\"cart.extra\"]; [\"/*\"] is every page"));
    }
    Some(Elsewhere {
        name,
        tool: table.string("tool")?,
        owner: owner(table, stage.settings),
        metric: table.string("metric"),
        slots,
        pages: table.strings("pages"),
        selector: table.string("selector"),
        traffic: table.get("traffic").map_or(Some(WHOLE), |field| share(field, false))?,
        rows: rows::rows(table, &stage.ground),
        window: Window {
            from_ms: table.get("from").and_then(times::start).unwrap_or(i64::MIN),
            until_ms: table.get("until").and_then(times::end).unwrap_or(i64::MAX),
        },
        place: table.place(),
    })
}
