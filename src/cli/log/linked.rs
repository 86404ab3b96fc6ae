//! The devices of a person, by the link events of their account.
//!
//! Takes events, one context's link a line, and the ids that somebody asked for; gives the other ids of the same person. Links that were
//! withdrawn count: lines of their time are about the person, too.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;

use crate::cli::files;
use crate::words::Link;

/// The ids that belong to the same person as one of these.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Linked {
    pub(super) more: Vec<String>,
    /// Devices that several accounts were linked to. Whose an unsigned line of theirs is, nobody can tell.
    pub(super) shared: Vec<String>,
}

pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Link>> {
    let text = files::text(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let link = |(number, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}:{}: not a link", path.display(), number + 1))
    };
    lines.map(link).collect()
}

pub(super) fn linked(links: &[Link], subjects: &[String]) -> Linked {
    let accounts_of = |device: &str| -> BTreeSet<&str> {
        links.iter().filter(|link| link.visitor == device).map(|link| link.account.as_str()).collect()
    };
    let is_asked = |id: &str| subjects.iter().any(|own| own == id);
    // The account of a device that was asked for, if it has one alone.
    let own = subjects.iter().map(|id| accounts_of(id)).filter(|accounts| accounts.len() == 1).flatten();
    let accounts: BTreeSet<&str> =
        own.chain(links.iter().map(|link| link.account.as_str()).filter(|id| is_asked(id))).collect();
    let devices: BTreeSet<&str> = links
        .iter()
        .filter(|link| accounts.contains(link.account.as_str()))
        .map(|link| link.visitor.as_str())
        .collect();
    let (alone, shared): (Vec<&str>, Vec<&str>) =
        devices.into_iter().filter(|id| !is_asked(id)).partition(|device| accounts_of(device).len() == 1);
    let named = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut more = named(accounts.into_iter().filter(|id| !is_asked(id)).collect());
    more.extend(named(alone));
    more.sort();
    more.dedup();
    Linked { more, shared: named(shared) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Instant;

    #[test]
    fn a_person_has_the_devices_of_their_account_and_no_shared_one() {
        let link = |device: &str, account: &str, linked: bool| Link {
            visitor: device.into(),
            account: account.into(),
            at: Instant(0),
            linked,
        };
        let links = [
            link("d1", "anna", true),
            link("d2", "anna", true),
            link("d2", "anna", false),
            link("d3", "anna", true),
            link("d3", "bert", true),
            link("d4", "bert", true),
        ];
        let found = |subjects: &[&str]| {
            let Linked { more, shared } =
                linked(&links, &subjects.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
            format!("{} | {}", more.join(" "), shared.join(" "))
        };
        assert_eq!(found(&["anna"]), "d1 d2 | d3");
        assert_eq!(found(&["d1"]), "anna d2 | d3");
        assert_eq!(found(&["d3"]), " | ");
        assert_eq!(found(&["d4", "bert"]), " | d3");
        assert_eq!(found(&["nobody"]), " | ");
        assert_eq!(found(&["anna", "bert"]), "d1 d2 d4 | d3");
    }
}
