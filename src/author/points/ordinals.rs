//! Numbers for caps, contents, sequences and rotations, by which the state of a device names them.
//!
//! Takes the numbers of the build before, gives the same and new ones. A number stays with its name also when that is removed: a device may
//! still have it, and must not take it for something else.

use std::collections::BTreeMap;

use super::lock::Ordinals;
use crate::author::site::Site;

/// Numbers the caps, sequences and rotations of a site, and its contents where the state names them.
pub(super) fn number(site: &mut Site, old: Ordinals) -> Ordinals {
    let mut all = old;
    if !site.contact.has_history() {
        return all;
    }
    let experiences: Vec<String> = site.experiences.iter().map(|experience| experience.name.clone()).collect();
    let contact = &mut site.contact;
    for cap in &mut contact.caps {
        cap.ordinal = small(&mut all.caps, &cap.name);
    }
    if contact.cool_off_seconds.is_some() || !contact.rotations.is_empty() || !contact.once.is_empty() {
        for content in &mut site.content {
            content.ordinal = large(&mut all.contents, &content.name);
        }
    }
    for sequence in &mut contact.sequences {
        sequence.ordinal = small(&mut all.tracks, &format!("sequence {}", sequence.name));
        for step in &mut sequence.steps {
            step.ordinal = large(&mut all.steps, &format!("{} {}", sequence.name, step.name));
        }
    }
    for rotation in &mut contact.rotations {
        let experience = experiences.get(rotation.experience).map_or("", String::as_str);
        rotation.ordinal = small(&mut all.tracks, &format!("rotation {experience} {}", rotation.rule));
    }
    all
}

/// The number of a name, or the next one. At most 255 are there at a time, and after as many removals a number has to serve again.
fn small(all: &mut BTreeMap<String, u16>, name: &str) -> u8 {
    let next = all.values().max().map_or(0, |last| last + 1);
    let free = || (0..=255).find(|number| !all.values().any(|taken| taken == number)).unwrap_or(255);
    let next = if next > 255 { free() } else { next };
    u8::try_from(*all.entry(name.to_owned()).or_insert(next)).unwrap_or(u8::MAX)
}

/// The number of a name, or the next one.
fn large(all: &mut BTreeMap<String, u16>, name: &str) -> u16 {
    let next = all.values().max().map_or(0, |last| last.saturating_add(1));
    *all.entry(name.to_owned()).or_insert(next)
}
