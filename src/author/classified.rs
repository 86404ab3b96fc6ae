//! Purposes that legal has classified, and those that it has not.
//!
//! Takes what the site uses and what `consent.toml` says, reports each purpose in use that nobody has described and put on a
//! lawful basis. It never judges a basis.

use super::diagnostic::Diagnostic;
use super::site::{Attribute, ConsentSettings, Experience, Place, Site};
use super::source::Sink;
use crate::bundle::words::Purpose;

/// What a purpose means that no site needs to describe: neither builds a profile or touches the device.
#[must_use]
pub fn shipped_text(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Necessary => Some("What you asked this site for, and what it needs to give you that."),
        Purpose::Contextual => {
            Some("Content that fits this request: its page, language, country and kind of device. Nothing is kept.")
        }
        _ => None,
    }
}

/// What a purpose means on a site: its own words, else the shipped ones.
#[must_use]
pub fn purpose_text(site: &Site, purpose: Purpose) -> Option<String> {
    let own = site.consent.texts.get(&purpose).cloned();
    own.or_else(|| shipped_text(purpose).map(str::to_owned))
}

/// Reports every purpose in use that is not classified. A site where nobody has begun with that is a draft: it is warned, so
/// that it can be previewed and tested, and `selvedge build` refuses it.
pub(crate) fn check(consent: &ConsentSettings, data: &[&[Attribute]], experiences: &[Experience], sink: &Sink) {
    for purpose in Purpose::ALL.iter().copied().filter(|purpose| !is_classified(consent, *purpose)) {
        let attributes = data.iter().flat_map(|list| list.iter()).filter(|attribute| attribute.purposes.has(purpose));
        let uses = attributes.map(|attribute| (&attribute.name, &attribute.place, None));
        let served = experiences.iter().filter(|experience| experience.purpose == purpose);
        let mut uses = uses.chain(served.map(|one| (&one.name, &one.place, one.owner.clone())));
        let Some((name, place, owner)) = uses.next() else { continue };
        let fault = finding(consent, purpose, name, place, uses.count());
        let fault = if consent.classes.is_empty() { fault.warning() } else { fault };
        sink.report(Diagnostic { owner, ..fault });
    }
}

/// Whether legal has said what a purpose means and what it rests on, or nobody needs to.
#[must_use]
pub fn is_classified(consent: &ConsentSettings, purpose: Purpose) -> bool {
    let is_ours = shipped_text(purpose).is_some() || purpose == Purpose::Storage;
    let has_basis = consent.classes.get(&purpose).is_some_and(|class| class.basis.is_some());
    is_ours || (has_basis && consent.texts.contains_key(&purpose))
}

fn finding(consent: &ConsentSettings, purpose: Purpose, name: &str, place: &Place, others: usize) -> Diagnostic {
    let more = match others {
        0 => String::new(),
        1 => ", nor is its use by another".to_owned(),
        others => format!(", nor is its use by {others} others"),
    };
    let what = format!("`{name}` is for {purpose}, which is not classified{more}");
    let missing = match (consent.texts.contains_key(&purpose), consent.classes.contains_key(&purpose)) {
        (true, _) => "it has no lawful basis",
        (false, true) => "it has no text",
        (false, false) => "nobody has said what it means on this site, and on which lawful basis",
    };
    Diagnostic::error("SV5201", place.clone(), what)
        .why(format!("{missing}; `selvedge build` publishes nothing that legal has not classified"))
        .help(format!("have legal write [purposes.{purpose}] with `text` and `basis` into consent.toml"))
}
