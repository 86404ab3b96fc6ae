//! Identity: the device that a person's draws go by, once they let the site link it to their account.
//!
//! Takes the link events that a caller tells, gives the id of the first device of the account. It never links on its own: an event says
//! that the person agreed, and a later one that they withdrew. Nothing is followed further than from a device to its account and
//! to the account's devices, so no chain of links has a circle.
//!
//! - The newest event about a device and an account counts. At one moment a withdrawal beats a link.
//! - A device belongs to the account that it was linked to first. Two accounts are never merged.
//! - The account's first device wins: its id draws for all of them.
//! - A link to come is no link. A withdrawal to come is one now: clocks differ, and a no is heard.

use crate::bundle::identity::Linking;
use crate::words::time::SECOND;
use crate::words::{ID_BYTES_MAX, Identity, Link};

/// The most events that a caller tells. A person with more has no link, as so many devices are no one person's.
pub const LINKS_MAX: usize = 64;

/// The id of the first device of the account, if this device is linked to it.
pub(super) fn first_device<'v>(linking: &Linking, identity: &'v Identity, now_ms: i64) -> Option<&'v str> {
    let (own, account) = (identity.visitor.as_deref()?, identity.account.as_deref()?);
    let links = Links { all: &identity.links, linking, now_ms };
    if links.all.len() > LINKS_MAX || links.owner(own) != Some(account) {
        return None;
    }
    let devices = links.standing().filter(|(link, _)| links.owner(&link.visitor) == Some(account));
    devices.map(|(link, since)| (since, link.visitor.as_str())).min().map(|(_, first)| first)
}

#[derive(Clone, Copy)]
struct Links<'v, 'l> {
    all: &'v [Link],
    linking: &'l Linking,
    now_ms: i64,
}

impl<'v, 'l> Links<'v, 'l> {
    /// The account that a device was linked to first.
    fn owner(self, device: &str) -> Option<&'v str> {
        let own = self.standing().filter(|(link, _)| link.visitor == device);
        own.map(|(link, since)| (since, link.account.as_str())).min().map(|(_, account)| account)
    }

    /// Links that hold now, and since when.
    fn standing(self) -> impl Iterator<Item = (&'v Link, i64)> + use<'v, 'l> {
        self.all.iter().filter_map(move |link| Some((link, self.since(link)?)))
    }

    /// The moment of a link after which nobody withdrew it, if it is not too old.
    fn since(self, link: &Link) -> Option<i64> {
        let (at, kept_ms) = (link.at.0, i64::from(self.linking.kept_seconds) * SECOND);
        let is_id = |id: &str| !id.is_empty() && id.len() <= ID_BYTES_MAX;
        let is_sound = link.linked && is_id(&link.visitor) && is_id(&link.account);
        let is_now = at <= self.now_ms && self.now_ms.saturating_sub(at) < kept_ms;
        let is_withdrawn = self.all.iter().any(|other| {
            !other.linked && other.visitor == link.visitor && other.account == link.account && other.at.0 >= at
        });
        (is_sound && is_now && !is_withdrawn).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::words::Instant;

    const NOW: i64 = 1_000_000;

    /// Events as `device account at`, with `-` before one that withdraws.
    fn first(own: &str, account: &str, events: &str) -> Option<alloc::string::String> {
        let links: Vec<Link> = events
            .split(", ")
            .filter(|event| !event.is_empty())
            .map(|event| {
                let mut words = event.trim_start_matches('-').split(' ');
                let mut word = || words.next().expect("three words");
                let (visitor, account) = (word().replace('_', ""), word().into());
                Link { visitor, account, at: Instant(word().parse().expect("a time")), linked: !event.starts_with('-') }
            })
            .collect();
        let identity =
            Identity { visitor: Some(own.into()), account: Some(account.into()), links, ..Identity::default() };
        first_device(&Linking { kept_seconds: 900 }, &identity, NOW).map(Into::into)
    }

    #[test]
    fn the_first_device_of_the_account_draws_for_all_of_them() {
        let cases = [
            ("d1", "a", "", None),
            ("d1", "a", "d1 a 500000", Some("d1")),
            ("d2", "a", "d2 a 600000, d1 a 500000", Some("d1")),
            ("d1", "a", "d2 a 600000, d1 a 500000", Some("d1")),
            // Not linked itself.
            ("d3", "a", "d2 a 600000, d1 a 500000", None),
            ("d1", "b", "d1 a 500000", None),
            // Two accounts on a device never merge: the first keeps it.
            ("d1", "b", "d1 a 500000, d1 b 600000", None),
            ("d1", "a", "d1 a 500000, d1 b 600000", Some("d1")),
            ("d2", "b", "d1 a 500000, d1 b 600000, d2 b 700000", Some("d2")),
            // Until that account withdraws.
            ("d1", "b", "d1 a 500000, d1 b 600000, -d1 a 650000", Some("d1")),
            ("d1", "a", "d1 a 500000, -d1 a 600000", None),
            ("d1", "a", "d1 a 500000, -d1 a 500000", None),
            ("d1", "a", "d1 a 500000, -d1 a 600000, d1 a 700000", Some("d1")),
            ("d2", "a", "d1 a 500000, d2 a 600000, -d1 a 650000", Some("d2")),
            ("d2", "a", "d1 a 500000, d2 a 600000, -d1 a 650000, d1 a 700000", Some("d2")),
            // One moment: the lesser id.
            ("d2", "a", "d2 a 500000, d1 a 500000", Some("d1")),
            // To come.
            ("d1", "a", "d1 a 1000001", None),
            ("d1", "a", "d1 a 1000000", Some("d1")),
            ("d1", "a", "d1 a 500000, -d1 a 9000000", None),
            // Too old.
            ("d1", "a", "d1 a 100000", None),
            ("d1", "a", "d1 a 100001", Some("d1")),
            // No id.
            ("d1", "a", "_ a 500000, d1 a 600000", Some("d1")),
            // A circle: an id of a device that is one of an account.
            ("a", "b", "a b 500000, b a 400000", Some("a")),
            ("b", "a", "a b 500000, b a 400000", Some("b")),
        ];
        for (own, account, events, expected) in cases {
            assert_eq!(first(own, account, events).as_deref(), expected, "{own} {account}: {events}");
        }
        let many: Vec<_> = (0..=LINKS_MAX).map(|at| alloc::format!("d{at} a 500000")).collect();
        assert_eq!(first("d1", "a", &many.join(", ")), None);
        assert_eq!(first("d1", "a", &many[1..].join(", ")).as_deref(), Some("d1"));
    }

    #[test]
    fn the_order_of_events_means_nothing() {
        let events = ["d1 a 500000", "d2 a 400000", "-d2 a 450000", "d3 a 500000", "d1 b 300000", "d2 a 460000"];
        let once = first("d2", "a", &events.join(", "));
        assert_eq!(once.as_deref(), Some("d2"));
        for turn in 0..events.len() {
            let mut turned = events;
            turned.rotate_left(turn);
            assert_eq!(first("d2", "a", &turned.join(", ")), once);
            turned.reverse();
            assert_eq!(first("d2", "a", &turned.join(", ")), once);
        }
    }
}
