//! Numbers for caps and contents, by which the state of a device names them.
//!
//! Takes the numbers of the build before, gives the same and new ones. A number stays with its name also when that is removed: a device may
//! still have it, and must not take it for something else.

use super::lock::Ordinals;
use crate::author::site::Site;

/// Numbers the caps of a site, and its contents where dismissals count.
pub(super) fn number(site: &mut Site, old: Ordinals) -> Ordinals {
    let mut all = old;
    if !site.contact.has_history() {
        return all;
    }
    for cap in &mut site.contact.caps {
        // At most 255 are there at a time. After as many removals a number has to serve again.
        let next = all.caps.values().max().map_or(0, |last| last + 1);
        let free = || (0..=255).find(|number| !all.caps.values().any(|taken| taken == number)).unwrap_or(255);
        let next = if next > 255 { free() } else { next };
        cap.ordinal = u8::try_from(*all.caps.entry(cap.name.clone()).or_insert(next)).unwrap_or(u8::MAX);
    }
    if site.contact.cool_off_seconds.is_some() {
        for content in &mut site.content {
            let next = all.contents.values().max().map_or(0, |last| last.saturating_add(1));
            content.ordinal = *all.contents.entry(content.name.clone()).or_insert(next);
        }
    }
    all
}
