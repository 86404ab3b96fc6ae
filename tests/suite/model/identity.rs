//! The model of links: a device goes by the id of the first device of its account. Written from the design alone.

use std::collections::{BTreeMap, BTreeSet};

use selvedge::author::site::Linking;
use selvedge::words::Identity;

/// The id of the account's first device, if this device is one of the account's.
pub(super) fn first<'v>(linking: &Linking, identity: &'v Identity, now_ms: i64) -> Option<&'v str> {
    let (device, account) = (identity.visitor.as_deref()?, identity.account.as_deref()?);
    if identity.links.len() > 64 {
        return None;
    }
    // What was said about each pair, in order; of one moment a withdrawal comes last. Nobody can withdraw later than now.
    let mut said: BTreeMap<(&str, &str), Vec<(i64, bool)>> = BTreeMap::new();
    for link in &identity.links {
        let withdraws = !link.linked;
        let at = if withdraws { link.at.0.min(now_ms) } else { link.at.0 };
        said.entry((&link.visitor, &link.account)).or_default().push((at, withdraws));
    }
    let mut since: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let oldest = now_ms - i64::from(linking.kept_seconds) * 1_000;
    for (pair, mut events) in said {
        events.sort_unstable();
        let after = events.iter().rposition(|(_, withdraws)| *withdraws).map_or(0, |at| at + 1);
        let links = events[after..].iter().map(|(at, _)| *at);
        if let Some(first) = links.filter(|at| oldest < *at && *at <= now_ms).min() {
            since.insert(pair, first);
        }
    }
    since.retain(|(device, account), _| [device, account].iter().all(|id| !id.is_empty() && id.len() <= 256));
    let devices: BTreeSet<&str> = since.keys().map(|(device, _)| *device).collect();
    let owned = devices.into_iter().filter_map(|device| {
        let owner =
            since.iter().filter(|((own, _), _)| *own == device).min_by_key(|((_, account), at)| (**at, *account));
        let ((_, owner), at) = owner?;
        (*owner == account).then_some((*at, device))
    });
    let owned: BTreeSet<(i64, &str)> = owned.collect();
    let first = owned.first().map(|(_, first)| *first)?;
    owned.iter().any(|(_, own)| *own == device).then_some(first)
}
