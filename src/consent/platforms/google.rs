//! Google's consent mode, as the browser saw it in the data layer: each type that was set, and whether it was granted. A
//! type that was not set counts as no answer. Google takes it as granted.

#[cfg(feature = "author")]
use super::About;
use super::tally::Tally;
use super::{Answer, Choice, Group, Platform};
use crate::consent::statement::Statement;
use crate::words::Signal;

pub(super) static PLATFORM: Platform = Platform {
    signal: Signal::Google,
    chosen_cookie: None,
    newer_cookie: None,
    is_by_name: false,
    read: statement,
    #[cfg(feature = "author")]
    about: About {
        name: "Google Consent Mode v2",
        place: "Google Consent Mode",
        table: "Types of Google Consent Mode by the purpose that needs them.",
        note: "Read from the data layer. A type that is not set counts as no answer.",
        parts: Some(|| TYPES.split_ascii_whitespace().collect()),
        write: None,
    },
};

#[cfg(feature = "author")]
const TYPES: &str = "ad_personalization ad_storage ad_user_data analytics_storage functionality_storage \
    personalization_storage security_storage";

fn statement(answer: &Answer<'_>, groups: &[Group]) -> Statement {
    of_types(answer.types.iter().map(|(name, state)| (name.as_str(), state == "granted")), groups)
}

/// The statement of the types that were set, each with its grant.
pub fn of_types<'n>(types: impl Iterator<Item = (&'n str, bool)>, groups: &[Group]) -> Statement {
    let mut tally = Tally::new(groups);
    types.for_each(|(name, is_granted)| tally.count(name.as_bytes(), is_granted));
    tally.statement(Choice { is_made: true, ..Choice::default() })
}
