//! A site that lacks one part of its contact policy.

use crate::author::site::{Contact, Site};

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
    let count = |contact: &Contact| {
        let of_time = contact.caps.len() + contact.quiet.len();
        of_time + contact.sequences.len() + contact.rotations.len() + contact.once.len() + contact.budgets.len()
    };
    let before = count(contact);
    contact.caps.retain(|cap| cap.name != part);
    contact.quiet.retain(|quiet| quiet.name != part);
    contact.sequences.retain(|sequence| sequence.name != part);
    contact.once.retain(|once| once.name != part);
    contact.budgets.retain(|budget| budget.name != part);
    let experiences = &less.experiences;
    contact.rotations.retain(|rotation| experiences.get(rotation.experience).is_none_or(|one| one.name != part));
    (count(contact) < before).then_some(less)
}

/// The names of all parts, in the order in which they are asked.
pub fn parts(site: &Site) -> Vec<String> {
    let contact = &site.contact;
    let mut names: Vec<String> = contact.suppressions.iter().map(|one| one.name.clone()).collect();
    names.extend(contact.cool_off_seconds.map(|_| "cool_off".to_owned()));
    names.extend(contact.caps.iter().map(|cap| cap.name.clone()));
    names.extend(contact.quiet.iter().map(|quiet| quiet.name.clone()));
    names.extend(contact.sequences.iter().map(|sequence| sequence.name.clone()));
    let rotations = contact.rotations.iter().filter_map(|rotation| site.experiences.get(rotation.experience));
    names.extend(rotations.map(|experience| experience.name.clone()));
    names.extend(contact.once.iter().map(|once| once.name.clone()));
    names.extend(contact.budgets.iter().map(|budget| budget.name.clone()));
    names.dedup();
    names
}
