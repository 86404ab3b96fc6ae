//! A site that lacks one part of its contact policy.

use crate::author::site::Site;

/// The site without the part of this name; `cool_off` is a part, too. `None` if there is no such part.
pub fn without(site: &Site, part: &str) -> Option<Site> {
    let mut less = site.clone();
    let contact = &mut less.contact;
    if let Some(gone) = contact.suppressions.iter().position(|one| one.name == part) {
        contact.suppressions.remove(gone);
        for experience in &mut less.experiences {
            if let Some(at) = experience.suppressed_by.iter().position(|one| *one == gone) {
                let first = experience.eligible.none.len() - experience.suppressed_by.len();
                experience.eligible.none.remove(first + at);
                experience.suppressed_by.remove(at);
            }
            experience.suppressed_by.iter_mut().filter(|one| **one > gone).for_each(|one| *one -= 1);
        }
        return Some(less);
    }
    if part == "cool_off" && contact.cool_off_seconds.take().is_some() {
        return Some(less);
    }
    let (caps, quiet) = (contact.caps.len(), contact.quiet.len());
    contact.caps.retain(|cap| cap.name != part);
    contact.quiet.retain(|quiet| quiet.name != part);
    (contact.caps.len() < caps || contact.quiet.len() < quiet).then_some(less)
}

/// The names of all parts, in the order in which they are asked.
pub fn parts(site: &Site) -> Vec<String> {
    let contact = &site.contact;
    let mut names: Vec<String> = contact.suppressions.iter().map(|one| one.name.clone()).collect();
    names.extend(contact.cool_off_seconds.map(|_| "cool_off".to_owned()));
    names.extend(contact.caps.iter().map(|cap| cap.name.clone()));
    names.extend(contact.quiet.iter().map(|quiet| quiet.name.clone()));
    names
}
