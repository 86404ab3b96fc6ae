//! The contacts that a cap or quiet hours are about.

use super::suppressions::classes;
use crate::author::keys::{Field, Table, Text};
use crate::author::site::{Experience, Scope, Slot};
use crate::author::stage::Stage;

/// Reads the classes and channels of a table. A channel that is not there is reported.
pub(super) fn scope(table: Table<'_>, stage: &Stage<'_>) -> Scope {
    let mut channels: Vec<&str> = stage.slots.iter().map(|slot| slot.channel.as_str()).collect();
    channels.sort_unstable();
    channels.dedup();
    for name in table.texts("channels") {
        if !stage.slots_incomplete && !channels.contains(&name.text) {
            let what = format!("no slot is on the channel `{}`", name.text);
            name.unknown("SV2245", what, channels.iter().copied());
        }
    }
    Scope { classes: classes(table), channels: table.strings("channels"), ..Scope::default() }
}

/// The same with the experiences and contents that a cap may name.
pub(super) fn with_names(scope: Scope, table: Table<'_>, stage: &Stage<'_>, experiences: &[Experience]) -> Scope {
    let named = |key: &str, what: &str, known: &[&str]| -> Vec<usize> {
        let positions = |text: Text<'_>| {
            // `hero@dach` counts as `hero`.
            let is_it = |name: &str| name == text.text || name.split_once('@').is_some_and(|(of, _)| of == text.text);
            let found: Vec<usize> = (0..).zip(known).filter(|(_, name)| is_it(name)).map(|(at, _)| at).collect();
            if found.is_empty() {
                text.unknown("SV2245", format!("there is no {what} `{}`", text.text), known.iter().copied());
            }
            found
        };
        table.texts(key).into_iter().flat_map(positions).collect()
    };
    let names: Vec<&str> = experiences.iter().map(|experience| experience.name.as_str()).collect();
    let contents: Vec<&str> = stage.library.content.iter().map(|content| content.name.as_str()).collect();
    Scope {
        experiences: named("experiences", "experience", &names),
        contents: named("contents", "content", &contents),
        ..scope
    }
}

/// Reports a part of the policy that is about no experience at all: it would promise what it does not keep.
pub(super) fn is_about_something(field: Field<'_>, scope: &Scope, stage: &Stage<'_>, experiences: &[Experience]) {
    let covered = (0..experiences.len()).any(|at| scope.covers(at, experiences, stage.slots));
    if !covered && !experiences.is_empty() {
        let what = format!("`{}` is about no experience", field.key);
        let fault = field.key_error("SV2245", what).warning();
        field.report(fault.help("name the classes and channels of an experience, or remove it"));
    }
}

impl Scope {
    /// True if it is about the experience at this position.
    pub(crate) fn covers(&self, at: usize, experiences: &[Experience], slots: &[Slot]) -> bool {
        let Some(experience) = experiences.get(at) else { return false };
        if !self.experiences.is_empty() {
            return self.experiences.contains(&at);
        }
        let channel = slots.get(experience.slot).map(|slot| slot.channel.as_str()).unwrap_or_default();
        self.classes.contains(&experience.contact_class())
            && (self.channels.is_empty() || self.channels.iter().any(|own| own == channel))
    }
}
