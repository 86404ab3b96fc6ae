//! Purposes that legal has classified, and those that it has not.
//!
//! Takes the site and `consent.toml`, reports each used purpose that has no text or no lawful basis. It never judges a
//! basis.

use super::diagnostic::Diagnostic;
use super::site::{Attribute, ConsentSettings, Experience, Place, Rule, Site, Split};
use super::source::Sink;
use crate::words::Purpose;

/// The text of a purpose that no site needs to describe, because it neither builds a profile nor touches the device.
pub fn shipped_text(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Necessary => Some("The service that you asked this site for, and everything that it needs for that."),
        Purpose::Contextual => Some("Content that fits this request: its page, language, country and kind of device."),
        _ => None,
    }
}

/// The text of a purpose on a site: the site's own, else the shipped one.
pub fn purpose_text(site: &Site, purpose: Purpose) -> Option<String> {
    let own = site.consent.texts.get(&purpose).cloned();
    own.or_else(|| shipped_text(purpose).map(str::to_owned))
}

/// Reports every purpose in use that is not classified. A site that has classified no purpose is a draft. It gets warnings,
/// so that it can be previewed and tested, and `selvedge build` refuses it.
pub(crate) fn check(consent: &ConsentSettings, data: &[&[Attribute]], experiences: &[Experience], sink: &Sink) {
    for purpose in Purpose::ALL.iter().copied().filter(|purpose| !is_classified(consent, *purpose)) {
        let mut uses = uses(purpose, data, experiences);
        if uses.is_empty() {
            continue;
        }
        let first = uses.remove(0);
        let fault = finding(consent, purpose, &first, uses.len());
        let fault = if consent.classes.is_empty() { fault.warning() } else { fault };
        sink.report(Diagnostic { owner: first.owner, ..fault });
    }
}

/// One thing on a site that uses a purpose.
struct Use {
    /// In words, up to the purpose.
    what: String,
    place: Place,
    owner: Option<String>,
}

/// Everything that uses a purpose, the plainest first. A recipient has no data but that of attributes and experiences, and
/// `storage` is a gate in front of the purposes that data on the device is for.
fn uses(purpose: Purpose, data: &[&[Attribute]], experiences: &[Experience]) -> Vec<Use> {
    let use_of =
        |one: &Experience, what: String, place: &Place| Use { what, place: place.clone(), owner: one.owner.clone() };
    let attributes = data.iter().flat_map(|list| list.iter()).filter(|attribute| attribute.purposes.has(purpose));
    let of_data =
        |one: &Attribute| Use { what: format!("`{}` is for", one.name), place: one.place.clone(), owner: None };
    let mut uses: Vec<Use> = attributes.map(of_data).collect();
    let (served, others): (Vec<_>, Vec<_>) = experiences.iter().partition(|experience| experience.purpose == purpose);
    uses.extend(served.into_iter().map(|one| use_of(one, format!("`{}` is for", one.name), &one.place)));
    if purpose == Purpose::Analytics {
        let (drawn, shown): (Vec<_>, Vec<_>) =
            others.into_iter().map(|one| (one, split(one))).partition(|(_, split)| split.is_some());
        uses.extend(drawn.into_iter().filter_map(|(one, split)| {
            let (rule, split) = split?;
            let what = format!("experiment `{}` assigns a {} to an arm for", split.experiment, split.unit);
            Some(use_of(one, what, &rule.place))
        }));
        // Exposures are written of every experience.
        let counted = |(one, _): (&Experience, _)| {
            use_of(one, format!("the count of what `{}` showed is for", one.name), &one.place)
        };
        uses.extend(shown.into_iter().map(counted));
    }
    uses
}

fn split(experience: &Experience) -> Option<(&Rule, &Split)> {
    experience.rules.iter().find_map(|rule| Some((rule, rule.split()?)))
}

/// True if legal has written the text and the basis of a purpose, or if it needs none.
pub fn is_classified(consent: &ConsentSettings, purpose: Purpose) -> bool {
    let is_ours = shipped_text(purpose).is_some() || purpose == Purpose::Storage;
    let has_basis = consent.classes.get(&purpose).is_some_and(|class| class.basis.is_some());
    is_ours || (has_basis && consent.texts.contains_key(&purpose))
}

fn finding(consent: &ConsentSettings, purpose: Purpose, first: &Use, others: usize) -> Diagnostic {
    let more = match others {
        0 => String::new(),
        1 => " (one more use)".to_owned(),
        others => format!(" ({others} more uses)"),
    };
    let what = format!("{} {purpose}, which is not classified{more}", first.what);
    let missing = match (consent.texts.contains_key(&purpose), consent.classes.contains_key(&purpose)) {
        (true, _) => "it has no lawful basis",
        (false, true) => "it has no text",
        (false, false) => "it has no text and no lawful basis on this site",
    };
    Diagnostic::error("SV5201", first.place.clone(), what)
        .why(format!("{missing}; `selvedge build` refuses a purpose that legal has not classified"))
        .help(format!("ask legal for both, and write [purposes.{purpose}] with `text` and `basis` into consent.toml"))
}
